//! Drives the workflows, one function per kind of scenario, and notes what each must have left behind.
//!
//! The order matters: on SQLite a task that panics ends the engine's scheduling, so `panics` comes last.

use std::future::Future;
use std::time::Duration;

use anyhow::{bail, ensure};
use cloacina::database::UniversalUuid;
use cloacina::executor::{WorkflowExecution, WorkflowExecutor, WorkflowStatus};
use cloacina::models::task_execution::TaskExecution;
use cloacina::{Context, DefaultRunner};

use crate::expected::Expected;
use crate::schedules;
use crate::workflows::{self, Calls};

/// What an execution left to itself does: workflow, status, and (task, outcome, times) in order.
type Plain = (&'static str, WorkflowStatus, &'static [(&'static str, &'static str, u64)]);

const PLAIN: [Plain; 7] = [
    (
        "etl_ok",
        WorkflowStatus::Completed,
        &[("extract", "completed", 1), ("transform", "completed", 1), ("load", "completed", 1)],
    ),
    (
        "fails_now",
        WorkflowStatus::Failed,
        &[("before", "completed", 1), ("boom", "failed", 1), ("after_boom", "completed", 1)],
    ),
    ("retry_ok", WorkflowStatus::Completed, &[("shaky", "retried", 2), ("shaky", "completed", 1)]),
    (
        "retry_exhaust",
        WorkflowStatus::Failed,
        &[("hopeless", "retried", 2), ("hopeless", "failed", 1), ("downstream", "completed", 1)],
    ),
    (
        "skips",
        WorkflowStatus::Completed,
        &[("choose", "completed", 1), ("branch_a", "completed", 1), ("branch_b", "skipped", 1)],
    ),
    ("defers", WorkflowStatus::Completed, &[("waits", "completed", 1)]),
    ("times_out", WorkflowStatus::Failed, &[("endless", "failed", 1)]),
];

pub async fn run(runner: &DefaultRunner, expected: &mut Expected) -> anyhow::Result<()> {
    plain(runner, expected).await?;
    pause_and_resume(runner, expected).await?;
    cancel(runner, expected).await?;
    schedules::run(runner, expected).await?;
    leave_paused(runner, expected).await?;
    back_off(runner, expected).await?;
    panic_last(runner, expected).await
}

async fn plain(runner: &DefaultRunner, expected: &mut Expected) -> anyhow::Result<()> {
    let mut started = Vec::new();
    for (workflow, status, attempts) in PLAIN {
        started.push((start(runner, workflow).await?, status, attempts));
    }
    for (execution, status, attempts) in started {
        let (id, workflow) = (UniversalUuid(execution.execution_id), execution.workflow_name.clone());
        ends_as(execution, status.clone()).await?;
        attempts_ran_once(runner, id, &workflow, attempts).await?;
        expected.executions(&workflow, label(&status), "unknown", 1);
        for (task, outcome, times) in attempts {
            expected.attempts(&workflow, task, outcome, *times);
        }
    }
    expected.failures("fails_now", "task_error", 1);
    expected.failures("retry_exhaust", "task_error", 1);
    expected.failures("times_out", "timeout", 1);
    Ok(())
}

/// Under load the engine may dispatch an attempt twice. The second dispatch overwrites the row with what nobody can
/// foretell, also with an attempt's number that was there before.
async fn attempts_ran_once(
    runner: &DefaultRunner,
    execution: UniversalUuid,
    workflow: &str,
    attempts: &[(&str, &str, u64)],
) -> anyhow::Result<()> {
    let events = runner.dal().execution_event().list_by_workflow(execution).await?;
    let ends = ["task_completed", "task_failed", "task_retry_scheduled", "task_skipped"];
    let ended = events.iter().filter(|event| ends.contains(&event.event_type.as_str())).count() as u64;
    let wanted: u64 = attempts.iter().map(|(_, _, times)| times).sum();
    let tasks = runner.dal().task_execution().get_all_tasks_for_workflow(execution).await?;
    let numbered: i64 = tasks.iter().map(|task| i64::from(task.attempt)).sum();
    let once = ended == wanted && numbered == wanted as i64;
    ensure!(once, "{workflow}: the engine dispatched an attempt twice, as it may under load");
    Ok(())
}

async fn pause_and_resume(runner: &DefaultRunner, expected: &mut Expected) -> anyhow::Result<()> {
    let execution = start(runner, "paused_and_resumed").await?;
    called(&workflows::PAUSE).await?;
    execution.pause(Some("maintenance window")).await?;
    task_is(runner, &execution, "running_at_pause", |task| task.status == "Completed").await?;
    execution.resume().await?;
    ends_as(execution, WorkflowStatus::Completed).await?;
    expected.executions("paused_and_resumed", "completed", "unknown", 1);
    expected.attempts("paused_and_resumed", "running_at_pause", "completed", 1);
    expected.attempts("paused_and_resumed", "after_resume", "completed", 1);
    Ok(())
}

