//! Lines over time, or areas upon each other where the panel stacks them, with axes and a legend.

use std::collections::BTreeMap;

use crate::panel::Panel;
use crate::prometheus::{Labels, STEP_SECONDS, Series};
use crate::svg::{Area, FAINT, GRID, INK, Svg};
use crate::unit;

const LEGEND_ROW: f64 = 18.0;

pub struct Line {
    name: String,
    points: Vec<(u64, f64)>,
}

impl Line {
    pub fn of(legend: &str, series: Series) -> Self {
        Self { name: fill_in(legend, &series.labels), points: series.points }
    }
}

fn fill_in(legend: &str, labels: &Labels) -> String {
    labels
        .iter()
        .fold(legend.to_owned(), |text, (name, value)| text.replace(&format!("{{{{{name}}}}}"), value))
}

/// The times that all charts show.
#[derive(Clone, Copy)]
pub struct Window {
    from: u64,
    to: u64,
}

impl Window {
    /// From the first point to the last one.
    pub fn of<'a>(lines: impl Iterator<Item = &'a Line> + Clone) -> Option<Self> {
        let times = lines.flat_map(|line| line.points.iter().map(|(time, _)| *time));
        let (from, to) = (times.clone().min()?, times.max()?);
        (from < to).then_some(Self { from, to })
    }

    fn step(self) -> u64 {
        let steps = [60, 120, 300, 600, 900];
        steps.into_iter().find(|step| (self.to - self.from) / step <= 8).unwrap_or(900)
    }
}

/// Where a value at a time is drawn.
#[derive(Clone, Copy)]
struct Scale {
    area: Area,
    window: Window,
    highest: f64,
}

impl Scale {
    fn x(self, time: u64) -> f64 {
        let part = (time - self.window.from) as f64 / (self.window.to - self.window.from) as f64;
        self.area.x + part * self.area.width
    }

    fn y(self, value: f64) -> f64 {
        self.area.y + self.area.height * (1.0 - value / self.highest)
    }
}

pub fn draw(svg: &mut Svg, area: Area, panel: Panel<'_>, lines: &[Line], window: Window) {
    svg.card(area, panel.title());
    let legend = legend(area.width - 24.0, lines);
    let below = 34.0 + LEGEND_ROW * legend.last().map_or(0.0, |(row, _)| *row as f64 + 1.0);
    let plot = Area {
        x: area.x + 62.0,
        y: area.y + 38.0,
        width: area.width - 84.0,
        height: area.height - 38.0 - below,
    };
    let stacked = panel.custom("stacking")["mode"] == "normal";
    let tops = if stacked { pile(lines) } else { Vec::new() };
    let heights = if stacked {
        tops.iter().collect()
    } else {
        lines.iter().map(|line| &line.points).collect::<Vec<_>>()
    };
    let highest = heights.into_iter().flatten().map(|(_, value)| *value).fold(0.0, f64::max);
    let step = unit::step(highest, panel.unit(""));
    let scale = Scale { area: plot, window, highest: (highest / step).ceil().max(1.0) * step };
    axes(svg, scale, step, panel.unit(""));
    let opacity = panel.custom("fillOpacity").as_f64().unwrap_or(0.0) / 100.0;
    for (index, line) in lines.iter().enumerate() {
        let color = panel.line_color(&line.name, index);
        if stacked {
            let floor = index.checked_sub(1).map(|index| &tops[index]);
            band(svg, scale, &tops[index], floor, color, opacity);
        } else {
            curve(svg, scale, &line.points, color, opacity);
        }
        let (row, x) = legend[index];
        let y = plot.y + plot.height + 42.0 + row as f64 * LEGEND_ROW;
        svg.path(&[(area.x + 12.0 + x, y - 4.0), (area.x + 28.0 + x, y - 4.0)], &stroke(color, 3.0));
        svg.text(area.x + 34.0 + x, y, 12.0, INK, &line.name, "");
    }
}

/// The row of each name, and its place there: as many to a row as `width` takes.
fn legend(width: f64, lines: &[Line]) -> Vec<(usize, f64)> {
    let (mut row, mut x) = (0, 0.0);
    let mut places = Vec::new();
    for line in lines {
        let needed = 40.0 + 7.0 * line.name.chars().count() as f64;
        if x > 0.0 && x + needed > width {
            (row, x) = (row + 1, 0.0);
        }
        places.push((row, x));
        x += needed;
    }
    places
}

