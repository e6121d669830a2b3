//! The longest query of the dashboards, the state of a schedule, says of each case what a reader would: by promtool, which
//! evaluates it over made-up series.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::fmt::Write;
use std::path::Path;

use serde_json::Value;
use support::prometheus::promtool;

/// Seconds after 1970 at which the expression is evaluated.
const NOW: i64 = 3600;

/// A schedule with an interval of ten minutes and a grace of one; `None` is a series that is absent.
struct Case {
    name: &'static str,
    enabled: i64,
    paused_at: Option<i64>,
    next_run: Option<i64>,
    last_run: Option<i64>,
    last_success: Option<i64>,
    active: i64,
    pending: i64,
    /// `None`: nothing is said of it.
    expected: Option<i64>,
}

const ON_TIME: Case = Case {
    name: "on_time",
    enabled: 1,
    paused_at: None,
    next_run: Some(NOW + 300),
    last_run: Some(NOW - 300),
    last_success: Some(NOW - 250),
    active: 0,
    pending: 0,
    expected: Some(0),
};

fn cases() -> Vec<Case> {
    let (ok, running, late, failed, paused) = (Some(0), Some(1), Some(2), Some(3), Some(4));
    vec![
        ON_TIME,
        Case { name: "never_ran", last_run: None, last_success: None, expected: ok, ..ON_TIME },
        Case { name: "due_within_its_grace", next_run: Some(NOW - 60), expected: ok, ..ON_TIME },
        Case { name: "late", next_run: Some(NOW - 61), expected: late, ..ON_TIME },
        Case { name: "late_and_running", next_run: Some(NOW - 61), active: 1, expected: late, ..ON_TIME },
        Case { name: "running", last_run: Some(NOW - 5), active: 1, expected: running, ..ON_TIME },
        Case { name: "failed", last_run: Some(NOW - 200), expected: failed, ..ON_TIME },
        Case { name: "only_ever_failed", last_success: None, expected: failed, ..ON_TIME },
        Case {
            name: "runs_after_a_failure",
            last_run: Some(NOW - 5),
            active: 1,
            expected: running,
            ..ON_TIME
        },
        Case { name: "being_handed_over", last_run: Some(NOW - 5), pending: 1, expected: ok, ..ON_TIME },
        Case { name: "paused", paused_at: Some(NOW - 900), next_run: None, expected: paused, ..ON_TIME },
        Case {
            name: "paused_while_running",
            paused_at: Some(NOW - 9),
            active: 1,
            expected: paused,
            ..ON_TIME
        },
        Case { name: "disabled", enabled: 0, next_run: None, expected: None, ..ON_TIME },
    ]
}

/// Its series, as two replicas of the exporter show them.
fn series(case: &Case) -> Vec<(String, i64)> {
    let labels = format!(r#"job="cloacina",tenant="a",workflow="w",schedule="{}""#, case.name);
    let mut found = Vec::new();
    for instance in ["one", "two"] {
        let mut add = |metric: &str, more: &str, value: Option<i64>| {
            let name = format!(r#"cloacina_state_schedule_{metric}{{{labels},instance="{instance}"{more}}}"#);
            found.extend(value.map(|value| (name, value)));
        };
        add("enabled", "", Some(case.enabled));
        add("paused_timestamp_seconds", "", case.paused_at);
        add("next_run_timestamp_seconds", "", case.next_run);
        add("grace_seconds", "", case.next_run.map(|_| 60));
        add("last_run_timestamp_seconds", "", case.last_run);
        add("last_success_timestamp_seconds", "", case.last_success);
        add("active_executions", "", Some(case.active));
        add("handoffs", r#",state="pending""#, Some(case.pending));
    }
    found
}

fn expression() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("dashboards/schedules.json");
    let dashboard: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let timeline = panels.iter().find(|panel| panel["type"] == "state-timeline").unwrap();
    let text = timeline["targets"][0]["expr"].as_str().unwrap();
    ["$job", "$tenant", "$workflow", "$schedule"]
        .into_iter()
        .fold(text.to_owned(), |text, variable| text.replace(variable, ".*"))
}

fn test_file(cases: &[Case]) -> String {
    let mut text = "tests:\n- interval: 1m\n  input_series:\n".to_owned();
    for (name, value) in cases.iter().flat_map(series) {
        writeln!(text, "  - {{series: '{name}', values: '{value}x60'}}").unwrap();
    }
    writeln!(text, "  promql_expr_test:\n  - expr: '{}'", expression()).unwrap();
    writeln!(text, "    eval_time: {NOW}s\n    exp_samples:").unwrap();
    for case in cases {
        let labels = format!(r#"{{job="cloacina",tenant="a",workflow="w",schedule="{}"}}"#, case.name);
        if let Some(state) = case.expected {
            writeln!(text, "    - {{labels: '{labels}', value: {state}}}").unwrap();
        }
    }
    text
}

#[test]
fn each_schedule_is_in_the_state_that_a_reader_would_call_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.yaml");
    std::fs::write(&path, test_file(&cases())).unwrap();
    let output = promtool(&["test", "rules", path.to_str().unwrap()], "");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    assert!(output.status.success(), "{said}");
}
