//! Facts about what is a finding: each fires, does not fire just before, and clears.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::super::facts::{Active, ScheduleFacts};
use super::super::finding::Kind;
use super::*;
use crate::record::{Execution, ExecutionStatus, Origin, Schedule, ScheduleKind, Span, Timestamp};
use crate::source::{FailedExecution, FailedTask, Failures};
use crate::state::schedules::levels::{Handoffs, Invalid, ScheduleLevels};

use Severity::{Critical, Ok as Fine, Warning};

/// 2026-11-25 12:00:00 UTC.
const NOW: Timestamp = Timestamp::from_seconds(1_795_608_000);

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

#[test]
fn schedules_are_judged_by_their_own_rhythm() {
    type Change = fn(&mut ScheduleFacts);
    let cases: [(&str, Change, &[(Severity, Kind)]); 24] = [
        ("due now", |it| it.levels.next_run = Some(NOW), &[]),
        ("late by its grace", |it| it.levels.next_run = Some(ago(360)), &[]),
        ("past its grace", |it| it.levels.next_run = Some(ago(361)), &[(Warning, Kind::ScheduleLate)]),
        (
            "late by period and grace",
            |it| it.levels.next_run = Some(ago(3960)),
            &[(Warning, Kind::ScheduleLate)],
        ),
        ("a period late", |it| it.levels.next_run = Some(ago(3961)), &[(Critical, Kind::SchedulePeriodLate)]),
        (
            "late, with no run after it",
            |it| {
                it.levels.next_run = Some(ago(400));
                it.levels.interval = None;
            },
            &[(Warning, Kind::ScheduleLate)],
        ),
        ("success due now", |it| it.levels.success_deadline = Some(NOW), &[]),
        (
            "success overdue",
            |it| it.levels.success_deadline = Some(ago(1)),
            &[(Critical, Kind::ScheduleOverdue)],
        ),
        (
            "late and overdue",
            |it| {
                it.levels.next_run = Some(ago(361));
                it.levels.success_deadline = Some(ago(1));
            },
            &[(Critical, Kind::ScheduleOverdue), (Warning, Kind::ScheduleLate)],
        ),
        (
            "invalid, and nothing else then",
            |it| {
                it.levels = ScheduleLevels { invalid: Some(Invalid::Cron), ..ScheduleLevels::default() };
            },
            &[(Warning, Kind::ScheduleInvalid)],
        ),
        (
            "created after the last instant of its calendar",
            |it| {
                it.row.created_at = ago(0);
                it.levels.last_run = None;
            },
            &[],
        ),
        (
            "never fired within the grace of its first instant",
            |it| {
                // 11:54 and a calendar of minute 54.
                it.row.cron = Some(name("54 * * * *"));
                it.row.created_at = ago(400);
                it.levels.last_run = None;
            },
            &[],
        ),
        (
            "never fired",
            |it| {
                it.row.cron = Some(name("53 * * * *"));
                it.row.created_at = ago(500);
                it.levels.last_run = None;
            },
            &[(Warning, Kind::ScheduleNeverFired)],
        ),
        (
            "never fired, but it began only now",
            |it| {
                it.row.start_date = Some(ago(1));
                it.levels.last_run = None;
            },
            &[],
        ),
        (
            "never fired and late: one word is enough",
            |it| {
                it.levels.last_run = None;
                it.levels.next_run = Some(ago(361));
            },
            &[(Warning, Kind::ScheduleLate)],
        ),
        (
            "never fired, outside its dates",
            |it| {
                it.levels = ScheduleLevels::default();
            },
            &[],
        ),
        (
            "paused for a week",
            |it| {
                it.row.paused = true;
                it.row.paused_at = Some(ago(7 * 86_400));
            },
            &[],
        ),
        (
            "paused for longer",
            |it| {
                it.row.paused = true;
                it.row.paused_at = Some(ago(7 * 86_400 + 1));
            },
            &[(Warning, Kind::SchedulePaused)],
        ),
        ("paused, nobody knows since when", |it| it.row.paused = true, &[]),
        (
            "paused and invalid and overdue",
            |it| {
                it.row.paused = true;
                it.levels.invalid = Some(Invalid::Cron);
                it.levels.success_deadline = Some(ago(1));
            },
            &[],
        ),
        ("pending handoffs", |it| it.levels.handoffs = Handoffs { pending: 3, ..Handoffs::default() }, &[]),
        (
            "lost handoffs",
            |it| it.levels.handoffs = Handoffs { lost: 1, ..Handoffs::default() },
            &[(Critical, Kind::HandoffLost)],
        ),
        (
            "abandoned handoffs",
            |it| it.levels.handoffs = Handoffs { abandoned: 1, ..Handoffs::default() },
            &[(Critical, Kind::HandoffAbandoned)],
        ),
        (
            "switched off, and all wrong",
            |it| {
                it.row.enabled = false;
                it.levels.success_deadline = Some(ago(1));
                it.levels.handoffs.lost = 1;
                it.levels.invalid = Some(Invalid::Timezone);
            },
            &[],
        ),
    ];
    for (case, change, expected) in cases {
        let mut schedule = hourly();
        change(&mut schedule);
        assert_eq!(found(&of_schedules(vec![schedule])), expected, "{case}");
    }
}

