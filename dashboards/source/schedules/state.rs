//! What each schedule is doing.

use super::super::frame::{OF_SCHEDULE, OF_WORKFLOW, Page};
use super::super::grafana::{Panel, Unit};
use super::super::panel::{BLUE, GREEN, PLAIN, RED, timeline};
use super::super::query::{SCHEDULE, gauge, grace, lateness, next_run, period, schedule};
use super::super::table::table;

const STATES: [(i32, &str, &str); 5] = [
    (0, "ok", GREEN),
    (1, "running", BLUE),
    (2, "late", RED),
    (3, "failed", "dark-orange"),
    (4, "paused", PLAIN),
];

pub fn attention() -> Panel {
    let info = gauge(
        "job, tenant, workflow, schedule, kind, cron, timezone, catchup",
        "cloacina_state_schedule_info{@schedule}",
    );
    let last_success = schedule("cloacina_state_schedule_last_success_timestamp_seconds");
    let deadline = schedule("cloacina_state_schedule_success_deadline_timestamp_seconds");
    let paused = schedule("cloacina_state_schedule_paused_timestamp_seconds");
    table(
        "All schedules, the latest first",
        "Lateness below 0 counts down to the next run; red means later than the grace (CloacinaScheduleLate). \
         \"Success due in\" below 0 means that the last good execution is too old (CloacinaScheduleNoSuccess). \
         A schedule without a next run is paused, disabled, invalid, outside of its dates, or a trigger.",
    )
    .rows(&info)
    .value("State", Unit::Word, &state())
    .words(&STATES)
    .width(80)
    .label("schedule", "Schedule")
    .opens(Page::Schedules.of_row(OF_SCHEDULE))
    .label("workflow", "Workflow")
    .opens(Page::Workflow.of_row(OF_WORKFLOW))
    .label("tenant", "Tenant")
    .value("Lateness", Unit::Seconds, &lateness())
    .value("Lateness in graces", Unit::Ratio, &format!("clamp_min({}, 0) / {}", lateness(), grace()))
    .red_from(1.0)
    .value("Next run", Unit::FromNow, &format!("1000 * {}", next_run()))
    .value("Every", Unit::Seconds, &period())
    .value("Last success", Unit::FromNow, &format!("1000 * {last_success}"))
    .value("Success due in", Unit::Seconds, &format!("{deadline} - time()"))
    .red_below(0.0)
    .value("Paused", Unit::FromNow, &format!("1000 * {paused}"))
    .label("cron", "Cron")
    .label("timezone", "Time zone")
    .label("catchup", "Catch-up")
    .label("kind", "Kind")
    .label("job", "Job")
    .largest_first("Lateness")
}

/// The part of it that a workflow's own dashboard shows.
pub fn of_workflow() -> Panel {
    let last_success = schedule("cloacina_state_schedule_last_success_timestamp_seconds");
    let deadline = schedule("cloacina_state_schedule_success_deadline_timestamp_seconds");
    table(
        "Its schedules",
        "Is it started when it should be? Late: CloacinaScheduleLate. \"Success due in\" below 0: \
         CloacinaScheduleNoSuccess. Empty if only the application starts it.",
    )
    .value("State", Unit::Word, &state())
    .words(&STATES)
    .width(80)
    .label("schedule", "Schedule")
    .opens(Page::Schedules.of_row(OF_SCHEDULE))
    .value("Lateness", Unit::Seconds, &lateness())
    .value("Every", Unit::Seconds, &period())
    .value("Last success", Unit::FromNow, &format!("1000 * {last_success}"))
    .value("Success due in", Unit::Seconds, &format!("{deadline} - time()"))
    .red_below(0.0)
    .label("workflow", "Workflow")
    .label("tenant", "Tenant")
    .label("job", "Job")
    .largest_first("Lateness")
}

/// What a schedule is doing, as a number of `STATES`. The first that holds counts: paused, late, running, failed, ok.
///
/// Failed is a schedule that ran after its last success, and of which nothing is active or on its way.
fn state() -> String {
    let paused = schedule("cloacina_state_schedule_paused_timestamp_seconds");
    let late = format!("({} > {})", lateness(), grace());
    let active = schedule("cloacina_state_schedule_active_executions");
    let last_run = schedule("cloacina_state_schedule_last_run_timestamp_seconds");
    let last_success = schedule("cloacina_state_schedule_last_success_timestamp_seconds");
    let pending = gauge(SCHEDULE, r#"cloacina_state_schedule_handoffs{@schedule, state="pending"}"#);
    let enabled = schedule("cloacina_state_schedule_enabled");
    let failed = format!("({last_run} > ({last_success} or 0 * {last_run}) unless {pending} > 0)");
    format!(
        "4 + 0 * {paused} or 2 + 0 * {late} or 1 + 0 * ({active} > 0) or 3 + 0 * {failed} or 0 * ({enabled} == 1)"
    )
}

pub fn states() -> Panel {
    timeline(
        "State of each schedule",
        &STATES,
        "Late: due and not started within its grace (CloacinaScheduleLate). Failed: it ran, and did not succeed since. \
         Disabled schedules are left out; a gap means that the tenant could not be read.",
    )
    .over_time("{{tenant}} / {{schedule}}", &state())
}

pub fn invalid_schedules() -> Panel {
    let invalid =
        gauge("job, tenant, workflow, schedule, reason", "cloacina_state_schedule_invalid{@schedule}");
    table(
        "Invalid schedules",
        "They are enabled and can never run: CloacinaScheduleInvalid. Mend the expression, the time zone or the dates.",
    )
    .rows(&format!("{invalid} == 1"))
    .label("schedule", "Schedule")
    .opens(Page::Schedules.of_row(OF_SCHEDULE))
    .label("reason", "Reason")
    .label("workflow", "Workflow")
    .label("tenant", "Tenant")
    .label("job", "Job")
    .smallest_first("Schedule")
}

pub fn paused_schedules() -> Panel {
    let paused = schedule("cloacina_state_schedule_paused_timestamp_seconds");
    table(
        "Paused schedules",
        "The longest paused first. Was it forgotten? CloacinaSchedulePausedLong fires after seven periods, and a day at \
         least. A resumed schedule fires at once if it was due meanwhile.",
    )
    .label("schedule", "Schedule")
    .opens(Page::Schedules.of_row(OF_SCHEDULE))
    .value("Paused for", Unit::Seconds, &format!("time() - {paused}"))
    .width(100)
    .value("Every", Unit::Seconds, &format!("{} and {paused}", period()))
    .width(100)
    .label("workflow", "Workflow")
    .label("tenant", "Tenant")
    .label("job", "Job")
    .largest_first("Paused for")
}
