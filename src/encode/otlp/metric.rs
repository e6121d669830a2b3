//! The head of a metric: name, unit, description and what kind of data follows. Knows no series.

use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, ExponentialHistogram, Gauge, Histogram, Metric, Sum,
};

use super::point::DataPoint;
use super::{Settings, sends_changes};
use crate::config::HistogramKind;
use crate::snapshot::{Description, Kind, Unit};

/// A metric without points yet; `name` is the description's or that of its age.
pub(super) fn head(description: &Description, name: String, settings: Settings) -> Metric {
    Metric {
        name,
        description: description.help.to_owned(),
        unit: unit(description.unit).to_owned(),
        metadata: Vec::new(),
        data: Some(data(description.kind, settings)),
    }
}

pub(super) fn push(metric: &mut Metric, point: DataPoint) {
    match (&mut metric.data, point) {
        (Some(Data::Gauge(gauge)), DataPoint::Number(point)) => gauge.data_points.push(point),
        (Some(Data::Sum(sum)), DataPoint::Number(point)) => sum.data_points.push(point),
        (Some(Data::Histogram(histogram)), DataPoint::Explicit(point)) => histogram.data_points.push(point),
        (Some(Data::ExponentialHistogram(histogram)), DataPoint::Exponential(point)) => {
            histogram.data_points.push(point);
        }
        // `point` makes points by the same kind and settings as `data` does.
        _ => debug_assert!(false, "a point of another kind than its metric"),
    }
}

fn data(kind: Kind, settings: Settings) -> Data {
    let temporality = if sends_changes(settings.temporality, kind) {
        AggregationTemporality::Delta
    } else {
        AggregationTemporality::Cumulative
    };
    let aggregation_temporality = temporality.into();
    match (kind, settings.histograms) {
        (Kind::Gauge | Kind::Info, _) => Data::Gauge(Gauge::default()),
        (Kind::Counter, _) => {
            Data::Sum(Sum { data_points: Vec::new(), aggregation_temporality, is_monotonic: true })
        }
        (Kind::Histogram, HistogramKind::Explicit) => {
            Data::Histogram(Histogram { data_points: Vec::new(), aggregation_temporality })
        }
        (Kind::Histogram, HistogramKind::Exponential) => Data::ExponentialHistogram(ExponentialHistogram {
            data_points: Vec::new(),
            aggregation_temporality,
        }),
    }
}

/// The unit in UCUM. None is left empty: of a gauge, receivers would take `1` for a ratio and say so in its
/// name.
const fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::None => "",
        Unit::Seconds | Unit::UnixTime => "s",
        Unit::Bytes => "By",
        Unit::Executions => "{execution}",
        Unit::Tasks => "{task}",
        Unit::Events => "{event}",
        Unit::Fires => "{fire}",
    }
}
