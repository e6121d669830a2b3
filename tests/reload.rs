//! The configuration is loaded again while the built binary runs: what changes, what does not, and that nothing is lost or
//! counted twice. On SQLite; needs no server.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use std::path::Path;

use sqlx::sqlite::SqliteJournalMode;
use support::exporter::Exporter;
use support::exposition::Exposition;
use support::http::{self, Response};
use support::intake::{Fault, Intake};
use support::process;
use support::writer::file::{LIFE, Runner};
use tempfile::TempDir;

const SUCCESSFUL: &str = "cloacina_exporter_config_last_reload_successful";
const AT: &str = "cloacina_exporter_config_last_reload_timestamp_seconds";
const EXECUTIONS: &str = "cloacina_state_workflow_executions_total";
const ENABLED: &str = "--web.enable-lifecycle";

/// A folder with two databases, the configuration, and what the exporter keeps.
struct Site {
    folder: TempDir,
    a: Runner,
    b: Runner,
}

impl Site {
    async fn new(mode: SqliteJournalMode) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [a, b] = ["a", "b"].map(|name| folder.path().join(format!("{name}.db")));
        let (a, b) = (Runner::create(&a, 1, mode).await, Runner::create(&b, 2, mode).await);
        Self { folder, a, b }
    }

    fn write(&self, yaml: &str) {
        std::fs::write(self.folder.path().join("exporter.yml"), yaml).unwrap();
    }

    /// Of the databases `names`.
    fn configure(&self, names: &[&str], rest: &str) {
        let listed = |name: &&str| format!("{{name: {name}, url: '{}'}}", self.path(&format!("{name}.db")));
        let databases: Vec<_> = names.iter().map(listed).collect();
        self.write(&format!("databases: [{}]\n{rest}\n", databases.join(", ")));
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    async fn start(&self, more: &[&str]) -> Exporter {
        let (file, state) = (self.path("exporter.yml"), self.path("state"));
        let mut arguments = vec!["--config.file", &file, "--poll.interval", "1s"];
        if !more.contains(&"--state.file") {
            arguments.extend(["--state.file", &state]);
        }
        arguments.extend(more);
        Exporter::start(&arguments).await
    }
}

async fn reload(exporter: &Exporter) -> Response {
    http::request("POST", exporter.address(), "/-/reload", &[]).await.unwrap()
}

fn executions(page: &Exposition, tenant: &str) -> f64 {
    page.sum(EXECUTIONS, &[("tenant", tenant)])
}

fn is_up(page: &Exposition, tenant: &str) -> Option<bool> {
    page.get("cloacina_state_up", &[("tenant", tenant)]).map(|up| up == 1.0)
}

#[tokio::test]
async fn databases_and_limits_change_while_executions_are_written_and_each_counts_once() {
    let mut site = Site::new(SqliteJournalMode::Wal).await;
    site.configure(&["a"], "");
    let mut exporter = site.start(&[]).await;
    exporter.until("the first database", |page| is_up(page, "a") == Some(true)).await;
    site.b.succeed("before").await;
    site.configure(&["a", "b"], "");
    exporter.hang_up();
    exporter.until("the second database", |page| is_up(page, "b") == Some(true)).await;

    let variants = [
        (&["a"][..], "labels: {workflow: {max: 1}}"),
        (&["a", "b"], "labels: {workflow: {max: 1}}"),
        (&["b"], "poll: {overlap: 1m}\nhistograms: {kind: native}"),
        (&["a", "b"], "histograms: {buckets: [1, 2]}"),
    ];
    for round in 0..12 {
        let (names, rest) = variants[round % variants.len()];
        site.configure(names, rest);
        exporter.hang_up();
        for _ in 0..2 {
            site.a.succeed(&format!("w{round}")).await;
            site.b.succeed(&format!("w{round}")).await;
        }
    }
    site.configure(&["a", "b"], "");
    exporter.hang_up();
    let all = |page: &Exposition| (executions(page, "a"), executions(page, "b")) == (24.0, 24.0);
    exporter.until("all executions of both", all).await;
    assert_eq!(exporter.metrics().await.get(SUCCESSFUL, &[]), Some(1.0));
    exporter.kill();
    exporter.start_again().await;
    exporter.until("the same after a crash", all).await;

    site.configure(&["b"], "");
    exporter.hang_up();
    let page = exporter.until("the first database gone", |page| is_up(page, "a").is_none()).await;
    assert_eq!((executions(&page, "a"), executions(&page, "b")), (0.0, 24.0), "{}", exporter.log());
}

