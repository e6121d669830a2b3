//! What is counted of schedules, by label. Kept by label and not by id, so that what shares `__other__` adds up.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::ledger::Decision;
use super::outcome::FireOutcome;
use crate::config::Metrics;
use crate::record::{Fire, ScheduleKind};
use crate::state::Moment;
use crate::state::histogram::{Birth, Counter, Histogram};

/// Labels of workflow and schedule.
pub type Key = (Arc<str>, Arc<str>);

/// Counters of the schedules that share a label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ScheduleSeries {
    Cron { fires: BTreeMap<FireOutcome, Counter>, start_delay: Histogram },
    Trigger { fires: Counter },
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Series {
    by_key: BTreeMap<(Key, ScheduleKind), ScheduleSeries>,
}

impl Series {
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &ScheduleSeries)> {
        self.by_key.iter().map(|((key, _), series)| (key, series))
    }

    /// All outcomes at zero, so that a first increase is seen as one.
    pub fn know(&mut self, key: &Key, kind: ScheduleKind, moment: Moment) {
        self.by_key.entry((key.clone(), kind)).or_insert_with(|| match kind {
            ScheduleKind::Cron => ScheduleSeries::Cron {
                fires: FireOutcome::ALL.map(|outcome| (outcome, Counter::new(moment))).into(),
                start_delay: Histogram::new(moment),
            },
            ScheduleKind::Trigger => ScheduleSeries::Trigger { fires: Counter::new(moment) },
        });
    }

    pub fn count(&mut self, key: &Key, decision: &Decision, metrics: &Metrics) {
        let Some(ScheduleSeries::Cron { fires, start_delay }) =
            self.by_key.get_mut(&(key.clone(), ScheduleKind::Cron))
        else {
            return;
        };
        let Some(counter) = fires.get_mut(&decision.outcome) else { return };
        let fire = decision.fire.as_ref();
        match fire.and_then(|fire| Some((fire.started_at, fire.execution.as_ref()?.id))) {
            Some((started_at, execution)) => {
                counter.increment(execution, started_at);
                if matches!(decision.outcome, FireOutcome::OnTime | FireOutcome::Late) {
                    let delay = started_at.since(decision.due);
                    start_delay.observe(delay, execution, started_at, &metrics.buckets);
                }
            }
            None => counter.add(1),
        }
    }

    pub fn count_trigger(&mut self, key: &Key, fire: &Fire) {
        if let Some(ScheduleSeries::Trigger { fires }) =
            self.by_key.get_mut(&(key.clone(), ScheduleKind::Trigger))
        {
            match &fire.execution {
                Some(execution) => fires.increment(execution.id, fire.started_at),
                None => fires.add(1),
            }
        }
    }

    /// Drops what no schedule is counted under any more.
    pub fn retain(&mut self, present: impl Fn(&Key, ScheduleKind) -> bool) {
        self.by_key.retain(|(key, kind), _| present(key, *kind));
    }

    pub fn births_mut(&mut self) -> impl Iterator<Item = &mut Birth> {
        self.by_key.values_mut().flat_map(|series| {
            let births: Vec<&mut Birth> = match series {
                ScheduleSeries::Cron { fires, start_delay } => fires
                    .values_mut()
                    .map(|counter| &mut counter.birth)
                    .chain([&mut start_delay.birth])
                    .collect(),
                ScheduleSeries::Trigger { fires } => vec![&mut fires.birth],
            };
            births
        })
    }

    pub fn drop_histograms(&mut self, moment: Moment) {
        for series in self.by_key.values_mut() {
            if let ScheduleSeries::Cron { start_delay, .. } = series {
                *start_delay = Histogram::new(moment);
            }
        }
    }
}
