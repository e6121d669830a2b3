//! The flags of `--incidents`: which database, and how quick and how able the engine is. Starts nothing.

use std::time::Duration;

use anyhow::{bail, Context as _};
use cloacina::DefaultRunnerConfig;

const USAGE: &str = "usage: engine-scenarios --incidents sqlite://PATH | postgres://… [--schema NAME] \
    [--slots N] [--no-cron] [--no-cron-recovery] [--no-sweeper] [--tick MS] [--heartbeat MS] [--stale-after MS] \
    [--sweep MS] [--task-timeout MS] [--poll-timeout MS] [--lost-after MINUTES]";

/// The key under which no executor is registered.
const NOBODY: &str = "nobody";

#[derive(Debug)]
pub struct Settings {
    pub database_url: String,
    pub schema: Option<String>,
    /// How many tasks run at once; with 0 this process only schedules, and every task stays ready.
    slots: usize,
    /// Fires cron schedules and polls triggers.
    schedules: bool,
    cron_recovery: bool,
    /// Frees the claims of runners that are gone.
    sweeper: bool,
    tick: Duration,
    heartbeat: Duration,
    stale_after: Duration,
    sweep: Duration,
    task_timeout: Duration,
    poll_timeout: Duration,
    lost_after_minutes: i32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            database_url: String::new(),
            schema: None,
            slots: 8,
            schedules: true,
            cron_recovery: true,
            sweeper: true,
            tick: Duration::from_millis(100),
            heartbeat: Duration::from_secs(1),
            stale_after: Duration::from_secs(3),
            sweep: Duration::from_secs(1),
            // Longer than the hour for which `hangs` hangs.
            task_timeout: Duration::from_secs(2 * 3600),
            poll_timeout: Duration::from_secs(3),
            lost_after_minutes: 1,
        }
    }
}

impl Settings {
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut settings = Self::default();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("{argument} wants a value"));
            match argument.as_str() {
                "--incidents" => {}
                "--schema" => settings.schema = Some(value()?),
                "--slots" => settings.slots = value()?.parse().context("--slots wants a number")?,
                "--no-cron" => settings.schedules = false,
                "--no-cron-recovery" => settings.cron_recovery = false,
                "--no-sweeper" => settings.sweeper = false,
                "--tick" => settings.tick = milliseconds(&value()?)?,
                "--heartbeat" => settings.heartbeat = milliseconds(&value()?)?,
                "--stale-after" => settings.stale_after = milliseconds(&value()?)?,
                "--sweep" => settings.sweep = milliseconds(&value()?)?,
                "--task-timeout" => settings.task_timeout = milliseconds(&value()?)?,
                "--poll-timeout" => settings.poll_timeout = milliseconds(&value()?)?,
                "--lost-after" => {
                    settings.lost_after_minutes = value()?.parse().context("--lost-after wants minutes")?;
                }
                url if settings.database_url.is_empty() && !url.starts_with("--") => {
                    settings.database_url = url.into();
                }
                other => bail!("unknown argument {other:?}; {USAGE}"),
            }
        }
        if settings.database_url.is_empty() {
            bail!(USAGE);
        }
        Ok(settings)
    }

    pub fn config(&self) -> anyhow::Result<DefaultRunnerConfig> {
        let executor = if self.slots == 0 { NOBODY } else { "default" };
        let config = DefaultRunnerConfig::builder()
            .default_executor(executor)
            .max_concurrent_tasks(self.slots.max(1))
            .scheduler_poll_interval(self.tick)
            .task_timeout(self.task_timeout)
            .enable_claiming(true)
            .heartbeat_interval(self.heartbeat)
            .enable_recovery(self.sweeper)
            .stale_claim_threshold(self.stale_after)
            .stale_claim_sweep_interval(self.sweep)
            .enable_cron_scheduling(self.schedules)
            // Schedules that another process writes are not announced to this one.
            .cron_poll_interval(Duration::from_millis(500))
            .cron_enable_recovery(self.cron_recovery)
            .cron_recovery_interval(Duration::from_secs(1))
            .cron_lost_threshold_minutes(self.lost_after_minutes)
            .enable_trigger_scheduling(self.schedules)
            .trigger_base_poll_interval(Duration::from_millis(200))
            .trigger_poll_timeout(self.poll_timeout)
            .enable_registry_reconciler(false)
            .build()?;
        Ok(config)
    }
}

/// A zero would be an interval without end or pause, which the engine answers with a panic.
fn milliseconds(text: &str) -> anyhow::Result<Duration> {
    match text.parse() {
        Ok(milliseconds) if milliseconds > 0 => Ok(Duration::from_millis(milliseconds)),
        _ => bail!("{text:?} is no number of milliseconds above 0"),
    }
}
