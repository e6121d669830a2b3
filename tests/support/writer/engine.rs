//! One execution as the engine knows it, and what each step of its life writes.
//!
//! Times are those of the runner's clock, read before writing. Cancellation and the recovery of a stale claim write no
//! event; a retry overwrites the attempt before it.

use chrono::DateTime;
use fastrand::Rng;
use uuid::{Builder, Uuid};

const UNCLAIMED: &str = "claimed_by = NULL, heartbeat_at = NULL";

/// A step, with the index of the task it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The execution and its tasks appear, without an event.
    Create,
    Ready(usize),
    ReadyAll,
    /// A runner claims the task.
    Start(usize),
    Retry(usize),
    /// Takes a stale claim away, without an event.
    Recover(usize),
    Complete(usize),
    Fail(usize),
    Skip(usize),
    /// Fails a task whose recoveries are exhausted.
    Abandon(usize),
    Pause,
    Resume,
    /// Ends the execution: as failed if a task failed.
    End,
    /// Without an event; running tasks still end, the others stay as they are for ever.
    Cancel,
}

#[derive(Debug, Clone)]
pub struct Execution {
    pub id: Uuid,
    pub workflow: String,
    pub status: &'static str,
    pub tasks: Vec<Task>,
}

#[derive(Debug, Clone)]
pub struct Task {
    pub id: Uuid,
    pub status: &'static str,
    pub attempt: u32,
    pub recoveries: u32,
    pub abandoned: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub id: Uuid,
    pub execution: Uuid,
    pub task: Option<Uuid>,
    pub kind: &'static str,
    pub data: String,
    /// Microseconds since 1970.
    pub created_at: i64,
}

/// What a step writes in its transaction.
#[derive(Debug, Clone, Default)]
pub struct Write {
    pub events: Vec<Event>,
    /// Statements that change rows.
    pub rows: Vec<String>,
}

impl Write {
    /// All statements in order, the events first.
    pub fn statements(&self) -> Vec<String> {
        self.insert_events().into_iter().chain(self.rows.iter().cloned()).collect()
    }

    pub fn insert_events(&self) -> Option<String> {
        let value = |event: &Event| {
            let task = event.task.map_or("NULL".to_owned(), |task| format!("'{task}'"));
            let (id, execution, kind, data) = (event.id, event.execution, event.kind, &event.data);
            format!("('{id}', '{execution}', {task}, '{kind}', '{data}', {})", timestamp(event.created_at))
        };
        let values: Vec<_> = self.events.iter().map(value).collect();
        (!values.is_empty()).then(|| {
            format!(
                "INSERT INTO execution_events \
                 (id, workflow_execution_id, task_execution_id, event_type, event_data, created_at) VALUES {}",
                values.join(", ")
            )
        })
    }

    fn event(
        &mut self,
        rng: &mut Rng,
        execution: &Execution,
        task: Option<Uuid>,
        kind: &'static str,
        at: i64,
    ) {
        let event = Event {
            id: random_id(rng),
            execution: execution.id,
            task,
            kind,
            data: "{}".to_owned(),
            created_at: at,
        };
        self.events.push(event);
    }
}

impl Execution {
    /// An execution that is not written yet, with `tasks` tasks.
    pub fn new(rng: &mut Rng, workflow: &str, tasks: usize) -> Self {
        let task = |_| Task {
            id: random_id(rng),
            status: "NotStarted",
            attempt: 1,
            recoveries: 0,
            abandoned: false,
        };
        let tasks = (0..tasks).map(task).collect();
        Self { id: random_id(rng), workflow: workflow.to_owned(), status: "Pending", tasks }
    }

    /// What `step` writes at `at` by the hand of `runner`. Ids of events are new with each call.
    pub fn write(&self, step: Step, at: i64, runner: Uuid, rng: &mut Rng) -> Write {
        let mut write = Write::default();
        let now = timestamp(at);
        match step {
            Step::Create => write.rows = self.insert(&now),
            Step::ReadyAll => {
                for task in &self.tasks {
                    write.event(rng, self, Some(task.id), "task_marked_ready", at);
                }
                let (set, id) = ("status = 'Ready'", self.id);
                write.rows.push(format!(
                    "UPDATE task_executions SET {set}, updated_at = {now} WHERE workflow_execution_id = '{id}'"
                ));
            }
            Step::Pause => {
                write.event(rng, self, None, "workflow_paused", at);
                write.rows.push(self.update(&format!("status = 'Paused', paused_at = {now}"), &now));
            }
            Step::Resume => {
                write.event(rng, self, None, "workflow_resumed", at);
                write.rows.push(self.update("status = 'Running', paused_at = NULL", &now));
            }
            Step::End => {
                let (status, kind) = self.ending();
                write.event(rng, self, None, kind, at);
                write.rows.push(self.update(&format!("status = '{status}', completed_at = {now}"), &now));
            }
            Step::Cancel => {
                write.rows.push(self.update(&format!("status = 'Cancelled', completed_at = {now}"), &now));
            }
            Step::Start(index) => {
                let claim = format!("claimed_by = '{runner}', heartbeat_at = {now} AT TIME ZONE 'UTC'");
                let set = format!("status = 'Running', started_at = {now}, {claim}");
                write.rows.push(self.tasks[index].update(&set, &now));
                if self.status == "Pending" {
                    write.rows.push(self.update("status = 'Running'", &now));
                }
            }
            Step::Recover(index) => {
                let task = &self.tasks[index];
                let count = task.recoveries + 1;
                let set = format!("status = 'Ready', recovery_attempts = {count}, last_recovery_at = {now}");
                write.rows.push(task.update(&format!("{set}, {UNCLAIMED}"), &now));
            }
            Step::Ready(index)
            | Step::Retry(index)
            | Step::Complete(index)
            | Step::Fail(index)
            | Step::Skip(index)
            | Step::Abandon(index) => {
                let task = &self.tasks[index];
                let (kind, data, set) = task.transition(step, &now);
                write.event(rng, self, Some(task.id), kind, at);
                write.events[0].data = data;
                write.rows.push(task.update(&format!("{set}, {UNCLAIMED}"), &now));
            }
        }
        write
    }

