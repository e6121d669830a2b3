//! The headers of every attempt: the configured ones, and above them those of the protocol.

use hyper::HeaderMap;
use hyper::header::{
    CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, TE,
    TRANSFER_ENCODING, USER_AGENT,
};
use secrecy::ExposeSecret as _;

use super::failure::Refusal;
use super::transport::read;
use crate::config::{Exporter, Header, HeaderValue as Configured, Protocol};

const OUR_NAME: &str = concat!("cloacina-exporter/", env!("CARGO_PKG_VERSION"));
/// No server takes a header of this size.
const MOST_BYTES: u64 = 64 << 10;
/// In milliseconds; the protocol allows eight digits.
const LONGEST_TIMEOUT: u128 = 99_999_999;
/// Shorter values are words that stand in any text.
const SHORTEST_SECRET: usize = 4;

/// # Errors
///
/// A file cannot be read, or a header cannot be sent.
pub async fn of(exporter: &Exporter) -> Result<HeaderMap, Refusal> {
    let mut headers = HeaderMap::new();
    for header in &exporter.headers {
        let name = HeaderName::from_bytes(header.name.as_bytes())
            .map_err(|_| Refusal::configuration("a configured header's name is not valid"))?;
        headers.append(name, value(header).await?);
    }
    // They would contradict what is sent, or how.
    for name in [CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, TE, TRANSFER_ENCODING] {
        headers.remove(name);
    }
    headers.insert(USER_AGENT, HeaderValue::from_static(OUR_NAME));
    match exporter.protocol {
        Protocol::HttpProtobuf => {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
            if exporter.gzip {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            }
        }
        Protocol::Grpc => {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
            // Proxies that would lose the status at the end are found by it.
            headers.insert(TE, HeaderValue::from_static("trailers"));
            headers.insert("grpc-accept-encoding", HeaderValue::from_static("identity"));
            let timeout = exporter.timeout.as_millis().min(LONGEST_TIMEOUT);
            let timeout =
                HeaderValue::from_str(&format!("{timeout}m")).expect("digits may stand in a header");
            headers.insert("grpc-timeout", timeout);
            let encoding = if exporter.gzip { "gzip" } else { "identity" };
            headers.insert("grpc-encoding", HeaderValue::from_static(encoding));
        }
    }
    Ok(headers)
}

async fn value(header: &Header) -> Result<HeaderValue, Refusal> {
    let value = match &header.value {
        Configured::Text(text) => HeaderValue::from_str(text.expose_secret()),
        Configured::File(path) => HeaderValue::from_bytes(read(path, MOST_BYTES).await?.trim_ascii()),
    };
    let mut value = value.map_err(|_| {
        Refusal::configuration(format!(
            "the value of the header {} holds characters that a header may not",
            header.name
        ))
    })?;
    if value.is_empty() && matches!(header.value, Configured::File(_)) {
        return Err(Refusal::configuration(format!("the file of the header {} is empty", header.name)));
    }
    // Neither shown in logs nor kept in a table of HTTP/2; and how `without_secrets` finds it.
    value.set_sensitive(true);
    Ok(value)
}

/// Servers quote what they refuse: each configured value, and the token of those like `Bearer TOKEN`, is
/// taken out.
pub fn without_secrets(headers: &HeaderMap, text: &str) -> String {
    let values =
        headers.values().filter(|value| value.is_sensitive()).filter_map(|value| value.to_str().ok());
    let mut text = text.to_owned();
    for value in values {
        let token = value.rsplit(' ').next().unwrap_or_default();
        for secret in [value, token] {
            if secret.len() >= SHORTEST_SECRET {
                text = text.replace(secret, "(key)");
            }
        }
    }
    text
}
