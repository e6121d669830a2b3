//! Each case: a schedule, its rows and the clock, and what the ledger makes of them. Instants are minutes or seconds after
//! an hour that all cases share.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::*;
use crate::config::{Patterns, ScheduleOverride};
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

#[test]
fn rows_on_time_leave_nothing_to_say() {
    let rows = vec![on_time(30), on_time(40), on_time(50), on_time(60)];
    Case { rows, ..case() }.check("expected 4, on_time 4, rows 4, succeeded 4", &[]);
}

#[test]
fn a_late_row_a_caught_up_one_and_a_recovered_one_are_told_apart() {
    let recovered = Fire { recovery_attempts: 1, ..row(minute(60), minute(60)) };
    let rows = vec![
        row(minute(30), second(1861)),
        row(minute(40), minute(40).plus(Span::from_seconds(60))),
        row(minute(50), minute(60)),
        recovered,
    ];
    Case { rows, ..case() }.check(
        "expected 4, on_time 1, late 1, catchup 1, recovered 1, rows 4, succeeded 4",
        &[(Kind::Catchup, minute(50)), (Kind::Late, minute(30)), (Kind::Recovered, minute(60))],
    );
}

#[test]
fn a_grace_from_the_configuration_is_used() {
    let given = ScheduleOverride {
        schedules: Patterns::new(["e*"]).unwrap(),
        grace: Some(Duration::from_secs(1)),
        succeeds_within: None,
    };
    let metrics = Metrics { schedule_overrides: vec![given], ..Metrics::default() };
    let rows = vec![row(minute(60), second(3601)), row(minute(60), second(3602))];
    for (fire, late) in rows.into_iter().zip([false, true]) {
        let case = Case { metrics: metrics.clone(), since: minute(60), rows: vec![fire], ..case() };
        let findings: &[_] = if late { &[(Kind::Late, minute(60))] } else { &[] };
        let standing = if late { "late" } else { "on_time" };
        case.check(&format!("expected 1, {standing} 1, rows 1, succeeded 1"), findings);
    }
}

#[test]
fn instants_that_skip_moved_past_without_a_row_are_missed() {
    let rows = vec![on_time(30), on_time(60)];
    Case { rows, ..case() }.check(
        "expected 4, on_time 2, missed 2, rows 2, succeeded 2",
        &[(Kind::Missed, minute(40)), (Kind::Missed, minute(50))],
    );
}

#[test]
fn without_any_row_all_are_missed_once_the_engine_moved_on() {
    let all = [30, 40, 50, 60].map(|at| (Kind::Missed, minute(at)));
    case().check("expected 4, missed 4", &all);
}

#[test]
fn what_the_engine_has_not_come_to_is_pending_within_its_grace_and_then_overdue_once() {
    let mut case = case();
    case.schedule.next_run_at = Some(minute(50));
    case.rows = vec![on_time(30), on_time(40)];
    case.now = minute(61);
    case.check(
        "expected 4, on_time 2, overdue 1, pending 1, rows 2, succeeded 2",
        &[(Kind::Overdue, minute(50))],
    );
    let (_, found) = case.close(1000);
    assert_eq!(found[0].2, "1 due and not claimed, the oldest for 11m; does the engine run?");
    case.now = second(3661);
    case.check("expected 4, on_time 2, overdue 2, rows 2, succeeded 2", &[(Kind::Overdue, minute(50))]);
}

#[test]
fn the_row_of_a_claim_just_made_may_still_come() {
    let mut case = case();
    case.rows = vec![on_time(30), on_time(40), on_time(50)];
    case.now = minute(60).plus(Span(20_000));
    case.check("expected 4, on_time 3, pending 1, rows 3, succeeded 3", &[]);
    case.now = minute(62).plus(Span(10_001));
    case.check("expected 4, on_time 3, missed 1, rows 3, succeeded 3", &[(Kind::Missed, minute(60))]);
}

