//! Requests: bounded, in order, and each says which executions are told whole with it.

use cloacina_exporter::record::story::Story;
use cloacina_exporter::record::*;
use cloacina_exporter::trace;
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use uuid::Uuid;

use super::builders::*;

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// The execution of this number, with this many tasks.
fn numbered(number: u128, status: ExecutionStatus, tasks: u128) -> Story {
    let mut story = story(status);
    story.execution.execution.id = id(number);
    story.tasks =
        (0..tasks).map(|task_number| task(number * 1000 + task_number, TaskStatus::Completed)).collect();
    story
}

/// Bytes, spans and completed executions of each request.
fn requests(stories: &[Story], max_bytes: usize) -> Vec<(usize, Vec<Span>, Vec<Uuid>)> {
    let (resource, scope) = (Resource::default(), InstrumentationScope::default());
    let requests = trace::traces(stories, TOLD, &resource, &scope, max_bytes);
    requests
        .map(|(mut request, executions)| {
            let bytes = request.encoded_len();
            let mut resource = request.resource_spans.remove(0);
            (bytes, resource.scope_spans.remove(0).spans, executions)
        })
        .collect()
}

#[test]
fn what_fits_is_one_request() {
    let stories = [1, 2, 3].map(|number| numbered(number, ExecutionStatus::Completed, 2));
    let requests = requests(&stories, 2 << 20);
    let all: Vec<Span> = stories.iter().flat_map(|story| trace::spans(story, TOLD)).collect();
    assert_eq!(requests.len(), 1);
    assert_eq!((&requests[0].1, &requests[0].2), (&all, &vec![id(1), id(2), id(3)]));
}

#[test]
fn requests_hold_all_spans_in_order_within_the_bound_and_name_each_execution_with_its_last_span() {
    let stories: Vec<Story> =
        (1..=9).map(|number| numbered(number, ExecutionStatus::Completed, number * 7 % 10)).collect();
    let all: Vec<Span> = stories.iter().flat_map(|story| trace::spans(story, TOLD)).collect();
    for max_bytes in [1000, 1500, 2000, 3333, 10_000] {
        let requests = requests(&stories, max_bytes);
        let told: Vec<&Span> = requests.iter().flat_map(|(_, spans, _)| spans).collect();
        assert_eq!(told, all.iter().collect::<Vec<_>>());
        assert!(requests.iter().all(|(bytes, ..)| *bytes <= max_bytes), "{max_bytes}");
        let named: Vec<Uuid> = requests.iter().flat_map(|(.., executions)| executions.clone()).collect();
        assert_eq!(named, (1..=9).map(id).collect::<Vec<_>>());
        for story in &stories {
            let execution = story.execution.execution.id;
            let last = requests.iter().rposition(|(_, spans, _)| {
                spans.iter().any(|span| span.trace_id == trace::ids::trace_id(execution))
            });
            let naming = requests.iter().position(|(.., executions)| executions.contains(&execution));
            // A request may end exactly with an execution; it is known only when the next one begins.
            assert_eq!(naming, last, "{execution} in {max_bytes}");
        }
    }
}

#[test]
fn requests_are_nearly_full() {
    let stories: Vec<Story> =
        (1..=50).map(|number| numbered(number, ExecutionStatus::Completed, 5)).collect();
    let requests = requests(&stories, 10_000);
    let (_last, full) = requests.split_last().unwrap();
    assert!(full.len() > 5 && full.iter().all(|(bytes, ..)| *bytes > 9000));
}

#[test]
fn a_span_that_is_too_large_by_itself_is_sent_alone() {
    let stories = [numbered(1, ExecutionStatus::Completed, 1), numbered(2, ExecutionStatus::Completed, 0)];
    let requests = requests(&stories, 1);
    let shape: Vec<_> = requests.iter().map(|(_, spans, named)| (spans.len(), named.clone())).collect();
    assert_eq!(shape, [(1, vec![]), (1, vec![id(1)]), (1, vec![id(2)])]);
}

#[test]
fn no_stories_are_no_request() {
    assert_eq!(requests(&[], 1000), []);
}

#[test]
fn resource_and_scope_are_in_each_request_and_count_for_its_size() {
    let resource = Resource { attributes: vec![trace_attribute(&"x".repeat(5000))], ..Resource::default() };
    let scope =
        InstrumentationScope { name: "cloacina-exporter".to_owned(), ..InstrumentationScope::default() };
    let stories = [numbered(1, ExecutionStatus::Completed, 30)];
    let requests: Vec<_> = trace::traces(&stories, TOLD, &resource, &scope, 8000).collect();
    assert!(requests.len() > 2);
    for (request, _) in requests {
        assert!(request.encoded_len() <= 8000);
        assert_eq!(request.resource_spans[0].resource.as_ref(), Some(&resource));
        assert_eq!(request.resource_spans[0].scope_spans[0].scope.as_ref(), Some(&scope));
    }
}

fn trace_attribute(value: &str) -> opentelemetry_proto::tonic::common::v1::KeyValue {
    use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
    let value = Some(AnyValue { value: Some(Value::StringValue(value.to_owned())) });
    KeyValue { key: "service.name".to_owned(), value, ..KeyValue::default() }
}

/// Records and completed executions of each request with logs.
fn logs(stories: &[Story], max_bytes: usize) -> Vec<(usize, Vec<Uuid>)> {
    let (resource, scope) = (Resource::default(), InstrumentationScope::default());
    trace::logs(stories, TOLD, &resource, &scope, max_bytes)
        .map(|(request, named)| {
            assert!(max_bytes == 1 || request.encoded_len() <= max_bytes);
            (request.resource_logs[0].scope_logs[0].log_records.len(), named)
        })
        .collect()
}

#[test]
fn executions_without_records_are_named_by_a_request_that_is_sent_anyway() {
    use ExecutionStatus::{Completed, Failed};
    let stories = [(1, Completed), (2, Failed), (3, Completed), (4, Failed), (5, Completed)]
        .map(|(number, status)| numbered(number, status, 1));
    assert_eq!(logs(&stories, 10_000), [(2, (1..=5).map(id).collect())]);
    assert_eq!(logs(&stories, 1), [(1, vec![id(1), id(2), id(3)]), (1, vec![id(4), id(5)])]);
}

#[test]
fn successes_alone_are_no_request_with_logs() {
    let stories = [1, 2].map(|number| numbered(number, ExecutionStatus::Completed, 1));
    assert_eq!(logs(&stories, 10_000), []);
}
