//! One series as a data point: times, attributes, value, buckets and exemplars.

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar as ExemplarMessage, ExponentialHistogramDataPoint, HistogramDataPoint, NumberDataPoint,
    exemplar, number_data_point,
};
use prost::Message as _;

use super::resource::attribute;
use super::{Point, Settings};
use crate::config::HistogramKind;
use crate::record::Timestamp;
use crate::snapshot::{Exemplar, Histogram, Kind, Labels, NativeBuckets, Value};
use crate::trace::ids::root_span_id;

/// Buckets from the lowest to the highest are all written, empty or not: as many as these at most, for which
/// resolution is given up. Ours have 160 that are not empty, which lie closer than that unless durations span
/// 10^150.
const MAX_DENSE_BUCKETS: usize = 4096;

#[derive(Debug)]
pub(super) enum DataPoint {
    Number(NumberDataPoint),
    Explicit(HistogramDataPoint),
    Exponential(ExponentialHistogramDataPoint),
}

impl DataPoint {
    /// `None` if `point` is not of `kind`, not finite, or lacks the buckets that are asked for.
    pub(super) fn new(kind: Kind, labels: &Labels, point: Point, settings: Settings) -> Option<Self> {
        let times = Times::new(&point, settings.at);
        match (kind, point.value) {
            (Kind::Gauge | Kind::Info, Value::Gauge(value)) => {
                let times = Times { start: 0, ..times };
                value.is_finite().then(|| Self::Number(number(labels, times, value, None)))
            }
            (Kind::Counter, Value::Counter { total, exemplar }) => {
                total.is_finite().then(|| Self::Number(number(labels, times, total, exemplar)))
            }
            (Kind::Histogram, Value::Histogram(histogram)) => match settings.histograms {
                HistogramKind::Explicit => (!histogram.classic.is_empty())
                    .then(|| Self::Explicit(explicit(labels, times, &histogram))),
                HistogramKind::Exponential => histogram
                    .native
                    .as_ref()
                    .map(|buckets| Self::Exponential(exponential(labels, times, &histogram, buckets))),
            },
            _ => None,
        }
    }

    /// How long ago the instant that `point` holds was, in seconds; negative while it lies ahead.
    pub(super) fn age(labels: &Labels, point: Point, settings: Settings) -> Option<Self> {
        let Value::Gauge(instant) = point.value else { return None };
        let age = Point { start: None, value: Value::Gauge(settings.at.seconds() - instant) };
        Self::new(Kind::Gauge, labels, age, settings)
    }

    pub(super) fn encoded_len(&self) -> usize {
        match self {
            Self::Number(point) => point.encoded_len(),
            Self::Explicit(point) => point.encoded_len(),
            Self::Exponential(point) => point.encoded_len(),
        }
    }
}

/// Nanoseconds since the epoch; a start of 0 is one that is not known.
#[derive(Clone, Copy)]
struct Times {
    start: u64,
    time: u64,
}

impl Times {
    fn new(point: &Point, at: Timestamp) -> Self {
        Self { start: point.start.map_or(0, |start| nanoseconds(start.min(at))), time: nanoseconds(at) }
    }
}

/// Times before 1970 become 1970, times after the year 2554 the last that there is.
pub(super) fn nanoseconds(timestamp: Timestamp) -> u64 {
    u64::try_from(timestamp.0).unwrap_or(0).saturating_mul(1000)
}

fn number(labels: &Labels, times: Times, value: f64, last: Option<Exemplar>) -> NumberDataPoint {
    NumberDataPoint {
        attributes: attributes(labels),
        start_time_unix_nano: times.start,
        time_unix_nano: times.time,
        exemplars: last.iter().map(exemplar).collect(),
        flags: 0,
        value: Some(number_data_point::Value::AsDouble(value)),
    }
}

fn explicit(labels: &Labels, times: Times, histogram: &Histogram) -> HistogramDataPoint {
    let bounds = histogram.classic.iter().map(|(bound, _)| *bound);
    HistogramDataPoint {
        attributes: attributes(labels),
        start_time_unix_nano: times.start,
        time_unix_nano: times.time,
        count: histogram.count,
        sum: sum(histogram),
        bucket_counts: histogram.classic.iter().map(|(_, count)| *count).collect(),
        // The last bound is infinite, and understood.
        explicit_bounds: bounds.take(histogram.classic.len() - 1).collect(),
        exemplars: histogram.exemplars.iter().map(exemplar).collect(),
        flags: 0,
        min: None,
        max: None,
    }
}

