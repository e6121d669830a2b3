//! What rows and events together tell of a task's runs: a row knows only its last one, and an event only when it was
//! written.
//!
//! Pure. What retention deleted is left out, never guessed.

use std::collections::HashMap;

use uuid::Uuid;

use super::inquiry::EventDetails;
use super::{EventKind, Task, Timestamp};

/// When each task was marked ready or reset, in the order of the events.
#[derive(Debug, Default)]
pub struct ReadyMarks(HashMap<Uuid, Vec<Timestamp>>);

impl ReadyMarks {
    pub fn of(events: &[EventDetails]) -> Self {
        let mut marks: HashMap<Uuid, Vec<Timestamp>> = HashMap::new();
        for EventDetails { event, .. } in events {
            if let (Some(task), EventKind::TaskMarkedReady | EventKind::TaskReset) = (event.task, event.kind)
            {
                marks.entry(task).or_default().push(event.created_at);
            }
        }
        Self(marks)
    }

    pub fn first(&self, task: &Uuid) -> Option<Timestamp> {
        self.0.get(task)?.first().copied()
    }

    /// When the last attempt could have begun: the newest of being marked ready, reset and of its planned retry, before
    /// it did.
    pub fn before_last_start(&self, task: &Task) -> Option<Timestamp> {
        let started = task.started_at?;
        let retry = task.retry_at.filter(|_| task.attempt > 1);
        let marks = self.0.get(&task.id).into_iter().flatten().copied();
        marks.chain(retry).filter(|at| *at <= started).max()
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunEnd {
    /// It failed, and another attempt was planned.
    Retried,
    /// Its runner was lost, and the same attempt was begun again.
    Recovered,
    /// With the task.
    Last,
}

/// One run of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// From 1, in the order of time, of those that are known.
    pub number: u32,
    /// The engine's number of the attempt; a recovery does not change it.
    pub attempt: u32,
    /// When it could have begun: of all runs but the last the engine keeps no start.
    pub ready_at: Timestamp,
    /// When it did, if that is known.
    pub started_at: Option<Timestamp>,
    pub ended_at: Timestamp,
    pub end: RunEnd,
}

/// The runs of a task that became ready at `ready_at` and ended at `ended_at`; empty if no event tells of more than one.
/// `events` are those of the task.
pub fn runs(task: &Task, events: &[&EventDetails], ready_at: Timestamp, ended_at: Timestamp) -> Vec<Run> {
    let ends = ends(events);
    if ends.is_empty() {
        return Vec::new();
    }
    // Counted back from the row's, since the oldest events are deleted first.
    let retries = ends.iter().filter(|(_, end)| *end == RunEnd::Retried).count();
    let mut attempt = task.attempt.saturating_sub(u32::try_from(retries).unwrap_or(u32::MAX)).max(1);
    let mut from = ready_at;
    let mut runs = Vec::with_capacity(ends.len() + 1);
    for (number, (at, end)) in (1..).zip(ends) {
        runs.push(Run { number, attempt, ready_at: from, started_at: None, ended_at: at, end });
        from = at;
        attempt = attempt.saturating_add(u32::from(end == RunEnd::Retried));
    }
    let number = u32::try_from(runs.len()).unwrap_or(u32::MAX).saturating_add(1);
    // A planned time that is over when the last run ends is its own; it would be the next one's otherwise.
    let planned = task.retry_at.filter(|at| (from..=ended_at).contains(at));
    runs.push(Run {
        number,
        attempt,
        ready_at: planned.unwrap_or(from),
        started_at: task.started_at.filter(|at| *at >= from),
        ended_at,
        end: RunEnd::Last,
    });
    runs
}

/// When runs before the last one ended. Versions before 0.11 mark a task ready again when its runner was lost; a retry
/// and the end of a wait are never marked so.
fn ends(events: &[&EventDetails]) -> Vec<(Timestamp, RunEnd)> {
    let mut was_ready = false;
    let mut ends = Vec::new();
    for EventDetails { event, .. } in events {
        match event.kind {
            EventKind::TaskRetryScheduled => ends.push((event.created_at, RunEnd::Retried)),
            EventKind::TaskMarkedReady if was_ready => ends.push((event.created_at, RunEnd::Recovered)),
            EventKind::TaskReset => ends.push((event.created_at, RunEnd::Recovered)),
            _ => {}
        }
        was_ready |= event.kind == EventKind::TaskMarkedReady;
    }
    ends
}
