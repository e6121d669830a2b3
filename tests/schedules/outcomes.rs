//! The seven outcomes of an expected fire, each at the edge of its bounds.

use cloacina_exporter::record::{ExecutionStatus, Fire};

use crate::builders::*;
use crate::situation::*;
use crate::timeline::Poll;

const FAMILIES: [&str; 3] =
    ["schedule_fires_total", "schedule_start_delay_seconds", "exporter_late_fires_total"];

#[test]
fn each_expected_fire_has_one_outcome() {
    check(&FAMILIES, &situations());
}

/// The fire for 10:00 of the hourly schedule.
fn ten(started: &str) -> Fire {
    fire(&hourly(), time("10:00"), time(started))
}

/// Polled before 10:00, and at `at`, when the scheduler has moved on to 11:00.
fn by(at: &str, fires: impl IntoIterator<Item = Fire>) -> Vec<Poll> {
    let moved = hourly().claimed(time("10:00:01"), time("11:00"));
    vec![polled("09:30", [hourly()]), polled(at, [moved]).fires(fires)]
}

/// As `by`, and polled once more.
fn then(mut polls: Vec<Poll>, at: &str, fires: impl IntoIterator<Item = Fire>) -> Vec<Poll> {
    let rows = polls.last().unwrap().0.levels.schedules.clone();
    polls.push(polled(at, rows).fires(fires));
    polls
}

