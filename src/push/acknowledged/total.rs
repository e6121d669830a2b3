//! A total as it was acknowledged, and what was added since. Knows no names and no times of intervals.

use serde::{Deserialize, Serialize};

use crate::config::HistogramKind;
use crate::record::Timestamp;
use crate::snapshot::{Exemplar, Histogram, NativeBuckets, Value};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Total {
    Counter(f64),
    Explicit { count: u64, sum: f64, buckets: Vec<(f64, u64)> },
    Exponential { count: u64, sum: f64, buckets: NativeBuckets },
}

/// What became of a total.
#[derive(Debug)]
pub(super) enum Change {
    None,
    /// What was added.
    Grown(Value),
    /// It began anew: a part of it is less than it was, or it is counted in other buckets, which starts it at
    /// zero.
    Fallen,
    /// There is no saying; the other kind of buckets was acknowledged.
    Incomparable,
}

impl Total {
    /// Whether `value` has a total with buckets of `kind`.
    pub(super) fn exists(value: &Value, kind: HistogramKind) -> bool {
        match (value, kind) {
            (Value::Gauge(_), _) => false,
            (Value::Counter { total, .. }, _) => total.is_finite(),
            (Value::Histogram(histogram), HistogramKind::Explicit) => !histogram.classic.is_empty(),
            (Value::Histogram(histogram), HistogramKind::Exponential) => histogram.native.is_some(),
        }
    }

    /// The total of `value`, with buckets of `kind` alone; `None` where `exists` is false.
    pub(super) fn of(value: &Value, kind: HistogramKind) -> Option<Self> {
        if !Self::exists(value, kind) {
            return None;
        }
        match (value, kind) {
            (Value::Gauge(_), _) => None,
            (Value::Counter { total, .. }, _) => Some(Self::Counter(*total)),
            (Value::Histogram(histogram), HistogramKind::Explicit) => {
                let buckets = histogram.classic.clone();
                Some(Self::Explicit { count: histogram.count, sum: histogram.sum, buckets })
            }
            (Value::Histogram(histogram), HistogramKind::Exponential) => {
                let buckets = histogram.native.clone()?;
                Some(Self::Exponential { count: histogram.count, sum: histogram.sum, buckets })
            }
        }
    }

    /// What `now` has more than `self`, which was acknowledged at `at`. Exemplars are those of later
    /// observations that are in the change.
    pub(super) fn change(&self, now: &Value, kind: HistogramKind, at: Timestamp) -> Change {
        match (self, now, kind) {
            (Self::Counter(before), Value::Counter { total, exemplar }, _) => {
                counter(*before, *total, exemplar.filter(|exemplar| exemplar.at > at))
            }
            (
                Self::Explicit { count, sum, buckets },
                Value::Histogram(histogram),
                HistogramKind::Explicit,
            ) => explicit((*count, *sum, buckets), histogram, at),
            (
                Self::Exponential { count, sum, buckets },
                Value::Histogram(histogram),
                HistogramKind::Exponential,
            ) => match &histogram.native {
                Some(now) if now.zero_threshold == buckets.zero_threshold => {
                    exponential((*count, *sum, buckets), histogram, now, at)
                }
                _ => Change::Incomparable,
            },
            _ => Change::Incomparable,
        }
    }
}

fn counter(before: f64, now: f64, exemplar: Option<Exemplar>) -> Change {
    if now > before {
        Change::Grown(Value::Counter { total: now - before, exemplar })
    } else if now == before {
        Change::None
    } else {
        Change::Fallen
    }
}

fn explicit(before: (u64, f64, &[(f64, u64)]), now: &Histogram, at: Timestamp) -> Change {
    let (count, sum, buckets) = before;
    let same_bounds = buckets.len() == now.classic.len()
        && buckets.iter().zip(&now.classic).all(|((before, _), (now, _))| before == now);
    if !same_bounds {
        return Change::Fallen;
    }
    let added = now.classic.iter().zip(buckets);
    let added = added.map(|((bound, now), (_, before))| Some((*bound, now.checked_sub(*before)?)));
    let (Some(classic), Some(count)) = (added.collect::<Option<Vec<_>>>(), now.count.checked_sub(count))
    else {
        return Change::Fallen;
    };
    let is_new = |exemplar: &&Exemplar| {
        let bucket = classic.partition_point(|(bound, _)| *bound < exemplar.value);
        exemplar.at > at && classic.get(bucket).is_some_and(|(_, count)| *count > 0)
    };
    let exemplars = now.exemplars.iter().filter(is_new).copied().collect();
    if count == 0 && classic.iter().all(|(_, count)| *count == 0) {
        return Change::None;
    }
    grown(Histogram { count, sum: now.sum - sum, classic, native: None, exemplars })
}

fn exponential(
    before: (u64, f64, &NativeBuckets),
    now: &Histogram,
    now_buckets: &NativeBuckets,
    at: Timestamp,
) -> Change {
    let (count, sum, buckets) = before;
    let (Some(native), Some(count)) = (subtract(now_buckets, buckets), now.count.checked_sub(count)) else {
        return Change::Fallen;
    };
    if count == 0 && native.zero_count == 0 && native.positive.is_empty() {
        return Change::None;
    }
    let is_new = |exemplar: &&Exemplar| exemplar.at > at && holds(&native, exemplar.value);
    let exemplars = now.exemplars.iter().filter(is_new).copied().collect();
    grown(Histogram { count, sum: now.sum - sum, classic: Vec::new(), native: Some(native), exemplars })
}

fn grown(histogram: Histogram) -> Change {
    Change::Grown(Value::Histogram(histogram.into()))
}

/// `None` if a bucket fell, or if `now` is finer than `before`, which only a histogram that began anew can
/// be.
fn subtract(now: &NativeBuckets, before: &NativeBuckets) -> Option<NativeBuckets> {
    if before.schema < now.schema {
        return None;
    }
    let mut before = before.clone();
    while before.schema > now.schema {
        before.coarsen();
    }
    let zero_count = now.zero_count.checked_sub(before.zero_count)?;
    let mut earlier = before.positive.iter().copied().peekable();
    let mut positive = Vec::new();
    for &(index, count) in &now.positive {
        let taken = earlier.next_if(|(earlier, _)| *earlier == index).map_or(0, |(_, count)| count);
        let added = count.checked_sub(taken)?;
        if added > 0 {
            positive.push((index, added));
        }
    }
    // What is left has no bucket any more.
    if earlier.next().is_some() {
        return None;
    }
    Some(NativeBuckets { schema: now.schema, zero_count, zero_threshold: now.zero_threshold, positive })
}

/// Whether the bucket of `value` is not empty.
fn holds(buckets: &NativeBuckets, value: f64) -> bool {
    if value <= buckets.zero_threshold {
        return buckets.zero_count > 0;
    }
    // A value outside the range of indexes saturates, and finds nothing.
    let index = (value.log2() * f64::from(buckets.schema).exp2()).ceil() as i32;
    buckets.positive.binary_search_by_key(&index, |(index, _)| *index).is_ok()
}
