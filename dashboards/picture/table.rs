//! A table panel: the answers to its queries side by side, under the panel's own column titles.

use std::collections::BTreeMap;

use crate::panel::Panel;
use crate::prometheus::{Labels, Prometheus};
use crate::svg::{Area, FAINT, GRID, INK, Svg};
use crate::unit;

const ROW: f64 = 30.0;
const HEAD: f64 = 64.0;

#[derive(Debug, Clone, PartialEq)]
enum Cell {
    Text(String),
    Number(f64),
}

/// By title of the column.
type Row = BTreeMap<String, Cell>;

pub struct Table<'a> {
    panel: Panel<'a>,
    rows: Vec<Row>,
}

impl<'a> Table<'a> {
    pub async fn of(prometheus: &Prometheus, panel: Panel<'a>) -> anyhow::Result<Self> {
        let mut merged = Vec::new();
        for target in panel.targets() {
            for sample in prometheus.instant(&target.expression).await? {
                merge(&mut merged, sample.labels, format!("Value #{}", target.name), sample.value);
            }
        }
        let mut rows: Vec<_> =
            merged.into_iter().map(|(labels, values)| row(panel, labels, values)).collect();
        rows.sort_by(|a, b| order(b, panel).total_cmp(&order(a, panel)));
        Ok(Self { panel, rows })
    }

    pub fn height(&self) -> f64 {
        HEAD + ROW * self.rows.len() as f64 + 8.0
    }

    pub fn draw(&self, svg: &mut Svg, area: Area, columns: &[&str], now: u64) {
        svg.card(area, self.panel.title());
        let width = (area.width - 24.0) / columns.len() as f64;
        for (index, column) in columns.iter().enumerate() {
            let x = area.x + 12.0 + index as f64 * width;
            svg.text(x, area.y + 50.0, 12.0, FAINT, column, r#"font-weight="600""#);
            for (number, row) in self.rows.iter().enumerate() {
                let place = Area { x, y: area.y + HEAD + number as f64 * ROW, width, height: ROW };
                if index == 0 {
                    svg.path(
                        &[(x, place.y), (x + area.width - 24.0, place.y)],
                        &format!(r#"stroke="{GRID}""#),
                    );
                }
                if let Some(cell) = row.get(*column) {
                    self.cell(svg, place, column, cell, now);
                }
            }
        }
    }

    fn cell(&self, svg: &mut Svg, place: Area, column: &str, cell: &Cell, now: u64) {
        let y = place.y + 20.0;
        let value = match cell {
            Cell::Text(text) => return svg.text(place.x, y, 13.0, INK, text, ""),
            Cell::Number(value) => *value,
        };
        if let Some((text, color)) = self.panel.mapping(column, value) {
            let badge = Area { x: place.x, y: place.y + 5.0, width: 76.0, height: ROW - 10.0 };
            svg.rectangle(badge, color, r#"rx="4""#);
            let more = r#"text-anchor="middle" font-weight="600""#;
            return svg.text(badge.x + badge.width / 2.0, y - 1.0, 12.0, "#ffffff", text, more);
        }
        let unit = self.panel.unit(column);
        let text =
            if unit == "dateTimeFromNow" { unit::moment(value, now) } else { unit::write(value, unit) };
        let color = self.panel.threshold_color(column, value);
        let more = if color.is_some() { r#"font-weight="600""# } else { "" };
        svg.text(place.x, y, 13.0, color.unwrap_or(INK), &text, more);
    }
}

/// Adds a value to the row whose labels agree with its own, as far as both have them.
fn merge(rows: &mut Vec<(Labels, BTreeMap<String, f64>)>, labels: Labels, name: String, value: f64) {
    let agrees =
        |row: &Labels| labels.iter().all(|(name, value)| row.get(name).is_none_or(|own| own == value));
    match rows.iter_mut().find(|(row, values)| agrees(row) && !values.contains_key(&name)) {
        Some((row, values)) => {
            row.extend(labels);
            values.insert(name, value);
        }
        None => rows.push((labels, BTreeMap::from([(name, value)]))),
    }
}

fn row(panel: Panel<'_>, labels: Labels, values: BTreeMap<String, f64>) -> Row {
    let texts = labels.into_iter().map(|(name, text)| (name, Cell::Text(text)));
    let numbers = values.into_iter().map(|(name, value)| (name, Cell::Number(value)));
    let titled =
        texts.chain(numbers).filter_map(|(name, cell)| Some((panel.renamed(&name)?.to_owned(), cell)));
    titled.collect()
}

/// What the panel sorts by; a row that has no such value comes last.
fn order(row: &Row, panel: Panel<'_>) -> f64 {
    match row.get(panel.sorted_by()) {
        Some(Cell::Number(value)) => *value,
        _ => f64::NEG_INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_one_schedule_come_into_one_row() {
        let labels = |pairs: &[(&str, &str)]| -> Labels {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let mut rows = Vec::new();
        merge(&mut rows, labels(&[("schedule", "a"), ("cron", "* * * * *")]), "A".to_owned(), 1.0);
        merge(&mut rows, labels(&[("schedule", "b")]), "A".to_owned(), 2.0);
        merge(&mut rows, labels(&[("schedule", "a")]), "B".to_owned(), 3.0);
        let values: Vec<Vec<f64>> =
            rows.iter().map(|(_, values)| values.values().copied().collect()).collect();
        assert_eq!(values, [vec![1.0, 3.0], vec![2.0]]);
    }
}
