//! The alert rules name only what exists, tell whoever is called what they need, and are tested. No server: what the rules
//! do is for `promtool` and for incidents to show.

#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "promql/mod.rs"]
mod promql;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use promql::rules::{self, Rule, RuleFile, in_repository};
use promql::{Base, Catalogue, Measure};
use regex::Regex;
use serde_json::Value;

const ANNOTATIONS: [&str; 4] = ["dashboard_url", "description", "runbook_url", "summary"];
const SEVERITIES: [&str; 3] = ["critical", "warning", "info"];

/// What `$value` must measure to be written by a function of templates.
const WRITTEN: [(&str, Base); 3] = [
    ("humanizeDuration", Base::Seconds),
    ("humanizePercentage", Base::Number),
    ("humanizeTimestamp", Base::Instant),
];

fn alert_findings(catalogue: &Catalogue, name: &str, rule: &Rule) -> Vec<String> {
    let answer = match catalogue.analyse(&rule.expr) {
        Ok(answer) => answer,
        Err(wrong) => return wrong.into_iter().map(|wrong| format!("{name}: {wrong}")).collect(),
    };
    let mut findings = Vec::new();
    let label = Regex::new(r"\$labels\.(\w+)").unwrap();
    let value = Regex::new(r"\$value \| (\w+)").unwrap();
    for (annotation, text) in &rule.annotations {
        for named in label.captures_iter(text).map(|found| found[1].to_owned()) {
            if !answer.labels.always.contains(&named) {
                findings.push(format!("{name}: {annotation} names {named}, which the alert lacks"));
            }
        }
        for function in value.captures_iter(text).map(|found| found[1].to_owned()) {
            let fits =
                |(written, base): &(&str, Base)| *written != function || answer.measure == Measure::Is(*base);
            if !WRITTEN.iter().all(fits) {
                findings.push(format!("{name}: {annotation} writes {} with {function}", answer.measure));
            }
        }
    }
    for (number, measure) in &answer.numbers {
        if *number >= 60.0 && *measure != Measure::Is(Base::Seconds) {
            findings.push(format!("{name}: {number} is no number of seconds, and is 60 or more"));
        }
    }
    findings.extend(form_findings(name, rule));
    findings
}

fn form_findings(name: &str, rule: &Rule) -> Vec<String> {
    let mut findings = Vec::new();
    let severity = rule.labels.get("severity").map_or("", String::as_str);
    if !SEVERITIES.contains(&severity) {
        findings.push(format!("{name}: the severity is \"{severity}\""));
    }
    let annotations: Vec<&str> = rule.annotations.keys().map(String::as_str).collect();
    if annotations != ANNOTATIONS {
        findings.push(format!("{name}: its annotations are {annotations:?}"));
    }
    let text = |annotation: &str| rule.annotations.get(annotation).map_or("", String::as_str);
    if text("summary").contains("{{") {
        findings.push(format!("{name}: the summary has a template, so that alerts of a kind look unlike"));
    }
    if text("runbook_url") != format!("https://runbooks.example/{name}") {
        findings.push(format!("{name}: runbook_url is {}", text("runbook_url")));
    }
    if !text("dashboard_url").starts_with("https://grafana.example/d/") {
        findings.push(format!("{name}: dashboard_url is {}", text("dashboard_url")));
    }
    findings
}

fn all_alerts(files: &[RuleFile]) -> Vec<(&str, &Rule)> {
    files.iter().flat_map(RuleFile::alerts).collect()
}

#[test]
fn every_alert_names_what_exists_and_tells_what_is_needed() {
    let (catalogue, files) = (rules::catalogue(), rules::files());
    let alerts = all_alerts(&files);
    let findings: Vec<String> =
        alerts.iter().flat_map(|(name, rule)| alert_findings(&catalogue, name, rule)).collect();
    assert!(findings.is_empty(), "{findings:#?}");
    assert!(alerts.len() >= 30, "{} alerts found", alerts.len());
    let names: BTreeSet<&str> = alerts.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), alerts.len(), "two alerts of one name");
}

#[test]
fn an_alert_on_what_a_database_says_counts_only_while_it_is_read() {
    let gate = Regex::new(r"and on \(tenant(, job, instance)?\) cloacina_state_up == 1\s*$").unwrap();
    let state = Regex::new(r"\bcloacina_state_\w+").unwrap();
    let files = rules::files();
    let file = files.iter().find(|file| file.path.ends_with("cloacina-alerts.yaml")).unwrap();
    for (name, rule) in file.alerts() {
        let of_state = state.find_iter(&rule.expr).any(|metric| metric.as_str() != "cloacina_state_up");
        assert!(!of_state || gate.is_match(&rule.expr), "{name}: {}", rule.expr);
    }
}

