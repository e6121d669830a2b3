//! What a poll costs when nothing happens, the database and the exporter: `Database::poll`, `State::apply` and
//! `catalogue::snapshot` of the library, as the exporter's loop calls them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cloacina_exporter::catalogue;
use cloacina_exporter::config::{self, Backfill, Config, DatabaseUrl, Log, Metrics, Patterns, Poll, Web};
use cloacina_exporter::record::{Batch, Span};
use cloacina_exporter::snapshot::Snapshot;
use cloacina_exporter::source::{Database, Outcome};
use cloacina_exporter::state::health::{Health, TenantHealth};
use cloacina_exporter::state::{Settings, State};

use super::measure::{cpu_of, milliseconds, own_cpu};
use super::server::{OURS, Server};
use super::table::{Table, Values};

pub const REPEATS: usize = 31;
pub const WARM_UP: usize = 9;

/// The exporter's loop, without its timer, its server and its state file.
pub struct Loop {
    database: Database,
    state: State,
    health: Health,
    metrics: Metrics,
    poll: Poll,
    sequence: u64,
    previous: Option<Snapshot>,
    backends: Vec<i32>,
}

/// What one turn of the loop cost.
#[derive(Debug, Default)]
pub struct Costs {
    database_cpu: Values,
    wall: Values,
    own_cpu: Values,
    snapshot: Values,
}

impl Loop {
    pub fn new(url: DatabaseUrl, include: &str) -> Self {
        let database = config::Database {
            name: Arc::from("cost"),
            url,
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
            previous: None,
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
        let started = own_cpu();
        self.snapshot();
        costs.snapshot.push(milliseconds(own_cpu() - started));
        batches
    }

    fn snapshot(&mut self) {
        self.sequence += 1;
        let now =
            self.health.tenants.values().filter_map(|health| health.last_good).max().unwrap_or_default();
        let snapshot = catalogue::snapshot(catalogue::Input {
            state: &self.state,
            health: &self.health,
            metrics: &self.metrics,
            poll_interval: self.poll.interval,
            max_stale: Duration::from_secs(300),
            now,
            sequence: self.sequence,
            carried: self.sequence,
            previous: self.previous.as_ref(),
        });
        self.previous = Some(std::hint::black_box(snapshot));
    }

    /// Turns until connections are open and plans are made.
    async fn settle(&mut self, server: &mut Server, turns: usize) {
        for _ in 0..turns {
            self.turn(&mut Costs::default()).await;
        }
        self.backends = server.backends(OURS).await;
    }
}

/// Polls of a tenant in which nothing happens.
pub async fn idle(server: &mut Server, table: &mut Table) {
    let mut exporter = Loop::new(postgres(server), server.full.schema);
    exporter.settle(server, WARM_UP).await;
    let mut costs = Costs::default();
    for _ in 0..REPEATS {
        exporter.turn(&mut costs).await;
    }
    table.row(
        "idle poll of one tenant, PostgreSQL CPU (ms)",
        &costs.database_cpu,
        "what is live is looked at all the same",
    );
    table.row("idle poll of one tenant, wall (ms)", &costs.wall, "");
    table.row("idle poll of one tenant, exporter CPU (ms)", &costs.own_cpu, "read and fold");
    table.row("snapshot of one tenant, exporter CPU (ms)", &costs.snapshot, "");
    scans(server, table).await;
}

/// Polls that also look for executions that were cancelled without being seen active, and for the fires of all schedules;
/// due once a minute, so that many exporters wait together.
async fn scans(server: &mut Server, table: &mut Table) {
    let mut exporters = Vec::new();
    for _ in 0..REPEATS {
        let mut exporter = Loop::new(postgres(server), server.full.schema);
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

fn postgres(server: &Server) -> DatabaseUrl {
    DatabaseUrl::Postgres(server.url("postgres").into())
}
