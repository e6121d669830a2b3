//! The built binary between a real database and OTLP receivers, real ones and a strict one.
#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use support::collector::Collector;
use support::exporter::Exporter;
use support::exposition::Exposition;
use support::intake::{Fault, Intake};
use support::pgbouncer::PgBouncer;
use support::postgres::{Cluster, Options, execute};
use support::process;
use support::rotel::Rotel;
use support::schema::{self, Generation};
use support::victoria_metrics::{Element, VictoriaMetrics};
use support::writer::runner::Runner;

const EXECUTIONS: &str = "cloacina_state_workflow_executions_total";
const EXPORTS: &str = "cloacina_exporter_otlp_exports_total";

struct Site {
    url: String,
    runner: Runner,
    folder: tempfile::TempDir,
    cluster: Cluster,
}

impl Site {
    async fn new() -> Self {
        let cluster = Cluster::start(Options::default()).await;
        schema::create(&mut cluster.connect("postgres").await, "tenant_a", Generation::V0_11).await;
        let url = cluster.url("postgres", "postgres");
        let runner = Runner::connect(&url, "tenant_a", 1).await;
        Self { url, runner, folder: tempfile::tempdir().unwrap(), cluster }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Writes `destinations`, one flow mapping each, and gives the flags for an exporter with a state file.
    fn arguments(&self, name: &str, otlp: &str) -> Vec<String> {
        let file = self.path(&format!("{name}.yml"));
        std::fs::write(&file, otlp).unwrap();
        let state = self.path(&format!("{name}.state"));
        ["--database", &self.url, "--poll.interval", "1s", "--config.file", &file, "--state.file", &state]
            .map(str::to_owned)
            .to_vec()
    }
}

fn borrowed(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

fn exports(page: &Exposition, destination: &str, outcome: &str) -> f64 {
    page.sum(EXPORTS, &[("destination", destination), ("outcome", outcome)])
}

/// Ended executions of a workflow as the page shows them.
fn completed(page: &Exposition, workflow: &str) -> f64 {
    page.sum(EXECUTIONS, &[("workflow", workflow), ("status", "completed")])
}

#[tokio::test]
async fn through_outages_and_a_crash_the_datadog_preset_delivers_what_the_page_says() {
    let mut site = Site::new().await;
    let intake = Intake::start("secret-key").await;
    std::fs::write(site.path("key"), "secret-key\n").unwrap();
    let otlp = format!(
        "otlp: {{destinations: [{{name: dd, preset: datadog, endpoint: '{}', api_key_file: key, interval: 1s, \
         export_timeout: 1s}}]}}\n",
        intake.endpoint()
    );
    let arguments = site.arguments("exporter", &otlp);
    let mut exporter = Exporter::start(&borrowed(&arguments)).await;
    let delivered = |page: &Exposition, times: f64| exports(page, "dd", "success") >= times;
    exporter.until("a first export", |page| delivered(page, 1.0)).await;
    for _ in 0..3 {
        site.runner.succeed("etl").await;
    }
    let sum = |intake: &Intake| {
        intake.sum("cloacina.state.workflow.executions", &[("workflow", "etl"), ("status", "completed")])
    };
    exporter.until("the first three", |page| completed(page, "etl") == 3.0).await;
    exporter.until("their delivery", |_| sum(&intake) == 3.0).await;

    // An outage: nothing is lost, and nothing is kept but the totals.
    intake.fail_next([Fault::Status(503); 3]);
    for _ in 0..2 {
        site.runner.succeed("etl").await;
    }
    exporter.until("failures of the intake", |page| exports(page, "dd", "unavailable") >= 1.0).await;
    exporter.until("recovery", |_| sum(&intake) == 5.0).await;

    // A crash, with executions that end meanwhile.
    exporter.kill();
    for _ in 0..4 {
        site.runner.succeed("etl").await;
    }
    exporter.start_again().await;
    let page = exporter.until("the last four", |page| completed(page, "etl") == 9.0).await;
    exporter.until("their delivery", |_| sum(&intake) >= 9.0).await;
    assert_eq!(sum(&intake), 9.0, "{}", exporter.log());
    assert_eq!(exports(&page, "dd", "partial"), 0.0);
    assert_eq!(exporter.terminate(), 0);
    assert_eq!(sum(&intake), 9.0, "the last export repeats nothing");
    assert!(!exporter.log().contains("secret-key"));
}

#[tokio::test]
async fn a_cumulative_configuration_is_refused_by_a_datadog_like_intake_and_that_is_said() {
    let mut site = Site::new().await;
    site.runner.succeed("etl").await;
    let intake = Intake::start("secret-key").await;
    let otlp = format!(
        "otlp: {{destinations: [{{name: wrong, endpoint: '{}', headers: {{dd-api-key: secret-key}}, interval: 1s}}]}}\n",
        intake.endpoint().trim_end_matches("/v1/metrics")
    );
    let arguments = site.arguments("exporter", &otlp);
    let mut exporter = Exporter::start(&borrowed(&arguments)).await;
    let rejected = "cloacina_exporter_otlp_rejected_items_total";
    exporter.until("rejected points", |page| page.sum(rejected, &[("destination", "wrong")]) > 0.0).await;
    exporter.until("partial exports", |page| exports(page, "wrong", "partial") >= 2.0).await;
    let log = exporter.log();
    assert_eq!(log.matches("did not take all of an export").count(), 1, "said once: {log}");
    assert!(!log.contains("secret-key"));
}

/// The numbers that rotel, over either protocol, and VictoriaMetrics were sent are those of the page.
#[tokio::test]
async fn real_receivers_get_the_numbers_of_the_page() {
    let mut site = Site::new().await;
    let rotel = Rotel::start().await;
    let victoria = VictoriaMetrics::start().await;
    let otlp = format!(
        "otlp:\n  destinations:\n  - {{name: grpc, endpoint: '{}', protocol: grpc, interval: 1s, compression: gzip}}\n  \
         - {{name: http, endpoint: '{}', interval: 1s, temporality: delta, histograms: exponential}}\n  \
         - {{name: victoria, endpoint: '{}', interval: 1s}}\n",
        rotel.grpc_endpoint(),
        rotel.http_endpoint(),
        victoria.base_endpoint(),
    );
    let arguments = site.arguments("exporter", &otlp);
    let mut exporter = Exporter::start(&borrowed(&arguments)).await;
    for _ in 0..5 {
        site.runner.succeed("etl").await;
    }
    exporter.until("five executions", |page| completed(page, "etl") == 5.0).await;
    for destination in ["grpc", "http", "victoria"] {
        let page = exporter.metrics().await;
        let before = exports(&page, destination, "success");
        exporter.until(destination, |page| exports(page, destination, "success") >= before + 2.0).await;
    }
    assert_eq!(exporter.terminate(), 0, "{}", exporter.log());
    // It prints what it has received a little later.
    let printed = async || {
        let received = completed_by_rotel(&rotel.received(), "etl");
        received.get("CUMULATIVE").is_some_and(|points| points.contains(&5.0))
            && received.get("DELTA").is_some_and(|points| points.iter().sum::<f64>() >= 5.0)
    };
    process::eventually("rotel to print both", printed).await;
    let received = completed_by_rotel(&rotel.received(), "etl");
    assert_eq!(received["CUMULATIVE"].last(), Some(&5.0), "over gRPC");
    assert_eq!(received["DELTA"].iter().sum::<f64>(), 5.0, "over HTTP");
    victoria.flush().await;
    let stored = victoria.query(&format!("sum({EXECUTIONS}{{workflow=\"etl\",status=\"completed\"}})")).await;
    assert_eq!(stored[0].1, 5.0);
    let count = "cloacina_state_workflow_execution_duration_seconds_count";
    let stored = victoria.query(&format!("sum({count}{{workflow=\"etl\"}})")).await;
    assert_eq!(stored[0].1, 5.0);
}

/// The points of completed executions of `workflow` in the order in which rotel printed them, by temporality.
fn completed_by_rotel(log: &str, workflow: &str) -> BTreeMap<String, Vec<f64>> {
    let mut points: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let (mut is_wanted, mut temporality, mut attributes) = (false, String::new(), String::new());
    for line in log.lines() {
        if let Some((_, name)) = line.split_once("-> Name: ") {
            is_wanted = name == "cloacina.state.workflow.executions";
        } else if let Some((_, name)) = line.split_once("AGGREGATION_TEMPORALITY_") {
            name.clone_into(&mut temporality);
        } else if line.starts_with("NumberDataPoints") {
            attributes.clear();
        } else if let Some(value) = line.strip_prefix("Value: ").filter(|_| is_wanted) {
            let wanted = [format!("workflow: Str({workflow})"), "status: Str(completed)".to_owned()];
            if wanted.iter().all(|wanted| attributes.contains(wanted)) {
                points.entry(temporality.clone()).or_default().push(value.parse().unwrap());
            }
        } else {
            attributes += line;
        }
    }
    points
}

#[tokio::test]
async fn every_counter_and_gauge_in_victoriametrics_equals_the_page_by_its_prometheus_name() {
    let mut site = Site::new().await;
    let victoria = VictoriaMetrics::start().await;
    for _ in 0..3 {
        site.runner.succeed("etl").await;
    }
    let otlp = format!(
        "otlp: {{destinations: [{{name: victoria, endpoint: '{}', interval: 1s}}]}}\n",
        victoria.base_endpoint()
    );
    let mut arguments = site.arguments("exporter", &otlp);
    arguments.extend(["--backfill", "all"].map(str::to_owned));
    let mut exporter = Exporter::start(&borrowed(&arguments)).await;
    let page = exporter.until("two exports", |page| exports(page, "victoria", "success") >= 2.0).await;
    assert_eq!(exporter.terminate(), 0);
    victoria.flush().await;
    let mut compared = 0;
    let mut stored: BTreeMap<String, Vec<Element>> = BTreeMap::new();
    for (series, value) in &page.samples {
        // What stands still between the page and the last export; counts of buckets have labels of another form.
        let still = series.name.starts_with("cloacina_state_workflow_executions")
            || series.name.starts_with("cloacina_state_task_attempts")
            || series.name.ends_with("_duration_seconds_sum")
            || series.name.ends_with("_info");
        if !still || series.name.starts_with("cloacina_exporter") {
            continue;
        }
        if !stored.contains_key(&series.name) {
            stored.insert(series.name.clone(), victoria.query(&series.name).await);
        }
        let found = stored[&series.name].iter().find(|(labels, _)| {
            // An empty label is as good as none.
            series.labels.iter().all(|(name, value)| labels.get(name).map_or("", String::as_str) == value)
        });
        let found = found.unwrap_or_else(|| panic!("{series:?} is not stored: {:?}", stored[&series.name]));
        assert_eq!(found.1, *value, "{series:?}");
        compared += 1;
    }
    assert!(compared >= 10, "{compared} series");
}

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

#[tokio::test]
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

/// Runs the binary to its end; gives the exit code and what it said.
fn once(site: &Site, arguments: &[&str]) -> (i32, String) {
    let mut command = process::own(Path::new(env!("CARGO_BIN_EXE_cloacina-exporter")));
    command.args(arguments).env_clear().env("HOME", site.folder.path()).env("PATH", "/usr/bin:/bin");
    let output = command.output().unwrap();
    let said =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    (output.status.code().unwrap(), said)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_export_says_by_its_exit_code_whether_everything_was_delivered() {
    let mut site = Site::new().await;
    let collector = Collector::start().await;
    let state = site.path("once.state");
    let endpoint = collector.endpoint();
    let arguments = |endpoint: &str, database: &str| {
        [
            "serve",
            "--web.listen-address",
            "none",
            "--otlp.once",
            "--otlp.endpoint",
            endpoint,
            "--database",
            database,
            "--state.file",
            &state,
        ]
        .map(str::to_owned)
    };
    let run = |endpoint: &str, database: &str| {
        let arguments = arguments(endpoint, database);
        once(&site, &borrowed(&arguments))
    };
    let (code, said) = run(&endpoint, &site.url);
    assert_eq!(code, 0, "{said}");
    site.runner.succeed("etl").await;
    // The first run that sees a new series shows its zero, the next one its count.
    for _ in 0..2 {
        let arguments = arguments(&endpoint, &site.url);
        let (code, said) = once(&site, &borrowed(&arguments));
        assert_eq!(code, 0, "{said}");
    }
    let names =
        collector.look(|kept| kept.metrics.iter().map(|metric| metric.name.clone()).collect::<Vec<_>>());
    assert!(names.iter().any(|name| name == "cloacina.state.workflow.executions"), "{names:?}");

    let nowhere = format!("http://127.0.0.1:{}", process::free_port());
    let unreachable = arguments(&nowhere, &site.url);
    assert_eq!(once(&site, &borrowed(&unreachable)).0, 1, "nothing listens there");
    let unread = arguments(&endpoint, "postgres://nobody@127.0.0.1:1/none");
    assert_eq!(once(&site, &borrowed(&unread)).0, 1, "the database cannot be read");
    let wrong = arguments("ftp://collector", &site.url);
    assert_eq!(once(&site, &borrowed(&wrong)).0, 2, "the endpoint is not one");
}

#[tokio::test]
async fn a_destination_that_never_answers_disturbs_no_scrape_and_no_shutdown() {
    let mut site = Site::new().await;
    let silent = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = silent.local_addr().unwrap();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = silent.accept().await {
            held.push(stream);
        }
    });
    let otlp = format!(
        "otlp: {{destinations: [{{name: silent, endpoint: 'http://{address}', signals: [metrics, traces], \
         interval: 100ms, timeout: 200ms, export_timeout: 500ms}}]}}\n"
    );
    let arguments = site.arguments("exporter", &otlp);
    let mut exporter = Exporter::start(&borrowed(&arguments)).await;
    let timeouts = |page: &Exposition| exports(page, "silent", "timeout");
    exporter.until("a timeout", |page| timeouts(page) >= 2.0).await;
    site.runner.succeed("etl").await;
    exporter.until("the execution", |page| completed(page, "etl") == 1.0).await;
    let waits = |page: &Exposition| page.sum("cloacina_exporter_otlp_waiting_executions", &[]);
    exporter.until("its trace waits", |page| waits(page) == 1.0).await;
    let of_traces = |page: &Exposition| page.sum(EXPORTS, &[("signal", "traces"), ("outcome", "timeout")]);
    exporter.until("a timeout of traces", |page| of_traces(page) >= 1.0).await;
    assert_eq!(exporter.log().matches("an export failed").count(), 2, "said once for each signal");
    assert_eq!(exporter.terminate(), 0, "{}", exporter.log());
}

#[tokio::test]
async fn a_replaced_key_is_taken_up_without_a_restart_and_nothing_is_lost_meanwhile() {
    let mut site = Site::new().await;
    let intake = Intake::start("old").await;
    std::fs::write(site.path("key"), "old\n").unwrap();
    let otlp = format!(
        "otlp: {{destinations: [{{name: dd, preset: datadog, endpoint: '{}', api_key_file: key, interval: 300ms}}]}}\n",
        intake.endpoint()
    );
    let arguments = site.arguments("exporter", &otlp);
    let mut exporter = Exporter::start(&borrowed(&arguments)).await;
    exporter.until("a first export", |page| exports(page, "dd", "success") >= 1.0).await;
    intake.set_key("new");
    exporter.until("a refusal", |page| exports(page, "dd", "forbidden") >= 1.0).await;
    site.runner.succeed("etl").await;
    exporter.until("the execution", |page| completed(page, "etl") == 1.0).await;
    std::fs::write(site.path("key"), "new\n").unwrap();
    let sum =
        || intake.sum("cloacina.state.workflow.executions", &[("workflow", "etl"), ("status", "completed")]);
    exporter.until("its delivery", |_| sum() == 1.0).await;
    assert_eq!(exporter.terminate(), 0, "{}", exporter.log());
    assert_eq!(sum(), 1.0);
}
