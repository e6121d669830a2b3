//! Writes the Prometheus protobuf format, the only one with native histograms. Classic and native buckets of a histogram
//! go into the same message; which of them is stored is the scraping server's choice. Some servers
//! judge a whole family by its first series, so that all of a family must have native buckets, or none.
//!
//! Fields are written by their numbers in the format's `metrics.proto`, straight from the snapshot: a model of it filled
//! first costs twice as much. Tests compare with that model's own encoding, byte by byte.

use std::io::{self, Write};

use super::wire::{double, message, signed, string, unsigned, varint, zigzag};
use super::{declared_unit, take_up_to};
use crate::record::Timestamp;
use crate::snapshot::{
    Description, Exemplar, Family, Histogram, Kind, NativeBuckets, Series, Snapshot, Value,
};

pub(super) fn write(snapshot: &Snapshot, out: &mut impl Write) -> io::Result<()> {
    let (mut family, mut length) = (Vec::new(), Vec::new());
    for Family { description, series } in &snapshot.families {
        family.clear();
        header(&mut family, description);
        for series in series {
            message(&mut family, 4, |metric| self::metric(metric, series));
        }
        length.clear();
        varint(&mut length, family.len() as u64);
        out.write_all(&length)?;
        out.write_all(&family)?;
    }
    Ok(())
}

/// Of a `MetricFamily` all but its metrics.
fn header(family: &mut Vec<u8>, description: &Description) {
    // Of `MetricType`.
    let kind = match description.kind {
        Kind::Counter => 0,
        Kind::Gauge | Kind::Info => 1,
        Kind::Histogram => 4,
    };
    string(family, 1, description.name);
    string(family, 2, description.help);
    unsigned(family, 3, kind);
    string(family, 5, declared_unit(description).unwrap_or_default());
}

fn metric(metric: &mut Vec<u8>, series: &Series) {
    for (name, value) in series.labels.pairs() {
        label(metric, name, value);
    }
    match &series.value {
        Value::Gauge(value) => message(metric, 2, |gauge| double(gauge, 1, *value)),
        Value::Counter { total, exemplar: last } => message(metric, 3, |counter| {
            double(counter, 1, *total);
            optional(counter, 2, last.as_ref(), exemplar);
            optional(counter, 3, series.created, timestamp);
        }),
        Value::Histogram(values) => {
            message(metric, 7, |message| histogram(message, values, series.created));
        }
    }
}

/// A field that is left out if there is no `value`.
fn optional<T>(out: &mut Vec<u8>, field: u32, value: Option<T>, fill: impl FnOnce(&mut Vec<u8>, T)) {
    if let Some(value) = value {
        message(out, field, |out| fill(out, value));
    }
}

/// The first field of both a `Metric` and an `Exemplar`.
fn label(out: &mut Vec<u8>, name: &str, value: &str) {
    message(out, 1, |pair| {
        string(pair, 1, name);
        string(pair, 2, value);
    });
}

fn histogram(out: &mut Vec<u8>, values: &Histogram, created: Option<Timestamp>) {
    unsigned(out, 1, values.count);
    double(out, 2, values.sum);
    classic(out, values);
    if let Some(buckets) = &values.native {
        native(out, buckets);
    }
    optional(out, 15, created, timestamp);
    if values.native.is_some() {
        for one in &values.exemplars {
            message(out, 16, |message| exemplar(message, one));
        }
    }
}

fn classic(out: &mut Vec<u8>, values: &Histogram) {
    let mut exemplars = values.exemplars.as_slice();
    let mut cumulative: u64 = 0;
    for &(upper_bound, count) in &values.classic {
        cumulative = cumulative.saturating_add(count);
        message(out, 3, |bucket| {
            unsigned(bucket, 1, cumulative);
            double(bucket, 2, upper_bound);
            optional(bucket, 3, take_up_to(&mut exemplars, upper_bound), exemplar);
        });
    }
}

fn native(out: &mut Vec<u8>, buckets: &NativeBuckets) {
    signed(out, 5, buckets.schema.into());
    double(out, 6, buckets.zero_threshold);
    unsigned(out, 7, buckets.zero_count);
    for (offset, length) in spans(&buckets.positive) {
        message(out, 12, |span| {
            signed(span, 1, offset.into());
            unsigned(span, 2, length.into());
        });
    }
    if !buckets.positive.is_empty() {
        message(out, 13, |deltas| {
            let mut previous: u64 = 0;
            for &(_, count) in &buckets.positive {
                zigzag(deltas, count.wrapping_sub(previous).cast_signed());
                previous = count;
            }
        });
    }
}

/// Runs of neighbouring buckets, each as what lies between the one before and it, and how many they are.
fn spans(positive: &[(i32, u64)]) -> impl Iterator<Item = (i32, u32)> {
    // One past the last bucket of the run before.
    let mut next: i32 = 0;
    let runs = positive.chunk_by(|(one, _), (other, _)| one.checked_add(1) == Some(*other));
    let spans = runs.map(move |run| {
        let offset = run[0].0.saturating_sub(next);
        next = run[run.len() - 1].0.saturating_add(1);
        (offset, run.len() as u32)
    });
    // Without any span a histogram with nothing observed would be taken for a classic one.
    spans.chain(positive.is_empty().then_some((0, 0)))
}

fn exemplar(out: &mut Vec<u8>, exemplar: &Exemplar) {
    let mut digits = uuid::Uuid::encode_buffer();
    label(out, "trace_id", exemplar.trace_id.simple().encode_lower(&mut digits));
    double(out, 2, exemplar.value);
    message(out, 3, |at| timestamp(at, exemplar.at));
}

fn timestamp(out: &mut Vec<u8>, timestamp: Timestamp) {
    let (seconds, nanoseconds) = parts(timestamp);
    unsigned(out, 1, seconds.cast_unsigned());
    unsigned(out, 2, nanoseconds);
}

/// Seconds and nanoseconds, clamped to the years 1 to 9999, all that the message may hold.
fn parts(timestamp: Timestamp) -> (i64, u64) {
    const FIRST: i64 = -62_135_596_800_000_000;
    const LAST: i64 = 253_402_300_799_999_999;
    let microseconds = timestamp.0.clamp(FIRST, LAST);
    (microseconds.div_euclid(1_000_000), microseconds.rem_euclid(1_000_000).cast_unsigned() * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_buckets_share_a_span_and_a_gap_starts_another() {
        let spans: Vec<_> = spans(&[(-3, 5), (-2, 7), (1, 2), (2, 2)]).collect();
        assert_eq!(spans, [(-3, 2), (2, 2)]);
    }

    #[test]
    fn a_native_histogram_without_observations_has_one_empty_span() {
        assert_eq!(spans(&[]).collect::<Vec<_>>(), [(0, 0)]);
    }

    #[test]
    fn the_extreme_bucket_indexes_do_not_overflow() {
        let spans: Vec<_> = spans(&[(i32::MIN, 1), (i32::MAX, u64::MAX)]).collect();
        assert_eq!(spans, [(i32::MIN, 1), (i32::MAX, 1)]);
    }

    #[test]
    fn timestamps_keep_their_microseconds_before_the_epoch_too_and_stop_at_the_year_9999() {
        let parts = |microseconds| parts(Timestamp(microseconds));
        assert_eq!(parts(1_700_000_000_123_456), (1_700_000_000, 123_456_000));
        assert_eq!(parts(-1), (-1, 999_999_000));
        assert_eq!(parts(i64::MAX), (253_402_300_799, 999_999_000));
        assert_eq!(parts(i64::MIN), (-62_135_596_800, 0));
    }
}
