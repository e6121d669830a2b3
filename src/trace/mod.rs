//! Tells an ended execution as the spans of a trace, and its failures as log records. Pure; sends nothing.
//!
//! ```text
//!  Story ── spans ──> execution            trace id = the execution's id; as long as the duration metric says
//!     │                └─ task              from being ready to its end
//!     │                    └─ attempt       one each, if events tell of more than one
//!     └─── records ─> one for each failed task and for the failed execution
//! ```
//! Ids depend on the rows alone, so that a story told twice is the same trace. What the rows do not tell is left out; a
//! child may lie outside its parent, since each row was written by a clock of its own.
//!
//! Nothing of an event's data is told, and errors only if they are asked for. Each text has at most [`TEXT_LIMIT`]
//! characters, and each span at most [`MOST_EVENTS`] events and no links, so that a span has at most some 300 kB.

mod attempt;
mod event;
mod execution;
pub mod ids;
mod record;
mod request;
mod task;
mod value;

use std::collections::HashMap;

use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::trace::v1::Span;
use uuid::Uuid;

use crate::record::attempts::ReadyMarks;
use crate::record::inquiry::EventDetails;
use crate::record::story::Story;
use crate::record::{Execution, Timestamp};

pub use request::{logs, traces};

/// Characters of a name or an error.
pub const TEXT_LIMIT: usize = 500;
/// Events of a span; how many more there were is said.
pub const MOST_EVENTS: usize = 128;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Tell what the errors of executions and tasks say, and why tasks were skipped.
    pub error_text: bool,
}

/// The execution's span first, then each task's, followed by those of its attempts.
pub fn spans(story: &Story, settings: Settings) -> Vec<Span> {
    let marks = ReadyMarks::of(&story.events);
    let mut events: HashMap<Uuid, Vec<&EventDetails>> = HashMap::new();
    for event in &story.events {
        if let Some(task) = event.event.task {
            events.entry(task).or_default().push(event);
        }
    }
    let mut spans = vec![execution::root(story, settings)];
    for details in &story.tasks {
        let events = events.get(&details.task.id).map_or(&[][..], Vec::as_slice);
        task::push_spans(&mut spans, story, details, events, &marks, settings);
    }
    spans
}

/// One for each failed task, in the tasks' order, and then one for the execution, if it failed; of others none.
pub fn records(story: &Story, settings: Settings) -> Vec<LogRecord> {
    let tasks = story.tasks.iter().filter_map(|details| record::of_task(story, details, settings));
    tasks.chain(record::of_execution(story, settings)).collect()
}

/// As the duration metric does; without a start, or an end, the row's own times are the nearest that is known.
fn bounds(execution: &Execution) -> (Timestamp, Timestamp) {
    let began = execution.started_at.unwrap_or(execution.created_at);
    (began, execution.completed_at.unwrap_or(execution.updated_at))
}
