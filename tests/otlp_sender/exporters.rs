//! Exporters and requests for the tests.

use std::time::Duration;

use cloacina_exporter::config::{
    Exporter, Header, HeaderValue, HistogramKind, Protocol, Signal, Temporality, Tls,
};
use cloacina_exporter::push::sender::Request;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::logs::v1::ResourceLogs;
use opentelemetry_proto::tonic::metrics::v1::ResourceMetrics;
use opentelemetry_proto::tonic::trace::v1::ResourceSpans;

/// Long enough for a busy machine; tests of silence set their own.
const AMPLE: Duration = Duration::from_secs(20);
pub const SHORT: Duration = Duration::from_millis(300);

pub fn exporter(endpoint: &str, protocol: Protocol) -> Exporter {
    Exporter {
        destination: "test".into(),
        signal: Signal::Metrics,
        protocol,
        endpoint: endpoint.parse().unwrap(),
        headers: Vec::new(),
        timeout: AMPLE,
        gzip: false,
        tls: Tls::default(),
        temporality: Temporality::Cumulative,
        histograms: HistogramKind::Explicit,
        interval: Duration::from_secs(60),
        export_timeout: AMPLE,
        max_request_bytes: 2 << 20,
    }
}

pub fn over_http(endpoint: &str) -> Exporter {
    exporter(&format!("{endpoint}/v1/metrics"), Protocol::HttpProtobuf)
}

pub fn over_grpc(endpoint: &str) -> Exporter {
    exporter(endpoint, Protocol::Grpc)
}

/// With one attempt, or a few where the first fails at once.
pub fn hurried(exporter: Exporter) -> Exporter {
    Exporter { timeout: SHORT, export_timeout: SHORT, ..exporter }
}

pub fn header(name: &str, value: &str) -> Header {
    Header { name: name.to_owned(), value: HeaderValue::Text(value.to_owned().into()) }
}

pub fn message() -> ExportMetricsServiceRequest {
    let metrics = ResourceMetrics { schema_url: "aaaaaaaa".repeat(100), ..ResourceMetrics::default() };
    ExportMetricsServiceRequest { resource_metrics: vec![metrics] }
}

pub fn metrics() -> Request {
    Request::Metrics(message())
}

pub fn traces() -> Request {
    Request::Traces(ExportTraceServiceRequest { resource_spans: vec![ResourceSpans::default()] })
}

pub fn logs() -> Request {
    Request::Logs(ExportLogsServiceRequest { resource_logs: vec![ResourceLogs::default()] })
}
