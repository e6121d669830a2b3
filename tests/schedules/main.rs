//! What is made of schedules and their fires: a table of situations, and properties over simulated schedulers.

mod accounting;
#[path = "../fold/builders.rs"]
mod builders;
mod calendar;
mod changes;
mod clocks;
mod daylight;
mod deadlines;
mod expressions;
mod extremes;
mod handoffs;
mod ledger;
mod lifetimes;
mod outcomes;
mod scenario;
mod simulation;
mod situation;
#[path = "../fold/timeline.rs"]
mod timeline;
mod triggers;
mod unseen;
mod validity;

use std::collections::BTreeSet;

#[test]
fn every_situation_states_a_fact_of_its_own() {
    let tables = [
        changes::situations(),
        clocks::situations(),
        daylight::situations(),
        deadlines::situations(),
        expressions::situations(),
        handoffs::situations(),
        lifetimes::situations(),
        outcomes::situations(),
        triggers::situations(),
        unseen::situations(),
        validity::situations(),
    ];
    let names: Vec<&str> = tables.iter().flatten().map(|situation| situation.name).collect();
    let distinct: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(distinct.len(), names.len());
    assert!(names.len() >= 60, "{}", names.len());
}
