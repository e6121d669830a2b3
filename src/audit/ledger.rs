//! The ledger of one schedule, from its rows: every instant at which it was to fire is accounted for once.
//!
//! Pure. Rows come one by one, in the order of the times they stand for, and only the last one is kept, so that a
//! schedule with millions of them costs no memory.

mod told;

use std::sync::Arc;

use super::finding::{Findings, Kind};
use super::instants::{Instant, Instants, live_within};
use super::totals::{LOST_AFTER, Standing, Totals};
use crate::calendar::Calendar;
use crate::config::Metrics;
use crate::record::{Fire, Schedule, ScheduleKind, Span, Timestamp};
use crate::state::schedules::levels::{RECOVERED_BY, blocked_for};
use crate::state::schedules::outcome::{FireOutcome, grace, is_abandoned, judge};

/// What the ledger of one schedule is kept by.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    pub tenant: &'a Arc<str>,
    pub label: &'a Arc<str>,
    pub schedule: &'a Schedule,
    pub metrics: &'a Metrics,
    pub since: Timestamp,
    pub now: Timestamp,
    /// When the active executions of the workflow were created: those that an open row may yet be linked to. Since v0.11
    /// a cron fire is linked at once, so that there are none to wait for.
    pub active: &'a [Timestamp],
    pub most_instants: u64,
}

/// The outcome for one schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed {
    pub totals: Totals,
    /// Instants from here on were not looked at, since there were too many.
    pub cut_at: Option<Timestamp>,
}

#[derive(Debug)]
pub struct Ledger<'a> {
    terms: Terms<'a>,
    /// `None` if there is nothing to expect: triggers, and expressions that the engine cannot use.
    instants: Option<Instants>,
    /// Accounted for when the next one is known.
    held: Option<Fire>,
    /// The engine may still be at the batch of the last row.
    unfinished: bool,
    newest_start: Timestamp,
    oldest_overdue: Option<Timestamp>,
    totals: Totals,
    /// Open rows of executions that ended, and the newest of them.
    blocked: (u64, Option<Fire>),
}

impl<'a> Ledger<'a> {
    pub fn open(terms: Terms<'a>, findings: &mut Findings) -> Self {
        let mut ledger = Self {
            terms,
            instants: None,
            held: None,
            unfinished: false,
            newest_start: Timestamp::MIN,
            oldest_overdue: None,
            totals: Totals::default(),
            blocked: (0, None),
        };
        let schedule = terms.schedule;
        let is_cron = schedule.kind == ScheduleKind::Cron && schedule.enabled;
        if let Some(expression) = schedule.expression().filter(|_| is_cron) {
            match Calendar::new(&expression, schedule.timezone.as_deref()) {
                Ok(calendar) => {
                    let range = live_within(schedule, terms.since, terms.now);
                    ledger.instants = Some(Instants::new(calendar, &range, terms.most_instants));
                }
                Err(unusable) => ledger.report_invalid(unusable, findings),
            }
        }
        ledger
    }

    /// Takes the next row that began since.
    pub fn row(&mut self, fire: Fire, findings: &mut Findings) {
        let next_start = fire.started_at;
        if let Some(held) = self.held.replace(fire) {
            self.account(&held, next_start, findings);
        }
    }

    /// After the last row.
    pub fn close(mut self, findings: &mut Findings) -> Closed {
        if let Some(held) = self.held.take() {
            self.account(&held, Timestamp::MAX, findings);
        }
        while let Some(instant) = self.instants.as_mut().and_then(Instants::advance) {
            self.without_row(instant, false, findings);
        }
        self.report_overdue(findings);
        if self.terms.schedule.kind == ScheduleKind::Trigger {
            self.report_trigger(findings);
        }
        Closed { totals: self.totals, cut_at: self.instants.and_then(|instants| instants.cut_at()) }
    }

    /// `next_start` is when the next row began: an execution created later belongs to that one.
    fn account(&mut self, fire: &Fire, next_start: Timestamp, findings: &mut Findings) {
        self.totals.count_row(fire, self.terms.now);
        self.report_end(fire, findings);
        if let Some(due) = fire.scheduled_time {
            while let Some(instant) = self.advance_if(|next| next < due) {
                self.without_row(instant, true, findings);
            }
        }
        let is_open = fire.execution.is_none() && fire.completed_at.is_none();
        let is_under_way =
            is_open && self.terms.active.iter().any(|at| (fire.started_at..next_start).contains(at));
        self.newest_start = self.newest_start.max(fire.started_at);
        self.unfinished = self.is_unfinished(fire, is_under_way);
        match fire.scheduled_time.and_then(|due| self.advance_if(|next| next == due)) {
            Some(instant) => self.expected(fire, instant, is_under_way, findings),
            None => self.other_row(fire, is_under_way, findings),
        }
    }

    fn advance_if(&mut self, wanted: impl FnOnce(Timestamp) -> bool) -> Option<Instant> {
        let instants = self.instants.as_mut()?;
        if wanted(instants.peek()?) { instants.advance() } else { None }
    }

