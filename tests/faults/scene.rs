//! Where a fault happens: a database of its own on the server that all share, an exporter that is watched, and writers.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use sqlx::postgres::PgConnection;
use tempfile::TempDir;
use tokio::task::{AbortHandle, spawn_local};

use crate::busy::Busy;
use crate::support::postgres::{Cluster, Options, execute};
use crate::support::process::{is_root, temporary_directory};
use crate::support::schema::{self, Generation};
use crate::support::writer::runner::Runner;
use crate::watched::Watched;

pub const TENANT: &str = "tenant_a";
/// A role that may read and no more.
pub const READER: &str = "reader";
/// Longer than a lock is waited for.
pub const STATEMENT_TIMEOUT: &str = "2s";
/// How often the connections are counted.
const LOOK: Duration = Duration::from_millis(100);

/// What all faults share.
pub struct Stage {
    pub cluster: Cluster,
    pub standby: Cluster,
    census: Census,
}

/// A fault's own part of it.
pub struct Scene {
    pub name: &'static str,
    pub stage: Rc<Stage>,
    pub folder: TempDir,
    seeds: Cell<u64>,
}

impl Stage {
    pub async fn build() -> Self {
        let cluster = Cluster::start(Options::default()).await;
        cluster.execute("postgres", &format!("CREATE ROLE {READER} LOGIN")).await;
        let standby = cluster.standby(vec![("max_standby_streaming_delay", "0".to_owned())]).await;
        let census = Census::take(&cluster).await;
        Self { cluster, standby, census }
    }
}

impl Scene {
    pub fn new(name: &'static str, index: u64, stage: Rc<Stage>) -> Self {
        let folder = temporary_directory();
        Self { name, stage, folder, seeds: Cell::new(index * 100) }
    }

    /// The name of its database.
    pub fn database(&self) -> String {
        self.name
            .replace([' ', '-'], "_")
            .replace(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_', "")
    }

    /// Makes its database on the shared server, with a tenant of the newest generation.
    pub async fn prepare(&self) {
        self.stage.cluster.create_database(&self.database()).await;
        prepare(&self.stage.cluster, &self.database()).await;
    }

    pub fn url(&self) -> String {
        self.stage.cluster.url("postgres", &self.database())
    }

    /// For the role that may only read.
    pub fn reader_url(&self) -> String {
        self.stage.cluster.url(READER, &self.database())
    }

    pub async fn execute(&self, statements: &str) {
        self.stage.cluster.execute(&self.database(), statements).await;
    }

    /// A seed that no other writer of any scene has.
    pub fn seed(&self) -> u64 {
        self.seeds.set(self.seeds.get() + 1);
        self.seeds.get()
    }

    pub async fn runner(&self) -> Runner {
        Runner::connect(&self.url(), TENANT, self.seed()).await
    }

    /// Writes to its tenant until it is told to stop.
    pub async fn busy(&self) -> Busy {
        Busy::start(&self.url(), TENANT, self.seed()).await
    }

    /// Starts the exporter on `url`, and waits until it has read.
    pub async fn watch(&self, url: &str) -> Watched {
        self.watch_by(&[], url).await
    }

    /// As `watch`, started by a program.
    pub async fn watch_by(&self, starter: &[String], url: &str) -> Watched {
        let state = self.folder.path().join("state");
        let configuration = configuration(self.folder.path(), url, &state, STATEMENT_TIMEOUT);
        Watched::start(starter, &configuration).await
    }

    /// The most connections that the shared server had of the exporter on this scene's database.
    pub fn most_connections(&self) -> i64 {
        self.stage.census.most(&self.database())
    }
}

/// A configuration file that keeps the state in `state`.
pub fn configuration(folder: &Path, url: &str, state: &Path, statement_timeout: &str) -> PathBuf {
    let path = folder.join("exporter.yml");
    let text = format!(
        "databases: [{{url: '{url}'}}]\nstate: {{file: '{}'}}\n\
         poll: {{interval: 1s, statement_timeout: {statement_timeout}, connect_timeout: 2s}}\n\
         histograms: {{kind: 'off'}}\nhold_first_value: 0s\n",
        state.display()
    );
    std::fs::write(&path, text).unwrap();
    path
}

/// What becomes the exporter after `mount`, a script in which `$0` is `path`: nobody else has what it mounts. Takes root, or
/// namespaces of users.
pub fn with_mounts(mount: &str, path: &Path) -> Vec<String> {
    let mut starter = vec!["/usr/bin/unshare".to_owned(), "--mount".to_owned()];
    if !is_root() {
        starter.push("--map-root-user".to_owned());
    }
    let script = format!("{mount} && exec \"$@\"");
    starter.extend(["sh".to_owned(), "-c".to_owned(), script, path.display().to_string()]);
    starter
}

/// Makes the tenant's tables, and lets the reader read them.
pub async fn prepare(cluster: &Cluster, database: &str) {
    let mut connection = cluster.connect(database).await;
    create_tenant(&mut connection, TENANT).await;
}

pub async fn create_tenant(connection: &mut PgConnection, name: &str) {
    schema::create(connection, name, Generation::V0_11).await;
    let grants = format!(
        "GRANT USAGE ON SCHEMA {name} TO {READER}; GRANT SELECT ON ALL TABLES IN SCHEMA {name} TO {READER}"
    );
    execute(connection, &grants).await;
}

/// Counts, again and again, the connections that a server has of exporters.
pub struct Census {
    most: Rc<RefCell<BTreeMap<String, i64>>>,
    counting: AbortHandle,
}

impl Census {
    pub async fn take(cluster: &Cluster) -> Self {
        let most = Rc::<RefCell<BTreeMap<String, i64>>>::default();
        let connection = cluster.connect("postgres").await;
        let counting = spawn_local(count(connection, Rc::clone(&most))).abort_handle();
        Self { most, counting }
    }

    pub fn most(&self, database: &str) -> i64 {
        self.most.borrow().get(database).copied().unwrap_or(0)
    }
}

impl Drop for Census {
    fn drop(&mut self) {
        self.counting.abort();
    }
}

/// Ends with the server.
async fn count(mut connection: PgConnection, most: Rc<RefCell<BTreeMap<String, i64>>>) {
    let query = "SELECT datname::text, count(*) FROM pg_stat_activity \
                 WHERE application_name = 'cloacina-exporter' AND datname IS NOT NULL GROUP BY datname";
    while let Ok(rows) = sqlx::query_as::<_, (String, i64)>(query).fetch_all(&mut connection).await {
        for (database, count) in rows {
            let mut most = most.borrow_mut();
            let known = most.entry(database).or_default();
            *known = count.max(*known);
        }
        tokio::time::sleep(LOOK).await;
    }
}