#[test]
fn run_all_is_only_past_what_it_claimed_and_waits_for_a_batch_under_way() {
    let mut case = case();
    case.schedule.catchup = Some(Arc::from("run_all"));
    let running = ended_as(ExecutionStatus::Running, row(minute(30), second(3601)));
    case.rows = vec![Fire { completed_at: None, ..running }];
    case.check("expected 4, catchup 1, pending 3, rows 1, running 1", &[(Kind::Catchup, minute(30))]);
    // It has ended two minutes ago, and nothing followed.
    case.rows = vec![row(minute(30), second(3601))];
    case.now = second(3602 + 120);
    case.check("expected 4, catchup 1, pending 3, rows 1, succeeded 1", &[(Kind::Catchup, minute(30))]);
    case.now = second(3603 + 120);
    let missed = [40, 50, 60].map(|at| (Kind::Missed, minute(at)));
    case.check(
        "expected 4, catchup 1, missed 3, rows 1, succeeded 1",
        &[missed.as_slice(), &[(Kind::Catchup, minute(30))]].concat(),
    );
    // Not claimed yet.
    case.schedule.last_run_at = Some(minute(45));
    case.now = second(3661);
    let found = [(Kind::Missed, minute(40)), (Kind::Overdue, minute(50)), (Kind::Catchup, minute(30))];
    case.rows = vec![row(minute(30), second(2701))];
    case.check("expected 4, catchup 1, missed 1, overdue 2, rows 1, succeeded 1", &found);
}

#[test]
fn a_hole_behind_a_later_batch_is_missed_only_when_its_own_batch_is_done() {
    let mut case = case();
    case.schedule.catchup = Some(Arc::from("run_all"));
    let first = row(minute(30), second(2401));
    let running = ended_as(ExecutionStatus::Running, Fire { completed_at: None, ..first.clone() });
    case.rows = vec![running, on_time(50), on_time(60)];
    case.check(
        "expected 4, on_time 2, catchup 1, pending 1, rows 3, succeeded 2, running 1",
        &[(Kind::Catchup, minute(30))],
    );
    case.rows[0] = first;
    let found = [(Kind::Missed, minute(40)), (Kind::Catchup, minute(30))];
    case.check("expected 4, on_time 2, catchup 1, missed 1, rows 3, succeeded 3", &found);
}

#[test]
fn a_row_without_an_execution_is_pending_then_lost_then_abandoned() {
    let mut case = case();
    case.since = minute(60);
    case.rows = vec![open(minute(60), minute(60))];
    case.now = minute(70);
    case.check("expected 1, pending 1, rows 1", &[]);
    case.now = Timestamp(minute(70).0 + 1);
    case.schedule.next_run_at = Some(minute(80));
    case.schedule.end_date = Some(minute(61));
    case.check("expected 1, lost 1, rows 1", &[(Kind::Lost, minute(60))]);
    case.rows[0].recovery_attempts = 4;
    case.check("expected 1, abandoned 1, rows 1", &[(Kind::Abandoned, minute(60))]);
    case.rows[0].recovery_attempts = 3;
    case.now = minute(60 + 1440).plus(Span(1));
    case.check("expected 1, abandoned 1, rows 1", &[(Kind::Abandoned, minute(60))]);
}

#[test]
fn an_active_execution_that_is_linked_at_its_end_only_can_be_that_of_the_last_row_before_it() {
    let mut case = case();
    case.now = minute(90);
    case.since = minute(50);
    case.schedule.end_date = Some(minute(61));
    case.rows = vec![open(minute(50), minute(50)), open(minute(60), minute(60))];
    case.active = vec![second(3601)];
    case.check("expected 2, lost 1, pending 1, rows 2", &[(Kind::Lost, minute(50))]);
    case.active = vec![second(3599)];
    case.check("expected 2, lost 1, pending 1, rows 2", &[(Kind::Lost, minute(60))]);
    case.now = minute(3000);
    case.check("expected 2, abandoned 1, pending 1, rows 2", &[(Kind::Abandoned, minute(60))]);
}

