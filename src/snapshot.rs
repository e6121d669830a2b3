//! What encoders read: an immutable picture of every metric family, swapped whole behind one `Arc`.
//!
//! Knows nothing of Cloacina, and does not render pages; only the label block of a series is rendered here, once, since
//! every page needs it in the same form.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::record::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Gauge,
    Counter,
    Histogram,
    /// A gauge whose value is always 1; an `info` family in OpenMetrics.
    Info,
}

/// Unit of a family; the name's suffix says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    None,
    Seconds,
    /// Seconds since the epoch, of a gauge that says when.
    UnixTime,
    Bytes,
    Executions,
    Tasks,
    Events,
    Fires,
}

/// The static side of a metric family.
#[derive(Debug, Clone, Copy)]
pub struct Description {
    /// The Prometheus name in full, with `_total` for counters and `_info` for infos.
    pub name: &'static str,
    /// The OpenTelemetry name.
    pub otlp_name: &'static str,
    pub help: &'static str,
    pub kind: Kind,
    pub unit: Unit,
    pub labels: &'static [&'static str],
}

impl Description {
    /// The OpenTelemetry name of the age that goes with an instant, for receivers whose queries know no clock; `None` of
    /// anything but an instant.
    pub fn age_name(&self) -> Option<String> {
        let stem = self.otlp_name.strip_suffix(".timestamp")?;
        (self.unit == Unit::UnixTime).then(|| format!("{stem}.age"))
    }
}

#[derive(Debug)]
pub struct Snapshot {
    /// Grows by one with each snapshot of this process, from 1.
    pub sequence: u64,
    /// The exporter's clock when it was taken.
    pub taken_at: Timestamp,
    /// In the catalogue's order; families without series are left out.
    pub families: Vec<Family>,
}

impl Snapshot {
    /// The series with the label `name` that have a value of it that is kept, with all else as it was.
    pub fn with_label(&self, name: &str, keeps: impl Fn(&str) -> bool) -> Self {
        let shown =
            |series: &&Series| series.labels.pairs().any(|(label, value)| label == name && keeps(value));
        let family = |family: &Family| Family {
            description: family.description,
            series: family.series.iter().filter(shown).cloned().collect(),
        };
        let families = self.families.iter().map(family).filter(|family| !family.series.is_empty());
        Self { sequence: self.sequence, taken_at: self.taken_at, families: families.collect() }
    }
}

#[derive(Debug)]
pub struct Family {
    pub description: &'static Description,
    pub series: Vec<Series>,
}

#[derive(Debug, Clone)]
pub struct Series {
    pub labels: Labels,
    pub value: Value,
    /// When a counter or histogram began.
    pub created: Option<Timestamp>,
    /// It began with what had happened before, not at 0.
    pub backfilled: bool,
}

#[derive(Debug, Clone)]
pub enum Value {
    Gauge(f64),
    Counter { total: f64, exemplar: Option<Exemplar> },
    Histogram(Arc<Histogram>),
}

/// The last observation that fell into a bucket, or the last increment of a counter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exemplar {
    /// The execution, which is also the id of its trace.
    pub trace_id: Uuid,
    /// Seconds for histograms, 1 for counters.
    pub value: f64,
    pub at: Timestamp,
}

/// A ready-made histogram, with classic or native buckets or both.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Histogram {
    pub count: u64,
    pub sum: f64,
    /// Upper bounds (ascending, the last one infinite) and the count of each bucket alone; empty if classic is off.
    pub classic: Vec<(f64, u64)>,
    pub native: Option<NativeBuckets>,
    /// At most one for each classic bucket, in ascending order of value.
    pub exemplars: Vec<Exemplar>,
}

/// Exponential buckets: index `i` covers `(base^(i-1), base^i]` with `base = 2^(2^-schema)`, as Prometheus counts them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct NativeBuckets {
    pub schema: i8,
    /// Observations at or below `zero_threshold`.
    pub zero_count: u64,
    pub zero_threshold: f64,
    /// Ascending by index, no zero counts.
    pub positive: Vec<(i32, u64)>,
}

impl NativeBuckets {
    /// Halves the resolution: with the base squared, `2j-1` and `2j` become `j`.
    pub fn coarsen(&mut self) {
        self.schema = self.schema.saturating_sub(1);
        for (index, _) in &mut self.positive {
            // The half, rounded up, without a sum that could overflow.
            *index -= index.div_euclid(2);
        }
        self.positive.dedup_by(|(index, count), (kept, sum)| {
            let same = index == kept;
            if same {
                *sum = sum.saturating_add(*count);
            }
            same
        });
    }
}

/// The labels of a series, cheap to clone, compared by value.
#[derive(Clone)]
pub struct Labels(Arc<LabelsInner>);

struct LabelsInner {
    names: &'static [&'static str],
    values: Box<[Arc<str>]>,
    block: Box<str>,
    /// Whether nothing is escaped in the block.
    is_plain: bool,
}

impl Labels {
    /// Pairs `names` with `values`. Both must be of the same length, which the catalogue's tests check.
    pub fn new(names: &'static [&'static str], values: impl Into<Box<[Arc<str>]>>) -> Self {
        let values = values.into();
        debug_assert_eq!(names.len(), values.len(), "labels {names:?}");
        let block = render_block(names, &values);
        let is_plain = !block.contains('\\');
        Self(Arc::new(LabelsInner { names, values, block, is_plain }))
    }

    pub fn none() -> Self {
        Self::new(&[], [])
    }

    pub fn pairs(&self) -> impl ExactSizeIterator<Item = (&'static str, &Arc<str>)> {
        self.0.names.iter().copied().zip(self.0.values.iter())
    }

    /// Whether these are the values, in the order of the names.
    pub fn have_values(&self, values: &[&str]) -> bool {
        if self.0.values.len() != values.len() {
            return false;
        }
        if self.0.is_plain {
            return has_block_values(&self.0.block, self.0.names, values);
        }
        self.0.values.iter().zip(values).all(|(own, other)| **own == **other)
    }

    /// `name="value",…` with values escaped as both text formats want, without braces; empty if there are none.
    pub fn block(&self) -> &str {
        &self.0.block
    }
}

