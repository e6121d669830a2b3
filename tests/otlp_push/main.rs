//! The built binary between a real database and OTLP receivers, real ones and a strict one.
//!
//! With several threads where a receiver of the test must answer while the end of the exporter is waited for.
#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

#[path = "../support/mod.rs"]
mod support;

mod intake;
mod once;
mod receivers;
mod replicas;

use support::exposition::Exposition;
use support::postgres::{Cluster, Options};
use support::schema::{self, Generation};
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
