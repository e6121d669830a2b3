//! The databases of real engines in `tests/data/engine`, one for each generation, ready to be loaded.

use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, raw_sql};

pub struct LeftBehind {
    /// The name of its schema on PostgreSQL; also of its file on SQLite.
    pub tenant: &'static str,
    /// As the exporter calls it.
    pub generation: &'static str,
    pub sqlite: &'static str,
    pub postgres: &'static str,
    /// What the scenarios printed.
    pub printed: &'static str,
}

const BEFORE_V08: &str = include_str!("../data/engine/before_v08.jsonl");

pub const ALL: [LeftBehind; 3] = [
    LeftBehind {
        tenant: "tenant_v040",
        generation: "v0.4",
        sqlite: include_str!("../data/engine/v040_sqlite.sql"),
        postgres: include_str!("../data/engine/v040_postgres.sql"),
        printed: BEFORE_V08,
    },
    LeftBehind {
        tenant: "tenant_v061",
        generation: "v0.5.1",
        sqlite: include_str!("../data/engine/v061_sqlite.sql"),
        postgres: include_str!("../data/engine/v061_postgres.sql"),
        printed: BEFORE_V08,
    },
    LeftBehind {
        tenant: "tenant_v0111",
        generation: "v0.11",
        sqlite: include_str!("../data/engine/v0111_sqlite.sql"),
        postgres: include_str!("../data/engine/v0111_postgres.sql"),
        printed: include_str!("../data/engine/since_v08.jsonl"),
    },
];

impl LeftBehind {
    /// Before v0.8 the start of a task is not stored.
    pub fn knows_task_starts(&self) -> bool {
        self.generation == "v0.11"
    }

    /// Loads it into a new file in `folder`, named after the tenant.
    pub async fn write_sqlite(&self, folder: &Path) -> PathBuf {
        let path = folder.join(format!("{}.db", self.tenant));
        let mut connection = open_sqlite(&path).await;
        run_sqlite(&mut connection, self.sqlite).await;
        connection.close().await.unwrap();
        path
    }
}

/// Opens a file to write to it, and makes it if need be.
pub async fn open_sqlite(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    options.foreign_keys(false).connect().await.unwrap()
}

pub async fn run_sqlite(connection: &mut SqliteConnection, statements: &str) {
    raw_sql(AssertSqlSafe(statements)).execute(connection).await.unwrap();
}
