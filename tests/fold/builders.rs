//! Rows in few words: an execution, a task, an event, a schedule or a fire, built by naming the states that it went through.
//!
//! Names stand for ids, so that the same name in two polls is the same row. Times are whole seconds unless said
//! otherwise; what is not named is as the engine leaves it.

#![allow(dead_code, reason = "each test binary uses some of these")]

use std::sync::Arc;

use cloacina_exporter::record::{
    Event, EventKind, Execution, ExecutionStatus, FailureReason, Fire, FiredExecution, Origin, Schedule,
    ScheduleKind, Task, TaskStatus, Timestamp,
};
use uuid::Uuid;

pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

pub fn at_millis(millis: i64) -> Timestamp {
    Timestamp(millis * 1000)
}

/// The same id for the same name.
pub fn id(name: &str) -> Uuid {
    let hash = |seed: u64| {
        name.bytes().fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
    };
    Uuid::from_u64_pair(hash(0xcbf2_9ce4_8422_2325), hash(0x9e37_79b9_7f4a_7c15))
}

/// Pending since 0, started by hand.
pub fn execution(workflow: &str) -> Execution {
    Execution {
        id: id(workflow),
        workflow: Arc::from(workflow),
        status: ExecutionStatus::Pending,
        origin: Origin::Manual,
        created_at: at(0),
        updated_at: at(0),
        started_at: None,
        completed_at: None,
    }
}

pub trait ExecutionStates: Sized {
    /// Another execution of the same workflow.
    fn number(self, number: u32) -> Self;
    fn created(self, at: Timestamp) -> Self;
    fn started(self, at: Timestamp) -> Self;
    fn paused(self, at: Timestamp) -> Self;
    fn ended(self, status: ExecutionStatus, at: Timestamp) -> Self;
    fn started_by(self, origin: Origin) -> Self;

    fn completed(self, at: Timestamp) -> Self {
        self.ended(ExecutionStatus::Completed, at)
    }

    fn failed(self, at: Timestamp) -> Self {
        self.ended(ExecutionStatus::Failed, at)
    }

    fn cancelled(self, at: Timestamp) -> Self {
        self.ended(ExecutionStatus::Cancelled, at)
    }
}

impl ExecutionStates for Execution {
    fn number(self, number: u32) -> Self {
        Self { id: id(&format!("{}#{number}", self.workflow)), ..self }
    }

    fn created(self, at: Timestamp) -> Self {
        Self { created_at: at, updated_at: at, ..self }
    }

    fn started(self, at: Timestamp) -> Self {
        Self { status: ExecutionStatus::Running, started_at: Some(at), updated_at: at, ..self }
    }

    fn paused(self, at: Timestamp) -> Self {
        Self { status: ExecutionStatus::Paused, updated_at: at, ..self }
    }

    fn ended(self, status: ExecutionStatus, at: Timestamp) -> Self {
        Self { status, completed_at: Some(at), updated_at: at, ..self }
    }

    fn started_by(self, origin: Origin) -> Self {
        Self { origin, ..self }
    }
}

/// A task that waits for others, of the first execution of `workflow`.
pub fn task(workflow: &str, name: &str) -> Task {
    Task {
        id: id(&format!("{workflow}/{name}")),
        execution: id(workflow),
        name: Arc::from(format!("public::package::{workflow}::{name}")),
        status: TaskStatus::NotStarted,
        deferred: false,
        attempt: 1,
        recoveries: 0,
        created_at: at(0),
        updated_at: at(0),
        started_at: None,
        completed_at: None,
        retry_at: None,
        claimed_by: None,
        heartbeat_at: None,
        failure: None,
    }
}

pub trait TaskStates: Sized {
    /// The task of the same name of another execution.
    fn of(self, execution: &Execution) -> Self;
    fn ready(self, at: Timestamp) -> Self;
    /// Claimed by `runner` without a start, which is all that shows before v0.8.
    fn claimed(self, runner: &str, at: Timestamp) -> Self;
    fn running(self, at: Timestamp) -> Self;
    fn heartbeat(self, at: Timestamp) -> Self;
    fn deferred(self) -> Self;
    /// Ready for its next attempt, due at `due`; `at` is when the last one failed.
    fn retrying(self, at: Timestamp, due: Timestamp) -> Self;
    fn attempt(self, attempt: u32) -> Self;
    fn recoveries(self, recoveries: u32) -> Self;
    fn ended(self, status: TaskStatus, at: Timestamp) -> Self;
    fn failed(self, reason: FailureReason, at: Timestamp) -> Self;
    fn skipped(self, at: Timestamp) -> Self;
    fn start_unknown(self) -> Self;

