//! When the next success of a schedule is due, and which success was the last.

use std::time::Duration;

use cloacina_exporter::config::{Metrics, Patterns, ScheduleOverride};
use cloacina_exporter::record::{ExecutionStatus, Fire, Schedule};

use crate::builders::*;
use crate::situation::*;
use crate::timeline::Poll;

const FAMILIES: [&str; 2] =
    ["schedule_last_success_timestamp_seconds", "schedule_success_deadline_timestamp_seconds"];

#[test]
fn the_deadline_follows_the_first_fire_after_the_last_success() {
    check(&FAMILIES, &situations());
}

fn success(due: &str, ended: &str) -> Fire {
    fire(&hourly(), time(due), time(due)).succeeded(time(ended))
}

/// Polled at 10:30, when the hourly schedule has fired at 10:00.
fn polled_with(fires: impl IntoIterator<Item = Fire>) -> [Poll; 1] {
    [polled("10:30", [moved()]).fires(fires)]
}

fn moved() -> Schedule {
    hourly().claimed(time("10:00:01"), time("11:00"))
}

fn within(given: &[(&str, Option<u64>)]) -> impl FnOnce(&mut Metrics) {
    let overrides = given.iter().map(|(pattern, within)| ScheduleOverride {
        schedules: Patterns::new([*pattern]).unwrap(),
        grace: None,
        succeeds_within: within.map(Duration::from_secs),
    });
    let overrides: Vec<_> = overrides.collect();
    |metrics| metrics.schedule_overrides = overrides
}

const AFTER_TEN: &str = "schedule_last_success_timestamp_seconds 2026-11-23 10:02:00
                         schedule_success_deadline_timestamp_seconds 2026-11-23 11:06:00";

pub fn situations() -> Vec<Situation> {
    [since_the_last_success(), since_a_change(), lengths(), overrides()].into_iter().flatten().collect()
}

fn since_the_last_success() -> Vec<Situation> {
    let nine = || success("09:00", "09:02");
    let stuck = || fired(&hourly(), "10:00", "10:00");
    vec![
        situation(
            "never fired: the first fire after its creation and the grace",
            [polled("10:30", [hourly().created(time("10:05")).due(time("11:00"))])],
            "schedule_success_deadline_timestamp_seconds 2026-11-23 11:06:00",
        ),
        situation(
            "never fired for long: in the past",
            [polled("10:30", [hourly().created(time("2026-11-20 10:05"))])],
            "schedule_success_deadline_timestamp_seconds 2026-11-20 11:06:00",
        ),
        situation(
            "after a success: the next fire and the grace",
            polled_with([success("10:00", "10:02")]),
            AFTER_TEN,
        ),
        situation(
            "late: due at 10:00, not fired at 10:30",
            [polled("10:30", [hourly()]).fires([nine()])],
            "schedule_last_success_timestamp_seconds 2026-11-23 09:02:00
             schedule_success_deadline_timestamp_seconds 2026-11-23 10:06:00",
        ),
        situation(
            "failing: the first fire after the last success",
            polled_with([
                success("08:00", "08:02"),
                nine().failed(time("09:02")),
                stuck().failed(time("10:01")),
            ]),
            "schedule_last_success_timestamp_seconds 2026-11-23 08:02:00
             schedule_success_deadline_timestamp_seconds 2026-11-23 09:06:00",
        ),
        situation(
            "hanging: the fire whose execution goes on",
            polled_with([nine(), stuck()]),
            "schedule_last_success_timestamp_seconds 2026-11-23 09:02:00
             schedule_success_deadline_timestamp_seconds 2026-11-23 10:06:00",
        ),
        situation(
            "a cancelled execution is no success",
            polled_with([nine(), stuck().linked(ExecutionStatus::Cancelled, Some(time("10:01")))]),
            "schedule_last_success_timestamp_seconds 2026-11-23 09:02:00
             schedule_success_deadline_timestamp_seconds 2026-11-23 10:06:00",
        ),
        situation(
            "nor is one whose row is gone",
            polled_with([nine(), stuck().linked(ExecutionStatus::Other, None)]),
            "schedule_last_success_timestamp_seconds 2026-11-23 09:02:00
             schedule_success_deadline_timestamp_seconds 2026-11-23 10:06:00",
        ),
        situation(
            "a success counts before the scheduler has closed its fire, and on v0.4, which never does",
            polled_with([nine(), stuck().linked(ExecutionStatus::Completed, Some(time("10:02")))]),
            AFTER_TEN,
        ),
        situation(
            "an older success that is read later changes nothing",
            [
                polled("10:05", [moved()]).fires([success("10:00", "10:02")]),
                polled("10:30", [moved()]).fires([nine()]),
            ],
            AFTER_TEN,
        ),
        situation(
            "a success that ended last but began before: its end is the last, and the deadline is the other's",
            polled_with([success("09:00", "10:20"), success("10:00", "10:02")]),
            "schedule_last_success_timestamp_seconds 2026-11-23 10:20:00
             schedule_success_deadline_timestamp_seconds 2026-11-23 13:40:00",
        ),
        situation(
            "of an execution that runs when its fire is first seen the success is seen later",
            [
                polled("10:00:30", [moved()]).fires([stuck()]),
                polled("10:02:30", [moved()]).fires([success("10:00", "10:02")]),
                polled("10:30", [moved()]),
            ],
            AFTER_TEN,
        ),
    ]
}

