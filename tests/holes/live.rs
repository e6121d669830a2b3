//! Rows that are true now, of which a poll reads only those written since the last one: whatever is done to them, by
//! whomever and however late it is committed, a poll shows what a first, whole read shows.

use std::time::Duration;

use cloacina_exporter::record::Levels;
use fastrand::Rng;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, raw_sql};

use super::Case;
use crate::SCHEMA;
use crate::support::poller::{Polled, Poller};
use crate::support::postgres::{Cluster, Options, execute};
use crate::support::schema::{self, Generation};
use crate::support::writer::connect;

const OVERLAP: Duration = Duration::from_secs(120);
const ROUNDS: usize = 30;
const STATUSES: [&str; 6] = ["Pending", "Running", "Paused", "Completed", "Failed", "Cancelled"];
const TASK_STATUSES: [&str; 6] = ["NotStarted", "Ready", "Running", "Completed", "Failed", "Skipped"];

#[tokio::test]
async fn random_changes_show_as_a_whole_read_shows_them_in_every_generation() {
    for (seed, generation) in (1..).zip(Generation::ALL) {
        let cluster = Cluster::start(Options::default()).await;
        schema::create(&mut cluster.connect("postgres").await, SCHEMA, generation).await;
        let url = cluster.url("postgres", "postgres");
        let mut writers = [connect(&url, SCHEMA).await, connect(&url, SCHEMA).await];
        let mut rng = Rng::with_seed(seed);
        for number in 0..12 {
            execute(&mut writers[0], &create(generation, number, &mut rng)).await;
        }
        let mut poller = Poller::new(&url, OVERLAP);
        assert_eq!(poller.poll().await, Polled::Began);
        for round in 0..ROUNDS {
            for _ in 0..rng.usize(0..4) {
                let change = change(generation, &mut rng);
                // The second one seldom commits, and may hold what the first one wants.
                let (writer, end) = match rng.u32(0..4) {
                    0 => (1, ["", "", "COMMIT", "ROLLBACK"][rng.usize(0..4)]),
                    _ => (0, "COMMIT"),
                };
                try_to(&mut writers[writer], &["BEGIN", "SET LOCAL lock_timeout = '10ms'", &change, end])
                    .await;
            }
            assert_eq!(poller.poll().await, Polled::Read);
            assert_eq!(shown(&poller), whole(&url).await, "{generation:?}, round {round}, seed {seed}");
        }
    }
}

#[tokio::test]
async fn a_row_that_went_while_another_came_is_not_kept() {
    let case = Case::new().await;
    let mut writer = connect(&case.url, SCHEMA).await;
    let mut rng = Rng::with_seed(0);
    for number in 0..2 {
        execute(&mut writer, &create(Generation::V0_11, number, &mut rng)).await;
    }
    execute(&mut writer, "UPDATE workflow_executions SET status = 'Failed' WHERE workflow_name = 'w1'").await;
    let mut poller = case.poller().await;
    assert_eq!(shown(&poller).tasks.len(), 3);
    // The execution that is active again has its old tasks.
    let swap = "DELETE FROM task_executions USING workflow_executions e \
                WHERE e.id = workflow_execution_id AND workflow_name = 'w0'; \
                UPDATE workflow_executions SET status = 'Running'; \
                DELETE FROM schedules; INSERT INTO schedules (schedule_type, workflow_name) VALUES ('cron', 'w9')";
    execute(&mut writer, swap).await;
    poller.poll().await;
    assert_eq!((shown(&poller).tasks.len(), shown(&poller).schedules.len()), (3, 1));
    assert_eq!(shown(&poller), whole(&case.url).await);
}

#[tokio::test]
async fn a_row_that_went_is_not_kept_for_one_that_cannot_be_used() {
    let case = Case::new().await;
    let mut writer = connect(&case.url, SCHEMA).await;
    let strange = "ALTER TABLE schedules DROP CONSTRAINT schedules_schedule_type_check; \
                   INSERT INTO schedules (schedule_type, workflow_name) \
                   VALUES ('cron', 'a'), ('cron', 'b'), ('unheard of', 'c')";
    execute(&mut writer, strange).await;
    let mut poller = case.poller().await;
    poller.poll().await;
    execute(&mut writer, "DELETE FROM schedules WHERE workflow_name = 'a'").await;
    poller.poll().await;
    let left = shown(&poller).schedules.iter().map(|row| row.workflow.to_string()).collect::<Vec<_>>();
    assert_eq!(left, ["b"]);
    // In the same moment one goes, and another comes that cannot be used.
    execute(&mut writer, "DELETE FROM schedules WHERE workflow_name = 'c'").await;
    poller.poll().await;
    poller.poll().await;
    let swap = "DELETE FROM schedules; INSERT INTO schedules (schedule_type, workflow_name) VALUES ('unheard of', 'd')";
    execute(&mut writer, swap).await;
    poller.poll().await;
    assert_eq!(shown(&poller).schedules, []);
}

