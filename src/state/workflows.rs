//! What is counted for each workflow, and how one ended execution or task adds to it.
//!
//! Whether a transition is new is decided elsewhere (`tenant`); here everything that arrives counts.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Moment;
use super::histogram::{Birth, Counter, Histogram};
use super::labels::LabelValues;
use crate::config::Metrics;
use crate::record::{Execution, ExecutionStatus, FailureReason, Origin, Span, Task, TaskStatus, Timestamp};

/// Ended executions remembered for `consecutive_failures`, which is capped at this.
pub const RECENT_OUTCOMES: usize = 100;
/// Successful durations remembered for the baseline.
const RECENT_DURATIONS: usize = 50;
/// The baseline is unknown below this many.
const MIN_DURATIONS: usize = 10;

/// How an attempt of a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AttemptOutcome {
    Completed,
    Failed,
    Retried,
    Abandoned,
    Skipped,
}

impl AttemptOutcome {
    pub const ALL: [Self; 5] = [Self::Completed, Self::Failed, Self::Retried, Self::Abandoned, Self::Skipped];

    /// `None` while the task goes on.
    pub fn of(task: &Task) -> Option<Self> {
        match task.status {
            TaskStatus::Completed => Some(Self::Completed),
            TaskStatus::Failed if task.failure == Some(FailureReason::Abandoned) => Some(Self::Abandoned),
            TaskStatus::Failed => Some(Self::Failed),
            TaskStatus::Skipped => Some(Self::Skipped),
            _ => None,
        }
    }
}

/// What was done about a stale claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RecoveryAction {
    Reset,
    Abandoned,
}

/// When an execution ended, and its id.
type End = (Timestamp, Uuid);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Workflow {
    pub ended: BTreeMap<(ExecutionStatus, Origin), Counter>,
    pub durations: BTreeMap<ExecutionStatus, Histogram>,
    pub start_delay: Histogram,
    /// Newest end and its status.
    pub last_ended: Option<(Timestamp, ExecutionStatus)>,
    pub last_success: Option<Timestamp>,
    pub last_failure: Option<Timestamp>,
    /// Ends other than cancellations, oldest first, and whether each was a failure.
    outcomes: VecDeque<(End, bool)>,
    /// Successful durations, oldest first.
    successes: VecDeque<(End, Span)>,
    pub attempts: BTreeMap<(Arc<str>, AttemptOutcome), Counter>,
    pub failures: BTreeMap<FailureReason, Counter>,
    /// The task is empty unless task histograms are asked for.
    pub task_durations: BTreeMap<(AttemptOutcome, Arc<str>), Histogram>,
    pub queue_wait: Histogram,
    pub recoveries: BTreeMap<RecoveryAction, Counter>,
}

impl Workflow {
    /// With all series that are sure to exist at zero, so that a first increase is seen as one.
    fn new(moment: Moment) -> Self {
        let statuses = [ExecutionStatus::Completed, ExecutionStatus::Failed, ExecutionStatus::Cancelled];
        let origins = [Origin::Cron, Origin::Trigger, Origin::Manual, Origin::Unknown];
        let pairs = statuses.iter().flat_map(|status| origins.iter().map(|origin| (*status, *origin)));
        let actions = [RecoveryAction::Reset, RecoveryAction::Abandoned];
        Self {
            ended: pairs.map(|pair| (pair, Counter::new(moment))).collect(),
            durations: BTreeMap::from([(ExecutionStatus::Completed, Histogram::new(moment))]),
            start_delay: Histogram::new(moment),
            last_ended: None,
            last_success: None,
            last_failure: None,
            outcomes: VecDeque::new(),
            successes: VecDeque::new(),
            attempts: BTreeMap::new(),
            failures: BTreeMap::new(),
            task_durations: BTreeMap::new(),
            queue_wait: Histogram::new(moment),
            recoveries: actions.map(|action| (action, Counter::new(moment))).into(),
        }
    }

    /// Counts one ended execution.
    pub fn count_execution(&mut self, execution: &Execution, moment: Moment, metrics: &Metrics) {
        let ended_at = ended_at(execution);
        let key = (execution.status, execution.origin);
        let counter = self.ended.entry(key).or_insert_with(|| Counter::new(moment));
        counter.increment(execution.id, ended_at);
        if let (Some(started), Some(completed)) = (execution.started_at, execution.completed_at) {
            let histogram = self.durations.entry(execution.status).or_insert_with(|| Histogram::new(moment));
            histogram.observe(completed.since(started), execution.id, ended_at, &metrics.buckets);
        }
    }

