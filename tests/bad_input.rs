//! What a user sees of bad input: the message names the thing and the mend, `cloacina_state_up` is 0 where it is due, the
//! rest of the same process keeps working, and only a wrong configuration ends it, with 2. Needs no server.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use support::exporter::Exporter;
use support::exposition::Exposition;
use support::left_behind::{self, open_sqlite, run_sqlite};
use support::scenarios::Printed;

const UP: &str = "cloacina_state_up";
const EXECUTIONS: &str = "cloacina_state_workflow_executions_total";
const BAD_ROWS: &str = "cloacina_exporter_bad_rows_total";

/// A database in good order: that of the newest engine.
async fn good(folder: &Path) -> PathBuf {
    left_behind::ALL[2].write_sqlite(folder).await
}

/// An exporter that reads the whole history of `files`, once each was tried.
async fn exporter(files: &[&Path]) -> (Exporter, Exposition) {
    let mut arguments = vec!["--backfill", "all", "--state.file", "none", "--poll.interval", "1s"];
    arguments.extend(files.iter().flat_map(|file| ["--database", file.to_str().unwrap()]));
    let mut exporter = Exporter::start(&arguments).await;
    let tried = |page: &Exposition| page.samples.keys().filter(|series| series.name == UP).count();
    let page = exporter.until("a try of each file", |page| tried(page) == files.len()).await;
    (exporter, page)
}

fn up(page: &Exposition, tenant: &str) -> Option<f64> {
    page.get(UP, &[("tenant", tenant)])
}

/// The line of the log that speaks of `tenant`.
fn told<'a>(log: &'a str, tenant: &str) -> &'a str {
    log.lines().find(|line| line.contains(&format!("tenant={tenant} "))).unwrap_or_default()
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_down_with_a_reason_while_the_good_one_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let good = good(folder.path()).await;
    let path = |name: &str| folder.path().join(name);
    let mut bytes = std::fs::read(&good).unwrap();
    bytes[4096..].fill(0xa5);
    std::fs::write(path("corrupt.db"), bytes).unwrap();
    std::fs::write(path("text.db"), "no database ".repeat(1000)).unwrap();
    std::fs::write(path("empty.db"), "").unwrap();
    std::fs::create_dir(path("folder.db")).unwrap();
    run_sqlite(&mut open_sqlite(&path("foreign.db")).await, "CREATE TABLE songs (title TEXT)").await;
    let bad = [
        ("corrupt", "corrupt.db: the database is damaged; check it with: PRAGMA integrity_check"),
        (
            "text",
            "text.db: not an SQLite database; is the path right, and is it neither encrypted nor damaged?",
        ),
        ("empty", "not the tables of Cloacina v0.4 or later: table workflow_executions is missing"),
        ("folder", "folder.db: is a directory; name the database file in it"),
        ("foreign", "not the tables of Cloacina v0.4 or later: table workflow_executions is missing"),
        ("missing", "missing.db: does not exist; check the path, and that the engine has created it"),
    ];
    let files: Vec<_> = bad.iter().map(|(name, _)| path(&format!("{name}.db"))).collect();
    let files: Vec<&Path> = std::iter::once(&good).chain(&files).map(PathBuf::as_path).collect();
    let (mut exporter, page) = exporter(&files).await;
    let log = exporter.log();
    for (tenant, message) in bad {
        assert_eq!(up(&page, tenant), Some(0.0), "{tenant}");
        assert!(told(&log, tenant).contains(message), "{tenant}: {message} is not in:\n{log}");
        let errors = page.sum("cloacina_exporter_poll_errors_total", &[("tenant", tenant)]);
        assert!(errors >= 1.0, "{tenant}");
    }
    assert_eq!(up(&page, "tenant_v0111"), Some(1.0));
    assert_eq!(Printed::parse(left_behind::ALL[2].printed).differences(&page, "tenant_v0111"), [""; 0]);

    // What was missing or empty is read once it is there.
    for name in ["missing.db", "empty.db"] {
        let mut connection = open_sqlite(&path(name)).await;
        run_sqlite(&mut connection, left_behind::ALL[0].sqlite).await;
    }
    let here = |page: &Exposition| ["missing", "empty"].map(|tenant| up(page, tenant)) == [Some(1.0); 2];
    exporter.until("the files that are good now", here).await;
    assert_eq!(exporter.exit_code(), None);
    assert!(!exporter.log().contains("panicked"));
}