fn axes(svg: &mut Svg, scale: Scale, step: f64, unit_of_values: &str) {
    let Scale { area, window, highest } = scale;
    for mark in 0..=(highest / step).round() as u32 {
        let value = f64::from(mark) * step;
        let y = scale.y(value);
        svg.path(&[(area.x, y), (area.x + area.width, y)], &stroke(GRID, 1.0));
        let text = unit::write(value, unit_of_values);
        svg.text(area.x - 8.0, y + 4.0, 11.0, FAINT, &text, r#"text-anchor="end""#);
    }
    let step = window.step();
    for time in (window.from.div_ceil(step) * step..=window.to).step_by(step as usize) {
        let x = scale.x(time);
        let text = format!("{:02}:{:02}", time / 3600 % 24, time / 60 % 60);
        svg.path(&[(x, area.y), (x, area.y + area.height)], &stroke(GRID, 1.0));
        svg.text(x, area.y + area.height + 16.0, 11.0, FAINT, &text, r#"text-anchor="middle""#);
    }
}

fn stroke(color: &str, width: f64) -> String {
    format!(r#"fill="none" stroke="{color}" stroke-width="{width}" stroke-linejoin="round""#)
}

/// A line, interrupted where there is no value.
fn curve(svg: &mut Svg, scale: Scale, points: &[(u64, f64)], color: &str, opacity: f64) {
    for part in points.chunk_by(|(before, _), (after, _)| after - before <= STEP_SECONDS) {
        let places: Vec<_> = part.iter().map(|(time, value)| (scale.x(*time), scale.y(*value))).collect();
        let (Some(first), Some(last)) = (places.first(), places.last()) else { continue };
        let ground = scale.y(0.0);
        let shape: Vec<_> =
            [(first.0, ground)].into_iter().chain(places.clone()).chain([(last.0, ground)]).collect();
        svg.path(&shape, &format!(r#"fill="{color}" fill-opacity="{opacity}""#));
        svg.path(&places, &stroke(color, 1.5));
    }
}

/// The upper edge of each line when all stand upon each other; one that has no value has no height.
fn pile(lines: &[Line]) -> Vec<Vec<(u64, f64)>> {
    let times = lines.iter().flat_map(|line| line.points.iter().map(|(time, _)| (*time, 0.0)));
    let mut sums: BTreeMap<u64, f64> = times.collect();
    let mut tops = Vec::new();
    for line in lines {
        for (time, value) in &line.points {
            *sums.entry(*time).or_default() += value;
        }
        tops.push(sums.iter().map(|(time, sum)| (*time, *sum)).collect());
    }
    tops
}

fn band(
    svg: &mut Svg,
    scale: Scale,
    top: &[(u64, f64)],
    floor: Option<&Vec<(u64, f64)>>,
    color: &str,
    opacity: f64,
) {
    let place = |(time, value): &(u64, f64)| (scale.x(*time), scale.y(*value));
    let upper: Vec<_> = top.iter().map(place).collect();
    let ground = || upper.iter().map(|(x, _)| (*x, scale.y(0.0))).collect();
    let lower: Vec<_> = floor.map_or_else(ground, |floor| floor.iter().map(place).collect());
    let shape: Vec<_> = upper.iter().copied().chain(lower.into_iter().rev()).collect();
    svg.path(&shape, &format!(r#"fill="{color}" fill-opacity="{opacity}""#));
    // A line that is never above the one below would only hide it.
    if floor.is_none_or(|floor| floor != top) {
        svg.path(&upper, &stroke(color, 1.5));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale() -> Scale {
        let area = Area { x: 100.0, y: 10.0, width: 600.0, height: 200.0 };
        Scale { area, window: Window { from: 60, to: 120 }, highest: 4.0 }
    }

    #[test]
    fn the_first_time_is_left_and_the_highest_value_on_top() {
        assert_eq!((scale().x(60), scale().x(90), scale().x(120)), (100.0, 400.0, 700.0));
        assert_eq!((scale().y(4.0), scale().y(1.0), scale().y(0.0)), (10.0, 160.0, 210.0));
    }

    #[test]
    fn a_stacked_line_stands_on_those_before_it() {
        let line = |points: &[(u64, f64)]| Line { name: String::new(), points: points.to_vec() };
        let tops = pile(&[line(&[(10, 1.0), (20, 2.0)]), line(&[(20, 3.0)])]);
        assert_eq!(tops, [[(10, 1.0), (20, 2.0)], [(10, 1.0), (20, 5.0)]]);
    }

    #[test]
    fn a_legend_that_is_too_wide_goes_on_in_another_row() {
        let line = |name: &str| Line { name: name.to_owned(), points: Vec::new() };
        let lines = [line("on_time"), line("catchup"), line("late")];
        assert_eq!(legend(200.0, &lines), [(0, 0.0), (0, 89.0), (1, 0.0)]);
    }

    #[test]
    fn a_legend_names_its_labels() {
        let labels = Labels::from([("workflow".to_owned(), "etl".to_owned())]);
        assert_eq!(fill_in("{{workflow}}: waits", &labels), "etl: waits");
    }
}
