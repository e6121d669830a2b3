//! The servers: PostgreSQL with a schema for each tenant and a second database behind a proxy, the exporter, Prometheus
//! with the rules, Alertmanager, and the webhook at the end. All times in their settings are divided by the speed.

use std::cell::RefCell;
use std::fs::write;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::faster;
use crate::judge::Notice;
use crate::support::exporter::Exporter;
use crate::support::postgres::{Cluster, Options};
use crate::support::process::{self, Daemon, Signal, find};
use crate::support::proxy::Proxy;
use crate::support::schema::{self, Generation};
use crate::support::webhook::Webhook;
use crate::support::{http, prometheus};

/// The databases' names: that of all tenants but those behind the proxy.
pub const NEAR: &str = "near";
pub const FAR: &str = "far";
/// The exporter's role, which may read and no more.
const READER: &str = "reader";
/// Of polls, scrapes and evaluations: the shortest that the exporter takes.
const INTERVAL: &str = "1s";
/// Of all schedules: more than divided it would be, since an execution takes its second at any speed.
const GRACE: &str = "5s";

pub struct Stage {
    pub speed: f64,
    pub cluster: Cluster,
    pub proxy: Proxy,
    exporter: RefCell<Option<Exporter>>,
    pub folder: TempDir,
    webhook: Webhook,
    daemons: RefCell<Vec<Daemon>>,
    prometheus: SocketAddr,
    began: Instant,
}

impl Stage {
    /// PostgreSQL with the schemas, and nothing that looks at them yet.
    pub async fn build(speed: f64, tenants: &[&str]) -> Self {
        let cluster = Cluster::start(Options::default()).await;
        cluster.execute("postgres", &format!("CREATE ROLE {READER} LOGIN")).await;
        for database in [NEAR, FAR] {
            cluster.create_database(database).await;
        }
        let stage = Self {
            speed,
            proxy: Proxy::start(cluster.address()).await,
            cluster,
            exporter: RefCell::default(),
            folder: tempfile::tempdir().unwrap(),
            webhook: Webhook::start().await,
            daemons: RefCell::default(),
            prometheus: SocketAddr::from(([127, 0, 0, 1], process::free_port())),
            began: Instant::now(),
        };
        for tenant in tenants {
            stage.make_tables(tenant).await;
        }
        stage
    }

    /// Starts all that looks: only what is in the schemas by now is found within a minute.
    pub async fn watch(&self, tenants: &[&str], rules: &[String], routes: &str) {
        for tenant in tenants {
            self.cluster.execute(database(tenant), &grants(schema_of(tenant))).await;
        }
        let exporter = self.start_exporter().await;
        let alertmanager = self.start_alertmanager(routes).await;
        self.start_prometheus(exporter.address(), alertmanager, rules).await;
        *self.exporter.borrow_mut() = Some(exporter);
    }

    pub fn end_exporter(&self) {
        self.exporter.borrow_mut().as_mut().expect("it was started").kill();
    }

    pub async fn start_exporter_again(&self) {
        let mut exporter = self.exporter.take().expect("it was started");
        exporter.start_again().await;
        *self.exporter.borrow_mut() = Some(exporter);
    }

    /// Seconds since the suite began.
    pub fn now(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    /// What the webhook was told about `tenant`; the alerts without a tenant are those of "".
    pub fn notices(&self, tenant: &str) -> Vec<Notice> {
        let mut notices = self.all_notices();
        notices.retain(|notice| notice.tenant() == tenant);
        notices
    }

    pub fn all_notices(&self) -> Vec<Notice> {
        let notice = |received: crate::support::webhook::Received| Notice {
            at: received.at.duration_since(self.began).as_secs_f64(),
            firing: received.alert["status"] == "firing",
            labels: serde_json::from_value(received.alert["labels"].clone()).expect("labels are texts"),
        };
        self.webhook.received().into_iter().map(notice).collect()
    }

    /// The URL for whoever writes to `tenant`.
    pub fn url(&self, tenant: &str) -> String {
        self.cluster.url("postgres", database(tenant))
    }

    /// What Prometheus has of `path`.
    pub async fn ask(&self, path: &str) -> Value {
        let answer =
            http::get(self.prometheus, &format!("/api/v1/{path}")).await.expect("Prometheus answers");
        serde_json::from_str(answer.text()).unwrap()
    }

    /// The first value of an instant query.
    pub async fn value(&self, expression: &str) -> Option<f64> {
        let answer = self.ask(&format!("query?query={}", http::encode(expression))).await;
        answer["data"]["result"][0]["value"][1].as_str()?.parse().ok()
    }

    /// How much there was to judge by.
    pub async fn lived(&self) -> String {
        let mut counts = Vec::new();
        for (metric, what) in [
            ("cloacina_state_schedule_fires_total", "fires of cron schedules"),
            ("cloacina_state_workflow_executions_total", "executions"),
            ("cloacina_state_task_attempts_total", "attempts of tasks"),
            ("cloacina_state_task_attempts_total{outcome=\"retried\"}", "of them retried"),
            ("cloacina_state_workflow_executions_total{status=\"failed\"}", "failed executions"),
        ] {
            counts.push(format!("{} {what}", self.value(&format!("sum({metric})")).await.unwrap_or(0.0)));
        }
        counts.push(format!("{} evaluations of rules", self.evaluations().await));
        counts.join(", ")
    }

    /// How often Prometheus has evaluated a rule.
    async fn evaluations(&self) -> f64 {
        let page = http::get(self.prometheus, "/metrics").await.expect("Prometheus answers");
        let lines = page.text().lines().filter(|line| line.starts_with("prometheus_rule_evaluations_total{"));
        lines.filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok()).sum()
    }

