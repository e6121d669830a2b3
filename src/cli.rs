//! The command line: commands, flags, and the variables that stand for flags.
//!
//! Texts only; what they mean is decided in `config`. Clap is given no value to judge, because it would quote a wrong
//! one, and it might be a password.

mod audit;
mod check;

use clap::error::{ContextKind, ContextValue};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

pub use audit::AuditFlags;
pub use check::CheckFlags;

use crate::config::{OtlpSettings, Setting, Settings, Variables};

const ABOUT: &str = "Prometheus and OpenTelemetry exporter for the workflow engine Cloacina.\n\n\
    Reads the database in which Cloacina keeps its executions, tasks and schedules, serves what it finds as \
    metrics, and pushes it over OTLP if told where to. It only ever reads, and needs no change to Cloacina.";

const EXAMPLES: &str = "Examples:
  # See it work, without any database
  cloacina-exporter demo

  # A Cloacina server on PostgreSQL
  cloacina-exporter --database postgres://monitor:PASSWORD@db.example:5432/cloacina

  # A Cloacina daemon or an application on SQLite
  cloacina-exporter --database /var/lib/cloacina/cloacina.db

  curl http://localhost:9877/metrics

  # What is wrong now? Needs no server, and answers as a monitoring plugin with --format nagios
  cloacina-exporter check --database /var/lib/cloacina/cloacina.db

Every flag of `serve` with a value can be given by a variable of the environment or, except --config.file, by a key of the YAML \
file. A flag comes before its variable, and that before the file. Passwords are better kept out of flags, where other \
users of the machine can see them: use the variable, or url_file or password_file in the YAML file.

Exit codes: 0 after a shutdown by signal, 1 if serving failed, 2 if the configuration is wrong. Those of \
`check` and `audit` are their own: see their --help.";

/// Stands for what may be an address in a wrong place, and says where it belongs.
const NOT_SHOWN: &str = "(not shown; an address goes behind --database, in quotes if it holds spaces)";

/// What was typed.
#[derive(Debug, Parser)]
#[command(
    name = "cloacina-exporter",
    version,
    about = ABOUT,
    after_help = EXAMPLES,
    args_conflicts_with_subcommands = true,
    max_term_width = 110
)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeFlags,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read databases and serve their metrics (the default: its flags work without writing `serve`)
    Serve(ServeFlags),
    /// Serve the metrics of a small simulated engine, to look around; needs no database
    Demo(Flags),
    /// Read the databases once and say what is wrong: failed, stuck and too long executions, schedules that did not run
    Check(CheckFlags),
    /// Tell what became of every fire of every schedule, or of one execution; reads once, and serves nothing
    Audit(AuditFlags),
    /// Print the reference of all metrics
    Reference {
        #[arg(long, value_enum, default_value = "markdown")]
        format: ReferenceFormat,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReferenceFormat {
    Markdown,
    Json,
}

#[derive(Debug, Args)]
#[expect(clippy::doc_markdown, reason = "the help shows these texts as they are")]
pub struct ServeFlags {
    /// Database to read: postgres://USER:PASSWORD@HOST:PORT/DATABASE, "host=… dbname=…", or the path of a SQLite file.
    /// May be repeated. Without any: the file's databases, else DATABASE_URL, else ~/.cloacina/cloacina.db
    #[arg(long, value_name = "ADDRESS")]
    database: Vec<String>,
    /// Which of the shards this process is, from 0, if several share the tenants [default: 0]
    #[arg(long = "shard.index", value_name = "NUMBER")]
    shard_index: Option<String>,
    /// How many shards share the tenants; each reads its own, and the others' are not there for it [default: 1]
    #[arg(long = "shard.count", value_name = "NUMBER")]
    shard_count: Option<String>,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Debug, Args)]
