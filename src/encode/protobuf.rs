//! Writes the Prometheus protobuf format, the only one with native histograms. Classic and native buckets of a histogram
//! go into the same message; which of them is stored is the scraping server's choice. Some servers
//! judge a whole family by its first series, so that all of a family must have native buckets, or none.

use std::io::{self, Write};

use prometheus_client::encoding::prometheus_protobuf::prometheus_data_model as model;
use prost::Message as _;
use prost_types::Timestamp as ProtobufTimestamp;

use super::{declared_unit, take_up_to};
use crate::record::Timestamp;
use crate::snapshot::{
    Description, Exemplar, Histogram, Kind, Labels, NativeBuckets, Series, Snapshot, Value,
};

/// Encodes series one by one, not a whole family's model at once: fields of a message may be written in pieces.
pub(super) fn write(snapshot: &Snapshot, out: &mut impl Write) -> io::Result<()> {
    let mut message = Vec::new();
    // A family of nothing but one metric, whose label strings are used again and again.
    let mut piece = model::MetricFamily { metric: vec![model::Metric::default()], ..Default::default() };
    for family in &snapshot.families {
        message.clear();
        append(&header(family.description), &mut message);
        for series in &family.series {
            fill(&mut piece.metric[0], series);
            append(&piece, &mut message);
        }
        let mut length = Vec::new();
        prost::encode_length_delimiter(message.len(), &mut length).expect("a Vec grows as needed");
        out.write_all(&length)?;
        out.write_all(&message)?;
    }
    Ok(())
}

fn append(message: &model::MetricFamily, buffer: &mut Vec<u8>) {
    message.encode(buffer).expect("a Vec grows as needed");
}

fn header(description: &Description) -> model::MetricFamily {
    let kind = match description.kind {
        Kind::Gauge | Kind::Info => model::MetricType::Gauge,
        Kind::Counter => model::MetricType::Counter,
        Kind::Histogram => model::MetricType::Histogram,
    };
    model::MetricFamily {
        name: description.name.to_owned(),
        help: description.help.to_owned(),
        r#type: kind.into(),
        unit: declared_unit(description).unwrap_or_default().to_owned(),
        metric: Vec::new(),
    }
}

fn fill(metric: &mut model::Metric, series: &Series) {
    fill_labels(&mut metric.label, &series.labels);
    metric.gauge = None;
    metric.counter = None;
    metric.histogram = None;
    match &series.value {
        Value::Gauge(value) => metric.gauge = Some(model::Gauge { value: *value }),
        Value::Counter { total, exemplar: last } => {
            metric.counter = Some(model::Counter {
                value: *total,
                exemplar: last.as_ref().map(exemplar),
                start_timestamp: series.created.map(timestamp),
            });
        }
        Value::Histogram(values) => metric.histogram = Some(histogram(values, series.created)),
    }
}

fn fill_labels(pairs: &mut Vec<model::LabelPair>, labels: &Labels) {
    let labels = labels.pairs();
    pairs.resize_with(labels.len(), model::LabelPair::default);
    for (pair, (name, value)) in pairs.iter_mut().zip(labels) {
        pair.name.clear();
        pair.name.push_str(name);
        pair.value.clear();
        pair.value.push_str(value);
    }
}

fn histogram(values: &Histogram, created: Option<Timestamp>) -> model::Histogram {
    let mut message = model::Histogram {
        sample_count: values.count,
        sample_sum: values.sum,
        bucket: classic(values),
        start_timestamp: created.map(timestamp),
        ..Default::default()
    };
    if let Some(buckets) = &values.native {
        native(&mut message, buckets);
        message.exemplars = values.exemplars.iter().map(exemplar).collect();
    }
    message
}

fn classic(values: &Histogram) -> Vec<model::Bucket> {
    let mut exemplars = values.exemplars.as_slice();
    let mut cumulative: u64 = 0;
    let bucket = |&(upper_bound, count): &(f64, u64)| {
        cumulative = cumulative.saturating_add(count);
        model::Bucket {
            cumulative_count: cumulative,
            upper_bound,
            exemplar: take_up_to(&mut exemplars, upper_bound).map(exemplar),
            ..Default::default()
        }
    };
    values.classic.iter().map(bucket).collect()
}

