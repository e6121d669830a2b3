//! Schedules: which need attention, how punctual they are, and what stands in their way.

use super::frame::Page;
use super::grafana::{DataLink, Panel, Target, Unit};
use super::layout::{Section, even, line, section};
use super::overview::{late_schedules, overdue_successes};
use super::panel::{BLUE, GREEN, PLAIN, RED, heatmap, over_time, series, stat, timeline};
use super::query::{
    SCHEDULE, count, gauge, increase, lateness, per_minute, quantile, schedule,
};
use super::table::table;

/// The outcomes of fires, best first.
pub const OUTCOMES: [(&str, &str); 7] = [
    ("on_time", GREEN),
    ("late", "yellow"),
    ("catchup", BLUE),
    ("recovered", "purple"),
    ("missed", RED),
    ("handoff_failed", "dark-red"),
    ("abandoned", "dark-orange"),
];

const STATES: [(i32, &str, &str); 5] = [
    (0, "ok", GREEN),
    (1, "running", BLUE),
    (2, "late", RED),
    (3, "failed", "dark-orange"),
    (4, "paused", PLAIN),
];

pub fn rows() -> Vec<Section> {
    vec![
        section(
            "Attention",
            [
                even(
                    4,
                    [
                        late_schedules(),
                        periods_skipped(),
                        overdue_successes(),
                        missed_today(),
                        handoffs_lost(),
                        invalid(),
                        triggers_stalled(),
                        paused(),
                    ],
                ),
                line(12, [(24, attention())]),
            ],
        ),
        section("State", [line(10, [(24, states())])]),
        section(
            "Punctuality",
            [
                even(8, [start_delays(), fires_by_day()]),
                even(8, [punctual(), lost_fires(), slow_starts()]),
            ],
        ),
        section("Catching up and overlap", [even(8, [catching_up(), handoffs(), overlap()])]),
        section("Triggers", [even(8, [trigger_polls(), trigger_fires(), blocked_triggers()])]),
        section("Invalid and paused", [even(7, [invalid_schedules(), paused_schedules()])]),
    ]
}

fn next_run() -> String {
    schedule("cloacina_state_schedule_next_run_timestamp_seconds")
}

fn grace() -> String {
    schedule("cloacina_state_schedule_grace_seconds")
}

fn interval() -> String {
    schedule("cloacina_state_schedule_interval_seconds")
}

fn periods_skipped() -> Panel {
    stat(
        "Periods skipped",
        Unit::Count,
        "Schedules that are late by a whole period and more: CloacinaSchedulePeriodSkipped. With the policy \"skip\", \
         the fires in between are lost.",
    )
    .now("skipped", &count(&format!("{} > {} + {}", lateness(), interval(), grace())))
    .red_from(1.0)
}

fn missed_today() -> Panel {
    let missed = r#"cloacina_state_schedule_fires_total{@schedule, outcome="missed"}"#;
    stat(
        "Missed fires, 24 h",
        Unit::Count,
        "Fires that the scheduler moved past without starting anything: CloacinaScheduleFiresMissed. \
         `cloacina-exporter audit` lists them.",
    )
    .now("missed", &format!("sum(increase({missed}[24h])) or vector(0)"))
    .red_from(1.0)
}

fn handoffs_lost() -> Panel {
    let lost = gauge(
        "job, tenant, workflow, schedule, state",
        r#"cloacina_state_schedule_handoffs{@schedule, state=~"lost|abandoned"}"#,
    );
    stat(
        "Handoffs lost",
        Unit::Count,
        "Fires that were claimed, and of which no execution came: CloacinaScheduleHandoffLost. Start them by hand.",
    )
    .now("lost", &format!("sum({lost}) or vector(0)"))
    .red_from(1.0)
}

fn invalid() -> Panel {
    let invalid = schedule("cloacina_state_schedule_invalid");
    stat(
        "Invalid schedules",
        Unit::Count,
        "Enabled schedules that can never run: CloacinaScheduleInvalid. Cloacina only logs it.",
    )
    .now("invalid", &count(&format!("{invalid} == 1")))
    .red_from(1.0)
}

/// A trigger's time since its last poll.
fn poll_age() -> String {
    format!("time() - {}", schedule("cloacina_state_trigger_last_poll_timestamp_seconds"))
}

fn poll_interval() -> String {
    schedule("cloacina_state_trigger_poll_interval_seconds")
}

fn triggers_stalled() -> Panel {
    stat(
        "Triggers not polled",
        Unit::Count,
        "Triggers that were not polled for three of their intervals, and two minutes at least: \
         CloacinaTriggerPollStalled. They fail, hang or are not registered.",
    )
    .now("stalled", &count(&format!("{} > clamp_min(3 * {}, 120)", poll_age(), poll_interval())))
    .red_from(1.0)
}

