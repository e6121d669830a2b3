//! How each write of the simulated engine looks in SQL: which columns it sets, and which event goes with it.

use chrono::{DateTime, SecondsFormat};
use sqlx::SqliteConnection;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments};
use uuid::Uuid;

use super::plan::{Change, Write};
use super::workflows::{self, Cron, Task, Workflow};
use crate::record::Timestamp;

/// A moment as the engine stores it: nine digits after the point, none at whole seconds.
pub(super) fn text(at: Timestamp) -> String {
    let format = if at.0 % 1_000_000 == 0 { SecondsFormat::Secs } else { SecondsFormat::Nanos };
    DateTime::from_timestamp_micros(at.0).unwrap_or_default().to_rfc3339_opts(format, false)
}

/// Makes one write as of `at`; `event` is the id of the event that it may need.
pub(super) async fn write(
    connection: &mut SqliteConnection,
    at: Timestamp,
    write: &Write,
    event: Uuid,
) -> Result<(), sqlx::Error> {
    let now = text(at);
    match write {
        Write::Create { execution, workflow, tasks, origin } => {
            create(connection, &now, *execution, workflow, tasks, *origin).await
        }
        Write::Begin(execution) => {
            let update = "UPDATE workflow_executions SET status = 'Running', updated_at = ? WHERE id = ?";
            run(sqlx::query(update).bind(&now).bind(execution), connection).await
        }
        Write::Complete(execution) => {
            end(connection, &now, *execution, "Completed", None).await?;
            emit(connection, &now, event, "workflow_completed", *execution, None, "{}".into()).await
        }
        Write::Fail { execution, reason } => {
            end(connection, &now, *execution, "Failed", Some(reason)).await?;
            let data = serde_json::json!({ "reason": reason }).to_string();
            emit(connection, &now, event, "workflow_failed", *execution, None, data).await
        }
        Write::Cancel(execution) => end(connection, &now, *execution, "Cancelled", None).await,
        Write::Pause { execution, reason } => {
            let update = "UPDATE workflow_executions
                SET status = 'Paused', paused_at = ?1, pause_reason = ?2, updated_at = ?1 WHERE id = ?3";
            run(sqlx::query(update).bind(&now).bind(reason).bind(execution), connection).await?;
            let data = serde_json::json!({ "reason": reason }).to_string();
            emit(connection, &now, event, "workflow_paused", *execution, None, data).await
        }
        Write::Task { execution, task, change } => {
            update_task(connection, &now, *task, change).await?;
            match event_of(change) {
                Some((kind, data)) => {
                    emit(connection, &now, event, kind, *execution, Some(*task), data).await
                }
                None => Ok(()),
            }
        }
        Write::Claim { .. }
        | Write::Poll { .. }
        | Write::Fire { .. }
        | Write::Link { .. }
        | Write::Close { .. } => write_schedule(connection, &now, write).await,
    }
}

async fn create(
    connection: &mut SqliteConnection,
    now: &str,
    execution: Uuid,
    workflow: &Workflow,
    tasks: &[Uuid],
    origin: Option<&str>,
) -> Result<(), sqlx::Error> {
    let insert = "INSERT INTO workflow_executions
        (id, workflow_name, workflow_version, status, started_at, created_at, updated_at, trigger_origin)
        VALUES (?1, ?2, ?3, 'Pending', ?4, ?4, ?4, ?5)";
    let query = sqlx::query(insert).bind(execution).bind(workflow.name).bind(workflow.version);
    run(query.bind(now).bind(origin), connection).await?;
    for (index, (task, id)) in workflow.tasks.iter().zip(tasks).enumerate() {
        let insert = "INSERT INTO task_executions
            (id, workflow_execution_id, task_name, status, max_attempts, trigger_rules, created_at, updated_at)
            VALUES (?1, ?2, ?3, 'NotStarted', ?4, ?5, ?6, ?6)";
        let name = format!("public::demo::{}::{}", workflow.name, task.name);
        let query = sqlx::query(insert).bind(id).bind(execution).bind(name).bind(task.max_attempts);
        run(query.bind(rules(workflow, index)).bind(now), connection).await?;
    }
    Ok(())
}

