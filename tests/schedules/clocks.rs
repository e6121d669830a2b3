//! Clocks that differ, fractions of a second, and instants beyond all bounds.

use cloacina_exporter::record::{Schedule, Timestamp};

use crate::builders::*;
use crate::situation::*;

const FAMILIES: [&str; 7] = [
    "schedule_fires_total",
    "schedule_start_delay_seconds",
    "schedule_interval_seconds",
    "schedule_grace_seconds",
    "schedule_handoffs",
    "schedule_catchup_pending",
    "exporter_late_fires_total",
];

#[test]
fn other_clocks_and_bad_instants_change_no_count() {
    check(&FAMILIES, &situations());
}

pub fn situations() -> Vec<Situation> {
    [skewed(), fractions(), beyond_bounds()].into_iter().flatten().collect()
}

fn skewed() -> Vec<Situation> {
    let row = hourly();
    let ten = || [fired(&hourly(), "10:00", "10:00:01")];
    let moved = row.clone().claimed(time("10:00:01"), time("11:00"));
    vec![
        situation(
            "the engine's clock is ten minutes ahead: a fire comes before it is due, and counts when it is",
            [
                polled("09:30", [row.clone()]),
                polled("09:51", [moved.clone()]).fires(ten()),
                polled("09:55", [moved.clone()]).fires(ten()),
                polled("10:05", [moved.clone()]),
            ],
            r#"schedule_fires_total{outcome="on_time"} 1
               schedule_start_delay_seconds_count 1
               schedule_start_delay_seconds_sum 1
               schedule_interval_seconds 3600
               schedule_grace_seconds 360"#,
        ),
        situation(
            "until then it does not count",
            [
                polled("09:30", [row.clone()]),
                polled("09:51", [moved.clone()]).fires(ten()),
                polled("09:59:59", [moved.clone()]),
            ],
            "schedule_interval_seconds 3600
             schedule_grace_seconds 360",
        ),
        situation(
            "the engine's clock is ten minutes behind: what is due waits for it",
            [
                polled("09:30", [row.clone()]),
                polled("10:09", [row]),
                polled("10:11", [moved.clone()]).fires(ten()),
                polled("10:14", [moved]),
            ],
            r#"schedule_fires_total{outcome="on_time"} 1
               schedule_start_delay_seconds_count 1
               schedule_start_delay_seconds_sum 1
               schedule_interval_seconds 3600
               schedule_grace_seconds 360"#,
        ),
        situation(
            "the database's clock goes back: nothing counts twice",
            {
                let moved = hourly().claimed(time("10:00:01"), time("11:00"));
                [
                    polled("09:30", [hourly()]),
                    polled("10:05", [moved.clone()]).fires(ten()),
                    polled("09:50", [moved.clone()]).fires(ten()),
                    polled("10:06", [moved]).fires(ten()),
                ]
            },
            r#"schedule_fires_total{outcome="on_time"} 1
               schedule_start_delay_seconds_count 1
               schedule_start_delay_seconds_sum 1
               schedule_interval_seconds 3600
               schedule_grace_seconds 360"#,
        ),
    ]
}

