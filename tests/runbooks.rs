//! The runbooks can be relied on at night: each alert has one, all are built alike, and what they tell one to type exists.
//!
//! Whether SQL runs is asked of a server, in `runbooks_postgres`.

#[path = "promql/mod.rs"]
mod promql;
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use regex::Regex;
use serde::Deserialize;

use support::called::call;
use support::runbooks::{Page, pages, runbooks};

const SECTIONS: [&str; 6] =
    ["## What it means", "## What users feel", "## Confirm", "## Causes", "## Mend", "## Not this"];
/// What fits two screens of a terminal.
const MOST_LINES: usize = 66;
const WIDEST_LINE: usize = 120;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn readme() -> Page {
    pages().into_iter().find(|page| page.name == "README").unwrap()
}

#[derive(Deserialize)]
struct Rules {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
struct Rule {
    alert: Option<String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

/// Every alert with its severity.
fn alerts() -> BTreeSet<(String, String)> {
    let files = ["alerts/cloacina-alerts.yaml", "alerts/cloacina-slo.yaml"];
    let rules = files.into_iter().flat_map(|file| {
        let rules: Rules = serde_saphyr::from_str(&read(file)).unwrap();
        rules.groups.into_iter().flat_map(|group| group.rules)
    });
    rules.filter_map(|rule| Some((rule.alert?, rule.labels["severity"].clone()))).collect()
}

#[test]
fn every_alert_has_a_page_and_every_page_an_alert() {
    let alerts: BTreeSet<String> = alerts().into_iter().map(|(alert, _)| alert).collect();
    let pages: BTreeSet<String> = runbooks().into_iter().map(|page| page.name).collect();
    assert!(alerts.len() > 20, "the test looks for the wrong thing");
    assert_eq!(pages, alerts);
}

#[test]
fn the_table_of_the_readme_has_each_alert_with_its_severity() {
    let row = Regex::new(r"(?m)^\| (critical|warning|info) \| \[(\w+)\]\((\w+)\.md\) \| \S.* \|$").unwrap();
    let text = readme().text;
    let rows = row.captures_iter(&text).map(|found| {
        assert_eq!(found[2], found[3]);
        (found[2].to_owned(), found[1].to_owned())
    });
    let rows: Vec<_> = rows.collect();
    assert_eq!(rows.len(), alerts().len());
    assert_eq!(rows.into_iter().collect::<BTreeSet<_>>(), alerts());
}

#[test]
fn every_page_is_named_after_its_alert_and_has_all_sections_in_order() {
    for page in runbooks() {
        let title = format!("# {}", page.name);
        let mut expected = vec![title.as_str()];
        expected.extend(SECTIONS);
        assert_eq!(page.headings(), expected, "{}", page.name);
        assert!(page.text.starts_with(&title), "{}", page.name);
        for (heading, next) in SECTIONS.iter().zip(SECTIONS[1..].iter().copied().chain([""])) {
            let (_, rest) = page.text.split_once(heading).unwrap();
            let section = if next.is_empty() { rest } else { rest.split_once(next).unwrap().0 };
            assert!(!section.trim().is_empty(), "{}: {heading} is empty", page.name);
        }
    }
}

#[test]
fn every_page_is_short_enough_to_be_read_at_night() {
    for page in pages() {
        let wide = page.text.lines().filter(|line| line.chars().count() > WIDEST_LINE);
        let wide: Vec<_> = wide.filter(|line| !line.starts_with('|')).collect();
        assert!(wide.is_empty(), "{}: {wide:#?}", page.name);
        let lines = page.text.lines().count();
        assert!(page.name == "README" || lines <= MOST_LINES, "{}: {lines} lines", page.name);
    }
}

#[test]
fn every_page_confirms_its_alert_by_a_command_by_a_metric_and_by_rows() {
    for page in runbooks() {
        let (_, rest) = page.text.split_once("## Confirm").unwrap();
        let (confirm, _) = rest.split_once("## Causes").unwrap();
        let confirm = Page { name: page.name.clone(), text: confirm.to_owned() };
        let commands = confirm.code("sh").join("\n");
        assert!(
            commands.contains("cloacina-exporter check") || commands.contains("cloacina-exporter audit"),
            "{}: {commands}",
            page.name
        );
        assert!(
            confirm.code("promql").iter().any(|query| query.contains("cloacina_") || query.contains("up{"))
        );
        assert!(confirm.code("sql").iter().any(|query| query.starts_with("SELECT ")), "{}", page.name);
        for block in page.blocks() {
            assert!(["sh", "promql", "sql"].contains(&block.language), "{}: {}", page.name, block.language);
        }
    }
}

#[test]
fn every_promql_on_a_page_or_in_the_service_level_names_what_exists() {
    let catalogue = promql::rules::catalogue();
    let service_level = Page { name: "docs/slo.md".to_owned(), text: read("docs/slo.md") };
    let mut asked = 0;
    for page in pages().into_iter().chain([service_level]) {
        for query in page.code("promql") {
            let findings = catalogue.analyse(&query).err().unwrap_or_default();
            assert!(findings.is_empty(), "{}: {query}: {findings:#?}", page.name);
            asked += 1;
        }
    }
    assert!(asked > 40, "{asked}: the test looks for the wrong thing");
}

/// What `cloacina-exporter COMMAND --help` has, by words.
fn words_of_help(command: &str) -> BTreeSet<String> {
    let help = call(&[command, "--help"]);
    assert_eq!(help.code, Some(0), "{command}: {}", help.stderr);
    help.stdout.split_whitespace().map(|word| word.trim_end_matches(',').to_owned()).collect()
}

#[test]
fn every_command_of_the_exporter_has_flags_that_exist() {
    let commands = ["check", "audit", "serve"];
    let help: BTreeMap<&str, _> = commands.iter().map(|command| (*command, words_of_help(command))).collect();
    let inline = Regex::new(r"`cloacina-exporter ([^`]+)`").unwrap();
    let mut flags = 0;
    for page in pages() {
        let code = page.code("sh").join("\n");
        let of_blocks = code.lines().filter_map(|line| line.strip_prefix("cloacina-exporter "));
        let prose = page.prose().join("\n");
        let of_prose = inline.captures_iter(&prose).map(|found| found.get(1).unwrap().as_str());
        for line in of_blocks.chain(of_prose) {
            let first = line.split_whitespace().next().unwrap();
            // Without a command it serves.
            let command = commands.into_iter().find(|command| *command == first).unwrap_or("serve");
            assert!(first == command || first.starts_with("--"), "{}: {line}", page.name);
            for flag in line.split_whitespace().filter(|word| word.starts_with("--")) {
                assert!(help[command].contains(flag), "{}: {command} has no {flag}", page.name);
                flags += 1;
            }
        }
    }
    assert!(flags > 50, "{flags} found");
}

#[test]
fn every_link_leads_to_a_page_and_a_heading_of_it() {
    let all: BTreeMap<String, Page> = pages().into_iter().map(|page| (page.name.clone(), page)).collect();
    let link = Regex::new(r"\]\(([^)#]+)\.md(?:#([^)]+))?\)").unwrap();
    let anchor = |heading: &str| heading.trim_start_matches(['#', ' ']).to_lowercase().replace(' ', "-");
    let mut found = 0;
    for page in all.values() {
        for target in link.captures_iter(&page.text) {
            let Some(led_to) = all.get(&target[1]) else { panic!("{} links to {}", page.name, &target[1]) };
            assert!(page.name != led_to.name, "{} links to itself", page.name);
            if let Some(wanted) = target.get(2) {
                let has = led_to.headings().into_iter().any(|heading| anchor(heading) == wanted.as_str());
                assert!(has, "{}: {} has no #{}", page.name, led_to.name, wanted.as_str());
            }
            found += 1;
        }
    }
    assert!(found > 100, "{found} found");
}

/// The README is where one acts by SQL; pages only look.
#[test]
fn only_the_readme_writes_to_tables() {
    let words = Regex::new(r"\b(?:UPDATE|INSERT|DELETE|DROP|TRUNCATE)\b").unwrap();
    for page in runbooks() {
        let code: String = page.blocks().into_iter().map(|block| block.code).collect();
        assert!(!words.is_match(&code), "{}", page.name);
    }
    assert!(readme().code("sql write").len() > 4);
}

#[test]
fn every_setting_that_a_page_names_is_in_the_configuration() {
    let setting =
        Regex::new(r"`((?:poll|thresholds|labels|otlp|state|web|histograms)(?:\.[a-z_]+)+)`").unwrap();
    let configuration = read("docs/configuration.md");
    let mut found = 0;
    for page in pages() {
        for named in setting.captures_iter(&page.text) {
            for key in named[1].split('.') {
                let key = Regex::new(&format!(r"\b{key}:")).unwrap();
                assert!(key.is_match(&configuration), "{} names {}", page.name, &named[1]);
            }
            found += 1;
        }
    }
    assert!(found > 8, "{found} found");
}