#[expect(clippy::doc_markdown, reason = "the help shows these texts as they are")]
pub struct Flags {
    /// YAML file with what the flags cannot say
    #[arg(long = "config.file", value_name = "PATH")]
    config_file: Option<String>,
    /// Check the configuration, print it without secrets, and exit: 0 if it is right, 2 if not
    #[arg(long = "config.check")]
    config_check: bool,
    /// Address and port to serve on, or none [default: 0.0.0.0:9877]
    #[arg(long = "web.listen-address", value_name = "ADDRESS")]
    web_listen_address: Option<String>,
    /// Path of the metrics page [default: /metrics]
    #[arg(long = "web.telemetry-path", value_name = "PATH")]
    web_telemetry_path: Option<String>,
    /// TLS, users with passwords, and headers, in the form of the Prometheus family's web configuration files
    #[arg(long = "web.config.file", value_name = "PATH")]
    web_config_file: Option<String>,
    /// Let POST and PUT of /-/reload load the configuration again [default: false]
    #[arg(
        long = "web.enable-lifecycle",
        value_name = "BOOLEAN",
        num_args = 0..=1,
        default_missing_value = "true"
    )]
    web_enable_lifecycle: Option<String>,
    /// Time between two reads of a database [default: 15s]
    #[arg(long = "poll.interval", value_name = "DURATION")]
    poll_interval: Option<String>,
    /// File that keeps the counters across restarts, or none [default: cloacina-exporter.state in $STATE_DIRECTORY,
    /// else in cloacina-exporter below $XDG_STATE_HOME or ~/.local/state]
    #[arg(long = "state.file", value_name = "PATH")]
    state_file: Option<String>,
    /// How much of the past the first start counts: none, all, or the last DURATION [default: none]
    #[arg(long, value_name = "none|all|DURATION")]
    backfill: Option<String>,
    /// Where to push metrics over OTLP, as OTEL_EXPORTER_OTLP_ENDPOINT, such as http://collector:4318
    #[arg(long = "otlp.endpoint", value_name = "ADDRESS")]
    otlp_endpoint: Option<String>,
    /// How: http/protobuf or grpc [default: http/protobuf]
    #[arg(long = "otlp.protocol", value_name = "PROTOCOL")]
    otlp_protocol: Option<String>,
    /// Settings for a certain destination: datadog, with DD_SITE and DD_API_KEY
    #[arg(long = "otlp.preset", value_name = "NAME")]
    otlp_preset: Option<String>,
    /// Read once, push once and exit: 0 if all was delivered, 1 if not
    #[arg(long = "otlp.once")]
    otlp_once: bool,
    /// Least important messages to log: error, warn, info, debug or trace [default: info]
    #[arg(long = "log.level", value_name = "LEVEL")]
    log_level: Option<String>,
    /// Form of the log on standard error: logfmt or json [default: logfmt]
    #[arg(long = "log.format", value_name = "FORMAT")]
    log_format: Option<String>,
}

