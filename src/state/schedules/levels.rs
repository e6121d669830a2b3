//! What the rows of each schedule say now, worked out anew for each snapshot: for gauges and for `check`.

use std::sync::Arc;

pub use super::dial::Invalid;

use super::Tracked;
use super::expectation::catches_up;
use super::outcome::{grace, is_abandoned};
use super::tracked::{FORGET_HANDOFF, has_ended, is_blocking};
use crate::calendar::second_of;
use crate::config::Metrics;
use crate::record::{Execution, Fire, Schedule, ScheduleKind, Span, Timestamp};
use crate::state::Tenant;

/// The engine (0.11.1) takes a handoff for lost after this.
pub const LOST_AFTER: Span = Span::from_seconds(600);
/// By then the engine's recovery, which looks every 5 minutes for what is older than 10, has closed a fire whose execution
/// has ended: one that is still open blocks its trigger for good.
pub const RECOVERED_BY: Span = Span::from_seconds(1200);
/// Between the row of a fire and that of its execution lie milliseconds, on a busy server seconds.
const HANDOFF_TAKES: Span = Span::from_seconds(30);

/// Open fires that no execution is linked to, nor any active one can belong to: triggers, and every fire before v0.11, are
/// linked only after their execution ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Handoffs {
    /// Started less than 10 minutes ago.
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
    /// From the next run to the one after; as `next_run`, but also of a paused schedule.
    pub interval: Option<Span>,
    /// How late a fire may start and still be on time; as `next_run`.
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
    /// Open fires of a trigger whose execution has ended: v0.11 does not fire that trigger again with the same context until
    /// its recovery has closed them, 10 to 15 minutes later by default. At most 1000.
    pub blocked: u64,
    /// Since the end of the execution that blocks longest; zero if none does.
    pub oldest_blocked_age: Span,
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
    /// Of its workflow.
    pub workflow: Arc<str>,
    pub label: &'a Arc<str>,
    pub row: &'a Schedule,
    pub levels: ScheduleLevels,
}

/// All schedules that have series, in the order of their rows.
pub fn summarize<'a>(tenant: &'a Tenant, metrics: &Metrics) -> Vec<LabelledSchedule<'a>> {
    let describe = |(label, tracked): (&'a Arc<str>, &'a Tracked)| {
        let mut levels = of_row(label, tracked, tenant.now, metrics);
        levels.add_open(tracked, &tenant.levels.active, tenant.now);
        let workflow = tenant.workflows.names.lookup(&tracked.row.workflow);
        LabelledSchedule { workflow, label, row: &tracked.row, levels }
    };
    tenant.schedules.iter().map(describe).collect()
}

fn of_row(label: &str, tracked: &Tracked, now: Timestamp, metrics: &Metrics) -> ScheduleLevels {
    let Tracked { row, dial, .. } = tracked;
    let is_cron = row.kind == ScheduleKind::Cron;
    let in_force = row.enabled
        && row.start_date.is_none_or(|start| start <= now)
        && row.end_date.is_none_or(|end| now <= end);
    let live = in_force && !row.paused;
    let ticks = is_cron && in_force && row.expression().is_some() && dial.invalid.is_none();
    let stored = row.next_run_at.filter(|_| ticks);
    let interval = stored.and_then(|next| Some(dial.after_next?.since(second_of(next))));
    let next_run = stored.filter(|_| live);
    // Before the last fire of all there is no next one to be due.
    let grace = next_run.map(|_| grace(metrics, label, interval.unwrap_or(Span(i64::MAX))));
    let given = metrics.schedule_override(label).and_then(|given| given.succeeds_within);
    let worked_out = |grace: Span| grace.max(tracked.longest_success().times(2));
    let deadline =
        |grace| Some(dial.first_expected?.plus(given.map_or_else(|| worked_out(grace), Span::from)));
    ScheduleLevels {
        live,
        invalid: dial.invalid,
        next_run,
        interval,
        grace,
        last_run: if is_cron { row.last_run_at } else { tracked.newest_fire },
        last_success: tracked.last_success,
        success_deadline: grace.and_then(deadline),
        catchup_pending: (is_cron && catches_up(row)).then_some(tracked.catchup_pending),
        ..ScheduleLevels::default()
    }
}

impl ScheduleLevels {
    fn add_open(&mut self, tracked: &Tracked, active: &[Execution], now: Timestamp) {
        for fire in tracked.open.values() {
            let age = now.since(fire.started_at);
            let goes_on = match &fire.execution {
                Some(execution) => !has_ended(execution.status),
                None => is_linked_later(fire, &tracked.row.workflow, active),
            };
            if goes_on {
                self.active += 1;
                self.oldest_active_age = self.oldest_active_age.max(age);
            } else if is_blocking(fire) {
                self.blocked += 1;
                self.oldest_blocked_age = self.oldest_blocked_age.max(blocked_for(fire, now));
            } else if age <= LOST_AFTER {
                self.handoffs.pending += 1;
            } else if !is_abandoned(fire, now) {
                self.handoffs.lost += 1;
            } else if age <= FORGET_HANDOFF {
                self.handoffs.abandoned += 1;
            }
        }
    }
}

/// How long the execution of an open fire has ended.
pub fn blocked_for(fire: &Fire, now: Timestamp) -> Span {
    let ended = fire.execution.as_ref().and_then(|execution| execution.completed_at);
    now.since(ended.unwrap_or(fire.started_at))
}

/// Whether the execution of an open fire goes on, or its handoff may still be.
pub(super) fn is_under_way(fire: &Fire, workflow: &str, active: &[Execution], now: Timestamp) -> bool {
    fire.completed_at.is_none()
        && match &fire.execution {
            Some(execution) => !has_ended(execution.status),
            None => now.since(fire.started_at) <= LOST_AFTER || is_linked_later(fire, workflow, active),
        }
}

/// Whether an active execution can be the one that an unlinked fire started.
pub fn is_linked_later(fire: &Fire, workflow: &str, active: &[Execution]) -> bool {
    active.iter().any(|execution| {
        let after = execution.created_at.since(fire.started_at);
        *execution.workflow == *workflow && -HANDOFF_TAKES.0 <= after.0 && after <= HANDOFF_TAKES
    })
}
