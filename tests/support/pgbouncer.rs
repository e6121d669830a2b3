//! PgBouncer in transaction mode before a `Cluster`, which can be exchanged behind open client connections.

use std::fs::write;

use sqlx::Connection;
use sqlx::postgres::PgConnection;
use tempfile::TempDir;

use super::postgres::Cluster;
use super::process::{self, Daemon, Signal};

/// A running pooler. All clients are one role at the server, whatever they call themselves.
pub struct PgBouncer {
    directory: TempDir,
    daemon: Daemon,
    port: u16,
    role: String,
}

impl PgBouncer {
    /// Pools connections to every database of `cluster` as `role`, which must not need a password there.
    pub async fn start(cluster: &Cluster, role: &str) -> Self {
        let directory = process::temporary_directory();
        let port = process::free_port();
        write_configuration(&directory, port, cluster, role);
        let daemon = spawn(&directory);
        let mut pooler = Self { directory, daemon, port, role: role.to_owned() };
        pooler.wait_until_ready().await;
        pooler
    }

    /// Ends it as a crash does: all connections are cut.
    pub fn halt(&mut self) {
        self.daemon.end(Signal::Kill);
    }

    pub async fn start_again(&mut self) {
        self.daemon = spawn(&self.directory);
        self.wait_until_ready().await;
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgres://{}@127.0.0.1:{}/{database}", self.role, self.port)
    }

    /// Sends new server connections to `cluster`. Halt the old one to close those that are open.
    pub fn point_to(&self, cluster: &Cluster) {
        write_configuration(&self.directory, self.port, cluster, &self.role);
        self.daemon.signal(Signal::Hangup);
    }

    async fn wait_until_ready(&mut self) {
        let url = self.url("postgres");
        self.daemon.until("a first connection", async || PgConnection::connect(&url).await.is_ok()).await;
    }
}

fn spawn(directory: &TempDir) -> Daemon {
    let program = process::find("pgbouncer", "pgbouncer");
    let mut command = process::unprivileged(&program, directory.path());
    command.arg(directory.path().join("pgbouncer.ini"));
    Daemon::spawn(command, &directory.path().join("log"))
}

fn write_configuration(directory: &TempDir, port: u16, cluster: &Cluster, role: &str) {
    let server = cluster.address().port();
    let configuration = format!(
        "[databases]\n\
         * = host=127.0.0.1 port={server} user={role}\n\
         [pgbouncer]\n\
         listen_addr = 127.0.0.1\n\
         listen_port = {port}\n\
         unix_socket_dir =\n\
         auth_type = any\n\
         pool_mode = transaction\n\
         max_client_conn = 200\n\
         server_login_retry = 0\n\
         ignore_startup_parameters = extra_float_digits\n"
    );
    write(directory.path().join("pgbouncer.ini"), configuration).unwrap();
}
