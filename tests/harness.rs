//! The harness itself: its servers start and answer, its writers know what they wrote.

mod support;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use hyper::Response;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use sqlx::Connection;
use sqlx::postgres::PgConnection;
use support::exposition::Exposition;
use support::pgbouncer::PgBouncer;
use support::postgres::{Cluster, Options, execute};
use support::process::{self, Signal};
use support::prometheus::{Format, Prometheus, promtool};
use support::proxy::Proxy;
use support::schema::{self, Generation};
use support::writer::engine::Step;
use support::writer::round::Round;
use support::writer::runner::Runner;
use support::writer::truth::Truth;
use support::writer::{self, connect, delete_events};
use tokio::net::TcpListener;

const SCHEMA: &str = "tenant_a";

/// A cluster with the newest tables in `SCHEMA` of the database `postgres`.
async fn cloacina(options: Options) -> (Cluster, String) {
    let cluster = Cluster::start(options).await;
    schema::create(&mut cluster.connect("postgres").await, SCHEMA, Generation::V0_11).await;
    let url = cluster.url("postgres", "postgres");
    (cluster, url)
}

async fn count_events(cluster: &Cluster) -> i64 {
    cluster.value("postgres", &format!("SELECT count(*) FROM {SCHEMA}.execution_events")).await
}

#[tokio::test]
async fn every_generation_of_the_tables_loads_into_any_schema() {
    let cluster = Cluster::start(Options::default()).await;
    let mut connection = cluster.connect("postgres").await;
    for (generation, tables) in Generation::ALL.into_iter().zip([7, 7, 6]) {
        let name = format!("tenant_{generation:?}").to_lowercase();
        schema::create(&mut connection, &name, generation).await;
        let query = format!("SELECT count(*) FROM pg_tables WHERE schemaname = '{name}'");
        assert_eq!(cluster.value::<i64>("postgres", &query).await, tables, "{name}");
    }
}

#[tokio::test]
async fn a_standby_shows_what_the_primary_committed_unless_replay_is_paused() {
    let (primary, url) = cloacina(Options::default()).await;
    let standby = primary.standby(Vec::new()).await;
    let mut runner = Runner::connect(&url, SCHEMA, 1).await;
    runner.succeed("etl").await;
    standby.catch_up_with(&primary).await;
    assert!(standby.in_recovery().await);
    assert_eq!(count_events(&standby).await, 3);

    standby.pause_replay().await;
    runner.succeed("etl").await;
    assert_eq!((count_events(&primary).await, count_events(&standby).await), (6, 3));
    standby.resume_replay().await;
    standby.catch_up_with(&primary).await;
    assert_eq!(count_events(&standby).await, 6);

    standby.promote().await;
    let timeline = "SELECT timeline_id FROM pg_control_checkpoint()";
    standby.execute("postgres", "CHECKPOINT").await;
    assert_eq!(
        (primary.value::<i32>("postgres", timeline).await, standby.value("postgres", timeline).await),
        (1, 2)
    );
}

#[tokio::test]
async fn commits_wait_for_a_synchronous_standby_that_is_frozen() {
    let (primary, url) = cloacina(Options::default()).await;
    let standby = primary.standby(Vec::new()).await;
    let mut runner = Runner::connect(&url, SCHEMA, 1).await;
    primary.set_synchronous(true).await;
    runner.succeed("etl").await;
    standby.freeze();
    let mut hanging = runner.plan("etl", 1);
    let (task, waiting) = tokio::join!(
        async {
            runner.perform(&mut hanging, &[Step::Create, Step::ReadyAll]).await;
            runner.truth
        },
        async {
            let query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
            process::eventually("a commit to wait", async || {
                primary.value::<i64>("postgres", query).await == 1
            })
            .await;
            let visible = count_events(&primary).await;
            standby.thaw();
            visible
        }
    );
    assert_eq!((waiting, task.events.len()), (3, 4));
}

#[tokio::test]
async fn pgbouncer_keeps_a_client_connection_while_the_server_behind_it_changes() {
    let mut first = Cluster::start(Options::default()).await;
    let second = Cluster::start(Options { own_identity: true, ..Options::default() }).await;
    second.create_database("another").await;
    let pooler = PgBouncer::start(&first, "postgres").await;
    let mut client = PgConnection::connect(&pooler.url("postgres")).await.unwrap();
    execute(&mut client, "SELECT 1").await;

    pooler.point_to(&second);
    first.halt(Signal::Quit);
    let look = "DO $$ BEGIN ASSERT (SELECT count(*) FROM pg_database WHERE datname = 'another') = 1; END $$";
    process::eventually("the second server", async || sqlx::raw_sql(look).execute(&mut client).await.is_ok())
        .await;
    let identity = "SELECT system_identifier::text FROM pg_control_system()";
    first.start_again().await;
    assert_ne!(
        first.value::<String>("postgres", identity).await,
        second.value::<String>("postgres", identity).await
    );
}

