//! From a row of either database to a record. The only place that knows the order of columns in `statements` and the
//! texts of statuses.
//!
//! A row that cannot be a record is left out and counted, never fatal: one bad row must not hide all others. A bad value
//! that a record can do without becomes `None`, and is counted too.

use std::borrow::Cow;
use std::sync::Arc;

use uuid::Uuid;

use super::classify::Classifier;
use crate::record::{
    Event, EventKind, Execution, ExecutionStatus, Fire, FiredExecution, Origin, Schedule, ScheduleKind, Task,
    TaskStatus, Timestamp,
};

/// A stored value that is not what its column promises.
#[derive(Debug)]
pub(super) struct Malformed;

/// A value of a column, or that it is NULL, or that it is something else than asked for.
pub(super) type Value<T> = Result<Option<T>, Malformed>;

/// One row of an answer; columns count from 0.
pub(super) trait Row {
    fn name(&self, column: usize) -> &str;
    fn uuid(&self, column: usize) -> Value<Uuid>;
    fn time(&self, column: usize) -> Value<Timestamp>;
    /// Also booleans, as 0 and 1.
    fn integer(&self, column: usize) -> Value<i64>;
    /// Bytes that are not UTF-8 are replaced.
    fn text(&self, column: usize) -> Value<Cow<'_, str>>;
    /// An array, which PostgreSQL alone has.
    fn uuids(&self, _column: usize) -> Value<Vec<Uuid>> {
        Err(Malformed)
    }
}

/// Values of one column that could not be used since they were last asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub table: &'static str,
    pub column: String,
    pub count: u64,
}

/// A row together with where to count what is wrong with it.
pub(super) struct Decoder<'a> {
    pub(super) row: &'a dyn Row,
    pub(super) table: &'static str,
    /// At most one entry per column, so bounded.
    pub(super) problems: &'a mut Vec<Problem>,
}

