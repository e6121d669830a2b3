//! What was asked of an audit: the texts of the command line, made into values.
//!
//! Pure.

use std::time::Duration;

use chrono::DateTime;
use uuid::Uuid;

use crate::config::Patterns;
use crate::record::{Span, Timestamp};

/// Findings listed of each kind, unless `--limit` says otherwise.
const DEFAULT_LIMIT: usize = 1000;
const LARGEST_LIMIT: usize = 1_000_000;

/// As typed.
#[derive(Debug, Default)]
pub struct Request {
    pub execution: Option<String>,
    pub since: Option<String>,
    pub tenants: Vec<String>,
    pub workflows: Vec<String>,
    pub schedules: Vec<String>,
    pub format: Option<String>,
    pub json: bool,
    pub limit: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{flag}: {problem}")]
pub struct Wrong {
    flag: &'static str,
    problem: String,
}

#[derive(Debug)]
pub enum Question {
    Ledger { since: Since, scope: Scope, format: LedgerFormat, limit: usize },
    Execution { id: Uuid, tenants: Patterns, format: TimelineFormat },
}

/// Where the range begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    Ago(Span),
    At(Timestamp),
}

/// What is looked at; without patterns, all.
#[derive(Debug, Default)]
pub struct Scope {
    pub tenants: Patterns,
    pub workflows: Patterns,
    pub schedules: Patterns,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LedgerFormat {
    Table,
    JsonLines,
    Csv,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimelineFormat {
    Text,
    Json,
}

impl Request {
    /// # Errors
    /// The first option that is wrong, and how to mend it.
    pub fn question(&self) -> Result<Question, Wrong> {
        let tenants = patterns("--tenant", &self.tenants)?;
        let Some(execution) = &self.execution else {
            return Ok(Question::Ledger {
                since: since(self.since.as_deref().unwrap_or("7d"))?,
                scope: Scope {
                    tenants,
                    workflows: patterns("--workflow", &self.workflows)?,
                    schedules: patterns("--schedule", &self.schedules)?,
                },
                format: self.ledger_format()?,
                limit: self.limit.as_deref().map_or(Ok(DEFAULT_LIMIT), limit)?,
            });
        };
        let misplaced = [
            ("--since", self.since.is_some()),
            ("--workflow", !self.workflows.is_empty()),
            ("--schedule", !self.schedules.is_empty()),
            ("--limit", self.limit.is_some()),
        ];
        if let Some((flag, _)) = misplaced.into_iter().find(|(_, is_given)| *is_given) {
            return Err(wrong(flag, "has no meaning for a single execution; leave it out"));
        }
        let id = Uuid::parse_str(execution.trim()).map_err(|_| Wrong {
            flag: "EXECUTION_ID",
            problem: "is not an id, which is 32 hexadecimal digits, with or without dashes".to_owned(),
        })?;
        Ok(Question::Execution { id, tenants, format: self.timeline_format()? })
    }

    fn ledger_format(&self) -> Result<LedgerFormat, Wrong> {
        match (self.format.as_deref(), self.json) {
            (None | Some("table"), false) => Ok(LedgerFormat::Table),
            (None | Some("jsonl"), true) | (Some("jsonl"), false) => Ok(LedgerFormat::JsonLines),
            (Some("csv"), false) => Ok(LedgerFormat::Csv),
            _ => Err(wrong("--format", "write table, jsonl or csv; --json stands for jsonl")),
        }
    }

    fn timeline_format(&self) -> Result<TimelineFormat, Wrong> {
        match (self.format.as_deref(), self.json) {
            (None | Some("text"), false) => Ok(TimelineFormat::Text),
            (None | Some("json"), true) | (Some("json"), false) => Ok(TimelineFormat::Json),
            _ => Err(wrong("--format", "for one execution, write text or json; --json stands for json")),
        }
    }
}

impl Since {
    /// # Errors
    /// If the range would be empty.
    pub fn before(self, now: Timestamp) -> Result<Timestamp, Wrong> {
        match self {
            Self::Ago(span) => Ok(now.minus(span)),
            Self::At(instant) if instant < now => Ok(instant),
            Self::At(_) => Err(wrong("--since", "lies in the future by the database's clock")),
        }
    }
}

impl Scope {
    pub fn wants_tenant(&self, tenant: &str) -> bool {
        wants(&self.tenants, tenant)
    }

    pub fn wants_workflow(&self, workflow: &str) -> bool {
        wants(&self.workflows, workflow)
    }

    pub fn wants_schedule(&self, label: &str, workflow: &str) -> bool {
        wants(&self.schedules, label) && self.wants_workflow(workflow)
    }
}

/// Without patterns everything is wanted.
pub fn wants(patterns: &Patterns, value: &str) -> bool {
    patterns.is_empty() || patterns.matches(value)
}

fn since(text: &str) -> Result<Since, Wrong> {
    let text = text.trim();
    if let Ok(duration) = humantime::parse_duration(text)
        && duration > Duration::ZERO
    {
        return Ok(Since::Ago(Span::from(duration)));
    }
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Ok(Since::At(Timestamp(instant.timestamp_micros())));
    }
    let problem = format!(
        "`{}` is neither a duration, such as 7d or 12h, nor an instant, such as 2026-11-01T00:00:00Z",
        crate::words::visible(text, 100)
    );
    Err(Wrong { flag: "--since", problem })
}

fn limit(text: &str) -> Result<usize, Wrong> {
    match text.trim().parse() {
        Ok(limit) if limit <= LARGEST_LIMIT => Ok(limit),
        _ => Err(wrong("--limit", "write a number from 0 to 1000000")),
    }
}

fn patterns(flag: &'static str, patterns: &[String]) -> Result<Patterns, Wrong> {
    if patterns.iter().any(String::is_empty) {
        return Err(wrong(flag, "a pattern is empty; write * for any text"));
    }
    Patterns::new(patterns.iter().map(String::as_str)).map_err(|_| wrong(flag, "a pattern is too long"))
}

fn wrong(flag: &'static str, problem: &str) -> Wrong {
    Wrong { flag, problem: problem.to_owned() }
}

#[cfg(test)]
mod tests;
