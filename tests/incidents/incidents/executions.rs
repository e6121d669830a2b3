//! Executions that fail, panic, stall, take too long or are retried without end.

use std::time::Duration;

use super::super::incident::{Actor, Incident, Scene};
use super::super::judge::Must;
use crate::support::writer::engine::Step;

pub const ALL: &[&Incident] = &[&FAILING, &PANICKED, &TOO_LONG, &STALLED, &RETRIES];

static FAILING: Incident = Incident {
    name: "workflow failing three times",
    tenant: "near/failing",
    actor: Actor::Engine(&[]),
    must: &[Must { alert: "CloacinaWorkflowFailing", labels: &[("workflow", "fails_while")] }],
    may: &[],
    clears: None,
    steps: |scene| Box::pin(failing(scene)),
};

/// And then succeeding.
async fn failing(scene: Scene) {
    let mut engine = scene.take_engine();
    engine.tell("start fails_while").await;
    scene.until_value("cloacina_state_workflow_last_success_timestamp_seconds{T}").await;
    engine.switch("fails_while", true);
    scene.began();
    for count in 1..=3 {
        engine.tell("start fails_while").await;
        scene.until_value(&format!("cloacina_state_workflow_consecutive_failures{{T}} == {count}")).await;
    }
    scene.alerted().await;
    engine.switch("fails_while", false);
    engine.tell("start fails_while").await;
    scene.mended();
    scene.cleared().await;
}

static PANICKED: Incident = Incident {
    name: "task panicked",
    tenant: "near/panicked",
    actor: Actor::Engine(&[]),
    must: &[Must { alert: "CloacinaExecutionTooLong", labels: &[("workflow", "panics_once")] }],
    may: &[],
    clears: None,
    steps: |scene| Box::pin(panicked(scene)),
};

/// It stays running with a fresh heartbeat, and nothing tells how long is usual: an hour is waited for.
async fn panicked(scene: Scene) {
    let mut engine = scene.take_engine();
    engine.switch("panics_once", true);
    engine.tell("start panics_once").await;
    scene.began();
    scene.alerted().await;
    engine.switch("panics_once", false);
    engine.kill().await;
    let engine = scene.another_engine(&[]).await;
    scene.mended();
    scene.cleared().await;
    drop(engine);
}

static TOO_LONG: Incident = Incident {
    name: "execution too long",
    tenant: "near/too_long",
    actor: Actor::Engine(&[]),
    must: &[Must { alert: "CloacinaExecutionTooLong", labels: &[("workflow", "baseline")] }],
    may: &[],
    clears: None,
    steps: |scene| Box::pin(too_long(scene)),
};

async fn too_long(scene: Scene) {
    let mut engine = scene.take_engine();
    engine.tell("start baseline 12").await;
    scene.until_value("cloacina_state_workflow_duration_baseline_seconds{T}").await;
    engine.switch("baseline", true);
    engine.tell("start baseline").await;
    scene.began();
    scene.alerted().await;
    engine.switch("baseline", false);
    scene.mended();
    scene.cleared().await;
}

static STALLED: Incident = Incident {
    name: "execution stalled",
    tenant: "near/stalled",
    actor: Actor::Rows,
    must: &[Must { alert: "CloacinaExecutionStalled", labels: &[("workflow", "etl")] }],
    may: &[],
    clears: None,
    steps: |scene| Box::pin(stalled(scene)),
};

/// One of two tasks never becomes ready.
async fn stalled(scene: Scene) {
    let mut rows = scene.rows().await;
    let mut execution = rows.runner.plan("etl", 2);
    let begin = [Step::Create, Step::Ready(0), Step::Start(0), Step::Complete(0)];
    rows.runner.perform(&mut execution, &begin).await;
    scene.began();
    scene.alerted().await;
    rows.runner
        .perform(&mut execution, &[Step::Ready(1), Step::Start(1), Step::Complete(1), Step::End])
        .await;
    scene.mended();
    scene.cleared().await;
}

static RETRIES: Incident = Incident {
    name: "retry storm",
    tenant: "near/retries",
    actor: Actor::Engine(&[]),
    must: &[Must { alert: "CloacinaRetryStorm", labels: &[("workflow", "retries_much")] }],
    may: &[],
    clears: None,
    steps: |scene| Box::pin(retries(scene)),
};

/// Each execution succeeds in the end, so that nothing else tells.
async fn retries(scene: Scene) {
    let mut engine = scene.take_engine();
    engine.tell("start retries_much").await;
    scene.until_value("cloacina_state_workflow_last_success_timestamp_seconds{T}").await;
    scene.began();
    let storm = async {
        loop {
            engine.switch("retries_much", true);
            engine.tell("start retries_much 3").await;
            tokio::time::sleep(Duration::from_secs(2)).await;
            engine.switch("retries_much", false);
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    tokio::select! {
        () = storm => {}
        () = scene.alerted() => {}
    }
    engine.switch("retries_much", false);
    scene.mended();
    scene.cleared().await;
}
