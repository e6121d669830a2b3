//! Fires that leave no row, that come in a batch, or that nobody was there to see.

use cloacina_exporter::record::{Fire, Schedule, Span};

use crate::builders::*;
use crate::situation::*;

const FAMILIES: [&str; 4] = [
    "schedule_fires_total",
    "schedule_start_delay_seconds",
    "schedule_catchup_pending",
    "exporter_late_fires_total",
];

#[test]
fn fires_without_a_row_are_missed_and_those_still_to_come_are_not() {
    check(&FAMILIES, &situations());
}

/// The rows of a batch for these instants, each written when the execution before it had ended.
fn batch(row: &Schedule, dues: &[&str], starts: &[&str]) -> Vec<Fire> {
    let ended = |start: &&str| time(start).plus(Span::from_seconds(5));
    let pairs = dues.iter().zip(starts);
    pairs.map(|(due, start)| fire(row, time(due), time(start)).succeeded(ended(start))).collect()
}

pub fn situations() -> Vec<Situation> {
    let skip = tenth();
    let run_all = tenth().run_all();
    vec![
        situation(
            "after an outage a schedule that skips fires for the oldest instant, and the others are missed",
            {
                let moved = skip.clone().claimed(time("10:35"), time("10:40"));
                let oldest = || [fired(&skip, "10:00", "10:35").closed(time("10:35:10"))];
                [
                    polled("09:55", [skip.clone()]),
                    polled("10:34", [skip.clone()]),
                    polled("10:35:05", [moved.clone()]).fires(oldest()),
                    polled("10:38", [moved]).fires(oldest()),
                ]
            },
            r#"schedule_fires_total{outcome="catchup"} 1
               schedule_fires_total{outcome="missed"} 3"#,
        ),
        situation(
            "during an outage nothing is missed yet, and a schedule that skips has no backlog",
            [
                polled("09:55", [skip.clone()]),
                polled("10:34", [skip.clone()]),
                polled("15:00", [skip.clone()]),
            ],
            "",
        ),
        situation(
            "during an outage a schedule that runs all has a backlog: 10:00 to 10:30",
            [polled("09:55", [run_all.clone()]), polled("10:34", [run_all.clone()])],
            "schedule_catchup_pending 4",
        ),
        situation(
            "the backlog counts to a thousand",
            [
                polled("09:55", [run_all.clone()]),
                polled("2026-11-30 08:30", [run_all.clone()]),
                polled("2026-11-30 08:40", [run_all.clone()]),
            ],
            "schedule_catchup_pending 1000",
        ),
        situation(
            "just below it the backlog is exact",
            [polled("09:55", [run_all.clone()]), polled("2026-11-30 08:25", [run_all.clone()])],
            "schedule_catchup_pending 999",
        ),
        situation(
            "after an outage a schedule that runs all catches up; the last is late only, since no newer is due",
            {
                let moved = run_all.clone().claimed(time("10:35"), time("10:40"));
                let dues = ["10:00", "10:10", "10:20", "10:30"];
                let fires = batch(&run_all, &dues, &["10:35", "10:35:06", "10:35:12", "10:35:18"]);
                [polled("09:55", [run_all.clone()]), polled("10:36", [moved]).fires(fires)]
            },
            r#"schedule_fires_total{outcome="catchup"} 3
               schedule_fires_total{outcome="late"} 1
               schedule_start_delay_seconds_count 1
               schedule_start_delay_seconds_sum 318"#,
        ),
        situation(
            "while an execution of a batch is under way the rest of it is still to come",
            {
                let moved = run_all.clone().claimed(time("10:35"), time("10:40"));
                let first = || [fired(&run_all, "10:00", "10:35")];
                [
                    polled("09:55", [run_all.clone()]),
                    polled("10:35:05", [moved.clone()]).fires(first()),
                    polled("10:38", [moved.clone()]).fires(first()),
                    polled("10:39:59", [moved]).fires(first()),
                ]
            },
            r#"schedule_fires_total{outcome="catchup"} 1
               schedule_catchup_pending 3"#,
        ),
        situation(
            "a crash loses the rest of a batch: missed two minutes after the last execution of it was under way",
            {
                let moved = run_all.clone().claimed(time("10:35"), time("10:40"));
                let first = || fired(&run_all, "10:00", "10:35");
                [
                    polled("09:55", [run_all.clone()]),
                    polled("10:35:05", [moved.clone()]).fires([first()]),
                    polled("10:36", [moved.clone()]).fires([first()]),
                    polled("10:36:30", [moved.clone()]).fires([first().succeeded(time("10:36:10"))]),
                    polled("10:38", [moved]),
                ]
            },
            r#"schedule_fires_total{outcome="catchup"} 1
               schedule_fires_total{outcome="missed"} 3"#,
        ),
        situation(
            "a second less, and the rest of the batch may still come",
            {
                let moved = run_all.clone().claimed(time("10:35"), time("10:40"));
                let first = || fired(&run_all, "10:00", "10:35");
                [
                    polled("09:55", [run_all.clone()]),
                    polled("10:36", [moved.clone()]).fires([first()]),
                    polled("10:36:30", [moved.clone()]).fires([first().succeeded(time("10:36:10"))]),
                    polled("10:37:59", [moved]),
                ]
            },
            r#"schedule_fires_total{outcome="catchup"} 1
               schedule_catchup_pending 3"#,
        ),
        situation(
            "a handoff that was never made holds a batch up for ten minutes",
            {
                let moved = run_all.clone().claimed(time("10:35"), time("10:40"));
                let lost = || [fire(&run_all, time("10:00"), time("10:35"))];
                [
                    polled("09:55", [run_all.clone()]),
                    polled("10:45", [moved.clone()]).fires(lost()),
                    polled("10:46", [moved.clone()]).fires(lost()),
                    polled("10:47", [moved]).fires(lost()),
                ]
            },
            r#"schedule_fires_total{outcome="missed"} 3
               schedule_catchup_pending 1"#,
        ),
        situation(
            "of a backlog of 151 the engine runs 100, and 51 are missed",
            {
                let row = etl("* * * * *").run_all().claimed(time("09:59:00.500"), time("10:00"));
                let moved = row.clone().claimed(time("12:30:01"), time("12:31"));
                let minute = |n: i64| time("10:00").plus(Span::from_seconds(60 * n));
                let written = |n: i64| time("12:30:01").plus(Span(50_000 * n));
                let fires = (0..100).map(|n| fire(&row, minute(n), written(n)).succeeded(written(n)));
                [
                    polled("09:59:30", [row.clone()]),
                    polled("12:30:30", [moved.clone()]).fires(fires),
                    polled("12:32:30", [moved]),
                ]
            },
            r#"schedule_fires_total{outcome="catchup"} 100
               schedule_fires_total{outcome="missed"} 51
               schedule_catchup_pending 2"#,
        ),
        situation(
            "a registration that moves the next run on makes a schedule that skips miss what was due",
            {
                let registered = skip.clone().due(time("10:20"));
                [
                    polled("09:55", [skip.clone()]),
                    polled("10:15", [registered.clone()]),
                    polled("10:17", [registered]),
                ]
            },
            r#"schedule_fires_total{outcome="missed"} 2"#,
        ),
        situation(
            "but not one that runs all: its next claim goes back to the last",
            {
                let registered = run_all.clone().due(time("10:20"));
                let moved = run_all.clone().claimed(time("10:20"), time("10:30"));
                let fires = batch(&run_all, &["10:00", "10:10", "10:20"], &["10:20", "10:20:05", "10:20:10"]);
                [
                    polled("09:55", [run_all]),
                    polled("10:15", [registered.clone()]),
                    polled("10:17", [registered]),
                    polled("10:20:30", [moved]).fires(fires),
                ]
            },
            r#"schedule_fires_total{outcome="catchup"} 2
               schedule_fires_total{outcome="on_time"} 1
               schedule_start_delay_seconds_count 1
               schedule_start_delay_seconds_sum 10"#,
        ),
        situation(
            "a claim that moves nothing past an instant leaves it open",
            [
                polled("09:55", [skip.clone()]),
                polled("10:30", [skip.clone().claimed(time("09:59"), time("10:00"))]),
            ],
            "",
        ),
        situation(
            "fires while the exporter was down are counted when it is back, and judged by their rows",
            {
                let row = hourly();
                let moved = row.clone().claimed(time("14:00:01"), time("15:00"));
                let fires = [("10:00", "10:00:01"), ("11:00", "11:30"), ("14:00", "14:00:01")];
                let fires = fires.map(|(due, start)| fired(&row, due, start).closed(time(start)));
                [
                    polled("09:30", [row]),
                    polled("14:10", [moved.clone()]).fires(fires),
                    polled("14:11:59", [moved.clone()]),
                    polled("14:12", [moved]),
                ]
            },
            r#"schedule_fires_total{outcome="late"} 1
               schedule_fires_total{outcome="missed"} 2
               schedule_fires_total{outcome="on_time"} 2
               schedule_start_delay_seconds_count 3
               schedule_start_delay_seconds_sum 1802"#,
        ),
        situation(
            "the first poll counts nothing, whatever rows it finds",
            {
                let row = hourly().claimed(time("10:00:01"), time("11:00"));
                let fires = || ["08:00", "09:00", "10:00"].map(|due| fired(&hourly(), due, due));
                [
                    polled("10:30", [row.clone()]).fires(fires()),
                    polled("10:31", [row.clone()]).fires(fires()),
                    polled("10:40", [row]),
                ]
            },
            "",
        ),
        situation(
            "nor is anything expected that was overdue at the first poll",
            {
                let moved = skip.clone().claimed(time("10:35"), time("10:40"));
                let overdue = [fired(&skip, "10:00", "10:35")];
                [
                    polled("10:32", [skip]),
                    polled("10:36", [moved.clone()]).fires(overdue),
                    polled("10:39", [moved]),
                ]
            },
            "",
        ),
        situation(
            "a schedule that is created while the exporter runs counts from its creation",
            {
                let row = tenth().created(time("10:05")).claimed(time("10:30:01"), time("10:40"));
                let fires = ["10:10", "10:30"].map(|due| fired(&row, due, due));
                [polled("09:55", []), polled("10:31", [row.clone()]).fires(fires), polled("10:33", [row])]
            },
            r#"schedule_fires_total{outcome="missed"} 1
               schedule_fires_total{outcome="on_time"} 2
               schedule_start_delay_seconds_count 2"#,
        ),
        situation(
            "without a cron expression nothing is expected",
            {
                let row = Schedule { cron: None, next_run_at: None, ..tenth() };
                [polled("09:55", [row.clone()]), polled("10:31", [row.clone()]), polled("11:00", [row])]
            },
            "",
        ),
    ]
}
