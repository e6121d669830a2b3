//! The exporter beside what people would use instead, for the same numbers, in one run: exporters of SQL, the best SQL
//! that was found, and the exporter's own statements said again by a bare client.
//!
//! Each reads the same tables; between two refreshes an engine writes what it writes in 15 seconds. Every exporter is
//! scraped once a refresh, and its own CPU is that of reading and of answering.

use std::time::Duration;

use cloacina_exporter::catalogue;
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;

use super::binary::{configuration, launch, page, until_ready};
use super::floors;
use super::history::{self, GAP, Size};
use super::measure::{memory, milliseconds, threads_cpu};
use super::peers::Peer;
use super::queries::{BY_HAND, PER_METRIC};
use super::recorder::{Mirror, Recorder};
use super::server::{OURS, POSTGRES_EXPORTER, SQL_EXPORTER, Server, Statements, TUNED};
use super::support::postgres::execute;
use super::support::writer::now;
use super::table::{Goal, Table, Values, number};
use super::writer::Writer;

const POLLS: usize = 21;
const WARM_UP: usize = 9;
/// How often the statements of one poll are said again.
const AGAIN: usize = 5;
/// Refreshes of those that take seconds.
const REFRESHES: usize = 5;
/// A round's share of the writer's clock, so that the window that is read again holds as much as it would every 15 s.
const STEP: i64 = GAP / (2 * (POLLS + WARM_UP) + 3 * (REFRESHES + 1)) as i64;
/// Transactions of one round of the writer; a little more than it makes.
const TRANSACTIONS: i64 = 550;
/// What `queries` asks for.
const SAME_FAMILIES: [&str; 10] = [
    "cloacina_state_events_total",
    "cloacina_state_schedule_last_run_timestamp_seconds",
    "cloacina_state_task_attempts_total",
    "cloacina_state_task_duration_seconds",
    "cloacina_state_task_failures_total",
    "cloacina_state_task_oldest_running_age_seconds",
    "cloacina_state_tasks",
    "cloacina_state_workflow_executions_active",
    "cloacina_state_workflow_executions_total",
    "cloacina_state_workflow_oldest_active_execution_age_seconds",
];
/// As Prometheus asks.
const GZIP: &str = "Accept-Encoding: gzip\r\n";

/// What refreshes cost one of those compared.
#[derive(Debug, Default)]
struct Side {
    database_cpu: Values,
    buffers: Values,
    /// Milliseconds that its statements ran in the database.
    ran: Values,
    own_cpu: OwnCpu,
    resident: f64,
    page: f64,
}

/// Milliseconds of the exporter's process.
#[derive(Debug, Default)]
struct OwnCpu {
    reading: Values,
    /// Nothing, if a scrape is when it reads.
    scrape: Values,
}

struct Sides {
    ours: Side,
    /// With the families that the others have, and no more.
    like_for_like: Side,
    /// Database CPU of our statements, said again.
    alone: Values,
    sql_exporter: Side,
    postgres_exporter: Side,
    tuned: Side,
}

pub async fn all(server: &mut Server, table: &mut Table) {
    let mut all = Vec::new();
    for size in server.sizes {
        let sides = compare(server, size).await;
        show(size, &sides, table);
        floors::all(server, size, table).await;
        all.push(sides);
    }
    let [smallest, .., full] = &all[..] else { unreachable!("there are three sizes") };
    let cpu = |side: &Side| side.database_cpu.median();
    let of = format!("at {} M events", number(server.full.events()));
    let ours = cpu(&full.ours);
    for (name, side, least) in
        [("sql_exporter", &full.sql_exporter, 2000.0), ("the best SQL by hand", &full.tuned, 600.0)]
    {
        table.goal(
            format!("database CPU {of}: {name} takes, times ours"),
            cpu(side) / ours,
            Goal::AtLeast(least),
        );
    }
    let alone = ours / full.alone.median();
    table.goal(
        format!("database CPU {of}: times that of the same statements alone"),
        alone,
        Goal::AtMost(1.5),
    );
    let growth = ours / cpu(&smallest.ours);
    table.goal("database CPU: growth with 16 times the history", growth, Goal::AtMost(1.3));
    let own = full.like_for_like.own_cpu.median() / full.sql_exporter.own_cpu.median();
    table.goal(
        format!("exporter CPU {of} for the same families, a scrape included: share of sql_exporter's"),
        own,
        Goal::AtMost(0.1),
    );
}

