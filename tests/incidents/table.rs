//! The table of incidents: as it is printed, and as docs/incidents.md keeps it between two markers.

use crate::faster::human;
use crate::incident::{Actor, Incident};
use crate::judge::Verdict;
use crate::support::golden_table;

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
    golden_table::keep("docs/incidents.md", "incidents", table, &STEADY);
}
