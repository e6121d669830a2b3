//! The alert rules, their tests and the sample of Alertmanager's configuration, as the real programs take them, of both
//! versions of Prometheus. The tests themselves are `alerts/tests/`; that they are there for each alert, `tests/rules.rs`
//! looks after.

#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "promql/mod.rs"]
mod promql;
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;

use promql::rules::{self, RuleFile, in_repository};
use regex::Regex;
use serde_json::Value;
use support::process::{eventually, find};
use support::prometheus::{Format, Prometheus, Version};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

/// A page with series of every metric.
const PAGE: &str = include_str!("data/pages/tenant.txt");

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn alert_names(wanted: impl Fn(&rules::Rule) -> bool) -> BTreeSet<String> {
    let files = rules::files();
    let alerts = files.iter().flat_map(RuleFile::alerts).filter(|(_, rule)| wanted(rule));
    alerts.map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn promtool_takes_the_rules() {
    let paths: Vec<String> = rules::files().iter().map(|file| file.path.display().to_string()).collect();
    let arguments: Vec<&str> =
        ["check", "rules", "--lint-fatal"].into_iter().chain(paths.iter().map(String::as_str)).collect();
    for version in Version::ALL {
        let output = version.promtool(&arguments, "");
        assert!(output.status.success(), "{version:?}: {}", text(&output));
        assert_eq!(text(&output).matches("SUCCESS").count(), paths.len(), "{version:?}");
    }
}

#[test]
fn promtool_takes_the_sample_of_a_configuration_with_all_rules() {
    let path = in_repository("alerts/prometheus.yaml");
    for version in Version::ALL {
        let output = version.promtool(&["check", "config", "--lint-fatal", path.to_str().unwrap()], "");
        assert!(output.status.success(), "{version:?}: {}", text(&output));
        let found = format!("{} rule files found", rules::files().len());
        assert!(text(&output).contains(&found), "{version:?}: {}", text(&output));
    }
}

/// The output of `promtool test rules` for each file of tests below `alerts`, at the same time.
fn run_tests(version: Version, alerts: &Path) -> Vec<Output> {
    let files = rules::tests();
    let paths = files.iter().map(|(path, _)| alerts.join("tests").join(path.file_name().unwrap()));
    let paths: Vec<String> = paths.map(|path| path.display().to_string()).collect();
    thread::scope(|scope| {
        let start = |path| scope.spawn(move || version.promtool(&["test", "rules", path], ""));
        let running: Vec<_> = paths.iter().map(String::as_str).map(start).collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

fn pass_their_tests(version: Version) {
    for output in run_tests(version, &in_repository("alerts")) {
        assert!(output.status.success(), "{}", text(&output));
    }
}

#[test]
fn the_rules_pass_their_tests_in_2_42() {
    pass_their_tests(Version::V2_42);
}

#[test]
fn the_rules_pass_their_tests_in_2_53() {
    pass_their_tests(Version::V2_53);
}

/// The alerts whose tests fail once `change` was made to each line of the rules.
fn failing_after(change: impl Fn(&str) -> String) -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("tests")).unwrap();
    for file in rules::files() {
        let lines = fs::read_to_string(&file.path).unwrap();
        let changed: String = lines.lines().map(&change).collect();
        fs::write(folder.path().join(file.path.file_name().unwrap()), changed).unwrap();
    }
    for (path, _) in rules::tests() {
        fs::copy(&path, folder.path().join("tests").join(path.file_name().unwrap())).unwrap();
    }
    let alert = Regex::new(r"alertname: ?(\w+)").unwrap();
    let outputs = run_tests(Version::V2_42, folder.path());
    let failed = outputs.iter().filter(|output| !output.status.success());
    let names = failed.flat_map(|output| {
        let text = text(output);
        alert.captures_iter(&text).map(|found| found[1].to_owned()).collect::<Vec<_>>()
    });
    names.collect()
}

#[test]
fn an_alert_that_never_clears_fails_its_tests() {
    let failing = failing_after(|line| {
        let never_clears = if line.contains("- alert: ") { "        keep_firing_for: 30d\n" } else { "" };
        format!("{line}\n{never_clears}")
    });
    assert_eq!(failing, alert_names(|_| true));
}

#[test]
fn an_alert_that_does_not_wait_fails_its_tests() {
    let failing = failing_after(|line| {
        let waits = line.trim_start().starts_with("for: ");
        if waits { String::new() } else { format!("{line}\n") }
    });
    assert_eq!(failing, alert_names(|rule| rule.pending.is_some()));
}

/// Serves the page to whoever asks for anything.
async fn serve_the_page() -> SocketAddr {
    let socket = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = socket.local_addr().unwrap();
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{PAGE}",
        PAGE.len()
    );
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = socket.accept().await.unwrap();
            let (asked, mut answered) = stream.split();
            let mut lines = BufReader::new(asked).lines();
            while lines.next_line().await.is_ok_and(|line| line.is_some_and(|line| !line.is_empty())) {}
            // Whoever has gone needs no answer.
            let _ = answered.write_all(answer.as_bytes()).await;
        }
    });
    address
}

