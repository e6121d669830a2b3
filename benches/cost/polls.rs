//! What one poll costs the database and the exporter: `Database::poll`, `State::apply` and `catalogue::snapshot` of the
//! library, as the exporter's loop calls them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cloacina_exporter::catalogue;
use cloacina_exporter::config::{self, Backfill, Config, DatabaseUrl, Log, Metrics, Patterns, Poll, Web};
use cloacina_exporter::record::{Batch, Span};
use cloacina_exporter::source::{Database, Outcome};
use cloacina_exporter::state::health::{Health, TenantHealth};
use cloacina_exporter::state::{Settings, State};

use super::measure::{Table, Values, cpu_of, milliseconds, number, own_cpu};
use super::server::{GAP, Server, Size};
use super::support::postgres::execute;
use super::support::schema::{self, Generation};
use super::support::writer::now;
use super::writer::Writer;

pub const REPEATS: usize = 31;
const WARM_UP: usize = 9;
/// A poll's share of the writer's clock, so that the window that is read again holds as much as it would every 15 s.
const INTERVAL: i64 = GAP / (REPEATS + WARM_UP) as i64;
/// Transactions of one round of the writer; a little more than it makes.
const STEPS: i64 = 550;

/// The exporter's loop, without its timer, its server and its state file.
pub struct Loop {
    database: Database,
    pub state: State,
    health: Health,
    metrics: Metrics,
    poll: Poll,
    sequence: u64,
    backends: Vec<i32>,
}

/// What one turn of the loop cost.
#[derive(Debug, Default, Clone)]
pub struct Costs {
    database_cpu: Values,
    wall: Values,
    own_cpu: Values,
    snapshot: Values,
    events: Values,
}

impl Loop {
    pub fn new(url: &str, include: &str) -> Self {
        let database = config::Database {
            name: Arc::from("cost"),
            url: DatabaseUrl::Postgres(url.to_owned().into()),
            secrets: config::SecretFiles::default(),
            prefix_tenants: false,
            include: Patterns::new([include]).unwrap(),
            exclude: Patterns::default(),
            shard: config::Shard::WHOLE,
        };
        let config = Config {
            databases: vec![database.clone()],
            poll: Poll::default(),
            web: Web::default(),
            state_file: None,
            backfill: Backfill::None,
            metrics: Metrics::default(),
            log: Log::default(),
            otlp: Default::default(),
        };
        Self {
            database: Database::new(&database, &config, Arc::new(|_, _, _| ())),
            state: State::new(&config.metrics),
            health: Health::default(),
            metrics: config.metrics,
            poll: config.poll,
            sequence: 1,
            backends: Vec::new(),
        }
    }

    /// Polls once; returns what was read.
    pub async fn turn(&mut self, costs: &mut Costs) -> Vec<(Arc<str>, Box<Batch>)> {
        let (cpu, database_cpu, started) = (own_cpu(), cpu_of(&self.backends), Instant::now());
        let states: BTreeMap<_, _> = self.state.tenants.clone();
        let poll = self.database.poll(&states, &BTreeMap::new()).await;
        drop(states);
        assert!(poll.failure.is_none(), "{:?}", poll.failure);
        let settings =
            Settings { metrics: &self.metrics, overlap: Span::from(self.poll.overlap), keep_ended: false };
        let mut batches = Vec::new();
        for tenant in poll.tenants {
            let (began, batch) = match tenant.outcome {
                Outcome::Read(batch) => (None, batch),
                Outcome::Began(state, batch) => (Some(state), batch),
                Outcome::Idle { clock, own_clock } => {
                    self.state.tenant_mut(&tenant.label).expect("it was read").idle(clock, own_clock);
                    continue;
                }
                other => panic!("{}: {other:?}", tenant.label),
            };
            if let Some(state) = began {
                self.state.tenants.insert(tenant.label.clone(), Arc::from(state.tenant));
            }
            self.state.apply(&tenant.label, &batch, settings, self.sequence);
            let health = self.health.tenants.entry(tenant.label.clone());
            health.or_insert_with(|| TenantHealth::new("postgresql")).last_good =
                Some(batch.position.own_clock);
            batches.push((tenant.label, batch));
        }
        costs.wall.push(milliseconds(started.elapsed()));
        costs.database_cpu.push(milliseconds(cpu_of(&self.backends) - database_cpu));
        costs.own_cpu.push(milliseconds(own_cpu() - cpu));
        costs.events.push(batches.iter().map(|(_, batch)| batch.events.len()).sum::<usize>() as f64);
        let started = own_cpu();
        self.snapshot();
        costs.snapshot.push(milliseconds(own_cpu() - started));
        batches
    }

    fn snapshot(&mut self) {
        self.sequence += 1;
        let now =
            self.health.tenants.values().filter_map(|health| health.last_good).max().unwrap_or_default();
        std::hint::black_box(catalogue::snapshot(catalogue::Input {
            state: &self.state,
            health: &self.health,
            metrics: &self.metrics,
            poll_interval: self.poll.interval,
            max_stale: Duration::from_secs(300),
            now,
            sequence: self.sequence,
            carried: self.sequence,
        }));
    }

