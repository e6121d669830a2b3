//! Who speaks: the resource and the scope of every request, whatever its signal.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource as Message;
use uuid::Uuid;

/// The attributes of this process.
#[derive(Debug, Clone)]
pub struct Resource {
    message: Message,
}

impl Resource {
    /// `attributes` as they are configured, to which `service.instance.id` and `service.version` are added
    /// unless they are among them.
    pub fn new(attributes: &[(String, String)], instance: Uuid) -> Self {
        let own = [
            ("service.instance.id", instance.to_string()),
            ("service.version", env!("CARGO_PKG_VERSION").to_owned()),
        ];
        let added = own.into_iter().filter(|(key, _)| attributes.iter().all(|(given, _)| given != key));
        let given = attributes.iter().map(|(key, value)| (key.as_str(), value.clone()));
        let attributes = given.chain(added).map(|(key, value)| attribute(key, value)).collect();
        Self { message: Message { attributes, ..Default::default() } }
    }

    pub fn to_proto(&self) -> Message {
        self.message.clone()
    }
}

pub fn scope() -> InstrumentationScope {
    InstrumentationScope {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..Default::default()
    }
}

pub(super) fn attribute(key: &str, value: String) -> KeyValue {
    let value = AnyValue { value: Some(Value::StringValue(value)) };
    KeyValue { key: key.to_owned(), value: Some(value), ..Default::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(given: &[(&str, &str)]) -> Vec<(String, String)> {
        let given: Vec<_> =
            given.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let message = Resource::new(&given, Uuid::from_u128(7)).to_proto();
        let pair = |attribute: KeyValue| match attribute.value.and_then(|value| value.value) {
            Some(Value::StringValue(value)) => (attribute.key, value),
            other => panic!("{other:?}"),
        };
        message.attributes.into_iter().map(pair).collect()
    }

    #[test]
    fn the_instance_and_the_version_are_added_to_what_is_configured() {
        let wanted = [
            ("service.name", "exporter"),
            ("service.instance.id", "00000000-0000-0000-0000-000000000007"),
            ("service.version", env!("CARGO_PKG_VERSION")),
        ];
        let wanted = wanted.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(attributes(&[("service.name", "exporter")]), wanted);
    }

    #[test]
    fn a_configured_version_stands() {
        let found = attributes(&[("service.version", "mine")]);
        assert_eq!(found[0].1, "mine");
        assert_eq!(found.len(), 2);
    }
}
