//! What the engines of each generation left behind in SQLite files, read whole: the totals are those of a recount in plain
//! SQL and those that the engines' scenarios printed.

mod support;

use support::exporter::Exporter;
use support::left_behind::{self, LeftBehind, open_sqlite};
use support::recount::Recount;
use support::scenarios::Printed;

/// An exporter over `files` that has read all of their history.
async fn exporter(files: &[String]) -> Exporter {
    let mut arguments = vec!["--backfill", "all", "--state.file", "none"];
    arguments.extend(files.iter().flat_map(|file| ["--database", file.as_str()]));
    Exporter::start(&arguments).await
}

#[tokio::test]
async fn every_generation_is_counted_as_plain_sql_and_the_scenarios_do() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for database in &left_behind::ALL {
        files.push(database.write_sqlite(folder.path()).await.display().to_string());
    }
    let page = exporter(&files).await.metrics().await;
    for (LeftBehind { tenant, generation, printed, .. }, file) in left_behind::ALL.iter().zip(&files) {
        let mut connection = open_sqlite(file.as_ref()).await;
        let recount = Recount::sqlite(&mut connection, generation).await;
        assert!(!recount.executions.is_empty() && !recount.attempts.is_empty() && !recount.events.is_empty());
        assert_eq!(Recount::exported(&page, tenant), recount, "{tenant}");
        assert_eq!(Printed::parse(printed).differences(&page, tenant), [""; 0]);
        let labels = [("tenant", *tenant), ("backend", "sqlite"), ("generation", generation)];
        assert_eq!(page.get("cloacina_state_schema_info", &labels), Some(1.0), "{tenant}");
    }
}

#[tokio::test]
async fn an_execution_with_a_failed_task_that_v0_4_stores_as_completed_is_a_failed_one() {
    let folder = tempfile::tempdir().unwrap();
    let database = &left_behind::ALL[0];
    let path = database.write_sqlite(folder.path()).await;
    let stored = "SELECT status FROM pipeline_executions WHERE pipeline_name = 'fails_now'";
    let stored: String = sqlx::query_scalar(stored).fetch_one(&mut open_sqlite(&path).await).await.unwrap();
    assert_eq!(stored, "Completed", "the data is no longer what this test is about");
    let page = exporter(&[path.display().to_string()]).await.metrics().await;
    let executions = |status| {
        let labels = [("workflow", "fails_now"), ("status", status)];
        page.sum("cloacina_state_workflow_executions_total", &labels)
    };
    assert_eq!([executions("completed"), executions("failed")], [0.0, 1.0]);
}

#[tokio::test]
async fn what_a_generation_does_not_store_is_not_observed() {
    let folder = tempfile::tempdir().unwrap();
    for database in &left_behind::ALL {
        let path = database.write_sqlite(folder.path()).await;
        let page = exporter(&[path.display().to_string()]).await.metrics().await;
        let count = |name: &str| page.sum(&format!("cloacina_state_{name}_seconds_count"), &[]);
        let printed = Printed::parse(database.printed);
        let attempts = printed.attempts("completed") + printed.attempts("failed");
        let durations = if database.knows_task_starts() { attempts } else { 0.0 };
        assert_eq!(count("task_duration"), durations, "{}", database.tenant);
        assert_eq!(count("task_queue_wait"), 0.0, "a backfill observes no waits");
        assert_eq!(count("workflow_start_delay"), 0.0);
        let ended = page.sum("cloacina_state_workflow_executions_total", &[]);
        assert_eq!(
            count("workflow_execution_duration"),
            ended,
            "all generations store when an execution began"
        );
    }
}
