//! The part of the configuration that says how the process works: polling, serving, logging, and where it keeps its state.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use super::load::Source;
use super::setting::or_default;
use super::{Backfill, Error, Log, LogFormat, Poll, Purpose, Setting, Variables, Web, access, file, place};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);
/// Paths with a meaning of their own.
const RESERVED_PATHS: [&str; 4] = ["/", "/livez", "/readyz", "/-/reload"];

pub(super) fn poll(interval: Option<Setting>, file: file::Poll, source: &Source) -> Result<Poll, Error> {
    let default = Poll::default();
    let setting = |key: &str, value| source.optional(&format!("poll.{key}"), value);
    let interval = interval.or(setting("interval", file.interval));
    let interval = or_default(interval, default.interval, |text| text.duration(SECOND..=HOUR))?;
    let timeout = |text: &Setting| text.duration(SECOND / 10..=10 * MINUTE);
    // Values must outlive the gap between two polls, or they would come and go.
    let shortest_stay = 2 * interval;
    Ok(Poll {
        interval,
        statement_timeout: or_default(
            setting("statement_timeout", file.statement_timeout),
            default.statement_timeout,
            timeout,
        )?,
        connect_timeout: or_default(
            setting("connect_timeout", file.connect_timeout),
            default.connect_timeout,
            timeout,
        )?,
        max_connections: or_default(
            source.optional("poll.max_connections", file.max_connections),
            default.max_connections,
            |number| number.number(1..=100),
        )?,
        overlap: or_default(setting("overlap", file.overlap), default.overlap, |text| {
            text.duration(SECOND..=HOUR)
        })?,
        max_stale: or_default(
            setting("max_stale", file.max_stale),
            default.max_stale.max(shortest_stay),
            |text| text.duration(shortest_stay..=DAY),
        )?,
    })
}

/// What flags and variables say of serving.
pub(super) struct WebSettings {
    pub(super) address: Option<Setting>,
    pub(super) path: Option<Setting>,
    pub(super) config_file: Option<Setting>,
    pub(super) enable_lifecycle: Option<Setting>,
}

pub(super) fn web(given: WebSettings, file: file::Web, source: &Source) -> Result<Web, Error> {
    let default = Web::default();
    let address = given.address.or(source.optional("web.listen_address", file.listen_address));
    let path = given.path.or(source.optional("web.telemetry_path", file.telemetry_path));
    let in_file = source.optional("web.config_file", file.config_file).map(|path| source.path(path));
    let tokens = access::tokens(file.tokens, source)?;
    let listed = file.enable_lifecycle.unwrap_or(default.enable_lifecycle);
    Ok(Web {
        listen_address: or_default(address, default.listen_address, listen_address)?,
        telemetry_path: or_default(path, default.telemetry_path, telemetry_path)?,
        max_connections: or_default(
            source.optional("web.max_connections", file.max_connections),
            default.max_connections,
            |number| number.number(1..=10_000),
        )?,
        config_file: given.config_file.or(in_file).map(|path| PathBuf::from(path.value)),
        tokens,
        users: access::users(file.users, source)?,
        open_probes: file.open_probes,
        enable_lifecycle: or_default(given.enable_lifecycle, listed, |text| {
            text.choice(&[("true", true), ("false", false)])
        })?,
    })
}

/// As Prometheus writes it, `:9877` listens on all addresses.
fn listen_address(setting: &Setting) -> Result<Option<SocketAddr>, Error> {
    let text = setting.value.trim();
    if text == "none" {
        return Ok(None);
    }
    let port = text.strip_prefix(':').and_then(|port| port.parse().ok());
    let address = port.map(|port: u16| SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)));
    address.or_else(|| text.parse().ok()).map(Some).ok_or_else(|| {
        setting.wrong(format!(
            "`{text}` is not an IP address with a port, such as 0.0.0.0:9877, 127.0.0.1:9877 or [::]:9877; or none"
        ))
    })
}

fn telemetry_path(setting: &Setting) -> Result<String, Error> {
    let path = setting.value.trim();
    let plain = |character: char| character.is_ascii_graphic() && !"?#%".contains(character);
    if !path.starts_with('/') || !path.chars().all(plain) {
        return Err(setting.wrong(format!("`{path}` is not a path such as /metrics")));
    }
    if RESERVED_PATHS.contains(&path) {
        return Err(
            setting.wrong(format!("{path} has a page of its own; use another path, such as /metrics"))
        );
    }
    Ok(path.to_owned())
}

pub(super) fn backfill(setting: &Setting) -> Result<Backfill, Error> {
    match setting.value.trim() {
        "none" => Ok(Backfill::None),
        "all" => Ok(Backfill::All),
        _ => match setting.duration(SECOND..=36_500 * DAY) {
            Ok(span) => Ok(Backfill::Since(span)),
            Err(_) => {
                let text = &setting.value;
                Err(setting.wrong(format!("`{text}` is neither none, all, nor a duration such as 30d")))
            }
        },
    }
}

pub(super) fn log(
    level: Option<Setting>,
    format: Option<Setting>,
    file: file::Log,
    source: &Source,
) -> Result<Log, Error> {
    use tracing::Level;
    let levels = [
        ("error", Level::ERROR),
        ("warn", Level::WARN),
        ("info", Level::INFO),
        ("debug", Level::DEBUG),
        ("trace", Level::TRACE),
    ];
    let formats = [("logfmt", LogFormat::Logfmt), ("json", LogFormat::Json)];
    let default = Log::default();
    let level = level.or(source.optional("log.level", file.level));
    let format = format.or(source.optional("log.format", file.format));
    Ok(Log {
        level: or_default(level, default.level, |text| text.choice(&levels))?,
        format: or_default(format, default.format, |text| text.choice(&formats))?,
    })
}

/// A state file that was asked for must be usable; one that was not is left out with a warning.
pub(super) fn state_file(
    setting: Option<Setting>,
    purpose: Purpose,
    variables: Variables<'_>,
    warnings: &mut Vec<String>,
) -> Result<Option<PathBuf>, Error> {
    if purpose == Purpose::ReadOnce {
        return Ok(None);
    }
    if let Some(setting) = setting {
        if setting.value == "none" {
            return Ok(None);
        }
        let path = PathBuf::from(&setting.value);
        return match place::check_writable(&path) {
            Ok(()) => Ok(Some(path)),
            Err(error) => Err(setting.wrong(format!(
                "the state file {} cannot be written: {error}; its directory must exist and be writable, or pass none",
                path.display()
            ))),
        };
    }
    if matches!(purpose, Purpose::Demo | Purpose::CheckDemo) {
        return Ok(None);
    }
    let Some(path) = place::state_file(variables) else {
        warnings.push(
            "no state file, since neither HOME nor STATE_DIRECTORY is set: counters start at zero at every start; \
             pass --state.file"
                .to_owned(),
        );
        return Ok(None);
    };
    if purpose == Purpose::Check {
        return Ok(Some(path));
    }
    match place::create_directory_of(&path).and_then(|()| place::check_writable(&path)) {
        Ok(()) => Ok(Some(path)),
        Err(error) => {
            warnings.push(format!(
                "no state file, since {} cannot be written: {error}; counters start at zero at every start; pass \
                 --state.file",
                path.display()
            ));
            Ok(None)
        }
    }
}
