//! Brings flags, environment and file together into the one `Config`: flags come first, then the environment, then the
//! file, then the defaults.
//!
//! The only place that reads the YAML file, and with `databases` the files with secrets. The environment is passed in.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_saphyr::Spanned;

use super::file::{self, File};
use super::otlp::{self, Surroundings};
use super::setting::{self, Setting, or_default};
use super::{Backfill, Config, Otlp, Patterns, Shard, Variables, databases, metrics, process, shard};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{origin}: {problem}")]
    Setting { origin: String, problem: String },
    #[error("{origin}: cannot read {}: {cause}", path.display())]
    Read { origin: String, path: PathBuf, cause: io::Error },
    #[error(
        "no database is named: pass --database with postgres://USER:PASSWORD@HOST/DATABASE or the path of a SQLite \
         file, or set DATABASE_URL, or list databases in --config.file (`cloacina-exporter demo` needs none)"
    )]
    NoDatabase,
    #[error(
        "nothing would be served and nothing pushed: name a destination with --otlp.endpoint, an OTEL_ variable or the \
         section otlp of --config.file"
    )]
    NothingToDo,
}

/// What is to be done with the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Serve,
    /// Reads the databases once; without a state file, even if one is named.
    ReadOnce,
    /// Without databases, and with a state file only if one is named.
    Demo,
    /// `Serve`'s, to be printed only: nothing is created.
    Check,
    /// `Demo`'s, to be printed only.
    CheckDemo,
}

/// What flags and environment say.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    pub databases: Vec<Setting>,
    pub config_file: Option<Setting>,
    pub listen_address: Option<Setting>,
    pub telemetry_path: Option<Setting>,
    pub web_config_file: Option<Setting>,
    pub enable_lifecycle: Option<Setting>,
    pub poll_interval: Option<Setting>,
    pub state_file: Option<Setting>,
    pub shard_index: Option<Setting>,
    pub shard_count: Option<Setting>,
    pub backfill: Option<Setting>,
    pub otlp: super::OtlpSettings,
    /// Push once and end.
    pub once: bool,
    pub log_level: Option<Setting>,
    pub log_format: Option<Setting>,
}

/// A usable configuration, and what should be said once logging has started.
#[derive(Debug)]
pub struct Loaded {
    pub config: Config,
    pub warnings: Vec<String>,
}

/// `families` are the names that `families.disable` may hold.
///
/// # Errors
/// The first setting that is wrong, by its flag, variable, or line and key, and how to mend it.
pub fn load(
    settings: Settings,
    purpose: Purpose,
    variables: Variables<'_>,
    families: &BTreeSet<&str>,
) -> Result<Loaded, Error> {
    let (source, file) = read_file(settings.config_file.as_ref())?;
    let mut warnings = Vec::new();
    let databases = match purpose {
        Purpose::Demo | Purpose::CheckDemo => Vec::new(),
        Purpose::Serve | Purpose::ReadOnce | Purpose::Check => {
            let shard = match purpose {
                // Whoever asks what is wrong wants to know of all tenants.
                Purpose::ReadOnce => Shard::WHOLE,
                _ => shard::build(settings.shard_index, settings.shard_count, file.shard, &source)?,
            };
            databases::build(settings.databases, file.databases, shard, &source, variables)?
        }
    };
    let metrics = metrics::build(
        &source,
        metrics::Sections {
            labels: file.labels,
            histograms: file.histograms,
            families: file.families,
            failure_reasons: file.failure_reasons,
            thresholds: file.thresholds,
            schedules: file.schedules,
            hold_first_value: file.hold_first_value,
            created_samples: file.created_samples,
        },
        families,
    )?;
    let surroundings = Surroundings { databases: &databases, histograms: metrics.histograms };
    let otlp = match purpose {
        Purpose::ReadOnce => Otlp::default(),
        _ => otlp::build(settings.otlp, file.otlp, &source, variables, &surroundings, &mut warnings)?,
    };
    let given = process::WebSettings {
        address: settings.listen_address,
        path: settings.telemetry_path,
        config_file: settings.web_config_file,
        enable_lifecycle: settings.enable_lifecycle,
    };
    let web = process::web(given, file.web, &source)?;
    let pushes = purpose == Purpose::ReadOnce || !otlp.exporters.is_empty();
    if !pushes && (settings.once || web.listen_address.is_none()) {
        return Err(Error::NothingToDo);
    }
    let state = file.state.file.map(|path| source.path(source.setting("state.file", path)));
    let state = settings.state_file.or(state);
    let config = Config {
        databases,
        poll: process::poll(settings.poll_interval, file.poll, &source)?,
        web,
        state_file: process::state_file(state, purpose, variables, &mut warnings)?,
        backfill: or_default(
            settings.backfill.or(source.optional("backfill", file.backfill)),
            Backfill::None,
            process::backfill,
        )?,
        otlp,
        log: process::log(settings.log_level, settings.log_format, file.log, &source)?,
        metrics,
    };
    Ok(Loaded { config, warnings })
}

/// The file's path, for messages and for paths in it, which are relative to its directory.
pub(super) struct Source(PathBuf);

impl Source {
    pub(super) fn setting<T>(&self, key: &str, value: Spanned<T>) -> Setting<T> {
        let origin = format!("{}:{}: {key}", self.0.display(), value.referenced.line());
        Setting::new(value.value, origin)
    }

    pub(super) fn optional<T>(&self, key: &str, value: Option<Spanned<T>>) -> Option<Setting<T>> {
        value.map(|value| self.setting(key, value))
    }

    pub(super) fn patterns(&self, key: &str, patterns: Vec<Spanned<String>>) -> Result<Patterns, Error> {
        let patterns: Vec<_> = patterns.into_iter().map(|pattern| self.setting(key, pattern)).collect();
        setting::patterns(&patterns)
    }

    /// The file's own path, for settings that are missing.
    pub(super) fn name(&self) -> std::path::Display<'_> {
        self.0.display()
    }

    /// A path in the file is relative to the file.
    pub(super) fn path(&self, mut setting: Setting) -> Setting {
        if setting.value != "none"
            && let Some(directory) = self.0.parent()
        {
            setting.value = directory.join(&setting.value).to_string_lossy().into_owned();
        }
        setting
    }
}

fn read_file(setting: Option<&Setting>) -> Result<(Source, File), Error> {
    let Some(setting) = setting else { return Ok((Source(PathBuf::new()), File::default())) };
    let path = PathBuf::from(&setting.value);
    let text = read(&setting.origin, &path)?;
    match file::parse::<File>(&text) {
        Ok(file) => Ok((Source(path), file)),
        Err(problem) => {
            let origin = format!("{}:{}:{}", path.display(), problem.line, problem.column);
            Err(Error::Setting { origin, problem: problem.text })
        }
    }
}

pub(super) fn read(origin: &str, path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|cause| Error::Read {
        origin: origin.to_owned(),
        path: path.to_owned(),
        cause,
    })
}
