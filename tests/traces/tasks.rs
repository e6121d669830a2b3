//! The spans of tasks that ran once, or never.

use cloacina_exporter::record::inquiry::TaskDetails;
use cloacina_exporter::record::*;
use cloacina_exporter::trace;
use opentelemetry_proto::tonic::trace::v1::Span;

use super::builders::*;

fn spans_of(task: TaskDetails, events: Vec<inquiry::EventDetails>) -> Vec<Span> {
    let mut story = story(ExecutionStatus::Failed);
    (story.tasks, story.events) = (vec![task], events);
    trace::spans(&story, TOLD).split_off(1)
}

#[test]
fn a_task_lasts_from_being_ready_to_its_end_and_its_start_is_an_event() {
    let ready = event(Some(2), EventKind::TaskMarkedReady, 11);
    let done = event(Some(2), EventKind::TaskCompleted, 15);
    let spans = spans_of(task(2, TaskStatus::Completed), vec![ready, done]);
    let [task] = &spans[..] else { panic!("{spans:?}") };
    assert_eq!(outline(task), line("load", 11, 15, 0, ""));
    assert_eq!(events(task), [("task_marked_ready", 11), ("task_started", 12), ("task_completed", 15)]);
    assert_eq!(
        shown(&task.attributes),
        [
            "cloacina.task.name=public::p::etl::load",
            "cloacina.task.id=00000000-0000-0000-0000-000000000002",
            "cloacina.task.status=completed",
            "cloacina.task.attempt=1",
            "cloacina.task.max_attempts=3",
        ]
    );
}

#[test]
fn a_start_that_was_written_is_not_told_twice() {
    let spans = spans_of(task(2, TaskStatus::Completed), vec![event(Some(2), EventKind::TaskStarted, 12)]);
    assert_eq!(events(&spans[0]), [("task_started", 12)]);
}

#[test]
fn without_any_events_a_task_lasts_from_its_creation() {
    let spans = spans_of(task(2, TaskStatus::Completed), vec![]);
    assert_eq!(outline(&spans[0]), line("load", 9, 15, 0, ""));
    assert_eq!(events(&spans[0]), [("task_started", 12)]);
}

#[test]
fn rows_of_v0_4_tell_no_start() {
    let mut old = task(2, TaskStatus::Completed);
    (old.task.started_at, old.max_attempts) = (None, None);
    let spans = spans_of(old, vec![event(Some(2), EventKind::TaskMarkedReady, 11)]);
    assert_eq!(outline(&spans[0]), line("load", 11, 15, 0, ""));
    assert_eq!(events(&spans[0]), [("task_marked_ready", 11)]);
}

#[test]
fn a_failed_task_says_why() {
    let mut failed = task(2, TaskStatus::Failed);
    failed.error = text("disk full");
    let spans = spans_of(failed, vec![]);
    assert_eq!(outline(&spans[0]), line("load", 9, 15, 2, "disk full"));
    assert!(has(&spans[0].attributes, "error.type=task_error"));
}

#[test]
fn an_abandoned_task_tells_its_recoveries() {
    let mut abandoned = task(2, TaskStatus::Failed);
    (abandoned.task.recoveries, abandoned.task.failure) = (3, Some(FailureReason::Abandoned));
    abandoned.error = text("ABANDONED: 3 stale-claim recoveries exhausted (cap 3)");
    let spans = spans_of(abandoned, vec![event(Some(2), EventKind::TaskAbandoned, 15)]);
    let message = "ABANDONED: 3 stale-claim recoveries exhausted (cap 3)";
    assert_eq!(spans.iter().map(outline).collect::<Vec<_>>(), [line("load", 9, 15, 2, message)]);
    assert!(has(&spans[0].attributes, "cloacina.task.recoveries=3"));
    assert!(has(&spans[0].attributes, "error.type=abandoned"));
    assert_eq!(events(&spans[0]), [("task_started", 12), ("task_abandoned", 15)]);
}

#[test]
fn a_skipped_task_takes_no_time_and_says_why_if_asked() {
    let mut skipped = task(2, TaskStatus::Skipped);
    skipped.error = text("Trigger rules not satisfied");
    for (events, at) in [(vec![event(Some(2), EventKind::TaskSkipped, 13)], 13), (vec![], 16)] {
        let spans = spans_of(skipped.clone(), events);
        assert_eq!(outline(&spans[0]), line("load", at, at, 0, ""));
        assert!(has(&spans[0].attributes, "cloacina.task.status=skipped"));
        assert!(has(&spans[0].attributes, "cloacina.task.skip_reason=Trigger rules not satisfied"));
    }
    let mut story = story(ExecutionStatus::Completed);
    story.tasks = vec![skipped];
    assert_eq!(shown(&trace::spans(&story, UNTOLD)[1].attributes).len(), 5, "no reason");
}

#[test]
fn a_task_that_never_ended_ends_with_its_execution() {
    for status in [TaskStatus::NotStarted, TaskStatus::Ready, TaskStatus::Running, TaskStatus::Other] {
        let spans = spans_of(task(2, status), vec![]);
        assert_eq!(outline(&spans[0]), line("load", 9, 20, 0, ""));
        assert!(has(&spans[0].attributes, "cloacina.task.unfinished=true"));
    }
}

#[test]
fn a_task_that_goes_on_after_its_execution_was_cancelled_is_not_cut() {
    let mut late = task(2, TaskStatus::Completed);
    late.task.completed_at = Some(at(25));
    assert_eq!(outline(&spans_of(late, vec![])[0]), line("load", 9, 25, 0, ""));
}

#[test]
fn a_task_whose_end_is_before_its_beginning_takes_no_time() {
    let ready = event(Some(2), EventKind::TaskMarkedReady, 18);
    assert_eq!(
        outline(&spans_of(task(2, TaskStatus::Completed), vec![ready])[0]),
        line("load", 18, 18, 0, "")
    );
}

#[test]
fn a_name_without_segments_is_told_whole() {
    let mut plain = task(2, TaskStatus::Completed);
    plain.task.name = "load".into();
    assert_eq!(spans_of(plain, vec![])[0].name, "load");
    let mut odd = task(2, TaskStatus::Completed);
    odd.task.name = "p::".into();
    assert_eq!(spans_of(odd, vec![])[0].name, "");
}

#[test]
fn events_of_a_task_that_is_not_told_are_left_out() {
    let spans = spans_of(task(2, TaskStatus::Completed), vec![event(Some(3), EventKind::TaskCompleted, 13)]);
    assert_eq!(events(&spans[0]), [("task_started", 12)]);
}
