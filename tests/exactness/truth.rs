//! Compares what was folded with what the database says in the end, row by row.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use cloacina_exporter::record::{EventKind, ExecutionStatus, Task, TaskStatus};
use cloacina_exporter::state::workflows::{AttemptOutcome, RecoveryAction};

use uuid::Uuid;

use crate::world::World;

/// Every difference, in words; empty if each end, attempt, recovery and event was counted exactly once.
pub fn differences(world: &World) -> Vec<String> {
    let mut found = Differences::default();
    found.compare(&executions_wanted(world), &executions_folded(world));
    let untold = untold(world);
    let [attempts_wanted, attempts_folded] = [attempts_wanted(world), attempts_folded(world)]
        .map(|counts| without(counts, |(workflow, _, _)| untold.contains(workflow)));
    found.compare(&attempts_wanted, &attempts_folded);
    let [recoveries_wanted, recoveries_folded] = [recoveries_wanted(world), recoveries_folded(world)]
        .map(|counts| without(counts, |(workflow, _)| untold.contains(workflow)));
    found.compare(&recoveries_wanted, &recoveries_folded);
    found.compare(&events_wanted(world), &world.folded);
    found.compare(&world.kinds, &kinds_folded(world));
    found.0
}

fn without<K: Ord>(mut counts: BTreeMap<K, u64>, excused: impl Fn(&K) -> bool) -> BTreeMap<K, u64> {
    counts.retain(|key, _| !excused(key));
    counts
}

#[derive(Default)]
struct Differences(Vec<String>);

impl Differences {
    fn compare<K: Ord + Debug, N: Copy + Default + PartialEq + Debug>(
        &mut self,
        wanted: &BTreeMap<K, N>,
        folded: &BTreeMap<K, N>,
    ) {
        let keys: BTreeSet<&K> = wanted.keys().chain(folded.keys()).collect();
        for key in keys {
            let count = |counts: &BTreeMap<K, N>| counts.get(key).copied().unwrap_or_default();
            if count(wanted) != count(folded) {
                self.0.push(format!("{key:?}: {:?} folded, {:?} wanted", count(folded), count(wanted)));
            }
        }
    }
}

fn executions_wanted(world: &World) -> BTreeMap<(String, String), u64> {
    let rows = world.database.executions.values().filter(|row| row.status.is_terminal());
    let counted = rows.filter(|row| !world.baseline.ended.contains(&row.id));
    counted.map(|row| ((row.workflow.to_string(), format!("{:?}", row.status)), 1)).collect()
}

fn executions_folded(world: &World) -> BTreeMap<(String, String), u64> {
    let mut counts = BTreeMap::new();
    for (workflow, series) in world.tenant().workflows.iter() {
        for ((status, _), counter) in &series.ended {
            *counts.entry((workflow.to_string(), format!("{status:?}"))).or_insert(0) += counter.total;
        }
    }
    counts
}

type AttemptKey = (String, String, AttemptOutcome);

fn attempts_wanted(world: &World) -> BTreeMap<AttemptKey, u64> {
    let mut counts = BTreeMap::new();
    for task in world.database.tasks.values() {
        let key = |outcome| (workflow_of(world, task), task.name.to_string(), outcome);
        let (attempt, _) = world.baseline.growth.get(&task.id).copied().unwrap_or((1, 0));
        counts.insert(key(AttemptOutcome::Retried), u64::from(task.attempt - attempt));
        if let Some(outcome) = AttemptOutcome::of(task).filter(|_| !world.baseline.ended.contains(&task.id)) {
            counts.insert(key(outcome), 1);
        }
    }
    counts
}

/// Workflows with a task whose event was deleted before it could be read, and whose execution will never end, or has not:
/// nothing tells of the task's end, or not yet.
fn untold(world: &World) -> BTreeSet<String> {
    let unread = world.deleted.iter().filter(|event| !world.folded.contains_key(&event.id));
    let executions =
        unread.filter(|event| event.task.is_some()).map(|event| &world.database.executions[&event.execution]);
    let unended =
        executions.filter(|row| !matches!(row.status, ExecutionStatus::Completed | ExecutionStatus::Failed));
    unended.map(|execution| execution.workflow.to_string()).collect()
}

fn attempts_folded(world: &World) -> BTreeMap<AttemptKey, u64> {
    let all = world.tenant().workflows.iter();
    let each = all.flat_map(|(workflow, series)| {
        series.attempts.iter().map(move |((task, outcome), counter)| {
            ((workflow.to_string(), task.to_string(), *outcome), counter.total)
        })
    });
    each.collect()
}

fn recoveries_wanted(world: &World) -> BTreeMap<(String, RecoveryAction), u64> {
    let mut counts = BTreeMap::new();
    for task in world.database.tasks.values() {
        let (_, recoveries) = world.baseline.growth.get(&task.id).copied().unwrap_or((1, 0));
        let workflow = workflow_of(world, task);
        *counts.entry((workflow.clone(), RecoveryAction::Reset)).or_insert(0) +=
            u64::from(task.recoveries - recoveries);
        let abandoned = AttemptOutcome::of(task) == Some(AttemptOutcome::Abandoned);
        if abandoned && !world.baseline.ended.contains(&task.id) {
            *counts.entry((workflow, RecoveryAction::Abandoned)).or_insert(0) += 1;
        }
    }
    counts
}

fn recoveries_folded(world: &World) -> BTreeMap<(String, RecoveryAction), u64> {
    let all = world.tenant().workflows.iter();
    let each = all.flat_map(|(workflow, series)| {
        series
            .recoveries
            .iter()
            .map(move |(action, counter)| ((workflow.to_string(), *action), counter.total))
    });
    each.collect()
}

/// Each event that still exists, and those deleted ones that were read in time.
fn events_wanted(world: &World) -> BTreeMap<Uuid, u32> {
    let kept = world.database.events.iter().map(|(_, event)| event.id);
    let deleted = world.deleted.iter().map(|event| event.id).filter(|id| world.folded.contains_key(id));
    kept.chain(deleted).filter(|id| !world.baseline.events.contains(id)).map(|id| (id, 1)).collect()
}

fn kinds_folded(world: &World) -> BTreeMap<EventKind, u64> {
    world.tenant().events.iter().map(|(kind, counter)| (*kind, counter.total)).collect()
}

fn workflow_of(world: &World, task: &Task) -> String {
    world.database.executions[&task.execution].workflow.to_string()
}

/// Work that a test needs to have seen, so that it does not pass for want of any.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    pub executions: usize,
    pub tasks: usize,
    pub retries: u64,
    pub recoveries: u64,
    pub events: usize,
}

impl Work {
    pub fn add(&mut self, world: &World) {
        let Self { executions, tasks, retries, recoveries, events } = self;
        *executions += executions_wanted(world).len();
        *tasks += world.database.tasks.values().filter(|task| task.status != TaskStatus::NotStarted).count();
        *retries += world.database.tasks.values().map(|task| u64::from(task.attempt - 1)).sum::<u64>();
        *recoveries += world.database.tasks.values().map(|task| u64::from(task.recoveries)).sum::<u64>();
        *events += world.folded.len();
    }
}
