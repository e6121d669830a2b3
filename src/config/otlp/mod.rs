//! What is pushed over OTLP, and where to.

mod build;
mod environment;
mod section;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hyper::Uri;
use secrecy::SecretString;

pub use build::OtlpSettings;
pub(super) use build::{Surroundings, build};

#[derive(Debug, Clone, Default)]
pub struct Otlp {
    /// One for each destination and signal; nothing is pushed if there is none.
    pub exporters: Vec<Exporter>,
    /// Attributes of the resource, `service.name` among them, without `service.instance.id`; each key once.
    pub resource: Vec<(String, String)>,
    pub pusher: Pusher,
    /// Whether spans and log records carry the error texts of executions and tasks.
    pub error_text: bool,
}

impl Otlp {
    /// Whether single executions are sent anywhere.
    pub fn sends_executions(&self) -> bool {
        self.exporters.iter().any(|exporter| exporter.signal != Signal::Metrics)
    }
}

/// Which of several replicas push.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pusher {
    #[default]
    All,
    /// The one that holds a lock in the first PostgreSQL database.
    Elected,
    /// Not this one.
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    Metrics,
    Traces,
    Logs,
}

impl Signal {
    pub const ALL: [Self; 3] = [Self::Metrics, Self::Traces, Self::Logs];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Metrics => "metrics",
            Self::Traces => "traces",
            Self::Logs => "logs",
        }
    }
}

/// One signal to one destination. `Debug` and `Display` leave out the endpoint's query and the values of headers, which
/// may be keys.
#[derive(Clone)]
pub struct Exporter {
    /// The destination's name, unique but for its signals; lower case letters, digits, `_` and `-`.
    pub destination: Arc<str>,
    pub signal: Signal,
    pub protocol: Protocol,
    /// With scheme, host and port; over HTTP also with the signal's path. Without user and password.
    pub endpoint: Uri,
    pub headers: Vec<Header>,
    /// Of one attempt. 10 s.
    pub timeout: Duration,
    pub gzip: bool,
    pub tls: Tls,
    /// Of metrics only.
    pub temporality: Temporality,
    /// Of metrics only.
    pub histograms: HistogramKind,
    /// Between two exports. 60 s.
    pub interval: Duration,
    /// Of one export with all its attempts. 30 s.
    pub export_timeout: Duration,
    /// Most bytes of a request before compression. 2 MiB.
    pub max_request_bytes: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Grpc,
    HttpProtobuf,
}

#[derive(Debug, Clone)]
pub struct Header {
    /// Lower case, a valid header name.
    pub name: String,
    pub value: HeaderValue,
}

#[derive(Debug, Clone)]
pub enum HeaderValue {
    Text(SecretString),
    /// Read again after a refusal, so that a key can be replaced while this runs. White space at its ends does not count.
    File(PathBuf),
}

/// PEM files, read again for new connections. Used for `https` only.
#[derive(Debug, Clone, Default)]
pub struct Tls {
    /// Trusted instead of the system's authorities.
    pub certificate: Option<PathBuf>,
    pub client_certificate: Option<PathBuf>,
    pub client_key: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Temporality {
    #[default]
    Cumulative,
    Delta,
    /// Counters cumulative, histograms as deltas.
    LowMemory,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HistogramKind {
    #[default]
    Explicit,
    Exponential,
}
