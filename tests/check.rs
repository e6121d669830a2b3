//! `cloacina-exporter check` on SQLite files: what it answers to people and programs, and its exit codes.

mod support;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use support::checked::{Checked, check, check_with, command, failures, rows};
use support::left_behind::{self, open_sqlite, run_sqlite};
use support::process::{Signal, send};
use support::schema::Generation;
use tempfile::TempDir;

/// A file `orders.db` with the tables of `generation` and `rows` in them.
async fn database(generation: Generation, rows: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.db");
    write(&path, generation, rows).await;
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

async fn write(path: &Path, generation: Generation, rows: &str) {
    let mut connection = open_sqlite(path).await;
    run_sqlite(&mut connection, &format!("{}{rows}", generation.sqlite())).await;
}

fn finding(severity: &str, kind: &str, subject: &str) -> [String; 3] {
    [severity, kind, subject].map(str::to_owned)
}

#[tokio::test]
async fn an_empty_database_of_any_generation_is_well_and_nothing_is_created() {
    for generation in Generation::ALL {
        let (_folder, path) = database(generation, "").await;
        let checked = check(&["--database", &path]);
        let expected = format!(
            "OK: nothing wrong in orders\n\norders ({})\n  failed in 1d: 0\n  active: 0 (0 running, 0 pending, 0 paused)\n  \
             schedules: 0 enabled, 0 of them paused; 0 disabled\n",
            match generation {
                Generation::V0_4 => "v0.4",
                Generation::V0_6 => "v0.5.1",
                Generation::V0_11 => "v0.11",
            }
        );
        assert_eq!((checked.code, checked.stdout, checked.stderr), (Some(0), expected, String::new()));
        assert_eq!(fs::read_dir(checked.home.path()).unwrap().count(), 0);
    }
}

#[tokio::test]
async fn failed_executions_of_any_generation_are_found_with_what_their_tasks_said() {
    for generation in Generation::ALL {
        let (_folder, path) = database(generation, &failures(generation, true)).await;
        let checked = check(&["--database", &path, "--json"]);
        assert_eq!((checked.code, checked.stderr.as_str()), (Some(1), ""), "{generation:?}");
        let expected = ["etl", "report"].map(|workflow| finding("warning", "execution_failed", workflow));
        assert_eq!(checked.findings(), expected, "{generation:?}");
        let json = checked.json();
        assert_eq!(json["tenants"][0]["executions"]["failed"], 2);
        let tasks = |index: usize| &json["findings"][index]["tasks"];
        let load = serde_json::json!([{"task": "load", "attempt": 3, "error": "disk full: 100%"}]);
        assert_eq!(*tasks(0), load);
        let send = serde_json::json!([{"task": "send", "attempt": 2, "error": "ABANDONED: 3 recoveries"}]);
        assert_eq!(*tasks(1), send);
        assert_eq!(json["findings"][0]["execution"], "00000000-0000-0000-0000-000000000001");

        let checked = check(&["--database", &path, "--since", "3d", "--failed-critical", "3"]);
        assert_eq!(checked.code, Some(2), "{generation:?}: {}", checked.stdout);
        assert!(checked.stdout.starts_with("CRITICAL: 3 failed executions in 3d\n"), "{}", checked.stdout);
        assert_eq!(check(&["--database", &path, "--since", "10m"]).code, Some(0), "{generation:?}");
        assert_eq!(check(&["--database", &path, "--failed-warning", "3"]).code, Some(0), "{generation:?}");
        assert_eq!(check(&["--database", &path, "--failed-warning", "2"]).code, Some(1), "{generation:?}");
    }
}

#[tokio::test]
async fn what_the_engines_left_behind_has_as_many_failures_as_plain_sql_counts() {
    let folder = tempfile::tempdir().unwrap();
    for database in &left_behind::ALL {
        let path = database.write_sqlite(folder.path()).await;
        let (executions, execution, failed) = match database.generation {
            "v0.4" => {
                ("pipeline_executions", "pipeline_execution_id", "status IN ('Completed', 'Failed') AND")
            }
            _ => ("workflow_executions", "workflow_execution_id", "status = 'Failed' AND"),
        };
        let query = format!(
            "SELECT count(*) FROM {executions} e WHERE {failed} \
             EXISTS (SELECT 1 FROM task_executions t WHERE t.{execution} = e.id AND t.status = 'Failed')"
        );
        let mut connection = open_sqlite(&path).await;
        let query = sqlx::query_scalar(sqlx::AssertSqlSafe(query));
        let count: i64 = query.fetch_one(&mut connection).await.unwrap();
        assert!(count > 0);
        let checked = check(&["--database", path.to_str().unwrap(), "--json", "--since", "36500d"]);
        let json = checked.json();
        assert_eq!(json["tenants"][0]["executions"]["failed"], count, "{}", database.tenant);
        let told = checked.findings().iter().filter(|[_, kind, _]| kind == "execution_failed").count();
        assert_eq!(told as i64, count, "{}", database.tenant);
        assert_eq!(checked.code, Some(2), "{}", database.tenant);
    }
}

#[tokio::test]
async fn of_many_failures_the_newest_are_listed_and_all_are_counted() {
    let failed = |number: u32| {
        format!(
            "INSERT INTO workflow_executions (id, workflow_name, status, started_at, completed_at, created_at, updated_at) \
             VALUES (#{number:02x}, 'etl', 'Failed', @{0}, @{0}, @{0}, @{0});",
            60 + number
        )
    };
    let rows = rows(&(1..=30).map(failed).collect::<String>(), Generation::V0_11, true);
    let (_folder, path) = database(Generation::V0_11, &rows).await;
    let checked = check(&["--database", &path, "--json"]);
    let json = checked.json();
    let findings = json["findings"].as_array().unwrap();
    let told: Vec<_> = findings.iter().map(|found| (&found["execution"], found["count"].as_u64())).collect();
    assert_eq!(told.len(), 21);
    assert_eq!(told[0], (&serde_json::json!("00000000-0000-0000-0000-000000000001"), Some(1)));
    assert_eq!(told[19], (&serde_json::json!("00000000-0000-0000-0000-000000000014"), Some(1)));
    assert_eq!(told[20], (&serde_json::Value::Null, Some(10)));
}

/// Twelve executions that took ten seconds, and one that has been running for five minutes.
const USUALLY_QUICK: &str = "
WITH RECURSIVE numbers(n) AS (SELECT 10 UNION ALL SELECT n + 1 FROM numbers WHERE n < 21)
INSERT INTO {executions} (id, {name}, status, started_at, completed_at, created_at, updated_at)
    SELECT unhex('000000000000000000000000000000' || n), 'etl', 'Completed', @9010, @9000, @9010, @9000 FROM numbers;
INSERT INTO {executions} (id, {name}, status, started_at, created_at, updated_at)
    VALUES (#99, 'etl', 'Running', @300, @300, @1);
INSERT INTO task_executions (id, {execution}, task_name, status, created_at, updated_at)
    VALUES (#9a, #99, 'public::p::etl::load', 'Running', @300, @1);
";

#[tokio::test]
async fn an_execution_is_too_long_by_what_its_workflow_usually_takes() {
    for generation in Generation::ALL {
        let (_folder, path) = database(generation, &rows(USUALLY_QUICK, generation, true)).await;
        let checked = check(&["--database", &path]);
        assert_eq!(checked.code, Some(1), "{generation:?}: {}", checked.stdout);
        let line = "  warning   execution_too_long    etl: 00000000-0000-0000-0000-000000000099 has been running for 5m";
        assert!(checked.stdout.contains(line), "{}", checked.stdout);
        assert!(
            checked.stdout.contains(", longer than 2m; 95 of 100 end within 10s\n"),
            "{}",
            checked.stdout
        );
        assert!(checked.stdout.contains("\n    etl 00000000-0000-0000-0000-000000000099 running for 5m"));
        assert_eq!(check(&["--database", &path, "--too-long", "1h"]).code, Some(0));
        assert_eq!(check(&["--database", &path, "--too-long", "299s"]).code, Some(1));
    }
}

/// A cron schedule that is months late, a trigger that was never polled, and a task that no runner takes.
const STUCK: &str = "
INSERT INTO schedules (id, schedule_type, workflow_name, cron_expression, next_run_at, last_run_at, created_at, updated_at)
    VALUES (#31, 'cron', 'nightly', '0 3 * * *', @9000000, @9086400, @9999999, @9999999);
INSERT INTO schedules (id, schedule_type, workflow_name, trigger_name, poll_interval_ms, created_at, updated_at)
    VALUES (#32, 'trigger', 'import', 'files', 5000, @9999999, @9999999);
INSERT INTO workflow_executions (id, workflow_name, status, started_at, created_at, updated_at)
    VALUES (#01, 'import', 'Running', @600, @600, @600);
INSERT INTO task_executions (id, workflow_execution_id, task_name, status, created_at, updated_at)
    VALUES (#11, #01, 'public::p::import::load', 'Ready', @600, @600);
";

#[tokio::test]
async fn schedules_triggers_and_tasks_that_stand_still_are_found() {
    let (_folder, path) = database(Generation::V0_11, &rows(STUCK, Generation::V0_11, true)).await;
    let checked = check(&["--database", &path, "--json"]);
    assert_eq!(checked.code, Some(2));
    let found = checked.findings();
    for expected in [
        finding("critical", "schedule_overdue", "nightly"),
        finding("critical", "schedule_period_late", "nightly"),
        finding("warning", "trigger_never_polled", "files"),
        finding("warning", "task_waiting", "import"),
    ] {
        assert!(found.contains(&expected), "{expected:?} is not in {found:?}");
    }
    assert_eq!(found.len(), 4, "{found:?}");

    let only = |pattern| check(&["--database", &path, "--json", "--workflow", pattern, "--ready-for", "1h"]);
    assert_eq!(only("night*").findings().len(), 2);
    assert_eq!(only("impor?").findings(), [finding("warning", "trigger_never_polled", "files")]);
}

#[tokio::test]
async fn what_the_file_expects_of_a_schedule_is_heeded() {
    let (folder, path) = database(Generation::V0_11, &rows(STUCK, Generation::V0_11, true)).await;
    let file = folder.path().join("exporter.yml");
    let yaml = format!(
        "databases: [{{url: '{path}'}}]\nstate: {{file: /nonexistent/state}}\n\
         schedules: [{{match: night*, grace: 300d, succeeds_within: 300d}}]\n"
    );
    fs::write(&file, yaml).unwrap();
    let checked = check(&["--config.file", file.to_str().unwrap(), "--json", "--workflow", "nightly"]);
    assert_eq!((checked.code, checked.findings(), checked.stderr.as_str()), (Some(0), vec![], ""));
}

#[tokio::test]
async fn what_cannot_be_read_is_unknown_and_says_how_to_mend_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("text.db"), "this is not a database, whatever it is called. ".repeat(100)).unwrap();
    run_sqlite(&mut open_sqlite(path("other.db").as_ref()).await, "CREATE TABLE t (x)").await;
    for (file, kind, message) in [
        ("missing.db", "database_unreachable", "missing.db: does not exist; check the path"),
        ("text.db", "database_unreachable", "cannot be read: "),
        (
            "other.db",
            "tenant_unreadable",
            "not the tables of Cloacina v0.4 or later: table workflow_executions is missing",
        ),
    ] {
        let checked = check(&["--database", &path(file), "--json"]);
        let subject = file.trim_end_matches(".db");
        assert_eq!(checked.code, Some(3), "{}", checked.stdout);
        assert_eq!(checked.findings(), [finding("unknown", kind, subject)]);
        assert_eq!(checked.json()["status"], "unknown");
        let told = checked.json()["findings"][0]["message"].as_str().unwrap().to_owned();
        assert!(told.contains(message), "{told}");
    }
}

#[tokio::test]
async fn an_unreadable_database_hides_nothing_that_is_wrong_in_another() {
    let (_folder, path) = database(Generation::V0_11, &failures(Generation::V0_11, true)).await;
    let both = ["--database", &path, "--database", "/nonexistent/other.db"];
    let checked = check(&both);
    assert_eq!(checked.code, Some(1));
    assert!(
        checked.stdout.starts_with("WARNING: 2 failed executions in 1d, 1 database unreachable\n\norders ")
    );
    assert_eq!(check(&[&both[..], &["--failed-critical", "2"]].concat()).code, Some(2));
    assert_eq!(check(&[&both[..], &["--failed-warning", "off"]].concat()).code, Some(3));
}

/// The one line of a call that is refused.
fn refused(arguments: &[&str]) -> String {
    let Checked { code, stdout, stderr, .. } = check(arguments);
    assert_eq!((code, stdout.as_str()), (Some(3), ""), "{arguments:?}: {stderr}");
    assert_eq!(stderr.lines().count(), 1, "{arguments:?}: {stderr}");
    stderr.strip_prefix("cloacina-exporter: ").unwrap().to_owned()
}

#[test]
fn a_wrong_call_is_unknown_and_told_in_one_line() {
    const FILE: &str = "--database=/a.db";
    for (arguments, parts) in [
        (&["--nonsense"][..], &["unexpected argument '--nonsense'"][..]),
        (&["--since"], &["a value is required for '--since <DURATION>'"]),
        (&[FILE, "--since", "yesterday"], &["--since: `yesterday` is not a duration", "15s"]),
        (&[FILE, "--watch", "0s"], &["--watch: `0s` is not a duration from 1s to 1day"]),
        (
            &[FILE, "--failed-warning", "many"],
            &["--failed-warning: `many` is neither a number from 1 on nor off"],
        ),
        (&[FILE, "--tenant", ""], &["--tenant: a pattern is empty; write * for any text"]),
        (&[FILE, "--workflow="], &["--workflow: a pattern is empty"]),
        (&[FILE, "--format", "xml"], &["--format: `xml` is none of text, json, nagios"]),
        (&[FILE, "--json", "--format", "text"], &["'--json' cannot be used with '--format <FORMAT>'"]),
        (&["--database", "mysql://h/d"], &["--database: the address is of an unknown kind"]),
        (&["--config.file", "/nonexistent.yml"], &["--config.file: cannot read /nonexistent.yml"]),
        (&[], &["no database is named", "--database"]),
    ] {
        let line = refused(arguments);
        for part in parts {
            assert!(line.contains(part), "{arguments:?}: `{part}` is not in: {line}");
        }
    }
}

#[test]
fn a_plugin_answers_on_standard_output_even_if_its_call_is_wrong() {
    for arguments in [
        &["--format", "nagios", "--since", "yesterday"][..],
        &["--format=nagios", "--nonsense"],
        &["--format=nagios"],
    ] {
        let Checked { code, stdout, stderr, .. } = check(arguments);
        assert_eq!((code, stderr.as_str()), (Some(3), ""), "{arguments:?}");
        assert!(stdout.starts_with("CLOACINA UNKNOWN - ") && stdout.lines().count() == 1, "{stdout}");
    }
}

#[test]
fn a_secret_in_a_wrong_place_is_not_repeated() {
    for arguments in [
        &["postgres://u:hunter2@h/d"][..],
        &["--databse=postgres://u:hunter2@h/d"],
        &["--database", "mysql://u:hunter2@h/d"],
        &["--database", "host=h", "password=hunter2"],
    ] {
        assert!(!refused(arguments).contains("hunter2"), "{arguments:?}");
    }
}

#[test]
fn help_is_no_error_and_tells_exit_codes_and_no_variables_for_what_has_none() {
    let help = check(&["--help"]);
    assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""));
    for part in
        ["--failed-critical <COUNT>", "Exit codes: 0 nothing is wrong, 1 warning, 2 critical, 3 unknown"]
    {
        assert!(help.stdout.contains(part), "{}", help.stdout);
    }
    assert!(help.stdout.contains("CLOACINA_EXPORTER_DATABASE"));
    assert!(!help.stdout.contains("CLOACINA_EXPORTER_SINCE"));
}

#[tokio::test]
async fn a_pattern_that_nothing_matches_is_unknown() {
    let (_folder, path) = database(Generation::V0_11, &failures(Generation::V0_11, true)).await;
    let checked = check(&["--database", &path, "--tenant", "payments*"]);
    assert_eq!(checked.code, Some(3));
    let expected = "\
UNKNOWN: 1 search for tenants without a match
  unknown   no_tenant             payments*: no tenant matches --tenant; there are orders
";
    assert_eq!(checked.stdout, expected);
    let checked = check(&["--database", &path, "--workflow", "elt", "--failed-warning", "off"]);
    assert_eq!(checked.code, Some(3));
    let line =
        "  unknown   no_workflow           elt: no workflow matches --workflow; there are etl, report\n";
    assert!(checked.stdout.contains(line), "{}", checked.stdout);
    assert_eq!(check(&["--database", &path, "--tenant", "ord*", "--workflow", "report"]).code, Some(1));
}

#[tokio::test]
async fn the_variable_names_the_database_and_what_is_said_for_serving_does_not_matter() {
    let (_folder, path) = database(Generation::V0_11, "").await;
    let variables = [
        ("CLOACINA_EXPORTER_DATABASE", path.as_str()),
        ("CLOACINA_EXPORTER_STATE_FILE", "/nonexistent/state"),
        ("STATE_DIRECTORY", "/nonexistent"),
    ];
    let checked = check_with(&[], &variables);
    assert_eq!((checked.code, checked.stderr.as_str()), (Some(0), ""));
}

#[tokio::test]
async fn a_watch_repeats_until_a_signal_and_ends_with_the_code_of_its_last_round() {
    let (folder, path) = database(Generation::V0_11, &failures(Generation::V0_11, true)).await;
    for signal in [Signal::Terminate, Signal::Interrupt] {
        let mut command = command(folder.path(), &["--database", &path, "--watch", "1s"]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut statuses = lines.map(Result::unwrap).filter(|line| line.starts_with("WARNING: 2 failed"));
        assert!(statuses.next().is_some() && statuses.next().is_some());
        send(child.id(), signal);
        assert_eq!(child.wait().unwrap().code(), Some(1), "{signal:?}");
    }
}

#[tokio::test]
async fn a_watch_ends_when_nobody_reads_it_any_more() {
    let (folder, path) = database(Generation::V0_11, &failures(Generation::V0_11, true)).await;
    let mut command = command(folder.path(), &["--database", &path, "--watch", "1s"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().starts_with("--- "));
    drop(lines);
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), ended.stderr), (Some(1), Vec::new()));
}