async fn compare(server: &mut Server, size: Size) -> Sides {
    eprintln!("comparing at {} executions", size.executions);
    let mut connection = server.cluster.connect("postgres").await;
    history::schedule(&mut connection, size).await;
    for role in [SQL_EXPORTER, POSTGRES_EXPORTER, TUNED] {
        server.look_at(role, size).await;
    }
    let mut writer =
        Writer::connect(&server.cluster.url("postgres", "postgres"), size.schema, now() - GAP).await;
    writer.step = STEP / TRANSACTIONS;
    let (ours, alone) = ours(server, size, &mut writer, "").await;
    let (like_for_like, _) = self::ours(server, size, &mut writer, &same_families()).await;
    let sql_exporter = sql_exporter(server, &mut writer).await;
    let postgres_exporter = postgres_exporter(server, &mut writer).await;
    let tuned = tuned(server, &mut writer).await;
    Sides { ours, like_for_like, alone, sql_exporter, postgres_exporter, tuned }
}

/// Switches off what the others are not asked for, and gives each task a histogram with their buckets.
fn same_families() -> String {
    let all = catalogue::descriptions();
    let others: Vec<_> =
        all.iter().map(|family| family.name).filter(|name| !SAME_FAMILIES.contains(name)).collect();
    format!(
        "families: {{disable: [{}]}}\n\
         histograms: {{kind: classic, task_label: true, buckets: [0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800]}}\n",
        others.join(", ")
    )
}

async fn ours(server: &mut Server, size: Size, writer: &mut Writer, more: &str) -> (Side, Values) {
    let recorder = Recorder::start(server.cluster.address());
    let url = format!("postgres://{OURS}@{}/postgres?sslmode=disable", recorder.address());
    let directory = tempfile::tempdir().unwrap();
    let more = format!("poll: {{interval: 2s}}\n{more}");
    let file = configuration(&directory, &url, size.schema, &more);
    let mut exporter = launch(&file, &[]);
    until_ready(&mut exporter).await;
    let mut mirror = Mirror::new(server.cluster.address());
    let (mut side, mut alone) = (Side::default(), Values::default());
    let mut own = threads_cpu(exporter.pid());
    for round in 0..WARM_UP + POLLS {
        writer.round().await;
        mirror.follow(&recorder);
        let ports = recorder.ports();
        let (position, before) = (recorder.position(), server.statements(OURS).await);
        let cpu = server.cpu_from(&ports).await;
        recorder.next_poll(&position).await;
        let read = threads_cpu(exporter.pid());
        page(exporter.address(), GZIP);
        let cpu = server.cpu_from(&recorder.ports()).await.saturating_sub(cpu);
        let after = server.statements(OURS).await;
        let own_before = std::mem::replace(&mut own, threads_cpu(exporter.pid()));
        let again = say_again(server, &recorder, &mut mirror).await;
        if round >= WARM_UP && !again.is_empty() {
            side.add(cpu, before, after);
            side.own_cpu.add(read.saturating_sub(own_before), own.saturating_sub(read));
            again.into_iter().for_each(|time| alone.push(milliseconds(time)));
        }
    }
    side.look_at(exporter.pid(), page(exporter.address(), "").len());
    (side, alone)
}

/// Database CPU of each repetition; nothing if not all of a poll was recorded, or if it prepared something, which it does
/// once.
async fn say_again(server: &mut Server, recorder: &Recorder, mirror: &mut Mirror) -> Vec<Duration> {
    mirror.follow(recorder);
    let mut times = Vec::new();
    if mirror.is_repeatable() {
        for _ in 0..AGAIN {
            let ports = mirror.ports();
            let before = server.cpu_from(&ports).await;
            mirror.say();
            times.push(server.cpu_from(&ports).await.saturating_sub(before));
        }
    }
    times
}

