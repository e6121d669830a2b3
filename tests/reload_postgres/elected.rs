//! Who pushes changes with a reload: nothing is lost or sent twice, and the lock is held by whoever is elected alone.
//!
//! With several threads, so that a receiver answers while the end of an exporter is waited for.

use super::{Site, executions, reload};
use crate::support::collector::Collector;
use crate::support::exporter::Exporter;
use crate::support::exposition::Exposition;
use crate::support::intake::Intake;
use crate::support::process::eventually;
use crate::support::proxy::Proxy;

const ELECTED: &str = "cloacina_exporter_otlp_elected";
const LOCKS: &str = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted";

/// Deltas to `intake`.
fn deltas(name: &str, intake: &Intake, interval: &str) -> String {
    let endpoint = intake.endpoint();
    let endpoint = endpoint.trim_end_matches("/v1/metrics");
    format!(
        "{{name: {name}, endpoint: '{endpoint}', headers: {{dd-api-key: key}}, temporality: delta, interval: {interval}}}"
    )
}

fn otlp(push: &str, destinations: &[String]) -> String {
    format!("poll: {{interval: 1s}}\notlp: {{push: {push}, destinations: [{}]}}", destinations.join(", "))
}

/// What `intake` was told of ended executions.
fn sum(intake: &Intake) -> f64 {
    intake.sum("cloacina.state.workflow.executions", &[("workflow", "w"), ("status", "completed")])
}

async fn first_export(exporter: &mut Exporter, intake: &Intake) {
    exporter.until("a first export", |_| !intake.taken().answers.is_empty()).await;
}

