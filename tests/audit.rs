//! `audit` as it is called, on SQLite: what real engines left behind, and everything that can be wrong.

mod support;

use std::path::Path;

use serde_json::Value;
use support::called::{Called, JUDGED, Told, call, check_left_behind};
use support::left_behind::{self, open_sqlite, run_sqlite};
use support::schema::Generation;

const LONG_AGO: &str = "2026-11-24T00:00:00Z";

/// A file with the tables of a generation and `rows`.
async fn database(folder: &Path, name: &str, generation: Generation, rows: &str) -> String {
    let path = folder.join(format!("{name}.db"));
    let mut connection = open_sqlite(&path).await;
    run_sqlite(&mut connection, generation.sqlite()).await;
    run_sqlite(&mut connection, rows).await;
    path.display().to_string()
}

/// The message of a call that must end with 3.
fn refused(arguments: &[&str]) -> String {
    let Called { code, stdout, stderr } = call(&[&["audit"], arguments].concat());
    assert_eq!((code, stdout.as_str()), (Some(3), ""), "{arguments:?}: {stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    stderr
}

#[tokio::test]
async fn what_engines_of_all_generations_left_behind_is_accounted_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut arguments: Vec<String> = ["audit", "--since", LONG_AGO, "--json"].map(str::to_owned).into();
    for database in &left_behind::ALL {
        let path = database.write_sqlite(folder.path()).await;
        run_sqlite(&mut open_sqlite(&path).await, JUDGED).await;
        arguments.extend(["--database".to_owned(), path.display().to_string()]);
    }
    let called = call(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!((called.code, called.stderr.as_str()), (Some(1), ""));
    let told = Told::of(&called);
    for database in &left_behind::ALL {
        check_left_behind(&told, database.tenant, database.generation);
    }
    let summary = told.0.last().unwrap();
    assert_eq!((&summary["type"], &summary["tenants"]), (&"summary".into(), &3.into()));
    assert_eq!(summary["totals"]["on_time"], 9);
}

#[tokio::test]
async fn an_execution_of_every_generation_is_told_with_its_tasks_and_its_events() {
    let folder = tempfile::tempdir().unwrap();
    for database in &left_behind::ALL {
        let path = database.write_sqlite(folder.path()).await;
        let workflow = if database.generation == "v0.4" { "pipeline" } else { "workflow" };
        let id = |name: &str| {
            format!("SELECT hex(id) FROM {workflow}_executions WHERE {workflow}_name = '{name}' LIMIT 1")
        };
        let ask = async |sql: String| -> String {
            let mut connection = open_sqlite(&path).await;
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&mut connection).await.unwrap()
        };
        let file = path.display().to_string();
        let id_of_failed = ask(id("retry_exhaust")).await;
        let called = call(&["audit", &id_of_failed, "--json", "--database", &file]);
        assert_eq!((called.code, called.stderr.as_str()), (Some(0), ""), "{}", database.tenant);
        let told: Value = serde_json::from_str(&called.stdout).unwrap();
        assert_eq!((&told["status"], &told["workflow"]), (&"Failed".into(), &"retry_exhaust".into()));
        assert_eq!(told["generation"], database.generation);
        let failed =
            told["tasks"].as_array().unwrap().iter().find(|task| task["status"] == "Failed").unwrap();
        assert_eq!(
            (&failed["attempt"], &failed["max_attempts"]),
            (&failed["max_attempts"], &failed["attempt"])
        );
        assert!(failed["error"].as_str().unwrap().starts_with("Task execution error: "), "{failed}");
        assert_eq!(failed["duration_seconds"].is_null(), !database.knows_task_starts());
        let events = ask(format!(
            "SELECT cast(count(*) AS TEXT) FROM execution_events WHERE {workflow}_execution_id = x'{id_of_failed}'"
        ));
        let listed = told["events"].as_array().unwrap();
        assert_eq!(listed.len().to_string(), events.await);
        let sequences: Vec<_> = listed.iter().map(|event| event["sequence"].as_u64().unwrap()).collect();
        assert!(sequences.is_sorted());

        let text = call(&["audit", &ask(id("ticks")).await.to_lowercase(), "--database", &file]);
        assert_eq!(text.code, Some(0));
        let expected =
            format!("tenant     {} (tables of Cloacina {})\n", database.tenant, database.generation);
        assert!(text.stdout.contains(&expected), "{}", text.stdout);
        assert!(
            text.stdout.contains("started by cron schedule ticks (") && text.stdout.contains(" late, fire ")
        );
        let paused = call(&["audit", &ask(id("paused_and_resumed")).await, "--database", &file]);
        assert!(paused.stdout.contains("\npaused     ") && paused.stdout.contains(", until "));
    }
}

