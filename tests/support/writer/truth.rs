//! What is true by id: kept by the writers as they commit, or recounted from the tables.

use std::collections::BTreeMap;
use std::fmt::{Debug, Write};

use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::engine::{Event, Execution};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Truth {
    /// Type and creation, in microseconds since 1970, of each committed event.
    pub events: BTreeMap<Uuid, (String, i64)>,
    /// Workflow and status of each ended execution.
    pub executions: BTreeMap<Uuid, (String, String)>,
    /// `Completed`, `Failed`, `Skipped`, or `Abandoned` for failed after the last recovery.
    pub tasks: BTreeMap<Uuid, String>,
    /// Retries of each task that had any.
    pub retries: BTreeMap<Uuid, u32>,
    /// Recoveries after a stale claim of each task that had any.
    pub recoveries: BTreeMap<Uuid, u32>,
    /// Workflow and short name of every task.
    pub names: BTreeMap<Uuid, (String, String)>,
}

impl Truth {
    /// Takes in a committed step: its `events`, and `execution` as it is after it.
    pub fn record(&mut self, execution: &Execution, events: &[Event]) {
        for event in events {
            self.events.insert(event.id, (event.kind.to_owned(), event.created_at));
        }
        if ["Completed", "Failed", "Cancelled"].contains(&execution.status) {
            self.executions.insert(execution.id, (execution.workflow.clone(), execution.status.to_owned()));
        }
        for (index, task) in execution.tasks.iter().enumerate() {
            self.names.insert(task.id, (execution.workflow.clone(), format!("task{index}")));
            if ["Completed", "Failed", "Skipped"].contains(&task.status) {
                let outcome = if task.abandoned { "Abandoned" } else { task.status };
                self.tasks.insert(task.id, outcome.to_owned());
            }
            if task.attempt > 1 {
                self.retries.insert(task.id, task.attempt - 1);
            }
            if task.recoveries > 0 {
                self.recoveries.insert(task.id, task.recoveries);
            }
        }
    }

    /// Adds what another writer knows.
    pub fn merge(&mut self, other: Self) {
        self.events.extend(other.events);
        self.executions.extend(other.executions);
        self.tasks.extend(other.tasks);
        self.retries.extend(other.retries);
        self.recoveries.extend(other.recoveries);
        self.names.extend(other.names);
    }

    /// Number of executions that ended with `status`, of `workflow` if it is given.
    pub fn ended(&self, workflow: Option<&str>, status: &str) -> usize {
        let counts = |(name, found): &&(String, String)| {
            found == status && workflow.is_none_or(|wanted| wanted == name)
        };
        self.executions.values().filter(counts).count()
    }

    pub fn total_retries(&self) -> u32 {
        self.retries.values().sum()
    }

    pub fn total_recoveries(&self) -> u32 {
        self.recoveries.values().sum()
    }

    /// The same, by plain SQL over the v0.11 tables in the connection's search path.
    pub async fn recount(connection: &mut PgConnection) -> Self {
        let mut truth = Self::default();
        let micros = "(extract(epoch from created_at) * 1000000)::bigint";
        let events = format!("SELECT id, event_type::text, {micros} FROM execution_events");
        let rows: Vec<(Uuid, String, i64)> =
            sqlx::query_as(sqlx::AssertSqlSafe(events)).fetch_all(&mut *connection).await.unwrap();
        truth.events = rows.into_iter().map(|(id, kind, at)| (id, (kind, at))).collect();
        let executions = "SELECT id, workflow_name::text, status::text FROM workflow_executions \
                          WHERE status IN ('Completed', 'Failed', 'Cancelled')";
        let rows: Vec<(Uuid, String, String)> =
            sqlx::query_as(executions).fetch_all(&mut *connection).await.unwrap();
        truth.executions = rows.into_iter().map(|(id, workflow, status)| (id, (workflow, status))).collect();
        let names = "SELECT t.id, e.workflow_name::text, split_part(t.task_name, '::', 4) FROM task_executions t \
                     JOIN workflow_executions e ON e.id = t.workflow_execution_id";
        let rows: Vec<(Uuid, String, String)> =
            sqlx::query_as(names).fetch_all(&mut *connection).await.unwrap();
        truth.names = rows.into_iter().map(|(id, workflow, task)| (id, (workflow, task))).collect();
        let tasks = "SELECT id, CASE WHEN error_details LIKE 'ABANDONED:%' THEN 'Abandoned' ELSE status::text END, \
                     attempt, recovery_attempts FROM task_executions";
        let rows: Vec<(Uuid, String, i32, i32)> =
            sqlx::query_as(tasks).fetch_all(&mut *connection).await.unwrap();
        for (id, status, attempt, recoveries) in rows {
            if ["Completed", "Failed", "Skipped", "Abandoned"].contains(&status.as_str()) {
                truth.tasks.insert(id, status);
            }
            if attempt > 1 {
                truth.retries.insert(id, u32::try_from(attempt - 1).unwrap());
            }
            if recoveries > 0 {
                truth.recoveries.insert(id, u32::try_from(recoveries).unwrap());
            }
        }
        truth
    }

    /// What `found` lacks, has too much or has otherwise, with a few ids of each; empty if nothing.
    pub fn difference(&self, found: &Self) -> String {
        let mut text = String::new();
        compare(&mut text, "events", &self.events, &found.events);
        compare(&mut text, "executions", &self.executions, &found.executions);
        compare(&mut text, "tasks", &self.tasks, &found.tasks);
        compare(&mut text, "retries", &self.retries, &found.retries);
        compare(&mut text, "recoveries", &self.recoveries, &found.recoveries);
        text
    }
}

fn compare<V: PartialEq + Debug>(
    text: &mut String,
    what: &str,
    wanted: &BTreeMap<Uuid, V>,
    found: &BTreeMap<Uuid, V>,
) {
    let mut say = |fault: &str, ids: Vec<String>| {
        if !ids.is_empty() {
            let shown = ids[..ids.len().min(5)].join(", ");
            writeln!(text, "{what}: {} {fault}: {shown}", ids.len()).unwrap();
        }
    };
    let missing = wanted.iter().filter(|(id, _)| !found.contains_key(id));
    say("missing", missing.map(|(id, value)| format!("{id} {value:?}")).collect());
    let extra = found.iter().filter(|(id, _)| !wanted.contains_key(id));
    say("too many", extra.map(|(id, value)| format!("{id} {value:?}")).collect());
    let changed =
        wanted.iter().filter_map(|(id, value)| Some((id, value, found.get(id).filter(|f| *f != value)?)));
    say("different", changed.map(|(id, value, other)| format!("{id} {value:?} not {other:?}")).collect());
}
