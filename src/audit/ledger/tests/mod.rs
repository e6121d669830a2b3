//! Each case: a schedule, its rows and the clock, and what the ledger makes of them. Instants are minutes or seconds after
//! a midnight that all cases share.

mod bounds;
mod outcomes;

use std::sync::Arc;

use uuid::Uuid;

use super::*;
use crate::record::{ExecutionStatus, FiredExecution};

/// 2026-11-24T00:00:00Z, a Tuesday.
const MIDNIGHT: i64 = 1_795_478_400;

fn second(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(MIDNIGHT + seconds)
}

fn minute(minutes: i64) -> Timestamp {
    second(minutes * 60)
}

/// Every ten minutes from midnight; the last claim was at 01:00:00.010, now it is 01:05.
struct Case {
    schedule: Schedule,
    metrics: Metrics,
    since: Timestamp,
    now: Timestamp,
    active: Vec<Timestamp>,
    rows: Vec<Fire>,
}

fn case() -> Case {
    Case {
        schedule: Schedule {
            id: Uuid::from_u128(7),
            kind: ScheduleKind::Cron,
            workflow: Arc::from("etl"),
            instance_name: None,
            trigger_name: None,
            enabled: true,
            paused: false,
            paused_at: None,
            cron: Some(Arc::from("*/10 * * * *")),
            timezone: Some(Arc::from("UTC")),
            catchup: Some(Arc::from("skip")),
            start_date: None,
            end_date: None,
            poll_interval_ms: None,
            created_at: second(-3_000_000),
            next_run_at: Some(minute(70)),
            last_run_at: Some(Timestamp(minute(60).0 + 10_000)),
            last_poll_at: None,
        },
        metrics: Metrics::default(),
        since: minute(30),
        now: minute(65),
        active: Vec::new(),
        rows: Vec::new(),
    }
}

/// A row that ended well a second after it began.
fn row(due: Timestamp, started: Timestamp) -> Fire {
    Fire {
        id: Uuid::from_u128(due.0.unsigned_abs().into()),
        schedule: Uuid::from_u128(7),
        scheduled_time: Some(due),
        started_at: started,
        completed_at: Some(started.plus(Span::from_seconds(1))),
        recovery_attempts: 0,
        execution: Some(FiredExecution {
            id: Uuid::from_u128(1),
            status: ExecutionStatus::Completed,
            created_at: Some(started),
            completed_at: Some(started.plus(Span::from_seconds(1))),
        }),
    }
}

fn on_time(minutes: i64) -> Fire {
    row(minute(minutes), minute(minutes).plus(Span(5000)))
}

/// Open, without an execution.
fn open(due: Timestamp, started: Timestamp) -> Fire {
    Fire { completed_at: None, execution: None, ..row(due, started) }
}

fn ended_as(status: ExecutionStatus, fire: Fire) -> Fire {
    let execution = fire.execution.clone().map(|execution| FiredExecution { status, ..execution });
    Fire { execution, ..fire }
}

impl Case {
    fn close(&self, most_instants: u64) -> (Closed, Vec<(Kind, Timestamp, String)>) {
        let (tenant, label) = (Arc::from("public"), Arc::from("etl"));
        let terms = Terms {
            tenant: &tenant,
            label: &label,
            schedule: &self.schedule,
            metrics: &self.metrics,
            since: self.since,
            now: self.now,
            active: &self.active,
            most_instants,
        };
        let mut findings = Findings::new(100);
        let mut ledger = Ledger::open(terms, &mut findings);
        self.rows.iter().for_each(|fire| ledger.row(fire.clone(), &mut findings));
        let closed = ledger.close(&mut findings);
        let found = findings.iter().map(|finding| (finding.kind, finding.at, finding.detail.clone()));
        (closed, found.collect())
    }

    /// Totals that are not zero, without the engine's; and the kinds and times of the findings.
    #[track_caller]
    fn check(&self, totals: &str, findings: &[(Kind, Timestamp)]) {
        let (closed, found) = self.close(1000);
        let columns = closed.totals.columns();
        let shown: Vec<String> = columns[..17]
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(name, count)| format!("{name} {count}"))
            .collect();
        assert_eq!(shown.join(", "), totals);
        let found: Vec<_> = found.into_iter().map(|(kind, at, _)| (kind, at)).collect();
        assert_eq!(found, findings);
    }
}
