//! A PostgreSQL server for one test binary: started by the first test that wants it, stopped when the last is done.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, Weak};

use cloacina_exporter::config::DatabaseUrl;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, raw_sql};
use tempfile::TempDir;

static RUNNING: Mutex<Weak<Server>> = Mutex::new(Weak::new());

/// Anyone may log in without a password, except the role `locked`, and `tls_only` without TLS.
const HBA: &str = "host all locked 127.0.0.1/32 scram-sha-256\nhostnossl all tls_only 127.0.0.1/32 reject\n\
    host all all 127.0.0.1/32 trust\nlocal all all trust\n";

pub struct Server {
    folder: TempDir,
    pub port: u16,
}

impl Server {
    pub fn shared() -> Arc<Self> {
        let mut running = RUNNING.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        running.upgrade().unwrap_or_else(|| {
            let server = Arc::new(Self::start());
            *running = Arc::downgrade(&server);
            server
        })
    }

    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let data = folder.path().join("data");
        hand_over(folder.path());
        run(command("initdb", folder.path())
            .args(["-U", "postgres", "--no-sync", "-E", "UTF8", "-D"])
            .arg(&data));
        std::fs::write(data.join("pg_hba.conf"), HBA).unwrap();
        certificates(&data);
        let options = format!(
            "-p {port} -k {} -c listen_addresses=127.0.0.1 -c fsync=off -c ssl=on -c max_connections=50 -c max_prepared_transactions=5",
            folder.path().display()
        );
        let log = folder.path().join("log");
        run(command("pg_ctl", folder.path())
            .args(["start", "-w", "-o", &options, "-D"])
            .arg(&data)
            .arg("-l")
            .arg(log));
        Self { folder, port }
    }

    /// What to give as `sslrootcert`.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("data/root.crt")
    }

    pub fn options(&self) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(self.port)
            .username("postgres")
            .database("postgres")
    }

    /// Creates an empty database and connects to it as superuser.
    pub async fn database(&self, name: &str) -> PgConnection {
        let mut connection = self.options().connect().await.unwrap();
        sql(&mut connection, &format!("CREATE DATABASE \"{name}\"")).await;
        connection.close().await.unwrap();
        self.options().database(name).connect().await.unwrap()
    }

    pub fn url(&self, user: &str, database: &str) -> DatabaseUrl {
        url(&format!("postgres://{user}@127.0.0.1:{}/{database}", self.port))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.folder.path().join("data");
        let _ =
            command("pg_ctl", self.folder.path()).args(["stop", "-m", "immediate", "-D"]).arg(data).output();
    }
}

pub fn url(text: &str) -> DatabaseUrl {
    DatabaseUrl::Postgres(text.to_owned().into())
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

pub async fn sql(connection: &mut PgConnection, text: &str) {
    raw_sql(AssertSqlSafe(text.to_owned())).execute(connection).await.unwrap();
}

/// An authority, and a certificate of its for `localhost` where the server looks for one.
fn certificates(data: &Path) {
    let openssl = |arguments: &str| run(command("openssl", data).args(arguments.split(' ')));
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(&format!("req -x509 {key} -keyout root.key -out root.crt -subj /CN=authority"));
    openssl(&format!("req {key} -keyout server.key -out server.csr -subj /CN=localhost"));
    std::fs::write(data.join("extensions"), "subjectAltName = DNS:localhost").unwrap();
    openssl(
        "x509 -req -in server.csr -CA root.crt -CAkey root.key -CAcreateserial -extfile extensions -out server.crt",
    );
}

/// A program of the server's, run by `nobody` if we are root, since PostgreSQL refuses root.
pub fn command(program: &str, folder: &Path) -> Command {
    let path = newest_server().map_or_else(|| PathBuf::from(program), |folder| folder.join(program));
    let path = if path.exists() { path } else { PathBuf::from(program) };
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(path);
        command
    } else {
        Command::new(path)
    };
    command.env_clear().env("PATH", "/usr/bin:/bin:/usr/sbin").env("HOME", folder).env("LANG", "C.UTF-8");
    command.current_dir(folder);
    command
}

/// Hands a folder to the user that servers run as.
pub fn hand_over(folder: &Path) {
    if is_root() {
        run(Command::new("chown").args(["-R", "65534:65534"]).arg(folder));
    }
}

/// Where Debian keeps the programs that are not in the path.
fn newest_server() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut versions: Vec<_> = versions.filter_map(|entry| Some(entry.ok()?.path())).collect();
    versions.sort_by_key(|path| path.file_name()?.to_str()?.parse::<u32>().ok());
    Some(versions.pop()?.join("bin"))
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|metadata| std::os::unix::fs::MetadataExt::uid(&metadata) == 0)
}

fn run(command: &mut Command) {
    // pg_ctl leaves its output open in the server, so that waiting for its end would wait for ever.
    let status =
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).status().unwrap();
    assert!(status.success(), "{command:?}");
}
