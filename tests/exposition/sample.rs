//! The hand-made snapshot.

use std::sync::Arc;

use cloacina_exporter::record::Timestamp;
use cloacina_exporter::snapshot::{
    Description, Exemplar, Family, Histogram, Kind, Labels, NativeBuckets, Series, Snapshot, Unit, Value,
};
use uuid::Uuid;

pub const CREATED: Timestamp = Timestamp(1_700_000_000_250_000);
pub const WORKFLOW: &str = "a \"quoted\" \\ name\nof two lines, é";
pub const TRACE: &str = "0123456789abcdef0123456789abcdef";

macro_rules! description {
    ($name:ident, $text:literal, $kind:ident, $unit:ident, $labels:expr, $help:literal) => {
        pub static $name: Description = Description {
            name: $text,
            otlp_name: $text,
            help: $help,
            kind: Kind::$kind,
            unit: Unit::$unit,
            labels: $labels,
        };
    };
}

description!(GAUGE, "test_level", Gauge, None, &["case"], "Values of every form.");
description!(AGE, "test_age_seconds", Gauge, Seconds, &[], "Help with \"quotes\", a \\ and\na second line.");
description!(
    EXECUTIONS,
    "test_executions_total",
    Counter,
    Executions,
    &["workflow"],
    "Executions that ended."
);
description!(FAILURES, "test_failures_total", Counter, Tasks, &[], "The unit is not in the name.");
description!(BUILD, "test_build_info", Info, None, &["version"], "The version.");
description!(DURATION, "test_duration_seconds", Histogram, Seconds, &["status"], "Durations.");
description!(SIZE, "test_size_bytes", Histogram, Bytes, &[], "A histogram without labels.");

pub fn exemplar(value: f64) -> Exemplar {
    Exemplar { trace_id: Uuid::parse_str(TRACE).unwrap(), value, at: Timestamp(1_700_000_100_123_456) }
}

pub fn labels(description: &Description, value: &str) -> Labels {
    Labels::new(description.labels, [Arc::from(value)])
}

pub fn native(positive: Vec<(i32, u64)>, zero_count: u64) -> NativeBuckets {
    NativeBuckets { schema: 3, zero_count, zero_threshold: 0.001, positive }
}

pub fn gauge(labels: Labels, value: f64) -> Series {
    Series { labels, value: Value::Gauge(value), created: None, backfilled: false }
}

pub fn counter(labels: Labels, total: f64, exemplar: Option<Exemplar>, created: Option<Timestamp>) -> Series {
    Series { labels, value: Value::Counter { total, exemplar }, created, backfilled: false }
}

pub fn histogram(labels: Labels, histogram: Histogram) -> Series {
    Series { labels, value: Value::Histogram(Arc::new(histogram)), created: Some(CREATED), backfilled: false }
}

pub fn levels() -> Vec<Series> {
    let cases = [
        ("zero", 0.0),
        ("whole", 42.0),
        ("negative", -7.0),
        ("fraction", 0.1),
        ("instant", 1_700_000_000.123_456),
        ("huge", 1e300),
        ("tiny", 5e-324),
        ("infinite", f64::INFINITY),
        ("minus infinite", f64::NEG_INFINITY),
        ("not a number", f64::NAN),
    ];
    cases.map(|(case, value)| gauge(labels(&GAUGE, case), value)).to_vec()
}

pub fn durations() -> Vec<Series> {
    let both = Histogram {
        count: 9,
        sum: 1_200_000.75,
        classic: vec![(0.5, 2), (1.0, 0), (86_400.0, 3), (1_000_000.0, 3), (f64::INFINITY, 1)],
        native: Some(native(vec![(-8, 2), (-7, 1), (20, 4)], 2)),
        exemplars: vec![exemplar(0.25), exemplar(86_400.0), exemplar(2e6)],
    };
    let classic = Histogram {
        count: 1,
        sum: 0.5,
        classic: vec![(0.5, 1), (f64::INFINITY, 0)],
        native: None,
        exemplars: vec![],
    };
    let native_only = Histogram {
        count: 3,
        sum: 4.5,
        classic: vec![],
        native: Some(native(vec![(1, 3)], 0)),
        exemplars: vec![exemplar(1.5)],
    };
    let empty = Histogram { native: Some(NativeBuckets::default()), ..Histogram::default() };
    [("both", both), ("classic", classic), ("native", native_only), ("empty", empty)]
        .map(|(status, values)| histogram(labels(&DURATION, status), values))
        .to_vec()
}

pub fn snapshot() -> Snapshot {
    let executions = vec![
        counter(labels(&EXECUTIONS, WORKFLOW), 12.0, Some(exemplar(1.0)), Some(CREATED)),
        counter(labels(&EXECUTIONS, ""), 0.0, None, None),
    ];
    let size =
        Histogram { count: 1, sum: 3.0, classic: vec![(4.0, 1), (f64::INFINITY, 0)], ..Default::default() };
    let families = vec![
        Family { description: &GAUGE, series: levels() },
        Family { description: &AGE, series: vec![gauge(Labels::none(), 1.5)] },
        Family { description: &EXECUTIONS, series: executions },
        Family {
            description: &FAILURES,
            series: vec![counter(Labels::none(), 9_007_199_254_740_993.0, None, None)],
        },
        Family { description: &BUILD, series: vec![gauge(labels(&BUILD, "1.2.3"), 1.0)] },
        Family { description: &DURATION, series: durations() },
        Family { description: &SIZE, series: vec![histogram(Labels::none(), size)] },
    ];
    Snapshot { sequence: 1, taken_at: CREATED, families }
}
