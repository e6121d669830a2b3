//! The documents say what the program does: the metric reference, the configuration with its defaults, and every metric
//! that is named anywhere. `UPDATE_GOLDEN=1` rewrites the metric reference.
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cloacina_exporter::catalogue;
use cloacina_exporter::config::{self, Config, Purpose, Setting, Settings};
use cloacina_exporter::snapshot::{Description, Kind};
use regex::Regex;

fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(in_repository(path)).unwrap()
}

/// What the program says when it is called so and does not refuse.
fn said(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cloacina-exporter"));
    let output = command.args(arguments).env_clear().env("HOME", "/nonexistent").output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn descriptions() -> BTreeMap<&'static str, &'static Description> {
    catalogue::descriptions().into_iter().map(|description| (description.name, description)).collect()
}

#[test]
fn the_metric_reference_is_what_the_program_prints() {
    let printed = said(&["reference"]);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(in_repository("docs/metrics.md"), &printed).unwrap();
    }
    assert!(read("docs/metrics.md") == printed, "docs/metrics.md is stale; UPDATE_GOLDEN=1 rewrites it");
}

/// Documents that need not name any metric.
const NAME_NONE: [&str; 6] = [
    "docs/compose.md",
    "docs/hardening.md",
    "docs/incidents.md",
    "docs/kubernetes.md",
    "docs/performance.md",
    "docs/runbooks/README.md",
];

#[test]
fn every_metric_that_a_document_or_the_demo_names_exists() {
    let known = descriptions();
    let name = Regex::new(r"\b(?:cloacina_(?:state|exporter)|process)_[a-z0-9_]+").unwrap();
    let mut documents = vec!["README.md".to_owned(), "src/demo/mod.rs".to_owned()];
    documents.extend(pages("docs"));
    documents.extend(pages("docs/otlp"));
    documents.extend(pages("docs/runbooks"));
    for document in documents {
        let text = read(&document);
        let named: BTreeSet<&str> = name.find_iter(&text).map(|found| found.as_str()).collect();
        let may_name_none = document.starts_with("docs/otlp/") || NAME_NONE.contains(&document.as_str());
        assert!(may_name_none || !named.is_empty(), "{document}: the test looks for the wrong thing");
        // What ends so is a prefix that the text speaks of.
        for name in named.into_iter().filter(|name| !name.ends_with('_')) {
            assert!(exists(name, &known), "{document} names {name}");
        }
    }
}

fn pages(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(in_repository(folder)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".md")).map(|name| format!("{folder}/{name}")).collect()
}

#[test]
fn every_opentelemetry_name_in_a_page_exists() {
    let known = catalogue::descriptions();
    let mut names: BTreeSet<String> = known.iter().map(|one| one.otlp_name.to_owned()).collect();
    names.extend(known.iter().filter_map(|one| one.age_name()));
    let name = Regex::new(r"\bcloacina\.(?:state|exporter)(?:\.[a-z0-9_]+)+").unwrap();
    let mut found = 0;
    for page in pages("docs/otlp") {
        let text = read(&page);
        for named in name.find_iter(&text).map(|found| found.as_str()) {
            let is_group = names.iter().any(|name| name.starts_with(&format!("{named}.")));
            let is_file = named.starts_with("cloacina.exporter.state.otlp");
            assert!(names.contains(named) || is_group || is_file, "{page} names {named}");
            found += 1;
        }
    }
    assert!(found > 3, "{found} found");
}

fn exists(name: &str, known: &BTreeMap<&str, &Description>) -> bool {
    // The Agent's check names counters without their suffix.
    let of_counter = known.contains_key(format!("{name}_total").as_str());
    let of_histogram = ["_bucket", "_count", "_sum"].iter().any(|suffix| {
        let family = name.strip_suffix(suffix).and_then(|name| known.get(name));
        family.is_some_and(|family| family.kind == Kind::Histogram)
    });
    known.contains_key(name) || of_histogram || of_counter
}

#[test]
fn the_samples_in_the_readme_have_the_labels_of_their_metrics() {
    let known = descriptions();
    let sample = Regex::new(r"(?m)^(cloacina_[a-z_]+)\{([^}]*)\} ").unwrap();
    let label = Regex::new(r#"([a-z_]+)="[^"]*""#).unwrap();
    let readme = read("README.md");
    let samples: Vec<_> = sample.captures_iter(&readme).collect();
    assert!(samples.len() > 5, "the test looks for the wrong thing");
    for found in samples {
        let labels: Vec<&str> = label
            .captures_iter(found.get(2).unwrap().as_str())
            .map(|pair| pair.get(1).unwrap().as_str())
            .collect();
        assert_eq!(labels, known[&found[1]].labels, "{}", &found[1]);
    }
}

/// The YAML of docs/configuration.md in a folder of its own, with the files that it names.
struct Documented {
    folder: tempfile::TempDir,
    yaml: String,
}

impl Documented {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let page = read("docs/configuration.md");
        let (_, rest) = page.split_once("```yaml\n").unwrap();
        let (yaml, _) = rest.split_once("```").unwrap();
        let here = folder.path().display().to_string();
        let yaml = yaml.replace("/etc/cloacina-exporter", &here).replace("/var/lib/cloacina-exporter", &here);
        fs::write(folder.path().join("orders.url"), "postgres://monitor@db.example:5432/cloacina\n").unwrap();
        fs::write(folder.path().join("orders.password"), "hunter2\n").unwrap();
        let user = format!("basic_auth_users: {{prometheus: {}}}\n", bcrypt::hash("hunter2", 4).unwrap());
        fs::write(folder.path().join("web.yml"), user).unwrap();
        fs::write(folder.path().join("grafana.token"), "hunter2-hunter2-hunter2\n").unwrap();
        Self { folder, yaml }
    }

    fn write(&self, yaml: &str) -> String {
        let path = self.folder.path().join("exporter.yml");
        fs::write(&path, yaml).unwrap();
        path.display().to_string()
    }

    fn load(&self, yaml: &str) -> Config {
        let config_file = Some(Setting::new(self.write(yaml), "--config.file"));
        let settings = Settings { config_file, ..Settings::default() };
        let families = descriptions().into_keys().collect();
        let home = self.folder.path().display().to_string();
        let variables = |name: &str| (name == "HOME").then(|| home.clone());
        config::load(settings, Purpose::Check, &variables, &families).unwrap().config
    }

    /// The section of the databases, which has no default.
    fn databases(&self) -> &str {
        self.yaml.split_once("\n\n").unwrap().0
    }
}

