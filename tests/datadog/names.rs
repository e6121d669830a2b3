//! Whether a query names what the exporter pushes, a metric, its tags and their values, and asks what its type has.

use std::sync::LazyLock;

use cloacina_exporter::catalogue;
use cloacina_exporter::snapshot::{Description, Kind};

use crate::expression::{Expression, Filter, Query};
use crate::promql::Catalogue;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::of_exporter);

/// Everything wrong with a query. `variables` are those of its dashboard.
pub fn check(query: &Query, variables: &[String]) -> Vec<String> {
    let Some(description) = metric(&query.metric) else {
        return vec![format!("{}: no such metric, or an instant, whose age is of use", query.metric)];
    };
    let mut problems = Vec::new();
    let mut tags: Vec<&String> = query.groups.iter().collect();
    for filter in &query.filters {
        match filter {
            Filter::Variable(variable) if !variables.contains(variable) => {
                problems.push(format!("no template variable ${variable}"));
            }
            Filter::Variable(variable) => tags.push(variable),
            Filter::Tag { key, values } => {
                tags.push(key);
                let known = CATALOGUE.values(description.name, key);
                let unknown =
                    values.iter().filter(|value| known.is_some_and(|known| !known.contains(*value)));
                problems.extend(unknown.map(|value| format!("{key} is never {value}")));
            }
        }
    }
    let unknown = tags.into_iter().filter(|tag| !description.labels.contains(&tag.as_str()));
    problems.extend(unknown.map(|tag| format!("{} has no tag {tag}", query.metric)));
    if !suits(query, description.kind) {
        problems
            .push(format!("{:?} {} is asked for its {}", description.kind, query.metric, query.aggregator));
    }
    problems
}

/// Datadog computes series by series: queries without the same groups give nothing.
pub fn grouped_alike<'a>(queries: impl IntoIterator<Item = &'a Query>) -> bool {
    let mut groups = queries.into_iter().map(|query| &query.groups);
    let first = groups.next();
    groups.all(|other| Some(other) == first)
}

/// The text taken apart, or one problem more.
pub fn parse(text: &str, problems: &mut Vec<String>) -> Option<Expression> {
    Expression::parse(text).map_err(|problem| problems.push(format!("{text}: {problem}"))).ok()
}

/// By the name under which Datadog has it. Instants are left out: no query there knows the present.
fn metric(name: &str) -> Option<&'static Description> {
    catalogue::descriptions().into_iter().find(|description| match description.age_name() {
        Some(age) => age == name,
        None => description.otlp_name == name,
    })
}

/// Counters arrive as counts, histograms as distributions, all else as gauges.
fn suits(query: &Query, kind: Kind) -> bool {
    let aggregator = query.aggregator.as_str();
    match kind {
        Kind::Counter => aggregator == "sum" && query.modifier.as_deref() == Some("as_count"),
        Kind::Histogram => ["p50", "p75", "p95", "p99"].contains(&aggregator) && query.modifier.is_none(),
        Kind::Gauge | Kind::Info => ["min", "max", "sum"].contains(&aggregator) && query.modifier.is_none(),
    }
}

fn problems(text: &str) -> Vec<String> {
    let Expression::Query(query) = Expression::parse(text).unwrap() else { panic!("{text} is no query") };
    check(&query, &["tenant".to_owned()])
}

#[test]
fn a_query_of_what_there_is_is_right() {
    for text in [
        "sum:cloacina.state.workflow.executions{$tenant,status:failed} by {workflow}.as_count()",
        "p95:cloacina.state.task.queue_wait{*} by {tenant}",
        "max:cloacina.state.schedule.next_run.age{*} by {schedule}",
        "max:cloacina.exporter.build.info{*}",
    ] {
        assert_eq!(problems(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn each_slip_in_a_query_is_found() {
    for (text, slip) in [
        ("sum:cloacina.state.workflow.execution{*}.as_count()", "no such metric"),
        ("max:cloacina.state.schedule.next_run.timestamp{*}", "no such metric"),
        ("max:cloacina_state_up{*}", "no such metric"),
        ("max:cloacina.state.up{*} by {workflow}", "has no tag workflow"),
        ("max:cloacina.state.up{state:ready}", "has no tag state"),
        ("max:cloacina.exporter.snapshot.age{$tenant}", "has no tag tenant"),
        ("max:cloacina.state.up{$tenants}", "no template variable $tenants"),
        ("sum:cloacina.state.schedule.fires{outcome:mised}.as_count()", "outcome is never mised"),
        ("sum:cloacina.state.workflow.executions{*}", "Counter"),
        ("max:cloacina.state.workflow.executions{*}.as_count()", "Counter"),
        ("p95:cloacina.state.up{*}", "Gauge"),
        ("sum:cloacina.state.up{*}.as_count()", "Gauge"),
        ("max:cloacina.state.task.queue_wait{*}", "Histogram"),
    ] {
        let found = problems(text);
        assert!(found.len() == 1 && found[0].contains(slip), "{text}: {found:?}");
    }
}
