//! The library, driven one poll at a time: reads, applies, and restarts from what a state file would hold.
//!
//! Has no loop and no state file of its own; `exporter` in this folder is the whole binary.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use cloacina_exporter::config::{Backfill, Config, Database as Address, Log, Metrics, Patterns, Poll, Web};
use cloacina_exporter::record::{Batch, Span};
use cloacina_exporter::source::{Database, DatabasePoll, Outcome};
use cloacina_exporter::state::{Settings, State, Tenant};
use uuid::Uuid;

use super::totals::Totals;
use super::writer::truth::Truth;

/// Reads the one tenant of a database.
pub struct Poller {
    config: Config,
    database: Database,
    state: State,
    sequence: u64,
    /// How often each event was counted.
    counted: BTreeMap<Uuid, u64>,
    /// How long ago the next polls are taken to be, which spares waiting for what is done once a minute.
    pub ago: Span,
    /// What the last poll read.
    pub batch: Option<Box<Batch>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Polled {
    /// A first read, which counts nothing.
    Began,
    Read,
    Idle,
    /// The server showed an older state than before.
    Behind,
}

impl Poller {
    /// Of the database at `url`; nothing is read yet.
    pub fn new(url: &str, overlap: Duration) -> Self {
        let config = config(url, overlap);
        let state = State::new(&config.metrics);
        let database = open(&config);
        Self { database, config, state, sequence: 1, counted: BTreeMap::new(), ago: Span::ZERO, batch: None }
    }

    /// Gives up a statement, or the wait for a lock, after `timeout` instead of the ordinary 5 s.
    pub fn set_statement_timeout(&mut self, timeout: Duration) {
        self.config.poll.statement_timeout = timeout;
        self.restart();
    }

    /// # Panics
    /// If the poll fails.
    pub async fn poll(&mut self) -> Polled {
        self.try_poll().await.unwrap_or_else(|error| panic!("the poll failed: {error}"))
    }

    /// # Errors
    /// If the poll fails; the next one starts from the same state.
    pub async fn try_poll(&mut self) -> Result<Polled, String> {
        let poll = self.database.poll(&self.state.tenants, &BTreeMap::new()).await;
        self.take(poll)
    }

    /// Polls for at most `patience` and restarts, as a process that is killed while it reads.
    pub async fn interrupt(&mut self, patience: Duration) {
        let poll =
            tokio::time::timeout(patience, self.database.poll(&self.state.tenants, &BTreeMap::new())).await;
        if let Ok(poll) = poll {
            // A failed poll is as good as an interrupted one.
            let _ = self.take(poll);
        }
        self.restart();
    }

    /// Forgets everything but what a state file holds.
    pub fn restart(&mut self) {
        let file = postcard::to_stdvec(&self.state).unwrap();
        self.state = postcard::from_bytes(&file).unwrap();
        self.database = open(&self.config);
    }

    pub fn tenant(&self) -> &Tenant {
        self.state.tenants.values().next().expect("the first poll is done")
    }

    pub fn totals(&self) -> Totals {
        Totals::of_state(self.tenant())
    }

    /// Events of `truth` that were not counted, and how often others, or the same again, were.
    pub fn event_faults(&self, truth: &Truth) -> (u64, u64) {
        let lost = truth.events.keys().filter(|id| !self.counted.contains_key(id)).count() as u64;
        let allowed = |id| u64::from(truth.events.contains_key(id));
        (lost, self.counted.iter().map(|(id, times)| times.saturating_sub(allowed(id))).sum())
    }

    /// Asserts that exactly `truth` was counted, by id for events and by label for the rest.
    #[track_caller]
    pub fn assert_counted(&self, truth: &Truth) {
        assert_eq!(Totals::of_truth(truth).difference(&self.totals()), "");
        assert_eq!(self.event_faults(truth), (0, 0), "events lost and double, by id");
    }

    fn take(&mut self, poll: DatabasePoll) -> Result<Polled, String> {
        if let Some(failure) = poll.failure {
            return Err(format!("{:?}: {}", failure.collector, failure.error));
        }
        let tenant = poll.tenants.into_iter().next().ok_or("no tenant was found")?;
        match tenant.outcome {
            Outcome::Began(began, batch) => {
                self.state.tenants.insert(tenant.label.clone(), Arc::from(began.tenant));
                self.apply(&tenant.label, batch);
                Ok(Polled::Began)
            }
            Outcome::Read(batch) => {
                self.apply(&tenant.label, batch);
                Ok(Polled::Read)
            }
            Outcome::Idle { clock, own_clock } => {
                self.state.tenant_mut(&tenant.label).expect("only known tenants idle").idle(clock, own_clock);
                Ok(Polled::Idle)
            }
            Outcome::Behind(position) => {
                self.state.tenant_mut(&tenant.label).expect("only known tenants fall behind").skip(&position);
                Ok(Polled::Behind)
            }
            Outcome::Failed(failure) => Err(format!("{:?}: {}", failure.collector, failure.error)),
            Outcome::Unreadable(reason, text) => Err(format!("{reason:?}: {text}")),
        }
    }

    fn apply(&mut self, label: &Arc<str>, mut batch: Box<Batch>) {
        batch.position.now = batch.position.now.minus(self.ago);
        if !self.state.tenants[label].is_new() {
            for event in &batch.events {
                *self.counted.entry(event.id).or_default() += 1;
            }
        }
        let overlap = Span::from(self.config.poll.overlap);
        let settings = Settings { metrics: &self.config.metrics, overlap, keep_ended: false };
        self.state.apply(label, &batch, settings, self.sequence);
        self.sequence += 1;
        self.batch = Some(batch);
    }
}

fn open(config: &Config) -> Database {
    Database::new(&config.databases[0], config, Arc::new(|_, _, _| ()))
}

/// With room for a label per execution.
fn config(url: &str, overlap: Duration) -> Config {
    let mut metrics = Metrics::default();
    (metrics.workflows.max, metrics.tasks.max) = (1_000_000, 1_000_000);
    Config {
        databases: vec![Address {
            name: Arc::from("database"),
            url: url.parse().unwrap(),
            prefix_tenants: false,
            include: Patterns::default(),
            exclude: Patterns::default(),
            secrets: Default::default(),
            shard: Default::default(),
        }],
        poll: Poll { overlap, interval: Duration::from_millis(1), ..Poll::default() },
        web: Web::default(),
        state_file: None,
        backfill: Backfill::None,
        metrics,
        log: Log::default(),
        otlp: Default::default(),
    }
}
