//! What it costs to push 100 000 series over each protocol to a receiver on this machine that reads and drops them:
//! time, bytes on the wire, and memory. `cargo bench --bench push`
//!
//! Requests have at most 2 MiB. Memory is what the process had at most, beyond what it had before the first export; the
//! receiver is a part of it.

#[path = "shared/series.rs"]
mod series;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cloacina_exporter::config::{Exporter, HistogramKind, Protocol, Signal, Temporality, Tls};
use cloacina_exporter::encode::otlp::{self, Resource, cumulative};
use cloacina_exporter::push::acknowledged::Acknowledged;
use cloacina_exporter::push::sender::{Request, Sender};
use cloacina_exporter::record::Timestamp;
use cloacina_exporter::snapshot::Snapshot;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use uuid::Uuid;

const REPEATS: usize = 11;

#[tokio::main]
async fn main() {
    let snapshot = series::snapshot();
    let before = memory("VmRSS");
    let received = Arc::new(AtomicUsize::new(0));
    let address = receiver(received.clone()).await;
    println!(
        "{:<42} {:>10} {:>9} {:>12} {:>12}",
        "100 000 series", "median ms", "requests", "wire bytes", "peak MiB"
    );
    for (protocol, name) in [(Protocol::HttpProtobuf, "HTTP"), (Protocol::Grpc, "gRPC")] {
        for gzip in [false, true] {
            for (temporality, histograms, how) in [
                (Temporality::Cumulative, HistogramKind::Explicit, "cumulative"),
                (Temporality::Delta, HistogramKind::Exponential, "delta, exponential"),
            ] {
                let exporter = exporter(address, protocol, gzip, temporality, histograms);
                let name = format!("{name}{}, {how}", if gzip { ", gzip" } else { "" });
                measure(&name, &exporter, &snapshot, (&received, before)).await;
            }
        }
    }
}

async fn measure(
    name: &str,
    exporter: &Exporter,
    snapshot: &Snapshot,
    (received, before): (&AtomicUsize, f64),
) {
    let mut sender = Sender::new(exporter);
    let mut times = Vec::new();
    let (mut requests, mut bytes, mut peak) = (0, 0, 0.0_f64);
    for _ in 0..REPEATS {
        received.store(0, Ordering::Relaxed);
        // The kernel then counts the highest from here on.
        std::fs::write("/proc/self/clear_refs", "5").unwrap();
        let start = Instant::now();
        requests = export(&mut sender, exporter, snapshot).await;
        times.push(start.elapsed());
        bytes = received.load(Ordering::Relaxed);
        peak = peak.max(memory("VmHWM") - before);
    }
    times.sort_unstable();
    let median = times[REPEATS / 2].as_secs_f64() * 1e3;
    println!("{name:<42} {median:>10.1} {requests:>9} {bytes:>12} {peak:>12.1}");
}

/// Everything once, as if nothing had been acknowledged before.
async fn export(sender: &mut Sender, exporter: &Exporter, snapshot: &Snapshot) -> usize {
    let resource = Resource::new(&[("service.name".to_owned(), "bench".to_owned())], Uuid::nil());
    let settings = otlp::Settings {
        at: Timestamp(1_700_000_200_000_000),
        temporality: exporter.temporality,
        histograms: exporter.histograms,
        max_bytes: exporter.max_request_bytes,
    };
    let acknowledged = Acknowledged::new(Timestamp::MIN);
    let whole = exporter.temporality == Temporality::Cumulative;
    let chunks = otlp::requests(snapshot, &resource, settings, |family, series| match whole {
        true => cumulative(family, series),
        false => acknowledged.change(family, series, settings),
    });
    let mut requests = 0;
    for chunk in chunks {
        sender.send(&Request::Metrics(chunk.request)).await.unwrap();
        requests += 1;
    }
    requests
}

fn exporter(
    address: SocketAddr,
    protocol: Protocol,
    gzip: bool,
    temporality: Temporality,
    histograms: HistogramKind,
) -> Exporter {
    Exporter {
        destination: Arc::from("bench"),
        signal: Signal::Metrics,
        protocol,
        endpoint: format!("http://{address}/v1/metrics").parse().unwrap(),
        headers: Vec::new(),
        timeout: Duration::from_secs(30),
        gzip,
        tls: Tls::default(),
        temporality,
        histograms,
        interval: Duration::from_secs(60),
        export_timeout: Duration::from_secs(30),
        max_request_bytes: 2 << 20,
    }
}

/// Of this process, in MiB.
fn memory(field: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}

/// Takes both protocols on one port, reads all and answers that it was taken.
async fn receiver(received: Arc<AtomicUsize>) -> SocketAddr {
    let socket = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = socket.accept().await.unwrap();
            let received = received.clone();
            let service = service_fn(move |request| take(request, received.clone()));
            tokio::spawn(async move {
                let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                let _ = builder.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    address
}

async fn take(
    request: hyper::Request<Incoming>,
    received: Arc<AtomicUsize>,
) -> Result<hyper::Response<http_body_util::combinators::BoxBody<Bytes, Infallible>>, hyper::Error> {
    let grpc = request.headers().get("content-type").is_some_and(|media| media == "application/grpc");
    let mut body = request.into_body();
    while let Some(frame) = body.frame().await {
        if let Some(data) = frame?.data_ref() {
            received.fetch_add(data.len(), Ordering::Relaxed);
        }
    }
    let response = hyper::Response::builder();
    if !grpc {
        return Ok(response.body(Full::default().boxed()).unwrap());
    }
    // An empty message and, behind it, the status.
    let mut trailers = hyper::HeaderMap::new();
    trailers.insert("grpc-status", "0".parse().unwrap());
    let body = Full::new(Bytes::from_static(&[0; 5])).with_trailers(async { Some(Ok(trailers)) });
    Ok(response.header("content-type", "application/grpc").body(body.boxed()).unwrap())
}
