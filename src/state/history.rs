//! Folding of history that lies before the first poll (`--backfill`): rows arrive once each, in any order, and are not
//! remembered; the first batch, read in the same snapshot, remembers what later polls may meet again.
//!
//! Waits for a runner and for a first task are not counted here: the rows alone do not tell them.

use std::sync::Arc;

use super::histogram::Counter;
use super::workflows::{Attempt, AttemptOutcome, RecoveryAction};
use super::{Moment, Settings, Tenant};
use crate::record::{EventKind, Execution, Task};

impl Tenant {
    /// Counts an ended execution; others are left to the first batch.
    pub fn fold_past_execution(&mut self, execution: &Execution, settings: Settings<'_>) {
        let moment = self.past();
        let series = self.workflows.entry(&execution.workflow, moment, settings.metrics);
        if execution.status.is_terminal() {
            series.count_execution(execution, moment, settings.metrics);
            series.note_execution(execution);
        }
    }

    /// Counts a task's end, if it has ended, and the retries and recoveries it has had so far.
    pub fn fold_past_task(&mut self, workflow: &Arc<str>, task: &Task, settings: Settings<'_>) {
        let (moment, metrics) = (self.past(), settings.metrics);
        let retries = task.attempt.saturating_sub(1);
        if retries > 0 {
            self.workflows.count_retries(workflow, task, retries, moment, metrics);
        }
        if task.recoveries > 0 {
            let series = self.workflows.entry(workflow, moment, metrics);
            series.count_recoveries(RecoveryAction::Reset, task.recoveries, moment);
        }
        let Some(outcome) = AttemptOutcome::of(task) else {
            self.workflows.know_task(workflow, task, moment, metrics);
            return;
        };
        let ended_at = task.completed_at.unwrap_or(task.updated_at);
        let duration =
            task.started_at.zip(task.completed_at).map(|(started, completed)| completed.since(started));
        let attempt = Attempt { task, outcome, ended_at, duration, queue_wait: None };
        self.workflows.count_attempt(workflow, attempt, moment, metrics);
    }

    pub fn fold_past_events(&mut self, kind: EventKind, count: u64) {
        let moment = self.past();
        self.events.entry(kind).or_insert_with(|| Counter::new(moment)).add(count);
    }

    /// Lets all series begin at zero in the snapshot of that sequence: this history happened just now.
    pub fn hold_from(&mut self, sequence: u64) {
        let events = self.events.values_mut().map(|counter| &mut counter.birth);
        events
            .chain(self.workflows.births_mut())
            .chain(self.schedules.series.births_mut())
            .for_each(|birth| (birth.sequence, birth.backfilled) = (sequence, false));
    }

    /// Backfilled series show their totals at once: a rise from zero would read as if all had happened now.
    fn past(&self) -> Moment {
        Moment { at: self.now, sequence: 0, backfilled: true }
    }
}
