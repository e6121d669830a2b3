//! The table of faults: as it is printed, and as docs/faults.md keeps it between two markers.

use crate::elsewhere;
use crate::fault::{Fault, Seen};
use crate::support::golden_table;

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
    golden_table::keep("docs/faults.md", "faults", table, &STEADY);
}
