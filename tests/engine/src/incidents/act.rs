//! Does what a command says, through the engine's own interface, and answers with the ids of what it touched.

use std::time::Duration;

use anyhow::{bail, Context as _};
use chrono::Utc;
use cloacina::executor::WorkflowExecutor;
use cloacina::models::schedule::{NewSchedule, Schedule};
use cloacina::{Context, CronEvaluator, DefaultRunner, UniversalTimestamp};
use serde_json::{json, Value};

use super::command::{Change, Command};
use super::triggers;

const POLL_INTERVAL: Duration = Duration::from_millis(300);
/// More schedules than any incident has.
const ALL: i64 = 100_000;

/// Gives what stands under `ok`; `None` if the process is to end.
pub async fn act(runner: &DefaultRunner, command: Command) -> anyhow::Result<Option<Value>> {
    match command {
        Command::Start { workflow, count } => start(runner, &workflow, count).await.map(Some),
        Command::Cron { workflow, expression, name, run_all } => {
            cron(runner, &workflow, &expression, &name, run_all).await.map(Some)
        }
        Command::Trigger { name, workflow } => trigger(runner, &name, workflow.as_deref()).await.map(Some),
        Command::Change { name, change: wanted } => change(runner, &name, wanted).await.map(Some),
        Command::Exit => Ok(None),
    }
}

async fn start(runner: &DefaultRunner, workflow: &str, count: usize) -> anyhow::Result<Value> {
    let mut executions = Vec::new();
    for _ in 0..count {
        let execution = runner.execute_async(workflow, Context::new()).await?;
        executions.push(execution.execution_id.to_string());
    }
    Ok(json!(executions))
}

async fn cron(
    runner: &DefaultRunner,
    workflow: &str,
    expression: &str,
    name: &str,
    run_all: bool,
) -> anyhow::Result<Value> {
    let next = CronEvaluator::new(expression, "UTC")?.next_execution(Utc::now())?;
    let mut schedule = NewSchedule::cron(workflow, expression, UniversalTimestamp(next));
    schedule.timezone = Some("UTC".into());
    schedule.instance_name = Some(name.into());
    if run_all {
        schedule.catchup_policy = Some("run_all".into());
    }
    let row = runner.dal().schedule().create(schedule).await?;
    runner.notify_cron_change();
    Ok(json!(row.id.0.to_string()))
}

async fn trigger(runner: &DefaultRunner, name: &str, workflow: Option<&str>) -> anyhow::Result<Value> {
    let Some(workflow) = workflow.or_else(|| triggers::workflow_of(name)) else {
        bail!("no trigger {name:?} here; one that nobody polls wants a workflow: trigger {name} WORKFLOW");
    };
    let trigger = NewSchedule::trigger(name, workflow, POLL_INTERVAL);
    let row = runner.dal().schedule().upsert_trigger(trigger).await?;
    Ok(json!(row.id.0.to_string()))
}

async fn change(runner: &DefaultRunner, name: &str, change: Change) -> anyhow::Result<Value> {
    let id = named(runner, name).await?.id;
    let dal = runner.dal();
    let schedules = dal.schedule();
    match change {
        Change::Pause => schedules.pause(id).await?,
        Change::Resume => schedules.resume(id).await?,
        Change::Disable => schedules.disable(id).await?,
        Change::Enable => schedules.enable(id).await?,
        Change::Delete => schedules.delete(id).await?,
    }
    runner.notify_cron_change();
    Ok(json!(id.0.to_string()))
}

/// The only schedule that bears the name, as an instance of a workflow or as a trigger.
async fn named(runner: &DefaultRunner, name: &str) -> anyhow::Result<Schedule> {
    let bears = |row: &Schedule| {
        [&row.instance_name, &row.trigger_name].iter().any(|own| own.as_deref() == Some(name))
    };
    let mut rows = runner.dal().schedule().list(None, false, ALL, 0).await?;
    rows.retain(bears);
    if rows.len() > 1 {
        bail!("{} schedules are named {name:?}", rows.len());
    }
    rows.pop().with_context(|| format!("no schedule is named {name:?}"))
}
