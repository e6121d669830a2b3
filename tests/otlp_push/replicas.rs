//! Of several replicas one pushes.

use super::{Site, borrowed, completed, exports};
use crate::support::collector::Collector;
use crate::support::exporter::Exporter;
use crate::support::exposition::Exposition;
use crate::support::intake::Intake;
use crate::support::pgbouncer::PgBouncer;
use crate::support::postgres::execute;
use crate::support::process;

#[tokio::test]
async fn of_two_replicas_the_elected_one_pushes_and_the_other_takes_over() {
    let mut site = Site::new().await;
    let collector = Collector::start().await;
    let otlp = format!(
        "otlp: {{push: elected, destinations: [{{name: one, endpoint: '{}', interval: 1s, temporality: delta}}]}}\n",
        collector.endpoint()
    );
    let first = site.arguments("first", &otlp);
    let second = site.arguments("second", &otlp);
    let mut first = Exporter::start(&borrowed(&first)).await;
    let elected = |page: &Exposition| page.sum("cloacina_exporter_otlp_elected", &[]) == 1.0;
    first.until("its election", elected).await;
    let mut second = Exporter::start(&borrowed(&second)).await;
    site.runner.succeed("etl").await;
    first.until("a push", |page| exports(page, "one", "success") >= 1.0).await;
    let watched = second.until("the execution", |page| completed(page, "etl") == 1.0).await;
    assert_eq!(exports(&watched, "one", "success"), 0.0, "only one pushes");
    assert!(!elected(&watched));
    first.kill();
    second.until("the takeover", |page| elected(page) && exports(page, "one", "success") >= 1.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_elected_replica_loses_nothing_while_it_is_gone_or_cannot_ask_whether_it_is_elected() {
    let mut site = Site::new().await;
    let intake = Intake::start("key").await;
    let otlp = format!(
        "otlp: {{push: elected, destinations: [{{name: dd, endpoint: '{}', headers: {{dd-api-key: key}}, \
         temporality: delta, interval: 100ms}}]}}\n",
        intake.endpoint().trim_end_matches("/v1/metrics")
    );
    let arguments = site.arguments("exporter", &otlp);
    let mut exporter = Exporter::start(&borrowed(&arguments)).await;
    exporter.until("a first export", |page| exports(page, "dd", "success") >= 1.0).await;
    let sum =
        || intake.sum("cloacina.state.workflow.executions", &[("workflow", "etl"), ("status", "completed")]);
    exporter.kill();
    site.runner.succeed("etl").await;
    exporter.start_again().await;
    exporter.until("the delivery of what ended meanwhile", |_| sum() == 1.0).await;

    // Its session with the lock is ended; the next one takes it again some seconds later.
    let end = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted";
    execute(&mut site.cluster.connect("postgres").await, end).await;
    let elected = "cloacina_exporter_otlp_elected";
    exporter.until("the loss of its session", |page| page.get(elected, &[]) == Some(0.0)).await;
    site.runner.succeed("etl").await;
    exporter.until("the second execution", |page| completed(page, "etl") == 2.0).await;
    exporter.until("its delivery", |_| sum() == 2.0).await;
    assert_eq!(exporter.terminate(), 0, "{}", exporter.log());
    assert_eq!(sum(), 2.0);
}

#[tokio::test]
async fn behind_a_pooler_nobody_is_elected_and_that_is_said_once() {
    let site = Site::new().await;
    let pooler = PgBouncer::start(&site.cluster, "postgres").await;
    let otlp = "otlp: {push: elected, destinations: [{name: one, endpoint: 'http://127.0.0.1:1', interval: 100ms}]}\n";
    let mut arguments = site.arguments("exporter", otlp);
    arguments[1] = pooler.url("postgres");
    let mut exporter = Exporter::start(&borrowed(&arguments)).await;
    process::eventually("what is wrong", async || exporter.log().contains("bypass the pooler")).await;
    let up = |page: &Exposition| page.get("cloacina_state_up", &[("tenant", "tenant_a")]) == Some(1.0);
    let page = exporter.until("a poll", up).await;
    assert_eq!(page.get("cloacina_exporter_otlp_elected", &[]), Some(0.0));
    assert_eq!(exports(&page, "one", "unreachable"), 0.0);
    assert_eq!(exporter.terminate(), 0);
    assert_eq!(exporter.log().matches("bypass the pooler").count(), 1, "{}", exporter.log());
}
