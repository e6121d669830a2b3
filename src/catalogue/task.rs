//! Metrics of tasks and their attempts, of runners, and of events.

use super::{Collect, Metric, metric};
use crate::snapshot::{Kind, Unit};
use crate::state::levels::TaskState;
use crate::state::workflows::{AttemptOutcome, RecoveryAction};

const TENANT: &[&str] = &["tenant"];
const WORKFLOW: &[&str] = &["tenant", "workflow"];

pub(super) static METRICS: &[Metric] = &[
    metric(
        "cloacina_state_tasks",
        "cloacina.state.tasks",
        Kind::Gauge,
        Unit::None,
        &["tenant", "workflow", "state"],
        "Unfinished tasks of active executions. Before v0.8 a running task shows as claimed.",
        Collect::Tenant(|view, sink| {
            for (workflow, levels) in &view.levels.workflows {
                for state in TaskState::ALL {
                    let count = levels.tasks.get(&state).copied().unwrap_or(0);
                    sink.gauge([view.label, workflow, state_name(state)], count as f64);
                }
            }
        }),
    ),
    metric(
        "cloacina_state_task_oldest_ready_age_seconds",
        "cloacina.state.task.oldest_ready.age",
        Kind::Gauge,
        Unit::Seconds,
        TENANT,
        "How long the longest waiting task that any runner could take has been ready; back-off and deferral \
         excluded; 0 if there is none.",
        Collect::Tenant(|view, sink| sink.gauge([view.label], view.levels.oldest_ready_age.seconds())),
    ),
    metric(
        "cloacina_state_task_oldest_running_age_seconds",
        "cloacina.state.task.oldest_running.age",
        Kind::Gauge,
        Unit::Seconds,
        WORKFLOW,
        "Age of the attempt that has been running longest; 0 if there is none. A task that panicked stays running \
         with a fresh heartbeat, so this is its only sign.",
        Collect::Tenant(|view, sink| {
            for (workflow, levels) in &view.levels.workflows {
                sink.gauge([view.label, workflow], levels.oldest_running_age.seconds());
            }
        }),
    ),
    metric(
        "cloacina_state_task_attempts_total",
        "cloacina.state.task.attempts",
        Kind::Counter,
        Unit::Tasks,
        &["tenant", "workflow", "task", "outcome"],
        "Attempts of tasks that ended, each counted once. Failed is final; retried is a failed attempt that is \
         followed by another.",
        Collect::Tenant(|view, sink| {
            for (workflow, series) in view.tenant.workflows.iter() {
                for ((task, outcome), counter) in &series.attempts {
                    sink.counter([view.label, workflow, task, outcome_name(*outcome)], counter);
                }
            }
        }),
    ),
    metric(
        "cloacina_state_task_failures_total",
        "cloacina.state.task.failures",
        Kind::Counter,
        Unit::Tasks,
        &["tenant", "workflow", "reason"],
        "Tasks that failed finally or were abandoned, by a reason that rules find in the error text.",
        Collect::Tenant(|view, sink| {
            for (workflow, series) in view.tenant.workflows.iter() {
                for (reason, counter) in &series.failures {
                    sink.counter([view.label, workflow, reason.name()], counter);
                }
            }
        }),
    ),
    metric(
        "cloacina_state_task_duration_seconds",
        "cloacina.state.task.duration",
        Kind::Histogram,
        Unit::Seconds,
        &["tenant", "workflow", "task", "outcome"],
        "Time from the start of an attempt to its end; not observed where the start is unknown (before v0.8, or \
         overwritten). The task label is empty unless task histograms are switched on.",
        Collect::Tenant(|view, sink| {
            for (workflow, series) in view.tenant.workflows.iter() {
                for ((outcome, task), histogram) in &series.task_durations {
                    sink.histogram([view.label, workflow, task, outcome_name(*outcome)], histogram);
                }
            }
        }),
    ),
    metric(
        "cloacina_state_task_queue_wait_seconds",
        "cloacina.state.task.queue_wait",
        Kind::Histogram,
        Unit::Seconds,
        WORKFLOW,
        "Time from ready to the start of a task's last attempt, back-off excluded, observed when the task ends.",
        Collect::Tenant(|view, sink| {
            for (workflow, series) in view.tenant.workflows.iter() {
                sink.histogram([view.label, workflow], &series.queue_wait);
            }
        }),
    ),
    metric(
        "cloacina_state_task_recoveries_total",
        "cloacina.state.task.recoveries",
        Kind::Counter,
        Unit::Tasks,
        &["tenant", "workflow", "action"],
        "Stale claims that were recovered: the task was reset to be claimed again, or abandoned. Before v0.11 \
         resets leave no trace and are not counted.",
        Collect::Tenant(|view, sink| {
            for (workflow, series) in view.tenant.workflows.iter() {
                for (action, counter) in &series.recoveries {
                    sink.counter([view.label, workflow, action_name(*action)], counter);
                }
            }
        }),
    ),
    metric(
        "cloacina_state_task_stale_claims",
        "cloacina.state.task.stale_claims",
        Kind::Gauge,
        Unit::None,
        WORKFLOW,
        "Claimed tasks whose heartbeat is older than the configured limit (60 s).",
        Collect::Tenant(|view, sink| {
            for (workflow, levels) in &view.levels.workflows {
                sink.gauge([view.label, workflow], levels.stale_claims as f64);
            }
        }),
    ),
    metric(
        "cloacina_state_task_oldest_heartbeat_age_seconds",
        "cloacina.state.task.oldest_heartbeat.age",
        Kind::Gauge,
        Unit::Seconds,
        TENANT,
        "Age of the oldest heartbeat of a claim in progress; 0 if there is none.",
        Collect::Tenant(|view, sink| sink.gauge([view.label], view.levels.oldest_heartbeat_age.seconds())),
    ),
    metric(
        "cloacina_state_runners_active",
        "cloacina.state.runners.active",
        Kind::Gauge,
        Unit::None,
        TENANT,
        "Runners that hold a claim with a fresh heartbeat; idle runners leave no trace in the database.",
        Collect::Tenant(|view, sink| sink.gauge([view.label], view.levels.runners as f64)),
    ),
    metric(
        "cloacina_state_events_total",
        "cloacina.state.events",
        Kind::Counter,
        Unit::Events,
        &["tenant", "type"],
        "Rows of execution_events, each counted once; other is a text that this version does not know.",
        Collect::Tenant(|view, sink| {
            for (kind, counter) in &view.tenant.events {
                sink.counter([view.label, kind.name()], counter);
            }
        }),
    ),
];

fn state_name(state: TaskState) -> &'static str {
    match state {
        TaskState::Blocked => "blocked",
        TaskState::Ready => "ready",
        TaskState::Backoff => "backoff",
        TaskState::Claimed => "claimed",
        TaskState::Running => "running",
        TaskState::Deferred => "deferred",
    }
}

fn outcome_name(outcome: AttemptOutcome) -> &'static str {
    match outcome {
        AttemptOutcome::Completed => "completed",
        AttemptOutcome::Failed => "failed",
        AttemptOutcome::Retried => "retried",
        AttemptOutcome::Abandoned => "abandoned",
        AttemptOutcome::Skipped => "skipped",
    }
}

fn action_name(action: RecoveryAction) -> &'static str {
    match action {
        RecoveryAction::Reset => "reset",
        RecoveryAction::Abandoned => "abandoned",
    }
}
