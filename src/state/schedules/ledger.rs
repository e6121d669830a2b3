//! The fire ledger of one cron schedule: every expected fire is decided once.
//!
//! A fire is decided when the engine has moved past its instant: by its row, or as missed if there is still none after
//! `missed_after`. That is final: a row that comes later is counted as such, and changes nothing. Rows for instants at
//! which nothing was expected (a resumed schedule fires at once, for an instant within its pause) are no part of it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::expectation::{Due, Expectation};
use super::outcome::{FireOutcome, judge};
use crate::calendar::second_of;
use crate::record::{Fire, Schedule, Span, Timestamp};

/// Instants taken out at once; beyond that the next polls go on.
const MAX_DUE: usize = 100_000;
/// Missed fires remembered, so that their late rows are noticed.
const MAX_MISSED: usize = 1000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    expected: Expectation,
    /// Up to here it is known what is expected.
    known_to: Timestamp,
    /// By instant: fires that the engine has moved past and that are not decided.
    pending: BTreeMap<Timestamp, Pending>,
    /// By instant: rows of fires that are not decided.
    rows: BTreeMap<Timestamp, Fire>,
    missed: BTreeSet<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Pending {
    next: Option<Timestamp>,
    certain: bool,
    /// Since when nothing can bring its row any more but delay; by the database's clock.
    settling_since: Timestamp,
}

/// What the ledger has to know of the present.
pub struct Present<'a> {
    pub now: Timestamp,
    pub missed_after: Span,
    /// How late a fire may start, given the time to the next.
    pub grace: &'a dyn Fn(Span) -> Span,
    /// Fires whose execution is under way: a batch goes on when it ends.
    pub under_way: Vec<(Timestamp, Timestamp)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub due: Timestamp,
    pub outcome: FireOutcome,
    /// None if missed.
    pub fire: Option<Fire>,
}

/// What one poll decided.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Decided {
    pub fires: Vec<Decision>,
    /// Rows that came after their fire was called missed.
    pub late_rows: u64,
}

impl Ledger {
    /// Nothing before `from` is expected.
    pub fn new(from: Timestamp) -> Self {
        Self {
            expected: Expectation::default(),
            known_to: from,
            pending: BTreeMap::new(),
            rows: BTreeMap::new(),
            missed: BTreeSet::new(),
        }
    }

    /// Whether rows may come although the schedule's own row does not change, or time alone decides something.
    pub fn is_waiting(&self) -> bool {
        !self.pending.is_empty() || !self.rows.is_empty()
    }

    /// Fires that the engine is still to run, counted up to `limit`; for `run_all`.
    pub fn backlog(&self, now: Timestamp, limit: usize) -> usize {
        let without_row = self.pending.keys().filter(|due| !self.rows.contains_key(due));
        let batch = without_row.take(limit).count();
        batch + self.expected.backlog(now, limit - batch)
    }

    /// Takes in the schedule as it was at the last poll and as it is now, with the rows of its fires.
    pub fn apply<'a>(
        &mut self,
        before: &Schedule,
        row: &Schedule,
        fires: impl Iterator<Item = &'a Fire>,
        present: &Present<'_>,
    ) -> Decided {
        let Present { now, .. } = *present;
        if now > self.known_to {
            self.expected.pass(before, row, self.known_to, now);
            self.known_to = now;
        }
        for Due { at, next, certain } in self.expected.take_due(row, now, MAX_DUE) {
            self.pending.insert(at, Pending { next, certain, settling_since: now });
        }
        let mut decided = Decided { late_rows: self.take_rows(fires), ..Decided::default() };
        self.decide(present, &mut decided.fires);
        let undecided = |at: &Timestamp| self.pending.contains_key(at) || *at > now;
        self.rows.retain(|at, _| undecided(at) || self.expected.may_hold(*at));
        decided
    }

    /// Returns how many of the rows came too late.
    fn take_rows<'a>(&mut self, fires: impl Iterator<Item = &'a Fire>) -> u64 {
        let mut late = 0;
        for fire in fires {
            let Some(due) = fire.scheduled_time.map(second_of) else { continue };
            if self.missed.remove(&due) {
                late += 1;
            } else {
                self.rows.insert(due, fire.clone());
            }
        }
        late
    }

    fn decide(&mut self, present: &Present<'_>, decisions: &mut Vec<Decision>) {
        let Self { pending, rows, missed, .. } = self;
        pending.retain(|due, fire| {
            let grace = (present.grace)(fire.next.map_or(Span(i64::MAX), |next| next.since(*due)));
            let outcome = match rows.get(due) {
                Some(row) => judge(row, *due, fire.next, grace, present.now),
                None if present.holds_up(*due) => {
                    fire.settling_since = present.now;
                    None
                }
                None if present.now.since(fire.settling_since) < present.missed_after => None,
                None if fire.certain => Some(FireOutcome::Missed),
                None => return false,
            };
            let Some(outcome) = outcome else { return true };
            if outcome == FireOutcome::Missed {
                missed.insert(*due);
            }
            decisions.push(Decision { due: *due, outcome, fire: rows.remove(due) });
            false
        });
        while missed.len() > MAX_MISSED {
            missed.pop_first();
        }
    }
}

impl Present<'_> {
    /// With `run_all` the rows of a batch are written one after the other, each when the execution before it has ended.
    /// So a fire may still come while an earlier one of its batch, which started after it was due, is under way.
    fn holds_up(&self, due: Timestamp) -> bool {
        self.under_way.iter().any(|(earlier, started_at)| *earlier < due && *started_at >= due)
    }
}
