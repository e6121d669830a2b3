//! `compose.yaml`, the image's files, and Grafana's provisioning: that all they name is there and fits together.
//!
//! Nothing is started: see `deployment_tools` for what other programs say of these files.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn yaml(path: &str) -> Value {
    serde_saphyr::from_str(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().map(|one| one.as_str().unwrap()).collect()
}

/// The bind mounts of a service: where from, where to.
fn mounts(compose: &Value, service: &str) -> Vec<(String, String)> {
    let volumes = texts(&compose["services"][service]["volumes"]).into_iter();
    let parts = volumes.map(|volume| volume.split(':').map(str::to_owned).collect::<Vec<_>>());
    parts
        .map(|parts| match &parts[..] {
            [from, to, mode] if mode == "ro" => (from.clone(), to.clone()),
            other => panic!("{service}: a mount that could be written to: {other:?}"),
        })
        .collect()
}

/// What is wrong with names that refer to one another.
fn dangling(compose: &Value) -> Vec<String> {
    let services: BTreeSet<_> = compose["services"].as_object().unwrap().keys().map(String::as_str).collect();
    let mut problems = Vec::new();
    let mut published = BTreeSet::new();
    for &service in &services {
        let definition = &compose["services"][service];
        for needed in texts(&definition["depends_on"]) {
            if !services.contains(needed) {
                problems.push(format!("{service} depends on {needed}"));
            }
        }
        for port in texts(&definition["ports"]) {
            let free = port.strip_prefix("127.0.0.1:").is_some_and(|port| published.insert(port.to_owned()));
            if !free {
                problems.push(format!("{service} publishes {port}"));
            }
        }
        let image = definition["image"].as_str().unwrap_or_default();
        let pinned = image.split_once(':').is_some_and(|(_, tag)| tag.contains('.'));
        if !pinned && definition["build"].is_null() {
            problems.push(format!("{service} takes {image}, of whatever version"));
        }
        let missing = mounts(compose, service).into_iter().filter(|(from, _)| !root().join(from).exists());
        problems.extend(missing.map(|(from, _)| format!("{service} mounts {from}")));
    }
    problems
}

/// Where the services of the files that compose mounts look for one another.
fn addresses() -> Vec<String> {
    let prometheus = yaml("alerts/prometheus.yaml");
    let targets = &prometheus["scrape_configs"][0]["static_configs"][0]["targets"];
    let managers = &prometheus["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"];
    let source = yaml("dashboards/provisioning/datasources/prometheus.yaml");
    let url = source["datasources"][0]["url"].as_str().unwrap().trim_start_matches("http://").to_owned();
    let named = texts(targets).into_iter().chain(texts(managers));
    named.map(str::to_owned).chain([url]).collect()
}

/// The exporter as compose starts it, told only to check.
fn exporter_says(compose: &Value) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_cloacina-exporter"))
        .args(texts(&compose["services"]["exporter"]["command"]))
        .arg("--config.check")
        .env_clear()
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn all_that_compose_names_is_there() {
    assert_eq!(dangling(&yaml("compose.yaml")), Vec::<String>::new());
}

#[test]
fn each_slip_in_compose_is_found() {
    let text = read("compose.yaml");
    for (right, wrong, slip) in [
        ("./alerts:", "./alert:", "prometheus mounts ./alert"),
        ("[prometheus]", "[promtheus]", "grafana depends on promtheus"),
        ("127.0.0.1:9093:9093", "127.0.0.1:9090:9090", "publishes 127.0.0.1:9090:9090"),
        ("127.0.0.1:3000:3000", "3000:3000", "publishes 3000:3000"),
        ("prom/alertmanager:v0.27.0", "prom/alertmanager:latest", "of whatever version"),
    ] {
        assert!(text.contains(right), "{right}");
        let found = dangling(&serde_saphyr::from_str(&text.replacen(right, wrong, 1)).unwrap());
        assert!(found.iter().any(|problem| problem.contains(slip)), "{wrong}: {found:?}");
    }
}