#[test]
fn triggers_are_judged_by_their_polls() {
    type Change = fn(&mut ScheduleFacts);
    let cases: [(&str, Change, &[(Severity, Kind)]); 11] = [
        ("polled two minutes ago", |it| it.row.last_poll_at = Some(ago(120)), &[]),
        (
            "not polled for longer",
            |it| it.row.last_poll_at = Some(ago(121)),
            &[(Warning, Kind::TriggerStale)],
        ),
        (
            "three long intervals",
            |it| {
                it.row.poll_interval_ms = Some(60_000);
                it.row.last_poll_at = Some(ago(180));
            },
            &[],
        ),
        (
            "more than three long intervals",
            |it| {
                it.row.poll_interval_ms = Some(60_000);
                it.row.last_poll_at = Some(ago(181));
            },
            &[(Warning, Kind::TriggerStale)],
        ),
        (
            "an interval beyond all bounds",
            |it| {
                it.row.poll_interval_ms = Some(i64::MAX);
                it.row.last_poll_at = Some(ago(1_000_000));
            },
            &[],
        ),
        (
            "no interval",
            |it| {
                it.row.poll_interval_ms = None;
                it.row.last_poll_at = Some(ago(121));
            },
            &[(Warning, Kind::TriggerStale)],
        ),
        (
            "created two minutes ago and not polled yet",
            |it| {
                it.row.created_at = ago(120);
                it.row.last_poll_at = None;
            },
            &[],
        ),
        ("never polled", |it| it.row.last_poll_at = None, &[(Warning, Kind::TriggerNeverPolled)]),
        ("blocked", |it| it.levels.blocked = 2, &[(Warning, Kind::TriggerBlocked)]),
        (
            "paused",
            |it| {
                it.row.paused = true;
                it.row.paused_at = Some(ago(60));
                it.row.last_poll_at = Some(ago(1000));
                it.levels.blocked = 1;
            },
            &[],
        ),
        (
            "switched off",
            |it| {
                it.row.enabled = false;
                it.row.last_poll_at = None;
                it.levels.blocked = 1;
            },
            &[],
        ),
    ];
    for (case, change, expected) in cases {
        let mut schedule = trigger();
        change(&mut schedule);
        assert_eq!(found(&of_schedules(vec![schedule])), expected, "{case}");
    }
}

#[test]
fn a_scheduler_is_stalled_when_over_half_of_three_or_more_live_schedules_are_late() {
    let late = |count: usize, of: usize| {
        let schedule = |index| {
            let mut schedule = hourly();
            if index < count {
                schedule.levels.next_run = Some(ago(361));
            }
            schedule
        };
        let mut schedules: Vec<_> = (0..of).map(schedule).collect();
        // Those that have no next run do not count.
        schedules.push(trigger());
        messages(&of_schedules(schedules)).first().filter(|text| text.starts_with("orders")).cloned()
    };
    assert_eq!(late(2, 2), None);
    assert_eq!(late(1, 3), None);
    assert_eq!(late(2, 4), None);
    let expected = "orders: 2 of 3 live schedules are late: is the scheduler running?";
    assert_eq!(late(2, 3).as_deref(), Some(expected));
}

#[test]
fn executions_are_too_long_by_the_option_or_by_what_is_usual_or_after_an_hour() {
    let is_found = |age: i64, usual: Option<i64>, given: Option<u64>, status| {
        let mut active = running();
        (active.age, active.execution.status) = (seconds(age), status);
        let baselines = usual.map(|usual| (name("etl"), seconds(usual)));
        let facts = Facts { baselines: BTreeMap::from_iter(baselines), ..of_active(active) };
        let thresholds = Thresholds { too_long: given.map(Duration::from_secs), ..Thresholds::default() };
        let found = evaluate(&facts, &name("orders"), Fine, &thresholds);
        found.iter().any(|finding| (finding.severity, finding.kind) == (Warning, Kind::ExecutionTooLong))
    };
    use ExecutionStatus::{Paused, Pending, Running};
    for (most, usual, given) in [
        (3600, None, None),
        (120, Some(1), None),
        (120, Some(40), None),
        (123, Some(41), None),
        (30_000, Some(10_000), None),
        (30, Some(10_000), Some(30)),
        (30, None, Some(30)),
    ] {
        for status in [Running, Pending] {
            assert!(!is_found(most, usual, given, status), "{most} {usual:?} {given:?}");
            assert!(is_found(most + 1, usual, given, status), "{most} {usual:?} {given:?}");
        }
        assert!(!is_found(1_000_000, usual, given, Paused));
    }
}

