//! Start and end dates, and rows that come, go and share a name.

use cloacina_exporter::record::Schedule;
use uuid::Uuid;

use crate::builders::*;
use crate::changes::{FAMILIES, at_ten_past, fires};
use crate::situation::*;
use crate::timeline::Poll;

#[test]
fn fires_are_expected_while_there_is_a_row_and_within_its_dates() {
    check(&FAMILIES, &situations());
}

fn dates() -> Vec<Situation> {
    let row = tenth();
    vec![
        situation(
            "before its start date nothing is expected, and at it is",
            {
                let row = row.clone().starting(time("10:20"));
                let moved = row.clone().claimed(time("10:20:01"), time("10:30"));
                [
                    polled("09:55", [row.clone()]),
                    polled("10:15", [row.clone()]),
                    polled("10:21", [moved.clone()]).fires(fires(&row, &["10:20"])),
                    polled("10:24", [moved]),
                ]
            },
            r#"schedule_fires_total{outcome="on_time"} 1
               schedule_enabled 1
               schedule_next_run_timestamp_seconds 2026-11-23 10:30:00
               schedule_last_run_timestamp_seconds 2026-11-23 10:20:01"#,
        ),
        situation(
            "from its end date on nothing is expected, and it is not late for ever",
            {
                let row = row.clone().ending(time("10:20"));
                let moved = row.clone().claimed(time("10:10:01"), time("10:20"));
                [
                    polled("09:55", [row.clone()]),
                    polled("10:30", [moved.clone()]).fires(fires(&row, &["10:00", "10:10"])),
                    polled("2026-11-30 10:00", [moved]),
                ]
            },
            r#"schedule_fires_total{outcome="on_time"} 2
               schedule_enabled 1
               schedule_last_run_timestamp_seconds 2026-11-23 10:10:01"#,
        ),
        situation(
            "what was due before its end and did not come is missed: the scheduler looks at it no more",
            {
                let row = row.clone().ending(time("10:20"));
                [
                    polled("09:55", [row.clone()]),
                    polled("10:20", [row.clone()]),
                    polled("10:21", [row.clone()]),
                    polled("10:23", [row]),
                ]
            },
            r#"schedule_fires_total{outcome="missed"} 2
               schedule_enabled 1
               schedule_last_run_timestamp_seconds 2026-11-23 09:50:00"#,
        ),
        situation(
            "until the end has passed it may still come",
            {
                let row = row.ending(time("10:20"));
                [polled("09:55", [row.clone()]), polled("10:19", [row.clone()]), polled("10:20", [row])]
            },
            "schedule_enabled 1
             schedule_next_run_timestamp_seconds 2026-11-23 10:00:00
             schedule_last_run_timestamp_seconds 2026-11-23 09:50:00",
        ),
    ]
}

fn with_id(row: Schedule, id: u128) -> Schedule {
    Schedule { id: Uuid::from_u128(id << 96), ..row }
}

fn polls_until_deleted() -> Vec<Poll> {
    let came = fires(&tenth(), &["10:00", "10:10"]);
    vec![polled("09:55", [tenth()]), polled("10:11", [at_ten_past()]).fires(came)]
}

/// The same but for its id, created at 10:25.
fn polls_of_another(row: &Schedule) -> Vec<Poll> {
    let again = with_id(row.clone(), 7).created(time("10:25")).due(time("10:30"));
    let moved = again.clone().claimed(time("10:30:01"), time("10:40"));
    vec![polled("10:26", [again.clone()]), polled("10:31", [moved]).fires(fires(&again, &["10:30"]))]
}

fn rows() -> Vec<Situation> {
    let row = tenth();
    vec![
        situation(
            "a schedule that is deleted takes its counts with it",
            [polls_until_deleted(), vec![polled("10:12", [])]].concat(),
            "",
        ),
        situation(
            "created again, it counts from its creation",
            [polls_until_deleted(), vec![polled("10:12", [])], polls_of_another(&row)].concat(),
            r#"schedule_fires_total{outcome="on_time"} 1
               schedule_enabled 1
               schedule_next_run_timestamp_seconds 2026-11-23 10:40:00
               schedule_last_run_timestamp_seconds 2026-11-23 10:30:01"#,
        ),
        situation(
            "created again between two polls, it goes on with the counts of its name",
            [polls_until_deleted(), polls_of_another(&row)].concat(),
            r#"schedule_fires_total{outcome="on_time"} 3
               schedule_enabled 1
               schedule_next_run_timestamp_seconds 2026-11-23 10:40:00
               schedule_last_run_timestamp_seconds 2026-11-23 10:30:01"#,
        ),
        situation(
            "two of one name are told apart, and each counts its own",
            {
                let [one, two] = [with_id(row.clone(), 0x1111_1111), with_id(row.clone(), 0x2222_2222)];
                let moved = |row: &Schedule| row.clone().claimed(time("10:00:01"), time("10:10"));
                let polls = [
                    polled("09:55", [one.clone(), two.clone()]),
                    polled("10:01", [moved(&one), moved(&two)]).fires(fires(&one, &["10:00"])),
                    polled("10:03", [moved(&one), moved(&two)]),
                ];
                polls.map(|mut poll| {
                    poll.0.levels.schedules.iter_mut().for_each(|row| row.last_run_at = None);
                    poll
                })
            },
            r#"schedule_fires_total{workflow="etl",schedule="etl/11111111",outcome="on_time"} 1
               schedule_fires_total{workflow="etl",schedule="etl/22222222",outcome="missed"} 1
               schedule_enabled{workflow="etl",schedule="etl/11111111"} 1
               schedule_enabled{workflow="etl",schedule="etl/22222222"} 1
               schedule_next_run_timestamp_seconds{workflow="etl",schedule="etl/11111111"} 2026-11-23 10:10:00
               schedule_next_run_timestamp_seconds{workflow="etl",schedule="etl/22222222"} 2026-11-23 10:10:00"#,
        ),
        situation(
            "beyond the limit of labels fires add up, and gauges are left out",
            {
                let names = ["a", "b", "c"];
                let all = |row: Schedule| {
                    names.map(|name| with_id(row.clone(), name.as_bytes()[0].into()).named(name))
                };
                let came = all(row.clone()).map(|row| fired(&row, "10:00", "10:00:01"));
                [
                    polled("09:55", all(row.clone())),
                    polled("10:01", all(row.clone().claimed(time("10:00:01"), time("10:10")))).fires(came),
                ]
            },
            r#"schedule_fires_total{workflow="etl",schedule="a",outcome="on_time"} 1
               schedule_fires_total{workflow="etl",schedule="__other__",outcome="on_time"} 2
               schedule_enabled{workflow="etl",schedule="a"} 1
               schedule_next_run_timestamp_seconds{workflow="etl",schedule="a"} 2026-11-23 10:10:00
               schedule_last_run_timestamp_seconds{workflow="etl",schedule="a"} 2026-11-23 10:00:01"#,
        )
        .with(|metrics| metrics.schedules.max = 1),
    ]
}

pub fn situations() -> Vec<Situation> {
    [dates(), rows()].into_iter().flatten().collect()
}
