//! The SQL of the runbooks on a real server with v0.11's tables: it reads only, finds what it is for, and what it writes where
//! one acts by hand is one row.

mod support;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Row, raw_sql};

use support::postgres::{Cluster, Options, execute};
use support::runbooks::{Page, pages, runbooks};
use support::schema::{self, Generation};

const INCIDENTS: &str = include_str!("data/runbook_incidents.sql");
const ID_OF_ZEROS: &str = "00000000-0000-0000-0000-000000000000";

/// By the page, the number of its SQL block, and what a row of its answer must contain: the end of an id, mostly.
const FOUND: &[(&str, usize, &str)] = &[
    ("CloacinaDatabaseUnreadable", 0, "schedule_executions,t"),
    ("CloacinaNoTenants", 0, "TENANT"),
    ("CloacinaTenantDisappeared", 0, "TENANT"),
    ("CloacinaLabelsFolded", 0, "WORKFLOW"),
    ("CloacinaSchedulerStalled", 0, "00000001"),
    ("CloacinaSchedulerStalled", 0, "00000004"),
    ("CloacinaSchedulerStalled", 1, "00000015"),
    ("CloacinaScheduleLate", 0, "00000001"),
    ("CloacinaScheduleLate", 1, "00000002"),
    ("CloacinaSchedulePeriodSkipped", 0, "00000001"),
    ("CloacinaScheduleFiresMissed", 0, "00000012"),
    ("CloacinaScheduleNoSuccess", 0, "00000012"),
    ("CloacinaScheduleInvalid", 0, "00000001"),
    ("CloacinaScheduleInvalid", 1, "00000002"),
    ("CloacinaSchedulePausedLong", 0, "00000003"),
    ("CloacinaScheduleHandoffLost", 0, "00000022"),
    ("CloacinaScheduleOverlap", 0, "00000012"),
    ("CloacinaScheduleOverlap", 1, "WORKFLOW"),
    ("CloacinaScheduleDisappeared", 0, "00000006"),
    ("CloacinaTriggerPollStalled", 0, "00000021"),
    ("CloacinaTriggerNeverPolled", 0, "00000005"),
    ("CloacinaTriggerBlocked", 0, "00000021"),
    ("CloacinaWorkflowFailing", 0, "Task execution timeout"),
    ("CloacinaWorkflowFailureRatio", 0, "00000014"),
    ("CloacinaExecutionTooLong", 0, "00000012"),
    ("CloacinaExecutionStalled", 0, "00000013"),
    ("CloacinaRetryStorm", 0, "00000014"),
    ("CloacinaRetryStorm", 1, "00000035"),
    ("CloacinaStaleClaims", 0, "00000031"),
    ("CloacinaTaskAbandoned", 0, "00000034"),
    ("CloacinaTaskQueueSlow", 0, "00000032"),
    ("CloacinaTaskQueueSlow", 1, "000000f1"),
    ("CloacinaTaskQueueStuck", 0, "00000031"),
    ("CloacinaFireBudgetBurnsSlowly", 0, "00000023"),
];

/// By the number of the README's block that writes: the end of the id that it is for.
const ACTS: [&str; 7] = ["01", "03", "01", "01", "12", "21", "31"];

async fn tenant(cluster: &Cluster) -> PgConnection {
    let mut connection = cluster.connect("postgres").await;
    schema::create(&mut connection, "\"TENANT\"", Generation::V0_11).await;
    execute(&mut connection, "SET search_path TO \"TENANT\"").await;
    execute(&mut connection, INCIDENTS).await;
    connection
}

#[tokio::test]
async fn every_query_runs_in_a_read_only_transaction() {
    let cluster = Cluster::start(Options::default()).await;
    let mut connection = tenant(&cluster).await;
    let mut queries = 0;
    for page in pages() {
        for query in page.code("sql") {
            execute(&mut connection, "BEGIN READ ONLY").await;
            let answer = raw_sql(AssertSqlSafe(query.as_str())).execute(&mut connection).await;
            assert!(answer.is_ok(), "{}: {answer:?}\n{query}", page.name);
            execute(&mut connection, "ROLLBACK").await;
            queries += 1;
        }
    }
    assert!(queries > 40, "{queries} found");
}

