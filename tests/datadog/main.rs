//! The dashboard and the monitors for Datadog, against the catalogue of metrics and the alert rules.
//!
//! Nothing here asks Datadog: that a query is one of its language is known from its documentation alone.
#![allow(clippy::unwrap_used, reason = "a test")]

mod dashboard;
mod expression;
mod form;
mod monitors;
mod names;
#[path = "../promql/mod.rs"]
mod promql;

/// A file of the repository.
fn read(path: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
