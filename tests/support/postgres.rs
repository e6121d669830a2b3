//! PostgreSQL servers of a test's own: started on a free port in a temporary directory, gone when dropped.
//!
//! `replication` adds standbys, `schema` the tables.

use std::fs::{read_dir, write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Decode, Postgres, Row, Type};
use tempfile::TempDir;

use super::process::{self, Daemon, Signal};
use super::{clock, data_directory};

const PACKAGE: &str = "postgresql";
pub(super) const SUPERUSER: &str = "postgres";

#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Asks for passwords (SCRAM) over TCP; the superuser's is `postgres`. Else everybody is trusted.
    pub passwords: bool,
    /// Offers TLS with a certificate for `localhost` and 127.0.0.1, signed by `Cluster::ca_certificate`.
    pub tls: bool,
    /// Lets `Cluster::shift_clock` move the server's clock; needs the package libfaketime.
    pub movable_clock: bool,
    /// Clock and timers run so many times as fast; needs the package libfaketime.
    pub clock_times: Option<u32>,
    /// A system identifier of its own. Otherwise all clusters share one, as if restored from one backup.
    pub own_identity: bool,
    /// More settings, such as `("wal_level", "logical")`.
    pub settings: Vec<(&'static str, String)>,
}

/// A running server. Its superuser is `postgres`.
pub struct Cluster {
    pub(super) directory: TempDir,
    pub(super) port: u16,
    pub(super) options: Options,
    daemon: Daemon,
}

impl Cluster {
    pub async fn start(options: Options) -> Self {
        let directory = process::temporary_directory();
        let data = directory.path().join("data");
        if options.own_identity {
            data_directory::initialise(directory.path(), &data);
        } else {
            data_directory::copy_template(&data);
        }
        if options.passwords {
            let rules = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n";
            write(data.join("pg_hba.conf"), rules).unwrap();
        }
        if options.tls {
            data_directory::make_certificates(directory.path());
        }
        Self::launch(directory, options).await
    }

    /// As `start`, but its data are in `data` and stay there; made if it is missing. Stop it in good order, by `halt`.
    pub async fn start_on(data: &Path, options: Options) -> Self {
        let directory = process::temporary_directory();
        if !data.exists() {
            data_directory::copy_template(data);
        }
        std::os::unix::fs::symlink(std::path::absolute(data).unwrap(), directory.path().join("data"))
            .unwrap();
        Self::launch(directory, options).await
    }

    /// Starts a server on the finished data directory `directory/data`.
    pub(super) async fn launch(directory: TempDir, options: Options) -> Self {
        let port = process::free_port();
        let daemon = spawn(directory.path(), port, &options);
        let mut cluster = Self { directory, port, options, daemon };
        cluster.wait_until_ready().await;
        if cluster.options.passwords && !cluster.in_recovery().await {
            cluster.execute("postgres", "ALTER ROLE postgres PASSWORD 'postgres'").await;
        }
        cluster
    }

    /// The process that starts all others.
    pub fn pid(&self) -> u32 {
        self.daemon.pid()
    }

    /// Where it listens for TCP.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// A URL for `role`, with the superuser's password where it needs one.
    pub fn url(&self, role: &str, database: &str) -> String {
        let secret = if self.options.passwords && role == SUPERUSER { ":postgres" } else { "" };
        format!("postgres://{role}{secret}@127.0.0.1:{}/{database}", self.port)
    }

    /// The certificate to trust, in PEM; only with `Options::tls`.
    pub fn ca_certificate(&self) -> PathBuf {
        self.directory.path().join("ca.crt")
    }

    /// A new connection of the superuser, over the unix socket.
    pub async fn connect(&self, database: &str) -> PgConnection {
        self.try_connect(database).await.unwrap()
    }

    async fn try_connect(&self, database: &str) -> sqlx::Result<PgConnection> {
        let directory = self.directory.path().display();
        let url = format!("postgres://{SUPERUSER}@localhost:{}/{database}?host={directory}", self.port);
        PgConnection::connect(&url).await
    }

    /// Runs `statements` as the superuser, in one transaction if there are several and they do not say BEGIN.
    pub async fn execute(&self, database: &str, statements: &str) {
        let mut connection = self.connect(database).await;
        execute(&mut connection, statements).await;
    }

    /// The first column of the first row.
    pub async fn value<T>(&self, database: &str, query: &str) -> T
    where
        T: for<'r> Decode<'r, Postgres> + Type<Postgres>,
    {
        let mut connection = self.connect(database).await;
        let row = sqlx::query(AssertSqlSafe(query)).fetch_one(&mut connection).await;
        row.unwrap_or_else(|error| panic!("{query}: {error}")).get(0)
    }

    pub async fn create_database(&self, name: &str) {
        self.execute("postgres", &format!("CREATE DATABASE {name}")).await;
    }

    pub async fn in_recovery(&self) -> bool {
        self.value("postgres", "SELECT pg_is_in_recovery()").await
    }

    /// Stops the server as `systemctl restart` does and starts it again on the same port and data.
    pub async fn restart(&mut self) {
        self.halt(Signal::Interrupt);
        self.start_again().await;
    }

    /// Ends the server: `Interrupt` in good order, `Quit` as a crash.
    pub fn halt(&mut self, signal: Signal) {
        self.daemon.end(signal);
    }

