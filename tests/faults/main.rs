//! Faults of databases, clocks, disks and processes, under the built binary with a state file and writers beside it that
//! keep the truth. After each fault all that was written has counted exactly once; meanwhile `cloacina_state_up` tells of
//! it, the page is served, no counter falls, and the database has no more connections than it was promised.
//!
//! ```text
//! cargo test --features servers --test faults -- --nocapture                          prints the table
//! CLOACINA_EXPORTER_FAULTS=standby cargo test --features servers --test faults         only those with that in their name
//! UPDATE_GOLDEN=1 cargo test --features servers --test faults                          writes docs/faults.md
//! cargo test --features servers --test faults -- --ignored --nocapture memory          ten thousand polls
//! ```
#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

#[path = "../support/mod.rs"]
mod support;

mod busy;
mod clocks;
mod elsewhere;
mod fault;
mod files;
mod lives;
mod memory;
mod network;
mod scene;
mod servers;
mod state_file;
mod table;
mod tenants;
mod watched;

use std::rc::Rc;
use std::time::Instant;

use fault::{Fault, Seen};
use scene::{Scene, Stage};
use tokio::sync::Semaphore;
use tokio::task::LocalSet;

/// They mostly wait; more would only get in each other's way.
const AT_ONCE: usize = 14;

/// The longest first.
fn all() -> Vec<Fault> {
    let groups = [
        tenants::FAULTS,
        network::FAULTS,
        servers::FAULTS,
        lives::FAULTS,
        clocks::FAULTS,
        state_file::FAULTS,
    ];
    groups.into_iter().chain([files::FAULTS]).flatten().copied().collect()
}

#[tokio::test]
async fn every_fault_is_told_and_nothing_is_lost_or_double() {
    let wanted = std::env::var("CLOACINA_EXPORTER_FAULTS").unwrap_or_default();
    let faults: Vec<Fault> = all().into_iter().filter(|fault| fault.name.contains(&wanted)).collect();
    let together = LocalSet::new();
    let results = together.run_until(survive(&faults)).await;
    let failed: Vec<_> = faults.iter().zip(&results).filter(|(_, seen)| seen.is_none()).collect();
    let failed: Vec<_> = failed.into_iter().map(|(fault, _)| fault.name).collect();
    let seen: Vec<_> = faults.iter().zip(results).filter_map(|(fault, seen)| Some((fault, seen?))).collect();
    let table = table::table(&seen);
    println!("{table}");
    assert!(failed.is_empty(), "{failed:?}; what went wrong stands above");
    if wanted.is_empty() {
        table::keep(&table);
    }
}

#[test]
fn every_test_that_the_table_names_exists() {
    for fault in elsewhere::FAULTS {
        let (file, name) = fault.test.rsplit_once("::").expect("a file and a function");
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(text.contains(&format!("fn {name}()")), "{}", fault.test);
    }
}

/// What was seen of each; `None` of one that went wrong.
async fn survive(faults: &[Fault]) -> Vec<Option<Seen>> {
    let stage = Rc::new(Stage::build().await);
    let permits = Rc::new(Semaphore::new(AT_ONCE));
    let tasks: Vec<_> = faults
        .iter()
        .enumerate()
        .map(|(index, &fault)| {
            let (stage, permits) = (Rc::clone(&stage), Rc::clone(&permits));
            tokio::task::spawn_local(async move {
                let _permit = permits.acquire().await.expect("never closed");
                let began = Instant::now();
                let seen = (fault.run)(Scene::new(fault.name, index as u64, stage)).await;
                println!("{}: {:.1} s", fault.name, began.elapsed().as_secs_f64());
                seen
            })
        })
        .collect();
    let mut seen = Vec::new();
    for task in tasks {
        seen.push(task.await.ok());
    }
    seen
}