#[test]
fn the_services_look_for_one_another_where_they_are() {
    let compose = yaml("compose.yaml");
    for address in addresses() {
        let (host, port) = address.split_once(':').unwrap();
        let ports = texts(&compose["services"][host]["ports"]);
        assert!(
            ports.iter().any(|published| published.ends_with(&format!(":{port}"))),
            "{address}: {ports:?}"
        );
    }
    assert_eq!(addresses(), ["exporter:9877", "alertmanager:9093", "prometheus:9090"]);
}

#[test]
fn the_exporter_serves_on_all_addresses_of_its_container_and_keeps_no_state() {
    let said = exporter_says(&yaml("compose.yaml"));
    assert!(said.contains("serve http://0.0.0.0:9877/metrics\n"), "{said}");
    assert!(said.contains("state file none"), "{said}");
}

#[test]
fn alertmanager_reads_the_file_that_is_mounted() {
    let compose = yaml("compose.yaml");
    let [(from, to)] = &mounts(&compose, "alertmanager")[..] else { panic!("one mount") };
    assert_eq!(from, "./alerts/alertmanager.yaml");
    let command = texts(&compose["services"]["alertmanager"]["command"]);
    assert!(command.contains(&format!("--config.file={to}").as_str()), "{command:?}");
}

#[test]
fn grafana_gets_the_five_dashboards_where_it_looks_for_them_and_no_others() {
    let mounts = mounts(&yaml("compose.yaml"), "grafana");
    let provider = yaml("dashboards/provisioning/dashboards/cloacina.yaml");
    let folder = provider["providers"][0]["options"]["path"].as_str().unwrap();
    let mounted: Vec<_> =
        mounts.iter().filter_map(|(from, to)| Some((from, to.strip_prefix(folder)?))).collect();
    let names = ["overview", "schedules", "workflow", "queue", "exporter"];
    let expected = names.map(|name| (format!("./dashboards/{name}.json"), format!("/{name}.json")));
    assert_eq!(mounted, expected.each_ref().map(|(from, to)| (from, to.as_str())));
    for kind in ["datasources", "dashboards"] {
        let pair = (format!("./dashboards/provisioning/{kind}"), format!("/etc/grafana/provisioning/{kind}"));
        assert!(mounts.contains(&pair), "{kind}");
    }
}

/// The parts of the clone that the image is built from: `*` first, then what comes after all, then what does not.
fn context() -> (Vec<String>, Vec<String>) {
    let text = read(".dockerignore");
    let lines: Vec<_> = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert_eq!(lines[0], "*");
    let (with, without): (Vec<&str>, Vec<&str>) =
        lines[1..].iter().copied().partition(|line| line.starts_with('!'));
    let with = with.iter().map(|line| line.trim_start_matches('!').to_owned());
    (with.collect(), without.into_iter().map(str::to_owned).collect())
}

fn copy(from: &Path, to: &Path, without: &[PathBuf]) {
    if without.iter().any(|path| path == from) {
        return;
    }
    if from.is_dir() {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let name = entry.unwrap().file_name();
            copy(&from.join(&name), &to.join(&name), without);
        }
    } else if from.is_file() {
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(from, to).unwrap();
    }
}

#[test]
fn cargo_finds_all_that_it_needs_in_what_the_image_is_built_from() {
    let folder = tempfile::tempdir().unwrap();
    let (with, without) = context();
    let without: Vec<_> = without.iter().map(|path| root().join(path)).collect();
    for path in with {
        copy(&root().join(&path), &folder.path().join(&path), &without);
    }
    assert!(!folder.path().join("tests/data").exists());
    // With the dependencies' versions, so that a wrong lock file shows; offline, since none is needed.
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--offline", "--no-deps", "--format-version", "1"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_image_is_built_by_the_compiler_of_the_repository_and_runs_without_rights() {
    let dockerfile = read("Dockerfile");
    let channel = read("rust-toolchain.toml");
    let channel =
        channel.lines().find_map(|line| line.strip_prefix("channel = \"")).unwrap().trim_end_matches('"');
    assert!(dockerfile.contains(&format!("\nFROM rust:{channel}-")), "{channel}");
    let user = dockerfile.lines().filter_map(|line| line.strip_prefix("USER ")).next_back();
    assert_eq!(user, Some("65532:65532"));
    let port = dockerfile.lines().filter_map(|line| line.strip_prefix("EXPOSE ")).next_back();
    assert_eq!(port, Some("9877"));
}
