//! Rows of `execution_events`, each counted once under its type.

use cloacina_exporter::record::EventKind::*;
use cloacina_exporter::record::{EventKind, Recount, Timestamp};

use crate::builders::*;
use crate::timeline::*;

const KINDS: [(EventKind, &str); 19] = [
    (TaskCreated, "task_created"),
    (TaskMarkedReady, "task_marked_ready"),
    (TaskClaimed, "task_claimed"),
    (TaskStarted, "task_started"),
    (TaskDeferred, "task_deferred"),
    (TaskResumed, "task_resumed"),
    (TaskCompleted, "task_completed"),
    (TaskFailed, "task_failed"),
    (TaskRetryScheduled, "task_retry_scheduled"),
    (TaskSkipped, "task_skipped"),
    (TaskAbandoned, "task_abandoned"),
    (TaskReset, "task_reset"),
    (WorkflowStarted, "workflow_started"),
    (WorkflowCompleted, "workflow_completed"),
    (WorkflowFailed, "workflow_failed"),
    (WorkflowCancelled, "workflow_cancelled"),
    (WorkflowPaused, "workflow_paused"),
    (WorkflowResumed, "workflow_resumed"),
    (Other, "other"),
];

#[test]
fn each_type_is_counted_under_its_name() {
    let events = KINDS.iter().enumerate().flat_map(|(index, (kind, _))| {
        (0..=index).map(|n| event(*kind, at(n as i64)).of_execution(&execution("etl")))
    });
    let wanted: Vec<String> = KINDS
        .iter()
        .zip(1..)
        .map(|((_, name), count)| format!("events_total{{type=\"{name}\"}} {count}"))
        .collect();
    shows(
        "1 of the first to 19 of the last",
        &Timeline::begun().poll(poll(at(30)).events(events)),
        &["events_total"],
        &wanted.join("\n"),
    );
}

#[test]
fn events_of_the_first_poll_are_seen_but_not_counted() {
    let old = event(TaskCompleted, at(5)).of(&task("etl", "load"));
    let timeline = Timeline::new(metrics()).poll(poll(at(10)).events([old.clone()]));
    shows("none", &timeline, &["events_total"], "");
    assert!(timeline.tenant().has_seen(&old.id));
}

#[test]
fn an_event_needs_no_row_beside_it() {
    let timeline = Timeline::begun().poll(poll(at(10)).events([event(WorkflowCompleted, at(9))]));
    shows(
        "its execution was deleted",
        &timeline,
        &["events_total", "workflow_executions_total"],
        r#"
        events_total{type="workflow_completed"} 1
    "#,
    );
}

#[test]
fn the_oldest_event_and_the_lag_of_a_cut_read_are_shown() {
    let families = ["events_lag_seconds", "oldest_event_timestamp_seconds"];
    let mut cut = poll(at(500)).events([event(TaskCompleted, at(450)).of(&task("etl", "load"))]);
    cut.0.events_until = at(450);
    cut.0.levels.oldest_event_at = Some(at(3));
    shows_all(
        "read up to 450 of 500",
        &Timeline::begun().poll(cut.clone()),
        &families,
        "
        events_lag_seconds 50
        oldest_event_timestamp_seconds 3
    ",
    );
    let caught_up = Timeline::begun().poll(cut).poll(poll(at(515)));
    shows_all("caught up, no event kept", &caught_up, &families, "events_lag_seconds 0");
}

