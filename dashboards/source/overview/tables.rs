//! Which tenant and which workflow it concerns.

use super::super::frame::{OF_TENANT, OF_WORKFLOW, Page};
use super::super::grafana::{Panel, Unit};
use super::super::panel::{GREEN, RED};
use super::super::query::{
    TENANT, WORKFLOW, counted, executions_active, late, overdue, quantile, tenant, workflow,
};
use super::super::table::table;

pub fn tenants() -> Panel {
    let per_tenant = |of: String| format!("count by ({TENANT}) ({of})");
    let active = executions_active();
    let failed = r#"cloacina_state_workflow_executions_total{@workflow, status="failed"}"#;
    let last_poll = tenant("cloacina_state_last_poll_timestamp_seconds");
    let stale = workflow("cloacina_state_task_stale_claims");
    table(
        "Tenants",
        "One row for each tenant, those that are down first. A tenant that cannot be read keeps its last figures for \
         three polls, and then has none.",
    )
    .value("Down", Unit::Word, &format!("1 - {}", tenant("cloacina_state_up")))
    .words(&[(0, "up", GREEN), (1, "down", RED)])
    .opens(Page::Exporter.of_row(OF_TENANT))
    .width(80)
    .label("tenant", "Tenant")
    .opens(Page::Overview.of_row(OF_TENANT))
    .value("Late schedules", Unit::Count, &per_tenant(late()))
    .red_from(1.0)
    .opens(Page::Schedules.of_row(OF_TENANT))
    .value("Successes overdue", Unit::Count, &per_tenant(overdue()))
    .red_from(1.0)
    .opens(Page::Schedules.of_row(OF_TENANT))
    .value("Failed in the last hour", Unit::Count, &counted(TENANT, failed, "1h"))
    .value("Active executions", Unit::Count, &format!("sum by ({TENANT}) ({active})"))
    .value("Oldest ready task", Unit::Seconds, &tenant("cloacina_state_task_oldest_ready_age_seconds"))
    .red_from(300.0)
    .opens(Page::Queue.of_row(OF_TENANT))
    .value("Stale claims", Unit::Count, &format!("sum by ({TENANT}) ({stale})"))
    .red_from(1.0)
    .opens(Page::Queue.of_row(OF_TENANT))
    .value("Last read", Unit::FromNow, &format!("1000 * {last_poll}"))
    .opens(Page::Exporter.of_row(OF_TENANT))
    .label("job", "Job")
    .largest_first("Down")
}

pub fn most_failed() -> Panel {
    let failed = r#"cloacina_state_workflow_executions_total{@workflow, status="failed"}"#;
    by_workflow(
        "Most failed",
        "Failed executions. The dashboard \"Workflow\" says for which reasons.",
        "Failed",
        Unit::Count,
        &format!("topk(10, {} > 0)", counted(WORKFLOW, failed, "$__range")),
    )
}

pub fn slowest() -> Panel {
    let metric = "cloacina_state_workflow_execution_duration_seconds";
    by_workflow(
        "Slowest",
        "95 % of the executions that ended were faster than this.",
        "Duration",
        Unit::Seconds,
        &format!("topk(10, {})", quantile(0.95, WORKFLOW, metric, "@workflow", "$__range")),
    )
}

pub fn most_retried() -> Panel {
    let retried = r#"cloacina_state_task_attempts_total{@workflow, outcome="retried"}"#;
    by_workflow(
        "Most retried",
        "Attempts of tasks that failed and were tried again. They cost time and hide an outage: CloacinaRetryStorm.",
        "Retried",
        Unit::Count,
        &format!("topk(10, {} > 0)", counted(WORKFLOW, retried, "$__range")),
    )
}

pub fn by_workflow(
    title: &'static str,
    description: &str,
    column: &'static str,
    unit: Unit,
    expression: &str,
) -> Panel {
    table(title, description)
        .label("workflow", "Workflow")
        .opens(Page::Workflow.of_row(OF_WORKFLOW))
        .value(column, unit, expression)
        .width(100)
        .label("tenant", "Tenant")
        .label("job", "Job")
        .largest_first(column)
}
