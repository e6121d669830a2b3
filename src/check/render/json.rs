//! For programs: one object on one line. What its keys mean is in `docs/check.md`; new ones may come, none goes.

use serde::Serialize;

use super::super::finding::{Finding, Kind, Severity, TaskError};
use super::super::report::{ActiveExecution, Report, Summary, TenantReport};
use crate::record::Timestamp;
use crate::words::rfc3339;

#[derive(Serialize)]
struct Document<'a> {
    status: Severity,
    exit_code: u8,
    time: Option<String>,
    since_seconds: u64,
    tenants: Vec<TenantObject<'a>>,
    findings: Vec<FindingObject<'a>>,
}

#[derive(Serialize)]
struct TenantObject<'a> {
    tenant: &'a str,
    status: Severity,
    generation: Option<&'a str>,
    /// What there is, if it could be read.
    #[serde(flatten)]
    summary: Option<SummaryObject<'a>>,
}

#[derive(Serialize)]
struct SummaryObject<'a> {
    time: Option<String>,
    executions: Executions<'a>,
    schedules: Schedules,
    unusable_values: u64,
}

#[derive(Serialize)]
struct Executions<'a> {
    failed: u64,
    pending: u64,
    running: u64,
    paused: u64,
    oldest_active_age_seconds: Option<f64>,
    oldest: Vec<ExecutionObject<'a>>,
}

#[derive(Serialize)]
struct ExecutionObject<'a> {
    workflow: &'a str,
    execution: String,
    state: &'a str,
    age_seconds: f64,
}

#[derive(Serialize)]
struct Schedules {
    enabled: u64,
    paused: u64,
    disabled: u64,
}

#[derive(Serialize)]
struct FindingObject<'a> {
    tenant: Option<&'a str>,
    severity: Severity,
    kind: Kind,
    subject: &'a str,
    message: &'a str,
    count: u64,
    workflow: Option<&'a str>,
    execution: Option<String>,
    time: Option<String>,
    tasks: Vec<TaskObject<'a>>,
}

#[derive(Serialize)]
struct TaskObject<'a> {
    task: &'a str,
    attempt: u32,
    error: Option<&'a str>,
}

pub fn render(report: &Report) -> String {
    let mut findings: Vec<FindingObject<'_>> =
        report.all().map(|(tenant, finding)| finding_object(tenant.map(AsRef::as_ref), finding)).collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let document = Document {
        status: report.status(),
        exit_code: report.status().exit_code(),
        time: rfc3339(report.at),
        since_seconds: report.thresholds.since.as_secs(),
        tenants: report.tenants.iter().map(tenant_object).collect(),
        findings,
    };
    let mut text = serde_json::to_string(&document).expect("texts and numbers alone can always be written");
    text.push('\n');
    text
}

fn tenant_object(tenant: &TenantReport) -> TenantObject<'_> {
    TenantObject {
        tenant: &tenant.label,
        status: tenant.status(),
        generation: tenant.generation,
        summary: tenant.summary.as_ref().map(summary_object),
    }
}

fn summary_object(summary: &Summary) -> SummaryObject<'_> {
    SummaryObject {
        time: rfc3339(summary.now),
        executions: Executions {
            failed: summary.failed,
            pending: summary.pending,
            running: summary.running,
            paused: summary.paused,
            oldest_active_age_seconds: summary.oldest_active_age.map(|age| age.seconds()),
            oldest: summary.active.iter().map(execution_object).collect(),
        },
        schedules: Schedules {
            enabled: summary.schedules_enabled,
            paused: summary.schedules_paused,
            disabled: summary.schedules_disabled,
        },
        unusable_values: summary.unusable_values,
    }
}

fn execution_object(execution: &ActiveExecution) -> ExecutionObject<'_> {
    ExecutionObject {
        workflow: &execution.workflow,
        execution: execution.id.to_string(),
        state: execution.state,
        age_seconds: execution.age.seconds(),
    }
}

fn finding_object<'a>(tenant: Option<&'a str>, finding: &'a Finding) -> FindingObject<'a> {
    FindingObject {
        tenant,
        severity: finding.severity,
        kind: finding.kind,
        subject: &finding.subject,
        message: &finding.message,
        count: finding.count,
        workflow: finding.workflow.as_deref(),
        execution: finding.execution.map(|id| id.to_string()),
        time: finding.at.and_then(|at: Timestamp| rfc3339(at)),
        tasks: finding.tasks.iter().map(task_object).collect(),
    }
}

fn task_object(task: &TaskError) -> TaskObject<'_> {
    TaskObject { task: &task.name, attempt: task.attempt, error: task.error.as_deref() }
}