    pub async fn start_again(&mut self) {
        self.daemon = spawn(self.directory.path(), self.port, &self.options);
        self.wait_until_ready().await;
    }

    /// Stops every process of the server in its tracks: connections stay open and silent.
    pub fn freeze(&self) {
        self.signal_all(Signal::Stop);
    }

    pub fn thaw(&self) {
        self.signal_all(Signal::Continue);
    }

    /// Moves the server's clock to `seconds` from the true time, at once, also for open connections.
    pub fn shift_clock(&self, seconds: i64) {
        assert!(self.options.movable_clock, "start the cluster with movable_clock");
        clock::set(&clock_file(self.directory.path()), seconds);
    }

    /// Makes all but the last `remaining` of the first 2^32 transaction ids used up.
    pub async fn approach_wraparound(&mut self, remaining: u32) {
        // In two steps, for no row may be 2^31 transactions old.
        for xid in [1 << 31, u32::MAX - remaining] {
            self.set_next_transaction_id(xid).await;
            let databases: Vec<String> = self
                .value("postgres", "SELECT array_agg(datname::text) FROM pg_database WHERE datallowconn")
                .await;
            for database in databases {
                self.execute(&database, "VACUUM (FREEZE)").await;
            }
        }
    }

    /// Pages of the commit log that are missing are made up as zeros.
    async fn set_next_transaction_id(&mut self, xid: u32) {
        const TRANSACTIONS_PER_SEGMENT: u32 = 32 * 8192 * 4;
        self.halt(Signal::Interrupt);
        let data = self.directory.path().join("data");
        let segment = data.join("pg_xact").join(format!("{:04X}", xid / TRANSACTIONS_PER_SEGMENT));
        if !segment.exists() {
            write(&segment, vec![0; 32 * 8192]).unwrap();
            process::hand_over(&segment);
        }
        let mut command = process::unprivileged(&program("pg_resetwal"), self.directory.path());
        process::run(command.args(["-x", &xid.to_string()]).arg(&data));
        self.start_again().await;
    }

    async fn wait_until_ready(&mut self) {
        let (directory, port) = (self.directory.path().display().to_string(), self.port);
        let url = format!("postgres://{SUPERUSER}@localhost:{port}/postgres?host={directory}");
        self.daemon.until("a first connection", async || PgConnection::connect(&url).await.is_ok()).await;
    }

    fn signal_all(&self, signal: Signal) {
        let parent = i32::try_from(self.daemon.pid()).unwrap();
        // The postmaster first, or it would start new processes meanwhile.
        process::send(parent, signal);
        let all = procfs::process::all_processes().unwrap().flatten();
        for child in all.filter_map(|process| process.stat().ok()).filter(|stat| stat.ppid == parent) {
            process::send(child.pid, signal);
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.thaw();
        self.daemon.end(Signal::Quit);
    }
}

/// Runs `statements` in one round trip; several without BEGIN are one transaction.
///
/// # Panics
/// If one fails.
pub async fn execute(connection: &mut PgConnection, statements: &str) {
    let result = sqlx::raw_sql(AssertSqlSafe(statements)).execute(connection).await;
    result.unwrap_or_else(|error| panic!("{statements}: {error}"));
}

/// A server program of the newest version installed.
pub(super) fn program(name: &str) -> PathBuf {
    let versions = read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter(|version| Path::new(&format!("/usr/lib/postgresql/{version}/bin/{name}")).is_file())
        .max();
    match newest {
        Some(version) => PathBuf::from(format!("/usr/lib/postgresql/{version}/bin/{name}")),
        None => process::find(name, PACKAGE),
    }
}

fn spawn(directory: &Path, port: u16, options: &Options) -> Daemon {
    let mut command = process::unprivileged(&process::find("env", "coreutils"), directory);
    if options.movable_clock {
        let file = clock_file(directory);
        clock::set(&file, 0);
        // Loaded into the server only, for what is loaded into setpriv as root keeps root's semaphores.
        command.args(clock::movable(&file));
    }
    if let Some(times) = options.clock_times {
        command.args(clock::fast(times));
    }
    command.arg(program("postgres")).arg("-D").arg(directory.join("data"));
    let mut set = |name: &str, value: &str| {
        command.args(["-c", &format!("{name}={value}")]);
    };
    set("port", &port.to_string());
    set("listen_addresses", "127.0.0.1");
    set("unix_socket_directories", &directory.display().to_string());
    for (name, value) in [
        ("fsync", "off"),
        ("full_page_writes", "off"),
        ("max_connections", "300"),
        ("max_prepared_transactions", "100"),
        ("wal_keep_size", "256MB"),
        ("log_min_messages", "warning"),
        ("TimeZone", "UTC"),
    ] {
        set(name, value);
    }
    if options.tls {
        set("ssl", "on");
        set("ssl_cert_file", &directory.join("server.crt").display().to_string());
        set("ssl_key_file", &directory.join("server.key").display().to_string());
    }
    for (name, value) in &options.settings {
        set(name, value);
    }
    Daemon::spawn(command, &directory.join("log"))
}

fn clock_file(directory: &Path) -> PathBuf {
    directory.join("clock")
}
