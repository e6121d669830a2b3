//! Which of the rows that were read are ends that no batch showed before, and what each adds to the totals.

use uuid::Uuid;

use super::Tenant;
use super::fold::{Fold, queue_wait};
use super::memory::Watched;
use super::workflows::{self, Attempt, AttemptOutcome, RecoveryAction};
use crate::record::{ById, Execution, ExecutionStatus, Span, Task, TaskStatus, Timestamp};

impl Tenant {
    /// Returns the tasks to watch from now on, and how far below the base the latest one ended without an event: a
    /// runner whose clock is far behind is noticed by its rows only.
    pub(super) fn fold_tasks(&mut self, fold: &Fold<'_>) -> (ById<Watched>, Span) {
        let mut watched = ById::default();
        watched.reserve(fold.batch.levels.tasks.len());
        let mut late = Span::ZERO;
        for task in fold.batch.levels.tasks.iter().chain(&fold.batch.tasks) {
            if self.memory.is_folded_task(&task.id) || watched.contains_key(&task.id) {
                continue;
            }
            let Some(mut entry) = self.entry_of(fold, task) else { continue };
            let is_watched = self.memory.watched(&task.id).is_some();
            let counts = fold.counting && (is_watched || self.is_new_task(fold, task));
            if !is_watched {
                self.workflows.know_task(&entry.workflow, task, fold.moment, fold.settings.metrics);
            }
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
        if retries > 0 {
            self.workflows.count_retries(workflow, task, retries, moment, settings.metrics);
        }
        let recoveries = task.recoveries.saturating_sub(before.recoveries);
        if recoveries > 0 {
            let series = self.workflows.entry(workflow, moment, settings.metrics);
            series.count_recoveries(RecoveryAction::Reset, recoveries, moment);
        }
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
    pub(super) fn fold_executions(&mut self, fold: &Fold<'_>) -> (Vec<Uuid>, Span) {
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
                self.ended.count(execution.id, fold.settings.keep_ended);
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
            || fold.ends_out_of_time(&execution.id)
            || fold.recounts(ended_at) && !self.audit.is_folded(&execution.id)
    }

    /// As for executions, of a task that was never watched.
    fn is_new_task(&self, fold: &Fold<'_>, task: &Task) -> bool {
        self.memory.is_active(&task.execution)
            || fold.is_active(&task.execution)
            || ended_at(task) >= fold.floor
            || fold.ends_out_of_time(&task.id)
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
}

fn ended_at(task: &Task) -> Timestamp {
    task.completed_at.unwrap_or(task.updated_at)
}