async fn end(
    connection: &mut SqliteConnection,
    now: &str,
    execution: Uuid,
    status: &str,
    reason: Option<&str>,
) -> Result<(), sqlx::Error> {
    let update = "UPDATE workflow_executions
        SET status = ?1, completed_at = ?2, updated_at = ?2, error_details = ?3 WHERE id = ?4";
    run(sqlx::query(update).bind(status).bind(now).bind(reason).bind(execution), connection).await
}

async fn update_task(
    connection: &mut SqliteConnection,
    now: &str,
    task: Uuid,
    change: &Change,
) -> Result<(), sqlx::Error> {
    let update = match change {
        Change::Ready => "UPDATE task_executions SET status = 'Ready', updated_at = ?1 WHERE id = ?2",
        Change::Claim { .. } => {
            "UPDATE task_executions SET claimed_by = ?3, heartbeat_at = ?1, updated_at = ?1 WHERE id = ?2"
        }
        Change::Start => {
            "UPDATE task_executions SET status = 'Running', started_at = ?1, updated_at = ?1 WHERE id = ?2"
        }
        Change::Heartbeat => "UPDATE task_executions SET heartbeat_at = ?1, updated_at = ?1 WHERE id = ?2",
        Change::Defer => "UPDATE task_executions SET sub_status = 'Deferred', updated_at = ?1 WHERE id = ?2",
        Change::Resume => "UPDATE task_executions SET sub_status = 'Active', updated_at = ?1 WHERE id = ?2",
        Change::Complete => {
            "UPDATE task_executions SET status = 'Completed', completed_at = ?1, sub_status = NULL, updated_at = ?1
             WHERE id = ?2"
        }
        Change::Fail { .. } => {
            "UPDATE task_executions SET status = 'Failed', completed_at = ?1, last_error = ?3, updated_at = ?1
             WHERE id = ?2"
        }
        Change::Retry { .. } => {
            "UPDATE task_executions SET status = 'Ready', attempt = ?3, retry_at = ?4, started_at = NULL,
             completed_at = NULL, updated_at = ?1 WHERE id = ?2"
        }
        Change::Skip => {
            "UPDATE task_executions SET status = 'Skipped', error_details = 'Trigger rules not satisfied',
             updated_at = ?1 WHERE id = ?2"
        }
        Change::Release => {
            "UPDATE task_executions SET claimed_by = NULL, heartbeat_at = NULL, updated_at = ?1 WHERE id = ?2"
        }
    };
    let query = sqlx::query(update).bind(now).bind(task);
    let query = match change {
        Change::Claim { runner } => query.bind(runner),
        Change::Fail { error } => query.bind(error),
        Change::Retry { attempt, at } => query.bind(attempt).bind(text(*at)),
        _ => query,
    };
    run(query, connection).await
}

/// The event that goes with a change, and its data; starts, claims and heartbeats have none.
fn event_of(change: &Change) -> Option<(&'static str, String)> {
    let (kind, data) = match change {
        Change::Ready => ("task_marked_ready", None),
        Change::Defer => ("task_deferred", None),
        Change::Resume => ("task_resumed", None),
        Change::Complete => ("task_completed", None),
        Change::Fail { error } => ("task_failed", Some(serde_json::json!({ "error": error }))),
        Change::Retry { attempt, at } => {
            let data = serde_json::json!({ "attempt": attempt, "retry_at": text(*at) });
            ("task_retry_scheduled", Some(data))
        }
        Change::Skip => {
            ("task_skipped", Some(serde_json::json!({ "reason": "Trigger rules not satisfied" })))
        }
        Change::Claim { .. } | Change::Start | Change::Heartbeat | Change::Release => return None,
    };
    Some((kind, data.map_or_else(|| "{}".into(), |data| data.to_string())))
}

async fn emit(
    connection: &mut SqliteConnection,
    now: &str,
    event: Uuid,
    kind: &str,
    execution: Uuid,
    task: Option<Uuid>,
    data: String,
) -> Result<(), sqlx::Error> {
    let insert = "INSERT INTO execution_events
        (id, workflow_execution_id, task_execution_id, event_type, event_data, created_at) VALUES (?, ?, ?, ?, ?, ?)";
    let query = sqlx::query(insert).bind(event).bind(execution).bind(task).bind(kind);
    run(query.bind(data).bind(now), connection).await
}

