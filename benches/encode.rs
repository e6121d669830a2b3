//! What a page of 100 000 series costs: to encode in each format, to compress, to scrape again; beside copying the
//! finished page and prometheus-client's encoder. `cargo bench --bench encode`
//!
//! 70 000 gauges and counters, and histograms of 17 finite buckets that make the other 30 000 samples in text. Label
//! blocks are rendered when series are made, as in the exporter, and are not part of the times.

use std::hint::black_box;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cloacina_exporter::encode::{self, Format, Options};
use cloacina_exporter::record::Timestamp;
use cloacina_exporter::serve::{self, Publisher, Settings};
use cloacina_exporter::snapshot::{
    Description, Exemplar, Family, Histogram, Kind, Labels, NativeBuckets, Series, Snapshot, Unit, Value,
};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;
use uuid::Uuid;

const REPEATS: usize = 21;
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
    Description { name, otlp_name: "", help: "A family of the benchmark.", kind, unit, labels }
}

fn main() {
    let snapshot = Arc::new(snapshot());
    println!("{:<44} {:>10} {:>12}", "100 000 series", "median ms", "bytes");
    for (format, name) in
        [(Format::Text, "text 0.0.4"), (Format::OpenMetrics, "OpenMetrics"), (Format::Protobuf, "protobuf")]
    {
        let page = || encode::encode(&snapshot, format, Options { created_samples: true });
        report(name, page);
        let body = page();
        report(&format!("{name}: gzip"), || gzip(&body));
        report(&format!("{name}: copy of the page"), || body.clone());
    }
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Bridge(Arc::clone(&snapshot))));
    report("prometheus-client: text, without exemplars", || {
        let mut page = String::new();
        prometheus_client::encoding::text::encode(&mut page, &registry).unwrap();
        page.into_bytes()
    });
    report("prometheus-client: protobuf, classic only", || {
        prometheus_client::encoding::prometheus_protobuf::encode_to_vec(&registry).unwrap()
    });
    scrapes(&snapshot);
}

/// Runs `make` and prints the median of its times and the size of what it made.
fn report(name: &str, mut make: impl FnMut() -> Vec<u8>) {
    let mut times = Vec::with_capacity(REPEATS);
    let mut bytes = 0;
    for _ in 0..REPEATS {
        let start = Instant::now();
        let made = black_box(make());
        times.push(start.elapsed());
        bytes = made.len();
    }
    times.sort_unstable();
    println!("{name:<44} {:>10.2} {bytes:>12}", times[REPEATS / 2].as_secs_f64() * 1e3);
}

fn gzip(page: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(page).unwrap();
    encoder.finish().unwrap()
}

/// Scrapes one snapshot again and again over loopback: all but the first answer comes from the cached body.
fn scrapes(snapshot: &Arc<Snapshot>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let settings = Settings {
        listen_address: SocketAddr::from(([127, 0, 0, 1], 0)),
        telemetry_path: "/metrics".to_owned(),
        max_connections: 16,
        watchdog: Duration::from_secs(60),
        created_samples: true,
        header_timeout: Duration::from_secs(20),
        request_timeout: Duration::from_secs(30),
        shutdown_timeout: Duration::from_secs(5),
    };
    let publisher = Publisher::new();
    publisher.publish(Arc::clone(snapshot));
    let listener = runtime.block_on(serve::bind(&settings)).unwrap();
    let address = listener.address();
    runtime.spawn(serve::serve(listener, settings, publisher, std::future::pending()));
    for (name, headers) in [
        ("scrape of an unchanged snapshot", ""),
        ("scrape of an unchanged snapshot: gzip", "Accept-Encoding: gzip\r\n"),
    ] {
        report(name, || {
            let mut stream = TcpStream::connect(address).unwrap();
            let request = format!(
                "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept: application/openmetrics-text\r\n{headers}\r\n"
            );
            stream.write_all(request.as_bytes()).unwrap();
            let mut reply = Vec::new();
            stream.read_to_end(&mut reply).unwrap();
            reply
        });
    }
}

fn snapshot() -> Snapshot {
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
    };
    let counter = |index| Series {
        labels: labels(&COUNTER, index),
        value: Value::Counter { total: index as f64, exemplar: (index % 10 == 0).then(|| exemplar(1.0)) },
        created,
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
    };
    let families = vec![
        Family { description: &GAUGE, series: (0..GAUGES).map(gauge).collect() },
        Family { description: &COUNTER, series: (0..COUNTERS).map(counter).collect() },
        Family { description: &HISTOGRAM, series: (0..HISTOGRAMS).map(histogram).collect() },
    ];
    Snapshot { sequence: 1, taken_at: Timestamp(0), families }
}

/// The same snapshot as prometheus-client takes it.
#[derive(Debug)]
struct Bridge(Arc<Snapshot>);

impl Collector for Bridge {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        for family in &self.0.families {
            let description = family.description;
            let (name, kind) = match description.kind {
                Kind::Counter => ("bench_attempts", MetricType::Counter),
                Kind::Histogram => (description.name, MetricType::Histogram),
                Kind::Gauge | Kind::Info => (description.name, MetricType::Gauge),
            };
            let mut metrics = encoder.encode_descriptor(name, description.help, None, kind)?;
            for series in &family.series {
                let labels: Vec<(&str, &str)> =
                    series.labels.pairs().map(|(name, value)| (name, &**value)).collect();
                let mut metric = metrics.encode_family(&labels)?;
                match &series.value {
                    Value::Gauge(value) => metric.encode_gauge(value)?,
                    Value::Counter { total, .. } => {
                        metric.encode_counter::<NoLabelSet, _, f64>(total, None)?;
                    }
                    Value::Histogram(values) => metric.encode_histogram::<NoLabelSet>(
                        values.sum,
                        values.count,
                        &values.classic,
                        None,
                    )?,
                }
            }
        }
        Ok(())
    }
}