fn paused() -> Panel {
    let paused = schedule("cloacina_state_schedule_paused_timestamp_seconds");
    stat(
        "Paused",
        Unit::Count,
        "Schedules that somebody has paused; the table at the bottom says since when. Forgotten ones: \
         CloacinaSchedulePausedLong.",
    )
    .now("paused", &count(&paused))
}

/// The links of a row that has the columns Job, Tenant, Workflow, Schedule.
fn this_schedule() -> DataLink {
    Page::Schedules.of_row(&[
        ("job", "Job"),
        ("tenant", "Tenant"),
        ("workflow", "Workflow"),
        ("schedule", "Schedule"),
    ])
}

fn this_workflow() -> DataLink {
    Page::Workflow.of_row(&[
        ("job", "Job"),
        ("tenant", "Tenant"),
        ("workflow", "Workflow"),
        ("schedule", "Schedule"),
    ])
}

fn attention() -> Panel {
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
    .opens(this_schedule())
    .label("workflow", "Workflow")
    .opens(this_workflow())
    .label("tenant", "Tenant")
    .value("Lateness", Unit::Seconds, &lateness())
    .value("Lateness in graces", Unit::Ratio, &format!("clamp_min({}, 0) / {}", lateness(), grace()))
    .red_from(1.0)
    .value("Next run", Unit::FromNow, &format!("1000 * {}", next_run()))
    .value("Every", Unit::Seconds, &interval())
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

fn states() -> Panel {
    timeline(
        "State of each schedule",
        &STATES,
        "Late: due and not started within its grace (CloacinaScheduleLate). Failed: it ran, and did not succeed since. \
         Disabled schedules are left out; a gap means that the tenant could not be read.",
    )
    .over_time("{{tenant}} / {{schedule}}", &state())
}

fn start_delays() -> Panel {
    heatmap(
        "How late fires started",
        "sum by (le) (increase(cloacina_state_schedule_start_delay_seconds_bucket{@schedule}[$__rate_interval]))",
        "Fires that were on time or late; those that were caught up or recovered say nothing of the scheduler's speed. \
         A band that moves up means that the scheduler is slow, or that its database is.",
    )
}

fn fires_by_day() -> Panel {
    let daily = increase("outcome", "cloacina_state_schedule_fires_total{@schedule}", "1d");
    let target = Target { legend_format: Some("{{outcome}}"), interval: Some("1d"), ..over_time(&daily) };
    let mut panel = series(
        "Fires by outcome, for each day of two weeks",
        Unit::Count,
        "What became of the fires that were expected in the 24 hours before each bar. Missed: \
         CloacinaScheduleFiresMissed.",
    )
    .target(target)
    .stacked()
    .as_bars()
    .colours(&OUTCOMES);
    panel.time_from = Some("14d");
    panel
}

fn punctual() -> Panel {
    let fires = |outcome: &str| {
        increase(SCHEDULE, &format!("cloacina_state_schedule_fires_total{{@schedule{outcome}}}"), "7d")
    };
    table(
        "Fires on time, 7 days",
        "On time, of all that were expected; the worst first. Late ones are counted as not on time.",
    )
    .label("schedule", "Schedule")
    .opens(this_schedule())
    .value(
        "On time",
        Unit::Ratio,
        &format!("{} / ({} > 0)", fires(r#", outcome="on_time""#), fires("")),
    )
    .width(90)
    .label("workflow", "Workflow")
    .opens(this_workflow())
    .label("tenant", "Tenant")
    .label("job", "Job")
    .smallest_first("On time")
}

fn lost_fires() -> Panel {
    let lost = r#"cloacina_state_schedule_fires_total{@schedule, outcome=~"missed|handoff_failed|abandoned"}"#;
    let by = "job, tenant, workflow, schedule, outcome";
    table(
        "Lost fires of the time range",
        "Fires after which nothing was executed: CloacinaScheduleFiresMissed, CloacinaScheduleHandoffLost. \
         `cloacina-exporter audit` tells their times.",
    )
    .label("schedule", "Schedule")
    .opens(this_schedule())
    .value("Lost", Unit::Count, &format!("{} > 0", increase(by, lost, "$__range")))
    .width(80)
    .label("outcome", "Outcome")
    .label("workflow", "Workflow")
    .opens(this_workflow())
    .label("tenant", "Tenant")
    .label("job", "Job")
    .largest_first("Lost")
}

fn slow_starts() -> Panel {
    let metric = "cloacina_state_schedule_start_delay_seconds";
    table(
        "Slowest starts of the time range",
        "95 % of the fires started faster than this after they were due. Slow starts of all schedules: the scheduler or \
         its database is slow.",
    )
    .label("schedule", "Schedule")
    .opens(this_schedule())
    .value(
        "Delay",
        Unit::Seconds,
        &format!("topk(10, {})", quantile(0.95, SCHEDULE, metric, "@schedule", "$__range")),
    )
    .width(90)
    .label("workflow", "Workflow")
    .label("tenant", "Tenant")
    .label("job", "Job")
    .largest_first("Delay")
}

fn catching_up() -> Panel {
    series(
        "Fires still to be caught up",
        Unit::Count,
        "Of schedules that run all they missed. They are run one after another; a scheduler that ends meanwhile loses \
         the rest.",
    )
    .over_time("{{tenant}} / {{schedule}}", &schedule("cloacina_state_schedule_catchup_pending"))
}

fn handoffs() -> Panel {
    let handoffs =
        gauge("job, tenant, workflow, schedule, state", "cloacina_state_schedule_handoffs{@schedule}");
    series(
        "Fires not handed over",
        Unit::Count,
        "Pending for up to ten minutes is normal. Lost or abandoned ones have no execution: \
         CloacinaScheduleHandoffLost. Start them by hand.",
    )
    .over_time("{{state}}", &format!("sum by (state) ({handoffs})"))
    .stacked()
    .colours(&[("pending", BLUE), ("lost", RED), ("abandoned", "dark-red")])
}

fn overlap() -> Panel {
    let age = schedule("cloacina_state_schedule_oldest_active_execution_age_seconds");
    series(
        "Oldest active execution, in periods of its schedule",
        Unit::Ratio,
        "Above 100 %, an execution outlives the period of its schedule, so that the next one overlaps or waits: \
         CloacinaScheduleOverlap.",
    )
    .over_time("{{tenant}} / {{schedule}}", &format!("{age} / ({} > 0)", interval()))
    .red_from(1.0)
}

fn trigger_polls() -> Panel {
    series(
        "Time since a trigger's last poll, in its poll intervals",
        Unit::Ratio,
        "About 100 % is normal. From 300 % on, and two minutes at least: CloacinaTriggerPollStalled. All triggers at \
         once: one blocks the others, as they are polled one by one.",
    )
    .over_time("{{tenant}} / {{schedule}}", &format!("({}) / ({} > 0)", poll_age(), poll_interval()))
    .red_from(3.0)
}

fn trigger_fires() -> Panel {
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

fn blocked_triggers() -> Panel {
    let blocked = schedule("cloacina_state_trigger_blocked_executions");
    let age = schedule("cloacina_state_trigger_oldest_blocked_execution_age_seconds");
    table(
        "Blocked triggers",
        "Their executions have ended, but their fires stay open, and the same context does not fire again: \
         CloacinaTriggerBlocked. Older than 20 minutes: recovery will not close them.",
    )
    .label("schedule", "Schedule")
    .opens(this_schedule())
    .value("Blocked", Unit::Count, &format!("{blocked} > 0"))
    .width(80)
    .value("Oldest", Unit::Seconds, &format!("{age} > 0"))
    .red_from(1200.0)
    .width(90)
    .label("workflow", "Workflow")
    .opens(this_workflow())
    .label("tenant", "Tenant")
    .label("job", "Job")
    .largest_first("Oldest")
}

fn invalid_schedules() -> Panel {
    let invalid =
        gauge("job, tenant, workflow, schedule, reason", "cloacina_state_schedule_invalid{@schedule}");
    table(
        "Invalid schedules",
        "They are enabled and can never run: CloacinaScheduleInvalid. Mend the expression, the time zone or the dates.",
    )
    .rows(&format!("{invalid} == 1"))
    .label("schedule", "Schedule")
    .opens(this_schedule())
    .label("reason", "Reason")
    .label("workflow", "Workflow")
    .label("tenant", "Tenant")
    .label("job", "Job")
    .smallest_first("Schedule")
}

fn paused_schedules() -> Panel {
    let paused = schedule("cloacina_state_schedule_paused_timestamp_seconds");
    table(
        "Paused schedules",
        "The longest paused first. Was it forgotten? CloacinaSchedulePausedLong fires after seven periods, and a day at \
         least. A resumed schedule fires at once if it was due meanwhile.",
    )
    .label("schedule", "Schedule")
    .opens(this_schedule())
    .value("Paused for", Unit::Seconds, &format!("time() - {paused}"))
    .width(100)
    .label("workflow", "Workflow")
    .label("tenant", "Tenant")
    .label("job", "Job")
    .largest_first("Paused for")
}
