//! A random round: many writers at once, whose transactions are held, prepared, aborted and redone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use fastrand::Rng;
use sqlx::postgres::PgConnection;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::engine::{Execution, Step, Write, random_id};
use super::script::script;
use super::truth::Truth;
use crate::support::postgres::execute;

/// Executions that a writer has under way besides those in held transactions.
const LANES: usize = 4;
/// Held and prepared transactions of one writer; beyond it they commit at once. Bounds the connections.
const HELD: usize = 10;

#[derive(Debug, Clone)]
pub struct Round {
    /// Decides everything but the interleaving.
    pub seed: u64,
    pub writers: usize,
    /// In all.
    pub executions: usize,
    /// Longest time a held transaction stays open after its first write.
    pub hold: Duration,
    /// A writer starts an execution this often at the most; zero for as fast as it can.
    pub pace: Duration,
    /// Clocks ahead of the true one by so many seconds, from writer to writer, again from the first.
    pub skews: Vec<f64>,
    /// Executions are of so many workflows `w0`, `w1` … in turn; 0 for the few of `script`.
    pub workflows: usize,
    pub chances: Chances,
    /// Events committed so far, for tests that act in the middle of a round.
    pub committed: Arc<AtomicU64>,
}

/// Share of the transactions to which each thing happens.
#[derive(Debug, Clone, Copy)]
pub struct Chances {
    pub held: f64,
    pub prepared: f64,
    pub savepoint: f64,
    /// Of those with a savepoint: rolled back to it and redone.
    pub redone: f64,
    pub aborted: f64,
}

impl Round {
    pub fn new(seed: u64, writers: usize, executions: usize) -> Self {
        let chances = Chances { held: 0.01, prepared: 0.004, savepoint: 0.04, redone: 0.4, aborted: 0.03 };
        let (hold, pace, skews) = (Duration::ZERO, Duration::ZERO, vec![0.0]);
        Self {
            seed,
            writers,
            executions,
            hold,
            pace,
            skews,
            workflows: 0,
            chances,
            committed: Arc::default(),
        }
    }

    /// Writes all executions into `schema` of the database at `url`; ends when the last transaction has.
    pub async fn run(self, url: &str, schema: &str) -> Truth {
        let next = Arc::new(AtomicUsize::new(0));
        let mut rng = Rng::with_seed(self.seed);
        let mut writers = JoinSet::new();
        for index in 0..self.writers {
            let writer = Arc::new(Writer {
                id: random_id(&mut rng),
                skew: (self.skews[index % self.skews.len()] * 1e6) as i64,
                url: url.to_owned(),
                schema: schema.to_owned(),
                connection: Mutex::new(super::connect(url, schema).await),
                held: Semaphore::new(HELD),
                truth: std::sync::Mutex::default(),
                round: self.clone(),
            });
            writers.spawn(writer.write_all(Arc::clone(&next), rng.fork()));
        }
        let mut truth = Truth::default();
        while let Some(written) = writers.join_next().await {
            truth.merge(written.unwrap());
        }
        truth
    }
}

struct Writer {
    id: Uuid,
    skew: i64,
    url: String,
    schema: String,
    connection: Mutex<PgConnection>,
    held: Semaphore,
    truth: std::sync::Mutex<Truth>,
    round: Round,
}

/// What happens to one transaction.
struct Fate {
    aborted_first: bool,
    savepoint: bool,
    redone: bool,
    end: End,
}

enum End {
    AtOnce,
    Held(Duration),
    Prepared(Duration),
}