#[test]
fn every_alert_has_a_runbook_and_every_runbook_an_alert() {
    let files = rules::files();
    let alerts: BTreeSet<String> = all_alerts(&files).iter().map(|(name, _)| (*name).to_owned()).collect();
    let folder = in_repository("docs/runbooks");
    let entries = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let pages = entries.filter(|path| path.extension().is_some_and(|end| end == "md"));
    let names = pages.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned());
    let pages: BTreeSet<String> = names.filter(|name| name != "README").collect();
    assert_eq!(pages, alerts);
    for name in pages {
        let text = fs::read_to_string(folder.join(format!("{name}.md"))).unwrap();
        assert_eq!(text.lines().next(), Some(format!("# {name}").as_str()));
    }
}

#[test]
fn every_alert_is_tested_to_fire_and_to_be_quiet() {
    let (files, tests) = (rules::files(), rules::tests());
    let cases = tests.iter().flat_map(|(_, file)| &file.tests);
    let mut fires = BTreeSet::new();
    let mut is_quiet = BTreeSet::new();
    for expectation in cases.flat_map(|case| &case.alert_rule_test) {
        let kind = if expectation.exp_alerts.is_empty() { &mut is_quiet } else { &mut fires };
        kind.insert(expectation.alertname.as_str());
    }
    let names: BTreeSet<&str> = all_alerts(&files).iter().map(|(name, _)| *name).collect();
    assert_eq!(fires, names);
    assert_eq!(is_quiet, names);
}

#[test]
fn every_alert_is_tested_to_clear() {
    let (files, tests) = (rules::files(), rules::tests());
    let mut clears = BTreeSet::new();
    for case in tests.iter().flat_map(|(_, file)| &file.tests) {
        let mut firing = BTreeSet::new();
        // They are written in the order of time.
        for expectation in &case.alert_rule_test {
            let name = expectation.alertname.as_str();
            if !expectation.exp_alerts.is_empty() {
                firing.insert(name);
            } else if firing.contains(name) {
                clears.insert(name);
            }
        }
    }
    let names: BTreeSet<&str> = all_alerts(&files).iter().map(|(name, _)| *name).collect();
    assert_eq!(clears, names);
}

#[test]
fn every_series_in_the_tests_of_the_rules_can_exist() {
    let catalogue = Catalogue::of_exporter();
    let tests = rules::tests();
    let mut findings = Vec::new();
    let mut count = 0;
    for (path, file) in &tests {
        for series in file.tests.iter().flat_map(|case| &case.input_series) {
            // Counted, since counters are given as they are.
            let known = catalogue.analyse(&format!("count({})", series.series));
            findings.extend(
                known.err().into_iter().flatten().map(|wrong| format!("{}: {wrong}", path.display())),
            );
            count += 1;
        }
    }
    assert!(findings.is_empty(), "{findings:#?}");
    assert!(count > 30, "{count} series found");
}

/// A right rule with one thing replaced, which is what is found of it.
fn planted(replaced: &str, by: &str) -> Vec<String> {
    let rule = r#"
alert: CloacinaPlanted
expr: |
  increase(cloacina_state_schedule_fires_total{outcome="missed"}[1h]) > 0
  and on (tenant, schedule) time() - cloacina_state_schedule_last_run_timestamp_seconds > 3600
  and on (tenant, job, instance) max by (tenant, job, instance) (cloacina_state_up) == 1
labels: {severity: warning}
annotations:
  summary: It fires.
  description: "{{ $labels.schedule }} of {{ $labels.tenant }}: {{ $value }}"
  runbook_url: https://runbooks.example/CloacinaPlanted
  dashboard_url: "https://grafana.example/d/cloacina-schedules?var-tenant={{ $labels.tenant }}"
"#;
    assert!(rule.contains(replaced), "{replaced}");
    let rule: Rule = serde_saphyr::from_str(&rule.replace(replaced, by)).unwrap();
    alert_findings(&Catalogue::of_exporter(), rule.alert.as_deref().unwrap(), &rule)
}