/// Loads rules into a Prometheus that scrapes the page, and returns them once all were evaluated with its series.
async fn evaluated(version: Version, texts: &[&str]) -> Vec<Value> {
    let target = serve_the_page().await;
    let prometheus = Prometheus::start_version(version, target, "/metrics", Format::OpenMetrics, texts).await;
    let series = prometheus.until_answered("timestamp(cloacina_state_schedule_info)").await;
    let is_newer = |group: &Value| {
        let at = group["lastEvaluation"].as_str().unwrap();
        chrono::DateTime::parse_from_rfc3339(at).unwrap().timestamp_millis() as f64 / 1e3 > series[0].value
    };
    let groups = async || prometheus.api("rules").await["data"]["groups"].as_array().unwrap().clone();
    eventually("an evaluation of all groups", async || groups().await.iter().all(is_newer)).await;
    groups().await
}

fn rules_in(groups: &[Value]) -> Vec<&Value> {
    groups.iter().flat_map(|group| group["rules"].as_array().unwrap()).collect()
}

async fn evaluates_the_rules(version: Version) {
    let files = rules::files();
    let texts: Vec<String> = files.iter().map(|file| fs::read_to_string(&file.path).unwrap()).collect();
    let groups = evaluated(version, &texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let loaded: BTreeSet<&str> = groups.iter().map(|group| group["name"].as_str().unwrap()).collect();
    let written: BTreeSet<&str> =
        files.iter().flat_map(|file| &file.groups).map(|group| group.name.as_str()).collect();
    assert_eq!(loaded, written);
    assert_eq!(rules_in(&groups).len(), files.iter().flat_map(RuleFile::rules).count());
    for rule in rules_in(&groups) {
        assert_eq!(rule["health"], "ok", "{version:?}: {rule}");
        assert_eq!(rule["lastError"], Value::Null, "{version:?}: {rule}");
    }
}

#[tokio::test]
async fn prometheus_2_42_evaluates_every_rule_over_series_of_every_metric() {
    evaluates_the_rules(Version::V2_42).await;
}

#[tokio::test]
async fn prometheus_2_53_evaluates_every_rule_over_series_of_every_metric() {
    evaluates_the_rules(Version::V2_53).await;
}

#[tokio::test]
async fn a_rule_that_matches_several_series_with_one_is_not_healthy() {
    let expression = "cloacina_state_up * on (tenant) cloacina_state_workflow_executions_active";
    let rules = format!("groups: [{{name: planted, rules: [{{alert: Planted, expr: '{expression}'}}]}}]");
    let groups = evaluated(Version::V2_42, &[&rules]).await;
    let [rule] = rules_in(&groups)[..] else { panic!("{groups:?}") };
    assert_eq!(rule["health"], "err");
    assert!(
        rule["lastError"].as_str().unwrap().contains("found duplicate series for the match group"),
        "{rule}"
    );
}

fn amtool(arguments: &[&str]) -> Output {
    let path = in_repository("alerts/alertmanager.yaml");
    let arguments = arguments.iter().map(|argument| argument.replace("FILE", path.to_str().unwrap()));
    Command::new(find("amtool", "prometheus-alertmanager")).args(arguments).output().unwrap()
}

#[test]
fn alertmanager_takes_its_sample() {
    let output = amtool(&["check-config", "FILE"]);
    assert!(output.status.success(), "{}", text(&output));
}

#[test]
fn critical_alerts_go_to_the_pager_and_others_to_the_chat() {
    let cases = [
        (["alertname=CloacinaSchedulerStalled", "severity=critical", "tenant=a"], "pager"),
        (["alertname=CloacinaScheduleLate", "severity=warning", "tenant=a"], "chat"),
        (["alertname=CloacinaScheduleOverlap", "severity=info", "tenant=a"], "chat"),
        (["alertname=DiskFull", "severity=critical", "instance=b"], "chat"),
    ];
    for (labels, receiver) in cases {
        let arguments = ["config", "routes", "test", "--config.file=FILE"].into_iter().chain(labels);
        let output = amtool(&arguments.collect::<Vec<_>>());
        let told = String::from_utf8_lossy(&output.stdout);
        assert_eq!(told.trim(), receiver, "{labels:?}: {}", text(&output));
    }
}

#[test]
fn alertmanager_names_only_alerts_that_are_there() {
    let names = alert_names(|_| true);
    let sample = fs::read_to_string(in_repository("alerts/alertmanager.yaml")).unwrap();
    let matcher = Regex::new(r#"alertname(=~?|!=)"([^"]+)""#).unwrap();
    let mut found = 0;
    for alternative in matcher.captures_iter(&sample).flat_map(|found| alternatives(&found[2])) {
        let whole = Regex::new(&format!("^(?:{alternative})$")).unwrap();
        assert!(names.iter().any(|name| whole.is_match(name)), "{alternative}");
        found += 1;
    }
    assert!(found > 5, "{found} found");
}

/// `A(b|c)|d` as `Ab`, `Ac` and `d`, so that none hides behind another.
fn alternatives(pattern: &str) -> Vec<String> {
    let group = Regex::new(r"^(\w*)\(([^)]*)\)$").unwrap();
    let outer = Regex::new(r"(?:[^|(]|\([^)]*\))+").unwrap();
    let parts = outer.find_iter(pattern).map(|part| part.as_str());
    let each = parts.flat_map(|part| match group.captures(part) {
        Some(found) => found[2].split('|').map(|end| format!("{}{end}", &found[1])).collect(),
        None => vec![part.to_owned()],
    });
    each.collect()
}
