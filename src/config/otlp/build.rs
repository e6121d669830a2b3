//! Brings together what flags, environment and file say of destinations.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hyper::Uri;
use hyper::header::{HeaderName, HeaderValue as HttpValue};
use secrecy::SecretString;

use super::super::load::{Source, read};
use super::super::{Database, DatabaseUrl, Error, Histograms, Setting, Variables, file};
use super::environment::Environment;
use super::section;
use super::{Exporter, Header, HeaderValue, HistogramKind, Otlp, Protocol, Pusher, Signal, Temporality, Tls};

pub(super) const SECOND: Duration = Duration::from_secs(1);
/// What collectors take without being told otherwise is 4 MiB.
const MAX_REQUEST_BYTES: usize = 2 * 1024 * 1024;

/// What flags say.
#[derive(Debug, Clone, Default)]
pub struct OtlpSettings {
    pub endpoint: Option<Setting>,
    pub protocol: Option<Setting>,
    pub preset: Option<Setting>,
}

/// What else decides what can be pushed.
pub(in super::super) struct Surroundings<'a> {
    pub databases: &'a [Database],
    pub histograms: Histograms,
}

/// # Errors
/// The first setting that is wrong. Wrong values of the `OTEL_` variables are warnings, as their specification wants it,
/// but for endpoints and files.
pub(in super::super) fn build(
    settings: OtlpSettings,
    file: file::Otlp,
    source: &Source,
    variables: Variables<'_>,
    surroundings: &Surroundings<'_>,
    warnings: &mut Vec<String>,
) -> Result<Otlp, Error> {
    let mut environment = Environment::new(variables, warnings);
    if environment.is_disabled() {
        return Ok(Otlp::default());
    }
    let general = environment.general();
    let mut exporters = Vec::new();
    for draft in environment.destination(settings, &general)? {
        exporters.push(draft.check(surroundings)?);
    }
    let resource = section::resource(environment.resource(), file.resource_attributes, source)?;
    let mut names = BTreeSet::from([Arc::from("default")]);
    for destination in file.destinations {
        for draft in section::destination(destination, source, variables, &general, &mut names)? {
            exporters.push(draft.check(surroundings)?);
        }
    }
    let pusher = section::pusher(source.optional("otlp.push", file.push), surroundings.databases)?;
    Ok(Otlp { exporters, resource, pusher, error_text: file.error_text.unwrap_or(true) })
}

/// An exporter before it is checked as a whole.
pub(super) struct Draft {
    pub destination: Arc<str>,
    pub signal: Signal,
    pub endpoint: Setting,
    /// The signal's path is still to be appended.
    pub is_base: bool,
    pub protocol: Protocol,
    /// Of a gRPC endpoint without a scheme.
    pub insecure: bool,
    pub headers: Vec<Header>,
    pub timeout: Duration,
    pub gzip: bool,
    pub tls: Tls,
    pub temporality: Temporality,
    /// As `histograms.kind` keeps them, unless it is said.
    pub histograms: Option<HistogramKind>,
    pub interval: Duration,
    pub export_timeout: Duration,
    pub max_request_bytes: usize,
    /// It was set up for Datadog.
    pub is_preset: bool,
}

/// What all destinations share.
#[derive(Clone, Copy)]
pub(super) struct General {
    pub interval: Duration,
    pub export_timeout: Duration,
}

impl Draft {
    pub(super) fn new(
        destination: Arc<str>,
        signal: Signal,
        protocol: Protocol,
        endpoint: Setting,
        general: &General,
    ) -> Self {
        Self {
            destination,
            signal,
            endpoint,
            is_base: true,
            protocol,
            insecure: false,
            headers: Vec::new(),
            timeout: 10 * SECOND,
            gzip: false,
            tls: Tls::default(),
            temporality: Temporality::default(),
            histograms: None,
            interval: general.interval,
            export_timeout: general.export_timeout,
            max_request_bytes: MAX_REQUEST_BYTES,
            is_preset: false,
        }
    }

    fn check(self, surroundings: &Surroundings<'_>) -> Result<Exporter, Error> {
        let endpoint = self.uri()?;
        let is_datadog =
            endpoint.host().is_some_and(|host| host.starts_with("otlp.") && host.contains("datadog"));
        if is_datadog && self.signal == Signal::Metrics && self.temporality != Temporality::Delta {
            return Err(self.endpoint.wrong(
                "Datadog refuses cumulative metrics; use the preset datadog, or the temporality delta",
            ));
        }
        let histograms = self.histograms(surroundings.histograms)?;
        if self.tls.client_certificate.is_some() != self.tls.client_key.is_some() {
            return Err(self.endpoint.wrong("a client certificate needs its key, and a key its certificate"));
        }
        let tls = &self.tls;
        for path in [&tls.certificate, &tls.client_certificate, &tls.client_key].into_iter().flatten() {
            read(&self.endpoint.origin, path)?;
        }
        Ok(Exporter {
            destination: self.destination,
            signal: self.signal,
            protocol: self.protocol,
            endpoint,
            headers: self.headers,
            timeout: self.timeout,
            gzip: self.gzip,
            tls: self.tls,
            temporality: self.temporality,
            histograms,
            interval: self.interval,
            export_timeout: self.export_timeout,
            max_request_bytes: self.max_request_bytes,
        })
    }

