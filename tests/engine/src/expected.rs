//! What a run of the scenarios must have left in the database, and its JSON form.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::{json, Value};

/// Counts by what they count; schedules by name.
#[derive(Default)]
pub struct Expected {
    counts: BTreeMap<(&'static str, String), (Value, u64)>,
    schedules: Vec<Value>,
}

impl Expected {
    /// Executions that ended. `origin` is what started them: cron, trigger or unknown.
    pub fn executions(&mut self, workflow: &str, status: &str, origin: &str, count: u64) {
        self.add("executions", json!({ "workflow": workflow, "status": status, "origin": origin }), count);
    }

    /// Attempts of tasks that ended: completed, failed for good, retried (failed, and tried again) or skipped.
    pub fn attempts(&mut self, workflow: &str, task: &str, outcome: &str, count: u64) {
        self.add("attempts", json!({ "workflow": workflow, "task": task, "outcome": outcome }), count);
    }

    /// Tasks that failed for good, by reason.
    pub fn failures(&mut self, workflow: &str, reason: &str, count: u64) {
        self.add("failures", json!({ "workflow": workflow, "reason": reason }), count);
    }

    /// Executions that have not ended.
    pub fn active(&mut self, workflow: &str, state: &str, count: u64) {
        self.add("active", json!({ "workflow": workflow, "state": state }), count);
    }

    /// Unfinished tasks of active executions.
    pub fn tasks(&mut self, workflow: &str, state: &str, count: u64) {
        self.add("tasks", json!({ "workflow": workflow, "state": state }), count);
    }

    /// One row of `schedules`, as the caller describes it.
    pub fn schedule(&mut self, description: Value) {
        self.schedules.push(description);
    }

    fn add(&mut self, record: &'static str, labels: Value, count: u64) {
        self.counts.entry((record, labels.to_string())).or_insert((labels, 0)).1 += count;
    }

    /// One line per count and schedule, then a line that says that nothing is missing.
    pub fn print(&self, out: &mut impl Write) -> std::io::Result<()> {
        for ((record, _), (labels, count)) in &self.counts {
            let mut line = labels.clone();
            line["record"] = json!(record);
            line["count"] = json!(count);
            writeln!(out, "{line}")?;
        }
        for schedule in &self.schedules {
            let mut line = schedule.clone();
            line["record"] = json!("schedule");
            writeln!(out, "{line}")?;
        }
        writeln!(out, "{}", json!({ "record": "end", "lines": self.counts.len() + self.schedules.len() }))?;
        out.flush()
    }
}
