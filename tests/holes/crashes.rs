//! Cases about polls and processes that end in the middle.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::{Case, SCHEMA};
use crate::support::exporter::Exporter;
use crate::support::exposition::{Exposition, Series};
use crate::support::postgres::execute;
use crate::support::process::eventually;
use crate::support::writer::connect;
use crate::support::writer::engine::Step;
use crate::support::writer::round::Round;
use crate::support::{http, writer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn row_22_no_scraped_counter_is_ever_lower_after_a_kill() {
    let case = Case::new().await;
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    let configuration = directory.path().join("exporter.yml");
    std::fs::write(&configuration, "poll: {overlap: 2s}\nhold_first_value: 0s\n").unwrap();
    let arguments = [
        "--config.file",
        configuration.to_str().unwrap(),
        "--database",
        &case.url,
        "--state.file",
        state.to_str().unwrap(),
        "--poll.interval",
        "1s",
    ];
    let mut exporter = Exporter::start(&arguments).await;
    let mut round = Round::new(22, 4, 1500);
    round.pace = Duration::from_millis(15);
    let url = case.url.clone();
    let writing = tokio::spawn(async move { round.run(&url, SCHEMA).await });

    let address = exporter.address();
    let (done, scrapes) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let scraping = tokio::spawn({
        let (done, scrapes) = (Arc::clone(&done), Arc::clone(&scrapes));
        async move {
            let mut highest = BTreeMap::new();
            while !done.load(Ordering::Relaxed) {
                // Nobody answers while it is dead; a page may be cut short by the kill.
                let page = http::get(address, "/metrics").await.filter(|page| page.status == 200);
                if let Some(Ok(page)) = page.map(|page| Exposition::parse(page.text())) {
                    for (series, value) in page.samples.into_iter().filter(|(series, _)| is_counter(series)) {
                        let before = highest.insert(series.clone(), value).unwrap_or(0.0);
                        assert!(before <= value, "{series:?}: {before}, then {value}");
                    }
                    scrapes.fetch_add(1, Ordering::Relaxed);
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            highest.len()
        }
    });
    // Twice, for the first may have been answered by the life before.
    let scraped = async || {
        let before = scrapes.load(Ordering::Relaxed);
        let enough = async || scrapes.load(Ordering::Relaxed) >= before + 2 || scraping.is_finished();
        eventually("scrapes", enough).await;
    };
    let mut rng = fastrand::Rng::with_seed(22);
    let mut kills = 0;
    while kills < 6 || !writing.is_finished() {
        scraped().await;
        tokio::time::sleep(Duration::from_millis(rng.u64(..1500))).await;
        exporter.kill();
        kills += 1;
        // What it showed and had not saved, it cannot find again.
        case.execute("DELETE FROM execution_events").await;
        exporter.start_again().await;
    }
    writing.await.unwrap();
    scraped().await;
    done.store(true, Ordering::Relaxed);
    assert!(scraping.await.unwrap() > 100);
}

/// Whether it must never fall: counters, and the parts of histograms, of what the database says.
fn is_counter(series: &Series) -> bool {
    let ends = ["_total", "_bucket", "_count", "_sum"].iter().any(|end| series.name.ends_with(end));
    ends && series.name.starts_with("cloacina_state_")
}

#[tokio::test]
async fn row_23_a_poll_that_fails_half_way_changes_nothing() {
    let mut case = Case::new().await;
    let mut poller = case.poller().await;
    let mut runner = case.runner().await;
    let mut long = runner.plan("long", 2);
    runner.perform(&mut long, &[Step::Create, Step::ReadyAll, Step::Start(0)]).await;
    poller.poll().await;
    runner.perform(&mut long, &[Step::Retry(0)]).await;
    runner.succeed("short").await;
    let before = poller.totals();
    for table in ["task_executions", "workflow_executions", "schedules", "execution_events"] {
        let mut lock = connect(&case.url, SCHEMA).await;
        execute(&mut lock, &format!("BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")).await;
        let error = poller.try_poll().await.unwrap_err();
        assert!(error.contains("lock"), "{table}: {error}");
        assert_eq!(poller.totals(), before);
        execute(&mut lock, "ROLLBACK").await;
    }
    poller.poll().await;
    poller.assert_counted(&runner.truth);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn row_23_a_reader_killed_at_any_moment_loses_and_doubles_nothing() {
    let case = Case::with_movable_clock().await;
    let mut poller = case.poller().await;
    let mut round = Round::new(23, 4, 400);
    (round.hold, round.pace) = (Duration::from_secs(3), Duration::from_millis(40));
    round.chances.held = 0.02;
    let url = case.url.clone();
    let writing = tokio::spawn(async move { round.run(&url, SCHEMA).await });
    let mut rng = fastrand::Rng::with_seed(23);
    let mut interrupted = 0;
    while !writing.is_finished() {
        poller.interrupt(Duration::from_micros(rng.u64(100..60_000))).await;
        interrupted += 1;
    }
    let truth = writing.await.unwrap();
    case.poll_after_a_minute(&mut poller).await;
    poller.assert_counted(&truth);
    assert!(interrupted > 50, "{interrupted}");
}

#[tokio::test]
async fn row_23_a_standby_that_cancels_reads_in_favour_of_replay_is_read_exactly() {
    let mut case = Case::new().await;
    let settings = vec![("max_standby_streaming_delay", "0".to_owned())];
    let standby = case.cluster.standby(settings).await;
    let mut poller = case.poller_at(&standby.url("postgres", "postgres"), super::OVERLAP).await;
    let mut runner = case.runner().await;
    let mut failed = 0;
    for number in 0..100 {
        runner.succeed(&format!("w{number}")).await;
        // Replaying what an ALTER or a TRUNCATE locks ends every reader of that table.
        let locking = async {
            case.execute("ALTER TABLE task_executions SET (fillfactor = 90)").await;
            case.execute("ALTER TABLE schedules SET (fillfactor = 90)").await;
        };
        let (polled, ()) = tokio::join!(poller.try_poll(), locking);
        failed += u32::from(polled.is_err());
    }
    standby.catch_up_with(&case.cluster).await;
    eventually("a poll", async || poller.try_poll().await.is_ok()).await;
    poller.assert_counted(&runner.truth);
    println!("{failed} of 100 polls were cancelled at {}", writer::now());
}
