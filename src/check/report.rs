//! What one round of a check found, in all tenants. Pure: what was read goes in.

use std::collections::BTreeSet;
use std::sync::Arc;

use uuid::Uuid;

use super::evaluate::evaluate;
use super::facts::Facts;
use super::finding::{Finding, Kind, Severity};
use super::options::{Options, Pattern};
use super::thresholds::Thresholds;
use crate::record::{ExecutionStatus, Span, Timestamp};

/// Active executions that are told of one by one, the oldest.
const MOST_ACTIVE: usize = 20;
/// Names that are told where a pattern matches none.
const MOST_NAMES: usize = 10;

/// One tenant, or a database that could not be asked for its tenants.
#[derive(Debug)]
pub struct Reading {
    pub label: Arc<str>,
    /// `None` if its tables were not recognised.
    pub generation: Option<&'static str>,
    pub outcome: Result<(Facts, u64), Finding>,
}

/// All that a round read.
#[derive(Debug, Default)]
pub struct Readings {
    pub read: Vec<Reading>,
    /// Labels of all tenants there are, whether they were asked for or not.
    pub tenants: BTreeSet<Arc<str>>,
    /// Names of all workflows of the tenants that were read.
    pub workflows: BTreeSet<Arc<str>>,
}

#[derive(Debug)]
pub struct Report {
    /// The own clock.
    pub at: Timestamp,
    pub thresholds: Thresholds,
    /// The worst first.
    pub tenants: Vec<TenantReport>,
    /// What is about no tenant.
    pub findings: Vec<Finding>,
}

#[derive(Debug)]
pub struct TenantReport {
    pub label: Arc<str>,
    pub generation: Option<&'static str>,
    /// `None` if it could not be read.
    pub summary: Option<Summary>,
    /// The worst first.
    pub findings: Vec<Finding>,
}

/// What there is, good or bad.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The database's time.
    pub now: Timestamp,
    /// Since `Thresholds::since` ago.
    pub failed: u64,
    pub pending: u64,
    pub running: u64,
    pub paused: u64,
    /// The oldest 20, the oldest first.
    pub active: Vec<ActiveExecution>,
    /// Oldest Pending or Running.
    pub oldest_active_age: Option<Span>,
    /// Schedules that are switched on, those that are paused too.
    pub schedules_enabled: u64,
    pub schedules_paused: u64,
    pub schedules_disabled: u64,
    /// The longest that a task has been ready without a runner.
    pub oldest_ready_age: Span,
    /// Stored values that are not what their columns promise; their rows may have been left out.
    pub unusable_values: u64,
}

#[derive(Debug, PartialEq, Eq)]
pub struct ActiveExecution {
    pub workflow: Arc<str>,
    pub id: Uuid,
    pub state: &'static str,
    pub age: Span,
}

impl Report {
    pub fn new(at: Timestamp, readings: Readings, options: &Options) -> Self {
        let thresholds = options.thresholds.clone();
        let findings = unmatched(&readings, options);
        let facts = readings.read.iter().filter_map(|reading| reading.outcome.as_ref().ok());
        let failed = thresholds.failed(facts.map(|(facts, _)| failures(facts)).sum());
        let tenants = readings.read.into_iter();
        let mut tenants: Vec<TenantReport> =
            tenants.map(|reading| tenant(reading, failed, &thresholds)).collect();
        tenants.sort_by(|left, right| {
            right.status().cmp(&left.status()).then_with(|| left.label.cmp(&right.label))
        });
        Self { at, thresholds, tenants, findings }
    }

    pub fn status(&self) -> Severity {
        self.all().map(|(_, finding)| finding.severity).max().unwrap_or_default()
    }

    /// All findings, each with its tenant.
    pub fn all(&self) -> impl Iterator<Item = (Option<&Arc<str>>, &Finding)> {
        let of_tenants = self.tenants.iter();
        let of_tenants = of_tenants
            .flat_map(|tenant| tenant.findings.iter().map(|finding| (Some(&tenant.label), finding)));
        self.findings.iter().map(|finding| (None, finding)).chain(of_tenants)
    }

