//! What live tasks and their runners show: states, ages, claims, and executions that nothing moves any more.

use cloacina_exporter::record::{EventKind, Execution, Task, Timestamp};

use crate::builders::*;
use crate::timeline::*;

const NOW: i64 = 10_000;

/// One execution, created now, with these tasks.
fn live(tasks: impl IntoIterator<Item = Task>) -> Timeline {
    let active = execution("etl").created(at(NOW)).started(at(NOW));
    Timeline::begun().poll(poll(at(NOW)).executions([active]).tasks(tasks))
}

#[test]
fn every_unfinished_task_of_an_active_execution_is_in_one_state() {
    let (past, later) = (at(NOW - 5), Timestamp(at(NOW).0 + 1));
    let tasks = [
        task("etl", "blocked"),
        task("etl", "ready").ready(past),
        task("etl", "backoff").retrying(past, later),
        task("etl", "due").retrying(past, at(NOW)),
        task("etl", "claimed").claimed("runner", past),
        task("etl", "claimed for its retry").retrying(past, past).claimed("runner", past),
        task("etl", "running").running(past),
        task("etl", "deferred").running(past).deferred(),
    ];
    shows_all(
        "all states",
        &live(tasks),
        &["tasks"],
        r#"
        tasks{workflow="etl",state="blocked"} 1
        tasks{workflow="etl",state="ready"} 2
        tasks{workflow="etl",state="backoff"} 1
        tasks{workflow="etl",state="claimed"} 2
        tasks{workflow="etl",state="running"} 1
        tasks{workflow="etl",state="deferred"} 1
    "#,
    );
}

#[test]
fn tasks_of_a_cancelled_execution_are_in_no_state() {
    let rows = poll(at(NOW)).executions([execution("etl").cancelled(at(NOW - 1))]);
    let tasks = [task("etl", "waits for ever"), task("etl", "still runs").running(at(NOW - 9))];
    shows("cancelled", &Timeline::begun().poll(rows.tasks(tasks)), &["tasks", "runners_active"], "");
}

#[test]
fn ready_age_is_since_the_event_the_retrys_due_time_or_else_the_last_change() {
    let family = ["task_oldest_ready_age_seconds"];
    let age = |seconds| format!("task_oldest_ready_age_seconds {seconds}");
    let ready = task("etl", "load").ready(at(NOW - 5));
    shows("no event was seen", &live([ready.clone()]), &family, &age(5));
    let marked = event(EventKind::TaskMarkedReady, at(NOW - 60)).of(&ready);
    let active = || execution("etl").started(at(NOW));
    let seen = poll(at(NOW)).executions([active()]).tasks([ready.clone()]).events([marked]);
    shows("marked ready a minute ago", &Timeline::begun().poll(seen.clone()), &family, &age(60));
    let next = poll(at(NOW + 15)).executions([active()]).tasks([ready.clone()]);
    shows("the event of an earlier poll", &Timeline::begun().poll(seen).poll(next), &family, &age(75));
    let due = ready.clone().retrying(at(NOW - 50), at(NOW - 30));
    shows("a retry due half a minute ago", &live([due]), &family, &age(30));
    let waiting = ready.clone().retrying(at(NOW - 50), at(NOW + 1));
    let deferred = ready.clone().running(at(NOW - 50)).deferred();
    let others = [waiting, deferred, ready.claimed("runner", at(NOW - 50)), task("etl", "blocked")];
    shows("backoff, deferred, claimed, blocked", &live(others), &family, "");
}

#[test]
fn running_age_is_that_of_the_oldest_attempt_in_progress() {
    let tasks = [
        task("etl", "a").running(at(NOW - 7)),
        task("etl", "b").running(at(NOW - 70)).heartbeat(at(NOW)),
        task("etl", "c").running(at(NOW - 700)).deferred(),
    ];
    shows(
        "a deferred one does not run",
        &live(tasks),
        &["task_oldest_running_age_seconds"],
        r#"
        task_oldest_running_age_seconds{workflow="etl"} 70
    "#,
    );
}

