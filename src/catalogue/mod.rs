//! Every metric: its name, help, kind, unit and labels, and how its value is taken from the state.
//!
//! The only place where a metric's name is written. Adding a metric is adding an entry to one of the slices, if the
//! state knows the fact already. Entries read, they decide nothing.

mod exporter;
mod fires;
mod process;
mod push;
mod schedule;
mod task;
mod view;
mod workflow;

use std::time::Duration;

use crate::config::Metrics;
use crate::record::Timestamp;
use crate::snapshot::{Description, Family, Kind, Snapshot, Unit};
use crate::state::State;
use crate::state::health::Health;
use view::{Sink, TenantView, View};

pub use exporter::SERIES;

/// What a snapshot is taken of.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    pub state: &'a State,
    pub health: &'a Health,
    pub metrics: &'a Metrics,
    pub poll_interval: Duration,
    /// How long the last good values of an unreadable tenant are still shown.
    pub max_stale: Duration,
    /// The exporter's clock.
    pub now: Timestamp,
    pub sequence: u64,
    /// Highest sequence that a scrape or push has carried; see `Metrics::hold_first_value`.
    pub carried: u64,
    /// The snapshot before, if it was taken under the same configuration: only saves work.
    pub previous: Option<&'a Snapshot>,
}

#[derive(Debug)]
struct Metric {
    description: Description,
    collect: Collect,
}

#[derive(Debug)]
enum Collect {
    /// Once for each tenant with state worth showing.
    Tenant(fn(&TenantView<'_>, &mut Sink<'_>)),
    /// Once.
    Exporter(fn(&View<'_>, &mut Sink<'_>)),
}

const fn metric(
    name: &'static str,
    otlp_name: &'static str,
    kind: Kind,
    unit: Unit,
    labels: &'static [&'static str],
    help: &'static str,
    collect: Collect,
) -> Metric {
    Metric { description: Description { name, otlp_name, help, kind, unit, labels }, collect }
}

fn metrics() -> impl Iterator<Item = &'static Metric> {
    [
        exporter::METRICS,
        process::METRICS,
        push::METRICS,
        workflow::METRICS,
        task::METRICS,
        schedule::METRICS,
        fires::METRICS,
    ]
    .into_iter()
    .flatten()
}

/// All families there are, in the order in which they are exported.
pub fn descriptions() -> Vec<&'static Description> {
    metrics().map(|metric| &metric.description).chain([&SERIES]).collect()
}

/// Takes a picture of everything. Families without series, and those switched off, are left out.
pub fn snapshot(input: Input<'_>) -> Snapshot {
    let view = View::new(input);
    let mut families = Vec::new();
    for metric in metrics().filter(|metric| !input.metrics.disabled.contains(metric.description.name)) {
        let mut sink = Sink::new(&metric.description, input);
        match metric.collect {
            Collect::Tenant(collect) => view.tenants.iter().for_each(|tenant| collect(tenant, &mut sink)),
            Collect::Exporter(collect) => collect(&view, &mut sink),
        }
        if !sink.series.is_empty() {
            families.push(Family { description: &metric.description, series: sink.series });
        }
    }
    if !input.metrics.disabled.contains(SERIES.name) {
        families.push(count_series(&families, input));
    }
    Snapshot { sequence: input.sequence, taken_at: input.now, families }
}

fn count_series(families: &[Family], input: Input<'_>) -> Family {
    let mut sink = Sink::new(&SERIES, input);
    for family in families {
        sink.gauge([family.description.name], family.series.len() as f64);
    }
    Family { description: &SERIES, series: sink.series }
}

#[cfg(test)]
mod tests;
