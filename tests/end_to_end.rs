//! The built binary between real servers: PostgreSQL on one side, Prometheus on the other.

mod support;

use support::exporter::{Exporter, Format as Page};
use support::exposition::Exposition;
use support::postgres::{Cluster, Options};
use support::process::{Signal, python};
use support::prometheus::{Format, Prometheus, promtool};
use support::proxy::Proxy;
use support::schema::{self, Generation};
use support::writer::runner::Runner;

const EXECUTIONS: &str = "cloacina_state_workflow_executions_total";
const ATTEMPTS: &str = "cloacina_state_task_attempts_total";
const UP: &str = "cloacina_state_up";

/// A cluster with an empty tenant of the newest version.
async fn cloacina(options: Options, tenant: &str) -> Cluster {
    let cluster = Cluster::start(options).await;
    schema::create(&mut cluster.connect("postgres").await, tenant, Generation::V0_11).await;
    cluster
}

fn completed(page: &Exposition, workflow: &str) -> f64 {
    page.sum(EXECUTIONS, &[("workflow", workflow), ("status", "completed")])
}

#[tokio::test]
async fn prometheus_scrapes_the_same_numbers_in_every_format_from_a_database_behind_tls() {
    let cluster = cloacina(Options { tls: true, passwords: true, ..Options::default() }, "tenant_a").await;
    let mut runner = Runner::connect(&cluster.url("postgres", "postgres"), "tenant_a", 1).await;
    for _ in 0..3 {
        runner.succeed("etl").await;
    }
    let ca = cluster.ca_certificate();
    let url = cluster.url("postgres", "postgres").replace("127.0.0.1", "localhost");
    let url = format!("{url}?sslmode=verify-full&sslrootcert={}", ca.display());
    let exporter = Exporter::start(&["--database", &url, "--backfill", "all", "--state.file", "none"]).await;
    for format in [Format::Text, Format::OpenMetrics, Format::Protobuf] {
        let prometheus = Prometheus::start(exporter.address(), "/metrics", format, &[]).await;
        let query = format!("sum({EXECUTIONS}{{tenant=\"tenant_a\",workflow=\"etl\",status=\"completed\"}})");
        let samples = prometheus.until_answered(&query).await;
        assert_eq!(samples[0].value, 3.0, "{format:?}");
        if format == Format::Protobuf {
            let query =
                "histogram_count(cloacina_state_workflow_execution_duration_seconds{status=\"completed\"})";
            assert_eq!(prometheus.until_answered(query).await[0].value, 3.0);
        } else {
            let query = "cloacina_state_workflow_execution_duration_seconds_count{status=\"completed\"}";
            assert_eq!(prometheus.until_answered(query).await[0].value, 3.0, "{format:?}");
        }
    }
}

#[tokio::test]
async fn the_live_pages_pass_promtool_and_the_openmetrics_parser() {
    let cluster = cloacina(Options::default(), "tenant_a").await;
    let mut runner = Runner::connect(&cluster.url("postgres", "postgres"), "tenant_a", 1).await;
    runner.succeed("quote\"back\\slash\nnewline é").await;
    let url = cluster.url("postgres", "postgres");
    let exporter = Exporter::start(&["--database", &url, "--backfill", "all", "--state.file", "none"]).await;
    let text = exporter.page(Page::Text).await;
    let checked = promtool(&["check", "metrics"], text.text());
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    assert_eq!(String::from_utf8_lossy(&checked.stderr), "");
    let page = exporter.page(Page::OpenMetrics).await;
    let script = "import sys; from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse; \
                  print(sum(len(f.samples) for f in parse(sys.stdin.read())))";
    let parsed = python(script, page.text().as_bytes());
    assert!(parsed.status.success(), "{}", String::from_utf8_lossy(&parsed.stderr));
    let samples: usize = String::from_utf8_lossy(&parsed.stdout).trim().parse().unwrap();
    let lines = page.text().lines().filter(|line| !line.starts_with('#')).count();
    assert_eq!(samples, lines);
    assert_eq!(completed(&exporter.metrics().await, "quote\"back\\slash\nnewline é"), 1.0);
}

