//! `dashboards/datadog/dashboard.json`: its form, its grid, and what its queries and formulas name.
//!
//! Keys that the dashboard does not use are refused, though Datadog knows more.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::expression::{Expression, Query};
use crate::{names, read};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Dashboard {
    title: String,
    description: String,
    layout_type: Ordered,
    #[serde(rename = "reflow_type")]
    _reflow_type: Fixed,
    template_variables: Vec<Variable>,
    notify_list: Vec<String>,
    widgets: Vec<Placed<Group>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Ordered {
    Ordered,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Fixed {
    Fixed,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Variable {
    name: String,
    prefix: String,
    available_values: Vec<String>,
    defaults: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Placed<T> {
    definition: T,
    layout: Layout,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Layout {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    title: String,
    #[serde(rename = "type")]
    _kind: GroupKind,
    #[serde(rename = "layout_type")]
    _layout_type: Ordered,
    #[serde(rename = "show_title")]
    _show_title: bool,
    widgets: Vec<Placed<Widget>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum GroupKind {
    Group,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Widget {
    QueryValue {
        title: String,
        #[serde(rename = "autoscale")]
        _autoscale: bool,
        #[serde(rename = "precision")]
        _precision: u8,
        requests: Vec<Request>,
    },
    Timeseries {
        title: String,
        #[serde(rename = "show_legend")]
        _show_legend: bool,
        #[serde(rename = "legend_layout")]
        _legend_layout: String,
        #[serde(rename = "legend_columns")]
        _legend_columns: Vec<String>,
        requests: Vec<Request>,
    },
    Toplist {
        title: String,
        requests: Vec<Request>,
    },
    QueryTable {
        title: String,
        #[serde(rename = "has_search_bar")]
        _has_search_bar: String,
        requests: Vec<Request>,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    response_format: Response,
    #[serde(default)]
    display_type: Option<String>,
    queries: Vec<Named>,
    formulas: Vec<Formula>,
    #[serde(default)]
    sort: Option<serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Response {
    Scalar,
    Timeseries,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
    data_source: String,
    query: String,
    #[serde(default)]
    aggregator: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Formula {
    formula: String,
    #[serde(default)]
    alias: Option<String>,
    #[serde(default, rename = "cell_display_mode")]
    _cell_display_mode: Option<String>,
    #[serde(default, rename = "conditional_formats")]
    _conditional_formats: Vec<serde_json::Value>,
    #[serde(default, rename = "number_format")]
    _number_format: Option<serde_json::Value>,
}

fn check(text: &str) -> Vec<String> {
    let dashboard: Dashboard = match serde_json::from_str(text) {
        Ok(dashboard) => dashboard,
        Err(error) => return vec![error.to_string()],
    };
    let Ordered::Ordered = dashboard.layout_type;
    let variables: Vec<_> = dashboard.template_variables.iter().map(|one| one.name.clone()).collect();
    let mut problems = Vec::new();
    for variable in &dashboard.template_variables {
        // An exported value would hide the tenants of everyone else.
        let open = variable.available_values.is_empty() && variable.defaults == ["*"];
        if variable.prefix != variable.name || !open {
            problems.push(format!("template variable {}", variable.name));
        }
    }
    if dashboard.title.is_empty() || dashboard.description.is_empty() || !dashboard.notify_list.is_empty() {
        problems.push("title, description or notify_list".to_owned());
    }
    problems.extend(overlaps("the dashboard", dashboard.widgets.iter().map(|group| group.layout)));
    for group in &dashboard.widgets {
        let Group { title, widgets, .. } = &group.definition;
        problems.extend(overlaps(title, widgets.iter().map(|widget| widget.layout)));
        let bottom = widgets.iter().map(|widget| widget.layout.y + widget.layout.height).max().unwrap_or(0);
        if group.layout.height != bottom + 1 {
            problems.push(format!("{title}: height {} around {bottom}", group.layout.height));
        }
        for widget in widgets {
            problems.extend(check_widget(&widget.definition, &variables));
        }
    }
    problems
}

/// A grid is twelve columns wide.
fn overlaps(what: &str, layouts: impl Iterator<Item = Layout>) -> Option<String> {
    let mut taken = BTreeSet::new();
    for Layout { x, y, width, height } in layouts {
        let cells = (x..x + width).flat_map(|column| (y..y + height).map(move |row| (column, row)));
        for cell in cells {
            if cell.0 >= 12 || !taken.insert(cell) {
                return Some(format!("{what}: {cell:?} is outside or taken twice"));
            }
        }
    }
    None
}

fn check_widget(widget: &Widget, variables: &[String]) -> Vec<String> {
    let (title, requests, format, sorted) = match widget {
        Widget::QueryValue { title, requests, .. } => (title, requests, Response::Scalar, false),
        Widget::Timeseries { title, requests, .. } => (title, requests, Response::Timeseries, false),
        Widget::Toplist { title, requests } => (title, requests, Response::Scalar, true),
        Widget::QueryTable { title, requests, .. } => (title, requests, Response::Scalar, true),
    };
    let [request] = &requests[..] else { return vec![format!("{title}: one request")] };
    let mut problems = Vec::new();
    let fits = request.response_format == format
        && request.sort.is_some() == sorted
        && request.display_type.is_some() == (format == Response::Timeseries);
    if title.is_empty() || !fits {
        problems.push("the request is not one of such a widget".to_owned());
    }
    problems.extend(check_request(request, variables));
    problems.into_iter().map(|problem| format!("{title}: {problem}")).collect()
}

fn check_request(request: &Request, variables: &[String]) -> Vec<String> {
    let mut problems = Vec::new();
    let mut queries: Vec<(&str, Query)> = Vec::new();
    for named in &request.queries {
        let aggregated = named.aggregator.is_some() == (request.response_format == Response::Scalar);
        if named.data_source != "metrics"
            || !aggregated
            || queries.iter().any(|(name, _)| *name == named.name)
        {
            problems.push(format!("query {}", named.name));
        }
        match names::parse(&named.query, &mut problems) {
            Some(Expression::Query(query)) => {
                problems.extend(names::check(&query, variables));
                queries.push((&named.name, query));
            }
            Some(_) => problems.push(format!("{}: more than a query", named.query)),
            None => {}
        }
    }
    let mut used = BTreeSet::new();
    for formula in &request.formulas {
        let Some(parsed) = names::parse(&formula.formula, &mut problems) else { continue };
        let named: Vec<_> = parsed.leaves().into_iter().filter_map(name).collect();
        let found = |name: &&str| queries.iter().find(|(other, _)| other == name).map(|(_, query)| query);
        problems
            .extend(named.iter().filter(|name| found(name).is_none()).map(|name| format!("no query {name}")));
        if !names::grouped_alike(named.iter().filter_map(found)) {
            problems.push(format!("{}: different groups", formula.formula));
        }
        if formula.alias.as_deref() == Some("") {
            problems.push("an empty alias".to_owned());
        }
        used.extend(named.into_iter().map(str::to_owned));
    }
    let unused = queries.iter().filter(|(name, _)| !used.contains(*name));
    problems.extend(unused.map(|(name, _)| format!("query {name} is not used")));
    problems
}

fn name(leaf: &Expression) -> Option<&str> {
    match leaf {
        Expression::Name(name) => Some(name),
        _ => None,
    }
}

#[test]
fn the_dashboard_is_well_formed_and_names_what_is_pushed() {
    assert_eq!(check(&read("dashboards/datadog/dashboard.json")), Vec::<String>::new());
}

#[test]
fn the_dashboard_has_every_kind_of_widget_and_the_three_variables() {
    let dashboard: Dashboard = serde_json::from_str(&read("dashboards/datadog/dashboard.json")).unwrap();
    let names: Vec<_> = dashboard.template_variables.iter().map(|variable| variable.name.as_str()).collect();
    assert_eq!(names, ["tenant", "workflow", "schedule"]);
    let mut counts = [0; 4];
    for widget in dashboard.widgets.iter().flat_map(|group| &group.definition.widgets) {
        counts[match widget.definition {
            Widget::QueryValue { .. } => 0,
            Widget::Timeseries { .. } => 1,
            Widget::Toplist { .. } => 2,
            Widget::QueryTable { .. } => 3,
        }] += 1;
    }
    assert_eq!(counts, [6, 24, 8, 2]);
}

#[test]
fn each_slip_in_the_dashboard_is_found() {
    let text = read("dashboards/datadog/dashboard.json");
    for (right, wrong, slip) in [
        ("cloacina.state.up{", "cloacina.state.upp{", "no such metric"),
        ("{$tenant,$workflow}", "{$tenant,$workflows}", "no template variable"),
        ("\"formula\": \"default_zero(active)\"", "\"formula\": \"default_zero(actve)\"", "no query actve"),
        ("late - grace", "late - late", "query grace is not used"),
        ("age / interval", "age // interval", "a word instead of"),
        (
            "\"response_format\": \"timeseries\"",
            "\"response_format\": \"scalar\"",
            "not one of such a widget",
        ),
        ("\"data_source\": \"metrics\"", "\"data_source\": \"logs\"", "query up"),
        ("\"aggregator\": \"last\"", "\"agregator\": \"last\"", "unknown field"),
        ("\"type\": \"toplist\"", "\"type\": \"top_list\"", "unknown variant"),
        ("\"x\": 2,", "\"x\": 1,", "taken twice"),
        ("\"x\": 10,", "\"x\": 11,", "outside"),
        ("\"defaults\": [\n        \"*\"", "\"defaults\": [\n        \"acme\"", "template variable tenant"),
        (
            "schedule.grace{$tenant,$workflow,$schedule} by {tenant,",
            "schedule.grace{*} by {",
            "different groups",
        ),
    ] {
        assert!(text.contains(right), "{right}");
        let found = check(&text.replacen(right, wrong, 1));
        assert!(found.iter().any(|problem| problem.contains(slip)), "{wrong}: {found:?}");
    }
}
