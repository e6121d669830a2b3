//! What a page of 100 000 series costs: to encode in each format and as OTLP requests, to compress, to scrape again;
//! beside copying the finished page and prometheus-client's encoder.
//!
//! 70 000 gauges and counters, and histograms of 17 finite buckets that make the other 30 000 samples in text. Label
//! blocks are rendered when series are made, as in the exporter, and are not part of the times.

use std::hint::black_box;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread;
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

use super::measure::{milliseconds, own_cpu};
use super::shared::snapshot;
use super::table::{Goal, Table, Values, number};

const REPEATS: usize = 21;
/// Scrapers that ask without a pause, and for how long.
const SCRAPERS: usize = 2;
const SCRAPING: Duration = Duration::from_secs(5);

pub fn all(table: &mut Table) {
    let snapshot = Arc::new(snapshot());
    let mut report = |name: &str, make: &mut dyn FnMut() -> Vec<u8>| report(table, name, make);
    let mut slowest = 0.0_f64;
    for (format, name) in
        [(Format::Text, "text 0.0.4"), (Format::OpenMetrics, "OpenMetrics"), (Format::Protobuf, "protobuf")]
    {
        let page = || encode::encode(&snapshot, format, Options { created_samples: true });
        slowest = slowest.max(report(name, &mut || page()));
        let body = page();
        report(&format!("{name}: gzip"), &mut || gzip(&body));
        report(&format!("{name}: copy of the page"), &mut || body.clone());
    }
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Bridge(Arc::clone(&snapshot))));
    report("prometheus-client: text, without exemplars", &mut || {
        let mut page = String::new();
        prometheus_client::encoding::text::encode(&mut page, &registry).unwrap();
        page.into_bytes()
    });
    report("prometheus-client: protobuf, classic only", &mut || {
        prometheus_client::encoding::prometheus_protobuf::encode_to_vec(&registry).unwrap()
    });
    requests(&snapshot, &mut report);
    table.goal("100 000 series encoded, the slowest of three formats, CPU (ms)", slowest, Goal::AtMost(25.0));
    scrapes(&snapshot, table);
}

type Report<'a> = &'a mut dyn FnMut(&str, &mut dyn FnMut() -> Vec<u8>) -> f64;

/// Runs `make` again and again; returns the median of its milliseconds of CPU.
fn report(table: &mut Table, name: &str, make: &mut dyn FnMut() -> Vec<u8>) -> f64 {
    let (mut times, mut bytes) = (Values::default(), 0);
    for _ in 0..REPEATS {
        let start = own_cpu();
        let made = black_box(make());
        times.push(milliseconds(own_cpu() - start));
        bytes = made.len();
    }
    let note = format!("{} MB", number(bytes as f64 / 1e6));
    table.row(format!("100 000 series, {name}, CPU (ms)"), &times, note);
    times.median()
}

fn gzip(page: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(page).unwrap();
    encoder.finish().unwrap()
}

/// OTLP requests of at most 2 MiB: whole totals, the first changes, and changes when nothing changed since.
fn requests(snapshot: &Snapshot, report: Report<'_>) {
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
        report(&format!("OTLP {name}: gzip of {} requests", bodies.len()), &mut || {
            bodies.iter().flat_map(|body| gzip(body)).collect()
        });
    }
    report("OTLP cumulative, explicit", &mut || whole(HistogramKind::Explicit).flatten().collect());
    report("OTLP cumulative, exponential", &mut || whole(HistogramKind::Exponential).flatten().collect());
    report("OTLP delta, first", &mut || changes(&nothing).concat());
    report("OTLP delta, nothing changed but gauges", &mut || changes(&everything).concat());
    report("OTLP delta: baselines looked for", &mut || {
        assert!(everything.baseline(snapshot, all).is_empty());
        Vec::new()
    });
}

/// Scrapes one snapshot again and again over loopback: all but the first answer comes from the cached body.
fn scrapes(snapshot: &Arc<Snapshot>, table: &mut Table) {
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
    let (address, server) = runtime.block_on(async {
        let listener = serve::bind(&settings).await.unwrap();
        let address = listener.address();
        (address, tokio::spawn(serve::serve(listener, settings, publisher, std::future::pending())))
    });
    Scraper::new(address).scrape();
    let mut times = Values::default();
    let mut scraper = Scraper::new(address);
    for _ in 0..REPEATS {
        let start = Instant::now();
        scraper.scrape();
        times.push(milliseconds(start.elapsed()));
    }
    table.row(
        "100 000 series, scrape of an unchanged snapshot (ms)",
        times,
        "OpenMetrics, a kept connection",
    );
    let start = Instant::now();
    let bytes: usize = thread::scope(|scope| {
        let scraper = || {
            let mut scraper = Scraper::new(address);
            let mut bytes = 0;
            while start.elapsed() < SCRAPING {
                bytes += scraper.scrape();
            }
            bytes
        };
        let scrapers: Vec<_> = (0..SCRAPERS).map(|_| scope.spawn(scraper)).collect();
        scrapers.into_iter().map(|scraper| scraper.join().expect("nothing panics")).sum()
    });
    let rate = bytes as f64 / 1e9 / start.elapsed().as_secs_f64();
    table.row(
        "100 000 series, served from cache (GB/s)",
        number(rate),
        format!("{SCRAPERS} scrapers on this machine"),
    );
    table.goal("an unchanged snapshot served over loopback (GB/s)", rate, Goal::AtLeast(1.0));
    server.abort();
}

/// Asks for the same page on one connection, and throws it away.
struct Scraper {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Scraper {
    fn new(address: SocketAddr) -> Self {
        Self { stream: TcpStream::connect(address).unwrap(), buffer: vec![0; 1 << 20] }
    }

    /// Returns the bytes of the body.
    fn scrape(&mut self) -> usize {
        let request = "GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: application/openmetrics-text\r\n\r\n";
        self.stream.write_all(request.as_bytes()).unwrap();
        let mut filled = 0;
        let head = loop {
            filled += self.read(filled);
            let end = self.buffer[..filled].windows(4).position(|bytes| bytes == b"\r\n\r\n");
            if let Some(end) = end {
                break end + 4;
            }
        };
        let text = std::str::from_utf8(&self.buffer[..head]).expect("headers are ASCII");
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        let length: usize = length.expect("a cached page has a length");
        let mut missing = length - (filled - head);
        while missing > 0 {
            missing -= self.read(0);
        }
        length
    }

    fn read(&mut self, from: usize) -> usize {
        let read = self.stream.read(&mut self.buffer[from..]).unwrap();
        assert!(read > 0, "the server hung up");
        read
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
