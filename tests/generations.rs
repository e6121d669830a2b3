//! What the engines of each generation left behind in SQLite files, read whole: the totals are those of a recount in plain
//! SQL and those that the engines' scenarios printed.

mod support;

use std::time::Duration;

use support::exporter::Exporter;
use support::exposition::Exposition;
use support::left_behind::{self, LeftBehind, open_sqlite, run_sqlite};
use support::poller::Poller;
use support::recount::Recount;
use support::scenarios::Printed;

/// The page of an exporter that has read all history of `files`; the first page may lack some of several.
async fn page(files: &[String]) -> Exposition {
    let mut arguments = vec!["--backfill", "all", "--state.file", "none"];
    arguments.extend(files.iter().flat_map(|file| ["--database", file.as_str()]));
    let mut exporter = Exporter::start(&arguments).await;
    let all_are_up = |page: &Exposition| page.sum("cloacina_state_up", &[]) == files.len() as f64;
    exporter.until("every file", all_are_up).await
}

#[tokio::test]
async fn every_generation_is_counted_as_plain_sql_and_the_scenarios_do() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for database in &left_behind::ALL {
        files.push(database.write_sqlite(folder.path()).await.display().to_string());
    }
    let page = page(&files).await;
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
    let page = page(&[path.display().to_string()]).await;
    let executions = |status| {
        let labels = [("workflow", "fails_now"), ("status", status)];
        page.sum("cloacina_state_workflow_executions_total", &labels)
    };
    assert_eq!([executions("completed"), executions("failed")], [0.0, 1.0]);
}

/// All are among the newest or the open ones of their schedule.
#[tokio::test]
async fn the_fires_of_every_generation_are_those_of_plain_sql() {
    let folder = tempfile::tempdir().unwrap();
    for database in &left_behind::ALL {
        let path = database.write_sqlite(folder.path()).await;
        let mut poller = Poller::new(&path.display().to_string(), Duration::from_secs(120));
        poller.poll().await;
        let read = Recount::fires_read(&poller.batch.unwrap().fires);
        let plain = Recount::fires_sqlite(&mut open_sqlite(&path).await, database.generation).await;
        assert_eq!((read.len(), &read), (10, &plain), "{}", database.tenant);
    }
}

#[tokio::test]
async fn what_a_generation_does_not_store_is_not_observed() {
    let folder = tempfile::tempdir().unwrap();
    for database in &left_behind::ALL {
        let path = database.write_sqlite(folder.path()).await;
        let page = page(&[path.display().to_string()]).await;
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

#[tokio::test]
async fn the_retries_of_a_task_that_its_cancelled_execution_left_unfinished_count() {
    let folder = tempfile::tempdir().unwrap();
    for database in &left_behind::ALL {
        let path = database.write_sqlite(folder.path()).await;
        let mut connection = open_sqlite(&path).await;
        let workflow = if database.generation == "v0.4" { "pipeline" } else { "workflow" };
        let cancel = format!(
            "UPDATE {workflow}_executions SET status = 'Cancelled', completed_at = updated_at \
             WHERE {workflow}_name = 'backs_off'"
        );
        run_sqlite(&mut connection, &cancel).await;
        let page = page(&[path.display().to_string()]).await;
        let labels = [("workflow", "backs_off"), ("task", "patient"), ("outcome", "retried")];
        assert_eq!(page.sum("cloacina_state_task_attempts_total", &labels), 1.0, "{}", database.tenant);
        let recount = Recount::sqlite(&mut connection, database.generation).await;
        assert_eq!(Recount::exported(&page, database.tenant), recount, "{}", database.tenant);
    }
}
