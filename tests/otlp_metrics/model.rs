//! Series that grow, fall and are created again, and the ledger of what a destination is owed of each.
//! Observations are multiples of a quarter, so that sums are exact in whatever order they are made.

use std::sync::Arc;

use cloacina_exporter::record::Timestamp;
use cloacina_exporter::snapshot::{
    Description, Family, Histogram, Kind, Labels, NativeBuckets, Series, Snapshot, Unit, Value,
};

pub const VALUES: [f64; 7] = [0.0, 0.25, 0.75, 1.5, 3.0, 100.0, 5000.0];
const BOUNDS: [f64; 4] = [0.5, 1.0, 50.0, f64::INFINITY];
/// At half this resolution, 1.5 and 3 fall into one bucket.
pub const FINEST: i8 = 0;

static COUNTER: Description = description("test_work_total", "test.work", Kind::Counter);
static HISTOGRAM: Description = description("test_time_seconds", "test.time", Kind::Histogram);

const fn description(name: &'static str, otlp_name: &'static str, kind: Kind) -> Description {
    Description { name, otlp_name, help: "", kind, unit: Unit::Seconds, labels: &["case"] }
}

/// How often each of `VALUES` was observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Observed(pub [u64; VALUES.len()]);

impl Observed {
    pub fn add(&mut self, other: Self) {
        for (own, other) in self.0.iter_mut().zip(other.0) {
            *own += other;
        }
    }

    pub fn count(&self) -> u64 {
        self.0.iter().sum()
    }

    pub fn sum(&self) -> f64 {
        self.0.iter().zip(VALUES).map(|(count, value)| *count as f64 * value).sum()
    }

    pub fn classic(&self) -> Vec<(f64, u64)> {
        let mut buckets = BOUNDS.map(|bound| (bound, 0)).to_vec();
        for (count, value) in self.0.iter().zip(VALUES) {
            buckets.iter_mut().find(|(bound, _)| value <= *bound).unwrap().1 += count;
        }
        buckets
    }

    /// Zero has its own count, and no bucket.
    pub fn native(&self, schema: i8) -> Vec<(i32, u64)> {
        let mut buckets: Vec<(i32, u64)> = Vec::new();
        for (count, value) in self.0.iter().zip(VALUES).skip(1).filter(|(count, _)| **count > 0) {
            let index = (value.log2() * f64::from(schema).exp2()).ceil() as i32;
            match buckets.last_mut() {
                Some((last, sum)) if *last == index => *sum += count,
                _ => buckets.push((index, *count)),
            }
        }
        buckets
    }
}

/// One series, and where each of its observations went.
#[derive(Debug, Clone)]
pub struct Tracked {
    pub is_counter: bool,
    pub total: Observed,
    pub schema: i8,
    pub created: Timestamp,
    pub backfilled: bool,
    /// Observed since the last acknowledgement.
    pub pending: Observed,
    /// The next export makes a baseline of the total: what is pending is not to be sent.
    pub baseline_due: bool,
    /// Start of the next interval.
    pub since: Timestamp,
    /// A total of it was acknowledged since it was created, or is a baseline.
    pub is_known: bool,
    /// All that was ever observed; what of it is neither delivered nor pending was not to be sent, or was
    /// rejected.
    pub observed: Observed,
    pub delivered: Observed,
    pub withheld: Observed,
    pub rejected: Observed,
    /// Delivered by exports of which no answer came, and again by the next.
    pub doubled: Observed,
}

impl Tracked {
    pub fn new(is_counter: bool, created: Timestamp) -> Self {
        let none = Observed::default();
        Self {
            is_counter,
            total: none,
            schema: FINEST,
            created,
            backfilled: false,
            pending: none,
            baseline_due: false,
            since: created,
            is_known: false,
            observed: none,
            delivered: none,
            withheld: none,
            rejected: none,
            doubled: none,
        }
    }

    pub fn observe(&mut self, value: usize, count: u64) {
        let mut observed = Observed::default();
        observed.0[value] = count;
        self.total.add(observed);
        self.pending.add(observed);
        self.observed.add(observed);
    }

    pub fn created_again(&mut self, at: Timestamp, history: Option<Observed>) {
        self.withhold();
        self.created = at;
        self.since = self.since.max(at);
        self.schema = FINEST;
        self.is_known = false;
        self.backfilled = history.is_some();
        self.baseline_due = self.backfilled;
        self.total = history.unwrap_or_default();
        self.pending = self.total;
        self.observed.add(self.total);
    }

    /// Falls to nothing without being created again; whether it could.
    pub fn fall(&mut self) -> bool {
        let acknowledged = self.total.sum() - self.pending.sum();
        if !self.is_known || acknowledged == 0.0 {
            return false;
        }
        self.withhold();
        self.total = Observed::default();
        self.baseline_due |= self.backfilled;
        true
    }

    /// What is pending will never be sent.
    pub fn withhold(&mut self) {
        self.withheld.add(std::mem::take(&mut self.pending));
    }

    pub fn expects_nothing(&self) -> bool {
        let nothing = if self.is_counter { self.pending.sum() == 0.0 } else { self.pending.count() == 0 };
        self.is_known && nothing
    }

    fn value(&self) -> Value {
        if self.is_counter {
            return Value::Counter { total: self.total.sum(), exemplar: None };
        }
        let native = NativeBuckets {
            schema: self.schema,
            zero_count: self.total.0[0],
            zero_threshold: 0.001,
            positive: self.total.native(self.schema),
        };
        Value::Histogram(Arc::new(Histogram {
            count: self.total.count(),
            sum: self.total.sum(),
            classic: self.total.classic(),
            native: Some(native),
            exemplars: Vec::new(),
        }))
    }
}

/// Series of the same kind stand together; their label is their index.
pub fn snapshot(tracked: &[Tracked]) -> Snapshot {
    let family = |description: &'static Description, is_counter| {
        let ours = tracked.iter().enumerate().filter(|(_, tracked)| tracked.is_counter == is_counter);
        let series = ours.map(|(index, tracked)| Series {
            labels: Labels::new(description.labels, [Arc::from(index.to_string())]),
            value: tracked.value(),
            created: Some(tracked.created),
            backfilled: tracked.backfilled,
        });
        Family { description, series: series.collect() }
    };
    let families = vec![family(&COUNTER, true), family(&HISTOGRAM, false)];
    Snapshot { sequence: 1, taken_at: Timestamp(0), families }
}