pub fn situations() -> Vec<Situation> {
    vec![
        situation(
            "handed over after 3 s it is on time",
            by("10:00:05", [ten("10:00:03").running()]),
            r#"schedule_fires_total{outcome="on_time"} 1
               schedule_start_delay_seconds_count 1
               schedule_start_delay_seconds_sum 3"#,
        ),
        situation(
            "at the end of its grace it is on time",
            by("10:10", [ten("10:06").running()]),
            r#"schedule_fires_total{outcome="on_time"} 1
               schedule_start_delay_seconds_count 1
               schedule_start_delay_seconds_sum 360"#,
        ),
        situation(
            "a millisecond after its grace it is late",
            by("10:10", [ten("10:06:00.001").running()]),
            r#"schedule_fires_total{outcome="late"} 1
               schedule_start_delay_seconds_count 1
               schedule_start_delay_seconds_sum 360.001"#,
        ),
        situation(
            "just before the next is due it is late",
            by("10:59:59.999", [ten("10:59:59").running()]),
            r#"schedule_fires_total{outcome="late"} 1
               schedule_start_delay_seconds_count 1
               schedule_start_delay_seconds_sum 3599"#,
        ),
        situation(
            "once the next is due it is caught up, and its delay says nothing",
            {
                let moved = hourly().claimed(time("11:00:01"), time("12:00"));
                let eleven = fired(&hourly(), "11:00", "11:00:01");
                [
                    polled("09:30", [hourly()]),
                    polled("11:00:05", [moved]).fires([ten("11:00").running(), eleven]),
                ]
            },
            r#"schedule_fires_total{outcome="catchup"} 1
               schedule_fires_total{outcome="on_time"} 1
               schedule_start_delay_seconds_count 1
               schedule_start_delay_seconds_sum 1"#,
        ),
        situation(
            "started before it was due, by another clock, it is on time and without delay",
            by("10:00:05", [ten("09:59:58").running()]),
            r#"schedule_fires_total{outcome="on_time"} 1
               schedule_start_delay_seconds_count 1"#,
        ),
        situation(
            "whether its execution fails is no matter of the fire",
            by("10:05", [ten("10:00:03").failed(time("10:01"))]),
            r#"schedule_fires_total{outcome="on_time"} 1
               schedule_start_delay_seconds_count 1
               schedule_start_delay_seconds_sum 3"#,
        ),
        situation(
            "nor whether the row of its execution is gone",
            by("10:05", [ten("10:00:03").linked(ExecutionStatus::Other, None)]),
            r#"schedule_fires_total{outcome="on_time"} 1
               schedule_start_delay_seconds_count 1
               schedule_start_delay_seconds_sum 3"#,
        ),
        situation(
            "handed over at a second try it is recovered, and its delay says nothing",
            then(by("10:00:05", [ten("10:00:03")]), "10:12", [ten("10:00:03").running().attempts(1)]),
            r#"schedule_fires_total{outcome="recovered"} 1"#,
        ),
        situation(
            "not handed over yet it is open",
            then(by("10:00:05", [ten("10:00:03")]), "10:30", [ten("10:00:03")]),
            "",
        ),
        situation(
            "closed without an execution its handoff failed",
            by("10:00:05", [ten("10:00:03").closed(time("10:00:03.007"))]),
            r#"schedule_fires_total{outcome="handoff_failed"} 1"#,
        ),
        situation("tried 3 times in vain it is still open", by("10:45", [ten("10:00:03").attempts(3)]), ""),
        situation(
            "tried a fourth time it is abandoned",
            by("10:45", [ten("10:00:03").attempts(4)]),
            r#"schedule_fires_total{outcome="abandoned"} 1"#,
        ),
        situation(
            "a day after it was due it is still open",
            then(by("10:00:05", [ten("10:00:03")]), "2026-11-24 10:00", [ten("10:00:03")]),
            "",
        ),
        situation(
            "a second more than a day after it was due it is abandoned, though its row says nothing new",
            then(by("10:00:05", [ten("10:00:03")]), "2026-11-24 10:00:01", [ten("10:00:03")]),
            r#"schedule_fires_total{outcome="abandoned"} 1"#,
        ),
        situation("without a row it is open for two minutes", then(by("10:05", []), "10:06:59", []), ""),
        situation(
            "without a row after two minutes it is missed",
            then(by("10:05", []), "10:07", []),
            r#"schedule_fires_total{outcome="missed"} 1"#,
        ),
        situation(
            "it is missed once",
            then(then(then(by("10:05", []), "10:07", []), "10:08", []), "10:20", []),
            r#"schedule_fires_total{outcome="missed"} 1"#,
        ),
        situation(
            "how long a row is waited for can be configured",
            then(then(by("10:05", []), "10:09:59", []), "10:15", [ten("10:00:03").running()]),
            r#"schedule_fires_total{outcome="on_time"} 1
               schedule_start_delay_seconds_count 1
               schedule_start_delay_seconds_sum 3"#,
        )
        .with(|metrics| metrics.missed_after = std::time::Duration::from_secs(601)),
        situation(
            "a row that comes after it was missed is counted as such, and changes nothing else",
            then(then(by("10:05", []), "10:07", []), "10:08", [ten("10:00:03").running()]),
            r#"schedule_fires_total{outcome="missed"} 1
               exporter_late_fires_total 1"#,
        ),
        situation(
            "a row that came too late and is read again is counted once",
            {
                let late = || [ten("10:00:03").running()];
                then(then(then(by("10:05", []), "10:07", []), "10:08", late()), "10:09", late())
            },
            r#"schedule_fires_total{outcome="missed"} 1
               exporter_late_fires_total 1"#,
        ),
        situation(
            "rows that are read again and again count once",
            {
                let row = || [ten("10:00:03").running()];
                let ended = ten("10:00:03").succeeded(time("10:01"));
                then(
                    then(then(by("10:00:05", row()), "10:00:20", row()), "10:00:35", row()),
                    "10:01:05",
                    [ended],
                )
            },
            r#"schedule_fires_total{outcome="on_time"} 1
               schedule_start_delay_seconds_count 1
               schedule_start_delay_seconds_sum 3"#,
        ),
        situation(
            "two rows for one instant count once",
            by("10:02", [ten("10:00:03").running(), ten("10:00:09").running()]),
            r#"schedule_fires_total{outcome="on_time"} 1
               schedule_start_delay_seconds_count 1
               schedule_start_delay_seconds_sum 9"#,
        ),
        situation(
            "a row that comes before the scheduler is seen to have moved on waits for that",
            {
                let row = || [ten("10:00:03").running()];
                let polls = vec![polled("09:30", [hourly()]), polled("10:00:05", [hourly()]).fires(row())];
                let moved = hourly().claimed(time("10:00:01"), time("11:00"));
                [polls, vec![polled("10:00:20", [moved])]].concat()
            },
            r#"schedule_fires_total{outcome="on_time"} 1
               schedule_start_delay_seconds_count 1
               schedule_start_delay_seconds_sum 3"#,
        ),
        situation(
            "an override widens the grace of the schedule that it names",
            by("10:30", [ten("10:20").running()]),
            r#"schedule_fires_total{outcome="on_time"} 1
               schedule_start_delay_seconds_count 1
               schedule_start_delay_seconds_sum 1200"#,
        )
        .with(crate::expressions::graces(&[("other", Some(1)), ("etl", Some(1200)), ("*", Some(1))])),
    ]
}
