//! The simulated engine: an agenda of what is due when, played up to the time it is told. It has no clock of its own
//! and opens no connection but its own to the database it made.

use std::collections::BTreeMap;
use std::path::Path;

use fastrand::Rng;
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
use uuid::Uuid;

use super::plan::{Change, Fate, Plan, Write, plan, random_id, seconds};
use super::workflows::{self, CRONS, Workflow};
use super::{schema, sql};
use crate::record::{Span, Timestamp};

/// Writes into a SQLite file what Cloacina 0.11 would, for a fixed set of workflows and schedules.
///
/// The same seed, start and steps give the same rows, ids included.
#[derive(Debug)]
pub struct Engine {
    connection: SqliteConnection,
    random: Rng,
    started: Timestamp,
    /// By time, then in the order in which they were noted.
    agenda: BTreeMap<(Timestamp, u64), Item>,
    noted: u64,
    crons: Vec<Uuid>,
    trigger: Uuid,
    fires: u64,
    one_is_stuck: bool,
}

#[derive(Debug)]
enum Item {
    Write(Write),
    /// A fire of the cron schedule of that index.
    Cron(usize),
    TriggerPoll,
    Import,
    Migration,
    /// The heartbeat of a task that never ends.
    Beat {
        execution: Uuid,
        task: Uuid,
    },
}

