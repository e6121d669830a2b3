//! The section `otlp` of the YAML file. Its destinations come beside that of the environment, and take nothing from it
//! but the resource and how often is pushed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_saphyr::Spanned;

use super::super::load::Source;
use super::super::setting::or_default;
use super::super::{Database, Error, Setting, Variables, file};
use super::build::{self, Attributes, Draft, General, PUSHERS, SECOND};
use super::{Header, HeaderValue, HistogramKind, Protocol, Pusher, Signal, Temporality};

const DAY: Duration = Duration::from_secs(86_400);
const NAME_LIMIT: usize = 40;

/// The environment's attributes with the file's over them.
pub(super) fn resource(
    mut attributes: Attributes,
    given: BTreeMap<String, Spanned<String>>,
    source: &Source,
) -> Result<Vec<(String, String)>, Error> {
    for (key, value) in given {
        let setting = source.setting("otlp.resource_attributes", value);
        if key.trim().is_empty() {
            return Err(setting.wrong("the name of an attribute is empty"));
        }
        if key == "service.instance.id" {
            return Err(setting.wrong(
                "service.instance.id is made anew by each process, so that no two are taken for one",
            ));
        }
        attributes.insert(key, setting.value);
    }
    Ok(attributes.into_iter().collect())
}

pub(super) fn pusher(setting: Option<Setting>, databases: &[Database]) -> Result<Pusher, Error> {
    let Some(setting) = setting else { return Ok(Pusher::All) };
    let pusher = setting.choice(&PUSHERS)?;
    if pusher == Pusher::Elected && !build::has_postgres(databases) {
        return Err(setting.wrong("to elect a replica takes a PostgreSQL database, and none is read"));
    }
    Ok(pusher)
}

/// One exporter for each of its signals.
pub(super) fn destination(
    given: Spanned<file::Destination>,
    source: &Source,
    variables: Variables<'_>,
    general: &General,
    names: &mut BTreeSet<Arc<str>>,
) -> Result<Vec<Draft>, Error> {
    let Setting { value: given, origin } = source.setting("otlp.destinations", given);
    let place = Setting::new(String::new(), origin);
    let signals = signals(&given.signals, source)?;
    let name = source.optional("otlp.destinations.name", given.name.clone());
    let endpoint = source.optional("otlp.destinations.endpoint", given.endpoint.clone());
    let name = unique(name, endpoint.as_ref(), given.preset.is_some(), &place, names)?;
    let mut drafts = Vec::new();
    for signal in signals {
        let draft = match &given.preset {
            Some(preset) => {
                let preset = source.setting("otlp.destinations.preset", preset.clone());
                preset.choice(&[("datadog", ())])?;
                preset_draft(&given, &name, signal, &preset, endpoint.clone(), source, variables, general)?
            }
            None => {
                let Some(endpoint) = endpoint.clone() else {
                    return Err(
                        place.wrong("this destination has no endpoint, such as http://collector:4318")
                    );
                };
                let protocol = protocol(&given, source)?;
                Draft::new(name.clone(), signal, protocol, endpoint, general)
            }
        };
        drafts.push(complete(draft, &given, source)?);
    }
    Ok(drafts)
}

#[expect(clippy::too_many_arguments, reason = "all that a preset depends on, in one place")]
fn preset_draft(
    given: &file::Destination,
    name: &Arc<str>,
    signal: Signal,
    preset: &Setting,
    endpoint: Option<Setting>,
    source: &Source,
    variables: Variables<'_>,
    general: &General,
) -> Result<Draft, Error> {
    if signal != Signal::Metrics {
        return Err(
            preset.wrong("this preset is for metrics; send traces and logs to a collector or an Agent")
        );
    }
    if given.protocol.is_some() && protocol(given, source)? != Protocol::HttpProtobuf {
        return Err(preset.wrong("Datadog's intake takes http/protobuf only"));
    }
    let key = match &given.api_key_file {
        Some(path) => {
            let path = source.path(source.setting("otlp.destinations.api_key_file", path.clone()));
            HeaderValue::File(PathBuf::from(path.value))
        }
        None => super::environment::datadog_key(variables).ok_or_else(|| {
            preset.wrong("the preset needs a key: set api_key_file, or the variable DD_API_KEY")
        })?,
    };
    let site = source.optional("otlp.destinations.site", given.site.clone());
    let site = site.or_else(|| super::environment::datadog_site(variables));
    Ok(build::datadog(name.clone(), endpoint, site, key, general))
}

