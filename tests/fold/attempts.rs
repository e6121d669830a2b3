//! Attempts of tasks: how they end, by the growth of the row's own numbers, how long they take and how long they wait.

use cloacina_exporter::record::{EventKind, FailureReason, Task, TaskStatus};

use crate::builders::*;
use crate::timeline::*;

const ATTEMPTS: [&str; 3] = ["task_attempts_total", "task_failures_total", "task_recoveries_total"];

fn seen(now: i64, row: Task) -> Poll {
    poll(at(now)).executions([execution("etl").started(at(0))]).tasks([row])
}

fn load() -> Task {
    task("etl", "load")
}

fn attempt(outcome: &str, count: u32) -> String {
    format!("task_attempts_total{{workflow=\"etl\",task=\"load\",outcome=\"{outcome}\"}} {count}\n")
}

#[test]
fn each_end_is_counted_under_its_outcome_once() {
    let families = ["task_attempts_total"];
    for (row, outcome) in [
        (load().running(at(1)).completed(at(9)), "completed"),
        (load().running(at(1)).failed(FailureReason::Timeout, at(9)), "failed"),
        (load().failed(FailureReason::Abandoned, at(9)), "abandoned"),
        (load().skipped(at(9)), "skipped"),
    ] {
        let twice = Timeline::begun().polls([seen(10, row.clone()), seen(25, row.clone())]);
        shows("never seen before", &twice, &families, &attempt(outcome, 1));
        let watched = Timeline::begun().polls([seen(5, load().running(at(1))), seen(10, row.clone())]);
        shows("watched before", &watched, &families, &attempt(outcome, 1));
        let closed = poll(at(10)).executions([execution("etl").failed(at(9))]).tasks([row]);
        shows("with its execution", &Timeline::begun().poll(closed), &families, &attempt(outcome, 1));
    }
}

#[test]
fn an_unknown_status_is_no_end() {
    let odd = load().ended(TaskStatus::Other, at(9));
    let timeline = Timeline::begun().polls([seen(10, odd), seen(25, load().completed(at(20)))]);
    shows("later completed", &timeline, &["task_attempts_total"], &attempt("completed", 1));
}

#[test]
fn each_reason_of_a_failure_has_its_name() {
    for (reason, name) in [
        (FailureReason::Timeout, "timeout"),
        (FailureReason::Validation, "validation"),
        (FailureReason::Context, "context"),
        (FailureReason::NotFound, "not_found"),
        (FailureReason::ClaimLost, "claim_lost"),
        (FailureReason::Infrastructure, "infrastructure"),
        (FailureReason::TaskError, "task_error"),
        (FailureReason::Unknown, "unknown"),
        (FailureReason::Named("upstream".into()), "upstream"),
    ] {
        let timeline = Timeline::begun().poll(seen(10, load().failed(reason, at(9))));
        let wanted = format!("task_failures_total{{workflow=\"etl\",reason=\"{name}\"}} 1");
        shows(name, &timeline, &["task_failures_total"], &wanted);
    }
    let untold = load().ended(TaskStatus::Failed, at(9));
    shows(
        "no reason",
        &Timeline::begun().poll(seen(10, untold)),
        &ATTEMPTS[1..],
        r#"
        task_failures_total{workflow="etl",reason="unknown"} 1
    "#,
    );
}

#[test]
fn an_abandoned_task_is_a_failure_and_a_recovery_too() {
    let abandoned = load().recoveries(3).failed(FailureReason::Abandoned, at(9));
    shows(
        "three resets before",
        &Timeline::begun().poll(seen(10, abandoned)),
        &ATTEMPTS,
        r#"
        task_attempts_total{workflow="etl",task="load",outcome="abandoned"} 1
        task_failures_total{workflow="etl",reason="abandoned"} 1
        task_recoveries_total{workflow="etl",action="reset"} 3
        task_recoveries_total{workflow="etl",action="abandoned"} 1
    "#,
    );
}

#[test]
fn retries_are_the_growth_of_the_attempt_number() {
    let running = |attempt| load().attempt(attempt).running(at(1));
    let family = ["task_attempts_total"];
    for (case, attempts, retried) in [
        ("first seen at its first attempt", &[1][..], 0),
        ("first seen at its third", &[3], 2),
        ("seen twice", &[2, 2], 1),
        ("one by one", &[1, 2, 3], 2),
        ("a jump by two", &[1, 3], 2),
        ("falling, by a manual reset, and rising again", &[3, 1, 2], 3),
    ] {
        let polls = attempts.iter().enumerate().map(|(index, n)| seen(10 + index as i64, running(*n)));
        let wanted = if retried == 0 { String::new() } else { attempt("retried", retried) };
        shows(case, &Timeline::begun().polls(polls), &family, &wanted);
    }
}

#[test]
fn retries_of_a_task_that_ended_unseen_count_with_its_end() {
    let timeline = Timeline::begun().poll(seen(10, load().attempt(4).completed(at(9))));
    shows(
        "three retries",
        &timeline,
        &["task_attempts_total"],
        &(attempt("completed", 1) + &attempt("retried", 3)),
    );
}

