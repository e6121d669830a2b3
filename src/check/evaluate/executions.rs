//! Findings about executions and their tasks: failed, too long, stalled, waiting, held by a runner that is gone.

use std::sync::Arc;
use std::time::Duration;

use super::super::facts::{Active, Facts};
use super::super::finding::{Finding, Kind, LONGEST_TEXT, Severity, TaskError};
use super::super::thresholds::Thresholds;
use crate::record::{ExecutionStatus, FailedExecution, Failures, Span};
use crate::state::workflows::short_task_name;
use crate::words::{instant, span, visible};

/// Nothing is too long before this, however quick its workflow is otherwise.
pub const SHORTEST_TOO_LONG: Span = Span::from_seconds(120);
/// As many times its usual duration is too long for an execution.
const TOO_LONG_FACTOR: i64 = 3;
/// Of a workflow that has too few successes to know its usual duration.
const TOO_LONG_WITHOUT_BASELINE: Span = Span::from_seconds(3600);

pub fn findings(facts: &Facts, failed: Severity, thresholds: &Thresholds) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        facts.failures.iter().flat_map(|failures| self::failed(failures, failed)).collect();
    for active in &facts.active {
        findings.extend(too_long(active, facts, thresholds.too_long));
        findings.extend(stalled(active, thresholds));
        findings.extend(stale_claims(active));
        findings.extend(waiting(active, thresholds));
    }
    findings
}

fn failed(failures: &Failures, severity: Severity) -> Vec<Finding> {
    let workflow = &failures.workflow;
    let describe = |execution: &FailedExecution| {
        let finding = Finding::new(severity, Kind::ExecutionFailed, workflow, failure(execution));
        let tasks = execution.tasks.iter().map(|task| TaskError {
            name: Arc::from(short_task_name(&task.name)),
            attempt: task.attempt,
            error: task.error.clone(),
        });
        Finding {
            tasks: tasks.collect(),
            ..finding.workflow(workflow).execution(execution.id).at(execution.ended_at)
        }
    };
    let mut findings: Vec<Finding> = failures.listed.iter().map(describe).collect();
    let unlisted = failures.total.saturating_sub(findings.len() as u64);
    if unlisted > 0 {
        let message = format!("{unlisted} more {}, not listed", Kind::ExecutionFailed.noun(unlisted));
        let rest = Finding::new(severity, Kind::ExecutionFailed, workflow, message);
        findings.push(rest.workflow(workflow).count(unlisted));
    }
    findings
}

fn failure(execution: &FailedExecution) -> String {
    let ended = execution
        .ended_at
        .map_or_else(|| "at an unknown time".to_owned(), |at| format!("at {}", instant(at)));
    let tasks = execution.tasks.iter().map(|task| {
        let name = visible(short_task_name(&task.name), LONGEST_TEXT);
        match &task.error {
            Some(error) => format!("task {name}, attempt {}: {}", task.attempt, visible(error, LONGEST_TEXT)),
            None => format!("task {name}, attempt {}, without an error text", task.attempt),
        }
    });
    let mut reasons: Vec<String> = tasks.collect();
    if reasons.is_empty() {
        reasons.push(match &execution.error {
            Some(error) => visible(error, LONGEST_TEXT),
            None => "no failed task and no error text are stored".to_owned(),
        });
    }
    format!("{} failed {ended}: {}", execution.id, reasons.join("; "))
}

fn too_long(active: &Active, facts: &Facts, given: Option<Duration>) -> Option<Finding> {
    let execution = &active.execution;
    let state = match execution.status {
        ExecutionStatus::Running => "running",
        ExecutionStatus::Pending => "pending",
        // It rests because someone wanted it to.
        _ => return None,
    };
    let (most, reason) = match (given, facts.baselines.get(&execution.workflow)) {
        (Some(given), _) => (given.into(), format!("longer than {}", span(given.into()))),
        (None, Some(usual)) => {
            let most = usual.times(TOO_LONG_FACTOR).max(SHORTEST_TOO_LONG);
            (most, format!("longer than {}; 95 of 100 end within {}", span(most), span(*usual)))
        }
        (None, None) => {
            let most = TOO_LONG_WITHOUT_BASELINE;
            (most, format!("longer than {}; too few have succeeded to know its usual duration", span(most)))
        }
    };
    (active.age > most).then(|| {
        let message = format!("{} has been {state} for {}, {reason}", execution.id, span(active.age));
        of(active, Severity::Warning, Kind::ExecutionTooLong, message)
    })
}

fn stalled(active: &Active, thresholds: &Thresholds) -> Option<Finding> {
    active.stalled.then(|| {
        let message = format!(
            "{} is stalled: none of its tasks is under way or about to be, and no row of it has changed for {}",
            active.execution.id,
            span(thresholds.stalled_after.into())
        );
        of(active, Severity::Critical, Kind::ExecutionStalled, message)
    })
}

fn stale_claims(active: &Active) -> Option<Finding> {
    let claims = active.stale_claims;
    (claims > 0).then(|| {
        let tasks = if claims == 1 { "task of it is" } else { "tasks of it are" };
        let message = format!(
            "{}: {claims} {tasks} held by a runner whose last heartbeat is {} old",
            active.execution.id,
            span(active.oldest_heartbeat_age)
        );
        of(active, Severity::Critical, Kind::ClaimStale, message).count(claims)
    })
}

fn waiting(active: &Active, thresholds: &Thresholds) -> Option<Finding> {
    (active.oldest_ready_age > thresholds.ready_for.into()).then(|| {
        let message = format!(
            "{}: a task of it has been ready for {}, and no runner has taken it",
            active.execution.id,
            span(active.oldest_ready_age)
        );
        of(active, Severity::Warning, Kind::TaskWaiting, message)
    })
}

fn of(active: &Active, severity: Severity, kind: Kind, message: String) -> Finding {
    let execution = &active.execution;
    let began = execution.started_at.unwrap_or(execution.created_at);
    Finding::new(severity, kind, &execution.workflow, message)
        .workflow(&execution.workflow)
        .execution(execution.id)
        .at(Some(began))
}
