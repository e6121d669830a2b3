//! One tenant: what is asked of it before a read, and the order in which a batch is folded.
//!
//! Which rows count is `ends`' matter, from which instant to read `horizon`'s, and what is remembered `memory`'s.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::audit::Audit;
use super::ended::Ended;
use super::fold::Fold;
use super::histogram::Counter;
use super::memory::{Memory, Watched};
use super::schedules::Schedules;
use super::workflows::Workflows;
use super::{Horizon, Moment, Plan, Settings};
use crate::record::{
    Batch, Event, EventKind, Execution, Levels, Position, Recount, Schedule, Span, Task, Timestamp,
};

/// Events remembered before the ids below the edge are given up.
const MAX_SEEN: usize = 200_000;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tenant {
    pub(super) horizon: Horizon,
    pub(super) memory: Memory,
    pub(super) audit: Audit,
    /// Whether a first batch was taken as the baseline; only what is new after it counts.
    started: bool,
    /// Without schedules, which `schedules` holds with their labels.
    pub levels: Levels,
    pub workflows: Workflows,
    pub schedules: Schedules,
    pub events: BTreeMap<EventKind, Counter>,
    pub ended: Ended,
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
            ended: Ended::default(),
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

    /// Schedules whose new fires are to be read, given their rows as they are now.
    pub fn wanted_schedules(&self, rows: &[Schedule]) -> Vec<Uuid> {
        self.schedules.wanted(rows)
    }

    /// Since when the fires of all schedules are to be read, if they are now.
    pub fn sweep_from(&self, now: Timestamp) -> Option<Timestamp> {
        self.schedules.sweep_from(now)
    }

    /// Fires to read again by id, given the executions that are active now.
    pub fn wanted_fires(&self, now: Timestamp, active: &[Execution]) -> Vec<Uuid> {
        self.schedules.wanted_fires(now, active)
    }

    /// Whether nothing new can be read of a fire.
    pub fn has_settled_fire(&self, fire: &Uuid) -> bool {
        self.schedules.has_settled(fire)
    }

    /// Whether the workflow of `task`'s execution is known without reading that execution.
    pub fn knows_workflow_of(&self, task: &Task) -> bool {
        self.watches(&task.id)
    }

    /// Whether a task went on at the last poll.
    pub fn watches(&self, task: &Uuid) -> bool {
        self.memory.watched(task).is_some()
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
        let Batch { events, levels, executions, tasks, workflows, recount, fires, .. } = batch;
        let found = !events.is_empty() || !executions.is_empty() || !tasks.is_empty();
        let listed = workflows.is_some() || recount.is_some();
        found
            || listed
            || self.schedules.would_change(&levels.schedules, fires)
            || levels.active != self.levels.active
            || levels.tasks != self.levels.tasks
    }

    pub fn apply(&mut self, batch: &Batch, settings: Settings<'_>, sequence: u64) {
        let moment = Moment { at: batch.position.own_clock, sequence, backfilled: false };
        let fold = Fold::new(batch, settings, moment, self.started, self.horizon.floor());
        self.know_names(&fold);
        let mut late = self.take_events(&fold);
        let (watched, late_tasks) = self.fold_tasks(&fold);
        let (unlinked, late_executions) = self.fold_executions(&fold);
        late = late.max(late_tasks).max(late_executions);
        self.memory.replace_active(&batch.levels.active, &unlinked);
        self.memory.replace_watched(watched, fold.now());
        let swept = self.schedules.sweep_from(fold.now()).is_some();
        self.schedules.apply(&fold, self.now, &self.workflows);
        self.levels = Levels { schedules: Vec::new(), ..batch.levels.clone() };
        if let Some(recount) = batch.recount {
            self.audit.close(recount);
        }
        self.audit.begin(self.horizon.edge());
        self.horizon.advance(batch, late);
        self.horizon.relax_overlap(settings.overlap);
        if swept {
            self.schedules.note_sweep(batch.position.now, self.horizon.edge());
        }
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

    fn forget(&mut self) {
        if self.memory.seen_count() > MAX_SEEN {
            self.horizon.raise_floor();
        }
        let forgotten = self.memory.forget(self.horizon.floor());
        self.audit.keep(forgotten);
    }
}