fn fractions() -> Vec<Situation> {
    let row = etl("*/5 * * * * *").claimed(time("09:59:55.700"), time("10:00:00.700"));
    vec![
        situation(
            "a next run and a fire with a fraction stand for their second",
            {
                let moved = row.clone().claimed(time("10:00:00.750"), time("10:00:05.700"));
                let came = [fired(&row, "10:00:00.700", "10:00:00.760")];
                [polled("09:59:58", [row.clone()]), polled("10:00:03", [moved]).fires(came)]
            },
            r#"schedule_fires_total{outcome="on_time"} 1
               schedule_start_delay_seconds_count 1
               schedule_start_delay_seconds_sum 0.76
               schedule_interval_seconds 5
               schedule_grace_seconds 60"#,
        ),
        situation(
            "a next run within the second of an instant has not moved past it",
            [polled("09:59:58", [row.clone()]), polled("10:00:03", [row.clone()]), polled("10:05", [row])],
            "schedule_interval_seconds 5
             schedule_grace_seconds 60",
        ),
        situation(
            "a poll within the second of an instant expects it once",
            {
                let row = hourly();
                let moved = row.clone().claimed(time("10:00:00.300"), time("11:00"));
                let came = || [fired(&row, "10:00", "10:00:00.310")];
                [
                    polled("09:30", [row.clone()]),
                    polled("10:00:00.200", [row.clone()]),
                    polled("10:00:00.400", [moved.clone()]).fires(came()),
                    polled("10:00:00.900", [moved]).fires(came()),
                ]
            },
            r#"schedule_fires_total{outcome="on_time"} 1
               schedule_start_delay_seconds_count 1
               schedule_start_delay_seconds_sum 0.31
               schedule_interval_seconds 3600
               schedule_grace_seconds 360"#,
        ),
        situation(
            "a first poll within the second of an instant does not expect it",
            {
                let moved = hourly().claimed(time("10:00:00.300"), time("11:00"));
                [
                    polled("10:00:00.200", [hourly()]),
                    polled("10:01", [moved.clone()]),
                    polled("10:10", [moved]),
                ]
            },
            "schedule_interval_seconds 3600
             schedule_grace_seconds 360",
        ),
    ]
}

fn beyond_bounds() -> Vec<Situation> {
    let row = hourly();
    let far = |next| Schedule { next_run_at: Some(next), last_run_at: Some(next), ..hourly() };
    vec![
        situation(
            "a next run in the year 9999 makes what was due missed, and has no interval",
            {
                let far = hourly().due(time("9999-12-31 23:59"));
                [polled("09:30", [row.clone()]), polled("11:30", [far.clone()]), polled("11:40", [far])]
            },
            r#"schedule_fires_total{outcome="missed"} 2
               schedule_grace_seconds 900"#,
        ),
        situation(
            "so does one at infinity",
            [
                polled("09:30", [row.clone()]),
                polled("11:30", [far(Timestamp::MAX)]),
                polled("11:40", [far(Timestamp::MAX)]),
            ],
            r#"schedule_fires_total{outcome="missed"} 2
               schedule_grace_seconds 900"#,
        ),
        situation(
            "one before all time moves past nothing",
            [
                polled("09:30", [row.clone()]),
                polled("11:30", [far(Timestamp::MIN)]),
                polled("11:40", [far(Timestamp::MIN)]),
            ],
            "schedule_grace_seconds 900",
        ),
        situation(
            "a fire of no time and one of all times count nothing",
            {
                let at = |at| fire(&row, at, at);
                let odd = || [at(Timestamp::MIN), at(Timestamp::MAX), at(Timestamp(0))];
                [polled("09:30", [row.clone()]).fires(odd()), polled("09:31", [row.clone()]).fires(odd())]
            },
            r#"schedule_handoffs{state="pending"} 1
               schedule_interval_seconds 3600
               schedule_grace_seconds 360"#,
        ),
        situation(
            "created at infinity nothing is ever expected",
            {
                let never = row.created(Timestamp::MAX);
                [
                    polled("09:30", []),
                    polled("09:40", [never.clone()]),
                    polled("11:30", [never.due(time("12:00"))]),
                ]
            },
            "",
        ),
        situation(
            "created before all time it is like any other",
            {
                let old = hourly().created(Timestamp::MIN).starting(Timestamp::MIN).ending(Timestamp::MAX);
                let moved = old.clone().due(time("11:00"));
                [polled("09:30", [old]), polled("10:30", [moved.clone()]), polled("10:33", [moved])]
            },
            r#"schedule_fires_total{outcome="missed"} 1
               schedule_interval_seconds 3600
               schedule_grace_seconds 360"#,
        ),
    ]
}