#[test]
fn where_no_start_is_stored_running_age_is_since_the_claim_was_first_seen() {
    let seen = |now: i64, row: Task| poll(at(now)).executions([execution("etl").started(at(0))]).tasks([row]);
    let claimed = || task("etl", "load").claimed("runner", at(1));
    let age = |polls: Vec<Poll>| Timeline::begun().polls(polls).nonzero(&["task_oldest_running_age_seconds"]);
    let line = |seconds| vec![format!("task_oldest_running_age_seconds{{workflow=\"etl\"}} {seconds}")];
    assert_eq!(age(vec![seen(10, claimed())]), Vec::<String>::new(), "seen for the first time");
    assert_eq!(age(vec![seen(10, claimed()), seen(40, claimed())]), line(30));
    let retried = seen(40, claimed().attempt(2));
    assert_eq!(age(vec![seen(10, claimed()), retried.clone()]), Vec::<String>::new(), "another attempt");
    assert_eq!(age(vec![seen(10, claimed()), retried, seen(45, claimed().attempt(2))]), line(5));
    let released = seen(20, task("etl", "load").ready(at(20)));
    assert_eq!(age(vec![seen(10, claimed()), released, seen(40, claimed())]), Vec::<String>::new());
}

fn stalled(active: Execution, tasks: impl IntoIterator<Item = Task>) -> Vec<String> {
    let rows = poll(at(NOW)).executions([active]).tasks(tasks);
    Timeline::begun().poll(rows).nonzero(&["workflow_stalled_executions"])
}

#[test]
fn an_execution_stalls_when_nothing_moves_and_no_row_changed_for_more_than_ten_minutes() {
    let some = vec![r#"workflow_stalled_executions{workflow="etl"} 1"#.to_owned()];
    let none = Vec::<String>::new();
    let active = |changed| execution("etl").started(changed);
    let old = at(NOW - 601);
    assert_eq!(stalled(active(at(NOW - 600)), []), none, "at the limit");
    assert_eq!(stalled(active(Timestamp(at(NOW - 600).0 - 1)), []), some, "beyond it, without tasks");
    assert_eq!(stalled(execution("etl").created(old), []), some, "pending: no scheduler takes it");
    assert_eq!(stalled(active(old), [task("etl", "blocked")]), some);
    let mut fresh = task("etl", "blocked");
    fresh.updated_at = at(NOW - 600);
    assert_eq!(stalled(active(old), [fresh]), none, "a task changed");
    assert_eq!(stalled(active(old).paused(old), []), none, "paused on purpose");
    for moving in [
        task("etl", "t").ready(old),
        task("etl", "t").retrying(old, at(NOW + 1)),
        task("etl", "t").claimed("runner", old),
        task("etl", "t").running(old),
        task("etl", "t").running(old).deferred(),
    ] {
        assert_eq!(stalled(active(old), [task("etl", "blocked"), moving.clone()]), none, "{moving:?}");
    }
}

const CLAIMS: [&str; 3] = ["task_stale_claims", "task_oldest_heartbeat_age_seconds", "runners_active"];

#[test]
fn a_claim_is_stale_when_its_heartbeat_is_older_than_a_minute() {
    let claim = |runner, heartbeat| task("etl", runner).claimed(runner, heartbeat);
    shows(
        "at the limit",
        &live([claim("a", at(NOW - 60))]),
        &CLAIMS,
        "
        task_oldest_heartbeat_age_seconds 60
        runners_active 1
    ",
    );
    shows(
        "beyond it",
        &live([claim("a", Timestamp(at(NOW - 60).0 - 1))]),
        &CLAIMS,
        r#"
        task_stale_claims{workflow="etl"} 1
        task_oldest_heartbeat_age_seconds 60.000001
    "#,
    );
    shows(
        "a heartbeat by a clock that is ahead",
        &live([claim("a", at(NOW + 9))]),
        &CLAIMS,
        "
        runners_active 1
    ",
    );
}

#[test]
fn runners_are_counted_once_each_and_only_with_a_fresh_claim() {
    let claim = |name, runner, age| task("etl", name).claimed(runner, at(NOW - age));
    let mut unbeaten = claim("t6", "c", 0);
    unbeaten.heartbeat_at = None;
    let tasks = [
        claim("t1", "a", 1),
        claim("t2", "a", 2),
        claim("t3", "b", 3),
        claim("t4", "b", 90),
        claim("t5", "dead", 70),
        unbeaten,
        task("etl", "t7").ready(at(NOW)),
    ];
    shows(
        "two of four",
        &live(tasks),
        &CLAIMS,
        r#"
        task_stale_claims{workflow="etl"} 2
        task_oldest_heartbeat_age_seconds 90
        runners_active 2
    "#,
    );
}
