//! From which values on a check finds something, and what they are unless it is told otherwise.

use std::time::Duration;

use super::finding::Severity;

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
