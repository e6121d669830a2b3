//! What one read of a tenant says, as far as a check asks: pure data, with the rules of the gauges applied.
//!
//! Judges nothing: which of it is a finding is `evaluate`'s matter.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use uuid::Uuid;

use super::options::Pattern;
use crate::config::Metrics;
use crate::record::{Execution, Failures, Levels, Schedule, Span, Task, Timestamp};
use crate::state::schedules::levels::{self as schedule_levels, ScheduleLevels};
use crate::state::workflows::Workflows;
use crate::state::{Tenant, levels};

/// All of one tenant that a check looks at.
#[derive(Debug, Default)]
pub struct Facts {
    /// The database's time.
    pub now: Timestamp,
    /// Oldest first.
    pub active: Vec<Active>,
    pub schedules: Vec<ScheduleFacts>,
    /// How long a workflow's executions take as a rule, where that is known.
    pub baselines: BTreeMap<Arc<str>, Span>,
    pub failures: Vec<Failures>,
}

/// An execution that is Pending, Running or Paused.
#[derive(Debug)]
pub struct Active {
    pub execution: Execution,
    /// Since it began, or was created.
    pub age: Span,
    pub stalled: bool,
    pub stale_claims: u64,
    /// Of the claims of its tasks; zero if there are none.
    pub oldest_heartbeat_age: Span,
    /// Of its tasks that any runner could take; zero if there are none.
    pub oldest_ready_age: Span,
}

#[derive(Debug)]
pub struct ScheduleFacts {
    pub label: Arc<str>,
    pub row: Schedule,
    pub levels: ScheduleLevels,
}

/// Whether a name is asked for: no patterns ask for all.
pub fn wanted(patterns: &[Pattern], name: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(name))
}

impl Facts {
    /// Of the workflows that are wanted alone.
    pub fn new(tenant: &Tenant, failures: Vec<Failures>, workflows: &[Pattern], metrics: &Metrics) -> Self {
        let schedules = schedule_levels::summarize(tenant, metrics).into_iter();
        let schedules = schedules.filter(|schedule| wanted(workflows, &schedule.row.workflow));
        let baselines = tenant.workflows.iter();
        Self {
            now: tenant.now,
            active: active(tenant, workflows, metrics),
            schedules: schedules
                .map(|schedule| ScheduleFacts {
                    label: schedule.label.clone(),
                    row: schedule.row.clone(),
                    levels: schedule.levels,
                })
                .collect(),
            baselines: baselines
                .filter_map(|(label, workflow)| Some((label.clone(), workflow.duration_baseline()?)))
                .collect(),
            failures: failures.into_iter().filter(|of| wanted(workflows, &of.workflow)).collect(),
        }
    }
}

fn active(tenant: &Tenant, workflows: &[Pattern], metrics: &Metrics) -> Vec<Active> {
    let mut tasks: HashMap<Uuid, Vec<Task>> = HashMap::new();
    for task in &tenant.levels.tasks {
        tasks.entry(task.execution).or_default().push(task.clone());
    }
    // The gauges of one execution are those of a tenant that has no other.
    let mut alone = tenant.clone();
    alone.workflows = Workflows::default();
    let wanted = |execution: &&Execution| wanted(workflows, &execution.workflow);
    let mut active: Vec<Active> = tenant
        .levels
        .active
        .iter()
        .filter(wanted)
        .map(|execution| {
            let tasks = tasks.remove(&execution.id).unwrap_or_default();
            alone.levels = Levels { active: vec![execution.clone()], tasks, ..Levels::default() };
            describe(execution, &alone, metrics)
        })
        .collect();
    active.sort_by_key(|active| (began(&active.execution), active.execution.id));
    active
}

fn describe(execution: &Execution, alone: &Tenant, metrics: &Metrics) -> Active {
    let levels = levels::summarize(alone, metrics);
    let workflow = levels.workflows.into_values().next().unwrap_or_default();
    Active {
        execution: execution.clone(),
        age: alone.now.since(began(execution)),
        stalled: workflow.stalled > 0,
        stale_claims: workflow.stale_claims,
        oldest_heartbeat_age: levels.oldest_heartbeat_age,
        oldest_ready_age: levels.oldest_ready_age,
    }
}

pub fn began(execution: &Execution) -> Timestamp {
    execution.started_at.unwrap_or(execution.created_at)
}