impl Engine {
    /// Makes the database, which must not exist or be empty, with its schedules as of `start`.
    ///
    /// # Errors
    /// If the file cannot be made, or already holds tables of these names.
    pub async fn new(path: &Path, seed: u64, start: Timestamp) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .disable_statement_logging();
        let mut random = Rng::with_seed(seed);
        let mut engine = Self {
            connection: options.connect().await?,
            crons: CRONS.iter().map(|_| random_id(&mut random)).collect(),
            trigger: random_id(&mut random),
            random,
            started: start,
            agenda: BTreeMap::new(),
            noted: 0,
            fires: 0,
            one_is_stuck: false,
        };
        engine.set_up().await?;
        Ok(engine)
    }

    /// Plays everything due until `now`, in one transaction. A time before the last step does nothing.
    ///
    /// # Errors
    /// If the database does not take a write; the engine is then of no further use.
    pub async fn step(&mut self, now: Timestamp) -> Result<(), sqlx::Error> {
        if self.agenda.first_key_value().is_none_or(|(&(at, _), _)| at > now) {
            return Ok(());
        }
        sqlx::query("BEGIN IMMEDIATE").execute(&mut self.connection).await?;
        while let Some(entry) = self.agenda.first_entry() {
            let at = entry.key().0;
            if at > now {
                break;
            }
            match entry.remove() {
                Item::Write(write) => {
                    let event = random_id(&mut self.random);
                    sql::write(&mut self.connection, at, &write, event).await?;
                }
                item => self.act(at, item),
            }
        }
        sqlx::query("COMMIT").execute(&mut self.connection).await.map(|_| ())
    }

    async fn set_up(&mut self) -> Result<(), sqlx::Error> {
        schema::create(&mut self.connection).await?;
        for (index, cron) in CRONS.iter().enumerate() {
            let next = next_fire(self.started, cron.period_seconds);
            sql::add_cron(&mut self.connection, self.started, self.crons[index], cron, next).await?;
            if !cron.paused {
                self.note(next, Item::Cron(index));
            }
        }
        sql::add_trigger(&mut self.connection, self.started, self.trigger).await?;
        self.note(self.started, Item::TriggerPoll);
        self.note(self.started, Item::Import);
        self.note(self.minutes_in(workflows::MIGRATION_AFTER), Item::Migration);
        Ok(())
    }

    fn act(&mut self, at: Timestamp, item: Item) {
        match item {
            Item::Write(write) => self.note(at, Item::Write(write)),
            Item::Cron(index) => self.fire_cron(at, index),
            Item::TriggerPoll => self.poll_trigger(at),
            Item::Import => {
                let cancelled = self.random.u32(..100) < workflows::IMPORT_CANCELLED;
                let fate = if cancelled { Fate::Cancelled } else { Fate::Normal };
                self.execute(&workflows::IMPORT, Some("manual"), at, fate);
                let (least, most) = workflows::IMPORT_EVERY;
                let pause = least + self.random.f64() * (most - least);
                self.note(at.plus(seconds(pause)), Item::Import);
            }
            Item::Migration => {
                self.execute(&workflows::MIGRATION, Some("manual"), at, Fate::Paused);
            }
            Item::Beat { execution, task } => {
                self.note(at, Item::Write(Write::Task { execution, task, change: Change::Heartbeat }));
                self.note(at.plus(Span::from_seconds(10)), Item::Beat { execution, task });
            }
        }
    }

    fn fire_cron(&mut self, tick: Timestamp, index: usize) {
        let cron = &CRONS[index];
        if cron.forgotten_after.is_some_and(|minutes| tick > self.minutes_in(minutes)) {
            return;
        }
        let schedule = self.crons[index];
        let next = next_fire(tick, cron.period_seconds);
        let claimed = tick.plus(seconds(0.002 + self.random.f64() * 0.01));
        self.note(claimed, Item::Write(Write::Claim { schedule, next }));
        let ended_at = self.fire(cron.workflow, claimed, schedule, Some(tick), Fate::Normal);
        if let Some((fire, ended_at)) = ended_at {
            // The engine looks every half second whether the execution has ended.
            let closed = ended_at.plus(seconds(0.1 + self.random.f64() * 0.4));
            self.note(closed, Item::Write(Write::Close { fire }));
        }
        self.note(next, Item::Cron(index));
    }

    /// A trigger's fires are never closed, as in the real engine; each has a context of its own.
    fn poll_trigger(&mut self, at: Timestamp) {
        let schedule = self.trigger;
        if self.random.u32(..100) < workflows::TRIGGER_FIRES {
            let stuck = !self.one_is_stuck && at >= self.minutes_in(workflows::STUCK_AFTER);
            self.one_is_stuck |= stuck;
            let fate = if stuck { Fate::Stuck } else { Fate::Normal };
            self.fire(&workflows::TRANSCODE, at, schedule, None, fate);
        }
        self.note(at, Item::Write(Write::Poll { schedule }));
        self.note(at.plus(Span::from_seconds(workflows::TRIGGER_POLL_SECONDS)), Item::TriggerPoll);
    }

    /// Hands one fire of a schedule over to an execution; the fire, and when that execution ends, if it does.
    fn fire(
        &mut self,
        workflow: &'static Workflow,
        at: Timestamp,
        schedule: Uuid,
        scheduled: Option<Timestamp>,
        fate: Fate,
    ) -> Option<(Uuid, Timestamp)> {
        self.fires += 1;
        let fire = random_id(&mut self.random);
        let context =
            scheduled.is_none().then(|| format!("{:016x}", self.fires.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        self.note(at, Item::Write(Write::Fire { fire, schedule, scheduled, context }));
        let (execution, ended_at) = self.execute(workflow, None, at.plus(seconds(0.01)), fate);
        self.note(at.plus(seconds(0.012)), Item::Write(Write::Link { fire, execution }));
        ended_at.map(|ended_at| (fire, ended_at))
    }

    fn execute(
        &mut self,
        workflow: &'static Workflow,
        origin: Option<&'static str>,
        start: Timestamp,
        fate: Fate,
    ) -> (Uuid, Option<Timestamp>) {
        let Plan { execution, writes, ended_at, stuck } =
            plan(workflow, origin, start, fate, &mut self.random);
        for (at, write) in writes {
            self.note(at, Item::Write(write));
        }
        if let Some((at, task)) = stuck {
            self.note(at.plus(Span::from_seconds(10)), Item::Beat { execution, task });
        }
        (execution, ended_at)
    }

    fn note(&mut self, at: Timestamp, item: Item) {
        self.agenda.insert((at, self.noted), item);
        self.noted += 1;
    }

    fn minutes_in(&self, minutes: i64) -> Timestamp {
        self.started.plus(Span::from_seconds(minutes * 60))
    }
}

/// The first multiple of the period after `at`.
fn next_fire(at: Timestamp, period_seconds: i64) -> Timestamp {
    let period = Span::from_seconds(period_seconds).0;
    Timestamp((at.0.div_euclid(period) + 1).saturating_mul(period))
}
