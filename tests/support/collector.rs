//! An OTLP receiver over HTTP in this process that keeps the messages themselves: what no real receiver gives back.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use flate2::read::GzDecoder;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::TcpListener;

#[derive(Clone)]
pub struct Collector {
    address: SocketAddr,
    kept: Arc<Mutex<Kept>>,
}

/// In the order in which they arrived.
#[derive(Default)]
pub struct Kept {
    pub spans: Vec<Span>,
    pub records: Vec<LogRecord>,
    pub metrics: Vec<Metric>,
}

impl Collector {
    pub async fn start() -> Self {
        let socket = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let collector = Self { address: socket.local_addr().unwrap(), kept: Arc::default() };
        let kept = collector.kept.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = socket.accept().await.unwrap();
                let kept = kept.clone();
                let service = service_fn(move |request| take(request, kept.clone()));
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        collector
    }

    /// Base endpoint, to which `/v1/…` is appended.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn look<T>(&self, at: impl FnOnce(&Kept) -> T) -> T {
        at(&self.kept.lock().unwrap())
    }
}

async fn take(
    request: Request<Incoming>,
    kept: Arc<Mutex<Kept>>,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let path = request.uri().path().to_owned();
    let zipped = request.headers().get("content-encoding").is_some_and(|encoding| encoding == "gzip");
    let mut body = request.into_body().collect().await?.to_bytes().to_vec();
    if zipped {
        let mut plain = Vec::new();
        std::io::Read::read_to_end(&mut GzDecoder::new(&body[..]), &mut plain).unwrap();
        body = plain;
    }
    let mut kept = kept.lock().unwrap();
    match path.as_str() {
        "/v1/traces" => {
            let request = ExportTraceServiceRequest::decode(&body[..]).unwrap();
            let scopes = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
            kept.spans.extend(scopes.flat_map(|scope| scope.spans));
        }
        "/v1/logs" => {
            let request = ExportLogsServiceRequest::decode(&body[..]).unwrap();
            let scopes = request.resource_logs.into_iter().flat_map(|resource| resource.scope_logs);
            kept.records.extend(scopes.flat_map(|scope| scope.log_records));
        }
        "/v1/metrics" => {
            let request = ExportMetricsServiceRequest::decode(&body[..]).unwrap();
            let scopes = request.resource_metrics.into_iter().flat_map(|resource| resource.scope_metrics);
            kept.metrics.extend(scopes.flat_map(|scope| scope.metrics));
        }
        _ => return Ok(Response::builder().status(404).body(Full::default()).unwrap()),
    }
    Ok(Response::new(Full::default()))
}

/// The text of an attribute; `None` without it.
pub fn attribute<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a str> {
    let found = attributes.iter().find(|attribute| attribute.key == key)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}
