//! The PostgreSQL server that is measured, and the roles that read it.

use std::path::Path;
use std::time::Duration;

use sqlx::Row;
use sqlx::postgres::PgConnection;

use super::history::{self, Size};
use super::measure::{cpu_of, server_cpu};
use super::support::postgres::{Cluster, Options, execute};
use super::support::process::Signal;

/// Executions of the full size; five tasks and 21 events each.
const EXECUTIONS: u32 = 500_000;
/// Who reads: a role each, by which the server tells their statements apart.
pub const OURS: &str = "ours";
pub const SQL_EXPORTER: &str = "sql_exporter";
pub const POSTGRES_EXPORTER: &str = "postgres_exporter";
pub const TUNED: &str = "tuned";
pub const BARE: &str = "bare";

pub struct Server {
    pub cluster: Cluster,
    /// A sixteenth, a quarter, and the whole.
    pub sizes: [Size; 3],
    pub full: Size,
    /// Seconds that loading took; nothing if the data were there.
    pub loading: Option<f64>,
    /// Asks what it was like; what this connection costs is not counted.
    asking: PgConnection,
    asking_pid: i32,
}

/// What a role's statements took, as the server counts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Statements {
    pub calls: i64,
    pub buffers: f64,
    pub milliseconds: f64,
}

impl Server {
    /// Starts a server: everything cached, nothing synced, no vacuum in between, otherwise PostgreSQL's defaults.
    /// `CLOACINA_EXPORTER_COST_EXECUTIONS` sets the full size, by default 500 000 executions, and
    /// `CLOACINA_EXPORTER_COST_DATA` a directory in which the data stay for the next time.
    pub async fn start() -> Self {
        let settings = [
            // Not those of the tests, which let the table of locks, which each poll looks through, be four times as large.
            ("max_connections", "100"),
            ("max_prepared_transactions", "0"),
            ("shared_buffers", "6GB"),
            ("wal_level", "minimal"),
            ("max_wal_senders", "0"),
            ("max_wal_size", "16GB"),
            ("maintenance_work_mem", "1GB"),
            ("autovacuum", "off"),
            ("shared_preload_libraries", "pg_stat_statements"),
        ];
        let settings = settings.map(|(name, value)| (name, value.to_owned())).to_vec();
        let options = Options { settings, ..Options::default() };
        let cluster = match std::env::var_os("CLOACINA_EXPORTER_COST_DATA") {
            Some(directory) => Cluster::start_on(Path::new(&directory), options).await,
            None => Cluster::start(options).await,
        };
        let given = std::env::var("CLOACINA_EXPORTER_COST_EXECUTIONS").ok();
        let executions = given.and_then(|text| text.parse().ok()).unwrap_or(EXECUTIONS).max(16_000);
        let sizes = [("sixteenth", 16), ("quarter", 4), ("whole", 1)]
            .map(|(schema, part)| Size { schema, executions: executions / part });
        let mut asking = cluster.connect("postgres").await;
        execute(&mut asking, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements").await;
        for role in [OURS, SQL_EXPORTER, POSTGRES_EXPORTER, TUNED, BARE] {
            let missing = format!("SELECT FROM pg_roles WHERE rolname = '{role}'");
            let create = format!("CREATE ROLE {role} LOGIN IN ROLE pg_read_all_data, pg_read_all_stats");
            execute(
                &mut asking,
                &format!("DO $$ BEGIN IF NOT EXISTS ({missing}) THEN {create}; END IF; END $$"),
            )
            .await;
        }
        let asking_pid = sqlx::query("SELECT pg_backend_pid()").fetch_one(&mut asking).await.unwrap().get(0);
        Self { cluster, sizes, full: sizes[2], loading: None, asking, asking_pid }
    }

    /// Generates the history of all sizes, or takes back what the last run added to it.
    pub async fn load(&mut self) {
        let mut seconds = 0.0;
        for size in self.sizes {
            seconds += history::load(&mut self.asking, size).await;
        }
        self.loading = (seconds > 0.0).then_some(seconds);
    }

    /// Stops the server in good order, so that the data can be used again.
    pub fn stop(mut self) {
        self.cluster.halt(Signal::Interrupt);
    }

    pub fn url(&self, database: &str) -> String {
        self.cluster.url(OURS, database)
    }

    /// Lets `role` find the tables of `size` without naming the schema.
    pub async fn look_at(&mut self, role: &str, size: Size) {
        execute(&mut self.asking, &format!("ALTER ROLE {role} SET search_path = {}", size.schema)).await;
    }

    /// Process ids of a role's sessions.
    pub async fn backends(&mut self, role: &str) -> Vec<i32> {
        let query = "SELECT pid FROM pg_stat_activity WHERE usename = $1 AND backend_type = 'client backend'";
        let rows = sqlx::query(query).bind(role).fetch_all(&mut self.asking).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// CPU time of the sessions that come from `ports`.
    pub async fn cpu_from(&mut self, ports: &[u16]) -> Duration {
        let ports: Vec<i32> = ports.iter().map(|&port| i32::from(port)).collect();
        let query = "SELECT pid FROM pg_stat_activity WHERE client_port = ANY($1)";
        let rows = sqlx::query(query).bind(ports).fetch_all(&mut self.asking).await.unwrap();
        cpu_of(&rows.iter().map(|row| row.get(0)).collect::<Vec<_>>())
    }

    /// CPU time of the whole server but of this connection and of the writer's.
    pub fn cpu(&self, writer: i32) -> Duration {
        server_cpu(self.cluster.pid(), &[self.asking_pid, writer])
    }

    pub async fn statements(&mut self, role: &str) -> Statements {
        let query = "SELECT coalesce(sum(calls), 0)::int8, coalesce(sum(shared_blks_hit + shared_blks_read), 0)::float8, \
             coalesce(sum(total_exec_time), 0)::float8 FROM pg_stat_statements WHERE userid = $1::regrole";
        let row = sqlx::query(query).bind(role).fetch_one(&mut self.asking).await.unwrap();
        Statements { calls: row.get(0), buffers: row.get(1), milliseconds: row.get(2) }
    }
}
