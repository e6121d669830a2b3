//! The flags of `audit`. As everywhere in `cli`, texts only.

use clap::Args;

use super::{databases, setting};
use crate::audit::options::Request;
use crate::config::{Settings, Variables};

const EXAMPLES: &str = "Examples:
  # Missed, late, lost and failed fires, stuck and abandoned executions of the last week
  cloacina-exporter audit --database /var/lib/cloacina/cloacina.db

  # Of one tenant since an instant, for a program
  cloacina-exporter audit --since 2026-11-01T00:00:00Z --tenant acme --format jsonl

  # One execution: its tasks and its event log
  cloacina-exporter audit 3f0c9a51-7a53-4f9e-9d3c-0c1df1d5e7aa

Exit codes: 0 if nothing was found, 1 if there are problems, 3 if something could not be read or an option is wrong.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct AuditFlags {
    /// Tell the story of this execution, with or without dashes in its id
    #[arg(value_name = "EXECUTION_ID")]
    execution: Option<String>,
    /// Where the range begins: a duration before now, or an instant such as 2026-11-01T00:00:00Z [default: 7d]
    #[arg(long, value_name = "DURATION|INSTANT")]
    since: Option<String>,
    /// Only tenants like this; * is any text, ? any character. May be repeated, as those below
    #[arg(long, value_name = "PATTERN")]
    tenant: Vec<String>,
    /// Only workflows like this
    #[arg(long, value_name = "PATTERN")]
    workflow: Vec<String>,
    /// Only schedules like this, and nothing that no schedule started
    #[arg(long, value_name = "PATTERN")]
    schedule: Vec<String>,
    /// table, jsonl or csv; for one execution, text or json [default: table, text]
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// The same as --format jsonl, or json for one execution
    #[arg(long)]
    json: bool,
    /// List at most this many findings of each kind, the newest [default: 1000]
    #[arg(long, value_name = "NUMBER")]
    limit: Option<String>,
    /// Database to read, as for serve. May be repeated
    #[arg(long, value_name = "ADDRESS")]
    database: Vec<String>,
    /// YAML file that lists databases and thresholds
    #[arg(long = "config.file", value_name = "PATH")]
    config_file: Option<String>,
}

impl AuditFlags {
    /// What is to be read, and what is asked of it.
    pub fn settings(self, variables: Variables<'_>) -> (Settings, Request) {
        let settings = Settings {
            databases: databases(self.database, variables),
            config_file: setting(self.config_file, "config.file", variables),
            ..Settings::default()
        };
        let request = Request {
            execution: self.execution,
            since: self.since,
            tenants: self.tenant,
            workflows: self.workflow,
            schedules: self.schedule,
            format: self.format,
            json: self.json,
            limit: self.limit,
        };
        (settings, request)
    }
}
