//! Ten thousand polls of one exporter with rows that change all the time: its memory must not grow.
//!
//! The clocks and timers of exporter and server run faster, so that the hours that this is for them are minutes: ids of
//! rows are remembered for minutes of their time.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::busy::Lives;
use crate::scene::{READER, STATEMENT_TIMEOUT, TENANT, configuration, prepare};
use crate::support::clock;
use crate::support::exporter::Exporter;
use crate::support::http;
use crate::support::postgres::{Cluster, Options};
use crate::support::writer::runner::Runner;
use crate::watched::LAST_POLL;

const TIMES: u32 = 10;
const POLLS: u64 = 10_000;
/// Within this many polls all that is remembered for a while has been forgotten once.
const SETTLED: usize = 2;
const MIB: u64 = 1024 * 1024;

#[tokio::test]
#[ignore = "takes 17 minutes: -- --ignored --nocapture memory"]
async fn memory_does_not_grow_over_ten_thousand_polls() {
    let together = tokio::task::LocalSet::new();
    let resident = together.run_until(poll_ten_thousand_times()).await;
    let (settled, last) = (resident[SETTLED - 1], resident[resident.len() - 1]);
    assert!(last <= settled + settled / 10 + 2 * MIB, "{settled} bytes, in the end {last}");
}

/// The resident bytes after each thousand.
async fn poll_ten_thousand_times() -> Vec<u64> {
    let cluster = Cluster::start(Options { clock_times: Some(TIMES), ..Options::default() }).await;
    let began = Instant::now();
    cluster.execute("postgres", &format!("CREATE ROLE {READER} LOGIN")).await;
    prepare(&cluster, "postgres").await;
    let folder = tempfile::tempdir().unwrap();
    let url = cluster.url("postgres", "postgres");
    let file = configuration(folder.path(), &url, &folder.path().join("state"), STATEMENT_TIMEOUT);
    let exporter = Exporter::start_by(&starter(), &["--config.file", file.to_str().unwrap()]).await;
    tokio::task::spawn_local(write(url, began));
    let mut polls = Polls::default();
    let mut resident = Vec::new();
    while polls.seen < POLLS {
        polls.look(exporter.address()).await;
        if polls.seen >= (resident.len() as u64 + 1) * 1000 {
            let bytes = resident_bytes(exporter.pid());
            println!("{} polls: {:.1} MiB", polls.seen, bytes as f64 / MIB as f64);
            resident.push(bytes);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(!polls.page.contains("cloacina_exporter_poll_errors_total{"), "{}", exporter.log());
    resident
}

/// The fast clock, and another binary than the tests' own if there is one named.
fn starter() -> Vec<String> {
    let mut starter: Vec<String> =
        std::iter::once("/usr/bin/env".to_owned()).chain(clock::fast(TIMES)).collect();
    if let Ok(binary) = std::env::var("CLOACINA_EXPORTER_MEMORY_BINARY") {
        starter.extend(["sh", "-c", "shift; exec \"$0\" \"$@\"", &binary].map(str::to_owned));
    }
    starter
}

/// Writes by the fast clock, for ever.
async fn write(url: String, began: Instant) {
    let mut runner = Runner::connect(&url, TENANT, 1).await;
    let mut lives = Lives::new(1);
    loop {
        let (mut execution, steps) = lives.next();
        for step in steps {
            runner.set_skew(began.elapsed().as_secs_f64() * f64::from(TIMES - 1));
            runner.perform(&mut execution, &[step]).await;
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    }
}

/// Polls as the page tells them; one that is missed between two looks is not counted.
#[derive(Default)]
struct Polls {
    seen: u64,
    last: String,
    page: String,
}

impl Polls {
    async fn look(&mut self, address: SocketAddr) {
        let answer = http::get(address, "/metrics").await.expect("it answers");
        answer.text().clone_into(&mut self.page);
        let line = self.page.lines().find(|line| line.starts_with(LAST_POLL)).unwrap_or_default();
        if line != self.last {
            line.clone_into(&mut self.last);
            self.seen += 1;
        }
    }
}

fn resident_bytes(pid: u32) -> u64 {
    let process = procfs::process::Process::new(pid.cast_signed()).unwrap();
    process.status().unwrap().vmrss.expect("it has memory") * 1024
}
