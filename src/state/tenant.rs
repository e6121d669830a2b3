//! One tenant: folds what a poll read, in the order that keeps it exact.
//!
//! The rules and what each protects from are stated at the steps; from which instant to read is `horizon`'s matter, and
//! what is remembered `memory`'s.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::audit::Audit;
use super::fold::{Fold, queue_wait};
use super::histogram::Counter;
use super::memory::{Memory, Watched};
use super::schedules::Schedules;
use super::workflows::{self, Attempt, AttemptOutcome, RecoveryAction, Workflows};
use super::{Horizon, Moment, Plan, Settings};
use crate::record::{
    Batch, Event, EventKind, Execution, ExecutionStatus, Levels, Position, Recount, Span, Task, TaskStatus,
    Timestamp,
};

/// Events remembered before the ids below the edge are given up.
const MAX_SEEN: usize = 200_000;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tenant {
    horizon: Horizon,
    memory: Memory,
    audit: Audit,
    /// Whether a first batch was taken as the baseline; only what is new after it counts.
    started: bool,
    /// Without schedules, which `schedules` holds with their labels.
    pub levels: Levels,
    pub workflows: Workflows,
    pub schedules: Schedules,
    pub events: BTreeMap<EventKind, Counter>,
    /// The exporter's clock at the first read.
    pub first_read_at: Timestamp,
    /// The database's time at the last good poll, also one that found nothing to read.
    pub now: Timestamp,
    /// The database's clock less the exporter's at the last good poll.
    pub clock_skew: Span,
}

impl Tenant {
    pub fn new(position: &Position, settings: Settings<'_>) -> Self {
        Self {
            horizon: Horizon::new(position, settings.overlap),
            memory: Memory::default(),
            audit: Audit::default(),
            started: false,
            levels: Levels::default(),
            workflows: Workflows::default(),
            schedules: Schedules::default(),
            events: BTreeMap::new(),
            first_read_at: position.own_clock,
            now: position.now,
            clock_skew: Span::ZERO,
        }
    }

    pub fn horizon(&self) -> &Horizon {
        &self.horizon
    }

    /// Whether the next batch is the baseline.
    pub fn is_new(&self) -> bool {
        !self.started
    }

    pub fn plan(&self, position: &Position, fresh: bool) -> Plan {
        self.horizon.plan(position, fresh)
    }

    pub fn has_seen(&self, event: &Uuid) -> bool {
        self.memory.has_seen(event)
    }

    pub fn seen_count(&self) -> usize {
        self.memory.seen_count()
    }

    /// Executions to read by id, given the new events, the active executions and those a scan found.
    pub fn wanted_executions(&self, events: &[Event], active: &[Execution], found: &[Uuid]) -> Vec<Uuid> {
        self.memory.wanted_executions(events, active, found)
    }

    pub fn wanted_tasks(&self, events: &[Event], unfinished: &[Task]) -> Vec<Uuid> {
        self.memory.wanted_tasks(events, unfinished)
    }

    /// Whether the workflow of `task`'s execution is known without reading that execution.
    pub fn knows_workflow_of(&self, task: &Task) -> bool {
        self.memory.watched(&task.id).is_some()
    }

    pub fn is_folded_execution(&self, id: &Uuid) -> bool {
        self.memory.is_folded_execution(id)
    }

    /// Whether executions that have ended wait for the next batch to be counted.
    pub fn has_unlinked(&self) -> bool {
        self.memory.active_count() > self.levels.active.len()
    }

    pub(super) fn watched(&self, task: &Uuid) -> Option<&Watched> {
        self.memory.watched(task)
    }

    /// A minute of past events to recount.
    pub fn audit_due(&self, now: Timestamp) -> Option<Recount> {
        self.audit.due(self.horizon.floor(), now)
    }

    pub fn audit_missed(&self, slice: Recount, events: Vec<Event>) -> Vec<Event> {
        self.audit.missed(slice, events)
    }

    /// Events recounted so far, and those of them that had been missed.
    pub fn audited(&self) -> (u64, u64) {
        (self.audit.audited, self.audit.missed)
    }

    /// The server showed an older state than before.
    pub fn skip(&mut self, position: &Position) {
        self.horizon.skip(position);
    }

    /// The source knows that nothing changed since the last batch.
    pub fn idle(&mut self, clock: Timestamp, own_clock: Timestamp) {
        self.now = clock;
        self.clock_skew = clock.since(own_clock);
        self.horizon.idle(clock);
    }

    /// Whether a batch says more than that time has passed.
    pub fn would_change(&self, batch: &Batch) -> bool {
        let Batch { events, levels, executions, tasks, workflows, recount, .. } = batch;
        let found = !events.is_empty() || !executions.is_empty() || !tasks.is_empty();
        let listed = workflows.is_some() || recount.is_some();
        found || listed || levels.active != self.levels.active || levels.tasks != self.levels.tasks
    }

