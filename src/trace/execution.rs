//! The root span: an execution, as long as the duration metric says.
//!
//! The fire of a schedule that started it is told by attributes and an event rather than by a link: no span is ever sent
//! of a fire, and a link would lead nowhere.

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::Event;

use super::event::{attach, event, written};
use super::value::{error_text, failed, number, span, text};
use super::{Settings, bounds, ids};
use crate::record::story::Story;
use crate::record::{ExecutionStatus, Fire, TaskStatus};
use crate::words::rfc3339;

pub(super) fn root(story: &Story, settings: Settings) -> Span {
    let execution = &story.execution.execution;
    let ids = (ids::trace_id(execution.id), ids::root_span_id(execution.id));
    let mut root = span(ids, &execution.workflow, bounds(execution), attributes(story));
    if execution.status == ExecutionStatus::Failed {
        root.status = failed(error_text(story.execution.error.as_ref(), settings));
    }
    attach(&mut root, events(story));
    root
}

/// By which spans and log records of an execution can be found.
pub(super) fn identity(story: &Story) -> Vec<KeyValue> {
    let execution = &story.execution.execution;
    vec![
        text("cloacina.tenant", &story.tenant),
        text("cloacina.workflow.name", &execution.workflow),
        text("cloacina.workflow.version", &story.execution.version),
        text("cloacina.execution.id", &execution.id.to_string()),
    ]
}

fn attributes(story: &Story) -> Vec<KeyValue> {
    let execution = &story.execution.execution;
    let mut attributes = identity(story);
    attributes.push(text("cloacina.execution.status", execution.status.label()));
    attributes.push(text("cloacina.execution.origin", execution.origin.name()));
    let count = |wanted: fn(TaskStatus) -> bool| {
        let found = story.tasks.iter().filter(|details| wanted(details.task.status)).count();
        i64::try_from(found).unwrap_or(i64::MAX)
    };
    attributes.push(number("cloacina.execution.tasks", count(|_| true)));
    attributes
        .push(number("cloacina.execution.tasks.completed", count(|status| status == TaskStatus::Completed)));
    attributes.push(number("cloacina.execution.tasks.failed", count(|status| status == TaskStatus::Failed)));
    attributes
        .push(number("cloacina.execution.tasks.skipped", count(|status| status == TaskStatus::Skipped)));
    attributes.push(number("cloacina.execution.tasks.unfinished", count(|status| !status.is_terminal())));
    attributes.extend(story.fires.first().into_iter().flat_map(fired_by));
    attributes
}

fn fired_by(fire: &Fire) -> Vec<KeyValue> {
    let mut attributes = vec![
        text("cloacina.schedule.id", &fire.schedule.to_string()),
        text("cloacina.fire.id", &fire.id.to_string()),
    ];
    let due = fire.scheduled_time.and_then(rfc3339);
    attributes.extend(due.map(|due| text("cloacina.fire.scheduled_time", &due)));
    attributes
}

fn events(story: &Story) -> Vec<Event> {
    let fires = story.fires.iter().map(|fire| event(fire.started_at, "fire", fired_by(fire)));
    let own = story.events.iter().filter(|details| details.event.task.is_none());
    fires.chain(own.map(written)).collect()
}