#[tokio::test]
async fn tls_and_passwords_are_asked_for() {
    let cluster = Cluster::start(Options { tls: true, passwords: true, ..Options::default() }).await;
    let authority = cluster.ca_certificate();
    let url = format!(
        "{}?sslmode=verify-full&sslrootcert={}",
        cluster.url("postgres", "postgres"),
        authority.display()
    );
    let mut connection = PgConnection::connect(&url).await.unwrap();
    execute(
        &mut connection,
        "DO $$ BEGIN ASSERT (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()); END $$",
    )
    .await;
    let wrong = url.replace("postgres:postgres@", "postgres:wrong@");
    let error = PgConnection::connect(&wrong).await.unwrap_err().to_string();
    assert!(error.contains("password authentication failed"), "{error}");
}

#[tokio::test]
async fn the_clock_of_a_server_can_be_moved_while_connections_are_open() {
    let cluster = Cluster::start(Options { movable_clock: true, ..Options::default() }).await;
    let mut connection = cluster.connect("postgres").await;
    for hours in [0_i64, 1, -1, 0] {
        cluster.shift_clock(hours * 3600);
        let query = "SELECT (extract(epoch from clock_timestamp()) * 1000000)::bigint";
        let clock: i64 = sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap();
        let ahead = (clock - writer::now()) as f64 / 3.6e9;
        assert_eq!(ahead.round() as i64, hours, "{ahead} h");
    }
}

#[tokio::test]
async fn transaction_ids_can_be_made_to_wrap_around() {
    let (mut cluster, _) = cloacina(Options::default()).await;
    cluster.approach_wraparound(100).await;
    let xid = "SELECT pg_current_xact_id()::text::bigint";
    let before: i64 = cluster.value("postgres", xid).await;
    for _ in 0..120 {
        cluster.value::<i64>("postgres", xid).await;
    }
    let after: i64 = cluster.value("postgres", xid).await;
    assert!(before < 1 << 32 && after > 1 << 32, "{before} {after}");
}

#[tokio::test]
async fn an_open_transaction_is_seen_and_counted_only_once_it_commits() {
    let (cluster, url) = cloacina(Options::default()).await;
    let mut runner = Runner::connect(&url, SCHEMA, 7).await;
    runner.set_skew(-8.0);
    let mut execution = runner.plan("etl", 2);
    runner.perform(&mut execution, &[Step::Create, Step::ReadyAll, Step::Start(0)]).await;
    runner.begin().await;
    runner.perform(&mut execution, &[Step::Retry(0)]).await;
    assert_eq!((count_events(&cluster).await, runner.truth.events.len()), (2, 2));
    runner.prepare("late").await;
    cluster.execute("postgres", "CHECKPOINT").await;
    runner.commit_prepared("late").await;
    assert_eq!(runner.truth.total_retries(), 1);

    let undone = execution.clone();
    runner.begin().await;
    runner.perform(&mut execution, &[Step::Recover(0)]).await;
    runner.rollback().await;
    execution = undone;
    let written = runner.write_rows(&mut execution, Step::Skip(1), None).await;
    runner.insert_events(&execution, &written).await;
    let found = Truth::recount(&mut connect(&url, SCHEMA).await).await;
    assert_eq!(runner.truth.difference(&found), "");
    assert_eq!((found.events.len(), found.tasks.len(), found.total_recoveries()), (4, 1, 0));
    let oldest = found.events.values().map(|(_, at)| *at).min().unwrap();
    assert!((writer::now() - oldest) / 1_000_000 >= 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_truth_of_twenty_writers_is_what_a_recount_by_id_finds() {
    let (cluster, url) = cloacina(Options::default()).await;
    cluster.create_database("unrelated").await;
    let unrelated = cluster.url("postgres", "unrelated");
    let mut round = Round::new(42, 20, 1000);
    round.hold = Duration::from_secs(2);
    round.skews = vec![0.0, -8.0, 6.0, -1.0];
    let started = Instant::now();
    let (truth, ()) =
        tokio::join!(round.run(&url, SCHEMA), writer::hold_unrelated(&unrelated, Duration::from_secs(1)));
    let rate = truth.events.len() as f64 / started.elapsed().as_secs_f64();
    println!("{} events, {rate:.0} a second", truth.events.len());
    let mut connection = connect(&url, SCHEMA).await;
    let found = Truth::recount(&mut connection).await;
    assert_eq!(truth.difference(&found), "");
    assert_eq!(found, truth);
    for status in ["Completed", "Failed", "Cancelled"] {
        assert_ne!(truth.ended(None, status), 0, "{status}");
    }
    assert!(truth.total_retries() > 0 && truth.total_recoveries() > 0);
    let aborted: i64 = cluster
        .value("postgres", "SELECT xact_rollback FROM pg_stat_database WHERE datname = 'postgres'")
        .await;
    assert!(aborted > 0);

    let before = writer::now();
    let deleted = delete_events(&mut connection, before).await;
    let left = Truth::recount(&mut connection).await;
    assert_eq!(deleted as usize + left.events.len(), truth.events.len());
    assert!(left.events.values().all(|(_, at)| *at >= before), "only a runner ahead of us wrote later");
}

#[tokio::test]
async fn a_frozen_server_is_silent_and_goes_on_when_thawed() {
    let cluster = Cluster::start(Options::default()).await;
    let mut connection = cluster.connect("postgres").await;
    cluster.freeze();
    let mut query = std::pin::pin!(sqlx::raw_sql("SELECT 1").execute(&mut connection));
    assert!(tokio::time::timeout(Duration::from_millis(300), &mut query).await.is_err());
    cluster.thaw();
    query.await.unwrap();
}

#[tokio::test]
async fn a_prometheus_answers_queries_about_what_it_scrapes() {
    let page = async |_| Ok::<_, Infallible>(Response::new("# TYPE a gauge\na 7\n".to_owned()));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let target = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let server = hyper::server::conn::http1::Builder::new();
            tokio::spawn(server.serve_connection(TokioIo::new(stream), service_fn(page)));
        }
    });
    for format in [Format::Text, Format::OpenMetrics, Format::Protobuf] {
        let prometheus = Prometheus::start(target, "/metrics", format, &[]).await;
        let found = prometheus.until_answered("a{job='test'}").await;
        let instance = found[0].labels["instance"].as_str();
        assert_eq!(
            (found.len(), found[0].value, instance),
            (1, 7.0, target.to_string().as_str()),
            "{format:?}"
        );
        assert_eq!(prometheus.query("up").await[0].value, 1.0);
    }
}

