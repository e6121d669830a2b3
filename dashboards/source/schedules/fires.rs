//! What became of the fires of cron schedules.

use super::super::frame::{OF_SCHEDULE, OF_WORKFLOW, Page};
use super::super::grafana::{Panel, Target, Unit};
use super::super::panel::{BLUE, GREEN, RED, heatmap, over_time, series};
use super::super::query::{SCHEDULE, TENANT, counted, gauge, increase, period, quantile, schedule};
use super::super::table::table;

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

pub fn start_delays() -> Panel {
    heatmap(
        "How late fires started",
        "sum by (le) (increase(cloacina_state_schedule_start_delay_seconds_bucket{@schedule}[$__rate_interval]))",
        "Fires that were on time or late; those that were caught up or recovered say nothing of the scheduler's speed. \
         A band that moves up means that the scheduler is slow, or that its database is.",
    )
}

pub fn fires_by_day() -> Panel {
    let daily = counted("outcome", "cloacina_state_schedule_fires_total{@schedule}", "1d");
    let target = Target { legend_format: Some("{{outcome}}"), interval: Some("1d"), ..over_time(&daily) };
    let mut panel = series(
        "Fires by outcome, for each day of two weeks",
        Unit::Count,
        "What became of the fires that were expected in the 24 hours before each bar. Missed: \
         CloacinaScheduleFiresMissed.",
    )
    .target(target)
    .stacked()
    .with_bars()
    .colours(&OUTCOMES);
    panel.time_from = Some("14d");
    panel
}

/// As the recording rules of the service level have it; written out, so that it works without them.
pub fn budget() -> Panel {
    let fires = |outcomes: &str, window: &str| {
        let selector = format!("cloacina_state_schedule_fires_total{{@schedule{outcomes}}}");
        increase(TENANT, &selector, window)
    };
    let bad =
        |window| format!("{} / ({} > 0)", fires(r#", outcome!~"on_time|late""#, window), fires("", window));
    series(
        "Bad fires, of all",
        Unit::Ratio,
        "Fires that were neither on time nor late: they did not happen, or only later. The line is the objective of 1 %. \
         Far above it: CloacinaFireBudgetBurnsFast; above it for days: CloacinaFireBudgetBurnsSlowly.",
    )
    .over_time("{{tenant}}: 1 hour", &bad("1h"))
    .over_time("{{tenant}}: 6 hours", &bad("6h"))
    .red_from(0.01)
}

pub fn punctual() -> Panel {
    let fires = |outcome: &str| {
        increase(SCHEDULE, &format!("cloacina_state_schedule_fires_total{{@schedule{outcome}}}"), "7d")
    };
    table(
        "Fires on time, 7 days",
        "On time, of all that were expected; the worst first. Late ones are counted as not on time.",
    )
    .label("schedule", "Schedule")
    .opens(Page::Schedules.of_row(OF_SCHEDULE))
    .value("On time", Unit::Ratio, &format!("{} / ({} > 0)", fires(r#", outcome="on_time""#), fires("")))
    .width(90)
    .label("workflow", "Workflow")
    .opens(Page::Workflow.of_row(OF_WORKFLOW))
    .label("tenant", "Tenant")
    .label("job", "Job")
    .smallest_first("On time")
}

pub fn lost_fires() -> Panel {
    let lost =
        r#"cloacina_state_schedule_fires_total{@schedule, outcome=~"missed|handoff_failed|abandoned"}"#;
    let by = "job, tenant, workflow, schedule, outcome";
    table(
        "Lost fires of the time range",
        "Fires after which nothing was executed: CloacinaScheduleFiresMissed, CloacinaScheduleHandoffLost. \
         `cloacina-exporter audit` tells their times.",
    )
    .label("schedule", "Schedule")
    .opens(Page::Schedules.of_row(OF_SCHEDULE))
    .value("Lost", Unit::Count, &format!("{} > 0", counted(by, lost, "$__range")))
    .width(80)
    .label("outcome", "Outcome")
    .label("workflow", "Workflow")
    .opens(Page::Workflow.of_row(OF_WORKFLOW))
    .label("tenant", "Tenant")
    .label("job", "Job")
    .largest_first("Lost")
}

pub fn slow_starts() -> Panel {
    let metric = "cloacina_state_schedule_start_delay_seconds";
    table(
        "Slowest starts of the time range",
        "95 % of the fires started faster than this after they were due. Slow starts of all schedules: the scheduler or \
         its database is slow.",
    )
    .label("schedule", "Schedule")
    .opens(Page::Schedules.of_row(OF_SCHEDULE))
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

pub fn catching_up() -> Panel {
    series(
        "Fires still to be caught up",
        Unit::Count,
        "Of schedules that run all they missed. They are run one after another; a scheduler that ends meanwhile loses \
         the rest.",
    )
    .over_time("{{tenant}} / {{schedule}}", &schedule("cloacina_state_schedule_catchup_pending"))
}

pub fn handoffs() -> Panel {
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

pub fn overlap() -> Panel {
    let age = schedule("cloacina_state_schedule_oldest_active_execution_age_seconds");
    series(
        "Oldest active execution, in periods of its schedule",
        Unit::Ratio,
        "Above 100 %, an execution outlives the period of its schedule, so that the next one overlaps or waits: \
         CloacinaScheduleOverlap.",
    )
    .over_time("{{tenant}} / {{schedule}}", &format!("{age} / ({} > 0)", period()))
    .red_from(1.0)
}
