//! Writes the five Grafana dashboards: `cargo run --example dashboards`.
//!
//! One file for each dashboard says what is on it; `panel` and `table` know how such panels look, `layout` where they
//! stand, `frame` what all dashboards share, `query` the parts of queries that recur, and `grafana` how it is all spelt
//! in JSON. `tests/dashboards.rs` includes this file, and checks that the JSON is what it would write.

mod exporter;
mod frame;
mod grafana;
mod layout;
mod overview;
mod panel;
mod query;
mod queue;
mod schedules;
mod table;
mod workflow;

use std::path::Path;

use frame::Page;

/// The name of each file, and its text.
pub fn files() -> Vec<(String, String)> {
    Page::ALL.into_iter().map(|page| (format!("{}.json", page.name()), text(page))).collect()
}

fn text(page: Page) -> String {
    let rows = match page {
        Page::Overview => overview::rows(),
        Page::Schedules => schedules::rows(),
        Page::Workflow => workflow::rows(),
        Page::Queue => queue::rows(),
        Page::Exporter => exporter::rows(),
    };
    let dashboard = frame::dashboard(page, layout::place(rows));
    serde_json::to_string_pretty(&dashboard).expect("strings and numbers only") + "\n"
}

fn main() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("dashboards");
    files().into_iter().try_for_each(|(name, text)| std::fs::write(folder.join(name), text))
}