#[test]
fn recoveries_are_the_growth_of_their_number() {
    let polls = [1, 1, 3].map(|n| seen(10 * i64::from(n), load().recoveries(n).running(at(1))));
    shows(
        "1, 1, 3",
        &Timeline::begun().polls(polls),
        &ATTEMPTS,
        r#"
        task_recoveries_total{workflow="etl",action="reset"} 3
    "#,
    );
}

fn duration(outcome: &str, sum: &str) -> String {
    let labels = format!("{{workflow=\"etl\",task=\"\",outcome=\"{outcome}\"");
    format!(
        "task_duration_seconds_bucket{labels},le=\"10.0\"}} 1
        task_duration_seconds_bucket{labels},le=\"+Inf\"}} 1
        task_duration_seconds_sum{labels}}} {sum}
        task_duration_seconds_count{labels}}} 1\n"
    )
}

#[test]
fn a_final_attempt_takes_from_its_start_to_its_end_where_both_are_known() {
    let family = ["task_duration_seconds"];
    let one = |row| Timeline::begun().poll(seen(10, row));
    let ended = load().running(at(1)).completed(at(5));
    shows("four seconds", &one(ended.clone()), &family, &duration("completed", "4"));
    shows("no start before v0.8", &one(ended.start_unknown()), &family, "");
    shows("skipped", &one(load().skipped(at(9))), &family, "");
    let failed = load().attempt(2).running(at(1)).failed(FailureReason::Timeout, at(5));
    shows("the last of two", &one(failed), &family, &duration("failed", "4"));
}

#[test]
fn a_retried_attempt_has_a_duration_if_its_start_and_the_retrys_event_were_seen() {
    let families = ["task_attempts_total", "task_duration_seconds"];
    let first = load().running(at(1));
    let second = first.clone().retrying(at(6), at(8));
    let retry = |when| event(EventKind::TaskRetryScheduled, at(when)).of(&first);
    let after = |events: Vec<_>, row: Task| {
        Timeline::begun().poll(seen(5, first.clone())).poll(seen(10, row).events(events))
    };
    let retried = |count| attempt("retried", count);
    shows(
        "both seen",
        &after(vec![retry(6)], second.clone()),
        &families,
        &(retried(1) + &duration("retried", "5")),
    );
    shows("no event", &after(vec![], second.clone()), &families, &retried(1));
    shows("an older event", &after(vec![retry(0)], second.clone()), &families, &retried(1));
    let third = second.clone().attempt(3);
    let events = vec![retry(6), retry(9)];
    shows(
        "two retries, one start seen",
        &after(events, third),
        &families,
        &(retried(2) + &duration("retried", "5")),
    );
    let unseen = Timeline::begun().poll(seen(10, second).events([retry(6)]));
    shows("start unseen", &unseen, &families, &retried(1));
}

#[test]
fn the_task_label_of_durations_is_filled_on_demand() {
    let mut metrics = metrics();
    metrics.task_histograms = true;
    let row = load().running(at(1)).completed(at(5));
    let timeline = Timeline::new(metrics).poll(poll(at(0))).poll(seen(10, row));
    let wanted = duration("completed", "4").replace("task=\"\"", "task=\"load\"");
    shows("task histograms", &timeline, &["task_duration_seconds"], &wanted);
}

#[test]
fn queue_wait_is_from_ready_to_start_without_backoff() {
    let family = ["task_queue_wait_seconds"];
    let wait = |row: Task, events: Vec<_>| Timeline::begun().poll(seen(10, row).events(events));
    let marked = || vec![event(EventKind::TaskMarkedReady, at(2)).of(&load())];
    let ended = load().running(at(5)).completed(at(9));
    let sum = |seconds| {
        format!(
            "task_queue_wait_seconds_bucket{{workflow=\"etl\",le=\"10.0\"}} 1
            task_queue_wait_seconds_bucket{{workflow=\"etl\",le=\"+Inf\"}} 1
            task_queue_wait_seconds_sum{{workflow=\"etl\"}} {seconds}
            task_queue_wait_seconds_count{{workflow=\"etl\"}} 1"
        )
    };
    shows("marked ready at 2, started at 5", &wait(ended.clone(), marked()), &family, &sum(3));
    let earlier = seen(3, load().ready(at(2))).events(marked());
    let in_two = Timeline::begun().poll(earlier).poll(seen(10, ended.clone()));
    shows("the event of an earlier poll", &in_two, &family, &sum(3));
    shows("no event", &wait(ended.clone(), vec![]), &family, "");
    shows("no start", &wait(ended.clone().start_unknown(), marked()), &family, "");
    shows("recovered", &wait(ended.clone().recoveries(1), marked()), &family, "");
    let mut retried = ended.attempt(2);
    shows("a retry without a due time", &wait(retried.clone(), marked()), &family, "");
    retried.retry_at = Some(at(3));
    shows("a retry due at 3", &wait(retried, marked()), &family, &sum(2));
}