impl Writer {
    async fn write_all(self: Arc<Self>, next: Arc<AtomicUsize>, mut rng: Rng) -> Truth {
        let lanes = Arc::new(Semaphore::new(LANES));
        let mut under_way = JoinSet::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= self.round.executions {
                break;
            }
            tokio::time::sleep(self.round.pace).await;
            let lane = Arc::clone(&lanes).acquire_owned().await.expect("never closed");
            under_way.spawn(Arc::clone(&self).drive(index, rng.fork(), Arc::clone(&lanes), lane));
            while let Some(finished) = under_way.try_join_next() {
                finished.unwrap();
            }
        }
        while let Some(finished) = under_way.join_next().await {
            finished.unwrap();
        }
        std::mem::take(&mut *self.truth.lock().unwrap())
    }

    /// Takes one execution through its life. Gives its lane up while it holds a transaction open.
    async fn drive(
        self: Arc<Self>,
        index: usize,
        mut rng: Rng,
        lanes: Arc<Semaphore>,
        lane: OwnedSemaphorePermit,
    ) {
        let (mut execution, steps) = script(&mut rng);
        if self.round.workflows > 0 {
            execution.workflow = format!("w{}", index % self.round.workflows);
        }
        let mut lane = Some(lane);
        for step in steps {
            let fate = self.fate(&mut rng);
            let slow = if matches!(fate.end, End::AtOnce) { None } else { self.held.try_acquire().ok() };
            if slow.is_some() {
                lane = None;
            } else if lane.is_none() {
                lane = Arc::clone(&lanes).acquire_owned().await.ok();
            }
            let write = self.transact(&execution, step, &fate, slow.is_some(), &mut rng).await;
            execution.apply(step);
            self.truth.lock().unwrap().record(&execution, &write.events);
            self.round.committed.fetch_add(write.events.len() as u64, Ordering::Relaxed);
        }
        drop(lane);
    }

    fn fate(&self, rng: &mut Rng) -> Fate {
        let Chances { held, prepared, savepoint, redone, aborted } = self.round.chances;
        let hold = self.round.hold.mul_f64(rng.f64());
        let end = match rng.f64() {
            dice if dice < held => End::Held(hold),
            dice if dice < held + prepared => End::Prepared(hold),
            _ => End::AtOnce,
        };
        let savepoint = rng.f64() < savepoint;
        Fate { aborted_first: rng.f64() < aborted, savepoint, redone: savepoint && rng.f64() < redone, end }
    }

    /// Commits `step`; what it undid on the way had ids of its own, which must never be counted.
    async fn transact(
        &self,
        execution: &Execution,
        step: Step,
        fate: &Fate,
        slow: bool,
        rng: &mut Rng,
    ) -> Write {
        let name = random_id(rng);
        let write = || execution.write(step, super::now() + self.skew, self.id, rng);
        let (mut first, mut rest, written) = compose(fate, write);
        match fate.end {
            End::Held(hold) if slow => {
                rest.push("COMMIT".to_owned());
                self.pause_between(&first, hold, &rest).await;
            }
            End::Prepared(hold) if slow => {
                first.append(&mut rest);
                first.push(format!("PREPARE TRANSACTION '{name}'"));
                self.pause_between(&first, hold, &[format!("COMMIT PREPARED '{name}'")]).await;
            }
            _ => {
                first.append(&mut rest);
                first.push("COMMIT".to_owned());
                execute(&mut *self.connection.lock().await, &first.join("; ")).await;
            }
        }
        written
    }

    /// On a connection of its own, for the writer's other executions go on meanwhile.
    async fn pause_between(&self, first: &[String], hold: Duration, rest: &[String]) {
        let mut connection = super::connect(&self.url, &self.schema).await;
        execute(&mut connection, &first.join("; ")).await;
        tokio::time::sleep(hold).await;
        execute(&mut connection, &rest.join("; ")).await;
    }
}

/// The statements of a transaction until after its first lasting write, those that remain, and what they write.
fn compose(fate: &Fate, mut write: impl FnMut() -> Write) -> (Vec<String>, Vec<String>, Write) {
    let mut first = Vec::new();
    if fate.aborted_first {
        first.push("BEGIN".to_owned());
        first.extend(write().statements());
        first.push("ROLLBACK".to_owned());
    }
    first.push("BEGIN".to_owned());
    if fate.savepoint {
        first.push("SAVEPOINT before".to_owned());
    }
    if fate.redone {
        first.extend(write().statements());
        first.push("ROLLBACK TO before".to_owned());
    }
    let lasting = write();
    let mut rest = lasting.statements();
    first.push(rest.remove(0));
    if fate.savepoint {
        rest.push("RELEASE before".to_owned());
    }
    (first, rest, lasting)
}
