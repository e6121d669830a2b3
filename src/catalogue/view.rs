//! What entries of the catalogue read from, and what they write to.

use std::sync::Arc;

use super::Input;
use crate::record::{Span, Timestamp};
use crate::snapshot::{Description, Labels, Series, Value};
use crate::state::Tenant;
use crate::state::health::TenantHealth;
use crate::state::histogram::{Birth, Counter, Histogram};
use crate::state::levels::{self, TenantLevels};
use crate::state::schedules::{self, levels::LabelledSchedule};

pub(super) struct View<'a> {
    pub input: Input<'a>,
    /// Tenants whose state was read, and not too long ago.
    pub tenants: Vec<TenantView<'a>>,
}

pub(super) struct TenantView<'a> {
    pub label: &'a Arc<str>,
    pub tenant: &'a Tenant,
    pub levels: TenantLevels,
    pub schedules: Vec<LabelledSchedule<'a>>,
}

impl<'a> View<'a> {
    pub fn new(input: Input<'a>) -> Self {
        let fresh = |label: &str| {
            let last_good = input.health.tenants.get(label).and_then(|health| health.last_good);
            last_good.is_some_and(|at| input.now.since(at) <= Span::from(input.max_stale))
        };
        let tenants = input.state.tenants.iter().filter(|(label, _)| fresh(label));
        let tenants = tenants.map(|(label, tenant)| TenantView {
            label,
            tenant,
            levels: levels::summarize(tenant, input.metrics),
            schedules: schedules::levels::summarize(tenant, input.metrics),
        });
        Self { input, tenants: tenants.collect() }
    }

    /// Health of every tenant, readable or not.
    pub fn health(&self) -> impl Iterator<Item = (&'a Arc<str>, &'a TenantHealth)> {
        self.input.health.tenants.iter()
    }
}

/// How many series of the snapshot before are looked through for the same one: so many may have gone at once in one place,
/// and what comes after them still be found.
const LOOK_AHEAD: usize = 16;

pub(super) struct Sink<'a> {
    names: &'static [&'static str],
    input: Input<'a>,
    /// The family's series in the snapshot before, from the one that was met last. Most come again, in the same order, and
    /// what does not change of a series serves again: to make it anew for each snapshot would cost most of the time.
    before: &'a [Series],
    pub series: Vec<Series>,
}

impl<'a> Sink<'a> {
    pub fn new(description: &Description, input: Input<'a>) -> Self {
        let families = input.previous.map_or(&[][..], |previous| &previous.families);
        let before = families.iter().find(|family| family.description.name == description.name);
        let before = before.map_or(&[][..], |family| &family.series);
        Self { names: description.labels, input, before, series: Vec::with_capacity(before.len()) }
    }

    pub fn gauge<const N: usize>(&mut self, labels: [&str; N], value: f64) {
        self.push(labels, Value::Gauge(value), None);
    }

    /// An instant; nothing if it never came.
    pub fn instant<const N: usize>(&mut self, labels: [&str; N], at: Option<Timestamp>) {
        if let Some(at) = at {
            self.gauge(labels, at.seconds());
        }
    }

    /// A value that may be unknown.
    pub fn optional<const N: usize>(&mut self, labels: [&str; N], value: Option<f64>) {
        if let Some(value) = value {
            self.gauge(labels, value);
        }
    }

    /// A counter that the state file keeps, so that it began when the tenant was first read.
    pub fn kept_counter(&mut self, view: &TenantView<'_>, total: u64) {
        let value = Value::Counter { total: total as f64, exemplar: None };
        self.push([view.label], value, Some(view.tenant.first_read_at));
    }

    pub fn process_counter(&mut self, total: f64) {
        let start = Timestamp((self.input.health.process.start_time * 1e6) as i64);
        self.push([], Value::Counter { total, exemplar: None }, Some(start));
    }

    /// A counter that began when the exporter started.
    pub fn own_counter<const N: usize>(&mut self, labels: [&str; N], total: u64) {
        let value = Value::Counter { total: total as f64, exemplar: None };
        self.push(labels, value, Some(self.input.health.started_at));
    }

    pub fn counter<const N: usize>(&mut self, labels: [&str; N], counter: &Counter) {
        let held = self.is_held(counter.birth);
        let (total, exemplar) = if held { (0, None) } else { (counter.total, counter.exemplar()) };
        self.push_born(labels, Value::Counter { total: total as f64, exemplar }, counter.birth);
    }

    pub fn histogram<const N: usize>(&mut self, labels: [&str; N], histogram: &Histogram) {
        let metrics = self.input.metrics;
        if metrics.histograms == crate::config::Histograms::Off {
            return;
        }
        let empty;
        let shown = if self.is_held(histogram.birth) {
            empty = histogram.emptied();
            &empty
        } else {
            histogram
        };
        let before = self.met_before(&labels);
        let known = before.and_then(|series| match &series.value {
            Value::Histogram(known) if series.created == Some(histogram.birth.at) => Some(known),
            _ => None,
        });
        let value = match known.filter(|known| known.count == shown.count()) {
            Some(unchanged) => Arc::clone(unchanged),
            None => shown.snapshot(metrics.histograms, &metrics.buckets),
        };
        self.push_born(labels, Value::Histogram(value), histogram.birth);
    }

    /// Whether the series' first 0 has not been carried anywhere yet: were it skipped, `increase()` would miss all that
    /// came before the first scrape.
    fn is_held(&self, birth: Birth) -> bool {
        let limit = Span::from(self.input.metrics.hold_first_value);
        self.input.carried < birth.sequence && self.input.now.since(birth.at) < limit
    }

    /// The same series in the snapshot before.
    fn met_before<const N: usize>(&mut self, labels: &[&str; N]) -> Option<&'a Series> {
        let mut ahead = self.before.iter().take(LOOK_AHEAD);
        let at = ahead.position(|series| series.labels.have_values(labels))?;
        self.before = &self.before[at..];
        self.before.first()
    }

    fn push<const N: usize>(&mut self, labels: [&str; N], value: Value, created: Option<Timestamp>) {
        let labels = match self.met_before(&labels) {
            Some(series) => series.labels.clone(),
            None => {
                let values: Vec<Arc<str>> = labels.iter().map(|label| Arc::from(*label)).collect();
                Labels::new(self.names, values)
            }
        };
        self.series.push(Series { labels, value, created, backfilled: false });
    }

    fn push_born<const N: usize>(&mut self, labels: [&str; N], value: Value, birth: Birth) {
        self.push(labels, value, Some(birth.at));
        if let Some(series) = self.series.last_mut() {
            series.backfilled = birth.backfilled;
        }
    }
}