    /// A row for an instant at which it was expected.
    fn expected(&mut self, fire: &Fire, instant: Instant, is_under_way: bool, findings: &mut Findings) {
        let Terms { metrics, label, now, .. } = self.terms;
        let allowed = grace(metrics, label, instant.interval());
        let standing = self.standing_of_open(fire, is_under_way).unwrap_or_else(|| {
            judge(fire, instant.due, instant.next, allowed, now).map_or(Standing::Pending, Standing::Decided)
        });
        self.totals.count(standing);
        self.report_row(fire, instant.due, standing, allowed, findings);
    }

    /// A row of a trigger, for an instant before the range, or for one at which nothing was expected.
    fn other_row(&mut self, fire: &Fire, is_under_way: bool, findings: &mut Findings) {
        let due = fire.scheduled_time.unwrap_or(fire.started_at);
        let failed = || fire.execution.is_none().then_some(Standing::Decided(FireOutcome::HandoffFailed));
        let standing = self.standing_of_open(fire, is_under_way).or_else(failed);
        let is_unexpected = self.is_unexpected(due);
        self.totals.unexpected += u64::from(is_unexpected);
        match standing {
            Some(standing) => self.report_row(fire, due, standing, Span::ZERO, findings),
            None if is_unexpected => {
                let detail = "the schedule, as its row is now, was not to fire then".to_owned();
                self.report(Kind::Unexpected, due, Some(fire), detail, findings);
            }
            None => {}
        }
        if self.terms.schedule.kind == ScheduleKind::Trigger {
            self.note_blocked(fire);
        }
    }

    fn is_unexpected(&self, due: Timestamp) -> bool {
        let Some(instants) = &self.instants else { return false };
        due >= self.terms.since && instants.cut_at().is_none_or(|cut| due < cut)
    }

    fn note_blocked(&mut self, fire: &Fire) {
        let ended = fire.execution.as_ref().is_some_and(|execution| execution.status.is_terminal());
        let for_good = blocked_for(fire, self.terms.now) > RECOVERED_BY;
        if ended && for_good && fire.completed_at.is_none() {
            self.blocked = (self.blocked.0 + 1, Some(fire.clone()));
        }
    }

    /// An instant without a row. `is_before_row`: a row for a later instant is known.
    fn without_row(&mut self, instant: Instant, is_before_row: bool, findings: &mut Findings) {
        let Terms { metrics, label, now, .. } = self.terms;
        let late = now.since(instant.due);
        let standing = if self.is_passed_over(instant.due) {
            let may_come = self.unfinished && self.runs_all() || !is_before_row && self.is_claimed_just_now();
            if may_come { Standing::Pending } else { Standing::Decided(FireOutcome::Missed) }
        } else if late > grace(metrics, label, instant.interval()) {
            Standing::Overdue
        } else {
            Standing::Pending
        };
        self.totals.count(standing);
        match standing {
            Standing::Overdue => self.oldest_overdue = self.oldest_overdue.or(Some(instant.due)),
            Standing::Decided(_) => {
                let detail = "the engine moved past it and left no row".to_owned();
                self.report(Kind::Missed, instant.due, None, detail, findings);
            }
            Standing::Lost | Standing::Pending => {}
        }
    }

    /// Whether the engine will not look for this instant again.
    fn is_passed_over(&self, due: Timestamp) -> bool {
        let schedule = self.terms.schedule;
        let moved = if self.runs_all() {
            schedule.last_run_at.is_some_and(|last| due <= last)
        } else {
            schedule.next_run_at.is_some_and(|next| due < next)
        };
        moved || schedule.end_date.is_some_and(|end| end < self.terms.now)
    }

    fn runs_all(&self) -> bool {
        self.terms.schedule.catchup.as_deref() == Some("run_all")
    }

    /// The engine claims first and writes rows afterwards: the row of the last claim may be about to come.
    fn is_claimed_just_now(&self) -> bool {
        self.terms.schedule.last_run_at.is_some_and(|last| self.newest_start < last && self.is_recent(last))
    }

    /// Rows of one `run_all` batch are written one after another, each when the one before has ended.
    fn is_unfinished(&self, fire: &Fire, is_under_way: bool) -> bool {
        let ended_at = match &fire.execution {
            Some(execution) if execution.status.is_active() => return true,
            Some(execution) => fire.completed_at.or(execution.completed_at),
            None if fire.completed_at.is_none() => {
                return is_under_way || self.terms.now.since(fire.started_at) <= LOST_AFTER;
            }
            None => fire.completed_at,
        };
        ended_at.is_some_and(|ended_at| self.is_recent(ended_at))
    }

    fn is_recent(&self, at: Timestamp) -> bool {
        self.terms.now.since(at) <= self.terms.metrics.missed_after.into()
    }

    /// `None` unless the row is open and has no execution.
    fn standing_of_open(&self, fire: &Fire, is_under_way: bool) -> Option<Standing> {
        if fire.execution.is_some() || fire.completed_at.is_some() {
            return None;
        }
        let age = self.terms.now.since(fire.started_at);
        Some(match () {
            () if is_under_way => Standing::Pending,
            () if is_abandoned(fire, self.terms.now) => Standing::Decided(FireOutcome::Abandoned),
            () if age > LOST_AFTER => Standing::Lost,
            () => Standing::Pending,
        })
    }
}

#[cfg(test)]
mod tests;
