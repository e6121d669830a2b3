//! Reads all that is told of single ended executions, after a tenant's batch and in the same transaction.
//!
//! What fails here must not cost the batch, and what is too much for one poll is left to the next: what was not read is
//! not in the answer, and the caller asks for it again.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use uuid::Uuid;

use super::error::Error;
use super::reader::{Bind, Reader};
use super::rounds::Failure;
use super::statements::Statement;
use crate::record::inquiry::{EventDetails, TaskDetails};
use crate::record::story::Story;
use crate::record::{Collector, Fire};

/// By a tenant's label, the executions whose stories are wanted, in the order in which they are.
pub type Wanted = BTreeMap<Arc<str>, Vec<Uuid>>;

/// Stories read in one poll of a tenant.
const MOST_STORIES: usize = 200;
/// Tasks and events read in one poll of a tenant, beside those of the last stories.
const MOST_ROWS: usize = 50_000;
/// Tasks and events of one execution that are told; what is beyond is left out.
const MOST_TASKS: usize = 1000;
const MOST_EVENTS: usize = 5000;
/// Executions asked for at once.
const CHUNK: usize = 50;
/// Characters kept of an error.
const ERROR_LIMIT: usize = 500;

/// As for `audit`, without the events' data, which may hold anything and is told to nobody.
const EVENTS: Statement = Statement::new(
    "events",
    "execution_events",
    "SELECT {event} FROM execution_events WHERE {execution_id} {any} ORDER BY sequence_num LIMIT $2",
);

#[derive(Debug, Default)]
pub(super) struct Stories {
    /// In the order in which they were wanted; `None` if the execution's row is gone.
    pub told: Vec<(Uuid, Option<Story>)>,
    /// Why there are not more.
    pub failure: Option<Failure>,
}

/// Reads the first of `wanted`. A failure may leave the transaction aborted.
pub(super) async fn read(reader: &mut Reader, tenant: &Arc<str>, wanted: &[Uuid]) -> Stories {
    let mut stories = Stories::default();
    let mut rows = 0;
    let wanted = wanted.get(..MOST_STORIES).unwrap_or(wanted);
    for chunk in wanted.chunks(CHUNK) {
        // From the end, so that the next ones are on top.
        let mut parts = vec![chunk];
        while let Some(part) = parts.pop() {
            if rows >= MOST_ROWS {
                return stories;
            }
            match read_part(reader, tenant, part).await {
                Ok(Part::Told(told)) => {
                    rows += told.iter().flat_map(|(_, story)| story).map(size).sum::<usize>();
                    stories.told.extend(told);
                }
                Ok(Part::TooLarge) => {
                    let (first, rest) = part.split_at(part.len() / 2);
                    parts.extend([rest, first]);
                }
                Err(failure) => {
                    stories.failure = Some(failure);
                    return stories;
                }
            }
        }
    }
    stories
}

enum Part {
    Told(Vec<(Uuid, Option<Story>)>),
    /// Together they have more rows than one execution may have.
    TooLarge,
}

async fn read_part(reader: &mut Reader, tenant: &Arc<str>, ids: &[Uuid]) -> Result<Part, Failure> {
    let at = |collector| move |error: Error| Failure { collector, error };
    let tasks = reader.task_details(ids, limit(MOST_TASKS)).await.map_err(at(Collector::Tasks))?;
    if ids.len() > 1 && tasks.len() >= MOST_TASKS {
        return Ok(Part::TooLarge);
    }
    let events = reader.event_log(ids, limit(MOST_EVENTS)).await.map_err(at(Collector::Events))?;
    if ids.len() > 1 && events.len() >= MOST_EVENTS {
        return Ok(Part::TooLarge);
    }
    let fires = reader.fires_for(ids).await.map_err(at(Collector::Schedules))?;
    let executions = reader.execution_details(ids).await.map_err(at(Collector::Executions))?;
    let mut executions: HashMap<_, _> = executions.into_iter().map(|row| (row.execution.id, row)).collect();
    let mut tasks = by_execution(tasks, |task| Some(task.task.execution));
    let mut events = by_execution(events, |event| Some(event.event.execution));
    let mut fires = by_execution(fires, |fire: &Fire| fire.execution.as_ref().map(|execution| execution.id));
    let told = ids.iter().map(|id| {
        let story = executions.remove(id).map(|execution| Story {
            tenant: tenant.clone(),
            execution,
            tasks: tasks.remove(id).unwrap_or_default(),
            events: events.remove(id).unwrap_or_default(),
            fires: fires.remove(id).unwrap_or_default(),
        });
        (*id, story.map(shortened))
    });
    Ok(Part::Told(told.collect()))
}

fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

fn size(story: &Story) -> usize {
    story.tasks.len() + story.events.len() + story.fires.len()
}

/// Keeps the order of the rows.
fn by_execution<T>(rows: Vec<T>, execution: impl Fn(&T) -> Option<Uuid>) -> HashMap<Uuid, Vec<T>> {
    let mut sorted: HashMap<Uuid, Vec<T>> = HashMap::new();
    for row in rows {
        if let Some(id) = execution(&row) {
            sorted.entry(id).or_default().push(row);
        }
    }
    sorted
}

/// Many stories wait to be sent at once, and nobody is sent more of an error than this.
fn shortened(mut story: Story) -> Story {
    let errors = story.tasks.iter_mut().map(|task: &mut TaskDetails| &mut task.error);
    errors.chain([&mut story.execution.error]).flatten().for_each(|text| text.shorten(ERROR_LIMIT));
    story
}

impl Reader {
    /// At most `limit` events of these executions, in the order in which they were written, without their data.
    async fn event_log(&mut self, executions: &[Uuid], limit: i64) -> Result<Vec<EventDetails>, Error> {
        let binds = [Bind::Ids(executions), Bind::Number(limit)];
        self.collect(&EVENTS, &binds, |decoder| {
            let (event, sequence) = decoder.event()?;
            Some(EventDetails { event, name: decoder.name(1)?, sequence, data: None })
        })
        .await
    }
}
