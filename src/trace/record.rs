//! Log records: what failed, once each, with the ids of the span that tells more.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, SeverityNumber};

use super::value::{SAMPLED, cut, error_text, nanoseconds, number};
use super::{Settings, bounds, execution, ids, task};
use crate::record::inquiry::TaskDetails;
use crate::record::story::Story;
use crate::record::{ExecutionStatus, TaskStatus, Timestamp, short_name};

/// `None` unless the task failed.
pub(super) fn of_task(story: &Story, details: &TaskDetails, settings: Settings) -> Option<LogRecord> {
    let failed = &details.task;
    if failed.status != TaskStatus::Failed {
        return None;
    }
    let (name, workflow) = (cut(short_name(&failed.name)), cut(&story.execution.execution.workflow));
    let error = error_text(details.error.as_ref(), settings);
    let mut attributes = execution::identity(story);
    attributes.extend(task::identity(details));
    let mut record = record(story, failed.completed_at.unwrap_or(failed.updated_at), attributes);
    record.event_name = "cloacina.task.failed".to_owned();
    record.span_id = ids::task_span_id(failed.id).to_vec();
    record.body = body(format!("task {name} of workflow {workflow} failed"), error);
    Some(record)
}

/// `None` unless the execution failed.
pub(super) fn of_execution(story: &Story, settings: Settings) -> Option<LogRecord> {
    let failed = &story.execution.execution;
    if failed.status != ExecutionStatus::Failed {
        return None;
    }
    let tasks = story.tasks.iter().filter(|details| details.task.status == TaskStatus::Failed).count();
    let mut attributes = execution::identity(story);
    let tasks = i64::try_from(tasks).unwrap_or(i64::MAX);
    attributes.push(number("cloacina.execution.tasks.failed", tasks));
    let mut record = record(story, bounds(failed).1, attributes);
    record.event_name = "cloacina.execution.failed".to_owned();
    record.span_id = ids::root_span_id(failed.id).to_vec();
    let error = error_text(story.execution.error.as_ref(), settings);
    record.body = body(format!("workflow {} failed", cut(&failed.workflow)), error);
    Some(record)
}

/// Without the time of observation: it would need a clock, and receivers then take their own.
fn record(story: &Story, at: Timestamp, attributes: Vec<KeyValue>) -> LogRecord {
    LogRecord {
        time_unix_nano: nanoseconds(at),
        severity_number: SeverityNumber::Error as i32,
        severity_text: "ERROR".to_owned(),
        attributes,
        flags: SAMPLED,
        trace_id: ids::trace_id(story.execution.execution.id).to_vec(),
        ..LogRecord::default()
    }
}

fn body(what: String, error: Option<&str>) -> Option<AnyValue> {
    let text = match error {
        Some(error) => format!("{what}: {error}"),
        None => what,
    };
    Some(AnyValue { value: Some(Value::StringValue(text)) })
}
