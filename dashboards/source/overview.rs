//! The overview: what is wrong now, how much is done, which tenant and which workflow it concerns.

use super::frame::Page;
use super::grafana::{Panel, Unit};
use super::layout::{Section, even, line, section};
use super::panel::{BLUE, GREEN, ORANGE, PLAIN, RED, series, stat};
use super::query::{
    TENANT, WORKFLOW, count, gauge, increase, late, overdue, per_minute, quantile, tenant, workflow,
};
use super::table::table;

pub fn rows() -> Vec<Section> {
    vec![
        section(
            "Now",
            [
                even(
                    4,
                    [
                        tenants_up(),
                        late_schedules(),
                        overdue_successes(),
                        stalled_executions(),
                        stale_claims(),
                        oldest_ready_task(),
                        failing_workflows(),
                        active_executions(),
                    ],
                ),
                line(8, [(15, firing_alerts()), (9, failing_now())]),
            ],
        ),
        section(
            "Flow",
            [
                even(8, [started_and_ended(), success_ratio(), active_by_state()]),
                even(8, [durations(), fires(), attempts()]),
            ],
        ),
        section("Tenants", [line(9, [(24, tenants())])]),
        section("Top ten of the time range", [even(9, [most_failed(), slowest(), most_retried()])]),
    ]
}

pub fn tenants_up() -> Panel {
    stat(
        "Tenants up",
        Unit::Ratio,
        "Tenants whose tables could be read, of all. Below 100 %, the figures of a tenant stand still or are missing: \
         CloacinaDatabaseUnreadable. \"No exporter\" means that nothing is scraped at all: CloacinaExporterAbsent. \
         The dashboard \"Exporter and database\" says which, and why.",
    )
    .now("up", &format!("avg({})", tenant("cloacina_state_up")))
    .steps(&[(None, RED), (Some(1.0), GREEN)])
    .or_else("No exporter")
}

pub fn late_schedules() -> Panel {
    stat(
        "Late schedules",
        Unit::Count,
        "Schedules that are due, and later than their grace: CloacinaScheduleLate. If many are late at once, the \
         scheduler does not run: CloacinaSchedulerStalled. See the dashboard \"Schedules\".",
    )
    .now("late", &count(&late()))
    .red_from(1.0)
}

pub fn overdue_successes() -> Panel {
    stat(
        "Successes overdue",
        Unit::Count,
        "Schedules that should have succeeded by now, and did not, for whatever reason: CloacinaScheduleNoSuccess.",
    )
    .now("overdue", &count(&overdue()))
    .red_from(1.0)
}

fn stalled_executions() -> Panel {
    let stalled = workflow("cloacina_state_workflow_stalled_executions");
    stat(
        "Stalled executions",
        Unit::Count,
        "Active executions in which no task can go on: CloacinaExecutionStalled. They will not end by themselves.",
    )
    .now("stalled", &format!("sum({stalled}) or vector(0)"))
    .red_from(1.0)
}

pub fn stale_claims() -> Panel {
    let stale = workflow("cloacina_state_task_stale_claims");
    stat(
        "Stale claims",
        Unit::Count,
        "Tasks whose runner stopped sending heartbeats. The scheduler should free them within 90 seconds; if they \
         stay, it does not: CloacinaStaleClaims.",
    )
    .now("stale", &format!("sum({stale}) or vector(0)"))
    .red_from(1.0)
}

pub fn oldest_ready_task() -> Panel {
    stat(
        "Oldest ready task",
        Unit::Seconds,
        "How long the longest waiting task has been ready. Red from five minutes on: CloacinaTaskQueueSlow; or \
         CloacinaTaskQueueStuck, if no task ends either. See the dashboard \"Queue and runners\".",
    )
    .now("oldest", &format!("max({})", tenant("cloacina_state_task_oldest_ready_age_seconds")))
    .red_from(300.0)
}

fn failing_workflows() -> Panel {
    let failures = workflow("cloacina_state_workflow_consecutive_failures");
    stat(
        "Failing workflows",
        Unit::Count,
        "Workflows whose last three executions, or more, all failed: CloacinaWorkflowFailing. The table below names \
         them.",
    )
    .now("failing", &count(&format!("{failures} >= 3")))
    .red_from(1.0)
}

fn active_executions() -> Panel {
    let active = gauge("job, tenant, workflow, state", "cloacina_state_workflow_executions_active{@workflow}");
    stat("Active executions", Unit::Count, "Executions that are pending, running or paused. No figure is good or bad.")
        .now("active", &format!("sum({active}) or vector(0)"))
}

