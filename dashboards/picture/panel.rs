//! What the picture takes from a panel's JSON: title, queries, units, colours.

use anyhow::Context as _;
use serde_json::Value;

use crate::svg;

/// Colours of series that the panel gives none.
const PALETTE: [&str; 5] = ["orange", "blue", "green", "purple", "yellow"];

/// Of `$__rate_interval` and `$__range`: several scrapes, and all that is shown. Other variables are set to all.
const VARIABLES: [(&str, &str); 7] = [
    ("$__rate_interval", "1m"),
    ("$__range", "1h"),
    ("$job", ".*"),
    ("$tenant", ".*"),
    ("$workflow", ".*"),
    ("$schedule", ".*"),
    ("$instance", ".*"),
];

#[derive(Clone, Copy)]
pub struct Panel<'a> {
    json: &'a Value,
}

pub struct Target {
    pub name: String,
    pub expression: String,
    pub legend: String,
}

impl<'a> Panel<'a> {
    pub fn titled(dashboard: &'a Value, title: &str) -> anyhow::Result<Self> {
        let panels = list(&dashboard["panels"]);
        let found = panels.iter().find(|panel| panel["title"] == title && panel["type"] != "row");
        Ok(Self { json: found.with_context(|| format!("no panel is called {title}"))? })
    }

    pub fn title(self) -> &'a str {
        self.json["title"].as_str().unwrap_or_default()
    }

    pub fn targets(self) -> Vec<Target> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let target = |target: &Value| Target {
            name: text(&target["refId"]),
            expression: substitute(&text(&target["expr"])),
            legend: text(&target["legendFormat"]),
        };
        list(&self.json["targets"]).iter().map(target).collect()
    }

    pub fn defaults(self) -> &'a Value {
        &self.json["fieldConfig"]["defaults"]
    }

    pub fn custom(self, key: &str) -> &'a Value {
        &self.defaults()["custom"][key]
    }

    /// A setting of one field: its own, or that of all.
    pub fn setting(self, field: &str, id: &str) -> &'a Value {
        let overrides = list(&self.json["fieldConfig"]["overrides"]).iter();
        let own = overrides.filter(|one| one["matcher"]["options"] == field);
        let mut properties = own.flat_map(|one| list(&one["properties"]));
        properties.find(|property| property["id"] == id).map_or(&self.defaults()[id], |found| &found["value"])
    }

    pub fn unit(self, field: &str) -> &'a str {
        self.setting(field, "unit").as_str().unwrap_or("short")
    }

    /// Of the line of that name, the `index`-th.
    pub fn line_color(self, name: &str, index: usize) -> &'static str {
        let fixed = self.setting(name, "color")["fixedColor"].as_str();
        svg::color(fixed.unwrap_or(PALETTE[index % PALETTE.len()]))
    }

    /// By the thresholds of a field; `None` if it is to look like text.
    pub fn threshold_color(self, field: &str, value: f64) -> Option<&'static str> {
        let steps = list(&self.setting(field, "thresholds")["steps"]).iter();
        let mut reached = steps.filter(|step| step["value"].as_f64().is_none_or(|from| from <= value));
        let name = reached.next_back()?["color"].as_str()?;
        (name != "text").then(|| svg::color(name))
    }

    /// What a field writes for a value, and the colour for it.
    pub fn mapping(self, field: &str, value: f64) -> Option<(&'a str, &'static str)> {
        let mappings = list(self.setting(field, "mappings")).iter();
        let mut found = mappings.filter_map(|mapping| mapping["options"].get(value.to_string()));
        let one = found.next()?;
        Some((one["text"].as_str()?, svg::color(one["color"].as_str()?)))
    }

    /// The title of a table's column that comes from `name`.
    pub fn renamed(self, name: &str) -> Option<&'a str> {
        let transformations = list(&self.json["transformations"]).iter();
        transformations.filter_map(|one| one["options"]["renameByName"][name].as_str()).next()
    }

    /// The column that a table is sorted by, the highest value first.
    pub fn sorted_by(self) -> &'a str {
        self.json["options"]["sortBy"][0]["displayName"].as_str().unwrap_or_default()
    }
}

fn substitute(expression: &str) -> String {
    VARIABLES.iter().fold(expression.to_owned(), |text, (name, value)| text.replace(name, value))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