#[test]
fn the_documented_configuration_is_accepted_and_shown_without_its_password() {
    let documented = Documented::new();
    let path = documented.write(&documented.yaml);
    let shown = said(&["--config.check", "--config.file", &path]);
    let first =
        "database orders: postgres://db.example:5432/cloacina, schemas tenant_* except tenant_test_*\n";
    assert!(shown.starts_with(first), "{shown}");
    assert!(shown.contains("family cloacina_state_events_total disabled\n"), "{shown}");
    assert!(shown.contains("failure reason disk_full: "), "{shown}");
    assert!(!shown.contains("hunter2"));
}

#[test]
fn the_documented_values_are_the_defaults_unless_a_comment_says_otherwise() {
    let documented = Documented::new();
    let defaults = documented.load(documented.databases());
    let mut stated = documented.load(&documented.yaml);
    let default_deny = defaults.metrics.workflows.deny.to_string();
    assert_eq!((default_deny.as_str(), defaults.metrics.disabled.len()), ("", 0), "as the comments say");
    assert!(
        stated.metrics.workflows.allow.matches("any name") && defaults.metrics.workflows.allows("any name")
    );
    stated.metrics.workflows.allow = defaults.metrics.workflows.allow.clone();
    stated.metrics.workflows.deny = defaults.metrics.workflows.deny.clone();
    stated.metrics.disabled = defaults.metrics.disabled.clone();
    stated.metrics.failure_reasons = defaults.metrics.failure_reasons.clone();
    stated.metrics.schedule_overrides = defaults.metrics.schedule_overrides.clone();
    assert_eq!(
        stated.state_file.take().unwrap().file_name(),
        defaults.state_file.as_deref().unwrap().file_name()
    );
    assert_eq!((stated.web.tokens.len(), stated.web.users.len()), (1, 2));
    (stated.web.config_file, stated.web.tokens, stated.web.users) = Default::default();
    assert_eq!(stated.otlp.exporters.len(), 3, "two signals to one destination, and one to another");
    assert!(defaults.otlp.exporters.is_empty());
    (stated.otlp.exporters, stated.otlp.resource) = (Vec::new(), defaults.otlp.resource.clone());
    assert_eq!(
        (stated.otlp.pusher, stated.otlp.error_text),
        (defaults.otlp.pusher, defaults.otlp.error_text)
    );
    let defaults = Config { state_file: None, ..defaults };
    assert_eq!(format!("{stated:#?}"), format!("{defaults:#?}"));
}

#[test]
fn every_key_that_the_program_takes_is_documented() {
    let documented = Documented::new();
    for section in [
        "unknown: 1",
        "databases: [{unknown: 1}]",
        "poll: {unknown: 1}",
        "web: {unknown: 1}",
        "web: {tokens: [{unknown: 1}]}",
        "web: {users: {a: {unknown: 1}}}",
        "state: {unknown: 1}",
        "shard: {unknown: 1}",
        "labels: {unknown: 1}",
        "labels: {workflow: {unknown: 1}}",
        "histograms: {unknown: 1}",
        "families: {unknown: 1}",
        "failure_reasons: [{unknown: 1}]",
        "thresholds: {unknown: 1}",
        "schedules: [{unknown: 1}]",
        "otlp: {unknown: 1}",
        "otlp: {destinations: [{unknown: 1}]}",
        "log: {unknown: 1}",
    ] {
        let path = documented.write(section);
        let mut command = Command::new(env!("CARGO_BIN_EXE_cloacina-exporter"));
        let output = command.args(["--config.file", &path, "--config.check"]).env_clear().output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{section}");
        let message = String::from_utf8(output.stderr).unwrap();
        let (_, keys) = message.trim_end().split_once("the keys here are ").expect(&message);
        for key in keys.split(", ") {
            let documented = Regex::new(&format!(r"\b{key}:")).unwrap().is_match(&documented.yaml);
            assert!(documented, "{section}: {key}");
        }
    }
}

#[test]
fn the_table_of_flags_is_what_help_says() {
    let help = said(&["serve", "--help"]);
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let page = read("docs/configuration.md");
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with("| `--"))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let flags = help.matches("[env: ").count();
    assert_eq!(rows.len(), flags, "rows of the table, and flags with a variable");
    for row in rows {
        let [flag, variable, _, default] = row[..] else { panic!("{row:?}") };
        let flag = flag.trim_start_matches('`').split('`').next().unwrap();
        let variable = variable.trim_matches('`');
        let (_, of_flag) = help.split_once(&format!("{flag} ")).expect(flag);
        let (of_flag, _) = of_flag.split_once(&format!("[env: {variable}]")).expect(variable);
        assert!(!of_flag.contains("[env:"), "{flag} has another variable than {variable}");
        // Defaults that are no plain value are told in words.
        if let Some(value) = default.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'))
            && !value.contains('`')
        {
            assert!(of_flag.contains(&format!("[default: {value}]")), "{flag}: {value} is not in {of_flag}");
        }
    }
}
