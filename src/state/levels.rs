//! What the live rows say now: counts and ages for gauges, worked out anew for each snapshot.
//!
//! Counts nothing that has ended, and keeps nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;

use super::Tenant;
use crate::config::Metrics;
use crate::record::{ById, Execution, ExecutionStatus, Span, Task, TaskStatus, Timestamp};

/// State of an unfinished task of an active execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TaskState {
    /// Waits for other tasks.
    Blocked,
    Ready,
    /// Ready, but not before its retry is due.
    Backoff,
    /// A runner holds it; before v0.8 this is all that shows of a running task.
    Claimed,
    Running,
    /// Running by its status, but waiting for a condition without holding a slot.
    Deferred,
}

impl TaskState {
    pub const ALL: [Self; 6] =
        [Self::Blocked, Self::Ready, Self::Backoff, Self::Claimed, Self::Running, Self::Deferred];

    fn of(task: &Task, now: Timestamp) -> Self {
        match task.status {
            _ if task.deferred => Self::Deferred,
            TaskStatus::NotStarted => Self::Blocked,
            TaskStatus::Running => Self::Running,
            _ if task.claimed_by.is_some() => Self::Claimed,
            _ if task.retry_at.is_some_and(|at| at > now) => Self::Backoff,
            _ => Self::Ready,
        }
    }

    const fn is_in_progress(self) -> bool {
        matches!(self, Self::Claimed | Self::Running)
    }
}

/// Gauges of one workflow; all zero if nothing of it is active.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WorkflowLevels {
    pub pending: u64,
    pub running: u64,
    pub paused: u64,
    /// Of the oldest Pending or Running execution.
    pub oldest_active_age: Span,
    pub stalled: u64,
    pub tasks: BTreeMap<TaskState, u64>,
    pub oldest_running_age: Span,
    pub stale_claims: u64,
}

/// Gauges of a tenant.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TenantLevels {
    /// By workflow label, all known workflows.
    pub workflows: BTreeMap<Arc<str>, WorkflowLevels>,
    pub oldest_ready_age: Span,
    /// Of the claims in progress; zero if there are none.
    pub oldest_heartbeat_age: Span,
    /// Runners that hold a claim with a fresh heartbeat.
    pub runners: usize,
}

pub fn summarize(tenant: &Tenant, metrics: &Metrics) -> TenantLevels {
    let mut levels = TenantLevels::default();
    for (label, _) in tenant.workflows.iter() {
        levels.workflows.insert(label.clone(), WorkflowLevels::default());
    }
    let tasks = group_by_execution(&tenant.levels.tasks);
    let mut runners = BTreeSet::new();
    for execution in &tenant.levels.active {
        let tasks = tasks.get(&execution.id).map_or(&[][..], Vec::as_slice);
        let label = tenant.workflows.names.lookup(&execution.workflow);
        let workflow = levels.workflows.entry(label).or_default();
        workflow.add_execution(execution, tasks, tenant.now, metrics);
        for task in tasks {
            workflow.add_task(task, tenant, metrics);
            if let Some(age) = ready_age(task, tenant) {
                levels.oldest_ready_age = levels.oldest_ready_age.max(age);
            }
            if let Some((runner, age)) = claim(task, tenant.now) {
                levels.oldest_heartbeat_age = levels.oldest_heartbeat_age.max(age);
                if age <= metrics.stale_after.into() {
                    runners.insert(runner);
                }
            }
        }
    }
    levels.runners = runners.len();
    levels
}

fn group_by_execution(tasks: &[Task]) -> ById<Vec<&Task>> {
    let mut groups: ById<Vec<&Task>> = ById::default();
    for task in tasks {
        groups.entry(task.execution).or_default().push(task);
    }
    groups
}

impl WorkflowLevels {
    fn add_execution(&mut self, execution: &Execution, tasks: &[&Task], now: Timestamp, metrics: &Metrics) {
        match execution.status {
            ExecutionStatus::Paused => {
                self.paused += 1;
                return;
            }
            ExecutionStatus::Running => self.running += 1,
            _ => self.pending += 1,
        }
        let began = execution.started_at.unwrap_or(execution.created_at);
        self.oldest_active_age = self.oldest_active_age.max(now.since(began));
        if is_stalled(execution, tasks, now, metrics) {
            self.stalled += 1;
        }
    }

    fn add_task(&mut self, task: &Task, tenant: &Tenant, metrics: &Metrics) {
        let state = TaskState::of(task, tenant.now);
        *self.tasks.entry(state).or_insert(0) += 1;
        if state.is_in_progress() {
            let first_claimed = || tenant.watched(&task.id).and_then(|watched| watched.claimed_at);
            if let Some(began) = task.started_at.or_else(first_claimed) {
                self.oldest_running_age = self.oldest_running_age.max(tenant.now.since(began));
            }
        }
        if claim(task, tenant.now).is_some_and(|(_, age)| age > metrics.stale_after.into()) {
            self.stale_claims += 1;
        }
    }
}

/// Nothing of it is in progress or about to be, and no row of it changed for long: also what a dead scheduler leaves.
pub fn is_stalled(execution: &Execution, tasks: &[&Task], now: Timestamp, metrics: &Metrics) -> bool {
    let moves = tasks.iter().any(|task| TaskState::of(task, now) != TaskState::Blocked);
    let updated = tasks.iter().map(|task| task.updated_at).chain([execution.updated_at]).max();
    !moves && updated.is_some_and(|at| now.since(at) > metrics.stalled_after.into())
}

/// How long a task that any runner could take has been waiting.
fn ready_age(task: &Task, tenant: &Tenant) -> Option<Span> {
    if TaskState::of(task, tenant.now) != TaskState::Ready {
        return None;
    }
    let marked = || tenant.watched(&task.id).and_then(|watched| watched.ready_at);
    let retry = task.retry_at.filter(|_| task.attempt > 1);
    let since = retry.or_else(marked).unwrap_or(task.updated_at);
    Some(tenant.now.since(since))
}

/// The runner that holds a task, and the age of its heartbeat.
fn claim(task: &Task, now: Timestamp) -> Option<(Uuid, Span)> {
    let heartbeat = task.heartbeat_at?;
    Some((task.claimed_by?, now.since(heartbeat)))
}
