//! The variables that the OpenTelemetry specification gives every program that pushes, read as it says: a signal's own
//! form comes first, and a value that makes no sense is a warning, since it may be meant for another program.
//!
//! <https://opentelemetry.io/docs/specs/otel/protocol/exporter/> and `…/configuration/sdk-environment-variables/`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use secrecy::SecretString;

use super::super::{Error, Setting, Variables};
use super::build::{self, Attributes, Draft, General, OtlpSettings, SECOND};
use super::{Header, HeaderValue, HistogramKind, Protocol, Signal, Temporality};

/// How the destination of the environment is called.
const NAME: &str = "default";
const SERVICE_NAME: &str = "cloacina-exporter";

pub(super) struct Environment<'a> {
    variables: Variables<'a>,
    warnings: &'a mut Vec<String>,
}

impl<'a> Environment<'a> {
    pub(super) fn new(variables: Variables<'a>, warnings: &'a mut Vec<String>) -> Self {
        let mut environment = Self { variables, warnings };
        if environment.get("OTEL_CONFIG_FILE").is_some() {
            environment.warn("OTEL_CONFIG_FILE is not read; use the variables, or --config.file");
        }
        environment
    }

    pub(super) fn is_disabled(&mut self) -> bool {
        let disabled =
            self.get("OTEL_SDK_DISABLED").is_some_and(|setting| setting.value.eq_ignore_ascii_case("true"));
        if disabled {
            self.warn("OTEL_SDK_DISABLED is true: nothing is pushed");
        }
        disabled
    }

    pub(super) fn general(&mut self) -> General {
        General {
            interval: self.milliseconds("OTEL_METRIC_EXPORT_INTERVAL", 60 * SECOND),
            export_timeout: self.milliseconds("OTEL_METRIC_EXPORT_TIMEOUT", 30 * SECOND),
        }
    }

    /// Attributes of the resource, `service.name` always among them.
    pub(super) fn resource(&mut self) -> Attributes {
        let mut attributes = Attributes::new();
        if let Some(setting) = self.get("OTEL_RESOURCE_ATTRIBUTES") {
            match pairs(&setting.value) {
                Some(pairs) => attributes.extend(pairs),
                None => self.warn("OTEL_RESOURCE_ATTRIBUTES is not key=value,key=value and is left out"),
            }
        }
        if let Some(name) = self.get("OTEL_SERVICE_NAME") {
            attributes.insert("service.name".to_owned(), name.value);
        }
        attributes.entry("service.name".to_owned()).or_insert_with(|| SERVICE_NAME.to_owned());
        attributes
    }

    /// What goes to the destination that flags and environment name; nothing if they name none.
    pub(super) fn destination(
        &mut self,
        settings: OtlpSettings,
        general: &General,
    ) -> Result<Vec<Draft>, Error> {
        let OtlpSettings { endpoint, protocol, preset } = settings;
        let protocol = match &protocol {
            Some(setting) => Some(build::protocol(&setting.value).ok_or_else(|| {
                setting.wrong(format!("`{}` is none of grpc, http/protobuf", setting.value))
            })?),
            None => None,
        };
        if let Some(preset) = preset {
            return Ok(vec![self.preset(&preset, endpoint, general)?]);
        }
        let mut drafts = Vec::new();
        for signal in Signal::ALL {
            if self.is_wanted(signal, endpoint.is_some()) {
                drafts.push(self.draft(signal, endpoint.as_ref(), protocol, general)?);
            }
        }
        Ok(drafts)
    }

    fn preset(
        &mut self,
        preset: &Setting,
        endpoint: Option<Setting>,
        general: &General,
    ) -> Result<Draft, Error> {
        preset.choice(&[("datadog", ())])?;
        let Some(key) = self.get("DD_API_KEY") else {
            return Err(
                preset.wrong("the preset needs a key: set DD_API_KEY, or use api_key_file in the YAML file")
            );
        };
        let value = build::secret(&key, "dd-api-key", key.value.trim().to_owned())?;
        let site = self.get("DD_SITE");
        Ok(build::datadog(Arc::from(NAME), endpoint, site, value, general))
    }

    /// Whatever takes metrics need not take traces, hence a general endpoint is for metrics alone.
    fn is_wanted(&mut self, signal: Signal, is_flagged: bool) -> bool {
        let variable = format!("OTEL_{}_EXPORTER", signal.name().to_uppercase());
        if let Some(setting) = self.get(&variable) {
            let names: Vec<&str> = setting.value.split(',').map(str::trim).collect();
            if names.contains(&"otlp") {
                return true;
            }
            // Prometheus is always served.
            if names.iter().any(|name| !["none", "prometheus"].contains(name)) {
                self.warn(&format!("{variable} knows otlp and none here; anything else is left out"));
            }
            return false;
        }
        let own = self.get(&format!("OTEL_EXPORTER_OTLP_{}_ENDPOINT", signal.name().to_uppercase()));
        let general = is_flagged || self.get("OTEL_EXPORTER_OTLP_ENDPOINT").is_some();
        own.is_some() || signal == Signal::Metrics && general
    }

