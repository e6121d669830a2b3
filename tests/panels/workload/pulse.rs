//! What goes on while the exporter watches, once a second: executions of each kind of ending, attempts of each outcome, and
//! the fires of schedules. Everything is written a few seconds late, so that durations are not zero.

use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::fires::Fires;
use crate::support::postgres::execute;
use crate::support::writer::engine::Step::{self, *};
use crate::support::writer::runner::Runner;
use crate::support::writer::{connect, now};

/// Between two steps of an execution.
const STEP_MICROS: i64 = 200_000;
const COMPLETED: &[Step] =
    &[Create, ReadyAll, Start(0), Retry(0), Start(0), Complete(0), Start(1), Complete(1), End];
/// Each second.
const ENDINGS: [(&str, &[Step]); 5] = [
    ("payments", &[Create, ReadyAll, Start(0), Fail(0), Skip(1), End]),
    (
        "imports.v2 (old)",
        &[Create, ReadyAll, Start(0), Recover(0), Start(0), Recover(0), Start(0), Abandon(0), Skip(1), End],
    ),
    ("mail", &[Create, ReadyAll, Start(0), Cancel]),
    ("ingest", COMPLETED),
    ("scratch_work", COMPLETED),
];
/// A runner at work, a trigger that is polled, and an event that no version of Cloacina writes.
const SIGNS_OF_LIFE: &str = "
    UPDATE task_executions SET heartbeat_at = now() FROM workflow_executions execution
        WHERE execution.id = workflow_execution_id AND workflow_name = 'long_model' AND claimed_by IS NOT NULL;
    UPDATE schedules SET last_poll_at = localtimestamp WHERE trigger_name IN ('new_file', 'stuck_upload');
    INSERT INTO execution_events (workflow_execution_id, event_type)
        SELECT id, 'workflow_exploded' FROM workflow_executions WHERE workflow_name = 'long_model'";

pub struct Pulse {
    runner: Runner,
    connection: PgConnection,
    fires: Fires,
}

impl Pulse {
    pub async fn new(url: &str, schema: &str) -> Self {
        let mut connection = connect(url, schema).await;
        let fires = Fires::begin(&mut connection).await;
        let mut pulse = Self { runner: Runner::connect(url, schema, 2).await, connection, fires };
        // One that fails ever after has succeeded before.
        pulse.perform("payments", COMPLETED).await;
        pulse
    }

    pub async fn beat(&mut self) {
        let execution = self.perform("checkout", COMPLETED).await;
        for (workflow, steps) in ENDINGS {
            self.perform(workflow, steps).await;
        }
        execute(&mut self.connection, SIGNS_OF_LIFE).await;
        self.fires.catch_up(&mut self.connection, execution).await;
    }

    /// An execution that has ended just now.
    async fn perform(&mut self, workflow: &str, steps: &[Step]) -> Uuid {
        let mut execution = self.runner.plan(workflow, 2);
        let mut at = now() - steps.len() as i64 * STEP_MICROS;
        for &step in steps {
            self.runner.perform_at(&mut execution, step, at).await;
            at += STEP_MICROS;
        }
        execution.id
    }
}
