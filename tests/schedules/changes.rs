//! Pauses, switches and other expressions.

use cloacina_exporter::record::{Fire, Schedule};

use crate::builders::*;
use crate::situation::*;

pub const FAMILIES: [&str; 5] = [
    "schedule_fires_total",
    "schedule_enabled",
    "schedule_paused_timestamp_seconds",
    "schedule_next_run_timestamp_seconds",
    "schedule_last_run_timestamp_seconds",
];

#[test]
fn what_is_expected_follows_the_row() {
    check(&FAMILIES, &situations());
}

/// Handed over when it was due, and ended at once.
pub fn fires(row: &Schedule, dues: &[&str]) -> Vec<Fire> {
    dues.iter().map(|due| fired(row, due, due).succeeded(time(due))).collect()
}

/// Fires at 10:00 and 10:10, and is due at 10:20.
pub fn at_ten_past() -> Schedule {
    tenth().claimed(time("10:10:01"), time("10:20"))
}

fn pauses() -> Vec<Situation> {
    let row = tenth();
    let paused = at_ten_past().paused(time("10:25"));
    vec![
        situation(
            "until it was paused fires are expected, and from then on none",
            [
                polled("09:55", [row.clone()]),
                polled("10:30", [paused.clone()]).fires(fires(&row, &["10:00", "10:10"])),
                polled("11:00", [paused.clone()]),
            ],
            r#"schedule_fires_total{outcome="on_time"} 2
               schedule_enabled 1
               schedule_paused_timestamp_seconds 2026-11-23 10:25:00
               schedule_last_run_timestamp_seconds 2026-11-23 10:10:01"#,
        ),
        situation(
            "an instant before the pause that was still due fires at the resume: caught up",
            {
                let moved = row.clone().claimed(time("11:05"), time("11:10"));
                let old = [fired(&row, "10:20", "11:05")];
                [
                    polled("09:55", [row.clone()]),
                    polled("10:30", [paused.clone()]).fires(fires(&row, &["10:00", "10:10"])),
                    polled("11:05:30", [moved.clone()]).fires(old),
                    polled("11:08", [moved]),
                ]
            },
            r#"schedule_fires_total{outcome="on_time"} 2
               schedule_fires_total{outcome="catchup"} 1
               schedule_enabled 1
               schedule_next_run_timestamp_seconds 2026-11-23 11:10:00
               schedule_last_run_timestamp_seconds 2026-11-23 11:05:00"#,
        ),
        situation(
            "an instant within the pause fires at once at the resume, and was not expected",
            {
                let paused = at_ten_past().paused(time("10:15"));
                let resumed = at_ten_past().claimed(time("11:05"), time("11:10"));
                let old = || [fired(&row, "10:20", "11:05")];
                let moved = row.clone().claimed(time("11:10:01"), time("11:20"));
                [
                    polled("10:12", [at_ten_past()]),
                    polled("10:30", [paused]),
                    polled("11:05:30", [resumed.clone()]).fires(old()),
                    polled("11:08", [resumed]).fires(old()),
                    polled("11:11", [moved.clone()]).fires(fires(&row, &["11:10"])),
                    polled("11:14", [moved]),
                ]
            },
            r#"schedule_fires_total{outcome="on_time"} 1
               schedule_enabled 1
               schedule_next_run_timestamp_seconds 2026-11-23 11:20:00
               schedule_last_run_timestamp_seconds 2026-11-23 11:10:01"#,
        ),
        situation(
            "paused at the very instant, it is not expected",
            {
                let paused = at_ten_past().paused(time("10:20"));
                let resumed = at_ten_past().due(time("10:30"));
                [
                    polled("10:12", [at_ten_past()]),
                    polled("10:20:05", [paused]),
                    polled("10:25", [resumed.clone()]),
                    polled("10:28", [resumed]),
                ]
            },
            "schedule_enabled 1
             schedule_next_run_timestamp_seconds 2026-11-23 10:30:00
             schedule_last_run_timestamp_seconds 2026-11-23 10:10:01",
        ),
        situation(
            "a schedule that runs all catches up on its pause too, and that was not expected",
            {
                let row = row.clone().run_all();
                let paused = at_ten_past().run_all().paused(time("10:15"));
                let moved = row.clone().claimed(time("10:45"), time("10:50"));
                let caught_up = ["10:20", "10:30", "10:40"].map(|due| fired(&row, due, "10:45"));
                [
                    polled("10:12", [at_ten_past().run_all()]),
                    polled("10:30", [paused.clone()]),
                    polled("10:44:50", [paused]),
                    polled("10:45:30", [moved.clone()]).fires(caught_up),
                    polled("10:48", [moved]),
                ]
            },
            "schedule_enabled 1
             schedule_next_run_timestamp_seconds 2026-11-23 10:50:00
             schedule_last_run_timestamp_seconds 2026-11-23 10:45:00",
        ),
        situation(
            "paused before the first poll, nothing is expected",
            [polled("10:12", [paused.clone()]), polled("12:00", [paused])],
            "schedule_enabled 1
             schedule_paused_timestamp_seconds 2026-11-23 10:25:00
             schedule_last_run_timestamp_seconds 2026-11-23 10:10:01",
        ),
    ]
}

