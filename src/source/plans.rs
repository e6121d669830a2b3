//! Tests: how SQLite goes about the questions for fires. PostgreSQL counts its scans, so that it is tested on a server.

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Row, query, raw_sql};

use super::schema::Shape;
use super::statements::{Dialect, FIRES_BY_ID, FIRES_OF, FIRES_SINCE, OPEN_FIRES, RECENT_FIRES, Statement};

const SCHEMA: &str = include_str!("../../tests/data/schema/v0_11.sqlite.sql");
const NEWEST: Shape = Shape {
    pipeline: false,
    trigger_origin: true,
    sub_status: true,
    claims: true,
    paused: true,
    instance_name: true,
    fire_recoveries: true,
};
/// As if all fires were open and of one schedule, so that no index seems to help.
const MISLEADING: &str = "ANALYZE; INSERT INTO sqlite_stat1 VALUES
    ('schedule_executions', 'idx_schedule_executions_schedule', '300000 300000 300000'),
    ('schedule_executions', 'idx_schedule_executions_in_progress', '300000 300000'),
    ('schedule_executions', 'sqlite_autoindex_schedule_executions_1', '300000 1'),
    ('schedules', 'sqlite_autoindex_schedules_1', '1 1'),
    ('workflow_executions', 'sqlite_autoindex_workflow_executions_1', '20 1');
    ANALYZE sqlite_schema";

/// How `statement` gets at fires and executions.
async fn accesses(connection: &mut SqliteConnection, statement: &Statement) -> Vec<String> {
    let text = format!("EXPLAIN QUERY PLAN {}", statement.render(Dialect::Sqlite, NEWEST));
    let rows = query(AssertSqlSafe(text)).fetch_all(connection).await.unwrap();
    let steps = rows.iter().map(|row| row.get::<String, _>("detail"));
    let is_of = |step: &String| ["x", "i", "e"].iter().any(|name| step.split(' ').nth(1) == Some(*name));
    steps.filter(is_of).collect()
}

#[tokio::test]
async fn fires_and_their_executions_are_found_by_index_with_statistics_that_mislead_or_with_none() {
    let mut connection = SqliteConnectOptions::new().in_memory(true).connect().await.unwrap();
    raw_sql(SCHEMA).execute(&mut connection).await.unwrap();
    let by_id = "SEARCH x USING INDEX sqlite_autoindex_schedule_executions_1 (id=?)";
    let executions = "SEARCH e USING INDEX sqlite_autoindex_workflow_executions_1 (id=?)";
    for statistics in ["", MISLEADING] {
        raw_sql(statistics).execute(&mut connection).await.unwrap();
        for (statement, found) in [
            (&FIRES_BY_ID, None),
            (&FIRES_SINCE, Some("idx_schedule_executions_schedule (schedule_id=? AND started_at>?)")),
            (&FIRES_OF, Some("idx_schedule_executions_schedule (schedule_id=? AND started_at>?)")),
            (&RECENT_FIRES, Some("idx_schedule_executions_schedule (schedule_id>? AND schedule_id<?)")),
            (&OPEN_FIRES, Some("idx_schedule_executions_in_progress (schedule_id>? AND schedule_id<?)")),
        ] {
            let found = found.map(|index| format!("SEARCH i USING INDEX {index}"));
            let wanted = [by_id].into_iter().chain(found.as_deref()).chain([executions; 3]);
            assert_eq!(accesses(&mut connection, statement).await, wanted.collect::<Vec<_>>());
        }
    }
}
