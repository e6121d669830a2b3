//! What is kept of one schedule between polls: its row, its open fires, its last successes, and its ledger.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::dial::Dial;
use super::expectation::{catches_up, is_on, rule};
use super::ledger::{Decided, Ledger, Present};
use super::outcome::RECOVERY_AGE;
use crate::record::{ExecutionStatus, Fire, Ids, Schedule, ScheduleKind, Span, Timestamp};

/// Open fires remembered of one schedule: those of a trigger stay open for ever.
const MAX_OPEN: usize = 1000;
/// Successful executions remembered for the longest of them.
const RECENT_SUCCESSES: usize = 10;
/// More are not counted: at its next claim the engine runs at most 100.
const MAX_BACKLOG: usize = 1000;
/// A fire that was never handed over is forgotten after this, so that its alert clears.
pub(super) const FORGET_HANDOFF: Span = RECOVERY_AGE.times(2);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tracked {
    pub row: Schedule,
    pub(super) ledger: Ledger,
    /// Fires of which there is more to learn, by id.
    pub(super) open: BTreeMap<Uuid, Fire>,
    pub(super) newest_fire: Option<Timestamp>,
    /// End of the newest successful execution.
    pub(super) last_success: Option<Timestamp>,
    /// When the execution that succeeded and was created last was created.
    pub(super) success_began: Option<Timestamp>,
    /// Start and length of the newest successes, oldest first.
    successes: VecDeque<(Timestamp, Span)>,
    /// Since when it is known to be on, under its present expression; none if it was at the first poll.
    pub(super) on_since: Option<Timestamp>,
    pub(super) catchup_pending: u64,
    pub(super) dial: Dial,
}

impl Tracked {
    /// A schedule of which nothing before `from` is expected.
    pub fn new(row: &Schedule, from: Timestamp) -> Self {
        Self {
            row: row.clone(),
            ledger: Ledger::new(from),
            open: BTreeMap::new(),
            newest_fire: None,
            last_success: None,
            success_began: None,
            successes: VecDeque::new(),
            on_since: None,
            catchup_pending: 0,
            dial: Dial::default(),
        }
    }

    /// Takes in the row and the fires that were read. `asked` are the open ones that were read again: one of them that
    /// did not come is gone.
    pub fn apply(
        &mut self,
        row: &Schedule,
        fires: &[&Fire],
        asked: impl Fn(&Uuid) -> bool,
        present: &Present<'_>,
    ) -> Decided {
        self.open.retain(|id, _| !asked(id));
        for fire in fires {
            self.take_fire(fire, present.now);
        }
        while self.open.len() > MAX_OPEN {
            let oldest = self.open.iter().min_by_key(|(id, fire)| (fire.started_at, **id)).map(|(id, _)| *id);
            oldest.map(|id| self.open.remove(&id));
        }
        let before = std::mem::replace(&mut self.row, row.clone());
        if is_on(row) && rule(&before) != rule(row) {
            self.on_since = Some(present.now);
        }
        let decided = match row.kind {
            ScheduleKind::Cron => self.ledger.apply(&before, row, fires.iter().copied(), present),
            ScheduleKind::Trigger => Decided::default(),
        };
        self.catchup_pending = match catches_up(row) {
            true => self.ledger.backlog(present.now, MAX_BACKLOG) as u64,
            false => 0,
        };
        self.dial.turn(row, self.success_began, self.on_since);
        decided
    }

    fn take_fire(&mut self, fire: &Fire, now: Timestamp) {
        self.newest_fire = self.newest_fire.max(Some(fire.started_at));
        if let Some((began, ended)) = success_of(fire) {
            self.last_success = self.last_success.max(Some(ended));
            self.success_began = self.success_began.max(Some(began));
            let success = (began, ended.since(began));
            if let Err(place) = self.successes.binary_search(&success) {
                self.successes.insert(place, success);
            }
            if self.successes.len() > RECENT_SUCCESSES {
                self.successes.pop_front();
            }
        }
        if self.has_more(fire, now) {
            self.open.insert(fire.id, fire.clone());
        } else {
            self.open.remove(&fire.id);
        }
    }

    /// Whether reading the fire again may tell something new.
    pub(super) fn has_more(&self, fire: &Fire, now: Timestamp) -> bool {
        if fire.completed_at.is_some() {
            return false;
        }
        match &fire.execution {
            // Only of a trigger does it matter that its fire stays open.
            Some(execution) => self.row.kind == ScheduleKind::Trigger || !has_ended(execution.status),
            None => now.since(fire.started_at) <= FORGET_HANDOFF,
        }
    }

    /// Open fires to read again: all at a sweep; else not those that block a trigger, nor those whose execution is still
    /// active, as then nothing has changed.
    pub fn wanted(&self, sweep: bool, active: &Ids) -> impl Iterator<Item = &Uuid> {
        let goes_on =
            |fire: &Fire| fire.execution.as_ref().is_some_and(|execution| active.contains(&execution.id));
        let wanted = move |fire: &Fire| sweep || !is_blocking(fire) && !goes_on(fire);
        self.open.iter().filter(move |(_, fire)| wanted(fire)).map(|(id, _)| id)
    }

    pub fn is_waiting(&self) -> bool {
        self.ledger.is_waiting()
    }

    /// Longest of the newest ten successes, from the creation of the execution to its end.
    pub(super) fn longest_success(&self) -> Span {
        self.successes.iter().map(|(_, length)| *length).max().unwrap_or(Span::ZERO)
    }
}

/// An open fire whose execution has ended.
pub(super) fn is_blocking(fire: &Fire) -> bool {
    fire.completed_at.is_none()
        && fire.execution.as_ref().is_some_and(|execution| has_ended(execution.status))
}

/// A row that is gone will not go on either.
pub(super) fn has_ended(status: ExecutionStatus) -> bool {
    !status.is_active()
}

/// When a successful execution was created, after its fire if that was recovered, and when it ended.
fn success_of(fire: &Fire) -> Option<(Timestamp, Timestamp)> {
    let execution = fire.execution.as_ref()?;
    let ended = execution.completed_at.filter(|_| execution.status == ExecutionStatus::Completed)?;
    Some((execution.created_at.unwrap_or(fire.started_at), ended))
}
