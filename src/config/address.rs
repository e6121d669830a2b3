//! The forms in which a database's address may be written, read into one.
//!
//! Stricter than libpq where a slip of the pen would make part of a password look like a host or a database's name,
//! because those two are shown. Errors hold fixed texts only, so nothing of the address can be in them.

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Parameters that are understood, by libpq's names.
const PARAMETERS: [&str; 12] = [
    "host",
    "hostaddr",
    "port",
    "user",
    "password",
    "dbname",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "application_name",
    "options",
];
/// Parameters of libpq that may stay in an address but change nothing here.
const IGNORED: [&str; 14] = [
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "fallback_application_name",
    "gssencmode",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "krbsrvname",
    "sslcompression",
    "sslsni",
    "target_session_attrs",
    "tcp_user_timeout",
];
const SSL_MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/// Some daemons took these options for a part of their file's name.
pub(super) const DAEMON_SUFFIX: &str = "?mode=rwc&_journal_mode=WAL";

const ENCODE: &str =
    "`@`, `/` and `?` in a user name or password must be written %40, %2F and %3F in the URL form";
const PORT: &str = "the port must be a number from 1 to 65535 (a `:` in a user name must be written %3A)";

/// Why an address cannot be used, and what would be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0}; accepted are postgres://USER:PASSWORD@HOST:PORT/DATABASE, \"host=HOST user=USER password=PASSWORD \
     dbname=DATABASE\", and for a SQLite file PATH or sqlite:PATH"
)]
pub struct AddressError(pub(super) &'static str);

#[derive(Debug)]
pub(super) enum Address {
    Postgres(Parameters),
    Sqlite(String),
}

pub(super) fn parse(text: &str) -> Result<Address, AddressError> {
    let text = text.trim();
    if let Some(rest) = strip_scheme(text, "postgres://").or_else(|| strip_scheme(text, "postgresql://")) {
        return parse_url(rest).map(Address::Postgres);
    }
    if let Some(path) = strip_scheme(text, "sqlite://").or_else(|| strip_scheme(text, "sqlite:")) {
        return parse_path(path);
    }
    if starts_with_keyword(text) {
        return parse_keywords(text).map(Address::Postgres);
    }
    if has_scheme(text) {
        return Err(AddressError("the address is of an unknown kind"));
    }
    let suspicious = ["=", "@", "://", "password"];
    let plain = text.strip_suffix(DAEMON_SUFFIX).unwrap_or(text);
    if suspicious.iter().any(|part| plain.contains(part)) {
        return Err(AddressError(
            "the address looks like a mistyped one of PostgreSQL (for a SQLite file of such a name, write sqlite: \
             before it)",
        ));
    }
    parse_path(text)
}

/// A PostgreSQL server's address, by libpq's parameter names. Later values replace earlier ones.
#[derive(Debug, Default)]
pub(super) struct Parameters(Vec<(&'static str, String)>);

impl Parameters {
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
    }

    /// `name` is one of the known parameters; an empty value is as good as none, as in libpq.
    pub(super) fn set(&mut self, name: &str, value: String) -> Result<(), AddressError> {
        if IGNORED.contains(&name) {
            return Ok(());
        }
        let Some(name) = PARAMETERS.into_iter().find(|known| *known == name) else {
            return Err(AddressError(
                "the address holds a parameter that is not known here; known are host, hostaddr, port, user, \
                 password, dbname, sslmode, sslrootcert, sslcert, sslkey, application_name and options",
            ));
        };
        if value.contains('\0') {
            return Err(AddressError("the address holds a NUL character"));
        }
        self.0.retain(|(key, _)| *key != name);
        if !value.is_empty() {
            self.0.push((name, value));
        }
        Ok(())
    }

    /// The one form handed to the driver: everything a parameter, everything percent-encoded, so that no driver has
    /// to guess where one part ends.
    pub(super) fn to_url(&self) -> String {
        let pairs: Vec<_> = self
            .0
            .iter()
            .map(|(key, value)| format!("{key}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)))
            .collect();
        format!("postgres:///?{}", pairs.join("&"))
    }

    fn check(mut self) -> Result<Self, AddressError> {
        if let Some(address) = self.value("hostaddr").map(str::to_owned) {
            if self.value("host").is_some() {
                return Err(AddressError("give either host or hostaddr, not both"));
            }
            self.set("hostaddr", String::new())?;
            self.set("host", address)?;
        }
        // The operating system's certificates are what is trusted by default, so `system` need not be passed on.
        if self.value("sslrootcert") == Some("system") {
            self.set("sslrootcert", String::new())?;
            self.set("sslmode", "verify-full".to_owned())?;
        }
        if self.value("host").is_some_and(|host| !is_host(host)) {
            return Err(AddressError(
                "the host must be one name, one IP address (IPv6 in brackets in the URL form) or a socket's directory",
            ));
        }
        if self.value("port").is_some_and(|port| !port.parse::<u16>().is_ok_and(|port| port > 0)) {
            return Err(AddressError(PORT));
        }
        if self.value("dbname").is_some_and(|name| name.contains(is_forbidden_in_names)) {
            return Err(AddressError("the database's name must not hold any of = @ : / & ? # or a quote"));
        }
        if self.value("user").is_some_and(|name| name.contains('=')) {
            return Err(AddressError("the user's name must not hold `=`"));
        }
        if self.value("sslmode").is_some_and(|mode| !SSL_MODES.contains(&mode)) {
            return Err(AddressError(
                "sslmode must be one of disable, allow, prefer, require, verify-ca, verify-full",
            ));
        }
        Ok(self)
    }
}

/// What follows `postgres://`.
fn parse_url(rest: &str) -> Result<Parameters, AddressError> {
    let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    if tail.contains('@') {
        return Err(AddressError(ENCODE));
    }
    let mut parameters = Parameters::default();
    let server = match authority.rsplit_once('@') {
        Some((login, server)) => {
            let (user, password) = login.split_once(':').unwrap_or((login, ""));
            parameters.set("user", decode(user)?)?;
            parameters.set("password", decode(password)?)?;
            server
        }
        None => authority,
    };
    let (host, port) = split_port(server)?;
    parameters.set("host", decode(host)?)?;
    parameters.set("port", port.to_owned())?;
    let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
    parameters.set("dbname", decode(path.strip_prefix('/').unwrap_or(path))?)?;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) =
            pair.split_once('=').ok_or(AddressError("a parameter behind `?` lacks its `=`"))?;
        parameters.set(&decode(key)?, decode(value)?)?;
    }
    parameters.check()
}

fn split_port(server: &str) -> Result<(&str, &str), AddressError> {
    if let Some(bracketed) = server.strip_prefix('[') {
        let (host, rest) =
            bracketed.split_once(']').ok_or(AddressError("the `]` behind the IPv6 address is missing"))?;
        return match rest.strip_prefix(':') {
            Some(port) => Ok((host, port)),
            None if rest.is_empty() => Ok((host, "")),
            None => Err(AddressError(PORT)),
        };
    }
    match server.split_once(':') {
        // An IPv6 address without brackets, or a password that lacks its `@`.
        Some((_, port)) if port.contains(':') => Err(AddressError(PORT)),
        Some(both) => Ok(both),
        None => Ok((server, "")),
    }
}

/// `key = value key2 = 'quoted \' value' …`
fn parse_keywords(text: &str) -> Result<Parameters, AddressError> {
    let mut parameters = Parameters::default();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (key, value) = rest
            .split_once('=')
            .filter(|(key, _)| !key.trim_end().contains(char::is_whitespace))
            .ok_or(AddressError("a keyword lacks its `=` (a value with spaces must be in single quotes)"))?;
        let (value, behind) = keyword_value(value.trim_start())?;
        parameters.set(key.trim_end(), value)?;
        rest = behind.trim_start();
    }
    parameters.check()
}

/// The value at the start of `text` without quotes and escapes, and what follows it.
fn keyword_value(text: &str) -> Result<(String, &str), AddressError> {
    let (quoted, text) = match text.strip_prefix('\'') {
        Some(inner) => (true, inner),
        None => (false, text),
    };
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            '\'' if quoted => {
                let behind = &text[index + 1..];
                return if behind.is_empty() || behind.starts_with(char::is_whitespace) {
                    Ok((value, behind))
                } else {
                    Err(AddressError(
                        "text follows a closing quote (a quote within quotes must be written \\')",
                    ))
                };
            }
            space if space.is_whitespace() && !quoted => return Ok((value, &text[index..])),
            other => value.push(other),
        }
    }
    if quoted { Err(AddressError("a closing quote is missing")) } else { Ok((value, "")) }
}

