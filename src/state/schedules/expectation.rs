//! Which fires a cron schedule was expected to make, as a list of stretches of time in which an expression was in force.
//!
//! A stretch costs the same whether it holds one instant or a million: instants are taken out only once the engine has
//! moved past them, so that a scheduler that is down for a year needs no memory.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, second_of};
use crate::record::{Schedule, ScheduleKind, Span, Timestamp};

/// Changes of one schedule remembered while the engine does not move; the oldest stretch is given up beyond.
const MAX_STRETCHES: usize = 1000;
const MICROSECOND: Span = Span(1);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Stretch {
    cron: Arc<str>,
    timezone: Option<Arc<str>>,
    /// Inclusive.
    to: Timestamp,
    /// First instant that was not taken out yet; none if the expression has no more.
    next: Option<Timestamp>,
    /// False where the row changed between two polls, so that nobody knows when: there a fire is expected if it came.
    certain: bool,
}

/// An instant at which a fire was expected, and that the engine has moved past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    pub at: Timestamp,
    /// The instant after it.
    pub next: Option<Timestamp>,
    pub certain: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expectation(VecDeque<Stretch>);

impl Expectation {
    /// Time passed from `from` to `to`, at which the row was `before` and is `row`.
    pub fn pass(&mut self, before: &Schedule, row: &Schedule, from: Timestamp, to: Timestamp) {
        if rule(before) == rule(row) {
            self.add(before, from, to, true);
        } else if let Some(paused_at) = pause(before, row) {
            self.add(before, from, paused_at.clamp(from, to).minus(MICROSECOND), true);
        } else {
            self.add(before, from, to, false);
            if expression(before) != expression(row) || !is_on(before) {
                self.add(row, from, to, false);
            }
        }
    }

    fn add(&mut self, row: &Schedule, from: Timestamp, to: Timestamp, certain: bool) {
        let Some(cron) = row.expression().filter(|_| is_on(row)) else { return };
        let from = row.start_date.map_or(from, |start| from.max(start.minus(MICROSECOND)));
        let to = row.end_date.map_or(to, |end| to.min(end.minus(MICROSECOND)));
        if from >= to {
            return;
        }
        let timezone = row.timezone.clone();
        if let Some(last) = self.0.back_mut()
            && (&last.cron, &last.timezone, last.certain) == (&cron, &timezone, certain)
            && certain
            // Nothing lies between: whatever is due before `from` is still to be taken out.
            && last.to >= from
        {
            last.to = to;
            return;
        }
        let Ok(calendar) = Calendar::new(&cron, timezone.as_deref()) else { return };
        // An instant on a whole second that `from` lies in is before `from`, or is it.
        let next = calendar.next_after(from);
        if self.0.len() >= MAX_STRETCHES {
            self.0.pop_front();
        }
        self.0.push_back(Stretch { cron, timezone, to, next, certain });
    }

    /// Takes out the instants that the engine has moved past, oldest first, about `limit` at most.
    pub fn take_due(&mut self, row: &Schedule, now: Timestamp, limit: usize) -> Vec<Due> {
        let mut due = Vec::new();
        // Stretches of one change overlap, and are cut at the same instant, so that none is taken out twice.
        let mut cut = Timestamp::MAX;
        for stretch in &mut self.0 {
            let through = stretch.passed_through(row, now).min(stretch.to).min(cut);
            if stretch.next.is_none_or(|next| next > through) {
                continue;
            }
            let calendar = Calendar::new(&stretch.cron, stretch.timezone.as_deref());
            while let Some(at) = stretch.next.filter(|next| *next <= through.min(cut)) {
                // Were the parser ever to stand still, the stretch ends.
                let next = calendar.as_ref().ok().and_then(|calendar| calendar.next_after(at));
                stretch.next = next.filter(|next| *next > at);
                due.push(Due { at, next: stretch.next, certain: stretch.certain });
                if due.len() >= limit {
                    cut = cut.min(at);
                }
            }
        }
        let last = self.0.len().saturating_sub(1);
        let mut index = 0;
        self.0.retain(|stretch| {
            index += 1;
            index > last || stretch.next.is_some_and(|next| next <= stretch.to)
        });
        due
    }

    /// Instants up to `now` that the engine has not moved past, counted up to `limit`.
    pub fn backlog(&self, now: Timestamp, limit: usize) -> usize {
        let mut count = 0;
        for stretch in &self.0 {
            let to = stretch.to.min(now);
            let due = |next: &Timestamp| *next <= to;
            if stretch.next.is_none_or(|next| !due(&next)) {
                continue;
            }
            let Ok(calendar) = Calendar::new(&stretch.cron, stretch.timezone.as_deref()) else { continue };
            let instants =
                std::iter::successors(stretch.next.filter(due), |at| calendar.next_after(*at).filter(due));
            count += instants.take(limit - count).count();
        }
        count
    }

    /// Whether a fire due at `at` may still be taken out.
    pub fn may_hold(&self, at: Timestamp) -> bool {
        self.0.iter().any(|stretch| stretch.next.is_some_and(|next| next <= at && at <= stretch.to))
    }
}

impl Stretch {
    /// The engine has dealt with all instants up to this one, or never will.
    fn passed_through(&self, row: &Schedule, now: Timestamp) -> Timestamp {
        let given_up = self.certain && expression(row) != (Some(self.cron.clone()), self.timezone.clone());
        // The engine fires while its clock is not past the end.
        if given_up || row.end_date.is_some_and(|end| end < now) {
            return Timestamp::MAX;
        }
        passed_through(row)
    }
}

/// The last instant that the engine has dealt with while a row stayed as it is: by firing, or by moving past.
///
/// With `skip` it fires at `next_run_at` alone. With `run_all` it fires for everything since its last claim, also if a
/// registration has moved `next_run_at` meanwhile.
pub fn passed_through(row: &Schedule) -> Timestamp {
    let claimed = row.last_run_at.unwrap_or(Timestamp::MIN);
    match row.next_run_at {
        Some(next) if !catches_up(row) => second_of(next).minus(MICROSECOND),
        _ => claimed,
    }
}

/// Whether all fires that were due are run, and not the oldest alone.
pub fn catches_up(row: &Schedule) -> bool {
    row.catchup.as_deref() == Some("run_all")
}

/// Whether the engine looks at a cron schedule at all, dates aside.
pub fn is_on(row: &Schedule) -> bool {
    row.kind == ScheduleKind::Cron && row.enabled && !row.paused && row.expression().is_some()
}

type Expression = (Option<Arc<str>>, Option<Arc<str>>);

fn expression(row: &Schedule) -> Expression {
    (row.expression(), row.timezone.clone())
}

/// All of a row that decides at which instants it is expected to fire.
type Rule = (bool, Expression, Option<Timestamp>, Option<Timestamp>);

pub fn rule(row: &Schedule) -> Rule {
    (is_on(row), expression(row), row.start_date, row.end_date)
}

/// When the row was paused, if nothing else happened to it.
fn pause(before: &Schedule, row: &Schedule) -> Option<Timestamp> {
    let paused = is_on(before) && row.paused && row.enabled;
    let resumed = Schedule { paused: false, ..row.clone() };
    row.paused_at.filter(|_| paused && rule(before) == rule(&resumed))
}