impl Decoder<'_> {
    /// The event and its `sequence_num`, 0 if that cannot be read.
    pub(super) fn event(&mut self) -> Option<(Event, u64)> {
        let event = Event {
            id: self.required(0, self.row.uuid(0))?,
            kind: self.known(1, event_kind, EventKind::Other)?,
            execution: self.required(2, self.row.uuid(2))?,
            task: self.optional(3, self.row.uuid(3)),
            created_at: self.required(4, self.row.time(4))?,
        };
        let sequence = self.optional(5, self.row.integer(5)).and_then(|number| u64::try_from(number).ok());
        Some((event, sequence.unwrap_or(0)))
    }

    /// `created_at` and `updated_at` that cannot be read are taken from the other times of the row: the start and the
    /// end, or each other.
    pub(super) fn execution(&mut self) -> Option<Execution> {
        let id = self.required(0, self.row.uuid(0))?;
        let workflow = self.required(1, self.row.text(1))?;
        let status = self.known(2, execution_status, ExecutionStatus::Other)?;
        let started_at = self.optional(6, self.row.time(6));
        let completed_at = self.optional(7, self.row.time(7));
        let (created_at, updated_at) = self.lifetime(4, started_at, completed_at)?;
        let origin = if status.is_terminal() { self.origin(8, 3) } else { Origin::Unknown };
        Some(Execution {
            id,
            workflow: Arc::from(workflow),
            status,
            origin,
            created_at,
            updated_at,
            started_at,
            completed_at,
        })
    }

    /// As `execution`. An attempt that cannot be read is the first, and recoveries are then none.
    pub(super) fn task(&mut self, classifier: &Classifier) -> Option<Task> {
        let id = self.required(0, self.row.uuid(0))?;
        let execution = self.required(1, self.row.uuid(1))?;
        let name = self.required(2, self.row.text(2))?;
        let status = self.known(3, task_status, TaskStatus::Other)?;
        let deferred = self.optional(4, self.row.text(4)).is_some_and(|sub_status| sub_status == "Deferred");
        let started_at = self.optional(9, self.row.time(9));
        let completed_at = self.optional(10, self.row.time(10));
        let (created_at, updated_at) = self.lifetime(7, started_at, completed_at)?;
        let failure = (status == TaskStatus::Failed)
            .then(|| classifier.reason(self.optional(14, self.row.text(14)).as_deref()));
        Some(Task {
            id,
            execution,
            name: Arc::from(name),
            status,
            deferred,
            attempt: self.count(5).max(1),
            recoveries: self.count(6),
            created_at,
            updated_at,
            started_at,
            completed_at,
            retry_at: self.optional(11, self.row.time(11)),
            claimed_by: self.optional(12, self.row.uuid(12)),
            heartbeat_at: self.optional(13, self.row.time(13)),
            failure,
        })
    }

    /// A switch that cannot be read is off.
    pub(super) fn schedule(&mut self) -> Option<Schedule> {
        Some(Schedule {
            id: self.required(0, self.row.uuid(0))?,
            kind: self.schedule_kind(1)?,
            workflow: Arc::from(self.required(2, self.row.text(2))?),
            instance_name: self.shared_text(3),
            trigger_name: self.shared_text(4),
            enabled: self.optional(5, self.row.integer(5)) == Some(1),
            paused: self.optional(6, self.row.integer(6)) == Some(1),
            paused_at: self.optional(7, self.row.time(7)),
            cron: self.shared_text(8),
            timezone: self.shared_text(9),
            catchup: self.shared_text(10),
            start_date: self.optional(11, self.row.time(11)),
            end_date: self.optional(12, self.row.time(12)),
            poll_interval_ms: self.optional(13, self.row.integer(13)),
            created_at: self.required(14, self.row.time(14))?,
            next_run_at: self.optional(15, self.row.time(15)),
            last_run_at: self.optional(16, self.row.time(16)),
            last_poll_at: self.optional(17, self.row.time(17)),
        })
    }

    pub(super) fn fire(&mut self) -> Option<Fire> {
        Some(Fire {
            id: self.required(0, self.row.uuid(0))?,
            schedule: self.required(1, self.row.uuid(1))?,
            scheduled_time: self.optional(2, self.row.time(2)),
            started_at: self.required(3, self.row.time(3))?,
            completed_at: self.optional(4, self.row.time(4)),
            recovery_attempts: self.count(5),
            execution: self.fired_execution(6),
        })
    }

    /// A status that is NULL is that of a row that is gone.
    fn fired_execution(&mut self, column: usize) -> Option<FiredExecution> {
        let id = self.optional(column, self.row.uuid(column))?;
        let status = match self.row.text(column + 1) {
            Ok(None) => ExecutionStatus::Other,
            _ => self.known(column + 1, execution_status, ExecutionStatus::Other)?,
        };
        Some(FiredExecution {
            id,
            status,
            created_at: self.optional(column + 2, self.row.time(column + 2)),
            completed_at: self.optional(column + 3, self.row.time(column + 3)),
        })
    }

    /// The schedule that started an execution, else what its row says.
    fn origin(&mut self, schedule_type: usize, trigger_origin: usize) -> Origin {
        match self.optional(schedule_type, self.row.text(schedule_type)).as_deref() {
            Some("cron") => return Origin::Cron,
            Some("trigger") => return Origin::Trigger,
            _ => {}
        }
        match self.optional(trigger_origin, self.row.text(trigger_origin)).as_deref() {
            Some("manual") => Origin::Manual,
            _ => Origin::Unknown,
        }
    }

    pub(super) fn event_count(&mut self) -> Option<(EventKind, u64)> {
        Some((self.known(0, event_kind, EventKind::Other)?, self.number(1)?))
    }

    pub(super) fn id(&mut self, column: usize) -> Option<Uuid> {
        self.required(column, self.row.uuid(column))
    }

    /// None for NULL.
    pub(super) fn ids(&mut self, column: usize) -> Vec<Uuid> {
        self.optional(column, self.row.uuids(column)).unwrap_or_default()
    }

    pub(super) fn time(&mut self, column: usize) -> Option<Timestamp> {
        self.optional(column, self.row.time(column))
    }

    pub(super) fn name(&mut self, column: usize) -> Option<Arc<str>> {
        self.required(column, self.row.text(column)).map(Arc::from)
    }

    /// A number that cannot be NULL or negative.
    pub(super) fn number(&mut self, column: usize) -> Option<u64> {
        let number = self.required(column, self.row.integer(column))?;
        self.required(column, u64::try_from(number).map(Some).map_err(|_| Malformed))
    }

    /// `created_at` and `updated_at`, which stand side by side.
    fn lifetime(
        &mut self,
        column: usize,
        started_at: Option<Timestamp>,
        completed_at: Option<Timestamp>,
    ) -> Option<(Timestamp, Timestamp)> {
        let created_at = self.required(column, self.row.time(column));
        let updated_at = self.required(column + 1, self.row.time(column + 1));
        let created_at = created_at.or(started_at).or(updated_at).or(completed_at)?;
        Some((created_at, updated_at.or(completed_at).unwrap_or(created_at)))
    }

    /// 0 for NULL; clipped to what fits.
    fn count(&mut self, column: usize) -> u32 {
        let number = self.optional(column, self.row.integer(column)).unwrap_or(0);
        u32::try_from(number.max(0)).unwrap_or(u32::MAX)
    }

    fn shared_text(&mut self, column: usize) -> Option<Arc<str>> {
        self.optional(column, self.row.text(column)).map(Arc::from)
    }

    fn schedule_kind(&mut self, column: usize) -> Option<ScheduleKind> {
        let kind = match self.required(column, self.row.text(column))?.as_ref() {
            "cron" => Some(ScheduleKind::Cron),
            "trigger" => Some(ScheduleKind::Trigger),
            _ => None,
        };
        self.required(column, Ok(kind))
    }

    /// A text out of a closed set; one that is not in it is counted, since it means a newer Cloacina.
    fn known<T>(&mut self, column: usize, parse: fn(&str) -> Option<T>, other: T) -> Option<T> {
        let text = self.required(column, self.row.text(column))?;
        Some(parse(&text).unwrap_or_else(|| {
            self.report(column);
            other
        }))
    }

    fn required<T>(&mut self, column: usize, value: Value<T>) -> Option<T> {
        let value = value.ok().flatten();
        if value.is_none() {
            self.report(column);
        }
        value
    }

    fn optional<T>(&mut self, column: usize, value: Value<T>) -> Option<T> {
        value.unwrap_or_else(|Malformed| {
            self.report(column);
            None
        })
    }

    fn report(&mut self, column: usize) {
        let (table, name) = (self.table, self.row.name(column));
        match self.problems.iter_mut().find(|problem| problem.table == table && problem.column == name) {
            Some(problem) => problem.count += 1,
            None => self.problems.push(Problem { table, column: name.to_owned(), count: 1 }),
        }
    }
}

