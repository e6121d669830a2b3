//! What one execution will do, worked out whole when it is created: a list of moments and writes, as the engine would
//! make them. Pure: randomness is passed in, nothing is written here.

use fastrand::Rng;
use uuid::Uuid;

use super::workflows::{Fault, Task, Workflow};
use crate::record::{Span, Timestamp};

/// How an execution turns out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// As its tasks decide.
    Normal,
    /// Cancelled while its first task runs, which still ends.
    Cancelled,
    /// Paused while its first task runs, and never resumed.
    Paused,
    /// Its last task never ends, although its heartbeat goes on.
    Stuck,
}

/// One write of the engine, in the order in which the rows change.
#[derive(Debug)]
pub(super) enum Write {
    Create {
        execution: Uuid,
        workflow: &'static Workflow,
        tasks: Vec<Uuid>,
        origin: Option<&'static str>,
    },
    Begin(Uuid),
    Complete(Uuid),
    Fail {
        execution: Uuid,
        reason: String,
    },
    Cancel(Uuid),
    Pause {
        execution: Uuid,
        reason: &'static str,
    },
    Task {
        execution: Uuid,
        task: Uuid,
        change: Change,
    },
    /// The scheduler takes a due cron schedule.
    Claim {
        schedule: Uuid,
        next: Timestamp,
    },
    Poll {
        schedule: Uuid,
    },
    /// A row of `schedule_executions`; a cron one has a time, a trigger one the hash of its context.
    Fire {
        fire: Uuid,
        schedule: Uuid,
        scheduled: Option<Timestamp>,
        context: Option<String>,
    },
    Link {
        fire: Uuid,
        execution: Uuid,
    },
    Close {
        fire: Uuid,
    },
}

/// A change of one row of `task_executions`.
#[derive(Debug)]
pub(super) enum Change {
    Ready,
    Claim { runner: Uuid },
    Start,
    Heartbeat,
    Defer,
    Resume,
    Complete,
    Fail { error: String },
    Retry { attempt: u32, at: Timestamp },
    Skip,
    Release,
}

#[derive(Debug)]
pub(super) struct Plan {
    pub(super) execution: Uuid,
    /// Not in order of time.
    pub(super) writes: Vec<(Timestamp, Write)>,
    pub(super) ended_at: Option<Timestamp>,
    /// A task that goes on beating for ever, from this moment.
    pub(super) stuck: Option<(Timestamp, Uuid)>,
}

/// Plans an execution created at `start`.
pub(super) fn plan(
    workflow: &'static Workflow,
    origin: Option<&'static str>,
    start: Timestamp,
    fate: Fate,
    random: &mut Rng,
) -> Plan {
    let tasks: Vec<Uuid> = workflow.tasks.iter().map(|_| random_id(random)).collect();
    let mut planner =
        Planner { execution: random_id(random), now: start, writes: Vec::new(), stuck: None, random };
    planner.write(Write::Create { execution: planner.execution, workflow, tasks: tasks.clone(), origin });
    planner.pass(0.05, 0.12);
    planner.write(Write::Begin(planner.execution));
    let ended_at = planner.chain(workflow, &tasks, fate);
    Plan { execution: planner.execution, writes: planner.writes, ended_at, stuck: planner.stuck }
}

/// A version 4 id from the given source.
pub(super) fn random_id(random: &mut Rng) -> Uuid {
    uuid::Builder::from_random_bytes(random.u128(..).to_be_bytes()).into_uuid()
}

pub(super) fn seconds(seconds: f64) -> Span {
    Span((seconds * 1e6) as i64)
}

struct Planner<'a> {
    execution: Uuid,
    now: Timestamp,
    writes: Vec<(Timestamp, Write)>,
    stuck: Option<(Timestamp, Uuid)>,
    random: &'a mut Rng,
}

