//! The rule files of the repository as they are read: groups, alerts and recording rules, and the tests of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Catalogue;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleFile {
    #[serde(skip)]
    pub path: PathBuf,
    pub groups: Vec<Group>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub name: String,
    pub interval: Option<String>,
    pub rules: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub alert: Option<String>,
    pub record: Option<String>,
    pub expr: String,
    #[serde(rename = "for")]
    pub pending: Option<String>,
    pub keep_firing_for: Option<String>,
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
}

/// Of `promtool test rules`.
#[derive(Debug, Deserialize)]
pub struct TestFile {
    pub tests: Vec<Case>,
}

#[derive(Debug, Deserialize)]
pub struct Case {
    pub name: Option<String>,
    #[serde(default)]
    pub input_series: Vec<InputSeries>,
    #[serde(default)]
    pub alert_rule_test: Vec<Expectation>,
}

#[derive(Debug, Deserialize)]
pub struct InputSeries {
    pub series: String,
}

#[derive(Debug, Deserialize)]
pub struct Expectation {
    pub alertname: String,
    #[serde(default)]
    pub exp_alerts: Vec<ExpectedAlert>,
}

#[derive(Debug, Deserialize)]
pub struct ExpectedAlert {
    #[serde(default)]
    pub exp_labels: BTreeMap<String, String>,
}

impl RuleFile {
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.groups.iter().flat_map(|group| &group.rules)
    }

    pub fn alerts(&self) -> impl Iterator<Item = (&str, &Rule)> {
        self.rules().filter_map(|rule| Some((rule.alert.as_deref()?, rule)))
    }
}

pub fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// All files `alerts/*.yaml` with rules, in the order of their names.
pub fn files() -> Vec<RuleFile> {
    let rules =
        yaml_in("alerts").into_iter().filter(|path| fs::read_to_string(path).unwrap().contains("\ngroups:"));
    let read = rules.map(|path| RuleFile { groups: read::<RuleFile>(&path).groups, path });
    read.collect()
}

/// All files `alerts/tests/*.yaml`, by their path.
pub fn tests() -> Vec<(PathBuf, TestFile)> {
    yaml_in("alerts/tests").into_iter().map(|path| (path.clone(), read(&path))).collect()
}

/// The exporter's catalogue, and what the rule files record.
///
/// # Panics
/// If the expression of a recording rule is wrong.
pub fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue::of_exporter();
    for rule in files().iter().flat_map(RuleFile::rules) {
        if let Some(name) = &rule.record {
            let answer = catalogue.analyse(&rule.expr).unwrap_or_else(|wrong| panic!("{name}: {wrong:?}"));
            catalogue.record(name, &answer);
        }
    }
    catalogue
}

fn yaml_in(folder: &str) -> Vec<PathBuf> {
    let folder = in_repository(folder);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "yaml")).collect();
    paths.sort();
    paths
}

fn read<T: DeserializeOwned>(path: &Path) -> T {
    let text = fs::read_to_string(path).unwrap();
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
