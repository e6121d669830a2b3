//! Cases about the window of events that each poll reads again: what becomes visible late, and is found all the same.

use std::time::Duration;

use super::team::Team;
use super::{Case, HOLD, LIFE, OVERLAP, merge, perform_at_once, poll_for};
use crate::support::naive::NaiveCursor;
use crate::support::poller::Poller;
use crate::support::process::eventually;
use crate::support::writer::engine::Step;
use crate::support::writer::round::Round;
use crate::support::writer::runner::Runner;
use crate::support::writer::{connect, hold_unrelated};
use crate::support::{postgres::execute, writer};
use crate::{SCHEMA, support::poller::Polled};
use cloacina_exporter::record::{Span, Timestamp};

/// Holds a retry and a short execution open while `poller` polls, commits them, and polls once more.
async fn hold_the_newest_transaction(case: &mut Case, poller: &mut Poller) -> Vec<Runner> {
    let (mut first, mut holder) = (case.runner().await, case.runner().await);
    first.succeed("first").await;
    let mut long = holder.plan("long", 1);
    holder.perform(&mut long, &[Step::Create, Step::ReadyAll, Step::Start(0)]).await;
    poller.poll().await;
    holder.begin().await;
    perform_at_once(&mut holder, &mut long, &[Step::Retry(0)]).await;
    let mut short = holder.plan("short", 1);
    perform_at_once(&mut holder, &mut short, &LIFE).await;
    poll_for(poller, HOLD).await;
    holder.commit().await;
    poller.poll().await;
    vec![first, holder]
}

#[tokio::test]
async fn row_01_the_newest_transaction_held_longer_than_the_overlap_is_counted() {
    let mut case = Case::new().await;
    let mut poller = case.poller().await;
    let runners = hold_the_newest_transaction(&mut case, &mut poller).await;
    poller.assert_counted(&merge(&runners));
    poller.restart();
    poller.poll().await;
    poller.assert_counted(&merge(&runners));
}

#[tokio::test]
async fn row_02_so_it_is_while_an_older_unrelated_transaction_ends() {
    let mut case = Case::new().await;
    case.cluster.create_database("unrelated").await;
    let unrelated = case.cluster.url("postgres", "unrelated");
    let mut poller = case.poller().await;
    let held = tokio::spawn(async move { hold_unrelated(&unrelated, HOLD / 2).await });
    let query =
        "SELECT count(*) FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND datname = 'unrelated'";
    eventually("the older transaction", async || case.cluster.value::<i64>("postgres", query).await == 1)
        .await;
    let runners = hold_the_newest_transaction(&mut case, &mut poller).await;
    assert!(held.is_finished());
    poller.assert_counted(&merge(&runners));
}

#[tokio::test]
async fn row_03_writers_that_all_wait_for_a_lock_are_counted() {
    let mut case = Case::new().await;
    let mut poller = case.poller().await;
    let mut team = Team::new(&mut case, 10).await;
    poller.poll().await;
    let mut lock = connect(&case.url, SCHEMA).await;
    execute(&mut lock, "BEGIN; LOCK TABLE execution_events IN EXCLUSIVE MODE").await;
    tokio::join!(team.act("short"), async {
        let query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
        eventually("ten to wait", async || case.cluster.value::<i64>("postgres", query).await == 10).await;
        poll_for(&mut poller, HOLD).await;
        execute(&mut lock, "COMMIT").await;
    });
    poller.poll().await;
    poller.assert_counted(&team.truth());
}

#[tokio::test]
async fn row_07_a_quiet_random_round_with_half_of_its_transactions_held_is_counted() {
    let case = Case::with_movable_clock().await;
    let mut poller = case.poller().await;
    let mut round = Round::new(7, 2, 16);
    (round.hold, round.pace) = (Duration::from_secs(6), Duration::from_millis(800));
    round.chances.held = 0.5;
    let url = case.url.clone();
    let writing = tokio::spawn(async move { round.run(&url, SCHEMA).await });
    while !writing.is_finished() {
        poll_for(&mut poller, Duration::from_millis(500)).await;
        poller.restart();
    }
    let truth = writing.await.unwrap();
    case.poll_after_a_minute(&mut poller).await;
    poller.assert_counted(&truth);
}

