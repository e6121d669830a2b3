//! The span of a task: from becoming ready to its end, with what happened to it as events.

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::Event;

use super::event::{attach, event, written};
use super::value::{error_text, failed, flag, number, span, text};
use super::{Settings, attempt, bounds, ids};
use crate::record::attempts::{ReadyMarks, runs};
use crate::record::inquiry::{EventDetails, TaskDetails};
use crate::record::story::Story;
use crate::record::{EventKind, Execution, Task, TaskStatus, Timestamp, short_name};

/// `events` are those of the task.
pub(super) fn push_spans(
    spans: &mut Vec<Span>,
    story: &Story,
    details: &TaskDetails,
    events: &[&EventDetails],
    marks: &ReadyMarks,
    settings: Settings,
) {
    let (task, execution) = (&details.task, &story.execution.execution);
    let bounds = life(task, execution, events, marks);
    let ids = (ids::trace_id(execution.id), ids::task_span_id(task.id));
    let mut own = span(ids, short_name(&task.name), bounds, attributes(details, settings));
    own.parent_span_id = ids::root_span_id(execution.id).to_vec();
    if task.status == TaskStatus::Failed {
        own.status = failed(error_text(details.error.as_ref(), settings));
    }
    attach(&mut own, happenings(task, events));
    let attempts = attempt::spans(&own, details, &runs(task, events, bounds.0, bounds.1));
    spans.push(own);
    spans.extend(attempts);
}

/// When a task became ready, or without an event was created, and when it ended. A skipped task takes no time; one that
/// never ended was given up with its execution.
fn life(
    task: &Task,
    execution: &Execution,
    events: &[&EventDetails],
    marks: &ReadyMarks,
) -> (Timestamp, Timestamp) {
    if task.status == TaskStatus::Skipped {
        let skipped = events.iter().find(|details| details.event.kind == EventKind::TaskSkipped);
        let at = skipped.map(|details| details.event.created_at).or(task.completed_at);
        return (at.unwrap_or(task.updated_at), at.unwrap_or(task.updated_at));
    }
    let ready = marks.first(&task.id).unwrap_or(task.created_at);
    let ended = if task.status.is_terminal() {
        task.completed_at.unwrap_or(task.updated_at)
    } else {
        bounds(execution).1
    };
    (ready, ended)
}

/// By which spans and log records of a task can be found.
pub(super) fn identity(details: &TaskDetails) -> Vec<KeyValue> {
    let task = &details.task;
    let mut attributes = vec![
        text("cloacina.task.name", &task.name),
        text("cloacina.task.id", &task.id.to_string()),
        text("cloacina.task.status", task.status.label()),
        number("cloacina.task.attempt", task.attempt),
    ];
    attributes.extend(details.max_attempts.map(|most| number("cloacina.task.max_attempts", most)));
    if task.recoveries > 0 {
        attributes.push(number("cloacina.task.recoveries", task.recoveries));
    }
    attributes.extend(task.failure.as_ref().map(|reason| text("error.type", reason.name())));
    attributes
}

fn attributes(details: &TaskDetails, settings: Settings) -> Vec<KeyValue> {
    let mut attributes = identity(details);
    if !details.task.status.is_terminal() {
        attributes.push(flag("cloacina.task.unfinished"));
    }
    let reason = error_text(details.error.as_ref(), settings);
    let skipped = reason.filter(|_| details.task.status == TaskStatus::Skipped);
    attributes.extend(skipped.map(|reason| text("cloacina.task.skip_reason", reason)));
    attributes
}

/// The engine writes no event when a task starts; its row knows when the last attempt did.
fn happenings(task: &Task, events: &[&EventDetails]) -> Vec<Event> {
    let started = task.started_at.map(|at| event(at, EventKind::TaskStarted.name(), Vec::new()));
    let was_written = events.iter().any(|details| details.event.kind == EventKind::TaskStarted);
    let written = events.iter().map(|details| written(details));
    written.chain(started.filter(|_| !was_written)).collect()
}