fn switches() -> Vec<Situation> {
    let row = tenth();
    let off = at_ten_past().disabled();
    vec![
        situation(
            "nobody knows when it was disabled: between those two polls a fire counts if it came",
            [
                polled("09:55", [row.clone()]),
                polled("10:30", [off.clone()]).fires(fires(&row, &["10:00", "10:10"])),
                polled("10:40", [off.clone()]),
                polled("12:00", [off.clone()]),
            ],
            r#"schedule_fires_total{outcome="on_time"} 2
               schedule_last_run_timestamp_seconds 2026-11-23 10:10:01"#,
        ),
        situation(
            "enabled again, its old next run fires at once and was not expected; what follows is",
            {
                let on = at_ten_past().claimed(time("11:05"), time("11:10"));
                let missed = at_ten_past().due(time("11:20"));
                [
                    polled("10:12", [at_ten_past()]),
                    polled("10:15", [off.clone()]),
                    polled("11:04:55", [off.clone()]),
                    polled("11:05:10", [on]).fires([fired(&row, "10:20", "11:05")]),
                    polled("11:12", [missed.clone()]),
                    polled("11:14", [missed]),
                ]
            },
            r#"schedule_fires_total{outcome="missed"} 1
               schedule_enabled 1
               schedule_next_run_timestamp_seconds 2026-11-23 11:20:00
               schedule_last_run_timestamp_seconds 2026-11-23 10:10:01"#,
        ),
        situation(
            "what was due before the poll at which it was still on is missed if nothing comes",
            {
                let on = at_ten_past().due(time("11:10"));
                [
                    polled("10:12", [at_ten_past()]),
                    polled("10:25", [at_ten_past()]),
                    polled("10:35", [off]),
                    polled("11:05", [on.clone()]),
                    polled("11:08", [on]),
                ]
            },
            r#"schedule_fires_total{outcome="missed"} 1
               schedule_enabled 1
               schedule_next_run_timestamp_seconds 2026-11-23 11:10:00
               schedule_last_run_timestamp_seconds 2026-11-23 10:10:01"#,
        ),
    ]
}

fn expressions() -> Vec<Situation> {
    let row = tenth();
    vec![
        situation(
            "the expression changed: what was due by the old one is missed, by the new one expected",
            {
                let quarter = Schedule { cron: Some("*/15 * * * *".into()), ..row.clone() };
                let changed = quarter.clone().due(time("10:30"));
                let moved = quarter.claimed(time("10:45:01"), time("11:00"));
                [
                    polled("09:55", [row.clone()]),
                    polled("10:15", [row.clone()]),
                    polled("10:20:05", [changed.clone()]),
                    polled("10:22:05", [changed]),
                    polled("10:46", [moved.clone()]).fires(fires(&row, &["10:30"])),
                    polled("10:48", [moved]),
                ]
            },
            r#"schedule_fires_total{outcome="missed"} 3
               schedule_fires_total{outcome="on_time"} 1
               schedule_enabled 1
               schedule_next_run_timestamp_seconds 2026-11-23 11:00:00
               schedule_last_run_timestamp_seconds 2026-11-23 10:45:01"#,
        ),
        situation(
            "changed while the scheduler is down, what was due by the old one will never come",
            {
                let row = row.clone().run_all();
                let changed =
                    Schedule { cron: Some("*/15 * * * *".into()), ..row.clone() }.due(time("10:30"));
                [
                    polled("09:55", [row.clone()]),
                    polled("10:15", [row]),
                    polled("10:20:05", [changed.clone()]),
                    polled("10:22:05", [changed]),
                ]
            },
            r#"schedule_fires_total{outcome="missed"} 2
               schedule_enabled 1
               schedule_next_run_timestamp_seconds 2026-11-23 10:30:00
               schedule_last_run_timestamp_seconds 2026-11-23 09:50:00"#,
        ),
        situation(
            "between the two polls fires by both expressions count if they came",
            {
                let quarter = Schedule { cron: Some("*/15 * * * *".into()), ..row.clone() };
                let moved = quarter.claimed(time("10:45:01"), time("11:00"));
                let came = fires(&row, &["10:00", "10:20", "10:45"]);
                [
                    polled("09:55", [row.clone()]),
                    polled("10:46", [moved.clone()]).fires(came),
                    polled("10:50", [moved]),
                ]
            },
            r#"schedule_fires_total{outcome="on_time"} 3
               schedule_enabled 1
               schedule_next_run_timestamp_seconds 2026-11-23 11:00:00
               schedule_last_run_timestamp_seconds 2026-11-23 10:45:01"#,
        ),
        situation(
            "the time zone changed: 12:00 in Berlin is an hour before 12:00",
            {
                let noon = etl("0 12 * * *").claimed(time("2026-11-22 12:00:01"), time("12:00"));
                let berlin = noon.clone().zone("Europe/Berlin").due(time("11:00"));
                let moved = berlin.clone().claimed(time("11:00:01"), time("2026-11-24 11:00"));
                [
                    polled("10:00", [noon]),
                    polled("10:10", [berlin.clone()]),
                    polled("11:01", [moved.clone()]).fires(fires(&berlin, &["11:00"])),
                    polled("12:30", [moved]),
                ]
            },
            r#"schedule_fires_total{outcome="on_time"} 1
               schedule_enabled 1
               schedule_next_run_timestamp_seconds 2026-11-24 11:00:00
               schedule_last_run_timestamp_seconds 2026-11-23 11:00:01"#,
        ),
        situation(
            "another policy changes nothing of what is expected",
            {
                let moved = row.clone().run_all().claimed(time("10:10:01"), time("10:20"));
                [
                    polled("09:55", [row.clone()]),
                    polled("10:11", [moved.clone()]).fires(fires(&row, &["10:00", "10:10"])),
                    polled("10:14", [moved]),
                ]
            },
            r#"schedule_fires_total{outcome="on_time"} 2
               schedule_enabled 1
               schedule_next_run_timestamp_seconds 2026-11-23 10:20:00
               schedule_last_run_timestamp_seconds 2026-11-23 10:10:01"#,
        ),
    ]
}

pub fn situations() -> Vec<Situation> {
    [pauses(), switches(), expressions()].into_iter().flatten().collect()
}