#[tokio::test]
async fn a_query_finds_the_rows_of_its_incident() {
    let cluster = Cluster::start(Options::default()).await;
    let mut connection = tenant(&cluster).await;
    let runbooks = runbooks();
    for &(name, number, wanted) in FOUND {
        let rows = answer(&mut connection, &runbooks, name, number).await;
        assert!(rows.iter().any(|row| row.contains(wanted)), "{name}, query {number}, {wanted}: {rows:#?}");
    }
}

#[tokio::test]
async fn a_query_leaves_out_what_is_no_part_of_its_incident() {
    let cluster = Cluster::start(Options::default()).await;
    let mut connection = tenant(&cluster).await;
    let runbooks = runbooks();
    for (name, number, unwanted) in [
        ("CloacinaScheduleLate", 0, "00000003"),          // paused
        ("CloacinaScheduleLate", 0, "00000006"),          // not yet due
        ("CloacinaScheduleInvalid", 1, "00000001"),       // has no end
        ("CloacinaScheduleHandoffLost", 0, "00000023"),   // linked
        ("CloacinaScheduleHandoffLost", 0, "00000024"),   // young
        ("CloacinaTriggerBlocked", 0, "00000024"),        // not ended
        ("CloacinaTriggerNeverPolled", 0, "00000004"),    // polled
        ("CloacinaExecutionStalled", 0, "00000012"),      // has a ready task
        ("CloacinaStaleClaims", 0, "00000032"),           // not claimed
        ("CloacinaTaskAbandoned", 0, "00000035"),         // failed by itself
        ("CloacinaTaskQueueSlow", 0, "00000031"),         // claimed
        ("CloacinaExporterRowsUnreadable", 0, "0000000"), // all can be understood
        ("CloacinaExporterRowsUnreadable", 1, "0000000"),
    ] {
        let rows = answer(&mut connection, &runbooks, name, number).await;
        assert!(!rows.iter().any(|row| row.contains(unwanted)), "{name}, query {number}: {rows:#?}");
    }
}

/// Each row as one text.
async fn answer(connection: &mut PgConnection, runbooks: &[Page], name: &str, number: usize) -> Vec<String> {
    let page = runbooks.iter().find(|page| page.name == name).unwrap();
    let query = page.code("sql")[number].trim_end_matches(';').to_owned();
    let query = format!("SELECT found::text FROM ({query}) found");
    let rows = sqlx::query(AssertSqlSafe(query)).fetch_all(connection).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn what_is_done_by_hand_changes_the_one_row_that_is_named() {
    let cluster = Cluster::start(Options::default()).await;
    let mut connection = tenant(&cluster).await;
    let readme = pages().into_iter().find(|page| page.name == "README").unwrap();
    let blocks = readme.code("sql write");
    assert_eq!(blocks.len(), ACTS.len());
    for (block, digits) in blocks.iter().zip(ACTS) {
        let of_nobody = rows_changed(&mut connection, block).await;
        let id = format!("{}{digits}", &ID_OF_ZEROS[..ID_OF_ZEROS.len() - digits.len()]);
        let of_one = rows_changed(&mut connection, &block.replace(ID_OF_ZEROS, &id)).await;
        assert_eq!((of_nobody, of_one), (0, 1), "{block}");
    }
}

/// By these statements, which are undone again.
async fn rows_changed(connection: &mut PgConnection, statements: &str) -> u64 {
    execute(connection, "BEGIN").await;
    let changed = raw_sql(AssertSqlSafe(statements)).execute(&mut *connection).await.unwrap().rows_affected();
    execute(connection, "ROLLBACK").await;
    changed
}