/// With three tasks and a schedule.
fn create(generation: Generation, number: usize, rng: &mut Rng) -> String {
    let (execution, status) = (id(rng), STATUSES[rng.usize(0..3)]);
    let tasks: Vec<String> = (0..3)
        .map(|_| format!("('{}', '{execution}', 't', '{}')", id(rng), TASK_STATUSES[rng.usize(0..3)]))
        .collect();
    named(
        generation,
        &format!(
            "INSERT INTO {{executions}} (id, {{workflow_name}}, status) VALUES ('{execution}', 'w{number}', '{status}'); \
         INSERT INTO task_executions (id, {{execution_id}}, task_name, status) VALUES {}; \
         INSERT INTO schedules (schedule_type, workflow_name) VALUES ('cron', 'w{number}')",
            tasks.join(", ")
        ),
    )
}

/// One or more of the rows, picked by chance.
fn change(generation: Generation, rng: &mut Rng) -> String {
    let some = |table: &str, rng: &mut Rng| {
        let skipped = rng.u32(0..30);
        format!("(SELECT id FROM {table} ORDER BY md5(id::text || {skipped}) LIMIT {})", rng.u32(1..3))
    };
    let tasks = some("task_executions", rng);
    let executions = some("{executions}", rng);
    let schedules = some("schedules", rng);
    let (status, task_status) = (STATUSES[rng.usize(0..6)], TASK_STATUSES[rng.usize(0..6)]);
    let text = match rng.u32(0..12) {
        0 => create(generation, rng.usize(0..50), rng),
        1 => format!(
            "INSERT INTO task_executions ({{execution_id}}, task_name, status) SELECT id, 'late', '{task_status}' \
             FROM {{executions}} WHERE id IN {executions}"
        ),
        2 => format!("DELETE FROM task_executions WHERE id IN {tasks}"),
        3 => format!(
            "DELETE FROM task_executions WHERE {{execution_id}} IN {executions}; \
             DELETE FROM {{executions}} e WHERE id NOT IN (SELECT {{execution_id}} FROM task_executions)"
        ),
        4 | 5 => format!(
            "UPDATE {{executions}} SET status = '{status}', updated_at = now() WHERE id IN {executions}"
        ),
        6 => {
            format!("UPDATE schedules SET enabled = NOT enabled, last_run_at = now() WHERE id IN {schedules}")
        }
        7 => format!("DELETE FROM schedules WHERE id IN {schedules}; {}", create(generation, 0, rng)),
        8 => format!(
            "UPDATE task_executions SET {{execution_id}} = (SELECT min(id::text)::uuid FROM {{executions}}) \
             WHERE id IN {tasks}"
        ),
        9 => format!(
            "SAVEPOINT a; UPDATE task_executions SET status = 'Ready' WHERE id IN {tasks}; ROLLBACK TO a; \
             SAVEPOINT b; UPDATE task_executions SET attempt = attempt + 1 WHERE id IN {tasks}; RELEASE b"
        ),
        _ => format!(
            "UPDATE task_executions SET status = '{task_status}', updated_at = now() WHERE id IN {tasks}"
        ),
    };
    named(generation, &text)
}

fn named(generation: Generation, text: &str) -> String {
    let old = generation == Generation::V0_4;
    let pick = |before, now| if old { before } else { now };
    text.replace("{executions}", pick("pipeline_executions", "workflow_executions"))
        .replace("{execution_id}", pick("pipeline_execution_id", "workflow_execution_id"))
        .replace("{workflow_name}", pick("pipeline_name", "workflow_name"))
}

fn id(rng: &mut Rng) -> uuid::Uuid {
    uuid::Uuid::from_u128(rng.u128(..))
}

/// A statement may fail for a lock, or in a transaction that failed before: then nothing of it is done.
async fn try_to(writer: &mut PgConnection, statements: &[&str]) {
    for statement in statements.iter().filter(|statement| !statement.is_empty()) {
        let _ = raw_sql(AssertSqlSafe(*statement)).execute(&mut *writer).await;
    }
}

fn shown(poller: &Poller) -> Levels {
    let mut levels = poller.batch.as_ref().expect("it has read").levels.clone();
    levels.active.sort_by_key(|row| row.id);
    levels.tasks.sort_by_key(|row| row.id);
    levels.schedules.sort_by_key(|row| row.id);
    levels
}

/// What a first read shows.
async fn whole(url: &str) -> Levels {
    let mut poller = Poller::new(url, OVERLAP);
    assert_eq!(poller.poll().await, Polled::Began);
    shown(&poller)
}