    pub fn summaries(&self) -> impl Iterator<Item = &Summary> {
        self.tenants.iter().filter_map(|tenant| tenant.summary.as_ref())
    }

    /// How many of a kind there are.
    pub fn count(&self, kind: Kind) -> u64 {
        self.all()
            .map(|(_, finding)| finding)
            .filter(|found| found.kind == kind)
            .map(|found| found.count)
            .sum()
    }
}

impl TenantReport {
    pub fn status(&self) -> Severity {
        self.findings.iter().map(|finding| finding.severity).max().unwrap_or_default()
    }
}

fn tenant(reading: Reading, failed: Severity, thresholds: &Thresholds) -> TenantReport {
    let Reading { label, generation, outcome } = reading;
    let (summary, findings) = match outcome {
        Ok((facts, unusable_values)) => {
            let findings = evaluate(&facts, &label, failed, thresholds);
            (Some(Summary { unusable_values, ..summary(&facts) }), findings)
        }
        Err(finding) => (None, vec![finding]),
    };
    TenantReport { label, generation, summary, findings }
}

fn failures(facts: &Facts) -> u64 {
    facts.failures.iter().map(|of| of.total).sum()
}

fn summary(facts: &Facts) -> Summary {
    let of = |status| facts.active.iter().filter(|active| active.execution.status == status).count() as u64;
    let moving = |status| status != ExecutionStatus::Paused;
    let enabled = |enabled| facts.schedules.iter().filter(move |schedule| schedule.row.enabled == enabled);
    Summary {
        now: facts.now,
        failed: failures(facts),
        pending: of(ExecutionStatus::Pending),
        running: of(ExecutionStatus::Running),
        paused: of(ExecutionStatus::Paused),
        active: facts.active.iter().take(MOST_ACTIVE).map(active_execution).collect(),
        oldest_active_age: facts
            .active
            .iter()
            .filter(|active| moving(active.execution.status))
            .map(|active| active.age)
            .max(),
        schedules_enabled: enabled(true).count() as u64,
        schedules_paused: enabled(true).filter(|schedule| schedule.row.paused).count() as u64,
        schedules_disabled: enabled(false).count() as u64,
        oldest_ready_age: facts.active.iter().map(|active| active.oldest_ready_age).max().unwrap_or_default(),
        unusable_values: 0,
    }
}

fn active_execution(active: &super::facts::Active) -> ActiveExecution {
    ActiveExecution {
        workflow: active.execution.workflow.clone(),
        id: active.execution.id,
        state: match active.execution.status {
            ExecutionStatus::Running => "running",
            ExecutionStatus::Paused => "paused",
            _ => "pending",
        },
        age: active.age,
    }
}

/// A pattern that matches nothing is most likely a slip of the pen: it must not look as if all were well.
fn unmatched(readings: &Readings, options: &Options) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut look = |kind, patterns: &[Pattern], names: &BTreeSet<Arc<str>>, flag: &str, what: &str| {
        for pattern in patterns.iter().filter(|pattern| !names.iter().any(|name| pattern.matches(name))) {
            let subject = Arc::from(pattern.text());
            let message = format!("no {what} matches {flag}; {}", there_are(names));
            findings.push(Finding::new(Severity::Unknown, kind, &subject, message));
        }
    };
    look(Kind::NoTenant, &options.tenants, &readings.tenants, "--tenant", "tenant");
    if readings.read.iter().any(|reading| reading.outcome.is_ok()) {
        look(Kind::NoWorkflow, &options.workflows, &readings.workflows, "--workflow", "workflow");
    }
    findings
}

fn there_are(names: &BTreeSet<Arc<str>>) -> String {
    let shown: Vec<&str> = names.iter().take(MOST_NAMES).map(AsRef::as_ref).collect();
    match names.len() {
        0 => "there are none".to_owned(),
        count if count > MOST_NAMES => {
            format!("there are {} and {} more", shown.join(", "), count - MOST_NAMES)
        }
        _ => format!("there are {}", shown.join(", ")),
    }
}
