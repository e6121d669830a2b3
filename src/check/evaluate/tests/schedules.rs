//! Facts about findings of schedules, triggers and the scheduler.

use super::*;
use crate::state::schedules::levels::RECOVERED_BY;

fn block(schedule: &mut ScheduleFacts, count: u64, oldest: Span) {
    (schedule.levels.blocked, schedule.levels.oldest_blocked_age) = (count, oldest);
}

#[test]
fn schedules_are_judged_by_their_own_rhythm() {
    let cases: [Case<ScheduleFacts>; 24] = [
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
    let cases: [Case<ScheduleFacts>; 12] = [
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
        (
            "blocked beyond recovery",
            |it| block(it, 2, RECOVERED_BY.plus(Span(1))),
            &[(Warning, Kind::TriggerBlocked)],
        ),
        ("blocked, and recovery may yet close it", |it| block(it, 2, RECOVERED_BY), &[]),
        (
            "paused",
            |it| {
                it.row.paused = true;
                it.row.paused_at = Some(ago(60));
                it.row.last_poll_at = Some(ago(1000));
                block(it, 1, RECOVERED_BY.times(2));
            },
            &[],
        ),
        (
            "switched off",
            |it| {
                it.row.enabled = false;
                it.row.last_poll_at = None;
                block(it, 1, RECOVERED_BY.times(2));
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
fn a_scheduler_is_stalled_when_several_schedules_are_late_and_nothing_happened_since() {
    let late = |count: usize, of: usize, polled: Option<Timestamp>| {
        let schedule = |index| {
            let mut schedule = hourly();
            schedule.levels.last_run = Some(ago(4000));
            if index < count {
                // They became late at 11:59:59 and before.
                schedule.levels.next_run = Some(ago(361 + index as i64));
            }
            schedule
        };
        let mut schedules: Vec<_> = (0..of).map(schedule).collect();
        let mut trigger = trigger();
        trigger.row.last_poll_at = polled;
        schedules.push(trigger);
        messages(&of_schedules(schedules)).first().filter(|text| text.starts_with("orders")).cloned()
    };
    let expected = "orders: 2 schedules are late, and none was claimed nor a trigger polled since \
                    2026-11-25T11:59:58Z: is the scheduler running?";
    assert_eq!(late(1, 3, None), None);
    assert_eq!(late(2, 9, None).as_deref(), Some(expected));
    assert_eq!(late(2, 2, Some(ago(2))).as_deref(), Some(expected));
    assert_eq!(late(2, 2, Some(ago(1))), None);
}
