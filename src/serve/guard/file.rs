//! The Prometheus family's web configuration file: what may stand in it, and what is refused at sight. Opens no file.

use std::collections::BTreeMap;

use hyper::header::{HeaderName, HeaderValue};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::config;

/// The headers that may be set, with their values where there are but a few.
const HEADERS: [(&str, &[&str]); 5] = [
    ("Strict-Transport-Security", &[]),
    ("X-Content-Type-Options", &["nosniff"]),
    ("X-Frame-Options", &["deny", "sameorigin"]),
    ("X-XSS-Protection", &[]),
    ("Content-Security-Policy", &[]),
];

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WebFile {
    pub(super) tls_server_config: Option<TlsSection>,
    http_server_config: Option<HttpSection>,
    /// Hashes by user.
    basic_auth_users: Option<BTreeMap<String, String>>,
    rate_limit: Option<IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct TlsSection {
    pub(super) cert_file: Option<String>,
    pub(super) cert: Option<String>,
    pub(super) key_file: Option<String>,
    pub(super) key: Option<String>,
    pub(super) client_auth_type: Option<String>,
    pub(super) client_ca_file: Option<String>,
    pub(super) client_ca: Option<String>,
    pub(super) client_allowed_sans: Option<Vec<String>>,
    pub(super) min_version: Option<String>,
    pub(super) max_version: Option<String>,
    pub(super) cipher_suites: Option<Vec<String>>,
    pub(super) curve_preferences: Option<Vec<String>>,
    pub(super) prefer_server_cipher_suites: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct HttpSection {
    /// Allows HTTP/2, which is a client's to choose and which this server does not offer: either value is kept to.
    http2: Option<bool>,
    headers: Option<BTreeMap<String, String>>,
}

pub(super) type Headers = Vec<(HeaderName, HeaderValue)>;

impl WebFile {
    /// # Errors
    /// What is wrong and where, without any value.
    pub(super) fn parse(text: &str) -> Result<Self, config::Problem> {
        config::parse(text)
    }

    /// Whether anything but an empty section asks for TLS.
    pub(super) fn tls(&self) -> Option<&TlsSection> {
        self.tls_server_config.as_ref().filter(|section| {
            let TlsSection {
                cert_file,
                cert,
                key_file,
                key,
                client_auth_type,
                client_ca_file,
                client_ca,
                ..
            } = section;
            [cert_file, cert, key_file, key, client_auth_type, client_ca_file, client_ca]
                .iter()
                .any(|value| given(value).is_some())
        })
    }

    pub(super) fn users(&self) -> BTreeMap<String, String> {
        self.basic_auth_users.clone().unwrap_or_default()
    }

    pub(super) fn headers(&self) -> Result<Headers, String> {
        let headers = self.http_server_config.as_ref().and_then(|section| section.headers.as_ref());
        headers.into_iter().flatten().map(|(name, value)| header(name, value)).collect()
    }

    pub(super) fn check_rate_limit(&self) -> Result<(), String> {
        match self.rate_limit {
            Some(_) => {
                Err("rate_limit is not supported; web.max_connections bounds what clients can cost".into())
            }
            None => Ok(()),
        }
    }
}

/// An empty text is as good as none, as in the files of other exporters.
pub(super) fn given(value: &Option<String>) -> Option<&str> {
    value.as_deref().filter(|text| !text.is_empty())
}

fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let names = || HEADERS.map(|(name, _)| name).join(", ");
    let Some((known, values)) = HEADERS.iter().find(|(known, _)| *known == name) else {
        return Err(format!("http_server_config.headers: only these can be set: {}", names()));
    };
    if !values.is_empty() && !values.contains(&value) {
        return Err(format!("http_server_config.headers: {known} must be {}", values.join(" or ")));
    }
    let name = HeaderName::from_bytes(known.as_bytes()).expect("the names above are header names");
    let value = HeaderValue::from_str(value)
        .map_err(|_| format!("http_server_config.headers: the value of {known} is no header's"))?;
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(yaml: &str) -> Result<Headers, String> {
        WebFile::parse(&format!("http_server_config: {{headers: {yaml}}}")).unwrap().headers()
    }

    #[test]
    fn only_the_known_headers_with_known_values_are_taken() {
        let taken = headers("{X-Frame-Options: deny, Strict-Transport-Security: max-age=1}").unwrap();
        let taken: Vec<_> =
            taken.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        assert_eq!(taken, [("strict-transport-security", "max-age=1"), ("x-frame-options", "deny")]);
        for (yaml, message) in [
            ("{Server: x}", "only these can be set: Strict-Transport-Security, X-Content-Type-Options"),
            ("{X-Frame-Options: never}", "X-Frame-Options must be deny or sameorigin"),
            ("{X-Content-Type-Options: sniff}", "X-Content-Type-Options must be nosniff"),
            ("{X-XSS-Protection: \"a\\nb\"}", "the value of X-XSS-Protection is no header's"),
        ] {
            let error = headers(yaml).unwrap_err();
            assert!(error.contains(message), "{yaml}: {error}");
        }
    }

    #[test]
    fn empty_files_and_sections_ask_for_nothing() {
        for yaml in [
            "",
            "{}",
            "tls_server_config:\nbasic_auth_users:\n",
            "tls_server_config: {}",
            "http_server_config:\n  headers:\n",
        ] {
            let file = WebFile::parse(yaml).unwrap();
            assert!(file.tls().is_none() && file.users().is_empty(), "{yaml}");
            assert!(file.headers().unwrap().is_empty(), "{yaml}");
        }
        assert!(
            WebFile::parse("tls_server_config: {client_auth_type: NoClientCert}").unwrap().tls().is_some()
        );
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line_and_no_value() {
        let error = |yaml: &str| WebFile::parse(yaml).err().unwrap();
        let problem = error("basic_auth_users: {a: hunter2}\nbasic_auth_user: {b: hunter2}\n");
        assert_eq!(problem.line, 2);
        assert!(problem.text.starts_with("unknown key `basic_auth_user`"), "{}", problem.text);
        for yaml in
            ["basic_auth_users: hunter2", "basic_auth_users: {a: [hunter2]}", "a: b: hunter2", "- hunter2"]
        {
            assert!(!error(yaml).text.contains("hunter2"), "{yaml}");
        }
    }
}
