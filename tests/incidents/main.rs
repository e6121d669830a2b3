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

use std::time::Duration;

use play::Play;

/// Faster, and what takes the machine a second would count for too long.
const SPEED: f64 = 24.0;
const ALERTS: &str = include_str!("../../alerts/cloacina-alerts.yaml");
const SERVICE_LEVEL: &str = include_str!("../../alerts/cloacina-slo.yaml");
const ROUTES: &str = include_str!("../../alerts/alertmanager.yaml");

#[tokio::test]
async fn every_incident_is_told_and_nothing_else() {
    let incidents = incidents::together();
    let tenants = [&incidents[..], &[incidents::HEALTHY]].concat();
    let play = Play::prepare(SPEED, &tenants, &rules(), ROUTES).await;
    play.perform(&incidents, incidents::LAST, incidents::HEALTHY).await;
    let results = play.judge();
    let table = table::table(&results, SPEED);
    println!("{table}");
    let faults = play.faults(&results);
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
    table::keep(&table);
}

/// Hours are those that the rules live through.
#[tokio::test]
#[ignore = "takes long: -- --ignored soak --nocapture"]
async fn soak_of_healthy_schedules_raises_no_alert() {
    let given = |name: &str, default: f64| {
        let text = std::env::var(format!("CLOACINA_EXPORTER_SOAK_{name}"));
        text.map_or(default, |text| text.parse().expect("a number"))
    };
    let (speed, hours) = (given("SPEED", SPEED), given("HOURS", 12.0));
    let play = Play::prepare(speed, incidents::ALL_HEALTHY, &rules(), ROUTES).await;
    play.endure(incidents::ALL_HEALTHY, Duration::from_secs_f64(hours * 3600.0 / speed)).await;
    println!("{hours} hours at {speed} times the speed: {}", play.stage.lived().await);
    // Also what Alertmanager keeps to itself, because something worse is said.
    let fired = play.stage.value("count(count_over_time(ALERTS{alertstate=\"firing\"}[1w]))").await;
    let faults = play.faults(&play.judge());
    assert!(faults.is_empty() && fired.is_none(), "{fired:?}\n{}\n", faults.join("\n"));
}

fn rules() -> [String; 2] {
    [ALERTS.to_owned(), SERVICE_LEVEL.to_owned()]
}