impl Planner<'_> {
    /// Runs the tasks one after the other; when the execution ended, if it did.
    fn chain(&mut self, workflow: &'static Workflow, tasks: &[Uuid], fate: Fate) -> Option<Timestamp> {
        let (mut completed, mut failed, mut skipped) = (0, 0, 0);
        for (index, (task, &id)) in workflow.tasks.iter().zip(tasks).enumerate() {
            if task.on_failure && failed == 0 {
                self.change(id, Change::Skip);
                skipped += 1;
                continue;
            }
            self.change(id, Change::Ready);
            self.pass(0.002, 0.006);
            if fate == Fate::Stuck && index + 1 == tasks.len() {
                self.start(id);
                self.stuck = Some((self.now, id));
                return None;
            }
            if matches!(fate, Fate::Cancelled | Fate::Paused) {
                return self.interrupt(task, id, fate);
            }
            if self.attempts(task, id) {
                completed += 1;
            } else {
                failed += 1;
            }
            self.pass(0.02, 0.1);
        }
        let execution = self.execution;
        self.write(match failed {
            0 => Write::Complete(execution),
            _ => Write::Fail {
                execution,
                reason: format!("{failed} task(s) failed, {completed} completed, {skipped} skipped"),
            },
        });
        Some(self.now)
    }

    /// Tries until it succeeds or its attempts are used up; whether it succeeded.
    fn attempts(&mut self, task: &Task, id: Uuid) -> bool {
        for attempt in 1..=task.max_attempts {
            self.start(id);
            self.defer(task, id);
            self.work(task, id);
            if self.random.u32(..100) >= task.fails {
                self.change(id, Change::Complete);
                self.release(id);
                return true;
            }
            if attempt < task.max_attempts {
                let at = self.now.plus(Span::from_seconds(i64::from(2 << attempt)));
                self.change(id, Change::Retry { attempt: attempt + 1, at });
                self.release(id);
                self.now = at;
                self.pass(0.02, 0.1);
            }
        }
        let error = describe(task, self.now);
        self.change(id, Change::Fail { error });
        self.release(id);
        false
    }

    fn start(&mut self, id: Uuid) {
        let runner = random_id(self.random);
        self.change(id, Change::Claim { runner });
        self.pass(0.001, 0.003);
        self.change(id, Change::Start);
    }

    fn defer(&mut self, task: &Task, id: Uuid) {
        if task.deferred > 0 {
            self.change(id, Change::Defer);
            self.beat(id, f64::from(task.deferred));
            self.change(id, Change::Resume);
        }
    }

    fn work(&mut self, task: &Task, id: Uuid) {
        let length = self.between(task.seconds.0, task.seconds.1);
        self.beat(id, length);
    }

    /// Lets time pass with a heartbeat every ten seconds.
    fn beat(&mut self, id: Uuid, length: f64) {
        let end = self.now.plus(seconds(length));
        let interval = Span::from_seconds(10);
        while self.now.plus(interval) < end {
            self.now = self.now.plus(interval);
            self.change(id, Change::Heartbeat);
        }
        self.now = end;
    }

    fn release(&mut self, id: Uuid) {
        self.pass(0.001, 0.003);
        self.change(id, Change::Release);
    }

    /// Half-way through the task someone pauses or cancels the execution; when that ended it, if it did.
    fn interrupt(&mut self, task: &Task, id: Uuid, fate: Fate) -> Option<Timestamp> {
        self.start(id);
        let begun = self.now;
        self.work(task, id);
        let at = begun.plus(Span(self.now.since(begun).0 / 2));
        self.change(id, Change::Complete);
        self.release(id);
        let execution = self.execution;
        if fate == Fate::Paused {
            self.writes.push((at, Write::Pause { execution, reason: "waiting for approval" }));
            return None;
        }
        self.writes.push((at, Write::Cancel(execution)));
        Some(at)
    }

    fn change(&mut self, task: Uuid, change: Change) {
        self.write(Write::Task { execution: self.execution, task, change });
    }

    fn write(&mut self, write: Write) {
        self.writes.push((self.now, write));
    }

    fn pass(&mut self, least: f64, most: f64) {
        let span = self.between(least, most);
        self.now = self.now.plus(seconds(span));
    }

    fn between(&mut self, least: f64, most: f64) -> f64 {
        least + self.random.f64() * (most - least)
    }
}

/// The engine's own text for a failed task: the error in Rust's debug form inside a sentence.
fn describe(task: &Task, at: Timestamp) -> String {
    let inner = match task.fault {
        Fault::Timeout => return "Task execution timeout".into(),
        Fault::Validation(message) => format!("ValidationFailed {{ message: {message:?} }}"),
        Fault::Execution(message) => format!(
            "ExecutionFailed {{ message: {message:?}, task_id: {:?}, timestamp: {} }}",
            task.name,
            super::sql::text(at).replace("+00:00", "Z"),
        ),
    };
    format!("Task execution error: Task execution failed: {inner}")
}
