//! The whole report as JSON, one object per line, told apart by its `type`: `schedule` (totals), `fire` (a finding on a
//! schedule or one of its fires), `execution` (a finding on an execution), and one `summary` at the end.

use std::collections::BTreeMap;

use serde::Serialize;
use uuid::Uuid;

use super::super::finding::Finding;
use super::super::report::{NOTE, Report, ScheduleReport, State, TenantReport};
use crate::words::instant;

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line<'a> {
    Schedule {
        tenant: &'a str,
        schedule: &'a str,
        schedule_id: Uuid,
        workflow: &'a str,
        kind: &'static str,
        state: State,
        since: String,
        until: String,
        /// Instants from here on were not looked at.
        #[serde(skip_serializing_if = "Option::is_none")]
        cut_at: Option<String>,
        #[serde(flatten)]
        totals: Counts,
    },
    Fire(Found<'a>),
    Execution(Found<'a>),
    Summary {
        tenants: usize,
        schedules: usize,
        problems: u64,
        /// All findings by kind, listed or not.
        findings: Counts,
        /// How many of them are not listed.
        not_listed: Counts,
        totals: Counts,
        unreadable: &'a [String],
        note: &'static str,
    },
}

#[derive(Serialize)]
struct Found<'a> {
    kind: &'static str,
    tenant: &'a str,
    schedule: Option<&'a str>,
    schedule_id: Option<Uuid>,
    workflow: &'a str,
    at: String,
    fire: Option<Uuid>,
    execution: Option<Uuid>,
    task: Option<Uuid>,
    detail: &'a str,
}

/// In alphabetical order.
type Counts = BTreeMap<&'static str, u64>;

pub fn render(report: &Report) -> String {
    let schedules = report
        .tenants
        .iter()
        .flat_map(|tenant| tenant.schedules.iter().map(move |schedule| schedule_line(tenant, schedule)));
    let findings = report.findings.iter().map(|finding| {
        if finding.kind.is_about_execution() {
            Line::Execution(found(finding))
        } else {
            Line::Fire(found(finding))
        }
    });
    let summary = Line::Summary {
        tenants: report.tenants.len(),
        schedules: report.tenants.iter().map(|tenant| tenant.schedules.len()).sum(),
        problems: report.findings.problems(),
        findings: report.findings.counts().map(|(kind, count)| (kind.label(), count)).collect(),
        not_listed: report.findings.cut().map(|(kind, count)| (kind.label(), count)).collect(),
        totals: report.totals().columns().into_iter().collect(),
        unreadable: &report.unreadable,
        note: NOTE,
    };
    let mut out = String::new();
    for line in schedules.chain(findings).chain([summary]) {
        // Nothing in a line can fail to be written as JSON: keys are texts, and there are no floating point numbers.
        out.push_str(&serde_json::to_string(&line).unwrap_or_default());
        out.push('\n');
    }
    out
}

fn schedule_line<'a>(tenant: &'a TenantReport, schedule: &'a ScheduleReport) -> Line<'a> {
    Line::Schedule {
        tenant: &tenant.tenant,
        schedule: &schedule.label,
        schedule_id: schedule.id,
        workflow: &schedule.workflow,
        kind: schedule.kind_label(),
        state: schedule.state,
        since: instant(tenant.since),
        until: instant(tenant.now),
        cut_at: schedule.cut_at.map(instant),
        totals: schedule.totals.columns().into_iter().collect(),
    }
}

fn found(finding: &Finding) -> Found<'_> {
    Found {
        kind: finding.kind.label(),
        tenant: &finding.tenant,
        schedule: finding.schedule.as_deref(),
        schedule_id: finding.schedule_id,
        workflow: &finding.workflow,
        at: instant(finding.at),
        fire: finding.fire,
        execution: finding.execution,
        task: finding.task,
        detail: &finding.detail,
    }
}
