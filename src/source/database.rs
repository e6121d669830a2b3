//! One database and all its tenants: connections, discovery, and which tenants a poll can leave alone.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::backfill::OnProgress;
use super::classify::Classifier;
use super::known::KnownTenants;
use super::outcome::{DatabasePoll, Outcome, TenantPoll};
use super::reader::{Probe, Reader};
use super::rounds::{Failure, Rounds};
use super::schema::Discovered;
use super::stories::Wanted;
use super::worker::{Connection, Job, Shift};
use crate::config::{self, Backfill, Config, DatabaseUrl, Metrics, Poll};
use crate::record::Collector;
use crate::state::Tenant;

/// Tenants come and go; looking for them costs a scan of the system catalogue.
const DISCOVERY_INTERVAL: Duration = Duration::from_secs(60);
/// While a tenant cannot be read it may be that a grant was given, or that its tables were renamed or upgraded.
const TROUBLED_DISCOVERY_INTERVAL: Duration = Duration::from_secs(10);
/// With fewer tenants, asking whether they changed costs more than reading them.
const HINTS_FROM: usize = 8;
/// After failures polls are put off by up to this.
const MAX_BACKOFF: Duration = Duration::from_secs(60);

pub struct Database {
    config: config::Database,
    poll: Poll,
    metrics: Arc<Metrics>,
    backfill: Backfill,
    keep_ended: bool,
    progress: OnProgress,
    classifier: Arc<Classifier>,
    connections: Vec<Connection>,
    /// Of an earlier configuration, to be closed.
    retired: Vec<Connection>,
    found: Vec<Discovered>,
    /// All schemas with tables of Cloacina at the last search, also those that are not to be read.
    existing: HashSet<String>,
    discovered_at: Option<Instant>,
    /// As `discovered_at`, also after a failure.
    searched_at: Option<Instant>,
    /// Tenants that were not there at the search before the one that found them, and when that was.
    newcomers: HashMap<String, Instant>,
    /// Whether any tenant could not be read at the last poll.
    troubled: bool,
    known: KnownTenants,
    failures: u32,
    retry_at: Option<Instant>,
}

impl Database {
    pub fn new(config: &config::Database, all: &Config, progress: OnProgress) -> Self {
        Self {
            config: config.clone(),
            poll: all.poll.clone(),
            metrics: Arc::new(all.metrics.clone()),
            backfill: all.backfill,
            keep_ended: all.otlp.sends_executions(),
            progress,
            classifier: Arc::new(Classifier::new(&all.metrics.failure_reasons)),
            connections: Vec::new(),
            retired: Vec::new(),
            found: Vec::new(),
            existing: HashSet::new(),
            discovered_at: None,
            searched_at: None,
            newcomers: HashMap::new(),
            troubled: false,
            known: KnownTenants::default(),
            failures: 0,
            retry_at: None,
        }
    }

