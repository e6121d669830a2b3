//! What other programs say of the deployment's files: Prometheus of its configuration, the specification of Compose of
//! `compose.yaml`, hadolint of the Dockerfile, systemd of the service, and the models of Datadog's API client of what is
//! imported there.
//!
//! No container is started, and Datadog is not asked.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use std::path::Path;
use std::process::{Command, Output};

use support::process::{find, pipe, python};
use support::prometheus::promtool;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A program beside the Python that `tests/all` names.
fn beside_python(program: &str, arguments: &[&str], input: &str) -> Output {
    let python =
        std::env::var_os("CLOACINA_EXPORTER_PYTHON").expect("tests/all sets CLOACINA_EXPORTER_PYTHON");
    let program = Path::new(&python).with_file_name(program);
    assert!(program.is_file(), "{} is missing: tests/install installs it", program.display());
    pipe(Command::new(program).args(arguments), input.as_bytes())
}

/// The script with which compose starts Prometheus, with the clone and `folder` in place of the container's paths, up to
/// where it starts.
fn script(folder: &Path) -> (String, String) {
    let compose: serde_json::Value = serde_saphyr::from_str(&read("compose.yaml")).unwrap();
    let script = compose["services"]["prometheus"]["command"][0].as_str().unwrap().replace("$$", "$");
    let (copying, starting) = script.split_once("exec ").unwrap();
    let alerts = root().join("alerts").display().to_string();
    let copying = copying.replace("/etc/prometheus/alerts", &alerts);
    (copying.replace("/prometheus/alerts", &folder.join("alerts").display().to_string()), starting.to_owned())
}

#[test]
fn the_sample_of_prometheus_is_valid_where_it_lies_in_the_repository() {
    let output =
        promtool(&["check", "config", &root().join("alerts/prometheus.yaml").display().to_string()], "");
    let said = said(&output);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("SUCCESS: 2 rule files found"), "{said}");
}

#[test]
fn prometheus_s_container_replaces_the_hosts_of_links_and_keeps_the_rules_valid() {
    let folder = tempfile::tempdir().unwrap();
    let (copying, starting) = script(folder.path());
    let output = Command::new("sh")
        .args(["-euc", &copying])
        .env("GRAFANA", "http://localhost:3000")
        .env("RUNBOOKS", "https://wiki.example/runbooks")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let rules = std::fs::read_to_string(folder.path().join("alerts/cloacina-alerts.yaml")).unwrap();
    assert!(!rules.contains("://grafana.example") && !rules.contains("://runbooks.example"));
    assert!(rules.contains("runbook_url: https://wiki.example/runbooks/CloacinaScheduleLate\n"));
    assert!(rules.contains("http://localhost:3000/d/cloacina-schedules?var-tenant={{ $labels.tenant"));
    let configuration = folder.path().join("alerts/prometheus.yaml").display().to_string();
    assert!(promtool(&["check", "config", &configuration], "").status.success());
    assert!(starting.contains("--config.file=/prometheus/alerts/prometheus.yaml "), "{starting}");
}

#[test]
fn prometheus_knows_the_flags_that_compose_gives_it() {
    let (_, starting) = script(Path::new("/"));
    let help = said(&Command::new(find("prometheus", "prometheus")).arg("--help").output().unwrap());
    let flags: Vec<_> =
        starting.split_whitespace().filter_map(|word| word.split('=').next()?.strip_prefix("--")).collect();
    assert_eq!(flags.len(), 3);
    for flag in flags {
        assert!(help.contains(&format!("--{flag}")), "{flag}");
    }
}

