//! Reads tenants one after another over one connection, which it opens if it has none and gives up if it breaks.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::backfill::{self, OnProgress};
use super::classify::Classifier;
use super::known::KnownTenants;
use super::outcome::{Began, Outcome, TenantPoll};
use super::poll::{self, Polled};
use super::reader::{Probe, Reader};
use super::rounds::{Failure, Rounds};
use super::schema::Schema;
use super::stories::{self, Stories, Wanted};
use crate::config::{Backfill, DatabaseUrl, Metrics, Poll};
use crate::record::{Collector, Span};
use crate::state::{Settings, Tenant};

/// A backend keeps the catalogue entries and plans of every schema that it ever touched, some 400 kB for each: connections
/// are replaced now and then.
const CONNECTION_LIFETIME: Duration = Duration::from_secs(1800);
const CONNECTION_SCHEMAS: usize = 150;

pub(super) struct Connection {
    pub reader: Reader,
    opened_at: Instant,
    touched: HashSet<String>,
}

impl Connection {
    pub(super) async fn open(
        url: &DatabaseUrl,
        poll: &Poll,
        classifier: &Arc<Classifier>,
    ) -> Result<Self, Failure> {
        let reader = Reader::connect(url, poll, classifier.clone()).await;
        let reader = reader.map_err(|error| Failure { collector: Collector::Connect, error })?;
        Ok(Self { reader, opened_at: Instant::now(), touched: HashSet::new() })
    }

    pub(super) fn is_worn(&self) -> bool {
        self.opened_at.elapsed() >= CONNECTION_LIFETIME || self.touched.len() >= CONNECTION_SCHEMAS
    }
}

/// A tenant to read, by its label.
pub(super) type Job = (Arc<str>, Schema);

/// What all workers of one poll share.
pub(super) struct Shift<'a> {
    pub url: &'a DatabaseUrl,
    pub poll: &'a Poll,
    pub metrics: &'a Metrics,
    pub backfill: Backfill,
    pub keep_ended: bool,
    /// Tenants that were created since the instant given, so that all they hold is new.
    pub newcomers: &'a HashMap<String, Instant>,
    pub progress: &'a OnProgress,
    pub classifier: &'a Arc<Classifier>,
    pub known: &'a KnownTenants,
    pub states: &'a BTreeMap<Arc<str>, Arc<Tenant>>,
    pub wanted: &'a Wanted,
    pub probe: &'a Probe,
    pub queue: Mutex<Vec<Job>>,
}

impl Shift<'_> {
    /// Reads from the queue until it is empty.
    pub(super) async fn work(&self, mut slot: Option<Connection>) -> (Option<Connection>, Vec<TenantPoll>) {
        let mut polls = Vec::new();
        loop {
            // Nothing panics while the lock is held; a poisoned queue would be as good.
            let next = self.queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some((label, schema)) = next else { return (slot, polls) };
            let opened = match slot.take() {
                Some(connection) => Ok(connection),
                None => Connection::open(self.url, self.poll, self.classifier).await,
            };
            match opened {
                Err(failure) => polls.push(TenantPoll::new(label, Some(&schema), Outcome::Failed(failure))),
                Ok(mut connection) => {
                    let poll = self.read_tenant(&mut connection, &schema, label).await;
                    slot = (!is_broken(&poll) && !connection.is_worn()).then_some(connection);
                    polls.push(poll);
                }
            }
        }
    }

    async fn read_tenant(&self, connection: &mut Connection, schema: &Schema, label: Arc<str>) -> TenantPoll {
        let mut rounds = Rounds::default();
        let fresh = connection.touched.is_empty();
        if !connection.touched.contains(&schema.name) {
            connection.touched.insert(schema.name.clone());
        }
        let reader = &mut connection.reader;
        let mut result = self.read_in_transaction(reader, schema, &label, fresh, &mut rounds).await;
        let problems = reader.take_problems();
        let mut stories = self.read_stories(reader, &label, &result).await;
        // After an error the server has given up the transaction; without one nothing was written.
        if let Err(error) = reader.rollback().await {
            let failure = Failure { collector: Collector::Position, error };
            match &mut stories.failure {
                Some(story_failure) => *story_failure = failure,
                None => result = result.and(Err(failure)),
            }
        }
        let outcome = result.unwrap_or_else(Outcome::Failed);
        TenantPoll {
            rounds: rounds.finish(),
            problems,
            stories: stories.told,
            story_failure: stories.failure,
            ..TenantPoll::new(label, Some(schema), outcome)
        }
    }

    /// Last in the transaction, which may be aborted by it. A server that is behind may not have the rows yet.
    async fn read_stories(
        &self,
        reader: &mut Reader,
        label: &Arc<str>,
        result: &Result<Outcome, Failure>,
    ) -> Stories {
        let Some(wanted) = self.wanted.get(label).filter(|_| matches!(result, Ok(Outcome::Read(_)))) else {
            return Stories::default();
        };
        let stories = stories::read(reader, label, wanted).await;
        // Rows that cannot be used were counted when the batch was read.
        reader.take_problems();
        stories
    }

    async fn read_in_transaction(
        &self,
        reader: &mut Reader,
        schema: &Schema,
        label: &Arc<str>,
        fresh: bool,
        rounds: &mut Rounds,
    ) -> Result<Outcome, Failure> {
        let position = poll::begin(reader, schema, self.probe, rounds).await?;
        if let Some(tenant) = self.states.get(label) {
            let order = self.known.order(schema, tenant, fresh);
            return Ok(match poll::read(reader, tenant, position, order, rounds).await? {
                Polled::Behind(position) => Outcome::Behind(position),
                Polled::Read(batch) => Outcome::Read(batch),
            });
        }
        let settings = Settings {
            metrics: self.metrics,
            overlap: Span::from(self.poll.overlap),
            keep_ended: self.keep_ended,
        };
        let mut tenant = Tenant::new(&position, settings);
        let now = position.now;
        let order = self.known.order(schema, &tenant, fresh);
        match poll::read(reader, &tenant, position, order, rounds).await? {
            Polled::Behind(position) => Ok(Outcome::Behind(position)),
            Polled::Read(batch) => {
                let created_after = self.newcomers.get(&schema.name);
                let backfill = match (self.backfill, created_after) {
                    (Backfill::None, Some(before)) => Backfill::Since(before.elapsed() + self.poll.overlap),
                    (asked, _) => asked,
                };
                let request = backfill::Request { label, backfill, settings, progress: self.progress };
                backfill::read(reader, &mut tenant, &batch.levels, now, request, rounds).await?;
                Ok(Outcome::Began(Began { tenant: Box::new(tenant), is_new: created_after.is_some() }, batch))
            }
        }
    }
}

fn is_broken(poll: &TenantPoll) -> bool {
    let failure = match &poll.outcome {
        Outcome::Failed(failure) => Some(failure),
        _ => poll.story_failure.as_ref(),
    };
    failure.is_some_and(|failure| failure.error.is_broken())
}
