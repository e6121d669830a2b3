//! A single number, as large as it matters.

use crate::panel::Panel;
use crate::svg::{Area, INK, Svg};
use crate::unit;

pub fn draw(svg: &mut Svg, area: Area, panel: Panel<'_>, value: Option<f64>) {
    svg.card(area, panel.title());
    let missing = panel.defaults()["noValue"].as_str().unwrap_or("-");
    let text = value.map_or_else(|| missing.to_owned(), |value| unit::write(value, panel.unit("")));
    let color = value.and_then(|value| panel.threshold_color("", value));
    let shown =
        Area { x: area.x + 10.0, y: area.y + 32.0, width: area.width - 20.0, height: area.height - 42.0 };
    if let Some(color) = color {
        svg.rectangle(shown, color, r#"rx="4""#);
    }
    let ink = if color.is_some() { "#ffffff" } else { INK };
    let middle = area.x + area.width / 2.0;
    svg.text(middle, shown.y + 30.0, 25.0, ink, &text, r#"text-anchor="middle" font-weight="600""#);
}
