//! Cases about clocks that are wrong: the server's, and those of the runners.

use std::time::Duration;

use super::team::Team;
use super::{Case, OVERLAP, merge};
use crate::support::poller::Poller;
use crate::support::writer::engine::Step;
use crate::support::writer::runner::Runner;

/// How long ids are remembered below the edge.
const KEEP: Duration = Duration::from_secs(600);
/// Time enough to write what a first poll must still see at the very end of what it reads.
const ROOMY: Duration = Duration::from_secs(5);

/// Writes an execution at the far end of what a first poll reads, takes that poll, and polls until its ids are
/// forgotten. They must never count.
async fn poll_until_ids_are_forgotten(case: &mut Case) -> (Poller, Runner) {
    let mut early = case.runner().await;
    early.set_skew(-KEEP.as_secs_f64());
    early.succeed("early").await;
    let mut poller = case.poller_at(&case.url, ROOMY).await;
    let id = *early.truth.events.keys().next().unwrap();
    assert!(poller.tenant().has_seen(&id), "it was read as part of the baseline");
    let mut fresh = case.runner().await;
    let mut number = 0;
    while poller.tenant().has_seen(&id) {
        number += 1;
        assert!(number < 200, "ids are forgotten in time");
        // Ids are kept until the scan for cancellations, once a minute by the server's clock, has passed them.
        case.cluster.shift_clock(61 * (number % 2));
        fresh.succeed(&format!("fresh{number}")).await;
        poller.poll().await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    case.cluster.shift_clock(0);
    (poller, fresh)
}

#[tokio::test]
async fn row_06_the_servers_clock_may_be_an_hour_ahead_for_a_while() {
    let mut case = Case::with_movable_clock().await;
    let mut poller = case.poller().await;
    let mut team = Team::new(&mut case, 5).await;
    for (hours, act) in [(0, "before"), (1, "during"), (0, "after")] {
        case.cluster.shift_clock(hours * 3600);
        poller.poll().await;
        team.act(act).await;
        poller.poll().await;
        poller.poll().await;
    }
    poller.assert_counted(&team.truth());
}

#[tokio::test]
async fn row_08_the_servers_clock_may_be_set_back_by_an_hour() {
    let mut case = Case::with_movable_clock().await;
    let (mut poller, fresh) = poll_until_ids_are_forgotten(&mut case).await;
    let mut team = Team::new(&mut case, 10).await;
    poller.poll().await;
    case.cluster.shift_clock(-3600);
    for act in ["a", "b"] {
        team.act(act).await;
        poller.poll().await;
        poller.restart();
        poller.poll().await;
    }
    case.cluster.shift_clock(0);
    team.act("c").await;
    poller.poll().await;
    let mut truth = team.truth();
    truth.merge(fresh.truth);
    poller.assert_counted(&truth);
}

#[tokio::test]
async fn row_09_an_overlap_that_widens_meets_no_forgotten_id() {
    let mut case = Case::with_movable_clock().await;
    let (mut poller, mut fresh) = poll_until_ids_are_forgotten(&mut case).await;
    let mut slow = case.runner().await;
    slow.set_skew(-700.0);
    let mut late = slow.plan("late", 1);
    slow.perform(&mut late, &[Step::Create, Step::ReadyAll, Step::Start(0)]).await;
    poller.poll().await;
    slow.perform(&mut late, &[Step::Complete(0), Step::End]).await;
    poller.poll().await;
    let edge = poller.tenant().horizon().edge();
    assert_eq!(edge, poller.tenant().horizon().floor(), "the overlap reaches beyond what is remembered");
    for number in 0..3 {
        fresh.succeed(&format!("more{number}")).await;
        poller.restart();
        poller.poll().await;
    }
    // Its events lie below all that is read; only the audit would find them.
    slow.truth.events.clear();
    poller.assert_counted(&merge([&fresh, &slow]));
}

#[tokio::test]
async fn row_11_a_runner_further_behind_than_the_overlap_is_noticed_and_waited_for() {
    let mut case = Case::new().await;
    let mut poller = case.poller().await;
    let (mut fresh, mut slow) = (case.runner().await, case.runner().await);
    slow.set_skew(-4.0 * OVERLAP.as_secs_f64());
    let mut long = slow.plan("long", 1);
    let parts: [&[Step]; 3] = [
        &[Step::Create, Step::ReadyAll, Step::Start(0)],
        &[Step::Retry(0), Step::Start(0)],
        &[Step::Complete(0), Step::End],
    ];
    for (number, steps) in parts.into_iter().enumerate() {
        slow.perform(&mut long, steps).await;
        fresh.succeed(&format!("fresh{number}")).await;
        poller.poll().await;
    }
    for number in 0..5 {
        slow.succeed(&format!("short{number}")).await;
    }
    fresh.succeed("last").await;
    poller.poll().await;
    poller.poll().await;
    poller.assert_counted(&merge([&fresh, &slow]));
}

#[tokio::test]
async fn row_12_what_a_runner_beyond_all_bounds_wrote_is_found_by_the_recount() {
    let mut case = Case::with_movable_clock().await;
    // So that minutes older than an hour are within what is recounted.
    case.cluster.shift_clock(-2 * 3600);
    let mut poller = case.poller().await;
    case.cluster.shift_clock(0);
    let (mut fresh, mut slow) = (case.runner().await, case.runner().await);
    fresh.succeed("fresh").await;
    poller.poll().await;
    slow.set_skew(-90.0 * 60.0);
    for number in 0..5 {
        slow.succeed(&format!("slow{number}")).await;
    }
    poller.poll().await;
    assert_eq!(poller.totals().sum("executions"), 1, "they lie below all that is read");
    for _ in 0..90 {
        poller.poll().await;
    }
    let (audited, missed) = poller.tenant().audited();
    assert_eq!((audited, missed), (15, 15));
    poller.assert_counted(&merge([&fresh, &slow]));
    poller.restart();
    poller.poll().await;
    poller.assert_counted(&merge([&fresh, &slow]));
}
