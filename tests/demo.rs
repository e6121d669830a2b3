//! What the simulated engine leaves in its tables: the numbers for one seed, and what holds of a real engine's rows
//! whatever the seed.

use cloacina_exporter::config::{Backfill, Config, Log, Metrics, Poll, Web};
use cloacina_exporter::demo::{self, Engine};
use cloacina_exporter::record::{Span, Timestamp};
use cloacina_exporter::serve::Guard;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, FromRow, Row};

/// 2026-01-05T06:00:00Z.
const START: Timestamp = Timestamp::from_seconds(1_767_592_800);

struct Demo {
    folder: tempfile::TempDir,
    engine: Engine,
}

impl Demo {
    async fn new(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::new(&folder.path().join("demo.db"), seed, START).await.unwrap();
        Self { folder, engine }
    }

    async fn after_minutes(seed: u64, minutes: i64) -> Self {
        let mut demo = Self::new(seed).await;
        demo.play_until(minutes * 60).await;
        demo
    }

    async fn play_until(&mut self, second: i64) {
        self.engine.step(START.plus(Span::from_seconds(second))).await.unwrap();
    }

    async fn connect(&self) -> SqliteConnection {
        let options =
            SqliteConnectOptions::new().filename(self.folder.path().join("demo.db")).read_only(true);
        options.connect().await.unwrap()
    }

    async fn rows<T>(&self, sql: &'static str) -> Vec<T>
    where
        T: for<'r> FromRow<'r, sqlx::sqlite::SqliteRow> + Send + Unpin,
    {
        sqlx::query_as(sql).fetch_all(&mut self.connect().await).await.unwrap()
    }

    async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query(sql).fetch_one(&mut self.connect().await).await.unwrap().get(0)
    }
}

#[tokio::test]
async fn before_the_first_step_there_are_schedules_and_nothing_else() {
    let demo = Demo::new(1).await;
    assert_eq!(demo.count("SELECT count(*) FROM schedules").await, 6);
    assert_eq!(demo.count("SELECT count(*) FROM workflow_executions").await, 0);
    assert_eq!(demo.count("SELECT count(*) FROM execution_events").await, 0);
}

#[tokio::test]
async fn the_counts_for_a_seed_are_fixed() {
    let demo = Demo::after_minutes(11, 60).await;
    let executions: Vec<(String, String, i64)> = demo
        .rows("SELECT workflow_name, status, count(*) FROM workflow_executions GROUP BY 1, 2 ORDER BY 1, 2")
        .await;
    let wanted = [
        ("backup", "Completed", 3),
        ("data_migration", "Paused", 1),
        ("etl", "Completed", 359),
        ("partner_import", "Cancelled", 8),
        ("partner_import", "Completed", 87),
        ("partner_import", "Failed", 25),
        ("partner_import", "Running", 1),
        ("report", "Completed", 58),
        ("report", "Failed", 1),
        ("train_model", "Completed", 11),
        ("transcode", "Completed", 69),
        ("transcode", "Running", 1),
    ];
    assert_eq!(
        executions,
        wanted.map(|(workflow, status, count)| (workflow.to_owned(), status.to_owned(), count))
    );
    let events: Vec<(String, i64)> =
        demo.rows("SELECT event_type, count(*) FROM execution_events GROUP BY 1 ORDER BY 1").await;
    let wanted = [
        ("task_completed", 1775),
        ("task_deferred", 11),
        ("task_failed", 27),
        ("task_marked_ready", 1804),
        ("task_resumed", 11),
        ("task_retry_scheduled", 115),
        ("task_skipped", 87),
        ("workflow_completed", 587),
        ("workflow_failed", 26),
        ("workflow_paused", 1),
    ];
    assert_eq!(events, wanted.map(|(kind, count)| (kind.to_owned(), count)));
}

#[tokio::test]
async fn the_same_seed_gives_the_same_rows_however_it_is_stepped() {
    let everything =
        "SELECT hex(id), event_type, event_data, created_at FROM execution_events ORDER BY sequence_num";
    let at_once = Demo::after_minutes(3, 12).await;
    let mut in_steps = Demo::new(3).await;
    for second in 0..=12 * 60 {
        in_steps.play_until(second).await;
    }
    let wanted: Vec<(String, String, String, String)> = at_once.rows(everything).await;
    assert_eq!(in_steps.rows::<(String, String, String, String)>(everything).await, wanted);
    assert!(wanted.len() > 500, "only {} events", wanted.len());
}

#[tokio::test]
async fn another_seed_gives_other_rows() {
    let ids = "SELECT hex(id) FROM workflow_executions ORDER BY created_at";
    let one: Vec<(String,)> = Demo::after_minutes(1, 1).await.rows(ids).await;
    let other: Vec<(String,)> = Demo::after_minutes(2, 1).await.rows(ids).await;
    assert_ne!(one, other);
}