/// What may be set with and without a preset.
fn complete(draft: Draft, given: &file::Destination, source: &Source) -> Result<Draft, Error> {
    let setting = |key: &str, value: &Option<Spanned<String>>| {
        source.optional(&format!("otlp.destinations.{key}"), value.clone())
    };
    let span = |key, value, default| {
        or_default(setting(key, value), default, |text: &Setting| text.duration(SECOND / 10..=DAY))
    };
    let path = |key, value| setting(key, value).map(|setting| PathBuf::from(source.path(setting).value));
    let temporalities = [
        ("cumulative", Temporality::Cumulative),
        ("delta", Temporality::Delta),
        ("lowmemory", Temporality::LowMemory),
    ];
    let temporality = setting("temporality", &given.temporality);
    let is_preset = draft.is_preset;
    let temporality = or_default(temporality, draft.temporality, |text| {
        let chosen = text.choice(&temporalities)?;
        if is_preset && chosen != Temporality::Delta {
            return Err(
                text.wrong("Datadog refuses cumulative sums and histograms; leave this out or set delta")
            );
        }
        Ok(chosen)
    })?;
    let bytes = source.optional("otlp.destinations.max_request_bytes", given.max_request_bytes.clone());
    let most = if is_preset { 500_000 } else { 64 * 1024 * 1024 };
    let mut headers = draft.headers;
    headers.extend(own_headers(given, source)?);
    Ok(Draft {
        headers,
        temporality,
        timeout: span("timeout", &given.timeout, draft.timeout)?,
        interval: span("interval", &given.interval, draft.interval)?,
        export_timeout: span("export_timeout", &given.export_timeout, draft.export_timeout)?,
        gzip: or_default(setting("compression", &given.compression), draft.gzip, |text| {
            text.choice(&[("gzip", true), ("none", false)])
        })?,
        histograms: or_default(setting("histograms", &given.histograms), draft.histograms, |text| {
            let kinds = [("explicit", HistogramKind::Explicit), ("exponential", HistogramKind::Exponential)];
            text.choice(&kinds).map(Some)
        })?,
        tls: build::tls(
            path("certificate", &given.certificate),
            path("client_certificate", &given.client_certificate),
            path("client_key", &given.client_key),
        ),
        max_request_bytes: or_default(bytes, draft.max_request_bytes, |number| number.number(16_384..=most))?,
        ..draft
    })
}

fn protocol(given: &file::Destination, source: &Source) -> Result<Protocol, Error> {
    let setting = source.optional("otlp.destinations.protocol", given.protocol.clone());
    or_default(setting, Protocol::HttpProtobuf, |text| {
        build::protocol(&text.value)
            .ok_or_else(|| text.wrong(format!("`{}` is none of grpc, http/protobuf", text.value)))
    })
}

fn own_headers(given: &file::Destination, source: &Source) -> Result<Vec<Header>, Error> {
    let mut headers = Vec::new();
    for (name, value) in &given.headers {
        let setting = source.setting("otlp.destinations.headers", value.clone());
        let value = build::secret(&setting, name, setting.value.clone())?;
        headers.push(build::header(&setting, name, value)?);
    }
    for (name, path) in &given.header_files {
        let setting = source.path(source.setting("otlp.destinations.header_files", path.clone()));
        let value = HeaderValue::File(PathBuf::from(&setting.value));
        headers.push(build::header(&setting, name, value)?);
    }
    Ok(headers)
}

fn signals(given: &[Spanned<String>], source: &Source) -> Result<BTreeSet<Signal>, Error> {
    if given.is_empty() {
        return Ok(BTreeSet::from([Signal::Metrics]));
    }
    let choices = Signal::ALL.map(|signal| (signal.name(), signal));
    given
        .iter()
        .map(|signal| source.setting("otlp.destinations.signals", signal.clone()).choice(&choices))
        .collect()
}

/// The name given, else the endpoint's host. It becomes a label and a part of a file's name.
fn unique(
    name: Option<Setting>,
    endpoint: Option<&Setting>,
    is_datadog: bool,
    place: &Setting,
    names: &mut BTreeSet<Arc<str>>,
) -> Result<Arc<str>, Error> {
    let plain = |character: char| {
        character.is_ascii_lowercase() || character.is_ascii_digit() || "_-".contains(character)
    };
    let text = match &name {
        Some(name) => name.value.clone(),
        None if is_datadog => "datadog".to_owned(),
        None => {
            let host = endpoint.map_or("", |endpoint| host(&endpoint.value)).to_lowercase();
            host.chars()
                .map(|character| if plain(character) { character } else { '-' })
                .take(NAME_LIMIT)
                .collect()
        }
    };
    let place = name.as_ref().unwrap_or(place);
    if text.is_empty() || text.len() > NAME_LIMIT || !text.chars().all(plain) {
        return Err(place.wrong(format!(
            "the name of a destination is 1 to {NAME_LIMIT} of a-z, 0-9, _ and -, since it is a label and part of a \
             file's name"
        )));
    }
    let text: Arc<str> = Arc::from(text);
    if !names.insert(text.clone()) {
        return Err(
            place.wrong(format!("there are two destinations called {text}; give each a name of its own"))
        );
    }
    Ok(text)
}

/// Of an address that is not checked yet.
fn host(endpoint: &str) -> &str {
    let rest = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    authority.rsplit_once('@').map_or(authority, |(_, host)| host).split(':').next().unwrap_or(authority)
}