#[tokio::test]
async fn an_empty_database_has_no_problems_and_exits_0_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    for generation in Generation::ALL {
        let path = database(folder.path(), &format!("{generation:?}"), generation, "").await;
        let table = call(&["audit", "--database", &path]);
        assert_eq!((table.code, table.stderr.as_str()), (Some(0), ""));
        assert!(table.stdout.ends_with(" (7d)\n\nNo problems found.\n"), "{}", table.stdout);
        let csv = call(&["audit", "--format", "csv", "--database", &path]);
        assert_eq!(csv.code, Some(0));
        assert_eq!(csv.stdout, "tenant,kind,at,schedule,schedule_id,workflow,fire,execution,task,detail\r\n");
        let lines = Told::of(&call(&["audit", "--json", "--database", &path])).0;
        assert_eq!((lines.len(), &lines[0]["problems"]), (1, &0.into()));
    }
}

#[tokio::test]
async fn patterns_choose_tenants_workflows_and_schedules() {
    let folder = tempfile::tempdir().unwrap();
    let rows = "INSERT INTO schedules (id, schedule_type, workflow_name, trigger_name, last_poll_at, created_at, \
        updated_at) VALUES (randomblob(16), 'trigger', 'etl', 'one', NULL, '2020-01-01T00:00:00+00:00', ''), \
        (randomblob(16), 'trigger', 'report', 'two', NULL, '2020-01-01T00:00:00+00:00', '')";
    let a = database(folder.path(), "a", Generation::V0_11, rows).await;
    let b = database(folder.path(), "b", Generation::V0_4, rows).await;
    let stale = |more: &[&str]| {
        let called = call(&[&["audit", "--json", "--database", &a, "--database", &b], more].concat());
        assert_eq!(called.code, Some(1));
        let told = Told::of(&called);
        [told.findings("a", "stale_poll"), told.findings("b", "stale_poll")]
    };
    assert_eq!(stale(&[]), [2, 2]);
    assert_eq!(stale(&["--tenant", "a"]), [2, 0]);
    assert_eq!(stale(&["--workflow", "r*"]), [1, 1]);
    assert_eq!(stale(&["--schedule", "o?e", "--schedule", "two", "--tenant", "b"]), [0, 2]);
    let none = refused(&["--database", &a, "--schedule", "three"]);
    assert!(none.contains("--schedule: no schedule is called like that"), "{none}");
    let none = refused(&["--database", &a, "--tenant", "c*"]);
    assert_eq!(
        none,
        "cloacina-exporter: no tenant is called like c*; leave --tenant out to look at all, or check the address of the database\n"
    );
}