impl PartialEq for Labels {
    fn eq(&self, other: &Self) -> bool {
        self.0.block == other.0.block
    }
}

impl Eq for Labels {}

impl fmt::Debug for Labels {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{{{}}}", self.block())
    }
}

/// As `Labels::have_values`, where nothing is escaped: of all that labels consist of the block alone is looked at, since it
/// lies in one place, and this is asked of every series of each snapshot. From its end, since the last value differs soonest
/// between neighbours.
fn has_block_values(block: &str, names: &[&str], values: &[&str]) -> bool {
    let block = block.as_bytes();
    let mut end = block.len();
    names.iter().zip(values).rev().all(|(name, value)| {
        // Of `name="value"`, with a comma before it unless it is the first, the value alone can differ; a shorter or longer one
        // does not begin after a quote.
        let begin = end.saturating_sub(value.len() + 1);
        let is_same = block[..begin].ends_with(b"=\"") && block[begin..].starts_with(value.as_bytes());
        end = begin.saturating_sub(name.len() + 3);
        is_same
    })
}

fn render_block(names: &[&str], values: &[Arc<str>]) -> Box<str> {
    let mut block = String::new();
    for (name, value) in names.iter().zip(values) {
        if !block.is_empty() {
            block.push(',');
        }
        block.push_str(name);
        block.push_str("=\"");
        for character in value.chars() {
            match character {
                '\\' => block.push_str("\\\\"),
                '"' => block.push_str("\\\""),
                '\n' => block.push_str("\\n"),
                other => block.push(other),
            }
        }
        block.push('"');
    }
    block.into_boxed_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_backslashes_and_newlines_in_label_values_are_escaped() {
        let labels = Labels::new(&["workflow", "task"], [Arc::from("a\"b\\c\nd"), Arc::from("é")]);
        assert_eq!(labels.block(), r#"workflow="a\"b\\c\nd",task="é""#);
    }

    #[test]
    fn at_half_the_resolution_two_buckets_become_the_one_that_covers_both() {
        let positive = vec![(i32::MIN, 1), (-1, 2), (0, 3), (1, 4), (2, 5), (3, 6), (i32::MAX, 7)];
        let mut buckets = NativeBuckets { schema: 3, positive, ..Default::default() };
        buckets.coarsen();
        let wanted = vec![(i32::MIN / 2, 1), (0, 5), (1, 9), (2, 6), (i32::MAX / 2 + 1, 7)];
        assert_eq!(buckets, NativeBuckets { schema: 2, positive: wanted, ..Default::default() });
    }

    #[test]
    fn series_without_the_label_or_with_other_values_and_families_left_empty_are_not_kept() {
        static BOTH: Description = Description {
            name: "both",
            otlp_name: "",
            help: "",
            kind: Kind::Gauge,
            unit: Unit::None,
            labels: &["tenant", "task"],
        };
        static NONE: Description = Description { name: "none", labels: &[], ..BOTH };
        let series = |labels| Series { labels, value: Value::Gauge(1.0), created: None, backfilled: false };
        let of = |tenant: &str| series(Labels::new(BOTH.labels, [Arc::from(tenant), Arc::from("a")]));
        let families = vec![
            Family { description: &NONE, series: vec![series(Labels::none())] },
            Family { description: &BOTH, series: vec![of("a"), of("b")] },
        ];
        let snapshot = Snapshot { sequence: 7, taken_at: Timestamp(9), families };
        let kept = |tenant: &str| {
            let part = snapshot.with_label("tenant", |value| value == tenant);
            assert_eq!((part.sequence, part.taken_at), (7, Timestamp(9)));
            let blocks = part.families.iter().flat_map(|family| &family.series);
            blocks.map(|series| series.labels.block().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(kept("b"), [r#"tenant="b",task="a""#]);
        assert_eq!(kept("c"), [""; 0]);
    }

    #[test]
    fn only_an_instant_has_an_age() {
        let description = |otlp_name, unit| Description {
            name: "",
            otlp_name,
            help: "",
            kind: Kind::Gauge,
            unit,
            labels: &[],
        };
        assert_eq!(description("a.b.timestamp", Unit::UnixTime).age_name().as_deref(), Some("a.b.age"));
        assert_eq!(description("a.b.timestamp", Unit::Seconds).age_name(), None);
        assert_eq!(description("a.timestamp.b", Unit::UnixTime).age_name(), None);
    }

    #[test]
    fn labels_have_their_own_values_and_no_others() {
        let labels = |values: [&str; 2]| Labels::new(&["a", "ab"], values.map(Arc::from));
        let all = ["", "x", "xy", "y", "=\"x", "x\",ab=\"x", "a", "x\ny", "x\\ny", "\\", "\\\\", "é"];
        let pairs: Vec<[&str; 2]> = all.iter().flat_map(|a| all.map(|b| [*a, b])).collect();
        for own in &pairs {
            for other in &pairs {
                assert_eq!(labels(*own).have_values(other), own == other, "{own:?} {other:?}");
            }
        }
        assert!(!labels(["x", "y"]).have_values(&["y"]));
        assert!(Labels::none().have_values(&[]));
    }

    #[test]
    fn no_labels_render_as_an_empty_block() {
        assert_eq!(Labels::none().block(), "");
    }
}