/// Frees the tables from their constraints, so that they can hold what they should not.
const WITHOUT_CONSTRAINTS: &str = "
    CREATE TABLE e AS SELECT * FROM workflow_executions; DROP TABLE workflow_executions;
    ALTER TABLE e RENAME TO workflow_executions;
    CREATE TABLE t AS SELECT * FROM task_executions; DROP TABLE task_executions;
    ALTER TABLE t RENAME TO task_executions;
    CREATE TABLE s AS SELECT * FROM schedules; DROP TABLE schedules; ALTER TABLE s RENAME TO schedules;
    CREATE TABLE x AS SELECT * FROM execution_events; DROP TABLE execution_events;
    ALTER TABLE x RENAME TO execution_events;";

/// Rows with one fault each; `{now}` is the present time.
const BAD_EXECUTIONS: &str = "
    INSERT INTO workflow_executions (id, workflow_name, status, started_at, completed_at, created_at, updated_at) VALUES
    (randomblob(16), 'unknown_status', 'Exploded', {now}, {now}, {now}, {now}),
    (randomblob(16), 'null_status', NULL, {now}, {now}, {now}, {now}),
    (randomblob(16), NULL, 'Completed', {now}, {now}, {now}, {now}),
    (NULL, 'null_id', 'Completed', {now}, {now}, {now}, {now}),
    (randomblob(7), 'short_id', 'Completed', {now}, {now}, {now}, {now}),
    (randomblob(16), 'no_times', 'Completed', NULL, NULL, NULL, NULL),
    (randomblob(16), 'no_time', 'Completed', 'yesterday', {now}, {now}, {now}),
    (randomblob(16), 'year_9999', 'Completed', '9999-12-31T23:59:59.999999+00:00', '9999-12-31T23:59:59.999999+00:00',
        '9999-12-31T23:59:59.999999+00:00', '9999-12-31T23:59:59.999999+00:00'),
    (randomblob(16), 'year_0', 'Failed', '0000-01-01T00:00:00+00:00', '0000-01-01T00:00:00+00:00',
        '0000-01-01T00:00:00+00:00', '0000-01-01T00:00:00+00:00'),
    (randomblob(16), CAST(X'6eff' AS TEXT), 'Completed', {now}, {now}, {now}, {now}),
    (randomblob(16), 'quote\" back\\ line\nend', 'Completed', {now}, {now}, {now}, {now}),
    (randomblob(16), '', 'Completed', {now}, {now}, {now}, {now}),
    (randomblob(16), 'good', 'Completed', {now}, {now}, {now}, {now});
    INSERT INTO task_executions (id, workflow_execution_id, task_name, status, attempt, completed_at, created_at, updated_at)
    SELECT randomblob(16), w.id, value, 'Completed', 1, {now}, {now}, {now} FROM workflow_executions w,
        json_each('[\"p::w::good\",null,\"\",\"::\"]') WHERE workflow_name = 'good';
    INSERT INTO task_executions (id, workflow_execution_id, task_name, status, attempt, completed_at, created_at, updated_at)
    SELECT randomblob(16), w.id, 'p::w::odd', value, 1, {now}, {now}, {now} FROM workflow_executions w,
        json_each('[\"Dreaming\",null]') WHERE workflow_name = 'good';
    INSERT INTO schedules (id, schedule_type, workflow_name, enabled, created_at, updated_at) VALUES
    (randomblob(16), 'lunar', 'scheduled', 1, {now}, {now}), (randomblob(16), 'cron', NULL, 1, {now}, {now}),
    (randomblob(16), 'cron', 'scheduled', 'maybe', {now}, {now});";

