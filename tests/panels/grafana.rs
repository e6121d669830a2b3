//! What is read of a dashboard's JSON: every query in it, and what its tables need of the answers. Knows nothing of
//! Prometheus, and judges nothing: the structure of the files is another test's business.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
pub struct Dashboard {
    pub uid: String,
    #[serde(default)]
    panels: Vec<Panel>,
    templating: List<Variable>,
    annotations: List<Annotation>,
    /// What it shows when it is opened.
    time: Range,
}

#[derive(Debug, Deserialize)]
struct List<T> {
    list: Vec<T>,
}

#[derive(Debug, Deserialize)]
struct Range {
    from: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Panel {
    #[serde(default)]
    pub title: String,
    #[serde(rename = "type")]
    pub kind: String,
    /// Of a collapsed row.
    #[serde(default)]
    panels: Vec<Self>,
    #[serde(default)]
    targets: Vec<Target>,
    #[serde(default)]
    transformations: Vec<Transformation>,
    #[serde(default)]
    field_config: FieldConfig,
    /// Shows this much instead of the dashboard's range.
    time_from: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    #[serde(default)]
    pub ref_id: String,
    pub expr: Option<String>,
    #[serde(default)]
    instant: bool,
    range: Option<bool>,
    #[serde(default)]
    pub format: Format,
    #[serde(default)]
    pub exemplar: bool,
    #[serde(default)]
    pub legend_format: String,
    /// The least step of a range.
    pub interval: Option<String>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    #[default]
    TimeSeries,
    Table,
    Heatmap,
}

#[derive(Debug, Deserialize)]
pub struct Transformation {
    pub id: String,
    #[serde(default)]
    pub options: Value,
}

#[derive(Debug, Default, Deserialize)]
struct FieldConfig {
    #[serde(default)]
    overrides: Vec<Override>,
}

#[derive(Debug, Deserialize)]
struct Override {
    matcher: Matcher,
}

#[derive(Debug, Deserialize)]
struct Matcher {
    id: String,
    #[serde(default)]
    options: Value,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Variable {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    query: Value,
    #[serde(default)]
    pub include_all: bool,
    pub all_value: Option<String>,
    #[serde(default)]
    pub multi: bool,
}

#[derive(Debug, Deserialize)]
pub struct Annotation {
    #[serde(default)]
    pub name: String,
    pub expr: Option<String>,
}

impl Dashboard {
    /// # Panics
    /// If the file is none, or not the JSON of a dashboard.
    pub fn read(path: &Path) -> Self {
        let text =
            std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Those that ask something, also in collapsed rows.
    pub fn panels(&self) -> Vec<&Panel> {
        let inner = self.panels.iter().flat_map(|panel| std::iter::once(panel).chain(&panel.panels));
        inner.filter(|panel| panel.targets.iter().any(|target| target.expr.is_some())).collect()
    }

    pub fn variables(&self) -> &[Variable] {
        &self.templating.list
    }

    pub fn annotations(&self) -> &[Annotation] {
        &self.annotations.list
    }

    /// Such as `6h`, of `panel` or of all.
    pub fn range<'a>(&'a self, panel: Option<&'a Panel>) -> &'a str {
        let own = panel.and_then(|panel| panel.time_from.as_deref());
        own.or(self.time.from.strip_prefix("now-")).unwrap_or("1h")
    }
}

impl Panel {
    pub fn targets(&self) -> impl Iterator<Item = &Target> {
        self.targets.iter().filter(|target| target.expr.is_some())
    }

    pub fn transformations(&self) -> &[Transformation] {
        &self.transformations
    }

    /// Columns that overrides name.
    pub fn overridden(&self) -> impl Iterator<Item = &str> {
        let by_name = self.field_config.overrides.iter().filter(|found| found.matcher.id == "byName");
        by_name.filter_map(|found| found.matcher.options.as_str())
    }
}

impl Target {
    pub fn expression(&self) -> &str {
        self.expr.as_deref().unwrap_or_default()
    }

    pub fn is_instant(&self) -> bool {
        self.instant
    }

    /// Both may be asked for; a target that says neither is a range.
    pub fn is_range(&self) -> bool {
        self.range.unwrap_or(!self.instant)
    }
}

impl Variable {
    /// What is asked for its values; `None` for a kind that asks nothing.
    pub fn definition(&self) -> Option<&str> {
        let text = self.query.as_str().or_else(|| self.query["query"].as_str());
        (self.kind == "query").then_some(text.unwrap_or_default())
    }
}
