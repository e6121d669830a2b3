//! Which instants are expected, and what is told of the schedule itself.

use super::*;

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
    // 02:30 does not exist on the 29th: it is taken for 03:00 summer time, the first instant after the gap.
    (case.since, case.now) = (day("2026-03-28T00:00:00Z"), day("2026-03-31T00:00:00Z"));
    let gap = ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"];
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
    for (cron, zone) in [("every day", "UTC"), ("", "UTC"), ("* * * * *", "Mars/Base")] {
        case.schedule.cron = Some(Arc::from(cron));
        case.schedule.timezone = Some(Arc::from(zone));
        case.check("rows 1, succeeded 1", &[(Kind::Invalid, minute(65))]);
    }
    case.schedule.enabled = false;
    case.check("rows 1, succeeded 1", &[]);
}

#[test]
fn without_an_expression_it_is_due_every_minute_if_it_has_a_next_run_and_never_if_not() {
    let mut case = case();
    case.rows = vec![on_time(40)];
    case.schedule.cron = None;
    let (closed, _) = case.close(1000);
    let every_minute =
        Case { schedule: Schedule { cron: Some(Arc::from("* * * * *")), ..case.schedule.clone() }, ..case };
    assert_eq!(closed.totals, every_minute.close(1000).0.totals);
    let never = Schedule { cron: None, next_run_at: None, ..every_minute.schedule.clone() };
    Case { schedule: never, ..every_minute }.check("rows 1, succeeded 1", &[]);
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
        // Ended just under 20 minutes ago: recovery may yet close it.
        Fire { completed_at: None, ..fire(45) },
        unlinked(33),
        Fire { completed_at: None, ..unlinked(34) },
        Fire { completed_at: None, ..unlinked(60) },
    ];
    let found = [
        (Kind::Lost, minute(34).plus(Span(5000))),
        (Kind::HandoffFailed, minute(33).plus(Span(5000))),
        (Kind::Blocked, minute(32).plus(Span(5000))),
    ];
    case.check("rows 6, succeeded 3", &found);
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
