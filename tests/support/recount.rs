//! Totals recounted from the tables in plain SQL, apart from the exporter's own statements, and compared with a page.

use std::collections::BTreeMap;

use cloacina_exporter::record::Fire;
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

/// Id of each fire, and its link, its execution's status and whether it was completed, with spaces between. Of v0.4
/// alone: as for executions.
const FIRES: &str = "SELECT {x.id}, CASE WHEN e.id IS NULL THEN '-' ELSE {e.id} END || ' ' || coalesce(CASE WHEN {failed} THEN 'Failed' \
    ELSE e.status END, '-') || CASE WHEN x.completed_at IS NULL THEN ' open' ELSE ' completed' END \
    FROM schedule_executions x LEFT JOIN {workflow}_executions e ON e.id = x.{workflow}_execution_id";

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

    /// All fires by id, as `FIRES` describes each.
    pub async fn fires_sqlite(
        connection: &mut SqliteConnection,
        generation: &str,
    ) -> BTreeMap<String, String> {
        let statement = fires(generation, |id| format!("lower(hex({id}))"));
        let rows: Vec<_> = query_as(AssertSqlSafe(statement)).fetch_all(connection).await.unwrap();
        rows.into_iter().collect()
    }

    /// As `fires_sqlite`, of the schema that `connection`'s search path names.
    pub async fn fires_postgres(connection: &mut PgConnection, generation: &str) -> BTreeMap<String, String> {
        let statement = fires(generation, |id| format!("replace({id}::text, '-', '')"));
        let rows: Vec<_> = query_as(AssertSqlSafe(statement)).fetch_all(connection).await.unwrap();
        rows.into_iter().collect()
    }

    /// `fires` as `FIRES` describes them.
    pub fn fires_read(fires: &[Fire]) -> BTreeMap<String, String> {
        let describe = |fire: &Fire| {
            let (id, status) = match &fire.execution {
                Some(execution) => (execution.id.simple().to_string(), format!("{:?}", execution.status)),
                None => ("-".to_owned(), "-".to_owned()),
            };
            let completed = if fire.completed_at.is_some() { "completed" } else { "open" };
            (fire.id.simple().to_string(), format!("{id} {status} {completed}"))
        };
        fires.iter().map(describe).collect()
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
    [EXECUTIONS, ATTEMPTS, EVENTS].map(|statement| of_generation(statement, generation))
}

fn fires(generation: &str, hexadecimal: impl Fn(&str) -> String) -> String {
    let statement = FIRES.replace("{x.id}", &hexadecimal("x.id")).replace("{e.id}", &hexadecimal("e.id"));
    of_generation(&statement, generation)
}

fn of_generation(statement: &str, generation: &str) -> String {
    let is_oldest = generation == "v0.4";
    let (workflow, failed) = if is_oldest { ("pipeline", FAILED_TASK) } else { ("workflow", "1 = 0") };
    statement.replace("{failed}", failed).replace("{workflow}", workflow)
}

/// Without those that are 0, as `Exposition::totals`.
fn sum(counts: impl Iterator<Item = (Vec<String>, i64)>) -> Totals {
    let mut totals = Totals::new();
    for (key, count) in counts.filter(|(_, count)| *count != 0) {
        *totals.entry(key).or_insert(0.0) += count as f64;
    }
    totals
}
