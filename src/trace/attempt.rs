//! The spans of a task's attempts, where events tell of more than one.

use opentelemetry_proto::tonic::trace::v1::Span;

use super::ids;
use super::value::{failed, flag, number, span, text};
use crate::record::Task;
use crate::record::attempts::{Run, RunEnd};
use crate::record::inquiry::TaskDetails;

/// Attempts with a span of their own, the last ones of a task; a row may have been retried for months.
const MOST_ATTEMPTS: usize = 128;

/// Children of the span of their task. The last one ended as the task did; of the others the engine keeps no error.
pub(super) fn spans(parent: &Span, details: &TaskDetails, runs: &[Run]) -> Vec<Span> {
    let known = runs.get(runs.len().saturating_sub(MOST_ATTEMPTS)..).unwrap_or(runs);
    known.iter().map(|run| child(parent, &details.task, run)).collect()
}

fn child(parent: &Span, task: &Task, run: &Run) -> Span {
    let mut attributes = vec![
        number("cloacina.attempt.number", run.attempt),
        text("cloacina.attempt.outcome", outcome(task, run.end)),
    ];
    if run.started_at.is_none() {
        // Nothing tells when it left the queue.
        attributes.push(flag("cloacina.attempt.includes_wait"));
    }
    let bounds = (run.started_at.unwrap_or(run.ready_at), run.ended_at);
    let name = format!("attempt {}", run.attempt);
    let ids = ([0; 16], ids::attempt_span_id(task.id, run.number));
    let mut child = span(ids, &name, bounds, attributes);
    child.trace_id.clone_from(&parent.trace_id);
    child.parent_span_id.clone_from(&parent.span_id);
    match run.end {
        RunEnd::Retried | RunEnd::Recovered => child.status = failed(None),
        RunEnd::Last => child.status.clone_from(&parent.status),
    }
    child
}

const fn outcome(task: &Task, end: RunEnd) -> &'static str {
    match end {
        RunEnd::Retried => "retried",
        RunEnd::Recovered => "recovered",
        RunEnd::Last => task.status.label(),
    }
}