#[tokio::test]
async fn an_abandoned_task_and_a_failed_fire_are_listed_with_their_ids() {
    let folder = tempfile::tempdir().unwrap();
    let rows = "INSERT INTO workflow_executions (id, workflow_name, status, started_at, completed_at, created_at, updated_at) \
        VALUES (x'00000000000000000000000000000001', 'etl', 'Failed', '2026-11-20T00:00:00.5+00:00', \
        '2026-11-20T00:00:03.5+00:00', '2026-11-20T00:00:00.5+00:00', '2026-11-20T00:00:03.5+00:00'); \
        INSERT INTO task_executions (id, workflow_execution_id, task_name, status, error_details, created_at, updated_at, \
        completed_at) VALUES (x'00000000000000000000000000000002', x'00000000000000000000000000000001', 'p::t', 'Failed', \
        'ABANDONED: 3 stale-claim recoveries', '2026-11-20T00:00:00.5+00:00', '', '2026-11-20T00:00:02.5+00:00'); \
        INSERT INTO schedules (id, schedule_type, workflow_name, cron_expression, next_run_at, last_run_at, end_date, created_at, \
        updated_at) VALUES (x'00000000000000000000000000000003', 'cron', 'etl', '0 0 * * *', '2026-11-22T00:00:00+00:00', \
        '2026-11-21T00:00:00.1+00:00', '2026-11-21T12:00:00+00:00', '2026-11-01T00:00:00+00:00', ''); \
        INSERT INTO schedule_executions (id, schedule_id, workflow_execution_id, scheduled_time, started_at, completed_at, \
        created_at, updated_at) VALUES (x'00000000000000000000000000000004', x'00000000000000000000000000000003', \
        x'00000000000000000000000000000001', '2026-11-20T00:00:00+00:00', '2026-11-20T00:00:00.5+00:00', \
        '2026-11-20T00:00:04+00:00', '', '')";
    let path = database(folder.path(), "a", Generation::V0_11, rows).await;
    let called = call(&["audit", "--since", "2026-11-19T12:00:00Z", "--format", "csv", "--database", &path]);
    assert_eq!((called.code, called.stderr.as_str()), (Some(1), ""));
    let id = |number| format!("00000000-0000-0000-0000-00000000000{number}");
    let expected = [
        "tenant,kind,at,schedule,schedule_id,workflow,fire,execution,task,detail".to_owned(),
        format!(
            "a,missed,2026-11-21T00:00:00Z,etl,{},etl,,,,the engine moved past it and left no row",
            id(3)
        ),
        format!(
            "a,failed,2026-11-20T00:00:00Z,etl,{},etl,{},{},,\"the execution failed, 3s after the fire began\"",
            id(3),
            id(4),
            id(1)
        ),
        format!(
            "a,abandoned_execution,2026-11-20T00:00:02.500Z,,,etl,,{},{},task p::t was given up: its runners died",
            id(1),
            id(2)
        ),
    ];
    assert_eq!(called.stdout.split("\r\n").collect::<Vec<_>>(), [&expected[..], &[String::new()]].concat());
    let limited = call(&["audit", "--since", "2026-11-01T00:00:00Z", "--limit", "1", "--database", &path]);
    assert!(
        limited.stdout.contains("\n… and 19 more missed, older than these; see --limit\n"),
        "{}",
        limited.stdout
    );
}

#[tokio::test]
async fn an_open_fire_is_not_lost_while_an_execution_that_is_linked_later_may_be_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let ago = |minutes| format!("strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now', '-{minutes} minutes')");
    let (hour, soon, now) = (ago(60), ago(59), ago(0));
    for (generation, table, cron, trigger) in [
        (Generation::V0_11, "workflow", 1, 0),
        (Generation::V0_6, "workflow", 0, 0),
        (Generation::V0_4, "pipeline", 0, 0),
    ] {
        let rows = format!(
            "INSERT INTO schedules (id, schedule_type, workflow_name, cron_expression, trigger_name, poll_interval_ms, \
             next_run_at, created_at, updated_at, last_poll_at) VALUES \
             (x'00000000000000000000000000000001', 'cron', 'etl', '0 0 29 2 *', NULL, NULL, {now}, {now}, '', NULL), \
             (x'00000000000000000000000000000002', 'trigger', 'etl', NULL, 'file', 1000, NULL, {now}, '', {now}); \
             INSERT INTO schedule_executions (id, schedule_id, scheduled_time, started_at, created_at, updated_at) VALUES \
             (randomblob(16), x'00000000000000000000000000000001', {hour}, {hour}, '', ''), \
             (randomblob(16), x'00000000000000000000000000000002', NULL, {hour}, '', ''); \
             INSERT INTO {table}_executions (id, {table}_name, status, started_at, created_at, updated_at) VALUES \
             (randomblob(16), 'etl', 'Running', {soon}, {soon}, {now})"
        );
        let path = database(folder.path(), &format!("{generation:?}"), generation, &rows).await;
        let lost = |path: &str| {
            let told = Told::of(&call(&["audit", "--json", "--database", path])).0;
            let of = |label: &str| {
                told.iter().filter(|line| line["kind"] == "lost" && line["schedule"] == label).count()
            };
            let cron = told.iter().find(|line| line["kind"] == "cron").unwrap()["schedule"].clone();
            (of(cron.as_str().unwrap()), of("file"))
        };
        assert_eq!(lost(&path), (cron, trigger), "{generation:?}");
        let ended = format!("UPDATE {table}_executions SET status = 'Completed'");
        run_sqlite(&mut open_sqlite(path.as_ref()).await, &ended).await;
        assert_eq!(lost(&path), (1, 1), "{generation:?}");
    }
}