    pub fn apply(&mut self, batch: &Batch, settings: Settings<'_>, sequence: u64) {
        let moment = Moment { at: batch.position.own_clock, sequence };
        let fold = Fold::new(batch, settings, moment, self.started, self.horizon.floor());
        self.know_names(&fold);
        let mut late = self.take_events(&fold);
        let (watched, late_tasks) = self.fold_tasks(&fold);
        let (unlinked, late_executions) = self.fold_executions(&fold);
        late = late.max(late_tasks).max(late_executions);
        self.memory.replace_active(&batch.levels.active, &unlinked);
        self.memory.replace_watched(watched, fold.now());
        self.schedules.replace(&batch.levels.schedules, settings.metrics);
        self.levels = Levels { schedules: Vec::new(), ..batch.levels.clone() };
        if let Some(recount) = batch.recount {
            self.audit.close(recount);
        }
        self.audit.begin(self.horizon.edge());
        self.horizon.advance(batch, late);
        self.horizon.relax_overlap(settings.overlap);
        self.forget();
        self.now = batch.position.now;
        self.clock_skew = batch.position.clock.since(batch.position.own_clock);
        self.started = true;
    }

    /// Gives every name that is met its series at zero, and drops those of names that have no rows left.
    fn know_names(&mut self, fold: &Fold<'_>) {
        let levels = &fold.batch.levels;
        let active: BTreeSet<&Arc<str>> = levels.active.iter().map(|execution| &execution.workflow).collect();
        let scheduled = levels.schedules.iter().map(|schedule| &schedule.workflow);
        let present: BTreeSet<&Arc<str>> = active.into_iter().chain(scheduled).collect();
        for name in present.iter().copied().chain(fold.batch.workflows.iter().flatten()) {
            self.workflows.entry(name, fold.moment, fold.settings.metrics);
        }
        if let Some(names) = &fold.batch.workflows {
            let listed: BTreeSet<&str> = names.iter().chain(present).map(AsRef::as_ref).collect();
            self.workflows.forget(|name| !listed.contains(name));
        }
    }

    /// Returns how far below the base the latest new event was.
    fn take_events(&mut self, fold: &Fold<'_>) -> Span {
        let mut late = Span::ZERO;
        for event in &fold.batch.events {
            self.memory.see(event);
            if fold.counting {
                let counter = self.events.entry(event.kind).or_insert_with(|| Counter::new(fold.moment));
                counter.increment(event.execution, event.created_at);
            }
            if fold.measures_lateness() {
                late = late.max(self.horizon.base().since(event.created_at));
            }
        }
        late
    }

    /// Returns the tasks to watch from now on, and how far below the base the latest one ended without an event: a
    /// runner whose clock is far behind is noticed by its rows only.
    fn fold_tasks(&mut self, fold: &Fold<'_>) -> (HashMap<Uuid, Watched>, Span) {
        let mut watched = HashMap::new();
        let mut late = Span::ZERO;
        for task in fold.batch.levels.tasks.iter().chain(&fold.batch.tasks) {
            if self.memory.is_folded_task(&task.id) || watched.contains_key(&task.id) {
                continue;
            }
            let Some(mut entry) = self.entry_of(fold, task) else { continue };
            let counts =
                fold.counting && (self.memory.watched(&task.id).is_some() || self.is_new_task(fold, task));
            self.workflows.know_task(&entry.workflow, task, fold.moment, fold.settings.metrics);
            if counts && self.is_growth_new(fold, task) {
                self.fold_growth(fold, task, &entry);
            }
            if let Some(outcome) = AttemptOutcome::of(task) {
                if counts {
                    self.fold_end(fold, task, outcome, &entry);
                }
                late = late.max(self.lateness(
                    fold,
                    &task.id,
                    task.status != TaskStatus::Skipped,
                    task.completed_at,
                ));
                self.memory
                    .fold_task(task, fold.remember_until(fold.facts.newest(&task.id), task.completed_at));
                self.audit.keep_folded(&task.id, fold.now());
            } else if task.status != TaskStatus::NotStarted || fold.is_active(&task.execution) {
                entry.update(task, fold.now());
                watched.insert(task.id, entry);
            }
        }
        (watched, late)
    }

    /// What was known of a task before; `None` if its execution was deleted, so that nothing tells its workflow.
    fn entry_of(&self, fold: &Fold<'_>, task: &Task) -> Option<Watched> {
        let mut entry = match self.memory.watched(&task.id) {
            Some(known) => known.clone(),
            None => Watched::unseen(task, fold.execution(&task.execution)?.workflow.clone()),
        };
        entry.ready_at = fold.facts.ready_at(&task.id).or(entry.ready_at);
        Some(entry)
    }