async fn sql_exporter(server: &mut Server, writer: &mut Writer) -> Side {
    let peer = Peer::sql_exporter(&server.cluster).await;
    let mut side = Side::default();
    let all = PER_METRIC.len() as i64;
    let mut own = Duration::ZERO;
    for round in 0..=REFRESHES {
        let before = server.statements(SQL_EXPORTER).await;
        let cpu = server.cpu(writer.pid);
        let mut after = before;
        while after.calls < before.calls + all {
            tokio::time::sleep(Duration::from_millis(10)).await;
            after = server.statements(SQL_EXPORTER).await;
        }
        let cpu = server.cpu(writer.pid).saturating_sub(cpu);
        let read = threads_cpu(peer.pid());
        let page = page(peer.address, GZIP);
        assert!(page.len() > 1000, "{}", peer.log());
        let own_before = std::mem::replace(&mut own, threads_cpu(peer.pid()));
        if round > 0 {
            side.add(cpu, before, after);
            side.own_cpu.add(read.saturating_sub(own_before), own.saturating_sub(read));
        }
        writer.round().await;
    }
    side.look_at(peer.pid(), page(peer.address, "").len());
    side
}

async fn postgres_exporter(server: &mut Server, writer: &mut Writer) -> Side {
    let peer = Peer::postgres_exporter(&server.cluster).await;
    let mut side = Side::default();
    let mut bytes = 0;
    for round in 0..=REFRESHES {
        writer.round().await;
        let (before, own) = (server.statements(POSTGRES_EXPORTER).await, threads_cpu(peer.pid()));
        let cpu = server.cpu(writer.pid);
        // The first and the last are looked at for what they say, and not measured.
        let headers = if round < REFRESHES { GZIP } else { "" };
        bytes = page(peer.address, headers).len();
        assert!(bytes > 1000, "{}", peer.log());
        let cpu = server.cpu(writer.pid).saturating_sub(cpu);
        let after = server.statements(POSTGRES_EXPORTER).await;
        if (1..REFRESHES).contains(&round) {
            side.add(cpu, before, after);
            side.own_cpu.reading.push(milliseconds(threads_cpu(peer.pid()).saturating_sub(own)));
        }
    }
    side.look_at(peer.pid(), bytes);
    side
}

async fn tuned(server: &mut Server, writer: &mut Writer) -> Side {
    let mut connection = PgConnection::connect(&server.cluster.url(TUNED, "postgres")).await.unwrap();
    let mut side = Side::default();
    for round in 0..=REFRESHES {
        writer.round().await;
        let before = server.statements(TUNED).await;
        let cpu = server.cpu(writer.pid);
        for query in BY_HAND {
            execute(&mut connection, query).await;
        }
        let cpu = server.cpu(writer.pid).saturating_sub(cpu);
        if round > 0 {
            side.add(cpu, before, server.statements(TUNED).await);
        }
    }
    side
}

impl Side {
    fn add(&mut self, cpu: Duration, before: Statements, after: Statements) {
        self.database_cpu.push(milliseconds(cpu));
        self.buffers.push(after.buffers - before.buffers);
        self.ran.push(after.milliseconds - before.milliseconds);
    }

    fn look_at(&mut self, pid: u32, bytes: usize) {
        (self.resident, self.page) = (memory(pid, "VmRSS"), bytes as f64 / 1e3);
    }
}

impl OwnCpu {
    fn add(&mut self, reading: Duration, scrape: Duration) {
        self.reading.push(milliseconds(reading));
        self.scrape.push(milliseconds(scrape));
    }

    /// Of both.
    fn median(&self) -> f64 {
        self.reading.median() + self.scrape.median()
    }
}

fn show(size: Size, sides: &Sides, table: &mut Table) {
    let ours = sides.ours.database_cpu.median();
    for (name, side) in [
        ("**cloacina-exporter**", &sides.ours),
        ("**cloacina-exporter**, the same families", &sides.like_for_like),
        ("sql_exporter, a query for each metric", &sides.sql_exporter),
        ("postgres_exporter, the same queries", &sides.postgres_exporter),
        ("the best SQL by hand, no exporter", &sides.tuned),
    ] {
        let process = |value: f64| if value > 0.0 { number(value) } else { "–".to_owned() };
        table.side([
            number(size.events()),
            name.to_owned(),
            side.database_cpu.to_string(),
            number(side.database_cpu.median() / ours),
            format!("{:.0}", side.buffers.median()),
            number(side.ran.median()),
            side.own_cpu.reading.to_string(),
            side.own_cpu.scrape.to_string(),
            process(side.resident),
            process(side.page),
        ]);
    }
    let of = format!("{} M events", number(size.events()));
    table.row(
        format!("database CPU of a poll's statements said again by a bare client, {of} (ms)"),
        &sides.alone,
        format!("{AGAIN} times after each of {POLLS} polls"),
    );
}