#[tokio::test]
async fn a_new_label_limit_and_a_disabled_family_are_in_use_at_once() {
    let mut site = Site::new(SqliteJournalMode::Wal).await;
    site.configure(&["a"], "");
    let mut exporter = site.start(&[ENABLED]).await;
    exporter.until("the database", |page| is_up(page, "a") == Some(true)).await;
    site.a.succeed("first").await;
    exporter.until("the first", |page| executions(page, "a") == 1.0).await;
    site.configure(
        &["a"],
        "labels: {workflow: {max: 1}}\nfamilies: {disable: [cloacina_state_events_total]}",
    );
    assert_eq!(reload(&exporter).await.status, 200);
    assert_eq!(exporter.metrics().await.sum("cloacina_state_events_total", &[]), 0.0);
    site.a.succeed("second").await;
    let page = exporter.until("the second", |page| executions(page, "a") == 2.0).await;
    assert_eq!(page.sum(EXECUTIONS, &[("workflow", "first")]), 1.0);
    assert_eq!(page.sum(EXECUTIONS, &[("workflow", "__other__")]), 1.0);
}

#[tokio::test]
async fn a_wrong_configuration_changes_nothing_and_is_told_once_without_its_secrets() {
    let mut site = Site::new(SqliteJournalMode::Wal).await;
    site.configure(&["a"], "");
    let mut exporter = site.start(&[ENABLED]).await;
    let before = exporter.until("the database", |page| is_up(page, "a") == Some(true)).await;
    assert_eq!(before.get(SUCCESSFUL, &[]), Some(1.0));
    site.configure(&["b"], "poll: {overlap: hunter2}");
    let answer = reload(&exporter).await;
    let path = site.path("exporter.yml");
    let reason =
        format!("{path}:2: poll.overlap: `hunter2` is not a duration from 1s to 1h, such as 15s or 5m");
    assert_eq!(
        (answer.status, answer.text()),
        (500, &*format!("The configuration stays as it was: {reason}\n"))
    );
    let page = exporter.metrics().await;
    assert_eq!((page.get(SUCCESSFUL, &[]), page.get(AT, &[])), (Some(0.0), before.get(AT, &[])));
    assert_eq!(exporter.log().matches("the configuration stays as it was").count(), 1);

    for wrong in [
        "databases: [{url: 'postgres://u:secret1@h:99999/d'}]",
        "databases: [{url: 'postgres://u:secret1@h/d', password_file: missing}]",
        "databases: [{url: a.db}]\notlp: {destinations: [{endpoint: 'nonsense://u:secret1@h/?key=secret1'}]}",
        "databases: [{url: 'secret1@a.db'",
        "databases: [{url: host=h user=u password=a,secret1}]",
    ] {
        site.write(wrong);
        let answer = reload(&exporter).await;
        assert_eq!(answer.status, 500, "{wrong}");
        assert!(!answer.text().contains("secret1"), "{wrong}: {}", answer.text());
    }
    site.a.succeed("w").await;
    exporter.until("that it goes on", |page| executions(page, "a") == 1.0).await;
    site.configure(&["a"], "");
    assert_eq!(reload(&exporter).await.status, 200);
    let page = exporter.metrics().await;
    assert_eq!(page.get(SUCCESSFUL, &[]), Some(1.0));
    assert!(page.get(AT, &[]) > before.get(AT, &[]));
    assert!(!exporter.log().contains("secret1"), "{}", exporter.log());
}

