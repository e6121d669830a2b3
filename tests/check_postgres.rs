//! `cloacina-exporter check` on PostgreSQL: tenants of all generations in one database, and what cannot be read.

mod support;

use support::checked::{check, failures, rows};
use support::postgres::{Cluster, Options, execute};
use support::process::free_port;
use support::schema::{self, Generation};

const TENANTS: [(&str, Generation, &str); 3] = [
    ("old", Generation::V0_4, "v0.4"),
    ("middle", Generation::V0_6, "v0.5.1"),
    ("new", Generation::V0_11, "v0.11"),
];

/// A database with the failures of every generation in a schema of its own, and a schema `secret`; the role `monitor` may
/// read all but that.
async fn cluster() -> Cluster {
    let cluster = Cluster::start(Options::default()).await;
    let mut connection = cluster.connect("postgres").await;
    execute(&mut connection, "CREATE ROLE monitor LOGIN").await;
    for (tenant, generation, _) in TENANTS {
        schema::create(&mut connection, tenant, generation).await;
        let failures = failures(generation, false);
        execute(&mut connection, &format!("SET search_path = {tenant}; {failures} RESET search_path")).await;
        let grant = format!(
            "GRANT USAGE ON SCHEMA {tenant} TO monitor; GRANT SELECT ON ALL TABLES IN SCHEMA {tenant} TO monitor"
        );
        execute(&mut connection, &grant).await;
    }
    schema::create(&mut connection, "secret", Generation::V0_11).await;
    cluster
}

#[tokio::test]
async fn tenants_of_all_generations_are_checked_and_one_that_may_not_be_read_is_told_with_the_grant() {
    let cluster = cluster().await;
    let url = cluster.url("monitor", "postgres");
    let checked = check(&["--database", &url, "--json"]);
    assert_eq!((checked.code, checked.stderr.as_str()), (Some(1), ""), "{}", checked.stdout);
    let json = checked.json();
    for (tenant, _, generation) in TENANTS {
        let tenants = json["tenants"].as_array().unwrap();
        let found = tenants.iter().find(|found| found["tenant"] == tenant).unwrap();
        assert_eq!(found["generation"], generation);
        assert_eq!(found["executions"]["failed"], 2, "{tenant}");
        let findings = json["findings"].as_array().unwrap().iter();
        let told: Vec<_> =
            findings.filter(|found| found["tenant"] == tenant).map(|found| &found["tasks"]).collect();
        let load = serde_json::json!([{"task": "load", "attempt": 3, "error": "disk full: 100%"}]);
        let send = serde_json::json!([{"task": "send", "attempt": 2, "error": "ABANDONED: 3 recoveries"}]);
        assert_eq!(told, [&load, &send], "{tenant}");
    }
    let secret = &json["findings"].as_array().unwrap()[6];
    assert_eq!((&secret["severity"], &secret["kind"]), (&"unknown".into(), &"tenant_unreadable".into()));
    let message = secret["message"].as_str().unwrap();
    assert!(message.contains("GRANT USAGE ON SCHEMA \"secret\" TO \"monitor\";"), "{message}");

    let checked = check(&["--database", &url, "--tenant", "new", "--tenant", "ol?", "--workflow", "report"]);
    assert_eq!(checked.code, Some(1));
    assert!(
        checked.stdout.starts_with("WARNING: 2 failed executions in 1d\n\nnew (v0.11)\n"),
        "{}",
        checked.stdout
    );
    assert_eq!(check(&["--database", &url, "--tenant", "secret"]).code, Some(3));
}

/// Thousands of executions under other names before twelve quick ones and one that has been running for five minutes.
const USUALLY_QUICK: &str = "
INSERT INTO {executions} ({name}, status, started_at, completed_at, created_at, updated_at)
    SELECT CASE WHEN n > 12 THEN 'other' ELSE 'sync' END, 'Completed', @9010, @9000, @9010, @9000
    FROM generate_series(1, 5000) n;
INSERT INTO {executions} (id, {name}, status, started_at, created_at, updated_at)
    VALUES (#99, 'sync', 'Running', @300, @300, @1);
INSERT INTO task_executions (id, {execution}, task_name, status, created_at, updated_at)
    VALUES (#9a, #99, 'public::p::sync::load', 'Running', @300, @1);
";

#[tokio::test]
async fn an_execution_is_too_long_by_what_its_workflow_usually_takes() {
    let cluster = cluster().await;
    for (tenant, generation, _) in TENANTS {
        let rows = rows(USUALLY_QUICK, generation, false);
        cluster.execute("postgres", &format!("SET search_path = {tenant}; {rows}")).await;
        let url = cluster.url("monitor", "postgres");
        let checked = check(&["--database", &url, "--tenant", tenant, "--failed-warning", "off"]);
        assert_eq!(checked.code, Some(1), "{}", checked.stdout);
        let line = "  warning   execution_too_long    sync: 00000000-0000-0000-0000-000000000099 has been running for 5m";
        assert!(checked.stdout.contains(line), "{tenant}: {}", checked.stdout);
        assert!(
            checked.stdout.contains(", longer than 2m; 95 of 100 end within 10s\n"),
            "{tenant}: {}",
            checked.stdout
        );
    }
}

#[tokio::test]
async fn a_server_that_is_down_or_refuses_is_unknown_and_no_password_is_shown() {
    let cluster = Cluster::start(Options { passwords: true, ..Options::default() }).await;
    let address = cluster.address();
    for (url, told) in [
        (format!("postgres://u:hunter2@127.0.0.1:{}/app", free_port()), "nothing listens there"),
        (format!("postgres://u:hunter2@{address}/app"), "cannot be read: connect: "),
    ] {
        for format in ["text", "json", "nagios"] {
            let checked = check(&["--database", &url, "--format", format]);
            assert_eq!(checked.code, Some(3), "{}", checked.stdout);
            assert!(checked.stdout.contains(told), "{}", checked.stdout);
            assert!(checked.stdout.contains("postgres://127.0.0.1:"), "{}", checked.stdout);
            assert!(!checked.stdout.contains("hunter2") && checked.stderr.is_empty(), "{}", checked.stdout);
        }
    }
}

#[tokio::test]
async fn a_database_without_tenants_is_unknown() {
    let cluster = Cluster::start(Options::default()).await;
    let checked = check(&["--database", &cluster.url("postgres", "postgres")]);
    assert_eq!(checked.code, Some(3));
    assert!(checked.stdout.starts_with("UNKNOWN: 1 search for tenants without a match\n\npostgres\n"));
    assert!(checked.stdout.contains("has Cloacina's tables; is it the right database"), "{}", checked.stdout);
}
