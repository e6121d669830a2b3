//! A real Prometheus that scrapes one address, and its tool `promtool`.

use std::collections::BTreeMap;
use std::fs::write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

use super::process::{self, Daemon, Signal};
use super::relay::TextRelay;
use super::{http, process::find};

pub const PACKAGE: &str = "prometheus";

/// Names the directory of the programs of 2.53.
const DIRECTORY_2_53: &str = "CLOACINA_EXPORTER_PROMETHEUS_2_53";

/// Debian 12 has the first; `tests/install` unpacks the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    V2_42,
    V2_53,
}

impl Version {
    pub const ALL: [Self; 2] = [Self::V2_42, Self::V2_53];

    /// The path of `prometheus` or `promtool`.
    ///
    /// # Panics
    /// If it is missing: says where to take it from.
    pub fn program(self, name: &str) -> PathBuf {
        if self == Self::V2_42 {
            return find(name, PACKAGE);
        }
        let directory = std::env::var_os(DIRECTORY_2_53).map(PathBuf::from);
        let program = directory.map(|directory| directory.join(name)).filter(|program| program.is_file());
        program.unwrap_or_else(|| {
            panic!("{DIRECTORY_2_53} names no {name} 2.53: tests/all fetches it and sets that")
        })
    }

    /// Runs `promtool arguments` with `input` on its standard input.
    pub fn promtool(self, arguments: &[&str], input: &str) -> Output {
        process::pipe(Command::new(self.program("promtool")).args(arguments), input.as_bytes())
    }
}

/// What Prometheus is given. By itself it asks for the text format last of all: a relay leaves it no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    OpenMetrics,
    /// With native histograms kept.
    Protobuf,
}

pub struct Prometheus {
    daemon: Daemon,
    address: SocketAddr,
    directory: TempDir,
    relay: Option<TextRelay>,
}

/// One element of an instant vector.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub labels: BTreeMap<String, String>,
    pub value: f64,
}

impl Prometheus {
    /// Scrapes `path` of `target` every second, as the job `test`, whose instance is `target`. Rule files may be given
    /// by their text.
    pub async fn start(target: SocketAddr, path: &str, format: Format, rules: &[&str]) -> Self {
        Self::start_version(Version::V2_42, target, path, format, rules).await
    }

    pub async fn start_version(
        version: Version,
        target: SocketAddr,
        path: &str,
        format: Format,
        rules: &[&str],
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        for (index, text) in rules.iter().enumerate() {
            write(directory.path().join(format!("rules{index}.yml")), text).unwrap();
        }
        let relay = if format == Format::Text { Some(TextRelay::start(target).await) } else { None };
        let scraped = relay.as_ref().map_or(target, |relay| relay.address);
        let scrape = format!(
            "{{job_name: test, metrics_path: {path}, \
             static_configs: [{{targets: ['{scraped}'], labels: {{instance: '{target}'}}}}]}}"
        );
        Self::launch(version, directory, relay, format, &[scrape]).await
    }

    /// Scrapes as the entries of `scrape_configs` say.
    pub async fn start_with(version: Version, scrapes: &[String]) -> Self {
        Self::launch(version, tempfile::tempdir().unwrap(), None, Format::OpenMetrics, scrapes).await
    }

    async fn launch(
        version: Version,
        directory: TempDir,
        relay: Option<TextRelay>,
        format: Format,
        scrapes: &[String],
    ) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], process::free_port()));
        let configuration = format!(
            "global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}\n\
             rule_files: ['rules*.yml']\n\
             scrape_configs: [{}]\n",
            scrapes.join(", ")
        );
        write(directory.path().join("prometheus.yml"), configuration).unwrap();
        let features = match format {
            Format::Text | Format::OpenMetrics => "exemplar-storage",
            Format::Protobuf => "exemplar-storage,native-histograms",
        };
        let mut command = process::own(&version.program("prometheus"));
        command.arg(format!("--config.file={}/prometheus.yml", directory.path().display()));
        command.arg(format!("--storage.tsdb.path={}/data", directory.path().display()));
        command.arg(format!("--web.listen-address={address}")).arg(format!("--enable-feature={features}"));
        let daemon = Daemon::spawn(command, &directory.path().join("log"));
        let mut prometheus = Self { daemon, address, directory, relay };
        let ready = async || http::get(address, "/-/ready").await.is_some_and(|answer| answer.status == 200);
        prometheus.daemon.until("readiness", ready).await;
        prometheus
    }

    /// The answer to an instant query, in the order Prometheus gives.
    ///
    /// # Panics
    /// If the expression is wrong.
    pub async fn query(&self, expression: &str) -> Vec<Sample> {
        let answer = self.api(&format!("query?query={}", http::encode(expression))).await;
        let result = answer["data"]["result"].as_array().unwrap_or_else(|| panic!("{expression}: {answer}"));
        result.iter().map(sample).collect()
    }

    /// The answer to an instant query, once it is not empty.
    pub async fn until_answered(&self, expression: &str) -> Vec<Sample> {
        process::eventually(expression, async || !self.query(expression).await.is_empty()).await;
        self.query(expression).await
    }

    /// `GET /api/v1/{path}`.
    pub async fn api(&self, path: &str) -> serde_json::Value {
        let response = http::get(self.address, &format!("/api/v1/{path}")).await.expect("Prometheus answers");
        serde_json::from_str(response.text()).unwrap()
    }

    pub fn log(&self) -> String {
        self.daemon.log()
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        self.daemon.end(Signal::Kill);
    }
}

/// As `Version::promtool`, of Debian's own.
pub fn promtool(arguments: &[&str], input: &str) -> Output {
    Version::V2_42.promtool(arguments, input)
}

fn sample(element: &serde_json::Value) -> Sample {
    let labels = serde_json::from_value(element["metric"].clone()).unwrap();
    // A native histogram has no "value"; its count is what `histogram_count()` gives.
    let value = element["value"][1].as_str().map_or(f64::NAN, |text| text.parse().unwrap());
    Sample { labels, value }
}
