//! The shapes and texts that the picture is made of, and its colours. It brings its own light background, so that it
//! reads on a dark page as well.

use std::fmt::Write as _;

pub const INK: &str = "#24292f";
pub const FAINT: &str = "#59636e";
pub const GRID: &str = "#e3e7eb";
const PAGE: &str = "#f3f5f7";
const CARD: &str = "#ffffff";
const FONTS: &str = "system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif";

#[derive(Debug, Clone, Copy)]
pub struct Area {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

#[derive(Default)]
pub struct Svg {
    body: String,
}

impl Svg {
    pub fn rectangle(&mut self, area: Area, fill: &str, more: &str) {
        let Area { x, y, width, height } = area;
        self.add(format_args!(
            r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" fill="{fill}" {more}/>"#
        ));
    }

    /// The frame of a panel with its title.
    pub fn card(&mut self, area: Area, title: &str) {
        self.rectangle(area, CARD, &format!(r#"rx="6" stroke="{GRID}""#));
        self.text(area.x + 12.0, area.y + 22.0, 13.0, INK, title, r#"font-weight="600""#);
    }

    /// `y` is where the letters stand.
    pub fn text(&mut self, x: f64, y: f64, size: f64, fill: &str, text: &str, more: &str) {
        let text = escape(text);
        self.add(format_args!(
            r#"<text x="{x:.1}" y="{y:.1}" font-size="{size}" fill="{fill}" {more}>{text}</text>"#
        ));
    }

    pub fn path(&mut self, points: &[(f64, f64)], more: &str) {
        let mut path = String::new();
        for (index, (x, y)) in points.iter().enumerate() {
            let letter = if index == 0 { "M" } else { "L" };
            write!(path, "{letter}{x:.1} {y:.1}").expect("a string takes all");
        }
        self.add(format_args!(r#"<path d="{path}" {more}/>"#));
    }

    fn add(&mut self, element: std::fmt::Arguments<'_>) {
        writeln!(self.body, "{element}").expect("a string takes all");
    }

    pub fn finish(self, width: f64, height: f64) -> String {
        let size = format!(r#"viewBox="0 0 {width:.0} {height:.0}" width="{width:.0}" height="{height:.0}""#);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" {size} font-family=\"{FONTS}\">\n\
             <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{PAGE}\"/>\n{}</svg>\n",
            self.body
        )
    }
}

/// Of Grafana's names, in shades that white letters can stand on.
pub fn color(name: &str) -> &'static str {
    match name {
        "green" => "#2f9e44",
        "red" => "#d6303f",
        "dark-red" => "#8f1d2c",
        "orange" => "#e8830c",
        "dark-orange" => "#c2570c",
        "yellow" => "#d4a106",
        "blue" => "#2f6fd0",
        "purple" => "#8250df",
        _ => "#6e7781",
    }
}

pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    #[test]
    fn markup_in_a_label_stays_text() {
        assert_eq!(super::escape(r#"<a> & "b" &lt;"#), "&lt;a&gt; &amp; &quot;b&quot; &amp;lt;");
    }
}
