//! Every series that a Prometheus can have of the exporter: the catalogue's, those that scraping and alerting add, and
//! recording rules.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use cloacina_exporter::catalogue::descriptions;
use cloacina_exporter::config::Signal;
use cloacina_exporter::snapshot::{Description, Kind, Unit};
use regex::Regex;

use super::infer::{Answer, Inference};
use super::labels::Labels;
use super::measure::{Base, Measure};

/// A page with a series for each value of each label that has a closed set of them.
const PAGE: &str = include_str!("../data/pages/tenant.txt");

/// Labels with a closed set of values, which the page shows in full.
const CLOSED: &[&str] = &["state", "status", "outcome", "origin", "action", "kind", "label"];

/// What a series is for functions of ranges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    Gauge,
    Counter,
    /// The base name, which is a series only where native histograms are kept.
    Histogram,
    /// Made by an expression.
    Derived,
}

#[derive(Debug, Clone)]
pub struct Metric {
    pub nature: Nature,
    pub measure: Measure,
    pub labels: Labels,
    /// By label, if its set is closed.
    pub values: BTreeMap<String, BTreeSet<String>>,
}

pub struct Catalogue {
    metrics: BTreeMap<String, Metric>,
    raw: BTreeSet<String>,
}

impl Catalogue {
    pub fn of_exporter() -> Self {
        let mut metrics = BTreeMap::new();
        for description in descriptions() {
            metrics.extend(series_of(description));
        }
        for name in
            ["up", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling", "scrape_series_added"]
        {
            metrics.insert(name.to_owned(), gauge(Base::Number, &[]));
        }
        metrics.insert("scrape_duration_seconds".to_owned(), gauge(Base::Seconds, &[]));
        metrics.insert("ALERTS".to_owned(), of_alerts(&["alertname", "alertstate"], Base::Number));
        metrics.insert("ALERTS_FOR_STATE".to_owned(), of_alerts(&["alertname"], Base::Instant));
        Self { metrics, raw: BTreeSet::new() }
    }

    /// The labels and unit of what `expression` gives, or all that is wrong with it.
    pub fn analyse(&self, expression: &str) -> Result<Answer, Vec<String>> {
        Inference::of(self, expression)
    }

    /// Adds a recording rule by what its expression gives.
    pub fn record(&mut self, name: &str, answer: &Answer) {
        let metric = Metric {
            nature: Nature::Derived,
            measure: answer.measure,
            labels: answer.labels.clone(),
            values: BTreeMap::new(),
        };
        self.metrics.insert(name.to_owned(), metric);
    }

    /// Lets a counter stand outside `rate()` and its like; say why where it is called.
    ///
    /// # Panics
    /// If there is no such counter.
    pub fn allow_raw(&mut self, name: &str) {
        assert!(self.get(name).is_some_and(|metric| metric.nature == Nature::Counter), "no counter {name}");
        self.raw.insert(name.to_owned());
    }

    /// All values of a metric's label, if they are a closed set.
    pub fn values(&self, metric: &str, label: &str) -> Option<&BTreeSet<String>> {
        self.get(metric)?.values.get(label)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.metrics.keys().map(String::as_str)
    }

    pub(super) fn get(&self, name: &str) -> Option<&Metric> {
        self.metrics.get(name)
    }

    pub(super) fn may_be_raw(&self, name: &str) -> bool {
        self.raw.contains(name)
    }
}

fn series_of(description: &Description) -> Vec<(String, Metric)> {
    let measure = Measure::Is(match description.unit {
        // Its name is not ours to choose.
        Unit::Seconds if description.name == "process_start_time_seconds" => Base::Instant,
        Unit::Seconds => Base::Seconds,
        Unit::UnixTime => Base::Instant,
        Unit::Bytes => Base::Bytes,
        Unit::None | Unit::Executions | Unit::Tasks | Unit::Events | Unit::Fires => Base::Number,
    });
    let metric = |nature, measure, more: &[&'static str]| {
        let labels = labels_of(description, more);
        Metric { nature, measure, labels, values: values_of(description) }
    };
    let name = description.name;
    match description.kind {
        Kind::Gauge | Kind::Info => vec![(name.to_owned(), metric(Nature::Gauge, measure, &[]))],
        Kind::Counter => vec![(name.to_owned(), metric(Nature::Counter, measure, &[]))],
        Kind::Histogram => {
            let count = Measure::Is(Base::Number);
            vec![
                (name.to_owned(), metric(Nature::Histogram, measure, &[])),
                // The unit of the buckets' bounds: it is what becomes of them.
                (format!("{name}_bucket"), metric(Nature::Counter, measure, &["le"])),
                (format!("{name}_sum"), metric(Nature::Counter, measure, &[])),
                (format!("{name}_count"), metric(Nature::Counter, count, &[])),
            ]
        }
    }
}

fn labels_of(description: &Description, more: &[&'static str]) -> Labels {
    let own = description.labels.iter().chain(more).copied();
    let mut labels = Labels::new(own.chain(["job", "instance"]));
    if labels.has("schedule") {
        // A tenant has one schedule of a name, and it starts one workflow.
        labels.distinguishing.remove("workflow");
    }
    if description.kind == Kind::Info {
        let names = ["tenant", "schedule", "job", "instance"];
        labels.distinguishing.retain(|name| names.contains(&name.as_str()));
    }
    labels
}

fn values_of(description: &Description) -> BTreeMap<String, BTreeSet<String>> {
    let mut values = BTreeMap::new();
    for label in description.labels {
        let known: BTreeSet<String> = match (description.name, *label) {
            // What becomes of a request is success, partial, or any of the reasons for failing.
            ("cloacina_exporter_otlp_exports_total", "outcome") => continue,
            ("cloacina_state_schedule_invalid", "reason") => on_page(description.name, label),
            (_, "signal") => Signal::ALL.iter().map(|signal| signal.name().to_owned()).collect(),
            (_, label) if CLOSED.contains(&label) => on_page(description.name, label),
            _ => continue,
        };
        assert!(!known.is_empty(), "the page has no value of {label} of {}", description.name);
        values.insert((*label).to_owned(), known);
    }
    values
}

fn on_page(name: &str, label: &str) -> BTreeSet<String> {
    static VALUES: LazyLock<BTreeMap<(&str, &str), BTreeSet<String>>> = LazyLock::new(values_on_page);
    VALUES.get(&(name, label)).cloned().unwrap_or_default()
}

fn values_on_page() -> BTreeMap<(&'static str, &'static str), BTreeSet<String>> {
    let pair = Regex::new(r#"(\w+)="([^"]*)""#).unwrap();
    let mut values: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for (sample, labels) in PAGE.lines().filter_map(|line| line.split_once('{')) {
        let name = sample.strip_suffix("_bucket").unwrap_or(sample);
        for (_, [label, value]) in pair.captures_iter(labels).map(|found| found.extract()) {
            values.entry((name, label)).or_default().insert(value.to_owned());
        }
    }
    values
}

fn gauge(base: Base, labels: &[&'static str]) -> Metric {
    let labels = Labels::new(labels.iter().copied().chain(["job", "instance"]));
    Metric { nature: Nature::Gauge, measure: Measure::Is(base), labels, values: BTreeMap::new() }
}

/// Alerts have the labels of what their expressions gave.
fn of_alerts(always: &[&'static str], base: Base) -> Metric {
    let mut labels = Labels::new(always.iter().copied());
    let catalogue = descriptions().into_iter().flat_map(|description| description.labels.iter().copied());
    labels.possible.extend(catalogue.chain(["severity", "job", "instance"]).map(str::to_owned));
    labels.distinguishing = labels.possible.clone();
    let states = ["pending", "firing"].map(str::to_owned);
    let severities = ["critical", "warning", "info"].map(str::to_owned);
    let mut values = BTreeMap::from([("severity".to_owned(), BTreeSet::from(severities))]);
    if labels.has("alertstate") {
        values.insert("alertstate".to_owned(), BTreeSet::from(states));
    }
    Metric { nature: Nature::Gauge, measure: Measure::Is(base), labels, values }
}
