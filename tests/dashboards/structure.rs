//! Places, names, data sources, variables and links.

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::{Value, json};

use super::read::{NAMES, all, list, text};

#[test]
fn every_element_has_a_number_of_its_own() {
    for dashboard in all() {
        let mut seen = BTreeSet::new();
        for element in dashboard.elements() {
            let id = element["id"].as_u64().unwrap();
            assert!(id > 0 && seen.insert(id), "{}: {id}", dashboard.place(element));
        }
        assert!(seen.len() > 20, "{}: the test looks for the wrong thing", dashboard.name);
    }
}

#[test]
fn titles_are_unique_within_a_row() {
    for dashboard in all() {
        let mut seen = BTreeSet::new();
        for element in dashboard.elements() {
            let title = text(&element["title"]);
            if element["type"] == "row" {
                seen.clear();
                assert!(!title.is_empty(), "{}", dashboard.name);
            } else {
                assert!(!title.is_empty() && seen.insert(title), "{}", dashboard.place(element));
            }
        }
    }
}

#[test]
fn nothing_overlaps_or_leaves_the_grid() {
    for dashboard in all() {
        let mut taken = BTreeSet::new();
        for element in dashboard.elements() {
            let of = |key: &str| element["gridPos"][key].as_u64().unwrap();
            let (x, y, width, height) = (of("x"), of("y"), of("w"), of("h"));
            assert!(width > 0 && height > 0 && x + width <= 24, "{}", dashboard.place(element));
            for cell in (x..x + width).flat_map(|x| (y..y + height).map(move |y| (x, y))) {
                assert!(taken.insert(cell), "{} overlaps at {cell:?}", dashboard.place(element));
            }
        }
        // A line that is not filled looks as if something were missing.
        let last = taken.iter().map(|(_, y)| *y).max().unwrap();
        for y in 0..=last {
            assert!((0..24).all(|x| taken.contains(&(x, y))), "{}: line {y} has a hole", dashboard.name);
        }
    }
}

#[test]
fn every_query_goes_to_the_chosen_data_source() {
    let chosen = json!({"type": "prometheus", "uid": "${datasource}"});
    for dashboard in all() {
        let mut asked = 0;
        for panel in dashboard.panels() {
            assert_eq!(panel["datasource"], chosen, "{}", dashboard.place(panel));
            for target in list(&panel["targets"]) {
                assert_eq!(target["datasource"], chosen, "{}", dashboard.place(panel));
                asked += 1;
            }
        }
        let queried = dashboard.variables().iter().filter(|variable| variable["type"] == "query");
        for other in queried.chain(list(&dashboard.json["annotations"]["list"])) {
            assert_eq!(other["datasource"], chosen, "{}: {}", dashboard.name, other["name"]);
            asked += 1;
        }
        assert_eq!(asked, dashboard.expressions().len(), "{}", dashboard.name);
    }
}

