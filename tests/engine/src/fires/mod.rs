//! Schedules through good and bad times, told while it happens: lost, on time, paused, deleted, the scheduler stopped,
//! delayed by a trigger that hangs, broken. Takes about 85 seconds. What this leaves in the tables is for others to say.
//!
//! Whatever is done to a schedule is done in the middle between two instants, when no fire is under way, so that nobody
//! can be in doubt which of them it concerns.

mod act;
mod journal;

use std::time::Duration;

use anyhow::ensure;
use cloacina::models::schedule::NewSchedule;
use cloacina::{DefaultRunner, UniversalUuid};

use crate::scenarios::until;
use crate::schedules::{all_ended, fires, EVERY_NEW_YEAR};
use crate::Arguments;
use act::{new_year, Stage};
use journal::{day, micros};

const A_SECOND: Duration = Duration::from_secs(1);
/// Days without a new year between them.
const FAR_SPRING: [&str; 2] = ["2040-03-01", "2040-04-01"];

pub async fn run(arguments: &Arguments, runner: DefaultRunner) -> anyhow::Result<()> {
    let mut stage = Stage::new(arguments, runner);
    stage.quiet().await?;
    never_due(&mut stage).await?;
    let lost = claimed_and_lost(&mut stage).await?;
    on_time(&mut stage).await?;
    scheduler_stopped(&mut stage).await?;
    triggers(&mut stage).await?;
    delayed_by_a_trigger(&mut stage).await?;
    until("the engine sees to what was lost", || all_ended(&stage.runner, lost)).await?;
    broken(&mut stage).await?;
    stage.runner.shutdown().await?;
    stage.journal.end();
    Ok(())
}

/// Schedules that do nothing, each for its own reason.
async fn never_due(stage: &mut Stage<'_>) -> anyhow::Result<()> {
    stage.create("never", NewSchedule::cron("ticks", EVERY_NEW_YEAR, new_year())).await?;
    let mut unset = NewSchedule::cron("ticks", EVERY_NEW_YEAR, new_year());
    unset.next_run_at = None;
    stage.create("no_next_run", unset).await?;
    let mut empty = NewSchedule::cron("ticks", EVERY_NEW_YEAR, new_year());
    [empty.start_date, empty.end_date] = [Some(day(FAR_SPRING[0])?), Some(day(FAR_SPRING[1])?)];
    stage.create("empty_window", empty).await?;
    let disabled = stage.every_three_seconds("disabled", "ticks").await?;
    stage.disable("disabled", disabled).await
}

/// An engine ends between a claim and its handoff. A minute later another notices.
async fn claimed_and_lost(stage: &mut Stage<'_>) -> anyhow::Result<UniversalUuid> {
    stage.quiet().await?;
    let lost = stage.every_three_seconds("lost", "ticks").await?;
    stage.after(1).await?;
    stage.stop_scheduler().await?;
    stage.pass(1).await;
    tokio::time::sleep(A_SECOND).await;
    stage.claim_without_handoff("lost", lost).await?;
    stage.start_scheduler().await?;
    stage.pass(1).await;
    tokio::time::sleep(A_SECOND).await;
    // What is disabled is not recovered.
    stage.postpone_to_new_year("lost", lost).await?;
    Ok(lost)
}

/// Some 24 s of good times, in which others are paused, resumed, deleted and created again.
async fn on_time(stage: &mut Stage<'_>) -> anyhow::Result<()> {
    stage.quiet().await?;
    let steady = stage.every_three_seconds("steady", "ticks").await?;
    let failing = stage.every_three_seconds("failing", "fails_now").await?;
    let unknown = stage.every_three_seconds("unknown", "no_such_workflow").await?;
    let paused = stage.every_three_seconds("paused", "ticks").await?;
    let again = stage.every_three_seconds("again", "ticks").await?;
    stage.after(2).await?;
    stage.pause("paused", paused).await?;
    stage.delete("again", again).await?;
    stage.after(3).await?;
    stage.resume("paused", paused).await?;
    let again = stage.every_three_seconds("again", "ticks").await?;
    stage.after(3).await?;
    for (name, schedule) in [("steady", steady), ("failing", failing)] {
        stage.postpone_to_new_year(name, schedule).await?;
    }
    for (name, schedule) in [("unknown", unknown), ("paused", paused), ("again", again)] {
        stage.disable(name, schedule).await?;
    }
    Ok(())
}

/// The scheduler is away for four instants.
async fn scheduler_stopped(stage: &mut Stage<'_>) -> anyhow::Result<()> {
    stage.quiet().await?;
    let skip = stage.every_three_seconds("skip", "ticks").await?;
    let run_all = stage.catching_up("run_all", "ticks").await?;
    stage.after(2).await?;
    stage.stop_scheduler().await?;
    stage.pass(4).await;
    tokio::time::sleep(A_SECOND).await;
    let started = stage.start_scheduler().await?;
    for schedule in [skip, run_all] {
        until("the schedule is up to date again", || caught_up(&stage.runner, schedule, started)).await?;
    }
    stage.after(1).await?;
    stage.disable("skip", skip).await?;
    stage.disable("run_all", run_all).await
}

/// Not before the last minute: then the engine takes the fires of triggers for lost, and closes them.
async fn triggers(stage: &mut Stage<'_>) -> anyhow::Result<()> {
    for (name, workflow) in
        [("new_file", "arrivals"), ("same_context", "once"), ("broken_poll", "never_ticks")]
    {
        stage.poll_trigger(name, workflow).await?;
    }
    Ok(())
}

/// A poll that takes its whole time out, over an instant of a cron schedule; twice.
async fn delayed_by_a_trigger(stage: &mut Stage<'_>) -> anyhow::Result<()> {
    stage.quiet().await?;
    let delayed = stage.every_three_seconds("delayed", "ticks").await?;
    stage.after(1).await?;
    for _ in 0..2 {
        stage.hang_over_next_instant().await?;
        stage.after(2).await?;
    }
    stage.disable("delayed", delayed).await
}

/// A client writes what the engine cannot read. It says so in its log, over and over, and nowhere else.
async fn broken(stage: &mut Stage<'_>) -> anyhow::Result<()> {
    stage.quiet().await?;
    let cron = stage.every_three_seconds("bad_cron", "ticks").await?;
    let timezone = stage.every_three_seconds("bad_timezone", "ticks").await?;
    stage.after(2).await?;
    let before = (fires(&stage.runner, cron).await?, fires(&stage.runner, timezone).await?);
    stage.overwrite("bad_cron", cron, "every other day", "UTC").await?;
    stage.overwrite("bad_timezone", timezone, act::EVERY_THREE_SECONDS, "Mars/Olympus_Mons").await?;
    tokio::time::sleep(A_SECOND).await;
    let after = (fires(&stage.runner, cron).await?, fires(&stage.runner, timezone).await?);
    ensure!(before == after, "the engine fired a schedule that it cannot read");
    stage.poll_trigger("hanging", "never_ticks").await?;
    Ok(())
}

/// Whether a fire that became due after `instant` was handed over.
async fn caught_up(runner: &DefaultRunner, schedule: UniversalUuid, instant: i64) -> anyhow::Result<bool> {
    let fires = runner.dal().schedule_execution().list_by_schedule(schedule, 1000, 0).await?;
    let due = |at: &cloacina::UniversalTimestamp| micros(at.0) > instant;
    Ok(fires.iter().any(|fire| fire.scheduled_time.as_ref().is_some_and(due)))
}
