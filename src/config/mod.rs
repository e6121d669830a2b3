//! The validated configuration: what every other module is given.
//!
//! Built once by `load`, from flags, environment and the YAML file, and never changed afterwards.

mod access;
mod address;
mod check;
mod databases;
mod file;
mod load;
mod metrics;
mod otlp;
mod patterns;
mod place;
mod process;
mod restart;
mod secret;
mod setting;
mod shard;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use regex::Regex;

pub use address::AddressError;
pub use databases::Database;
pub(crate) use file::{Problem, parse};
pub use load::{Error, Loaded, Purpose, Settings, load};
pub use otlp::{
    Exporter, Header, HeaderValue, HistogramKind, Otlp, OtlpSettings, Protocol, Pusher, Signal, Temporality,
    Tls,
};
pub use patterns::Patterns;
pub use place::Variables;
pub use secret::{DatabaseUrl, SecretFiles};
pub use setting::{Setting, patterns};
pub use shard::Shard;

#[derive(Debug, Clone)]
pub struct Config {
    pub databases: Vec<Database>,
    pub poll: Poll,
    pub web: Web,
    /// `None`: counters start at zero at every start.
    pub state_file: Option<PathBuf>,
    pub backfill: Backfill,
    pub metrics: Metrics,
    pub otlp: Otlp,
    pub log: Log,
}

#[derive(Debug, Clone)]
pub struct Poll {
    pub interval: Duration,
    /// Also the lock timeout's upper bound.
    pub statement_timeout: Duration,
    pub connect_timeout: Duration,
    /// Connections per database.
    pub max_connections: u32,
    /// How far behind the newest event rows may still appear, before anything is learned. 120 s.
    pub overlap: Duration,
    /// How long the last good values of an unreadable tenant stay. 5 min.
    pub max_stale: Duration,
}

#[derive(Debug, Clone)]
pub struct Web {
    /// `None` serves nothing.
    pub listen_address: Option<SocketAddr>,
    pub telemetry_path: String,
    pub max_connections: usize,
    /// The Prometheus family's file: TLS, headers, and users with their passwords' hashes.
    pub config_file: Option<PathBuf>,
    pub tokens: Vec<Token>,
    /// What each user or token sees, by its name. Empty: whoever is let in sees everything. Else a name that is not among
    /// them sees nothing.
    pub users: BTreeMap<String, Sight>,
    /// Whether `/livez` and `/readyz` answer without a login.
    pub open_probes: bool,
    /// Whether the configuration may be loaded again over HTTP.
    pub enable_lifecycle: bool,
}

/// A bearer token: the name it goes by, and the file that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub name: String,
    pub file: PathBuf,
}

/// What a user sees.
#[derive(Debug, Clone, PartialEq)]
pub enum Sight {
    Everything,
    /// Series of these tenants, and nothing that is no tenant's.
    Tenants(Patterns),
}

/// How much history a first start folds into the counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backfill {
    None,
    All,
    Since(Duration),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    /// Of this program's own messages; those of its libraries stop at warnings.
    pub level: tracing::Level,
    pub format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Logfmt,
    Json,
}

#[derive(Debug, Clone)]
pub struct Metrics {
    pub workflows: LabelPolicy,
    pub tasks: LabelPolicy,
    pub schedules: LabelPolicy,
    pub histograms: Histograms,
    /// Upper bounds in seconds, ascending, finite.
    pub buckets: Arc<[f64]>,
    /// Give `task_duration_seconds` a `task` label.
    pub task_histograms: bool,
    /// Families not to export, by name.
    pub disabled: BTreeSet<String>,
    /// Tried in order on the error text of a failed task, before the built-in rules.
    pub failure_reasons: Vec<(Arc<str>, Regex)>,
    /// An execution without progress for this long is stalled. 10 min.
    pub stalled_after: Duration,
    /// A claim whose heartbeat is older is stale. 60 s.
    pub stale_after: Duration,
    /// First match wins, by the schedule's label.
    pub schedule_overrides: Vec<ScheduleOverride>,
    /// A fire without a row counts as missed this long after the engine was seen to have moved past it. 2 min.
    pub missed_after: Duration,
    /// How long the first value of a new series is held at 0 unless it was scraped before; zero switches it off.
    pub hold_first_value: Duration,
    /// Whether OpenMetrics pages carry `_created` samples.
    pub created_samples: bool,
}

/// What is expected of the schedules that a pattern names, instead of what is worked out.
#[derive(Debug, Clone, Default)]
pub struct ScheduleOverride {
    pub schedules: Patterns,
    /// How late a fire may start and still be on time.
    pub grace: Option<Duration>,
    /// How long after its fire an execution must have succeeded.
    pub succeeds_within: Option<Duration>,
}

impl Metrics {
    /// What was configured for the schedule with this label.
    pub fn schedule_override(&self, schedule: &str) -> Option<&ScheduleOverride> {
        self.schedule_overrides.iter().find(|given| given.schedules.matches(schedule))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Histograms {
    Classic,
    Native,
    Both,
    Off,
}

/// Which values of a label get series of their own; all others are summed into `__other__`.
#[derive(Debug, Clone)]
pub struct LabelPolicy {
    /// Empty allows all.
    pub allow: Patterns,
    pub deny: Patterns,
    /// Distinct values per tenant, first come, first served.
    pub max: usize,
}

impl LabelPolicy {
    pub fn allows(&self, value: &str) -> bool {
        (self.allow.is_empty() || self.allow.matches(value)) && !self.deny.matches(value)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let policy = |max| LabelPolicy { allow: Patterns::default(), deny: Patterns::default(), max };
        Self {
            workflows: policy(1000),
            tasks: policy(5000),
            schedules: policy(2000),
            histograms: Histograms::Both,
            buckets: Arc::from([
                0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0,
                14400.0, 43200.0, 86400.0,
            ]),
            task_histograms: false,
            disabled: BTreeSet::new(),
            failure_reasons: Vec::new(),
            stalled_after: Duration::from_secs(600),
            stale_after: Duration::from_secs(60),
            schedule_overrides: Vec::new(),
            missed_after: Duration::from_secs(120),
            hold_first_value: Duration::from_secs(60),
            created_samples: true,
        }
    }
}

impl Default for Poll {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(15),
            statement_timeout: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(5),
            max_connections: 2,
            overlap: Duration::from_secs(120),
            max_stale: Duration::from_secs(300),
        }
    }
}

impl Default for Web {
    fn default() -> Self {
        Self {
            listen_address: Some(SocketAddr::from(([0, 0, 0, 0], 9877))),
            telemetry_path: "/metrics".to_owned(),
            max_connections: 100,
            config_file: None,
            tokens: Vec::new(),
            users: BTreeMap::new(),
            open_probes: false,
            enable_lifecycle: false,
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { level: tracing::Level::INFO, format: LogFormat::Logfmt }
    }
}
