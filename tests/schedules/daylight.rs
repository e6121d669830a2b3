//! Daylight saving: what an hour that does not exist, or exists twice, does to a schedule.
//!
//! The engine's parser moves an instant that does not exist to the end of the gap, and takes the first of two.

use cloacina_exporter::record::{Schedule, Span};

use crate::builders::*;
use crate::situation::*;
use crate::timeline::Poll;

const FAMILIES: [&str; 4] = [
    "schedule_next_run_timestamp_seconds",
    "schedule_interval_seconds",
    "schedule_success_deadline_timestamp_seconds",
    "schedule_fires_total",
];

#[test]
fn intervals_and_fires_over_changes_of_the_clock() {
    check(&FAMILIES, &situations());
}

/// A poll 10 minutes before the next run, of a schedule that was created 20 minutes before it.
fn before(zone: &str, expression: &str, next: &str) -> [Poll; 1] {
    let ago = |minutes: i64| time(next).minus(Span::from_seconds(minutes * 60));
    let row = etl(expression).zone(zone).created(ago(20)).due(time(next));
    [crate::timeline::poll(ago(10)).schedules([row])]
}

fn half_hourly(zone: &str) -> Schedule {
    etl("*/30 * * * *").zone(zone)
}

pub fn situations() -> Vec<Situation> {
    vec![
        situation(
            "New York, spring: 02:00 does not exist and is 03:00; the next is 23 hours later",
            before("America/New_York", "0 2 * * *", "2026-03-08 07:00"),
            "schedule_next_run_timestamp_seconds 2026-03-08 07:00:00
             schedule_interval_seconds 82800
             schedule_success_deadline_timestamp_seconds 2026-03-08 07:15:00",
        ),
        situation(
            "New York, spring: 02:30 does not exist and is 03:00",
            before("America/New_York", "30 2 * * *", "2026-03-08 07:00"),
            "schedule_next_run_timestamp_seconds 2026-03-08 07:00:00
             schedule_interval_seconds 84600
             schedule_success_deadline_timestamp_seconds 2026-03-08 07:15:00",
        ),
        situation(
            "New York, spring: every half hour goes on as if nothing were",
            before("America/New_York", "*/30 * * * *", "2026-03-08 06:30"),
            "schedule_next_run_timestamp_seconds 2026-03-08 06:30:00
             schedule_interval_seconds 1800
             schedule_success_deadline_timestamp_seconds 2026-03-08 06:33:00",
        ),
        situation(
            "Berlin, spring: 02:00 is 03:00",
            before("Europe/Berlin", "0 2 * * *", "2026-03-29 01:00"),
            "schedule_next_run_timestamp_seconds 2026-03-29 01:00:00
             schedule_interval_seconds 82800
             schedule_success_deadline_timestamp_seconds 2026-03-29 01:15:00",
        ),
        situation(
            "Berlin, spring: 02:30 is 03:00",
            before("Europe/Berlin", "30 2 * * *", "2026-03-29 01:00"),
            "schedule_next_run_timestamp_seconds 2026-03-29 01:00:00
             schedule_interval_seconds 84600
             schedule_success_deadline_timestamp_seconds 2026-03-29 01:15:00",
        ),
        situation(
            "Berlin, spring: every half hour",
            before("Europe/Berlin", "*/30 * * * *", "2026-03-29 00:30"),
            "schedule_next_run_timestamp_seconds 2026-03-29 00:30:00
             schedule_interval_seconds 1800
             schedule_success_deadline_timestamp_seconds 2026-03-29 00:33:00",
        ),
        situation(
            "New York, autumn: 02:00 exists once, 25 hours after the day before",
            before("America/New_York", "0 2 * * *", "2026-10-31 06:00"),
            "schedule_next_run_timestamp_seconds 2026-10-31 06:00:00
             schedule_interval_seconds 90000
             schedule_success_deadline_timestamp_seconds 2026-10-31 06:15:00",
        ),
        situation(
            "New York, autumn: 01:30 exists twice, and fires at the first",
            before("America/New_York", "30 1 * * *", "2026-11-01 05:30"),
            "schedule_next_run_timestamp_seconds 2026-11-01 05:30:00
             schedule_interval_seconds 90000
             schedule_success_deadline_timestamp_seconds 2026-11-01 05:45:00",
        ),
        situation(
            "New York, autumn: every half hour pauses for the second of the two hours",
            before("America/New_York", "*/30 * * * *", "2026-11-01 05:30"),
            "schedule_next_run_timestamp_seconds 2026-11-01 05:30:00
             schedule_interval_seconds 5400
             schedule_success_deadline_timestamp_seconds 2026-11-01 05:39:00",
        ),
        situation(
            "Berlin, autumn: 02:00 exists twice, and fires at the first",
            before("Europe/Berlin", "0 2 * * *", "2026-10-25 00:00"),
            "schedule_next_run_timestamp_seconds 2026-10-25 00:00:00
             schedule_interval_seconds 90000
             schedule_success_deadline_timestamp_seconds 2026-10-25 00:15:00",
        ),
        situation(
            "Berlin, autumn: 02:30 exists twice, and fires at the first",
            before("Europe/Berlin", "30 2 * * *", "2026-10-25 00:30"),
            "schedule_next_run_timestamp_seconds 2026-10-25 00:30:00
             schedule_interval_seconds 90000
             schedule_success_deadline_timestamp_seconds 2026-10-25 00:45:00",
        ),
        situation(
            "Berlin, autumn: every half hour pauses for the second of the two hours",
            before("Europe/Berlin", "*/30 * * * *", "2026-10-25 00:30"),
            "schedule_next_run_timestamp_seconds 2026-10-25 00:30:00
             schedule_interval_seconds 5400
             schedule_success_deadline_timestamp_seconds 2026-10-25 00:39:00",
        ),
        situation(
            "Lord Howe, autumn: the clock goes back by half an hour alone",
            before("Australia/Lord_Howe", "*/15 * * * *", "2026-04-04 14:45"),
            "schedule_next_run_timestamp_seconds 2026-04-04 14:45:00
             schedule_interval_seconds 2700
             schedule_success_deadline_timestamp_seconds 2026-04-04 14:34:30",
        ),
        situation(
            "nothing is missed in the second of two equal hours",
            {
                let row = half_hourly("America/New_York");
                let first = row.clone().claimed(time("2026-11-01 05:00:01"), time("2026-11-01 05:30"));
                let last = row.clone().claimed(time("2026-11-01 05:30:01"), time("2026-11-01 07:00"));
                let moved = row.clone().claimed(time("2026-11-01 07:00:01"), time("2026-11-01 07:30"));
                let fires = ["05:30", "07:00"].map(|due| {
                    let due = time(&format!("2026-11-01 {due}"));
                    fire(&row, due, due).succeeded(due)
                });
                [
                    polled("2026-11-01 05:10", [first]),
                    polled("2026-11-01 06:10", [last]).fires([fires[0].clone()]),
                    polled("2026-11-01 07:10", [moved.clone()]).fires(fires),
                    polled("2026-11-01 07:15", [moved]),
                ]
            },
            r#"schedule_next_run_timestamp_seconds 2026-11-01 07:30:00
               schedule_interval_seconds 1800
               schedule_success_deadline_timestamp_seconds 2026-11-01 07:33:00
               schedule_fires_total{outcome="on_time"} 2"#,
        ),
        situation(
            "a schedule of the second of two equal hours is not expected to have fired in the first",
            {
                let row = half_hourly("America/New_York").created(time("2026-11-01 06:05"));
                let next = row.clone().due(time("2026-11-01 07:00"));
                let moved = row.claimed(time("2026-11-01 07:00:01"), time("2026-11-01 07:30"));
                [
                    polled("2026-11-01 06:00", []),
                    polled("2026-11-01 06:10", [next]),
                    polled("2026-11-01 07:10", [moved.clone()]),
                    polled("2026-11-01 07:15", [moved]),
                ]
            },
            r#"schedule_next_run_timestamp_seconds 2026-11-01 07:30:00
               schedule_interval_seconds 1800
               schedule_success_deadline_timestamp_seconds 2026-11-01 07:03:00
               schedule_fires_total{outcome="missed"} 1"#,
        ),
        situation(
            "an hour that does not exist costs no fire: 01:30, 03:00 and 03:30",
            {
                let row = half_hourly("Europe/Berlin").created(time("2026-03-29 00:05"));
                let next = row.clone().due(time("2026-03-29 00:30"));
                let moved = row.clone().claimed(time("2026-03-29 01:30:01"), time("2026-03-29 02:00"));
                let fires = ["00:30", "01:00", "01:30"].map(|due| {
                    let due = time(&format!("2026-03-29 {due}"));
                    fire(&row, due, due).succeeded(due)
                });
                [polled("2026-03-29 00:10", [next]), polled("2026-03-29 01:40", [moved]).fires(fires)]
            },
            r#"schedule_next_run_timestamp_seconds 2026-03-29 02:00:00
               schedule_interval_seconds 1800
               schedule_success_deadline_timestamp_seconds 2026-03-29 02:03:00
               schedule_fires_total{outcome="on_time"} 3"#,
        ),
    ]
}