#[test]
fn compose_follows_its_specification() {
    let check = |text: &str| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("compose.yaml");
        std::fs::write(&path, text).unwrap();
        let arguments = ["--builtin-schema", "vendor.compose-spec", &path.display().to_string()];
        beside_python("check-jsonschema", &arguments, "")
    };
    let text = read("compose.yaml");
    let output = check(&text);
    assert!(output.status.success(), "{}", said(&output));
    for (right, wrong) in
        [("depends_on:", "depend_on:"), ("ports: ['127.0.0.1:3000:3000']", "ports: grafana")]
    {
        assert!(text.contains(right), "{right}");
        assert!(!check(&text.replacen(right, wrong, 1)).status.success(), "{wrong}");
    }
}

#[test]
fn the_dockerfile_has_nothing_that_hadolint_minds() {
    let text = read("Dockerfile");
    let output = beside_python("hadolint", &["-"], &text);
    assert!(output.status.success(), "{}", said(&output));
    let unpinned = text.replace(":1.95.0-slim-bookworm", "");
    assert!(!beside_python("hadolint", &["-"], &unpinned).status.success());
}

/// Prints what of a document the models of Datadog's API client do not take; a value of no model is kept as it is there,
/// and marked.
const DATADOG: &str = r#"
import json, sys
from datadog_api_client.configuration import Configuration
from datadog_api_client.model_utils import validate_and_convert_types
from datadog_api_client.v1.model.dashboard import Dashboard
from datadog_api_client.v1.model.monitor import Monitor

def unknown(value, path):
    if isinstance(value, list):
        for index, one in enumerate(value):
            unknown(one, f"{path}[{index}]")
    elif hasattr(value, "_data_store"):
        if getattr(value, "_unparsed", False):
            print(path)
        for key, one in value._data_store.items():
            unknown(one, f"{path}.{key}")

model = {"dashboard": Dashboard, "monitors": Monitor}
kind, document = json.load(sys.stdin)
for index, one in enumerate(document if isinstance(document, list) else [document]):
    unknown(validate_and_convert_types(one, (model[kind],), [kind], True, True, Configuration()), f"{kind} {index}")
"#;

fn datadog(kind: &str, document: &str) -> String {
    let output = python(DATADOG, format!("[\"{kind}\", {document}]").as_bytes());
    assert!(output.status.success(), "{}", said(&output));
    said(&output)
}

#[test]
fn the_models_of_datadog_s_client_take_the_dashboard_and_the_monitors() {
    let dashboard = read("dashboards/datadog/dashboard.json");
    assert_eq!(datadog("dashboard", &dashboard), "");
    let monitors = read("dashboards/datadog/monitors.json");
    assert_eq!(datadog("monitors", &monitors), "");
    for (right, wrong) in
        [("\"white_on_red\"", "\"crimson\""), ("\"aggregator\": \"last\"", "\"aggregator\": \"newest\"")]
    {
        assert!(!datadog("dashboard", &dashboard.replacen(right, wrong, 1)).is_empty(), "{wrong}");
    }
    let wrong = monitors.replacen("\"query alert\"", "\"query alarm\"", 1);
    assert!(!datadog("monitors", &wrong).is_empty());
}

/// Of the service as it is, but with the program that was built: systemd looks whether it can be started.
#[test]
fn systemd_understands_the_service_and_finds_it_little_exposed() {
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join("cloacina-exporter.service");
    let program = env!("CARGO_BIN_EXE_cloacina-exporter");
    let text =
        read("packaging/cloacina-exporter.service").replace("/usr/local/bin/cloacina-exporter", program);
    std::fs::write(&unit, text).unwrap();
    let analyze = |arguments: &[&str]| {
        Command::new(find("systemd-analyze", "systemd")).args(arguments).arg(&unit).output().unwrap()
    };
    let verified = analyze(&["verify", "--man=no"]);
    assert!(verified.status.success() && said(&verified).is_empty(), "{}", said(&verified));
    // 1.0 is left for the network and what only the machine can say; from 2.0 on it would be "medium" soon.
    let judged = analyze(&["security", "--offline=true", "--no-pager", "--threshold=11"]);
    assert!(judged.status.success(), "{}", said(&judged));
}
