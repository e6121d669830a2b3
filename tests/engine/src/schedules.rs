//! Cron schedules and triggers: some that fire for a few seconds, and each way in which one does not.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::ensure;
use cloacina::database::UniversalUuid;
use cloacina::executor::WorkflowExecutor;
use cloacina::models::schedule::{NewSchedule, Schedule};
use cloacina::{trigger, Context, DefaultRunner};
use cloacina_workflow::{TriggerError, TriggerResult};
use serde_json::json;

use crate::expected::Expected;
use crate::scenarios::until;
use crate::workflows;

const EVERY_TWO_SECONDS: &str = "*/2 * * * * *";
pub const EVERY_NEW_YEAR: &str = "0 0 0 1 1 *";
pub const POLL_INTERVAL: Duration = Duration::from_millis(300);

/// New work at every second poll, three times in all, each with a context of its own.
#[trigger(on = "arrivals", poll_interval = "300ms")]
async fn new_file() -> Result<TriggerResult, TriggerError> {
    static POLLS: AtomicU64 = AtomicU64::new(0);
    let number = POLLS.fetch_add(1, Ordering::SeqCst);
    if number % 2 == 1 || number > 4 {
        return Ok(TriggerResult::Skip);
    }
    let mut context = Context::new();
    context.insert("number", json!(number))?;
    Ok(TriggerResult::Fire(Some(context)))
}

/// Wants to fire at every poll but does so once: the engine never closes a trigger's execution, and takes no second
/// one with the same context meanwhile.
#[trigger(on = "once", poll_interval = "300ms")]
async fn same_context() -> Result<TriggerResult, TriggerError> {
    Ok(TriggerResult::Fire(None))
}

#[trigger(on = "never_ticks", poll_interval = "300ms")]
async fn nothing_new() -> Result<TriggerResult, TriggerError> {
    Ok(TriggerResult::Skip)
}

/// Its `last_poll_at` is never written.
#[trigger(on = "never_ticks", poll_interval = "300ms")]
async fn broken_poll() -> Result<TriggerResult, TriggerError> {
    Err(TriggerError::PollError { message: "the share is not mounted".into() })
}

/// Holds up every other trigger, and cron, until the engine gives it up. Its `last_poll_at` is never written either.
#[trigger(on = "never_ticks", poll_interval = "300ms")]
async fn hanging() -> Result<TriggerResult, TriggerError> {
    std::future::pending().await
}

const TRIGGERS: [(&str, &str, u64, bool); 4] = [
    ("new_file", "arrivals", 3, true),
    ("same_context", "once", 1, true),
    ("nothing_new", "never_ticks", 0, true),
    ("broken_poll", "never_ticks", 0, false),
];

pub async fn run(runner: &DefaultRunner, expected: &mut Expected) -> anyhow::Result<()> {
    for (name, workflow, _, _) in TRIGGERS {
        runner.dal().schedule().upsert_trigger(NewSchedule::trigger(name, workflow, POLL_INTERVAL)).await?;
    }
    let ticks = runner.register_cron_workflow("ticks", EVERY_TWO_SECONDS, "UTC").await?;
    let unknown = runner.register_cron_workflow("no_such_workflow", EVERY_TWO_SECONDS, "UTC").await?;
    let paused = runner.register_cron_workflow("never_ticks", EVERY_TWO_SECONDS, "UTC").await?;
    runner.dal().schedule().pause(paused).await?;
    runner.register_cron_workflow("never_ticks", EVERY_NEW_YEAR, "Europe/Berlin").await?;

    until("the schedules fired", || async {
        let fired = workflows::TICK.get() >= 3 && fires(runner, unknown).await? >= 3;
        Ok(fired && workflows::ARRIVAL.get() >= 3 && polls(runner).await? >= 3)
    })
    .await?;
    for schedule in [ticks, unknown] {
        runner.set_cron_schedule_enabled(schedule, false).await?;
        until("every fire was handed over and ended", || all_ended(runner, schedule)).await?;
    }
    expect_crons(runner, expected, ticks, unknown).await?;
    expect_triggers(runner, expected).await
}

async fn expect_crons(
    runner: &DefaultRunner,
    expected: &mut Expected,
    ticks: UniversalUuid,
    unknown: UniversalUuid,
) -> anyhow::Result<()> {
    let tick = workflows::TICK.get();
    ensure!(fires(runner, ticks).await? == tick, "a fire of `ticks` did not run its task, or ran it twice");
    expected.executions("ticks", "completed", "cron", tick);
    expected.attempts("ticks", "tick", "completed", tick);
    let cron = |workflow: &str, cron: &str, timezone: &str, state: &str, fires: u64| json!({ "kind": "cron", "workflow": workflow, "cron": cron, "timezone": timezone, "state": state, "fires": fires });
    expected.schedule(cron("ticks", EVERY_TWO_SECONDS, "UTC", "disabled", tick));
    let lost = fires(runner, unknown).await?;
    expected.schedule(cron("no_such_workflow", EVERY_TWO_SECONDS, "UTC", "disabled", lost));
    expected.schedule(cron("never_ticks", EVERY_TWO_SECONDS, "UTC", "paused", 0));
    expected.schedule(cron("never_ticks", EVERY_NEW_YEAR, "Europe/Berlin", "live", 0));
    Ok(())
}

async fn expect_triggers(runner: &DefaultRunner, expected: &mut Expected) -> anyhow::Result<()> {
    for schedule in triggers(runner).await? {
        until("every execution of a trigger ended", || all_ended(runner, schedule.id)).await?;
    }
    let bodies = [("arrivals", "arrive", &workflows::ARRIVAL), ("once", "only", &workflows::ONCE)];
    for (workflow, task, calls) in bodies {
        expected.executions(workflow, "completed", "trigger", calls.get());
        expected.attempts(workflow, task, "completed", calls.get());
    }
    for (name, workflow, fires, polled) in TRIGGERS {
        expected.schedule(json!({
            "kind": "trigger", "workflow": workflow, "trigger": name, "state": "live", "fires": fires, "polled": polled,
            "poll_interval_ms": POLL_INTERVAL.as_millis() as u64,
        }));
    }
    Ok(())
}

/// Whether every fire has led to an execution that ended, or was closed without one.
pub async fn all_ended(runner: &DefaultRunner, schedule: UniversalUuid) -> anyhow::Result<bool> {
    for fire in runner.dal().schedule_execution().list_by_schedule(schedule, 1000, 0).await? {
        let ended = match fire.workflow_execution_id {
            Some(execution) => runner.get_execution_status(execution.0).await?.is_terminal(),
            None => fire.completed_at.is_some(),
        };
        let closed = fire.completed_at.is_some() || fire.scheduled_time.is_none();
        if !(ended && closed) {
            return Ok(false);
        }
    }
    Ok(true)
}

pub async fn fires(runner: &DefaultRunner, schedule: UniversalUuid) -> anyhow::Result<u64> {
    Ok(runner.dal().schedule_execution().list_by_schedule(schedule, 1000, 0).await?.len() as u64)
}

async fn triggers(runner: &DefaultRunner) -> anyhow::Result<Vec<Schedule>> {
    Ok(runner.dal().schedule().list(Some("trigger"), false, 100, 0).await?)
}

/// How many triggers were polled at least once.
async fn polls(runner: &DefaultRunner) -> anyhow::Result<usize> {
    Ok(triggers(runner).await?.iter().filter(|row| row.last_poll_at.is_some()).count())
}