#[tokio::test]
async fn what_takes_a_restart_is_refused_by_name() {
    let site = Site::new(SqliteJournalMode::Wal).await;
    site.configure(&["a"], "");
    let exporter = site.start(&[ENABLED]).await;
    site.configure(&["a"], "web: {telemetry_path: /m, max_connections: 7}\nlog: {format: json}");
    let answer = reload(&exporter).await;
    let reason = "to change web.telemetry_path, web.max_connections, log.format takes a restart";
    assert_eq!(
        (answer.status, answer.text()),
        (500, &*format!("The configuration stays as it was: {reason}\n"))
    );
    assert_eq!(exporter.metrics().await.get(SUCCESSFUL, &[]), Some(0.0));
}

#[tokio::test]
async fn reloading_over_http_is_refused_unless_it_was_enabled() {
    let site = Site::new(SqliteJournalMode::Wal).await;
    site.configure(&["a"], "");
    let exporter = site.start(&[]).await;
    let answer = reload(&exporter).await;
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("--web.enable-lifecycle"), "{}", answer.text());
    let exporter = site.start(&[ENABLED, "--state.file", "none"]).await;
    let ask = async |method| http::request(method, exporter.address(), "/-/reload", &[]).await.unwrap();
    assert_eq!((ask("PUT").await.status, ask("POST").await.status), (200, 200));
    let answer = ask("GET").await;
    assert_eq!((answer.status, answer.headers["allow"].as_str()), (405, "POST, PUT"));
}

#[tokio::test]
async fn fifty_reloads_leave_no_descriptor_thread_or_connection() {
    let site = Site::new(SqliteJournalMode::Wal).await;
    let rest =
        "otlp: {destinations: [{name: c, endpoint: 'http://127.0.0.1:9', signals: [metrics, traces]}]}";
    site.configure(&["a", "b"], rest);
    let mut exporter = site.start(&[ENABLED]).await;
    let both = |page: &Exposition| is_up(page, "a") == Some(true) && is_up(page, "b") == Some(true);
    exporter.until("both databases", both).await;
    let held = |pid: u32| {
        let count = |what: &str| {
            std::fs::read_dir(Path::new("/proc").join(pid.to_string()).join(what)).unwrap().count()
        };
        (count("fd"), count("task"))
    };
    // Threads that wait for files are started when first needed.
    reload(&exporter).await;
    let before = held(exporter.pid());
    for _ in 0..50 {
        assert_eq!(reload(&exporter).await.status, 200);
    }
    let pid = exporter.pid();
    // A connection more or less may be open just now; fifty may not.
    process::eventually("about as few as before", async || {
        let now = held(pid);
        now.0 <= before.0 + 10 && now.1 <= before.1 + 5
    })
    .await;
    let connections = |page: &Exposition| page.sum("cloacina_exporter_database_connections", &[]);
    let page = exporter.until("both after all", |page| both(page) && connections(page) == 2.0).await;
    assert_eq!(page.get(SUCCESSFUL, &[]), Some(1.0));
}

#[tokio::test]
async fn a_reload_during_a_poll_loses_nothing() {
    let mut site = Site::new(SqliteJournalMode::Delete).await;
    site.configure(&["a"], "");
    let mut exporter = site.start(&[ENABLED]).await;
    exporter.until("the database", |page| is_up(page, "a") == Some(true)).await;
    for round in 1..=3 {
        // Until it is committed, the poll waits for the lock.
        site.a.say("BEGIN EXCLUSIVE").await;
        let mut execution = site.a.plan("w", 1);
        site.a.perform_within(&mut execution, &LIFE).await;
        site.configure(&["a"], &format!("labels: {{workflow: {{max: {round}0}}}}"));
        assert_eq!(reload(&exporter).await.status, 200);
        site.configure(&["a"], "");
        assert_eq!(reload(&exporter).await.status, 200);
        site.a.say("COMMIT").await;
    }
    exporter.until("all executions", |page| executions(page, "a") == 3.0).await;
}

