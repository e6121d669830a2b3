//! Exactness on SQLite files, case by case: what the library counts is what the writer knows. Needs no server.
//!
//! Commits become visible there in the order of `sequence_num`, so that the cases about late commits, which `holes` and
//! `rounds` make on PostgreSQL, do not arise.

mod support;

use std::path::Path;
use std::time::Duration;

use fastrand::Rng;
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use support::poller::{Polled, Poller};
use support::sqlite_runner::{LIFE, Runner, START};
use support::writer::engine::Step;
use support::writer::script::script;
use support::writer::truth::Truth;
use tempfile::TempDir;

const OVERLAP: Duration = Duration::from_secs(120);

/// Puts `new` in the place of `path`, as a restore does: what belonged to the old file goes with it.
fn replace_file(new: &Path, path: &Path) {
    for suffix in ["-wal", "-shm"] {
        let mut beside = path.as_os_str().to_owned();
        beside.push(suffix);
        // Without it there is nothing to remove.
        let _ = std::fs::remove_file(beside);
    }
    std::fs::rename(new, path).unwrap();
}

/// A file with its runner, and a poller that has taken its baseline.
async fn case() -> (TempDir, Runner, Poller) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("cloacina.db");
    let runner = Runner::create(&path, 1, SqliteJournalMode::Wal).await;
    let poller = poller_of(&path).await;
    (directory, runner, poller)
}

async fn poller_of(path: &Path) -> Poller {
    let mut poller = Poller::new(path.to_str().unwrap(), OVERLAP);
    assert_eq!(poller.poll().await, Polled::Began);
    poller
}

#[tokio::test]
async fn random_lives_are_counted_exactly_with_polls_and_restarts_anywhere() {
    let (_directory, mut runner, mut poller) = case().await;
    for number in 0..150 {
        let (mut execution, steps) = script(&mut runner.rng);
        execution.workflow = format!("w{number}");
        for step in steps {
            // Without an event, what is born and cancelled between two polls is found within a minute only.
            if step == Step::Cancel {
                poller.poll().await;
            }
            runner.perform(&mut execution, &[step]).await;
            match runner.rng.u8(..8) {
                0 => drop(poller.poll().await),
                1 => poller.restart(),
                2 => poller.interrupt(Duration::from_micros(runner.rng.u64(..5000))).await,
                _ => {}
            }
        }
    }
    poller.poll().await;
    poller.assert_counted(&runner.truth);
    assert!(runner.truth.total_retries() > 0 && runner.truth.ended(None, "Cancelled") > 0);
}

#[tokio::test]
async fn what_precedes_the_first_poll_does_not_count_and_what_is_active_then_does() {
    let directory = tempfile::tempdir().unwrap();
    let mut runner = Runner::create(&directory.path().join("a.db"), 1, SqliteJournalMode::Wal).await;
    runner.succeed("before").await;
    let mut active = runner.plan("active", 2);
    runner.perform(&mut active, &START).await;
    runner.perform(&mut active, &[Step::Retry(0), Step::Start(0), Step::Complete(0), Step::Start(1)]).await;
    let mut poller = poller_of(&runner.path).await;
    runner.perform(&mut active, &[Step::Retry(1), Step::Start(1), Step::Complete(1), Step::End]).await;
    poller.poll().await;
    let totals = poller.totals();
    let counted = ["events", "executions", "tasks", "retries"].map(|part| totals.sum(part));
    assert_eq!(counted, [3, 1, 1, 1]);
}

#[tokio::test]
async fn attempts_that_were_overwritten_between_two_polls_count() {
    let (_directory, mut runner, mut poller) = case().await;
    let mut execution = runner.plan("w", 1);
    runner.perform(&mut execution, &START).await;
    poller.poll().await;
    let again = [Step::Retry(0), Step::Start(0)];
    for steps in [&again[..], &again, &[Step::Recover(0), Step::Start(0)], &[Step::Complete(0), Step::End]] {
        runner.perform(&mut execution, steps).await;
    }
    poller.poll().await;
    poller.assert_counted(&runner.truth);
    assert_eq!((runner.truth.total_retries(), runner.truth.total_recoveries()), (2, 1));
}

#[tokio::test]
async fn executions_cancelled_between_two_polls_count() {
    let (_directory, mut runner, mut poller) = case().await;
    let mut known = runner.plan("known", 2);
    runner.perform(&mut known, &START).await;
    poller.poll().await;
    runner.perform(&mut known, &[Step::Retry(0), Step::Start(0), Step::Recover(0), Step::Cancel]).await;
    let mut unknown = runner.plan("unknown", 1);
    runner.perform(&mut unknown, &START).await;
    runner.perform(&mut unknown, &[Step::Retry(0), Step::Cancel]).await;
    poller.restart();
    poller.poll().await;
    poller.assert_counted(&runner.truth);
}

