//! One unary call of gRPC: the prefix of its message, and what an answer means. Pure.
//!
//! Not the generated clients: theirs encode and compress again for each attempt, tell a status of the server
//! from an error of their own by its text only, and panic if the status has details that are not base64.

use std::time::Duration;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hyper::header::CONTENT_TYPE;
use hyper::{HeaderMap, StatusCode};
use percent_encoding::percent_decode;
use prost::Message as _;
use tonic::Code;

use super::answer::{Answer, RetryInfo, Status, accepted, refused};
use super::failure::{Reason, Refusal};
use super::request::Accepted;
use super::retry::bounded;
use crate::config::Signal;

/// Bytes in front of a message: whether it is compressed, and its length.
pub const PREFIX: usize = 5;

/// Padded or not, as the protocol wants.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

pub const fn path(signal: Signal) -> &'static str {
    match signal {
        Signal::Metrics => "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
        Signal::Traces => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
        Signal::Logs => "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
    }
}

/// Fills the first bytes of `body`, which are reserved for that. `None` if the length does not fit.
pub fn write_prefix(body: &mut [u8], compressed: bool) -> Option<()> {
    let length = u32::try_from(body.len().checked_sub(PREFIX)?).ok()?;
    body[0] = compressed.into();
    body[1..PREFIX].copy_from_slice(&length.to_be_bytes());
    Some(())
}

pub fn judge(answer: &Answer, signal: Signal) -> Result<Accepted, Refusal> {
    // Without a message the status comes in the headers.
    let Some((code, headers)) =
        [&answer.trailers, &answer.headers].into_iter().find_map(|headers| Some((code(headers)?, headers)))
    else {
        return Err(without_status(answer));
    };
    if code != Code::Ok {
        return Err(status(code, headers));
    }
    let message = message(&answer.body)
        .ok_or_else(|| Refusal::unreadable("the answer is not one uncompressed gRPC message"))?;
    accepted(message, signal).map_err(|_| Refusal::unreadable("the answer is not OTLP"))
}

fn code(headers: &HeaderMap) -> Option<Code> {
    Some(Code::from_bytes(headers.get("grpc-status")?.as_bytes()))
}

/// A proxy, or no gRPC server at all.
fn without_status(answer: &Answer) -> Refusal {
    let is_grpc = answer
        .headers
        .get(CONTENT_TYPE)
        .is_some_and(|content_type| content_type.as_bytes().starts_with(b"application/grpc"));
    match answer.status {
        StatusCode::OK if is_grpc => Refusal::unreadable("the answer ends without a gRPC status"),
        StatusCode::OK => Refusal::unreadable("the answer is not gRPC"),
        _ => refused(answer, String::new()),
    }
}

/// The one message of the body. This side does not offer to decompress, so that none may be compressed.
fn message(body: &[u8]) -> Option<&[u8]> {
    let (prefix, message) = body.split_at_checked(PREFIX)?;
    let (flag, length) = prefix.split_first()?;
    let length = u32::from_be_bytes(length.try_into().ok()?);
    (*flag == 0 && usize::try_from(length).ok()? == message.len()).then_some(message)
}

fn status(code: Code, headers: &HeaderMap) -> Refusal {
    let said = headers
        .get("grpc-message")
        .map(|text| percent_decode(text.as_bytes()).decode_utf8_lossy().into_owned())
        .unwrap_or_default();
    let retry_after = retry_info(headers);
    let (reason, retry) = meaning(code, &said, retry_after.is_some());
    Refusal {
        said,
        retry,
        retry_after: retry_after.filter(|_| retry),
        // The server gave up on a request that it may have passed on.
        maybe_delivered: matches!(code, Code::DeadlineExceeded | Code::Cancelled),
        ..Refusal::last(reason, format!("the server answers with the gRPC status {code:?}"))
    }
}

/// Which codes may be tried again is the specification's table of failures.
fn meaning(code: Code, text: &str, has_retry_info: bool) -> (Reason, bool) {
    match code {
        // Servers have no code of its own for a message beyond their limit; the libraries' texts are stable.
        Code::ResourceExhausted | Code::OutOfRange if is_too_large(text) => (Reason::TooLarge, false),
        Code::ResourceExhausted => (Reason::Throttled, has_retry_info),
        Code::DeadlineExceeded => (Reason::Timeout, true),
        Code::Cancelled | Code::Aborted | Code::OutOfRange | Code::Unavailable | Code::DataLoss => {
            (Reason::Unavailable, true)
        }
        Code::Unauthenticated => (Reason::Unauthenticated, false),
        Code::PermissionDenied => (Reason::Forbidden, false),
        Code::NotFound | Code::Unimplemented => (Reason::NotFound, false),
        _ => (Reason::Refused, false),
    }
}

/// As grpc-go, grpc-java and tonic say it.
fn is_too_large(text: &str) -> bool {
    ["larger than max", "exceeds maximum", "message length too large"].iter().any(|part| text.contains(part))
}

/// The delay of a `RetryInfo` among the status's details; zero if it has none.
fn retry_info(headers: &HeaderMap) -> Option<Duration> {
    let details = BASE64.decode(headers.get("grpc-status-details-bin")?.as_bytes()).ok()?;
    let status = Status::decode(&details[..]).ok()?;
    let info = status.details.iter().find(|detail| detail.type_url.ends_with("/google.rpc.RetryInfo"))?;
    let delay = RetryInfo::decode(&info.value[..]).ok()?.retry_delay.unwrap_or_default();
    let seconds = u64::try_from(delay.seconds).unwrap_or(0);
    let nanoseconds = u32::try_from(delay.nanos).unwrap_or(0).min(999_999_999);
    Some(bounded(Duration::new(seconds, nanoseconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_gives_flag_and_length() {
        let mut body = vec![0; PREFIX + 258];
        assert_eq!(write_prefix(&mut body, true), Some(()));
        assert_eq!(body[..PREFIX], [1, 0, 0, 1, 2]);
        assert_eq!(write_prefix(&mut [0; PREFIX], false), Some(()));
        assert_eq!(write_prefix(&mut [0; 4], false), None);
    }

    #[test]
    fn a_body_is_exactly_one_uncompressed_message() {
        assert_eq!(message(&[0, 0, 0, 0, 1, 7]), Some(&[7][..]));
        assert_eq!(message(&[0, 0, 0, 0, 0]), Some(&[][..]));
        for body in [&[][..], &[0; 4], &[1, 0, 0, 0, 1, 7], &[0, 0, 0, 0, 2, 7], &[0, 0, 0, 0, 1, 7, 7]] {
            assert_eq!(message(body), None, "{body:?}");
        }
    }

    #[test]
    fn details_that_cannot_be_read_are_ignored() {
        for details in ["", "*", "AAA", "====", "AAAAAAAA"] {
            let mut headers = HeaderMap::new();
            headers.insert("grpc-status-details-bin", details.parse().unwrap());
            assert_eq!(retry_info(&headers), None, "{details}");
        }
    }

    #[test]
    fn a_message_beyond_the_servers_limit_is_too_large_and_not_tried_again() {
        let go = "grpc: received message larger than max (5000000 vs. 4194304)";
        assert_eq!(meaning(Code::ResourceExhausted, go, true), (Reason::TooLarge, false));
        let rust = "Error, decoded message length too large: found 5 bytes, the limit is: 4 bytes";
        assert_eq!(meaning(Code::OutOfRange, rust, false), (Reason::TooLarge, false));
        assert_eq!(meaning(Code::OutOfRange, "", false), (Reason::Unavailable, true));
    }
}
