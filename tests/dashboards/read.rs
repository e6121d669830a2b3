//! What the checks ask of a dashboard's JSON. Nothing of how it was made.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::source;

pub const NAMES: [&str; 5] = ["overview", "schedules", "workflow", "queue", "exporter"];

pub struct Dashboard {
    pub name: &'static str,
    pub json: Value,
}

pub fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// As the source writes them, so that rewriting the files disturbs no other test.
pub fn all() -> Vec<Dashboard> {
    let parsed = NAMES.into_iter().zip(source::files()).map(|(name, (file, text))| {
        assert_eq!(file, format!("{name}.json"));
        Dashboard { name, json: serde_json::from_str(&text).unwrap() }
    });
    parsed.collect()
}

/// The elements of a list, which may be missing.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

impl Dashboard {
    /// Rows too.
    pub fn elements(&self) -> &[Value] {
        list(&self.json["panels"])
    }

    pub fn panels(&self) -> impl Iterator<Item = &Value> {
        self.elements().iter().filter(|panel| panel["type"] != "row")
    }

    pub fn variables(&self) -> &[Value] {
        list(&self.json["templating"]["list"])
    }

    /// Where a finding is: the dashboard and the panel.
    pub fn place(&self, panel: &Value) -> String {
        format!("{}: {}", self.name, text(&panel["title"]))
    }

    /// Every query, with its place: of panels, variables and annotations.
    pub fn expressions(&self) -> Vec<(String, &str)> {
        let mut found = Vec::new();
        for panel in self.panels() {
            let targets = list(&panel["targets"]).iter();
            found.extend(targets.map(|target| (self.place(panel), text(&target["expr"]))));
        }
        for variable in self.variables().iter().filter(|variable| variable["type"] == "query") {
            found.push((format!("{}: ${}", self.name, variable["name"]), text(&variable["query"])));
        }
        for annotation in list(&self.json["annotations"]["list"]) {
            found.push((format!("{}: {}", self.name, annotation["name"]), text(&annotation["expr"])));
        }
        found
    }
}
