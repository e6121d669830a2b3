//! Stories of what real engines of every generation left behind, compared with plain SQL.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cloacina_exporter::config::{Backfill, Config, Database as Address, Log, Metrics, Patterns, Poll, Web};
use cloacina_exporter::record::story::Story;
use cloacina_exporter::record::{Collector, ExecutionStatus, Span, TaskStatus};
use cloacina_exporter::source::{Database, Outcome, TenantPoll, Wanted};
use cloacina_exporter::state::{Settings, State};
use cloacina_exporter::trace::{self, Settings as Told};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row, query};
use tempfile::TempDir;
use uuid::Uuid;

use super::left_behind::{ALL, LeftBehind, open_sqlite, run_sqlite};

/// A database whose tenant was read once.
struct World {
    _folder: TempDir,
    writer: SqliteConnection,
    config: Config,
    database: Database,
    state: State,
    label: Arc<str>,
}

impl World {
    async fn new(database: &LeftBehind, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = database.write_sqlite(folder.path()).await;
        let mut writer = open_sqlite(&path).await;
        run_sqlite(&mut writer, more).await;
        let config = config(path);
        let database = Database::new(&config.databases[0], &config, Arc::new(|_, _, _| ()));
        let state = State::new(&config.metrics);
        let mut world = Self { _folder: folder, writer, config, database, state, label: Arc::from("") };
        let poll = world.poll(Wanted::new()).await;
        let Outcome::Began(began, batch) = poll.outcome else { panic!("{:?}", poll.outcome) };
        world.label = poll.label.clone();
        world.state.tenants.insert(poll.label.clone(), Arc::from(began.tenant));
        let overlap = Span::from(world.config.poll.overlap);
        let settings = Settings { metrics: &world.config.metrics, overlap, keep_ended: false };
        world.state.apply(&poll.label, &batch, settings, 1);
        world
    }

    async fn poll(&mut self, wanted: Wanted) -> TenantPoll {
        let mut poll = self.database.poll(&self.state.tenants, &wanted).await;
        assert!(poll.failure.is_none(), "{:?}", poll.failure);
        poll.tenants.remove(0)
    }

    async fn ask(&mut self, wanted: &[Uuid]) -> TenantPoll {
        self.poll(BTreeMap::from([(self.label.clone(), wanted.to_vec())])).await
    }

    async fn stories(&mut self, wanted: &[Uuid]) -> Vec<(Uuid, Option<Story>)> {
        let poll = self.ask(wanted).await;
        assert!(matches!(poll.outcome, Outcome::Read(_)), "{:?}", poll.outcome);
        assert!(poll.story_failure.is_none(), "{:?}", poll.story_failure);
        poll.stories
    }

    /// The ids that a statement finds.
    async fn ids(&mut self, text: String) -> Vec<Uuid> {
        let rows = query(AssertSqlSafe(text)).fetch_all(&mut self.writer).await.unwrap();
        rows.iter().map(|row| Uuid::from_slice(row.get::<&[u8], _>(0)).unwrap()).collect()
    }
}

/// Of the newest generation.
async fn newest(more: &str) -> World {
    World::new(&ALL[2], more).await
}

fn config(path: PathBuf) -> Config {
    Config {
        databases: vec![Address {
            name: Arc::from("database"),
            url: cloacina_exporter::config::DatabaseUrl::Sqlite(path),
            prefix_tenants: false,
            include: Patterns::default(),
            exclude: Patterns::default(),
            secrets: Default::default(),
            shard: Default::default(),
        }],
        poll: Poll { interval: Duration::from_millis(1), ..Poll::default() },
        web: Web::default(),
        state_file: None,
        backfill: Backfill::None,
        metrics: Metrics::default(),
        log: Log::default(),
        otlp: Default::default(),
    }
}

