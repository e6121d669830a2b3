//! Reads what one tenant's ledger is kept from, in the one transaction that the caller has opened.
//!
//! Rows of fires are accounted for while they are read, and none is kept. Decides nothing.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use super::finding::{Finding, Findings, Kind};
use super::instants::{MOST_INSTANTS, MOST_INSTANTS_OF_ALL};
use super::ledger::{Ledger, Terms};
use super::options::Scope;
use super::report::{ScheduleReport, TenantReport};
use crate::config::Metrics;
use crate::record::{Execution, ExecutionStatus, Schedule, ScheduleKind, Task, Timestamp};
use crate::source::{Error, Generation, Reader, Schema};
use crate::state::levels::is_stalled;
use crate::state::schedules;
use crate::words::{span, visible};

/// Which tenant is read, how, and over which range.
#[derive(Debug, Clone, Copy)]
pub struct Inquiry<'a> {
    pub tenant: &'a Arc<str>,
    pub schema: &'a Schema,
    pub scope: &'a Scope,
    pub metrics: &'a Metrics,
    pub since: Timestamp,
    pub now: Timestamp,
}

/// Reads and accounts for everything of the tenant that the scope wants.
///
/// # Errors
/// If a question fails; what was found by then is of no use.
pub async fn read(
    reader: &mut Reader,
    inquiry: Inquiry<'_>,
    findings: &mut Findings,
) -> Result<TenantReport, Error> {
    reader.take_time().await?;
    let rows = reader.schedules().await?;
    let active = reader.active_executions().await?;
    let mut schedules: Vec<ScheduleReport> = Vec::new();
    let mut left = MOST_INSTANTS_OF_ALL;
    for (label, row) in labelled(&rows) {
        if inquiry.scope.wants_schedule(&label, &row.workflow) {
            let most = left.min(MOST_INSTANTS);
            let report = schedule(reader, inquiry, (label, &row), &active, most, findings).await?;
            left = left.saturating_sub(report.totals.expected());
            schedules.push(report);
        }
    }
    // A pattern for schedules asks about nothing else.
    if inquiry.scope.schedules.is_empty() {
        executions(reader, inquiry, active, findings).await?;
    }
    let Inquiry { tenant, since, now, .. } = inquiry;
    Ok(TenantReport { tenant: tenant.clone(), since, now, schedules })
}

/// All schedules with the labels that the metrics give them, if those are not limited.
fn labelled(rows: &[Schedule]) -> Vec<(Arc<str>, Schedule)> {
    let mut labelled: Vec<_> = schedules::labels(rows).into_iter().zip(rows.iter().cloned()).collect();
    labelled.sort_by(|(one, _), (other, _)| one.cmp(other));
    labelled
}

async fn schedule(
    reader: &mut Reader,
    inquiry: Inquiry<'_>,
    (label, row): (Arc<str>, &Schedule),
    active: &[Execution],
    most_instants: u64,
    findings: &mut Findings,
) -> Result<ScheduleReport, Error> {
    let links_at_handoff = row.kind == ScheduleKind::Cron && inquiry.schema.generation >= Generation::V0_11;
    let could_be = |execution: &&Execution| !links_at_handoff && execution.workflow == row.workflow;
    let active: Vec<Timestamp> =
        active.iter().filter(could_be).map(|execution| execution.created_at).collect();
    let terms = Terms {
        tenant: inquiry.tenant,
        label: &label,
        schedule: row,
        metrics: inquiry.metrics,
        since: inquiry.since,
        now: inquiry.now,
        active: &active,
        most_instants,
    };
    let mut ledger = Ledger::open(terms, findings);
    reader.each_fire_of(row.id, inquiry.since, |fire| ledger.row(fire, findings)).await?;
    let closed = ledger.close(findings);
    Ok(ScheduleReport::new(row, label.clone(), closed))
}

/// Executions created in the range that do not move, or that have a task that was given up.
async fn executions(
    reader: &mut Reader,
    inquiry: Inquiry<'_>,
    mut active: Vec<Execution>,
    findings: &mut Findings,
) -> Result<(), Error> {
    active.retain(|execution| {
        execution.created_at >= inquiry.since && inquiry.scope.wants_workflow(&execution.workflow)
    });
    let ids: Vec<Uuid> = active.iter().map(|execution| execution.id).collect();
    let tasks = reader.unfinished_tasks(&ids).await?;
    let mut tasks_of: HashMap<Uuid, Vec<&Task>> = HashMap::new();
    for task in &tasks {
        tasks_of.entry(task.execution).or_default().push(task);
    }
    for execution in &active {
        let tasks = tasks_of.get(&execution.id).map_or(&[][..], Vec::as_slice);
        if let Some(detail) = stuck(inquiry, execution, tasks) {
            let at = execution.started_at.unwrap_or(execution.created_at);
            findings.add(Finding {
                execution: Some(execution.id),
                ..about(inquiry, Kind::StuckExecution, &execution.workflow, at, detail)
            });
        }
    }
    for task in reader.abandoned_tasks(inquiry.since).await? {
        if inquiry.scope.wants_workflow(&task.workflow) {
            let detail = format!("task {} was given up: its runners died", visible(&task.name, 200));
            findings.add(Finding {
                execution: Some(task.execution),
                task: Some(task.task),
                ..about(inquiry, Kind::AbandonedExecution, &task.workflow, task.ended_at, detail)
            });
        }
    }
    Ok(())
}

/// Why nothing will come of an active execution, if nothing changes.
fn stuck(inquiry: Inquiry<'_>, execution: &Execution, tasks: &[&Task]) -> Option<String> {
    let Inquiry { now, metrics, .. } = inquiry;
    // A paused one waits for somebody, and is meant to.
    if execution.status == ExecutionStatus::Paused {
        return None;
    }
    if is_stalled(execution, tasks, now, metrics) {
        let moved = tasks.iter().map(|task| task.updated_at).chain([execution.updated_at]).max();
        let still = span(now.since(moved.unwrap_or(execution.updated_at)));
        return Some(format!("nothing of it is ready, claimed or running, or has changed for {still}"));
    }
    let silent = |task: &&&Task| {
        let heartbeat = task.heartbeat_at.filter(|_| task.claimed_by.is_some());
        heartbeat.is_some_and(|at| now.since(at) > metrics.stalled_after.into())
    };
    let task = tasks.iter().find(silent)?;
    let silence = span(now.since(task.heartbeat_at?));
    Some(format!("the runner of task {} has been silent for {silence}", visible(&task.name, 200)))
}

fn about(inquiry: Inquiry<'_>, kind: Kind, workflow: &Arc<str>, at: Timestamp, detail: String) -> Finding {
    Finding {
        kind,
        tenant: inquiry.tenant.clone(),
        schedule: None,
        schedule_id: None,
        workflow: workflow.clone(),
        at,
        fire: None,
        execution: None,
        task: None,
        detail,
    }
}
