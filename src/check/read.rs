//! Reads every database once, tenant by tenant, for a check. The only part of it that talks to a database.
//!
//! What cannot be read becomes a finding, so that all others are checked nevertheless.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::join_all;

use super::evaluate::{PER_WORKFLOW, SHORTEST_TOO_LONG};
use super::facts::{Facts, began, wanted};
use super::finding::{Finding, Kind, Severity};
use super::options::Options;
use super::report::{Reading, Readings};
use crate::config::{self, Config};
use crate::record::{Execution, ExecutionStatus};
use crate::source::{Error, Failure, Schema, Visit};
use crate::state::{Moment, Settings, Tenant};

/// Workflows whose usual durations are looked up, those with the oldest executions first.
const MOST_BASELINES: usize = 200;

/// All databases at once, the tenants of each one after the other.
pub async fn read(config: &Config, options: &Options) -> Readings {
    let databases = config.databases.iter().map(|database| read_database(database, config, options));
    let mut all = Readings::default();
    for readings in join_all(databases).await {
        all.read.extend(readings.read);
        all.tenants.extend(readings.tenants);
        all.workflows.extend(readings.workflows);
    }
    all
}

async fn read_database(database: &config::Database, config: &Config, options: &Options) -> Readings {
    let mut readings = Readings::default();
    let (visit, found) = match Visit::open(database, config).await {
        Ok(opened) => opened,
        Err(failure) => {
            readings.read.push(unreachable(database, &failure.error));
            return readings;
        }
    };
    if found.is_empty() {
        readings.read.push(without_tenants(database));
    }
    let mut visit: Result<Visit, String> = Ok(visit);
    for found in found {
        let label = database.tenant_label(&found.name);
        readings.tenants.insert(label.clone());
        if !options.tenants.is_empty() && !options.tenants.iter().any(|pattern| pattern.matches(&label)) {
            continue;
        }
        let reading = match (&found.schema, &mut visit) {
            (Err(unusable), _) => unreadable(label, None, &unusable.to_string()),
            (Ok(schema), Err(lost)) => unreadable(label, Some(schema), lost.as_str()),
            (Ok(schema), Ok(open)) => match read_tenant(open, schema, config, options).await {
                Ok((facts, unusable, workflows)) => {
                    readings.workflows.extend(workflows);
                    let generation = Some(schema.generation.label());
                    Reading { label, generation, outcome: Ok((facts, unusable)) }
                }
                Err(error) => {
                    if error.is_broken() {
                        let opened = Visit::open(database, config).await;
                        visit = opened.map(|(visit, _)| visit).map_err(|failure| failure.error.to_string());
                    }
                    unreadable(label, Some(schema), &error.to_string())
                }
            },
        };
        readings.read.push(reading);
    }
    if let Ok(visit) = visit {
        visit.close().await;
    }
    readings
}

type TenantRead = (Facts, u64, BTreeSet<Arc<str>>);

async fn read_tenant(
    visit: &mut Visit,
    schema: &Schema,
    config: &Config,
    options: &Options,
) -> Result<TenantRead, Error> {
    let read = ask(visit, schema, config, options).await;
    let left = visit.leave().await;
    let read = read?;
    left.map(|()| read)
}

async fn ask(
    visit: &mut Visit,
    schema: &Schema,
    config: &Config,
    options: &Options,
) -> Result<TenantRead, Error> {
    let settings =
        Settings { metrics: &config.metrics, overlap: config.poll.overlap.into(), keep_ended: false };
    let position = visit.enter(schema).await?;
    let read = visit.levels(position, settings).await;
    let (mut tenant, _) = read.map_err(|Failure { error, .. }| error)?;
    if options.thresholds.too_long.is_none() {
        learn_durations(visit, &mut tenant, settings, options).await?;
    }
    let since = tenant.now.minus(options.thresholds.since.into());
    let failures = visit.reader().failures(since, PER_WORKFLOW).await?;
    let unusable = visit.reader().take_problems().iter().map(|problem| problem.count).sum();
    let workflows = tenant.workflows.iter().map(|(name, _)| name.clone()).collect();
    let facts = Facts::new(&tenant, failures, &options.workflows, settings.metrics);
    Ok((facts, unusable, workflows))
}

/// Looks up how long the workflows usually take of which an execution may be taking too long.
async fn learn_durations(
    visit: &mut Visit,
    tenant: &mut Tenant,
    settings: Settings<'_>,
    options: &Options,
) -> Result<(), Error> {
    let mut old: Vec<&Execution> = tenant
        .levels
        .active
        .iter()
        .filter(|execution| {
            execution.status != ExecutionStatus::Paused
                && tenant.now.since(began(execution)) > SHORTEST_TOO_LONG
                && wanted(&options.workflows, &execution.workflow)
        })
        .collect();
    old.sort_by_key(|execution| began(execution));
    let mut seen = BTreeSet::new();
    let names = old.into_iter().map(|execution| execution.workflow.clone());
    let names: Vec<_> = names.filter(|name| seen.insert(name.clone())).take(MOST_BASELINES).collect();
    for name in names {
        let successes = visit.reader().recent_successes(&name).await?;
        let workflow = tenant.workflows.entry(&name, Moment::default(), settings.metrics);
        successes.iter().for_each(|success| workflow.note_execution(success));
    }
    Ok(())
}

fn unreachable(database: &config::Database, error: &Error) -> Reading {
    let message = format!("{} cannot be read: {error}", database.url);
    of_database(database, Kind::DatabaseUnreachable, message)
}

fn without_tenants(database: &config::Database) -> Reading {
    let message = format!(
        "no schema of {} that is to be read has Cloacina's tables; is it the right database, and do include and exclude \
         let any schema through?",
        database.url
    );
    of_database(database, Kind::NoTenant, message)
}

fn of_database(database: &config::Database, kind: Kind, message: String) -> Reading {
    let finding = Finding::new(Severity::Unknown, kind, &database.name, message);
    Reading { label: database.name.clone(), generation: None, outcome: Err(finding) }
}

fn unreadable(label: Arc<str>, schema: Option<&Schema>, why: &str) -> Reading {
    let message = format!("it cannot be read: {why}");
    let finding = Finding::new(Severity::Unknown, Kind::TenantUnreadable, &label, message);
    Reading { label, generation: schema.map(|schema| schema.generation.label()), outcome: Err(finding) }
}
