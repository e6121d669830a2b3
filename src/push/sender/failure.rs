//! Why a request was not taken, for the log and as a metric's label. Texts only: it decides nothing.

use std::fmt;
use std::time::Duration;

use hyper::Uri;
use thiserror::Error;

use crate::config::{Exporter, Protocol};

/// A request was not taken. Displayed, it names the operation, the endpoint without its query, and the mend.
#[derive(Debug, Error)]
#[error("sending {signal} to {endpoint} failed: {text}; {mend}")]
pub struct Failure {
    signal: &'static str,
    endpoint: Endpoint,
    reason: Reason,
    text: String,
    mend: &'static str,
    retry_after: Option<Duration>,
    maybe_delivered: bool,
}

impl Failure {
    pub(super) fn new(exporter: &Exporter, refusal: Refusal, maybe_delivered: bool) -> Self {
        Self {
            signal: exporter.signal.name(),
            endpoint: Endpoint(exporter.endpoint.clone()),
            reason: refusal.reason,
            text: match &*refusal.said {
                "" => refusal.text,
                said => format!("{}: {said}", refusal.text),
            },
            mend: refusal.reason.mend(exporter.protocol),
            retry_after: refusal.retry_after,
            maybe_delivered,
        }
    }

    /// Of the last attempt.
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// How long the server asked to be left alone, beginning now; usually longer than there was time for.
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Whether the server refuses this request for good, while another one may pass: the specification forbids to send it
    /// again.
    pub const fn is_about_the_request(&self) -> bool {
        matches!(self.reason, Reason::TooLarge | Reason::Refused)
    }

    /// Whether the server may have taken the request in spite of this, in any of the attempts.
    pub const fn maybe_delivered(&self) -> bool {
        self.maybe_delivered
    }
}

/// Its query may hold a key, and so may a user; neither is displayed.
struct Endpoint(Uri);

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.0.scheme_str().unwrap_or("http");
        write!(formatter, "{scheme}://{}", self.0.host().unwrap_or_default())?;
        if let Some(port) = self.0.port_u16() {
            write!(formatter, ":{port}")?;
        }
        formatter.write_str(self.0.path())
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// What kind of failure it was; each has another mend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// No connection, or one that broke.
    Unreachable,
    /// No answer in time, or the server's own deadline passed.
    Timeout,
    /// The connection could not be secured.
    Tls,
    Unauthenticated,
    Forbidden,
    /// Nothing takes requests there.
    NotFound,
    TooLarge,
    UnsupportedMedia,
    Throttled,
    /// The server or one behind it is temporarily out of order.
    Unavailable,
    /// Any other status.
    Refused,
    /// The answer is not OTLP.
    Protocol,
    /// A file with a key or certificate, or a value in it, cannot be used.
    Configuration,
}

impl Reason {
    pub const ALL: [Self; 13] = [
        Self::Unreachable,
        Self::Timeout,
        Self::Tls,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::TooLarge,
        Self::UnsupportedMedia,
        Self::Throttled,
        Self::Unavailable,
        Self::Refused,
        Self::Protocol,
        Self::Configuration,
    ];

    /// In snake case, as the label of a metric.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::Tls => "tls",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::TooLarge => "too_large",
            Self::UnsupportedMedia => "unsupported_media",
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
            Self::Refused => "refused",
            Self::Protocol => "protocol",
            Self::Configuration => "configuration",
        }
    }

    /// Whether files may have been replaced since, or the connection lead to a server that is gone: a
    /// multiplexed connection to it would be used again until the system gives it up, a quarter of an hour
    /// later.
    pub(super) const fn is_cured_by_a_new_connection(self) -> bool {
        matches!(
            self,
            Self::Unreachable | Self::Timeout | Self::Tls | Self::Unauthenticated | Self::Forbidden
        )
    }

    const fn mend(self, protocol: Protocol) -> &'static str {
        match (self, protocol) {
            (Self::Unreachable, Protocol::Grpc) => {
                "check host and port: is the server up, and this its gRPC port?"
            }
            (Self::Unreachable, Protocol::HttpProtobuf) => {
                "check host and port: is the server up, and this its HTTP port?"
            }
            (Self::Timeout, _) => "check the server's load and the network, or raise the timeout",
            (Self::Tls, _) => {
                "check the certificates of both sides, and that the server speaks TLS at this port"
            }
            (Self::Unauthenticated, _) => "check the key or token in the configured headers",
            (Self::Forbidden, _) => "check that the key may write here, and that it belongs to this site",
            (Self::NotFound, Protocol::HttpProtobuf) => {
                "check the endpoint's path: /v1/metrics, /v1/traces or /v1/logs is usual"
            }
            (Self::NotFound, Protocol::Grpc) => {
                "check that the server takes this signal, and its compression"
            }
            (Self::TooLarge, _) => "lower the configured size of a request",
            (Self::UnsupportedMedia, _) => {
                "check that the server takes protobuf, and the configured compression"
            }
            (Self::Throttled, _) => "raise the interval, or the server's limit",
            (Self::Unavailable, _) => "look at the server's log; it is tried again with the next export",
            (Self::Refused, _) => "look at the server's log, and check the endpoint",
            (Self::Protocol, Protocol::Grpc) => "check host and port: is this the gRPC port (4317 is usual)?",
            (Self::Protocol, Protocol::HttpProtobuf) => {
                "check host and port: is this the HTTP port (4318 is usual)?"
            }
            (Self::Configuration, _) => "mend the configuration; the file is read again with the next export",
        }
    }
}

/// What one attempt met.
#[derive(Debug)]
pub(super) struct Refusal {
    pub reason: Reason,
    pub text: String,
    /// The server's own words.
    pub said: String,
    /// Whether another attempt may succeed.
    pub retry: bool,
    pub retry_after: Option<Duration>,
    pub maybe_delivered: bool,
}

impl Refusal {
    /// Another attempt would not help.
    pub fn last(reason: Reason, text: impl Into<String>) -> Self {
        Self {
            reason,
            text: text.into(),
            said: String::new(),
            retry: false,
            retry_after: None,
            maybe_delivered: false,
        }
    }

    pub fn configuration(text: impl Into<String>) -> Self {
        Self::last(Reason::Configuration, text)
    }

    /// The server says that it took the request, in words that cannot be read: it may have.
    pub fn unreadable(text: impl Into<String>) -> Self {
        Self { maybe_delivered: true, ..Self::last(Reason::Protocol, text) }
    }

    pub fn timeout(maybe_delivered: bool) -> Self {
        Self { retry: true, maybe_delivered, ..Self::last(Reason::Timeout, "no answer in time") }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_labels_of_their_own() {
        let names: BTreeSet<_> = Reason::ALL.map(Reason::name).into();
        assert_eq!(names.len(), Reason::ALL.len());
        assert!(names.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')));
    }

    #[test]
    fn an_endpoint_is_shown_without_user_and_query() {
        for (endpoint, shown) in [
            ("https://user:hunter22@host.example/v1/metrics?key=hunter22", "https://host.example/v1/metrics"),
            ("http://[::1]:4317", "http://[::1]:4317/"),
        ] {
            assert_eq!(Endpoint(endpoint.parse().unwrap()).to_string(), shown);
        }
    }
}
