//! Selectors: the metric exists, and has the labels and values that the matchers ask for.

use std::collections::BTreeSet;

use promql_parser::label::{MatchOp, Matcher};
use promql_parser::parser::VectorSelector;
use regex::Regex;

use super::catalogue::{Metric, Nature};
use super::infer::{Inference, Part};
use super::labels::Labels;
use super::measure::Measure;

/// What stands where Grafana puts the values of a variable.
pub(super) const ANY: &str = ".*";

impl Inference<'_> {
    pub fn selector(&mut self, selector: &VectorSelector) -> Part {
        let matchers: Vec<&Matcher> = selector.matchers.matchers.iter().collect();
        if !selector.matchers.or_matchers.is_empty() {
            self.find("matchers joined by `or` are no PromQL");
        }
        let named = matchers.iter().filter(|matcher| matcher.name == "__name__").copied();
        let metrics = self.metrics(selector.name.as_deref(), &named.collect::<Vec<_>>());
        for matcher in matchers.iter().filter(|matcher| matcher.name != "__name__") {
            self.matcher(matcher, &metrics);
        }
        join(metrics, &matchers)
    }

    fn metrics(&mut self, name: Option<&str>, named: &[&Matcher]) -> Vec<(String, Metric)> {
        if let Some(name) = name {
            let Some(metric) = self.catalogue.get(name).cloned() else {
                self.find(format!("there is no metric {name}"));
                return Vec::new();
            };
            if metric.nature == Nature::Histogram {
                self.find(format!("{name} is a histogram: its series end in _bucket, _sum and _count"));
            }
            return vec![(name.to_owned(), metric)];
        }
        if named.is_empty() {
            self.find("a selector without a metric's name");
            return Vec::new();
        }
        let fits = |name: &str| named.iter().all(|matcher| matcher.is_match(name));
        let names: Vec<String> =
            self.catalogue.names().filter(|name| fits(name)).map(str::to_owned).collect();
        if names.is_empty() {
            self.find(format!("no metric matches __name__{}\"{}\"", named[0].op, named[0].value));
        }
        let metrics =
            names.into_iter().filter_map(|name| Some((name.clone(), self.catalogue.get(&name)?.clone())));
        metrics.collect()
    }

    fn matcher(&mut self, matcher: &Matcher, metrics: &[(String, Metric)]) {
        let Some((name, _)) = metrics.first() else { return };
        if metrics.iter().all(|(_, metric)| !metric.labels.has(&matcher.name)) {
            self.find(format!("{name} has no label {}", matcher.name));
            return;
        }
        let sets: Option<Vec<_>> =
            metrics.iter().map(|(_, metric)| metric.values.get(&matcher.name)).collect();
        // Of one metric the set is open.
        let Some(sets) = sets else { return };
        let known: BTreeSet<&str> = sets.into_iter().flatten().map(String::as_str).collect();
        for wanted in wanted(matcher).into_iter().filter(|wanted| !is_known(wanted, matcher, &known)) {
            let values: Vec<&str> = known.iter().copied().collect();
            let (label, values) = (&matcher.name, values.join(", "));
            self.find(format!("{name} never has {label}=\"{wanted}\"; its values are {values}"));
        }
    }
}

/// The alternatives of a regular expression one by one, if it is no more than that.
fn wanted(matcher: &Matcher) -> Vec<&str> {
    match matcher.op {
        MatchOp::Equal | MatchOp::NotEqual => vec![&matcher.value],
        MatchOp::Re(_) | MatchOp::NotRe(_) if matcher.value.contains(['(', '[']) => vec![&matcher.value],
        MatchOp::Re(_) | MatchOp::NotRe(_) => matcher.value.split('|').collect(),
    }
}

fn is_known(wanted: &str, matcher: &Matcher, known: &BTreeSet<&str>) -> bool {
    if wanted == ANY {
        return true;
    }
    match matcher.op {
        MatchOp::Equal | MatchOp::NotEqual => wanted.is_empty() || known.contains(wanted),
        MatchOp::Re(_) | MatchOp::NotRe(_) => {
            let whole = Regex::new(&format!("^(?:{wanted})$"));
            whole.is_ok_and(|whole| known.iter().any(|value| whole.is_match(value)))
        }
    }
}

fn join(metrics: Vec<(String, Metric)>, matchers: &[&Matcher]) -> Part {
    let several = metrics.len() > 1;
    let mut parts = metrics.into_iter().map(|(name, metric)| {
        let Metric { nature, measure, labels, .. } = metric;
        Part { is_scalar: false, labels, measure, nature, name }
    });
    let Some(mut part) = parts.next() else { return Part::series(Labels::open(), Measure::Unknown) };
    for other in parts {
        part.labels = part.labels.either(&other.labels);
        part.measure = if part.measure == other.measure { part.measure } else { Measure::Unknown };
    }
    if several {
        part.nature = Nature::Derived;
    }
    for matcher in matchers.iter().filter(|matcher| is_fixed(matcher)) {
        part.labels.distinguishing.remove(&matcher.name);
        // Other series have it not, and are left out.
        if part.labels.has(&matcher.name) && !matcher.value.is_empty() {
            part.labels.always.insert(matcher.name.clone());
        }
    }
    part
}

fn is_fixed(matcher: &Matcher) -> bool {
    matches!(matcher.op, MatchOp::Equal) && matcher.value != ANY
}