    /// Takes note of an ended execution, counted or not, for the gauges that speak of the newest ones. The same one may
    /// come again: a backfill and the first batch overlap.
    pub fn note_execution(&mut self, execution: &Execution) {
        let ended_at = ended_at(execution);
        if self.last_ended.is_none_or(|(newest, _)| newest <= ended_at) {
            self.last_ended = Some((ended_at, execution.status));
        }
        let failed = match execution.status {
            ExecutionStatus::Completed => false,
            ExecutionStatus::Failed => true,
            _ => return,
        };
        let last = if failed { &mut self.last_failure } else { &mut self.last_success };
        *last = (*last).max(Some(ended_at));
        insert_by_time(&mut self.outcomes, ((ended_at, execution.id), failed), RECENT_OUTCOMES);
        if let (false, Some(started)) = (failed, execution.started_at) {
            let success = ((ended_at, execution.id), ended_at.since(started));
            insert_by_time(&mut self.successes, success, RECENT_DURATIONS);
        }
    }

    /// Failures since the last success, at most [`RECENT_OUTCOMES`].
    pub fn consecutive_failures(&self) -> usize {
        self.outcomes.iter().rev().take_while(|(_, failed)| *failed).count()
    }

    /// 95th percentile (nearest rank) of the last 50 successful durations; `None` below ten.
    pub fn duration_baseline(&self) -> Option<Span> {
        if self.successes.len() < MIN_DURATIONS {
            return None;
        }
        let mut durations: Vec<Span> = self.successes.iter().map(|(_, duration)| *duration).collect();
        durations.sort_unstable();
        let rank = (durations.len() * 95).div_ceil(100);
        durations.get(rank - 1).copied()
    }
}

/// Ended rows normally carry `completed_at`; the row's last change is the nearest that is known otherwise.
pub fn ended_at(execution: &Execution) -> Timestamp {
    execution.completed_at.unwrap_or(execution.updated_at)
}

/// Ends arrive in any order (late commits, a backfill); the newest `limit` are kept.
fn insert_by_time<T>(entries: &mut VecDeque<(End, T)>, entry: (End, T), limit: usize) {
    let Err(position) = entries.binary_search_by_key(&entry.0, |(end, _)| *end) else { return };
    entries.insert(position, entry);
    if entries.len() > limit {
        entries.pop_front();
    }
}

/// One ended or retried attempt, ready to be counted.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    pub task: &'a Task,
    pub outcome: AttemptOutcome,
    pub ended_at: Timestamp,
    pub duration: Option<Span>,
    pub queue_wait: Option<Span>,
}

/// All workflows of a tenant, by label.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Workflows {
    by_label: BTreeMap<Arc<str>, Workflow>,
    pub names: LabelValues,
    pub tasks: LabelValues,
}

