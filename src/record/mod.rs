//! What a poll brings back: plain records, the same types whatever the dialect or Cloacina version.
//!
//! Nothing here reads or decides; `source` fills these, `state` folds them. Records are serialisable because the
//! state file journals whole batches.

pub mod attempts;
mod collector;
mod failures;
pub mod inquiry;
mod names;
pub mod story;
mod time;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use collector::{Collector, Reason};
pub use failures::{FailedExecution, FailedTask, Failures};
pub use names::short_name;
pub use time::{Span, Timestamp};

/// By the id of a row. A poll looks up ids some ten thousand times, for which the standard hasher is slow; this one is
/// seeded as well.
pub type ById<T> = HashMap<Uuid, T, foldhash::fast::RandomState>;
pub type Ids = HashSet<Uuid, foldhash::fast::RandomState>;

/// Type of a row of `execution_events`. `pipeline_*` of v0.4 and v0.5.0 maps to `workflow_*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EventKind {
    TaskCreated,
    TaskMarkedReady,
    TaskClaimed,
    TaskStarted,
    TaskDeferred,
    TaskResumed,
    TaskCompleted,
    TaskFailed,
    TaskRetryScheduled,
    TaskSkipped,
    TaskAbandoned,
    TaskReset,
    WorkflowStarted,
    WorkflowCompleted,
    WorkflowFailed,
    WorkflowCancelled,
    WorkflowPaused,
    WorkflowResumed,
    /// A text this version does not know.
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub id: Uuid,
    pub kind: EventKind,
    pub execution: Uuid,
    pub task: Option<Uuid>,
    /// The writing application's clock.
    pub created_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ExecutionStatus {
    Pending,
    Running,
    Paused,
    Completed,
    Failed,
    Cancelled,
    /// A text this version does not know; never folded as an end.
    Other,
}

impl ExecutionStatus {
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Pending | Self::Running | Self::Paused)
    }

    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

/// What started an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Origin {
    Cron,
    Trigger,
    Manual,
    Unknown,
}

/// A row of `workflow_executions` (`pipeline_executions` before v0.5.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Execution {
    pub id: Uuid,
    pub workflow: Arc<str>,
    /// On v0.4 a run with a failed task is stored as `Completed`; the source has already made it `Failed`.
    pub status: ExecutionStatus,
    /// From the schedule that links to it, else from `trigger_origin`. Only set for terminal executions.
    pub origin: Origin,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TaskStatus {
    NotStarted,
    Ready,
    Running,
    Completed,
    Failed,
    Skipped,
    /// A text this version does not know; never folded as an end.
    Other,
}

impl TaskStatus {
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Skipped)
    }
}

/// Why a task failed, from its error text. The text itself goes no further than `source`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FailureReason {
    Timeout,
    Validation,
    Context,
    NotFound,
    ClaimLost,
    Infrastructure,
    Abandoned,
    TaskError,
    Unknown,
    /// The name of a pattern from the configuration.
    Named(Arc<str>),
}

/// A row of `task_executions`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    pub id: Uuid,
    pub execution: Uuid,
    /// The stored name, `tenant::package::workflow::task`; the label is its last segment.
    pub name: Arc<str>,
    pub status: TaskStatus,
    /// `sub_status` is `Deferred`.
    pub deferred: bool,
    /// Number of the current attempt, from 1.
    pub attempt: u32,
    /// Recoveries after a stale claim so far.
    pub recoveries: u32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Start of the last attempt. Never set before v0.8.
    pub started_at: Option<Timestamp>,
    /// Never set for skipped tasks.
    pub completed_at: Option<Timestamp>,
    /// When the next, or the last, retry is or was due.
    pub retry_at: Option<Timestamp>,
    /// The runner that holds the claim.
    pub claimed_by: Option<Uuid>,
    pub heartbeat_at: Option<Timestamp>,
    /// Set for `Failed` only; `Abandoned` if its recoveries were exhausted.
    pub failure: Option<FailureReason>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ScheduleKind {
    Cron,
    Trigger,
}

/// A row of `schedules`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    pub id: Uuid,
    pub kind: ScheduleKind,
    pub workflow: Arc<str>,
    pub instance_name: Option<Arc<str>>,
    pub trigger_name: Option<Arc<str>>,
    pub enabled: bool,
    pub paused: bool,
    pub paused_at: Option<Timestamp>,
    pub cron: Option<Arc<str>>,
    pub timezone: Option<Arc<str>>,
    /// `skip` or `run_all`, as stored.
    pub catchup: Option<Arc<str>>,
    pub start_date: Option<Timestamp>,
    pub end_date: Option<Timestamp>,
    pub poll_interval_ms: Option<i64>,
    pub created_at: Timestamp,
    pub next_run_at: Option<Timestamp>,
    /// The engine's clock at the last claim; triggers never set it.
    pub last_run_at: Option<Timestamp>,
    /// Written after a successful poll of a trigger only.
    pub last_poll_at: Option<Timestamp>,
}

