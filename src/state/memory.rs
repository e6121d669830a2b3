//! The ids that make folding exact: which events were seen, which executions and tasks are still going, and which were
//! folded. Also decides, from these, which rows the next read must fetch by id.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::record::{ById, Event, EventKind, Execution, Ids, Span, Task, Timestamp};

/// A task whose execution is gone but which still goes on is watched for this long.
const LEFT_OVER_PATIENCE: Span = Span::from_seconds(3600);

/// What is known of a task that has not ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    pub execution: Uuid,
    pub workflow: Arc<str>,
    pub attempt: u32,
    pub recoveries: u32,
    /// Start of the current attempt, if it was seen.
    pub started_at: Option<Timestamp>,
    /// When its last `task_marked_ready` event was written.
    pub ready_at: Option<Timestamp>,
    /// When it was first seen claimed; stands for the start on versions that store none.
    pub claimed_at: Option<Timestamp>,
    /// Since when its execution is no longer active.
    left_over_since: Option<Timestamp>,
}

impl Watched {
    /// A task seen for the first time: attempts before it are growth, unless the caller sets them.
    pub fn unseen(task: &Task, workflow: Arc<str>) -> Self {
        Self {
            execution: task.execution,
            workflow,
            attempt: 1,
            recoveries: 0,
            started_at: None,
            ready_at: None,
            claimed_at: None,
            left_over_since: None,
        }
    }

    /// Takes over the row as it is now.
    pub fn update(&mut self, task: &Task, now: Timestamp) {
        let same_attempt = self.attempt == task.attempt && self.recoveries == task.recoveries;
        self.claimed_at = match (task.claimed_by, self.claimed_at) {
            (Some(_), Some(at)) if same_attempt => Some(at),
            (Some(_), _) => Some(now),
            (None, _) => None,
        };
        self.attempt = task.attempt;
        self.recoveries = task.recoveries;
        self.started_at = task.started_at;
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    seen: ById<Timestamp>,
    active: Ids,
    watched: ById<Watched>,
    folded_executions: ById<Timestamp>,
    /// With the execution, as long as which a task is remembered.
    folded_tasks: ById<(Timestamp, Uuid)>,
}

impl Memory {
    pub fn has_seen(&self, event: &Uuid) -> bool {
        self.seen.contains_key(event)
    }

    pub fn see(&mut self, event: &Event) {
        self.seen.insert(event.id, event.created_at);
    }

    /// Executions to read by id: those that were active and are no longer, those that any new event names, and those
    /// that a scan found; all unless active or folded.
    pub fn wanted_executions(&self, events: &[Event], active: &[Execution], found: &[Uuid]) -> Vec<Uuid> {
        let now_active: Ids = active.iter().map(|execution| execution.id).collect();
        let named = events.iter().map(|event| event.execution);
        let mut wanted: Vec<Uuid> =
            self.active.iter().copied().chain(named).chain(found.iter().copied()).collect();
        wanted.retain(|id| !now_active.contains(id) && !self.folded_executions.contains_key(id));
        sorted_unique(wanted)
    }

    /// Tasks to read by id: those watched that are no longer unfinished tasks of active executions, and those whose
    /// events say that they ended or will be retried.
    pub fn wanted_tasks(&self, events: &[Event], unfinished: &[Task]) -> Vec<Uuid> {
        let now_unfinished: Ids = unfinished.iter().map(|task| task.id).collect();
        let named = events.iter().filter(|event| tells_of_a_task(event.kind)).filter_map(|event| event.task);
        let mut wanted: Vec<Uuid> = self.watched.keys().copied().chain(named).collect();
        wanted.retain(|id| !now_unfinished.contains(id) && !self.folded_tasks.contains_key(id));
        sorted_unique(wanted)
    }

    pub fn is_active(&self, execution: &Uuid) -> bool {
        self.active.contains(execution)
    }

    pub fn watched(&self, task: &Uuid) -> Option<&Watched> {
        self.watched.get(task)
    }

    pub fn is_folded_execution(&self, id: &Uuid) -> bool {
        self.folded_executions.contains_key(id)
    }

    pub fn is_folded_task(&self, id: &Uuid) -> bool {
        self.folded_tasks.contains_key(id)
    }

    pub fn fold_execution(&mut self, id: Uuid, until: Timestamp) {
        self.folded_executions.insert(id, until);
    }

    pub fn fold_task(&mut self, task: &Task, until: Timestamp) {
        self.watched.remove(&task.id);
        self.folded_tasks.insert(task.id, (until, task.execution));
    }

    pub fn active_count(&self) -> usize {
        self.active.len()
    }

    /// `unlinked` have ended, but are to be read again as if they were active.
    pub fn replace_active(&mut self, active: &[Execution], unlinked: &[Uuid]) {
        let active = active.iter().map(|execution| execution.id);
        self.active = active.chain(unlinked.iter().copied()).collect();
    }

    /// `watched` stands for all that was read; who is not in it is gone.
    pub fn replace_watched(&mut self, watched: ById<Watched>, now: Timestamp) {
        self.watched = watched;
        for entry in self.watched.values_mut() {
            entry.left_over_since = if self.active.contains(&entry.execution) {
                None
            } else {
                entry.left_over_since.or(Some(now))
            };
        }
        self.watched.retain(|_, entry| {
            entry.left_over_since.is_none_or(|since| now.since(since) <= LEFT_OVER_PATIENCE)
        });
    }

    /// Drops what lies below `floor`; returns the events dropped.
    pub fn forget(&mut self, floor: Timestamp) -> Vec<(Uuid, Timestamp)> {
        self.folded_executions.retain(|_, until| *until >= floor);
        self.folded_tasks.retain(|_, (until, execution)| *until >= floor || self.active.contains(execution));
        self.seen.extract_if(|_, created_at| *created_at < floor).collect()
    }

    pub fn seen_count(&self) -> usize {
        self.seen.len()
    }
}

fn tells_of_a_task(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::TaskCompleted
            | EventKind::TaskFailed
            | EventKind::TaskSkipped
            | EventKind::TaskAbandoned
            | EventKind::TaskRetryScheduled
            | EventKind::TaskReset
    )
}

/// Sorted so that the database walks its index forwards.
fn sorted_unique(mut ids: Vec<Uuid>) -> Vec<Uuid> {
    ids.sort_unstable();
    ids.dedup();
    ids
}
