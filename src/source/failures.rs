//! What a person wants to know of failed executions: which, when, and what their tasks said; and how long executions of a
//! workflow take as a rule.
//!
//! Asked by commands that read once, inside the transaction that `Reader::begin` opens. Error texts leave `source` here
//! and nowhere else, cut short; whoever shows them must expect anything in them.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use super::decode::Decoder;
use super::error::Error;
use super::reader::{Bind, Reader};
use super::statements::Statement;
use crate::record::{Execution, FailedExecution, FailedTask, Failures, Timestamp};

/// Failed tasks told of one execution; the rest is left out.
const MOST_TASKS: i64 = 5;
/// Ids in one statement.
const CHUNK: usize = 5000;

impl Reader {
    /// Executions that failed since, with at most `limit` of each workflow listed, in the order of the workflows' names.
    /// Costs what the failed rows kept cost, and nothing for all others.
    ///
    /// # Errors
    /// As all questions: reason `Timeout`, `Permission`, `Schema` or `Query`.
    pub async fn failures(&mut self, since: Timestamp, limit: u32) -> Result<Vec<Failures>, Error> {
        let binds = [Bind::Time(Some(since)), Bind::Number(limit.into())];
        let rows = self.collect(&FAILED_EXECUTIONS, &binds, failed_execution).await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.execution.id).collect();
        let mut tasks = self.failed_tasks(&ids).await?;
        let mut failures: Vec<Failures> = Vec::new();
        for FailedRow { workflow, total, mut execution } in rows {
            execution.tasks = tasks.remove(&execution.id).unwrap_or_default();
            match failures.last_mut() {
                Some(last) if last.workflow == workflow => last.listed.push(execution),
                _ => failures.push(Failures { workflow, total, listed: vec![execution] }),
            }
        }
        Ok(failures)
    }

    /// Successful executions among about 200 of the newest of a workflow, in no order, without their origins. Follows an
    /// index from its end, so that its cost does not grow with history; hence "newest" is among those of the greatest
    /// version.
    ///
    /// # Errors
    /// As all questions: reason `Timeout`, `Permission`, `Schema` or `Query`.
    pub async fn recent_successes(&mut self, workflow: &str) -> Result<Vec<Execution>, Error> {
        self.collect(&RECENT_SUCCESSES, &[Bind::Text(Some(workflow))], |decoder| decoder.execution()).await
    }

    async fn failed_tasks(&mut self, executions: &[Uuid]) -> Result<HashMap<Uuid, Vec<FailedTask>>, Error> {
        let mut found: HashMap<Uuid, Vec<FailedTask>> = HashMap::new();
        for ids in executions.chunks(CHUNK) {
            let binds = [Bind::Ids(ids), Bind::Number(MOST_TASKS)];
            for (execution, task) in self.collect(&FAILED_TASKS, &binds, failed_task).await? {
                found.entry(execution).or_default().push(task);
            }
        }
        Ok(found)
    }
}

struct FailedRow {
    workflow: Arc<str>,
    total: u64,
    execution: FailedExecution,
}

fn failed_execution(decoder: &mut Decoder<'_>) -> Option<FailedRow> {
    let id = decoder.id(0)?;
    let workflow = decoder.name(1)?;
    let ended_at = decoder.time(2);
    let execution = FailedExecution { id, ended_at, error: text(decoder, 3), tasks: Vec::new() };
    Some(FailedRow { workflow, total: decoder.number(4)?, execution })
}

fn failed_task(decoder: &mut Decoder<'_>) -> Option<(Uuid, FailedTask)> {
    let execution = decoder.id(0)?;
    let name = decoder.name(1)?;
    let attempt = decoder.row.integer(2).ok().flatten().unwrap_or(1);
    let attempt = u32::try_from(attempt.max(1)).unwrap_or(u32::MAX);
    Some((execution, FailedTask { name, attempt, error: text(decoder, 3) }))
}

fn text(decoder: &Decoder<'_>, column: usize) -> Option<String> {
    decoder.row.text(column).ok().flatten().map(String::from)
}

/// v0.4 stores an execution with a failed task as completed: there, failed executions are found by their tasks. Both
/// tables have an index on their status, and the ids come first, so that no other row is looked at.
const FAILED_EXECUTIONS: Statement = Statement::new(
    "failed executions",
    "workflow_executions",
    "SELECT id, workflow_name, ended_at, error_details, total FROM (\
     SELECT e.id, e.{workflow_name} AS workflow_name, coalesce(e.completed_at, e.updated_at) AS ended_at, \
     substr(e.error_details, 1, 500) AS error_details, \
     count(*) OVER (PARTITION BY e.{workflow_name}) AS total, row_number() OVER (PARTITION BY e.{workflow_name} \
     ORDER BY {time}coalesce(e.completed_at, e.updated_at){/time} DESC, e.id) AS place \
     FROM {executions} e WHERE {failed} \
     AND {time}coalesce(e.completed_at, e.updated_at){/time} >= $1) f \
     WHERE place <= $2 ORDER BY workflow_name, place",
);
/// `coalesce` keeps the index on `status` from being used: reading by status would grow with history.
const FAILED_TASKS: Statement = Statement::new(
    "failed tasks",
    "task_executions",
    "SELECT workflow_execution_id, task_name, attempt, last_error FROM (\
     SELECT t.{execution_id} AS workflow_execution_id, t.task_name, t.attempt, \
     substr(CASE WHEN t.error_details LIKE 'ABANDONED%' THEN t.error_details \
     ELSE coalesce(t.last_error, t.error_details) END, 1, 500) AS last_error, \
     row_number() OVER (PARTITION BY t.{execution_id} \
     ORDER BY {time}coalesce(t.completed_at, t.updated_at){/time}, t.id) AS place \
     FROM task_executions t WHERE t.{execution_id} {any} AND coalesce(t.status, '') = 'Failed') f \
     WHERE place <= $2 ORDER BY workflow_execution_id, place",
);
/// With `coalesce` as above, and for the same reason.
const RECENT_SUCCESSES: Statement = Statement::new(
    "executions",
    "workflow_executions",
    "SELECT e.id, e.{workflow_name} AS workflow_name, e.status, NULL AS trigger_origin, e.created_at, e.updated_at, \
     e.started_at, e.completed_at, NULL AS schedule_type FROM (SELECT r.* FROM {executions} r \
     WHERE r.{workflow_name} = $1 ORDER BY r.{workflow_version} DESC LIMIT 200) e WHERE e.status = 'Completed' \
     AND NOT EXISTS (SELECT 1 FROM task_executions f \
     WHERE f.{execution_id} = e.id AND coalesce(f.status, '') = 'Failed')",
);

#[cfg(test)]
mod tests {
    use super::super::schema::Shape;
    use super::super::statements::Dialect;
    use super::*;

    #[test]
    fn every_name_in_braces_is_replaced_for_every_shape() {
        for pipeline in [false, true] {
            let shape = Shape {
                pipeline,
                trigger_origin: false,
                sub_status: false,
                claims: false,
                paused: false,
                instance_name: false,
                fire_recoveries: false,
            };
            for statement in [&FAILED_EXECUTIONS, &FAILED_TASKS, &RECENT_SUCCESSES] {
                for dialect in [Dialect::Postgres, Dialect::Sqlite] {
                    let text = statement.render(dialect, shape);
                    assert!(!text.contains(['{', '}']), "{text}");
                }
            }
        }
    }
}
