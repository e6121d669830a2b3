//! What speaks of the newest executions: last status and times, consecutive failures, the usual duration.

use cloacina_exporter::record::Execution;

use crate::builders::*;
use crate::timeline::*;

fn ended(rows: impl IntoIterator<Item = Execution>) -> Timeline {
    rows.into_iter().enumerate().fold(Timeline::begun(), |timeline, (index, row)| {
        timeline.poll(poll(at(1000 + index as i64)).executions([row]))
    })
}

fn number(number: u32) -> Execution {
    execution("etl").number(number).started(at(0))
}

const LAST: [&str; 3] = [
    "workflow_last_execution_status",
    "workflow_last_success_timestamp_seconds",
    "workflow_last_failure_timestamp_seconds",
];

#[test]
fn the_last_status_is_that_of_the_newest_end_in_whatever_order_ends_arrive() {
    let rows = [number(1).completed(at(30)), number(2).failed(at(20)), number(3).cancelled(at(10))];
    shows_all(
        "newest first",
        &ended(rows),
        &LAST,
        r#"
        workflow_last_execution_status{workflow="etl",status="completed"} 1
        workflow_last_execution_status{workflow="etl",status="failed"} 0
        workflow_last_execution_status{workflow="etl",status="cancelled"} 0
        workflow_last_success_timestamp_seconds{workflow="etl"} 30
        workflow_last_failure_timestamp_seconds{workflow="etl"} 20
    "#,
    );
}

#[test]
fn a_workflow_of_which_nothing_ended_has_no_last_status_and_no_times() {
    let timeline = Timeline::begun().poll(poll(at(10)).executions([execution("etl").started(at(1))]));
    shows_all("only running", &timeline, &LAST, "");
}

#[test]
fn a_missing_end_time_is_replaced_by_the_rows_last_change() {
    let mut row = number(1).failed(at(20));
    row.completed_at = None;
    shows(
        "updated at 20",
        &ended([row]),
        &LAST,
        r#"
        workflow_last_execution_status{workflow="etl",status="failed"} 1
        workflow_last_failure_timestamp_seconds{workflow="etl"} 20
    "#,
    );
}

fn failures(rows: impl IntoIterator<Item = Execution>) -> String {
    ended(rows).lines(&["workflow_consecutive_failures"]).concat()
}

#[test]
fn consecutive_failures_count_since_the_last_success_and_skip_cancellations() {
    let line = |count| format!("workflow_consecutive_failures{{workflow=\"etl\"}} {count}");
    let failed = |range: std::ops::Range<u32>| range.map(|n| number(n).failed(at(n.into())));
    assert_eq!(failures([number(1).completed(at(1))]), line(0));
    assert_eq!(failures([number(1).completed(at(1)), number(2).failed(at(2))]), line(1));
    assert_eq!(failures(failed(1..3).chain([number(9).cancelled(at(9))])), line(2));
    assert_eq!(failures(failed(1..3).chain([number(9).completed(at(9))])), line(0));
    assert_eq!(failures(failed(0..99)), line(99));
    assert_eq!(failures(failed(0..100)), line(100));
    assert_eq!(failures(failed(0..130)), line(100));
}

#[test]
fn a_success_that_arrives_late_breaks_the_row_of_failures_where_it_happened() {
    let rows = (1..=6).map(|n| number(n).failed(at(i64::from(n) * 10)));
    let line = failures(rows.chain([number(9).completed(at(35))]));
    assert_eq!(line, r#"workflow_consecutive_failures{workflow="etl"} 3"#);
}

fn baseline(durations: impl IntoIterator<Item = i64>) -> Vec<String> {
    let row = |(index, seconds): (usize, i64)| {
        let end = 10_000 + index as i64;
        execution("etl").number(index as u32).started(at(end - seconds)).completed(at(end))
    };
    let rows = durations.into_iter().enumerate().map(row);
    Timeline::begun().poll(poll(at(20_000)).executions(rows)).lines(&["workflow_duration_baseline_seconds"])
}

#[test]
fn the_baseline_is_the_95th_percentile_of_the_last_fifty_successes_from_ten_on() {
    let line = |seconds| vec![format!("workflow_duration_baseline_seconds{{workflow=\"etl\"}} {seconds}")];
    assert_eq!(baseline(1..=9), Vec::<String>::new());
    assert_eq!(baseline(1..=10), line(10));
    assert_eq!(baseline(1..=20), line(19));
    assert_eq!(baseline(1..=50), line(48));
    assert_eq!(baseline(1..=51), line(49));
    assert_eq!(baseline(std::iter::once(9999).chain(1..=49)), line(48));
    assert_eq!(baseline([9999].into_iter().chain(std::iter::repeat_n(7, 50))), line(7));
}

#[test]
fn failures_cancellations_and_unknown_starts_are_no_part_of_the_baseline() {
    let mut unknown = execution("etl").completed(at(99));
    unknown.started_at = None;
    let rows = (0..9).map(|n| number(n).completed(at(5)));
    let others = [number(20).failed(at(9)), number(21).cancelled(at(9)), unknown];
    let timeline = Timeline::begun().poll(poll(at(100)).executions(rows.chain(others)));
    shows_all("nine successes", &timeline, &["workflow_duration_baseline_seconds"], "");
}
