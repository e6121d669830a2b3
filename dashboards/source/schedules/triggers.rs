//! Triggers: are they polled, do they fire, are they blocked?

use super::super::frame::{OF_SCHEDULE, OF_WORKFLOW, Page};
use super::super::grafana::{Panel, Unit};
use super::super::panel::series;
use super::super::query::{per_minute, schedule};
use super::super::table::table;

/// A trigger's time since its last poll.
fn poll_age() -> String {
    format!("time() - {}", schedule("cloacina_state_trigger_last_poll_timestamp_seconds"))
}

fn poll_interval() -> String {
    schedule("cloacina_state_trigger_poll_interval_seconds")
}

/// Triggers that should be polled, and are not.
pub fn not_polled() -> String {
    let (age, interval) = (poll_age(), poll_interval());
    let last_poll = schedule("cloacina_state_trigger_last_poll_timestamp_seconds");
    let enabled = schedule("cloacina_state_schedule_enabled");
    let paused = schedule("cloacina_state_schedule_paused_timestamp_seconds");
    format!(
        "({age} > clamp_min(3 * {interval}, 120) or {interval} unless {last_poll}) and {enabled} == 1 unless {paused}"
    )
}

pub fn polls() -> Panel {
    series(
        "Time since a trigger's last poll, in its poll intervals",
        Unit::Ratio,
        "About 100 % is normal. From 300 % on, and two minutes at least: CloacinaTriggerPollStalled. All triggers at \
         once: one blocks the others, as they are polled one by one.",
    )
    .over_time("{{tenant}} / {{schedule}}", &format!("({}) / ({} > 0)", poll_age(), poll_interval()))
    .red_from(3.0)
}

pub fn fires() -> Panel {
    series(
        "Fires of triggers",
        Unit::PerMinute,
        "How often each trigger fired. One that never fires may be right, or not polled: see beside.",
    )
    .over_time(
        "{{tenant}} / {{schedule}}",
        &per_minute("tenant, schedule", "cloacina_state_trigger_fires_total{@schedule}"),
    )
}

pub fn blocked() -> Panel {
    let blocked = schedule("cloacina_state_trigger_blocked_executions");
    let age = schedule("cloacina_state_trigger_oldest_blocked_execution_age_seconds");
    table(
        "Blocked triggers",
        "Their executions have ended, but their fires stay open, and the same context does not fire again: \
         CloacinaTriggerBlocked. Older than 20 minutes: recovery will not close them.",
    )
    .label("schedule", "Schedule")
    .opens(Page::Schedules.of_row(OF_SCHEDULE))
    .value("Blocked", Unit::Count, &format!("{blocked} > 0"))
    .width(80)
    .value("Oldest", Unit::Seconds, &format!("{age} > 0"))
    .red_from(1200.0)
    .width(90)
    .label("workflow", "Workflow")
    .opens(Page::Workflow.of_row(OF_WORKFLOW))
    .label("tenant", "Tenant")
    .label("job", "Job")
    .largest_first("Oldest")
}
