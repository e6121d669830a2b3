//! The built binary with many series: its memory and its pages. Series are samples of the text format, as Prometheus
//! counts them: a histogram of 17 buckets makes 20.

use std::io::Read as _;
use std::time::{Duration, Instant};

use super::binary::{configuration, launch, page, until_ready};
use super::measure::{memory, milliseconds};
use super::polls::REPEATS;
use super::server::Server;
use super::support::postgres::execute;
use super::support::schema::{self, Generation};
use super::table::{Goal, Table, Values, number};

/// Workflows of six tasks with one completed and one failed execution each.
const SIZES: [(u32, f64); 2] = [(54, 60.0), (540, 120.0)];

const HISTORY: &str = "
INSERT INTO workflow_executions (id, workflow_name, status, started_at, completed_at)
SELECT md5(w || '-' || e)::uuid, 'workflow_of_some_length_' || w, (ARRAY['Completed', 'Failed'])[e + 1],
    now() - (w + 100) * interval '1 second', now() - w * interval '1 second'
FROM generate_series(1, {workflows}) w, generate_series(0, 1) e;
INSERT INTO task_executions (workflow_execution_id, task_name, status, started_at, completed_at)
SELECT e.id, 'public::package::' || workflow_name || '::task_of_some_length_' || k,
    CASE WHEN k = 5 THEN e.status ELSE 'Completed' END, e.started_at + k * interval '7 seconds', e.completed_at
FROM workflow_executions e, generate_series(0, 5) k;
INSERT INTO execution_events (workflow_execution_id, task_execution_id, event_type)
SELECT workflow_execution_id, id, 'task_completed' FROM task_executions;
";

pub async fn all(server: &Server, table: &mut Table) {
    // Data that are kept may have one from before.
    server.cluster.execute("postgres", "DROP DATABASE IF EXISTS series").await;
    server.cluster.create_database("series").await;
    for (workflows, goal) in SIZES {
        let name = format!("workflows_{workflows}");
        let mut connection = server.cluster.connect("series").await;
        schema::create(&mut connection, &name, Generation::V0_11).await;
        let history = HISTORY.replace("{workflows}", &workflows.to_string());
        execute(&mut connection, &format!("SET search_path = {name}; {history}; ANALYZE")).await;
        measure(server, &name, goal, table).await;
    }
}

/// Scrapes every snapshot as Prometheus does, once compressed and in OpenMetrics, and now and then again.
async fn measure(server: &Server, schema: &str, goal: f64, table: &mut Table) {
    let directory = tempfile::tempdir().unwrap();
    let more = "labels: {workflow: {max: 100000}, task: {max: 100000}}\npoll: {interval: 1s}\n";
    let file = configuration(&directory, &server.url("series"), schema, more);
    let mut exporter = launch(&file, &["--backfill", "all"]);
    until_ready(&mut exporter).await;
    let gzip = "Accept-Encoding: gzip\r\n";
    let (mut first, mut again, mut bytes) = (Values::default(), Values::default(), 0);
    for _ in 0..REPEATS {
        tokio::time::sleep(Duration::from_millis(1050)).await;
        for times in [&mut first, &mut again] {
            let started = Instant::now();
            bytes = page(exporter.address(), gzip).len();
            times.push(milliseconds(started.elapsed()));
        }
    }
    let resident = [memory(exporter.pid(), "VmRSS"), memory(exporter.pid(), "VmHWM")];
    let (plain, series) = plain_page(exporter.address());
    let of = format!("{series} series");
    table.row(
        format!("resident memory at {of} (MB)"),
        number(resident[0]),
        format!("{REPEATS} snapshots scraped"),
    );
    table.row(format!("peak resident memory at {of} (MB)"), number(resident[1]), "");
    table.goal(format!("resident memory at {of} (MB)"), resident[0], Goal::AtMost(goal));
    table.row(format!("scrape of a new snapshot, {of} (ms)"), first, "encoded and compressed for it");
    table.row(format!("scrape of an unchanged snapshot, {of} (ms)"), again, "");
    let note = format!("{:.2} compressed; OpenMetrics", bytes as f64 / 1e6);
    table.row(format!("page, {of} (MB)"), number(plain as f64 / 1e6), note);
}

/// Bytes, and samples other than `_created`.
fn plain_page(address: std::net::SocketAddr) -> (usize, usize) {
    let mut text = String::new();
    page(address, "").as_slice().read_to_string(&mut text).unwrap();
    let samples = text.lines().filter(|line| line.starts_with("cloacina") && !line.contains("_created"));
    (text.len(), samples.count())
}
