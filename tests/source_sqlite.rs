//! The reader on SQLite files of every generation, good and bad. Needs no server.

#[path = "support/answers.rs"]
mod answers;
#[path = "support/seeded.rs"]
mod seeded;

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use answers::{NO_TAIL, begin, check_all, connect};
use cloacina_exporter::config::{DatabaseUrl, Poll};
use cloacina_exporter::record::*;
use cloacina_exporter::source::{Classifier, Error, Generation, Reader, Reason, Tail, Unusable};
use seeded::{VERSIONS, Version, at, id, ids, sql};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, raw_sql};
use tempfile::TempDir;

async fn writer(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    options.journal_mode(SqliteJournalMode::Wal).foreign_keys(false).connect().await.unwrap()
}

async fn run(connection: &mut SqliteConnection, text: &str) {
    raw_sql(AssertSqlSafe(ids(text, true))).execute(connection).await.unwrap();
}

/// A seeded database, and the connection that wrote it.
async fn database(version: Version) -> (TempDir, PathBuf, SqliteConnection) {
    let folder = tempfile::tempdir().unwrap();
    // A name such as v0.5.1's daemon really gives to its file.
    let path = folder.path().join("cloacina 100%.db?mode=rwc");
    let mut connection = writer(&path).await;
    run(&mut connection, &sql(version, true)).await;
    (folder, path, connection)
}

fn url(path: &Path) -> DatabaseUrl {
    DatabaseUrl::Sqlite(path.to_owned())
}

async fn refusal(path: &Path) -> Error {
    Reader::connect(&url(path), &Poll::default(), Arc::new(Classifier::default())).await.unwrap_err()
}

#[tokio::test]
async fn the_seed_is_read_alike_from_every_generation() {
    for version in VERSIONS {
        let (_folder, path, _writer) = database(version).await;
        let mut reader = connect(&url(&path)).await;
        let (schema, position) = begin(&mut reader, "main").await;
        let generation = match version {
            Version::V0_4 => Generation::V0_4,
            Version::V0_6 => Generation::V0_5_1,
            Version::V0_11 => Generation::V0_11,
        };
        assert_eq!(schema.generation, generation);
        assert_eq!((position.xmin, position.xmax, position.locked), (8, 9, 0));
        let inode = std::fs::metadata(&path).unwrap().ino();
        assert_eq!(position.identity, Identity { system: inode, ..Identity::default() });
        check_all(&mut reader, version).await;
        assert_eq!(reader.estimated_rows().await.unwrap(), (13, 10));
        reader.rollback().await.unwrap();
    }
}

#[tokio::test]
async fn events_after_a_sequence_number_come_in_its_order() {
    let (_folder, path, mut writer) = database(Version::V0_11).await;
    let mut reader = connect(&url(&path)).await;
    begin(&mut reader, "main").await;
    let tail = Tail { after_sequence: Some(4), limit: 2, ..NO_TAIL };
    let tailed = reader.events(&tail, |_| false).await.unwrap();
    assert_eq!(tailed.events.iter().map(|event| event.id).collect::<Vec<_>>(), [id(0x26), id(0x25)]);
    assert_eq!((tailed.complete, tailed.last_sequence), (false, Some(6)));

    // The newest number is not forgotten with the events.
    reader.rollback().await.unwrap();
    run(&mut writer, "DELETE FROM execution_events").await;
    let (_, position) = begin(&mut reader, "main").await;
    assert_eq!(position.xmin, 8);
    assert_eq!(reader.oldest_event().await.unwrap(), None);
}

