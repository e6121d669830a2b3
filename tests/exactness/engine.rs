//! What Cloacina writes, one transaction a step: which steps the rows allow, and the rows that a step leaves.

use std::collections::BTreeSet;
use std::sync::Arc;

use cloacina_exporter::record::{
    Event, EventKind, Execution, ExecutionStatus, FailureReason, Origin, Task, TaskStatus, Timestamp,
};
use uuid::Uuid;

use crate::database::{Database, Write};

/// Ids in the order of creation, which keeps every case reproducible.
#[derive(Default)]
pub struct Ids(u64);

impl Ids {
    fn next(&mut self) -> Uuid {
        self.0 += 1;
        Uuid::from_u64_pair(self.0, self.0)
    }
}

/// A new execution, each of its own workflow, so that totals tell them apart.
pub fn create(ids: &mut Ids, tasks: u8, clock: Timestamp) -> Vec<Write> {
    let id = ids.next();
    let execution = Execution {
        id,
        workflow: Arc::from(format!("workflow {}", ids.0)),
        status: ExecutionStatus::Pending,
        origin: Origin::Manual,
        created_at: clock,
        updated_at: clock,
        started_at: None,
        completed_at: None,
    };
    let mut writes = vec![Write::Execution(execution)];
    for number in 0..tasks {
        writes.push(Write::Task(Task {
            id: ids.next(),
            execution: id,
            name: Arc::from(format!("task {number}")),
            status: TaskStatus::NotStarted,
            deferred: false,
            attempt: 1,
            recoveries: 0,
            created_at: clock,
            updated_at: clock,
            started_at: None,
            completed_at: None,
            retry_at: None,
            claimed_by: None,
            heartbeat_at: None,
            failure: None,
        }));
    }
    writes
}

#[derive(Debug, Clone, Copy)]
enum Step {
    /// The row is left alone.
    Rest,
    Start,
    Pause,
    Resume,
    /// Leaves no event.
    Cancel,
    Finish,
    MarkReady,
    Skip,
    /// Leaves no event.
    Claim,
    Complete,
    Fail,
    Abandon,
    Retry,
    /// Leaves no event.
    Recover,
}

/// One of the rows that may change, and one of its steps; nothing if all is done or locked.
pub fn step(database: &Database, ids: &mut Ids, row: u16, choice: u8, clock: Timestamp) -> Vec<Write> {
    let locked = database.locked_rows();
    let mut movable: Vec<(Uuid, Vec<Step>)> = Vec::new();
    for execution in database.executions.values() {
        movable.push((execution.id, execution_steps(database, execution, &locked)));
    }
    for task in database.tasks.values() {
        movable.push((task.id, task_steps(&database.executions[&task.execution], task)));
    }
    movable.retain(|(id, steps)| !steps.is_empty() && !locked.contains(id));
    if movable.is_empty() {
        return Vec::new();
    }
    let (id, steps) = &movable[usize::from(row) % movable.len()];
    let step = steps[usize::from(choice) % steps.len()];
    if matches!(step, Step::Rest) {
        return Vec::new();
    }
    match database.executions.get(id) {
        Some(execution) => take_execution(database, execution.clone(), step, ids, clock),
        None => take_task(database.tasks[id].clone(), step, ids, clock),
    }
}

/// Some more than once, to be taken more often.
fn execution_steps(database: &Database, execution: &Execution, locked: &BTreeSet<Uuid>) -> Vec<Step> {
    let mut tasks = database.tasks.values().filter(|task| task.execution == execution.id);
    let done = tasks.all(|task| task.status.is_terminal() && !locked.contains(&task.id));
    match execution.status {
        ExecutionStatus::Pending => [vec![Step::Start; 11], vec![Step::Cancel]].concat(),
        ExecutionStatus::Running if done => vec![Step::Finish],
        ExecutionStatus::Running => [vec![Step::Rest; 22], vec![Step::Pause, Step::Cancel]].concat(),
        ExecutionStatus::Paused => [vec![Step::Resume; 5], vec![Step::Cancel]].concat(),
        _ => Vec::new(),
    }
}