#[tokio::test]
async fn row_10_an_open_transaction_is_not_taken_for_a_slow_clock() {
    let mut case = Case::new().await;
    let mut poller = case.poller().await;
    let (mut first, mut holder) = (case.runner().await, case.runner().await);
    first.succeed("first").await;
    poller.poll().await;
    holder.begin().await;
    let mut held = holder.plan("held", 1);
    perform_at_once(&mut holder, &mut held, &LIFE).await;
    for number in 0..4 {
        poll_for(&mut poller, HOLD / 4).await;
        first.succeed(&format!("meanwhile{number}")).await;
    }
    holder.commit().await;
    poller.poll().await;
    assert!(poller.tenant().horizon().late() < Span::from(OVERLAP));
    let truth = merge([&first, &holder]);
    let newest = Timestamp(truth.events.values().map(|(_, at)| *at).max().unwrap());
    assert_eq!(
        poller.tenant().horizon().edge(),
        newest.minus(Span::from(OVERLAP)),
        "the overlap is as it was"
    );
    poller.assert_counted(&truth);
}

#[tokio::test]
async fn row_21_a_transaction_that_is_open_at_the_first_poll_counts_when_it_commits() {
    let mut case = Case::new().await;
    let mut holder = case.runner().await;
    let mut long = holder.plan("long", 1);
    holder.perform(&mut long, &[Step::Create, Step::ReadyAll, Step::Start(0)]).await;
    let before = holder.truth.events.len() as u64;
    holder.begin().await;
    perform_at_once(&mut holder, &mut long, &[Step::Retry(0)]).await;
    let mut short = holder.plan("short", 1);
    perform_at_once(&mut holder, &mut short, &LIFE).await;
    let mut poller = case.poller().await;
    poll_for(&mut poller, HOLD).await;
    holder.commit().await;
    poller.poll().await;
    let totals = poller.totals();
    let counted = ["events", "executions", "tasks", "retries"].map(|part| totals.sum(part));
    assert_eq!(counted, [holder.truth.events.len() as u64 - before, 1, 1, 1]);
}

#[tokio::test]
async fn row_24_transaction_ids_may_wrap_around() {
    let mut case = Case::new().await;
    case.cluster.approach_wraparound(100).await;
    let mut poller = case.poller().await;
    let (mut first, mut holder) = (case.runner().await, case.runner().await);
    holder.begin().await;
    let mut held = holder.plan("held", 1);
    perform_at_once(&mut holder, &mut held, &LIFE).await;
    for number in 0..40 {
        first.succeed(&format!("w{number}")).await;
        poller.poll().await;
    }
    let next: i64 = case.cluster.value("postgres", "SELECT pg_current_xact_id()::text::bigint").await;
    assert!(next > 1 << 32, "{next}");
    holder.commit().await;
    first.succeed("last").await;
    poller.poll().await;
    poller.assert_counted(&merge([&first, &holder]));
}

#[tokio::test]
async fn naive_cursors_lose_what_commits_out_of_order() {
    let mut case = Case::new().await;
    let mut poller = case.poller().await;
    let mut by_time = NaiveCursor::by_time(&case.url, SCHEMA).await;
    let mut by_sequence = NaiveCursor::by_sequence(&case.url, SCHEMA).await;
    let (mut first, mut holder) = (case.runner().await, case.runner().await);
    holder.begin().await;
    let mut held = holder.plan("held", 1);
    perform_at_once(&mut holder, &mut held, &LIFE).await;
    first.succeed("first").await;
    by_time.poll().await;
    by_sequence.poll().await;
    assert_eq!(poller.poll().await, Polled::Read);
    holder.commit().await;
    by_time.poll().await;
    by_sequence.poll().await;
    poller.poll().await;
    let truth = merge([&first, &holder]);
    assert_eq!((by_time.lost(&truth), by_sequence.lost(&truth)), (3, 3));
    poller.assert_counted(&truth);
    assert!(truth.events.values().all(|(_, at)| *at <= writer::now()));
}
