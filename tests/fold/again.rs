//! What a snapshot takes over from the one before. That both would be the same without it, each snapshot of a timeline
//! asserts.

use std::collections::HashMap;
use std::sync::Arc;

use cloacina_exporter::snapshot::{Series, Snapshot, Value};

use crate::builders::*;
use crate::timeline::*;

/// By family and labels.
fn series(snapshot: &Snapshot) -> HashMap<(&'static str, &str), &Series> {
    let families = snapshot.families.iter();
    let named = families.flat_map(|family| {
        family.series.iter().map(|series| ((family.description.name, series.labels.block()), series))
    });
    named.collect()
}

fn is_shared(before: &Series, after: &Series) -> bool {
    std::ptr::eq(before.labels.block(), after.labels.block())
}

const DURATION: &str = "cloacina_state_workflow_execution_duration_seconds";

#[test]
fn labels_serve_again_though_other_series_came_between_them_and_histograms_if_nothing_was_observed() {
    let begun = Timeline::begun().poll(poll(at(5)).executions(["a", "c"].map(execution)));
    let before = begun.snapshot();
    let rows = [execution("b"), execution("c").started(at(6)).completed(at(9))];
    let after = begun.poll(poll(at(10)).executions(rows).executions([execution("a")])).snapshot();
    let (before, after) = (series(&before), series(&after));
    assert!(before.iter().all(|(key, old)| after.get(key).is_none_or(|new| is_shared(old, new))));
    let histogram = |workflow: &str| {
        let block = format!(r#"tenant="{TENANT}",workflow="{workflow}",status="completed""#);
        [&before, &after].map(|series| match &series[&(DURATION, block.as_str())].value {
            Value::Histogram(histogram) => Arc::clone(histogram),
            other => panic!("{other:?}"),
        })
    };
    let ([a_before, a_after], [c_before, c_after]) = (histogram("a"), histogram("c"));
    assert!(Arc::ptr_eq(&a_before, &a_after));
    assert_eq!((c_before.count, c_after.count), (0, 1));
}

#[test]
fn labels_serve_again_after_many_series_went_but_for_one_snapshot() {
    let names: Vec<String> = (10..60).map(|number| format!("w{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let listed = |seconds, names: &[&str]| poll(at(seconds)).listing(names);
    let all = Timeline::begun().poll(listed(5, &names));
    let fewer = all.poll(listed(10, &names[40..]));
    let (first, second) = (fewer.snapshot(), fewer.poll(listed(15, &names[40..])).snapshot());
    let (first, second) = (series(&first), series(&second));
    assert_eq!(first.len(), second.len());
    assert!(first.iter().all(|(key, old)| is_shared(old, second[key])));
}
