//! All incidents, by what they happen to.

mod exporter;
mod executions;
mod queue;
mod schedules;
mod triggers;

use crate::incident::Incident;

/// Those that happen at the same time, each to a tenant of its own.
pub fn together() -> Vec<&'static Incident> {
    [schedules::ALL, triggers::ALL, executions::ALL, queue::ALL, exporter::ALL].concat()
}

/// What blinds all others comes after them.
pub const LAST: &Incident = &exporter::GONE;
/// What nothing happens to.
pub const HEALTHY: &Incident = &executions::HEALTHY;
