//! The configuration is loaded again while the built binary reads PostgreSQL and pushes: what `tests/reload.rs` cannot ask
//! of SQLite.
#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

#[path = "../support/mod.rs"]
mod support;

mod backfill;
mod elected;
mod moving;
mod settings;

use support::exporter::Exporter;
use support::exposition::Exposition;
use support::http;
use support::postgres::{Cluster, Options};
use support::schema::{self, Generation};
use support::writer::runner::Runner;
use tempfile::TempDir;

const EXECUTIONS: &str = "cloacina_state_workflow_executions_total";
const UP: &str = "cloacina_state_up";

/// A server whose database `app` has tenants, and a folder for exporters' files.
struct Site {
    cluster: Cluster,
    folder: TempDir,
}

impl Site {
    async fn new(tenants: &[&str]) -> Self {
        let cluster = Cluster::start(Options::default()).await;
        cluster.create_database("app").await;
        let mut connection = cluster.connect("app").await;
        for tenant in tenants {
            schema::create(&mut connection, tenant, Generation::V0_11).await;
        }
        Self { cluster, folder: tempfile::tempdir().unwrap() }
    }

    fn url(&self) -> String {
        self.cluster.url("postgres", "app")
    }

    async fn runner(&self, tenant: &str, seed: u64) -> Runner {
        Runner::connect(&self.url(), tenant, seed).await
    }

    /// Writes the file of the exporter `name`: of the database `app`, and with `rest`.
    fn configure(&self, name: &str, rest: &str) {
        self.configure_at(name, &self.url(), rest);
    }

    fn configure_at(&self, name: &str, url: &str, rest: &str) {
        let state = self.folder.path().join(format!("{name}.state")).display().to_string();
        let yaml = format!("databases: [{{url: '{url}'}}]\nstate: {{file: '{state}'}}\n{rest}\n");
        std::fs::write(self.file(name), yaml).unwrap();
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(format!("{name}.yml")).display().to_string()
    }

    fn launch(&self, name: &str) -> Exporter {
        Exporter::launch(&["--config.file", &self.file(name), "--web.enable-lifecycle"])
    }

    async fn start(&self, name: &str) -> Exporter {
        let mut exporter = self.launch(name);
        exporter.wait_until_ready().await;
        exporter
    }
}

async fn reload(exporter: &Exporter) {
    let answer = http::request("POST", exporter.address(), "/-/reload", &[]).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
}

fn executions(page: &Exposition, tenant: &str) -> f64 {
    page.sum(EXECUTIONS, &[("tenant", tenant)])
}
