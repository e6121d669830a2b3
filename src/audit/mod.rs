//! `audit`: what a database's rows tell of the past, read once. Either the ledger of all schedules over a range, or the
//! story of one execution.
//!
//! This file is the edge that reads; what it reads is accounted for in `ledger` and `timeline`, and shown by `render`,
//! which are pure. Nothing is written, logged or kept.

mod execution;
pub mod finding;
pub mod instants;
pub mod ledger;
pub mod options;
pub mod render;
pub mod report;
mod tenant;
pub mod timeline;
pub mod totals;
mod visits;

use uuid::Uuid;

use self::finding::Findings;
use self::options::{LedgerFormat, Question, Scope, Since, TimelineFormat, Wrong};
use self::report::Report;
use self::tenant::Inquiry;
use self::timeline::{Rows, Timeline};
use self::visits::Visits;
use crate::config::{Config, Patterns};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Wrong(#[from] Wrong),
    #[error("no tenant {0}; leave --tenant out to look at all, or check the address of the database")]
    NoTenant(String),
    #[error(
        "--schedule: no schedule is called like that; a schedule's name is that of its instance, trigger or workflow"
    )]
    NoSchedule,
    #[error("execution {0} is in none of the databases read; check the id, --database and --tenant")]
    NoExecution(Uuid),
    #[error("{}", .0.join("; "))]
    Unreadable(Vec<String>),
}

/// What to print, and what it means.
#[derive(Debug)]
pub struct Answer {
    pub text: String,
    /// Something is not as it should be.
    pub problems: bool,
    /// Databases and tenants that could not be read, and why: the text is without them.
    pub unreadable: Vec<String>,
}

/// Reads all databases of `config` and answers.
///
/// # Errors
/// If there is nothing to show: nothing could be read, or nothing is like what was asked for.
pub async fn run(config: &Config, question: Question) -> Result<Answer, Error> {
    match question {
        Question::Ledger { since, scope, format, limit } => {
            ledger(config, since, &scope, format, limit).await
        }
        Question::Execution { id, tenants, format } => one_execution(config, id, &tenants, format).await,
    }
}

async fn ledger(
    config: &Config,
    since: Since,
    scope: &Scope,
    format: LedgerFormat,
    limit: usize,
) -> Result<Answer, Error> {
    let mut report = Report { tenants: Vec::new(), findings: Findings::new(limit), unreadable: Vec::new() };
    let mut seen = false;
    for database in &config.databases {
        let notes = &mut report.unreadable;
        let Some(mut visits) = Visits::open(database, config, &scope.tenants, notes).await else { continue };
        while let Some(entered) = visits.next(notes).await {
            seen = true;
            let now = entered.position.now;
            let inquiry = Inquiry {
                tenant: &entered.label,
                schema: &entered.schema,
                scope,
                metrics: &config.metrics,
                since: since.before(now)?,
                now,
            };
            let mut findings = Findings::new(limit);
            let read = tenant::read(visits.reader(), inquiry, &mut findings).await;
            if let Some(tenant) = visits.leave(&entered, read, notes).await {
                report.tenants.push(tenant);
                report.findings.absorb(findings);
            }
        }
        visits.close().await;
    }
    check(seen, &scope.tenants, &mut report.unreadable, report.tenants.is_empty())?;
    if !scope.schedules.is_empty() && report.tenants.iter().all(|tenant| tenant.schedules.is_empty()) {
        return Err(Error::NoSchedule);
    }
    let text = match format {
        LedgerFormat::Table => render::table::render(&report),
        LedgerFormat::JsonLines => render::json_lines::render(&report),
        LedgerFormat::Csv => render::csv::render(&report),
    };
    Ok(Answer { text, problems: report.findings.problems() > 0, unreadable: report.unreadable })
}

async fn one_execution(
    config: &Config,
    id: Uuid,
    tenants: &Patterns,
    format: TimelineFormat,
) -> Result<Answer, Error> {
    let mut unreadable = Vec::new();
    let mut seen = false;
    for database in &config.databases {
        let Some(mut visits) = Visits::open(database, config, tenants, &mut unreadable).await else {
            continue;
        };
        while let Some(entered) = visits.next(&mut unreadable).await {
            seen = true;
            let read = execution::read(visits.reader(), &entered, id).await;
            if let Some(Some(rows)) = visits.leave(&entered, read, &mut unreadable).await {
                visits.close().await;
                return Ok(story(rows, format));
            }
        }
        visits.close().await;
    }
    check(seen, tenants, &mut unreadable, true)?;
    Err(Error::NoExecution(id))
}

fn story(rows: Rows, format: TimelineFormat) -> Answer {
    let timeline = Timeline::new(rows);
    let text = match format {
        TimelineFormat::Text => render::timeline::text(&timeline),
        TimelineFormat::Json => render::timeline::json(&timeline),
    };
    // What it shows was asked for; other tenants do not matter.
    Answer { text, problems: false, unreadable: Vec::new() }
}

/// Whether there is anything to show at all.
fn check(seen: bool, tenants: &Patterns, unreadable: &mut Vec<String>, nothing: bool) -> Result<(), Error> {
    match () {
        () if nothing && !unreadable.is_empty() => Err(Error::Unreadable(std::mem::take(unreadable))),
        () if !seen && tenants.is_empty() => Err(Error::NoTenant("was found".to_owned())),
        () if !seen => Err(Error::NoTenant(format!("is called like {tenants}"))),
        () => Ok(()),
    }
}
