//! The checks of PromQL find each kind of mistake, and let pass what is right.

#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "promql/mod.rs"]
mod promql;

use promql::{Base, Catalogue, Measure, grafana};

fn findings(expression: &str) -> Vec<String> {
    Catalogue::of_exporter().analyse(expression).err().unwrap_or_default()
}

#[test]
fn first() {
    assert_eq!(findings("cloacina_state_upp"), ["there is no metric cloacina_state_upp"]);
}
