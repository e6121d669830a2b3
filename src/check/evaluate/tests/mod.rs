//! Facts about what is a finding: each fires, does not fire just before, and clears.

mod executions;
mod schedules;

use std::collections::BTreeMap;

use uuid::Uuid;

use super::super::facts::{Active, ScheduleFacts};
use super::super::finding::Kind;
use super::*;
use crate::record::{
    Execution, ExecutionStatus, FailedExecution, FailedTask, Failures, Origin, Schedule, ScheduleKind, Span,
    Timestamp,
};
use crate::state::schedules::levels::{Handoffs, Invalid, ScheduleLevels};

use Severity::{Critical, Ok as Fine, Warning};

/// 2026-11-25 12:00:00 UTC.
const NOW: Timestamp = Timestamp::from_seconds(1_795_608_000);

/// What is changed of something in good health, and what is found then.
type Case<T> = (&'static str, fn(&mut T), &'static [(Severity, Kind)]);

fn seconds(count: i64) -> Span {
    Span::from_seconds(count)
}

fn ago(count: i64) -> Timestamp {
    NOW.minus(seconds(count))
}

fn name(text: &str) -> Arc<str> {
    Arc::from(text)
}

/// An hourly schedule in good health: ran at 11:00, and next runs at 13:00.
fn hourly() -> ScheduleFacts {
    ScheduleFacts {
        label: name("hourly"),
        row: Schedule {
            id: Uuid::from_u128(1),
            kind: ScheduleKind::Cron,
            workflow: name("etl"),
            instance_name: None,
            trigger_name: None,
            enabled: true,
            paused: false,
            paused_at: None,
            cron: Some(name("0 * * * *")),
            timezone: None,
            catchup: None,
            start_date: None,
            end_date: None,
            poll_interval_ms: None,
            created_at: ago(86_400),
            next_run_at: Some(NOW.plus(seconds(3600))),
            last_run_at: Some(ago(3600)),
            last_poll_at: None,
        },
        levels: ScheduleLevels {
            live: true,
            next_run: Some(NOW.plus(seconds(3600))),
            interval: Some(seconds(3600)),
            grace: Some(seconds(360)),
            last_run: Some(ago(3600)),
            last_success: Some(ago(3500)),
            success_deadline: Some(NOW.plus(seconds(3960))),
            ..ScheduleLevels::default()
        },
    }
}

/// A trigger in good health, polled every 5 s.
fn trigger() -> ScheduleFacts {
    let cron = hourly();
    ScheduleFacts {
        label: name("watcher"),
        row: Schedule {
            kind: ScheduleKind::Trigger,
            trigger_name: Some(name("watcher")),
            cron: None,
            poll_interval_ms: Some(5000),
            next_run_at: None,
            last_run_at: None,
            last_poll_at: Some(ago(3)),
            ..cron.row
        },
        levels: ScheduleLevels { live: true, ..ScheduleLevels::default() },
    }
}

/// An execution in good health that began a minute ago.
fn running() -> Active {
    Active {
        execution: Execution {
            id: Uuid::from_u128(7),
            workflow: name("etl"),
            status: ExecutionStatus::Running,
            origin: Origin::Unknown,
            created_at: ago(61),
            updated_at: ago(60),
            started_at: Some(ago(60)),
            completed_at: None,
        },
        age: seconds(60),
        stalled: false,
        stale_claims: 0,
        oldest_heartbeat_age: Span::ZERO,
        oldest_ready_age: Span::ZERO,
    }
}

fn of_schedules(schedules: Vec<ScheduleFacts>) -> Facts {
    Facts { now: NOW, schedules, ..Facts::default() }
}

fn of_active(active: Active) -> Facts {
    Facts { now: NOW, active: vec![active], ..Facts::default() }
}

fn found(facts: &Facts) -> Vec<(Severity, Kind)> {
    let findings = evaluate(facts, &name("orders"), Warning, &Thresholds::default());
    findings.iter().map(|finding| (finding.severity, finding.kind)).collect()
}

fn messages(facts: &Facts) -> Vec<String> {
    let findings = evaluate(facts, &name("orders"), Warning, &Thresholds::default());
    findings.iter().map(|finding| format!("{}: {}", finding.subject, finding.message)).collect()
}

#[test]
fn nothing_is_found_in_an_empty_tenant_nor_in_a_healthy_one() {
    assert_eq!(found(&Facts::default()), []);
    let active = vec![running()];
    assert_eq!(found(&Facts { active, ..of_schedules(vec![hourly(), trigger()]) }), []);
}

fn failed(id: u128, tasks: Vec<FailedTask>) -> FailedExecution {
    FailedExecution {
        id: Uuid::from_u128(id),
        ended_at: Some(ago(60)),
        error: Some("1 task(s) failed".to_owned()),
        tasks,
    }
}

