//! The flags of `check`. As everywhere in `cli`, texts only.

use clap::Args;

use super::{databases, setting};
use crate::check;
use crate::config::{Setting, Settings, Variables};

const EXAMPLES: &str = "Examples:
  # What failed since yesterday, what hangs, which schedules did not run
  cloacina-exporter check --database postgres://monitor:PASSWORD@db.example:5432/cloacina

  # One tenant, again every minute
  cloacina-exporter check --tenant orders --watch 60s

  # As a plugin of Nagios, Icinga or Sensu
  cloacina-exporter check --format nagios --failed-warning 3 --failed-critical 10

Exit codes: 0 nothing is wrong, 1 warning, 2 critical, 3 unknown: something could not be read, or an option or the \
configuration is wrong. Critical comes before warning, and warning before unknown.";

/// Flags of `check`. Other thresholds are in the YAML file, as for `serve`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CheckFlags {
    /// Database to read, as for `serve`. May be repeated
    #[arg(long, value_name = "ADDRESS")]
    database: Vec<String>,
    /// YAML file, as for `serve`
    #[arg(long = "config.file", value_name = "PATH")]
    config_file: Option<String>,
    /// Tenants to check, by a shell pattern. May be repeated [default: all]
    #[arg(long, value_name = "PATTERN")]
    tenant: Vec<String>,
    /// Workflows to check, by a shell pattern. May be repeated [default: all]
    #[arg(long, value_name = "PATTERN")]
    workflow: Vec<String>,
    /// How far back failed executions are looked for [default: 24h]
    #[arg(long, value_name = "DURATION")]
    since: Option<String>,
    /// So many failed executions in all are a warning; or off [default: 1]
    #[arg(long = "failed-warning", value_name = "COUNT")]
    failed_warning: Option<String>,
    /// So many failed executions in all are critical; or off [default: off]
    #[arg(long = "failed-critical", value_name = "COUNT")]
    failed_critical: Option<String>,
    /// An execution older than this takes too long [default: 3 times what 95 of 100 successful ones of its workflow
    /// need, but at least 2m; 1h where fewer than ten have succeeded]
    #[arg(long = "too-long", value_name = "DURATION")]
    too_long: Option<String>,
    /// A task that has been ready for longer than this waits in vain for a runner [default: 5m]
    #[arg(long = "ready-for", value_name = "DURATION")]
    ready_for: Option<String>,
    /// A schedule that has been paused for longer than this may have been forgotten [default: 7d]
    #[arg(long = "paused-for", value_name = "DURATION")]
    paused_for: Option<String>,
    /// Check again and again with this pause in between, until interrupted
    #[arg(long, value_name = "DURATION")]
    watch: Option<String>,
    /// Form of the output: text, json or nagios [default: text]
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

impl CheckFlags {
    /// The configuration to load, and what this check alone is told.
    pub fn settings(self, variables: Variables<'_>) -> (Settings, check::Given) {
        let given = |value: Option<String>, name| value.map(|value| Setting::new(value, name));
        let all = |values: Vec<String>, name: &str| {
            values.into_iter().map(|value| Setting::new(value, name)).collect::<Vec<_>>()
        };
        let databases = databases(self.database, variables);
        let config_file = setting(self.config_file, "config.file", variables);
        let format = self.json.then(|| "json".to_owned()).or(self.format);
        let given = check::Given {
            since: given(self.since, "--since"),
            too_long: given(self.too_long, "--too-long"),
            paused_for: given(self.paused_for, "--paused-for"),
            ready_for: given(self.ready_for, "--ready-for"),
            failed_warning: given(self.failed_warning, "--failed-warning"),
            failed_critical: given(self.failed_critical, "--failed-critical"),
            tenants: all(self.tenant, "--tenant"),
            workflows: all(self.workflow, "--workflow"),
            watch: given(self.watch, "--watch"),
            format: given(format, "--format"),
        };
        (Settings { databases, config_file, ..Settings::default() }, given)
    }
}