#[tokio::test]
async fn stories_of_every_generation_are_what_plain_sql_says() {
    for database in &ALL {
        let mut world = World::new(database, "").await;
        let kind = if database.generation == "v0.4" { "pipeline" } else { "workflow" };
        let wanted = world.ids(format!("SELECT id FROM {kind}_executions ORDER BY id DESC")).await;
        assert!((10..200).contains(&wanted.len()));
        let stories = world.stories(&wanted).await;
        assert_eq!(stories.iter().map(|(id, _)| *id).collect::<Vec<_>>(), wanted, "in the order asked for");
        let mut sizes = [0; 3];
        for (execution, story) in stories {
            let story = story.unwrap();
            let of = format!("WHERE {kind}_execution_id = X'{}'", execution.simple());
            let tasks = format!("SELECT id FROM task_executions {of} ORDER BY created_at, task_name");
            let events = format!("SELECT id FROM execution_events {of} ORDER BY sequence_num");
            let fires =
                format!("SELECT id FROM schedule_executions {of} ORDER BY scheduled_time, started_at");
            let told: Vec<Uuid> = story.tasks.iter().map(|task| task.task.id).collect();
            assert_eq!(told, world.ids(tasks).await);
            let told: Vec<Uuid> = story.events.iter().map(|event| event.event.id).collect();
            assert_eq!(told, world.ids(events).await);
            let told: Vec<Uuid> = story.fires.iter().map(|fire| fire.id).collect();
            assert_eq!(told, world.ids(fires).await);
            assert_eq!(story.execution.execution.id, execution);
            assert_eq!(story.tenant, world.label);
            assert!(story.events.iter().all(|event| event.data.is_none()), "data is never read");
            for (size, rows) in
                sizes.iter_mut().zip([story.tasks.len(), story.events.len(), story.fires.len()])
            {
                *size += rows;
            }
        }
        assert!(sizes.iter().all(|size| *size > 5), "{sizes:?}");
    }
}

#[tokio::test]
async fn what_engines_left_behind_is_told_as_well_formed_traces() {
    for database in &ALL {
        let mut world = World::new(database, "").await;
        let kind = if database.generation == "v0.4" { "pipeline" } else { "workflow" };
        let wanted = world.ids(format!("SELECT id FROM {kind}_executions")).await;
        let mut attempts = 0;
        for (execution, story) in world.stories(&wanted).await {
            let spans = trace::spans(&story.unwrap(), Told { error_text: true });
            let ids: HashSet<&[u8]> = spans.iter().map(|span| &span.span_id[..]).collect();
            assert_eq!(ids.len(), spans.len(), "each id once");
            for (index, span) in spans.iter().enumerate() {
                assert_eq!(span.trace_id, execution.as_bytes());
                assert_eq!(span.parent_span_id.is_empty(), index == 0);
                assert!(index == 0 || ids.contains(&span.parent_span_id[..]));
                assert!(
                    0 < span.start_time_unix_nano && span.start_time_unix_nano <= span.end_time_unix_nano
                );
                attempts += usize::from(span.name == "attempt 2");
            }
        }
        assert!(attempts > 0, "{}", database.generation);
    }
}

#[tokio::test]
async fn errors_come_with_a_story_and_v0_4_knows_that_it_failed() {
    let mut world = World::new(&ALL[0], "").await;
    let failed = "SELECT id FROM pipeline_executions WHERE pipeline_name = 'retry_exhaust' LIMIT 1";
    let failed = world.ids(failed.to_owned()).await;
    let story = world.stories(&failed).await.remove(0).1.unwrap();
    assert_eq!(story.execution.execution.status, ExecutionStatus::Failed);
    let task = story.tasks.iter().find(|task| task.task.status == TaskStatus::Failed).unwrap();
    let error = &task.error.as_ref().unwrap().text;
    assert!(error.starts_with("Task execution error: "), "{error}");
}

#[tokio::test]
async fn an_execution_that_is_gone_has_no_story() {
    let mut world = newest("").await;
    let gone = Uuid::from_u128(0xee);
    let known = world.ids("SELECT id FROM workflow_executions LIMIT 1".to_owned()).await[0];
    let stories = world.stories(&[gone, known]).await;
    assert_eq!(stories[0], (gone, None));
    assert!(!stories[1].1.as_ref().unwrap().tasks.is_empty());
}

