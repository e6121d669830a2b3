//! `dashboards/datadog/monitors.json`: each monitor's form, what its query names, and the alert that it stands for.

use serde::Deserialize;

use crate::{names, read};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Monitor {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    query: String,
    message: String,
    tags: Vec<String>,
    priority: u8,
    options: Options,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    thresholds: Thresholds,
    notify_no_data: bool,
    #[serde(default)]
    no_data_timeframe: Option<u32>,
    require_full_window: bool,
    include_tags: bool,
    renotify_interval: u32,
    timeout_h: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Thresholds {
    critical: f64,
}

/// An alert of the rule files, with its severity.
struct Alert {
    name: String,
    severity: String,
}

fn alerts() -> Vec<Alert> {
    let text = read("alerts/cloacina-alerts.yaml") + &read("alerts/cloacina-slo.yaml");
    let after = |text: &str, key: &str| {
        let rest = text.split(key).nth(1).unwrap_or_default();
        rest.split(|letter: char| !letter.is_ascii_alphanumeric()).next().unwrap_or_default().to_owned()
    };
    let rules = text.split("- alert: ").skip(1);
    rules
        .map(|rule| Alert { name: after(&format!("- {rule}"), "- "), severity: after(rule, "severity: ") })
        .collect()
}

fn check(text: &str, alerts: &[Alert]) -> Vec<String> {
    let monitors: Vec<Monitor> = match serde_json::from_str(text) {
        Ok(monitors) => monitors,
        Err(error) => return vec![error.to_string()],
    };
    let mut problems = Vec::new();
    for (index, monitor) in monitors.iter().enumerate() {
        let mut found = check_monitor(monitor, alerts);
        if monitors[..index].iter().any(|other| other.name == monitor.name) {
            found.push("is there twice".to_owned());
        }
        problems.extend(found.into_iter().map(|problem| format!("{}: {problem}", monitor.name)));
    }
    problems
}

fn check_monitor(monitor: &Monitor, alerts: &[Alert]) -> Vec<String> {
    let mut problems = check_options(monitor);
    match alerts.iter().find(|alert| alert.name == monitor.name) {
        None => problems.push("no such alert".to_owned()),
        Some(alert) => {
            let priority = [("critical", 1), ("warning", 3), ("info", 5)];
            let expected =
                priority.iter().find(|(severity, _)| *severity == alert.severity).map(|(_, one)| *one);
            let tags = ["service:cloacina-exporter".to_owned(), format!("severity:{}", alert.severity)];
            if monitor.tags != tags || Some(monitor.priority) != expected {
                problems.push(format!("the alert is {}", alert.severity));
            }
        }
    }
    if !monitor.message.ends_with(&format!("\n\nRunbook: https://runbooks.example/{}", monitor.name)) {
        problems.push("no runbook".to_owned());
    }
    problems.extend(check_query(monitor));
    problems
}

fn check_options(monitor: &Monitor) -> Vec<String> {
    let Options { notify_no_data, no_data_timeframe, require_full_window, .. } = monitor.options;
    let absence = monitor.name == "CloacinaExporterAbsent";
    let mut problems = Vec::new();
    if notify_no_data != absence || no_data_timeframe.is_some() != absence {
        problems.push("who tells of missing data is the monitor of the exporter's absence".to_owned());
    }
    // Datadog takes it for an end; only where silence is no news.
    if (monitor.options.timeout_h == 0) != absence || monitor.options.renotify_interval != 0 {
        problems.push("timeout_h or renotify_interval".to_owned());
    }
    if require_full_window || !monitor.options.include_tags || monitor.kind != "query alert" {
        problems.push("require_full_window, include_tags or type".to_owned());
    }
    problems
}

/// `aggregation(last_5m):expression > number`.
fn check_query(monitor: &Monitor) -> Vec<String> {
    let mut problems = Vec::new();
    let Some((window, rest)) = monitor.query.split_once(':') else { return vec!["no window".to_owned()] };
    let comparison = [" >= ", " > ", " < "].iter().find_map(|comparison| rest.rsplit_once(comparison));
    let Some((expression, threshold)) = comparison else { return vec!["no comparison".to_owned()] };
    if threshold.parse() != Ok(monitor.options.thresholds.critical) {
        problems.push(format!("the threshold is not {threshold}"));
    }
    let Some(parsed) = names::parse(expression, &mut problems) else { return problems };
    let queries = parsed.queries();
    if queries.len() != parsed.leaves().len() {
        problems.push("a monitor has no named queries".to_owned());
    }
    problems.extend(queries.iter().flat_map(|query| names::check(query, &[])));
    if !names::grouped_alike(queries.iter().copied()) {
        problems.push("different groups".to_owned());
    }
    let counts = queries.iter().filter(|query| query.modifier.is_some()).count();
    // Datadog applies arithmetic to the sums of a window only if it sums counts.
    let expected: &[&str] = if counts > 0 { &["sum"] } else { &["min", "max"] };
    if counts > 0 && counts < queries.len() || !windows(expected).contains(&window.to_owned()) {
        problems.push(format!("window {window}"));
    }
    let groups = queries.first().map(|query| query.groups.clone()).unwrap_or_default();
    problems.extend(check_message(&monitor.message, &groups));
    problems
}

fn windows(aggregations: &[&str]) -> Vec<String> {
    let spans = ["5m", "10m", "15m", "30m", "1h"];
    aggregations.iter().flat_map(|one| spans.map(|span| format!("{one}(last_{span})"))).collect()
}

/// Every group is named in the message, and nothing else is, but the value.
fn check_message(message: &str, groups: &[String]) -> Option<String> {
    let named: Vec<_> = message.split("{{").skip(1).filter_map(|rest| rest.split("}}").next()).collect();
    let mut expected: Vec<_> = groups.iter().map(|group| format!("{group}.name")).collect();
    expected.push("value".to_owned());
    (named != expected).then(|| format!("the message names {named:?} instead of {expected:?}"))
}

/// The alerts of the table in the README that have no monitor.
fn left_out() -> Vec<String> {
    let readme = read("dashboards/datadog/README.md");
    let section = readme.split("## What does not translate").nth(1).unwrap().split("\n## ").next().unwrap();
    let names = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    names.map(str::to_owned).collect()
}

#[test]
fn every_monitor_is_well_formed_and_stands_for_an_alert() {
    assert_eq!(check(&read("dashboards/datadog/monitors.json"), &alerts()), Vec::<String>::new());
}

#[test]
fn every_alert_has_a_monitor_or_is_said_to_have_none() {
    let monitors: Vec<Monitor> = serde_json::from_str(&read("dashboards/datadog/monitors.json")).unwrap();
    let mut covered: Vec<_> = monitors.into_iter().map(|monitor| monitor.name).chain(left_out()).collect();
    let mut expected: Vec<_> = alerts().into_iter().map(|alert| alert.name).collect();
    covered.sort();
    expected.sort();
    assert_eq!(covered, expected);
    assert!(expected.len() > 30, "the alerts are found");
}

#[test]
fn each_slip_in_a_monitor_is_found() {
    let text = read("dashboards/datadog/monitors.json");
    for (right, wrong, slip) in [
        ("\"CloacinaScheduleLate\"", "\"CloacinaScheduleLater\"", "no such alert"),
        ("runbooks.example/CloacinaScheduleLate\"", "runbooks.example/Late\"", "no runbook"),
        ("\"severity:critical\"", "\"severity:warning\"", "the alert is critical"),
        ("schedule.grace{*}", "schedule.graze{*}", "no such metric"),
        ("schedule.grace{*} by {tenant,", "schedule.grace{*} by {", "different groups"),
        ("sum(last_1h)", "max(last_1h)", "window"),
        ("min(last_5m)", "min(last_5minutes)", "window"),
        ("\"critical\": 300", "\"critical\": 30", "the threshold is not 300"),
        ("{{tenant.name}}", "{{tennant.name}}", "the message names"),
        ("\"notify_no_data\": false", "\"notify_no_data\": true", "missing data"),
        ("\"query alert\"", "\"metric\"", "type"),
        ("{outcome:missed}", "{$outcome}", "no template variable"),
        ("\"options\"", "\"optoins\"", "unknown field"),
    ] {
        assert!(text.contains(right), "{right}");
        let found = check(&text.replacen(right, wrong, 1), &alerts());
        assert!(found.iter().any(|problem| problem.contains(slip)), "{wrong}: {found:?}");
    }
}
