//! What a user sees of bad input from PostgreSQL: refused logins and bad rows, each named with its mend, while the other
//! databases and tenants of the same process keep working.

mod support;

use support::exporter::Exporter;
use support::exposition::Exposition;
use support::left_behind;
use support::postgres::{Cluster, Options};
use support::scenarios::Printed;

const UP: &str = "cloacina_state_up";
const ARGUMENTS: [&str; 6] = ["--state.file", "none", "--backfill", "all", "--poll.interval", "1s"];

fn up(page: &Exposition, tenant: &str) -> Option<f64> {
    page.get(UP, &[("tenant", tenant)])
}

#[tokio::test]
async fn a_login_that_is_refused_is_down_with_a_reason_while_the_good_one_is_read() {
    let cluster = Cluster::start(Options { passwords: true, ..Options::default() }).await;
    let newest = &left_behind::ALL[2];
    cluster.execute("postgres", newest.postgres).await;
    cluster.create_database("locked").await;
    cluster.execute("postgres", "REVOKE CONNECT ON DATABASE locked FROM PUBLIC").await;
    cluster.execute("postgres", "CREATE ROLE monitor LOGIN PASSWORD 'hunter1'").await;
    let address = cluster.address();
    let good = cluster.url("postgres", "postgres");
    let bad = [
        (
            format!("postgres://monitor:hunter2@{address}/wrong_password"),
            "wrong_password",
            "wrong password for user \"monitor\"; check user and password",
        ),
        (
            format!("host=127.0.0.1 port={} user=nobody password=hunter2 dbname=wrong_user", address.port()),
            "wrong_user",
            "wrong password for user \"nobody\"; check user and password",
        ),
        (
            format!("postgres://postgres:postgres@{address}/no_such_database"),
            "no_such_database",
            "database \"no_such_database\" does not exist; check the end of the connection string",
        ),
        (
            format!("postgres://monitor:hunter1@{address}/locked"),
            "locked",
            "user \"monitor\" may not connect; run: GRANT CONNECT ON DATABASE",
        ),
        (
            "postgres://monitor:hunter1@127.0.0.1:1/wrong_port".to_owned(),
            "wrong_port",
            "127.0.0.1:1: nothing listens there; is the server up, and is the port right?",
        ),
        (
            format!("postgres://monitor:hunter1@{address}/postgres?sslmode=require"),
            "needs_tls",
            "TLS failed; check sslmode",
        ),
    ];
    // Two databases of one name need names of their own, which only the file can give.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("exporter.yml");
    let mut yaml = format!("databases:\n  - {{name: good, url: '{good}'}}\n");
    for (url, name, _) in &bad {
        yaml += &format!("  - {{name: {name}, url: '{url}'}}\n");
    }
    std::fs::write(&file, yaml).unwrap();
    let mut exporter =
        Exporter::start(&[&ARGUMENTS[..], &["--config.file", file.to_str().unwrap()]].concat()).await;
    let tenant = format!("good/{}", newest.tenant);
    let tried = |page: &Exposition| {
        up(page, &tenant) == Some(1.0) && bad.iter().all(|(_, name, _)| up(page, name) == Some(0.0))
    };
    let page = exporter.until("a try of every database", tried).await;
    let log = exporter.log();
    for (_, name, message) in &bad {
        let told = log.lines().find(|line| line.contains(&format!("tenant={name} "))).unwrap_or_default();
        assert!(told.replace('\\', "").contains(message), "{name}: {message} is not in:\n{log}");
    }
    assert_eq!(Printed::parse(newest.printed).differences(&page, &tenant), [""; 0]);
    assert_eq!(exporter.exit_code(), None);
    assert!(!log.contains("hunter") && !log.contains("panicked"), "{log}");
}

const BAD_ROWS: &str = "
    SET search_path = tenant_v0111;
    ALTER TABLE task_executions DROP CONSTRAINT IF EXISTS task_executions_status_check;
    ALTER TABLE workflow_executions DROP CONSTRAINT IF EXISTS workflow_executions_status_check,
        DROP CONSTRAINT IF EXISTS pipeline_executions_status_check,
        ALTER workflow_name DROP NOT NULL, ALTER created_at DROP NOT NULL, ALTER updated_at DROP NOT NULL;
    INSERT INTO workflow_executions (id, workflow_name, workflow_version, status, started_at, completed_at, created_at,
        updated_at)
    SELECT gen_random_uuid(), name, '1', status, at::timestamptz, at::timestamptz, at::timestamptz, at::timestamptz FROM (VALUES
        ('unknown_status', 'Exploded', 'now'),
        (NULL, 'Completed', 'now'),
        ('no_times', 'Completed', NULL),
        ('year_9999', 'Completed', '9999-12-31 23:59:59.999999+00'),
        ('year_294276', 'Completed', '294276-12-31 23:59:59.999999+00'),
        ('year_0', 'Failed', '0001-01-01 00:00:00+00 BC'),
        ('infinity', 'Completed', 'infinity'),
        ('minus_infinity', 'Completed', '-infinity'),
        (E'quote\" back\\\\ line\\nend', 'Completed', 'now'),
        ('', 'Completed', 'now')) AS bad (name, status, at);
    INSERT INTO execution_events (id, workflow_execution_id, event_type, created_at)
    SELECT gen_random_uuid(), id, 'workflow_exploded', now() FROM workflow_executions
        WHERE workflow_name = 'unknown_status';";

#[tokio::test]
async fn bad_rows_are_counted_and_named_while_all_others_count() {
    let cluster = Cluster::start(Options::default()).await;
    for database in &left_behind::ALL[1..] {
        cluster.execute("postgres", database.postgres).await;
    }
    cluster.execute("postgres", BAD_ROWS).await;
    let url = cluster.url("postgres", "postgres");
    let exporter = Exporter::start(&[&ARGUMENTS[..], &["--database", &url]].concat()).await;
    let page = exporter.metrics().await;
    assert_eq!(["tenant_v061", "tenant_v0111"].map(|tenant| up(&page, tenant)), [Some(1.0); 2]);
    let ended = |workflow: &str| {
        let labels = [("tenant", "tenant_v0111"), ("workflow", workflow)];
        page.sum("cloacina_state_workflow_executions_total", &labels)
    };
    for workflow in ["year_9999", "year_294276", "year_0", "infinity", "minus_infinity"] {
        assert_eq!(ended(workflow), 1.0, "{workflow}");
    }
    assert_eq!(["", "quote\" back\\ line\nend"].map(ended), [1.0; 2]);
    assert_eq!(["unknown_status", "no_times"].map(ended), [0.0; 2]);
    let log = exporter.log();
    for (table, column) in [
        ("workflow_executions", "workflow_name"),
        ("workflow_executions", "status"),
        ("workflow_executions", "created_at"),
        ("execution_events", "event_type"),
    ] {
        let labels = [("tenant", "tenant_v0111"), ("table", table), ("column", column)];
        assert!(page.sum("cloacina_exporter_bad_rows_total", &labels) >= 1.0, "{table}.{column}");
        let names = |line: &str| {
            line.contains("tenant=tenant_v0111") && line.contains(table) && line.contains(column)
        };
        assert!(log.lines().any(names), "{table}.{column} is not in:\n{log}");
    }
    let older = &left_behind::ALL[1];
    assert_eq!(Printed::parse(older.printed).differences(&page, older.tenant), [""; 0]);
    assert!(!log.contains("panicked"));
}
