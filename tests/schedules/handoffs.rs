//! Fires that wait for their execution, run, overlap, or were never handed over.

use cloacina_exporter::record::{Execution, ExecutionStatus, Fire, Schedule};

use crate::builders::*;
use crate::situation::*;
use crate::timeline::Poll;

const FAMILIES: [&str; 4] = [
    "schedule_handoffs",
    "schedule_active_executions",
    "schedule_oldest_active_execution_age_seconds",
    "schedule_fires_total",
];

#[test]
fn open_fires_are_active_pending_lost_or_abandoned() {
    check(&FAMILIES, &situations());
}

/// The schedule as it is after 10:00, long before which the first poll was not; nothing is expected of it any more.
fn row() -> Schedule {
    hourly().claimed(time("10:00:01"), time("2026-12-23 11:00"))
}

/// First polled at `at`.
fn seen(at: &str, fires: impl IntoIterator<Item = Fire>) -> Vec<Poll> {
    vec![polled(at, [row()]).fires(fires)]
}

/// Started at 10:00 and not handed over.
fn open() -> Fire {
    fire(&row(), time("10:00"), time("10:00"))
}

fn active(workflow: &str, created: &str) -> Execution {
    execution(workflow).created(time(created)).started(time(created))
}

fn with_active(mut polls: Vec<Poll>, execution: Execution) -> Vec<Poll> {
    let last = polls.pop().unwrap().executions([execution]);
    polls.push(last);
    polls
}

pub fn situations() -> Vec<Situation> {
    [ages(), linked_late(), overlaps()].into_iter().flatten().collect()
}

fn ages() -> Vec<Situation> {
    vec![
        situation(
            "for ten minutes a handoff is pending",
            seen("10:10", [open()]),
            r#"schedule_handoffs{state="pending"} 1"#,
        ),
        situation(
            "after that it is lost",
            seen("10:10:00.001", [open()]),
            r#"schedule_handoffs{state="lost"} 1"#,
        ),
        situation(
            "a day after it was due it is lost",
            seen("2026-11-24 10:00", [open()]),
            r#"schedule_handoffs{state="lost"} 1"#,
        ),
        situation(
            "after that it is abandoned",
            seen("2026-11-24 10:00:00.001", [open()]),
            r#"schedule_handoffs{state="abandoned"} 1"#,
        ),
        situation(
            "after a third try in vain it is lost",
            seen("10:45", [open().attempts(3)]),
            r#"schedule_handoffs{state="lost"} 1"#,
        ),
        situation(
            "after a fourth it is abandoned",
            seen("10:45", [open().attempts(4)]),
            r#"schedule_handoffs{state="abandoned"} 1"#,
        ),
        situation(
            "two days after the fire it is still counted",
            seen("2026-11-25 10:00", [open()]),
            r#"schedule_handoffs{state="abandoned"} 1"#,
        ),
        situation(
            "after that it is forgotten, so that its alert clears",
            seen("2026-11-25 10:00:00.001", [open()]),
            "",
        ),
        situation(
            "time alone forgets it, though nobody reads it again",
            [seen("10:30", [open()]), seen("2026-11-25 09:59", [open()]), seen("2026-11-25 10:00:01", [])]
                .concat(),
            "",
        ),
        situation(
            "an open fire that is read again and is gone counts no more",
            [seen("10:30", [open()]), seen("10:31", [])].concat(),
            "",
        ),
        situation(
            "one that could not be handed over is closed, and counts nowhere",
            seen("10:05", [open().closed(time("10:00:00.007"))]),
            "",
        ),
    ]
}

fn linked_late() -> Vec<Situation> {
    vec![
        situation(
            "before v0.11 a fire is linked after its end: an active execution that began with it is its own",
            with_active(seen("10:45", [open()]), active("etl", "10:00:00.020")),
            "schedule_active_executions 1
             schedule_oldest_active_execution_age_seconds 2700",
        ),
        situation(
            "as far as 30 s apart",
            with_active(seen("10:45", [open()]), active("etl", "10:00:30")),
            "schedule_active_executions 1
             schedule_oldest_active_execution_age_seconds 2700",
        ),
        situation(
            "but no further",
            with_active(seen("10:45", [open()]), active("etl", "10:00:30.001")),
            r#"schedule_handoffs{state="lost"} 1"#,
        ),
        situation(
            "nor of another workflow",
            with_active(seen("10:45", [open()]), active("sync", "10:00")),
            r#"schedule_handoffs{state="lost"} 1"#,
        ),
        situation(
            "v0.4 never closes a fire: linked to an execution that has ended it is done",
            seen("10:45", [open().linked(ExecutionStatus::Completed, Some(time("10:02")))]),
            "",
        ),
        situation(
            "linked to an execution that is gone it will not go on either",
            seen("10:45", [open().linked(ExecutionStatus::Other, None)]),
            "",
        ),
        situation(
            "linked after its end, a fire before v0.11 was on time",
            {
                let moved = hourly().claimed(time("10:00:01"), time("11:00"));
                let running =
                    polled("10:30", [moved.clone()]).fires([open()]).executions([active("etl", "10:00")]);
                let done = open().succeeded(time("10:40"));
                [polled("09:30", [hourly()]), running, polled("10:41", [moved]).fires([done])]
            },
            r#"schedule_fires_total{outcome="on_time"} 1"#,
        ),
    ]
}

fn overlaps() -> Vec<Situation> {
    let started = |at: &str| fire(&row(), time(at), time(at)).running();
    vec![
        situation(
            "two executions of one schedule overlap; the age is the older one's",
            seen("10:10", [started("09:00"), started("10:00")]),
            "schedule_active_executions 2
             schedule_oldest_active_execution_age_seconds 4200",
        ),
        situation(
            "pending and paused executions go on too",
            seen(
                "10:10",
                [
                    started("10:00").linked(ExecutionStatus::Pending, None),
                    started("09:00").linked(ExecutionStatus::Paused, None),
                ],
            ),
            "schedule_active_executions 2
             schedule_oldest_active_execution_age_seconds 4200",
        ),
        situation(
            "one that has ended goes on no more, also if its fire is not closed yet",
            [
                seen("10:10", [started("09:00"), started("10:00")]),
                seen(
                    "10:11",
                    [
                        started("09:00").linked(ExecutionStatus::Failed, Some(time("10:10:30"))),
                        started("10:00"),
                    ],
                ),
            ]
            .concat(),
            "schedule_active_executions 1
             schedule_oldest_active_execution_age_seconds 660",
        ),
        situation(
            "a disabled schedule has what it started",
            vec![polled("10:10", [row().disabled()]).fires([started("10:00")])],
            "schedule_active_executions 1
             schedule_oldest_active_execution_age_seconds 600",
        ),
    ]
}
