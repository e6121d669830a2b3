//! What becomes of instants with and without rows.

use std::time::Duration;

use super::*;
use crate::config::{Patterns, ScheduleOverride};

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
