//! Stories of ended executions read from one PostgreSQL database with tenants of all generations. See `traces` for more.

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use cloacina_exporter::config::{Backfill, Config, Database as Address, Log, Metrics, Patterns, Poll, Web};
use cloacina_exporter::record::{Collector, Span};
use cloacina_exporter::source::{Database, Outcome, TenantPoll, Wanted};
use cloacina_exporter::state::{Settings, State};
use support::left_behind;
use support::postgres::{Cluster, Options};
use uuid::Uuid;

/// All tenants, each read once.
struct World {
    cluster: Cluster,
    database: Database,
    state: State,
}

impl World {
    async fn new() -> Self {
        let cluster = Cluster::start(Options::default()).await;
        for database in &left_behind::ALL {
            cluster.execute("postgres", &database.postgres()).await;
        }
        let config = config(&cluster.url("postgres", "postgres"));
        let mut database = Database::new(&config.databases[0], &config, Arc::new(|_, _, _| ()));
        let mut state = State::new(&config.metrics);
        let overlap = Span::from(config.poll.overlap);
        let settings = Settings { metrics: &config.metrics, overlap, keep_ended: false };
        for poll in database.poll(&state.tenants, &Wanted::new()).await.tenants {
            let Outcome::Began(began, batch) = poll.outcome else { panic!("{:?}", poll.outcome) };
            state.tenants.insert(poll.label.clone(), Arc::from(began.tenant));
            state.apply(&poll.label, &batch, settings, 1);
        }
        Self { cluster, database, state }
    }

    async fn ask(&mut self, wanted: Wanted) -> Vec<TenantPoll> {
        let poll = self.database.poll(&self.state.tenants, &wanted).await;
        assert!(poll.failure.is_none(), "{:?}", poll.failure);
        poll.tenants
    }

    /// The ids of all executions of a tenant.
    async fn executions(&self, tenant: &str, kind: &str) -> Vec<Uuid> {
        let select = format!("SELECT string_agg(id::text, ' ') FROM {tenant}.{kind}_executions");
        let ids: String = self.cluster.value("postgres", &select).await;
        ids.split(' ').map(|id| id.parse().unwrap()).collect()
    }
}

fn config(url: &str) -> Config {
    Config {
        databases: vec![Address {
            name: Arc::from("database"),
            url: url.parse().unwrap(),
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
async fn stories_of_every_generation_have_all_rows_that_plain_sql_finds() {
    let mut world = World::new().await;
    for database in &left_behind::ALL {
        let (tenant, old) = (database.tenant, database.generation == "v0.4");
        let kind = if old { "pipeline" } else { "workflow" };
        let wanted = world.executions(tenant, kind).await;
        assert!((10..200).contains(&wanted.len()));
        let polls = world.ask(BTreeMap::from([(Arc::from(tenant), wanted.clone())])).await;
        let poll = polls.into_iter().find(|poll| &*poll.label == tenant).unwrap();
        assert!(poll.story_failure.is_none(), "{:?}", poll.story_failure);
        let told: Vec<Uuid> = poll.stories.iter().map(|(id, _)| *id).collect();
        assert_eq!(told, wanted);
        for (id, story) in poll.stories {
            let story = story.unwrap();
            let count = |table: &str| {
                format!("(SELECT count(*) FROM {tenant}.{table} WHERE {kind}_execution_id = '{id}')")
            };
            let tables = ["task_executions", "execution_events", "schedule_executions"].map(count);
            let counts: String = world
                .cluster
                .value("postgres", &format!("SELECT concat_ws(' ', {})", tables.join(", ")))
                .await;
            let told = [story.tasks.len(), story.events.len(), story.fires.len()];
            assert_eq!(told.map(|count| count.to_string()).join(" "), counts);
        }
    }
}

#[tokio::test]
async fn a_story_that_cannot_be_read_costs_neither_the_batch_nor_the_next_poll() {
    let mut world = World::new().await;
    let tenant = "tenant_v0111";
    let column = "ALTER TABLE tenant_v0111.workflow_executions RENAME COLUMN";
    world.cluster.execute("postgres", &format!("{column} pause_reason TO reason")).await;
    let wanted = Wanted::from([(Arc::from(tenant), world.executions(tenant, "workflow").await)]);
    let polls = world.ask(wanted.clone()).await;
    let poll = polls.into_iter().find(|poll| &*poll.label == tenant).unwrap();
    assert!(matches!(poll.outcome, Outcome::Read(_)), "{:?}", poll.outcome);
    assert_eq!((poll.stories, poll.story_failure.unwrap().collector), (vec![], Collector::Executions));
    world.cluster.execute("postgres", &format!("{column} reason TO pause_reason")).await;
    let polls = world.ask(wanted).await;
    let poll = polls.into_iter().find(|poll| &*poll.label == tenant).unwrap();
    assert!(poll.story_failure.is_none() && poll.stories.len() > 10, "{:?}", poll.story_failure);
}
