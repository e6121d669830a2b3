//! The story of one execution.

use std::sync::Arc;

use uuid::Uuid;

use super::super::timeline::{json, text};
use crate::audit::timeline::{MOST_EVENTS, Rows, Timeline};
use crate::record::inquiry::{EventDetails, ExecutionDetails, TaskDetails, Text};
use crate::record::{
    Event, EventKind, Execution, ExecutionStatus, FailureReason, Fire, FiredExecution, Origin, Schedule,
    ScheduleKind, Task, TaskStatus, Timestamp,
};

fn at(milliseconds: i64) -> Timestamp {
    Timestamp(1_795_478_400_000_000 + milliseconds * 1000)
}

fn says(text: &str) -> Option<Text> {
    Some(Text { text: text.to_owned(), cut: false })
}

fn task(number: u128, name: &str, status: TaskStatus) -> TaskDetails {
    let task = Task {
        id: Uuid::from_u128(number),
        execution: Uuid::from_u128(1),
        name: Arc::from(format!("public::p::etl::{name}")),
        status,
        deferred: false,
        attempt: 1,
        recoveries: 0,
        created_at: at(0),
        updated_at: at(0),
        started_at: None,
        completed_at: None,
        retry_at: None,
        claimed_by: None,
        heartbeat_at: None,
        failure: None,
    };
    TaskDetails { task, max_attempts: Some(3), error: None }
}

fn event(sequence: u64, milliseconds: i64, kind: EventKind, name: &str, task: Option<u128>) -> EventDetails {
    let event = Event {
        id: Uuid::from_u128(u128::from(sequence) + 100),
        kind,
        execution: Uuid::from_u128(1),
        task: task.map(Uuid::from_u128),
        created_at: at(milliseconds),
    };
    EventDetails { event, name: Arc::from(name), sequence, data: None }
}

/// A cron fire, a pause, a retry that failed, a task that never began.
fn rows() -> Rows {
    let execution = Execution {
        id: Uuid::from_u128(1),
        workflow: Arc::from("etl"),
        status: ExecutionStatus::Failed,
        origin: Origin::Cron,
        created_at: at(5),
        updated_at: at(9000),
        started_at: Some(at(10)),
        completed_at: Some(at(9010)),
    };
    let mut failing = task(11, "load", TaskStatus::Failed);
    failing.task.attempt = 2;
    failing.task.started_at = Some(at(6000));
    failing.task.completed_at = Some(at(8500));
    failing.task.retry_at = Some(at(5500));
    failing.task.failure = Some(FailureReason::TaskError);
    failing.error = says("disk\nfull\u{7}");
    let retry = EventDetails {
        data: says("{\"attempt\":2}"),
        ..event(4, 5000, EventKind::TaskRetryScheduled, "task_retry_scheduled", Some(11))
    };
    let paused = EventDetails {
        data: says("{\"reason\":\"maintenance\"}"),
        ..event(2, 1000, EventKind::WorkflowPaused, "workflow_paused", None)
    };
    Rows {
        tenant: Arc::from("public"),
        generation: "v0.11",
        details: ExecutionDetails {
            execution,
            version: Arc::from("abc"),
            asked_by: None,
            error: Some(Text { text: "1 task(s) failed".to_owned(), cut: true }),
            paused_at: None,
            pause_reason: None,
        },
        fires: vec![(fire(), Some(schedule()))],
        tasks: vec![task(12, "report", TaskStatus::NotStarted), failing],
        events: vec![
            event(1, 20, EventKind::TaskMarkedReady, "task_marked_ready", Some(11)),
            paused,
            event(3, 4000, EventKind::WorkflowResumed, "workflow_resumed", None),
            retry,
            event(9, 9010, EventKind::Other, "workflow\u{1b}_new", Some(99)),
        ],
        now: at(60_000),
    }
}

fn fire() -> Fire {
    Fire {
        id: Uuid::from_u128(21),
        schedule: Uuid::from_u128(31),
        scheduled_time: Some(at(0)),
        started_at: at(4),
        completed_at: Some(at(9020)),
        recovery_attempts: 1,
        execution: Some(FiredExecution {
            id: Uuid::from_u128(1),
            status: ExecutionStatus::Failed,
            created_at: Some(at(5)),
            completed_at: Some(at(9010)),
        }),
    }
}

fn schedule() -> Schedule {
    Schedule {
        id: Uuid::from_u128(31),
        kind: ScheduleKind::Cron,
        workflow: Arc::from("etl"),
        instance_name: Some(Arc::from("nightly")),
        trigger_name: None,
        enabled: true,
        paused: false,
        paused_at: None,
        cron: Some(Arc::from("0 0 * * *")),
        timezone: None,
        catchup: None,
        start_date: None,
        end_date: None,
        poll_interval_ms: None,
        created_at: at(0),
        next_run_at: None,
        last_run_at: None,
        last_poll_at: None,
    }
}

