//! The real engine and the exporter over one database: the exporter's numbers are those that the scenarios print, whether
//! it watched them or came afterwards and read their history.
#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

mod support;

use std::collections::BTreeMap;
use std::time::Instant;

use support::engine::{Engine, EngineAtFault, SWEPT, TRIES};
use support::exporter::Exporter;
use support::exposition::{Exposition, Series};
use support::postgres::{Cluster, Options};
use support::scenarios::Printed;

const LAST_POLL: &str = "cloacina_state_last_poll_timestamp_seconds";

#[tokio::test]
async fn on_sqlite_every_transition_of_a_real_engine_counts_once() {
    for _ in 0..TRIES {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("scenarios.db").display().to_string();
        let url = format!("sqlite://{file}");
        if check(&file, &[("scenarios", vec![&url])]).await.is_ok() {
            return;
        }
    }
    panic!("the engine was at fault {TRIES} times running");
}

#[tokio::test]
async fn on_postgresql_every_transition_of_two_tenants_real_engines_counts_once() {
    for _ in 0..TRIES {
        let cluster = Cluster::start(Options::default()).await;
        let url = cluster.url("postgres", "postgres");
        let tenants = ["tenant_a", "tenant_b"].map(|tenant| (tenant, vec![&*url, "--schema", tenant]));
        if check(&url, &tenants).await.is_ok() {
            return;
        }
    }
    panic!("the engine was at fault {TRIES} times running");
}

/// Lets an engine for each of `tenants` go through the scenarios, started with the arguments given.
async fn check(database: &str, tenants: &[(&str, Vec<&str>)]) -> Result<(), EngineAtFault> {
    let mut engines = Vec::new();
    for (_, arguments) in tenants {
        engines.push(Engine::start(arguments).await);
    }
    let names: Vec<&str> = tenants.iter().map(|(tenant, _)| *tenant).collect();
    let arguments = ["--database", database, "--poll.interval", "1s", "--state.file", "none"];
    let mut watching = Exporter::start(&arguments).await;
    let empty = watching.metrics().await;
    assert_eq!(counters(&empty), BTreeMap::new(), "the scenarios have not begun");
    for engine in &mut engines {
        engine.go().await;
    }
    let mut printed = Vec::new();
    for engine in &mut engines {
        printed.push(Printed::parse(&engine.printed().await?));
    }
    let differ = |how: &str, page: &Exposition| {
        let tenants = names.iter().zip(&printed);
        let differences = tenants.flat_map(|(tenant, printed)| printed.differences(page, tenant));
        differences.map(|difference| format!("{how}: {difference}")).collect::<Vec<_>>()
    };
    let mut watched = settled(&mut watching, &names).await;
    let swept = Instant::now() + SWEPT;
    while !differ("watching", &watched).is_empty() && Instant::now() < swept {
        watched = settled(&mut watching, &names).await;
    }
    let mut later = Exporter::start(&[&arguments[..], &["--backfill", "all"]].concat()).await;
    let read_later = settled(&mut later, &names).await;

    let both = [("watching", &watched), ("read later", &read_later)];
    let differences: Vec<String> = both.iter().flat_map(|(how, page)| differ(how, page)).collect();
    assert!(differences.is_empty(), "\n{}\n", differences.join("\n"));
    assert_eq!(counters(&watched), counters(&read_later));
    for (how, page) in both {
        let attempts =
            printed.iter().map(|printed| printed.attempts("completed") + printed.attempts("failed"));
        let observed = ["completed", "failed"]
            .map(|outcome| page.sum("cloacina_state_task_duration_seconds_count", &[("outcome", outcome)]));
        assert_eq!(observed.iter().sum::<f64>(), attempts.sum::<f64>(), "{how}: durations of attempts");
        for trouble in ["poll_errors", "bad_rows", "skipped_polls", "epochs", "audit_missed_events"] {
            assert_eq!(page.sum(&format!("cloacina_exporter_{trouble}_total"), &[]), 0.0, "{how}: {trouble}");
        }
    }
    Ok(())
}

/// The page once two more polls of each tenant have ended, the last of which began after the call, and every new series
/// has shown its zero.
async fn settled(exporter: &mut Exporter, tenants: &[&str]) -> Exposition {
    let mut page = exporter.metrics().await;
    for _ in 0..3 {
        let before: Vec<_> =
            tenants.iter().map(|tenant| page.get(LAST_POLL, &[("tenant", tenant)])).collect();
        let polled = |page: &Exposition| {
            let now = tenants.iter().map(|tenant| page.get(LAST_POLL, &[("tenant", tenant)]));
            now.zip(&before).all(|(now, before)| now > *before)
        };
        page = exporter.until("another poll", polled).await;
    }
    page
}

/// All that the database's rows have been counted into, without what is 0. Fires are accounted for from the first poll
/// on: a backfill knows nothing of them.
fn counters(page: &Exposition) -> BTreeMap<&Series, f64> {
    let counters = page.samples.iter().filter(|(series, value)| {
        let backfilled = !series.name.ends_with("_fires_total");
        let counter = series.name.starts_with("cloacina_state_") && series.name.ends_with("_total");
        counter && backfilled && **value != 0.0
    });
    counters.map(|(series, value)| (series, *value)).collect()
}
