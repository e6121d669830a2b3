//! Mistakes in a dashboard that the checks must find, each with what they say of it.

use serde_json::{Value, json};

use crate::check::{self, Workload};
use crate::grafana::Dashboard;
use crate::support::exporter::Exporter;
use crate::support::left_behind;
use crate::support::prometheus::{Format, Prometheus};

const UP: &str = r#"cloacina_state_up{job=~"$job"}"#;

/// A dashboard of one panel and one variable, in which `change` made a mistake.
fn dashboard(change: impl FnOnce(&mut Value)) -> Dashboard {
    let mut text = json!({
        "uid": "planted",
        "time": {"from": "now-1h"},
        "annotations": {"list": []},
        "templating": {"list": [{
            "name": "job", "type": "query", "query": "label_values(cloacina_state_up, job)",
            "includeAll": true, "multi": true, "allValue": ".*",
        }]},
        "panels": [{"type": "row", "title": "collapsed", "panels": [{
            "type": "table",
            "title": "panel",
            "targets": [{"refId": "A", "expr": UP, "instant": true, "format": "table", "legendFormat": "{{tenant}}"}],
            "transformations": [{"id": "organize", "options": {"renameByName": {"tenant": "Tenant"}}}],
        }]}],
    });
    change(&mut text);
    serde_json::from_value(text).unwrap()
}

fn panel(dashboard: &mut Value) -> &mut Value {
    &mut dashboard["panels"][0]["panels"][0]
}

fn add(list: &mut Value, element: Value) {
    list.as_array_mut().expect("it is a list").push(element);
}

fn query(expression: &'static str) -> impl FnOnce(&mut Value) {
    move |dashboard| panel(dashboard)["targets"][0]["expr"] = expression.into()
}

fn mistakes() -> Vec<(&'static str, Dashboard, &'static [&'static str])> {
    vec![
        ("none", dashboard(|_| {}), &[]),
        (
            "a misspelt metric",
            dashboard(query(r#"cloacina_state_upp{job=~"$job"}"#)),
            &["planted/panel (A): an empty answer"],
        ),
        (
            "a misspelt metric behind a fallback to 0",
            dashboard(query(r#"cloacina_state_upp{job=~"$job"} or vector(0)"#)),
            &["planted/panel (A): an empty answer"],
        ),
        (
            "a misspelt metric in a part",
            dashboard(query(r#"cloacina_state_upp{job=~"$job"} or cloacina_state_up{job=~"$job"}"#)),
            &[r#"planted/panel (A): no series for cloacina_state_upp{job=~"$job"}"#],
        ),
        (
            "a wrong label",
            dashboard(query(r#"cloacina_state_up{job=~"$job", schema="a"}"#)),
            &["planted/panel (A): an empty answer"],
        ),
        (
            "a wrong variable in a matcher",
            dashboard(query(r#"cloacina_state_up{tenant=~"$job"}"#)),
            &["planted/panel (A): an empty answer for every value of job"],
        ),
        (
            "a variable that is none",
            dashboard(query(r#"cloacina_state_up{job=~"$jobs"}"#)),
            &["planted/panel (A): there is no variable jobs"],
        ),
        (
            "a label lost before the legend and the table",
            dashboard(query(r#"sum(cloacina_state_up{job=~"$job"})"#)),
            &[
                "planted/panel (A): no series has the label tenant of the legend",
                "planted/panel: organize: there is no column tenant",
            ],
        ),
        (
            "nothing divided by nothing",
            dashboard(query(r#"0 * cloacina_state_up{job=~"$job"} / (0 * cloacina_state_up{job=~"$job"})"#)),
            &["planted/panel (A): 1 of 1 values are no number, such as NaN"],
        ),
        (
            "something divided by nothing",
            dashboard(query(r#"cloacina_state_up{job=~"$job"} / (0 * cloacina_state_up{job=~"$job"})"#)),
            &["planted/panel (A): 1 of 1 values are no number, such as inf"],
        ),
        (
            "a broken expression",
            dashboard(query("sum(cloacina_state_up")),
            &[
                "planted/panel (A): error: invalid parameter \"query\": 1:22: parse error: unclosed left parenthesis",
            ],
        ),
        (
            "a variable without values",
            dashboard(|dashboard| {
                dashboard["templating"]["list"][0]["query"] = "label_values(cloacina_state_up, jobs)".into();
            }),
            &["planted/variable job: no values", "planted/panel (A): an empty answer for every value of job"],
        ),
        (
            "a join by a column that one query lacks",
            dashboard(|dashboard| {
                let panel = panel(dashboard);
                add(
                    &mut panel["targets"],
                    json!({"refId": "B", "expr": "sum(cloacina_state_up)", "instant": true}),
                );
                panel["transformations"][0] = json!({"id": "joinByField", "options": {"byField": "tenant"}});
            }),
            &["planted/panel: joinByField: B has no column tenant"],
        ),
        (
            "rows that cannot be merged",
            dashboard(|dashboard| {
                let panel = panel(dashboard);
                panel["targets"][0]["expr"] = r#"cloacina_exporter_collector_success{job=~"$job"}"#.into();
                let states = r#"cloacina_state_up{job=~"$job"}"#;
                add(&mut panel["targets"], json!({"refId": "B", "expr": states, "instant": true}));
                panel["transformations"][0] = json!({"id": "merge"});
            }),
            &[r#"planted/panel: merge: rows of A agree in {"__name__", "instance", "job", "tenant"}"#],
        ),
        (
            "a sort by a column that is none",
            dashboard(|dashboard| {
                let sort = json!({"id": "sortBy", "options": {"sort": [{"field": "Tenants"}]}});
                add(&mut panel(dashboard)["transformations"], sort);
            }),
            &["planted/panel: sortBy: there is no column Tenants"],
        ),
    ]
}

#[tokio::test]
async fn every_planted_mistake_is_found_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = left_behind::ALL[2].write_sqlite(folder.path()).await;
    let file = file.to_str().unwrap();
    let exporter =
        Exporter::start(&["--database", file, "--poll.interval", "1s", "--state.file", "none"]).await;
    let prometheus = Prometheus::start(exporter.address(), "/metrics", Format::OpenMetrics, &[]).await;
    prometheus.until_answered("cloacina_state_up").await;
    for (mistake, dashboard, expected) in mistakes() {
        let tally = check::dashboard(&prometheus, &dashboard, Workload::Full { may_be_empty: &[] }).await;
        assert_eq!(tally.findings, expected.iter().map(|&finding| finding.to_owned()).collect(), "{mistake}");
    }
    let stat = dashboard(query(r#"count(cloacina_state_up{job=~"$job"}) or vector(0)"#));
    let tally = check::dashboard(&prometheus, &stat, Workload::Empty).await;
    assert_eq!(tally.findings, ["planted/panel (A): [1.0] instead of 0".to_owned()].into());
}

#[tokio::test]
async fn a_panel_listed_as_empty_that_is_not_is_named() {
    let mut tally = crate::report::Tally::new("planted");
    tally.empties.insert("planted/empty".to_owned());
    assert_eq!(check::listed_in_vain(&["planted/empty", "planted/full"], &[tally]), ["planted/full"].into());
}