async fn write_schedule(
    connection: &mut SqliteConnection,
    now: &str,
    write: &Write,
) -> Result<(), sqlx::Error> {
    let query = match write {
        Write::Claim { schedule, next } => {
            let update =
                "UPDATE schedules SET last_run_at = ?1, next_run_at = ?2, updated_at = ?1 WHERE id = ?3";
            sqlx::query(update).bind(now).bind(text(*next)).bind(schedule)
        }
        Write::Poll { schedule } => {
            sqlx::query("UPDATE schedules SET last_poll_at = ?1, updated_at = ?1 WHERE id = ?2")
                .bind(now)
                .bind(schedule)
        }
        Write::Fire { fire, schedule, scheduled, context } => {
            let insert = "INSERT INTO schedule_executions
                (id, schedule_id, scheduled_time, claimed_at, context_hash, started_at, created_at, updated_at)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?6)";
            let claimed = scheduled.map(|_| now);
            let query = sqlx::query(insert).bind(fire).bind(schedule).bind(scheduled.map(text));
            query.bind(claimed).bind(context).bind(now)
        }
        Write::Link { fire, execution } => {
            let update =
                "UPDATE schedule_executions SET workflow_execution_id = ?1, updated_at = ?2 WHERE id = ?3";
            sqlx::query(update).bind(execution).bind(now).bind(fire)
        }
        Write::Close { fire } => {
            sqlx::query("UPDATE schedule_executions SET completed_at = ?1, updated_at = ?1 WHERE id = ?2")
                .bind(now)
                .bind(fire)
        }
        _ => return Ok(()),
    };
    run(query, connection).await
}

/// Adds a cron schedule, paused from the start if it says so.
pub(super) async fn add_cron(
    connection: &mut SqliteConnection,
    at: Timestamp,
    id: Uuid,
    cron: &Cron,
    next: Timestamp,
) -> Result<(), sqlx::Error> {
    let insert = "INSERT INTO schedules
        (id, schedule_type, workflow_name, cron_expression, next_run_at, paused, paused_at, created_at, updated_at)
        VALUES (?1, 'cron', ?2, ?3, ?4, ?5, ?6, ?7, ?7)";
    let now = text(at);
    let paused_at = cron.paused.then(|| now.clone());
    let query = sqlx::query(insert).bind(id).bind(cron.workflow.name).bind(cron.expression);
    run(query.bind(text(next)).bind(cron.paused).bind(paused_at).bind(now), connection).await
}

pub(super) async fn add_trigger(
    connection: &mut SqliteConnection,
    at: Timestamp,
    id: Uuid,
) -> Result<(), sqlx::Error> {
    let insert = "INSERT INTO schedules
        (id, schedule_type, workflow_name, trigger_name, poll_interval_ms, created_at, updated_at)
        VALUES (?1, 'trigger', ?2, ?3, ?4, ?5, ?5)";
    let query = sqlx::query(insert).bind(id).bind(workflows::TRANSCODE.name).bind(workflows::TRIGGER);
    run(query.bind(workflows::TRIGGER_POLL_SECONDS * 1000).bind(text(at)), connection).await
}

/// When tasks of `on_failure` run: any task before it failed.
fn rules(workflow: &Workflow, index: usize) -> String {
    let task_failed = |task: &Task| serde_json::json!({ "type": "TaskFailed", "task_name": task.name });
    let rules = match workflow.tasks[index].on_failure {
        true => {
            let conditions: Vec<_> = workflow.tasks[..index].iter().map(task_failed).collect();
            serde_json::json!({ "type": "Any", "conditions": conditions })
        }
        false => serde_json::json!({ "type": "Always" }),
    };
    rules.to_string()
}

async fn run(
    query: Query<'_, Sqlite, SqliteArguments>,
    connection: &mut SqliteConnection,
) -> Result<(), sqlx::Error> {
    query.execute(connection).await.map(|_| ())
}
