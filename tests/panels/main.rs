//! Every query of every panel, variable and annotation of the dashboards is put to real Prometheus servers that scrape the
//! real exporter, over a Cloacina in which everything happens and over an empty one. No Grafana is run: how it draws the
//! answers is not tested.
#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

#[path = "../support/mod.rs"]
mod support;

mod ask;
mod check;
mod grafana;
mod mistakes;
mod needs;
mod report;
mod rules;
mod substitute;

mod workload;

use std::net::SocketAddr;
use std::path::Path;

use check::Workload;
use grafana::Dashboard;
use report::Tally;
use support::process;
use support::prometheus::{Format, Prometheus, Version};
use workload::{Empty, Full};

/// What may give nothing over the full workload, as `uid/panel` or `uid/annotation name`, with the reason.
const MAY_BE_EMPTY: [(&str, &str); 0] = [];
/// Scrapes that a Prometheus must have made before it is asked: as many as a range reaches back, and some more.
const SCRAPES: u32 = 45;
const VERSIONS: [(&str, Version); 2] = [("2.42", Version::V2_42), ("2.53", Version::V2_53)];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_query_of_every_panel_answers_over_a_full_workload() {
    for (_, version) in VERSIONS {
        // What is missing is said before the workload takes its time.
        version.program("prometheus");
    }
    let full = Full::start().await;
    let servers = servers(full.exporter.address(), SCRAPES).await;
    let may_be_empty = MAY_BE_EMPTY.map(|(place, _)| place);
    let tallies = check_all(&servers, Workload::Full { may_be_empty: &may_be_empty }).await;
    println!("{}", report::table(&tallies));
    report::assert_sound(&tallies);
    let all: Vec<_> = tallies.into_iter().map(|(_, tally)| tally).collect();
    assert_eq!(check::listed_in_vain(&may_be_empty, &all), [].into(), "these need not be listed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_query_fails_over_an_empty_database() {
    let empty = Empty::start().await;
    let servers = servers(empty.exporter.address(), 5).await;
    let tallies = check_all(&servers, Workload::Empty).await;
    println!("{}", report::table(&tallies));
    report::assert_sound(&tallies);
}

/// A Prometheus of each version, once it has made as many scrapes.
async fn servers(target: SocketAddr, scrapes: u32) -> Vec<(&'static str, Prometheus)> {
    let rules = rules::all();
    let rules: Vec<_> = rules.iter().map(String::as_str).collect();
    let mut servers = Vec::new();
    for (name, version) in VERSIONS {
        let prometheus =
            Prometheus::start_version(version, target, "/metrics", Format::OpenMetrics, &rules).await;
        servers.push((name, prometheus));
    }
    for (_, prometheus) in &servers {
        // In steps, each of which is awaited with patience.
        for wanted in (5..=scrapes).step_by(5) {
            let made = async || {
                let samples = prometheus.query("count_over_time(up[5m])").await;
                samples.first().is_some_and(|sample| sample.value >= f64::from(wanted))
            };
            process::eventually("scrapes", made).await;
        }
    }
    servers
}

async fn check_all<'a>(servers: &[(&'a str, Prometheus)], workload: Workload<'_>) -> Vec<(&'a str, Tally)> {
    let dashboards = dashboards();
    let mut tallies = Vec::new();
    for dashboard in &dashboards {
        for (version, prometheus) in servers {
            tallies.push((*version, check::dashboard(prometheus, dashboard, workload).await));
        }
    }
    tallies
}

/// # Panics
/// If there is none.
fn dashboards() -> Vec<Dashboard> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("dashboards");
    let entries = std::fs::read_dir(&folder).expect("there are dashboards");
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    assert!(!paths.is_empty(), "no dashboard in {}", folder.display());
    paths.iter().map(|path| Dashboard::read(path)).collect()
}