#[test]
fn a_recount_adds_what_was_missed_and_what_it_ended() {
    // The first poll reads from 1000 - 120 - 600 on, so that the first whole minute is the one from 300.
    let seen = event(TaskCompleted, at(310));
    let baseline = poll(at(1000)).events([seen.clone()]);
    // So much later that the minute's ids are forgotten.
    let begun = Timeline::new(metrics())
        .poll(baseline)
        .poll(poll(at(10_000)).events([event(TaskCompleted, at(9_990))]))
        .poll(poll(at(10_010)));
    let due = begun.tenant().audit_due(at(10_015)).unwrap();
    assert_eq!(due, Recount { from: at(300), to: at(360), expected: 1, missed: 0 });
    let end = task("etl", "load").running(at(320)).completed(at(330));
    let missed = event(TaskCompleted, at(330)).of(&end);
    assert_eq!(begun.tenant().audit_missed(due, vec![seen, missed.clone()]), std::slice::from_ref(&missed));
    let mut rows = poll(at(10_015))
        .executions([execution("etl").started(at(310)).completed(at(335))])
        .tasks([end])
        .events([missed]);
    rows.0.recount = Some(Recount { missed: 1, ..due });
    let families = [
        "workflow_executions_total",
        "task_attempts_total",
        "events_total",
        "exporter_audit_events_total",
        "exporter_audit_missed_events_total",
        "exporter_late_event_seconds",
    ];
    shows(
        "one missed",
        &begun.clone().poll(rows.clone()),
        &families,
        r#"
        exporter_audit_events_total 2
        exporter_audit_missed_events_total 1
        workflow_executions_total{workflow="etl",status="completed",origin="manual"} 1
        task_attempts_total{workflow="etl",task="load",outcome="completed"} 1
        events_total{type="task_completed"} 2
    "#,
    );
    rows.0.recount = None;
    shows(
        "the same rows without a recount are too old to be new",
        &begun.clone().poll(rows.clone()),
        &families[..2],
        "",
    );
    rows.0.position.identity.started = 0;
    shows(
        "but not where events are read by their sequence: the clock was set back",
        &begun.poll(rows),
        &families[..2],
        r#"task_attempts_total{workflow="etl",task="load",outcome="completed"} 1"#,
    );
}

#[test]
fn an_event_below_the_base_of_the_window_shows_how_late_it_was() {
    let fresh = |when: i64| event(TaskCompleted, at(when));
    let late = |when: i64| {
        let timeline = Timeline::begun().poll(poll(at(100)).events([fresh(90)])).poll(poll(at(105)));
        timeline.poll(poll(at(110)).events([fresh(when)])).lines(&["exporter_late_event_seconds"]).concat()
    };
    assert_eq!(late(90), "exporter_late_event_seconds 0");
    assert_eq!(late(89), "exporter_late_event_seconds 1");
    assert_eq!(late(109), "exporter_late_event_seconds 0");
}

#[test]
fn the_window_reaches_from_the_edge_to_now() {
    let timeline = Timeline::begun().poll(poll(at(1000)).events([event(TaskCompleted, at(990))]));
    // The newest event at 990, less the overlap of 120 s, seen from 1000.
    shows("130 s", &timeline, &["exporter_window_seconds"], "exporter_window_seconds 130");
    let open = Timeline::new(metrics()).poll(poll(Timestamp(0)));
    shows("nothing seen yet", &open, &["exporter_window_seconds"], "exporter_window_seconds 720");
}

#[test]
fn beyond_two_hundred_thousand_events_only_ids_above_the_edge_are_remembered() {
    // The newest event at 9990 puts the edge at 9870; ids are otherwise kept for 600 s below it.
    let events = |count: i64| {
        let old = (0..count).map(|n| {
            let row = event(Other, at(9_300));
            cloacina_exporter::record::Event { id: uuid::Uuid::from_u64_pair(7, n.unsigned_abs()), ..row }
        });
        let rows = old.chain([event(Other, at(9_990))]);
        let settled = Timeline::begun().poll(poll(at(9_000)).events([event(Other, at(8_990))]));
        let timeline = settled.poll(poll(at(10_000)).events(rows)).poll(poll(at(10_010)));
        timeline.tenant().has_seen(&uuid::Uuid::from_u64_pair(7, 0))
    };
    assert!(events(1_000));
    assert!(!events(200_001));
}
