//! One database and all its tenants: connections, discovery, and which tenants a poll can leave alone.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::backfill::{self, OnProgress};
use super::classify::Classifier;
use super::outcome::{DatabasePoll, Outcome, TenantPoll};
use super::poll::{self, Order, Polled};
use super::reader::{Probe, Reader};
use super::rounds::{Failure, Rounds};
use super::schema::{Discovered, Schema};
use crate::config::{self, Backfill, Config, DatabaseUrl, Metrics, Poll};
use crate::record::{Collector, Span, Timestamp};
use crate::state::{Settings, Tenant};

/// Tenants come and go; looking for them costs a scan of the system catalogue.
const DISCOVERY_INTERVAL: Duration = Duration::from_secs(60);
/// An idle tenant is read all the same this often: the hint that it is idle may be late.
const IDLE_LIMIT: Duration = Duration::from_secs(60);
/// With fewer tenants, asking whether they changed costs more than reading them.
const HINTS_FROM: usize = 8;
const LIST_WORKFLOWS_INTERVAL: Duration = Duration::from_secs(600);
/// Events read at once from a tenant; what is beyond comes with the next poll, at once.
const EVENT_LIMIT: usize = 200_000;
/// A backend keeps the catalogue entries of every schema it ever touched: connections are replaced now and then.
const CONNECTION_LIFETIME: Duration = Duration::from_secs(1800);
const CONNECTION_READS: u64 = 2000;
/// After failures polls are put off by up to this.
const MAX_BACKOFF: Duration = Duration::from_secs(60);

pub struct Database {
    config: config::Database,
    poll: Poll,
    metrics: Arc<Metrics>,
    backfill: Backfill,
    progress: OnProgress,
    classifier: Arc<Classifier>,
    connections: Vec<Connection>,
    found: Vec<Discovered>,
    discovered_at: Option<Instant>,
    tenants: HashMap<String, Known>,
    failures: u32,
    retry_at: Option<Instant>,
}

struct Connection {
    reader: Reader,
    opened_at: Instant,
    reads: u64,
}

/// What is remembered of a tenant between polls, beside its state.
#[derive(Debug, Clone, Default)]
struct Known {
    changes: Option<u64>,
    read_at: Option<Instant>,
    listed_at: Option<Instant>,
    /// Lower edge and limit of a read that was cut short.
    cut: Option<(Timestamp, usize)>,
}

