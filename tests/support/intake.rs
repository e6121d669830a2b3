//! An OTLP intake with the rules that Datadog documents for its own: deltas only, a key, a size, one media type. It adds
//! up what it takes, so that sums can be compared, and answers wrongly when it is told to.
//!
//! Rules: <https://docs.datadoghq.com/opentelemetry/setup/otlp_ingest/metrics/>.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use flate2::read::GzDecoder;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsPartialSuccess, ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{AggregationTemporality, number_data_point};
use prost::Message;
use tokio::net::TcpListener;

/// Bytes of a request after decompression.
const LIMIT: usize = 500_000;
const REFUSED: &str = "cumulative monotonic sums and cumulative histograms are not accepted";

/// A metric's name and its attributes, as `key=value` in order.
pub type Key = (String, Vec<String>);

#[derive(Clone)]
pub struct Intake {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    key: String,
    /// Answers for the requests to come, before the rules apply.
    faults: VecDeque<Fault>,
    taken: Taken,
}

/// What was taken so far.
#[derive(Debug, Clone, Default)]
pub struct Taken {
    /// Sums of deltas, and the counts of histograms.
    pub sums: BTreeMap<Key, f64>,
    pub gauges: BTreeMap<Key, f64>,
    /// Status of every answer, in order.
    pub answers: Vec<u16>,
    pub largest: usize,
    pub rejected: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// With that status, taking nothing.
    Status(u16),
    /// Takes the request and never answers.
    TakeAndHang,
    Garbage,
}

impl Intake {
    pub async fn start(key: &str) -> Self {
        let socket = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let shared = Shared { key: key.to_owned(), faults: VecDeque::new(), taken: Taken::default() };
        let intake = Self { address: socket.local_addr().unwrap(), shared: Arc::new(Mutex::new(shared)) };
        let shared = intake.shared.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = socket.accept().await.unwrap();
                let shared = shared.clone();
                let service = service_fn(move |request| answer(request, shared.clone()));
                let builder = hyper::server::conn::http1::Builder::new();
                tokio::spawn(builder.serve_connection(TokioIo::new(stream), service));
            }
        });
        intake
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}/v1/metrics", self.address)
    }

    pub fn fail_next(&self, faults: impl IntoIterator<Item = Fault>) {
        self.shared.lock().unwrap().faults.extend(faults);
    }

    /// Forgets what is left of `fail_next`.
    pub fn end_faults(&self) {
        self.shared.lock().unwrap().faults.clear();
    }

    pub fn pending_faults(&self) -> usize {
        self.shared.lock().unwrap().faults.len()
    }

    pub fn set_key(&self, key: &str) {
        key.clone_into(&mut self.shared.lock().unwrap().key);
    }

    pub fn taken(&self) -> Taken {
        self.shared.lock().unwrap().taken.clone()
    }

    /// Of all series of `metric` with these attributes.
    pub fn sum(&self, metric: &str, attributes: &[(&str, &str)]) -> f64 {
        let wanted: Vec<String> = attributes.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let taken = self.taken();
        let matching = taken.sums.iter().filter(|((name, attributes), _)| {
            name == metric && wanted.iter().all(|wanted| attributes.contains(wanted))
        });
        matching.map(|(_, value)| value).sum()
    }
}

async fn answer(
    request: Request<Incoming>,
    shared: Arc<Mutex<Shared>>,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
    let fault = shared.lock().unwrap().faults.pop_front();
    let judged = match fault {
        Some(Fault::Status(status)) => Err(status),
        Some(Fault::Garbage) => Ok(b"<html>not OTLP</html>".to_vec()),
        Some(Fault::TakeAndHang) | None => {
            let key = shared.lock().unwrap().key.clone();
            judge(
                (head.uri.path(), header("content-type"), header("dd-api-key") == key),
                &body,
                header("content-encoding"),
            )
            .map(|request| shared.lock().unwrap().taken.take(&request).encode_to_vec())
        }
    };
    if fault == Some(Fault::TakeAndHang) {
        std::future::pending::<()>().await;
    }
    let (status, body) = judged.map_or_else(|status| (status, Vec::new()), |body| (200, body));
    shared.lock().unwrap().taken.answers.push(status);
    Ok(Response::builder().status(status).body(Full::new(Bytes::from(body))).unwrap())
}