    fn completed(self, at: Timestamp) -> Self {
        self.ended(TaskStatus::Completed, at)
    }
}

impl TaskStates for Task {
    fn of(self, execution: &Execution) -> Self {
        Self { id: id(&format!("{}/{}", execution.id, self.name)), execution: execution.id, ..self }
    }

    fn ready(self, at: Timestamp) -> Self {
        Self { status: TaskStatus::Ready, updated_at: at, ..self }
    }

    fn claimed(self, runner: &str, at: Timestamp) -> Self {
        let status = TaskStatus::Ready;
        Self { status, claimed_by: Some(id(runner)), heartbeat_at: Some(at), updated_at: at, ..self }
    }

    fn running(self, at: Timestamp) -> Self {
        Self { status: TaskStatus::Running, started_at: Some(at), ..self.claimed("runner", at) }
    }

    fn heartbeat(self, at: Timestamp) -> Self {
        Self { heartbeat_at: Some(at), ..self }
    }

    fn deferred(self) -> Self {
        Self { deferred: true, claimed_by: None, ..self }
    }

    fn retrying(self, at: Timestamp, due: Timestamp) -> Self {
        let (attempt, retry_at) = (self.attempt + 1, Some(due));
        Self { attempt, retry_at, started_at: None, claimed_by: None, heartbeat_at: None, ..self.ready(at) }
    }

    fn attempt(self, attempt: u32) -> Self {
        Self { attempt, ..self }
    }

    fn recoveries(self, recoveries: u32) -> Self {
        Self { recoveries, ..self }
    }

    fn ended(self, status: TaskStatus, at: Timestamp) -> Self {
        Self { status, completed_at: Some(at), updated_at: at, claimed_by: None, ..self }
    }

    fn failed(self, reason: FailureReason, at: Timestamp) -> Self {
        Self { failure: Some(reason), ..self.ended(TaskStatus::Failed, at) }
    }

    fn skipped(self, at: Timestamp) -> Self {
        Self { status: TaskStatus::Skipped, updated_at: at, ..self }
    }

    fn start_unknown(self) -> Self {
        Self { started_at: None, ..self }
    }
}

/// An event at `at`; say of what by one of its methods.
pub fn event(kind: EventKind, at: Timestamp) -> Event {
    Event { id: id(&format!("{kind:?}@{}", at.0)), kind, execution: Uuid::nil(), task: None, created_at: at }
}

pub trait EventSubjects: Sized {
    fn of(self, task: &Task) -> Self;
    fn of_execution(self, execution: &Execution) -> Self;
}

impl EventSubjects for Event {
    fn of(self, task: &Task) -> Self {
        let id = id(&format!("{} of {}", self.id, task.id));
        Self { id, execution: task.execution, task: Some(task.id), ..self }
    }

    fn of_execution(self, execution: &Execution) -> Self {
        Self { id: id(&format!("{} of {}", self.id, execution.id)), execution: execution.id, ..self }
    }
}

/// An enabled schedule that never ran.
pub fn cron(workflow: &str, expression: &str) -> Schedule {
    Schedule {
        id: id(&format!("cron of {workflow} at {expression}")),
        kind: ScheduleKind::Cron,
        workflow: Arc::from(workflow),
        instance_name: None,
        trigger_name: None,
        enabled: true,
        paused: false,
        paused_at: None,
        cron: Some(Arc::from(expression)),
        timezone: Some(Arc::from("UTC")),
        catchup: Some(Arc::from("skip")),
        start_date: None,
        end_date: None,
        poll_interval_ms: None,
        created_at: at(0),
        next_run_at: None,
        last_run_at: None,
        last_poll_at: None,
    }
}

