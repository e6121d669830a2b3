//! What is asked of one tenant's rows beside a poll's own questions, with the statements: the fires of a schedule, and
//! all that there is to know about single executions.
//!
//! As in `questions`: inside the transaction that `Reader::begin` opens, and a row that cannot be used is left out.

use std::sync::Arc;

use uuid::Uuid;

use super::decode::Decoder;
use super::error::Error;
use super::reader::{Bind, Reader};
use super::statements::Statement;
use crate::record::inquiry::{AbandonedTask, EventDetails, ExecutionDetails, TaskDetails, Text};
use crate::record::{Fire, Timestamp};

/// Characters read of an error or of an event's data; the statements ask for one more.
const TEXT_LIMIT: usize = 4000;

/// In the order of the times they stand for. What a trigger fired has none, and comes in the order of its start.
const FIRES: Statement = Statement::new(
    "fires",
    "schedule_executions",
    "SELECT {fire} FROM schedule_executions x WHERE x.schedule_id {any} AND x.started_at >= $2 \
     ORDER BY x.scheduled_time, x.started_at, x.id",
);
const FIRES_OF_EXECUTION: Statement = Statement::new(
    "fires",
    "schedule_executions",
    "SELECT {fire} FROM schedule_executions x WHERE x.{execution_id} {any} \
     ORDER BY x.scheduled_time, x.started_at, x.id",
);

const DETAILS: Statement = Statement::new(
    "execution",
    "workflow_executions",
    "SELECT {execution}, e.{workflow_version} AS workflow_version, substr(e.error_details, 1, 4001) AS error_details, \
     e.paused_at, substr(e.pause_reason, 1, 4001) AS pause_reason FROM {executions} e WHERE e.id {any}",
);
const TASKS: Statement = Statement::new(
    "tasks",
    "task_executions",
    "SELECT {task}, t.max_attempts, substr(CASE WHEN t.error_details LIKE 'ABANDONED%' THEN t.error_details \
     ELSE coalesce(t.last_error, t.error_details) END, 1, 4001) AS error FROM task_executions t \
     WHERE t.{execution_id} {any} ORDER BY t.created_at, t.task_name LIMIT $2",
);
const EVENTS: Statement = Statement::new(
    "events",
    "execution_events",
    "SELECT {event}, substr(event_data, 1, 4001) AS event_data FROM execution_events \
     WHERE {execution_id} {any} ORDER BY sequence_num LIMIT $2",
);
/// Reads the failed tasks of all history by the index on their status.
const ABANDONED_TASKS: Statement = Statement::new(
    "abandoned tasks",
    "task_executions",
    "SELECT t.{execution_id} AS workflow_execution_id, e.{workflow_name} AS workflow_name, t.id, t.task_name, \
     coalesce(t.completed_at, t.updated_at) AS ended_at FROM task_executions t \
     JOIN {executions} e ON e.id = t.{execution_id} WHERE t.status = 'Failed' \
     AND (t.error_details LIKE 'ABANDONED%' OR t.last_error LIKE 'ABANDONED%' \
     OR t.last_error LIKE 'Task recovery abandoned%') AND {time}e.created_at{/time} >= $1 ORDER BY ended_at",
);

impl Reader {
    /// Lets each statement of this transaction take as long as history may take.
    pub async fn take_time(&mut self) -> Result<(), Error> {
        self.be_patient().await
    }

    /// Hands on the fires of one schedule that started since: in the order of their scheduled times, or if they have
    /// none, of their starts.
    pub async fn each_fire_of(
        &mut self,
        schedule: Uuid,
        since: Timestamp,
        mut each: impl FnMut(Fire) + Send,
    ) -> Result<(), Error> {
        let binds = [Bind::Ids(&[schedule]), Bind::Time(Some(since))];
        self.read(&FIRES, &binds, |decoder, _| decoder.fire().into_iter().for_each(&mut each)).await
    }

    /// The fires that are linked to these executions; after a recovery an execution may have more than one.
    pub async fn fires_for(&mut self, executions: &[Uuid]) -> Result<Vec<Fire>, Error> {
        self.collect(&FIRES_OF_EXECUTION, &[Bind::Ids(executions)], |decoder| decoder.fire()).await
    }

    /// In any order, without those that there are not.
    pub async fn execution_details(&mut self, ids: &[Uuid]) -> Result<Vec<ExecutionDetails>, Error> {
        self.collect(&DETAILS, &[Bind::Ids(ids)], details).await
    }

    /// At most `limit` tasks of these executions, in the order in which they were created.
    pub async fn task_details(&mut self, executions: &[Uuid], limit: i64) -> Result<Vec<TaskDetails>, Error> {
        let classifier = Arc::clone(&self.classifier);
        let binds = [Bind::Ids(executions), Bind::Number(limit)];
        self.collect(&TASKS, &binds, |decoder| {
            let task = decoder.task(&classifier)?;
            let max_attempts = decoder.row.integer(15).ok().flatten();
            Some(TaskDetails { task, max_attempts, error: text(decoder, 16) })
        })
        .await
    }

    /// At most `limit` events of an execution, in the order in which they were written.
    pub async fn event_details(&mut self, execution: Uuid, limit: i64) -> Result<Vec<EventDetails>, Error> {
        let binds = [Bind::Ids(&[execution]), Bind::Number(limit)];
        self.collect(&EVENTS, &binds, |decoder| {
            let (event, sequence) = decoder.event()?;
            let name = decoder.name(1)?;
            let data = text(decoder, 6).filter(|data| data.text != "{}");
            Some(EventDetails { event, name, sequence, data })
        })
        .await
    }

    /// Tasks that were given up, of executions created since; in the order of their ends.
    pub async fn abandoned_tasks(&mut self, since: Timestamp) -> Result<Vec<AbandonedTask>, Error> {
        self.collect(&ABANDONED_TASKS, &[Bind::Time(Some(since))], |decoder| {
            Some(AbandonedTask {
                execution: decoder.id(0)?,
                workflow: decoder.name(1)?,
                task: decoder.id(2)?,
                name: decoder.name(3)?,
                ended_at: decoder.time(4)?,
            })
        })
        .await
    }
}

fn details(decoder: &mut Decoder<'_>) -> Option<ExecutionDetails> {
    Some(ExecutionDetails {
        execution: decoder.execution()?,
        asked_by: decoder.row.text(3).ok().flatten().map(Arc::from),
        version: decoder.name(9)?,
        error: text(decoder, 10),
        paused_at: decoder.time(11),
        pause_reason: text(decoder, 12),
    })
}

/// An empty text is none.
fn text(decoder: &Decoder<'_>, column: usize) -> Option<Text> {
    let stored = decoder.row.text(column).ok().flatten()?;
    let text: String = stored.chars().take(TEXT_LIMIT).collect();
    let cut = text.len() < stored.len();
    (!text.is_empty()).then_some(Text { text, cut })
}