#[test]
fn a_failed_handoff_is_one_whatever_comes_later() {
    let failed = Fire { execution: None, ..on_time(60) };
    Case { since: minute(60), rows: vec![failed], ..case() }
        .check("expected 1, handoff_failed 1, rows 1", &[(Kind::HandoffFailed, minute(60))]);
}

#[test]
fn executions_that_did_not_end_well_are_listed_beside_their_fires_outcome() {
    let rows = vec![
        ended_as(ExecutionStatus::Failed, on_time(40)),
        ended_as(ExecutionStatus::Cancelled, on_time(50)),
        ended_as(ExecutionStatus::Other, on_time(60)),
    ];
    let case = Case { since: minute(40), rows, ..case() };
    case.check(
        "expected 3, on_time 3, rows 3, failed 1, cancelled 1",
        &[(Kind::Failed, minute(40)), (Kind::Cancelled, minute(50))],
    );
    assert_eq!(case.close(1000).1[0].2, "the execution failed, 1s after the fire began");
}

#[test]
fn rows_at_which_nothing_was_expected_are_listed_and_not_counted() {
    let rows = vec![row(minute(29), minute(31)), row(minute(35), minute(35)), on_time(40)];
    Case { rows, now: minute(50), ..case() }.check(
        "expected 2, on_time 1, missed 1, unexpected 1, rows 3, succeeded 3",
        &[(Kind::Missed, minute(30)), (Kind::Unexpected, minute(35))],
    );
}

#[test]
fn nothing_is_expected_while_disabled_nor_after_a_pause_that_lasts() {
    let mut case = case();
    case.schedule.paused = true;
    case.schedule.paused_at = Some(minute(45));
    case.rows = vec![on_time(30), on_time(40)];
    case.check("expected 2, on_time 2, rows 2, succeeded 2", &[]);
    case.schedule.paused = false;
    case.check(
        "expected 4, on_time 2, missed 2, rows 2, succeeded 2",
        &[(Kind::Missed, minute(50)), (Kind::Missed, minute(60))],
    );
    case.schedule.enabled = false;
    case.check("rows 2, succeeded 2", &[]);
}

#[test]
fn start_and_end_dates_and_the_creation_bound_what_is_expected() {
    let mut case = case();
    case.schedule.start_date = Some(minute(40));
    case.schedule.end_date = Some(minute(60));
    let missed = [40, 50].map(|at| (Kind::Missed, minute(at)));
    case.check("expected 2, missed 2", &missed);
    case.schedule.created_at = minute(41);
    case.check("expected 1, missed 1", &missed[1..]);
    case.schedule.next_run_at = Some(minute(40));
    case.check("expected 1, missed 1", &missed[1..]);
    case.schedule.start_date = Some(minute(61));
    case.check("", &[]);
}

#[test]
fn seconds_are_understood() {
    let mut case = case();
    case.schedule.cron = Some(Arc::from("*/20 * * * * *"));
    (case.since, case.now) = (second(3600), second(3661));
    case.schedule.next_run_at = Some(second(3680));
    case.schedule.last_run_at = Some(second(3640));
    case.rows = vec![row(second(3600), second(3600)), row(second(3640), second(3640))];
    case.check(
        "expected 4, on_time 2, missed 2, rows 2, succeeded 2",
        &[(Kind::Missed, second(3620)), (Kind::Missed, second(3660))],
    );
}