fn task(error: Option<&str>) -> FailedTask {
    FailedTask { name: name("public::p::etl::load"), attempt: 3, error: error.map(str::to_owned) }
}

fn of_failures(listed: Vec<FailedExecution>, total: u64) -> Facts {
    let failures = vec![Failures { workflow: name("etl"), total, listed }];
    Facts { now: NOW, failures, ..Facts::default() }
}

#[test]
fn of_many_alike_the_first_are_listed_and_the_rest_is_counted() {
    let total = |facts: &Facts| {
        let findings = evaluate(facts, &name("orders"), Warning, &Thresholds::default());
        let last = findings.last().unwrap();
        let told = format!("{}: {}", last.subject, last.message);
        (findings.len(), findings.iter().map(|finding| finding.count).sum::<u64>(), told)
    };
    let listed = |count: u128| (0..count).map(|id| failed(id, Vec::new())).collect::<Vec<_>>();
    let (lines, count, _) = total(&of_failures(listed(20), 20));
    assert_eq!((lines, count), (20, 20));
    let rest = "etl: 380 more failed executions, not listed".to_owned();
    assert_eq!(total(&of_failures(listed(20), 400)), (21, 400, rest));

    let stalled = |_| Active { stalled: true, ..running() };
    let facts = Facts { active: (0..21).map(stalled).collect(), ..Facts::default() };
    assert_eq!(total(&facts), (21, 21, "etl: 1 more execution stalled, not listed".to_owned()));

    let broken = |_| {
        let mut schedule = hourly();
        schedule.levels.invalid = Some(Invalid::Cron);
        schedule
    };
    assert_eq!(total(&of_schedules((0..100).map(broken).collect())).0, 100);
    let rest = "orders: 2 more schedules invalid, not listed".to_owned();
    assert_eq!(total(&of_schedules((0..102).map(broken).collect())), (101, 102, rest));
}

#[test]
fn every_finding_is_a_sentence_with_its_numbers() {
    let changed = |change: fn(&mut ScheduleFacts)| {
        let mut schedule = hourly();
        change(&mut schedule);
        schedule
    };
    let mut polled = trigger();
    (polled.row.last_poll_at, polled.row.poll_interval_ms) = (Some(ago(300)), Some(500));
    (polled.levels.blocked, polled.levels.oldest_blocked_age) = (1, Span::from_seconds(7200));
    let mut never_polled = trigger();
    never_polled.row.last_poll_at = None;
    let facts = of_schedules(vec![
        changed(|it| it.levels.next_run = Some(ago(400))),
        changed(|it| {
            it.levels.next_run = Some(ago(7200));
            it.levels.last_run = None;
        }),
        changed(|it| it.levels.success_deadline = Some(ago(86_400))),
        changed(|it| {
            it.levels.success_deadline = Some(ago(60));
            it.levels.last_success = None;
        }),
        changed(|it| it.levels.last_run = None),
        changed(|it| {
            it.row.cron = Some(name("99 * * * *\n"));
            it.levels.invalid = Some(Invalid::Cron);
        }),
        changed(|it| {
            it.row.timezone = Some(name("Mars"));
            it.levels.invalid = Some(Invalid::Timezone);
        }),
        changed(|it| it.levels.invalid = Some(Invalid::NoNextRun)),
        changed(|it| it.levels.invalid = Some(Invalid::EmptyWindow)),
        changed(|it| it.levels.handoffs = Handoffs { pending: 0, lost: 1, abandoned: 2 }),
        polled,
        never_polled,
    ]);
    assert_eq!(
        messages(&facts),
        [
            "hourly: a success was due by 2026-11-24T12:00:00Z, 1d ago; its last success ended at 2026-11-25T11:01:40Z",
            "hourly: a success was due by 2026-11-25T11:59:00Z, 1m ago; it has never succeeded",
            "hourly: due at 2026-11-25T10:00:00Z, late by 2h, more than its period of 1h; it has never run",
            "hourly: 1 fire started no execution so far; the engine tries again",
            "hourly: 2 fires started no execution, and the engine has given up",
            "hourly: due at 2026-11-25T11:53:20Z, late by 6m 40s, its grace being 6m; its last run was at 2026-11-25T11:00:00Z",
            "hourly: it has never run, though it was first due at 2026-11-24T13:00:00Z",
            "hourly: it can never run: the engine cannot use its cron expression `99 * * * *\\n`",
            "hourly: it can never run: the engine does not know its time zone `Mars`",
            "hourly: it can never run: it has no next run, though it has a cron expression",
            "hourly: it can never run: its cron expression has no instant between its start and end dates",
            "watcher: 1 ended execution of it is still open for the engine, the oldest for 2h; it never starts it again with its context",
            "watcher: its last successful poll was at 2026-11-25T11:55:00Z, 5m ago, though it is to be polled every 500ms",
            "watcher: no poll has succeeded since its creation at 2026-11-24T12:00:00Z, though it is to be polled every 5s",
        ]
    );
}
