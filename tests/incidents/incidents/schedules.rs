//! Schedules that are late, skipped, missed, lost, invalid, forgotten or gone, and a scheduler that stopped.

use std::time::Duration;

use super::super::incident::{Actor, Incident, Scene};
use super::super::judge::{May, Must};
use super::super::rows::{Fires, PERIOD, Rows, ago};
use crate::support::writer::engine::Step;

pub const ALL: &[&Incident] =
    &[&STOPPED, &LATE, &SKIPPED, &MISSED, &LOST, &OVERLAP, &INVALID, &PAUSED, &DELETED];
const NAMES: [&str; 3] = ["report", "import", "cleanup"];
const REPORT: &[(&str, &str)] = &[("workflow", "report"), ("schedule", "report")];
const OVERDUE: May = May {
    alert: "CloacinaScheduleNoSuccess",
    because: "what did not start did not succeed either, and its deadline is the same as its grace",
};
const PASSED_OVER: May = May {
    alert: "CloacinaScheduleFiresMissed",
    because: "of several fires that were due, skip catches up on one",
};

static STOPPED: Incident = Incident {
    name: "scheduler stopped",
    tenant: "near/scheduler_stopped",
    actor: Actor::Engine(&[]),
    must: &[Must { alert: "CloacinaSchedulerStalled", labels: &[] }],
    may: &[
        OVERDUE,
        PASSED_OVER,
        May { alert: "CloacinaScheduleLate", because: "it is, where the stop was notified after it" },
    ],
    clears: None,
    steps: |scene| Box::pin(stopped(scene)),
};

async fn stopped(scene: Scene) {
    let mut engine = scene.take_engine();
    for name in NAMES {
        engine.tell(&format!("cron healthy */20 * * * * * {name}")).await;
    }
    scene.until_value("count(cloacina_state_schedule_last_success_timestamp_seconds{T}) == 3").await;
    engine.kill().await;
    scene.began();
    scene.alerted().await;
    let engine = scene.another_engine(&[]).await;
    scene.mended();
    scene.cleared().await;
    drop(engine);
}

static LATE: Incident = Incident {
    name: "late schedule",
    tenant: "near/late",
    actor: Actor::Rows,
    must: &[Must { alert: "CloacinaScheduleLate", labels: REPORT }],
    may: &[OVERDUE],
    clears: None,
    steps: |scene| Box::pin(late(scene)),
};

/// Told after a period and the grace, when two fires are lost: at `PERIOD` a third one would be just about due, and three
/// use up the month's budget.
async fn skipped(scene: Scene) {
    let rows = scene.rows().await.every(PERIOD * 3 / 2);
    late_with(scene, rows).await;
}

async fn late(scene: Scene) {
    let rows = scene.rows().await;
    late_with(scene, rows).await;
}

async fn late_with(scene: Scene, rows: Rows) {
    let mut rows = scheduled_with(rows).await;
    rows.set("report", Fires::Not);
    rows.due("report").await;
    scene.began();
    rows.keep(scene.alerted()).await;
    rows.set("report", Fires::Well);
    scene.mended();
    rows.keep(scene.cleared()).await;
}

static SKIPPED: Incident = Incident {
    name: "skipped schedule",
    tenant: "near/skipped",
    actor: Actor::Rows,
    must: &[Must { alert: "CloacinaSchedulePeriodSkipped", labels: REPORT }],
    may: &[
        OVERDUE,
        PASSED_OVER,
        May { alert: "CloacinaScheduleLate", because: "it was late before a period had passed" },
    ],
    clears: None,
    steps: |scene| Box::pin(skipped(scene)),
};

static MISSED: Incident = Incident {
    name: "fire missed",
    tenant: "near/missed",
    actor: Actor::Rows,
    must: &[Must { alert: "CloacinaScheduleFiresMissed", labels: REPORT }],
    may: &[OVERDUE],
    clears: None,
    steps: |scene| Box::pin(missed(scene)),
};

async fn missed(scene: Scene) {
    let mut rows = scheduled(&scene).await;
    rows.set("report", Fires::Without);
    rows.due("report").await;
    scene.began();
    rows.round().await;
    rows.set("report", Fires::Well);
    rows.keep(scene.alerted()).await;
    scene.mended();
    rows.keep(scene.cleared()).await;
}

static LOST: Incident = Incident {
    name: "lost handoff",
    tenant: "near/lost",
    actor: Actor::Rows,
    must: &[Must { alert: "CloacinaScheduleHandoffLost", labels: REPORT }],
    may: &[],
    clears: None,
    steps: |scene| Box::pin(lost(scene)),
};