/// The status of a refusal.
fn judge(
    (path, media_type, has_key): (&str, &str, bool),
    body: &[u8],
    encoding: &str,
) -> Result<ExportMetricsServiceRequest, u16> {
    if path != "/v1/metrics" {
        return Err(404);
    }
    if !has_key {
        return Err(403);
    }
    if media_type != "application/x-protobuf" {
        return Err(415);
    }
    let mut plain = body.to_vec();
    if encoding == "gzip" {
        plain.clear();
        std::io::Read::read_to_end(&mut GzDecoder::new(body), &mut plain).map_err(|_| 400_u16)?;
    }
    if plain.len() > LIMIT {
        return Err(413);
    }
    ExportMetricsServiceRequest::decode(&plain[..]).map_err(|_| 400)
}

impl Taken {
    fn take(&mut self, request: &ExportMetricsServiceRequest) -> ExportMetricsServiceResponse {
        self.largest = self.largest.max(request.encoded_len());
        let scopes = request.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics);
        let mut rejected = 0;
        for metric in scopes.flat_map(|scope| &scope.metrics) {
            rejected += self.take_metric(&metric.name, metric.data.as_ref().expect("a metric has data"));
        }
        self.rejected += rejected;
        let error_message = if rejected > 0 { REFUSED.to_owned() } else { String::new() };
        let partial = ExportMetricsPartialSuccess { rejected_data_points: rejected, error_message };
        ExportMetricsServiceResponse { partial_success: (rejected > 0).then_some(partial) }
    }

    /// How many points it refuses.
    fn take_metric(&mut self, name: &str, data: &Data) -> i64 {
        let delta = AggregationTemporality::Delta as i32;
        let key = |attributes: &[KeyValue]| (name.to_owned(), texts(attributes));
        match data {
            Data::Gauge(gauge) => {
                for point in &gauge.data_points {
                    self.gauges.insert(key(&point.attributes), number(point.value));
                }
            }
            Data::Sum(sum) if sum.is_monotonic && sum.aggregation_temporality != delta => {
                return sum.data_points.len() as i64;
            }
            Data::Sum(sum) => {
                for point in &sum.data_points {
                    *self.sums.entry(key(&point.attributes)).or_insert(0.0) += number(point.value);
                }
            }
            Data::Histogram(histogram) if histogram.aggregation_temporality != delta => {
                return histogram.data_points.len() as i64;
            }
            Data::Histogram(histogram) => {
                for point in &histogram.data_points {
                    *self.sums.entry(key(&point.attributes)).or_insert(0.0) += point.count as f64;
                }
            }
            Data::ExponentialHistogram(histogram) if histogram.aggregation_temporality != delta => {
                return histogram.data_points.len() as i64;
            }
            Data::ExponentialHistogram(histogram) => {
                for point in &histogram.data_points {
                    *self.sums.entry(key(&point.attributes)).or_insert(0.0) += point.count as f64;
                }
            }
            Data::Summary(summary) => return summary.data_points.len() as i64,
        }
        0
    }
}

fn number(value: Option<number_data_point::Value>) -> f64 {
    match value {
        Some(number_data_point::Value::AsDouble(value)) => value,
        Some(number_data_point::Value::AsInt(value)) => value as f64,
        None => f64::NAN,
    }
}

fn texts(attributes: &[KeyValue]) -> Vec<String> {
    let text = |attribute: &KeyValue| match attribute.value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => format!("{}={text}", attribute.key),
        other => format!("{}={other:?}", attribute.key),
    };
    let mut texts: Vec<String> = attributes.iter().map(text).collect();
    texts.sort();
    texts
}
