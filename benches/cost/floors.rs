//! What cannot be undercut: the cheapest questions a session can ask, and reading tables whole by COPY.

use std::time::{Duration, Instant};

use futures_util::TryStreamExt as _;
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;

use super::history::Size;
use super::measure::{cpu_of, milliseconds};
use super::server::{BARE, Server};
use super::table::{Table, Values, number};

const PROBES: u32 = 2000;
/// By index, a row each.
const THREE: [&str; 3] = [
    "SELECT max(created_at)::text FROM execution_events",
    "SELECT min(created_at)::text FROM execution_events",
    "SELECT id::text FROM workflow_executions WHERE status = 'Paused' LIMIT 1",
];
/// What a count of ended executions and tasks, with durations, and of events must read.
const COPIES: [(&str, &str); 3] = [
    ("executions", "workflow_executions (id, workflow_name, status, started_at, completed_at)"),
    ("tasks", "task_executions (id, task_name, status, started_at, completed_at)"),
    ("events", "execution_events (id, event_type, workflow_execution_id, task_execution_id, created_at)"),
];

pub async fn all(server: &mut Server, size: Size, table: &mut Table) {
    let mut connection = connect(server, size).await;
    let pids = server.backends(BARE).await;
    for (name, queries) in [("`SELECT 1`", &["SELECT 1::text"][..]), ("three questions by index", &THREE)] {
        let (cpu, started) = (cpu_of(&pids), Instant::now());
        for _ in 0..PROBES {
            for &query in queries {
                sqlx::query(query).fetch_all(&mut connection).await.unwrap();
            }
        }
        let wall = milliseconds(started.elapsed() / PROBES);
        let of = number(size.events());
        table.row(
            format!("floor: {name}, {of} M events, database CPU (ms)"),
            number(milliseconds((cpu_of(&pids) - cpu) / PROBES)),
            format!("prepared, mean of {PROBES}; {} ms until answered", number(wall)),
        );
    }
    drop(connection);
    copies(server, size, table).await;
}

/// Reads history whole by COPY; returns the seconds that it took, and those without the events.
pub async fn copies(server: &mut Server, size: Size, table: &mut Table) -> (f64, f64) {
    let mut connection = connect(server, size).await;
    let pids = server.backends(BARE).await;
    let mut seconds = [0.0; COPIES.len()];
    for ((name, columns), seconds) in COPIES.iter().zip(&mut seconds) {
        let (mut walls, mut cpus, mut bytes) = (Values::default(), Values::default(), 0);
        for _ in 0..3 {
            let (cpu, started) = (cpu_of(&pids), Instant::now());
            bytes = copy(&mut connection, columns).await;
            walls.push(started.elapsed().as_secs_f64());
            cpus.push((cpu_of(&pids) - cpu).as_secs_f64());
        }
        *seconds = walls.median();
        table.row(
            format!("floor: COPY of {name}, {} M events (s)", number(size.events())),
            walls,
            format!("five columns, {} MB; {} s of database CPU", number(bytes as f64 / 1e6), cpus),
        );
    }
    (seconds.iter().sum(), seconds[0] + seconds[1])
}

async fn copy(connection: &mut PgConnection, columns: &str) -> usize {
    let statement = format!("COPY {columns} TO STDOUT (FORMAT binary)");
    let stream = connection.copy_out_raw(&statement).await.unwrap();
    stream.try_fold(0, |sum, bytes| async move { Ok(sum + bytes.len()) }).await.unwrap()
}

async fn connect(server: &mut Server, size: Size) -> PgConnection {
    server.look_at(BARE, size).await;
    // The session before it may still be on its way out.
    while !server.backends(BARE).await.is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    PgConnection::connect(&server.cluster.url(BARE, "postgres")).await.unwrap()
}
