//! One workflow: how it does now, how long it takes and why, and what fails.

use super::grafana::{Panel, Unit};
use super::layout::{Section, even, line, section};
use super::panel::{BLUE, GREEN, ORANGE, PLAIN, RED, heatmap, series, stat};
use super::query::{
    WORKFLOW, counted_in_all, executions_active, gauge, increase, mean, per_minute, quantile, workflow,
};
use super::schedules;
use super::table::table;

/// The outcomes of attempts, best first.
pub const OUTCOMES: [(&str, &str); 5] = [
    ("completed", GREEN),
    ("skipped", PLAIN),
    ("retried", ORANGE),
    ("failed", RED),
    ("abandoned", "dark-red"),
];

pub fn rows() -> Vec<Section> {
    vec![
        section(
            "Now",
            [even(
                4,
                [
                    last_status(),
                    failures_in_a_row(),
                    last_success(),
                    success_ratio(),
                    oldest_active(),
                    stalled(),
                    active(),
                    ended_today(),
                ],
            )],
        ),
        section("Its schedules", [line(6, [(24, schedules::of_workflow())])]),
        section("Executions", [even(9, [by_status(), durations(), active_by_state()])]),
        section("Where the time goes", [line(9, [(12, shares()), (12, duration_heatmap())])]),
        section(
            "Failures",
            [
                even(8, [reasons(), attempts(), recoveries()]),
                line(9, [(14, tasks()), (10, oldest_running())]),
            ],
        ),
    ]
}

fn last_status() -> Panel {
    let last = |status: &str| {
        let selector =
            format!("cloacina_state_workflow_last_execution_status{{@workflow, status=\"{status}\"}}");
        gauge(WORKFLOW, &selector)
    };
    stat(
        "Last execution",
        Unit::Word,
        "How the newest ended execution ended. Failed three times in a row and more: CloacinaWorkflowFailing.",
    )
    .now("{{workflow}}", &format!("{} + 2 * {}", last("failed"), last("cancelled")))
    .words(&[(0, "completed", GREEN), (1, "failed", RED), (2, "cancelled", PLAIN)])
}

fn failures_in_a_row() -> Panel {
    stat(
        "Failures in a row",
        Unit::Count,
        "Executions that failed since the last success. Red from three on: CloacinaWorkflowFailing.",
    )
    .now("{{workflow}}", &workflow("cloacina_state_workflow_consecutive_failures"))
    .red_from(3.0)
}

fn last_success() -> Panel {
    let last = workflow("cloacina_state_workflow_last_success_timestamp_seconds");
    stat(
        "Last success",
        Unit::FromNow,
        "When an execution last completed. Whether that is too long ago depends on its schedule: see \"Success due in\" \
         on the dashboard \"Schedules\".",
    )
    .now("{{workflow}}", &format!("1000 * {last}"))
    .or_else("Never")
}

fn success_ratio() -> Panel {
    let ended = |statuses: &str| {
        let selector =
            format!("cloacina_state_workflow_executions_total{{@workflow, status=~\"{statuses}\"}}");
        format!("sum(increase({selector}[7d]))")
    };
    stat(
        "Success ratio, 7 days",
        Unit::Ratio,
        "Completed executions, of those that completed or failed. CloacinaWorkflowFailureRatio looks at the last hour.",
    )
    .now("succeeded", &format!("{} / ({} > 0)", ended("completed"), ended("completed|failed")))
}

fn oldest_active() -> Panel {
    let age = workflow("cloacina_state_workflow_oldest_active_execution_age_seconds");
    let baseline = workflow("cloacina_state_workflow_duration_baseline_seconds");
    stat(
        "Oldest active, in usual durations",
        Unit::Ratio,
        "Age of the oldest active execution against the time in which 95 % of the last 50 were done. Red from three times \
         that on: CloacinaExecutionTooLong, if it is over two minutes as well. \"No baseline\" until ten executions have \
         completed; the alert then takes an hour.",
    )
    .now("{{workflow}}", &format!("{age} / ({baseline} > 0)"))
    .red_from(3.0)
    .or_else("No baseline")
}

fn stalled() -> Panel {
    let stalled = workflow("cloacina_state_workflow_stalled_executions");
    stat(
        "Stalled executions",
        Unit::Count,
        "Active executions in which no task can go on: CloacinaExecutionStalled. Cancel them, and start them again.",
    )
    .now("stalled", &format!("sum({stalled}) or vector(0)"))
    .red_from(1.0)
}

fn active() -> Panel {
    stat("Active executions", Unit::Count, "Executions that are pending, running or paused.")
        .now("active", &format!("sum({}) or vector(0)", executions_active()))
}

fn ended_today() -> Panel {
    let ended = "cloacina_state_workflow_executions_total{@workflow}";
    stat("Executions, 24 h", Unit::Count, "Executions that ended in the last 24 hours, however they did.")
        .now("ended", &counted_in_all(ended, "24h"))
}

fn by_status() -> Panel {
    series(
        "Executions ended, by status",
        Unit::PerMinute,
        "Over a fifth failed for an hour, and five at least: CloacinaWorkflowFailureRatio.",
    )
    .over_time("{{status}}", &per_minute("status", "cloacina_state_workflow_executions_total{@workflow}"))
    .stacked()
    .colours(&[("completed", GREEN), ("failed", RED), ("cancelled", PLAIN)])
}