async fn counted(exporter: &mut Exporter, count: f64) {
    exporter.until("what was done", |page| executions(page, "tenant_a") == count).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn to_be_elected_and_back_holds_the_lock_and_lets_go_of_it_and_sends_everything_once() {
    let site = Site::new(&["tenant_a"]).await;
    let mut runner = site.runner("tenant_a", 1).await;
    let (intake, collector) = (Intake::start("key").await, Collector::start().await);
    let traces = format!("{{name: traces, endpoint: '{}', signals: [traces]}}", collector.endpoint());
    let destinations = [deltas("metrics", &intake, "100ms"), traces];
    site.configure("exporter", &otlp("all", &destinations));
    let mut exporter = site.start("exporter").await;
    first_export(&mut exporter, &intake).await;
    let mut written = 0.0;
    for push in ["elected", "all", "elected", "elected", "all"] {
        runner.succeed("w").await;
        site.configure("exporter", &otlp(push, &destinations));
        reload(&exporter).await;
        runner.succeed("w").await;
        written += 2.0;
        let elected = (push == "elected").then_some(1.0);
        exporter.until("who pushes", |page| page.get(ELECTED, &[]) == elected).await;
        let locks = if push == "elected" { 1 } else { 0 };
        eventually("the lock", async || site.cluster.value::<i64>("app", LOCKS).await == locks).await;
        exporter.until("the delivery", |_| sum(&intake) >= written).await;
    }
    let told =
        || collector.look(|kept| kept.spans.iter().filter(|span| span.parent_span_id.is_empty()).count());
    exporter.until("the traces", |_| told() as f64 >= written).await;
    assert_eq!(exporter.terminate(), 0, "{}", exporter.log());
    assert_eq!((sum(&intake), told() as f64), (written, written), "{}", exporter.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_is_to_push_no_more_hands_over_to_the_other_and_one_that_never_pushed_pushes_nothing()
{
    let site = Site::new(&["tenant_a"]).await;
    let mut runner = site.runner("tenant_a", 1).await;
    let intake = Intake::start("key").await;
    site.configure("first", &otlp("elected", &[deltas("dd", &intake, "100ms")]));
    let mut first = site.start("first").await;
    let elected = |page: &Exposition| page.get(ELECTED, &[]) == Some(1.0);
    first.until("its election", elected).await;
    first_export(&mut first, &intake).await;
    for name in ["spare", "second"] {
        site.configure(name, &otlp("elected", &[deltas("dd", &intake, "1h")]));
    }
    let (mut spare, mut second) = (site.start("spare").await, site.start("second").await);
    // Its one look at what the other pushes, for an hour.
    let journal = site.folder.path().join("spare.state.otlp-dd-metrics");
    let noted = || std::fs::metadata(&journal).unwrap().len();
    let before = noted();
    spare.until("its first note", |_| noted() > before).await;
    runner.succeed("w").await;
    counted(&mut first, 1.0).await;
    counted(&mut spare, 1.0).await;
    first.until("the delivery", |_| sum(&intake) == 1.0).await;
    // It has not yet taken that for pushed, so that it would push it, were it to push.
    site.configure("spare", &otlp("none", &[deltas("dd", &intake, "1h")]));
    reload(&spare).await;
    assert_eq!(spare.terminate(), 0);
    assert_eq!(sum(&intake), 1.0, "{}", spare.log());

    // From now on it notes at once what the first has pushed.
    site.configure("second", &otlp("elected", &[deltas("dd", &intake, "100ms")]));
    reload(&second).await;
    counted(&mut second, 1.0).await;
    assert!(!elected(&second.metrics().await));
    site.configure("first", &otlp("none", &[deltas("dd", &intake, "100ms")]));
    reload(&first).await;
    second.until("its election", elected).await;
    runner.succeed("w").await;
    second.until("the delivery", |_| sum(&intake) >= 2.0).await;
    assert_eq!((first.terminate(), second.terminate()), (0, 0));
    assert_eq!(sum(&intake), 2.0, "{}", second.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destination_that_is_taken_out_is_pushed_to_once_more_though_the_others_wait_for_an_election() {
    let site = Site::new(&["tenant_a"]).await;
    let mut runner = site.runner("tenant_a", 1).await;
    let (leaving, staying) = (Intake::start("key").await, Intake::start("key").await);
    let stays = deltas("staying", &staying, "100ms");
    site.configure("exporter", &otlp("all", &[deltas("leaving", &leaving, "1h"), stays.clone()]));
    let mut exporter = site.start("exporter").await;
    first_export(&mut exporter, &leaving).await;
    runner.succeed("w").await;
    counted(&mut exporter, 1.0).await;
    site.configure("exporter", &otlp("elected", &[stays]));
    reload(&exporter).await;
    exporter.until("both deliveries", |_| (sum(&leaving), sum(&staying)) == (1.0, 1.0)).await;
    assert_eq!(exporter.terminate(), 0);
    assert_eq!((sum(&leaving), sum(&staying)), (1.0, 1.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_while_the_server_has_not_noticed_the_end_of_the_session_with_the_lock_is_sent() {
    let site = Site::new(&["tenant_a"]).await;
    let mut runner = site.runner("tenant_a", 1).await;
    let intake = Intake::start("key").await;
    let proxy = Proxy::start(site.cluster.address()).await;
    let rest = otlp("elected", &[deltas("dd", &intake, "100ms")]);
    let way = site.url().replace(&site.cluster.address().to_string(), &proxy.address().to_string());
    site.configure_at("exporter", &way, &rest);
    let mut exporter = site.start("exporter").await;
    first_export(&mut exporter, &intake).await;
    proxy.set_silent(true);
    site.configure("exporter", &rest);
    reload(&exporter).await;
    runner.succeed("w").await;
    counted(&mut exporter, 1.0).await;
    let said = "an earlier session of this exporter still holds the lock";
    eventually("that it waits", async || exporter.log().contains(said)).await;
    assert_eq!((sum(&intake), exporter.metrics().await.get(ELECTED, &[])), (0.0, Some(0.0)));
    proxy.cut();
    exporter.until("the delivery", |_| sum(&intake) >= 1.0).await;
    assert_eq!(exporter.terminate(), 0);
    assert_eq!(sum(&intake), 1.0, "{}", exporter.log());
}
