//! A PostgreSQL database of mixed generations, as real engines left them: each tenant's totals are those of a recount in
//! plain SQL and those that the engine's scenarios printed.

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use cloacina_exporter::config::Poll;
use cloacina_exporter::source::{Classifier, Reader};
use support::exporter::{Exporter, Format};
use support::exposition::Exposition;
use support::left_behind::{self, LeftBehind};
use support::postgres::{Cluster, Options, execute};
use support::prometheus::promtool;
use support::recount::Recount;
use support::scenarios::Printed;

/// What a first poll reads of one tenant's fires: all are among the newest or the open ones of their schedule.
async fn fires(url: &str, tenant: &str) -> BTreeMap<String, String> {
    let classifier = Arc::new(Classifier::default());
    let mut reader = Reader::connect(&url.parse().unwrap(), &Poll::default(), classifier).await.unwrap();
    let found = reader.discover().await.unwrap();
    let schema = found.into_iter().find(|found| found.name == tenant).unwrap().schema.unwrap();
    let probe = reader.probe().await.unwrap();
    reader.begin(&schema, &probe).await.unwrap();
    let fires = [reader.recent_fires(20).await.unwrap(), reader.open_fires(1000).await.unwrap()].concat();
    Recount::fires_read(&fires)
}

#[tokio::test]
async fn tenants_of_all_generations_in_one_database_are_counted_as_plain_sql_and_the_scenarios_do() {
    let cluster = Cluster::start(Options::default()).await;
    for database in &left_behind::ALL {
        cluster.execute("postgres", &database.postgres()).await;
    }
    let url = cluster.url("postgres", "postgres");
    let exporter = Exporter::start(&["--database", &url, "--backfill", "all", "--state.file", "none"]).await;
    let text = exporter.page(Format::Text).await;
    let page = Exposition::parse(text.text()).unwrap();
    for LeftBehind { tenant, generation, printed, .. } in &left_behind::ALL {
        let mut connection = cluster.connect("postgres").await;
        execute(&mut connection, &format!("SET search_path = {tenant}")).await;
        let recount = Recount::postgres(&mut connection, generation).await;
        assert!(!recount.executions.is_empty() && !recount.attempts.is_empty() && !recount.events.is_empty());
        assert_eq!(Recount::exported(&page, tenant), recount, "{tenant}");
        let (read, plain) =
            (fires(&url, tenant).await, Recount::fires_postgres(&mut connection, generation).await);
        assert_eq!((read.len(), &read), (10, &plain), "{tenant}");
        assert_eq!(Printed::parse(printed).differences(&page, tenant), [""; 0]);
        let labels = [("tenant", *tenant), ("backend", "postgresql"), ("generation", generation)];
        assert_eq!(page.get("cloacina_state_schema_info", &labels), Some(1.0), "{tenant}");
    }
    let durations = |tenant| page.sum("cloacina_state_task_duration_seconds_count", &[("tenant", tenant)]);
    let attempts = Printed::parse(left_behind::ALL[2].printed);
    let known = attempts.attempts("completed") + attempts.attempts("failed");
    assert_eq!(["tenant_v040", "tenant_v061", "tenant_v0111"].map(durations), [0.0, 0.0, known]);

    let checked = promtool(&["check", "metrics"], text.text());
    let said = String::from_utf8_lossy(&checked.stderr);
    assert!(checked.status.success() && said.is_empty(), "{said}");
}
