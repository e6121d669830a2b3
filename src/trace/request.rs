//! Packs spans and log records into requests of a bounded size.

use std::borrow::Borrow;
use std::mem;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;
use uuid::Uuid;

use super::{Settings, records, spans};
use crate::record::story::Story;

/// Of each item for its tag and length, and of a request for the lengths that grow with its content.
const ITEM_OVERHEAD: usize = 1 + 5;
const REQUEST_OVERHEAD: usize = 3 * 5;

/// Requests with the spans of these stories, in their order, and the executions that are told whole once a request and
/// those before it were taken. A trace may be spread over several requests.
///
/// None has more than `max_bytes`, unless a single span has; see the module on how large one may be.
pub fn traces<'a, S: Borrow<Story> + Sync>(
    stories: &'a [S],
    settings: Settings,
    resource: &'a Resource,
    scope: &'a InstrumentationScope,
    max_bytes: usize,
) -> impl Iterator<Item = (ExportTraceServiceRequest, Vec<Uuid>)> + Send + 'a {
    let wrap = |spans: Vec<Span>| ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(resource.clone()),
            scope_spans: vec![ScopeSpans { scope: Some(scope.clone()), spans, ..ScopeSpans::default() }],
            ..ResourceSpans::default()
        }],
    };
    let empty = wrap(Vec::new()).encoded_len();
    Packer::new(stories, empty, max_bytes, move |story| spans(story, settings))
        .map(move |(spans, executions)| (wrap(spans), executions))
}

/// As [`traces`], with the log records. Executions without any are named by the request after them, or by the last one;
/// there is no request if there is no record at all.
pub fn logs<'a, S: Borrow<Story> + Sync>(
    stories: &'a [S],
    settings: Settings,
    resource: &'a Resource,
    scope: &'a InstrumentationScope,
    max_bytes: usize,
) -> impl Iterator<Item = (ExportLogsServiceRequest, Vec<Uuid>)> + Send + 'a {
    let wrap = |log_records: Vec<LogRecord>| ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            resource: Some(resource.clone()),
            scope_logs: vec![ScopeLogs { scope: Some(scope.clone()), log_records, ..ScopeLogs::default() }],
            ..ResourceLogs::default()
        }],
    };
    let empty = wrap(Vec::new()).encoded_len();
    Packer::new(stories, empty, max_bytes, move |story| records(story, settings))
        .map(move |(records, executions)| (wrap(records), executions))
}

/// Holds the items of one story, and those of one request, at a time.
struct Packer<'a, S, T, F> {
    stories: std::slice::Iter<'a, S>,
    tell: F,
    /// Bytes for items in a request.
    room: usize,
    /// Of the story under way, what is still to be packed.
    rest: std::vec::IntoIter<T>,
    under_way: Option<Uuid>,
    packed: Vec<T>,
    bytes: usize,
    completed: Vec<Uuid>,
}

impl<'a, S: Borrow<Story>, T: Message, F: FnMut(&'a Story) -> Vec<T>> Packer<'a, S, T, F> {
    fn new(stories: &'a [S], empty: usize, max_bytes: usize, tell: F) -> Self {
        Self {
            stories: stories.iter(),
            tell,
            room: max_bytes.saturating_sub(empty.saturating_add(REQUEST_OVERHEAD)),
            rest: Vec::new().into_iter(),
            under_way: None,
            packed: Vec::new(),
            bytes: 0,
            completed: Vec::new(),
        }
    }

    fn take(&mut self) -> (Vec<T>, Vec<Uuid>) {
        self.bytes = 0;
        (mem::take(&mut self.packed), mem::take(&mut self.completed))
    }
}

impl<'a, S: Borrow<Story>, T: Message, F: FnMut(&'a Story) -> Vec<T>> Iterator for Packer<'a, S, T, F> {
    type Item = (Vec<T>, Vec<Uuid>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            while let Some(item) = self.rest.next() {
                let bytes = item.encoded_len().saturating_add(ITEM_OVERHEAD);
                let full = !self.packed.is_empty() && self.bytes.saturating_add(bytes) > self.room;
                let done = full.then(|| self.take());
                self.packed.push(item);
                self.bytes = self.bytes.saturating_add(bytes);
                if done.is_some() {
                    return done;
                }
            }
            self.completed.extend(self.under_way.take());
            let Some(story) = self.stories.next() else {
                return (!self.packed.is_empty()).then(|| self.take());
            };
            let story = story.borrow();
            self.rest = (self.tell)(story).into_iter();
            self.under_way = Some(story.execution.execution.id);
        }
    }
}
