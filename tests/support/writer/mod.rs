//! Writers that behave as Cloacina's engine does, and the truth they keep about what they committed.
//!
//! `engine` knows which rows and events a step writes, `runner` performs single steps for made cases, `round` lets many
//! writers loose on random `script`s, `file` is a runner on SQLite, `truth` says by id what is true afterwards. Only the
//! tables of v0.11 are written.

pub mod engine;
pub mod file;
pub mod round;
pub mod runner;
pub mod script;
pub mod truth;

use std::time::Duration;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};

use super::postgres::execute;
use engine::timestamp;

/// Microseconds since 1970 by this machine's clock.
#[allow(clippy::disallowed_methods, reason = "the writers' clock: what the exporter reads in created_at")]
pub fn now() -> i64 {
    chrono::Utc::now().timestamp_micros()
}

/// Connects with `schema` in the search path.
pub async fn connect(url: &str, schema: &str) -> PgConnection {
    let mut connection = PgConnection::connect(url).await.unwrap();
    execute(&mut connection, &format!("SET search_path = {schema}")).await;
    connection
}

/// Retention: deletes the events created before `before`, as `cloacinactl admin cleanup-events` does; says how many.
pub async fn delete_events(connection: &mut PgConnection, before: i64) -> u64 {
    let statement = format!("DELETE FROM execution_events WHERE created_at < {}", timestamp(before));
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(connection).await.unwrap().rows_affected()
}

/// A transaction that has nothing to do with Cloacina, holding a transaction id for `duration`.
pub async fn hold_unrelated(url: &str, duration: Duration) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    execute(
        &mut connection,
        "BEGIN; CREATE TABLE unrelated (value integer); INSERT INTO unrelated VALUES (1)",
    )
    .await;
    tokio::time::sleep(duration).await;
    execute(&mut connection, "DROP TABLE unrelated; COMMIT").await;
}
