//! A random round: twenty writers with delayed, prepared, aborted and redone transactions and clocks that differ, read
//! at the same time on the primary, through PgBouncer, on a hot standby, and by the real binary, which is killed.
//!
//! Everybody must have counted exactly what the writers know; naive cursors beside them must not. The ordinary round
//! has about 20 000 events. For one of any size, with commits delayed by up to 30 s, set the number of executions, of
//! which each writes about six events, and read the table it prints:
//!
//! ```text
//! CLOACINA_EXPORTER_ROUND_EXECUTIONS=35000 cargo test --features servers --test rounds -- --nocapture
//! ```

mod support;

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use fastrand::Rng;
use support::exporter::Exporter;
use support::naive::NaiveCursor;
use support::pgbouncer::PgBouncer;
use support::poller::{Polled, Poller};
use support::postgres::{Cluster, Options, execute};
use support::schema::{self, Generation};
use support::totals::{PARTS, Totals};
use support::writer::round::Round;
use support::writer::truth::Truth;
use support::writer::{self, connect, delete_events, hold_unrelated};
use tempfile::TempDir;
use tokio::sync::watch;

const SCHEMA: &str = "tenant_a";
const ORDINARY: usize = 3_400;
const EVENTS_PER_EXECUTION: u64 = 6;
const EXECUTIONS_PER_SECOND: f64 = 100.0;
const WRITERS: usize = 20;
/// In seconds: at most 5 apart, which with the way from reading the clock to writing the overlap must cover.
const SKEWS: [f64; 4] = [0.0, -2.0, 3.0, -0.5];
const OVERLAP: Duration = Duration::from_secs(8);
/// So many executions have a workflow of their own, so that their labels are ids.
const WORKFLOWS: usize = 4_000;
const KILLS: u64 = 3;
/// Cancellations are looked for once a minute only.
const PATIENCE: Duration = Duration::from_secs(75);

/// The truth, once all is written.
type Written = watch::Receiver<Option<Arc<Truth>>>;

