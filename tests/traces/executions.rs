//! The root span.

use cloacina_exporter::record::*;
use cloacina_exporter::trace;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;

use super::builders::*;

fn root(story: &story::Story) -> Span {
    trace::spans(story, TOLD).swap_remove(0)
}

#[test]
fn an_execution_lasts_as_long_as_the_duration_metric_says() {
    let root = root(&story(ExecutionStatus::Completed));
    assert_eq!(outline(&root), line("etl", 10, 20, 0, ""));
    assert_eq!(
        (root.start_time_unix_nano, root.end_time_unix_nano),
        (1_795_392_010_000_000_000, 1_795_392_020_000_000_000)
    );
    assert_eq!(root.kind, SpanKind::Internal as i32);
    assert_eq!(
        shown(&root.attributes),
        [
            "cloacina.tenant=public",
            "cloacina.workflow.name=etl",
            "cloacina.workflow.version=609a7b91",
            "cloacina.execution.id=00000000-0000-0000-0000-000000000001",
            "cloacina.execution.status=completed",
            "cloacina.execution.origin=cron",
            "cloacina.execution.tasks=0",
            "cloacina.execution.tasks.completed=0",
            "cloacina.execution.tasks.failed=0",
            "cloacina.execution.tasks.skipped=0",
            "cloacina.execution.tasks.unfinished=0",
        ]
    );
}

#[test]
fn tasks_are_counted_by_how_they_ended() {
    let mut story = story(ExecutionStatus::Failed);
    let statuses = [TaskStatus::Completed, TaskStatus::Completed, TaskStatus::Failed, TaskStatus::Skipped];
    let unfinished = [TaskStatus::NotStarted, TaskStatus::Running, TaskStatus::Other];
    story.tasks = statuses.into_iter().chain(unfinished).map(|status| task(2, status)).collect();
    let root = root(&story);
    for wanted in ["=7", ".completed=2", ".failed=1", ".skipped=1", ".unfinished=3"] {
        assert!(has(&root.attributes, &format!("cloacina.execution.tasks{wanted}")), "{wanted}");
    }
}

#[test]
fn a_failed_execution_has_an_error_and_says_it_if_asked() {
    let mut story = story(ExecutionStatus::Failed);
    story.execution.error = text("1 task(s) failed, 2 completed, 0 skipped");
    let message = "1 task(s) failed, 2 completed, 0 skipped";
    assert_eq!(outline(&root(&story)), line("etl", 10, 20, 2, message));
    assert_eq!(outline(&trace::spans(&story, UNTOLD)[0]), line("etl", 10, 20, 2, ""));
}

#[test]
fn a_cancelled_execution_is_no_error() {
    let root = root(&story(ExecutionStatus::Cancelled));
    assert_eq!(outline(&root), line("etl", 10, 20, 0, ""));
    assert!(has(&root.attributes, "cloacina.execution.status=cancelled"));
}

#[test]
fn without_a_start_or_an_end_the_rows_own_times_stand_in() {
    let mut story = story(ExecutionStatus::Cancelled);
    story.execution.execution.started_at = None;
    story.execution.execution.completed_at = None;
    assert_eq!(outline(&root(&story)), line("etl", 9, 21, 0, ""));
}

#[test]
fn a_span_never_ends_before_it_began() {
    let mut story = story(ExecutionStatus::Completed);
    story.execution.execution.completed_at = Some(at(5));
    assert_eq!(outline(&root(&story)), line("etl", 10, 10, 0, ""));
}

#[test]
fn times_beyond_what_nanoseconds_can_tell_are_the_nearest_they_can() {
    let mut story = story(ExecutionStatus::Completed);
    for (at, told) in [
        (Timestamp::MIN, 0),
        (Timestamp(-1), 0),
        (Timestamp(0), 0),
        (Timestamp(1), 1000),
        (Timestamp(253_402_300_799_999_999), u64::MAX),
        (Timestamp::MAX, u64::MAX),
    ] {
        story.execution.execution.started_at = Some(at);
        assert_eq!(root(&story).start_time_unix_nano, told);
        assert!(root(&story).end_time_unix_nano >= told);
    }
}

#[test]
fn the_fire_that_started_it_is_told_and_each_fire_is_an_event() {
    let mut story = story(ExecutionStatus::Completed);
    story.fires = vec![fire(0x41, Some(8)), fire(0x42, None)];
    let root = root(&story);
    let told = [
        "cloacina.schedule.id=00000000-0000-0000-0000-000000000031",
        "cloacina.fire.id=00000000-0000-0000-0000-000000000041",
        "cloacina.fire.scheduled_time=2026-11-23T00:00:08.000000Z",
    ];
    assert_eq!(shown(&root.attributes)[11..], told);
    assert_eq!(events(&root), [("fire", 9), ("fire", 9)]);
    assert_eq!(shown(&root.events[0].attributes), told);
    assert_eq!(shown(&root.events[1].attributes).len(), 2, "a trigger's fire stands for no time");
    assert_eq!(root.links, []);
}

#[test]
fn what_happened_to_the_execution_is_told_in_order_without_its_data() {
    let mut story = story(ExecutionStatus::Completed);
    story.events = vec![
        event(None, EventKind::WorkflowResumed, 14),
        event(None, EventKind::WorkflowPaused, 11),
        event(Some(2), EventKind::TaskCompleted, 12),
        event(None, EventKind::Other, 15),
        event(None, EventKind::WorkflowCompleted, 20),
    ];
    let root = root(&story);
    let wanted =
        [("workflow_paused", 11), ("workflow_resumed", 14), ("as_stored", 15), ("workflow_completed", 20)];
    assert_eq!(events(&root), wanted);
    assert!(root.events.iter().all(|event| event.attributes.is_empty()));
}

#[test]
fn a_story_of_empty_texts_and_no_tasks_is_one_span() {
    let mut story = story(ExecutionStatus::Failed);
    (story.tenant, story.execution.version) = ("".into(), "".into());
    story.execution.execution.workflow = "".into();
    assert_eq!(outlines(&story), [line("", 10, 20, 2, "")]);
}