fn native(message: &mut model::Histogram, buckets: &NativeBuckets) {
    message.schema = i32::from(buckets.schema);
    message.zero_threshold = buckets.zero_threshold;
    message.zero_count = buckets.zero_count;
    message.positive_delta.reserve_exact(buckets.positive.len());
    // One past the last bucket written, and that bucket's count: spans and counts are given as differences.
    let mut next: i32 = 0;
    let mut previous: u64 = 0;
    for &(index, count) in &buckets.positive {
        match message.positive_span.last_mut() {
            Some(span) if index == next => span.length += 1,
            _ => {
                let offset = index.saturating_sub(next);
                message.positive_span.push(model::BucketSpan { offset, length: 1 });
            }
        }
        message.positive_delta.push(count.wrapping_sub(previous) as i64);
        next = index.saturating_add(1);
        previous = count;
    }
    if message.positive_span.is_empty() {
        // Without any span a histogram with nothing observed would be taken for a classic one.
        message.positive_span.push(model::BucketSpan { offset: 0, length: 0 });
    }
}

fn exemplar(exemplar: &Exemplar) -> model::Exemplar {
    let trace_id = exemplar.trace_id.simple().to_string();
    model::Exemplar {
        label: vec![model::LabelPair { name: "trace_id".to_owned(), value: trace_id }],
        value: exemplar.value,
        timestamp: Some(timestamp(exemplar.at)),
    }
}

/// Clamped to the years 1 to 9999, all that the message may hold.
fn timestamp(timestamp: Timestamp) -> ProtobufTimestamp {
    const FIRST: i64 = -62_135_596_800_000_000;
    const LAST: i64 = 253_402_300_799_999_999;
    let microseconds = timestamp.0.clamp(FIRST, LAST);
    ProtobufTimestamp {
        seconds: microseconds.div_euclid(1_000_000),
        // Below 10^9, so that it fits.
        nanos: (microseconds.rem_euclid(1_000_000) * 1000) as i32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans_and_deltas(positive: &[(i32, u64)]) -> (Vec<(i32, u32)>, Vec<i64>) {
        let mut message = model::Histogram::default();
        native(&mut message, &NativeBuckets { positive: positive.to_vec(), ..Default::default() });
        let spans = message.positive_span.iter().map(|span| (span.offset, span.length)).collect();
        (spans, message.positive_delta)
    }

    #[test]
    fn neighbouring_buckets_share_a_span_and_a_gap_starts_another() {
        let (spans, deltas) = spans_and_deltas(&[(-3, 5), (-2, 7), (1, 2), (2, 2)]);
        assert_eq!(spans, [(-3, 2), (2, 2)]);
        assert_eq!(deltas, [5, 2, -5, 0]);
    }

    #[test]
    fn a_native_histogram_without_observations_has_one_empty_span() {
        assert_eq!(spans_and_deltas(&[]), (vec![(0, 0)], vec![]));
    }

    #[test]
    fn the_extreme_bucket_indexes_do_not_overflow() {
        let (spans, _) = spans_and_deltas(&[(i32::MIN, 1), (i32::MAX, u64::MAX)]);
        assert_eq!(spans, [(i32::MIN, 1), (i32::MAX, 1)]);
    }

    #[test]
    fn timestamps_keep_their_microseconds_before_the_epoch_too_and_stop_at_the_year_9999() {
        let parts = |microseconds| {
            let timestamp = timestamp(Timestamp(microseconds));
            (timestamp.seconds, timestamp.nanos)
        };
        assert_eq!(parts(1_700_000_000_123_456), (1_700_000_000, 123_456_000));
        assert_eq!(parts(-1), (-1, 999_999_000));
        assert_eq!(parts(i64::MAX), (253_402_300_799, 999_999_000));
        assert_eq!(parts(i64::MIN), (-62_135_596_800, 0));
    }
}
