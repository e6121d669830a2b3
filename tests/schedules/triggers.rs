//! Triggers: polls that stand still, fires, and executions that keep a trigger from firing again.

use cloacina_exporter::record::{ExecutionStatus, Fire, Schedule};

use crate::builders::*;
use crate::situation::*;

const FAMILIES: [&str; 10] = [
    "trigger_last_poll_timestamp_seconds",
    "trigger_poll_interval_seconds",
    "trigger_fires_total",
    "trigger_blocked_executions",
    "schedule_last_run_timestamp_seconds",
    "schedule_next_run_timestamp_seconds",
    "schedule_active_executions",
    "schedule_handoffs",
    "schedule_fires_total",
    "schedule_invalid",
];

#[test]
fn triggers_show_their_polls_and_fires() {
    check(&FAMILIES, &situations());
}

/// Polled every 5 s, last at `at`.
fn inbox(at: &str) -> Schedule {
    let created = trigger("etl", "etl").created(time("2026-11-01 00:00"));
    Schedule { poll_interval_ms: Some(5000), last_poll_at: Some(time(at)), ..created }
}

fn pulled(at: &str) -> Fire {
    pull(&inbox("10:00"), time(at))
}

/// Its execution has ended, and its fire stays open.
fn stuck(at: &str) -> Fire {
    pulled(at).linked(ExecutionStatus::Completed, Some(time(at)))
}

pub fn situations() -> Vec<Situation> {
    [polls(), fires(), blocked()].into_iter().flatten().collect()
}

fn polls() -> Vec<Situation> {
    vec![
        situation(
            "a trigger that is polled shows when, and how often it is to be",
            [polled("10:00:02", [inbox("10:00")])],
            "trigger_last_poll_timestamp_seconds 2026-11-23 10:00:00
             trigger_poll_interval_seconds 5",
        ),
        situation(
            "a trigger that fails or hangs stands still",
            [polled("10:00:02", [inbox("10:00")]), polled("11:00", [inbox("10:00")])],
            "trigger_last_poll_timestamp_seconds 2026-11-23 10:00:00
             trigger_poll_interval_seconds 5",
        ),
        situation(
            "a trigger that was never polled has no time",
            [polled("10:00", [Schedule { last_poll_at: None, ..inbox("10:00") }])],
            "trigger_poll_interval_seconds 5",
        ),
        situation(
            "a trigger has no next run, whatever is left in its columns, and is not invalid",
            {
                let odd = inbox("10:00").due(time("09:00")).zone("Mars/Olympus");
                [polled("10:00", [Schedule { cron: Some("nonsense".into()), ..odd }])]
            },
            "trigger_last_poll_timestamp_seconds 2026-11-23 10:00:00
             trigger_poll_interval_seconds 5",
        ),
    ]
}

fn fires() -> Vec<Situation> {
    vec![
        situation(
            "each fire counts once, however often it is read; the newest is its last run",
            [
                polled("10:00", [inbox("10:00")]),
                polled("10:05", [inbox("10:05")]).fires([pulled("10:01"), pulled("10:04").running()]),
                polled("10:06", [inbox("10:05")])
                    .fires([pulled("10:01").running(), pulled("10:04").running()]),
                polled("10:07", [inbox("10:05")])
                    .fires([pulled("10:01").succeeded(time("10:06")), pulled("10:04").running()]),
            ],
            "trigger_last_poll_timestamp_seconds 2026-11-23 10:05:00
             trigger_poll_interval_seconds 5
             trigger_fires_total 2
             schedule_last_run_timestamp_seconds 2026-11-23 10:04:00
             schedule_active_executions 1",
        ),
        situation(
            "the first poll counts no fires",
            [polled("10:05", [inbox("10:05")]).fires([pulled("10:01").succeeded(time("10:02"))])],
            "trigger_last_poll_timestamp_seconds 2026-11-23 10:05:00
             trigger_poll_interval_seconds 5
             schedule_last_run_timestamp_seconds 2026-11-23 10:01:00",
        ),
        situation(
            "nor later those that it found",
            [
                polled("10:05", [inbox("10:05")]).fires([pulled("10:04").running()]),
                polled("10:06", [inbox("10:05")]).fires([pulled("10:04").succeeded(time("10:05:30"))]),
            ],
            "trigger_last_poll_timestamp_seconds 2026-11-23 10:05:00
             trigger_poll_interval_seconds 5
             schedule_last_run_timestamp_seconds 2026-11-23 10:04:00",
        ),
        situation(
            "a trigger is linked after the end: until then its execution is known by its start",
            [
                polled("10:00", [inbox("10:00")]),
                polled("10:30", [inbox("10:30")])
                    .fires([pulled("10:10")])
                    .executions([execution("etl").created(time("10:10")).started(time("10:10"))]),
            ],
            "trigger_last_poll_timestamp_seconds 2026-11-23 10:30:00
             trigger_poll_interval_seconds 5
             trigger_fires_total 1
             schedule_last_run_timestamp_seconds 2026-11-23 10:10:00
             schedule_active_executions 1",
        ),
        situation(
            "fires of a disabled trigger stay counted",
            [
                polled("10:00", [inbox("10:00")]),
                polled("10:05", [inbox("10:05")]).fires([pulled("10:01").succeeded(time("10:02"))]),
                polled("10:06", [inbox("10:05").disabled()]),
            ],
            "trigger_last_poll_timestamp_seconds 2026-11-23 10:05:00
             trigger_poll_interval_seconds 5
             trigger_fires_total 1
             schedule_last_run_timestamp_seconds 2026-11-23 10:01:00",
        ),
    ]
}