fn durations() -> Panel {
    let of = |share| {
        let metric = "cloacina_state_workflow_execution_duration_seconds";
        quantile(share, "", metric, "@workflow", "$__rate_interval")
    };
    let usual = workflow("cloacina_state_workflow_duration_baseline_seconds");
    let oldest = workflow("cloacina_state_workflow_oldest_active_execution_age_seconds");
    series(
        "Duration, and age of the oldest active",
        Unit::Seconds,
        "An oldest active execution far above the usual hangs, or has much more to do: CloacinaExecutionTooLong. \
         Points are executions; where the data source knows a store of traces, they open theirs.",
    )
    .with_exemplars("95 % are faster", &of(0.95))
    .with_exemplars("half are faster", &of(0.5))
    .over_time("usual", &format!("max({usual})"))
    .over_time("oldest active", &format!("max({oldest})"))
    .colours(&[("usual", PLAIN), ("oldest active", RED)])
}

fn active_by_state() -> Panel {
    series(
        "Active executions by state",
        Unit::Count,
        "Pending ones wait for a first task to start. Before Cloacina 0.7, running executions are stored as pending.",
    )
    .over_time("{{state}}", &format!("sum by (state) ({})", executions_active()))
    .stacked()
    .colours(&[("pending", ORANGE), ("running", BLUE), ("paused", PLAIN)])
}

fn shares() -> Panel {
    let mean = |metric| mean("workflow", metric, "@workflow");
    series(
        "Means of waiting and working",
        Unit::Seconds,
        "What is slow: the start of an execution (the scheduler), the wait of a ready task for a runner (see \"Queue and \
         runners\"), or the task itself. Means of what ended; a gap where nothing did.",
    )
    .over_time(
        "{{workflow}}: until the first task",
        &mean("cloacina_state_workflow_start_delay_seconds"),
    )
    .over_time("{{workflow}}: a task waits", &mean("cloacina_state_task_queue_wait_seconds"))
    .over_time("{{workflow}}: a task runs", &mean("cloacina_state_task_duration_seconds"))
    .stacked()
}

fn duration_heatmap() -> Panel {
    heatmap(
        "How long executions took",
        "sum by (le) (increase(cloacina_state_workflow_execution_duration_seconds_bucket{@workflow}[$__rate_interval]))",
        "Two bands mean two kinds of executions. Points are executions; where the data source knows a store of traces, \
         they open theirs.",
    )
}

fn reasons() -> Panel {
    series(
        "Failed tasks by reason",
        Unit::PerMinute,
        "Reasons are found in the texts of errors by rules, which the configuration can add to. The texts themselves \
         are in the traces and log records, and in Cloacina's tables.",
    )
    .over_time("{{reason}}", &per_minute("reason", "cloacina_state_task_failures_total{@workflow}"))
    .stacked()
}

fn attempts() -> Panel {
    series(
        "Attempts of tasks by outcome",
        Unit::PerMinute,
        "Over half retried for half an hour: CloacinaRetryStorm. Mostly something that the tasks depend on is down.",
    )
    .over_time("{{outcome}}", &per_minute("outcome", "cloacina_state_task_attempts_total{@workflow}"))
    .stacked()
    .colours(&OUTCOMES)
}

fn recoveries() -> Panel {
    series(
        "Recoveries of tasks",
        Unit::PerMinute,
        "A runner died with the task, which was then reset, or given up after three times: CloacinaTaskAbandoned. Such a \
         task may be what kills its runners.",
    )
    .over_time("{{action}}", &per_minute("action", "cloacina_state_task_recoveries_total{@workflow}"))
    .stacked()
    .colours(&[("reset", ORANGE), ("abandoned", RED)])
}

fn tasks() -> Panel {
    let by = "job, tenant, workflow, task";
    let attempts = |outcomes: &str| {
        let selector = format!("cloacina_state_task_attempts_total{{@workflow, outcome=~\"{outcomes}\"}}");
        increase(by, &selector, "$__range")
    };
    let all = attempts("completed|failed|retried|abandoned");
    let failed = attempts("failed|abandoned");
    table(
        "Tasks of the time range",
        "Attempts, of which so many were retried or failed for good. The task that fails most comes first.",
    )
    .label("task", "Task")
    .value("Attempts", Unit::Count, &format!("round({all}) > 0"))
    .value("Retried", Unit::Ratio, &format!("{} / ({all} > 0)", attempts("retried")))
    .value("Failed", Unit::Ratio, &format!("{failed} / ({all} > 0)"))
    .label("workflow", "Workflow")
    .label("tenant", "Tenant")
    .label("job", "Job")
    .largest_first("Failed")
}

fn oldest_running() -> Panel {
    series(
        "Oldest running attempt",
        Unit::Seconds,
        "A task that panicked stays running, with fresh heartbeats: that this line only rises is its sole sign. \
         CloacinaExecutionTooLong fires for its execution.",
    )
    .over_time("{{tenant}} / {{workflow}}", &workflow("cloacina_state_task_oldest_running_age_seconds"))
}
