//! Tasks that wait, and runners that die.

use super::super::incident::{Actor, Incident, Scene};
use super::super::judge::{May, Must};
use super::super::rows::PERIOD;
use crate::support::writer::engine::Step;

pub const ALL: &[&Incident] = &[&KILLED, &POISON, &STARVED, &SLOW];
/// Schedules and, if it may, sweeps; never runs a task.
const SCHEDULER: &[&str] = &["--slots", "0"];
const RUNNER: &[&str] = &["--slots", "2", "--no-cron", "--no-sweeper"];

static KILLED: Incident = Incident {
    name: "runner killed in a task",
    tenant: "near/runner_killed",
    actor: Actor::Engine(&["--slots", "0", "--no-sweeper"]),
    must: &[Must { alert: "CloacinaStaleClaims", labels: &[("workflow", "hangs")] }],
    may: &[],
    clears: None,
    steps: |scene| Box::pin(killed(scene)),
};

/// Where nobody frees what it had claimed.
async fn killed(scene: Scene) {
    let mut scheduler = scene.take_engine();
    let runner = scene.another_engine(RUNNER).await;
    scheduler.switch("hangs", true);
    scheduler.tell("start hangs").await;
    // Of two processes the slower one may mark as ready what is running already.
    scene.until_value("sum(cloacina_state_tasks{T, state=~\"claimed|running\"}) == 1").await;
    runner.kill().await;
    scene.began();
    scene.alerted().await;
    scheduler.switch("hangs", false);
    let runner = scene.another_engine(&[]).await;
    scene.mended();
    scene.cleared().await;
    drop(runner);
}

static POISON: Incident = Incident {
    name: "poison task abandoned",
    tenant: "near/poison",
    actor: Actor::Engine(SCHEDULER),
    must: &[Must { alert: "CloacinaTaskAbandoned", labels: &[("workflow", "kills_its_runner")] }],
    may: &[],
    clears: None,
    steps: |scene| Box::pin(poison(scene)),
};

/// It kills four runners, each of which is replaced at once.
async fn poison(scene: Scene) {
    let mut scheduler = scene.take_engine();
    scheduler.switch("kills", true);
    scheduler.tell("start kills_its_runner").await;
    scene.began();
    for _ in 0..4 {
        scene.another_engine(RUNNER).await.died().await;
    }
    scene.alerted().await;
    scheduler.switch("kills", false);
    scene.mended();
    scene.cleared().await;
}

static STARVED: Incident = Incident {
    name: "queue starved",
    tenant: "near/starved",
    actor: Actor::Engine(SCHEDULER),
    must: &[Must { alert: "CloacinaTaskQueueStuck", labels: &[] }],
    may: &[May { alert: "CloacinaTaskQueueSlow", because: "the queue is slow too, if that is told first" }],
    clears: None,
    steps: |scene| Box::pin(starved(scene)),
};

async fn starved(scene: Scene) {
    let mut scheduler = scene.take_engine();
    scheduler.tell("start healthy 3").await;
    scene.began();
    scene.alerted().await;
    let runner = scene.another_engine(RUNNER).await;
    scene.mended();
    scene.cleared().await;
    drop(runner);
}

static SLOW: Incident = Incident {
    name: "queue slow",
    tenant: "near/queue_slow",
    actor: Actor::Rows,
    must: &[Must { alert: "CloacinaTaskQueueSlow", labels: &[] }],
    may: &[],
    clears: None,
    steps: |scene| Box::pin(slow(scene)),
};

/// Runners are at work, and one task is never its turn.
async fn slow(scene: Scene) {
    let mut rows = scene.rows().await;
    rows.crons(&["busy"]).await;
    rows.keep(tokio::time::sleep(PERIOD)).await;
    let mut waiting = rows.runner.plan("etl", 1);
    rows.runner.perform(&mut waiting, &[Step::Create, Step::ReadyAll]).await;
    scene.began();
    rows.keep(scene.alerted()).await;
    rows.runner.perform(&mut waiting, &[Step::Start(0), Step::Complete(0), Step::End]).await;
    scene.mended();
    rows.keep(scene.cleared()).await;
}
