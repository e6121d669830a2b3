//! Decides what of a tenant's facts is worth a word, and how bad it is. Pure: facts and thresholds in, findings out.

mod executions;
mod limit;
mod schedules;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

pub use executions::SHORTEST_TOO_LONG;
pub use limit::PER_WORKFLOW;

use super::facts::Facts;
use super::finding::{Finding, Severity};

/// From which values on something is a finding.
#[derive(Debug, Clone)]
pub struct Thresholds {
    /// Failures of this long ago still count.
    pub since: Duration,
    /// `None`: by the workflow's own durations.
    pub too_long: Option<Duration>,
    pub paused_for: Duration,
    pub ready_for: Duration,
    /// So many failures, of all tenants together, are a warning; `None` never.
    pub failed_warning: Option<u64>,
    pub failed_critical: Option<u64>,
    /// Only named in messages; the rule is applied where facts are made.
    pub stalled_after: Duration,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            since: Duration::from_secs(86_400),
            too_long: None,
            paused_for: Duration::from_secs(7 * 86_400),
            ready_for: Duration::from_secs(300),
            failed_warning: Some(1),
            failed_critical: None,
            stalled_after: Duration::from_secs(600),
        }
    }
}

impl Thresholds {
    /// How bad so many failed executions are, of all tenants together.
    pub fn failed(&self, total: u64) -> Severity {
        let reached = |least: Option<u64>| least.is_some_and(|least| total >= least);
        match () {
            () if reached(self.failed_critical) => Severity::Critical,
            () if reached(self.failed_warning) => Severity::Warning,
            () => Severity::Ok,
        }
    }
}

/// All findings of a tenant, the worst first. `failed` is how bad its failed executions are.
pub fn evaluate(facts: &Facts, tenant: &Arc<str>, failed: Severity, thresholds: &Thresholds) -> Vec<Finding> {
    let mut findings = schedules::findings(facts, tenant, thresholds);
    findings.extend(executions::findings(facts, failed, thresholds));
    let mut findings = limit::limit(findings, tenant);
    findings.sort_by(|left, right| right.severity.cmp(&left.severity).then(left.kind.cmp(&right.kind)));
    findings
}
