//! What can be done to schedules, and when.

use std::time::Duration;

use anyhow::{bail, ensure};
use chrono::{DateTime, Datelike, TimeDelta, TimeZone, Utc};
use cloacina::dal::DAL;
use cloacina::database::UniversalUuid;
use cloacina::models::schedule::{NewSchedule, NewScheduleExecution};
use cloacina::{Database, DefaultRunner, UniversalTimestamp};

use super::journal::{micros, Journal};
use crate::schedules::{all_ended, EVERY_NEW_YEAR, POLL_INTERVAL};
use crate::Arguments;

pub const EVERY_THREE_SECONDS: &str = "*/3 * * * * *";
const PERIOD: i64 = 3_000_000;
/// The part of a period in which things are done: fires that came on time have ended, and the next is not near.
const MIDDLE: std::ops::Range<i64> = 1_000_000..1_700_000;
/// Time until another look at what is waited for.
const GLANCE: Duration = Duration::from_millis(20);

/// The engine, and the schedules that fire.
pub struct Stage<'a> {
    arguments: &'a Arguments,
    pub runner: DefaultRunner,
    pub journal: Journal,
    firing: Vec<UniversalUuid>,
}

impl<'a> Stage<'a> {
    pub fn new(arguments: &'a Arguments, runner: DefaultRunner) -> Self {
        Self { arguments, runner, journal: Journal::default(), firing: Vec::new() }
    }

    pub async fn every_three_seconds(&mut self, name: &str, workflow: &str) -> anyhow::Result<UniversalUuid> {
        let schedule =
            self.create(name, NewSchedule::cron(workflow, EVERY_THREE_SECONDS, next_instant())).await?;
        self.firing.push(schedule);
        Ok(schedule)
    }

    /// As `every_three_seconds`, with the policy to run all that was missed.
    pub async fn catching_up(&mut self, name: &str, workflow: &str) -> anyhow::Result<UniversalUuid> {
        let mut schedule = NewSchedule::cron(workflow, EVERY_THREE_SECONDS, next_instant());
        schedule.catchup_policy = Some("run_all".into());
        let schedule = self.create(name, schedule).await?;
        self.firing.push(schedule);
        Ok(schedule)
    }

    pub async fn create(&mut self, name: &str, mut schedule: NewSchedule) -> anyhow::Result<UniversalUuid> {
        schedule.instance_name = Some(name.into());
        let row = self.runner.dal().schedule().create(schedule).await?;
        self.journal.created(name, &row.workflow_name, row.id, row.created_at.0);
        self.runner.notify_cron_change();
        self.still_quiet(row.next_run_at)?;
        Ok(row.id)
    }

    pub async fn disable(&mut self, name: &str, schedule: UniversalUuid) -> anyhow::Result<()> {
        self.runner.set_cron_schedule_enabled(schedule, false).await?;
        self.leaves("disabled", name, schedule)
    }

    pub async fn delete(&mut self, name: &str, schedule: UniversalUuid) -> anyhow::Result<()> {
        self.runner.delete_cron_schedule(schedule).await?;
        self.leaves("deleted", name, schedule)
    }

    /// Stays live and valid, and is not due again while this program runs.
    pub async fn postpone_to_new_year(&mut self, name: &str, schedule: UniversalUuid) -> anyhow::Result<()> {
        self.runner.update_cron_schedule(schedule, Some(EVERY_NEW_YEAR), Some("UTC")).await?;
        self.leaves("postponed", name, schedule)
    }

    /// Writes what the engine's own interface would refuse; due at once.
    pub async fn overwrite(
        &mut self,
        name: &str,
        schedule: UniversalUuid,
        cron: &str,
        timezone: &str,
    ) -> anyhow::Result<()> {
        let schedules = self.runner.dal();
        let schedules = schedules.schedule();
        schedules
            .update_cron_expression_and_timezone(schedule, Some(cron), Some(timezone), Utc::now())
            .await?;
        self.runner.notify_cron_change();
        self.leaves("broken", name, schedule)
    }

    pub async fn pause(&mut self, name: &str, schedule: UniversalUuid) -> anyhow::Result<()> {
        self.runner.dal().schedule().pause(schedule).await?;
        self.leaves("paused", name, schedule)
    }

    pub async fn resume(&mut self, name: &str, schedule: UniversalUuid) -> anyhow::Result<()> {
        self.journal.note("resumed", name);
        self.runner.dal().schedule().resume(schedule).await?;
        self.runner.notify_cron_change();
        self.firing.push(schedule);
        Ok(())
    }

    pub async fn poll_trigger(&mut self, name: &str, workflow: &str) -> anyhow::Result<UniversalUuid> {
        let trigger = NewSchedule::trigger(name, workflow, POLL_INTERVAL);
        let row = self.runner.dal().schedule().upsert_trigger(trigger).await?;
        self.journal.created(name, workflow, row.id, row.created_at.0);
        Ok(row.id)
    }

