//! How much is done, how fast, and with which success.

use super::super::grafana::{Panel, Unit};
use super::super::panel::{BLUE, GREEN, ORANGE, PLAIN, RED, series};
use super::super::query::{executions_active, per_minute, quantile};

pub fn ended() -> Panel {
    series(
        "Executions ended",
        Unit::PerMinute,
        "If fewer end than usual, work piles up: look at \"Active executions by state\" and at the queue. \
         How many start is not told: Cloacina 0.11 writes no event of it.",
    )
    .over_time("{{status}}", &per_minute("status", "cloacina_state_workflow_executions_total{@workflow}"))
    .colours(&[("completed", GREEN), ("failed", RED), ("cancelled", PLAIN)])
}

pub fn success_ratio() -> Panel {
    let rate = |statuses: &str| {
        format!(
            "sum(rate(cloacina_state_workflow_executions_total{{@workflow, \
             status=~\"{statuses}\"}}[$__rate_interval]))"
        )
    };
    series(
        "Success ratio",
        Unit::Ratio,
        "Completed executions, of those that completed or failed; a gap where none ended. \
         CloacinaWorkflowFailureRatio fires for a workflow of which over a fifth failed for an hour.",
    )
    .over_time("succeeded", &format!("{} / ({} > 0)", rate("completed"), rate("completed|failed")))
    .up_to(1.0)
    .colours(&[("succeeded", GREEN)])
}

pub fn active_by_state() -> Panel {
    let active = executions_active();
    series(
        "Active executions by state",
        Unit::Count,
        "A level that only rises means that work comes in faster than it is done, or that executions hang.",
    )
    .over_time("{{state}}", &format!("sum by (state) ({active})"))
    .stacked()
    .colours(&[("pending", ORANGE), ("running", BLUE), ("paused", PLAIN)])
}

pub fn durations() -> Panel {
    let of = |share| {
        let metric = "cloacina_state_workflow_execution_duration_seconds";
        quantile(share, "", metric, "@workflow", "$__rate_interval")
    };
    series(
        "Duration of executions",
        Unit::Seconds,
        "From start to end, of the executions that ended. Those that hang do not show here: \
         CloacinaExecutionTooLong and the dashboard \"Workflow\" tell of them.",
    )
    .with_exemplars("95 % are faster", &of(0.95))
    .with_exemplars("half are faster", &of(0.5))
}

pub fn fires() -> Panel {
    series(
        "Fires of schedules by outcome",
        Unit::PerMinute,
        "What became of the fires that were expected. Anything but on time, late or caught up was lost or \
         needed help: CloacinaScheduleFiresMissed, CloacinaScheduleHandoffLost.",
    )
    .over_time("{{outcome}}", &per_minute("outcome", "cloacina_state_schedule_fires_total{@schedule}"))
    .stacked()
    .colours(&super::super::schedules::OUTCOMES)
}

pub fn attempts() -> Panel {
    series(
        "Attempts of tasks by outcome",
        Unit::PerMinute,
        "Retried attempts failed and were tried again. Over half retried for long: CloacinaRetryStorm, \
         mostly something that tasks depend on is down. Abandoned: CloacinaTaskAbandoned.",
    )
    .over_time("{{outcome}}", &per_minute("outcome", "cloacina_state_task_attempts_total{@workflow}"))
    .stacked()
    .colours(&super::super::workflow::OUTCOMES)
}
