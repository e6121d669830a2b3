//! Schedules that can never run, and those that may not run now.

use cloacina_exporter::record::Schedule;

use crate::builders::*;
use crate::situation::*;
use crate::timeline::Poll;

const FAMILIES: [&str; 6] = [
    "schedule_invalid",
    "schedule_next_run_timestamp_seconds",
    "schedule_interval_seconds",
    "schedule_grace_seconds",
    "schedule_success_deadline_timestamp_seconds",
    "schedule_fires_total",
];

#[test]
fn what_can_never_run_is_invalid_and_what_may_not_run_now_has_no_next_run() {
    check(&FAMILIES, &situations());
}

/// Polled an hour apart, so that whatever is expected shows.
fn polled_twice(row: Schedule) -> [Poll; 3] {
    [polled("10:30", [row.clone()]), polled("11:30", [row.clone()]), polled("11:40", [row])]
}

fn spelled(cron: &str) -> [Poll; 3] {
    polled_twice(etl(cron).due(time("10:00")))
}

pub fn situations() -> Vec<Situation> {
    [invalid(), not_now()].into_iter().flatten().collect()
}

fn invalid() -> Vec<Situation> {
    let cron = r#"schedule_invalid{reason="cron"} 1"#;
    let timezone = r#"schedule_invalid{reason="timezone"} 1"#;
    let window = r#"schedule_invalid{reason="empty_window"} 1"#;
    let never = r#"schedule_invalid{reason="no_next_run"} 1"#;
    vec![
        situation("an expression that is none", spelled("every morning"), cron),
        situation("an empty expression", spelled(""), cron),
        situation("a minute that does not exist", spelled("60 * * * *"), cron),
        situation("an unknown time zone", polled_twice(hourly().zone("Mars/Olympus")), timezone),
        situation("an empty time zone", polled_twice(hourly().zone("")), timezone),
        situation(
            "of two reasons the expression is told",
            polled_twice(etl("nonsense").zone("Mars/Olympus")),
            cron,
        ),
        situation("no next run", polled_twice(etl("0 * * * *")), never),
        situation(
            "no instant between its dates",
            polled_twice(hourly().starting(time("10:05")).ending(time("10:55"))),
            window,
        ),
        situation(
            "none between its creation and its end",
            polled_twice(hourly().created(time("10:05")).ending(time("10:55"))),
            window,
        ),
        situation(
            "none before its end, which is exclusive",
            polled_twice(hourly().created(time("10:05")).ending(time("11:00"))),
            window,
        ),
        situation(
            "its dates are the wrong way round",
            polled_twice(hourly().starting(time("12:00")).ending(time("11:00"))),
            window,
        ),
        situation("the 30th of February", spelled("0 0 30 2 *"), window),
        situation(
            "paused, it is invalid all the same",
            polled_twice(etl("nonsense").due(time("10:00")).paused(time("10:00"))),
            cron,
        ),
        situation("disabled, it is not", polled_twice(etl("nonsense").due(time("10:00")).disabled()), ""),
        situation("disabled without a next run", polled_twice(etl("0 * * * *").disabled()), ""),
        situation(
            "without an expression there is nothing to be invalid",
            polled_twice(Schedule { cron: None, ..etl("").zone("Mars/Olympus") }),
            "",
        ),
        situation(
            "mended, it is valid, and fires are expected from then on",
            {
                let mended = hourly().due(time("11:00"));
                let moved = mended.clone().due(time("12:00"));
                [
                    polled("09:30", [etl("0 * * *").due(time("10:00"))]),
                    polled("10:30", [Schedule { id: etl("0 * * *").id, ..mended }]),
                    polled("11:30", [Schedule { id: etl("0 * * *").id, ..moved.clone() }]),
                    polled("11:32", [Schedule { id: etl("0 * * *").id, ..moved }]),
                ]
            },
            r#"schedule_next_run_timestamp_seconds 2026-11-23 12:00:00
               schedule_interval_seconds 3600
               schedule_grace_seconds 360
               schedule_success_deadline_timestamp_seconds 2026-11-23 11:06:00
               schedule_fires_total{outcome="missed"} 1"#,
        ),
        situation(
            "without a time zone it is UTC",
            [polled(
                "10:30",
                [Schedule { timezone: None, ..hourly().created(time("10:05")).due(time("11:00")) }],
            )],
            "schedule_next_run_timestamp_seconds 2026-11-23 11:00:00
             schedule_interval_seconds 3600
             schedule_grace_seconds 360
             schedule_success_deadline_timestamp_seconds 2026-11-23 11:06:00",
        ),
    ]
}

fn not_now() -> Vec<Situation> {
    let fresh = || etl("0 * * * *").created(time("10:05")).due(time("11:00"));
    let live = "schedule_next_run_timestamp_seconds 2026-11-23 11:00:00
                schedule_interval_seconds 3600
                schedule_grace_seconds 360
                schedule_success_deadline_timestamp_seconds 2026-11-23 11:06:00";
    let now = |row| [polled("10:30", [row])];
    vec![
        situation("live", now(fresh()), live),
        situation("live from the instant of its start date", now(fresh().starting(time("10:30"))), live),
        situation("not before", now(fresh().starting(time("10:30:00.001"))), ""),
        situation(
            "live to the instant of its end date",
            [polled("11:30", [fresh().ending(time("11:30"))])],
            live,
        ),
        situation("not after", [polled("11:30:00.001", [fresh().ending(time("11:30"))])], ""),
        situation(
            "while it is paused it has its interval alone, which tells how long is long",
            now(fresh().paused(time("10:20"))),
            "schedule_interval_seconds 3600",
        ),
        situation("not while it is disabled", now(fresh().disabled()), ""),
    ]
}