/// The task that runs at that moment still ends; its dependant stays `NotStarted` for ever.
async fn cancel(runner: &DefaultRunner, expected: &mut Expected) -> anyhow::Result<()> {
    let execution = start(runner, "cancelled").await?;
    called(&workflows::CANCEL).await?;
    execution.cancel().await?;
    task_is(runner, &execution, "running_at_cancel", |task| {
        task.status == "Completed" && task.claimed_by.is_none()
    })
    .await?;
    ends_as(execution, WorkflowStatus::Cancelled).await?;
    expected.executions("cancelled", "cancelled", "unknown", 1);
    expected.attempts("cancelled", "running_at_cancel", "completed", 1);
    Ok(())
}

async fn leave_paused(runner: &DefaultRunner, expected: &mut Expected) -> anyhow::Result<()> {
    let execution = start(runner, "left_paused").await?;
    called(&workflows::LEFT_PAUSED).await?;
    execution.pause(None).await?;
    task_is(runner, &execution, "last_before_pause", |task| {
        task.status == "Completed" && task.claimed_by.is_none()
    })
    .await?;
    expected.active("left_paused", "paused", 1);
    expected.attempts("left_paused", "last_before_pause", "completed", 1);
    expected.tasks("left_paused", "blocked", 1);
    Ok(())
}

async fn back_off(runner: &DefaultRunner, expected: &mut Expected) -> anyhow::Result<()> {
    let execution = start(runner, "backs_off").await?;
    let waiting = |task: &TaskExecution| task.retry_at.is_some() && task.claimed_by.is_none();
    task_is(runner, &execution, "patient", waiting).await?;
    expected.active("backs_off", "running", 1);
    expected.attempts("backs_off", "patient", "retried", 1);
    expected.tasks("backs_off", "backoff", 1);
    Ok(())
}

/// The task's row stays `Running`, claimed and with a fresh heartbeat, as long as the process lives.
async fn panic_last(runner: &DefaultRunner, expected: &mut Expected) -> anyhow::Result<()> {
    let execution = start(runner, "panics").await?;
    called(&workflows::PANICS).await?;
    task_is(runner, &execution, "panics_here", |task| task.status == "Running").await?;
    expected.active("panics", "running", 1);
    expected.tasks("panics", "running", 1);
    Ok(())
}

async fn start(runner: &DefaultRunner, workflow: &str) -> anyhow::Result<WorkflowExecution> {
    Ok(runner.execute_async(workflow, Context::new()).await?)
}

async fn ends_as(execution: WorkflowExecution, wanted: WorkflowStatus) -> anyhow::Result<()> {
    let workflow = execution.workflow_name.clone();
    let result = execution.wait_for_completion_with_timeout(Some(Duration::from_secs(30))).await?;
    ensure!(result.status == wanted, "{workflow} ended as {:?}, not as {wanted:?}", result.status);
    Ok(())
}

async fn called(calls: &Calls) -> anyhow::Result<()> {
    until("a task's body was entered", || async { Ok(calls.get() > 0) }).await
}

/// Waits until the engine says of this execution's task what is wanted.
async fn task_is(
    runner: &DefaultRunner,
    execution: &WorkflowExecution,
    task: &str,
    wanted: impl Fn(&TaskExecution) -> bool,
) -> anyhow::Result<()> {
    let suffix = format!("::{task}");
    until(task, || async {
        let id = UniversalUuid(execution.execution_id);
        let tasks = runner.dal().task_execution().get_all_tasks_for_workflow(id).await?;
        Ok(tasks.iter().any(|row| row.task_name.ends_with(&suffix) && wanted(row)))
    })
    .await
}

/// Asks every 20 ms, for 30 s at most.
pub async fn until<F>(what: &str, condition: impl Fn() -> F) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<bool>>,
{
    for _ in 0..1500 {
        if condition().await? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    bail!("waited 30 s in vain: {what}")
}

fn label(status: &WorkflowStatus) -> &'static str {
    match status {
        WorkflowStatus::Completed => "completed",
        WorkflowStatus::Failed => "failed",
        WorkflowStatus::Cancelled => "cancelled",
        WorkflowStatus::Pending => "pending",
        WorkflowStatus::Running => "running",
        WorkflowStatus::Paused => "paused",
    }
}
