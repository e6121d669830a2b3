//! What an expression says: the time between two fires, and the grace that follows from it.

use std::time::Duration;

use cloacina_exporter::config::{Metrics, Patterns, ScheduleOverride};

use crate::builders::*;
use crate::situation::*;
use crate::timeline::Poll;

const FAMILIES: [&str; 4] = [
    "schedule_invalid",
    "schedule_next_run_timestamp_seconds",
    "schedule_interval_seconds",
    "schedule_grace_seconds",
];

#[test]
fn interval_and_grace_follow_from_the_expression() {
    check(&FAMILIES, &situations());
}

/// Polled on Monday at 10:00, with `next` as the scheduler would have stored it.
fn due(expression: &str, next: &str) -> [Poll; 1] {
    [polled("10:00", [etl(expression).due(time(next))])]
}

fn due_in(zone: &str, expression: &str, next: &str) -> [Poll; 1] {
    [polled("10:00", [etl(expression).zone(zone).due(time(next))])]
}

pub fn graces(given: &[(&str, Option<u64>)]) -> impl FnOnce(&mut Metrics) {
    let overrides = given.iter().map(|(pattern, grace)| ScheduleOverride {
        schedules: Patterns::new([*pattern]).unwrap(),
        grace: grace.map(Duration::from_secs),
        succeeds_within: None,
    });
    let overrides: Vec<_> = overrides.collect();
    |metrics| metrics.schedule_overrides = overrides
}

pub fn situations() -> Vec<Situation> {
    vec![
        situation(
            "every minute: a tenth would be 6 s, and the shortest grace is a minute",
            due("* * * * *", "10:01"),
            "schedule_next_run_timestamp_seconds 2026-11-23 10:01:00
             schedule_interval_seconds 60
             schedule_grace_seconds 60",
        ),
        situation(
            "every 10 minutes: a tenth is just the shortest grace",
            due("*/10 * * * *", "10:10"),
            "schedule_next_run_timestamp_seconds 2026-11-23 10:10:00
             schedule_interval_seconds 600
             schedule_grace_seconds 60",
        ),
        situation(
            "every hour: the grace is a tenth",
            due("0 * * * *", "11:00"),
            "schedule_next_run_timestamp_seconds 2026-11-23 11:00:00
             schedule_interval_seconds 3600
             schedule_grace_seconds 360",
        ),
        situation(
            "every 3 hours: a tenth would be more than the longest grace",
            due("0 */3 * * *", "12:00"),
            "schedule_next_run_timestamp_seconds 2026-11-23 12:00:00
             schedule_interval_seconds 10800
             schedule_grace_seconds 900",
        ),
        situation(
            "every day",
            due("30 3 * * *", "2026-11-24 03:30"),
            "schedule_next_run_timestamp_seconds 2026-11-24 03:30:00
             schedule_interval_seconds 86400
             schedule_grace_seconds 900",
        ),
        situation(
            "on weekdays: from Friday to Monday it is three days",
            due("0 9 * * 1-5", "2026-11-27 09:00"),
            "schedule_next_run_timestamp_seconds 2026-11-27 09:00:00
             schedule_interval_seconds 259200
             schedule_grace_seconds 900",
        ),
        situation(
            "on the last day of the month: from November to December it is 31 days",
            due("0 0 L * *", "2026-11-30 00:00"),
            "schedule_next_run_timestamp_seconds 2026-11-30 00:00:00
             schedule_interval_seconds 2678400
             schedule_grace_seconds 900",
        ),
        situation(
            "on the second Monday of the month",
            due("0 9 * * MON#2", "2026-12-14 09:00"),
            "schedule_next_run_timestamp_seconds 2026-12-14 09:00:00
             schedule_interval_seconds 2419200
             schedule_grace_seconds 900",
        ),
        situation(
            "on leap days: four years",
            due("0 0 29 2 *", "2028-02-29 00:00"),
            "schedule_next_run_timestamp_seconds 2028-02-29 00:00:00
             schedule_interval_seconds 126230400
             schedule_grace_seconds 900",
        ),
        situation(
            "with a field for seconds",
            due("*/15 * * * * *", "10:00:15"),
            "schedule_next_run_timestamp_seconds 2026-11-23 10:00:15
             schedule_interval_seconds 15
             schedule_grace_seconds 60",
        ),
        situation(
            "by a nickname",
            due("@daily", "2026-11-24 00:00"),
            "schedule_next_run_timestamp_seconds 2026-11-24 00:00:00
             schedule_interval_seconds 86400
             schedule_grace_seconds 900",
        ),
        situation(
            "with a field for years, which the engine does not take",
            due("0 0 9 * * * 2027", "2027-01-01 09:00"),
            r#"schedule_invalid{reason="cron"} 1"#,
        ),
        situation(
            "in a zone of half an hour",
            due_in("Asia/Kolkata", "0 9 * * *", "2026-11-24 03:30"),
            "schedule_next_run_timestamp_seconds 2026-11-24 03:30:00
             schedule_interval_seconds 86400
             schedule_grace_seconds 900",
        ),
        situation(
            "in a zone of a quarter of an hour, hours begin at a quarter past",
            due_in("Asia/Kathmandu", "0 * * * *", "10:15"),
            "schedule_next_run_timestamp_seconds 2026-11-23 10:15:00
             schedule_interval_seconds 3600
             schedule_grace_seconds 360",
        ),
        situation(
            "a next run with a fraction of a second stands for its second",
            due("0 * * * *", "11:00:00.700"),
            "schedule_next_run_timestamp_seconds 2026-11-23 11:00:00.700
             schedule_interval_seconds 3600
             schedule_grace_seconds 360",
        ),
        situation(
            "an override by pattern gives the grace, beyond both bounds",
            due("0 * * * *", "11:00"),
            "schedule_next_run_timestamp_seconds 2026-11-23 11:00:00
             schedule_interval_seconds 3600
             schedule_grace_seconds 5",
        )
        .with(graces(&[("e?l", Some(5))])),
        situation(
            "of two overrides the first that matches wins, also if it gives no grace",
            due("0 * * * *", "11:00"),
            "schedule_next_run_timestamp_seconds 2026-11-23 11:00:00
             schedule_interval_seconds 3600
             schedule_grace_seconds 360",
        )
        .with(graces(&[("other", Some(1)), ("et*", None), ("etl", Some(7000))])),
        situation(
            "an override of other schedules changes nothing",
            due("0 * * * *", "11:00"),
            "schedule_next_run_timestamp_seconds 2026-11-23 11:00:00
             schedule_interval_seconds 3600
             schedule_grace_seconds 360",
        )
        .with(graces(&[("et", Some(7000)), ("ETL", Some(7000))])),
    ]
}
