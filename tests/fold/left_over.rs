//! Tasks that outlive their execution: a cancelled one leaves its running tasks to end by themselves.

use cloacina_exporter::record::{EventKind, Task};

use crate::builders::*;
use crate::timeline::*;

const CANCELLED: i64 = 20;

fn load() -> Task {
    task("etl", "load").attempt(2).running(at(5))
}

/// The execution is active at 10, then found cancelled at 30 while its task still runs.
fn cancelled() -> Timeline {
    let rows = [load(), task("etl", "never")];
    Timeline::begun()
        .poll(poll(at(10)).executions([execution("etl").started(at(1))]).tasks(rows.clone()))
        .poll(poll(at(30)).executions([execution("etl").started(at(1)).cancelled(at(CANCELLED))]).tasks(rows))
}

/// Reads of the task alone, as those watched are.
fn read(now: i64, row: Task) -> Poll {
    poll(at(now)).tasks([row])
}

const FAMILIES: [&str; 2] = ["workflow_executions_total", "task_attempts_total"];
const ONE_RETRY: &str = r#"
    workflow_executions_total{workflow="etl",status="cancelled",origin="manual"} 1
    task_attempts_total{workflow="etl",task="load",outcome="retried"} 1
"#;
const ENDED: &str = r#"
    workflow_executions_total{workflow="etl",status="cancelled",origin="manual"} 1
    task_attempts_total{workflow="etl",task="load",outcome="completed"} 1
    task_attempts_total{workflow="etl",task="load",outcome="retried"} 1
"#;

#[test]
fn a_running_task_is_watched_beyond_its_executions_end_and_one_that_never_started_is_not() {
    let timeline = cancelled();
    assert_eq!(timeline.tenant().wanted_tasks(&[], &[]), [load().id]);
    shows("not ended yet", &timeline, &FAMILIES, ONE_RETRY);
}

#[test]
fn its_end_counts_once() {
    let timeline = cancelled().poll(read(45, load())).poll(read(60, load().completed(at(50))));
    shows("completed at 50", &timeline, &FAMILIES, ENDED);
    assert!(timeline.tenant().wanted_tasks(&[], &[]).is_empty());
}

#[test]
fn it_is_watched_for_an_hour() {
    let kept = cancelled().poll(read(30 + 3600, load()));
    assert_eq!(kept.tenant().wanted_tasks(&[], &[]), [load().id]);
    let dropped = kept.poll(read(30 + 3601, load()));
    assert!(dropped.tenant().wanted_tasks(&[], &[]).is_empty());
    shows("given up", &dropped, &FAMILIES, ONE_RETRY);
}

/// The end of the task, as its event leads to it: read with its execution, of which nothing else is new.
fn told(now: i64) -> Poll {
    let end = load().completed(at(now - 1));
    let event = event(EventKind::TaskCompleted, at(now - 1)).of(&end);
    poll(at(now))
        .executions([execution("etl").started(at(1)).cancelled(at(CANCELLED))])
        .tasks([end])
        .events([event])
}

#[test]
fn an_end_after_it_was_given_up_counts_without_the_retries_that_counted_before() {
    let dropped = cancelled().poll(read(3600, load())).poll(read(7200, load())).poll(poll(at(7215)));
    shows("completed hours later", &dropped.poll(told(7230)), &FAMILIES, ENDED);
}

#[test]
fn of_a_task_left_over_from_before_the_first_poll_only_the_end_counts() {
    let timeline = Timeline::new(metrics()).poll(poll(at(10_000))).poll(told(10_015));
    shows(
        "cancelled long before",
        &timeline,
        &FAMILIES,
        r#"task_attempts_total{workflow="etl",task="load",outcome="completed"} 1"#,
    );
}

#[test]
fn a_task_whose_row_is_gone_is_forgotten() {
    let timeline = cancelled().poll(poll(at(45)));
    assert!(timeline.tenant().wanted_tasks(&[], &[]).is_empty());
}

#[test]
fn a_task_met_after_its_execution_ended_counts_with_the_workflow_that_the_execution_tells() {
    let end = load().completed(at(50));
    let told = event(EventKind::TaskCompleted, at(50)).of(&end);
    let context = execution("etl").started(at(1)).cancelled(at(CANCELLED));
    let rows = poll(at(60)).executions([context]).tasks([end.clone()]).events([told.clone()]);
    shows("the execution was read along", &Timeline::begun().poll(rows), &FAMILIES, ENDED);
    let orphan = poll(at(60)).tasks([end]).events([told]);
    shows("the execution was deleted", &Timeline::begun().poll(orphan), &FAMILIES, "");
}
