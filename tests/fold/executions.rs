//! Ended executions: how often, how long, how late; and active ones.

use cloacina_exporter::record::{ExecutionStatus, Origin};

use crate::builders::*;
use crate::timeline::*;

#[test]
fn each_status_and_origin_is_counted_under_its_own_labels() {
    for (status, status_name) in [
        (ExecutionStatus::Completed, "completed"),
        (ExecutionStatus::Failed, "failed"),
        (ExecutionStatus::Cancelled, "cancelled"),
    ] {
        for (origin, origin_name) in [
            (Origin::Cron, "cron"),
            (Origin::Trigger, "trigger"),
            (Origin::Manual, "manual"),
            (Origin::Unknown, "unknown"),
        ] {
            let ended = execution("etl").ended(status, at(9)).started_by(origin);
            let wanted = format!(
                "workflow_executions_total{{workflow=\"etl\",status=\"{status_name}\",origin=\"{origin_name}\"}} 1"
            );
            let timeline = Timeline::begun().poll(poll(at(10)).executions([ended]));
            shows(status_name, &timeline, &["workflow_executions_total"], &wanted);
        }
    }
}

#[test]
fn an_execution_counts_once_however_often_it_is_read() {
    let ended = || execution("etl").started(at(1)).completed(at(9));
    let twice_in_one = poll(at(10)).executions([ended(), ended()]);
    let again = poll(at(25)).executions([ended()]);
    let timeline = Timeline::begun()
        .poll(poll(at(5)).executions([execution("etl").started(at(1))]))
        .polls([twice_in_one, again.clone()])
        .restarted()
        .poll(again);
    shows(
        "five times",
        &timeline.at(at(300)),
        &["workflow_executions_total"],
        r#"
        workflow_executions_total{workflow="etl",status="completed",origin="manual"} 1
    "#,
    );
}

#[test]
fn an_end_that_was_reopened_does_not_count_again() {
    let timeline = Timeline::begun()
        .poll(poll(at(10)).executions([execution("etl").started(at(1)).failed(at(9))]))
        .poll(poll(at(25)).executions([execution("etl").started(at(20))]))
        .poll(poll(at(40)).executions([execution("etl").started(at(20)).completed(at(39))]));
    shows(
        "failed, then completed by hand",
        &timeline,
        &["workflow_executions_total"],
        r#"
        workflow_executions_total{workflow="etl",status="failed",origin="manual"} 1
    "#,
    );
}

#[test]
fn an_old_end_that_a_scan_finds_counts_only_if_it_was_active_before() {
    // The first poll at 10000 remembers ids from 10000 - 120 - 600 on.
    let begun = || Timeline::new(metrics()).poll(poll(at(10_000)));
    let end = |created, completed| {
        let row = execution("etl").created(at(created)).completed(at(completed));
        poll(at(10_015)).executions([row])
    };
    let one = r#"workflow_executions_total{workflow="etl",status="completed",origin="manual"} 1"#;
    let family = ["workflow_executions_total"];
    shows("ended at the floor", &begun().poll(end(0, 9_280)), &family, one);
    shows("ended a second before the floor", &begun().poll(end(0, 9_279)), &family, "");
    shows("created since, ended before by a wrong clock", &begun().poll(end(9_280, 0)), &family, one);
    let active = poll(at(10_001)).executions([execution("etl").created(at(0))]);
    shows("it was active", &begun().poll(active).poll(end(0, 5)), &family, one);
}

#[test]
fn a_status_that_is_not_known_never_counts_as_an_end() {
    let odd = execution("etl").ended(ExecutionStatus::Other, at(9));
    let families =
        ["workflow_executions_total", "workflow_last_execution_status", "workflow_executions_active"];
    shows("other", &Timeline::begun().poll(poll(at(10)).executions([odd])), &families, "");
}

fn durations(started: Option<i64>, completed: i64) -> Timeline {
    let mut ended = execution("etl").completed(at_millis(completed));
    ended.started_at = started.map(at_millis);
    Timeline::begun().poll(poll(at(100)).executions([ended]))
}

