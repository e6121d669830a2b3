//! Attributes, texts and times as OTLP writes them.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{Span, SpanFlags, Status, span};

use super::{Settings, TEXT_LIMIT};
use crate::record::Timestamp;
use crate::record::inquiry::Text;

/// The W3C flag of a trace that is recorded.
pub(super) const SAMPLED: u32 = 1;

pub(super) fn text(key: &str, text: &str) -> KeyValue {
    attribute(key, Value::StringValue(cut(text).to_owned()))
}

pub(super) fn number(key: &str, number: impl Into<i64>) -> KeyValue {
    attribute(key, Value::IntValue(number.into()))
}

pub(super) fn flag(key: &str) -> KeyValue {
    attribute(key, Value::BoolValue(true))
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

/// The first [`TEXT_LIMIT`] characters.
pub(super) fn cut(text: &str) -> &str {
    text.char_indices().nth(TEXT_LIMIT).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// What an error says, if that may be told.
pub(super) fn error_text(error: Option<&Text>, settings: Settings) -> Option<&str> {
    error.filter(|_| settings.error_text).map(|error| cut(&error.text))
}

/// Since 1970, which is also the earliest; the latest is in the year 2554.
pub(super) fn nanoseconds(at: Timestamp) -> u64 {
    u64::try_from(at.0).unwrap_or(0).saturating_mul(1000)
}

/// An internal span without events, whose status is unset. Two clocks may have written its times: it never ends before
/// it began.
pub(super) fn span(
    (trace_id, span_id): ([u8; 16], [u8; 8]),
    name: &str,
    (began, ended): (Timestamp, Timestamp),
    attributes: Vec<KeyValue>,
) -> Span {
    Span {
        trace_id: trace_id.to_vec(),
        span_id: span_id.to_vec(),
        // All parents are in the same trace, made here.
        flags: SpanFlags::ContextHasIsRemoteMask as u32 | SAMPLED,
        name: cut(name).to_owned(),
        kind: span::SpanKind::Internal as i32,
        start_time_unix_nano: nanoseconds(began),
        end_time_unix_nano: nanoseconds(ended.max(began)),
        attributes,
        status: Some(Status::default()),
        ..Span::default()
    }
}

pub(super) fn failed(message: Option<&str>) -> Option<Status> {
    let message = message.unwrap_or_default().to_owned();
    Some(Status { message, code: StatusCode::Error as i32 })
}
