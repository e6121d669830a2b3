//! SQLite with a tenth of the history: polls of the exporter's loop, beside the queries that would give the same numbers.
//!
//! The library works in the exporter's own process, so that all of it is the CPU of threads of this one.

use std::path::Path;

use cloacina_exporter::config::DatabaseUrl;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
use sqlx::{AssertSqlSafe, ConnectOptions as _};

use super::measure::{milliseconds, threads_cpu};
use super::polls::{Loop, REPEATS, WARM_UP};
use super::support::schema::Generation;
use super::table::{Table, Values, number};

const REFRESHES: usize = 5;
/// One pass over each table, and the schedules, of which there are none.
const BY_HAND: [&str; 3] = [
    "SELECT workflow_name, status, count(*) FROM workflow_executions GROUP BY 1, 2",
    "SELECT task_name, status, count(*), sum(attempt - 1), sum(seconds), sum(seconds <= 0.5), sum(seconds <= 1), \
     sum(seconds <= 2.5), sum(seconds <= 5), sum(seconds <= 10), sum(seconds <= 30), sum(seconds <= 60), \
     sum(seconds <= 300), sum(seconds <= 1800) FROM (SELECT task_name, status, attempt, \
     86400 * (julianday(completed_at) - julianday(started_at)) AS seconds FROM task_executions) GROUP BY 1, 2",
    "SELECT event_type, count(*) FROM execution_events GROUP BY 1",
];

pub async fn all(table: &mut Table) {
    let given = std::env::var("CLOACINA_EXPORTER_COST_EXECUTIONS").ok();
    let executions = given.and_then(|text| text.parse().ok()).unwrap_or(500_000_u32).max(16_000) / 10;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("cloacina.db");
    let mut writer = connect(&file).await;
    eprintln!("making {executions} executions in SQLite");
    run(&mut writer, Generation::V0_11.sqlite()).await;
    run(&mut writer, &include_str!("history.sqlite.sql").replace("{executions}", &executions.to_string()))
        .await;
    let of = format!("SQLite, {} M events", number(21.0 * f64::from(executions - 400) / 1e6));
    let mut tuned = Values::default();
    let mut exporter = Loop::new(DatabaseUrl::Sqlite(file.clone()), "*");
    let (mut busy, mut idle) = (Values::default(), Values::default());
    for round in 0..WARM_UP + REPEATS {
        run(&mut writer, include_str!("round.sqlite.sql")).await;
        let (first, second) = (turn(&mut exporter).await, turn(&mut exporter).await);
        if round >= WARM_UP {
            busy.push(first);
            idle.push(second);
        }
    }
    for _ in 0..REFRESHES {
        let started = threads_cpu(std::process::id());
        for query in BY_HAND {
            run(&mut writer, query).await;
        }
        tuned.push(milliseconds(threads_cpu(std::process::id()).saturating_sub(started)));
    }
    table.row(format!("{of}: the best SQL by hand, CPU (ms)"), &tuned, "one pass over each table");
    let note = "300 new events each; read and fold";
    table.row(format!("{of}: poll, exporter and library, CPU (ms)"), &busy, note);
    table.row(format!("{of}: poll in which nothing happened, CPU (ms)"), &idle, "");
    table.row(
        format!("{of}: the best SQL by hand, times a poll"),
        number(tuned.median() / busy.median()),
        "",
    );
}

/// CPU of one poll.
async fn turn(exporter: &mut Loop) -> f64 {
    let cpu = threads_cpu(std::process::id());
    exporter.turn(&mut Default::default()).await;
    milliseconds(threads_cpu(std::process::id()).saturating_sub(cpu))
}

async fn connect(file: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
    options.journal_mode(SqliteJournalMode::Wal).connect().await.unwrap()
}

async fn run(connection: &mut SqliteConnection, statements: &str) {
    let result = sqlx::raw_sql(AssertSqlSafe(statements)).execute(connection).await;
    result.unwrap_or_else(|error| panic!("{statements}: {error}"));
}