#[test]
fn a_gap_and_an_overlap_of_daylight_saving_are_taken_as_the_engine_takes_them() {
    let day = |text: &str| Timestamp(chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros());
    let mut case = case();
    case.schedule.cron = Some(Arc::from("30 2 * * *"));
    case.schedule.timezone = Some(Arc::from("Europe/Berlin"));
    case.schedule.next_run_at = Some(Timestamp::MAX);
    case.schedule.last_run_at = None;
    case.schedule.created_at = Timestamp(0);
    // 02:30 does not exist on the 29th: it is taken for 03:30 summer time.
    (case.since, case.now) = (day("2026-03-28T00:00:00Z"), day("2026-03-31T00:00:00Z"));
    let gap = ["2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"];
    case.check("expected 3, missed 3", &gap.map(|at| (Kind::Missed, day(at))));
    // 02:30 comes twice on the 25th.
    (case.since, case.now) = (day("2026-10-24T00:00:00Z"), day("2026-10-27T00:00:00Z"));
    let overlap = ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"];
    case.check("expected 3, missed 3", &overlap.map(|at| (Kind::Missed, day(at))));
}

#[test]
fn a_schedule_that_can_never_fire_is_invalid_unless_it_is_disabled() {
    let mut case = case();
    case.rows = vec![on_time(40)];
    for (cron, zone) in [(Some("every day"), "UTC"), (None, "UTC"), (Some("* * * * *"), "Mars/Base")] {
        case.schedule.cron = cron.map(Arc::from);
        case.schedule.timezone = Some(Arc::from(zone));
        case.check("rows 1, succeeded 1", &[(Kind::Invalid, minute(65))]);
    }
    case.schedule.enabled = false;
    case.check("rows 1, succeeded 1", &[]);
}

#[test]
fn without_instants_and_rows_there_is_nothing() {
    Case { since: minute(61), ..case() }.check("", &[]);
}

#[test]
fn too_many_instants_are_cut_and_rows_beyond_are_not_judged() {
    let rows = vec![on_time(30), on_time(40), on_time(50), Fire { execution: None, ..on_time(60) }];
    let (closed, found) = Case { rows, ..case() }.close(2);
    assert_eq!(closed.cut_at, Some(minute(50)));
    assert_eq!((closed.totals.expected(), closed.totals.rows, closed.totals.unexpected), (2, 4, 0));
    let kinds: Vec<_> = found.into_iter().map(|(kind, at, _)| (kind, at)).collect();
    assert_eq!(kinds, [(Kind::HandoffFailed, minute(60))]);
}

#[test]
fn the_engines_own_statistics_count_links_and_old_rows_without_one() {
    let mut case = case();
    let failed = Fire { execution: None, ..on_time(40) };
    case.rows = vec![
        on_time(30),
        failed,
        ended_as(ExecutionStatus::Other, on_time(50)),
        open(minute(60), minute(60)),
    ];
    let engine = case.close(1000).0.totals.engine;
    assert_eq!((engine.total, engine.successful, engine.lost), (4, 2, 2));
}

#[test]
fn a_triggers_fires_are_counted_and_blocked_ones_and_stale_polls_told_once() {
    let mut case = case();
    case.schedule.kind = ScheduleKind::Trigger;
    case.schedule.poll_interval_ms = Some(60_000);
    case.schedule.last_poll_at = Some(minute(62));
    let fire = |minutes| Fire { scheduled_time: None, ..on_time(minutes) };
    let unlinked = |minutes| Fire { execution: None, ..fire(minutes) };
    case.rows = vec![
        Fire { completed_at: None, ..fire(31) },
        Fire { completed_at: None, ..fire(32) },
        unlinked(33),
        Fire { completed_at: None, ..unlinked(34) },
        Fire { completed_at: None, ..unlinked(60) },
    ];
    let found = [
        (Kind::Lost, minute(34).plus(Span(5000))),
        (Kind::HandoffFailed, minute(33).plus(Span(5000))),
        (Kind::Blocked, minute(32).plus(Span(5000))),
    ];
    case.check("rows 5, succeeded 2", &found);
    case.rows.clear();
    case.now = minute(65).plus(Span(1));
    case.check("", &[(Kind::StalePoll, minute(62))]);
    case.schedule.paused = true;
    case.check("", &[]);
    case.schedule.paused = false;
    case.schedule.last_poll_at = None;
    let (_, found) = case.close(1000);
    assert_eq!(found[0].2, "no successful poll for 34d 18h (never), one is due every 1m");
}
