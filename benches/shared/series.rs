//! 100 000 series as text counts them: 70 000 gauges and counters, and histograms whose 17 finite buckets make the rest.

use std::sync::Arc;

use cloacina_exporter::record::Timestamp;
use cloacina_exporter::snapshot::{
    Description, Exemplar, Family, Histogram, Kind, Labels, NativeBuckets, Series, Snapshot, Unit, Value,
};
use uuid::Uuid;

const GAUGES: usize = 35_000;
const COUNTERS: usize = 35_000;
const HISTOGRAMS: usize = 1_500;
const BOUNDS: [f64; 18] = [
    0.1,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
    30.0,
    60.0,
    120.0,
    300.0,
    600.0,
    1800.0,
    3600.0,
    7200.0,
    14_400.0,
    43_200.0,
    86_400.0,
    f64::INFINITY,
];

static GAUGE: Description =
    description("bench_tasks", Kind::Gauge, Unit::Tasks, &["tenant", "workflow", "state"]);
static COUNTER: Description =
    description("bench_attempts_total", Kind::Counter, Unit::Tasks, &["tenant", "workflow", "outcome"]);
static HISTOGRAM: Description = description(
    "bench_task_duration_seconds",
    Kind::Histogram,
    Unit::Seconds,
    &["tenant", "workflow", "outcome"],
);

const fn description(
    name: &'static str,
    kind: Kind,
    unit: Unit,
    labels: &'static [&'static str],
) -> Description {
    Description { name, otlp_name: name, help: "A family of the benchmark.", kind, unit, labels }
}

pub fn snapshot() -> Snapshot {
    let created = Some(Timestamp(1_700_000_000_250_000));
    let exemplar = |value| Exemplar {
        trace_id: Uuid::from_u128(value as u128 * 0x0123_4567_89ab_cdef_0123_4567),
        value,
        at: Timestamp(1_700_000_100_123_456),
    };
    let labels = |description: &Description, index: usize| {
        let values = [
            format!("tenant-{}", index % 20),
            format!("workflow_number_{}", index / 20),
            ["completed", "failed", "retried", "skipped"][index % 4].to_owned(),
        ];
        Labels::new(description.labels, values.map(Arc::from))
    };
    let gauge = |index| Series {
        labels: labels(&GAUGE, index),
        // Every third is an age or an instant, the others are counts.
        value: Value::Gauge(if index % 3 == 0 { index as f64 * 1.234_567 } else { index as f64 }),
        created: None,
        backfilled: false,
    };
    let counter = |index| Series {
        labels: labels(&COUNTER, index),
        value: Value::Counter { total: index as f64, exemplar: (index % 10 == 0).then(|| exemplar(1.0)) },
        created,
        backfilled: false,
    };
    let histogram = |index| Series {
        labels: labels(&HISTOGRAM, index),
        value: Value::Histogram(Arc::new(Histogram {
            count: 18 * (index as u64 + 1),
            sum: index as f64 * 33.3,
            classic: BOUNDS.map(|bound| (bound, index as u64 + 1)).to_vec(),
            native: Some(NativeBuckets {
                schema: 3,
                zero_count: 0,
                zero_threshold: 1e-6,
                positive: (-10..30).map(|bucket| (bucket, index as u64 % 97 + 1)).collect(),
            }),
            exemplars: [0.3, 7.0, 500.0].map(exemplar).to_vec(),
        })),
        created,
        backfilled: false,
    };
    let families = vec![
        Family { description: &GAUGE, series: (0..GAUGES).map(gauge).collect() },
        Family { description: &COUNTER, series: (0..COUNTERS).map(counter).collect() },
        Family { description: &HISTOGRAM, series: (0..HISTOGRAMS).map(histogram).collect() },
    ];
    Snapshot { sequence: 1, taken_at: Timestamp(0), families }
}
