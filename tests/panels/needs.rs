//! What a panel speaks of and the answers must have: columns that tables join, rename, sort and format, labels in legends,
//! series that a part of an expression selects.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::ask::Answer;
use crate::grafana::{Format, Panel, Target};

static LEGEND: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\{\{\s*(\w+)\s*\}\}").expect("it is a regular expression"));

/// With the matchers, in which no `}` stands.
static SELECTOR: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[a-zA-Z_:][\w:]*\{[^}]*\}").expect("it is a regular expression"));

/// The selectors with matchers in `expression`, each once.
pub fn selectors(expression: &str) -> BTreeSet<&str> {
    SELECTOR.find_iter(expression).map(|found| found.as_str()).collect()
}

pub fn legend_labels(legend: &str) -> Vec<&str> {
    let labels = LEGEND.captures_iter(legend).filter_map(|found| found.get(1));
    labels.map(|label| label.as_str()).collect()
}

/// Whether `expression` has the variable `name`.
pub fn mentions(expression: &str, name: &str) -> bool {
    [format!("${name}"), format!("${{{name}}}"), format!("${{{name}:"), format!("[[{name}")]
        .iter()
        .any(|form| expression.contains(form.as_str()))
}

/// One finding for each column that the panel speaks of and that no answer gives.
pub fn missing_columns(panel: &Panel, answers: &[(&Target, Answer)]) -> Vec<String> {
    if panel.kind != "table" || answers.iter().any(|(_, answer)| answer.is_empty()) {
        return Vec::new();
    }
    let mut columns = columns(answers);
    let mut findings = Vec::new();
    for transformation in panel.transformations() {
        let options = &transformation.options;
        let mut want = |name: &str, columns: &BTreeSet<String>| {
            if !columns.contains(name) {
                findings.push(format!("{}: there is no column {name}", transformation.id));
            }
        };
        match transformation.id.as_str() {
            "joinByField" => {
                let field = options["byField"].as_str().unwrap_or("Time");
                for (target, answer) in answers.iter().filter(|_| field != "Time") {
                    if !answer.has_label(field) {
                        findings.push(format!("joinByField: {} has no column {field}", target.ref_id));
                    }
                }
            }
            "merge" => findings.extend(unmerged(answers)),
            "organize" => {
                for (from, to) in entries(&options["renameByName"]) {
                    want(from, &columns);
                    columns.insert(to.as_str().unwrap_or_default().to_owned());
                }
                for (name, _) in entries(&options["excludeByName"]) {
                    want(name, &columns);
                }
            }
            "sortBy" => {
                for sort in options["sort"].as_array().into_iter().flatten() {
                    want(sort["field"].as_str().unwrap_or_default(), &columns);
                }
            }
            "calculateField" => {
                columns.extend(options["alias"].as_str().map(str::to_owned));
            }
            _ => {}
        }
    }
    let overridden = panel.overridden().filter(|name| !columns.contains(*name));
    findings.extend(overridden.map(|name| format!("override: there is no column {name}")));
    findings
}

/// Rows of several answers become one where the columns agree that all answers have: these must tell the rows of each
/// answer apart.
fn unmerged(answers: &[(&Target, Answer)]) -> Vec<String> {
    let labels = |answer: &Answer| -> BTreeSet<String> {
        answer.series.iter().flat_map(|labels| labels.keys().cloned()).collect()
    };
    let shared = answers.iter().map(|(_, answer)| labels(answer)).reduce(|shared, own| &shared & &own);
    let shared = shared.unwrap_or_default();
    let ambiguous = answers.iter().filter(|(_, answer)| {
        let keys: BTreeSet<Vec<_>> = answer.series.iter().map(|row| key(row, &shared)).collect();
        keys.len() < answer.series.len()
    });
    let findings =
        ambiguous.map(|(target, _)| format!("merge: rows of {} agree in {shared:?}", target.ref_id));
    findings.collect()
}

fn key<'a>(row: &'a BTreeMap<String, String>, shared: &BTreeSet<String>) -> Vec<Option<&'a String>> {
    shared.iter().map(|label| row.get(label)).collect()
}

/// As Grafana names the columns of answers in the table format. When several are joined, columns of one name are numbered,
/// and every value carries its query's letter.
fn columns(answers: &[(&Target, Answer)]) -> BTreeSet<String> {
    let mut columns: BTreeSet<String> = ["Time", "Value"].map(str::to_owned).into();
    let tables = answers.iter().filter(|(target, _)| target.format == Format::Table);
    for (index, (target, answer)) in tables.enumerate() {
        columns.insert(format!("Value #{}", target.ref_id));
        columns.insert(format!("Time {}", index + 1));
        for label in answer.series.iter().flat_map(|labels| labels.keys()) {
            columns.insert(label.clone());
            columns.insert(format!("{label} {}", index + 1));
        }
    }
    columns
}

fn entries(options: &Value) -> impl Iterator<Item = (&str, &Value)> {
    options.as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}
