//! Tables: a query of now for each column, joined by the labels that they share.

use super::grafana::{
    Cell, Color, Custom, DataLink, Field, Format, Options, Organize, Override, Panel, Property, SortBy,
    TableOptions, Target, Transformation, Unit,
};
use super::panel::{PLAIN, empty, of_now, red_below, red_from, words};

/// A table under construction: columns are shown in the order in which they are added.
#[derive(Debug)]
pub struct Table {
    panel: Panel,
    columns: Organize,
    last: String,
}

/// `description` says what to do about its rows.
pub fn table(title: &'static str, description: &str) -> Table {
    let options = TableOptions { show_header: true, cell_height: "sm", sort_by: Vec::new() };
    let mut panel = empty("table", title, description, Options::Table(options));
    panel.field_config.defaults = Field {
        unit: Some(Unit::Count),
        no_value: Some("None"),
        custom: Some(Custom {
            align: Some("auto"),
            cell_options: Some(Cell { kind: "auto", mode: None }),
            filterable: Some(true),
            ..Custom::default()
        }),
        ..Field::default()
    };
    let mut columns = Organize::default();
    columns.exclude_by_name.insert("Time".to_owned(), true);
    Table { panel, columns, last: String::new() }
}

impl Table {
    /// A column that shows a label.
    pub fn label(mut self, label: &str, title: &'static str) -> Self {
        self.place(label.to_owned(), title);
        self
    }

    /// A column that shows the value of a query.
    pub fn value(mut self, title: &'static str, unit: Unit, expression: &str) -> Self {
        let name = self.query(expression);
        self.place(name, title);
        self.with(Property::Unit(unit))
    }

    /// A query that only brings rows and labels.
    pub fn rows(mut self, expression: &str) -> Self {
        let name = self.query(expression);
        self.columns.exclude_by_name.insert(name, true);
        self
    }

    /// Shows the last column's numbers as words, on their colours.
    pub fn words(self, of: &[(i32, &'static str, &'static str)]) -> Self {
        self.with(Property::Mappings(words(of))).coloured("color-background")
    }

    /// Shows the last column's numbers in red from `limit` on.
    pub fn red_from(self, limit: f64) -> Self {
        self.with(Property::Thresholds(red_from(limit, PLAIN))).coloured("color-text")
    }

    /// Shows the last column's numbers in red below `limit`.
    pub fn red_below(self, limit: f64) -> Self {
        self.with(Property::Thresholds(red_below(limit, PLAIN))).coloured("color-text")
    }

    /// Makes the last column a link.
    pub fn opens(self, link: DataLink) -> Self {
        self.with(Property::Links(vec![link]))
    }

    /// The last column's width in pixels.
    pub fn width(self, pixels: u32) -> Self {
        self.with(Property::Width(pixels))
    }

    /// The worst first: the largest numbers of that column.
    pub fn largest_first(self, column: &'static str) -> Panel {
        self.sorted(column, true)
    }

    /// The worst first: the smallest numbers of that column; or by name.
    pub fn smallest_first(self, column: &'static str) -> Panel {
        self.sorted(column, false)
    }

    fn sorted(mut self, display_name: &'static str, desc: bool) -> Panel {
        if let Options::Table(options) = &mut self.panel.options {
            options.sort_by.push(SortBy { display_name, desc });
        }
        // Grafana leaves the letter of a single query away.
        if self.panel.targets.len() == 1 {
            let columns = &mut self.columns;
            columns
                .rename_by_name
                .extend(columns.rename_by_name.get("Value #A").map(|title| ("Value".to_owned(), *title)));
            columns
                .index_by_name
                .extend(columns.index_by_name.get("Value #A").map(|index| ("Value".to_owned(), *index)));
            columns
                .exclude_by_name
                .extend(columns.exclude_by_name.get("Value #A").map(|is| ("Value".to_owned(), *is)));
        }
        self.panel.transformations = vec![Transformation::Merge {}, Transformation::Organize(self.columns)];
        self.panel
    }

    /// Adds a query, and gives the name of its values.
    fn query(&mut self, expression: &str) -> String {
        let target = Target { format: Format::Table, ..of_now(expression) };
        let letter = self.panel.add(target);
        format!("Value #{letter}")
    }

    fn place(&mut self, name: String, title: &'static str) {
        self.columns.index_by_name.insert(name.clone(), self.columns.index_by_name.len());
        self.columns.rename_by_name.insert(name, title);
        self.last = title.to_owned();
    }

    fn coloured(self, kind: &'static str) -> Self {
        let mode = (kind == "color-background").then_some("basic");
        self.with(Property::Cell(Cell { kind, mode })).with(Property::Color(Color::BY_THRESHOLD))
    }

    fn with(mut self, property: Property) -> Self {
        let overrides = &mut self.panel.field_config.overrides;
        match overrides.iter_mut().find(|one| one.matcher.options == self.last) {
            Some(found) => found.properties.push(property),
            None => overrides.push(Override::of(&self.last, vec![property])),
        }
        self
    }
}