#[test]
fn promtool_and_the_reader_agree_on_a_page() {
    let good = "# HELP a_total Help.\n# TYPE a_total counter\na_total{b=\"c\\\"\\n\"} 1\n";
    let bad = "a_total{b=c} 1\n";
    assert_eq!(promtool(&["check", "metrics"], good).status.code(), Some(0));
    assert_eq!(promtool(&["check", "metrics"], bad).status.code(), Some(1));
    assert_eq!(Exposition::parse(good).unwrap().get("a_total", &[("b", "c\"\n")]), Some(1.0));
    assert_eq!(Exposition::parse(bad).unwrap_err(), "line 1: no =\" after a label's name: a_total{b=c} 1");
}

#[test]
fn python_reads_open_metrics_and_refuses_what_is_not() {
    let script = "import sys; from prometheus_client.openmetrics.parser import text_string_to_metric_families as read\n\
                  print([family.name for family in read(sys.stdin.read())])";
    let good = process::python(script, b"# TYPE a counter\na_total 1\n# EOF\n");
    assert_eq!(String::from_utf8_lossy(&good.stdout), "['a']\n");
    assert_eq!(process::python(script, b"a_total 1\n").status.code(), Some(1));
}

#[tokio::test]
async fn a_proxy_can_be_silent_cut_refused_and_exchanged() {
    let cluster = Cluster::start(Options::default()).await;
    let proxy = Proxy::start(cluster.address()).await;
    let url = format!("postgres://postgres@{}/postgres", proxy.address());
    let mut connection = PgConnection::connect(&url).await.unwrap();
    proxy.set_silent(true);
    {
        let mut query = std::pin::pin!(sqlx::raw_sql("SELECT 1").execute(&mut connection));
        assert!(tokio::time::timeout(Duration::from_millis(200), &mut query).await.is_err());
        proxy.set_silent(false);
        query.await.unwrap();
    }
    proxy.cut();
    sqlx::raw_sql("SELECT 1").execute(&mut connection).await.unwrap_err();
    proxy.refuse();
    process::eventually("refusal", async || PgConnection::connect(&url).await.is_err()).await;
    proxy.accept().await;
    PgConnection::connect(&url).await.unwrap();
    let nobody = SocketAddr::from(([127, 0, 0, 1], process::free_port()));
    proxy.point_to(nobody);
    PgConnection::connect(&url).await.unwrap_err();
}