    fn draft(
        &mut self,
        signal: Signal,
        flagged: Option<&Setting>,
        protocol: Option<Protocol>,
        general: &General,
    ) -> Result<Draft, Error> {
        let protocol = protocol.unwrap_or_else(|| self.protocol(signal));
        let own = self.get(&format!("OTEL_EXPORTER_OTLP_{}_ENDPOINT", signal.name().to_uppercase()));
        // A flag comes before all variables, but those of another signal than metrics have an address of their own.
        let (endpoint, is_base) = match (flagged, own) {
            (Some(flagged), None) => (flagged.clone(), true),
            (Some(flagged), Some(_)) if signal == Signal::Metrics => (flagged.clone(), true),
            (_, Some(own)) => (own, false),
            (None, None) => (self.general_endpoint(protocol), true),
        };
        let mut draft = Draft::new(Arc::from(NAME), signal, protocol, endpoint, general);
        draft.is_base = is_base;
        draft.insecure =
            self.of(signal, "INSECURE").is_some_and(|setting| setting.value.eq_ignore_ascii_case("true"));
        draft.headers = self.headers(signal)?;
        draft.timeout = match self.of(signal, "TIMEOUT") {
            Some(setting) => self.milliseconds(&setting.origin, draft.timeout),
            None => draft.timeout,
        };
        draft.gzip = self.choice(signal, "COMPRESSION", &[("gzip", true), ("none", false)], false);
        let path = |setting: Option<Setting>| setting.map(|setting| PathBuf::from(setting.value));
        draft.tls = build::tls(
            path(self.of(signal, "CERTIFICATE")),
            path(self.of(signal, "CLIENT_CERTIFICATE")),
            path(self.of(signal, "CLIENT_KEY")),
        );
        if signal == Signal::Metrics {
            draft.temporality = self.choice(
                signal,
                "TEMPORALITY_PREFERENCE",
                &[
                    ("cumulative", Temporality::Cumulative),
                    ("delta", Temporality::Delta),
                    ("lowmemory", Temporality::LowMemory),
                ],
                Temporality::Cumulative,
            );
            draft.histograms = self.choice(
                signal,
                "DEFAULT_HISTOGRAM_AGGREGATION",
                &[
                    ("explicit_bucket_histogram", Some(HistogramKind::Explicit)),
                    ("base2_exponential_bucket_histogram", Some(HistogramKind::Exponential)),
                ],
                None,
            );
        }
        Ok(draft)
    }

    fn general_endpoint(&self, protocol: Protocol) -> Setting {
        self.get("OTEL_EXPORTER_OTLP_ENDPOINT").unwrap_or_else(|| {
            let address = match protocol {
                Protocol::Grpc => "http://localhost:4317",
                Protocol::HttpProtobuf => "http://localhost:4318",
            };
            Setting::new(address.to_owned(), "the default endpoint")
        })
    }

    fn protocol(&mut self, signal: Signal) -> Protocol {
        let choices = [("http/protobuf", Protocol::HttpProtobuf), ("grpc", Protocol::Grpc)];
        self.choice(signal, "PROTOCOL", &choices, Protocol::HttpProtobuf)
    }

    fn headers(&mut self, signal: Signal) -> Result<Vec<Header>, Error> {
        let Some(setting) = self.of(signal, "HEADERS") else { return Ok(Vec::new()) };
        let Some(pairs) = pairs(&setting.value) else {
            return Err(
                setting.wrong("headers are written as name=value,name=value, with values percent-encoded")
            );
        };
        pairs
            .into_iter()
            .map(|(name, value)| {
                let value = build::secret(&setting, &name, value)?;
                build::header(&setting, &name, value)
            })
            .collect()
    }

    /// The signal's own form of a variable, else the general one.
    fn of(&self, signal: Signal, key: &str) -> Option<Setting> {
        let own = format!("OTEL_EXPORTER_OTLP_{}_{key}", signal.name().to_uppercase());
        self.get(&own).or_else(|| self.get(&format!("OTEL_EXPORTER_OTLP_{key}")))
    }

    fn get(&self, name: &str) -> Option<Setting> {
        (self.variables)(name).map(|value| Setting::new(value, name))
    }

    fn choice<T: Copy>(&mut self, signal: Signal, key: &str, choices: &[(&str, T)], default: T) -> T {
        let Some(setting) = self.of(signal, key) else { return default };
        let wanted = setting.value.trim();
        match choices.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)) {
            Some((_, value)) => *value,
            None => {
                let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
                let names = names.join(", ");
                self.warn(&format!("{}: the value is none of {names}; the default is used", setting.origin));
                default
            }
        }
    }

    fn milliseconds(&mut self, name: &str, default: Duration) -> Duration {
        const DAY: u64 = 86_400_000;
        let Some(setting) = self.get(name) else { return default };
        match setting.value.trim().parse() {
            Ok(number @ 1..=DAY) => Duration::from_millis(number),
            _ => {
                self.warn(&format!(
                    "{name}: the value is no number of milliseconds from 1 to {DAY}; the default is used"
                ));
                default
            }
        }
    }

    fn warn(&mut self, text: &str) {
        self.warnings.push(text.to_owned());
    }
}

/// `key=value,key=value` with percent-encoded values; `None` if it is anything else. Empty members are left out.
fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    let members = text.split(',').map(str::trim).filter(|member| !member.is_empty());
    members
        .map(|member| {
            let (key, value) = member.split_once('=')?;
            let decode = |part: &str| Some(percent_decode_str(part.trim()).decode_utf8().ok()?.into_owned());
            let key = decode(key)?;
            (!key.is_empty()).then_some((key, decode(value)?))
        })
        .collect()
}

/// For the preset of the YAML file.
pub(super) fn datadog_key(variables: Variables<'_>) -> Option<HeaderValue> {
    variables("DD_API_KEY").map(|key| HeaderValue::Text(SecretString::from(key.trim())))
}

pub(super) fn datadog_site(variables: Variables<'_>) -> Option<Setting> {
    variables("DD_SITE").map(|site| Setting::new(site, "DD_SITE"))
}