    /// Retries and recoveries are the growth of the row's own numbers, so that lost or repeated events do not matter.
    fn fold_growth(&mut self, fold: &Fold<'_>, task: &Task, before: &Watched) {
        let Fold { moment, settings, .. } = *fold;
        let workflow = &before.workflow;
        let mut retries = task.attempt.saturating_sub(before.attempt);
        let started = before.started_at.filter(|_| retries > 0);
        if let Some((started, ended_at)) =
            started.and_then(|started| Some((started, fold.facts.retry_after(&task.id, started)?)))
        {
            let duration = Some(ended_at.since(started));
            let attempt =
                Attempt { task, outcome: AttemptOutcome::Retried, ended_at, duration, queue_wait: None };
            self.workflows.count_attempt(workflow, attempt, moment, settings.metrics);
            retries -= 1;
        }
        self.workflows.count_retries(workflow, task, retries, moment, settings.metrics);
        let recoveries = task.recoveries.saturating_sub(before.recoveries);
        let series = self.workflows.entry(workflow, moment, settings.metrics);
        series.count_recoveries(RecoveryAction::Reset, recoveries, moment);
    }

    fn fold_end(&mut self, fold: &Fold<'_>, task: &Task, outcome: AttemptOutcome, before: &Watched) {
        let duration =
            task.started_at.zip(task.completed_at).map(|(started, completed)| completed.since(started));
        let queue_wait = queue_wait(task, before.ready_at);
        let attempt = Attempt { task, outcome, ended_at: ended_at(task), duration, queue_wait };
        self.workflows.count_attempt(&before.workflow, attempt, fold.moment, fold.settings.metrics);
    }

    /// Returns the executions left to the next batch, in which a schedule may have claimed them, and the lateness as
    /// `fold_tasks` does.
    fn fold_executions(&mut self, fold: &Fold<'_>) -> (Vec<Uuid>, Span) {
        let mut unlinked = Vec::new();
        let mut late = Span::ZERO;
        for execution in &fold.batch.executions {
            if !execution.status.is_terminal() || self.memory.is_folded_execution(&execution.id) {
                continue;
            }
            let is_new = fold.counting && self.is_new_execution(fold, execution);
            if is_new && fold.may_become_linked(execution) {
                unlinked.push(execution.id);
                continue;
            }
            let metrics = fold.settings.metrics;
            let series = self.workflows.entry(&execution.workflow, fold.moment, metrics);
            if is_new {
                series.count_execution(execution, fold.moment, metrics);
                if let Some(delay) = fold.start_delay(execution) {
                    let ended_at = workflows::ended_at(execution);
                    series.start_delay.observe(delay, execution.id, ended_at, &metrics.buckets);
                }
            }
            series.note_execution(execution);
            let writes_event = execution.status != ExecutionStatus::Cancelled;
            late = late.max(self.lateness(fold, &execution.id, writes_event, execution.completed_at));
            let until = fold.remember_until(fold.facts.newest(&execution.id), execution.completed_at);
            self.memory.fold_execution(execution.id, until.max(execution.created_at));
            self.audit.keep_folded(&execution.id, fold.now());
        }
        (unlinked, late)
    }

    /// An execution that was active counts when it ends. One that is met ended counts only if it ended since ids are
    /// remembered: an older end was folded and forgotten, or precedes the start.
    fn is_new_execution(&self, fold: &Fold<'_>, execution: &Execution) -> bool {
        let ended_at = workflows::ended_at(execution);
        self.memory.is_active(&execution.id)
            || ended_at.max(execution.created_at) >= fold.floor
            || fold.recounts(ended_at) && !self.audit.is_folded(&execution.id)
    }

    /// As for executions, of a task that was never watched.
    fn is_new_task(&self, fold: &Fold<'_>, task: &Task) -> bool {
        self.memory.is_active(&task.execution)
            || fold.is_active(&task.execution)
            || ended_at(task) >= fold.floor
            || fold.recounts(ended_at(task)) && !self.audit.is_folded(&task.id)
    }

    /// The attempts of a task that was never watched are new unless its execution ended, and was folded, before: then
    /// it was watched until it was given up, or precedes the start.
    fn is_growth_new(&self, fold: &Fold<'_>, task: &Task) -> bool {
        let ends_now = |execution: &Execution| {
            !self.memory.is_folded_execution(&execution.id) && self.is_new_execution(fold, execution)
        };
        self.memory.watched(&task.id).is_some()
            || self.memory.is_active(&task.execution)
            || fold.is_active(&task.execution)
            || fold.execution(&task.execution).is_some_and(ends_now)
    }

    fn lateness(
        &self,
        fold: &Fold<'_>,
        id: &Uuid,
        writes_event: bool,
        completed_at: Option<Timestamp>,
    ) -> Span {
        let unannounced = writes_event && fold.measures_lateness() && fold.facts.newest(id).is_none();
        completed_at.filter(|_| unannounced).map_or(Span::ZERO, |at| self.horizon.base().since(at))
    }

    fn forget(&mut self) {
        if self.memory.seen_count() > MAX_SEEN {
            self.horizon.raise_floor();
        }
        let forgotten = self.memory.forget(self.horizon.floor());
        self.audit.keep(forgotten);
    }
}

fn ended_at(task: &Task) -> Timestamp {
    task.completed_at.unwrap_or(task.updated_at)
}
