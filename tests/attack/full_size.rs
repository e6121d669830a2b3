//! The same attacks at full size, each for longer, with a real Prometheus that scrapes as well: prints the table of
//! docs/hardening.md. `tests/attack/run` starts it.
//!
//! The clients take most of the machine, so that one scrape may fail; the next, which Prometheus would make at its next
//! interval, must not.

use std::time::Duration;

use super::hostile;
use super::siege::{self, Size};
use super::support::prometheus::{Format, Prometheus};
use super::target::Target;

/// So many that a page is larger than what sockets hold.
const WORKFLOWS: u32 = 1000;
const SIZE: Size = Size { clients: 10_000, lasts: Duration::from_secs(20), pause: Duration::from_secs(1) };

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes and 10 000 open files"]
async fn a_scraper_and_a_prometheus_are_served_under_every_attack_of_ten_thousand_clients() {
    let target = Target::start(WORKFLOWS).await;
    let address = target.exporter.address();
    println!("before: {} MB resident, {} files", target.resident_bytes() >> 20, target.open_files());
    println!(
        "| attack | visits | scrapes from there | from elsewhere | resident | files | Prometheus | its slowest |"
    );
    let wanted = std::env::var("ATTACKS").unwrap_or_default();
    let chosen = |attack: &&hostile::Attack| attack.name.contains(&wanted);
    let mut failed = Vec::new();
    for attack in hostile::ALL.iter().filter(chosen) {
        let prometheus = Prometheus::start(address, "/metrics", Format::OpenMetrics, &[]).await;
        prometheus.until_answered("up == 1").await;
        let seen = siege::lay(&target, attack, SIZE).await;
        let number =
            async |query: &str| prometheus.query(query).await.first().map_or(f64::NAN, |one| one.value);
        let up = number("sum_over_time(up[1h])").await;
        let scrapes = number("count_over_time(up[1h])").await;
        let slowest = number("max_over_time(scrape_duration_seconds[1h])").await;
        println!("{} {up} of {scrapes} | {slowest:.2}s |", seen.row(attack.name));
        for (address, scraped) in [("the attackers' address", seen.shared), ("its own address", seen.own)] {
            if scraped.failed_in_a_row > 1 || scraped.served == 0 {
                failed.push(format!("{}, from {address}: {:?}", attack.name, scraped.failed));
            }
        }
    }
    let log = target.exporter.log();
    println!(
        "log: {} lines\n{}",
        log.lines().count(),
        log.lines().rev().take(5).collect::<Vec<_>>().join("\n")
    );
    assert!(!log.contains("panic"), "{log}");
    assert_eq!(failed, [""; 0], "scrapes failed one after the other");
}
