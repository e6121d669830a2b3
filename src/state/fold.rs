//! What is worked out of a batch once, before any of its rows is folded.

use uuid::Uuid;

use super::{Moment, Settings, workflows};
use crate::record::{Batch, ById, Event, EventKind, Execution, Ids, Origin, Span, Task, Timestamp};

/// The engine looks twice a second whether an execution that a schedule started has ended, and only then links the two.
const LINK_PATIENCE: Span = Span::from_seconds(3);

pub(super) struct Fold<'a> {
    pub batch: &'a Batch,
    pub settings: Settings<'a>,
    pub moment: Moment,
    /// False for the first batch, which only says where things stand.
    pub counting: bool,
    /// Ids of what ended before this are not remembered.
    pub floor: Timestamp,
    pub facts: EventFacts,
    active: Ids,
    executions: ById<&'a Execution>,
    /// By execution: its task that started first.
    first_tasks: ById<&'a Task>,
}

impl<'a> Fold<'a> {
    pub fn new(
        batch: &'a Batch,
        settings: Settings<'a>,
        moment: Moment,
        counting: bool,
        floor: Timestamp,
    ) -> Self {
        let executions = batch.levels.active.iter().chain(&batch.executions);
        let mut first_tasks: ById<&Task> = ById::default();
        for task in batch.tasks.iter().filter(|task| task.started_at.is_some()) {
            let first = first_tasks.entry(task.execution).or_insert(task);
            if task.started_at < first.started_at {
                *first = task;
            }
        }
        Self {
            batch,
            settings,
            moment,
            counting,
            floor,
            facts: EventFacts::of(&batch.events),
            active: batch.levels.active.iter().map(|execution| execution.id).collect(),
            executions: executions.map(|execution| (execution.id, execution)).collect(),
            first_tasks,
        }
    }

    pub fn now(&self) -> Timestamp {
        self.batch.position.now
    }

    pub fn is_active(&self, execution: &Uuid) -> bool {
        self.active.contains(execution)
    }

    /// An execution that was read, active or not.
    pub fn execution(&self, id: &Uuid) -> Option<&'a Execution> {
        self.executions.get(id).copied()
    }

    /// Whether the batch recounted a minute in which, or after which, something ended at `ended_at`.
    pub fn recounts(&self, ended_at: Timestamp) -> bool {
        self.batch.recount.is_some_and(|recount| recount.missed > 0 && ended_at >= recount.from)
    }

    /// Whether a row's end says how late its event is: only in a whole read of what is new.
    pub fn measures_lateness(&self) -> bool {
        self.counting && self.batch.events_until == Timestamp::MAX && self.batch.recount.is_none()
    }

    /// Whether an event says that it ended, at a time before which nothing is remembered, but is new by its sequence: then
    /// the clock was set back.
    pub fn ends_out_of_time(&self, id: &Uuid) -> bool {
        let by_sequence = self.batch.position.identity.commits_in_sequence() && self.batch.recount.is_none();
        by_sequence && self.facts.ends.get(id).is_some_and(|at| *at < self.floor)
    }

    /// How long an ended row must be remembered: until no read can meet its events or its end again.
    pub fn remember_until(&self, newest_event: Option<Timestamp>, ended_at: Option<Timestamp>) -> Timestamp {
        self.now().max(newest_event.unwrap_or(Timestamp::MIN)).max(ended_at.unwrap_or(Timestamp::MIN))
    }

    /// Whether a schedule may yet claim an execution that has ended. The bound on ends in the future is for clocks ahead.
    pub fn may_become_linked(&self, execution: &Execution) -> bool {
        let age = self.now().since(workflows::ended_at(execution));
        let just_ended = -LINK_PATIENCE.0 <= age.0 && age <= LINK_PATIENCE;
        let schedules = &self.batch.levels.schedules;
        execution.origin == Origin::Unknown
            && just_ended
            && schedules.iter().any(|schedule| schedule.workflow == execution.workflow)
    }

    /// From an execution's creation to the start of its first task; unknown if that task's first start was overwritten.
    pub fn start_delay(&self, execution: &Execution) -> Option<Span> {
        let first = self.first_tasks.get(&execution.id)?;
        let first_attempt = first.attempt == 1 && first.recoveries == 0;
        first.started_at.filter(|_| first_attempt).map(|started| started.since(execution.created_at))
    }
}

/// What the new events say of each task and execution beside that they changed.
#[derive(Default)]
pub(super) struct EventFacts {
    newest: ById<Timestamp>,
    ready: ById<Timestamp>,
    retries: ById<Vec<Timestamp>>,
    /// When a task or an execution ended, by the event that says so.
    ends: ById<Timestamp>,
}

impl EventFacts {
    fn of(events: &[Event]) -> Self {
        let mut facts = Self::default();
        for event in events {
            for id in [Some(event.execution), event.task].into_iter().flatten() {
                let newest = facts.newest.entry(id).or_insert(event.created_at);
                *newest = event.created_at.max(*newest);
            }
            match (event.kind, event.task) {
                (EventKind::TaskMarkedReady, Some(task)) => {
                    facts.ready.insert(task, event.created_at);
                }
                (EventKind::TaskRetryScheduled, Some(task)) => {
                    facts.retries.entry(task).or_default().push(event.created_at);
                }
                (EventKind::WorkflowCompleted | EventKind::WorkflowFailed, _) => {
                    facts.ends.insert(event.execution, event.created_at);
                }
                (
                    EventKind::TaskCompleted
                    | EventKind::TaskFailed
                    | EventKind::TaskSkipped
                    | EventKind::TaskAbandoned,
                    Some(task),
                ) => {
                    facts.ends.insert(task, event.created_at);
                }
                _ => {}
            }
        }
        facts
    }

    /// Time of the newest event that names this task or execution.
    pub fn newest(&self, id: &Uuid) -> Option<Timestamp> {
        self.newest.get(id).copied()
    }

    pub fn ready_at(&self, task: &Uuid) -> Option<Timestamp> {
        self.ready.get(task).copied()
    }

    /// When the attempt that began at `started` was given up for a retry.
    pub fn retry_after(&self, task: &Uuid, started: Timestamp) -> Option<Timestamp> {
        self.retries.get(task)?.iter().copied().filter(|at| *at >= started).min()
    }
}

/// From ready to start, without back-off. Unknown if a recovery overwrote the start, or if nothing tells when it was
/// ready: a retry is ready at `retry_at`, a first attempt when its event says so.
pub(super) fn queue_wait(task: &Task, ready_at: Option<Timestamp>) -> Option<Span> {
    let ready_at = if task.attempt > 1 { task.retry_at } else { ready_at };
    let started_at = task.started_at.filter(|_| task.recoveries == 0);
    started_at.zip(ready_at).map(|(started, ready)| started.since(ready))
}
