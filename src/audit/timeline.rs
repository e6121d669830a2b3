//! One execution as a story: where it came from, how its tasks went, and its event log in order.
//!
//! Pure: derived from its rows alone. What a generation does not store is left out, never guessed.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;
use uuid::Uuid;

use crate::record::inquiry::{EventDetails, ExecutionDetails, TaskDetails, Text};
use crate::record::{
    self, EventKind, ExecutionStatus, Fire, Schedule, ScheduleKind, Span, TaskStatus, Timestamp,
};
use crate::words::instant;

/// Rows read of one execution; more are not shown, which is said.
pub const MOST_TASKS: usize = 10_000;
pub const MOST_EVENTS: usize = 20_000;

/// The rows that are about one execution.
#[derive(Debug)]
pub struct Rows {
    pub tenant: Arc<str>,
    pub generation: &'static str,
    pub details: ExecutionDetails,
    pub fires: Vec<(Fire, Option<Schedule>)>,
    /// In the order of their creation.
    pub tasks: Vec<TaskDetails>,
    /// In the order in which they were written.
    pub events: Vec<EventDetails>,
    pub now: Timestamp,
}

#[derive(Debug, Serialize)]
pub struct Timeline {
    pub execution: Uuid,
    pub tenant: Arc<str>,
    /// The oldest Cloacina version with tables like these.
    pub generation: &'static str,
    pub workflow: Arc<str>,
    pub version: Arc<str>,
    pub status: &'static str,
    /// The fires that started it; more than one after a recovery.
    pub started_by: Vec<Origin>,
    /// What the row itself says of where it came from.
    pub trigger_origin: Option<Arc<str>>,
    pub created_at: String,
    pub started_at: Option<String>,
    pub ended_at: Option<String>,
    /// Until now, if it has not ended; pauses are in it.
    pub duration_seconds: f64,
    pub error: Option<Shown>,
    pub pauses: Vec<Pause>,
    pub tasks: Vec<Task>,
    pub tasks_cut: bool,
    pub events: Vec<Event>,
    pub events_cut: bool,
}

#[derive(Debug, Serialize)]
pub struct Origin {
    pub kind: &'static str,
    /// Instance name, trigger name or workflow; `None` if the schedule is gone.
    pub schedule: Option<Arc<str>>,
    pub schedule_id: Uuid,
    pub fire: Uuid,
    pub scheduled_time: Option<String>,
    pub began_at: String,
    /// From the scheduled time to the beginning of the fire.
    pub late_seconds: Option<f64>,
    pub recovery_attempts: u32,
}

#[derive(Debug, Serialize)]
pub struct Pause {
    pub paused_at: String,
    /// `None` while it lasts.
    pub resumed_at: Option<String>,
    pub seconds: f64,
    pub reason: Option<Shown>,
}

#[derive(Debug, Serialize)]
pub struct Task {
    pub id: Uuid,
    pub name: Arc<str>,
    pub status: &'static str,
    pub attempt: u32,
    pub max_attempts: Option<i64>,
    pub recoveries: u32,
    /// Of the last attempt; not stored before v0.8.
    pub started_at: Option<String>,
    pub ended_at: Option<String>,
    /// From being ready, or from the planned retry, to the start of the last attempt.
    pub wait_seconds: Option<f64>,
    /// Of the last attempt; until now while it is running.
    pub duration_seconds: Option<f64>,
    pub retry_at: Option<String>,
    pub error: Option<Shown>,
}

#[derive(Debug, Serialize)]
pub struct Event {
    pub sequence: u64,
    pub id: Uuid,
    pub at: String,
    /// From the start of the execution.
    pub offset_seconds: f64,
    pub kind: Arc<str>,
    pub task: Option<Arc<str>>,
    pub task_id: Option<Uuid>,
    pub data: Option<Shown>,
}

/// A foreign text; as JSON if it is JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Shown {
    Json(serde_json::Value),
    Text(String),
    Cut { text: String, cut: bool },
}

