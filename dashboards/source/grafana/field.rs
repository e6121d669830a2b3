//! How values look: units, colours, mappings, links, and what differs for single fields.

use serde::Serialize;

#[derive(Debug, Default, Serialize)]
pub struct FieldConfig {
    pub defaults: Field,
    pub overrides: Vec<Override>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Field {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimals: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_value: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<Color>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thresholds: Option<Thresholds>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mappings: Vec<Mapping>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<DataLink>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom: Option<Custom>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Unit {
    #[serde(rename = "short")]
    Count,
    #[serde(rename = "s")]
    Seconds,
    #[serde(rename = "bytes")]
    Bytes,
    #[serde(rename = "Bps")]
    BytesPerSecond,
    /// A ratio of 0 to 1, shown in per cent.
    #[serde(rename = "percentunit")]
    Ratio,
    #[serde(rename = "suffix:/min")]
    PerMinute,
    /// Milliseconds since 1970, shown as "3 minutes ago" or "in an hour".
    #[serde(rename = "dateTimeFromNow")]
    FromNow,
    /// Numbers that a mapping turns into words.
    #[serde(rename = "none")]
    Word,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Color {
    pub mode: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixed_color: Option<&'static str>,
}

impl Color {
    pub const BY_THRESHOLD: Self = Self { mode: "thresholds", fixed_color: None };
    pub const BY_SERIES: Self = Self { mode: "palette-classic", fixed_color: None };

    pub const fn fixed(color: &'static str) -> Self {
        Self { mode: "fixed", fixed_color: Some(color) }
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct Thresholds {
    pub mode: &'static str,
    pub steps: Vec<Step>,
}

/// From `value` on, which is nothing for the lowest step, the colour is this.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Step {
    pub value: Option<f64>,
    pub color: &'static str,
}

#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", content = "options", rename_all = "lowercase")]
pub enum Mapping {
    Value(std::collections::BTreeMap<String, Shown>),
}

#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    pub text: &'static str,
    pub color: &'static str,
    pub index: usize,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DataLink {
    pub title: &'static str,
    pub url: String,
    pub target_blank: bool,
}

/// What only some kinds of panels know.
#[derive(Debug, Default, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Custom {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draw_style: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line_width: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fill_opacity: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub show_points: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stacking: Option<Stacking>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thresholds_style: Option<ThresholdsStyle>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub align: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell_options: Option<Cell>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filterable: Option<bool>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Stacking {
    pub mode: &'static str,
    pub group: &'static str,
}

#[derive(Debug, Clone, Serialize)]
pub struct ThresholdsStyle {
    pub mode: &'static str,
}

#[derive(Debug, Clone, Serialize)]
pub struct Cell {
    #[serde(rename = "type")]
    pub kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<&'static str>,
}

#[derive(Debug, Serialize)]
pub struct Override {
    pub matcher: Matcher,
    pub properties: Vec<Property>,
}

impl Override {
    pub fn of(field: &str, properties: Vec<Property>) -> Self {
        Self { matcher: Matcher { id: "byName", options: field.to_owned() }, properties }
    }
}

#[derive(Debug, Serialize)]
pub struct Matcher {
    pub id: &'static str,
    pub options: String,
}

#[derive(Debug, Clone, Serialize)]
#[serde(tag = "id", content = "value")]
pub enum Property {
    #[serde(rename = "unit")]
    Unit(Unit),
    #[serde(rename = "color")]
    Color(Color),
    #[serde(rename = "thresholds")]
    Thresholds(Thresholds),
    #[serde(rename = "mappings")]
    Mappings(Vec<Mapping>),
    #[serde(rename = "links")]
    Links(Vec<DataLink>),
    #[serde(rename = "custom.cellOptions")]
    Cell(Cell),
    #[serde(rename = "custom.width")]
    Width(u32),
}