fn parse_path(path: &str) -> Result<Address, AddressError> {
    match path {
        "" => Err(AddressError("the address is empty")),
        ":memory:" => Err(AddressError("a database in memory cannot be read from another process")),
        path if path.contains('\0') => Err(AddressError("the address holds a NUL character")),
        path => Ok(Address::Sqlite(path.to_owned())),
    }
}

fn strip_scheme<'a>(text: &'a str, scheme: &str) -> Option<&'a str> {
    let start = text.get(..scheme.len())?;
    start.eq_ignore_ascii_case(scheme).then(|| &text[scheme.len()..])
}

fn starts_with_keyword(text: &str) -> bool {
    let rest = text.trim_start_matches(|character: char| character.is_ascii_alphabetic() || character == '_');
    rest.len() < text.len() && rest.trim_start().starts_with('=')
}

fn has_scheme(text: &str) -> bool {
    let is_scheme = |character: char| character.is_ascii_alphanumeric() || "+.-_".contains(character);
    text.split_once(':').is_some_and(|(scheme, _)| scheme.chars().all(is_scheme))
}

fn is_host(host: &str) -> bool {
    if host.starts_with('/') {
        return !host.contains(|character: char| "=@:?&".contains(character) || character.is_control());
    }
    host.parse::<std::net::Ipv6Addr>().is_ok()
        || host.chars().all(|character| character.is_ascii_alphanumeric() || ".-_".contains(character))
}

fn is_forbidden_in_names(character: char) -> bool {
    "=@:/&?#'\"\\".contains(character) || character.is_control()
}

fn decode(text: &str) -> Result<String, AddressError> {
    let decoded = percent_decode_str(text).decode_utf8();
    Ok(decoded.map_err(|_| AddressError("a percent-encoded part of the address is not UTF-8"))?.into_owned())
}

#[cfg(test)]
mod tests;
