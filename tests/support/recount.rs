//! Totals recounted from the tables in plain SQL, apart from the exporter's own statements, and compared with a page.

use std::collections::BTreeMap;

use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, query_as};

use super::exposition::Exposition;

/// Ended executions by workflow and status. Of v0.4 alone: one with a failed task is stored as completed.
const EXECUTIONS: &str = "SELECT e.{workflow}_name, CASE WHEN {failed} THEN 'failed' ELSE lower(e.status) END, count(*) \
    FROM {workflow}_executions e WHERE e.status IN ('Completed', 'Failed', 'Cancelled') GROUP BY 1, 2";
const FAILED_TASK: &str = "e.status = 'Completed' AND EXISTS (SELECT 1 FROM task_executions t \
    WHERE t.pipeline_execution_id = e.id AND t.status = 'Failed')";

/// Ended attempts by workflow and task, and outcome; each attempt before the current one was retried.
const ATTEMPTS: &str = "SELECT e.{workflow}_name || '\n' || t.task_name, CASE WHEN t.status = 'Failed' \
    AND t.error_details LIKE 'ABANDONED%' THEN 'abandoned' ELSE lower(t.status) END, count(*) FROM task_executions t \
    JOIN {workflow}_executions e ON e.id = t.{workflow}_execution_id \
    WHERE t.status IN ('Completed', 'Failed', 'Skipped') GROUP BY 1, 2 \
    UNION ALL SELECT e.{workflow}_name || '\n' || t.task_name, 'retried', CAST(sum(t.attempt - 1) AS BIGINT) \
    FROM task_executions t JOIN {workflow}_executions e ON e.id = t.{workflow}_execution_id GROUP BY 1";

const EVENTS: &str =
    "SELECT replace(event_type, 'pipeline_', 'workflow_'), '', count(*) FROM execution_events GROUP BY 1";

type Rows = Vec<(String, String, i64)>;
type Totals = BTreeMap<Vec<String>, f64>;

#[derive(Debug, PartialEq)]
pub struct Recount {
    /// By workflow and status.
    pub executions: Totals,
    /// By workflow, task and outcome.
    pub attempts: Totals,
    /// By type.
    pub events: Totals,
}

impl Recount {
    pub async fn sqlite(connection: &mut SqliteConnection, generation: &str) -> Self {
        let mut rows = Vec::new();
        for statement in statements(generation) {
            rows.push(query_as(AssertSqlSafe(statement)).fetch_all(&mut *connection).await.unwrap());
        }
        Self::of(rows)
    }

    /// Of the schema that `connection`'s search path names.
    pub async fn postgres(connection: &mut PgConnection, generation: &str) -> Self {
        let mut rows = Vec::new();
        for statement in statements(generation) {
            rows.push(query_as(AssertSqlSafe(statement)).fetch_all(&mut *connection).await.unwrap());
        }
        Self::of(rows)
    }

    /// What the exporter says of `tenant`.
    pub fn exported(page: &Exposition, tenant: &str) -> Self {
        let totals = |name, labels| page.totals(name, tenant, labels);
        Self {
            executions: totals("cloacina_state_workflow_executions_total", &["workflow", "status"][..]),
            attempts: totals("cloacina_state_task_attempts_total", &["workflow", "task", "outcome"]),
            events: totals("cloacina_state_events_total", &["type"]),
        }
    }

    fn of(rows: Vec<Rows>) -> Self {
        let [executions, attempts, events] = <[Rows; 3]>::try_from(rows).expect("three questions were asked");
        let attempts = attempts.into_iter().map(|(name, outcome, count)| {
            let (workflow, task) = name.split_once('\n').expect("it was put together so");
            let task = task.rsplit("::").next().expect("a split has a first part");
            (vec![workflow.to_owned(), task.to_owned(), outcome], count)
        });
        Self {
            executions: sum(executions.into_iter().map(|(name, status, count)| (vec![name, status], count))),
            attempts: sum(attempts),
            events: sum(events.into_iter().map(|(kind, _, count)| (vec![kind], count))),
        }
    }
}

fn statements(generation: &str) -> [String; 3] {
    let is_oldest = generation == "v0.4";
    let (workflow, failed) = if is_oldest { ("pipeline", FAILED_TASK) } else { ("workflow", "1 = 0") };
    [EXECUTIONS, ATTEMPTS, EVENTS]
        .map(|statement| statement.replace("{failed}", failed).replace("{workflow}", workflow))
}

/// Without those that are 0, as `Exposition::totals`.
fn sum(counts: impl Iterator<Item = (Vec<String>, i64)>) -> Totals {
    let mut totals = Totals::new();
    for (key, count) in counts.filter(|(_, count)| *count != 0) {
        *totals.entry(key).or_insert(0.0) += count as f64;
    }
    totals
}
