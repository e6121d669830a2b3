//! Folds batches into totals: each ended execution and each ended or retried attempt exactly once, ever.
//!
//! Pure: no async, no I/O, no clock, no logging; "now" arrives in the batch. The same state and the same batch always
//! give the same result, which is why the state file may journal batches and replay them.

mod audit;
pub mod ended;
mod ends;
mod fold;
pub mod health;
pub mod histogram;
pub mod history;
pub mod horizon;
pub mod labels;
pub mod levels;
mod memory;
pub mod schedules;
mod tenant;
pub mod workflows;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use horizon::{Horizon, Plan, Tail};
pub use tenant::Tenant;

use crate::config::Metrics;
use crate::record::{Batch, Span, Timestamp};
use histogram::Birth;

/// All that must survive a restart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The histogram bounds that all totals were folded with.
    pub buckets: Arc<[f64]>,
    pub tenants: BTreeMap<Arc<str>, Arc<Tenant>>,
}

/// What folding needs to know of the configuration.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'a> {
    pub metrics: &'a Metrics,
    pub overlap: Span,
    /// Whether ended executions are kept by id, for those who are sent single ones.
    pub keep_ended: bool,
}

/// When a fold happens, for the series that it gives birth to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Moment {
    pub at: Timestamp,
    /// Sequence of the snapshot that will show the result first; 0 if it was shown before.
    pub sequence: u64,
    /// What is folded happened before the first poll.
    pub backfilled: bool,
}

impl Moment {
    fn birth(self) -> Birth {
        Birth { at: self.at, sequence: self.sequence, backfilled: self.backfilled }
    }
}

impl State {
    pub fn new(metrics: &Metrics) -> Self {
        Self { buckets: metrics.buckets.clone(), tenants: BTreeMap::new() }
    }

    /// Folds what one poll of `tenant` read. An unknown tenant begins here, with everything it shows as its baseline.
    pub fn apply(&mut self, tenant: &Arc<str>, batch: &Batch, settings: Settings<'_>, sequence: u64) {
        let entry = self.tenants.entry(tenant.clone());
        let state = entry.or_insert_with(|| Arc::new(Tenant::new(&batch.position, settings)));
        // Readers of the previous poll are done by now, so that this copies nothing.
        Arc::make_mut(state).apply(batch, settings, sequence);
    }

    pub fn tenant_mut(&mut self, tenant: &str) -> Option<&mut Tenant> {
        self.tenants.get_mut(tenant).map(Arc::make_mut)
    }

    /// Drops all histograms if they were folded with other bounds than are configured now; returns whether it did.
    pub fn rebucket(&mut self, metrics: &Metrics) -> bool {
        if self.buckets == metrics.buckets {
            return false;
        }
        self.buckets = metrics.buckets.clone();
        for tenant in self.tenants.values_mut() {
            let tenant = Arc::make_mut(tenant);
            let moment = Moment { at: tenant.now, sequence: 0, backfilled: false };
            tenant.workflows.drop_histograms(moment);
            tenant.schedules.drop_histograms(moment);
        }
        true
    }

    /// Drops tenants for which `gone` is true.
    pub fn forget(&mut self, gone: impl Fn(&str, &Tenant) -> bool) {
        self.tenants.retain(|label, tenant| !gone(label, tenant));
    }
}
