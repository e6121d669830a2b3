//! The receivers themselves: they take and refuse requests made by hand as they should, so that what they say of the
//! exporter's can be relied on.
#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

mod support;

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_client::MetricsServiceClient;
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram,
    HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum,
    exponential_histogram_data_point::Buckets,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;
use support::intake::{Fault, Intake};
use support::process;
use support::rotel::Rotel;
use support::victoria_metrics::VictoriaMetrics;
use tonic::transport::Endpoint;

use AggregationTemporality::{Cumulative, Delta};

const KEY: &str = "key";
const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");

fn request(metrics: Vec<Metric>) -> ExportMetricsServiceRequest {
    let scope_metrics = vec![ScopeMetrics { metrics, ..ScopeMetrics::default() }];
    let resource = Some(Resource { attributes: attributes("service.name", "test"), ..Resource::default() });
    let resource_metrics = vec![ResourceMetrics { resource, scope_metrics, ..ResourceMetrics::default() }];
    ExportMetricsServiceRequest { resource_metrics }
}

fn attributes(key: &str, value: &str) -> Vec<KeyValue> {
    let value = Some(AnyValue { value: Some(Value::StringValue(value.to_owned())) });
    vec![KeyValue { key: key.to_owned(), value, ..KeyValue::default() }]
}

fn metric(name: &str, data: Data) -> Metric {
    Metric { name: name.to_owned(), data: Some(data), ..Metric::default() }
}

/// Nanoseconds of this moment: receivers refuse what is too old.
fn now() -> u64 {
    u64::try_from(support::writer::now()).unwrap() * 1000
}

fn point(value: f64) -> NumberDataPoint {
    NumberDataPoint {
        attributes: attributes("workflow", "etl"),
        start_time_unix_nano: now() - 1_000_000_000,
        time_unix_nano: now(),
        value: Some(Number::AsDouble(value)),
        ..NumberDataPoint::default()
    }
}

fn sum(name: &str, value: f64, temporality: AggregationTemporality, is_monotonic: bool) -> Metric {
    let aggregation_temporality = temporality.into();
    metric(name, Data::Sum(Sum { data_points: vec![point(value)], aggregation_temporality, is_monotonic }))
}

fn gauge(name: &str, value: f64) -> Metric {
    metric(name, Data::Gauge(Gauge { data_points: vec![point(value)] }))
}

/// Two observations, of 0.5 and 1.5.
fn explicit(name: &str, temporality: AggregationTemporality) -> Metric {
    let data_points = vec![HistogramDataPoint {
        attributes: attributes("workflow", "etl"),
        start_time_unix_nano: now() - 1_000_000_000,
        time_unix_nano: now(),
        count: 2,
        sum: Some(2.0),
        bucket_counts: vec![1, 1],
        explicit_bounds: vec![1.0],
        ..HistogramDataPoint::default()
    }];
    metric(name, Data::Histogram(Histogram { data_points, aggregation_temporality: temporality.into() }))
}

/// The same two, in the buckets (0.5, 1] and (1, 2].
fn exponential(name: &str, temporality: AggregationTemporality) -> Metric {
    let data_points = vec![ExponentialHistogramDataPoint {
        attributes: attributes("workflow", "etl"),
        start_time_unix_nano: now() - 1_000_000_000,
        time_unix_nano: now(),
        count: 2,
        sum: Some(2.0),
        positive: Some(Buckets { offset: -1, bucket_counts: vec![1, 1] }),
        ..ExponentialHistogramDataPoint::default()
    }];
    let histogram = ExponentialHistogram { data_points, aggregation_temporality: temporality.into() };
    metric(name, Data::ExponentialHistogram(histogram))
}

