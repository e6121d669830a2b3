//! The spans of attempts: the row knows the last one, events tell when the others ended.

use cloacina_exporter::record::*;
use cloacina_exporter::trace;
use opentelemetry_proto::tonic::trace::v1::Span;

use super::builders::*;

/// Of a task that succeeded in this attempt.
fn spans(attempt: u32, retry_at: Option<i64>, happened: &[(EventKind, i64)]) -> Vec<Span> {
    let mut story = story(ExecutionStatus::Completed);
    story.tasks = vec![task(2, TaskStatus::Completed)];
    (story.tasks[0].task.attempt, story.tasks[0].task.retry_at) = (attempt, retry_at.map(at));
    story.events = happened.iter().map(|(kind, second)| event(Some(2), *kind, *second)).collect();
    trace::spans(&story, TOLD).split_off(1)
}

fn told(spans: &[Span]) -> Vec<Outline> {
    spans.iter().map(outline).collect()
}

#[test]
fn a_retry_is_an_attempt_that_failed_and_one_that_began_when_the_row_says() {
    let happened = [
        (EventKind::TaskMarkedReady, 9),
        (EventKind::TaskRetryScheduled, 10),
        (EventKind::TaskCompleted, 15),
    ];
    let spans = spans(2, Some(11), &happened);
    assert_eq!(
        told(&spans),
        [line("load", 9, 15, 0, ""), line("attempt 1", 9, 10, 2, ""), line("attempt 2", 12, 15, 0, "")]
    );
    assert_eq!(
        shown(&spans[1].attributes),
        [
            "cloacina.attempt.number=1",
            "cloacina.attempt.outcome=retried",
            "cloacina.attempt.includes_wait=true"
        ]
    );
    assert_eq!(
        shown(&spans[2].attributes),
        ["cloacina.attempt.number=2", "cloacina.attempt.outcome=completed"]
    );
    let happened = ["task_marked_ready", "task_retry_scheduled", "task_started", "task_completed"];
    assert_eq!(events(&spans[0]).iter().map(|(name, _)| *name).collect::<Vec<_>>(), happened);
}

#[test]
fn without_a_start_the_last_attempt_counts_from_its_planned_time() {
    let mut story = story(ExecutionStatus::Failed);
    story.tasks = vec![task(2, TaskStatus::Failed)];
    let last = &mut story.tasks[0];
    (last.task.attempt, last.task.started_at, last.task.retry_at) = (2, None, Some(at(13)));
    last.error = text("disk full");
    story.events = vec![event(Some(2), EventKind::TaskRetryScheduled, 11)];
    assert_eq!(
        outlines(&story)[1..],
        [
            line("load", 9, 15, 2, "disk full"),
            line("attempt 1", 9, 11, 2, ""),
            line("attempt 2", 13, 15, 2, "disk full")
        ]
    );
    // Planned for after the end: it is not this attempt's.
    story.tasks[0].task.retry_at = Some(at(16));
    assert_eq!(outlines(&story)[3], line("attempt 2", 11, 15, 2, "disk full"));
}

#[test]
fn attempts_are_counted_back_from_the_rows_number_when_the_oldest_events_are_gone() {
    let spans = spans(5, None, &[(EventKind::TaskRetryScheduled, 11)]);
    assert_eq!(told(&spans)[1..], [line("attempt 4", 9, 11, 2, ""), line("attempt 5", 12, 15, 0, "")]);
}

#[test]
fn without_any_events_there_are_no_attempts() {
    assert_eq!(told(&spans(3, Some(11), &[])), [line("load", 9, 15, 0, "")]);
}

#[test]
fn a_task_that_is_ready_again_was_recovered_in_the_same_attempt() {
    for again in [EventKind::TaskMarkedReady, EventKind::TaskReset] {
        let spans = spans(1, None, &[(EventKind::TaskMarkedReady, 9), (again, 11)]);
        assert_eq!(told(&spans)[1..], [line("attempt 1", 9, 11, 2, ""), line("attempt 1", 12, 15, 0, "")]);
        assert!(has(&spans[1].attributes, "cloacina.attempt.outcome=recovered"));
        assert_ne!(spans[1].span_id, spans[2].span_id);
    }
}

#[test]
fn more_retries_than_the_row_counts_are_all_told() {
    let retries = [(EventKind::TaskRetryScheduled, 10), (EventKind::TaskRetryScheduled, 11)];
    let names: Vec<String> = spans(1, None, &retries).into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["load", "attempt 1", "attempt 2", "attempt 3"]);
    let spans = spans(u32::MAX, None, &retries);
    assert_eq!(spans[3].name, "attempt 4294967295");
}

#[test]
fn of_very_many_attempts_the_last_are_told() {
    let retries = vec![(EventKind::TaskRetryScheduled, 10); 1000];
    let spans = spans(1001, None, &retries);
    assert_eq!(spans.len(), 1 + 128);
    assert_eq!((spans[1].name.as_str(), spans[128].name.as_str()), ("attempt 874", "attempt 1001"));
}