#[test]
fn all_have_the_same_variables_and_hide_those_that_nothing_asks_for() {
    let expected = [
        ("datasource", "prometheus"),
        ("job", "label_values(cloacina_state_up, job)"),
        ("tenant", r#"label_values(cloacina_state_up{job=~"$job"}, tenant)"#),
        (
            "workflow",
            r#"label_values(cloacina_state_workflow_executions_total{job=~"$job", tenant=~"$tenant"}, workflow)"#,
        ),
        (
            "schedule",
            r#"label_values(cloacina_state_schedule_info{job=~"$job", tenant=~"$tenant", workflow=~"$workflow"}, schedule)"#,
        ),
    ];
    for dashboard in all() {
        let variables = dashboard.variables();
        let found: Vec<_> = variables.iter().map(|one| (text(&one["name"]), text(&one["query"]))).collect();
        assert_eq!(found, expected, "{}", dashboard.name);
        for variable in &variables[1..] {
            let name = text(&variable["name"]);
            let one_at_a_time = dashboard.name == "workflow" && name == "workflow";
            assert_eq!(variable["multi"], !one_at_a_time, "{}: {name}", dashboard.name);
            assert_eq!((&variable["includeAll"], text(&variable["allValue"])), (&Value::Bool(true), ".*"));
            let asked = dashboard.panels().flat_map(|panel| list(&panel["targets"]));
            let is_asked =
                asked.into_iter().any(|one| text(&one["expr"]).contains(&format!("=~\"${name}\"")));
            assert_eq!(variable["hide"], if is_asked { 0 } else { 2 }, "{}: {name}", dashboard.name);
        }
    }
}

#[test]
fn each_dashboard_links_to_the_others_by_their_tag_with_variables_and_time() {
    for dashboard in all() {
        assert_eq!(dashboard.json["uid"], format!("cloacina-{}", dashboard.name));
        assert_eq!(dashboard.json["tags"], json!(["cloacina"]));
        let [link] = list(&dashboard.json["links"]) else { panic!("{}", dashboard.name) };
        assert_eq!((&link["type"], &link["tags"]), (&json!("dashboards"), &json!(["cloacina"])));
        assert_eq!((&link["includeVars"], &link["keepTime"]), (&json!(true), &json!(true)));
    }
}

#[test]
fn links_of_rows_open_a_dashboard_with_columns_that_the_table_has() {
    let url = Regex::new(r"^/d/cloacina-(\w+)\?\$\{__url_time_range\}&(.+)$").unwrap();
    let variable = Regex::new(r"^(?:var-(\w+)=\$\{__data\.fields\.(\w+)\}|\$\{(\w+):queryparam\})$").unwrap();
    let mut found = 0;
    for dashboard in all() {
        for panel in dashboard.panels() {
            let columns = columns(panel);
            let overrides = list(&panel["fieldConfig"]["overrides"]).iter();
            let properties = overrides.flat_map(|one| list(&one["properties"]));
            let links = properties.filter(|property| property["id"] == "links");
            for link in links.flat_map(|property| list(&property["value"])) {
                let place = format!("{}: {}", dashboard.place(panel), link["url"]);
                let parts = url.captures(text(&link["url"])).expect(&place);
                assert!(NAMES.contains(&&parts[1]), "{place}");
                let mut carried = Vec::new();
                for part in parts[2].split('&') {
                    let part = variable.captures(part).expect(&place);
                    carried.push(part.get(1).or(part.get(3)).unwrap().as_str());
                    assert!(part.get(2).is_none_or(|column| columns.contains(column.as_str())), "{place}");
                }
                assert_eq!(carried, ["datasource", "job", "tenant", "workflow", "schedule"], "{place}");
                found += 1;
            }
        }
    }
    assert!(found > 20, "{found}: the test looks for the wrong thing");
}

#[test]
fn tables_are_sorted_by_a_column_of_theirs_and_style_no_other() {
    let mut tables = 0;
    for dashboard in all() {
        for panel in dashboard.panels().filter(|panel| panel["type"] == "table") {
            let place = dashboard.place(panel);
            let columns = columns(panel);
            let [sort] = list(&panel["options"]["sortBy"]) else { panic!("{place} is not sorted") };
            assert!(columns.contains(text(&sort["displayName"])), "{place}");
            for one in list(&panel["fieldConfig"]["overrides"]) {
                assert!(columns.contains(text(&one["matcher"]["options"])), "{place}: {}", one["matcher"]);
            }
            assert!(list(&panel["targets"]).iter().all(|target| target["format"] == "table"), "{place}");
            assert!(list(&panel["targets"]).iter().all(|target| target["instant"] == true), "{place}");
            tables += 1;
        }
    }
    assert!(tables > 10, "{tables}: the test looks for the wrong thing");
}

/// The titles of a table's columns.
pub fn columns(panel: &Value) -> BTreeSet<&str> {
    let organize = list(&panel["transformations"]).iter().find(|one| one["id"] == "organize");
    let renamed = organize.and_then(|one| one["options"]["renameByName"].as_object());
    renamed.into_iter().flat_map(|names| names.values()).map(text).collect()
}
