//! Hand-made stories: an execution that ran from 10 s to 20 s, its tasks and events.

use std::sync::Arc;

use cloacina_exporter::record::inquiry::{EventDetails, ExecutionDetails, TaskDetails, Text};
use cloacina_exporter::record::story::Story;
use cloacina_exporter::record::*;
use cloacina_exporter::trace::{self, Settings};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use uuid::Uuid;

pub const TOLD: Settings = Settings { error_text: true };
pub const UNTOLD: Settings = Settings { error_text: false };
pub const EXECUTION: Uuid = Uuid::from_u128(1);

pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_795_392_000 + seconds)
}

pub fn nanoseconds(seconds: i64) -> u64 {
    u64::try_from(at(seconds).0).unwrap() * 1000
}

pub fn text(text: &str) -> Option<Text> {
    Some(Text { text: text.to_owned(), cut: false })
}

pub fn story(status: ExecutionStatus) -> Story {
    Story {
        tenant: Arc::from("public"),
        execution: ExecutionDetails {
            execution: Execution {
                id: EXECUTION,
                workflow: Arc::from("etl"),
                status,
                origin: Origin::Cron,
                created_at: at(9),
                updated_at: at(21),
                started_at: Some(at(10)),
                completed_at: Some(at(20)),
            },
            version: Arc::from("609a7b91"),
            asked_by: None,
            error: None,
            paused_at: None,
            pause_reason: None,
        },
        tasks: Vec::new(),
        events: Vec::new(),
        fires: Vec::new(),
    }
}

/// Created at 9 s; ran from 12 s to 15 s if it did.
pub fn task(id: u128, status: TaskStatus) -> TaskDetails {
    let ran = matches!(status, TaskStatus::Completed | TaskStatus::Failed);
    TaskDetails {
        task: Task {
            id: Uuid::from_u128(id),
            execution: EXECUTION,
            name: Arc::from("public::p::etl::load"),
            status,
            deferred: false,
            attempt: 1,
            recoveries: 0,
            created_at: at(9),
            updated_at: at(16),
            started_at: ran.then(|| at(12)),
            completed_at: ran.then(|| at(15)),
            retry_at: None,
            claimed_by: None,
            heartbeat_at: None,
            failure: (status == TaskStatus::Failed).then_some(FailureReason::TaskError),
        },
        max_attempts: Some(3),
        error: None,
    }
}

pub fn event(task: Option<u128>, kind: EventKind, seconds: i64) -> EventDetails {
    EventDetails {
        event: Event {
            id: Uuid::from_u128(1000),
            kind,
            execution: EXECUTION,
            task: task.map(Uuid::from_u128),
            created_at: at(seconds),
        },
        name: Arc::from("as_stored"),
        sequence: 1,
        data: text("{\"secret\":\"never\"}"),
    }
}

pub fn fire(id: u128, scheduled: Option<i64>) -> Fire {
    Fire {
        id: Uuid::from_u128(id),
        schedule: Uuid::from_u128(0x31),
        scheduled_time: scheduled.map(at),
        started_at: at(9),
        completed_at: None,
        recovery_attempts: 0,
        execution: None,
    }
}

/// The attributes as `key=value`.
pub fn shown(attributes: &[KeyValue]) -> Vec<String> {
    let value = |attribute: &KeyValue| match attribute.value.clone().unwrap().value.unwrap() {
        Value::StringValue(text) => text,
        Value::IntValue(number) => number.to_string(),
        Value::BoolValue(flag) => flag.to_string(),
        other => panic!("{other:?}"),
    };
    attributes.iter().map(|attribute| format!("{}={}", attribute.key, value(attribute))).collect()
}

pub fn has(attributes: &[KeyValue], wanted: &str) -> bool {
    shown(attributes).iter().any(|attribute| attribute == wanted)
}

/// Name, begin and end in seconds, and code and message of the status.
pub type Outline = (String, i64, i64, i32, String);

pub fn outline(span: &Span) -> Outline {
    let seconds = |time: u64| i64::try_from(time / 1_000_000_000).unwrap() - 1_795_392_000;
    let status = span.status.clone().unwrap();
    let (began, ended) = (seconds(span.start_time_unix_nano), seconds(span.end_time_unix_nano));
    (span.name.clone(), began, ended, status.code, status.message)
}

pub fn outlines(story: &Story) -> Vec<Outline> {
    trace::spans(story, TOLD).iter().map(outline).collect()
}

pub fn line(name: &str, began: i64, ended: i64, code: i32, message: &str) -> Outline {
    (name.to_owned(), began, ended, code, message.to_owned())
}

/// Name and second of each event of a span.
pub fn events(span: &Span) -> Vec<(&str, i64)> {
    let seconds = |time: u64| i64::try_from(time / 1_000_000_000).unwrap() - 1_795_392_000;
    span.events.iter().map(|event| (event.name.as_str(), seconds(event.time_unix_nano))).collect()
}
