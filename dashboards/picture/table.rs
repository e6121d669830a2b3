//! A table panel: the answers to its queries side by side, under the panel's own column titles.

use std::collections::BTreeMap;

use crate::panel::Panel;
use crate::prometheus::{Labels, Prometheus};
use crate::svg::{Area, FAINT, GRID, INK, Svg};
use crate::unit;

const ROW: f64 = 30.0;
const HEAD: f64 = 64.0;
const PADDING: f64 = 12.0;

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
        HEAD + ROW * self.rows.len().max(1) as f64 + 8.0
    }

    pub fn draw(&self, svg: &mut Svg, area: Area, columns: &[&str], now: u64) {
        svg.card(area, self.panel.title());
        let width = area.width - 2.0 * PADDING;
        let mut place = Area { x: area.x + PADDING, y: area.y + HEAD, width, height: ROW };
        for _ in &self.rows {
            svg.path(&[(place.x, place.y), (place.x + width, place.y)], &format!(r#"stroke="{GRID}""#));
            place.y += ROW;
        }
        if self.rows.is_empty() {
            svg.text(place.x, place.y + 20.0, 13.0, INK, "None", "");
        }
        let shares = self.shares(columns, now);
        for (column, share) in columns.iter().zip(shares) {
            svg.text(place.x, area.y + 50.0, 12.0, FAINT, column, r#"font-weight="600""#);
            for (number, row) in self.rows.iter().enumerate() {
                place.y = area.y + HEAD + number as f64 * ROW;
                self.cell(svg, place, column, row.get(*column), now);
            }
            place.x += share * width;
        }
    }

    /// Of the whole width, by the longest text of each column.
    fn shares(&self, columns: &[&str], now: u64) -> Vec<f64> {
        let length = |text: &str| text.chars().count().max(9) as f64 + 3.0;
        let longest = |column: &&str| {
            let cells = self.rows.iter().map(|row| length(&self.written(column, row.get(*column), now)));
            cells.fold(length(column), f64::max)
        };
        let lengths: Vec<f64> = columns.iter().map(longest).collect();
        let all: f64 = lengths.iter().sum();
        lengths.into_iter().map(|length| length / all).collect()
    }

    fn written(&self, column: &str, cell: Option<&Cell>, now: u64) -> String {
        let value = match cell {
            None => return String::new(),
            Some(Cell::Text(text)) => return text.clone(),
            Some(Cell::Number(value)) => *value,
        };
        match (self.panel.mapping(column, value), self.panel.unit(column)) {
            (Some((text, _)), _) => text.to_owned(),
            (None, "dateTimeFromNow") => unit::moment(value, now),
            (None, unit) => unit::write(value, unit),
        }
    }

    fn cell(&self, svg: &mut Svg, place: Area, column: &str, cell: Option<&Cell>, now: u64) {
        let text = self.written(column, cell, now);
        let y = place.y + 20.0;
        let Some(Cell::Number(value)) = cell else {
            return svg.text(place.x, y, 13.0, INK, &text, "");
        };
        if let Some((_, color)) = self.panel.mapping(column, *value) {
            let badge = Area { x: place.x, y: place.y + 5.0, width: 76.0, height: ROW - 10.0 };
            svg.rectangle(badge, color, r#"rx="4""#);
            let more = r#"text-anchor="middle" font-weight="600""#;
            return svg.text(badge.x + badge.width / 2.0, y - 1.0, 12.0, "#ffffff", &text, more);
        }
        match self.panel.threshold_color(column, *value) {
            Some(color) => svg.text(place.x, y, 13.0, color, &text, r#"font-weight="600""#),
            None => svg.text(place.x, y, 13.0, INK, &text, ""),
        }
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
        merge(&mut rows, labels(&[("schedule", "b")]), "B".to_owned(), 3.0);
        merge(&mut rows, labels(&[("schedule", "a")]), "B".to_owned(), 4.0);
        let values: Vec<Vec<f64>> =
            rows.iter().map(|(_, values)| values.values().copied().collect()).collect();
        assert_eq!(values, [[1.0, 4.0], [2.0, 3.0]]);
    }
}
