//! What both protocols share in reading an answer: the HTTP status, partial success, and texts of the server.
//! Pure.

use hyper::body::Bytes;
use hyper::{HeaderMap, StatusCode};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceResponse;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceResponse;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::{DecodeError, Message};

use super::failure::{Reason, Refusal};
use super::request::Accepted;
use super::retry::retry_after;
use crate::config::Signal;

/// Characters of a server's text that are kept.
const MOST_CHARACTERS: usize = 200;

#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// Empty if an answer that refuses could not be read to its end; its status says enough.
    pub body: Bytes,
    pub trailers: HeaderMap,
}

/// `google.rpc.Status`, of which OTLP uses the text in HTTP answers and the details in gRPC.
#[derive(Clone, PartialEq, Message)]
pub struct Status {
    #[prost(int32, tag = "1")]
    pub code: i32,
    #[prost(string, tag = "2")]
    pub message: String,
    #[prost(message, repeated, tag = "3")]
    pub details: Vec<prost_types::Any>,
}

/// `google.rpc.RetryInfo`.
#[derive(Clone, PartialEq, Message)]
pub struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    pub retry_delay: Option<prost_types::Duration>,
}

/// The response message of the signal; an empty one is success.
pub fn accepted(message: &[u8], signal: Signal) -> Result<Accepted, DecodeError> {
    let partial = match signal {
        Signal::Metrics => ExportMetricsServiceResponse::decode(message)?
            .partial_success
            .map(|partial| (partial.rejected_data_points, partial.error_message)),
        Signal::Traces => ExportTraceServiceResponse::decode(message)?
            .partial_success
            .map(|partial| (partial.rejected_spans, partial.error_message)),
        Signal::Logs => ExportLogsServiceResponse::decode(message)?
            .partial_success
            .map(|partial| (partial.rejected_log_records, partial.error_message)),
    };
    let (rejected, message) = partial.unwrap_or_default();
    // A negative number means nothing.
    Ok(Accepted { rejected: u64::try_from(rejected).unwrap_or(0), message })
}

/// What an HTTP status other than success means. A gRPC server's proxy answers with those too.
pub fn refused(answer: &Answer, said: String) -> Refusal {
    let status = answer.status;
    let reason = match status.as_u16() {
        401 => Reason::Unauthenticated,
        403 => Reason::Forbidden,
        404 => Reason::NotFound,
        413 => Reason::TooLarge,
        415 => Reason::UnsupportedMedia,
        429 => Reason::Throttled,
        502..=504 => Reason::Unavailable,
        _ => Reason::Refused,
    };
    let retry = matches!(reason, Reason::Throttled | Reason::Unavailable);
    let mut text = format!("the server answers {}", status.as_u16());
    if let Some(name) = status.canonical_reason() {
        text.push(' ');
        text.push_str(name);
    }
    if status.is_redirection() {
        text.push_str(", and redirections are not followed");
    }
    Refusal {
        said,
        retry,
        retry_after: if retry { retry_after(&answer.headers) } else { None },
        // A gateway does not know what became of the request behind it.
        maybe_delivered: matches!(status, StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT),
        ..Refusal::last(reason, text)
    }
}

/// A server's text, fit for a log: short, on one line, and nothing that a terminal obeys.
pub fn clean(text: &str) -> String {
    let mut clean: String =
        text.chars().filter(|character| !character.is_control()).take(MOST_CHARACTERS).collect();
    clean.truncate(clean.trim_end().len());
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_message_is_success() {
        for signal in Signal::ALL {
            assert_eq!(accepted(&[], signal), Ok(Accepted::default()));
        }
    }

    #[test]
    fn pages_and_json_are_no_answer() {
        for body in ["<html></html>", "{}", "OK", "ok"] {
            assert!(accepted(body.as_bytes(), Signal::Metrics).is_err(), "{body}");
        }
    }

    #[test]
    fn texts_are_cut_between_characters_and_lose_control_characters() {
        assert_eq!(clean("a\r\n\u{1b}[31mb\u{0}"), "a[31mb");
        assert_eq!(clean(&"ü".repeat(201)), "ü".repeat(200));
        assert_eq!(clean(""), "");
    }
}
