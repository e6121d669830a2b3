//! No text and no number of events makes a span large.

use cloacina_exporter::record::*;
use cloacina_exporter::trace;
use prost::Message;

use super::builders::*;

#[test]
fn texts_are_cut_between_characters() {
    let mut story = story(ExecutionStatus::Failed);
    for (stored, told) in [
        ("é".repeat(500), "é".repeat(500)),
        ("é".repeat(501), "é".repeat(500)),
        ("x".repeat(499) + "🦀🦀", "x".repeat(499) + "🦀"),
        (String::new(), String::new()),
    ] {
        story.execution.error = text(&stored);
        story.execution.execution.workflow = stored.as_str().into();
        story.tasks = vec![task(2, TaskStatus::Failed)];
        story.tasks[0].task.name = stored.as_str().into();
        story.tasks[0].error = text(&stored);
        let spans = trace::spans(&story, TOLD);
        for span in &spans {
            assert_eq!((&span.name, &span.status.as_ref().unwrap().message), (&told, &told));
        }
        assert!(has(&spans[0].attributes, &format!("cloacina.workflow.name={told}")));
    }
}

#[test]
fn of_many_events_the_first_are_told_and_the_others_counted() {
    let mut story = story(ExecutionStatus::Completed);
    story.tasks = vec![task(2, TaskStatus::Completed)];
    for (written, kept, dropped) in [(127, 127, 0), (128, 128, 0), (129, 128, 1), (5000, 128, 4872)] {
        story.events = vec![event(None, EventKind::WorkflowPaused, 11); written];
        story.events.extend(vec![event(Some(2), EventKind::TaskDeferred, 11); written - 1]);
        for span in trace::spans(&story, TOLD) {
            assert_eq!((span.events.len(), span.dropped_events_count), (kept, dropped));
        }
    }
}

#[test]
fn the_largest_span_fits_into_any_request() {
    let mut story = story(ExecutionStatus::Failed);
    let long: std::sync::Arc<str> = "🦀".repeat(4000).into();
    (story.tenant, story.execution.version) = (long.clone(), long.clone());
    story.execution.execution.workflow = long.clone();
    story.execution.error = text(&long);
    let mut unknown = event(None, EventKind::Other, 11);
    unknown.name = long;
    story.events = vec![unknown; 5000];
    story.fires = vec![fire(0x41, Some(8)); 5000];
    let bytes = trace::spans(&story, TOLD)[0].encoded_len();
    assert!((10_000..300_000).contains(&bytes), "{bytes}");
    story.fires.clear();
    let bytes = trace::spans(&story, TOLD)[0].encoded_len();
    assert!((200_000..300_000).contains(&bytes), "{bytes}");
}
