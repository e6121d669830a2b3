//! Queries pass the analysis of PromQL, filter by all variables that apply, and keep the dashboards' own customs.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use cloacina_exporter::catalogue;
use cloacina_exporter::snapshot::{Description, Kind};
use regex::Regex;

use super::promql::{grafana, rules};
use super::read::{all, list, text};
use super::structure::columns;

/// Metrics of Prometheus itself. Those of alerts are filtered otherwise, as not all alerts have a job or a tenant.
const OF_PROMETHEUS: [&str; 1] = ["scrape_duration_seconds"];
const OF_ALERTS: [&str; 2] = ["ALERTS", "ALERTS_FOR_STATE"];

static SELECTOR: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b([A-Za-z_:][\w:]*)\{([^}]*)\}(?:\[([^\]]+)\])?").unwrap());

static FAMILIES: LazyLock<BTreeMap<&str, &Description>> = LazyLock::new(|| {
    catalogue::descriptions().into_iter().map(|description| (description.name, description)).collect()
});

/// A metric in a query, with its filters and what follows them.
#[derive(Debug)]
struct Selector<'a> {
    metric: &'a str,
    filters: &'a str,
    window: Option<&'a str>,
}

fn selectors(expression: &str) -> Vec<Selector<'_>> {
    let found = SELECTOR.captures_iter(expression);
    let part = |group: Option<regex::Match<'_>>| group.map(|group| &expression[group.range()]);
    found
        .map(|found| Selector {
            metric: part(found.get(1)).unwrap(),
            filters: part(found.get(2)).unwrap(),
            window: part(found.get(3)),
        })
        .collect()
}

/// The family of a metric, also by the name of a histogram's parts.
pub fn family(metric: &str) -> Option<&'static Description> {
    let of_histogram = ["_bucket", "_count", "_sum"].into_iter().find_map(|suffix| {
        let family = FAMILIES.get(metric.strip_suffix(suffix)?)?;
        (family.kind == Kind::Histogram).then_some(*family)
    });
    FAMILIES.get(metric).copied().filter(|family| family.kind != Kind::Histogram).or(of_histogram)
}

#[test]
fn every_metric_exists_and_is_filtered_by_all_variables_that_it_has_labels_for() {
    let mut checked = 0;
    for dashboard in all() {
        for (place, expression) in dashboard.expressions() {
            for Selector { metric, filters, .. } in selectors(expression) {
                if OF_ALERTS.contains(&metric) {
                    assert!(filters.contains(r#"alertname=~"Cloacina.*""#), "{place}: {metric}");
                    assert!(filters.contains(r#"tenant=~"$tenant|""#), "{place}: {metric}");
                    continue;
                }
                let labels = match family(metric) {
                    Some(family) => family.labels,
                    None if OF_PROMETHEUS.contains(&metric) => &[],
                    None => panic!("{place}: there is no {metric}"),
                };
                for variable in ["job", "tenant", "workflow", "schedule"] {
                    let filter = format!("{variable}=~\"${variable}\"");
                    let applies = variable == "job" || labels.contains(&variable);
                    // What is chosen later cannot filter what it is chosen from.
                    let is_choice = expression.starts_with("label_values(");
                    let found = filters.split(", ").any(|one| one == filter);
                    assert!(found == applies || (is_choice && !found), "{place}: {metric}: {filters}");
                }
                checked += 1;
            }
        }
    }
    assert!(checked > 200, "{checked}: the test looks for the wrong thing");
}

#[test]
fn every_query_names_what_exists_and_joins_what_can_match() {
    let catalogue = rules::catalogue();
    let mut findings = Vec::new();
    for dashboard in all() {
        for (place, expression) in dashboard.expressions() {
            let found = if expression.starts_with("label_values(") {
                grafana::analyse_variable(&catalogue, expression)
            } else {
                grafana::analyse(&catalogue, expression).map(|_| ())
            };
            let found = found.err().unwrap_or_default().into_iter();
            findings.extend(found.map(|finding| format!("{place}: {finding}")));
        }
    }
    assert!(findings.is_empty(), "{findings:#?}");
}

#[test]
fn no_metric_stands_without_filters() {
    let name = Regex::new(r"\b(?:cloacina|process)_\w+\b").unwrap();
    for dashboard in all() {
        for (place, expression) in dashboard.expressions() {
            for found in name.find_iter(expression) {
                let bare = !expression[found.end()..].starts_with('{');
                let is_choice_of_jobs = expression == "label_values(cloacina_state_up, job)";
                assert!(!bare || is_choice_of_jobs, "{place}: {}", found.as_str());
            }
        }
    }
}

#[test]
fn a_window_is_the_dashboards_or_said_in_words() {
    let words: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("1h", ["1 h", "1 hour", "last hour"].as_slice()),
        ("6h", ["6 hours"].as_slice()),
        ("24h", ["24 h"].as_slice()),
        ("1d", ["each day"].as_slice()),
        ("7d", ["7 days"].as_slice()),
    ]);
    for dashboard in all() {
        for panel in dashboard.panels() {
            let mut said = text(&panel["title"]).to_owned();
            said.extend(columns(panel));
            for target in list(&panel["targets"]) {
                let said = format!("{said} {}", text(&target["legendFormat"]));
                for window in selectors(text(&target["expr"])).into_iter().filter_map(|found| found.window) {
                    let is_said = match words.get(window) {
                        Some(words) => words.iter().any(|word| said.contains(word)),
                        None => ["$__rate_interval", "$__range"].contains(&window),
                    };
                    assert!(is_said, "{}: {window}", dashboard.place(panel));
                    // What is shown over time must not be of all of that time.
                    let is_whole_range = window == "$__range" && target["instant"] == false;
                    assert!(!is_whole_range, "{}", dashboard.place(panel));
                }
            }
        }
    }
}

#[test]
fn no_query_names_an_unknown_variable() {
    let known = ["job", "tenant", "workflow", "schedule"];
    for dashboard in all() {
        for (place, expression) in dashboard.expressions() {
            for variable in grafana::variables(expression) {
                assert!(known.contains(&variable.as_str()), "{place}: {variable}");
            }
        }
    }
}

#[test]
fn no_ratio_divides_by_nothing() {
    let division = Regex::new(r" / (.{0,2})").unwrap();
    let mut ratios = 0;
    for dashboard in all() {
        for (place, expression) in dashboard.expressions() {
            for found in division.find_iter(expression) {
                let divisor = &expression[found.start() + 3..];
                // A grace is 60 seconds at least.
                let is_grace = divisor.starts_with("max by") && divisor.contains("_grace_seconds{");
                let is_guarded = divisor.starts_with('(') && divisor.contains(" > 0)");
                assert!(is_guarded || is_grace, "{place}: {expression}");
                ratios += 1;
            }
            let quantile = expression.starts_with("histogram_quantile(");
            assert!(!quantile || expression.ends_with(" >= 0"), "{place}: NaN where nothing was observed");
        }
    }
    assert!(ratios > 5, "{ratios}: the test looks for the wrong thing");
}

#[test]
fn queries_of_a_panel_have_letters_of_their_own() {
    for dashboard in all() {
        for panel in dashboard.panels() {
            let letters: Vec<_> =
                list(&panel["targets"]).iter().map(|target| text(&target["refId"]).to_owned()).collect();
            let expected: Vec<_> = ('A'..).take(letters.len()).map(String::from).collect();
            assert!(!letters.is_empty() && letters == expected, "{}: {letters:?}", dashboard.place(panel));
        }
    }
}
