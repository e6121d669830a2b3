//! What is wrong now.

use super::super::frame::{OF_WORKFLOW, Page};
use super::super::grafana::{Panel, Unit};
use super::super::panel::{BLUE, GREEN, ORANGE, RED, stat};
use super::super::query::{count, executions_active, late, overdue, tenant, workflow};
use super::super::table::table;

pub fn tenants_up() -> Panel {
    stat(
        "Tenants up",
        Unit::Ratio,
        "Tenants whose tables could be read, of all. Below 100 %, the figures of a tenant stand still or are missing: \
         CloacinaDatabaseUnreadable. The dashboard \"Exporter and database\" says which, and why. \"No tenant\": the \
         exporter finds none (CloacinaNoTenants), or is not scraped (CloacinaExporterAbsent).",
    )
    .now("up", &format!("avg({})", tenant("cloacina_state_up")))
    .steps(&[(None, RED), (Some(1.0), GREEN)])
    .or_else("No tenant")
}

pub fn late_schedules() -> Panel {
    stat(
        "Late schedules",
        Unit::Count,
        "Schedules that are due, and later than their grace: CloacinaScheduleLate. If nothing else \
         happened since, the scheduler does not run: CloacinaSchedulerStalled. See the dashboard \"Schedules\".",
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

pub fn stalled_executions() -> Panel {
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

pub fn failing_workflows() -> Panel {
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

pub fn active_executions() -> Panel {
    let active = executions_active();
    stat(
        "Active executions",
        Unit::Count,
        "Executions that are pending, running or paused. No figure is good or bad.",
    )
    .now("active", &format!("sum({active}) or vector(0)"))
}

pub fn firing_alerts() -> Panel {
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

pub fn failing_now() -> Panel {
    let failures = workflow("cloacina_state_workflow_consecutive_failures");
    let last_success = workflow("cloacina_state_workflow_last_success_timestamp_seconds");
    let failing = format!("({failures} > 0)");
    table(
        "Workflows whose last execution failed",
        "How often in a row. Red from three on: CloacinaWorkflowFailing. It clears with the next success.",
    )
    .label("workflow", "Workflow")
    .opens(Page::Workflow.of_row(OF_WORKFLOW))
    .value("In a row", Unit::Count, &failing)
    .red_from(3.0)
    .width(80)
    .value("Last success", Unit::FromNow, &format!("1000 * {last_success} and {failing}"))
    .label("tenant", "Tenant")
    .label("job", "Job")
    .largest_first("In a row")
}