/// Numbers in `sequence_num` go on where the engine's end.
const BAD_EVENTS: &str = "
    INSERT INTO execution_events (id, workflow_execution_id, event_type, created_at, sequence_num)
    SELECT randomblob(16), w.id, value, {now}, (SELECT max(sequence_num) FROM execution_events) + key + 1
    FROM workflow_executions w, json_each('[\"workflow_completed\",\"workflow_exploded\",null]') WHERE workflow_name = 'good';
    INSERT INTO execution_events (id, workflow_execution_id, event_type, created_at, sequence_num)
    SELECT randomblob(16), w.id, 'workflow_started', {now}, (SELECT max(sequence_num) FROM execution_events) + key + 1
    FROM workflow_executions w JOIN json_each('[\"unknown_status\",\"null_status\"]') ON workflow_name = value;
    INSERT INTO execution_events (id, workflow_execution_id, event_type, created_at, sequence_num) VALUES
    (randomblob(16), NULL, 'workflow_completed', {now}, (SELECT max(sequence_num) FROM execution_events) + 1);";

fn at_present(statements: &str) -> String {
    statements.replace("{now}", "strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')")
}

/// Of the workflows with bad rows: how many executions ended, by workflow, and the rest of what must be shown.
fn check_bad_rows(page: &Exposition, log: &str) {
    let ended = |workflow: &str| page.sum(EXECUTIONS, &[("tenant", "odd"), ("workflow", workflow)]);
    for workflow in ["no_time", "year_9999", "year_0", "n\u{fffd}", "quote\" back\\ line\nend", "", "good"] {
        assert_eq!(ended(workflow), 1.0, "{workflow:?}");
    }
    for workflow in ["unknown_status", "null_status", "null_id", "short_id", "no_times"] {
        assert_eq!(ended(workflow), 0.0, "{workflow:?}");
    }
    for (table, column) in [
        ("workflow_executions", "id"),
        ("workflow_executions", "workflow_name"),
        ("workflow_executions", "status"),
        ("workflow_executions", "started_at"),
        ("workflow_executions", "created_at"),
        ("task_executions", "task_name"),
        ("task_executions", "status"),
        ("schedules", "schedule_type"),
        ("schedules", "workflow_name"),
        ("schedules", "enabled"),
        ("execution_events", "event_type"),
    ] {
        let labels = [("tenant", "odd"), ("table", table), ("column", column)];
        assert!(page.sum(BAD_ROWS, &labels) >= 1.0, "{table}.{column}");
        let names =
            |line: &&str| line.contains("tenant=odd") && line.contains(table) && line.contains(column);
        assert!(log.lines().any(|line| names(&line)), "{table}.{column} is not in:\n{log}");
    }
}

#[tokio::test]
async fn bad_rows_are_counted_and_named_while_all_others_count() {
    let folder = tempfile::tempdir().unwrap();
    let good = good(folder.path()).await;
    let odd = folder.path().join("odd.db");
    std::fs::copy(&good, &odd).unwrap();
    let mut connection = open_sqlite(&odd).await;
    run_sqlite(&mut connection, WITHOUT_CONSTRAINTS).await;
    run_sqlite(&mut connection, &at_present(BAD_EXECUTIONS)).await;
    run_sqlite(&mut connection, &at_present(BAD_EVENTS)).await;

    let (exporter, page) = exporter(&[&good, &odd]).await;
    assert_eq!(["tenant_v0111", "odd"].map(|tenant| up(&page, tenant)), [Some(1.0); 2]);
    check_bad_rows(&page, &exporter.log());
    let printed = Printed::parse(left_behind::ALL[2].printed);
    assert_eq!(printed.differences(&page, "tenant_v0111"), [""; 0]);
    assert!(!exporter.log().contains("panicked"));
}