    /// Makes `step` true of this picture, once it is written.
    pub fn apply(&mut self, step: Step) {
        match step {
            Step::Create => {}
            Step::Ready(task) => self.tasks[task].status = "Ready",
            Step::ReadyAll => self.tasks.iter_mut().for_each(|task| task.status = "Ready"),
            Step::Start(task) => {
                self.tasks[task].status = "Running";
                if self.status == "Pending" {
                    self.status = "Running";
                }
            }
            Step::Retry(task) => {
                self.tasks[task].status = "Ready";
                self.tasks[task].attempt += 1;
            }
            Step::Recover(task) => {
                self.tasks[task].status = "Ready";
                self.tasks[task].recoveries += 1;
            }
            Step::Complete(task) => self.tasks[task].status = "Completed",
            Step::Fail(task) => self.tasks[task].status = "Failed",
            Step::Skip(task) => self.tasks[task].status = "Skipped",
            Step::Abandon(task) => {
                self.tasks[task].status = "Failed";
                self.tasks[task].abandoned = true;
            }
            Step::Pause => self.status = "Paused",
            Step::Resume => self.status = "Running",
            Step::End => self.status = self.ending().0,
            Step::Cancel => self.status = "Cancelled",
        }
    }

    fn ending(&self) -> (&'static str, &'static str) {
        if self.tasks.iter().any(|task| task.status == "Failed") {
            ("Failed", "workflow_failed")
        } else {
            ("Completed", "workflow_completed")
        }
    }

    fn insert(&self, now: &str) -> Vec<String> {
        let (id, workflow) = (self.id, &self.workflow);
        let execution = format!(
            "INSERT INTO workflow_executions (id, workflow_name, status, started_at, created_at, updated_at) \
             VALUES ('{id}', '{workflow}', 'Pending', {now}, {now}, {now})"
        );
        let value = |(index, task): (usize, &Task)| {
            let name = format!("public::tests::{workflow}::task{index}");
            format!("('{}', '{id}', '{name}', 'NotStarted', 4, {now}, {now})", task.id)
        };
        let values: Vec<_> = self.tasks.iter().enumerate().map(value).collect();
        let tasks = format!(
            "INSERT INTO task_executions \
             (id, workflow_execution_id, task_name, status, max_attempts, created_at, updated_at) VALUES {}",
            values.join(", ")
        );
        if values.is_empty() { vec![execution] } else { vec![execution, tasks] }
    }

    fn update(&self, set: &str, now: &str) -> String {
        format!("UPDATE workflow_executions SET {set}, updated_at = {now} WHERE id = '{}'", self.id)
    }
}

impl Task {
    /// The event of a step that has one, its data, and the columns that change with it.
    fn transition(&self, step: Step, now: &str) -> (&'static str, String, String) {
        let attempt = self.attempt + 1;
        let (kind, set) = match step {
            Step::Ready(_) => ("task_marked_ready", "status = 'Ready'".to_owned()),
            Step::Retry(_) => {
                let set =
                    format!("status = 'Ready', attempt = {attempt}, started_at = NULL, retry_at = {now}");
                return ("task_retry_scheduled", format!("{{\"attempt\":{attempt}}}"), set);
            }
            Step::Complete(_) => ("task_completed", format!("status = 'Completed', completed_at = {now}")),
            Step::Fail(_) => {
                let error = "last_error = 'Task execution error: Task execution failed: disk full'";
                ("task_failed", format!("status = 'Failed', completed_at = {now}, {error}"))
            }
            Step::Skip(_) => {
                let reason = "error_details = 'Trigger rules not satisfied'";
                ("task_skipped", format!("status = 'Skipped', {reason}"))
            }
            Step::Abandon(_) => {
                let reason = "error_details = 'ABANDONED: 3 stale-claim recoveries exhausted (cap 3)'";
                ("task_abandoned", format!("status = 'Failed', completed_at = {now}, {reason}"))
            }
            other => panic!("{other:?} is no event of a task"),
        };
        (kind, "{}".to_owned(), set)
    }

    fn update(&self, set: &str, now: &str) -> String {
        format!("UPDATE task_executions SET {set}, updated_at = {now} WHERE id = '{}'", self.id)
    }
}

/// `micros` since 1970 as a literal of type timestamp.
pub fn timestamp(micros: i64) -> String {
    let time = DateTime::from_timestamp_micros(micros).expect("a runner's clock is near the present");
    format!("timestamp '{}'", time.format("%Y-%m-%d %H:%M:%S%.6f"))
}

/// A version 4 id that depends on nothing but the generator.
pub fn random_id(rng: &mut Rng) -> Uuid {
    Builder::from_random_bytes(rng.u128(..).to_be_bytes()).into_uuid()
}
