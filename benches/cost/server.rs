//! The PostgreSQL server that is measured, and the history in it.

use std::time::Instant;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Row};

use super::support::postgres::{Cluster, Options, execute};
use super::support::schema::{self, Generation};
use super::support::writer::engine::timestamp;
use super::support::writer::now;

const MICROSECONDS: i64 = 1_000_000;
/// History ends this long before now, for the writer's clock to run through, see `polls`.
pub const GAP: i64 = 600 * MICROSECONDS;
/// Executions of the full size; five tasks and 21 events each.
const EXECUTIONS: u32 = 500_000;
const FULL: &str = "whole";
const SIXTEENTH: &str = "sixteenth";

/// A schema with generated history.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub schema: &'static str,
    pub executions: u32,
}

impl Size {
    pub fn events(self) -> f64 {
        21.0 * f64::from(self.executions - 400) / 1e6
    }
}

pub struct Server {
    pub cluster: Cluster,
    pub full: Size,
    pub sixteenth: Size,
    /// Seconds that loading took; 0 before.
    pub loading: f64,
}

impl Server {
    /// Starts a server: everything cached, nothing synced, otherwise PostgreSQL's defaults. `CLOACINA_EXPORTER_COST_EXECUTIONS`
    /// sets the full size, by default 500 000 executions.
    pub async fn start() -> Self {
        let settings = [
            ("shared_buffers", "6GB"),
            ("wal_level", "minimal"),
            ("max_wal_senders", "0"),
            ("max_wal_size", "16GB"),
            ("maintenance_work_mem", "1GB"),
        ];
        let settings = settings.map(|(name, value)| (name, value.to_owned())).to_vec();
        let cluster = Cluster::start(Options { settings, ..Options::default() }).await;
        let given = std::env::var("CLOACINA_EXPORTER_COST_EXECUTIONS").ok();
        let executions = given.and_then(|text| text.parse().ok()).unwrap_or(EXECUTIONS).max(16_000);
        Self {
            cluster,
            full: Size { schema: FULL, executions },
            sixteenth: Size { schema: SIXTEENTH, executions: executions / 16 },
            loading: 0.0,
        }
    }

    /// Generates the history of both sizes.
    pub async fn load(&mut self) {
        let started = Instant::now();
        let end = now() - GAP;
        for size in [self.sixteenth, self.full] {
            eprintln!("loading {} executions into {}", size.executions, size.schema);
            load(&mut self.cluster.connect("postgres").await, size, end).await;
        }
        self.loading = started.elapsed().as_secs_f64();
    }

    pub fn url(&self, database: &str) -> String {
        self.cluster.url("postgres", database)
    }

    /// Process ids of the exporter's sessions.
    pub async fn backends(&self) -> Vec<i32> {
        let mut connection = self.cluster.connect("postgres").await;
        let query = "SELECT pid FROM pg_stat_activity WHERE application_name = 'cloacina-exporter'";
        sqlx::query(query).fetch_all(&mut connection).await.unwrap().iter().map(|row| row.get(0)).collect()
    }
}

/// One transaction, so that with `wal_level` minimal nothing is logged. Indexes come after the rows, and foreign keys are
/// not checked; the three primary keys that rows refer to are filled as they come.
async fn load(connection: &mut PgConnection, size: Size, end: i64) {
    let history = include_str!("history.sql")
        .replace("{executions}", &size.executions.to_string())
        .replace("{fires}", &(size.executions * 2 / 5).to_string())
        .replace("{end}", &timestamp(end));
    execute(connection, "BEGIN").await;
    schema::create(connection, size.schema, Generation::V0_11).await;
    let set =
        format!("SET LOCAL search_path = {}; SET LOCAL session_replication_role = replica", size.schema);
    execute(connection, &set).await;
    let query = "SELECT format('DROP INDEX %I', indexname), indexdef FROM pg_indexes WHERE schemaname = current_schema() \
                 AND tablename <> 'schedules' AND indexname NOT LIKE '%\\_pkey'";
    let indexes = sqlx::query(query).fetch_all(&mut *connection).await.unwrap();
    let all = |column: usize| {
        let texts = indexes.iter().map(|row| row.get::<String, _>(column));
        texts.collect::<Vec<_>>().join("; ")
    };
    let key = "execution_events_pkey";
    execute(connection, &format!("ALTER TABLE execution_events DROP CONSTRAINT {key}; {}", all(0))).await;
    execute(connection, &history).await;
    let create = format!("ALTER TABLE execution_events ADD CONSTRAINT {key} PRIMARY KEY (id); {}", all(1));
    execute(connection, &create).await;
    execute(connection, "COMMIT").await;
    for table in
        ["workflow_executions", "task_executions", "execution_events", "schedules", "schedule_executions"]
    {
        let vacuum = format!("VACUUM (ANALYZE) {}.{table}", size.schema);
        sqlx::raw_sql(AssertSqlSafe(vacuum)).execute(&mut *connection).await.unwrap();
    }
    execute(connection, "CHECKPOINT").await;
}
