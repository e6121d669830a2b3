//! Requests taken apart again, by the protocol's own rules and not by the encoder's.

use std::collections::BTreeMap;

use cloacina_exporter::config::{HistogramKind, Temporality};
use cloacina_exporter::encode::otlp::{self, Chunk, Point, Resource, Settings};
use cloacina_exporter::record::Timestamp;
use cloacina_exporter::snapshot::{Family, Series, Snapshot};
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogramDataPoint, HistogramDataPoint, Metric, NumberDataPoint, number_data_point,
};
use uuid::Uuid;

/// Ten seconds after what the sample holds.
pub const AT: Timestamp = Timestamp(1_700_000_110_000_000);

pub type Attributes = BTreeMap<String, String>;

pub fn settings(temporality: Temporality, histograms: HistogramKind, max_bytes: usize) -> Settings {
    Settings { at: AT, temporality, histograms, max_bytes }
}

pub fn resource() -> Resource {
    Resource::new(&[("service.name".to_owned(), "exporter".to_owned())], Uuid::from_u128(1))
}

pub fn chunks<'a>(
    snapshot: &'a Snapshot,
    settings: Settings,
    point: impl FnMut(&'a Family, &'a Series) -> Option<Point>,
) -> Vec<Chunk<'a>> {
    otlp::requests(snapshot, &resource(), settings, point).collect()
}

/// All metrics of a request; it has one resource and one scope.
pub fn metrics<'a>(chunk: &'a Chunk<'_>) -> &'a [Metric] {
    let [resource] = &chunk.request.resource_metrics[..] else { panic!("one resource") };
    let [scope] = &resource.scope_metrics[..] else { panic!("one scope") };
    &scope.metrics
}

/// A data point of whatever kind, with what all kinds have.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub start: u64,
    pub time: u64,
    pub value: Measured,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Measured {
    Number(f64),
    Explicit(HistogramDataPoint),
    Exponential(ExponentialHistogramDataPoint),
}

/// Every point by metric and attributes; none may stand twice.
pub fn points(chunks: &[Chunk<'_>]) -> BTreeMap<(String, Attributes), Found> {
    let mut all = BTreeMap::new();
    for metric in chunks.iter().flat_map(metrics) {
        for (attributes, found) in of(metric) {
            let key = (metric.name.clone(), attributes);
            assert!(all.insert(key.clone(), found).is_none(), "{key:?} stands twice");
        }
    }
    all
}

fn of(metric: &Metric) -> Vec<(Attributes, Found)> {
    match metric.data.as_ref().unwrap() {
        Data::Gauge(gauge) => gauge.data_points.iter().map(number).collect(),
        Data::Sum(sum) => {
            assert!(sum.is_monotonic);
            sum.data_points.iter().map(number).collect()
        }
        Data::Histogram(histogram) => histogram.data_points.iter().map(explicit).collect(),
        Data::ExponentialHistogram(histogram) => histogram.data_points.iter().map(exponential).collect(),
        Data::Summary(_) => panic!("a summary"),
    }
}

fn number(point: &NumberDataPoint) -> (Attributes, Found) {
    let Some(number_data_point::Value::AsDouble(value)) = point.value else { panic!("{point:?}") };
    let (start, time) = (point.start_time_unix_nano, point.time_unix_nano);
    (attributes(&point.attributes), Found { start, time, value: Measured::Number(value) })
}

fn explicit(point: &HistogramDataPoint) -> (Attributes, Found) {
    assert_eq!(point.bucket_counts.len(), point.explicit_bounds.len() + 1);
    assert_eq!(point.bucket_counts.iter().sum::<u64>(), point.count);
    let (start, time) = (point.start_time_unix_nano, point.time_unix_nano);
    (attributes(&point.attributes), Found { start, time, value: Measured::Explicit(point.clone()) })
}

fn exponential(point: &ExponentialHistogramDataPoint) -> (Attributes, Found) {
    assert_eq!(point.negative, None);
    let counts = native(point).into_iter().map(|(_, count)| count);
    assert_eq!(counts.sum::<u64>() + point.zero_count, point.count);
    let (start, time) = (point.start_time_unix_nano, point.time_unix_nano);
    (attributes(&point.attributes), Found { start, time, value: Measured::Exponential(point.clone()) })
}

fn attributes(attributes: &[KeyValue]) -> Attributes {
    assert!(attributes.is_sorted_by(|one, next| one.key < next.key), "{attributes:?}");
    let text = |attribute: &KeyValue| match attribute.value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(any_value::Value::StringValue(text)) => (attribute.key.clone(), text.clone()),
        other => panic!("{other:?}"),
    };
    attributes.iter().map(text).collect()
}

/// Buckets that are not empty, by Prometheus' index: the one that ends at 1 is 0.
pub fn native(point: &ExponentialHistogramDataPoint) -> Vec<(i32, u64)> {
    let Some(buckets) = &point.positive else { return Vec::new() };
    let indexes = buckets.offset + 1..;
    indexes.zip(buckets.bucket_counts.iter().copied()).filter(|(_, count)| *count > 0).collect()
}
