//! Cases about more than one server: standbys that lag or replace the primary, poolers and load balancers before them.

use super::team::Team;
use super::{Case, HOLD, OVERLAP, SCHEMA, merge, poll_for};
use crate::support::pgbouncer::PgBouncer;
use crate::support::poller::Polled;
use crate::support::process::{Signal, eventually};
use crate::support::proxy::Proxy;
use crate::support::writer::runner::Runner;

#[tokio::test]
async fn row_04_commits_that_wait_for_a_synchronous_standby_are_counted() {
    let mut case = Case::new().await;
    let standby = case.cluster.standby(Vec::new()).await;
    let mut poller = case.poller().await;
    let mut team = Team::new(&mut case, 10).await;
    poller.poll().await;
    case.cluster.set_synchronous(true).await;
    standby.freeze();
    tokio::join!(team.act("short"), async {
        let query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
        eventually("ten to wait", async || case.cluster.value::<i64>("postgres", query).await == 10).await;
        poll_for(&mut poller, HOLD).await;
        standby.thaw();
    });
    poller.poll().await;
    poller.assert_counted(&team.truth());
}

#[tokio::test]
async fn row_05_a_standby_whose_replay_stopped_is_read_exactly() {
    let mut case = Case::new().await;
    let standby = case.cluster.standby(Vec::new()).await;
    let url = standby.url("postgres", "postgres");
    let mut poller = case.poller_at(&url, OVERLAP).await;
    let mut team = Team::new(&mut case, 10).await;
    standby.catch_up_with(&case.cluster).await;
    poller.poll().await;
    standby.pause_replay().await;
    team.act("short").await;
    poll_for(&mut poller, HOLD).await;
    standby.resume_replay().await;
    standby.catch_up_with(&case.cluster).await;
    poller.poll().await;
    poller.assert_counted(&team.truth());
}

#[tokio::test]
async fn row_16_a_failover_behind_a_pooler_loses_nothing_though_transaction_ids_are_used_again() {
    let mut case = Case::new().await;
    let mut standby = case.cluster.standby(Vec::new()).await;
    let pooler = PgBouncer::start(&case.cluster, "postgres").await;
    let mut poller = case.poller_at(&pooler.url("postgres"), OVERLAP).await;
    let mut team = Team::new(&mut case, 10).await;
    team.act("before").await;
    standby.catch_up_with(&case.cluster).await;
    poller.poll().await;

    // What the standby never receives, the exporter has read.
    standby.halt(Signal::Interrupt);
    let mut lost = case.runner().await;
    for number in 0..10 {
        lost.succeed(&format!("lost{number}")).await;
    }
    poller.poll().await;
    let old: i64 = case.cluster.value("postgres", "SELECT pg_current_xact_id()::text::bigint").await;
    pooler.point_to(&standby);
    case.cluster.halt(Signal::Quit);
    standby.start_again().await;
    standby.promote().await;

    let url = standby.url("postgres", "postgres");
    let mut after = Runner::connect(&url, SCHEMA, 99).await;
    let first: i64 = standby.value("postgres", "SELECT pg_current_xact_id()::text::bigint").await;
    assert!(first < old, "ids are used again: {first} {old}");
    for number in 0..20 {
        after.succeed(&format!("after{number}")).await;
    }
    let last: i64 = standby.value("postgres", "SELECT pg_current_xact_id()::text::bigint").await;
    assert!(last > old, "and are ahead of what they were: {last} {old}");
    eventually("the pooler to reach the new server", async || poller.try_poll().await == Ok(Polled::Read))
        .await;
    poller.poll().await;
    let mut truth = team.truth();
    truth.merge(merge([&lost, &after]));
    poller.assert_counted(&truth);
}

#[tokio::test]
async fn row_17_a_load_balancer_that_shows_an_older_state_doubles_nothing() {
    let mut case = Case::new().await;
    let standby = case.cluster.standby(Vec::new()).await;
    let balancer = Proxy::start(case.cluster.address()).await;
    let url = format!("postgres://postgres@{}/postgres", balancer.address());
    let mut poller = case.poller_at(&url, OVERLAP).await;
    let mut team = Team::new(&mut case, 2).await;
    poller.poll().await;
    standby.catch_up_with(&case.cluster).await;
    standby.pause_replay().await;
    team.act("unseen").await;
    poller.poll().await;
    poller.assert_counted(&team.truth());

    balancer.point_to(standby.address());
    balancer.cut();
    eventually("the older state", async || poller.try_poll().await == Ok(Polled::Behind)).await;
    assert_eq!(poller.poll().await, Polled::Behind);
    poller.assert_counted(&team.truth());

    balancer.point_to(case.cluster.address());
    balancer.cut();
    eventually("the newer state", async || poller.try_poll().await == Ok(Polled::Read)).await;
    team.act("more").await;
    poller.poll().await;
    poller.assert_counted(&team.truth());
    assert!(poller.tenant().horizon().skipped() >= 2);
    assert_eq!(poller.tenant().horizon().epochs(), 0);
}
