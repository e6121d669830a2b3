//! What a page of 100 000 series costs: to encode in each format and as OTLP requests, to compress, to scrape again;
//! beside copying the finished page and prometheus-client's encoder. `cargo bench --bench encode`
//!
//! 70 000 gauges and counters, and histograms of 17 finite buckets that make the other 30 000 samples in text. Label
//! blocks are rendered when series are made, as in the exporter, and are not part of the times.

#[path = "shared/series.rs"]
mod series;

use std::hint::black_box;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cloacina_exporter::config::{HistogramKind, Temporality, Web};
use cloacina_exporter::encode::otlp::{self, Resource, cumulative};
use cloacina_exporter::encode::{self, Format, Options};
use cloacina_exporter::push::acknowledged::Acknowledged;
use cloacina_exporter::record::Timestamp;
use cloacina_exporter::serve::{self, Guard, Publisher, Settings};
use cloacina_exporter::snapshot::{Kind, Snapshot, Value};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;
use prost::Message as _;
use uuid::Uuid;

const REPEATS: usize = 21;
fn main() {
    let snapshot = Arc::new(series::snapshot());
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
    requests(&snapshot);
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

/// OTLP requests of at most 2 MiB: whole totals, the first changes, and changes when nothing changed since.
fn requests(snapshot: &Snapshot) {
    let resource = Resource::new(&[("service.name".to_owned(), "bench".to_owned())], Uuid::nil());
    let settings = |temporality, histograms| otlp::Settings {
        at: Timestamp(1_700_000_200_000_000),
        temporality,
        histograms,
        max_bytes: 2 << 20,
    };
    let whole = |histograms| {
        let settings = settings(Temporality::Cumulative, histograms);
        otlp::requests(snapshot, &resource, settings, cumulative).map(|chunk| chunk.request.encode_to_vec())
    };
    let all = settings(Temporality::Delta, HistogramKind::Explicit);
    let nothing = Acknowledged::new(Timestamp::MIN);
    let mut everything = nothing.clone();
    everything.apply(nothing.shadow(snapshot, all));
    let changes = |acknowledged: &Acknowledged| -> Vec<Vec<u8>> {
        otlp::requests(snapshot, &resource, all, |family, series| acknowledged.change(family, series, all))
            .map(|chunk| chunk.request.encode_to_vec())
            .collect()
    };
    for (name, bodies) in [
        ("cumulative, explicit", whole(HistogramKind::Explicit).collect::<Vec<_>>()),
        ("cumulative, exponential", whole(HistogramKind::Exponential).collect()),
        ("delta, first", changes(&nothing)),
    ] {
        report(&format!("OTLP {name}: gzip of {} requests", bodies.len()), || {
            bodies.iter().flat_map(|body| gzip(body)).collect()
        });
    }
    report("OTLP cumulative, explicit", || whole(HistogramKind::Explicit).flatten().collect());
    report("OTLP cumulative, exponential", || whole(HistogramKind::Exponential).flatten().collect());
    report("OTLP delta, first", || changes(&nothing).concat());
    report("OTLP delta, nothing changed but gauges", || changes(&everything).concat());
    report("OTLP delta: baselines looked for", || {
        assert!(everything.baseline(snapshot, all).is_empty());
        Vec::new()
    });
}

/// Scrapes one snapshot again and again over loopback: all but the first answer comes from the cached body.
fn scrapes(snapshot: &Arc<Snapshot>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let settings = Settings {
        listen_address: SocketAddr::from(([127, 0, 0, 1], 0)),
        guard: Arc::new(Guard::open(&Web::default()).expect("nothing is asked for")),
        telemetry_path: "/metrics".to_owned(),
        max_connections: 16,
        watchdog: Duration::from_secs(60),
        created_samples: true,
        header_timeout: Duration::from_secs(20),
        request_timeout: Duration::from_secs(30),
        shutdown_timeout: Duration::from_secs(5),
        reloads: None,
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
