//! All that `audit --since` found, ready to be rendered.
//!
//! Pure data.

use std::sync::Arc;

use serde::Serialize;
use uuid::Uuid;

use super::finding::Findings;
use super::ledger::Closed;
use super::totals::Totals;
use crate::record::{Schedule, ScheduleKind, Timestamp};

/// What rows cannot tell, and so what the figures mean.
pub const NOTE: &str = "Earlier pauses, times of being disabled and earlier expressions leave no trace in the database: \
    a fire that was not due because of them counts as missed, and a row that was due by them as unexpected.";

#[derive(Debug)]
pub struct Report {
    pub tenants: Vec<TenantReport>,
    pub findings: Findings,
    /// Databases and tenants that could not be read, and why.
    pub unreadable: Vec<String>,
}

#[derive(Debug)]
pub struct TenantReport {
    pub tenant: Arc<str>,
    /// The range, by the database's clock: from `since`, which is in it, to `now`, which is not.
    pub since: Timestamp,
    pub now: Timestamp,
    pub schedules: Vec<ScheduleReport>,
}

#[derive(Debug)]
pub struct ScheduleReport {
    pub id: Uuid,
    pub label: Arc<str>,
    pub workflow: Arc<str>,
    pub kind: ScheduleKind,
    pub state: State,
    pub totals: Totals,
    pub cut_at: Option<Timestamp>,
}

/// What the row of a schedule says of it now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Enabled,
    Paused,
    Disabled,
}

impl State {
    pub const fn label(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Paused => "paused",
            Self::Disabled => "disabled",
        }
    }
}

impl Report {
    pub fn totals(&self) -> Totals {
        let mut sum = Totals::default();
        self.tenants.iter().flat_map(|tenant| &tenant.schedules).for_each(|schedule| sum += schedule.totals);
        sum
    }
}

impl ScheduleReport {
    pub fn new(row: &Schedule, label: Arc<str>, closed: Closed) -> Self {
        let state = match () {
            () if !row.enabled => State::Disabled,
            () if row.paused => State::Paused,
            () => State::Enabled,
        };
        Self {
            id: row.id,
            label,
            workflow: row.workflow.clone(),
            kind: row.kind,
            state,
            totals: closed.totals,
            cut_at: closed.cut_at,
        }
    }

    pub const fn kind_label(&self) -> &'static str {
        match self.kind {
            ScheduleKind::Cron => "cron",
            ScheduleKind::Trigger => "trigger",
        }
    }
}