// So that the receiver answers while the end of the exporter is waited for.
#[tokio::test(flavor = "multi_thread")]
async fn a_destination_that_stays_is_sent_each_change_once_without_a_state_file() {
    let mut site = Site::new(SqliteJournalMode::Wal).await;
    let (intake, other) = (Intake::start("key").await, Intake::start("key").await);
    let destination = |name: &str, intake: &Intake, interval: &str| {
        let endpoint = intake.endpoint();
        let endpoint = endpoint.trim_end_matches("/v1/metrics");
        format!(
            "{{name: {name}, endpoint: '{endpoint}', headers: {{dd-api-key: key}}, temporality: delta, interval: {interval}}}"
        )
    };
    let first =
        |interval: &str| format!("otlp: {{destinations: [{}]}}", destination("first", &intake, interval));
    let both = format!(
        "otlp: {{destinations: [{}, {}]}}",
        destination("first", &intake, "200ms"),
        destination("other", &other, "200ms")
    );
    site.configure(&["a"], &first("200ms"));
    let mut exporter = site.start(&[ENABLED, "--state.file", "none"]).await;
    exporter.until("a first export", |_| !intake.taken().answers.is_empty()).await;
    let sum = |intake: &Intake| {
        intake.sum("cloacina.state.workflow.executions", &[("workflow", "w"), ("status", "completed")])
    };
    let mut written = 0.0;
    for rest in [&first("100ms"), &both, &both, &first("200ms"), &both, &first("300ms")] {
        site.a.succeed("w").await;
        written += 1.0;
        site.configure(&["a"], rest);
        assert_eq!(reload(&exporter).await.status, 200);
        exporter.until("the delivery", |_| sum(&intake) >= written).await;
    }
    assert_eq!(exporter.terminate(), 0);
    assert_eq!(sum(&intake), written, "{}", exporter.log());
    assert!(sum(&other) <= 4.0 && !other.taken().answers.is_empty());
}

// So that the receiver answers while the end of the exporter is waited for.
#[tokio::test(flavor = "multi_thread")]
async fn a_destination_cannot_be_put_back_before_its_last_export_has_ended_and_then_goes_on() {
    let mut site = Site::new(SqliteJournalMode::Wal).await;
    let intake = Intake::start("key").await;
    let endpoint = intake.endpoint();
    let there = format!(
        "otlp: {{destinations: [{{name: dd, endpoint: '{}', headers: {{dd-api-key: key}}, temporality: delta, interval: 1h}}]}}",
        endpoint.trim_end_matches("/v1/metrics")
    );
    site.configure(&["a"], &there);
    let mut exporter = site.start(&[ENABLED]).await;
    exporter.until("a first export", |_| !intake.taken().answers.is_empty()).await;
    site.a.succeed("w").await;
    exporter.until("the execution", |page| executions(page, "a") == 1.0).await;
    intake.fail_next([Fault::Status(503); 1000]);
    site.configure(&["a"], "");
    assert_eq!(reload(&exporter).await.status, 200);
    site.configure(&["a"], &there);
    let answer = reload(&exporter).await;
    assert_eq!(answer.status, 500);
    assert!(answer.text().contains("is still being pushed to for the last time"), "{}", answer.text());
    intake.end_faults();
    process::eventually("the end of the last export", async || reload(&exporter).await.status == 200).await;
    site.a.succeed("w").await;
    exporter.until("another", |page| executions(page, "a") == 2.0).await;
    assert_eq!(exporter.terminate(), 0);
    let sum = intake.sum("cloacina.state.workflow.executions", &[("workflow", "w"), ("status", "completed")]);
    assert_eq!(sum, 2.0, "{}", exporter.log());
}
