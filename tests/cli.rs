//! Facts about the program as it is called: output, messages and exit codes of the real binary.

use std::fs;
use std::process::{Command, Output};

use tempfile::TempDir;

struct Outcome {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Runs the program with nothing in its environment but an empty home directory.
fn run(arguments: &[&str]) -> Outcome {
    run_with(arguments, &[], &tempfile::tempdir().unwrap())
}

fn run_with(arguments: &[&str], variables: &[(&str, &str)], home: &TempDir) -> Outcome {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_cloacina-exporter"))
        .args(arguments)
        .env_clear()
        .env("HOME", home.path())
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Outcome { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
}

/// The message of a call that must be refused as a wrong configuration.
fn refused(arguments: &[&str]) -> String {
    let outcome = run(arguments);
    assert_eq!(outcome.code, Some(2), "{arguments:?}: {}", outcome.stderr);
    assert_eq!(outcome.stdout, "", "{arguments:?}");
    outcome.stderr
}

#[test]
fn help_says_what_it_is_and_shows_every_command_and_both_kinds_of_database() {
    let help = run(&["--help"]);
    assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""));
    for part in [
        "Prometheus and OpenTelemetry exporter for the workflow engine Cloacina",
        "  serve ",
        "  demo ",
        "  reference ",
        "cloacina-exporter --database postgres://monitor:PASSWORD@db.example:5432/cloacina",
        "cloacina-exporter --database /var/lib/cloacina/cloacina.db",
        "CLOACINA_EXPORTER_WEB_LISTEN_ADDRESS",
        "[default: 0.0.0.0:9877]",
    ] {
        assert!(help.stdout.contains(part), "{part} is not in {}", help.stdout);
    }
}

#[test]
fn help_does_not_show_what_the_variables_hold() {
    let variables = [("CLOACINA_EXPORTER_DATABASE", "postgres://u:hunter2@h/d")];
    let help = run_with(&["serve", "--help"], &variables, &tempfile::tempdir().unwrap());
    assert!(help.stdout.contains("CLOACINA_EXPORTER_DATABASE") && !help.stdout.contains("hunter2"));
}

#[test]
fn version_names_program_and_version() {
    assert_eq!(run(&["--version"]).stdout, concat!("cloacina-exporter ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn a_wrong_setting_exits_2_and_names_the_flag_and_the_mend() {
    const FILE: &str = "--database=/a.db";
    for (arguments, parts) in [
        (&["--nonsense"][..], &["--nonsense", "--help"][..]),
        (&["--databse", "x"], &["--databse", "'--database'"]),
        (&["--database"], &["a value is required for '--database <ADDRESS>'"]),
        (&["serv"], &["'serv'", "'serve'"]),
        (&["demo", FILE], &["unexpected argument '--database'"]),
        (&["reference", "--format", "xml"], &["--format", "markdown, json"]),
        (&[FILE, "--poll.interval", "15"], &["--poll.interval: `15` is not a duration", "15s"]),
        (&["serve", FILE, "--poll.interval", "2h"], &["--poll.interval: `2h`", "from 1s to 1h"]),
        (&[FILE, "--backfill", "some"], &["--backfill: `some`", "none, all"]),
        (&[FILE, "--log.level", "loud"], &["--log.level: `loud`", "error, warn, info, debug, trace"]),
        (&[FILE, "--log.format", "xml"], &["--log.format: `xml`", "logfmt, json"]),
        (&[FILE, "--web.listen-address", "9877"], &["--web.listen-address: `9877`", "0.0.0.0:9877"]),
        (&[FILE, "--web.telemetry-path", "/livez"], &["--web.telemetry-path: /livez", "/metrics"]),
        (&[FILE, "--state.file", "/nonexistent/s"], &["--state.file", "/nonexistent/s", "or pass none"]),
        (&["--database", "mysql://h/d"], &["--database: ", "unknown kind", "postgres://", "sqlite:PATH"]),
        (&["--config.file", "/nonexistent.yml"], &["--config.file: cannot read /nonexistent.yml"]),
        (&[], &["no database is named", "--database", "DATABASE_URL", "demo"]),
    ] {
        let message = refused(arguments);
        for part in parts {
            assert!(message.contains(part), "{arguments:?}: `{part}` is not in: {message}");
        }
    }
}

#[test]
fn a_secret_in_a_wrong_place_is_not_repeated() {
    for arguments in [
        &["postgres://u:hunter2@h/d"][..],
        &["--databse=postgres://u:hunter2@h/d"],
        &["--database", "host=h", "password=hunter2"],
        &["--database", "mysql://u:hunter2@h/d"],
        &["--database", "postgres://u:hunter2/@h/d"],
        &["--hunter2@", "x"],
        &["serve", "hunter2"],
        &["hunter2"],
        &["--config.check=hunter2"],
        &["reference", "--format", "hunter2"],
    ] {
        let message = refused(arguments);
        assert!(!message.contains("hunter2"), "{arguments:?}: {message}");
    }
}

#[test]
fn an_unknown_key_exits_2_with_its_line_and_the_keys_there_are() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("exporter.yml");
    fs::write(&path, "databases:\n  - url: postgres://u:hunter2@h/d\n    passwd_file: x\n").unwrap();
    let outcome = run_with(&["--config.file", path.to_str().unwrap()], &[], &home);
    assert_eq!(outcome.code, Some(2));
    let expected = format!(
        "cloacina-exporter: {}:3:5: unknown key `passwd_file`; the keys here are name, url, url_file, password_file, \
         include, exclude\n",
        path.display()
    );
    assert_eq!(outcome.stderr, expected);
}

#[test]
fn a_wrong_variable_is_named() {
    let variables = [("CLOACINA_EXPORTER_POLL_INTERVAL", "soon"), ("DATABASE_URL", "/a.db")];
    let outcome = run_with(&["serve"], &variables, &tempfile::tempdir().unwrap());
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.stderr.starts_with("cloacina-exporter: CLOACINA_EXPORTER_POLL_INTERVAL: `soon`"));
}

