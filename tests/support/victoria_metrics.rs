//! A real VictoriaMetrics, which stores what it receives over OTLP by its Prometheus name.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use tempfile::TempDir;

use super::process::{self, Daemon, Signal};
use super::{http, process::find, writer};

const PROGRAM: &str = "CLOACINA_EXPORTER_VICTORIA_METRICS";

/// Labels and the value.
pub type Element = (BTreeMap<String, String>, f64);

pub struct VictoriaMetrics {
    daemon: Daemon,
    address: SocketAddr,
    _directory: TempDir,
}

impl VictoriaMetrics {
    /// The program that `tests/install` unpacked, else one in the path.
    pub async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], process::free_port()));
        let program = std::env::var_os(PROGRAM).map(PathBuf::from);
        let program = program.unwrap_or_else(|| find("victoria-metrics", "victoria-metrics"));
        let mut command = process::own(&program);
        command.arg(format!("-storageDataPath={}/data", directory.path().display()));
        command.arg(format!("-httpListenAddr={address}"));
        command.args([
            "-opentelemetry.usePrometheusNaming",
            "-search.latencyOffset=0s",
            "-memory.allowedBytes=256MB",
        ]);
        let daemon = Daemon::spawn(command, &directory.path().join("log"));
        let mut victoria = Self { daemon, address, _directory: directory };
        let ready = async || http::get(address, "/health").await.is_some_and(|answer| answer.status == 200);
        victoria.daemon.until("readiness", ready).await;
        victoria
    }

    /// For metrics; used as it is.
    pub fn endpoint(&self) -> String {
        format!("http://{}/opentelemetry/v1/metrics", self.address)
    }

    /// To which `/v1/metrics` is appended.
    pub fn base_endpoint(&self) -> String {
        format!("http://{}/opentelemetry", self.address)
    }

    /// Makes what was received visible to queries.
    pub async fn flush(&self) {
        http::get(self.address, "/internal/force_flush").await.expect("VictoriaMetrics answers");
    }

    /// The answer to an instant query about now. Its own clock has whole seconds only, by which it does not see the newest
    /// points yet.
    pub async fn query(&self, expression: &str) -> Vec<Element> {
        let time = writer::now() / 1_000_000 + 1;
        let path = format!("/api/v1/query?nocache=1&time={time}&query={}", http::encode(expression));
        let response = http::get(self.address, &path).await.expect("VictoriaMetrics answers");
        let answer: serde_json::Value = serde_json::from_str(response.text()).unwrap();
        let result = answer["data"]["result"].as_array().unwrap_or_else(|| panic!("{expression}: {answer}"));
        let labels = |element: &serde_json::Value| {
            let labels = element["metric"].as_object().expect("a metric has labels").iter();
            labels
                .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
                .collect()
        };
        let value = |element: &serde_json::Value| element["value"][1].as_str().unwrap().parse().unwrap();
        result.iter().map(|element| (labels(element), value(element))).collect()
    }
}

impl Drop for VictoriaMetrics {
    fn drop(&mut self) {
        self.daemon.end(Signal::Kill);
    }
}