fn task_steps(execution: &Execution, task: &Task) -> Vec<Step> {
    let runs = execution.status == ExecutionStatus::Running;
    match task.status {
        TaskStatus::NotStarted if runs => vec![Step::MarkReady, Step::MarkReady, Step::MarkReady, Step::Skip],
        TaskStatus::Ready if runs => vec![Step::Claim],
        // Also of a paused or cancelled execution: what runs goes on.
        TaskStatus::Running => vec![
            Step::Complete,
            Step::Retry,
            Step::Complete,
            Step::Recover,
            Step::Fail,
            Step::Complete,
            Step::Retry,
            Step::Abandon,
        ],
        _ => Vec::new(),
    }
}

fn take_execution(
    database: &Database,
    mut row: Execution,
    step: Step,
    ids: &mut Ids,
    clock: Timestamp,
) -> Vec<Write> {
    row.updated_at = clock;
    let kind = match step {
        Step::Start => {
            (row.status, row.started_at) = (ExecutionStatus::Running, Some(clock));
            None
        }
        Step::Pause => {
            row.status = ExecutionStatus::Paused;
            Some(EventKind::WorkflowPaused)
        }
        Step::Resume => {
            row.status = ExecutionStatus::Running;
            Some(EventKind::WorkflowResumed)
        }
        Step::Finish => {
            let mut tasks = database.tasks.values().filter(|task| task.execution == row.id);
            let failed = tasks.any(|task| task.status == TaskStatus::Failed);
            row.completed_at = Some(clock);
            row.status = if failed { ExecutionStatus::Failed } else { ExecutionStatus::Completed };
            Some(if failed { EventKind::WorkflowFailed } else { EventKind::WorkflowCompleted })
        }
        _ => {
            (row.status, row.completed_at) = (ExecutionStatus::Cancelled, Some(clock));
            None
        }
    };
    let event = kind.map(|kind| event(ids, kind, row.id, None, clock));
    std::iter::once(Write::Execution(row)).chain(event).collect()
}

fn take_task(mut row: Task, step: Step, ids: &mut Ids, clock: Timestamp) -> Vec<Write> {
    row.updated_at = clock;
    let mut end = |status, failure| {
        (row.status, row.failure, row.completed_at) = (status, failure, Some(clock));
    };
    let kind = match step {
        Step::Complete => {
            end(TaskStatus::Completed, None);
            Some(EventKind::TaskCompleted)
        }
        Step::Fail => {
            end(TaskStatus::Failed, Some(FailureReason::TaskError));
            Some(EventKind::TaskFailed)
        }
        Step::Abandon => {
            end(TaskStatus::Failed, Some(FailureReason::Abandoned));
            Some(EventKind::TaskAbandoned)
        }
        Step::Skip => {
            row.status = TaskStatus::Skipped;
            Some(EventKind::TaskSkipped)
        }
        Step::Retry => {
            (row.status, row.started_at) = (TaskStatus::Ready, None);
            row.attempt += 1;
            Some(EventKind::TaskRetryScheduled)
        }
        Step::Recover => {
            row.started_at = Some(clock);
            row.recoveries += 1;
            None
        }
        Step::MarkReady => {
            row.status = TaskStatus::Ready;
            Some(EventKind::TaskMarkedReady)
        }
        _ => {
            (row.status, row.started_at) = (TaskStatus::Running, Some(clock));
            None
        }
    };
    let event = kind.map(|kind| event(ids, kind, row.execution, Some(row.id), clock));
    std::iter::once(Write::Task(row)).chain(event).collect()
}

fn event(ids: &mut Ids, kind: EventKind, execution: Uuid, task: Option<Uuid>, clock: Timestamp) -> Write {
    Write::Event(Event { id: ids.next(), kind, execution, task, created_at: clock })
}