#[tokio::test]
async fn broken_rows_are_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let rows = "INSERT INTO schedules (id, schedule_type, workflow_name, cron_expression, timezone, created_at, updated_at) \
        VALUES (x'01', 'cron', 'short id', '* * * * *', 'UTC', '', ''), \
        (x'00000000000000000000000000000002', 'cron', 'bad', char(27) || '[2J', 'Nowhere', '2026-01-01 00:00:00', ''); \
        INSERT INTO schedule_executions (id, schedule_id, scheduled_time, started_at, created_at, updated_at) \
        VALUES (randomblob(16), x'00000000000000000000000000000002', 'never', '9', '', '')";
    let path = database(folder.path(), "a", Generation::V0_11, rows).await;
    let called = call(&["audit", "--database", &path]);
    assert_eq!((called.code, called.stderr.as_str()), (Some(1), ""));
    assert!(called.stdout.ends_with("Problems: 1 invalid.\n") && !called.stdout.contains('\u{1b}'));
}

#[tokio::test]
async fn what_is_wrong_exits_3_with_one_line_that_names_the_mend() {
    let folder = tempfile::tempdir().unwrap();
    let good = database(folder.path(), "good", Generation::V0_11, "").await;
    let foreign = folder.path().join("foreign.db");
    run_sqlite(&mut open_sqlite(&foreign).await, "CREATE TABLE t (a)").await;
    let foreign = foreign.display().to_string();
    let garbage = folder.path().join("garbage.db");
    std::fs::write(&garbage, "not a database, but long enough to be taken for one".repeat(100)).unwrap();
    let garbage = garbage.display().to_string();
    let missing = folder.path().join("missing.db").display().to_string();
    let unknown = "3f0c9a51-7a53-4f9e-9d3c-0c1df1d5e7aa";
    for (arguments, part) in [
        (
            &["--since", "soon"][..],
            "--since: `soon` is neither a duration, such as 7d or 12h, nor an instant",
        ),
        (&["--since", "2999-01-01T00:00:00Z"], "--since: lies in the future"),
        (&["--since"], "a value is required for '--since <DURATION|INSTANT>'"),
        (&["--limit", "few"], "--limit: write a number from 0 to 1000000"),
        (&["--format", "xml"], "--format: write table, jsonl or csv"),
        (&["--tenant", ""], "--tenant: a pattern is empty"),
        (&["--nonsense"], "unexpected argument '--nonsense' found"),
        (&["nightly"], "EXECUTION_ID: is not an id"),
        (&[unknown], "execution 3f0c9a51-7a53-4f9e-9d3c-0c1df1d5e7aa is in none of the databases read"),
        (&[unknown, "--since", "1d"], "--since: has no meaning for a single execution"),
    ] {
        let message = refused(&[arguments, &["--database", &good]].concat());
        assert!(message.contains(part), "{arguments:?}: {message}");
    }
    for (path, part) in [
        (&missing, "does not exist; check the path"),
        (&garbage, "database garbage: connect: "),
        (&foreign, "tenant foreign: not the tables of Cloacina v0.4 or later"),
    ] {
        for question in [&[][..], &[unknown]] {
            let message = refused(&[question, &["--database", path]].concat());
            assert!(message.contains(part), "{path}: {message}");
        }
    }
    let none = refused(&[]);
    assert!(none.contains("no database is named: pass --database"), "{none}");
}

#[tokio::test]
async fn what_can_be_read_is_shown_though_another_database_cannot_be() {
    let folder = tempfile::tempdir().unwrap();
    let good = database(folder.path(), "good", Generation::V0_11, "").await;
    let missing = folder.path().join("mis\u{1b}sing.db").display().to_string();
    let called = call(&["audit", "--json", "--database", &missing, "--database", &good]);
    assert_eq!(called.code, Some(3));
    assert!(called.stderr.starts_with("cloacina-exporter: database mis\\u{1b}sing: "), "{}", called.stderr);
    let summary = &Told::of(&called).0[0];
    assert_eq!((&summary["tenants"], summary["unreadable"].as_array().unwrap().len()), (&1.into(), 1));
}

#[test]
fn a_secret_in_a_wrong_place_is_not_repeated() {
    for arguments in [
        &["postgres://u:hunter2@h/d"][..],
        &["--databse=postgres://u:hunter2@h/d"],
        &["--database", "mysql://u:hunter2@h/d"],
        &["--database", "host=h", "password=hunter2", "x"],
        &["--json=hunter2"],
    ] {
        let message = refused(arguments);
        assert!(!message.contains("hunter2"), "{arguments:?}: {message}");
    }
}

#[test]
fn help_exits_0_and_explains_the_exit_codes() {
    let help = call(&["audit", "--help"]);
    assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""));
    assert!(help.stdout.contains("Exit codes: 0 if nothing was found, 1 if there are problems, 3 if"));
    assert!(!help.stdout.contains("CLOACINA_EXPORTER_SINCE"));
}
