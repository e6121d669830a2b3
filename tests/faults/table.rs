//! The table of faults: as it is printed, and as docs/faults.md keeps it between two markers.

use std::path::Path;

use crate::elsewhere;
use crate::fault::{Fault, Seen};

const BEGIN: &str = "<!-- faults: written by the test -->\n";
const END: &str = "<!-- end of faults -->";
const HEAD: &str = "| fault | how it is made | expected | seen | test |\n|---|---|---|---|---|\n";
/// All but what was seen, which is timed.
const STEADY: [usize; 4] = [1, 2, 3, 5];

pub fn table(faults: &[(&Fault, Seen)]) -> String {
    let here = faults.iter().map(|(fault, seen)| {
        let (name, made, expected) = (fault.name, fault.made, fault.expected);
        format!("| {name} | {made} | {expected} | {seen} | `tests/faults` |\n")
    });
    let there = elsewhere::FAULTS.iter().map(|fault| {
        let (name, made, expected, test) = (fault.name, fault.made, fault.expected, fault.test);
        format!("| {name} | {made} | {expected} | as expected | `{test}` |\n")
    });
    HEAD.to_owned() + &here.chain(there).collect::<String>()
}

/// Compares what is steady with the page; writes the table there if `UPDATE_GOLDEN` is set.
pub fn keep(table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/faults.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the page has a beginning of the table");
    let (kept, after) = rest.split_once(END).expect("the page has an end of the table");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
    } else {
        assert_eq!(steady(kept), steady(table), "docs/faults.md: run again with UPDATE_GOLDEN=1");
    }
}

fn steady(table: &str) -> Vec<Vec<&str>> {
    table
        .lines()
        .skip(2)
        .map(|line| {
            let cells: Vec<_> = line.split('|').map(str::trim).collect();
            STEADY.iter().map(|&index| cells[index]).collect()
        })
        .collect()
}
