//! Where panels stand: rows of lines, filled from the left. Nothing can overlap, and a line that is too wide panics.

use super::grafana::{Element, Panel, Position, Row};

const COLUMNS: u32 = 24;

#[derive(Debug)]
pub struct Section {
    title: &'static str,
    lines: Vec<Line>,
}

#[derive(Debug)]
pub struct Line {
    height: u32,
    panels: Vec<(u32, Panel)>,
}

/// A row of Grafana, with its title.
pub fn section(title: &'static str, lines: impl Into<Vec<Line>>) -> Section {
    Section { title, lines: lines.into() }
}

/// Panels side by side, each with its width; 24 fill the line.
pub fn line(height: u32, panels: impl Into<Vec<(u32, Panel)>>) -> Line {
    Line { height, panels: panels.into() }
}

/// Panels side by side that share the line's width evenly.
pub fn even<const N: usize>(height: u32, panels: [Panel; N]) -> Line {
    let width = COLUMNS / u32::try_from(N).expect("a line holds few panels");
    line(height, panels.map(|panel| (width, panel)))
}

/// Gives each panel its place and its number.
///
/// # Panics
/// If a line is wider than the page.
pub fn place(sections: Vec<Section>) -> Vec<Element> {
    let mut elements = Vec::new();
    let (mut id, mut y) = (0, 0);
    let mut next = || {
        id += 1;
        id
    };
    for Section { title, lines } in sections {
        let grid_pos = Position { x: 0, y, w: COLUMNS, h: 1 };
        let (id, kind) = (next(), "row");
        elements.push(Element::Row(Row { kind, id, title, collapsed: false, grid_pos, panels: [] }));
        y += 1;
        for Line { height, panels } in lines {
            let mut x = 0;
            for (width, panel) in panels {
                let grid_pos = Position { x, y, w: width, h: height };
                x += width;
                assert!(x <= COLUMNS, "{title}: the line of {:?} is too wide", panel.title);
                elements.push(Element::Panel(Box::new(Panel { id: next(), grid_pos, ..panel })));
            }
            y += height;
        }
    }
    elements
}
