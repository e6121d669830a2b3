//! Reads the history that lies before the first poll, in the same transaction and in bounded memory.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use super::reader::Reader;
use super::rounds::{Failure, Rounds};
use crate::config::Backfill;
use crate::record::{Collector, Levels, Span, Timestamp};
use crate::state::{Settings, Tenant};

/// How far a backfill has come: called now and then with the rows folded so far and about how many there are.
pub type OnProgress = Arc<dyn Fn(&str, u64, u64) + Send + Sync>;

/// What a backfill is to read, and whom it tells.
pub(super) struct Request<'a> {
    pub label: &'a str,
    pub backfill: Backfill,
    pub settings: Settings<'a>,
    pub progress: &'a OnProgress,
}

/// Folds history into `tenant`, which must be new. `levels`, read in the same transaction, have had retries as well.
pub(super) async fn read(
    reader: &mut Reader,
    tenant: &mut Tenant,
    levels: &Levels,
    now: Timestamp,
    request: Request<'_>,
    rounds: &mut Rounds,
) -> Result<(), Failure> {
    let since = match request.backfill {
        Backfill::None => return Ok(()),
        Backfill::All => None,
        Backfill::Since(duration) => Some(now.minus(Span::from(duration))),
    };
    let Request { label, settings, progress, .. } = request;
    let (executions, tasks) = rounds.time(Collector::Backfill, reader.estimated_rows()).await?;
    let (total, mut done) = (executions.saturating_add(tasks), 0);
    let mut advance = |rows: usize| {
        done += rows as u64;
        progress(label, done, total.max(done));
    };
    let each_executions = reader.ended_executions(since, |chunk| {
        chunk.iter().for_each(|execution| tenant.fold_past_execution(execution, settings));
        advance(chunk.len());
    });
    rounds.time(Collector::Backfill, each_executions).await?;
    let each_tasks = reader.ended_tasks(since, |chunk| {
        chunk.iter().for_each(|(workflow, task)| tenant.fold_past_task(workflow, task, settings));
        advance(chunk.len());
    });
    rounds.time(Collector::Backfill, each_tasks).await?;
    let workflows: HashMap<Uuid, &Arc<str>> =
        levels.active.iter().map(|execution| (execution.id, &execution.workflow)).collect();
    for task in &levels.tasks {
        if let Some(workflow) = workflows.get(&task.execution) {
            tenant.fold_past_task(workflow, task, settings);
        }
    }
    for (kind, count) in rounds.time(Collector::Backfill, reader.event_counts(since)).await? {
        tenant.fold_past_events(kind, count);
    }
    Ok(())
}