fn firing_alerts() -> Panel {
    let by = "alertname, tenant, workflow, schedule";
    let of = |severity| format!("max by ({by}) (ALERTS{{@firing, severity{severity}}})");
    let severity = format!(
        "3 * {} or 2 * {} or {}",
        of(r#"="critical""#),
        of(r#"="warning""#),
        of(r#"!~"critical|warning""#),
    );
    let since = format!(
        "1000 * min by ({by}) (ALERTS_FOR_STATE{{alertname=~\"Cloacina.*\", tenant=~\"$tenant|\"}} \
         and ignoring (alertstate) ALERTS{{@firing}})"
    );
    table(
        "Firing alerts",
        "What Prometheus has firing now. Each alert has a runbook of its name. Empty without the alert rules.",
    )
    .value("Severity", Unit::Word, &severity)
    .words(&[(3, "critical", RED), (2, "warning", ORANGE), (1, "info", BLUE)])
    .width(90)
    .label("alertname", "Alert")
    .label("tenant", "Tenant")
    .opens(Page::Overview.of_row(&[("tenant", "Tenant")]))
    .label("workflow", "Workflow")
    .opens(Page::Workflow.of_row(&[("tenant", "Tenant"), ("workflow", "Workflow")]))
    .label("schedule", "Schedule")
    .opens(Page::Schedules.of_row(&[("tenant", "Tenant"), ("schedule", "Schedule")]))
    .value("Since", Unit::FromNow, &since)
    .largest_first("Severity")
}

fn failing_now() -> Panel {
    let failures = workflow("cloacina_state_workflow_consecutive_failures");
    let last_success = workflow("cloacina_state_workflow_last_success_timestamp_seconds");
    let failing = format!("({failures} > 0)");
    table(
        "Workflows whose last execution failed",
        "How often in a row. Red from three on: CloacinaWorkflowFailing. It clears with the next success.",
    )
    .label("workflow", "Workflow")
    .opens(Page::Workflow.of_row(&[("job", "Job"), ("tenant", "Tenant"), ("workflow", "Workflow")]))
    .value("In a row", Unit::Count, &failing)
    .red_from(3.0)
    .width(80)
    .value("Last success", Unit::FromNow, &format!("1000 * {last_success} and {failing}"))
    .label("tenant", "Tenant")
    .label("job", "Job")
    .largest_first("In a row")
}

fn started_and_ended() -> Panel {
    series(
        "Executions started and ended",
        Unit::PerMinute,
        "If more are started than end for long, work piles up: look at \"Active by state\" and at the queue. \
         Starts are not told by workflow, so that the variable \"Workflow\" does not change that line.",
    )
    .over_time("started", &per_minute_total(r#"cloacina_state_events_total{@tenant, type="workflow_started"}"#))
    .over_time("{{status}}", &per_minute("status", "cloacina_state_workflow_executions_total{@workflow}"))
    .colours(&[("started", BLUE), ("completed", GREEN), ("failed", RED), ("cancelled", PLAIN)])
}

fn per_minute_total(selector: &str) -> String {
    format!("60 * sum(rate({selector}[$__rate_interval]))")
}

fn success_ratio() -> Panel {
    let rate = |statuses: &str| {
        format!(
            "sum(rate(cloacina_state_workflow_executions_total{{@workflow, status=~\"{statuses}\"}}[$__rate_interval]))"
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

fn active_by_state() -> Panel {
    let active = gauge("job, tenant, workflow, state", "cloacina_state_workflow_executions_active{@workflow}");
    series(
        "Active executions by state",
        Unit::Count,
        "A level that only rises means that work comes in faster than it is done, or that executions hang.",
    )
    .over_time("{{state}}", &format!("sum by (state) ({active})"))
    .stacked()
    .colours(&[("pending", ORANGE), ("running", BLUE), ("paused", PLAIN)])
}

fn durations() -> Panel {
    let of = |share| {
        let metric = "cloacina_state_workflow_execution_duration_seconds";
        quantile(share, "", metric, "@workflow", "$__rate_interval")
    };
    series(
        "Duration of executions",
        Unit::Seconds,
        "From start to end, of the executions that ended. Those that hang do not show here: CloacinaExecutionTooLong \
         and the dashboard \"Workflow\" tell of them.",
    )
    .with_exemplars("95 % are faster", &of(0.95))
    .with_exemplars("half are faster", &of(0.5))
}

fn fires() -> Panel {
    series(
        "Fires of schedules by outcome",
        Unit::PerMinute,
        "What became of the fires that were expected. Anything but on time, late or caught up was lost or needed help: \
         CloacinaScheduleFiresMissed, CloacinaScheduleHandoffLost.",
    )
    .over_time("{{outcome}}", &per_minute("outcome", "cloacina_state_schedule_fires_total{@schedule}"))
    .stacked()
    .colours(&super::schedules::OUTCOMES)
}

fn attempts() -> Panel {
    series(
        "Attempts of tasks by outcome",
        Unit::PerMinute,
        "Retried attempts failed and were tried again. Over half retried for long: CloacinaRetryStorm, mostly something \
         that tasks depend on is down. Abandoned: CloacinaTaskAbandoned.",
    )
    .over_time("{{outcome}}", &per_minute("outcome", "cloacina_state_task_attempts_total{@workflow}"))
    .stacked()
    .colours(&super::workflow::OUTCOMES)
}

fn tenants() -> Panel {
    let per_tenant = |of: String| format!("count by ({TENANT}) ({of})");
    let active = gauge("job, tenant, workflow, state", "cloacina_state_workflow_executions_active{@workflow}");
    let failed = r#"cloacina_state_workflow_executions_total{@workflow, status="failed"}"#;
    let last_poll = tenant("cloacina_state_last_poll_timestamp_seconds");
    let stale = workflow("cloacina_state_task_stale_claims");
    let here = [("job", "Job"), ("tenant", "Tenant")];
    table(
        "Tenants",
        "One row for each tenant, those that are down first. A tenant that cannot be read keeps its last figures for \
         three polls, and then has none.",
    )
    .value("Down", Unit::Word, &format!("1 - {}", tenant("cloacina_state_up")))
    .words(&[(0, "up", GREEN), (1, "down", RED)])
    .opens(Page::Exporter.of_row(&here))
    .width(80)
    .label("tenant", "Tenant")
    .opens(Page::Overview.of_row(&here))
    .value("Late schedules", Unit::Count, &per_tenant(late()))
    .red_from(1.0)
    .opens(Page::Schedules.of_row(&here))
    .value("Successes overdue", Unit::Count, &per_tenant(overdue()))
    .red_from(1.0)
    .opens(Page::Schedules.of_row(&here))
    .value("Failed in the last hour", Unit::Count, &increase(TENANT, failed, "1h"))
    .value("Active executions", Unit::Count, &format!("sum by ({TENANT}) ({active})"))
    .value("Oldest ready task", Unit::Seconds, &tenant("cloacina_state_task_oldest_ready_age_seconds"))
    .red_from(300.0)
    .opens(Page::Queue.of_row(&here))
    .value("Stale claims", Unit::Count, &format!("sum by ({TENANT}) ({stale})"))
    .red_from(1.0)
    .opens(Page::Queue.of_row(&here))
    .value("Last read", Unit::FromNow, &format!("1000 * {last_poll}"))
    .opens(Page::Exporter.of_row(&here))
    .label("job", "Job")
    .largest_first("Down")
}

fn most_failed() -> Panel {
    let failed = r#"cloacina_state_workflow_executions_total{@workflow, status="failed"}"#;
    by_workflow(
        "Most failed",
        "Failed executions. The dashboard \"Workflow\" says for which reasons.",
        "Failed",
        Unit::Count,
        &format!("topk(10, {} > 0)", increase(WORKFLOW, failed, "$__range")),
    )
}

fn slowest() -> Panel {
    let metric = "cloacina_state_workflow_execution_duration_seconds";
    by_workflow(
        "Slowest",
        "95 % of the executions that ended were faster than this.",
        "Duration",
        Unit::Seconds,
        &format!("topk(10, {})", quantile(0.95, WORKFLOW, metric, "@workflow", "$__range")),
    )
}

fn most_retried() -> Panel {
    let retried = r#"cloacina_state_task_attempts_total{@workflow, outcome="retried"}"#;
    by_workflow(
        "Most retried",
        "Attempts of tasks that failed and were tried again. They cost time and hide an outage: CloacinaRetryStorm.",
        "Retried",
        Unit::Count,
        &format!("topk(10, {} > 0)", increase(WORKFLOW, retried, "$__range")),
    )
}

fn by_workflow(
    title: &'static str,
    description: &str,
    column: &'static str,
    unit: Unit,
    expression: &str,
) -> Panel {
    table(title, description)
        .label("workflow", "Workflow")
        .opens(Page::Workflow.of_row(&[("job", "Job"), ("tenant", "Tenant"), ("workflow", "Workflow")]))
        .value(column, unit, expression)
        .width(100)
        .label("tenant", "Tenant")
        .label("job", "Job")
        .largest_first(column)
}
