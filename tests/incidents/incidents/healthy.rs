//! What is well, with failures, retries and long executions too, below what is worth a message.

use std::time::Duration;

use super::super::incident::{Actor, Incident, Scene};

/// Nothing happens to them.
pub const ALL: &[&Incident] = &[&MIXED, &BUSY, &ROWS];

pub static MIXED: Incident = Incident {
    name: "nothing",
    tenant: "near/healthy",
    actor: Actor::Engine(&[]),
    must: &[],
    may: &[],
    clears: None,
    steps: |scene| Box::pin(mixed(scene)),
};

async fn mixed(scene: Scene) {
    let mut engine = scene.take_engine();
    for (workflow, expression, name) in [
        ("healthy", "*/20 * * * * *", "often"),
        ("slow", "*/30 * * * * *", "seldom"),
        ("baseline", "0 * * * * *", "usual"),
        ("healthy", "0 0 1 1 *", "yearly"),
    ] {
        engine.tell(&format!("cron {workflow} {expression} {name}")).await;
    }
    engine.tell("trigger steady_poll").await;
    let mut round = 0;
    while !scene.over.get() {
        // Two failures in a row, of fifteen; a few retries, which succeed.
        engine.switch("fails_while", round % 15 < 2);
        engine.switch("retries_much", round % 15 == 3);
        for command in ["start fails_while", "start retries_much", "start slow 10"] {
            engine.tell(command).await;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        engine.switch("retries_much", false);
        tokio::time::sleep(Duration::from_secs(4)).await;
        round += 1;
    }
}

static BUSY: Incident = Incident {
    name: "many schedules",
    tenant: "near/busy",
    actor: Actor::Engine(&[]),
    must: &[],
    may: &[],
    clears: None,
    steps: |scene| Box::pin(busy(scene)),
};

/// Of every few seconds to minutes, some of which are paused, resumed, and created anew.
async fn busy(scene: Scene) {
    let mut engine = scene.take_engine();
    let expressions =
        ["*/5 * * * * *", "*/10 * * * * *", "5/15 * * * * *", "*/30 * * * * *", "0 */2 * * * *"];
    for (index, expression) in expressions.iter().enumerate() {
        for (number, workflow) in ["healthy", "slow", "baseline", "fails_while"].iter().enumerate() {
            let policy = if number % 2 == 0 { "run_all" } else { "" };
            engine.tell(&format!("cron {workflow} {expression} {workflow}_{index} {policy}")).await;
        }
    }
    engine.tell("trigger steady_poll").await;
    engine.tell("trigger hanging_poll").await;
    while !scene.over.get() {
        engine.tell("pause slow_0").await;
        tokio::time::sleep(Duration::from_secs(30)).await;
        engine.tell("resume slow_0").await;
        tokio::time::sleep(Duration::from_secs(30)).await;
    }
}

static ROWS: Incident = Incident {
    name: "nothing, by rows",
    tenant: "near/rows",
    actor: Actor::Rows,
    must: &[],
    may: &[],
    clears: None,
    steps: |scene| Box::pin(rows(scene)),
};

async fn rows(scene: Scene) {
    let mut rows = scene.rows().await;
    rows.crons(&["report", "import", "cleanup"]).await;
    rows.trigger("watcher").await;
    rows.keep(scene.over()).await;
}