/// A row of `schedule_executions`: one fire of a schedule, with what is known of the execution that it was handed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fire {
    pub id: Uuid,
    pub schedule: Uuid,
    /// The instant of the cron expression that it stands for; triggers have none.
    pub scheduled_time: Option<Timestamp>,
    pub started_at: Timestamp,
    /// Set when the execution ended, or at once if it could not be handed over. Never set by v0.4, and not for triggers
    /// that succeed.
    pub completed_at: Option<Timestamp>,
    /// How often a lost handoff was tried again; always 0 before v0.11.
    pub recovery_attempts: u32,
    /// v0.11 links a cron fire at its handoff; triggers, and all fires before, are linked after the execution ended.
    pub execution: Option<FiredExecution>,
}

/// What a fire knows of its execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiredExecution {
    pub id: Uuid,
    /// `Other` if the execution's row is gone; then the times are unknown.
    pub status: ExecutionStatus,
    pub created_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
}

impl Schedule {
    /// The expression that the engine goes by. A row without one, but with a next run, it runs every minute (0.11.1).
    pub fn expression(&self) -> Option<Arc<str>> {
        self.cron.clone().or_else(|| self.next_run_at.map(|_| Arc::from("* * * * *")))
    }
}

/// What is true now, read whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Levels {
    /// Executions that are Pending, Running or Paused.
    pub active: Vec<Execution>,
    /// Unfinished tasks of `active`.
    pub tasks: Vec<Task>,
    pub schedules: Vec<Schedule>,
    /// `created_at` of the oldest event kept, if there is one.
    pub oldest_event_at: Option<Timestamp>,
}

/// Which server, and which life of it, answered a poll. A change of any part makes transaction ids incomparable.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// PostgreSQL's system identifier; for SQLite the file's inode.
    pub system: u64,
    /// Start of the postmaster in microseconds; 0 for SQLite.
    pub started: i64,
    pub in_recovery: bool,
    pub timeline: u32,
}

impl Identity {
    /// Whether events become visible in the order of their `sequence_num`, as on SQLite.
    pub const fn commits_in_sequence(&self) -> bool {
        self.started == 0
    }
}

/// Where in the database's history a poll was taken. See `state::horizon` for what is made of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    pub identity: Identity,
    /// The database's clock, read before the locks and the snapshot.
    pub clock: Timestamp,
    /// The exporter's own clock, read before anything was sent.
    pub own_clock: Timestamp,
    /// The snapshot's own time.
    pub now: Timestamp,
    /// The oldest transaction id still running, 64 bits wide. On SQLite the newest `sequence_num`.
    pub xmin: u64,
    /// One past the newest completed transaction id. On SQLite `xmin + 1`.
    pub xmax: u64,
    /// One past the largest transaction id that holds its own lock; 0 where that cannot be seen (a standby, SQLite).
    pub locked: u64,
    /// On a standby: the commit time of the last transaction replayed.
    pub replayed_at: Option<Timestamp>,
}

/// All that one poll of one tenant read, in one snapshot of the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    pub position: Position,
    /// Events not seen before, oldest first.
    pub events: Vec<Event>,
    /// Not after this instant were all events read; `MAX` unless the read stopped at its limit.
    pub events_until: Timestamp,
    pub levels: Levels,
    /// Executions read by id or found by a scan, terminal or not.
    pub executions: Vec<Execution>,
    /// Tasks read by id, and all tasks of the terminal `executions`.
    pub tasks: Vec<Task>,
    /// Fires since the edge without those of which all is known, and those that were open and were read again, each once.
    /// In the first batch the newest ones and the open ones of each schedule.
    pub fires: Vec<Fire>,
    /// Whether cancelled executions were scanned for.
    pub scanned_cancelled: bool,
    /// Names of all workflows with rows, if they were listed this time.
    pub workflows: Option<Vec<Arc<str>>>,
    /// A minute of past events that was recounted; what it had missed is among `events`.
    pub recount: Option<Recount>,
}

/// Outcome of a recount of past events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recount {
    pub from: Timestamp,
    pub to: Timestamp,
    /// Events of it that had been seen before.
    pub expected: u64,
    /// Events of it that had not.
    pub missed: u64,
}
