//! The form of `dashboards/datadog/dashboard.json`, as far as the dashboard uses what Datadog knows: other keys are refused.

use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dashboard {
    pub title: String,
    pub description: String,
    pub layout_type: Ordered,
    #[serde(rename = "reflow_type")]
    pub _reflow_type: Fixed,
    pub template_variables: Vec<Variable>,
    pub notify_list: Vec<String>,
    pub widgets: Vec<Placed<Group>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ordered {
    Ordered,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fixed {
    Fixed,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    pub name: String,
    pub prefix: String,
    pub available_values: Vec<String>,
    pub defaults: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Placed<T> {
    pub definition: T,
    pub layout: Layout,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub title: String,
    #[serde(rename = "type")]
    pub _kind: GroupKind,
    #[serde(rename = "layout_type")]
    pub _layout_type: Ordered,
    #[serde(rename = "show_title")]
    pub _show_title: bool,
    pub widgets: Vec<Placed<Widget>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupKind {
    Group,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Widget {
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
pub struct Request {
    pub response_format: Response,
    #[serde(default)]
    pub display_type: Option<String>,
    pub queries: Vec<Named>,
    pub formulas: Vec<Formula>,
    #[serde(default)]
    pub sort: Option<serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    Scalar,
    Timeseries,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    pub name: String,
    pub data_source: String,
    pub query: String,
    #[serde(default)]
    pub aggregator: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Formula {
    pub formula: String,
    #[serde(default)]
    pub alias: Option<String>,
    #[serde(default, rename = "cell_display_mode")]
    pub _cell_display_mode: Option<String>,
    #[serde(default, rename = "conditional_formats")]
    pub _conditional_formats: Vec<serde_json::Value>,
    #[serde(default, rename = "number_format")]
    pub _number_format: Option<serde_json::Value>,
}
