//! Writes what an engine writes in 15 seconds: 300 events of 24 executions and 60 tasks that end, and as many that begin.

use fastrand::Rng;
use sqlx::Row as _;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::support::postgres::execute;
use super::support::writer::connect;
use super::support::writer::engine::{Execution, Step, random_id};

const EXECUTIONS: usize = 24;
/// Of them are paused and resumed.
const PAUSED: usize = 18;

pub struct Writer {
    connection: PgConnection,
    rng: Rng,
    runner: Uuid,
    begun: Vec<Execution>,
    /// Process id of its session.
    pub pid: i32,
    /// Its clock in microseconds, which moves with each step.
    pub clock: i64,
    /// How far.
    pub step: i64,
}

impl Writer {
    pub async fn connect(url: &str, schema: &str, clock: i64) -> Self {
        let mut rng = Rng::with_seed(clock as u64);
        let mut connection = connect(url, schema).await;
        let pid = sqlx::query("SELECT pg_backend_pid()").fetch_one(&mut connection).await.unwrap().get(0);
        let mut writer =
            Self { connection, runner: random_id(&mut rng), rng, begun: Vec::new(), pid, clock, step: 0 };
        writer.begin_executions().await;
        writer
    }

    /// One round, of about 600 transactions: ends what the last one began.
    pub async fn round(&mut self) {
        for (number, mut execution) in std::mem::take(&mut self.begun).into_iter().enumerate() {
            if number < PAUSED {
                self.perform(&mut execution, &[Step::Pause, Step::Resume]).await;
            }
            for task in 0..execution.tasks.len() {
                let retried = [Step::Start(task), Step::Retry(task), Step::Start(task), Step::Retry(task)];
                self.perform(&mut execution, &retried).await;
                self.perform(&mut execution, &[Step::Start(task), Step::Complete(task)]).await;
            }
            self.perform(&mut execution, &[Step::End]).await;
        }
        self.begin_executions().await;
    }

    /// Begins and ends an execution of one task, with a transaction for each step.
    pub async fn one(&mut self, workflow: &str) {
        let mut execution = Execution::new(&mut self.rng, workflow, 1);
        let steps = [Step::Create, Step::Ready(0), Step::Start(0), Step::Complete(0), Step::End];
        self.perform(&mut execution, &steps).await;
    }

    async fn begin_executions(&mut self) {
        for number in 0..EXECUTIONS {
            let workflow = format!("workflow_{}", self.rng.u32(..50));
            let mut execution = Execution::new(&mut self.rng, &workflow, 2 + number % 2);
            self.perform(&mut execution, &[Step::Create, Step::ReadyAll]).await;
            self.begun.push(execution);
        }
    }

    async fn perform(&mut self, execution: &mut Execution, steps: &[Step]) {
        for step in steps {
            self.clock += self.step;
            let write = execution.write(*step, self.clock, self.runner, &mut self.rng);
            execute(&mut self.connection, &write.statements().join("; ")).await;
            execution.apply(*step);
        }
    }
}