impl Arguments {
    /// # Errors
    /// Clap's error, which also stands for `--help` and `--version`, without anything that might be a secret.
    pub fn parse_from(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> Result<Self, clap::Error> {
        let matches = command().try_get_matches_from(arguments).map_err(without_values)?;
        Self::from_arg_matches(&matches).map_err(without_values)
    }

    pub fn into_command(self) -> Command {
        self.command.unwrap_or(Command::Serve(self.serve))
    }
}

impl ServeFlags {
    /// Flags, and for those not given their variables; and whether they are only to be checked.
    pub fn settings(self, variables: Variables<'_>) -> (Settings, bool) {
        let (mut settings, check) = self.flags.settings(variables);
        settings.databases = databases(self.database, variables);
        settings.shard_index = setting(self.shard_index, "shard.index", variables);
        settings.shard_count = setting(self.shard_count, "shard.count", variables);
        (settings, check)
    }
}

impl Flags {
    /// As `ServeFlags::settings`.
    pub fn settings(self, variables: Variables<'_>) -> (Settings, bool) {
        let setting = |value, name| setting(value, name, variables);
        let settings = Settings {
            databases: Vec::new(),
            config_file: setting(self.config_file, "config.file"),
            listen_address: setting(self.web_listen_address, "web.listen-address"),
            telemetry_path: setting(self.web_telemetry_path, "web.telemetry-path"),
            web_config_file: setting(self.web_config_file, "web.config.file"),
            enable_lifecycle: setting(self.web_enable_lifecycle, "web.enable-lifecycle"),
            poll_interval: setting(self.poll_interval, "poll.interval"),
            state_file: setting(self.state_file, "state.file"),
            shard_index: None,
            shard_count: None,
            backfill: setting(self.backfill, "backfill"),
            otlp: OtlpSettings {
                endpoint: setting(self.otlp_endpoint, "otlp.endpoint"),
                protocol: setting(self.otlp_protocol, "otlp.protocol"),
                preset: setting(self.otlp_preset, "otlp.preset"),
            },
            once: self.otlp_once,
            log_level: setting(self.log_level, "log.level"),
            log_format: setting(self.log_format, "log.format"),
        };
        (settings, self.config_check)
    }
}

fn databases(flags: Vec<String>, variables: Variables<'_>) -> Vec<Setting> {
    if flags.is_empty() {
        return setting(None, "database", variables).into_iter().collect();
    }
    flags.into_iter().map(|address| Setting::new(address, "--database")).collect()
}

fn setting(flag: Option<String>, name: &str, variables: Variables<'_>) -> Option<Setting> {
    if let Some(value) = flag {
        return Some(Setting::new(value, format!("--{name}")));
    }
    let variable = variable_name(name);
    variables(&variable).map(|value| Setting::new(value, variable))
}

/// `poll.interval` is `CLOACINA_EXPORTER_POLL_INTERVAL`.
fn variable_name(flag: &str) -> String {
    format!("CLOACINA_EXPORTER_{}", flag.to_uppercase().replace(['.', '-'], "_"))
}

/// Clap's own support of variables is not used: it would make them conflict with commands, and print their values in
/// the help.
fn command() -> clap::Command {
    <Arguments as CommandFactory>::command()
        .mut_args(name_variable)
        .mut_subcommands(|command| command.mut_args(name_variable))
}

fn name_variable(argument: clap::Arg) -> clap::Arg {
    let name = argument.get_long().filter(|_| argument.get_action().takes_values());
    match name.filter(|name| has_variable(name)) {
        Some(name) => {
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            let help = format!("{help} [env: {}]", variable_name(name));
            argument.help(help)
        }
        None => argument,
    }
}

/// Only flags that mean the same wherever they are allowed; what is asked of one command is not.
fn has_variable(flag: &str) -> bool {
    let serve = ServeFlags::augment_args(clap::Command::new("serve"));
    serve.get_arguments().any(|argument| argument.get_long() == Some(flag))
}

/// Takes out of the message whatever may be a value that was put in a wrong place.
fn without_values(mut error: clap::Error) -> clap::Error {
    let is_typo = error.get(ContextKind::SuggestedSubcommand).is_some();
    for kind in [ContextKind::InvalidArg, ContextKind::InvalidSubcommand, ContextKind::InvalidValue] {
        let show = match (kind, error.get(kind)) {
            (ContextKind::InvalidSubcommand, Some(ContextValue::String(text))) => {
                is_typo || <Arguments as CommandFactory>::command().find_subcommand(text).is_some()
            }
            (ContextKind::InvalidArg, Some(ContextValue::String(text))) => is_flag(text),
            (ContextKind::InvalidArg, _) => true,
            (_, Some(ContextValue::String(text))) => text.is_empty(),
            _ => true,
        };
        if !show {
            error.insert(kind, ContextValue::String(NOT_SHOWN.to_owned()));
        }
    }
    // The hint on `--` repeats the argument.
    error.remove(ContextKind::Suggested);
    error
}

/// `--flag`, or clap's own `--flag <VALUE>`.
fn is_flag(text: &str) -> bool {
    let (flag, value) = text.split_once(' ').unwrap_or((text, "<VALUE>"));
    let plain = |text: &str, more: &str| {
        text.chars().all(|character| character.is_ascii_alphanumeric() || more.contains(character))
    };
    let value = value.strip_prefix('<').and_then(|value| value.strip_suffix('>'));
    flag.starts_with("--") && plain(flag, "-.") && value.is_some_and(|value| plain(value, "|"))
}
