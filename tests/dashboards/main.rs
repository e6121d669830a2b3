//! The Grafana dashboards are what their source writes, and hold together: places, variables, links, queries, units.
//!
//! No Grafana and no Prometheus runs here; `tests/panels` asks a Prometheus every query, and `tests/dashboards_schema.rs`
//! holds the files against Grafana's types.

mod looks;
#[path = "../promql/mod.rs"]
mod promql;
mod queries;
mod read;
#[path = "../../dashboards/source/main.rs"]
#[allow(dead_code, unreachable_pub)]
mod source;
mod structure;

use std::fs;

use read::in_repository;

#[test]
fn the_files_are_what_the_source_writes() {
    for (name, text) in source::files() {
        let path = in_repository(&format!("dashboards/{name}"));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&path, &text).unwrap();
        }
        assert!(fs::read_to_string(&path).unwrap() == text, "{name} is stale; UPDATE_GOLDEN=1 rewrites it");
    }
}
