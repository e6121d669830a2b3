//! Log records: failures and nothing else.

use cloacina_exporter::record::*;
use cloacina_exporter::trace;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::logs::v1::LogRecord;

use super::builders::*;

fn body(record: &LogRecord) -> &str {
    match record.body.as_ref().unwrap().value.as_ref().unwrap() {
        Value::StringValue(text) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_failed_task_and_the_failed_execution_is_one_record_with_the_ids_of_its_span() {
    let mut story = story(ExecutionStatus::Failed);
    story.execution.error = text("1 task(s) failed");
    story.tasks =
        vec![task(2, TaskStatus::Completed), task(3, TaskStatus::Failed), task(4, TaskStatus::Skipped)];
    story.tasks[1].error = text("disk full");
    let records = trace::records(&story, TOLD);
    let spans = trace::spans(&story, TOLD);
    let [task, execution] = &records[..] else { panic!("{records:?}") };
    assert_eq!(body(task), "task load of workflow etl failed: disk full");
    assert_eq!(body(execution), "workflow etl failed: 1 task(s) failed");
    assert_eq!(task.event_name, "cloacina.task.failed");
    assert_eq!(execution.event_name, "cloacina.execution.failed");
    assert_eq!((&task.trace_id, &task.span_id), (&spans[2].trace_id, &spans[2].span_id));
    assert_eq!((&execution.trace_id, &execution.span_id), (&spans[0].trace_id, &spans[0].span_id));
    assert_eq!((task.time_unix_nano, execution.time_unix_nano), (nanoseconds(15), nanoseconds(20)));
    for record in &records {
        assert_eq!((record.severity_number, record.severity_text.as_str(), record.flags), (17, "ERROR", 1));
        assert!(has(&record.attributes, "cloacina.tenant=public"));
    }
    assert_eq!(
        shown(&task.attributes)[4..],
        [
            "cloacina.task.name=public::p::etl::load",
            "cloacina.task.id=00000000-0000-0000-0000-000000000003",
            "cloacina.task.status=failed",
            "cloacina.task.attempt=1",
            "cloacina.task.max_attempts=3",
            "error.type=task_error",
        ]
    );
    assert!(has(&execution.attributes, "cloacina.execution.tasks.failed=1"));
}

#[test]
fn errors_are_not_told_unless_asked_for() {
    let mut story = story(ExecutionStatus::Failed);
    story.tasks = vec![task(2, TaskStatus::Failed)];
    (story.execution.error, story.tasks[0].error) = (text("secret"), text("secret"));
    let records = trace::records(&story, UNTOLD);
    assert_eq!(
        [body(&records[0]), body(&records[1])],
        ["task load of workflow etl failed", "workflow etl failed"]
    );
    let told = format!("{records:?}{:?}", trace::spans(&story, UNTOLD));
    assert!(!told.contains("secret"));
}

#[test]
fn what_did_not_fail_has_no_record() {
    for status in [ExecutionStatus::Completed, ExecutionStatus::Cancelled, ExecutionStatus::Running] {
        let mut story = story(status);
        story.tasks = vec![task(2, TaskStatus::Completed), task(3, TaskStatus::NotStarted)];
        assert_eq!(trace::records(&story, TOLD), []);
    }
}

#[test]
fn a_task_that_failed_in_a_successful_execution_is_told() {
    let mut story = story(ExecutionStatus::Completed);
    story.tasks = vec![task(2, TaskStatus::Failed)];
    story.tasks[0].task.completed_at = None;
    let records = trace::records(&story, TOLD);
    assert_eq!((records.len(), records[0].time_unix_nano), (1, nanoseconds(16)));
}