/// A line of the table.
struct Found {
    reader: &'static str,
    kills: u64,
    failed: u64,
    /// Lost and double, by part.
    faults: [(u64, u64); PARTS.len()],
    difference: String,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_random_round_is_counted_exactly_by_everyone_but_naive_cursors() {
    let wanted = std::env::var("CLOACINA_EXPORTER_ROUND_EXECUTIONS").ok();
    let executions = wanted.map_or(ORDINARY, |text| text.parse().expect("a number of executions"));
    let cluster = Cluster::start(Options::default()).await;
    cluster.create_database("unrelated").await;
    schema::create(&mut cluster.connect("postgres").await, SCHEMA, Generation::V0_11).await;
    let standby = cluster.standby(vec![("max_standby_streaming_delay", "100".to_owned())]).await;
    let pooler = PgBouncer::start(&cluster, "postgres").await;
    let url = cluster.url("postgres", "postgres");
    let (write_truth, written) = watch::channel(None);

    let read = |reader, url: &str, seed| tokio::spawn(read(reader, url.to_owned(), seed, written.clone()));
    let readers = [
        read("primary", &url, 1).await.unwrap(),
        read("pgbouncer", &pooler.url("postgres"), 2).await.unwrap(),
        read("standby", &standby.url("postgres", "postgres"), 3).await.unwrap(),
    ];
    let round = round(executions);
    let (hold, committed) = (round.hold, Arc::clone(&round.committed));
    let binary = Binary::start(&url, executions as u64 * EVENTS_PER_EXECUTION, Arc::clone(&committed)).await;
    let naive = tokio::spawn(poll_naively(url.clone(), written.clone()));
    let disturbing =
        tokio::spawn(disturb(url.clone(), hold, committed, executions as u64 * 5, written.clone()));
    let unrelated = cluster.url("postgres", "unrelated");
    let unrelated = tokio::spawn(async move { hold_unrelated(&unrelated, hold * 6 / 5).await });

    let started = Instant::now();
    let writing = async {
        let truth = Arc::new(round.run(&url, SCHEMA).await);
        let took = started.elapsed();
        standby.catch_up_with(&cluster).await;
        write_truth.send(Some(Arc::clone(&truth))).unwrap();
        (truth, took)
    };
    let ((truth, took), binary) = tokio::join!(writing, binary.run(written.clone()));
    let mut found = Vec::new();
    for reader in readers {
        found.push(reader.await.unwrap());
    }
    found.push(binary);
    unrelated.await.unwrap();
    let deleted = disturbing.await.unwrap();
    let (by_time, by_sequence) = naive.await.unwrap();

    println!("{}", table(&truth, took, deleted, &found, (by_time, by_sequence)));
    for Found { reader, difference, faults, .. } in &found {
        assert_eq!(difference, "", "{reader}");
        assert_eq!(faults, &[(0, 0); PARTS.len()], "{reader}");
    }
    assert!(found.iter().all(|found| found.kills >= KILLS), "every reader was killed");
    assert!(deleted > 0, "retention ran");
    assert!(by_time > 0 && by_sequence > 0, "the round is one in which events can be lost");
}

fn round(executions: usize) -> Round {
    let mut round = Round::new(fastrand::u64(..), WRITERS, executions);
    println!("seed {}", round.seed);
    round.hold = Duration::from_secs(if executions > ORDINARY { 30 } else { 10 });
    round.pace = Duration::from_secs_f64(WRITERS as f64 / EXECUTIONS_PER_SECOND);
    round.skews = SKEWS.to_vec();
    round.workflows = WORKFLOWS;
    round
}

/// Takes the baseline, then gives the task that reads on: with restarts, until it has found all or patience is over.
async fn read(
    reader: &'static str,
    url: String,
    seed: u64,
    mut written: Written,
) -> tokio::task::JoinHandle<Found> {
    let mut poller = Poller::new(&url, OVERLAP);
    assert_eq!(poller.poll().await, Polled::Began);
    tokio::spawn(async move {
        let mut rng = Rng::with_seed(seed);
        let (mut kills, mut failed) = (0, 0);
        while written.borrow().is_none() {
            if rng.u8(..4) == 0 {
                poller.interrupt(Duration::from_millis(rng.u64(..50))).await;
                kills += 1;
            } else {
                failed += u64::from(poller.try_poll().await.is_err());
            }
            tokio::time::sleep(Duration::from_millis(rng.u64(100..1000))).await;
        }
        let truth = written.wait_for(Option::is_some).await.unwrap().clone().unwrap();
        let totals = Totals::of_truth(&truth);
        let started = Instant::now();
        while !totals.difference(&poller.totals()).is_empty() && started.elapsed() < PATIENCE {
            failed += u64::from(poller.try_poll().await.is_err());
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        // What would be counted twice shows after a restart.
        poller.restart();
        while poller.try_poll().await.is_err() {}
        let mut found = Found::new(reader, &totals, &poller.totals());
        (found.kills, found.failed, found.faults[0]) = (kills, failed, poller.event_faults(&truth));
        found
    })
}

/// The built binary with a state file, killed in the midst of the round.
struct Binary {
    exporter: Exporter,
    _directory: TempDir,
    /// Events to be expected, and those committed so far.
    expected: u64,
    committed: Arc<AtomicU64>,
}

impl Binary {
    async fn start(url: &str, expected: u64, committed: Arc<AtomicU64>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let configuration = directory.path().join("exporter.yml");
        let text = format!(
            "databases: [{{url: '{url}'}}]\nstate: {{file: '{}'}}\npoll: {{interval: 1s, overlap: {}s}}\n\
             labels: {{workflow: {{max: 100000}}, task: {{max: 1000000}}}}\nhistograms: {{kind: 'off'}}\n\
             hold_first_value: 0s\n",
            directory.path().join("state").display(),
            OVERLAP.as_secs()
        );
        std::fs::write(&configuration, text).unwrap();
        let exporter = Exporter::start(&["--config.file", configuration.to_str().unwrap()]).await;
        Self { exporter, _directory: directory, expected, committed }
    }

    async fn run(mut self, mut written: Written) -> Found {
        let mut kills = 0;
        let mut rng = Rng::new();
        while written.borrow().is_none() {
            if kills < KILLS && self.committed.load(Ordering::Relaxed) > self.expected * (kills + 1) / 5 {
                // At any moment of a poll.
                tokio::time::sleep(Duration::from_millis(rng.u64(..1000))).await;
                self.exporter.kill();
                self.exporter.start_again().await;
                kills += 1;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let truth = written.wait_for(Option::is_some).await.unwrap().clone().unwrap();
        let totals = Totals::of_truth(&truth);
        let started = Instant::now();
        let mut counted = Totals::of_page(&self.exporter.metrics().await);
        while !totals.difference(&counted).is_empty() && started.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_secs(2)).await;
            counted = Totals::of_page(&self.exporter.metrics().await);
        }
        self.exporter.kill();
        self.exporter.start_again().await;
        counted = Totals::of_page(&self.exporter.metrics().await);
        Found { kills: kills + 1, ..Found::new("binary", &totals, &counted) }
    }
}

impl Found {
    fn new(reader: &'static str, truth: &Totals, counted: &Totals) -> Self {
        let faults = PARTS.map(|part| truth.faults(counted, part));
        Self { reader, kills: 0, failed: 0, faults, difference: truth.difference(counted) }
    }
}

/// Gives what the cursors by time and by sequence lost.
async fn poll_naively(url: String, mut written: Written) -> (usize, usize) {
    let mut by_time = NaiveCursor::by_time(&url, SCHEMA).await;
    let mut by_sequence = NaiveCursor::by_sequence(&url, SCHEMA).await;
    while written.borrow().is_none() {
        by_time.poll().await;
        by_sequence.poll().await;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    by_time.poll().await;
    by_sequence.poll().await;
    let truth = written.wait_for(Option::is_some).await.unwrap().clone().unwrap();
    (by_time.lost(&truth), by_sequence.lost(&truth))
}

/// Vacuums again and again, which cancels reads on the standby, and runs retention once `retain_at` events are
/// committed; says how many it deleted.
async fn disturb(
    url: String,
    hold: Duration,
    committed: Arc<AtomicU64>,
    retain_at: u64,
    written: Written,
) -> u64 {
    let mut connection = connect(&url, SCHEMA).await;
    let mut deleted = 0;
    while written.borrow().is_none() {
        if deleted == 0 && committed.load(Ordering::Relaxed) >= retain_at {
            // Of what was committed a while ago: retention is far longer than any reader is down.
            let age = hold + Duration::from_secs(8);
            deleted = delete_events(&mut connection, writer::now() - age.as_micros() as i64).await;
        }
        execute(&mut connection, "VACUUM execution_events").await;
        execute(&mut connection, "VACUUM task_executions").await;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    deleted
}

fn table(truth: &Truth, took: Duration, deleted: u64, found: &[Found], naive: (usize, usize)) -> String {
    let totals = Totals::of_truth(truth);
    let truth = PARTS.map(|part| format!("{} {part}", totals.sum(part))).join(", ");
    let mut text = format!(
        "truth: {truth}; written in {:.0} s by {WRITERS} writers; {deleted} events deleted meanwhile\n\
         lost / double:\n| reader | kills | failed polls | {} |\n",
        took.as_secs_f64(),
        PARTS.join(" | ")
    );
    for Found { reader, kills, failed, faults, .. } in found {
        let cells = faults.map(|(lost, double)| format!("{lost} / {double}")).join(" | ");
        writeln!(text, "| {reader} | {kills} | {failed} | {cells} |").unwrap();
    }
    writeln!(text, "| naive, by time | 0 | 0 | {} / 0 | | | | |", naive.0).unwrap();
    writeln!(text, "| naive, by sequence | 0 | 0 | {} / 0 | | | | |", naive.1).unwrap();
    text
}
