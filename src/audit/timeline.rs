//! One execution as a story: where it came from, how its tasks went, and its event log in order.
//!
//! Pure: derived from its rows alone. What a generation does not store is left out, never guessed.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;
use uuid::Uuid;

use crate::record::attempts::ReadyMarks;
use crate::record::inquiry::{EventDetails, ExecutionDetails, TaskDetails, Text};
use crate::record::{self, EventKind, Fire, Schedule, ScheduleKind, Span, TaskStatus, Timestamp};
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
        let marks = ReadyMarks::of(&rows.events);
        let mut tasks: Vec<_> = rows.tasks.iter().take(MOST_TASKS).collect();
        tasks.sort_by_key(|task| began_at(&task.task, &marks));
        Self {
            execution: execution.id,
            tenant: rows.tenant.clone(),
            generation: rows.generation,
            workflow: execution.workflow.clone(),
            version: rows.details.version.clone(),
            status: execution.status.name(),
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

fn told(details: &TaskDetails, marks: &ReadyMarks, now: Timestamp) -> Task {
    let task = &details.task;
    let is_running = task.status == TaskStatus::Running;
    let ended = task.completed_at.or(is_running.then_some(now));
    let length = |from: Option<Timestamp>, to: Option<Timestamp>| Some(to?.since(from?).seconds());
    Task {
        id: task.id,
        name: task.name.clone(),
        status: task.status.name(),
        attempt: task.attempt,
        max_attempts: details.max_attempts,
        recoveries: task.recoveries,
        started_at: task.started_at.map(instant),
        ended_at: task.completed_at.map(instant),
        wait_seconds: length(marks.before_last_start(task), task.started_at),
        duration_seconds: length(task.started_at, ended),
        retry_at: task.retry_at.map(instant),
        error: details.error.clone().map(Shown::from),
    }
}

/// By what is known of it; what has not begun comes last.
fn began_at(task: &record::Task, marks: &ReadyMarks) -> Timestamp {
    task.started_at.or(marks.first(&task.id)).or(task.completed_at).unwrap_or(Timestamp::MAX)
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
    Arc::from(record::short_name(name))
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

/// Seconds as they are stored, for people.
pub fn seconds(seconds: f64) -> String {
    crate::words::span(Span((seconds * 1e6).round() as i64))
}
