//! Ids of traces and spans: made from the rows' own ids, so that what is sent again is the same span again.

use uuid::Uuid;

/// The execution's own id, which is also that of the exemplars on its metrics.
pub fn trace_id(execution: Uuid) -> [u8; 16] {
    let mut id = execution.into_bytes();
    // All zero means no trace.
    if execution.is_nil() {
        id[15] = 1;
    }
    id
}

pub fn root_span_id(execution: Uuid) -> [u8; 8] {
    span_id(execution, "execution")
}

pub fn task_span_id(task: Uuid) -> [u8; 8] {
    span_id(task, "task")
}

/// Of the run of this number of a task, from 1 in the order of time.
pub fn attempt_span_id(task: Uuid, number: u32) -> [u8; 8] {
    span_id(task, &format!("attempt {number}"))
}

fn span_id(of: Uuid, what: &str) -> [u8; 8] {
    let (first, _) = Uuid::new_v5(&of, what.as_bytes()).as_u64_pair();
    // All zero means no span.
    first.max(1).to_be_bytes()
}