    /// The poll begins a second before the instant and takes three: what is due meanwhile is two seconds late.
    pub async fn hang_over_next_instant(&mut self) -> anyhow::Result<()> {
        while phase() < PERIOD - 1_200_000 {
            tokio::time::sleep(GLANCE).await;
        }
        let trigger = NewSchedule::trigger("hanging", "never_ticks", POLL_INTERVAL);
        let row = self.runner.dal().schedule().upsert_trigger(trigger).await?;
        // The scheduler looks for triggers five times a second.
        tokio::time::sleep(Duration::from_millis(600)).await;
        self.runner.dal().schedule().disable(row.id).await?;
        Ok(())
    }

    pub async fn stop_scheduler(&mut self) -> anyhow::Result<()> {
        self.runner.shutdown().await?;
        let now = self.journal.note("stopped", "scheduler");
        ensure!(now % PERIOD >= MIDDLE.start, "the scheduler: {TOO_SLOW}");
        Ok(())
    }

    /// Gives the instant before the start.
    pub async fn start_scheduler(&mut self) -> anyhow::Result<i64> {
        let now = self.journal.note("started", "scheduler");
        self.runner = crate::start(self.arguments).await?;
        Ok(now)
    }

    /// Leaves of the newest instant, while no engine is there, what one leaves that ends before the handoff.
    pub async fn claim_without_handoff(&mut self, name: &str, schedule: UniversalUuid) -> anyhow::Result<()> {
        let schema = self.arguments.schema.as_deref();
        let dal = DAL::new(Database::new_with_schema(&self.arguments.database_url, "", 1, schema));
        let (now, next) = (Utc::now(), next_instant());
        let due = next.0 - TimeDelta::microseconds(PERIOD);
        dal.schedule().update_schedule_times(schedule, now, next.0).await?;
        let claim = NewScheduleExecution {
            schedule_id: schedule,
            workflow_execution_id: None,
            scheduled_time: Some(UniversalTimestamp(due)),
            claimed_at: Some(UniversalTimestamp(now)),
            context_hash: None,
        };
        dal.schedule_execution().create(claim).await?;
        self.journal.lost(name, due);
        Ok(())
    }

    /// Waits for the middle of a period in which no fire is under way.
    pub async fn quiet(&self) -> anyhow::Result<()> {
        for _ in 0..1500 {
            if MIDDLE.contains(&phase()) && self.nothing_under_way().await? && MIDDLE.contains(&phase()) {
                return Ok(());
            }
            tokio::time::sleep(GLANCE).await;
        }
        bail!("waited 30 s in vain for the middle of a period without a fire under way: {TOO_SLOW}")
    }

    /// Lets so many instants go by, and waits for quiet.
    pub async fn after(&self, instants: i64) -> anyhow::Result<()> {
        self.pass(instants).await;
        self.quiet().await
    }

    /// Lets so many instants go by.
    pub async fn pass(&self, instants: i64) {
        let last = micros(Utc::now()) / PERIOD + instants;
        while micros(Utc::now()) / PERIOD < last {
            tokio::time::sleep(GLANCE).await;
        }
    }

    async fn nothing_under_way(&self) -> anyhow::Result<bool> {
        for schedule in &self.firing {
            if !all_ended(&self.runner, *schedule).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn leaves(&mut self, how: &str, name: &str, schedule: UniversalUuid) -> anyhow::Result<()> {
        self.firing.retain(|firing| *firing != schedule);
        let now = self.journal.note(how, name);
        ensure!(now % PERIOD >= MIDDLE.start, "{name}: {TOO_SLOW}");
        Ok(())
    }

    fn still_quiet(&self, next: Option<UniversalTimestamp>) -> anyhow::Result<()> {
        ensure!(next.is_none_or(|next| next.0 > Utc::now()), "a new schedule: {TOO_SLOW}");
        Ok(())
    }
}

/// What the caller of this program may take as a reason to try again.
const TOO_SLOW: &str = "the machine was too busy to do it in the middle of a period";

/// Time since the last instant of a schedule that fires every three seconds, in microseconds.
fn phase() -> i64 {
    micros(Utc::now()) % PERIOD
}

fn next_instant() -> UniversalTimestamp {
    let next = (micros(Utc::now()) / PERIOD + 1) * PERIOD;
    UniversalTimestamp(DateTime::from_timestamp_micros(next).expect("it is soon"))
}

pub fn new_year() -> UniversalTimestamp {
    let next = Utc.with_ymd_and_hms(Utc::now().year() + 1, 1, 1, 0, 0, 0);
    UniversalTimestamp(next.single().expect("every year has a beginning"))
}