impl Workflows {
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Workflow)> {
        self.by_label.iter()
    }

    /// The series that `name` is counted under, born now if it is new.
    pub fn entry(&mut self, name: &Arc<str>, moment: Moment, metrics: &Metrics) -> &mut Workflow {
        let label = self.names.resolve(name, &metrics.workflows);
        self.by_label.entry(label).or_insert_with(|| Workflow::new(moment))
    }

    /// Makes sure that the attempts of a task have series, at zero, before the first one ends. Returns the task's label.
    pub fn know_task(
        &mut self,
        workflow: &Arc<str>,
        task: &Task,
        moment: Moment,
        metrics: &Metrics,
    ) -> Arc<str> {
        let label = self.task_label(workflow, &task.name, metrics);
        let attempts = &mut self.entry(workflow, moment, metrics).attempts;
        if !attempts.contains_key(&(label.clone(), AttemptOutcome::Completed)) {
            for outcome in AttemptOutcome::ALL {
                attempts.insert((label.clone(), outcome), Counter::new(moment));
            }
        }
        label
    }

    pub fn count_attempt(
        &mut self,
        workflow: &Arc<str>,
        attempt: Attempt<'_>,
        moment: Moment,
        metrics: &Metrics,
    ) {
        let Attempt { task, outcome, ended_at, .. } = attempt;
        let label = self.know_task(workflow, task, moment, metrics);
        let histogram_label = if metrics.task_histograms { label.clone() } else { Arc::default() };
        let series = self.entry(workflow, moment, metrics);
        if let Some(counter) = series.attempts.get_mut(&(label, outcome)) {
            counter.increment(task.execution, ended_at);
        }
        if let Some(reason) = failure_of(task, outcome) {
            let counter = series.failures.entry(reason).or_insert_with(|| Counter::new(moment));
            counter.increment(task.execution, ended_at);
        }
        if outcome == AttemptOutcome::Abandoned {
            series.count_recoveries(RecoveryAction::Abandoned, 1, moment);
        }
        if let Some(duration) = attempt.duration {
            let key = (outcome, histogram_label);
            let histogram = series.task_durations.entry(key).or_insert_with(|| Histogram::new(moment));
            histogram.observe(duration, task.execution, ended_at, &metrics.buckets);
        }
        if let Some(wait) = attempt.queue_wait {
            series.queue_wait.observe(wait, task.execution, ended_at, &metrics.buckets);
        }
    }

    /// Attempts that were overwritten before their end was seen: counted, their times unknown.
    pub fn count_retries(
        &mut self,
        workflow: &Arc<str>,
        task: &Task,
        count: u32,
        moment: Moment,
        metrics: &Metrics,
    ) {
        let label = self.know_task(workflow, task, moment, metrics);
        let series = self.entry(workflow, moment, metrics);
        if let Some(counter) = series.attempts.get_mut(&(label, AttemptOutcome::Retried)) {
            counter.add(u64::from(count));
        }
    }

    /// The births of all series.
    pub fn births_mut(&mut self) -> impl Iterator<Item = &mut Birth> {
        self.by_label.values_mut().flat_map(|workflow| {
            let counters = workflow.ended.values_mut().chain(workflow.attempts.values_mut());
            let counters =
                counters.chain(workflow.failures.values_mut()).chain(workflow.recoveries.values_mut());
            let histograms = workflow.durations.values_mut().chain(workflow.task_durations.values_mut());
            let histograms = histograms.chain([&mut workflow.start_delay, &mut workflow.queue_wait]);
            counters.map(|counter| &mut counter.birth).chain(histograms.map(|histogram| &mut histogram.birth))
        })
    }

    /// Starts all histograms again, now.
    pub fn drop_histograms(&mut self, moment: Moment) {
        for workflow in self.by_label.values_mut() {
            workflow.durations = BTreeMap::from([(ExecutionStatus::Completed, Histogram::new(moment))]);
            workflow.task_durations.clear();
            workflow.start_delay = Histogram::new(moment);
            workflow.queue_wait = Histogram::new(moment);
        }
    }

    /// Drops the series of workflows that have no rows any more.
    pub fn forget(&mut self, gone: impl Fn(&str) -> bool) {
        self.names.forget(&gone);
        self.tasks.forget(|identity| identity.split_once('\n').is_some_and(|(workflow, _)| gone(workflow)));
        self.by_label.retain(|label, _| label.as_ref() == super::labels::OTHER || !gone(label));
    }

    fn task_label(&mut self, workflow: &str, name: &str, metrics: &Metrics) -> Arc<str> {
        let task: Arc<str> = Arc::from(short_task_name(name));
        let identity: Arc<str> = Arc::from(format!("{workflow}\n{task}"));
        self.tasks.resolve_as(&identity, &task, &metrics.tasks)
    }
}

impl Workflow {
    pub fn count_recoveries(&mut self, action: RecoveryAction, count: u32, moment: Moment) {
        self.recoveries.entry(action).or_insert_with(|| Counter::new(moment)).add(u64::from(count));
    }
}

/// The last segment of `tenant::package::workflow::task`.
pub fn short_task_name(name: &str) -> &str {
    name.rsplit("::").next().unwrap_or(name)
}

fn failure_of(task: &Task, outcome: AttemptOutcome) -> Option<FailureReason> {
    match outcome {
        AttemptOutcome::Failed => Some(task.failure.clone().unwrap_or(FailureReason::Unknown)),
        AttemptOutcome::Abandoned => Some(FailureReason::Abandoned),
        _ => None,
    }
}