#[test]
fn each_planted_mistake_is_found() {
    let nothing: [&str; 0] = [];
    assert_eq!(planted("It fires.", "It does."), nothing);
    let cases = [
        ("cloacina_state_up", "cloacina_state_upp", "there is no metric cloacina_state_upp"),
        ("{outcome=", "{result=", "cloacina_state_schedule_fires_total has no label result"),
        (
            "\"missed\"",
            "\"lost\"",
            "cloacina_state_schedule_fires_total never has outcome=\"lost\"; its values are abandoned, catchup, \
             handoff_failed, late, missed, on_time, recovered",
        ),
        (
            "max by (tenant, job, instance)",
            "max by (tenant, job, pod, instance)",
            "max by (pod): there is no such label among {instance, job, tenant}",
        ),
        (
            "on (tenant, job, instance)",
            "on (tenant, schedule)",
            "on (schedule): the right side of \"and\" has no such label",
        ),
        (
            "on (tenant, job, instance)",
            "",
            "the sides of \"and\" never match: only the left one has outcome, schedule, workflow",
        ),
        (
            "increase(cloacina_state_schedule_fires_total{outcome=\"missed\"}[1h])",
            "cloacina_state_schedule_fires_total{outcome=\"missed\"}",
            "the counter cloacina_state_schedule_fires_total stands outside rate() and increase()",
        ),
        (
            "increase(cloacina_state_schedule_fires_total{outcome=\"missed\"}[1h])",
            "increase(cloacina_state_schedule_catchup_pending[1h])",
            "increase() of the gauge cloacina_state_schedule_catchup_pending",
        ),
        (
            "time() - cloacina_state_schedule_last_run_timestamp_seconds > 3600",
            "cloacina_state_schedule_last_run_timestamp_seconds > 3600",
            "\">\" compares an instant with a plain number; an instant is compared with time()",
        ),
        (
            "> 3600",
            "> on (job, instance) group_left () process_resident_memory_bytes",
            "\">\" compares seconds and bytes",
        ),
        ("> 0", "> 100", "100 is no number of seconds, and is 60 or more"),
        ("$labels.schedule", "$labels.task", "description names task, which the alert lacks"),
        ("$value", "$value | humanizeDuration", "description writes a count with humanizeDuration"),
        ("severity: warning", "severity: page", "the severity is \"page\""),
        (
            "It fires.",
            "\"{{ $value }} fires.\"",
            "the summary has a template, so that alerts of a kind look unlike",
        ),
        (
            "  summary: It fires.\n",
            "",
            "its annotations are [\"dashboard_url\", \"description\", \"runbook_url\"]",
        ),
        ("example/CloacinaPlanted", "example/Planted", "runbook_url is https://runbooks.example/Planted"),
        (
            "grafana.example/d/",
            "grafana.example/",
            "dashboard_url is https://grafana.example/cloacina-schedules?var-tenant={{ $labels.tenant }}",
        ),
    ];
    for (replaced, by, finding) in cases {
        assert_eq!(planted(replaced, by), [format!("CloacinaPlanted: {finding}")], "{replaced} by {by}");
    }
}

/// Variables by uid.
fn dashboards() -> BTreeMap<String, BTreeSet<String>> {
    let entries = fs::read_dir(in_repository("dashboards")).into_iter().flatten();
    let paths = entries.map(|entry| entry.unwrap().path());
    let files = paths.filter(|path| path.extension().is_some_and(|end| end == "json"));
    let dashboard = |path| {
        let read: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let variables = read["templating"]["list"].as_array().unwrap().iter();
        let names = variables.map(|variable| variable["name"].as_str().unwrap().to_owned());
        (read["uid"].as_str().unwrap().to_owned(), names.collect())
    };
    files.map(dashboard).collect()
}

#[test]
fn every_alert_leads_to_a_dashboard_and_sets_variables_that_it_has() {
    let dashboards = dashboards();
    let url = Regex::new(r"^https://grafana\.example/d/([a-z-]+)(?:\?(.*))?$").unwrap();
    let variable = Regex::new(r"var-(\w+)=\{\{ \$labels\.(\w+) \| urlquery \}\}").unwrap();
    let files = rules::files();
    for (name, rule) in all_alerts(&files) {
        let link = &rule.annotations["dashboard_url"];
        let found = url.captures(link).unwrap_or_else(|| panic!("{name}: {link}"));
        let variables =
            dashboards.get(&found[1]).unwrap_or_else(|| panic!("{name}: no dashboard {}", &found[1]));
        let query = found.get(2).map_or("", |query| query.as_str());
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let set = variable.captures(part).unwrap_or_else(|| panic!("{name}: {part}"));
            assert_eq!(set[1], set[2], "{name}");
            assert!(variables.contains(&set[1]), "{name}: {} has no variable {}", &found[1], &set[1]);
        }
    }
}