#[tokio::test]
async fn a_step_back_in_time_changes_nothing() {
    let mut demo = Demo::after_minutes(5, 2).await;
    let before = demo.count("SELECT max(sequence_num) FROM execution_events").await;
    demo.play_until(30).await;
    assert_eq!(demo.count("SELECT max(sequence_num) FROM execution_events").await, before);
}

#[tokio::test]
async fn every_column_and_index_of_the_real_engine_is_there() {
    let demo = Demo::new(1).await;
    let real = SqliteConnectOptions::new().in_memory(true);
    let mut real = real.connect().await.unwrap();
    sqlx::raw_sql(include_str!("data/engine/v0111_sqlite.sql")).execute(&mut real).await.unwrap();
    let columns = "SELECT t.name, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk
        FROM sqlite_schema t, pragma_table_info(t.name) c
        WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY 1, 2";
    let indexes = "SELECT t.name, l.name, l.\"unique\", l.partial, group_concat(c.name)
        FROM sqlite_schema t, pragma_index_list(t.name) l, pragma_index_info(l.name) c
        WHERE t.type = 'table' AND l.origin = 'c' GROUP BY 1, 2, 3, 4 ORDER BY 1, 2";
    type Column = (String, String, String, bool, Option<String>, i64);
    type Index = (String, String, bool, bool, String);
    let wanted: Vec<Column> = sqlx::query_as(columns).fetch_all(&mut real).await.unwrap();
    assert_eq!(demo.rows::<Column>(columns).await, wanted);
    let wanted: Vec<Index> = sqlx::query_as(indexes).fetch_all(&mut real).await.unwrap();
    assert_eq!(demo.rows::<Index>(indexes).await, wanted);
    assert_eq!((wanted.len(), demo.rows::<Column>(columns).await.len()), (26, 82));
}

#[tokio::test]
async fn the_rows_obey_the_engine_s_invariants_at_every_moment() {
    let mut demo = Demo::new(7).await;
    for minute in 1..=65 {
        // An odd second, so that executions are caught in all states.
        demo.play_until(minute * 60 + 7).await;
        for (rule, violations) in INVARIANTS {
            assert_eq!(demo.count(violations).await, 0, "minute {minute}: {rule}");
        }
    }
}

/// Name, and how many rows break it. The `+` keeps SQLite from the index on types, which holds all events of one.
const INVARIANTS: [(&str, &str); 18] = [
    (
        "every event refers to an execution, and to a task of it",
        "SELECT count(*) FROM execution_events e
         LEFT JOIN workflow_executions w ON w.id = e.workflow_execution_id
         LEFT JOIN task_executions t ON t.id = e.task_execution_id
         WHERE w.id IS NULL OR (e.event_type LIKE 'task_%') <> (t.id IS NOT NULL)
            OR t.workflow_execution_id <> w.id",
    ),
    ("attempt <= max_attempts", "SELECT count(*) FROM task_executions WHERE attempt NOT BETWEEN 1 AND max_attempts"),
    (
        "one task_retry_scheduled per further attempt",
        "SELECT count(*) FROM task_executions t WHERE attempt - 1 <> (SELECT count(*) FROM execution_events
         WHERE task_execution_id = t.id AND +event_type = 'task_retry_scheduled')",
    ),
    (
        "an execution that ended by itself has no unfinished task",
        "SELECT count(*) FROM task_executions t JOIN workflow_executions w ON w.id = t.workflow_execution_id
         WHERE w.status IN ('Completed', 'Failed') AND t.status NOT IN ('Completed', 'Failed', 'Skipped')",
    ),
    (
        "an execution failed if and only if a task of it did",
        "SELECT count(*) FROM workflow_executions w WHERE status IN ('Completed', 'Failed') AND (status = 'Failed') <>
         EXISTS (SELECT 1 FROM task_executions WHERE workflow_execution_id = w.id AND status = 'Failed')",
    ),
    (
        "an execution has ended if and only if it says when",
        "SELECT count(*) FROM workflow_executions
         WHERE (status IN ('Completed', 'Failed', 'Cancelled')) <> (completed_at IS NOT NULL)",
    ),
    (
        "one terminal event, dated as the row, per execution that ended by itself, and none per cancelled one",
        "SELECT count(*) FROM workflow_executions w WHERE (status IN ('Completed', 'Failed')) <>
         (SELECT count(*) FROM execution_events WHERE workflow_execution_id = w.id AND created_at = w.completed_at
          AND +event_type = 'workflow_' || lower(w.status))",
    ),
    (
        "one terminal event per finished task, dated as the row",
        "SELECT count(*) FROM task_executions t WHERE (status IN ('Completed', 'Failed', 'Skipped')) <>
         (SELECT count(*) FROM execution_events WHERE task_execution_id = t.id
          AND +event_type = 'task_' || lower(t.status) AND (t.status = 'Skipped' OR created_at = t.completed_at))",
    ),
    (
        "a task was made ready once, unless it was skipped or never reached",
        "SELECT count(*) FROM task_executions t WHERE (status NOT IN ('NotStarted', 'Skipped')) <>
         (SELECT count(*) FROM execution_events WHERE task_execution_id = t.id AND +event_type = 'task_marked_ready')",
    ),
    (
        "a running task is claimed and has a start",
        "SELECT count(*) FROM task_executions WHERE status = 'Running' AND (claimed_by IS NULL OR started_at IS NULL)",
    ),
    (
        "a ready task, also one that waits for its retry, has neither start nor end",
        "SELECT count(*) FROM task_executions
         WHERE status = 'Ready' AND (started_at IS NOT NULL OR completed_at IS NOT NULL)",
    ),
    (
        "a claim and its heartbeat come and go together",
        "SELECT count(*) FROM task_executions WHERE (claimed_by IS NULL) <> (heartbeat_at IS NULL)",
    ),
    (
        "a claim is released within a second of the task's end",
        "SELECT count(*) FROM task_executions WHERE claimed_by IS NOT NULL
         AND julianday(completed_at) < julianday((SELECT max(created_at) FROM execution_events)) - 1.0 / 86400",
    ),
    (
        "a failed task says why, and only a failed one",
        "SELECT count(*) FROM task_executions WHERE (status = 'Failed') <> (last_error IS NOT NULL)",
    ),
    (
        "sub_status lasts no longer than the task",
        "SELECT count(*) FROM task_executions WHERE sub_status IS NOT NULL AND status <> 'Running'",
    ),
    (
        "events are in order of time",
        "SELECT count(*) FROM execution_events a JOIN execution_events b ON b.sequence_num = a.sequence_num + 1
         WHERE b.created_at < a.created_at AND length(a.created_at) = length(b.created_at)",
    ),
    (
        "a cron fire is closed after its execution ended, a trigger's never",
        "SELECT count(*) FROM schedule_executions f LEFT JOIN workflow_executions w ON w.id = f.workflow_execution_id
         WHERE (f.completed_at IS NOT NULL AND (w.completed_at IS NULL OR f.context_hash IS NOT NULL))
            OR (f.scheduled_time IS NULL) = (f.context_hash IS NULL)",
    ),
    (
        "times have nine digits, or none",
        "SELECT count(*) FROM execution_events WHERE created_at NOT GLOB '????-??-??T??:??:??.?????????+00:00'
         AND created_at NOT GLOB '????-??-??T??:??:??+00:00'",
    ),
];