#[tokio::test]
async fn a_restart_with_a_state_file_keeps_totals_and_counts_what_ended_meanwhile() {
    let cluster = cloacina(Options::default(), "tenant_a").await;
    let mut runner = Runner::connect(&cluster.url("postgres", "postgres"), "tenant_a", 1).await;
    runner.succeed("etl").await;
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    let url = cluster.url("postgres", "postgres");
    let arguments = ["--database", &url, "--poll.interval", "1s", "--state.file", state.to_str().unwrap()];
    let mut exporter = Exporter::start(&arguments).await;
    assert_eq!(
        completed(&exporter.metrics().await, "etl"),
        0.0,
        "what ended before the start does not count"
    );
    runner.succeed("etl").await;
    exporter.until("one", |page| completed(page, "etl") == 1.0).await;
    for total in [2.0, 3.0] {
        exporter.kill();
        runner.succeed("etl").await;
        exporter.start_again().await;
        assert_eq!(completed(&exporter.metrics().await, "etl"), total);
    }
    assert_eq!(exporter.metrics().await.sum(ATTEMPTS, &[("outcome", "completed")]), 3.0);
}

#[tokio::test]
async fn a_database_that_goes_away_is_down_and_is_read_again_without_a_restart() {
    let mut cluster = cloacina(Options::default(), "tenant_a").await;
    let url = cluster.url("postgres", "postgres");
    let arguments = ["--database", &url, "--poll.interval", "1s", "--state.file", "none"];
    let mut exporter = Exporter::start(&arguments).await;
    let tenant = [("tenant", "tenant_a")];
    exporter.until("up", |page| page.get(UP, &tenant) == Some(1.0)).await;
    cluster.halt(Signal::Quit);
    let down = exporter.until("down", |page| page.get(UP, &tenant) == Some(0.0)).await;
    assert!(down.sum("cloacina_exporter_poll_errors_total", &[("reason", "connect")]) >= 1.0);
    assert!(down.get("cloacina_state_runners_active", &tenant).is_some(), "the last good values stay");
    cluster.start_again().await;
    exporter.until("up again", |page| page.get(UP, &tenant) == Some(1.0)).await;
}

#[tokio::test]
async fn an_unreachable_database_at_the_start_is_a_failing_poll_and_no_exit() {
    let proxy = Proxy::start(([127, 0, 0, 1], 1).into()).await;
    proxy.refuse();
    let url = format!("postgres://user:hunter2@{}/orders", proxy.address());
    let mut exporter =
        Exporter::start(&["--database", &url, "--poll.interval", "1s", "--state.file", "none"]).await;
    let page = exporter.metrics().await;
    assert_eq!(page.get(UP, &[("tenant", "orders")]), Some(0.0));
    assert_eq!(exporter.exit_code(), None);
    assert!(exporter.log().contains("nothing listens there"), "{}", exporter.log());
    assert!(!exporter.log().contains("hunter2"));
}

#[tokio::test]
async fn a_tenant_without_grants_and_a_foreign_one_are_named_while_the_rest_is_read() {
    let cluster = cloacina(Options::default(), "tenant_a").await;
    let mut connection = cluster.connect("postgres").await;
    schema::create(&mut connection, "tenant_b", Generation::V0_4).await;
    schema::create(&mut connection, "tenant_c", Generation::V0_6).await;
    cluster
        .execute(
            "postgres",
            "CREATE SCHEMA other; CREATE TABLE other.workflow_executions (id int); CREATE ROLE watcher LOGIN; \
             GRANT USAGE ON SCHEMA tenant_a, tenant_b, other TO watcher; \
             GRANT SELECT ON ALL TABLES IN SCHEMA tenant_a, tenant_b, other TO watcher",
        )
        .await;
    let url = cluster.url("watcher", "postgres");
    let arguments = ["--database", &url, "--poll.interval", "1s", "--state.file", "none"];
    let mut exporter = Exporter::start(&arguments).await;
    let page = exporter.metrics().await;
    let up = |page: &Exposition| {
        ["tenant_a", "tenant_b", "tenant_c", "other"].map(|tenant| page.get(UP, &[("tenant", tenant)]))
    };
    assert_eq!(up(&page), [Some(1.0), Some(1.0), Some(0.0), Some(0.0)]);
    assert_eq!(
        page.sum("cloacina_state_schema_info", &[("tenant", "tenant_b"), ("generation", "v0.4")]),
        1.0
    );
    let log = exporter.log();
    assert!(log.contains("GRANT USAGE ON SCHEMA"), "{log}");
    assert!(log.contains("not the tables of Cloacina"), "{log}");
    cluster
        .execute(
            "postgres",
            "GRANT USAGE ON SCHEMA tenant_c TO watcher; GRANT SELECT ON ALL TABLES IN SCHEMA tenant_c TO watcher; \
             DROP SCHEMA other CASCADE",
        )
        .await;
    exporter.until("granted", |page| up(page) == [Some(1.0), Some(1.0), Some(1.0), None]).await;
}

