//! Three exporters that share the tenants of one server, beside one that reads them all; and a password that is replaced.
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use support::exporter::Exporter;
use support::exposition::Exposition;
use support::postgres::{Cluster, Options};
use support::schema::Generation;
use support::writer::runner::Runner;
use tempfile::TempDir;

const TENANTS: usize = 30;
const EXECUTIONS: &str = "cloacina_state_workflow_executions_total";

struct Site {
    cluster: Cluster,
    folder: TempDir,
}

impl Site {
    async fn new() -> Self {
        let cluster = Cluster::start(Options::default()).await;
        cluster.create_database("app").await;
        for number in 0..TENANTS {
            let tables = Generation::V0_11.postgres();
            let statements = format!("CREATE SCHEMA t{number}; SET search_path = t{number}; {tables}");
            cluster.execute("app", &statements).await;
        }
        Self { cluster, folder: tempfile::tempdir().unwrap() }
    }

    async fn exporter(&self, state: &str, index: usize, count: usize) -> Exporter {
        let url = self.cluster.url("postgres", "app");
        let state = self.folder.path().join(state).display().to_string();
        let (index, count) = (index.to_string(), count.to_string());
        let shard = ["--shard.index", &index, "--shard.count", &count];
        let rest = ["--database", &url, "--poll.interval", "1s", "--state.file", &state];
        Exporter::start(&[&rest[..], &shard].concat()).await
    }

    /// One execution in each tenant, and in each as many more as its number.
    async fn work(&self) {
        for number in 0..TENANTS {
            let url = self.cluster.url("postgres", "app");
            let mut runner = Runner::connect(&url, &format!("t{number}"), number as u64).await;
            for _ in 0..=number % 3 {
                runner.succeed("w").await;
            }
        }
    }
}

fn tenants(page: &Exposition) -> BTreeSet<String> {
    let up = page.samples.keys().filter(|series| series.name == "cloacina_state_up");
    up.map(|series| series.labels["tenant"].clone()).collect()
}

/// What was counted in each tenant.
fn counted(page: &Exposition) -> BTreeMap<String, f64> {
    tenants(page).into_iter().map(|name| (name.clone(), page.sum(EXECUTIONS, &[("tenant", &name)]))).collect()
}

fn truth() -> BTreeMap<String, f64> {
    (0..TENANTS).map(|number| (format!("t{number}"), (number % 3 + 1) as f64)).collect()
}

async fn all_up(exporter: &mut Exporter) {
    let up = |page: &Exposition| {
        !tenants(page).is_empty() && page.sum("cloacina_state_up", &[]) == tenants(page).len() as f64
    };
    exporter.until("all its tenants", up).await;
}

#[tokio::test]
async fn three_shards_together_show_what_one_exporter_shows() {
    let site = Site::new().await;
    let mut whole = site.exporter("whole", 0, 1).await;
    let mut shards = Vec::new();
    for index in 0..3 {
        shards.push(site.exporter(&format!("shard-{index}"), index, 3).await);
    }
    all_up(&mut whole).await;
    for shard in &mut shards {
        all_up(shard).await;
    }
    site.work().await;
    let page = whole.until("all that was done", |page| counted(page) == truth()).await;
    assert_eq!(page.sum("cloacina_exporter_tenants", &[]), TENANTS as f64);
    let mut union = BTreeMap::new();
    for shard in &mut shards {
        let wanted =
            |page: &Exposition| counted(page).iter().all(|(tenant, count)| truth()[tenant] == *count);
        let page = shard.until("all of its own", wanted).await;
        let own = counted(&page);
        assert_eq!(page.sum("cloacina_exporter_tenants", &[]), own.len() as f64);
        assert!((4..=16).contains(&own.len()), "{own:?}");
        for (tenant, count) in own {
            assert_eq!(union.insert(tenant, count), None, "a tenant is in one shard");
        }
    }
    assert_eq!(union, truth());

    // Two shards of three become two of two: what stays goes on, what moves in counts from now on.
    let moved = |tenant: &str, from: &Exposition| !tenants(from).contains(tenant);
    let before = shards[0].metrics().await;
    shards.clear();
    let mut first = site.exporter("shard-0", 0, 2).await;
    all_up(&mut first).await;
    let page = first.until("its tenants", |page| tenants(page).len() > tenants(&before).len()).await;
    for (tenant, count) in counted(&page) {
        let wanted = if moved(&tenant, &before) { 0.0 } else { truth()[&tenant] };
        assert_eq!(count, wanted, "{tenant}");
    }
}

#[tokio::test]
async fn a_server_that_is_down_is_down_for_each_shard_s_own_tenants_only() {
    let mut site = Site::new().await;
    let mut shard = site.exporter("state", 1, 3).await;
    all_up(&mut shard).await;
    let own = tenants(&shard.metrics().await);
    site.cluster.halt(support::process::Signal::Quit);
    let page = shard.until("that all are down", |page| page.sum("cloacina_state_up", &[]) == 0.0).await;
    assert_eq!(tenants(&page), own);
}

#[tokio::test]
async fn a_password_that_is_replaced_in_its_file_is_used_without_being_told() {
    let site = Site {
        cluster: Cluster::start(Options { passwords: true, ..Options::default() }).await,
        folder: tempfile::tempdir().unwrap(),
    };
    site.cluster.create_database("app").await;
    let statements =
        format!("{}; CREATE ROLE monitor LOGIN SUPERUSER PASSWORD 'first'", Generation::V0_11.postgres());
    site.cluster.execute("app", &statements).await;
    let (password, file) = (site.folder.path().join("password"), site.folder.path().join("exporter.yml"));
    std::fs::write(&password, "first\n").unwrap();
    let port = site.cluster.address().port();
    let yaml =
        format!("databases: [{{url: 'postgres://monitor@127.0.0.1:{port}/app', password_file: password}}]\n");
    std::fs::write(&file, yaml).unwrap();
    let file = file.display().to_string();
    let mut exporter = Exporter::start(&["--config.file", &file, "--poll.interval", "1s"]).await;
    exporter.until("the tenant", |page| page.sum("cloacina_state_up", &[]) == 1.0).await;
    let replace = "ALTER ROLE monitor PASSWORD 'second'; \
                   SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'monitor'";
    site.cluster.execute("app", replace).await;
    exporter.until("a refused login", |page| page.sum("cloacina_state_up", &[]) == 0.0).await;
    std::fs::write(&password, "second\n").unwrap();
    exporter.until("that it is read again", |page| page.sum("cloacina_state_up", &[]) == 1.0).await;
    assert!(!["first", "second"].iter().any(|secret| exporter.log().contains(&format!(":{secret}@"))));
}
