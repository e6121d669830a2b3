//! The figures of one schedule over the range of an audit, and their sum over many.
//!
//! Pure; decides nothing.

use std::ops::AddAssign;

use crate::record::{ExecutionStatus, Fire, Span, Timestamp};
use crate::state::schedules::outcome::FireOutcome;

/// An open fire without an execution is looked for by the engine after this time.
pub const LOST_AFTER: Span = Span::from_seconds(600);

/// What has become of one fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Decided(FireOutcome),
    /// It has a row, but no execution, for longer than a handoff takes.
    Lost,
    /// Later than its grace, and the engine has not come to it.
    Overdue,
    /// On its way.
    Pending,
}

/// Figures of a schedule. The first ten count the expected fires, each one once; triggers expect none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    pub on_time: u64,
    pub late: u64,
    pub catchup: u64,
    pub recovered: u64,
    pub missed: u64,
    pub handoff_failed: u64,
    pub abandoned: u64,
    pub lost: u64,
    pub overdue: u64,
    pub pending: u64,
    /// Rows that stand for an instant of the range at which none was expected.
    pub unexpected: u64,
    /// Rows that began in the range.
    pub rows: u64,
    /// Executions that these rows are linked to.
    pub succeeded: u64,
    pub failed: u64,
    pub cancelled: u64,
    pub running: u64,
    pub engine: EngineStatistics,
}

/// What the engine's own `get_execution_stats` counts over the same range.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EngineStatistics {
    /// Rows that began in the range.
    pub total: u64,
    /// Those linked to an execution, whatever became of it.
    pub successful: u64,
    /// Those older than 10 minutes without an execution, also if their handoff has failed for good.
    pub lost: u64,
}

impl Totals {
    /// Fires that were expected.
    pub const fn expected(&self) -> u64 {
        self.on_time
            + self.late
            + self.catchup
            + self.recovered
            + self.missed
            + self.handoff_failed
            + self.abandoned
            + self.lost
            + self.overdue
            + self.pending
    }

    /// Counts an expected fire.
    pub const fn count(&mut self, standing: Standing) {
        let counter = match standing {
            Standing::Decided(FireOutcome::OnTime) => &mut self.on_time,
            Standing::Decided(FireOutcome::Late) => &mut self.late,
            Standing::Decided(FireOutcome::Catchup) => &mut self.catchup,
            Standing::Decided(FireOutcome::Recovered) => &mut self.recovered,
            Standing::Decided(FireOutcome::Missed) => &mut self.missed,
            Standing::Decided(FireOutcome::HandoffFailed) => &mut self.handoff_failed,
            Standing::Decided(FireOutcome::Abandoned) => &mut self.abandoned,
            Standing::Lost => &mut self.lost,
            Standing::Overdue => &mut self.overdue,
            Standing::Pending => &mut self.pending,
        };
        *counter += 1;
    }

    /// Counts a row, expected or not.
    pub fn count_row(&mut self, fire: &Fire, now: Timestamp) {
        self.rows += 1;
        self.engine.total += 1;
        let status = fire.execution.as_ref().map(|execution| execution.status);
        match status {
            Some(ExecutionStatus::Completed) => self.succeeded += 1,
            Some(ExecutionStatus::Failed) => self.failed += 1,
            Some(ExecutionStatus::Cancelled) => self.cancelled += 1,
            Some(status) if status.is_active() => self.running += 1,
            _ => {}
        }
        self.engine.successful += u64::from(status.is_some());
        let has_none = status.is_none_or(|status| status == ExecutionStatus::Other);
        self.engine.lost += u64::from(has_none && now.since(fire.started_at) > LOST_AFTER);
    }

    /// In the order of the output's columns, with their names.
    pub const fn columns(&self) -> [(&'static str, u64); 20] {
        [
            ("expected", self.expected()),
            ("on_time", self.on_time),
            ("late", self.late),
            ("catchup", self.catchup),
            ("recovered", self.recovered),
            ("missed", self.missed),
            ("handoff_failed", self.handoff_failed),
            ("abandoned", self.abandoned),
            ("lost", self.lost),
            ("overdue", self.overdue),
            ("pending", self.pending),
            ("unexpected", self.unexpected),
            ("rows", self.rows),
            ("succeeded", self.succeeded),
            ("failed", self.failed),
            ("cancelled", self.cancelled),
            ("running", self.running),
            ("engine_total", self.engine.total),
            ("engine_successful", self.engine.successful),
            ("engine_lost", self.engine.lost),
        ]
    }
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.on_time += other.on_time;
        self.late += other.late;
        self.catchup += other.catchup;
        self.recovered += other.recovered;
        self.missed += other.missed;
        self.handoff_failed += other.handoff_failed;
        self.abandoned += other.abandoned;
        self.lost += other.lost;
        self.overdue += other.overdue;
        self.pending += other.pending;
        self.unexpected += other.unexpected;
        self.rows += other.rows;
        self.succeeded += other.succeeded;
        self.failed += other.failed;
        self.cancelled += other.cancelled;
        self.running += other.running;
        self.engine.total += other.engine.total;
        self.engine.successful += other.engine.successful;
        self.engine.lost += other.engine.lost;
    }
}
