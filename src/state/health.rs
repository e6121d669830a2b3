//! How reading itself goes: the exporter's own numbers, which a failed poll may change.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::record::{Collector, Reason, Timestamp};

/// What became of a tenant at the last poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reading {
    Read,
    /// Nothing changed since the last poll, so nothing was read.
    Idle,
    Unreadable,
    /// The server showed an older state than before.
    Skipped,
}

impl Reading {
    pub const ALL: [Self; 4] = [Self::Read, Self::Idle, Self::Unreadable, Self::Skipped];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Idle => "idle",
            Self::Unreadable => "unreadable",
            Self::Skipped => "skipped",
        }
    }
}

/// Duration in seconds of a collector's last round, and whether it succeeded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Round {
    pub seconds: f64,
    pub success: bool,
}

/// Health of one tenant.
#[derive(Debug, Clone, PartialEq)]
pub struct TenantHealth {
    pub reading: Reading,
    /// End of the last good poll, by the exporter's clock.
    pub last_good: Option<Timestamp>,
    pub backend: &'static str,
    /// `None` until its tables were looked at.
    pub generation: Option<&'static str>,
    pub rounds: BTreeMap<Collector, Round>,
    pub errors: BTreeMap<(Collector, Reason), u64>,
}

impl TenantHealth {
    pub fn new(backend: &'static str) -> Self {
        Self {
            reading: Reading::Unreadable,
            last_good: None,
            backend,
            generation: None,
            rounds: BTreeMap::new(),
            errors: BTreeMap::new(),
        }
    }

    pub fn is_up(&self) -> bool {
        matches!(self.reading, Reading::Read | Reading::Idle)
    }

    pub fn fail(&mut self, collector: Collector, reason: Reason) {
        self.reading = Reading::Unreadable;
        self.rounds.insert(
            collector,
            Round { seconds: self.rounds.get(&collector).map_or(0.0, |round| round.seconds), success: false },
        );
        *self.errors.entry((collector, reason)).or_insert(0) += 1;
    }
}

/// Health of the exporter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Health {
    pub started_at: Timestamp,
    /// When the configuration was last loaded again and came into use; `None` if that was at the start.
    pub reloaded_at: Option<Timestamp>,
    /// Whether the last attempt to load the configuration again changed nothing, because something was wrong.
    pub reload_failed: bool,
    pub tenants: BTreeMap<Arc<str>, TenantHealth>,
    /// Open connections, by database.
    pub connections: BTreeMap<Arc<str>, usize>,
    /// Whether the state file could be written at the last poll; `None` without one.
    pub state_saved: Option<bool>,
    /// Bad rows left out, by tenant, table and column.
    pub bad_rows: BTreeMap<(Arc<str>, &'static str, String), u64>,
    pub process: Process,
    /// By destination and signal.
    pub pushes: BTreeMap<(Arc<str>, &'static str), PushHealth>,
    /// Whether this process pushes, rather than another replica; `None` if none is elected.
    pub elected: Option<bool>,
}

/// How pushing to a destination goes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PushHealth {
    /// Exports by outcome: `success`, `partial`, or the reason of a failure.
    pub exports: BTreeMap<&'static str, u64>,
    /// Points, spans or records that the destination took a request without.
    pub rejected: u64,
    /// Encoded, before compression.
    pub bytes: u64,
    /// By the exporter's clock; `None` before the first.
    pub last_success: Option<Timestamp>,
    pub interval_seconds: f64,
    /// Ended executions that were given up: too many waited, or their rows were gone.
    pub dropped_executions: u64,
    /// Ended executions that wait to be sent.
    pub waiting_executions: u64,
}

/// What the kernel says of this process; zero where it cannot be read.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Process {
    pub cpu_seconds: f64,
    pub resident_bytes: u64,
    pub virtual_bytes: u64,
    pub open_descriptors: u64,
    pub max_descriptors: u64,
    pub start_time: f64,
    pub threads: u64,
}