#[tokio::test]
async fn what_only_sqlite_can_hold_is_left_out_and_counted() {
    let (_folder, path, mut writer) = database(Version::V0_11).await;
    run(
        &mut writer,
        "DELETE FROM workflow_executions; DELETE FROM execution_events; DELETE FROM task_executions;
        INSERT INTO workflow_executions (id, workflow_name, status, started_at, created_at, updated_at) VALUES
            (#01, CAST(X'6eff' AS TEXT), 'Running', 'yesterday', '2026-11-23 10:00:00', '2026-11-23 12:00:00.1234567+02:00'),
            (X'0102', 'short id', 'Running', NULL, '2026-11-23T10:00:00+00:00', '2026-11-23T10:00:00+00:00'),
            ('00000000-0000-0000-0000-000000000003', 'id as text', 'Running', NULL, '2026-11-23T10:00:00Z', ''),
            (#04, NULL, 'Running', NULL, '2026-11-23T10:00:00Z', '2026-11-23T10:00:00Z'),
            (#05, '', 'Running', NULL, 1795428000, '2026-11-23T10:00:00Z');
        INSERT INTO task_executions (id, workflow_execution_id, task_name, status, attempt, created_at, updated_at) VALUES
            (#11, #01, '', 'Ready', 'many', '2026-11-23T10:00:00Z', '2026-11-23T10:00:00Z'),
            (#12, #01, '', 'Ready', 9223372036854775807, '2026-11-23T10:00:00Z', '2026-11-23T10:00:00Z');",
    )
    .await;
    let mut reader = connect(&url(&path)).await;
    begin(&mut reader, "main").await;
    let active = answers::sorted(reader.active_executions().await.unwrap(), |e| e.id);
    let name = |execution: &Execution| (execution.id, execution.workflow.to_string(), execution.created_at);
    assert_eq!(
        active.iter().map(name).collect::<Vec<_>>(),
        [(id(1), "n\u{fffd}".to_owned(), at(10, 0, 0.0)), (id(5), String::new(), at(10, 0, 0.0))]
    );
    assert_eq!((active[0].started_at, active[0].updated_at), (None, at(10, 0, 0.123_456)));
    assert_eq!(
        answers::problems(&mut reader),
        [
            ("workflow_executions.created_at", 1),
            ("workflow_executions.id", 2),
            ("workflow_executions.started_at", 1),
            ("workflow_executions.workflow_name", 1)
        ]
    );
    let tasks = answers::sorted(reader.tasks_of(&[id(1)]).await.unwrap(), |task| task.id);
    assert_eq!(tasks.iter().map(|task| task.attempt).collect::<Vec<_>>(), [1, u32::MAX]);
    assert_eq!(answers::problems(&mut reader), [("task_executions.attempt", 1)]);
}

#[tokio::test]
async fn a_fire_whose_start_cannot_be_read_is_left_out_and_one_whose_due_time_cannot_is_kept() {
    let (_folder, path, mut writer) = database(Version::V0_11).await;
    run(
        &mut writer,
        "UPDATE schedule_executions SET started_at = 'yesterday' WHERE id = #41;
        UPDATE schedule_executions SET scheduled_time = 'noon', recovery_attempts = 'twice' WHERE id = #4b;
        UPDATE workflow_executions SET completed_at = 'later' WHERE id = #02;
        UPDATE schedules SET last_run_at = '2026-11-23 02:00:00' WHERE id = #31",
    )
    .await;
    let mut reader = connect(&url(&path)).await;
    begin(&mut reader, "main").await;
    let fires = answers::sorted(reader.fires_since(at(2, 0, 0.0), &[]).await.unwrap(), |fire| fire.id);
    let facts: Vec<_> = fires.iter().map(|fire| (fire.id, fire.scheduled_time, fire.started_at)).collect();
    let trigger = |byte, minute| (id(byte), None, at(10, minute, 0.0));
    let triggers = [trigger(0x42, 1), trigger(0x45, 5), trigger(0x46, 6), trigger(0x49, 7)];
    assert_eq!(facts, [&triggers[..], &[(id(0x4b), None, at(3, 0, 0.25))]].concat());
    let ended = fires[0].execution.as_ref().unwrap();
    assert_eq!((ended.status, ended.completed_at), (ExecutionStatus::Completed, None));
    assert_eq!(fires[4].recovery_attempts, 0);
    assert_eq!(
        answers::problems(&mut reader),
        ["recovery_attempts", "scheduled_time", "started_at", "workflow_completed_at", "workflow_status"]
            .map(|column| (&*format!("schedule_executions.{column}").leak(), 1))
    );
}

#[tokio::test]
async fn times_written_with_a_space_are_found_by_a_bound_of_the_same_day() {
    let (_folder, path, mut writer) = database(Version::V0_11).await;
    run(&mut writer, "UPDATE workflow_executions SET completed_at = '2026-11-23 10:03:05' WHERE id = #04")
        .await;
    let mut reader = connect(&url(&path)).await;
    begin(&mut reader, "main").await;
    assert_eq!(reader.cancelled_since(at(10, 3, 5.0)).await.unwrap(), [id(4)]);
    assert!(reader.cancelled_since(at(10, 3, 5.1)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_transaction_sees_one_state_and_the_change_count_tells_of_the_next() {
    let (_folder, path, mut writer) = database(Version::V0_11).await;
    let mut reader = connect(&url(&path)).await;
    let before = reader.change_counts().await.unwrap();
    assert_eq!(reader.change_counts().await.unwrap(), before);
    begin(&mut reader, "main").await;
    run(&mut writer, "UPDATE workflow_executions SET status = 'Cancelled' WHERE id = #06").await;
    assert_eq!(reader.active_executions().await.unwrap().len(), 4);
    reader.rollback().await.unwrap();
    assert_ne!(reader.change_counts().await.unwrap(), before);
    begin(&mut reader, "main").await;
    assert_eq!(reader.active_executions().await.unwrap().len(), 3);
}

#[tokio::test]
async fn rolling_back_without_a_transaction_is_harmless_and_reading_without_one_is_refused() {
    let (_folder, path, _writer) = database(Version::V0_11).await;
    let mut reader = connect(&url(&path)).await;
    reader.rollback().await.unwrap();
    let error = reader.active_executions().await.unwrap_err();
    assert_eq!((error.operation, error.reason, error.is_broken()), ("executions", Reason::Query, false));
}

#[tokio::test]
async fn a_missing_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.db");
    let error = refusal(&path).await;
    assert_eq!(error.reason, Reason::Connect);
    assert_eq!(
        error.to_string(),
        format!(
            "connect: {}: does not exist; check the path, and that the engine has created it",
            path.display()
        )
    );
    assert!(!path.exists());
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text.db");
    std::fs::write(&path, "no database ".repeat(1000)).unwrap();
    let error = refusal(&path).await;
    assert_eq!((error.reason, error.is_broken()), (Reason::Connect, true));
    assert!(error.message.contains("not an SQLite database"), "{error}");
    assert!(refusal(folder.path()).await.message.contains("is a directory"));
}

#[tokio::test]
async fn a_damaged_database_is_an_error_that_says_so() {
    let (folder, path, writer) = database(Version::V0_11).await;
    writer.close().await.unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    // All but the first page, which holds the header and the schema.
    bytes[4096..].fill(0xa5);
    let damaged = folder.path().join("damaged.db");
    std::fs::write(&damaged, bytes).unwrap();
    let mut reader = connect(&url(&damaged)).await;
    let found = reader.discover().await;
    let error = match found {
        Err(error) => error,
        Ok(found) => {
            let schema = found.into_iter().next().unwrap().schema.unwrap();
            let probe = reader.probe().await.unwrap();
            reader.begin(&schema, &probe).await.unwrap_err()
        }
    };
    assert!(error.message.contains("PRAGMA integrity_check"), "{error}");
    assert!(error.is_broken());
}

#[tokio::test]
async fn tables_of_something_else_are_foreign() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text, missing) in [
        ("empty.db", "CREATE TABLE other (a)", "table workflow_executions"),
        (
            "half.db",
            "CREATE TABLE workflow_executions (id, workflow_name)",
            "column workflow_executions.workflow_version",
        ),
    ] {
        let path = folder.path().join(name);
        let mut connection = writer(&path).await;
        run(&mut connection, text).await;
        let mut reader = connect(&url(&path)).await;
        let found = reader.discover().await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].schema, Err(Unusable::Foreign { missing: missing.to_owned() }));
    }
    assert_eq!(
        Unusable::Foreign { missing: "table schedules".into() }.to_string(),
        "not the tables of Cloacina v0.4 or later: table schedules is missing; name another database, or exclude \
         the schema"
    );
}

#[tokio::test]
async fn generations_are_told_by_their_columns() {
    let (_folder, path, mut writer) = database(Version::V0_6).await;
    let mut reader = connect(&url(&path)).await;
    for (change, generation, label) in [
        ("SELECT 1", Generation::V0_5_1, "v0.5.1"),
        ("ALTER TABLE execution_events ADD COLUMN request_id", Generation::V0_7, "v0.7"),
        ("ALTER TABLE workflow_executions ADD COLUMN trigger_origin", Generation::V0_9, "v0.9"),
        ("ALTER TABLE schedules ADD COLUMN instance_name", Generation::V0_10, "v0.10"),
        ("ALTER TABLE schedule_executions ADD COLUMN recovery_attempts", Generation::V0_11, "v0.11"),
        // A version to come may add what it likes.
        ("ALTER TABLE schedules ADD COLUMN moon_phase", Generation::V0_11, "v0.11"),
    ] {
        run(&mut writer, change).await;
        let (schema, _) = begin(&mut reader, "main").await;
        assert_eq!((schema.generation, schema.generation.label()), (generation, label));
        assert_eq!(reader.schedules().await.unwrap().len(), 2);
        assert_eq!(reader.active_executions().await.unwrap().len(), 4);
        reader.rollback().await.unwrap();
    }
}

fn wal(path: &Path) -> PathBuf {
    PathBuf::from(format!("{}-wal", path.display()))
}

#[tokio::test]
async fn a_closed_database_that_cannot_be_shared_is_read_as_it_is_and_anew_each_time() {
    let (_folder, path, mut writer) = database(Version::V0_11).await;
    writer.close().await.unwrap();
    // A link that leads nowhere stands for a folder that may not be written: root may write any.
    std::os::unix::fs::symlink("/nowhere/at/all", wal(&path)).unwrap();
    let mut reader = connect(&url(&path)).await;
    begin(&mut reader, "main").await;
    assert_eq!(reader.active_executions().await.unwrap().len(), 4);
    reader.rollback().await.unwrap();
    assert!(reader.change_counts().await.unwrap().is_empty(), "it may have changed");

    std::fs::remove_file(wal(&path)).unwrap();
    writer = self::writer(&path).await;
    run(&mut writer, "UPDATE workflow_executions SET status = 'Cancelled' WHERE id = #06").await;
    begin(&mut reader, "main").await;
    assert_eq!(reader.active_executions().await.unwrap().len(), 3);
    assert_eq!(reader.change_counts().await.unwrap().len(), 1, "now it is shared");
}

#[tokio::test]
async fn rows_in_a_wal_that_cannot_be_opened_are_never_passed_over() {
    let (_folder, path, writer) = database(Version::V0_11).await;
    writer.close().await.unwrap();
    std::fs::create_dir(wal(&path)).unwrap();
    let error = refusal(&path).await;
    assert_eq!((error.reason, error.is_broken()), (Reason::Connect, true));
    assert!(error.message.contains("run it as the engine's user or group"), "{error}");
}

#[tokio::test]
async fn a_lock_held_for_too_long_is_a_timeout() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("locked.db");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut connection = options.journal_mode(SqliteJournalMode::Delete).connect().await.unwrap();
    run(&mut connection, &sql(Version::V0_11, true)).await;
    let poll = Poll { statement_timeout: std::time::Duration::from_millis(10), ..Poll::default() };
    let mut reader = Reader::connect(&url(&path), &poll, Arc::new(Classifier::default())).await.unwrap();
    let schema = reader.discover().await.unwrap().remove(0).schema.unwrap();
    let probe = reader.probe().await.unwrap();

    run(&mut connection, "BEGIN EXCLUSIVE").await;
    let error = reader.begin(&schema, &probe).await.unwrap_err();
    assert_eq!((error.reason, error.is_broken()), (Reason::Timeout, false));
    reader.rollback().await.unwrap();
    run(&mut connection, "ROLLBACK").await;
    reader.begin(&schema, &probe).await.unwrap();
    assert_eq!(reader.active_executions().await.unwrap().len(), 4);
}

/// Its futures are moved between threads by the poll loop.
#[tokio::test]
async fn a_reader_can_be_used_from_a_spawned_task() {
    let (_folder, path, _writer) = database(Version::V0_11).await;
    let task = tokio::spawn(async move {
        let mut reader = connect(&url(&path)).await;
        begin(&mut reader, "main").await;
        check_all(&mut reader, Version::V0_11).await;
        assert_eq!(format!("{reader:?}"), "Reader { dialect: \"Sqlite\", .. }");
    });
    task.await.unwrap();
}
