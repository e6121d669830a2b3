//! What is used of the JSON of Grafana's dashboards, as types: a misspelt key is then a compile error.
//!
//! `tests/dashboards_schema.py` compares it with the types that Grafana publishes.

mod field;
mod options;
mod transformation;

use serde::Serialize;

pub use field::*;
pub use options::*;
pub use transformation::*;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Dashboard {
    pub uid: &'static str,
    pub title: &'static str,
    pub description: &'static str,
    pub tags: Vec<&'static str>,
    pub timezone: &'static str,
    pub editable: bool,
    /// 1: the crosshair is shared by all panels.
    pub graph_tooltip: u8,
    pub time: TimeRange,
    pub refresh: &'static str,
    pub schema_version: u32,
    pub links: Vec<DashboardLink>,
    pub templating: List<Variable>,
    pub annotations: List<Annotation>,
    pub panels: Vec<Element>,
}

#[derive(Debug, Serialize)]
pub struct List<T> {
    pub list: Vec<T>,
}

#[derive(Debug, Serialize)]
pub struct TimeRange {
    pub from: &'static str,
    pub to: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DashboardLink {
    pub title: &'static str,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub icon: &'static str,
    pub tooltip: &'static str,
    pub url: String,
    pub tags: Vec<&'static str>,
    pub as_dropdown: bool,
    pub target_blank: bool,
    pub include_vars: bool,
    pub keep_time: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct DataSource {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub uid: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Variable {
    pub name: &'static str,
    pub label: &'static str,
    pub description: &'static str,
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// 0: shown; 2: hidden, and still carried by links.
    pub hide: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub datasource: Option<DataSource>,
    pub query: String,
    pub multi: bool,
    pub include_all: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all_value: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<Choice>,
    /// 1: when the dashboard is loaded; 2: also when the time range changes.
    pub refresh: u8,
    /// 1: by name.
    pub sort: u8,
}

#[derive(Debug, Serialize)]
pub struct Choice {
    pub text: Vec<&'static str>,
    pub value: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Annotation {
    pub name: &'static str,
    pub datasource: DataSource,
    pub enable: bool,
    pub hide: bool,
    pub icon_color: &'static str,
    pub expr: String,
    pub title_format: &'static str,
    pub text_format: &'static str,
    pub tag_keys: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Element {
    Row(Row),
    Panel(Box<Panel>),
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub id: u32,
    pub title: &'static str,
    pub collapsed: bool,
    pub grid_pos: Position,
    pub panels: [(); 0],
}

#[derive(Debug, Default, Clone, Copy, Serialize)]
pub struct Position {
    pub x: u32,
    pub y: u32,
    pub w: u32,
    pub h: u32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Panel {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub id: u32,
    pub title: &'static str,
    pub description: String,
    pub grid_pos: Position,
    pub datasource: DataSource,
    pub targets: Vec<Target>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_from: Option<&'static str>,
    pub field_config: FieldConfig,
    pub options: Options,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub transformations: Vec<Transformation>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    pub ref_id: String,
    pub datasource: DataSource,
    pub expr: String,
    pub editor_mode: &'static str,
    pub format: Format,
    pub instant: bool,
    pub range: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legend_format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<&'static str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub exemplar: bool,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    TimeSeries,
    Table,
    Heatmap,
}