fn exponential(
    labels: &Labels,
    times: Times,
    histogram: &Histogram,
    buckets: &NativeBuckets,
) -> ExponentialHistogramDataPoint {
    let (scale, positive) = dense(buckets);
    ExponentialHistogramDataPoint {
        attributes: attributes(labels),
        start_time_unix_nano: times.start,
        time_unix_nano: times.time,
        count: histogram.count,
        sum: sum(histogram),
        scale,
        zero_count: buckets.zero_count,
        positive,
        negative: None,
        flags: 0,
        exemplars: histogram.exemplars.iter().map(exemplar).collect(),
        min: None,
        max: None,
        zero_threshold: buckets.zero_threshold,
    }
}

/// The scale, and every bucket from the first to the last; `None` without observations above zero.
fn dense(buckets: &NativeBuckets) -> (i32, Option<Buckets>) {
    let mut coarse = buckets.clone();
    let width = |buckets: &NativeBuckets| match (buckets.positive.first(), buckets.positive.last()) {
        (Some((first, _)), Some((last, _))) => i64::from(*last) - i64::from(*first),
        _ => 0,
    };
    while width(&coarse) >= MAX_DENSE_BUCKETS as i64 {
        coarse.coarsen();
    }
    let scale = i32::from(coarse.schema);
    let Some(&(first, _)) = coarse.positive.first() else { return (scale, None) };
    let mut counts = Vec::new();
    for (index, count) in coarse.positive {
        // Not negative, since the indexes ascend, and bounded by what was just made sure of.
        let place = usize::try_from(i64::from(index) - i64::from(first)).unwrap_or(0);
        counts.resize(counts.len().max(place + 1), 0);
        counts[place] = count;
    }
    // The bucket that Prometheus calls 1 covers (1, base], and is OTLP's 0.
    (scale, Some(Buckets { offset: first.saturating_sub(1), bucket_counts: counts }))
}

fn sum(histogram: &Histogram) -> Option<f64> {
    histogram.sum.is_finite().then_some(histogram.sum)
}

fn attributes(labels: &Labels) -> Vec<KeyValue> {
    let mut pairs: Vec<_> = labels.pairs().collect();
    pairs.sort_unstable_by_key(|(name, _)| *name);
    pairs.into_iter().map(|(name, value)| attribute(name, value.to_string())).collect()
}

fn exemplar(exemplar: &Exemplar) -> ExemplarMessage {
    ExemplarMessage {
        filtered_attributes: Vec::new(),
        time_unix_nano: nanoseconds(exemplar.at),
        span_id: root_span_id(exemplar.trace_id).to_vec(),
        trace_id: exemplar.trace_id.as_bytes().to_vec(),
        value: Some(exemplar::Value::AsDouble(exemplar.value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(positive: &[(i32, u64)]) -> NativeBuckets {
        NativeBuckets { schema: 3, positive: positive.to_vec(), ..Default::default() }
    }

    #[test]
    fn gaps_between_buckets_are_filled_and_the_index_is_one_less() {
        let wanted = Buckets { offset: -9, bucket_counts: vec![2, 1, 0, 4] };
        assert_eq!(dense(&buckets(&[(-8, 2), (-7, 1), (-5, 4)])), (3, Some(wanted)));
        assert_eq!(dense(&buckets(&[])), (3, None));
    }

    #[test]
    fn buckets_far_apart_lose_resolution_rather_than_fill_memory() {
        let (scale, found) = dense(&buckets(&[(i32::MIN, 1), (0, 2), (i32::MAX, 3)]));
        let found = found.unwrap();
        assert!(found.bucket_counts.len() <= MAX_DENSE_BUCKETS, "{}", found.bucket_counts.len());
        assert_eq!((scale, found.bucket_counts.iter().sum::<u64>()), (3 - 21, 6));
    }

    #[test]
    fn times_before_1970_and_beyond_what_can_be_written_stop_at_the_ends() {
        assert_eq!(nanoseconds(Timestamp(1_700_000_000_123_456)), 1_700_000_000_123_456_000);
        assert_eq!(nanoseconds(Timestamp(-1)), 0);
        assert_eq!(nanoseconds(Timestamp::MIN), 0);
        assert_eq!(nanoseconds(Timestamp::MAX), u64::MAX);
    }

    #[test]
    fn a_start_after_the_export_is_the_export() {
        let point = |start| Point { start: Some(Timestamp(start)), value: Value::Gauge(0.0) };
        assert_eq!(Times::new(&point(7), Timestamp(5)).start, 5000);
        assert_eq!(Times::new(&point(3), Timestamp(5)).start, 3000);
    }
}