#[tokio::test]
async fn nothing_new_is_an_idle_poll() {
    let (_directory, mut runner, mut poller) = case().await;
    runner.succeed("w").await;
    assert_eq!(poller.poll().await, Polled::Read);
    assert_eq!(poller.poll().await, Polled::Idle);
    runner.succeed("w").await;
    assert_eq!(poller.poll().await, Polled::Read);
    poller.assert_counted(&runner.truth);
}

#[tokio::test]
async fn an_open_transaction_hides_nothing_and_counts_when_it_commits() {
    let (_directory, mut runner, mut poller) = case().await;
    runner.succeed("before").await;
    let before = runner.truth.clone();
    runner.say("BEGIN IMMEDIATE").await;
    let mut held = runner.plan("held", 1);
    runner.perform_within(&mut held, &LIFE).await;
    poller.poll().await;
    poller.assert_counted(&before);
    runner.say("COMMIT").await;
    poller.poll().await;
    poller.assert_counted(&runner.truth);

    let before = runner.truth.clone();
    runner.say("BEGIN IMMEDIATE").await;
    let mut undone = runner.plan("undone", 1);
    runner.perform_within(&mut undone, &LIFE).await;
    runner.say("ROLLBACK").await;
    poller.restart();
    poller.poll().await;
    poller.assert_counted(&before);
}

#[tokio::test]
async fn a_writer_that_locks_readers_out_delays_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("cloacina.db");
    let mut runner = Runner::create(&path, 1, SqliteJournalMode::Delete).await;
    let mut poller = poller_of(&path).await;
    poller.set_statement_timeout(Duration::from_millis(50));
    for number in 0..3 {
        runner.say("BEGIN EXCLUSIVE").await;
        let mut execution = runner.plan(&format!("w{number}"), 1);
        runner.perform_within(&mut execution, &LIFE).await;
        let error = poller.try_poll().await.unwrap_err();
        assert!(error.contains("lock"), "{error}");
        runner.say("COMMIT").await;
        poller.poll().await;
        poller.assert_counted(&runner.truth);
    }
}

#[tokio::test]
async fn a_runner_whose_clock_is_minutes_behind_is_counted_at_once() {
    let (_directory, mut runner, mut poller) = case().await;
    runner.succeed("before").await;
    poller.poll().await;
    runner.skew = -500_000_000;
    runner.succeed("behind").await;
    poller.poll().await;
    poller.assert_counted(&runner.truth);
}

/// Whether the exporter runs meanwhile or not, and whether the other file is shorter or longer.
#[tokio::test]
async fn a_file_replaced_by_another_is_read_from_its_beginning() {
    for (restarted, others) in [(false, 1), (false, 9), (true, 1), (true, 9)] {
        let (directory, mut runner, mut poller) = case().await;
        // Of one workflow, since workflows without any row left are dropped.
        for _ in 0..4 {
            runner.succeed("w").await;
        }
        poller.poll().await;
        let mut other = Runner::create(&directory.path().join("other.db"), 2, SqliteJournalMode::Wal).await;
        for _ in 0..others {
            other.succeed("w").await;
        }
        let (path, mut truth) = runner.close().await;
        let (other, second) = other.close().await;
        replace_file(&other, &path);
        if restarted {
            poller.restart();
        }
        truth.merge(second);
        poller.poll().await;
        poller.poll().await;
        poller.assert_counted(&truth);
        assert_eq!(poller.tenant().horizon().epochs(), 1, "restarted {restarted}, {others} others");
    }
}

#[tokio::test]
async fn a_file_restored_from_an_older_copy_doubles_nothing_and_goes_on() {
    let (directory, mut runner, mut poller) = case().await;
    runner.succeed("old").await;
    runner.say("PRAGMA wal_checkpoint(TRUNCATE)").await;
    let copy = directory.path().join("copy.db");
    std::fs::copy(&runner.path, &copy).unwrap();
    for number in 0..3 {
        runner.succeed(&format!("gone{number}")).await;
    }
    poller.poll().await;
    let (path, mut truth) = runner.close().await;
    replace_file(&copy, &path);
    poller.poll().await;
    poller.assert_counted(&truth);

    let mut connection = SqliteConnectOptions::new().filename(&path).connect().await.unwrap();
    let last: i64 = sqlx::query_scalar("SELECT max(sequence_num) FROM execution_events")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(last, 3, "numbers are given again");
    let (rng, skew) = (Rng::with_seed(3), 0);
    let mut after = Runner { truth: Truth::default(), path, connection, rng, skew };
    after.succeed("new").await;
    truth.merge(after.truth);
    poller.poll().await;
    poller.assert_counted(&truth);
}
