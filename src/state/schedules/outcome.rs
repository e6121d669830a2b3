//! What became of one expected fire: the rules, without any memory.

use serde::{Deserialize, Serialize};

use crate::config::Metrics;
use crate::record::{Fire, FiredExecution, Span, Timestamp};

/// A tenth of the interval, but not less and not more than these.
const SHORTEST_GRACE: Span = Span::from_seconds(60);
const LONGEST_GRACE: Span = Span::from_seconds(900);
/// The engine (0.11.1) recovers a lost handoff at most this often, and not after a day.
const MOST_RECOVERIES: u32 = 3;
/// A handoff takes milliseconds, and one that was lost is tried again after a minute at the earliest: the engine's setting
/// is in whole minutes, 10 by default.
const EARLIEST_RECOVERY: Span = Span::from_seconds(60);
pub const RECOVERY_AGE: Span = Span::from_seconds(86_400);

/// How an expected fire was accounted for; each one is, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FireOutcome {
    /// Handed over within its grace.
    OnTime,
    /// Handed over after its grace, before the next one was due.
    Late,
    /// Handed over when a newer one was due already.
    Catchup,
    /// Its handoff was lost, and tried again with success.
    Recovered,
    /// The engine moved past it and left no row.
    Missed,
    /// It has a row, but no execution could be started: the workflow is unknown, for one.
    HandoffFailed,
    /// Its handoff was lost, and the engine tries no more.
    Abandoned,
}

impl FireOutcome {
    pub const ALL: [Self; 7] = [
        Self::OnTime,
        Self::Late,
        Self::Catchup,
        Self::Recovered,
        Self::Missed,
        Self::HandoffFailed,
        Self::Abandoned,
    ];

    pub const fn label(self) -> &'static str {
        match self {
            Self::OnTime => "on_time",
            Self::Late => "late",
            Self::Catchup => "catchup",
            Self::Recovered => "recovered",
            Self::Missed => "missed",
            Self::HandoffFailed => "handoff_failed",
            Self::Abandoned => "abandoned",
        }
    }
}

/// How late a fire of the schedule may start and still be on time, if the next is due `interval` later.
pub fn grace(metrics: &Metrics, schedule: &str, interval: Span) -> Span {
    let given = metrics.schedule_override(schedule).and_then(|given| given.grace);
    given.map_or_else(|| Span(interval.0 / 10).clamp(SHORTEST_GRACE, LONGEST_GRACE), Span::from)
}

/// What a fire due at `due` came to, given its row; `None` while that is open. `next_due` is the instant after `due`.
pub fn judge(
    fire: &Fire,
    due: Timestamp,
    next_due: Option<Timestamp>,
    grace: Span,
    now: Timestamp,
) -> Option<FireOutcome> {
    match (&fire.execution, fire.completed_at) {
        (Some(execution), _) if is_recovered(fire, execution) => Some(FireOutcome::Recovered),
        (Some(_), _) if fire.started_at.since(due) <= grace => Some(FireOutcome::OnTime),
        (Some(_), _) if next_due.is_some_and(|next| next <= fire.started_at) => Some(FireOutcome::Catchup),
        (Some(_), _) => Some(FireOutcome::Late),
        (None, Some(_)) => Some(FireOutcome::HandoffFailed),
        (None, None) => is_abandoned(fire, now).then_some(FireOutcome::Abandoned),
    }
}

/// The engine sets `recovery_attempts` back to 0 when it has succeeded, so that only the times tell.
fn is_recovered(fire: &Fire, execution: &FiredExecution) -> bool {
    let handoff = execution.created_at.map(|created_at| created_at.since(fire.started_at));
    fire.recovery_attempts > 0 || handoff.is_some_and(|handoff| handoff >= EARLIEST_RECOVERY)
}

/// Whether the engine no longer tries to hand over an open fire that has no execution.
pub fn is_abandoned(fire: &Fire, now: Timestamp) -> bool {
    let due = fire.scheduled_time.unwrap_or(fire.started_at);
    fire.recovery_attempts > MOST_RECOVERIES || now.since(due) > RECOVERY_AGE
}
