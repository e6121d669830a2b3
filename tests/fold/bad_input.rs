//! Rows that no engine writes: absurd times, absurd numbers, names with anything in them. Nothing panics, and what is
//! shown stays true or finite.

use cloacina_exporter::record::{EventKind, Execution, FailureReason, Schedule, Task, Timestamp};

use crate::builders::*;
use crate::timeline::*;

/// Year 0, year 9999 and PostgreSQL's infinities, beside an ordinary instant.
const INSTANTS: [Timestamp; 5] = [
    Timestamp::MIN,
    Timestamp::from_seconds(-62_167_219_200),
    Timestamp::from_seconds(90),
    Timestamp::from_seconds(253_402_300_799),
    Timestamp::MAX,
];

fn rows(first: Timestamp, second: Timestamp, now: Timestamp) -> Poll {
    let times = |mut row: Task| {
        (row.created_at, row.updated_at, row.retry_at) = (first, second, Some(second));
        row.heartbeat_at = Some(first);
        row
    };
    let schedule = Schedule {
        next_run_at: Some(first),
        last_run_at: Some(second),
        start_date: Some(first),
        end_date: Some(second),
        ..cron("etl", "* * * * *")
    };
    poll(now)
        .executions([
            execution("etl").created(first).started(second),
            execution("etl").number(2).created(first).started(first).completed(second),
            execution("etl").number(3).created(second).started(second).failed(first),
        ])
        .tasks([
            times(task("etl", "a").running(first)),
            times(task("etl", "b").ready(second)),
            times(task("etl", "c").attempt(u32::MAX).recoveries(u32::MAX).running(first).completed(second)),
            times(task("etl", "d").attempt(0).running(second).failed(FailureReason::Unknown, first)),
        ])
        .events([
            event(EventKind::TaskMarkedReady, first).of(&task("etl", "b")),
            event(EventKind::TaskRetryScheduled, second).of(&task("etl", "a")),
        ])
        .schedules([schedule])
}

#[test]
fn no_time_in_any_row_makes_folding_panic_or_a_line_unreadable() {
    for first in INSTANTS {
        for second in INSTANTS {
            for now in INSTANTS {
                let again = rows(second, first, now);
                let timeline = Timeline::begun().poll(rows(first, second, now)).poll(again).restarted();
                for line in timeline.lines(&[]) {
                    let value: f64 = line.rsplit_once(' ').unwrap().1.parse().unwrap();
                    assert!(value.is_finite(), "{line}");
                }
                let ends = timeline.values("workflow_executions_total").into_values();
                assert!(ends.filter_map(|count| count.parse::<u32>().ok()).sum::<u32>() <= 2);
            }
        }
    }
}

#[test]
fn an_infinite_end_does_not_stop_later_executions_from_counting() {
    let forever = execution("etl").started(at(1)).completed(Timestamp::MAX);
    let next = |number: u32, now: i64| {
        poll(at(now))
            .executions([execution("etl").number(number).started(at(now - 5)).completed(at(now - 1))])
    };
    let timeline =
        Timeline::begun().poll(poll(at(10)).executions([forever])).poll(next(2, 25)).poll(next(3, 9000));
    let families = ["workflow_executions_total", "workflow_last_execution_status"];
    shows(
        "three",
        &timeline,
        &families,
        r#"
        workflow_executions_total{workflow="etl",status="completed",origin="manual"} 3
        workflow_last_execution_status{workflow="etl",status="completed"} 1
    "#,
    );
}

#[test]
fn an_event_of_the_far_future_or_past_does_not_move_the_window() {
    for instant in INSTANTS {
        let odd = event(EventKind::Other, instant).of_execution(&execution("etl"));
        let timeline = Timeline::begun()
            .poll(poll(at(1000)).events([odd, event(EventKind::Other, at(990))]))
            .poll(poll(at(1015)));
        let window = &timeline.values("exporter_window_seconds")["exporter_window_seconds"];
        let seconds: f64 = window.parse().unwrap();
        assert!((0.0..=3600.0 + 145.0).contains(&seconds), "{instant:?}: {window}");
    }
}

#[test]
fn names_with_quotes_newlines_and_colons_keep_their_series_apart() {
    let odd = |name: &str| -> (Execution, Task) {
        let mut row = task(name, "load").completed(at(8));
        row.name = "x::::\"q\"\n\\".into();
        (execution(name).completed(at(9)), row)
    };
    let (first, first_task) = odd("a\"b\nc");
    let (second, second_task) = odd("");
    let rows = poll(at(10)).executions([first, second]).tasks([first_task, second_task]);
    shows(
        "escaped",
        &Timeline::begun().poll(rows),
        &["workflow_executions_total", "task_attempts_total"],
        r#"
        workflow_executions_total{workflow="",status="completed",origin="manual"} 1
        workflow_executions_total{workflow="a\"b\nc",status="completed",origin="manual"} 1
        task_attempts_total{workflow="",task="\"q\"\n\\",outcome="completed"} 1
        task_attempts_total{workflow="a\"b\nc",task="\"q\"\n\\",outcome="completed"} 1
    "#,
    );
}

#[test]
fn attempt_and_recovery_numbers_up_to_their_limits_are_added_up() {
    let extreme = |number: u32| {
        let row = task("etl", "load").attempt(u32::MAX).recoveries(u32::MAX);
        let ended = execution("etl").number(number).completed(at(9));
        (row.of(&ended).completed(at(8)), ended)
    };
    let ((one, first), (two, second)) = (extreme(1), extreme(2));
    let timeline = Timeline::begun().poll(poll(at(10)).executions([first, second]).tasks([one, two]));
    shows(
        "twice the largest",
        &timeline,
        &["task_attempts_total", "task_recoveries_total"],
        r#"
        task_attempts_total{workflow="etl",task="load",outcome="completed"} 2
        task_attempts_total{workflow="etl",task="load",outcome="retried"} 8589934588
        task_recoveries_total{workflow="etl",action="reset"} 8589934590
    "#,
    );
}
