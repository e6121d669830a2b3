//! The demo's workflows, schedules and trigger: constants only.

/// A chain of tasks: each becomes ready when the one before has ended, however it ended.
#[derive(Debug)]
pub(super) struct Workflow {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    pub(super) tasks: &'static [Task],
}

#[derive(Debug)]
pub(super) struct Task {
    pub(super) name: &'static str,
    /// Shortest and longest attempt in seconds.
    pub(super) seconds: (f64, f64),
    pub(super) max_attempts: u32,
    /// Of a hundred attempts, how many fail.
    pub(super) fails: u32,
    pub(super) fault: Fault,
    /// Seconds that each attempt first waits for a condition outside, as a deferred task.
    pub(super) deferred: u32,
    /// Runs only if a task before it failed; else it is skipped.
    pub(super) on_failure: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    Execution(&'static str),
    Validation(&'static str),
    Timeout,
}

/// A schedule whose fires are whole multiples of its period, which is what its expression says too.
#[derive(Debug)]
pub(super) struct Cron {
    pub(super) workflow: &'static Workflow,
    pub(super) expression: &'static str,
    pub(super) period_seconds: i64,
    pub(super) paused: bool,
    /// Minutes after which it is forgotten though enabled, as if its scheduler had died.
    pub(super) forgotten_after: Option<i64>,
}

const fn task(name: &'static str, seconds: (f64, f64)) -> Task {
    Task { name, seconds, max_attempts: 3, fails: 0, fault: Fault::Timeout, deferred: 0, on_failure: false }
}

pub(super) const ETL: Workflow = Workflow {
    name: "etl",
    version: "609a7b91b8b9092e",
    tasks: &[
        Task { fails: 4, fault: Fault::Execution("connection reset by peer"), ..task("extract", (1.0, 3.0)) },
        task("transform", (0.3, 1.2)),
        task("load", (0.5, 2.0)),
    ],
};

pub(super) const REPORT: Workflow = Workflow {
    name: "report",
    version: "c1f9a3d2770e4b18",
    tasks: &[
        Task { fails: 35, fault: Fault::Execution("503 Service Unavailable"), ..task("collect", (4.0, 9.0)) },
        task("render", (2.0, 5.0)),
        task("mail", (0.3, 0.8)),
    ],
};

/// Fails often, for good now and then, and is sometimes cancelled.
pub(super) const IMPORT: Workflow = Workflow {
    name: "partner_import",
    version: "7e02b64fa95c3d81",
    tasks: &[
        Task { fails: 45, fault: Fault::Execution("no route to host"), ..task("download", (2.0, 8.0)) },
        Task {
            max_attempts: 1,
            fails: 8,
            fault: Fault::Validation("column \"amount\" is missing"),
            ..task("check", (0.5, 1.0))
        },
        Task { max_attempts: 1, fails: 5, ..task("store", (1.0, 2.0)) },
        Task { on_failure: true, ..task("apologise", (0.2, 0.4)) },
    ],
};

/// Nearly always running; its first task waits for a free machine.
pub(super) const MODEL: Workflow = Workflow {
    name: "train_model",
    version: "0b5d8e17c46fa293",
    tasks: &[
        Task { deferred: 15, ..task("reserve_gpu", (0.5, 1.0)) },
        task("train", (120.0, 200.0)),
        task("publish", (1.0, 2.0)),
    ],
};

/// Started by the trigger; one of its executions gets stuck.
pub(super) const TRANSCODE: Workflow = Workflow {
    name: "transcode",
    version: "f3a86c0d51e7294b",
    tasks: &[task("probe", (0.2, 0.5)), task("encode", (8.0, 20.0))],
};

/// Stays paused after its first task.
pub(super) const MIGRATION: Workflow = Workflow {
    name: "data_migration",
    version: "92d4e7b03fc6a158",
    tasks: &[task("copy", (5.0, 8.0)), task("switch", (1.0, 2.0))],
};

pub(super) const BACKUP: Workflow = Workflow {
    name: "backup",
    version: "48c1b75e9a20fd36",
    tasks: &[task("snapshot", (3.0, 6.0)), task("upload", (5.0, 10.0))],
};

pub(super) const INVOICES: Workflow =
    Workflow { name: "invoices", version: "d7600fb2e583c49a", tasks: &[task("send", (1.0, 2.0))] };

const fn cron(workflow: &'static Workflow, expression: &'static str, period_seconds: i64) -> Cron {
    Cron { workflow, expression, period_seconds, paused: false, forgotten_after: None }
}

pub(super) const CRONS: [Cron; 5] = [
    cron(&ETL, "*/10 * * * * *", 10),
    cron(&REPORT, "0 * * * * *", 60),
    cron(&MODEL, "0 */5 * * * *", 300),
    Cron { forgotten_after: Some(35), ..cron(&BACKUP, "0 */10 * * * *", 600) },
    Cron { paused: true, ..cron(&INVOICES, "0 0 * * * *", 3600) },
];

/// The one trigger, of `TRANSCODE`.
pub(super) const TRIGGER: &str = "new_video";
pub(super) const TRIGGER_POLL_SECONDS: i64 = 5;
/// Of a hundred polls, how many find something.
pub(super) const TRIGGER_FIRES: u32 = 8;
/// Seconds between two imports, at least and at most; they are started by hand.
pub(super) const IMPORT_EVERY: (f64, f64) = (25.0, 35.0);
/// Of a hundred imports, how many are cancelled.
pub(super) const IMPORT_CANCELLED: u32 = 6;
/// Minutes after the start at which the migration is started and paused.
pub(super) const MIGRATION_AFTER: i64 = 50;
/// Minutes after the start from which the next transcoding gets stuck.
pub(super) const STUCK_AFTER: i64 = 40;