/// Status and body; `None` if the connection breaks.
async fn post(url: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Option<(u16, Bytes)> {
    let mut request = Request::post(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let response = client.request(request.body(Full::from(body)).unwrap()).await.ok()?;
    let status = response.status().as_u16();
    Some((status, response.into_body().collect().await.ok()?.to_bytes()))
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

/// The status of a request as the intake wants it, and how many points it refused.
async fn deliver(intake: &Intake, metrics: Vec<Metric>) -> (u16, i64) {
    let body = request(metrics).encode_to_vec();
    let (status, body) = post(&intake.endpoint(), &[PROTOBUF, ("dd-api-key", KEY)], body).await.unwrap();
    let answer = ExportMetricsServiceResponse::decode(body).unwrap();
    (status, answer.partial_success.map_or(0, |partial| partial.rejected_data_points))
}

#[tokio::test]
async fn the_intake_adds_up_changes_and_keeps_the_last_value_of_a_gauge() {
    let intake = Intake::start(KEY).await;
    for (change, value) in [(2.0, 7.0), (3.0, 1.0)] {
        let metrics = vec![
            sum("executions", change, Delta, true),
            explicit("duration", Delta),
            exponential("wait", Delta),
            gauge("active", value),
        ];
        assert_eq!(deliver(&intake, metrics).await, (200, 0));
    }
    assert_eq!(intake.sum("executions", &[("workflow", "etl")]), 5.0);
    assert_eq!(intake.sum("executions", &[("workflow", "other")]), 0.0);
    assert_eq!((intake.sum("duration", &[]), intake.sum("wait", &[])), (4.0, 4.0));
    let key = ("active".to_owned(), vec!["workflow=etl".to_owned()]);
    let taken = intake.taken();
    assert_eq!((taken.gauges.get(&key), taken.answers), (Some(&1.0), vec![200, 200]));
}

#[tokio::test]
async fn the_intake_refuses_cumulative_counters_and_histograms_and_takes_the_rest() {
    let intake = Intake::start(KEY).await;
    let metrics = vec![
        sum("executions", 2.0, Cumulative, true),
        explicit("duration", Cumulative),
        exponential("wait", Cumulative),
        sum("queued", 4.0, Cumulative, false),
        gauge("active", 7.0),
    ];
    assert_eq!(deliver(&intake, metrics).await, (200, 3));
    let taken = intake.taken();
    assert_eq!((taken.rejected, taken.sums.len(), taken.gauges.len()), (3, 1, 1));
    assert_eq!(intake.sum("queued", &[]), 4.0);
}

#[tokio::test]
async fn the_intake_refuses_other_paths_keys_types_and_sizes() {
    let intake = Intake::start(KEY).await;
    let body = request(vec![sum("executions", 2.0, Delta, true)]).encode_to_vec();
    let key = ("dd-api-key", KEY);
    let status = async |url: String, headers: &[(&str, &str)], body: Vec<u8>| {
        post(&url, headers, body).await.unwrap().0
    };
    let elsewhere = intake.endpoint().replace("/v1/metrics", "/v1/traces");
    assert_eq!(status(elsewhere, &[PROTOBUF, key], body.clone()).await, 404);
    assert_eq!(status(intake.endpoint(), &[PROTOBUF], body.clone()).await, 403);
    assert_eq!(status(intake.endpoint(), &[PROTOBUF, ("dd-api-key", "other")], body.clone()).await, 403);
    let json = ("content-type", "application/json");
    assert_eq!(status(intake.endpoint(), &[json, key], body.clone()).await, 415);
    assert_eq!(status(intake.endpoint(), &[PROTOBUF, key], b"\xff".to_vec()).await, 400);

    // What counts is the size after decompression; 500 000 bytes are the last that pass.
    let sized = |bytes: usize| {
        let frame = request(vec![gauge("", 1.0)]).encoded_len();
        let mut found = request(vec![gauge(&"x".repeat(bytes - frame), 1.0)]).encode_to_vec();
        let surplus = found.len() - bytes;
        found = request(vec![gauge(&"x".repeat(bytes - frame - surplus), 1.0)]).encode_to_vec();
        assert_eq!(found.len(), bytes);
        gzip(&found)
    };
    let zipped = [PROTOBUF, key, ("content-encoding", "gzip")];
    assert_eq!(status(intake.endpoint(), &zipped, sized(500_000)).await, 200);
    assert_eq!(status(intake.endpoint(), &zipped, sized(500_001)).await, 413);
    assert_eq!(intake.taken().sums.len(), 0);
    intake.set_key("other");
    assert_eq!(status(intake.endpoint(), &[PROTOBUF, key], body).await, 403);
}

#[tokio::test]
async fn the_intake_fails_as_often_as_it_is_told() {
    let intake = Intake::start(KEY).await;
    intake.fail_next([Fault::Status(503), Fault::Garbage, Fault::TakeAndHang]);
    let send = async |value: f64| {
        let body = request(vec![sum("executions", value, Delta, true)]).encode_to_vec();
        post(&intake.endpoint(), &[PROTOBUF, ("dd-api-key", KEY)], body).await.unwrap()
    };
    assert_eq!(send(1.0).await.0, 503);
    let (status, garbage) = send(2.0).await;
    assert_eq!((status, ExportMetricsServiceResponse::decode(garbage).is_err()), (200, true));
    assert_eq!(intake.sum("executions", &[]), 0.0);
    tokio::select! {
        _ = send(4.0) => panic!("it answered"),
        () = process::eventually("the request", async || intake.sum("executions", &[]) == 4.0) => {}
    }
    assert_eq!(intake.pending_faults(), 0);
    assert_eq!(send(8.0).await.0, 200);
    assert_eq!(intake.sum("executions", &[]), 12.0);
}

#[tokio::test]
async fn rotel_prints_what_it_is_sent_over_grpc_and_http() {
    let rotel = Rotel::start().await;
    let channel = Endpoint::from_shared(rotel.grpc_endpoint()).unwrap().connect_lazy();
    let over_grpc = request(vec![sum("over.grpc", 41.5, Cumulative, true), explicit("histogram", Delta)]);
    let answer = MetricsServiceClient::new(channel).export(over_grpc).await.unwrap();
    assert!(answer.into_inner().partial_success.is_none_or(|partial| partial.rejected_data_points == 0));

    let over_http = request(vec![gauge("over.http", 42.5)]).encode_to_vec();
    let url = format!("{}/v1/metrics", rotel.http_endpoint());
    assert_eq!(post(&url, &[PROTOBUF], over_http).await.unwrap().0, 200);
    assert_ne!(post(&url, &[PROTOBUF], b"\xff".to_vec()).await.unwrap().0, 200);
    for printed in ["over.grpc", "41.5", "histogram", "over.http", "42.5", "etl"] {
        process::eventually(printed, async || rotel.received().contains(printed)).await;
    }
}

#[tokio::test]
async fn victoriametrics_stores_totals_and_histograms_by_their_prometheus_names() {
    let victoria = VictoriaMetrics::start().await;
    let mut seconds = explicit("a.duration", Cumulative);
    seconds.unit = "s".to_owned();
    let metrics = vec![
        sum("an.execution", 3.0, Cumulative, true),
        gauge("a.gauge", 7.5),
        seconds,
        exponential("a.wait", Cumulative),
    ];
    let body = request(metrics).encode_to_vec();
    let zipped = [PROTOBUF, ("content-encoding", "gzip")];
    assert_eq!(victoria.endpoint(), format!("{}/v1/metrics", victoria.base_endpoint()));
    assert_eq!(post(&victoria.endpoint(), &zipped, gzip(&body)).await.unwrap().0, 200);
    assert_ne!(post(&victoria.endpoint(), &[PROTOBUF], b"\xff".to_vec()).await.unwrap().0, 200);
    victoria.flush().await;
    for (expression, wanted) in [
        ("an_execution_total", 3.0),
        ("a_gauge", 7.5),
        ("a_duration_seconds_count", 2.0),
        ("a_duration_seconds_sum", 2.0),
        ("a_duration_seconds_bucket{le=\"1\"}", 1.0),
        ("a_duration_seconds_bucket{le=\"+Inf\"}", 2.0),
        ("a_wait_count", 2.0),
    ] {
        let found = victoria.query(expression).await;
        let [(labels, value)] = &found[..] else { panic!("{expression}: {found:?}") };
        assert_eq!((labels["workflow"].as_str(), *value), ("etl", wanted), "{expression}");
        assert_eq!(labels["service_name"], "test");
    }
    assert_eq!(victoria.query("absent").await, []);
}