#[test]
fn executions_that_do_not_move_are_told_with_what_holds_them() {
    type Change = fn(&mut Active);
    let cases: [(&str, Change, &[(Severity, Kind)]); 4] = [
        ("stalled", |it| it.stalled = true, &[(Critical, Kind::ExecutionStalled)]),
        ("a stale claim", |it| it.stale_claims = 1, &[(Critical, Kind::ClaimStale)]),
        ("ready for five minutes", |it| it.oldest_ready_age = seconds(300), &[]),
        ("ready for longer", |it| it.oldest_ready_age = seconds(301), &[(Warning, Kind::TaskWaiting)]),
    ];
    for (case, change, expected) in cases {
        let mut active = running();
        change(&mut active);
        assert_eq!(found(&of_active(active)), expected, "{case}");
    }
}

#[test]
fn failed_executions_are_as_bad_as_their_number() {
    let thresholds = |failed_warning, failed_critical| Thresholds {
        failed_warning,
        failed_critical,
        ..Thresholds::default()
    };
    for (given, total, expected) in [
        (thresholds(Some(1), None), 0, Fine),
        (thresholds(Some(1), None), 1, Warning),
        (thresholds(Some(3), Some(5)), 2, Fine),
        (thresholds(Some(3), Some(5)), 3, Warning),
        (thresholds(Some(3), Some(5)), 4, Warning),
        (thresholds(Some(3), Some(5)), 5, Critical),
        (thresholds(None, Some(5)), 4, Fine),
        (thresholds(None, None), u64::MAX, Fine),
    ] {
        assert_eq!(given.failed(total), expected, "{total}");
    }
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
fn a_failed_execution_is_told_with_its_tasks_attempts_and_errors() {
    let two = vec![task(Some("disk full\n\tat /data \u{1b}[31m")), task(None)];
    let never_ended = FailedExecution { ended_at: None, error: None, ..failed(3, Vec::new()) };
    let facts = of_failures(vec![failed(1, two), failed(2, Vec::new()), never_ended], 3);
    assert_eq!(
        messages(&facts),
        [
            "etl: 00000000-0000-0000-0000-000000000001 failed at 2026-11-25 11:59:00Z: task load, attempt 3: \
             disk full at /data \\u{1b}[31m; task load, attempt 3, without an error text",
            "etl: 00000000-0000-0000-0000-000000000002 failed at 2026-11-25 11:59:00Z: 1 task(s) failed",
            "etl: 00000000-0000-0000-0000-000000000003 failed at an unknown time: no failed task and no error text are \
             stored",
        ]
    );
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
    (polled.row.last_poll_at, polled.row.poll_interval_ms, polled.levels.blocked) =
        (Some(ago(300)), Some(500), 1);
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
            "hourly: a success was due by 2026-11-24 12:00:00Z, 1d ago; its last success ended at 2026-11-25 11:01:40Z",
            "hourly: a success was due by 2026-11-25 11:59:00Z, 1m ago; it has never succeeded",
            "hourly: due at 2026-11-25 10:00:00Z, late by 2h, more than its period of 1h; it has never run",
            "hourly: 1 fire started no execution so far; the engine tries again",
            "hourly: 2 fires started no execution, and the engine has given up",
            "hourly: due at 2026-11-25 11:53:20Z, late by 6m 40s, its grace being 6m; its last run was at 2026-11-25 11:00:00Z",
            "hourly: it has never run, though it was first due at 2026-11-24 13:00:00Z",
            "hourly: it can never run: the engine cannot use its cron expression `99 * * * *`",
            "hourly: it can never run: the engine does not know its time zone `Mars`",
            "hourly: it can never run: it has no next run, though it has a cron expression",
            "hourly: it can never run: its cron expression has no instant between its start and end dates",
            "watcher: 1 ended execution of it is still open for the engine, which never starts it again with its context",
            "watcher: its last successful poll was at 2026-11-25 11:55:00Z, 5m ago, though it is to be polled every 500ms",
            "watcher: no poll has succeeded since its creation at 2026-11-24 12:00:00Z, though it is to be polled every 5s",
        ]
    );
}
