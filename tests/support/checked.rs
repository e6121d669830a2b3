//! `cloacina-exporter check` as a user calls it, and rows for it to find something in, whatever the dialect or generation.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::process;
use super::schema::Generation;

/// What a check answered.
pub struct Checked {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    /// Its home directory.
    pub home: TempDir,
}

impl Checked {
    /// # Panics
    /// If it is no JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|_| panic!("{}{}", self.stdout, self.stderr))
    }

    /// Severity, kind and subject of each finding.
    pub fn findings(&self) -> Vec<[String; 3]> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let json = self.json();
        let findings = json["findings"].as_array().unwrap().iter();
        findings.map(|found| [&found["severity"], &found["kind"], &found["subject"]].map(text)).collect()
    }
}

/// The program, with nothing in its environment but `home`.
pub fn command(home: &Path, arguments: &[&str]) -> Command {
    let mut command = process::own(Path::new(env!("CARGO_BIN_EXE_cloacina-exporter")));
    command.arg("check").args(arguments).env_clear().env("HOME", home).env("PATH", "/usr/bin:/bin");
    command.current_dir(home).stdin(Stdio::null());
    command
}

pub fn check_with(arguments: &[&str], variables: &[(&str, &str)]) -> Checked {
    let home = tempfile::tempdir().unwrap();
    let output = command(home.path(), arguments).envs(variables.iter().copied()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Checked { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr), home }
}

pub fn check(arguments: &[&str]) -> Checked {
    check_with(arguments, &[])
}

/// Failed executions: two in the last day, of `etl` and `report`; and one two days ago. One that was cancelled has a failed
/// task, and one has succeeded.
const FAILURES: &str = "
INSERT INTO {executions} (id, {name}, status, started_at, completed_at, created_at, updated_at, error_details) VALUES
    (#01, 'etl', '{failed}', @3700, @3600, @3700, @3600, '1 task(s) failed'),
    (#02, 'etl', '{failed}', @172900, @172800, @172900, @172800, NULL),
    (#03, 'report', '{failed}', @1900, @1800, @1900, @1800, NULL),
    (#04, 'etl', 'Completed', @1300, @1200, @1300, @1200, NULL),
    (#05, 'report', 'Cancelled', @1300, @1200, @1300, @1200, NULL);
INSERT INTO task_executions
    (id, {execution}, task_name, status, completed_at, attempt, last_error, error_details, created_at, updated_at) VALUES
    (#11, #01, 'public::p::etl::extract', 'Completed', @3650, 1, NULL, NULL, @3700, @3650),
    (#12, #01, 'public::p::etl::load', 'Failed', @3600, 3, 'disk full: 100%', NULL, @3700, @3600),
    (#13, #02, 'public::p::etl::load', 'Failed', @172800, 1, 'long ago', NULL, @172900, @172800),
    (#14, #03, 'public::p::report::send', 'Failed', @1800, 2, 'the heartbeat', 'ABANDONED: 3 recoveries', @1900, @1800),
    (#15, #05, 'public::p::report::send', 'Failed', @1200, 1, 'cancelled', NULL, @1300, @1200);
";

/// `FAILURES`, as the engine of that generation would have left them.
pub fn failures(generation: Generation, sqlite: bool) -> String {
    // The first engines call an execution completed whatever became of its tasks.
    let failed = if generation == Generation::V0_4 { "Completed" } else { "Failed" };
    rows(&FAILURES.replace("{failed}", failed), generation, sqlite)
}

/// Replaces `#hh` by an id, `@n` by the instant n seconds ago, and the names that changed with the generations.
pub fn rows(template: &str, generation: Generation, sqlite: bool) -> String {
    let (executions, name, execution) = match generation {
        Generation::V0_4 => ("pipeline_executions", "pipeline_name", "pipeline_execution_id"),
        _ => ("workflow_executions", "workflow_name", "workflow_execution_id"),
    };
    let text = template.replace("{executions}", executions).replace("{name}", name);
    let text = text.replace("{execution}", execution);
    let id =
        if sqlite { "x'000000000000000000000000000000$1'" } else { "'00000000-0000-0000-0000-0000000000$1'" };
    let ago = if sqlite {
        "strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now', '-$1 seconds')"
    } else {
        "(now() AT TIME ZONE 'UTC' - interval '$1 seconds')"
    };
    let text = regex::Regex::new("#([0-9a-f]{2})").unwrap().replace_all(&text, id).into_owned();
    regex::Regex::new("@([0-9]+)").unwrap().replace_all(&text, ago).into_owned()
}