#[test]
fn the_text_tells_origin_pauses_tasks_and_events_in_order() {
    let expected = "\
execution  00000000-0000-0000-0000-000000000001
status     Failed
workflow   etl, version abc
tenant     public (tables of Cloacina v0.11)
started by cron schedule nightly (00000000-0000-0000-0000-00000000001f), due 2026-11-24T00:00:00Z, began 4ms late, recovered at attempt 1, fire 00000000-0000-0000-0000-000000000015
created    2026-11-24T00:00:00.005Z
started    2026-11-24T00:00:00.010Z
ended      2026-11-24T00:00:09.010Z, after 9s
paused     2026-11-24T00:00:01Z, until 2026-11-24T00:00:04Z, for 3s: maintenance
error      1 task(s) failed (cut)

tasks (2)
  TASK    STATUS      ATTEMPT  RECOVERIES  WAITED  TOOK  STARTED               ID                                    ERROR
  load    Failed      2/3               0   500ms  2.5s  2026-11-24T00:00:06Z  00000000-0000-0000-0000-00000000000b  disk\\nfull\\u{7}
  report  NotStarted  1/3               0       -     -  -                     00000000-0000-0000-0000-00000000000c  -

events (5)
  SEQUENCE  AT                        OFFSET  EVENT                 TASK  DATA
         1  2026-11-24T00:00:00.020Z   +10ms  task_marked_ready     load
         2  2026-11-24T00:00:01Z      +990ms  workflow_paused             {\"reason\":\"maintenance\"}
         3  2026-11-24T00:00:04Z      +3.99s  workflow_resumed
         4  2026-11-24T00:00:05Z      +4.99s  task_retry_scheduled  load  {\"attempt\":2}
         9  2026-11-24T00:00:09.010Z     +9s  workflow\\u{1b}_new
";
    assert_eq!(text(&Timeline::new(rows())), expected);
}

#[test]
fn what_has_not_begun_ended_or_been_linked_is_said_to_be_so() {
    let mut rows = rows();
    rows.details.execution = Execution {
        status: ExecutionStatus::Paused,
        started_at: None,
        completed_at: None,
        ..rows.details.execution
    };
    rows.details.error = None;
    rows.details.asked_by = Some(Arc::from("manual"));
    rows.details.paused_at = Some(at(30_005));
    rows.details.pause_reason = says("by hand");
    rows.fires.clear();
    rows.tasks.clear();
    rows.events.clear();
    let expected = "\
execution  00000000-0000-0000-0000-000000000001
status     Paused
workflow   etl, version abc
tenant     public (tables of Cloacina v0.11)
started by manual, by no schedule
created    2026-11-24T00:00:00.005Z
started    not yet
ended      not yet, after 59.995s
paused     2026-11-24T00:00:30.005Z, not resumed, for 29.995s: by hand

tasks (0)

events (0)
  none; they may have been deleted
";
    assert_eq!(text(&Timeline::new(rows)), expected);
}

#[test]
fn json_has_the_same_with_data_as_json() {
    let value: serde_json::Value = serde_json::from_str(&json(&Timeline::new(rows()))).unwrap();
    assert_eq!(value["status"], "Failed");
    assert_eq!(value["duration_seconds"], 9.0);
    assert_eq!(value["started_by"][0]["schedule"], "nightly");
    assert_eq!(value["started_by"][0]["late_seconds"], 0.004);
    assert_eq!(value["error"], serde_json::json!({"text": "1 task(s) failed", "cut": true}));
    assert_eq!(value["pauses"][0]["seconds"], 3.0);
    assert_eq!(value["tasks"][0]["name"], "public::p::etl::load");
    assert_eq!(value["tasks"][0]["error"], "disk\nfull\u{7}");
    assert_eq!(value["tasks"][1]["wait_seconds"], serde_json::Value::Null);
    assert_eq!(value["events"][3]["data"], serde_json::json!({"attempt": 2}));
    assert_eq!(value["events"][4]["task"], serde_json::Value::Null);
    assert_eq!(value["events"][4]["task_id"], "00000000-0000-0000-0000-000000000063");
}

#[test]
fn a_wait_ends_at_the_start_whatever_was_marked_after_it() {
    let mut rows = rows();
    rows.events.insert(4, event(5, 8000, EventKind::TaskMarkedReady, "task_marked_ready", Some(11)));
    assert_eq!(Timeline::new(rows).tasks[0].wait_seconds, Some(0.5));
}

#[test]
fn more_events_than_are_shown_are_said_to_be_left_out() {
    let mut rows = rows();
    let one = rows.events[0].clone();
    rows.events = vec![one; MOST_EVENTS + 1];
    let timeline = Timeline::new(rows);
    assert_eq!((timeline.events.len(), timeline.events_cut), (MOST_EVENTS, true));
    assert!(text(&timeline).ends_with("  … more than 20000 events; the later ones are not shown\n"));
}