#[tokio::test]
async fn bad_rows_that_come_while_it_reads_hide_nothing_that_comes_with_or_after_them() {
    let folder = tempfile::tempdir().unwrap();
    let odd = folder.path().join("odd.db");
    std::fs::copy(good(folder.path()).await, &odd).unwrap();
    let mut connection = open_sqlite(&odd).await;
    run_sqlite(&mut connection, WITHOUT_CONSTRAINTS).await;
    let (mut exporter, before) = exporter(&[&odd]).await;
    let completed = |page: &Exposition| {
        page.sum("cloacina_state_events_total", &[("tenant", "odd"), ("type", "workflow_completed")])
    };
    // Committed at once, as a reader would see parts of it otherwise.
    let all = format!("BEGIN; {} {} COMMIT;", at_present(BAD_EXECUTIONS), at_present(BAD_EVENTS));
    run_sqlite(&mut connection, &all).await;
    let is_counted = |page: &Exposition| page.sum(EXECUTIONS, &[("workflow", "good")]) == 1.0;
    let page = exporter.until("the good row among the bad", is_counted).await;
    assert_eq!((up(&page, "odd"), completed(&page) - completed(&before)), (Some(1.0), 1.0));
    let others = [("tenant", "odd"), ("type", "other")];
    assert_eq!(page.get("cloacina_state_events_total", &others), Some(1.0));

    let another = "INSERT INTO workflow_executions (id, workflow_name, status, started_at, completed_at, created_at, \
         updated_at) VALUES (randomblob(16), 'good', 'Completed', {now}, {now}, {now}, {now});
         INSERT INTO execution_events (id, workflow_execution_id, event_type, created_at, sequence_num)
         SELECT randomblob(16), id, 'workflow_completed', {now}, (SELECT max(sequence_num) FROM execution_events) + 1
         FROM workflow_executions ORDER BY rowid DESC LIMIT 1;";
    run_sqlite(&mut connection, &format!("BEGIN; {} COMMIT;", at_present(another))).await;
    let is_counted = |page: &Exposition| page.sum(EXECUTIONS, &[("workflow", "good")]) == 2.0;
    let page = exporter.until("a good row after the bad", is_counted).await;
    assert_eq!(completed(&page) - completed(&before), 2.0);
    assert!(!exporter.log().contains("panicked"));
}

#[test]
fn a_wrong_configuration_ends_it_with_2_and_names_the_place_and_the_mend() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("exporter.yml");
    let file = file.to_str().unwrap();
    std::fs::write(file, "databases: [{url: 'postgres://u:hunter2@h/d'}]\npol: {interval: 1s}\n").unwrap();
    for (arguments, parts) in [
        (["--database", "mysql://u:hunter2@h/d"], &["--database", "unknown kind", "postgres://"][..]),
        (["--database", "postgres://u:hunter2@h:port/d"], &["--database", "port"]),
        (
            ["--config.file", file],
            &["exporter.yml:2:1: unknown key `pol`", "the keys here are databases, poll"],
        ),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cloacina-exporter"));
        let output = command.args(arguments).env_clear().env("HOME", folder.path()).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments:?}: {message}");
        for part in parts {
            assert!(message.contains(part), "{arguments:?}: {part} is not in: {message}");
        }
        assert!(!message.contains("hunter2") && !message.contains("panicked"), "{message}");
    }
}

#[tokio::test]
async fn a_host_that_does_not_exist_is_down_and_named_while_the_file_beside_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let good = good(folder.path()).await;
    let arguments = ["--state.file", "none", "--backfill", "all", "--poll.interval", "1s", "--database"];
    let databases =
        [good.to_str().unwrap(), "--database", "postgres://monitor:hunter2@nowhere.invalid/orders"];
    let mut exporter = Exporter::start(&[&arguments[..], &databases].concat()).await;
    let both = |page: &Exposition| up(page, "orders") == Some(0.0) && up(page, "tenant_v0111") == Some(1.0);
    exporter.until("both databases", both).await;
    let log = exporter.log();
    let message = "nowhere.invalid:5432: the connection failed; check that the host name resolves";
    assert!(told(&log, "orders").contains(message), "{log}");
    assert!(!log.contains("hunter2"));
    assert_eq!(exporter.exit_code(), None);
}
