//! What is remembered of each tenant between polls, beside its state: it saves work and is lost at a restart.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::outcome::{Outcome, TenantPoll};
use super::poll::Order;
use super::schema::{Discovered, Schema, Shape};
use crate::record::Timestamp;
use crate::state::Tenant;

/// An idle tenant is read all the same this often: the hint that it is idle may be late.
const IDLE_LIMIT: Duration = Duration::from_secs(60);
const LIST_WORKFLOWS_INTERVAL: Duration = Duration::from_secs(600);
/// Events read at once from a tenant; what is beyond comes with the next poll, at once.
const EVENT_LIMIT: usize = 200_000;

/// By schema.
#[derive(Debug, Default)]
pub(super) struct KnownTenants(HashMap<String, Known>);

#[derive(Debug, Clone, Default)]
struct Known {
    changes: Option<u64>,
    read_at: Option<Instant>,
    /// Of the tables at the last read, if all of their rows could be used: rows that could not are in no state, so that
    /// their number would not tell whether others are gone.
    shape: Option<Shape>,
    listed_at: Option<Instant>,
    /// Lower edge and limit of a read that was cut short.
    cut: Option<(Timestamp, usize)>,
}

impl Known {
    fn limit(&self, edge: Timestamp) -> usize {
        match self.cut {
            // The edge did not move though the limit's worth was read: only reading more gets past it.
            Some((cut_edge, limit)) if cut_edge == edge => limit.saturating_mul(2),
            _ => EVENT_LIMIT,
        }
    }
}

impl KnownTenants {
    /// Whether a tenant was read whole a short while ago, and its number of changes is still the same.
    pub(super) fn is_unchanged(&self, schema: &str, changes: &HashMap<String, u64>) -> bool {
        let Some(known) = self.0.get(schema) else { return false };
        known.changes.is_some()
            && known.changes.as_ref() == changes.get(schema)
            && known.cut.is_none()
            && known.read_at.is_some_and(|at| at.elapsed() < IDLE_LIMIT)
    }

    pub(super) fn order(&self, schema: &Schema, tenant: &Tenant, fresh: bool) -> Order {
        let known = self.0.get(&schema.name).cloned().unwrap_or_default();
        Order {
            fresh: fresh || !self.has_read(schema),
            limit: known.limit(tenant.horizon().edge()),
            list_workflows: known.listed_at.is_none_or(|at| at.elapsed() >= LIST_WORKFLOWS_INTERVAL),
        }
    }

    /// Whether what was read of a tenant is whole, and has all columns that are read now: one that was added shows in rows
    /// that nobody wrote since.
    fn has_read(&self, schema: &Schema) -> bool {
        self.0.get(&schema.name).is_some_and(|known| known.shape == Some(schema.shape))
    }

    /// Takes note of a poll that began with the state `before`; returns whether there is more to read at once.
    pub(super) fn remember(
        &mut self,
        found: &Discovered,
        poll: &TenantPoll,
        before: Option<&Tenant>,
        changes: &HashMap<String, u64>,
    ) -> bool {
        let known = self.0.entry(found.name.clone()).or_default();
        let batch = match &poll.outcome {
            Outcome::Read(batch) | Outcome::Began(_, batch) => batch,
            Outcome::Idle { .. } => return false,
            Outcome::Behind(_) | Outcome::Failed(_) | Outcome::Unreadable(..) => {
                known.changes = None;
                return false;
            }
        };
        let edge = before.map_or(Timestamp::MIN, |tenant| tenant.horizon().edge());
        let is_cut = batch.events_until != Timestamp::MAX;
        known.cut = is_cut.then(|| (edge, known.limit(edge)));
        known.changes = changes.get(&found.name).copied();
        known.shape =
            found.schema.as_ref().ok().map(|schema| schema.shape).filter(|_| poll.problems.is_empty());
        known.read_at = Some(Instant::now());
        if batch.workflows.is_some() {
            known.listed_at = known.read_at;
        }
        is_cut || batch.events.len() >= EVENT_LIMIT
    }

    pub(super) fn retain(&mut self, found: impl Fn(&str) -> bool) {
        self.0.retain(|schema, _| found(schema));
    }
}

#[cfg(test)]
mod tests {
    use super::super::schema::Generation;
    use super::*;

    #[test]
    fn rows_read_before_a_column_was_added_are_not_known() {
        let shape = |paused| Shape {
            pipeline: false,
            trigger_origin: true,
            sub_status: true,
            claims: true,
            paused,
            instance_name: false,
            fire_recoveries: false,
        };
        let schema = |name: &str, paused| Schema {
            name: name.to_owned(),
            generation: Generation::V0_9,
            shape: shape(paused),
        };
        let read = Known { shape: Some(shape(false)), ..Known::default() };
        let known = KnownTenants(HashMap::from([("a".to_owned(), read)]));
        assert!(known.has_read(&schema("a", false)));
        assert!(!known.has_read(&schema("a", true)));
        assert!(!known.has_read(&schema("b", false)), "never read");
    }
}