#[tokio::test]
async fn a_tenant_whose_stories_are_wanted_is_never_idle() {
    let mut world = newest("").await;
    let idle = world.poll(Wanted::new()).await;
    assert!(matches!(idle.outcome, Outcome::Idle { .. }) && idle.stories.is_empty());
    assert!(matches!(world.ask(&[]).await.outcome, Outcome::Idle { .. }));
    assert_eq!(world.stories(&[Uuid::from_u128(1)]).await.len(), 1);
}

#[tokio::test]
async fn two_hundred_are_read_at_once_and_the_others_left_to_the_next_poll() {
    let mut world = newest("").await;
    let wanted: Vec<Uuid> = (1000..1250).map(Uuid::from_u128).collect();
    let stories = world.stories(&wanted).await;
    assert_eq!(stories.into_iter().map(|(id, _)| id).collect::<Vec<_>>(), wanted[..200]);
}

#[tokio::test]
async fn large_executions_do_not_crowd_out_others_and_are_cut_themselves() {
    // Ids 1 to 4; two of them with so many tasks that they cannot be read together.
    let counts = [1, 999, 1200, 2];
    let rows = (1..).zip(counts).map(|(execution, count)| {
        format!(
            "INSERT INTO workflow_executions (id, workflow_name, workflow_version, status, created_at, updated_at,
                started_at) VALUES (X'{execution:032x}', 'w', '1', 'Completed', '2026-11-23T10:00:00Z',
                '2026-11-23T10:00:00Z', '2026-11-23T10:00:00Z');
            WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {count})
            INSERT INTO task_executions (id, workflow_execution_id, task_name, status, attempt, max_attempts,
                error_details, trigger_rules, task_configuration, created_at, updated_at)
            SELECT randomblob(16), X'{execution:032x}', 't', 'Failed', 1, 1, hex(zeroblob(300)), '{{}}', '{{}}',
                '2026-11-23T10:01:00Z', '2026-11-23T10:01:00Z' FROM number;"
        )
    });
    let mut world = newest(&rows.collect::<String>()).await;
    let stories = world.stories(&[1, 2, 3, 4].map(Uuid::from_u128)).await;
    let tasks: Vec<usize> = stories.iter().map(|(_, story)| story.as_ref().unwrap().tasks.len()).collect();
    assert_eq!(tasks, [1, 999, 1000, 2]);
    let error = stories[1].1.as_ref().unwrap().tasks[500].error.as_ref().unwrap();
    assert_eq!((error.text.len(), error.cut), (500, true));
}

#[tokio::test]
async fn a_story_that_cannot_be_read_does_not_cost_the_batch() {
    let mut world = newest("ALTER TABLE workflow_executions RENAME COLUMN pause_reason TO reason").await;
    let poll = world.ask(&[Uuid::from_u128(1)]).await;
    assert!(matches!(poll.outcome, Outcome::Read(_)), "{:?}", poll.outcome);
    assert!(poll.stories.is_empty());
    let failure = poll.story_failure.unwrap();
    assert_eq!((failure.collector, failure.error.is_broken()), (Collector::Executions, false));
    assert!(matches!(world.poll(Wanted::new()).await.outcome, Outcome::Read(_) | Outcome::Idle { .. }));
}

#[tokio::test]
async fn rows_that_cannot_be_used_are_not_counted_again_for_their_story() {
    let spoil = "UPDATE task_executions SET attempt = 'many'";
    let mut world = newest(spoil).await;
    let nothing = world.ask(&[Uuid::from_u128(1)]).await;
    let wanted = world.ids("SELECT id FROM workflow_executions".to_owned()).await;
    let told = world.ask(&wanted).await;
    assert!(told.stories.len() > 10);
    assert_eq!(format!("{:?}", told.problems), format!("{:?}", nothing.problems));
}
