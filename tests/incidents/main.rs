//! Incidents, made by the real engine or by rows as it writes them, and what whoever is on call is told: by the real
//! exporter, a real Prometheus with the repository's rules, and a real Alertmanager. Each must be told, nothing else
//! may be, and after the mend all must clear. Evaluation is faster than in life; see `faster`.
#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

#[path = "../support/mod.rs"]
mod support;

mod engine;
mod faster;
mod incident;
mod incidents;
mod judge;
mod play;
mod rows;
mod stage;
mod table;

use judge::judge;
use play::Play;

const SPEED: f64 = 30.0;
const ALERTS: &str = include_str!("../../alerts/cloacina-alerts.yaml");
const SERVICE_LEVEL: &str = include_str!("../../alerts/cloacina-slo.yaml");
const ROUTES: &str = include_str!("../../alerts/alertmanager.yaml");

#[tokio::test]
async fn every_incident_is_told_and_nothing_else() {
    let incidents = incidents::together();
    let mut play = Play::prepare(SPEED, &incidents, incidents::HEALTHY).await;
    play.watch(&[ALERTS.to_owned(), SERVICE_LEVEL.to_owned()], ROUTES).await;
    play.perform(&incidents, incidents::LAST).await;
    let results = play.judge();
    let table = table::table(&results, SPEED);
    println!("{table}");
    let mut faults: Vec<_> = results
        .iter()
        .flat_map(|(incident, verdict)| {
            verdict.faults.iter().map(|fault| format!("{}: {fault}", incident.name))
        })
        .collect();
    faults.extend(play.panics());
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
    table::keep(&table);
}