/// Whether a tenant's label belongs to `database`.
pub fn owns(database: &config::Database, label: &str) -> bool {
    let name: &str = &database.name;
    !database.prefix_tenants || label.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl Database {
    pub fn new(config: &config::Database, all: &Config, progress: OnProgress) -> Self {
        Self {
            config: config.clone(),
            poll: all.poll.clone(),
            metrics: Arc::new(all.metrics.clone()),
            backfill: all.backfill,
            progress,
            classifier: Arc::new(Classifier::new(&all.metrics.failure_reasons)),
            connections: Vec::new(),
            found: Vec::new(),
            discovered_at: None,
            tenants: HashMap::new(),
            failures: 0,
            retry_at: None,
        }
    }

    pub const fn config(&self) -> &config::Database {
        &self.config
    }

    pub fn backend(&self) -> &'static str {
        if self.is_sqlite() { "sqlite" } else { "postgresql" }
    }

    /// Whether failures still put the next poll off.
    pub fn is_backing_off(&self, now: Instant) -> bool {
        self.retry_at.is_some_and(|at| now < at)
    }

    /// Reads all tenants that changed. `states` are those known so far, by label.
    pub async fn poll(&mut self, states: &BTreeMap<Arc<str>, Arc<Tenant>>) -> DatabasePoll {
        let result = self.poll_or_fail(states).await;
        let failed = match &result {
            Ok(poll) => poll.tenants.iter().any(|tenant| matches!(tenant.outcome, Outcome::Failed(_))),
            Err(_) => true,
        };
        self.back_off(failed);
        result.unwrap_or_else(|failure| {
            self.discovered_at = None;
            DatabasePoll {
                tenants: Vec::new(),
                failure: Some(failure),
                connections: self.connections.len(),
                more: false,
            }
        })
    }

    async fn poll_or_fail(&mut self, states: &BTreeMap<Arc<str>, Arc<Tenant>>) -> Result<DatabasePoll, Failure> {
        self.recycle();
        let mut first = match self.connections.pop() {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let prepared = self.prepare(&mut first.reader).await;
        if prepared.as_ref().is_ok() || prepared.as_ref().is_err_and(|failure| !failure.error.is_broken()) {
            self.connections.push(first);
        }
        let (probe, changes) = prepared?;
        let (mut polls, jobs) = self.sort(states, &probe, &changes);
        polls.extend(self.read_all(jobs, states, &probe).await);
        let more = self.remember(&polls, &changes, states);
        polls.sort_by(|left, right| left.label.cmp(&right.label));
        Ok(DatabasePoll { tenants: polls, failure: None, connections: self.connections.len(), more })
    }

    /// What is asked once for all tenants: which there are, where the server stands, which of them changed.
    async fn prepare(&mut self, reader: &mut Reader) -> Result<(Probe, HashMap<String, u64>), Failure> {
        let mut rounds = Rounds::default();
        if self.discovered_at.is_none_or(|at| at.elapsed() >= DISCOVERY_INTERVAL) {
            let mut found = rounds.time(Collector::Discovery, reader.discover()).await?;
            found.retain(|found| self.includes(&found.name));
            self.found = found;
            self.discovered_at = Some(Instant::now());
        }
        let changes = if self.found.len() >= HINTS_FROM || self.is_sqlite() {
            rounds.time(Collector::Position, reader.change_counts()).await?
        } else {
            HashMap::new()
        };
        // After the change counts: a change between the two is read now and hinted at again, never the other way round.
        let probe = rounds.time(Collector::Position, reader.probe()).await?;
        Ok((probe, changes))
    }

    /// Which tenants need no read, and which do.
    fn sort(
        &self,
        states: &BTreeMap<Arc<str>, Arc<Tenant>>,
        probe: &Probe,
        changes: &HashMap<String, u64>,
    ) -> (Vec<TenantPoll>, Vec<Schema>) {
        let (mut polls, mut jobs) = (Vec::new(), Vec::new());
        for found in &self.found {
            let label = self.label(&found.name);
            match &found.schema {
                Err(unusable) => {
                    let outcome = Outcome::Unreadable(unusable.reason(), unusable.to_string());
                    polls.push(TenantPoll::new(label, None, outcome));
                }
                Ok(schema) if states.contains_key(&label) && self.is_idle(schema, probe, changes) => {
                    let outcome = Outcome::Idle { clock: probe.clock, own_clock: probe.own_clock };
                    polls.push(TenantPoll::new(label, Some(schema), outcome));
                }
                Ok(schema) => jobs.push(schema.clone()),
            }
        }
        (polls, jobs)
    }

    /// A standby counts only its own changes, so that the hint says nothing there.
    fn is_idle(&self, schema: &Schema, probe: &Probe, changes: &HashMap<String, u64>) -> bool {
        let known = self.tenants.get(&schema.name);
        let unchanged = known.and_then(|known| known.changes).is_some_and(|seen| changes.get(&schema.name) == Some(&seen));
        let recent = known.and_then(|known| known.read_at).is_some_and(|at| at.elapsed() < IDLE_LIMIT);
        let whole = known.is_some_and(|known| known.cut.is_none());
        unchanged && recent && whole && !probe.identity.in_recovery
    }

    /// Reads `jobs` over as many connections as are allowed and needed.
    async fn read_all(
        &mut self,
        jobs: Vec<Schema>,
        states: &BTreeMap<Arc<str>, Arc<Tenant>>,
        probe: &Probe,
    ) -> Vec<TenantPoll> {
        let workers = jobs.len().clamp(1, self.poll.max_connections.max(1) as usize);
        let mut slots: Vec<Option<Connection>> = self.connections.drain(..).map(Some).collect();
        slots.resize_with(slots.len().max(workers), || None);
        let queue = Mutex::new(jobs);
        let this = &*self;
        let work = slots.into_iter().map(|slot| this.work(slot, &queue, states, probe));
        let results = join_all(work).await;
        let mut polls = Vec::new();
        for (connection, read) in results {
            self.connections.extend(connection);
            polls.extend(read);
        }
        polls
    }

    async fn work(
        &self,
        mut slot: Option<Connection>,
        queue: &Mutex<Vec<Schema>>,
        states: &BTreeMap<Arc<str>, Arc<Tenant>>,
        probe: &Probe,
    ) -> (Option<Connection>, Vec<TenantPoll>) {
        let mut polls = Vec::new();
        loop {
            // Nothing panics while the lock is held; a poisoned queue would be as good.
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(schema) = next else { return (slot, polls) };
            let label = self.label(&schema.name);
            let mut connection = match slot.take() {
                Some(connection) => connection,
                None => match self.connect().await {
                    Ok(connection) => connection,
                    Err(failure) => {
                        polls.push(TenantPoll::new(label, Some(&schema), Outcome::Failed(failure)));
                        continue;
                    }
                },
            };
            let state = states.get(&label).map(AsRef::as_ref);
            let poll = self.read_tenant(&mut connection, &schema, label, state, probe).await;
            let broken = matches!(&poll.outcome, Outcome::Failed(failure) if failure.error.is_broken());
            slot = (!broken).then_some(connection);
            polls.push(poll);
        }
    }

    async fn read_tenant(
        &self,
        connection: &mut Connection,
        schema: &Schema,
        label: Arc<str>,
        state: Option<&Tenant>,
        probe: &Probe,
    ) -> TenantPoll {
        let mut rounds = Rounds::default();
        let fresh = connection.reads == 0;
        connection.reads += 1;
        let reader = &mut connection.reader;
        let mut result = self.read_in_transaction(reader, schema, &label, state, probe, fresh, &mut rounds).await;
        // After an error the server has given up the transaction; without one nothing was written.
        if let Err(error) = reader.rollback().await {
            result = result.and(Err(Failure { collector: Collector::Position, error }));
        }
        let problems = reader.take_problems();
        let outcome = result.unwrap_or_else(Outcome::Failed);
        TenantPoll { rounds: rounds.finish(), problems, ..TenantPoll::new(label, Some(schema), outcome) }
    }

    #[expect(clippy::too_many_arguments, reason = "each is one fact of the poll; a struct for one call would hide that")]
    async fn read_in_transaction(
        &self,
        reader: &mut Reader,
        schema: &Schema,
        label: &Arc<str>,
        state: Option<&Tenant>,
        probe: &Probe,
        fresh: bool,
        rounds: &mut Rounds,
    ) -> Result<Outcome, Failure> {
        let position = poll::begin(reader, schema, probe, rounds).await?;
        let settings = Settings { metrics: &self.metrics, overlap: Span::from(self.poll.overlap) };
        if let Some(tenant) = state {
            return Ok(match poll::read(reader, tenant, position, self.order(schema, tenant, fresh), rounds).await? {
                Polled::Behind(position) => Outcome::Behind(position),
                Polled::Read(batch) => Outcome::Read(batch),
            });
        }
        let mut tenant = Tenant::new(&position, settings);
        let now = position.now;
        let order = self.order(schema, &tenant, fresh);
        match poll::read(reader, &tenant, position, order, rounds).await? {
            Polled::Behind(position) => Ok(Outcome::Behind(position)),
            Polled::Read(batch) => {
                let request =
                    backfill::Request { label, backfill: self.backfill, settings, progress: &self.progress };
                backfill::read(reader, &mut tenant, &batch.levels, now, request, rounds).await?;
                Ok(Outcome::Began(Box::new(tenant), batch))
            }
        }
    }

    fn order(&self, schema: &Schema, tenant: &Tenant, fresh: bool) -> Order {
        let known = self.tenants.get(&schema.name).cloned().unwrap_or_default();
        let stuck = known.cut.filter(|(edge, _)| *edge == tenant.horizon().edge());
        Order {
            fresh,
            // The edge did not move though the limit's worth was read: only reading more gets past it.
            limit: stuck.map_or(EVENT_LIMIT, |(_, limit)| limit.saturating_mul(2)),
            list_workflows: known.listed_at.is_none_or(|at| at.elapsed() >= LIST_WORKFLOWS_INTERVAL),
        }
    }

    /// Keeps what the next poll needs to know; returns whether any tenant has more to read at once.
    fn remember(
        &mut self,
        polls: &[TenantPoll],
        changes: &HashMap<String, u64>,
        states: &BTreeMap<Arc<str>, Arc<Tenant>>,
    ) -> bool {
        let names: HashMap<Arc<str>, String> =
            self.found.iter().map(|found| (self.label(&found.name), found.name.clone())).collect();
        self.tenants.retain(|name, _| names.values().any(|found| found == name));
        let mut more = false;
        for poll in polls {
            let Some(name) = names.get(&poll.label) else { continue };
            let known = self.tenants.entry(name.clone()).or_default();
            let (Outcome::Read(batch) | Outcome::Began(_, batch)) = &poll.outcome else {
                if !matches!(poll.outcome, Outcome::Idle { .. }) {
                    known.changes = None;
                    self.discovered_at = None;
                }
                continue;
            };
            let edge = states.get(&poll.label).map_or(Timestamp::MIN, |tenant| tenant.horizon().edge());
            let limit = known.cut.filter(|(cut_edge, _)| *cut_edge == edge).map_or(EVENT_LIMIT, |(_, limit)| limit * 2);
            let is_cut = batch.events_until != Timestamp::MAX;
            more |= is_cut || batch.events.len() >= EVENT_LIMIT;
            known.cut = is_cut.then_some((edge, limit));
            known.changes = changes.get(name).copied();
            known.read_at = Some(Instant::now());
            if batch.workflows.is_some() {
                known.listed_at = Some(Instant::now());
            }
        }
        more
    }

    async fn connect(&self) -> Result<Connection, Failure> {
        let reader = Reader::connect(&self.config.url, &self.poll, self.classifier.clone()).await;
        let reader = reader.map_err(|error| Failure { collector: Collector::Connect, error })?;
        Ok(Connection { reader, opened_at: Instant::now(), reads: 0 })
    }

    fn recycle(&mut self) {
        let many = self.found.len() >= HINTS_FROM;
        self.connections.retain(|connection| {
            connection.opened_at.elapsed() < CONNECTION_LIFETIME && !(many && connection.reads >= CONNECTION_READS)
        });
    }

    fn back_off(&mut self, failed: bool) {
        self.failures = if failed { self.failures.saturating_add(1) } else { 0 };
        // The first failure costs nothing: most pass with the next poll.
        let factor = 2_u32.saturating_pow(self.failures.saturating_sub(1).min(10));
        let pause = self.poll.interval.saturating_mul(factor.saturating_sub(1)).min(MAX_BACKOFF);
        self.retry_at = (self.failures > 1).then(|| Instant::now() + pause);
    }

    fn includes(&self, schema: &str) -> bool {
        let Self { config, .. } = self;
        self.is_sqlite()
            || (config.include.is_empty() || config.include.matches(schema)) && !config.exclude.matches(schema)
    }

    fn is_sqlite(&self) -> bool {
        matches!(self.config.url, DatabaseUrl::Sqlite(_))
    }

    fn label(&self, schema: &str) -> Arc<str> {
        match (self.is_sqlite(), self.config.prefix_tenants) {
            (true, _) => self.config.name.clone(),
            (false, true) => Arc::from(format!("{}/{schema}", self.config.name)),
            (false, false) => Arc::from(schema),
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Database").field("name", &self.config.name).finish_non_exhaustive()
    }
}