    /// Turns until connections are open and plans are made.
    pub async fn settle(&mut self, server: &Server, turns: usize) {
        for _ in 0..turns {
            self.turn(&mut Costs::default()).await;
        }
        self.backends = server.backends().await;
    }
}

/// A poll every 15 s with 300 new events, at both sizes.
pub async fn busy(server: &Server, table: &mut Table) {
    let full = rounds(server, server.full).await;
    let sixteenth = rounds(server, server.sixteenth).await;
    for (size, costs) in [(server.full, &full), (server.sixteenth, &sixteenth)] {
        let of = format!("{} M events", number(size.events()));
        let note = format!("{REPEATS} polls, {} new events each", costs.events);
        table.row(
            format!("PostgreSQL CPU per poll, {of} (ms)"),
            &costs.database_cpu,
            format!("{note}; goal 6"),
        );
        table.row(format!("poll, wall, {of} (ms)"), &costs.wall, "read and fold");
        table.row(format!("exporter CPU per poll, {of} (ms)"), &costs.own_cpu, "read and fold");
        table.row(format!("exporter CPU per snapshot, {of} (ms)"), &costs.snapshot, "");
    }
    let growth = full.database_cpu.median() / sixteenth.database_cpu.median();
    table.row("PostgreSQL CPU, 16 times the history", format!("× {growth:.2}"), "goal × 1.5");
}

/// Each round of the writer stands for 15 s of its clock, which ends at the present.
async fn rounds(server: &Server, size: Size) -> Costs {
    let url = server.url("postgres");
    let mut exporter = Loop::new(&url, size.schema);
    let mut writer = Writer::connect(&url, size.schema, now() - GAP).await;
    writer.step = INTERVAL / STEPS;
    for _ in 0..WARM_UP {
        exporter.settle(server, 1).await;
        writer.round().await;
    }
    let mut costs = Costs::default();
    for _ in 0..REPEATS {
        exporter.turn(&mut costs).await;
        writer.round().await;
    }
    costs
}

/// Polls of a tenant in which nothing happens.
pub async fn idle(server: &Server, table: &mut Table) {
    let mut exporter = Loop::new(&server.url("postgres"), server.full.schema);
    exporter.settle(server, WARM_UP).await;
    let mut costs = Costs::default();
    for _ in 0..REPEATS {
        exporter.turn(&mut costs).await;
    }
    table.row(
        "idle poll of one tenant, PostgreSQL CPU (ms)",
        &costs.database_cpu,
        "it is read whole all the same",
    );
    table.row("idle poll of one tenant, wall (ms)", &costs.wall, "");
    scans(server, table).await;
}

/// Polls that also look for executions that were cancelled without being seen active, and for the fires of all schedules;
/// due once a minute, so that many exporters wait together.
async fn scans(server: &Server, table: &mut Table) {
    let mut exporters = Vec::new();
    for _ in 0..REPEATS {
        let mut exporter = Loop::new(&server.url("postgres"), server.full.schema);
        exporter.settle(server, WARM_UP).await;
        exporters.push(exporter);
    }
    tokio::time::sleep(Duration::from_secs(61)).await;
    let mut costs = Costs::default();
    for exporter in &mut exporters {
        let batches = exporter.turn(&mut costs).await;
        assert!(batches.iter().all(|(_, batch)| batch.scanned_cancelled), "a scan was due");
    }
    let note = format!("once a minute; {} cancelled executions, 500 schedules", server.full.executions / 100);
    table.row(
        "idle poll that looks for cancelled executions and for fires, PostgreSQL CPU (ms)",
        &costs.database_cpu,
        note,
    );
}

/// Polls of a hundred tenants in which nothing happens, found idle by the server's statistics.
pub async fn tenants(server: &Server, table: &mut Table) {
    const TENANTS: usize = 100;
    server.cluster.create_database("tenants").await;
    let mut connection = server.cluster.connect("tenants").await;
    for number in 0..TENANTS {
        schema::create(&mut connection, &format!("tenant_{number}"), Generation::V0_11).await;
    }
    execute(&mut connection, "ANALYZE").await;
    let mut exporter = Loop::new(&server.url("tenants"), "tenant_*");
    exporter.settle(server, WARM_UP).await;
    let mut costs = Costs::default();
    for _ in 0..REPEATS {
        exporter.turn(&mut costs).await;
    }
    table.row(
        format!("idle poll of {TENANTS} tenants, PostgreSQL CPU (ms)"),
        &costs.database_cpu,
        "by change hints",
    );
    table.row(format!("idle poll of {TENANTS} tenants, wall (ms)"), &costs.wall, "");
    table.row(format!("idle poll of {TENANTS} tenants, exporter CPU (ms)"), &costs.own_cpu, "");
}
