//! Decides what of a tenant's facts is worth a word, and how bad it is. Pure: facts and thresholds in, findings out.

mod executions;
mod limit;
mod schedules;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use executions::SHORTEST_TOO_LONG;
pub use limit::PER_WORKFLOW;

use super::facts::Facts;
use super::finding::{Finding, Severity};
use super::thresholds::Thresholds;

/// All findings of a tenant, the worst first. `failed` is how bad its failed executions are.
pub fn evaluate(facts: &Facts, tenant: &Arc<str>, failed: Severity, thresholds: &Thresholds) -> Vec<Finding> {
    let mut findings = schedules::findings(facts, tenant, thresholds);
    findings.extend(executions::findings(facts, failed, thresholds));
    let mut findings = limit::limit(findings, tenant);
    findings.sort_by(|left, right| right.severity.cmp(&left.severity).then(left.kind.cmp(&right.kind)));
    findings
}
