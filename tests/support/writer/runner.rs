//! A runner that does what it is told, step by step: for cases where the order of writes and commits matters.

use fastrand::Rng;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::engine::{Execution, Step, Write, random_id};
use super::truth::Truth;
use crate::support::postgres::execute;

/// One connection, one clock, and what this runner has committed.
pub struct Runner {
    pub truth: Truth,
    id: Uuid,
    /// How far its clock is ahead of the true one, in microseconds.
    skew: i64,
    connection: PgConnection,
    rng: Rng,
    /// Written in an open transaction.
    pending: Option<Truth>,
}

impl Runner {
    /// Connects to `url`; `seed` decides the ids it gives.
    pub async fn connect(url: &str, schema: &str, seed: u64) -> Self {
        let connection = super::connect(url, schema).await;
        let mut rng = Rng::with_seed(seed);
        Self { truth: Truth::default(), id: random_id(&mut rng), skew: 0, connection, rng, pending: None }
    }

    /// Sets how far its clock is ahead of the true one, in seconds; negative for behind.
    pub fn set_skew(&mut self, seconds: f64) {
        self.skew = (seconds * 1e6) as i64;
    }

    /// Its clock, in microseconds since 1970.
    pub fn now(&self) -> i64 {
        super::now() + self.skew
    }

    /// An execution that it has not written yet.
    pub fn plan(&mut self, workflow: &str, tasks: usize) -> Execution {
        Execution::new(&mut self.rng, workflow, tasks)
    }

    /// Performs `steps` one after the other, each in a transaction of its own unless one is open.
    pub async fn perform(&mut self, execution: &mut Execution, steps: &[Step]) {
        for &step in steps {
            self.perform_at(execution, step, self.now()).await;
        }
    }

    /// Performs `step` with `at` for the time it says it happened.
    pub async fn perform_at(&mut self, execution: &mut Execution, step: Step, at: i64) {
        let write = execution.write(step, at, self.id, &mut self.rng);
        self.send(&write.statements()).await;
        execution.apply(step);
        self.pending.as_mut().unwrap_or(&mut self.truth).record(execution, &write.events);
    }

    /// A whole execution of one task that succeeds.
    pub async fn succeed(&mut self, workflow: &str) -> Execution {
        let mut execution = self.plan(workflow, 1);
        self.perform(&mut execution, &[Step::Create, Step::ReadyAll]).await;
        self.perform(&mut execution, &[Step::Start(0), Step::Complete(0), Step::End]).await;
        execution
    }

    /// Writes only the events of `step`; give what it returns to `write_rows`, in a later transaction.
    pub async fn write_events(&mut self, execution: &Execution, step: Step) -> Write {
        let write = execution.write(step, self.now(), self.id, &mut self.rng);
        self.send(write.insert_events().as_slice()).await;
        self.pending.as_mut().unwrap_or(&mut self.truth).record(execution, &write.events);
        write
    }

    /// Writes only the rows of `step`; give what it returns to `insert_events`, in a later transaction.
    pub async fn write_rows(
        &mut self,
        execution: &mut Execution,
        step: Step,
        written: Option<Write>,
    ) -> Write {
        let write = written
            .unwrap_or_else(|| execution.write(step, super::now() + self.skew, self.id, &mut self.rng));
        self.send(&write.rows).await;
        execution.apply(step);
        self.pending.as_mut().unwrap_or(&mut self.truth).record(execution, &[]);
        write
    }

    /// Writes the events left out by `write_rows`.
    pub async fn insert_events(&mut self, execution: &Execution, write: &Write) {
        self.send(write.insert_events().as_slice()).await;
        self.pending.as_mut().unwrap_or(&mut self.truth).record(execution, &write.events);
    }

    /// Opens a transaction: what follows is not committed until `commit`.
    pub async fn begin(&mut self) {
        self.send(&["BEGIN".to_owned()]).await;
        self.pending = Some(Truth::default());
    }

    pub async fn commit(&mut self) {
        self.send(&["COMMIT".to_owned()]).await;
        self.settle();
    }

    /// Undoes the open transaction. Pictures of executions changed in it are the caller's to forget.
    pub async fn rollback(&mut self) {
        self.send(&["ROLLBACK".to_owned()]).await;
        self.pending = None;
    }

    /// Prepares the open transaction under `name`; it then belongs to no connection.
    pub async fn prepare(&mut self, name: &str) {
        self.send(&[format!("PREPARE TRANSACTION '{name}'")]).await;
    }

    pub async fn commit_prepared(&mut self, name: &str) {
        self.send(&[format!("COMMIT PREPARED '{name}'")]).await;
        self.settle();
    }

    /// Any other statement on its connection, such as SAVEPOINT.
    pub async fn say(&mut self, statement: &str) {
        self.send(&[statement.to_owned()]).await;
    }

    fn settle(&mut self) {
        self.truth.merge(self.pending.take().expect("a transaction is open"));
    }

    async fn send(&mut self, statements: &[String]) {
        execute(&mut self.connection, &statements.join("; ")).await;
    }
}