#[tokio::test]
async fn an_hour_holds_everything_worth_seeing() {
    let demo = Demo::after_minutes(11, 60).await;
    let late: Vec<(String,)> = demo
        .rows(
            "SELECT workflow_name FROM schedules
             WHERE enabled AND NOT paused AND next_run_at < '2026-01-05T06:59:00'",
        )
        .await;
    assert_eq!(late, [("backup".to_owned(),)]);
    let paused: Vec<(String, String)> = demo
        .rows("SELECT workflow_name, next_run_at FROM schedules WHERE paused AND paused_at IS NOT NULL")
        .await;
    assert_eq!(paused, [("invoices".to_owned(), "2026-01-05T07:00:00+00:00".to_owned())]);
    let stuck: Vec<(String,)> = demo
        .rows(
            "SELECT task_name FROM task_executions WHERE status = 'Running'
             AND started_at < '2026-01-05T06:50:00' AND heartbeat_at > '2026-01-05T06:59:49'",
        )
        .await;
    assert_eq!(stuck, [("public::demo::transcode::encode".to_owned(),)]);
    let waiting: Vec<(String, String)> = demo
        .rows("SELECT workflow_name, pause_reason FROM workflow_executions WHERE status = 'Paused'")
        .await;
    assert_eq!(waiting, [("data_migration".to_owned(), "waiting for approval".to_owned())]);
    let polled: Vec<(String, String)> =
        demo.rows("SELECT trigger_name, last_poll_at FROM schedules WHERE schedule_type = 'trigger'").await;
    assert_eq!(polled, [("new_video".to_owned(), "2026-01-05T07:00:00+00:00".to_owned())]);
}

#[tokio::test]
async fn a_file_that_is_not_empty_is_refused() {
    let demo = Demo::new(1).await;
    let path = demo.folder.path().join("demo.db");
    let error = Engine::new(&path, 1, START).await.unwrap_err();
    assert!(error.to_string().contains("already exists"), "{error}");
}

#[tokio::test]
async fn a_shutdown_ends_the_demo() {
    let config = Config {
        databases: Vec::new(),
        poll: Poll::default(),
        web: Web { listen_address: Some(([127, 0, 0, 1], 0).into()), ..Web::default() },
        state_file: None,
        backfill: Backfill::None,
        metrics: Metrics::default(),
        log: Log::default(),
        otlp: Default::default(),
    };
    let guard = Guard::open(&config.web).unwrap();
    demo::run(config, guard, async {}).await.unwrap();
}
