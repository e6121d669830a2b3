//! `audit` as it is called, on one PostgreSQL database with tenants of all generations, as real engines left them.

mod support;

use serde_json::Value;
use support::called::{JUDGED, Told, call, check_left_behind};
use support::left_behind;
use support::postgres::{Cluster, Options};

const LONG_AGO: &str = "2026-11-24T00:00:00Z";

async fn left_behind() -> Cluster {
    let cluster = Cluster::start(Options::default()).await;
    for database in &left_behind::ALL {
        cluster.execute("postgres", &database.postgres()).await;
        let judged = format!("SET search_path = {}; {JUDGED} RESET search_path", database.tenant);
        cluster.execute("postgres", &judged).await;
    }
    cluster
}

#[tokio::test]
async fn tenants_of_all_generations_are_accounted_for_in_one_call() {
    let cluster = left_behind().await;
    let url = cluster.url("postgres", "postgres");
    let called = call(&["audit", "--since", LONG_AGO, "--json", "--database", &url]);
    assert_eq!((called.code, called.stderr.as_str()), (Some(1), ""));
    let told = Told::of(&called);
    for database in &left_behind::ALL {
        check_left_behind(&told, database.tenant, database.generation);
    }
    let one =
        call(&["audit", "--since", LONG_AGO, "--tenant", "*_v061", "--format", "table", "--database", &url]);
    assert!(
        one.stdout.starts_with("tenant_v061: 2026-11-24T00:00:00Z to ")
            && !one.stdout.contains("tenant_v040")
    );
}

#[tokio::test]
async fn an_execution_is_found_in_whatever_tenant_it_is() {
    let cluster = left_behind().await;
    let url = cluster.url("postgres", "postgres");
    for database in &left_behind::ALL {
        let workflow = if database.generation == "v0.4" { "pipeline" } else { "workflow" };
        let tenant = database.tenant;
        let select = format!(
            "SELECT id::text FROM {tenant}.{workflow}_executions WHERE {workflow}_name = 'ticks' ORDER BY created_at LIMIT 1"
        );
        let id: String = cluster.value("postgres", &select).await;
        let called = call(&["audit", &id, "--json", "--database", &url]);
        assert_eq!((called.code, called.stderr.as_str()), (Some(0), ""), "{tenant}");
        let told: Value = serde_json::from_str(&called.stdout).unwrap();
        assert_eq!(
            [&told["tenant"], &told["execution"], &told["status"]],
            [tenant, id.as_str(), "Completed"]
        );
        assert_eq!(
            (&told["started_by"][0]["kind"], told["started_by"].as_array().unwrap().len()),
            (&"cron".into(), 1)
        );
        let events = format!(
            "SELECT count(*)::text FROM {tenant}.execution_events WHERE {workflow}_execution_id = '{id}'"
        );
        let events: String = cluster.value("postgres", &events).await;
        assert_eq!(told["events"].as_array().unwrap().len().to_string(), events);
        let elsewhere = call(&["audit", &id, "--tenant", "public", "--database", &url]);
        assert_eq!((elsewhere.code, elsewhere.stdout.as_str()), (Some(3), ""));
    }
}

#[tokio::test]
async fn a_tenant_that_may_not_be_read_is_named_with_its_grant_and_the_others_are_shown() {
    let cluster = left_behind().await;
    let grants = "CREATE ROLE monitor LOGIN; GRANT USAGE ON SCHEMA tenant_v0111, tenant_v061 TO monitor; \
        GRANT SELECT ON ALL TABLES IN SCHEMA tenant_v0111 TO monitor";
    cluster.execute("postgres", grants).await;
    let url = cluster.url("monitor", "postgres");
    let called = call(&["audit", "--since", LONG_AGO, "--json", "--database", &url]);
    assert_eq!(called.code, Some(3));
    check_left_behind(&Told::of(&called), "tenant_v0111", "v0.11");
    let lines: Vec<&str> = called.stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{}", called.stderr);
    assert!(
        lines[0].starts_with("cloacina-exporter: tenant tenant_v040: ") && lines[0].contains("GRANT USAGE")
    );
    assert!(lines[1].starts_with("cloacina-exporter: tenant tenant_v061: may not read "), "{}", lines[1]);
    let only = call(&["audit", "--since", LONG_AGO, "--tenant", "tenant_v0111", "--database", &url]);
    assert_eq!((only.code, only.stderr.as_str()), (Some(1), ""));
}

#[tokio::test]
async fn a_server_without_tenants_or_that_is_gone_exits_3_without_the_password() {
    let cluster = Cluster::start(Options::default()).await;
    let none = call(&["audit", "--database", &cluster.url("postgres", "postgres")]);
    assert_eq!((none.code, none.stdout.as_str()), (Some(3), ""));
    assert!(none.stderr.contains("no tenant was found"), "{}", none.stderr);
    drop(cluster);
    let gone = call(&["audit", "--database", "postgres://u:hunter2@127.0.0.1:1/cloacina"]);
    assert_eq!((gone.code, gone.stdout.as_str()), (Some(3), ""));
    assert!(
        gone.stderr.starts_with("cloacina-exporter: database cloacina: ") && !gone.stderr.contains("hunter2")
    );
}
