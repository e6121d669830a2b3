//! History in a schema: generated once, and brought back to what it was before each run.

use std::time::Instant;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Row};

use super::support::postgres::execute;
use super::support::schema::{self, Generation};
use super::support::writer::engine::timestamp;
use super::support::writer::now;

const MICROSECONDS: i64 = 1_000_000;
/// History ends this long before it is loaded, for the writer's clock to run through, see `compare`.
pub const GAP: i64 = 1440 * MICROSECONDS;
const TABLES: [&str; 5] =
    ["workflow_executions", "task_executions", "execution_events", "schedules", "schedule_executions"];

/// A schema with generated history.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub schema: &'static str,
    pub executions: u32,
}

impl Size {
    /// Millions of them.
    pub fn events(self) -> f64 {
        21.0 * f64::from(self.executions - 400) / 1e6
    }
}

/// Seconds that generating took; 0 if the history was there.
pub async fn load(connection: &mut PgConnection, size: Size) -> f64 {
    let started = Instant::now();
    let made = format!("SELECT obj_description(to_regnamespace('{}'), 'pg_namespace')", size.schema);
    let row = sqlx::query(AssertSqlSafe(made)).fetch_one(&mut *connection).await.unwrap();
    let made: Option<String> = row.get(0);
    let made = made.as_deref().and_then(|text| text.split_once(" executions until "));
    match made {
        Some((executions, end)) if executions == size.executions.to_string() => {
            eprintln!("{}: {executions} executions are there", size.schema);
            restore(connection, size, end).await;
            0.0
        }
        _ => {
            eprintln!("{}: making {} executions", size.schema, size.executions);
            execute(connection, &format!("DROP SCHEMA IF EXISTS {} CASCADE", size.schema)).await;
            generate(connection, size, now() - GAP).await;
            started.elapsed().as_secs_f64()
        }
    }
}

/// As if the scheduler had just looked at all schedules, so that none of them is late.
pub async fn schedule(connection: &mut PgConnection, size: Size) {
    let update = format!(
        "UPDATE {}.schedules SET last_run_at = date_bin('5 minutes', now(), 'epoch'), \
         next_run_at = date_bin('5 minutes', now(), 'epoch') + interval '5 minutes', last_poll_at = now()",
        size.schema
    );
    execute(connection, &update).await;
}

/// Takes back what a writer added.
async fn restore(connection: &mut PgConnection, size: Size, end: &str) {
    let remove = format!(
        "BEGIN; SET LOCAL search_path = {}; DELETE FROM execution_events WHERE created_at > {end}; \
         DELETE FROM task_executions WHERE created_at > {end} AND workflow_execution_id IN \
             (SELECT id FROM workflow_executions WHERE created_at > {end}); \
         DELETE FROM workflow_executions WHERE created_at > {end}; COMMIT",
        size.schema
    );
    execute(connection, &remove).await;
    tidy(connection, size).await;
}

/// One transaction, so that with `wal_level` minimal nothing is logged. Indexes come after the rows, and foreign keys are
/// not checked; the three primary keys that rows refer to are filled as they come.
async fn generate(connection: &mut PgConnection, size: Size, end: i64) {
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
    let mark = format!("{} executions until {}", size.executions, timestamp(end)).replace('\'', "''");
    execute(connection, &format!("COMMENT ON SCHEMA {} IS '{mark}'", size.schema)).await;
    execute(connection, "COMMIT").await;
    tidy(connection, size).await;
}

async fn tidy(connection: &mut PgConnection, size: Size) {
    for table in TABLES {
        let vacuum = format!("VACUUM (ANALYZE) {}.{table}", size.schema);
        sqlx::raw_sql(AssertSqlSafe(vacuum)).execute(&mut *connection).await.unwrap();
    }
    execute(connection, "CHECKPOINT").await;
}