pub fn trigger(workflow: &str, name: &str) -> Schedule {
    Schedule {
        id: id(&format!("trigger {name} of {workflow}")),
        kind: ScheduleKind::Trigger,
        trigger_name: Some(Arc::from(name)),
        cron: None,
        timezone: None,
        catchup: None,
        ..cron(workflow, "")
    }
}

pub trait ScheduleStates: Sized {
    fn created(self, at: Timestamp) -> Self;
    fn due(self, next_run_at: Timestamp) -> Self;
    /// The scheduler has claimed it, and moved it on.
    fn claimed(self, at: Timestamp, next_run_at: Timestamp) -> Self;
    fn run_all(self) -> Self;
    fn zone(self, timezone: &str) -> Self;
    fn paused(self, at: Timestamp) -> Self;
    fn disabled(self) -> Self;
    fn starting(self, at: Timestamp) -> Self;
    fn ending(self, at: Timestamp) -> Self;
    fn named(self, instance: &str) -> Self;
}

impl ScheduleStates for Schedule {
    fn created(self, at: Timestamp) -> Self {
        Self { created_at: at, ..self }
    }

    fn due(self, next_run_at: Timestamp) -> Self {
        Self { next_run_at: Some(next_run_at), ..self }
    }

    fn claimed(self, at: Timestamp, next_run_at: Timestamp) -> Self {
        Self { last_run_at: Some(at), next_run_at: Some(next_run_at), ..self }
    }

    fn run_all(self) -> Self {
        Self { catchup: Some(Arc::from("run_all")), ..self }
    }

    fn zone(self, timezone: &str) -> Self {
        Self { timezone: Some(Arc::from(timezone)), ..self }
    }

    fn paused(self, at: Timestamp) -> Self {
        Self { paused: true, paused_at: Some(at), ..self }
    }

    fn disabled(self) -> Self {
        Self { enabled: false, ..self }
    }

    fn starting(self, at: Timestamp) -> Self {
        Self { start_date: Some(at), ..self }
    }

    fn ending(self, at: Timestamp) -> Self {
        Self { end_date: Some(at), ..self }
    }

    fn named(self, instance: &str) -> Self {
        Self { instance_name: Some(Arc::from(instance)), ..self }
    }
}

/// A fire for the instant `due` whose row was written at `started`: open, and not handed over.
pub fn fire(schedule: &Schedule, due: Timestamp, started: Timestamp) -> Fire {
    Fire {
        id: id(&format!("fire of {} for {} at {}", schedule.id, due.0, started.0)),
        schedule: schedule.id,
        scheduled_time: Some(due),
        started_at: started,
        completed_at: None,
        recovery_attempts: 0,
        execution: None,
    }
}

/// A fire of a trigger, which stands for no instant.
pub fn pull(schedule: &Schedule, started: Timestamp) -> Fire {
    Fire { scheduled_time: None, ..fire(schedule, started, started) }
}

pub trait FireStates: Sized {
    /// Handed over to an execution of this status, whose row says that it ended at `ended`.
    fn linked(self, status: ExecutionStatus, ended: Option<Timestamp>) -> Self;
    /// The scheduler has seen the end.
    fn closed(self, at: Timestamp) -> Self;
    fn attempts(self, recoveries: u32) -> Self;

    fn running(self) -> Self {
        self.linked(ExecutionStatus::Running, None)
    }

    fn succeeded(self, at: Timestamp) -> Self {
        self.linked(ExecutionStatus::Completed, Some(at)).closed(at)
    }

    fn failed(self, at: Timestamp) -> Self {
        self.linked(ExecutionStatus::Failed, Some(at)).closed(at)
    }
}

impl FireStates for Fire {
    fn linked(self, status: ExecutionStatus, ended: Option<Timestamp>) -> Self {
        let id = id(&format!("execution of {}", self.id));
        let execution = FiredExecution { id, status, created_at: Some(self.started_at), completed_at: ended };
        Self { execution: Some(execution), ..self }
    }

    fn closed(self, at: Timestamp) -> Self {
        Self { completed_at: Some(at), ..self }
    }

    fn attempts(self, recoveries: u32) -> Self {
        Self { recovery_attempts: recoveries, ..self }
    }
}
