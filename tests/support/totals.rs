//! What was counted, label by label, from whichever side: the writers' truth, the library's state, a page of the binary.
//!
//! With a workflow of its own for each execution, a label is an id.

use std::collections::BTreeMap;
use std::fmt::Write;

use cloacina_exporter::state::Tenant;
use cloacina_exporter::state::workflows::{AttemptOutcome, RecoveryAction};

use super::exposition::Exposition;
use super::writer::truth::Truth;

pub const PARTS: [&str; 5] = ["events", "executions", "tasks", "retries", "recoveries"];

/// By part and label; labels with nothing counted are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals(BTreeMap<&'static str, BTreeMap<String, u64>>);

impl Totals {
    pub fn of_truth(truth: &Truth) -> Self {
        let mut totals = Self::default();
        for (kind, _) in truth.events.values() {
            totals.add("events", kind.clone(), 1);
        }
        for (workflow, status) in truth.executions.values() {
            totals.add("executions", format!("{workflow} {status}").to_lowercase(), 1);
        }
        let names = |id| {
            let (workflow, task) = &truth.names[id];
            (workflow.to_lowercase(), task)
        };
        for (id, outcome) in &truth.tasks {
            let (workflow, task) = names(id);
            totals.add("tasks", format!("{workflow} {task} {}", outcome.to_lowercase()), 1);
        }
        for (id, count) in &truth.retries {
            let (workflow, task) = names(id);
            totals.add("retries", format!("{workflow} {task}"), u64::from(*count));
        }
        for (id, count) in &truth.recoveries {
            totals.add("recoveries", names(id).0, u64::from(*count));
        }
        totals
    }

    pub fn of_state(tenant: &Tenant) -> Self {
        let mut totals = Self::default();
        for (kind, counter) in &tenant.events {
            totals.add("events", snake_case(&format!("{kind:?}")), counter.total);
        }
        for (workflow, series) in tenant.workflows.iter() {
            for ((status, _), counter) in &series.ended {
                let label = format!("{workflow} {status:?}").to_lowercase();
                totals.add("executions", label, counter.total);
            }
            for ((task, outcome), counter) in &series.attempts {
                if *outcome == AttemptOutcome::Retried {
                    totals.add("retries", format!("{workflow} {task}"), counter.total);
                } else {
                    let label = format!("{workflow} {task} {outcome:?}").to_lowercase();
                    totals.add("tasks", label, counter.total);
                }
            }
            let resets = series.recoveries.get(&RecoveryAction::Reset).map_or(0, |counter| counter.total);
            totals.add("recoveries", workflow.to_string(), resets);
        }
        totals
    }

    pub fn of_page(page: &Exposition) -> Self {
        let mut totals = Self::default();
        for (series, value) in &page.samples {
            let label = |name| series.labels.get(name).map_or("", String::as_str);
            let (workflow, count) = (label("workflow"), *value as u64);
            match series.name.strip_prefix("cloacina_state_").unwrap_or_default() {
                "events_total" => totals.add("events", label("type").to_owned(), count),
                "workflow_executions_total" => {
                    totals.add("executions", format!("{workflow} {}", label("status")), count);
                }
                "task_attempts_total" if label("outcome") == "retried" => {
                    totals.add("retries", format!("{workflow} {}", label("task")), count);
                }
                "task_attempts_total" => {
                    totals.add("tasks", format!("{workflow} {} {}", label("task"), label("outcome")), count);
                }
                "task_recoveries_total" if label("action") == "reset" => {
                    totals.add("recoveries", workflow.to_owned(), count);
                }
                _ => {}
            }
        }
        totals
    }

    /// The sum over all labels of `part`.
    pub fn sum(&self, part: &str) -> u64 {
        self.0.get(part).map_or(0, |labels| labels.values().sum())
    }

    /// How much `found` lacks and how much it has too much of `part`, summed over the labels.
    pub fn faults(&self, found: &Self, part: &str) -> (u64, u64) {
        let (mut lost, mut double) = (0, 0);
        for (_, wanted, got) in self.labels(found, part) {
            lost += wanted.saturating_sub(got);
            double += got.saturating_sub(wanted);
        }
        (lost, double)
    }

    /// What `found` has otherwise, with a few labels of each part; empty if nothing.
    pub fn difference(&self, found: &Self) -> String {
        let mut text = String::new();
        for part in PARTS {
            let (lost, double) = self.faults(found, part);
            if (lost, double) == (0, 0) {
                continue;
            }
            write!(text, "{part}: lost {lost}, double {double}:").unwrap();
            let different = self.labels(found, part).into_iter().filter(|(_, wanted, got)| wanted != got);
            for (label, wanted, got) in different.take(5) {
                write!(text, " {label} {got} not {wanted};").unwrap();
            }
            text.push('\n');
        }
        text
    }

    fn labels(&self, other: &Self, part: &str) -> Vec<(String, u64, u64)> {
        let empty = BTreeMap::new();
        let (wanted, got) = (self.0.get(part).unwrap_or(&empty), other.0.get(part).unwrap_or(&empty));
        let missing = wanted.keys().chain(got.keys().filter(|label| !wanted.contains_key(*label)));
        let count = |labels: &BTreeMap<String, u64>, label| labels.get(label).copied().unwrap_or(0);
        missing.map(|label| (label.clone(), count(wanted, label), count(got, label))).collect()
    }

    fn add(&mut self, part: &'static str, label: String, count: u64) {
        if count > 0 {
            *self.0.entry(part).or_default().entry(label).or_default() += count;
        }
    }
}

/// `TaskCompleted` as `task_completed`.
fn snake_case(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}
