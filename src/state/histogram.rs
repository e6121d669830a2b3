//! Counters and histograms of one series, as they are kept: exact integers, folded from observations.
//!
//! Does not know what is observed, nor how it is written; `catalogue` turns these into snapshot values.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Moment;
use crate::config::Histograms;
use crate::record::{Span, Timestamp};
use crate::snapshot;

/// Resolution of a fresh native histogram: `base = 2^(2^-3)`, buckets 9 % wide.
const FINEST_SCHEMA: i8 = 3;
/// A native histogram that would need more buckets halves its resolution, as Prometheus does.
const MAX_NATIVE_BUCKETS: usize = 160;
/// Observations at or below this are zero; the value client libraries use.
const ZERO_THRESHOLD: f64 = 2.938_735_877_055_719e-39;

/// When a series began, and which snapshot shows it first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Birth {
    pub at: Timestamp,
    /// The sequence of the first snapshot that shows the series; 0 for series that were restored or backfilled.
    #[serde(skip)]
    pub sequence: u64,
    /// The series began with history that a backfill counted, not at 0.
    pub backfilled: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Counter {
    pub total: u64,
    pub birth: Birth,
    exemplar: Option<(Uuid, Timestamp)>,
}

impl Counter {
    pub fn new(moment: Moment) -> Self {
        Self { total: 0, birth: moment.birth(), exemplar: None }
    }

    pub fn add(&mut self, count: u64) {
        self.total = self.total.saturating_add(count);
    }

    /// Counts one transition of `execution`, at `at`.
    pub fn increment(&mut self, execution: Uuid, at: Timestamp) {
        self.add(1);
        self.exemplar = Some((execution, at));
    }

    pub fn exemplar(&self) -> Option<snapshot::Exemplar> {
        self.exemplar.map(|(trace_id, at)| snapshot::Exemplar { trace_id, value: 1.0, at })
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    pub birth: Birth,
    count: u64,
    /// Microseconds, so that the sum does not depend on the order of observations.
    sum: i64,
    /// One count for each bound and one beyond the last.
    classic: Vec<u64>,
    schema: i8,
    zero_count: u64,
    native: BTreeMap<i32, u64>,
    /// By classic bucket: the last observation in it.
    exemplars: BTreeMap<u32, (Span, Uuid, Timestamp)>,
}

impl Histogram {
    pub fn new(moment: Moment) -> Self {
        Self {
            birth: moment.birth(),
            count: 0,
            sum: 0,
            classic: Vec::new(),
            schema: FINEST_SCHEMA,
            zero_count: 0,
            native: BTreeMap::new(),
            exemplars: BTreeMap::new(),
        }
    }

    /// The same series before its first observation.
    pub fn emptied(&self) -> Self {
        Self { birth: self.birth, ..Self::new(Moment::default()) }
    }

    /// Observations so far. As long as it stays the same, and `birth` too, so does all else.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Adds `span`, which ended at `at`. Clocks of several runners may make it negative: that counts as zero.
    pub fn observe(&mut self, span: Span, execution: Uuid, at: Timestamp, bounds: &[f64]) {
        let span = span.max(Span::ZERO);
        let seconds = span.seconds();
        let bucket = bounds.partition_point(|bound| *bound < seconds);
        self.classic.resize(bounds.len() + 1, 0);
        self.classic[bucket] += 1;
        self.count += 1;
        self.sum = self.sum.saturating_add(span.0);
        self.observe_native(seconds);
        // Bounded by the validated number of buckets (50).
        self.exemplars.insert(bucket as u32, (span, execution, at));
    }

    fn observe_native(&mut self, seconds: f64) {
        if seconds <= ZERO_THRESHOLD {
            self.zero_count += 1;
            return;
        }
        let index = (seconds.log2() * f64::from(1_u32 << self.schema)).ceil() as i32;
        *self.native.entry(index).or_insert(0) += 1;
        while self.native.len() > MAX_NATIVE_BUCKETS && self.schema > 0 {
            self.halve_resolution();
        }
    }

    /// Bucket `i` covers `(base^(i-1), base^i]`; with the base squared, `2j-1` and `2j` become `j`.
    fn halve_resolution(&mut self) {
        self.schema -= 1;
        let mut coarser = BTreeMap::new();
        for (index, count) in &self.native {
            *coarser.entry(index.div_euclid(2) + index.rem_euclid(2)).or_insert(0) += count;
        }
        self.native = coarser;
    }

    pub fn snapshot(&self, kind: Histograms, bounds: &[f64]) -> Arc<snapshot::Histogram> {
        let classic = matches!(kind, Histograms::Classic | Histograms::Both);
        let native = matches!(kind, Histograms::Native | Histograms::Both);
        let upper = bounds.iter().copied().chain([f64::INFINITY]);
        let counts = self.classic.iter().copied().chain(std::iter::repeat(0));
        Arc::new(snapshot::Histogram {
            count: self.count,
            sum: Span(self.sum).seconds(),
            classic: if classic { upper.zip(counts).collect() } else { Vec::new() },
            native: native.then(|| snapshot::NativeBuckets {
                schema: self.schema,
                zero_count: self.zero_count,
                zero_threshold: ZERO_THRESHOLD,
                positive: self.native.iter().map(|(index, count)| (*index, *count)).collect(),
            }),
            exemplars: self
                .exemplars
                .values()
                .map(|(span, trace_id, at)| snapshot::Exemplar {
                    trace_id: *trace_id,
                    value: span.seconds(),
                    at: *at,
                })
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: &[f64] = &[0.1, 1.0];

    fn observed(spans: &[i64]) -> snapshot::Histogram {
        let mut histogram = Histogram::new(Moment::default());
        for micros in spans {
            histogram.observe(Span(*micros), Uuid::nil(), Timestamp(0), BOUNDS);
        }
        Arc::unwrap_or_clone(histogram.snapshot(Histograms::Both, BOUNDS))
    }

    #[test]
    fn a_value_equal_to_a_bound_falls_into_its_bucket() {
        let histogram = observed(&[100_000, 100_001, 1_000_000, 1_000_001]);
        assert_eq!(histogram.classic, [(0.1, 1), (1.0, 2), (f64::INFINITY, 1)]);
        assert_eq!((histogram.count, histogram.sum), (4, 2.200_002));
    }

    #[test]
    fn nothing_observed_still_has_all_classic_buckets() {
        assert_eq!(observed(&[]).classic, [(0.1, 0), (1.0, 0), (f64::INFINITY, 0)]);
    }

    #[test]
    fn a_negative_span_counts_as_zero() {
        let histogram = observed(&[-5]);
        assert_eq!((histogram.sum, histogram.native.map(|native| native.zero_count)), (0.0, Some(1)));
    }

    #[test]
    fn native_buckets_include_their_upper_bound() {
        let native = observed(&[1_000_000, 2_000_000, 2_000_001]).native.unwrap();
        assert_eq!((native.schema, native.positive), (3, vec![(0, 1), (8, 1), (9, 1)]));
    }

    #[test]
    fn too_many_native_buckets_halve_the_resolution_and_keep_the_count() {
        let spans: Vec<i64> =
            (0..62).flat_map(|bit| [1_i64 << bit, (1_i64 << bit) / 5 * 6, (1_i64 << bit) / 5 * 7]).collect();
        let native = observed(&spans).native.unwrap();
        assert_eq!(native.schema, 1);
        assert!(native.positive.len() <= MAX_NATIVE_BUCKETS);
        let total: u64 = native.positive.iter().map(|(_, count)| count).sum();
        assert_eq!(total + native.zero_count, spans.len() as u64);
    }
}
