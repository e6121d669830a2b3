//! All incidents, by what they happen to.

mod exporter;
mod executions;
mod healthy;
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
/// What is well beside them all.
pub const HEALTHY: &Incident = &healthy::MIXED;
/// What is well for as long as one likes.
pub const ALL_HEALTHY: &[&Incident] = healthy::ALL;