impl Timeline {
    pub fn new(rows: Rows) -> Self {
        let execution = &rows.details.execution;
        let began = execution.started_at.unwrap_or(execution.created_at);
        let ended = execution.completed_at.filter(|_| execution.status.is_terminal());
        let names: HashMap<Uuid, Arc<str>> =
            rows.tasks.iter().map(|task| (task.task.id, short_name(&task.task.name))).collect();
        let marks = marks(&rows.events);
        let mut tasks: Vec<_> = rows.tasks.iter().take(MOST_TASKS).collect();
        tasks.sort_by_key(|task| began_at(&task.task, &marks));
        Self {
            execution: execution.id,
            tenant: rows.tenant.clone(),
            generation: rows.generation,
            workflow: execution.workflow.clone(),
            version: rows.details.version.clone(),
            status: execution_status(execution.status),
            started_by: rows.fires.iter().map(|(fire, schedule)| origin(fire, schedule.as_ref())).collect(),
            trigger_origin: rows.details.asked_by.clone(),
            created_at: instant(execution.created_at),
            started_at: execution.started_at.map(instant),
            ended_at: ended.map(instant),
            duration_seconds: ended.unwrap_or(rows.now).since(began).seconds(),
            error: rows.details.error.clone().map(Shown::from),
            pauses: pauses(&rows),
            tasks: tasks.into_iter().map(|task| told(task, &marks, rows.now)).collect(),
            tasks_cut: rows.tasks.len() > MOST_TASKS,
            events: rows.events.iter().take(MOST_EVENTS).map(|event| line(event, began, &names)).collect(),
            events_cut: rows.events.len() > MOST_EVENTS,
        }
    }
}

fn origin(fire: &Fire, schedule: Option<&Schedule>) -> Origin {
    let kind = schedule.map(|schedule| match schedule.kind {
        ScheduleKind::Cron => "cron",
        ScheduleKind::Trigger => "trigger",
    });
    let name = schedule
        .map(|row| row.instance_name.as_ref().or(row.trigger_name.as_ref()).unwrap_or(&row.workflow).clone());
    Origin {
        kind: kind.unwrap_or("deleted"),
        schedule: name,
        schedule_id: fire.schedule,
        fire: fire.id,
        scheduled_time: fire.scheduled_time.map(instant),
        began_at: instant(fire.started_at),
        late_seconds: fire.scheduled_time.map(|due| fire.started_at.since(due).seconds()),
        recovery_attempts: fire.recovery_attempts,
    }
}

/// From the events; the row knows only of a pause that lasts.
fn pauses(rows: &Rows) -> Vec<Pause> {
    let mut pauses: Vec<Pause> = Vec::new();
    let mut open: Option<&EventDetails> = None;
    let until = |paused: &EventDetails, resumed: Option<Timestamp>| Pause {
        paused_at: instant(paused.event.created_at),
        resumed_at: resumed.map(instant),
        seconds: resumed.unwrap_or(rows.now).since(paused.event.created_at).seconds(),
        reason: paused.data.clone().map(reason),
    };
    for event in &rows.events {
        match event.event.kind {
            EventKind::WorkflowPaused => open = open.or(Some(event)),
            EventKind::WorkflowResumed => {
                pauses.extend(open.take().map(|paused| until(paused, Some(event.event.created_at))));
            }
            _ => {}
        }
    }
    let ended = rows.details.execution.completed_at.filter(|_| rows.details.execution.status.is_terminal());
    match (open, rows.details.paused_at) {
        (Some(paused), _) => pauses.push(until(paused, ended)),
        // Its event was deleted.
        (None, Some(paused_at)) => pauses.push(Pause {
            paused_at: instant(paused_at),
            resumed_at: None,
            seconds: ended.unwrap_or(rows.now).since(paused_at).seconds(),
            reason: rows.details.pause_reason.clone().map(Shown::from),
        }),
        (None, None) => {}
    }
    pauses
}

/// The engine writes `{"reason": …}`.
fn reason(data: Text) -> Shown {
    match Shown::from(data) {
        Shown::Json(serde_json::Value::Object(mut object)) => match object.remove("reason") {
            Some(serde_json::Value::String(text)) => Shown::Text(text),
            _ => Shown::Json(object.into()),
        },
        other => other,
    }
}

