//! Events of spans: when rows and events say that something happened to an execution or a task.

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::Event;

use super::MOST_EVENTS;
use super::value::{cut, nanoseconds};
use crate::record::inquiry::EventDetails;
use crate::record::{EventKind, Timestamp};

pub(super) fn event(at: Timestamp, name: &str, attributes: Vec<KeyValue>) -> Event {
    Event {
        time_unix_nano: nanoseconds(at),
        name: cut(name).to_owned(),
        attributes,
        dropped_attributes_count: 0,
    }
}

/// Under the name that the newest version of the engine uses; a kind that is not known keeps its own.
pub(super) fn written(details: &EventDetails) -> Event {
    let kind = details.event.kind;
    let name = if kind == EventKind::Other { &details.name } else { kind.name() };
    event(details.event.created_at, name, Vec::new())
}

/// Gives the span the first of these events in the order of time, and says how many more there were.
pub(super) fn attach(span: &mut Span, mut events: Vec<Event>) {
    // Those of the same time stay in the order in which they were written.
    events.sort_by_key(|event| event.time_unix_nano);
    let dropped = events.len().saturating_sub(MOST_EVENTS);
    events.truncate(MOST_EVENTS);
    span.dropped_events_count = u32::try_from(dropped).unwrap_or(u32::MAX);
    span.events = events;
}
