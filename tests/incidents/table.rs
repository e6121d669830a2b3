//! The table of incidents: as it is printed, and as docs/incidents.md keeps it between two markers.

use std::path::Path;

use crate::faster::human;
use crate::incident::{Actor, Incident};
use crate::judge::Verdict;

const BEGIN: &str = "<!-- incidents: written by the test -->\n";
const END: &str = "<!-- end of incidents -->";
const HEAD: &str = "| incident | made by | alert | fired after | at full speed | also fired | cleared after | \
    at full speed |\n|---|---|---|---|---|---|---|---|\n";

/// Columns that say the same after every run.
const STEADY: [usize; 3] = [1, 2, 3];

pub fn table(results: &[(&Incident, Verdict)], speed: f64) -> String {
    let rows = results.iter().flat_map(|(incident, verdict)| rows(incident, verdict, speed));
    HEAD.to_owned() + &rows.collect::<String>()
}

fn rows(incident: &Incident, verdict: &Verdict, speed: f64) -> Vec<String> {
    let actor = if incident.actor == Actor::Rows { "rows" } else { "engine" };
    let name = |alert: &str| alert.trim_start_matches("Cloacina").to_owned();
    let also: Vec<_> = verdict.also.iter().map(|alert| name(alert)).collect();
    let [cleared, cleared_full] = times(verdict.cleared, speed);
    let cleared_full = incident.clears.map_or(cleared_full, str::to_owned);
    let row = |(alert, fired): &(&str, Option<f64>)| {
        let [fired, fired_full] = times(*fired, speed);
        format!(
            "| {} | {actor} | {} | {fired} | {fired_full} | {} | {cleared} | {cleared_full} |\n",
            incident.name,
            name(alert),
            also.join(", "),
        )
    };
    verdict.fired.iter().map(row).collect()
}

/// As measured, and as it would be.
fn times(seconds: Option<f64>, speed: f64) -> [String; 2] {
    seconds.map_or_else(Default::default, |seconds| [format!("{seconds:.1} s"), human(seconds * speed)])
}

/// Compares what is steady with the page; writes the table there if `UPDATE_GOLDEN` is set.
pub fn keep(table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/incidents.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the page has a beginning of the table");
    let (kept, after) = rest.split_once(END).expect("the page has an end of the table");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
    } else {
        assert_eq!(steady(kept), steady(table), "docs/incidents.md: run again with UPDATE_GOLDEN=1");
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
