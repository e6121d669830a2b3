//! Rows as the engine writes them, and a stand-in for its scheduler that keeps schedules on time until it is told not to.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use sqlx::postgres::PgConnection;

use crate::support::postgres::execute;
use crate::support::writer::engine::{Execution, Step, timestamp};
use crate::support::writer::runner::Runner;
use crate::support::writer::{self, now};

/// Some minutes, by how fast evaluation is.
pub const PERIOD: Duration = Duration::from_secs(20);
const TICK: Duration = Duration::from_millis(200);

pub struct Rows {
    pub runner: Runner,
    connection: PgConnection,
    crons: Vec<Cron>,
    period: Duration,
}

struct Cron {
    name: &'static str,
    /// Microseconds since 1970.
    due: i64,
    fires: Fires,
}

/// What the scheduler does when a schedule is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fires {
    Well,
    /// It never looks at it.
    Not,
    /// It moves on and leaves no row.
    Without,
}

impl Rows {
    pub async fn connect(url: &str, schema: &str) -> Self {
        let runner = Runner::connect(url, schema, schema.bytes().map(u64::from).sum()).await;
        Self { runner, connection: writer::connect(url, schema).await, crons: Vec::new(), period: PERIOD }
    }

    pub async fn execute(&mut self, statements: &str) {
        execute(&mut self.connection, statements).await;
    }

    /// The same with schedules that are due every `period`, a divisor of a minute.
    pub fn every(self, period: Duration) -> Self {
        Self { period, ..self }
    }

    /// Creates schedules of workflows of the same names, due every `PERIOD` unless `every` says otherwise.
    pub async fn crons(&mut self, names: &[&'static str]) {
        for &name in names {
            let due = self.next_due();
            self.execute(&format!(
                "INSERT INTO schedules (schedule_type, workflow_name, instance_name, cron_expression, next_run_at, \
                 created_at, updated_at) VALUES ('cron', '{name}', '{name}', '{cron}', {due}, {now}, {now})",
                cron = self.cron(),
                due = timestamp(due),
                now = timestamp(now()),
            ))
            .await;
            self.crons.push(Cron { name, due, fires: Fires::Well });
        }
    }

    /// Creates a trigger that is polled every five seconds.
    pub async fn trigger(&mut self, name: &str) {
        self.execute(&format!(
            "INSERT INTO schedules (schedule_type, workflow_name, trigger_name, poll_interval_ms, last_poll_at, \
             created_at, updated_at) VALUES ('trigger', '{name}', '{name}', 5000, {now}, {now}, {now})",
            now = timestamp(now()),
        ))
        .await;
    }

    /// Decides what becomes of the next fires of `name`.
    pub fn set(&mut self, name: &str, fires: Fires) {
        self.crons.iter_mut().find(|cron| cron.name == name).expect("it was created").fires = fires;
    }

    /// Keeps the schedules until `until` is done.
    pub async fn keep<T>(&mut self, until: impl Future<Output = T>) -> T {
        let mut until = pin!(until);
        loop {
            tokio::select! {
                result = &mut until => return result,
                () = tokio::time::sleep(TICK) => self.tick().await,
            }
        }
    }

    /// Keeps the schedules until each was fired once more.
    pub async fn round(&mut self) {
        let dues: Vec<_> = self.crons.iter().map(|cron| cron.due).collect();
        while self.crons.iter().zip(&dues).any(|(cron, due)| cron.due == *due && cron.fires != Fires::Not) {
            tokio::time::sleep(TICK).await;
            self.tick().await;
        }
    }

    /// Waits until `name` is due, while the others are kept.
    pub async fn due(&mut self, name: &str) {
        let due = self.crons.iter().find(|cron| cron.name == name).expect("it was created").due;
        let left = u64::try_from(due - now()).unwrap_or(0);
        self.keep(tokio::time::sleep(Duration::from_micros(left))).await;
    }

    /// An execution that the schedule `name` starts now and that goes on, with its task under way.
    pub async fn fire_endless(&mut self, name: &str) -> Execution {
        let mut execution = self.runner.plan(name, 1);
        self.runner.perform(&mut execution, &[Step::Create, Step::ReadyAll, Step::Start(0)]).await;
        self.link(name, &execution, now() - self.period_micros() / 2, "NULL").await;
        execution
    }

    /// Gives all claimed tasks a fresh heartbeat until `until` is done.
    pub async fn beat_until(&mut self, until: impl Future<Output = ()>) {
        let mut until = pin!(until);
        loop {
            self.execute("UPDATE task_executions SET heartbeat_at = now() WHERE claimed_by IS NOT NULL")
                .await;
            tokio::select! {
                () = &mut until => return,
                () = tokio::time::sleep(Duration::from_millis(500)) => {}
            }
        }
    }

    /// Closes the fires whose execution has ended.
    pub async fn close_fires(&mut self) {
        self.execute(
            "UPDATE schedule_executions SET completed_at = timezone('UTC', now()) WHERE completed_at IS NULL",
        )
        .await;
    }

    /// Makes `name` again what it was: with a good expression, not paused, and due in the future.
    pub async fn renew(&mut self, name: &str) {
        let due = self.next_due();
        self.execute(&format!(
            "UPDATE schedules SET cron_expression = '{}', paused = false, paused_at = NULL, next_run_at = {} \
             WHERE instance_name = '{name}'",
            self.cron(),
            timestamp(due)
        ))
        .await;
        let cron = self.crons.iter_mut().find(|cron| cron.name == name).expect("it was created");
        (cron.due, cron.fires) = (due, Fires::Well);
    }

    /// Polls all triggers, and fires what is due.
    async fn tick(&mut self) {
        self.execute(
            "UPDATE schedules SET last_poll_at = timezone('UTC', now()) WHERE schedule_type = 'trigger' \
             AND last_poll_at < timezone('UTC', now()) - interval '1 second'",
        )
        .await;
        for index in 0..self.crons.len() {
            let Cron { name, due, fires } = self.crons[index];
            if now() < due || fires == Fires::Not {
                continue;
            }
            self.crons[index].due = self.next_due();
            self.advance(name, self.crons[index].due).await;
            if fires == Fires::Well {
                let execution = self.runner.succeed(name).await;
                self.link(name, &execution, due, &timestamp(now())).await;
            }
        }
    }

    fn cron(&self) -> String {
        format!("*/{} * * * * *", self.period.as_secs())
    }

    fn next_due(&self) -> i64 {
        let period = self.period_micros();
        (now() / period + 1) * period
    }

    fn period_micros(&self) -> i64 {
        i64::try_from(self.period.as_micros()).expect("at most a minute")
    }

    async fn advance(&mut self, name: &str, due: i64) {
        self.execute(&format!(
            "UPDATE schedules SET last_run_at = {now}, updated_at = {now}, next_run_at = {} \
             WHERE instance_name = '{name}'",
            timestamp(due),
            now = timestamp(now()),
        ))
        .await;
    }

    async fn link(&mut self, name: &str, execution: &Execution, due: i64, completed: &str) {
        self.execute(&format!(
            "INSERT INTO schedule_executions (schedule_id, workflow_execution_id, scheduled_time, claimed_at, \
             started_at, completed_at) SELECT id, '{}', {}, {now}, {now}, {completed} FROM schedules \
             WHERE instance_name = '{name}'",
            execution.id,
            timestamp(due),
            now = timestamp(now()),
        ))
        .await;
    }
}

/// An instant before now, as SQL.
pub fn ago(duration: Duration) -> String {
    timestamp(now() - i64::try_from(duration.as_micros()).expect("a short time"))
}
