//! The options of each kind of panel, with the values that all panels of that kind have here.

use serde::Serialize;

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Options {
    Stat(StatOptions),
    TimeSeries(TimeSeriesOptions),
    Table(TableOptions),
    StateTimeline(StateTimelineOptions),
    Heatmap(HeatmapOptions),
    BarGauge(BarGaugeOptions),
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatOptions {
    pub color_mode: &'static str,
    pub graph_mode: &'static str,
    pub justify_mode: &'static str,
    pub orientation: &'static str,
    pub text_mode: &'static str,
    pub wide_layout: bool,
    pub reduce_options: Reduce,
}

#[derive(Debug, Serialize)]
pub struct Reduce {
    pub values: bool,
    pub calcs: [&'static str; 1],
    pub fields: &'static str,
}

/// An instant query has one value, which is the last.
pub const LAST: Reduce = Reduce { values: false, calcs: ["lastNotNull"], fields: "" };

impl Default for StatOptions {
    fn default() -> Self {
        Self {
            color_mode: "background",
            graph_mode: "none",
            justify_mode: "center",
            orientation: "auto",
            text_mode: "auto",
            wide_layout: true,
            reduce_options: LAST,
        }
    }
}

#[derive(Debug, Serialize)]
pub struct TimeSeriesOptions {
    pub legend: Legend,
    pub tooltip: Tooltip,
}

impl Default for TimeSeriesOptions {
    fn default() -> Self {
        Self { legend: Legend::default(), tooltip: Tooltip { mode: "multi", sort: "desc" } }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Legend {
    pub show_legend: bool,
    pub display_mode: &'static str,
    pub placement: &'static str,
    pub calcs: Vec<&'static str>,
}

impl Default for Legend {
    fn default() -> Self {
        Self { show_legend: true, display_mode: "list", placement: "bottom", calcs: Vec::new() }
    }
}

#[derive(Debug, Serialize)]
pub struct Tooltip {
    pub mode: &'static str,
    pub sort: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TableOptions {
    pub show_header: bool,
    pub cell_height: &'static str,
    pub sort_by: Vec<SortBy>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SortBy {
    pub display_name: &'static str,
    pub desc: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StateTimelineOptions {
    pub show_value: &'static str,
    pub row_height: f64,
    pub merge_values: bool,
    pub align_value: &'static str,
    pub legend: Legend,
    pub tooltip: Tooltip,
}

impl Default for StateTimelineOptions {
    fn default() -> Self {
        Self {
            show_value: "never",
            row_height: 0.85,
            merge_values: true,
            align_value: "left",
            legend: Legend::default(),
            tooltip: Tooltip { mode: "single", sort: "none" },
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HeatmapOptions {
    pub calculate: bool,
    pub cell_gap: u8,
    pub color: HeatmapColor,
    pub exemplars: Exemplars,
    pub filter_values: FilterValues,
    pub legend: HeatmapLegend,
    pub rows_frame: RowsFrame,
    pub show_value: &'static str,
    pub tooltip: HeatmapTooltip,
    pub y_axis: HeatmapAxis,
}

#[derive(Debug, Serialize)]
pub struct HeatmapColor {
    pub mode: &'static str,
    pub scheme: &'static str,
    pub fill: &'static str,
    pub scale: &'static str,
    pub exponent: f64,
    pub steps: u8,
    pub reverse: bool,
}

#[derive(Debug, Serialize)]
pub struct Exemplars {
    pub color: &'static str,
}

#[derive(Debug, Serialize)]
pub struct FilterValues {
    pub le: f64,
}

#[derive(Debug, Serialize)]
pub struct HeatmapLegend {
    pub show: bool,
}

#[derive(Debug, Serialize)]
pub struct RowsFrame {
    pub layout: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HeatmapTooltip {
    pub mode: &'static str,
    pub show_color_scale: bool,
    pub y_histogram: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HeatmapAxis {
    pub axis_placement: &'static str,
    pub reverse: bool,
    pub unit: super::Unit,
}

impl Default for HeatmapOptions {
    fn default() -> Self {
        Self {
            // The buckets come from Prometheus.
            calculate: false,
            cell_gap: 1,
            color: HeatmapColor {
                mode: "scheme",
                scheme: "Oranges",
                fill: "dark-orange",
                scale: "exponential",
                exponent: 0.5,
                steps: 64,
                reverse: false,
            },
            exemplars: Exemplars { color: "rgba(255,0,255,0.7)" },
            filter_values: FilterValues { le: 1e-9 },
            legend: HeatmapLegend { show: true },
            rows_frame: RowsFrame { layout: "auto" },
            show_value: "never",
            tooltip: HeatmapTooltip { mode: "single", show_color_scale: false, y_histogram: false },
            y_axis: HeatmapAxis { axis_placement: "left", reverse: false, unit: super::Unit::Seconds },
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BarGaugeOptions {
    pub display_mode: &'static str,
    pub value_mode: &'static str,
    pub name_placement: &'static str,
    pub show_unfilled: bool,
    pub sizing: &'static str,
    pub min_viz_width: u32,
    pub min_viz_height: u32,
    pub max_viz_height: u32,
    pub legend: Legend,
    pub orientation: &'static str,
    pub reduce_options: Reduce,
}

impl Default for BarGaugeOptions {
    fn default() -> Self {
        Self {
            display_mode: "basic",
            value_mode: "color",
            name_placement: "left",
            show_unfilled: true,
            sizing: "auto",
            min_viz_width: 8,
            min_viz_height: 16,
            max_viz_height: 300,
            legend: Legend { show_legend: false, ..Legend::default() },
            orientation: "horizontal",
            reduce_options: LAST,
        }
    }
}