#[test]
fn a_duration_falls_into_the_bucket_whose_upper_bound_it_equals() {
    let family = ["workflow_execution_duration_seconds"];
    shows(
        "10 s",
        &durations(Some(0), 10_000),
        &family,
        r#"
        workflow_execution_duration_seconds_bucket{workflow="etl",status="completed",le="10.0"} 1
        workflow_execution_duration_seconds_bucket{workflow="etl",status="completed",le="+Inf"} 1
        workflow_execution_duration_seconds_sum{workflow="etl",status="completed"} 10
        workflow_execution_duration_seconds_count{workflow="etl",status="completed"} 1
    "#,
    );
    shows(
        "10.001 s",
        &durations(Some(0), 10_001),
        &family,
        r#"
        workflow_execution_duration_seconds_bucket{workflow="etl",status="completed",le="+Inf"} 1
        workflow_execution_duration_seconds_sum{workflow="etl",status="completed"} 10.001
        workflow_execution_duration_seconds_count{workflow="etl",status="completed"} 1
    "#,
    );
}

#[test]
fn a_negative_duration_counts_as_zero_and_an_unknown_start_not_at_all() {
    let family = ["workflow_execution_duration_seconds"];
    shows(
        "completed before it started",
        &durations(Some(9_000), 2_000),
        &family,
        r#"
        workflow_execution_duration_seconds_bucket{workflow="etl",status="completed",le="1.0"} 1
        workflow_execution_duration_seconds_bucket{workflow="etl",status="completed",le="10.0"} 1
        workflow_execution_duration_seconds_bucket{workflow="etl",status="completed",le="+Inf"} 1
        workflow_execution_duration_seconds_count{workflow="etl",status="completed"} 1
    "#,
    );
    shows("started_at is NULL", &durations(None, 2_000), &family, "");
}

#[test]
fn durations_include_pauses_and_have_a_series_for_each_status() {
    let rows = [execution("etl").started(at(1)).paused(at(3))];
    let failed = execution("etl").started(at(1)).failed(at(61));
    let timeline =
        Timeline::begun().poll(poll(at(5)).executions(rows)).poll(poll(at(70)).executions([failed]));
    shows(
        "a minute, most of it paused",
        &timeline,
        &["workflow_execution_duration_seconds"],
        r#"
        workflow_execution_duration_seconds_bucket{workflow="etl",status="failed",le="+Inf"} 1
        workflow_execution_duration_seconds_sum{workflow="etl",status="failed"} 60
        workflow_execution_duration_seconds_count{workflow="etl",status="failed"} 1
    "#,
    );
}

#[test]
fn start_delay_runs_to_the_first_tasks_start_unless_a_retry_or_a_recovery_overwrote_it() {
    let family = ["workflow_start_delay_seconds"];
    let delay = |first: cloacina_exporter::record::Task| {
        let later = task("etl", "later").running(at(8)).completed(at(9));
        let rows = poll(at(10)).executions([execution("etl").created(at(1)).completed(at(9))]);
        Timeline::begun().poll(rows.tasks([later, first]))
    };
    let first = || task("etl", "first").running(at(4)).completed(at(9));
    shows(
        "created at 1, started at 4",
        &delay(first()),
        &family,
        r#"
        workflow_start_delay_seconds_bucket{workflow="etl",le="10.0"} 1
        workflow_start_delay_seconds_bucket{workflow="etl",le="+Inf"} 1
        workflow_start_delay_seconds_sum{workflow="etl"} 3
        workflow_start_delay_seconds_count{workflow="etl"} 1
    "#,
    );
    shows("the first task was retried", &delay(first().attempt(2)), &family, "");
    shows("the first task was recovered", &delay(first().recoveries(1)), &family, "");
    let none = poll(at(10)).executions([execution("etl").completed(at(9))]);
    shows("no task started", &Timeline::begun().poll(none), &family, "");
}

#[test]
fn active_executions_are_counted_by_state_with_the_age_of_the_oldest_that_is_not_paused() {
    let rows = poll(at(100)).executions([
        execution("etl").created(at(90)),
        execution("etl").number(2).created(at(20)).started(at(70)),
        execution("etl").number(3).started(at(80)),
        execution("etl").number(4).started(at(5)).paused(at(6)),
        execution("idle").completed(at(50)),
    ]);
    let families = ["workflow_executions_active", "workflow_oldest_active_execution_age_seconds"];
    shows_all(
        "of four",
        &Timeline::begun().poll(rows),
        &families,
        r#"
        workflow_executions_active{workflow="etl",state="pending"} 1
        workflow_executions_active{workflow="etl",state="running"} 2
        workflow_executions_active{workflow="etl",state="paused"} 1
        workflow_executions_active{workflow="idle",state="pending"} 0
        workflow_executions_active{workflow="idle",state="running"} 0
        workflow_executions_active{workflow="idle",state="paused"} 0
        workflow_oldest_active_execution_age_seconds{workflow="etl"} 30
        workflow_oldest_active_execution_age_seconds{workflow="idle"} 0
    "#,
    );
}
