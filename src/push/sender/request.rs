//! A request as bytes: encoded and compressed once, for all attempts.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::body::Bytes;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;

use super::failure::{Reason, Refusal};
use super::grpc;
use crate::config::{Exporter, Protocol, Signal};

#[derive(Debug, Clone)]
pub enum Request {
    Metrics(ExportMetricsServiceRequest),
    Traces(ExportTraceServiceRequest),
    Logs(ExportLogsServiceRequest),
}

impl Request {
    pub const fn signal(&self) -> Signal {
        match self {
            Self::Metrics(_) => Signal::Metrics,
            Self::Traces(_) => Signal::Traces,
            Self::Logs(_) => Signal::Logs,
        }
    }

    /// Bytes before compression.
    pub fn encoded_len(&self) -> usize {
        match self {
            Self::Metrics(request) => request.encoded_len(),
            Self::Traces(request) => request.encoded_len(),
            Self::Logs(request) => request.encoded_len(),
        }
    }

    fn append_to(&self, buffer: &mut Vec<u8>) {
        // A vector grows as needed, so that there is no error to meet.
        match self {
            Self::Metrics(request) => append(request, buffer),
            Self::Traces(request) => append(request, buffer),
            Self::Logs(request) => append(request, buffer),
        }
    }
}

fn append(message: &impl Message, buffer: &mut Vec<u8>) {
    buffer.reserve(message.encoded_len());
    message.encode_raw(buffer);
}

/// The receiver took the request, whole or in part; it must not be sent again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accepted {
    /// Points, spans or records that were refused.
    pub rejected: u64,
    /// Why, or a warning; empty if there is none. Bounded in length, without control characters.
    pub message: String,
}

/// The body of each attempt; to clone it copies nothing.
#[derive(Debug)]
pub(super) struct Encoded {
    pub signal: Signal,
    pub body: Bytes,
}

/// # Errors
///
/// gRPC gives the length in 32 bits.
pub(super) fn encode(request: &Request, exporter: &Exporter) -> Result<Encoded, Refusal> {
    let prefix = match exporter.protocol {
        Protocol::Grpc => grpc::PREFIX,
        Protocol::HttpProtobuf => 0,
    };
    let mut body = if exporter.gzip {
        let mut message = Vec::new();
        request.append_to(&mut message);
        compress(&message, prefix)
    } else {
        let mut body = vec![0; prefix];
        request.append_to(&mut body);
        body
    };
    if exporter.protocol == Protocol::Grpc {
        grpc::write_prefix(&mut body, exporter.gzip)
            .ok_or_else(|| Refusal::last(Reason::TooLarge, "the request is larger than gRPC allows"))?;
    }
    Ok(Encoded { signal: request.signal(), body: body.into() })
}

/// With `prefix` zeros in front.
fn compress(message: &[u8], prefix: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(vec![0; prefix], Compression::default());
    encoder
        .write_all(message)
        .and_then(|()| encoder.finish())
        .expect("a vector takes all that is written to it")
}