#[tokio::test]
async fn polling_takes_no_transaction_id_and_so_writes_nothing() {
    let cluster = cloacina(Options::default(), "tenant_a").await;
    let mut runner = Runner::connect(&cluster.url("postgres", "postgres"), "tenant_a", 1).await;
    runner.succeed("etl").await;
    let next_id = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint";
    let before: i64 = cluster.value("postgres", next_id).await;
    // A role that could write everything.
    let url = cluster.url("postgres", "postgres");
    let arguments =
        ["--database", &url, "--poll.interval", "1s", "--state.file", "none", "--backfill", "all"];
    let mut exporter = Exporter::start(&arguments).await;
    let polls =
        |page: &Exposition| page.get("cloacina_state_last_poll_timestamp_seconds", &[("tenant", "tenant_a")]);
    let first = polls(&exporter.metrics().await);
    exporter.until("another poll", |page| polls(page) > first).await;
    assert_eq!(cluster.value::<i64>("postgres", next_id).await, before);
}

#[tokio::test]
async fn several_databases_have_their_names_before_their_schemas() {
    let cluster = cloacina(Options::default(), "tenant_a").await;
    cluster.create_database("second").await;
    schema::create(&mut cluster.connect("second").await, "tenant_a", Generation::V0_11).await;
    let (first, second) = (cluster.url("postgres", "postgres"), cluster.url("postgres", "second"));
    let exporter =
        Exporter::start(&["--database", &first, "--database", &second, "--state.file", "none"]).await;
    let mut exporter = exporter;
    exporter
        .until("both", |page| {
            ["postgres/tenant_a", "second/tenant_a"]
                .iter()
                .all(|label| page.get(UP, &[("tenant", label)]) == Some(1.0))
        })
        .await;
}

#[tokio::test]
async fn a_tenant_created_while_the_exporter_runs_counts_from_its_first_execution() {
    let cluster = cloacina(Options::default(), "tenant_a").await;
    // A schema that cannot be read makes the exporter look for tenants more often.
    cluster.execute("postgres", "CREATE SCHEMA other; CREATE TABLE other.workflow_executions (id int)").await;
    let url = cluster.url("postgres", "postgres");
    let mut exporter =
        Exporter::start(&["--database", &url, "--poll.interval", "1s", "--state.file", "none"]).await;
    schema::create(&mut cluster.connect("postgres").await, "tenant_b", Generation::V0_11).await;
    let mut runner = Runner::connect(&url, "tenant_b", 1).await;
    runner.succeed("etl").await;
    runner.succeed("etl").await;
    let new = [("tenant", "tenant_b"), ("workflow", "etl"), ("status", "completed"), ("origin", "unknown")];
    let zero_first = std::cell::Cell::new(false);
    exporter
        .until("both", |page| {
            zero_first.set(zero_first.get() || page.get(EXECUTIONS, &new) == Some(0.0));
            page.get(EXECUTIONS, &new) == Some(2.0)
        })
        .await;
    assert!(zero_first.get(), "an increase from zero is seen");
}

#[tokio::test]
async fn many_idle_tenants_are_left_alone_until_one_of_them_changes() {
    let cluster = Cluster::start(Options::default()).await;
    let mut connection = cluster.connect("postgres").await;
    for number in 0..8 {
        schema::create(&mut connection, &format!("tenant_{number}"), Generation::V0_11).await;
    }
    let url = cluster.url("postgres", "postgres");
    let mut exporter =
        Exporter::start(&["--database", &url, "--poll.interval", "1s", "--state.file", "none"]).await;
    let idle = [("state", "idle")];
    exporter.until("idle", |page| page.get("cloacina_exporter_tenants", &idle) == Some(8.0)).await;
    let mut runner = Runner::connect(&url, "tenant_3", 1).await;
    runner.succeed("etl").await;
    let page = exporter.until("counted", |page| completed(page, "etl") == 1.0).await;
    assert_eq!(page.sum(EXECUTIONS, &[("tenant", "tenant_3")]), 1.0);
    assert_eq!(page.sum(UP, &[]), 8.0);
}
