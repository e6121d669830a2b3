//! Draws some panels of the committed dashboards as one SVG, from a Prometheus' answers to the panels' own queries:
//! `cargo run --example picture -- http://localhost:9090 docs/images/dashboards.svg`.
//!
//! It shows in the README what the dashboards tell. It is no Grafana: only panels as those listed here can be drawn,
//! with every variable set to all.

mod chart;
mod panel;
mod prometheus;
mod stat;
mod svg;
mod table;
mod unit;

use std::path::Path;

use anyhow::{Context as _, bail};
use chrono::DateTime;
use serde_json::Value;

use chart::{Line, Window};
use panel::Panel;
use prometheus::Prometheus;
use svg::{Area, Svg};
use table::Table;

const STATS: [&str; 6] = [
    "Late schedules",
    "Successes overdue",
    "Stalled executions",
    "Oldest ready task",
    "Failing workflows",
    "Active executions",
];
const CHARTS: [&str; 4] = [
    "Executions ended",
    "Active executions by state",
    "Duration of executions",
    "Fires of schedules by outcome",
];
/// A table, and those of its columns that have room; Grafana scrolls.
type Columns = (&'static str, &'static [&'static str]);
const ALERTS: Columns = ("Firing alerts", &["Severity", "Alert", "Tenant", "Workflow", "Schedule", "Since"]);
const SCHEDULES: Columns = (
    "All schedules, the latest first",
    &[
        "State",
        "Schedule",
        "Cron",
        "Every",
        "Lateness",
        "Lateness in graces",
        "Next run",
        "Last success",
        "Success due in",
    ],
);

const WIDTH: f64 = 1200.0;
const MARGIN: f64 = 20.0;
const GAP: f64 = 12.0;
const HEADING: f64 = 44.0;
const STAT_HEIGHT: f64 = 84.0;
const CHART_HEIGHT: f64 = 230.0;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, file] = arguments.as_slice() else {
        bail!("usage: cargo run --example picture -- PROMETHEUS_ADDRESS FILE.svg");
    };
    let prometheus = Prometheus::at(address).await?;
    let svg = draw(&prometheus).await?;
    std::fs::write(file, svg).with_context(|| format!("writing {file}"))
}

async fn draw(prometheus: &Prometheus) -> anyhow::Result<String> {
    let (overview, schedules) = (dashboard("overview")?, dashboard("schedules")?);
    let mut svg = Svg::default();
    let mut y = heading(&mut svg, MARGIN / 2.0, &overview);
    origin(&mut svg, prometheus.now());
    stats(prometheus, &mut svg, y, &overview).await?;
    y += STAT_HEIGHT + GAP;
    y = table(prometheus, &mut svg, y, &overview, ALERTS).await?;
    charts(prometheus, &mut svg, y, &overview).await?;
    y += 2.0 * (CHART_HEIGHT + GAP);
    y = heading(&mut svg, y, &schedules);
    y = table(prometheus, &mut svg, y, &schedules, SCHEDULES).await?;
    Ok(svg.finish(WIDTH, y - GAP + MARGIN))
}

fn dashboard(name: &str) -> anyhow::Result<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("dashboards/{name}.json"));
    let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    Ok(serde_json::from_str(&text)?)
}

/// Gives where to go on below.
fn heading(svg: &mut Svg, y: f64, dashboard: &Value) -> f64 {
    let title = dashboard["title"].as_str().unwrap_or_default();
    svg.text(MARGIN, y + 28.0, 18.0, svg::INK, title, r#"font-weight="600""#);
    y + HEADING
}

/// Says what the picture is, at its upper right.
fn origin(svg: &mut Svg, now: u64) {
    let moment = DateTime::from_timestamp(now as i64, 0).unwrap_or_default();
    let text = format!("Prometheus' answers to the panels' queries, {}", moment.format("%Y-%m-%d %H:%M UTC"));
    svg.text(WIDTH - MARGIN, MARGIN / 2.0 + 28.0, 12.0, svg::FAINT, &text, r#"text-anchor="end""#);
}

/// The place of `column` of `columns` in a row.
fn cell(y: f64, height: f64, column: usize, columns: usize) -> Area {
    let width = (WIDTH - 2.0 * MARGIN - GAP * (columns - 1) as f64) / columns as f64;
    Area { x: MARGIN + column as f64 * (width + GAP), y, width, height }
}

async fn stats(prometheus: &Prometheus, svg: &mut Svg, y: f64, overview: &Value) -> anyhow::Result<()> {
    for (column, title) in STATS.into_iter().enumerate() {
        let panel = Panel::titled(overview, title)?;
        let mut value = None;
        for target in panel.targets() {
            value = prometheus.instant(&target.expression).await?.first().map(|sample| sample.value);
        }
        stat::draw(svg, cell(y, STAT_HEIGHT, column, STATS.len()), panel, value);
    }
    Ok(())
}

async fn charts(prometheus: &Prometheus, svg: &mut Svg, y: f64, overview: &Value) -> anyhow::Result<()> {
    let mut drawn = Vec::new();
    for title in CHARTS {
        let panel = Panel::titled(overview, title)?;
        let mut all = Vec::new();
        for target in panel.targets() {
            let series = prometheus.range(&target.expression).await?;
            all.extend(series.into_iter().map(|series| Line::of(&target.legend, series)));
        }
        drawn.push((panel, all));
    }
    let window = Window::of(drawn.iter().flat_map(|(_, lines)| lines)).context("no samples to draw yet")?;
    for (index, (panel, lines)) in drawn.iter().enumerate() {
        let y = y + (index / 2) as f64 * (CHART_HEIGHT + GAP);
        chart::draw(svg, cell(y, CHART_HEIGHT, index % 2, 2), *panel, lines, window);
    }
    Ok(())
}

/// Gives where to go on below.
async fn table(
    prometheus: &Prometheus,
    svg: &mut Svg,
    y: f64,
    dashboard: &Value,
    (title, columns): Columns,
) -> anyhow::Result<f64> {
    let table = Table::of(prometheus, Panel::titled(dashboard, title)?).await?;
    let height = table.height();
    table.draw(svg, cell(y, height, 0, 1), columns, prometheus.now());
    Ok(y + height + GAP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_panel_that_is_drawn_is_in_a_dashboard() {
        let (overview, schedules) = (dashboard("overview").unwrap(), dashboard("schedules").unwrap());
        for title in STATS.into_iter().chain(CHARTS).chain([ALERTS.0]) {
            assert!(Panel::titled(&overview, title).is_ok(), "{title}");
        }
        assert!(Panel::titled(&schedules, SCHEDULES.0).is_ok());
    }
}
