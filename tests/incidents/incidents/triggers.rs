//! Triggers whose poll hangs, and that cannot fire again.

use std::time::Duration;

use super::super::incident::{Actor, Incident, OWN_MINUTE, Scene};
use super::super::judge::Must;
use super::super::rows::ago;

pub const ALL: &[&Incident] = &[&HANGING, &BLOCKED];

static HANGING: Incident = Incident {
    name: "hanging trigger",
    tenant: "near/hanging_trigger",
    actor: Actor::Engine(&["--poll-timeout", "1000"]),
    must: &[Must { alert: "CloacinaTriggerPollStalled", labels: &[("schedule", "hanging_poll")] }],
    may: &[],
    clears: None,
    steps: |scene| Box::pin(hanging(scene)),
};

async fn hanging(scene: Scene) {
    let mut engine = scene.take_engine();
    engine.tell("trigger hanging_poll").await;
    engine.tell("trigger steady_poll").await;
    scene.until_value("count(cloacina_state_trigger_last_poll_timestamp_seconds{T}) == 2").await;
    engine.switch("hanging_poll", true);
    scene.began();
    scene.alerted().await;
    engine.switch("hanging_poll", false);
    scene.mended();
    scene.cleared().await;
}

static BLOCKED: Incident = Incident {
    name: "blocked trigger",
    tenant: "near/blocked_trigger",
    actor: Actor::Rows,
    must: &[Must {
        alert: "CloacinaTriggerBlocked",
        labels: &[("workflow", "watcher"), ("schedule", "watcher")],
    }],
    may: &[],
    clears: Some(OWN_MINUTE),
    steps: |scene| Box::pin(blocked(scene)),
};

/// It begins when the fire is seen, for which the exporter looks once a minute.
async fn blocked(scene: Scene) {
    let mut rows = scene.rows().await;
    rows.trigger("watcher").await;
    let execution = rows.runner.succeed("watcher").await;
    rows.execute(&format!(
        "INSERT INTO schedule_executions (schedule_id, workflow_execution_id, context_hash, started_at) \
         SELECT id, '{}', 'same', {} FROM schedules",
        execution.id,
        ago(Duration::ZERO)
    ))
    .await;
    rows.keep(scene.until_value("cloacina_state_trigger_blocked_executions{T} == 1")).await;
    scene.began();
    rows.keep(scene.alerted()).await;
    rows.execute("UPDATE schedule_executions SET completed_at = timezone('UTC', now())").await;
    scene.mended();
    rows.keep(scene.cleared()).await;
}