/// Once the fire is seen, it becomes one of eleven minutes ago, since after ten it is lost whatever is configured.
async fn lost(scene: Scene) {
    let mut rows = scheduled(&scene).await;
    let pending = ago(PERIOD / 2);
    rows.execute(&format!(
        "INSERT INTO schedule_executions (schedule_id, scheduled_time, claimed_at, started_at) \
         SELECT id, {pending}, {pending}, {pending} FROM schedules WHERE instance_name = 'report'"
    ))
    .await;
    rows.keep(scene.until_value("cloacina_state_schedule_handoffs{T, state=\"pending\"} == 1")).await;
    let past = ago(Duration::from_secs(660));
    rows.execute(&format!(
        "UPDATE schedule_executions SET scheduled_time = {past}, claimed_at = {past}, started_at = {past} \
         WHERE workflow_execution_id IS NULL"
    ))
    .await;
    scene.began();
    rows.keep(scene.alerted()).await;
    let execution = rows.runner.succeed("report").await;
    rows.execute(&format!(
        "UPDATE schedule_executions SET workflow_execution_id = '{}', \
         completed_at = timezone('UTC', now()) WHERE workflow_execution_id IS NULL",
        execution.id
    ))
    .await;
    scene.mended();
    rows.keep(scene.cleared()).await;
}

static OVERLAP: Incident = Incident {
    name: "overlapping schedule",
    tenant: "near/overlap",
    actor: Actor::Rows,
    must: &[Must { alert: "CloacinaScheduleOverlap", labels: REPORT }],
    may: &[May {
        alert: "CloacinaExecutionTooLong",
        because: "it is, once ten others show how long is usual",
    }],
    clears: None,
    steps: |scene| Box::pin(overlap(scene)),
};

async fn overlap(scene: Scene) {
    let mut rows = scheduled(&scene).await;
    let mut execution = rows.fire_endless("report").await;
    scene.began();
    let mut heart = scene.rows().await;
    rows.keep(heart.beat_until(scene.alerted())).await;
    rows.runner.perform(&mut execution, &[Step::Complete(0), Step::End]).await;
    rows.close_fires().await;
    scene.mended();
    rows.keep(scene.cleared()).await;
}

static INVALID: Incident = Incident {
    name: "invalid cron",
    tenant: "near/invalid",
    actor: Actor::Rows,
    must: &[Must {
        alert: "CloacinaScheduleInvalid",
        labels: &[("workflow", "report"), ("schedule", "report"), ("reason", "cron")],
    }],
    may: &[],
    clears: None,
    steps: |scene| Box::pin(invalid(scene)),
};

async fn invalid(scene: Scene) {
    let mut rows = scheduled(&scene).await;
    rows.set("report", Fires::Not);
    rows.execute("UPDATE schedules SET cron_expression = '61 * * * *' WHERE instance_name = 'report'").await;
    scene.began();
    rows.keep(scene.alerted()).await;
    rows.renew("report").await;
    scene.mended();
    rows.keep(scene.cleared()).await;
}

static PAUSED: Incident = Incident {
    name: "paused schedule forgotten",
    tenant: "near/paused",
    actor: Actor::Rows,
    must: &[Must { alert: "CloacinaSchedulePausedLong", labels: REPORT }],
    may: &[],
    clears: None,
    steps: |scene| Box::pin(paused(scene)),
};

/// A pause of now is no incident; the row then says that it began three days ago.
async fn paused(scene: Scene) {
    let mut rows = scheduled(&scene).await;
    rows.set("report", Fires::Not);
    let pause = |since: &str| {
        format!("UPDATE schedules SET paused = true, paused_at = {since} WHERE instance_name = 'report'")
    };
    rows.execute(&pause(&ago(Duration::ZERO))).await;
    rows.keep(tokio::time::sleep(2 * PERIOD)).await;
    rows.execute(&pause(&ago(Duration::from_secs(3 * 86_400)))).await;
    scene.began();
    rows.keep(scene.alerted()).await;
    rows.renew("report").await;
    scene.mended();
    rows.keep(scene.cleared()).await;
}

static DELETED: Incident = Incident {
    name: "schedule deleted",
    tenant: "near/deleted",
    actor: Actor::Rows,
    must: &[Must { alert: "CloacinaScheduleDisappeared", labels: REPORT }],
    may: &[],
    clears: None,
    steps: |scene| Box::pin(deleted(scene)),
};

/// Nothing mends it but time. It must have been there for longer than the alert waits.
async fn deleted(scene: Scene) {
    let mut rows = scheduled(&scene).await;
    rows.keep(tokio::time::sleep(3 * PERIOD)).await;
    rows.set("report", Fires::Not);
    rows.execute("DELETE FROM schedules WHERE instance_name = 'report'").await;
    scene.began();
    rows.keep(scene.alerted()).await;
    scene.mended();
    rows.keep(scene.cleared()).await;
}

/// Three schedules that have fired once, on time, and a trigger: a schema in which nothing changes is read only once a
/// minute, at whatever speed.
async fn scheduled(scene: &Scene) -> Rows {
    scheduled_with(scene.rows().await).await
}

async fn scheduled_with(mut rows: Rows) -> Rows {
    rows.crons(&NAMES).await;
    rows.trigger("watcher").await;
    rows.round().await;
    rows
}
