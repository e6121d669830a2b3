//! A Cloacina in which everything happens that a dashboard can show, watched by one exporter: tenants of the real engine,
//! of the simulated one, of rows written here, an old one without rows, and one that may not be read.

mod fires;
mod pulse;
mod situations;

use std::time::Duration;

use cloacina_exporter::demo;
use cloacina_exporter::record::Timestamp;
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::support::collector::Collector;
use crate::support::engine::Engine;
use crate::support::exporter::Exporter;
use crate::support::exposition::Exposition;
use crate::support::intake::{Fault, Intake};
use crate::support::postgres::{Cluster, Options};
use crate::support::schema::{self, Generation};
use crate::support::writer::now;
use pulse::Pulse;

/// The schema whose rows are written here.
const SHOP: &str = "orders";
/// How long the simulated engine was at work before.
const HISTORY_SECONDS: i64 = 3600;
/// What the exporter shows once all of it has begun.
const SIGNS: [(&str, &[(&str, &str)]); 16] = [
    ("cloacina_state_workflow_executions_total", &[("tenant", "shop/engine"), ("status", "failed")]),
    ("cloacina_state_workflow_executions_total", &[("tenant", "demo"), ("status", "completed")]),
    ("cloacina_state_workflow_executions_total", &[("tenant", "shop/orders"), ("status", "cancelled")]),
    ("cloacina_state_workflow_duration_baseline_seconds", &[("workflow", "checkout")]),
    ("cloacina_state_task_recoveries_total", &[("action", "abandoned")]),
    ("cloacina_state_task_recoveries_total", &[("action", "reset")]),
    ("cloacina_state_task_attempts_total", &[("outcome", "retried")]),
    ("cloacina_state_schedule_fires_total", &[("outcome", "on_time")]),
    ("cloacina_state_schedule_fires_total", &[("outcome", "late")]),
    ("cloacina_state_schedule_fires_total", &[("outcome", "catchup")]),
    ("cloacina_state_schedule_fires_total", &[("outcome", "recovered")]),
    ("cloacina_state_schedule_fires_total", &[("outcome", "missed")]),
    ("cloacina_exporter_bad_rows_total", &[]),
    ("cloacina_exporter_otlp_dropped_executions_total", &[]),
    ("cloacina_exporter_otlp_rejected_items_total", &[]),
    ("cloacina_exporter_poll_errors_total", &[]),
];

/// Goes on until it is dropped.
pub struct Full {
    pub exporter: Exporter,
    _writers: JoinSet<()>,
    _engine: Engine,
    _cluster: Cluster,
    _folder: TempDir,
}

impl Full {
    /// Returns once the exporter shows all of `SIGNS`.
    pub async fn start() -> Self {
        let cluster = Cluster::start(Options::default()).await;
        let url = cluster.url("postgres", "postgres");
        let mut connection = cluster.connect("postgres").await;
        schema::create(&mut connection, SHOP, Generation::V0_11).await;
        schema::create(&mut connection, "archive", Generation::V0_4).await;
        schema::create(&mut connection, "unreadable", Generation::V0_11).await;
        let mut engine = Engine::start(&[&url, "--schema", "engine"]).await;
        cluster.execute("postgres", &watcher(&[SHOP, "archive", "engine"])).await;
        situations::write(&url, SHOP).await;
        let folder = tempfile::tempdir().unwrap();
        let simulated = folder.path().join("demo.db");
        let clock = Timestamp(now());
        let mut simulation =
            demo::Engine::new(&simulated, 11, Timestamp(clock.0 - HISTORY_SECONDS * 1_000_000))
                .await
                .unwrap();
        simulation.step(clock).await.unwrap();
        let arguments = configure(&folder, &cluster.url("watcher", "postgres")).await;
        let mut exporter = Exporter::start(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let mut writers = JoinSet::new();
        writers.spawn(async move {
            loop {
                simulation.step(Timestamp(now())).await.unwrap();
                tokio::time::sleep(Duration::from_millis(250)).await;
            }
        });
        let mut pulse = Pulse::new(&url, SHOP).await;
        writers.spawn(async move {
            loop {
                pulse.beat().await;
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        engine.go().await;
        // What it leaves is as good if it was at fault.
        let _ = engine.printed().await;
        for (metric, labels) in SIGNS {
            let shown = |page: &Exposition| page.sum(metric, labels) > 0.0;
            exporter.until(&format!("{metric}{labels:?}"), shown).await;
        }
        Self { exporter, _writers: writers, _engine: engine, _cluster: cluster, _folder: folder }
    }
}

/// An exporter over a Cloacina that has its tables and no row.
pub struct Empty {
    pub exporter: Exporter,
    _cluster: Cluster,
}

impl Empty {
    pub async fn start() -> Self {
        let cluster = Cluster::start(Options::default()).await;
        schema::create(&mut cluster.connect("postgres").await, SHOP, Generation::V0_11).await;
        let url = cluster.url("postgres", "postgres");
        let arguments = ["--database", &url, "--poll.interval", "1s", "--state.file", "none"];
        let mut exporter = Exporter::start(&arguments).await;
        let up = |page: &Exposition| page.get("cloacina_state_up", &[("tenant", SHOP)]) == Some(1.0);
        exporter.until("up", up).await;
        Self { exporter, _cluster: cluster }
    }
}

/// A role that may read all but one of the schemas.
fn watcher(schemas: &[&str]) -> String {
    let schemas = schemas.join(", ");
    format!(
        "CREATE ROLE watcher LOGIN; GRANT USAGE ON SCHEMA {schemas} TO watcher; \
         GRANT SELECT ON ALL TABLES IN SCHEMA {schemas} TO watcher"
    )
}

/// The exporter's flags. It pushes to a receiver that takes all, to one that refuses a part of the metrics, to one that
/// refuses all traces for good, and to one that is not there.
async fn configure(folder: &TempDir, url: &str) -> Vec<String> {
    let (all, strict, refusing) =
        (Collector::start().await, Intake::start("key").await, Intake::start("key").await);
    refusing.fail_next(std::iter::repeat_n(Fault::Status(400), 10_000));
    let path = |name: &str| folder.path().join(name).display().to_string();
    let base = |intake: &Intake| intake.endpoint().trim_end_matches("/v1/metrics").to_owned();
    let yaml = format!(
        "databases:\n  - {{name: shop, url: '{url}'}}\n  - {{name: demo, url: '{}'}}\n\
         labels:\n  workflow: {{deny: ['scratch_*']}}\n  schedule: {{deny: ['scratch_*']}}\n\
         histograms: {{kind: classic}}\nthresholds: {{missed_after: 2s}}\n\
         schedules: [{{match: '*', grace: 1s}}]\n\
         otlp:\n  push: elected\n  destinations:\n\
         \x20 - {{name: all, signals: [metrics, traces, logs], endpoint: '{}', interval: 1s}}\n\
         \x20 - {{name: strict, endpoint: '{}', interval: 1s, headers: {{dd-api-key: key}}}}\n\
         \x20 - {{name: refusing, signals: [traces], endpoint: '{}', interval: 1s}}\n\
         \x20 - {{name: gone, signals: [metrics, traces], endpoint: 'http://127.0.0.1:1', interval: 1s}}\n",
        path("demo.db"),
        all.endpoint(),
        base(&strict),
        base(&refusing),
    );
    std::fs::write(path("exporter.yml"), yaml).unwrap();
    ["--config.file", &path("exporter.yml"), "--poll.interval", "1s", "--state.file", &path("state")]
        .map(str::to_owned)
        .to_vec()
}