    /// The same database under a newer configuration. What a poll was told since the last search for tenants is asked
    /// again, but which tenants are new is not forgotten.
    pub fn reconfigured(self, config: &config::Database, all: &Config, progress: OnProgress) -> Self {
        let mut new = Self::new(config, all, progress);
        if self.config.is_place_of(config) {
            (new.existing, new.searched_at, new.newcomers) =
                (self.existing, self.searched_at, self.newcomers);
        }
        new.retired = self.connections;
        new.retired.extend(self.retired);
        new
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

    /// Reads all tenants that changed or whose stories are wanted. `states` are those known so far, by label.
    pub async fn poll(&mut self, states: &BTreeMap<Arc<str>, Arc<Tenant>>, wanted: &Wanted) -> DatabasePoll {
        let result = self.poll_or_fail(states, wanted).await;
        self.back_off(result.as_ref().map_or(true, |poll| nothing_was_read(&poll.tenants)));
        if no_session(&result) {
            self.read_secrets_again().await;
        }
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

    async fn poll_or_fail(
        &mut self,
        states: &BTreeMap<Arc<str>, Arc<Tenant>>,
        wanted: &Wanted,
    ) -> Result<DatabasePoll, Failure> {
        for retired in self.retired.drain(..) {
            retired.reader.close().await;
        }
        self.connections.retain(|connection| !connection.is_worn());
        // Whether a poll's result was used is only known now.
        let config = &self.config;
        self.newcomers.retain(|schema, _| !states.contains_key(&config.tenant_label(schema)));
        let (probe, changes) = self.prepare().await?;
        let (mut polls, jobs) = self.sort(states, wanted, &probe, &changes);
        polls.extend(self.read_all(jobs, states, wanted, &probe).await);
        let more = self.remember(&polls, &changes, states);
        polls.sort_by(|left, right| left.label.cmp(&right.label));
        Ok(DatabasePoll { tenants: polls, failure: None, connections: self.connections.len(), more })
    }

    /// What is asked once for all tenants. A kept connection may have died since the last poll, with the server or a
    /// pooler: that alone is no failure, and a new one is tried.
    async fn prepare(&mut self) -> Result<(Probe, HashMap<String, u64>), Failure> {
        if let Some(mut kept) = self.connections.pop() {
            let asked = self.ask(&mut kept.reader).await;
            if !asked.as_ref().is_err_and(|failure| failure.error.is_broken()) {
                self.connections.push(kept);
                return asked;
            }
        }
        let mut opened = Connection::open(&self.config.url, &self.poll, &self.classifier).await?;
        let asked = self.ask(&mut opened.reader).await;
        if !asked.as_ref().is_err_and(|failure| failure.error.is_broken()) {
            self.connections.push(opened);
        }
        asked
    }

    /// Which tenants there are, where the server stands, and which of them changed.
    async fn ask(&mut self, reader: &mut Reader) -> Result<(Probe, HashMap<String, u64>), Failure> {
        let mut rounds = Rounds::default();
        let interval = if self.troubled { TROUBLED_DISCOVERY_INTERVAL } else { DISCOVERY_INTERVAL };
        if self.discovered_at.is_none_or(|at| at.elapsed() >= interval) {
            let mut found = rounds.time(Collector::Discovery, reader.discover()).await?;
            let existing: HashSet<String> = found.iter().map(|found| found.name.clone()).collect();
            if let Some(before) = self.searched_at {
                let new = existing.difference(&self.existing).filter(|name| self.config.reads(name));
                self.newcomers.extend(new.map(|name| (name.clone(), before)));
            }
            self.newcomers.retain(|name, _| existing.contains(name));
            self.existing = existing;
            found.retain(|found| self.config.reads(&found.name));
            self.found = found;
            (self.discovered_at, self.searched_at) = (Some(Instant::now()), Some(Instant::now()));
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
        wanted: &Wanted,
        probe: &Probe,
        changes: &HashMap<String, u64>,
    ) -> (Vec<TenantPoll>, Vec<Job>) {
        let (mut polls, mut jobs) = (Vec::new(), Vec::new());
        // A standby counts only its own changes, so that the hint says nothing there.
        let rests = |tenant: &Arc<Tenant>| !tenant.has_unlinked();
        let is_wanted = |label: &Arc<str>| wanted.get(label).is_some_and(|ids| !ids.is_empty());
        let idle = |schema: &str| !probe.identity.in_recovery && self.known.is_unchanged(schema, changes);
        for found in &self.found {
            let label = self.config.tenant_label(&found.name);
            match &found.schema {
                Err(unusable) => {
                    let outcome = Outcome::Unreadable(unusable.reason(), unusable.to_string());
                    polls.push(TenantPoll::new(label, None, outcome));
                }
                Ok(schema)
                    if states.get(&label).is_some_and(rests) && !is_wanted(&label) && idle(&schema.name) =>
                {
                    let outcome = Outcome::Idle { clock: probe.clock, own_clock: probe.own_clock };
                    polls.push(TenantPoll::new(label, Some(schema), outcome));
                }
                Ok(schema) => jobs.push((label, schema.clone())),
            }
        }
        (polls, jobs)
    }

    /// Reads `jobs` over as many connections as are allowed and needed.
    async fn read_all(
        &mut self,
        jobs: Vec<Job>,
        states: &BTreeMap<Arc<str>, Arc<Tenant>>,
        wanted: &Wanted,
        probe: &Probe,
    ) -> Vec<TenantPoll> {
        let workers = jobs.len().clamp(1, self.poll.max_connections.max(1) as usize);
        let mut slots: Vec<Option<Connection>> = self.connections.drain(..).map(Some).collect();
        slots.resize_with(slots.len().max(workers), || None);
        let shift = Shift {
            url: &self.config.url,
            poll: &self.poll,
            metrics: &self.metrics,
            backfill: self.backfill,
            keep_ended: self.keep_ended,
            newcomers: &self.newcomers,
            progress: &self.progress,
            classifier: &self.classifier,
            known: &self.known,
            states,
            wanted,
            probe,
            queue: Mutex::new(jobs),
        };
        let results = join_all(slots.into_iter().map(|slot| shift.work(slot))).await;
        let mut polls = Vec::new();
        for (connection, read) in results {
            self.connections.extend(connection);
            polls.extend(read);
        }
        polls
    }

    /// Keeps what the next poll needs to know; returns whether any tenant has more to read at once.
    fn remember(
        &mut self,
        polls: &[TenantPoll],
        changes: &HashMap<String, u64>,
        states: &BTreeMap<Arc<str>, Arc<Tenant>>,
    ) -> bool {
        let by_label: HashMap<Arc<str>, &Discovered> =
            self.found.iter().map(|found| (self.config.tenant_label(&found.name), found)).collect();
        let names: HashSet<&str> = self.found.iter().map(|found| found.name.as_str()).collect();
        self.known.retain(|schema| names.contains(schema));
        self.troubled =
            polls.iter().any(|poll| matches!(poll.outcome, Outcome::Failed(_) | Outcome::Unreadable(..)));
        let mut more = false;
        for poll in polls {
            let Some(found) = by_label.get(&poll.label) else { continue };
            let before = states.get(&poll.label).map(AsRef::as_ref);
            more |= self.known.remember(found, poll, before, changes);
        }
        more
    }

    /// The password may have been replaced since.
    async fn read_secrets_again(&mut self) {
        let config = self.config.clone();
        // Blocking work is lost only with the runtime.
        if let Ok(Some(url)) = tokio::task::spawn_blocking(move || config.read_again()).await {
            self.config.url = url;
        }
    }

    fn back_off(&mut self, failed: bool) {
        self.failures = if failed { self.failures.saturating_add(1) } else { 0 };
        // The first failure costs nothing: most pass with the next poll.
        let factor = 2_u32.saturating_pow(self.failures.saturating_sub(1).min(10));
        let pause = self.poll.interval.saturating_mul(factor.saturating_sub(1)).min(MAX_BACKOFF);
        self.retry_at = (self.failures > 1).then(|| Instant::now() + pause);
    }

    fn is_sqlite(&self) -> bool {
        matches!(self.config.url, DatabaseUrl::Sqlite(_))
    }
}

/// Whether a connection was refused, or could not be made.
fn no_session(result: &Result<DatabasePoll, Failure>) -> bool {
    let is_of_connect = |failure: &Failure| failure.collector == Collector::Connect;
    let failed =
        |poll: &TenantPoll| matches!(&poll.outcome, Outcome::Failed(failure) if is_of_connect(failure));
    match result {
        Ok(poll) => poll.tenants.iter().any(failed),
        Err(failure) => is_of_connect(failure),
    }
}

/// One tenant that fails must not make the others old, so that only a database without any other is left in peace.
fn nothing_was_read(polls: &[TenantPoll]) -> bool {
    let failed = |poll: &TenantPoll| matches!(poll.outcome, Outcome::Failed(_));
    let unreadable = |poll: &TenantPoll| matches!(poll.outcome, Outcome::Unreadable(..));
    polls.iter().any(failed) && polls.iter().all(|poll| failed(poll) || unreadable(poll))
}

impl fmt::Debug for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Database").field("name", &self.config.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Reason, Timestamp};
    use crate::source::Error;

    fn failed() -> Outcome {
        Outcome::Failed(Failure {
            collector: Collector::Tasks,
            error: Error::new("tasks", Reason::Timeout, "a lock is held"),
        })
    }

    fn is_left_in_peace(outcomes: Vec<Outcome>) -> bool {
        let polls = outcomes.into_iter().map(|outcome| TenantPoll::new(Arc::from("tenant"), None, outcome));
        nothing_was_read(&polls.collect::<Vec<_>>())
    }

    #[test]
    fn only_a_database_of_which_nothing_can_be_read_is_left_in_peace() {
        let idle = || Outcome::Idle { clock: Timestamp(1), own_clock: Timestamp(1) };
        let no_grant = || Outcome::Unreadable(Reason::Permission, String::new());
        assert!(is_left_in_peace(vec![failed()]));
        assert!(is_left_in_peace(vec![failed(), no_grant()]));
        assert!(!is_left_in_peace(vec![failed(), idle()]));
        assert!(!is_left_in_peace(vec![no_grant()]), "it was asked nothing that could be too much");
        assert!(!is_left_in_peace(vec![]));
    }
}
