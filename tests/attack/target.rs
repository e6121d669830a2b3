//! The exporter that is attacked, with a page of some size, and what it costs.

use cloacina_exporter::demo::Engine;
use cloacina_exporter::record::Timestamp;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;
use tempfile::TempDir;

use super::support::exporter::{Exporter, Format};

/// 2026-01-05T06:00:00Z.
const START: Timestamp = Timestamp::from_seconds(1_767_592_800);

/// Ended executions of so many workflows.
const EXECUTIONS: &str = "WITH RECURSIVE counted(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM counted WHERE number < ?)
    INSERT INTO workflow_executions (id, workflow_name, workflow_version, status, created_at, updated_at, started_at, completed_at)
    SELECT randomblob(16), 'workflow_of_a_name_as_long_as_they_are_' || number, '1', 'Completed',
           '2026-01-05T06:00:00Z', '2026-01-05T06:01:00Z', '2026-01-05T06:00:00Z', '2026-01-05T06:01:00Z' FROM counted";

pub struct Target {
    pub exporter: Exporter,
    _directory: TempDir,
}

impl Target {
    /// Serves the metrics of so many workflows.
    pub async fn start(workflows: u32) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("cloacina.db");
        drop(Engine::new(&path, 1, START).await.unwrap());
        let mut connection = SqliteConnectOptions::new().filename(&path).connect().await.unwrap();
        sqlx::query(EXECUTIONS).bind(workflows).execute(&mut connection).await.unwrap();
        drop(connection);
        let exporter = Exporter::start(&[
            "--database",
            path.to_str().unwrap(),
            "--state.file",
            "none",
            "--backfill",
            "all",
        ])
        .await;
        // All formats are encoded once, so that this is not taken for the attack's cost.
        for format in [Format::Text, Format::OpenMetrics, Format::Protobuf] {
            exporter.page(format).await;
        }
        Self { exporter, _directory: directory }
    }

    pub fn resident_bytes(&self) -> u64 {
        let numbers = std::fs::read_to_string(format!("/proc/{}/statm", self.exporter.pid())).unwrap();
        let pages: u64 = numbers.split(' ').nth(1).unwrap().parse().unwrap();
        pages * 4096
    }

    pub fn open_files(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.exporter.pid())).unwrap().count()
    }
}
