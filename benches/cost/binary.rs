//! The built binary at the full size: how long it takes to start, to read all of history, to show what was committed,
//! and to answer a scrape.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::floors;
use super::measure::{memory, milliseconds};
use super::polls::REPEATS;
use super::server::Server;
use super::support::exporter::Exporter;
use super::support::http;
use super::support::writer::now;
use super::table::{Goal, Table, Values, number};
use super::writer::Writer;

const STARTS: usize = 11;
const SCRAPES: usize = 101;
const WORKFLOW: &str = "delayed";

pub async fn all(server: &mut Server, table: &mut Table) {
    let size = std::fs::metadata(env!("CARGO_BIN_EXE_cloacina-exporter")).unwrap().len() as f64 / 1e6;
    table.goal("size of the program (MB)", size, Goal::AtMost(20.0));
    let directory = tempfile::tempdir().unwrap();
    let file = configuration(&directory, &server.url("postgres"), server.full.schema, "");
    start_up(&file, table).await;
    scrapes(&file, table).await;
    backfill(server, &file, table).await;
    // A small page, so that looking at it all the time costs little; what is read from the database is the same.
    let more = format!("labels: {{workflow: {{allow: [{WORKFLOW}]}}}}");
    let file = configuration(&directory, &server.url("postgres"), server.full.schema, &more);
    delay(server, &file, table).await;
}

/// A configuration file that reads one schema.
pub fn configuration(directory: &TempDir, url: &str, schema: &str, more: &str) -> PathBuf {
    let file = directory.path().join(format!("{schema}.yml"));
    let text = format!("databases:\n  - url: {url}\n    include: [{schema}]\n{more}");
    std::fs::write(&file, text).unwrap();
    file
}

pub fn launch(file: &Path, more: &[&str]) -> Exporter {
    let file = file.to_str().expect("the path is UTF-8");
    let arguments = ["--config.file", file, "--state.file", "none", "--log.level", "warn"];
    Exporter::launch(&[&arguments, more].concat())
}

/// Waits as long as it takes; returns how long that was.
pub async fn until_ready(exporter: &mut Exporter) -> Duration {
    let started = Instant::now();
    while http::get(exporter.address(), "/readyz").await.is_none_or(|answer| answer.status != 200) {
        assert_eq!(exporter.exit_code(), None, "{}", exporter.log());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    started.elapsed()
}

async fn start_up(file: &Path, table: &mut Table) {
    let mut times = Values::default();
    for _ in 0..STARTS {
        let mut exporter = launch(file, &[]);
        times.push(milliseconds(until_ready(&mut exporter).await));
        exporter.terminate();
    }
    table.row("start of the process to /readyz, no backfill (ms)", &times, format!("{STARTS} starts"));
    table.goal("start to the first snapshot, no backfill (ms)", times.median(), Goal::AtMost(1000.0));
}

/// From the commit of an execution's end to its count on the page; commits come at all points of the interval.
async fn delay(server: &Server, file: &Path, table: &mut Table) {
    let interval = Duration::from_secs(1);
    let mut exporter = launch(file, &["--poll.interval", "1s"]);
    until_ready(&mut exporter).await;
    let mut writer =
        Writer::connect(&server.cluster.url("postgres", "postgres"), server.full.schema, now()).await;
    let mut counted = 0;
    let mut delays = Values::default();
    for round in 0..=REPEATS {
        writer.clock = now();
        writer.one(WORKFLOW).await;
        let committed = Instant::now();
        counted += 1;
        while ended(exporter.address()).await < counted {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        // The first one is held at zero until a scrape has seen it.
        if round > 0 {
            delays.push(milliseconds(committed.elapsed()));
        }
        tokio::time::sleep(interval * round as u32 / REPEATS as u32).await;
    }
    let note = "--poll.interval 1s; of it 0 to 1000 ms wait for the next poll";
    table.row("commit to /metrics (ms)", &delays, note);
    table.row("commit to /metrics beside the waiting (ms)", number(delays.least()), "the least of them");
    let beyond = delays.most() - milliseconds(interval);
    table.goal("commit to /metrics beyond the poll interval, at worst (ms)", beyond, Goal::AtMost(50.0));
}

async fn ended(address: SocketAddr) -> u32 {
    let page = http::get(address, "/metrics").await.expect("the exporter answers");
    let start = "cloacina_state_workflow_executions_total{";
    let lines = page.text().lines().filter(|line| line.starts_with(start) && line.contains(WORKFLOW));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum::<f64>() as u32
}

async fn scrapes(file: &Path, table: &mut Table) {
    let mut exporter = launch(file, &["--poll.interval", "10m"]);
    until_ready(&mut exporter).await;
    for (name, headers) in [("", ""), (", gzip", "Accept-Encoding: gzip\r\n")] {
        let (mut times, mut bytes) = (Values::default(), page(exporter.address(), headers).len());
        for _ in 0..SCRAPES {
            let started = Instant::now();
            bytes = page(exporter.address(), headers).len();
            times.push(milliseconds(started.elapsed()));
        }
        let note = format!("OpenMetrics over loopback, connection included, {bytes} bytes");
        table.row(format!("scrape of an unchanged snapshot{name} (ms)"), times, note);
    }
    let note = "50 workflows, one poll, plain and compressed page";
    table.row("resident memory of the binary (MB)", number(memory(exporter.pid(), "VmRSS")), note);
}

/// A scrape in OpenMetrics over a connection of its own, headers included.
pub fn page(address: SocketAddr, headers: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    let fixed =
        "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept: application/openmetrics-text\r\n";
    stream.write_all(format!("{fixed}{headers}\r\n").as_bytes()).unwrap();
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).unwrap();
    assert!(reply.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&reply));
    reply
}

async fn backfill(server: &mut Server, file: &Path, table: &mut Table) {
    let mut exporter = launch(file, &["--backfill", "all"]);
    let seconds = until_ready(&mut exporter).await.as_secs_f64();
    // Once more by COPY, beside it.
    let (whole, without_events) = floors::copies(server, server.full, table).await;
    let rows = 6.0 * f64::from(server.full.executions);
    let note = format!("{} M executions and tasks, events by count", number(rows / 1e6));
    table.row("--backfill all: start to /readyz (s)", number(seconds), note);
    let note = "of executions, tasks and events";
    table.row("--backfill all: times the COPY of the same history", number(seconds / whole), note);
    let note = "of executions and tasks, since events are only counted";
    table.row("--backfill all: times the COPY of what it reads", number(seconds / without_events), note);
    table.goal("backfill, times the COPY of the same history", seconds / whole, Goal::AtMost(3.0));
    table.row("--backfill all: rows per second (thousands)", number(rows / seconds / 1e3), "");
    table.row("--backfill all: peak resident memory (MB)", number(memory(exporter.pid(), "VmHWM")), "");
}
