//! What a reader at night needs: descriptions, units that fit, words for what is not there, and the alerts' names.

use std::collections::BTreeSet;
use std::fs;

use cloacina_exporter::snapshot::{Kind, Unit};
use regex::Regex;
use serde_json::Value;

use super::queries::family;
use super::read::{Dashboard, all, in_repository, list, text};

#[test]
fn every_panel_says_what_it_means() {
    for dashboard in all() {
        for panel in dashboard.panels() {
            let description = text(&panel["description"]);
            assert!(description.len() > 30 && description.ends_with('.'), "{}", dashboard.place(panel));
        }
    }
}

#[test]
fn every_figure_says_what_it_means_that_there_is_none() {
    let mut figures = 0;
    for dashboard in all() {
        for panel in dashboard.panels().filter(|panel| panel["type"] == "stat") {
            let no_value = text(&panel["fieldConfig"]["defaults"]["noValue"]);
            assert!(!no_value.is_empty(), "{}", dashboard.place(panel));
            figures += 1;
        }
    }
    assert!(figures > 30, "{figures}: the test looks for the wrong thing");
}

#[test]
fn every_value_has_the_unit_of_what_it_is_made_of() {
    let mut checked = 0;
    for dashboard in all() {
        for panel in dashboard.panels() {
            for target in list(&panel["targets"]) {
                let Some((unit, has_words)) = unit(panel, target) else { continue };
                let expression = text(&target["expr"]);
                let place = format!("{}: {expression}", dashboard.place(panel));
                if unit == "none" {
                    assert!(has_words, "{place}: bare numbers");
                } else {
                    assert_eq!(unit, fitting(expression), "{place}");
                }
                checked += 1;
            }
        }
    }
    assert!(checked > 150, "{checked}: the test looks for the wrong thing");
}

/// The unit in which a query's values are shown, and whether numbers are turned into words; `None` if they are not shown.
fn unit<'a>(panel: &'a Value, target: &Value) -> Option<(&'a str, bool)> {
    let defaults = &panel["fieldConfig"]["defaults"];
    if panel["type"] != "table" {
        return Some((text(&defaults["unit"]), !list(&defaults["mappings"]).is_empty()));
    }
    let organize = list(&panel["transformations"]).iter().find(|one| one["id"] == "organize").unwrap();
    let value = format!("Value #{}", text(&target["refId"]));
    let title = organize["options"]["renameByName"].get(&value).or_else(|| {
        assert_eq!(organize["options"]["excludeByName"][&value], true, "{}: {value}", panel["title"]);
        None
    })?;
    let overrides = list(&panel["fieldConfig"]["overrides"]).iter();
    let of_column = overrides.filter(|one| one["matcher"]["options"] == *title);
    let properties: Vec<&Value> = of_column.flat_map(|one| list(&one["properties"])).collect();
    let value =
        |id| properties.iter().find(|property| property["id"] == id).map(|property| &property["value"]);
    Some((text(value("unit").unwrap_or(&defaults["unit"])), value("mappings").is_some()))
}

fn fitting(expression: &str) -> &'static str {
    let metric = Regex::new(r"\b([A-Za-z_]\w*)\{").unwrap();
    let families = metric.captures_iter(expression).filter_map(|found| family(found.get(1)?.as_str()));
    let units: Vec<(Unit, Kind)> = families.map(|family| (family.unit, family.kind)).collect();
    let has = |unit| units.iter().any(|(one, _)| *one == unit);
    let counted = ["count(", "count by", "round(", "topk(10, round("];
    if expression.starts_with("60 * ") {
        "suffix:/min"
    } else if expression.starts_with("1000 * ") {
        "dateTimeFromNow"
    } else if counted.iter().any(|start| expression.starts_with(start)) {
        "short"
    } else if expression.contains(" / ") && !expression.contains("_sum{") || expression.starts_with("avg(") {
        "percentunit"
    } else if has(Unit::Bytes) {
        if expression.contains("rate(") { "Bps" } else { "bytes" }
    } else if expression.starts_with("rate(process_cpu_seconds_total") {
        "percentunit"
    } else if has(Unit::Seconds) || has(Unit::UnixTime) || expression.contains("scrape_duration_seconds") {
        "s"
    } else {
        "short"
    }
}

/// The alerts that there are, each with the dashboard that it opens.
fn alerts() -> Vec<(String, String)> {
    let alert = Regex::new(r"(?s)- alert: (\w+).*?dashboard_url: \S*/d/cloacina-(\w+)").unwrap();
    let files = ["alerts/cloacina-alerts.yaml", "alerts/cloacina-slo.yaml"];
    let read = files.map(|file| fs::read_to_string(in_repository(file)).unwrap()).concat();
    let found: Vec<_> =
        alert.captures_iter(&read).map(|one| (one[1].to_owned(), one[2].to_owned())).collect();
    assert_eq!(found.len(), read.matches("- alert: ").count(), "an alert that opens no dashboard");
    found
}

/// The alerts that its descriptions name.
fn named(dashboard: &Dashboard) -> BTreeSet<String> {
    let name = Regex::new(r"\bCloacina[A-Z]\w+").unwrap();
    let descriptions = dashboard.panels().map(|panel| text(&panel["description"]));
    descriptions.flat_map(|one| name.find_iter(one)).map(|found| found.as_str().to_owned()).collect()
}

#[test]
fn every_alert_is_explained_on_the_dashboard_that_it_opens() {
    let alerts = alerts();
    let mut opened = 0;
    for dashboard in all() {
        let of_it = alerts.iter().filter(|(_, opened)| *opened == dashboard.name);
        let of_it: BTreeSet<String> = of_it.map(|(alert, _)| alert.clone()).collect();
        let unsaid: Vec<_> = of_it.difference(&named(&dashboard)).cloned().collect();
        assert!(unsaid.is_empty(), "{} says nothing of {unsaid:?}", dashboard.name);
        opened += of_it.len();
    }
    assert_eq!(opened, alerts.len(), "an alert opens a dashboard that there is not");
}

#[test]
fn no_description_names_an_alert_that_there_is_not() {
    let alerts: BTreeSet<String> = alerts().into_iter().map(|(alert, _)| alert).collect();
    for dashboard in all() {
        let unknown: Vec<_> = named(&dashboard).difference(&alerts).cloned().collect();
        assert!(unknown.is_empty(), "{}: {unknown:?}", dashboard.name);
    }
}
