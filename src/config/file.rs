//! The YAML file: exactly what a user may write, before anything is checked against anything else.
//!
//! Every value keeps its line for later messages. Messages never quote a value, since it may be a secret.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{self, DeserializeOwned, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_saphyr::Spanned;

type Text = Option<Spanned<String>>;
type Number = Option<Spanned<u64>>;

/// Sections and lists may be empty (`poll:` alone), as they are when all their keys are commented out.
fn or_empty<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A section of the file: no key is needed, and no other key is allowed.
macro_rules! section {
    ($name:ident { $($field:ident: $type:ty),* $(,)? }) => {
        #[derive(Default, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $name {
            $(#[serde(default, deserialize_with = "or_empty")] pub(super) $field: $type,)*
        }
    };
}

section!(File {
    databases: Vec<Database>,
    poll: Poll,
    web: Web,
    state: State,
    shard: Shard,
    backfill: Text,
    labels: Labels,
    histograms: Histograms,
    families: Families,
    failure_reasons: Vec<Spanned<FailureReason>>,
    thresholds: Thresholds,
    schedules: Vec<Spanned<ScheduleOverride>>,
    hold_first_value: Text,
    created_samples: Option<bool>,
    otlp: Otlp,
    log: Log,
});

section!(Database {
    name: Text,
    url: Text,
    url_file: Text,
    password_file: Text,
    include: Vec<Spanned<String>>,
    exclude: Vec<Spanned<String>>,
});

section!(Poll {
    interval: Text,
    statement_timeout: Text,
    connect_timeout: Text,
    max_connections: Number,
    overlap: Text,
    max_stale: Text,
});

section!(Web {
    listen_address: Text,
    telemetry_path: Text,
    max_connections: Number,
    config_file: Text,
    tokens: Vec<Spanned<Token>>,
    users: BTreeMap<String, Spanned<User>>,
    open_probes: bool,
    enable_lifecycle: Option<bool>,
});

section!(Token { name: Text, token_file: Text });

section!(User { tenants: Vec<Spanned<String>>, everything: bool });

section!(State { file: Text });

section!(Shard { index: Number, count: Number });

section!(Labels { workflow: LabelPolicy, task: LabelPolicy, schedule: LabelPolicy });

section!(LabelPolicy {
    allow: Vec<Spanned<String>>,
    deny: Vec<Spanned<String>>,
    max: Number,
});

section!(Histograms {
    kind: Text,
    buckets: Option<Spanned<Vec<f64>>>,
    task_label: Option<bool>,
});

section!(Families {
    disable: Vec<Spanned<String>>,
});

section!(FailureReason { name: Text, pattern: Text });

section!(Thresholds { stalled_after: Text, stale_after: Text, missed_after: Text });

section!(ScheduleOverride {
    r#match: Option<Spanned<OneOrMore>>,
    grace: Text,
    succeeds_within: Text,
});

/// A text, or a list of texts.
#[derive(Default)]
pub(super) struct OneOrMore(pub(super) Vec<String>);

impl<'de> Deserialize<'de> for OneOrMore {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrMoreVisitor)
    }
}

struct OneOrMoreVisitor;

impl<'de> Visitor<'de> for OneOrMoreVisitor {
    type Value = OneOrMore;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text or a list of texts")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<OneOrMore, E> {
        Ok(OneOrMore(vec![text.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, sequence: A) -> Result<OneOrMore, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(sequence)).map(OneOrMore)
    }
}

section!(Otlp {
    push: Text,
    error_text: Option<bool>,
    resource_attributes: BTreeMap<String, Spanned<String>>,
    destinations: Vec<Spanned<Destination>>,
});

section!(Destination {
    name: Text,
    preset: Text,
    site: Text,
    api_key_file: Text,
    signals: Vec<Spanned<String>>,
    endpoint: Text,
    protocol: Text,
    headers: BTreeMap<String, Spanned<String>>,
    header_files: BTreeMap<String, Spanned<String>>,
    timeout: Text,
    interval: Text,
    export_timeout: Text,
    compression: Text,
    temporality: Text,
    histograms: Text,
    certificate: Text,
    client_certificate: Text,
    client_key: Text,
    max_request_bytes: Number,
});

section!(Log { level: Text, format: Text });

/// What is wrong with a file, and where; the line is 0 if it is not known. Tells nothing of the file's values.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) line: u64,
    pub(crate) column: u64,
    pub(crate) text: String,
}

/// An empty file is as good as none.
pub(crate) fn parse<T: DeserializeOwned + Default>(text: &str) -> Result<T, Problem> {
    let parsed: Result<Option<T>, _> = serde_saphyr::from_str(text);
    match parsed {
        Ok(file) => Ok(file.unwrap_or_default()),
        Err(error) => {
            let location = error.location().unwrap_or(serde_saphyr::Location::UNKNOWN);
            let text = describe(error.without_snippet());
            Err(Problem { line: location.line(), column: location.column(), text })
        }
    }
}

/// Only what cannot hold a value of the file goes into the text: keys, and what was expected.
fn describe(error: &serde_saphyr::Error) -> String {
    use serde_saphyr::Error as Yaml;
    match error {
        Yaml::SerdeUnknownField { field, expected, .. } => {
            let mistyped = expected.iter().any(|key| is_mistyped(field, key));
            let name = if mistyped { shown(field) } else { String::new() };
            format!("unknown key{name}; the keys here are {}", expected.join(", "))
        }
        Yaml::DuplicateMappingKey { key, .. } => {
            format!("the key{} is given twice; keep one", shown(key.as_deref().unwrap_or_default()))
        }
        Yaml::SerdeInvalidType { expected, .. } | Yaml::SerdeInvalidValue { expected, .. } => {
            wrong_kind(expected)
        }
        Yaml::InvalidScalar { ty: expected, .. } | Yaml::Unexpected { expected, .. } => wrong_kind(expected),
        Yaml::InvalidBooleanStrict { .. } => wrong_kind("boolean"),
        Yaml::NullIntoString { .. } => "a value is missing".to_owned(),
        Yaml::MultipleDocuments { .. } => "there is more than one YAML document; keep one".to_owned(),
        Yaml::AliasError { error, .. } => describe(error.without_snippet()),
        _ => "this is not valid YAML; check indentation, quotes and colons".to_owned(),
    }
}

/// `expected` is one of the reader's own names for kinds of values.
fn wrong_kind(expected: &str) -> String {
    let kind = match expected {
        "mapping start" => "keys with values (`key: value`)",
        "sequence start" => "a list",
        "string scalar" => "a text",
        "u64" => "a whole number, 0 or more",
        "floating point" => "a number",
        "boolean" => "true or false",
        other => other,
    };
    format!("the value is of the wrong kind; expected is {kind}")
}

/// Any other key may be the rest of a password with a comma in it, as braces end values there: `{url: u:pass,word@host}`.
fn is_mistyped(key: &str, known: &str) -> bool {
    let distance = strsim::osa_distance(key, known);
    distance <= 2 && 3 * distance <= key.len()
}

/// A key, if it looks like one. Anything else may be an address that lost its key.
fn shown(key: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
    if !key.is_empty() && key.len() <= 40 && key.chars().all(plain) {
        format!(" `{key}`")
    } else {
        String::new()
    }
}