fn told(details: &TaskDetails, marks: &HashMap<Uuid, Vec<Timestamp>>, now: Timestamp) -> Task {
    let task = &details.task;
    let marks = marks.get(&task.id).map_or(&[][..], Vec::as_slice);
    let is_running = task.status == TaskStatus::Running;
    let ended = task.completed_at.or(is_running.then_some(now));
    let length = |from: Option<Timestamp>, to: Option<Timestamp>| Some(to?.since(from?).seconds());
    Task {
        id: task.id,
        name: task.name.clone(),
        status: task_status(task.status),
        attempt: task.attempt,
        max_attempts: details.max_attempts,
        recoveries: task.recoveries,
        started_at: task.started_at.map(instant),
        ended_at: task.completed_at.map(instant),
        wait_seconds: length(ready_at(task, marks), task.started_at),
        duration_seconds: length(task.started_at, ended),
        retry_at: task.retry_at.map(instant),
        error: details.error.clone().map(Shown::from),
    }
}

/// By what is known of it; what has not begun comes last.
fn began_at(task: &record::Task, marks: &HashMap<Uuid, Vec<Timestamp>>) -> Timestamp {
    let marked = marks.get(&task.id).and_then(|marks| marks.first()).copied();
    task.started_at.or(marked).or(task.completed_at).unwrap_or(Timestamp::MAX)
}

/// When the last attempt could have begun: the newest of being marked ready, reset and of its planned retry, before it did.
fn ready_at(task: &record::Task, marks: &[Timestamp]) -> Option<Timestamp> {
    let started = task.started_at?;
    let retry = task.retry_at.filter(|_| task.attempt > 1);
    marks.iter().copied().chain(retry).filter(|at| *at <= started).max()
}

/// When each task was marked ready.
fn marks(events: &[EventDetails]) -> HashMap<Uuid, Vec<Timestamp>> {
    let mut marks: HashMap<Uuid, Vec<Timestamp>> = HashMap::new();
    for EventDetails { event, .. } in events {
        if let (Some(task), EventKind::TaskMarkedReady | EventKind::TaskReset) = (event.task, event.kind) {
            marks.entry(task).or_default().push(event.created_at);
        }
    }
    marks
}

fn line(details: &EventDetails, began: Timestamp, names: &HashMap<Uuid, Arc<str>>) -> Event {
    let event = &details.event;
    Event {
        sequence: details.sequence,
        id: event.id,
        at: instant(event.created_at),
        offset_seconds: event.created_at.since(began).seconds(),
        kind: details.name.clone(),
        task: event.task.and_then(|id| names.get(&id).cloned()),
        task_id: event.task,
        data: details.data.clone().map(Shown::from),
    }
}

/// The last segment of `tenant::package::workflow::task`.
pub fn short_name(name: &Arc<str>) -> Arc<str> {
    name.rsplit_once("::").map_or_else(|| name.clone(), |(_, last)| Arc::from(last))
}

impl From<Text> for Shown {
    fn from(Text { text, cut }: Text) -> Self {
        if cut {
            return Self::Cut { text, cut };
        }
        match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(value) if value.is_object() || value.is_array() => Self::Json(value),
            _ => Self::Text(text),
        }
    }
}

const fn execution_status(status: ExecutionStatus) -> &'static str {
    match status {
        ExecutionStatus::Pending => "Pending",
        ExecutionStatus::Running => "Running",
        ExecutionStatus::Paused => "Paused",
        ExecutionStatus::Completed => "Completed",
        ExecutionStatus::Failed => "Failed",
        ExecutionStatus::Cancelled => "Cancelled",
        ExecutionStatus::Other => "unknown",
    }
}

const fn task_status(status: TaskStatus) -> &'static str {
    match status {
        TaskStatus::NotStarted => "NotStarted",
        TaskStatus::Ready => "Ready",
        TaskStatus::Running => "Running",
        TaskStatus::Completed => "Completed",
        TaskStatus::Failed => "Failed",
        TaskStatus::Skipped => "Skipped",
        TaskStatus::Other => "unknown",
    }
}

/// Seconds as they are stored, for people.
pub fn seconds(seconds: f64) -> String {
    crate::words::span(Span((seconds * 1e6).round() as i64))
}
