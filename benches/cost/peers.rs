//! The exporters that are compared with, as Debian packages them: `sql_exporter` reads at an interval, `postgres_exporter`
//! when it is scraped. Both get the queries of `queries::PER_METRIC`.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::queries::{PER_METRIC, Query};
use super::server::{POSTGRES_EXPORTER, SQL_EXPORTER};
use super::support::http;
use super::support::postgres::Cluster;
use super::support::process::{self, Daemon};

/// Between the ends of `sql_exporter`'s refreshes; the writer needs a part of it.
const INTERVAL: &str = "4s";

/// Ends when dropped.
pub struct Peer {
    pub address: SocketAddr,
    daemon: Daemon,
    _directory: TempDir,
}

impl Peer {
    pub async fn sql_exporter(cluster: &Cluster) -> Self {
        let url = address_of(cluster, SQL_EXPORTER);
        let mut text = format!(
            "jobs:\n- name: cloacina\n  interval: '{INTERVAL}'\n  connections: ['{url}']\n  queries:\n"
        );
        for Query { name, labels, values, sql } in PER_METRIC {
            let (labels, values, sql) = (json(&labels), json(&values), json(&sql));
            writeln!(
                text,
                "  - {{name: {name}, help: {name}, labels: {labels}, values: {values}, query: {sql}}}"
            )
            .unwrap();
        }
        Self::start(
            "prometheus-sql-exporter",
            &text,
            &|file, address| vec![format!("-config.file={file}"), format!("-web.listen-address={address}")],
            None,
        )
        .await
    }

    pub async fn postgres_exporter(cluster: &Cluster) -> Self {
        let mut text = String::new();
        for Query { name, labels, values, sql } in PER_METRIC {
            let column = |usage| {
                move |column: &&str| format!("{{{column}: {{usage: {usage}, description: {column}}}}}")
            };
            let columns = labels.iter().map(column("LABEL")).chain(values.iter().map(column("GAUGE")));
            let columns = columns.collect::<Vec<_>>().join(", ");
            writeln!(text, "{name}: {{query: {}, metrics: [{columns}]}}", json(&sql)).unwrap();
        }
        let url = address_of(cluster, POSTGRES_EXPORTER);
        Self::start(
            "prometheus-postgres-exporter",
            &text,
            &|file, address| {
                let fixed = [
                    "--disable-default-metrics",
                    "--disable-settings-metrics",
                    "--no-collector.database",
                    "--no-collector.bgwriter",
                    "--log.level=warn",
                ];
                let mut arguments = fixed.map(str::to_owned).to_vec();
                arguments.push(format!("--extend.query-path={file}"));
                arguments.push(format!("--web.listen-address={address}"));
                arguments
            },
            Some(("DATA_SOURCE_NAME", url)),
        )
        .await
    }

    async fn start(
        program: &str,
        configuration: &str,
        arguments: &dyn Fn(&str, SocketAddr) -> Vec<String>,
        variable: Option<(&str, String)>,
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("configuration.yml");
        std::fs::write(&file, configuration).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], process::free_port()));
        let mut command = process::own(&find(program));
        command.args(arguments(file.to_str().expect("the path is UTF-8"), address)).envs(variable);
        let mut daemon = Daemon::spawn(command, &directory.path().join("log"));
        daemon.until("its port", async || http::get(address, "/").await.is_some()).await;
        Self { address, daemon, _directory: directory }
    }

    pub fn pid(&self) -> u32 {
        self.daemon.pid()
    }

    pub fn log(&self) -> String {
        self.daemon.log()
    }
}

fn address_of(cluster: &Cluster, role: &str) -> String {
    format!("{}?sslmode=disable", cluster.url(role, "postgres"))
}

/// YAML takes JSON.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("strings can be written")
}

fn find(program: &str) -> PathBuf {
    let given =
        std::env::var_os("CLOACINA_EXPORTER_COST_PEERS").map(|directory| Path::new(&directory).join(program));
    given.filter(|path| path.is_file()).unwrap_or_else(|| process::find(program, program))
}