    fn histograms(&self, kept: Histograms) -> Result<HistogramKind, Error> {
        let native =
            if kept == Histograms::Native { HistogramKind::Exponential } else { HistogramKind::Explicit };
        let kind = self.histograms.unwrap_or(native);
        let (wanted, has) = match kind {
            HistogramKind::Explicit => ("explicit", matches!(kept, Histograms::Classic | Histograms::Both)),
            HistogramKind::Exponential => {
                ("exponential", matches!(kept, Histograms::Native | Histograms::Both))
            }
        };
        if has || kept == Histograms::Off || self.signal != Signal::Metrics {
            return Ok(kind);
        }
        let name = &self.destination;
        Err(self.endpoint.wrong(format!(
            "{name} is to get {wanted} histograms, which histograms.kind does not keep; set histograms.kind to both, or \
             the histograms of this destination to the other kind"
        )))
    }

    /// With the signal's path over HTTP, without any path over gRPC.
    fn uri(&self) -> Result<Uri, Error> {
        let text = self.endpoint.value.trim();
        if text.contains('@') {
            return Err(self.endpoint.wrong(
                "an endpoint holds no user and no password; give them as the header authorization, best from a file",
            ));
        }
        let scheme = if self.insecure { "http" } else { "https" };
        let text = match self.protocol {
            Protocol::Grpc if !text.contains("://") => format!("{scheme}://{text}"),
            _ => text.to_owned(),
        };
        let wrong = || self.endpoint.wrong("this is not an address such as http://localhost:4318");
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let is_known = matches!(uri.scheme_str(), Some("http" | "https"));
        let authority = uri.authority().filter(|_| is_known).ok_or_else(wrong)?;
        let path = match self.protocol {
            Protocol::Grpc => "/".to_owned(),
            Protocol::HttpProtobuf if self.is_base => {
                format!("{}/v1/{}", uri.path().trim_end_matches('/'), self.signal.name())
            }
            Protocol::HttpProtobuf => uri.path().to_owned(),
        };
        let path = match uri.query().filter(|_| self.protocol == Protocol::HttpProtobuf) {
            Some(query) => format!("{path}?{query}"),
            None => path,
        };
        let scheme = uri.scheme_str().unwrap_or("http");
        Uri::builder()
            .scheme(scheme)
            .authority(authority.as_str())
            .path_and_query(path)
            .build()
            .map_err(|_| wrong())
    }
}

pub(super) fn protocol(text: &str) -> Option<Protocol> {
    match text.trim() {
        "grpc" => Some(Protocol::Grpc),
        "http/protobuf" => Some(Protocol::HttpProtobuf),
        _ => None,
    }
}

pub(super) fn header(origin: &Setting, name: &str, value: HeaderValue) -> Result<Header, Error> {
    let name = name.trim().to_ascii_lowercase();
    if HeaderName::try_from(name.as_str()).is_err() {
        return Err(origin.wrong("a name of a header is none; headers are written as name=value"));
    }
    Ok(Header { name, value })
}

pub(super) fn secret(origin: &Setting, name: &str, text: String) -> Result<HeaderValue, Error> {
    if HttpValue::try_from(text.as_str()).is_err() {
        return Err(
            origin.wrong(format!("the value of the header {name} holds characters that HTTP does not take"))
        );
    }
    Ok(HeaderValue::Text(SecretString::from(text)))
}

/// Datadog's own intake: <https://docs.datadoghq.com/opentelemetry/setup/otlp_ingest/metrics/>.
pub(super) fn datadog(
    destination: Arc<str>,
    endpoint: Option<Setting>,
    site: Option<Setting>,
    key: HeaderValue,
    general: &General,
) -> Draft {
    const METRICS: &str = r#"{"resource_attributes_as_tags":true}"#;
    let site = site.unwrap_or_else(|| Setting::new("datadoghq.com".to_owned(), "the preset's default site"));
    let address = format!("https://otlp.{}/v1/metrics", site.value.trim());
    let endpoint = endpoint.unwrap_or_else(|| Setting::new(address, site.origin));
    let header = |name: &str, value| Header { name: name.to_owned(), value };
    Draft {
        is_base: false,
        is_preset: true,
        gzip: true,
        temporality: Temporality::Delta,
        headers: vec![
            header("dd-api-key", key),
            header("dd-otel-metric-config", HeaderValue::Text(SecretString::from(METRICS))),
        ],
        // It takes 500 KB before compression.
        max_request_bytes: 480_000,
        ..Draft::new(destination, Signal::Metrics, Protocol::HttpProtobuf, endpoint, general)
    }
}

pub(super) type Attributes = BTreeMap<String, String>;

pub(super) fn tls(
    certificate: Option<PathBuf>,
    client_certificate: Option<PathBuf>,
    client_key: Option<PathBuf>,
) -> Tls {
    Tls { certificate, client_certificate, client_key }
}

pub(super) fn has_postgres(databases: &[Database]) -> bool {
    databases.iter().any(|database| matches!(database.url, DatabaseUrl::Postgres(_)))
}

pub(super) const PUSHERS: [(&str, Pusher); 3] =
    [("all", Pusher::All), ("elected", Pusher::Elected), ("none", Pusher::None)];
