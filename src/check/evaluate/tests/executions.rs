//! Facts about findings of executions and their tasks.

use std::time::Duration;

use super::*;

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
fn of_a_long_error_the_first_300_characters_are_told() {
    for (length, end) in [(300, "é"), (301, "é…")] {
        let facts = of_failures(vec![failed(1, vec![task(Some(&"é".repeat(length)))])], 1);
        let messages = messages(&facts);
        assert_eq!(messages[0].matches('é').count(), 300);
        assert!(messages[0].ends_with(end), "{}", messages[0]);
    }
}

#[test]
fn executions_that_do_not_move_are_told_with_what_holds_them() {
    let cases: [Case<Active>; 4] = [
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

#[test]
fn a_failed_execution_is_told_with_its_tasks_attempts_and_errors() {
    let two = vec![task(Some("disk full\n\tat /data \u{1b}[31m")), task(None)];
    let never_ended = FailedExecution { ended_at: None, error: None, ..failed(3, Vec::new()) };
    let facts = of_failures(vec![failed(1, two), failed(2, Vec::new()), never_ended], 3);
    assert_eq!(
        messages(&facts),
        [
            "etl: 00000000-0000-0000-0000-000000000001 failed at 2026-11-25T11:59:00Z: task load, attempt 3: \
             disk full\\n\\tat /data \\u{1b}[31m; task load, attempt 3, without an error text",
            "etl: 00000000-0000-0000-0000-000000000002 failed at 2026-11-25T11:59:00Z: 1 task(s) failed",
            "etl: 00000000-0000-0000-0000-000000000003 failed at an unknown time: no failed task and no error text are \
             stored",
        ]
    );
}
