//! The program called as a command that ends: its output and its exit code.

use std::process::{Command, Output};

use serde_json::Value;

pub struct Called {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Runs the program with nothing in its environment but an empty home directory.
pub fn call(arguments: &[&str]) -> Called {
    let home = tempfile::tempdir().unwrap();
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_cloacina-exporter"))
        .args(arguments)
        .env_clear()
        .env("HOME", home.path())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Called { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
}

/// The ledger that `audit --json` told, by tenant.
pub struct Told(pub Vec<Value>);

impl Told {
    pub fn of(called: &Called) -> Self {
        Self(called.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
    }

    /// A figure of the schedule of `tenant` with this label.
    pub fn figure(&self, tenant: &str, schedule: &str, figure: &str) -> u64 {
        let found = self.0.iter().find(|line| {
            line["type"] == "schedule" && line["tenant"] == tenant && line["schedule"] == schedule
        });
        found.unwrap_or_else(|| panic!("no {schedule} of {tenant}"))[figure].as_u64().unwrap()
    }

    /// How many findings of this kind `tenant` has.
    pub fn findings(&self, tenant: &str, kind: &str) -> usize {
        let wanted =
            |line: &&Value| line["tenant"] == tenant && line["kind"] == kind && line["type"] != "schedule";
        self.0.iter().filter(wanted).count()
    }
}

/// What must be told of a database that a real engine left behind, once `JUDGED` was run on it.
pub fn check_left_behind(told: &Told, tenant: &str, generation: &str) {
    let figure = |schedule, name| told.figure(tenant, schedule, name);
    for (name, count) in [
        ("expected", 3),
        ("on_time", 3),
        ("rows", 3),
        ("succeeded", 3),
        ("unexpected", 0),
        ("engine_successful", 3),
    ] {
        assert_eq!(figure("ticks", name), count, "{tenant}: {name}");
    }
    assert_eq!(figure("no_such_workflow", "expected"), 3, "{tenant}");
    assert_eq!(figure("no_such_workflow", "engine_lost"), 3, "{tenant}");
    let failed = ["handoff_failed", "lost", "abandoned"].map(|name| figure("no_such_workflow", name));
    if generation == "v0.4" {
        // It does not say that a handoff failed; a day later the fire counts as abandoned.
        assert_eq!((failed[0], failed[1] + failed[2]), (0, 3), "{tenant}");
    } else {
        assert_eq!(failed, [3, 0, 0], "{tenant}");
    }
    assert_eq!([figure("new_file", "rows"), figure("same_context", "rows")], [3, 1], "{tenant}");
    assert_eq!([figure("new_file", "succeeded"), figure("new_file", "expected")], [3, 0], "{tenant}");
    let kinds = ["blocked", "stale_poll", "stuck_execution", "missed", "failed", "overdue"];
    assert_eq!(kinds.map(|kind| told.findings(tenant, kind)), [2, 4, 1, 0, 0, 0], "{tenant}");
}

/// The scenarios switch their cron schedules off at their end: as if they had an end date instead, so that what they were
/// to fire is known.
pub const JUDGED: &str = "UPDATE schedules SET enabled = (workflow_name <> 'never_ticks'), end_date = next_run_at \
    WHERE schedule_type = 'cron';";