fn event_kind(text: &str) -> Option<EventKind> {
    Some(match text {
        "task_created" => EventKind::TaskCreated,
        "task_marked_ready" => EventKind::TaskMarkedReady,
        "task_claimed" => EventKind::TaskClaimed,
        "task_started" => EventKind::TaskStarted,
        "task_deferred" => EventKind::TaskDeferred,
        "task_resumed" => EventKind::TaskResumed,
        "task_completed" => EventKind::TaskCompleted,
        "task_failed" => EventKind::TaskFailed,
        "task_retry_scheduled" => EventKind::TaskRetryScheduled,
        "task_skipped" => EventKind::TaskSkipped,
        "task_abandoned" => EventKind::TaskAbandoned,
        "task_reset" => EventKind::TaskReset,
        "workflow_started" | "pipeline_started" => EventKind::WorkflowStarted,
        "workflow_completed" | "pipeline_completed" => EventKind::WorkflowCompleted,
        "workflow_failed" | "pipeline_failed" => EventKind::WorkflowFailed,
        "workflow_cancelled" | "pipeline_cancelled" => EventKind::WorkflowCancelled,
        "workflow_paused" | "pipeline_paused" => EventKind::WorkflowPaused,
        "workflow_resumed" | "pipeline_resumed" => EventKind::WorkflowResumed,
        _ => return None,
    })
}

fn execution_status(text: &str) -> Option<ExecutionStatus> {
    Some(match text {
        "Pending" => ExecutionStatus::Pending,
        "Running" => ExecutionStatus::Running,
        "Paused" => ExecutionStatus::Paused,
        "Completed" => ExecutionStatus::Completed,
        "Failed" => ExecutionStatus::Failed,
        "Cancelled" => ExecutionStatus::Cancelled,
        _ => return None,
    })
}

fn task_status(text: &str) -> Option<TaskStatus> {
    Some(match text {
        "NotStarted" => TaskStatus::NotStarted,
        "Ready" => TaskStatus::Ready,
        "Running" => TaskStatus::Running,
        "Completed" => TaskStatus::Completed,
        "Failed" => TaskStatus::Failed,
        "Skipped" => TaskStatus::Skipped,
        _ => return None,
    })
}