#[test]
fn check_prints_what_would_be_read_without_secrets_and_creates_nothing() {
    let home = tempfile::tempdir().unwrap();
    let variables = [
        ("CLOACINA_EXPORTER_DATABASE", "postgres://u:hunter2@h:5433/app"),
        ("CLOACINA_EXPORTER_POLL_INTERVAL", "1m"),
        ("CLOACINA_EXPORTER_BACKFILL", ""),
    ];
    let arguments = ["--config.check", "--web.listen-address", "127.0.0.1:1"];
    let outcome = run_with(&arguments, &variables, &home);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));
    let state = home.path().join(".local/state/cloacina-exporter/cloacina-exporter.state");
    let expected = format!(
        "database app: postgres://h:5433/app, schemas all\n\
         poll every 1m, statements end after 5s, 2 connections per database, values of an unreadable tenant stay for 5m\n\
         serve http://127.0.0.1:1/metrics\n\
         state file {}\n\
         backfill none\n\
         label workflow: all, at most 1000 per tenant\n\
         label task: all, at most 5000 per tenant\n\
         label schedule: all, at most 2000 per tenant\n\
         histograms both, 17 buckets\n\
         thresholds: stalled after 10m, a claim stale after 1m, a fire missed after 2m\n",
        state.display()
    );
    assert_eq!(outcome.stdout, expected);
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn check_names_logins_and_shows_no_hash_or_token_and_a_bad_web_file_is_a_wrong_configuration() {
    let home = tempfile::tempdir().unwrap();
    let path = |name: &str| home.path().join(name).display().to_string();
    let hash = bcrypt::hash("hunter2", 4).unwrap();
    let write = |name: &str, text: &str| fs::write(home.path().join(name), text).unwrap();
    write("web.yml", &format!("basic_auth_users: {{ann: {hash}}}"));
    write("token", "hunter2-hunter2-hunter2");
    write(
        "exporter.yml",
        "databases: [{url: /a.db}]\nweb: {config_file: web.yml, tokens: [{name: bot, token_file: token}], open_probes: true, \
         users: {ann: {everything: true}, bot: {tenants: [a, 'b*']}}}\n",
    );
    let file = path("exporter.yml");
    let outcome = run(&["--config.check", "--config.file", &file]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));
    let expected = format!(
        "serve 0.0.0.0:9877/metrics, as {} says\ntoken bot in {}\nann sees everything\nbot sees tenants a, b*\n\
         /livez and /readyz need no login\n",
        path("web.yml"),
        path("token")
    );
    assert!(outcome.stdout.contains(&expected), "{}", outcome.stdout);
    assert!(
        outcome.stdout.ends_with("no TLS\nlogin as user [ann] or with token [bot]\n"),
        "{}",
        outcome.stdout
    );
    assert!(!outcome.stdout.contains("hunter2") && !outcome.stdout.contains(&hash));

    write("bad.yml", "basic_auth_users: {ann: hunter2}");
    let bad = path("bad.yml");
    for check in [&["--config.check"][..], &[]] {
        let arguments = [check, &["--database", "/a.db", "--web.config.file", &bad]].concat();
        let message = refused(&arguments);
        assert!(
            message.contains("\"ann\" is not a bcrypt hash") && !message.contains("hunter2"),
            "{message}"
        );
    }
    let variables = [("CLOACINA_EXPORTER_WEB_CONFIG_FILE", bad.as_str())];
    assert_eq!(run_with(&["--config.check", "--database", "/a.db"], &variables, &home).code, Some(2));
}

#[test]
fn flags_work_with_and_without_the_command_and_beat_variables() {
    let variables = [("CLOACINA_EXPORTER_DATABASE", "/variable.db")];
    for command in [&[][..], &["serve"]] {
        let arguments = [command, &["--config.check", "--database", "/a.db", "--database", "/b.db"]].concat();
        let outcome = run_with(&arguments, &variables, &tempfile::tempdir().unwrap());
        assert!(outcome.stdout.starts_with("database a: sqlite:/a.db\ndatabase b: sqlite:/b.db\npoll"));
    }
}

#[test]
fn the_demos_configuration_can_be_checked_without_a_database() {
    let outcome = run(&["demo", "--config.check"]);
    assert_eq!(outcome.code, Some(0));
    assert!(outcome.stdout.starts_with("poll every 15s"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("state file none: counters start at zero at every start\n"));
}

#[test]
fn there_is_only_one_implementation_of_tls_among_the_dependencies() {
    let lock = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock")).unwrap();
    assert!(lock.contains("name = \"ring\""));
    for banned in ["aws-lc-rs", "aws-lc-sys", "openssl", "openssl-sys", "native-tls"] {
        assert!(!lock.contains(&format!("name = \"{banned}\"")), "{banned}");
    }
}
