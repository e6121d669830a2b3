//! The dashboards hold nothing that Grafana's own types do not know. `dashboards_schema.py` compares; it needs the Python
//! package grafana-foundation-sdk, which `tests/install` installs.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::path::Path;

use serde_json::{Value, json};
use support::process::python;

const SCRIPT: &str = include_str!("dashboards_schema.py");

fn read(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("dashboards").join(format!("{name}.json"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// What is wrong with a dashboard, line by line.
///
/// # Panics
/// If the comparison itself fails, such as for want of the package.
fn findings(dashboard: &Value) -> Vec<String> {
    let output = python(SCRIPT, dashboard.to_string().as_bytes());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.is_empty(), "run tests/install, which installs grafana-foundation-sdk: {error}");
    let found: Vec<_> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    assert_eq!(output.status.success(), found.is_empty(), "{found:?}");
    found
}

#[test]
fn grafana_knows_every_key_and_value_of_every_dashboard() {
    for name in ["overview", "schedules", "workflow", "queue", "exporter"] {
        assert_eq!(findings(&read(name)), [""; 0], "{name}");
    }
}

#[test]
fn a_planted_mistake_is_found_wherever_it_is() {
    let dashboard = read("schedules");
    let index_of = |kind: &str| {
        let panels = dashboard["panels"].as_array().unwrap();
        panels.iter().position(|panel| panel["type"] == kind).unwrap()
    };
    let (stat, table, series) = (index_of("stat"), index_of("table"), index_of("timeseries"));
    let mistakes = [
        ("/unknown".to_owned(), json!(1), "unknown"),
        (format!("/panels/{stat}/unknown"), json!(1), "unknown"),
        (format!("/panels/{stat}/options/unknown"), json!(1), "unknown"),
        (format!("/panels/{stat}/options/colorMode"), json!("colourful"), "colourful"),
        (format!("/panels/{stat}/fieldConfig/defaults/unknown"), json!(1), "unknown"),
        (format!("/panels/{stat}/fieldConfig/defaults/unit"), json!(1), "unit"),
        (format!("/panels/{stat}/gridPos/w"), json!("wide"), "wide"),
        (format!("/panels/{stat}/targets/0/unknown"), json!(1), "unknown"),
        (format!("/panels/{stat}/type"), json!("statistic"), "statistic"),
        (format!("/panels/{series}/fieldConfig/defaults/custom/unknown"), json!(1), "unknown"),
        (format!("/panels/{series}/fieldConfig/defaults/custom/drawStyle"), json!("dots"), "dots"),
        (format!("/panels/{table}/transformations/0/unknown"), json!(1), "unknown"),
        (format!("/panels/{table}/options/sortBy/0/unknown"), json!(1), "unknown"),
        (format!("/panels/{table}/fieldConfig/overrides/0/properties/0/id"), json!("unknown"), "unknown"),
        (
            format!("/panels/{table}/fieldConfig/overrides/0/properties/0/id"),
            json!("custom.unknown"),
            "unknown",
        ),
        ("/templating/list/1/unknown".to_owned(), json!(1), "unknown"),
        ("/templating/list/1/refresh".to_owned(), json!(7), "refresh"),
        ("/annotations/list/0/unknown".to_owned(), json!(1), "unknown"),
        ("/links/0/unknown".to_owned(), json!(1), "unknown"),
    ];
    for (place, value, expected) in mistakes {
        let mut mistaken = dashboard.clone();
        let (parent, key) = place.rsplit_once('/').unwrap();
        let parent = mistaken.pointer_mut(parent).expect(&place);
        parent.as_object_mut().unwrap().insert(key.to_owned(), value);
        let found = findings(&mistaken);
        assert!(found.iter().any(|finding| finding.contains(expected)), "{place}: {found:?}");
    }
}