    async fn make_tables(&self, tenant: &str) {
        let mut connection = self.cluster.connect(database(tenant)).await;
        schema::create(&mut connection, schema_of(tenant), Generation::V0_11).await;
    }

    async fn start_exporter(&self) -> Exporter {
        let divided = |seconds: f64| {
            let milliseconds = (seconds / self.speed * 1000.0).ceil().max(1000.0);
            format!("{milliseconds}ms")
        };
        let near = self.cluster.url(READER, NEAR);
        let far = near.replace(&self.cluster.address().to_string(), &self.proxy.address().to_string());
        let configuration = format!(
            "databases:\n- {{name: {NEAR}, url: '{near}'}}\n- {{name: {FAR}, url: '{}'}}\n\
             poll: {{interval: {INTERVAL}, connect_timeout: {INTERVAL}, max_stale: {}}}\n\
             thresholds: {{stalled_after: {}, stale_after: {}, missed_after: {}}}\n\
             schedules: [{{match: '*', grace: {GRACE}}}]\n",
            far.replace(&format!("/{NEAR}"), &format!("/{FAR}")),
            divided(300.0),
            divided(600.0),
            divided(60.0),
            divided(120.0),
        );
        let path = self.folder.path().join("exporter.yml");
        write(&path, configuration).unwrap();
        Exporter::start(&["--config.file", path.to_str().unwrap(), "--state.file", "none"]).await
    }

    async fn start_alertmanager(&self, routes: &str) -> SocketAddr {
        let address = SocketAddr::from(([127, 0, 0, 1], process::free_port()));
        let path = self.folder.path().join("alertmanager.yml");
        write(&path, faster::alertmanager(routes, self.speed, self.webhook.address())).unwrap();
        let mut command = process::own(&find("prometheus-alertmanager", "prometheus-alertmanager"));
        command.arg(format!("--config.file={}", path.display()));
        command.arg(format!("--storage.path={}/alertmanager", self.folder.path().display()));
        command.arg(format!("--web.listen-address={address}")).arg("--cluster.listen-address=");
        self.keep(command, address, "alertmanager.log").await;
        address
    }

    async fn start_prometheus(&self, target: SocketAddr, alertmanager: SocketAddr, rules: &[String]) {
        let folder = self.folder.path();
        for (index, text) in rules.iter().enumerate() {
            write(folder.join(format!("rules{index}.yml")), faster::rules(text, self.speed)).unwrap();
        }
        let configuration = format!(
            "global: {{scrape_interval: {INTERVAL}, scrape_timeout: {INTERVAL}, evaluation_interval: {INTERVAL}}}\n\
             rule_files: ['rules*.yml']\n\
             alerting: {{alertmanagers: [{{static_configs: [{{targets: ['{alertmanager}']}}]}}]}}\n\
             scrape_configs: [{{job_name: cloacina, static_configs: [{{targets: ['{target}']}}]}}]\n"
        );
        write(folder.join("prometheus.yml"), configuration).unwrap();
        let mut command = process::own(&find("prometheus", prometheus::PACKAGE));
        command.arg(format!("--config.file={}/prometheus.yml", folder.display()));
        command.arg(format!("--storage.tsdb.path={}/prometheus", folder.display()));
        command.arg(format!("--web.listen-address={}", self.prometheus));
        let resend = Duration::from_secs_f64(60.0 / self.speed).as_millis();
        command.arg(format!("--rules.alert.resend-delay={resend}ms"));
        self.keep(command, self.prometheus, "prometheus.log").await;
    }

    /// Starts a server that says at `/-/ready` when it is.
    async fn keep(&self, command: std::process::Command, address: SocketAddr, log: &str) {
        let mut daemon = Daemon::spawn(command, &self.folder.path().join(log));
        let ready = async || http::get(address, "/-/ready").await.is_some_and(|answer| answer.status == 200);
        daemon.until("readiness", ready).await;
        self.daemons.borrow_mut().push(daemon);
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        for daemon in self.daemons.get_mut() {
            daemon.end(Signal::Kill);
        }
    }
}

fn grants(schema: &str) -> String {
    format!(
        "GRANT USAGE ON SCHEMA {schema} TO {READER}; GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {READER}"
    )
}

/// Of a tenant's label, the database.
pub fn database(tenant: &str) -> &str {
    tenant.split_once('/').expect("there are two databases").0
}

/// Of a tenant's label, the schema.
pub fn schema_of(tenant: &str) -> &str {
    tenant.split_once('/').expect("there are two databases").1
}

/// What takes the exporter's right to look into `schema`, and what gives it back.
pub fn right(schema: &str) -> [String; 2] {
    [
        format!("REVOKE USAGE ON SCHEMA {schema} FROM {READER}"),
        format!("GRANT USAGE ON SCHEMA {schema} TO {READER}"),
    ]
}