fn blocked() -> Vec<Situation> {
    let first = || polled("10:00", [inbox("10:00")]);
    vec![
        situation(
            "an execution that has ended while its fire stays open blocks the trigger",
            [first(), polled("10:05", [inbox("10:05")]).fires([stuck("10:01")])],
            "trigger_last_poll_timestamp_seconds 2026-11-23 10:05:00
             trigger_poll_interval_seconds 5
             trigger_fires_total 1
             trigger_blocked_executions 1
             schedule_last_run_timestamp_seconds 2026-11-23 10:01:00",
        ),
        situation(
            "it does for days",
            [
                first(),
                polled("10:05", [inbox("10:05")]).fires([stuck("10:01")]),
                polled("2026-11-30 10:05", [inbox("10:05")]).fires([stuck("10:01")]),
            ],
            "trigger_last_poll_timestamp_seconds 2026-11-23 10:05:00
             trigger_poll_interval_seconds 5
             trigger_fires_total 1
             trigger_blocked_executions 1
             schedule_last_run_timestamp_seconds 2026-11-23 10:01:00",
        ),
        situation(
            "the engine's recovery closes the fire, and the trigger is free",
            [
                first(),
                polled("10:05", [inbox("10:05")]).fires([stuck("10:01")]),
                polled("10:20", [inbox("10:05")]).fires([stuck("10:01").closed(time("10:15"))]),
            ],
            "trigger_last_poll_timestamp_seconds 2026-11-23 10:05:00
             trigger_poll_interval_seconds 5
             trigger_fires_total 1
             schedule_last_run_timestamp_seconds 2026-11-23 10:01:00",
        ),
        situation(
            "it is looked at once a minute: in between it counts as it was",
            [
                first(),
                polled("10:05", [inbox("10:05")]).fires([stuck("10:01")]),
                polled("10:05:15", [inbox("10:05")]),
            ],
            "trigger_last_poll_timestamp_seconds 2026-11-23 10:05:00
             trigger_poll_interval_seconds 5
             trigger_fires_total 1
             trigger_blocked_executions 1
             schedule_last_run_timestamp_seconds 2026-11-23 10:01:00",
        ),
        situation(
            "deleted, it blocks no more",
            [
                first(),
                polled("10:05", [inbox("10:05")]).fires([stuck("10:01")]),
                polled("10:06:15", [inbox("10:05")]),
            ],
            "trigger_last_poll_timestamp_seconds 2026-11-23 10:05:00
             trigger_poll_interval_seconds 5
             trigger_fires_total 1
             schedule_last_run_timestamp_seconds 2026-11-23 10:01:00",
        ),
        situation(
            "blocked executions count to a thousand",
            {
                let stuck =
                    |n: i64| pull(&inbox("10:00"), time("10:01").plus(cloacina_exporter::record::Span(n)));
                let ended = move |n| stuck(n).linked(ExecutionStatus::Completed, Some(time("10:02")));
                [first(), polled("10:05", [inbox("10:05")]).fires((0..1001).map(ended))]
            },
            "trigger_last_poll_timestamp_seconds 2026-11-23 10:05:00
             trigger_poll_interval_seconds 5
             trigger_fires_total 1001
             trigger_blocked_executions 1000
             schedule_last_run_timestamp_seconds 2026-11-23 10:01:00.001",
        ),
        situation(
            "an execution that runs does not block it",
            [first(), polled("10:05", [inbox("10:05")]).fires([pulled("10:01").running()])],
            "trigger_last_poll_timestamp_seconds 2026-11-23 10:05:00
             trigger_poll_interval_seconds 5
             trigger_fires_total 1
             schedule_last_run_timestamp_seconds 2026-11-23 10:01:00
             schedule_active_executions 1",
        ),
        situation(
            "an ended execution of a cron schedule whose fire is open blocks nothing",
            [polled("10:05", [hourly()]).fires([fire(&hourly(), time("09:00"), time("09:00"))
                .linked(ExecutionStatus::Failed, Some(time("09:01")))])],
            "schedule_next_run_timestamp_seconds 2026-11-23 10:00:00
             schedule_last_run_timestamp_seconds 2026-11-23 09:00:00",
        ),
    ]
}
