//! Schedules that are due every five seconds, one for each outcome that a fire can come to.

use sqlx::postgres::PgConnection;
use uuid::Uuid;

use crate::support::postgres::execute;
use crate::support::writer::engine::timestamp;
use crate::support::writer::now;

const PERIOD: i64 = 5_000_000;

/// The schedules, and what the row of a fire says: how late it started, whether it has an execution and an end, and how
/// often it was tried again. The exporter's grace is a second.
const SCHEDULES: [(&str, Option<Row>); 7] = [
    ("on_time", Some(Row { late: 200_000, executed: true, completed: true, recoveries: 0 })),
    ("delayed", Some(Row { late: 2_000_000, executed: true, completed: true, recoveries: 0 })),
    ("caught_up", Some(Row { late: PERIOD + 1_000_000, executed: true, completed: true, recoveries: 0 })),
    ("recovered", Some(Row { late: 200_000, executed: true, completed: true, recoveries: 1 })),
    ("unknown_workflow", Some(Row { late: 200_000, executed: false, completed: true, recoveries: 0 })),
    ("given_up", Some(Row { late: 200_000, executed: false, completed: false, recoveries: 4 })),
    ("missed", None),
];

#[derive(Debug, Clone, Copy)]
struct Row {
    late: i64,
    executed: bool,
    completed: bool,
    recoveries: u8,
}

pub struct Fires {
    /// The instant that was accounted for last.
    done: i64,
}

impl Fires {
    pub async fn begin(connection: &mut PgConnection) -> Self {
        let done = now() / PERIOD * PERIOD;
        for (name, _) in SCHEDULES {
            let (last, next) = (timestamp(done), timestamp(done + PERIOD));
            let statement = format!(
                "INSERT INTO schedules (schedule_type, workflow_name, instance_name, cron_expression, next_run_at, \
                 last_run_at) VALUES ('cron', 'checkout', '{name}', '*/5 * * * * *', {next}, {last})"
            );
            execute(connection, &statement).await;
        }
        Self { done }
    }

    /// Writes the fires of every instant that was due a period ago, the time that the latest of them takes.
    pub async fn catch_up(&mut self, connection: &mut PgConnection, execution: Uuid) {
        while self.done + 3 * PERIOD < now() {
            self.done += PERIOD;
            for (name, row) in SCHEDULES {
                self.fire(connection, name, row, execution).await;
            }
            let fire = format!(
                "INSERT INTO schedule_executions (schedule_id, workflow_execution_id, context_hash, completed_at) \
                 SELECT id, '{execution}', '{}', localtimestamp FROM schedules WHERE trigger_name = 'new_file'",
                self.done
            );
            execute(connection, &fire).await;
        }
    }

    async fn fire(&self, connection: &mut PgConnection, name: &str, row: Option<Row>, execution: Uuid) {
        let (due, next) = (timestamp(self.done), timestamp(self.done + PERIOD));
        if let Some(row) = row {
            let started = timestamp(self.done + row.late);
            let execution = if row.executed { format!("'{execution}'::uuid") } else { "NULL::uuid".into() };
            let completed = if row.completed { &*started } else { "NULL::timestamp" };
            let statement = format!(
                "INSERT INTO schedule_executions (schedule_id, workflow_execution_id, scheduled_time, started_at, \
                 completed_at, recovery_attempts) SELECT id, {execution}, {due}, {started}, {completed}, {} \
                 FROM schedules WHERE instance_name = '{name}'",
                row.recoveries
            );
            execute(connection, &statement).await;
        }
        let moved = format!(
            "UPDATE schedules SET last_run_at = {due}, next_run_at = {next} WHERE instance_name = '{name}'"
        );
        execute(connection, &moved).await;
    }
}