fn since_a_change() -> Vec<Situation> {
    let ten = || success("10:00", "10:02");
    let success = "schedule_last_success_timestamp_seconds 2026-11-23 10:02:00";
    let half = Schedule { cron: Some("30 * * * *".into()), ..moved() };
    vec![
        situation(
            "after a resume: the first fire after the poll that saw it",
            [
                polled("10:30", [moved().paused(time("10:20"))]).fires([ten()]),
                polled("13:10", [moved().claimed(time("13:09"), time("14:00"))]),
            ],
            "schedule_last_success_timestamp_seconds 2026-11-23 10:02:00
             schedule_success_deadline_timestamp_seconds 2026-11-23 14:06:00",
        ),
        situation(
            "after it was enabled again",
            [
                polled("10:30", [moved().disabled()]).fires([ten()]),
                polled("13:10", [moved().claimed(time("13:09"), time("14:00"))]),
            ],
            "schedule_last_success_timestamp_seconds 2026-11-23 10:02:00
             schedule_success_deadline_timestamp_seconds 2026-11-23 14:06:00",
        ),
        situation(
            "after its expression changed: 10:30 was not due by the old one",
            [polled("10:05", [moved()]).fires([ten()]), polled("10:35", [half.due(time("11:30"))])],
            "schedule_last_success_timestamp_seconds 2026-11-23 10:02:00
             schedule_success_deadline_timestamp_seconds 2026-11-23 11:36:00",
        ),
        situation("paused: none", [polled("10:30", [moved().paused(time("10:20"))]).fires([ten()])], success),
        situation("disabled: none", [polled("10:30", [moved().disabled()]).fires([ten()])], success),
        situation("invalid: none", [polled("10:30", [moved().zone("Mars/Olympus")]).fires([ten()])], success),
        situation(
            "not before its start date",
            [polled("10:30", [hourly().starting(time("10:00")).due(time("10:00"))])],
            "schedule_success_deadline_timestamp_seconds 2026-11-23 10:06:00",
        ),
        situation("before its start date: none", [polled("10:30", [hourly().starting(time("12:00"))])], ""),
        situation(
            "after the last fire before its end date there is none",
            [polled("10:30", [moved().ending(time("11:00"))]).fires([ten()])],
            success,
        ),
    ]
}

/// Fires of ten hours, each ended after a minute, and before them one that took 50 minutes.
fn eleven() -> impl Iterator<Item = Fire> {
    let short = (1..=10).map(|hour| success(&format!("{hour:02}:00"), &format!("{hour:02}:01")));
    std::iter::once(success("00:00", "00:50")).chain(short)
}

fn lengths() -> Vec<Situation> {
    vec![
        situation(
            "long executions have twice the longest of the newest ten, if that is more than the grace",
            polled_with([success("09:00", "09:20"), success("10:00", "10:02")]),
            "schedule_last_success_timestamp_seconds 2026-11-23 10:02:00
             schedule_success_deadline_timestamp_seconds 2026-11-23 11:40:00",
        ),
        situation(
            "the eleventh is forgotten",
            polled_with(eleven()),
            "schedule_last_success_timestamp_seconds 2026-11-23 10:01:00
             schedule_success_deadline_timestamp_seconds 2026-11-23 11:06:00",
        ),
        situation(
            "the tenth counts",
            polled_with(eleven().take(10)),
            "schedule_last_success_timestamp_seconds 2026-11-23 09:01:00
             schedule_success_deadline_timestamp_seconds 2026-11-23 11:40:00",
        ),
        situation(
            "in whatever order they are read",
            polled_with(eleven().collect::<Vec<_>>().into_iter().rev()),
            "schedule_last_success_timestamp_seconds 2026-11-23 10:01:00
             schedule_success_deadline_timestamp_seconds 2026-11-23 11:06:00",
        ),
        situation(
            "and read twice each is one",
            [
                polled("10:05", [moved()]).fires(eleven().take(10)),
                polled("10:30", [moved()]).fires(eleven().take(10)),
            ],
            "schedule_last_success_timestamp_seconds 2026-11-23 09:01:00
             schedule_success_deadline_timestamp_seconds 2026-11-23 11:40:00",
        ),
        situation(
            "failed executions have no say",
            polled_with([
                fired(&hourly(), "09:00", "09:00").failed(time("09:50")),
                success("10:00", "10:02"),
            ]),
            AFTER_TEN,
        ),
    ]
}

fn overrides() -> Vec<Situation> {
    let fires = || [success("09:00", "09:20"), success("10:00", "10:02")];
    vec![
        situation(
            "an override by pattern is instead of all that is worked out",
            polled_with(fires()),
            "schedule_last_success_timestamp_seconds 2026-11-23 10:02:00
             schedule_success_deadline_timestamp_seconds 2026-11-23 11:00:05",
        )
        .with(within(&[("*", Some(5))])),
        situation(
            "the first that matches wins, also if it says nothing of successes",
            polled_with(fires()),
            "schedule_last_success_timestamp_seconds 2026-11-23 10:02:00
             schedule_success_deadline_timestamp_seconds 2026-11-23 11:40:00",
        )
        .with(within(&[("sync", Some(1)), ("etl", None), ("*", Some(5))])),
        situation(
            "one of other schedules changes nothing",
            polled_with(fires()),
            "schedule_last_success_timestamp_seconds 2026-11-23 10:02:00
             schedule_success_deadline_timestamp_seconds 2026-11-23 11:40:00",
        )
        .with(within(&[("sync*", Some(5))])),
    ]
}
