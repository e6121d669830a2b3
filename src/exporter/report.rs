//! Turns what became of a poll into health and log lines: a failure is told once, when it begins or changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{is_sqlite, placeholder};
use crate::record::{Collector, Timestamp};
use crate::source::{Database, DatabasePoll, Failure, Outcome, TenantPoll};
use crate::state::State;
use crate::state::health::{Health, Reading, TenantHealth};

/// What was told last of each tenant that fails.
#[derive(Default)]
pub(super) struct Reporter {
    told: BTreeMap<Arc<str>, String>,
}

impl Reporter {
    pub(super) fn report(
        &mut self,
        database: &Database,
        poll: &DatabasePoll,
        health: &mut Health,
        state: &State,
        now: Timestamp,
    ) {
        health.connections.insert(database.config().name.clone(), poll.connections);
        if let Some(failure) = &poll.failure {
            self.fail_all(database, failure, health, state);
            return;
        }
        let present: BTreeSet<&Arc<str>> = poll.tenants.iter().map(|tenant| &tenant.label).collect();
        health.tenants.retain(|label, _| !database.config().owns(label) || present.contains(label));
        for tenant in &poll.tenants {
            let entry = health
                .tenants
                .entry(tenant.label.clone())
                .or_insert_with(|| TenantHealth::new(database.backend()));
            self.report_tenant(tenant, entry, now);
            for problem in &tenant.problems {
                let key = (tenant.label.clone(), problem.table, problem.column.clone());
                let count = health.bad_rows.entry(key).or_insert_with(|| {
                    tracing::warn!(
                        tenant = %tenant.label, table = problem.table, column = problem.column,
                        "a value cannot be understood; the row counts as far as it can be; if Cloacina is newer than \
                         the exporter, update that, else mend the row"
                    );
                    0
                });
                *count += problem.count;
            }
        }
    }

    /// Every known tenant of a database that cannot be reached is down; if none is known, the database itself is.
    fn fail_all(&mut self, database: &Database, failure: &Failure, health: &mut Health, state: &State) {
        let owned = |label: &&Arc<str>| database.config().owns(label);
        let mut labels: BTreeSet<Arc<str>> = health.tenants.keys().filter(owned).cloned().collect();
        if labels.is_empty() {
            // Nothing was read since the start.
            labels.extend(state.tenants.keys().filter(owned).cloned());
        }
        if labels.is_empty() || is_sqlite(database) {
            labels.insert(placeholder(database));
        }
        for label in labels {
            let entry =
                health.tenants.entry(label.clone()).or_insert_with(|| TenantHealth::new(database.backend()));
            entry.fail(failure.collector, failure.error.reason);
            self.tell(&label, failure.error.to_string());
        }
    }

    fn report_tenant(&mut self, poll: &TenantPoll, health: &mut TenantHealth, now: Timestamp) {
        health.generation = poll.generation.or(health.generation);
        health.rounds.extend(poll.rounds.iter().map(|(collector, round)| (*collector, *round)));
        match &poll.outcome {
            Outcome::Read(_) | Outcome::Began(..) => self.succeed(poll, health, Reading::Read, now),
            Outcome::Idle { .. } => self.succeed(poll, health, Reading::Idle, now),
            Outcome::Behind(_) => {
                health.reading = Reading::Skipped;
                self.tell(
                    &poll.label,
                    "the server shows an older state than before; waiting for it".to_owned(),
                );
            }
            Outcome::Failed(failure) => {
                health.fail(failure.collector, failure.error.reason);
                self.tell(&poll.label, failure.error.to_string());
            }
            Outcome::Unreadable(reason, text) => {
                health.fail(Collector::Discovery, *reason);
                self.tell(&poll.label, text.clone());
            }
        }
    }

    fn succeed(&mut self, poll: &TenantPoll, health: &mut TenantHealth, reading: Reading, now: Timestamp) {
        if health.last_good.is_none() {
            tracing::info!(tenant = %poll.label, generation = poll.generation, "reading tenant");
        } else if self.told.contains_key(&poll.label) {
            tracing::info!(tenant = %poll.label, "the tenant can be read again");
        }
        self.told.remove(&poll.label);
        health.reading = reading;
        health.last_good = Some(now);
    }

    fn tell(&mut self, label: &Arc<str>, text: String) {
        if self.told.get(label) != Some(&text) {
            tracing::warn!(tenant = %label, error = %text, "the tenant cannot be read");
            self.told.insert(label.clone(), text);
        }
    }
}
