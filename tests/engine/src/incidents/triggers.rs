//! The triggers of incidents. Each is polled only while its row in `schedules` is enabled.

use cloacina::trigger;
use cloacina_workflow::TriggerResult;

use super::switches;

/// Each trigger and its workflow.
const TRIGGERS: [(&str, &str); 3] =
    [("hanging_poll", "healthy"), ("steady_poll", "healthy"), ("blocked", "healthy")];

pub fn workflow_of(trigger: &str) -> Option<&'static str> {
    TRIGGERS.iter().find(|(name, _)| *name == trigger).map(|(_, workflow)| *workflow)
}

/// While its switch is on, it holds up every other trigger, and cron, until the engine gives each poll up.
#[trigger(on = "healthy", poll_interval = "300ms")]
async fn hanging_poll() -> Result<TriggerResult, cloacina_workflow::TriggerError> {
    if switches::on("hanging_poll") {
        std::future::pending().await
    }
    Ok(TriggerResult::Skip)
}

#[trigger(on = "healthy", poll_interval = "300ms")]
async fn steady_poll() -> Result<TriggerResult, cloacina_workflow::TriggerError> {
    Ok(TriggerResult::Skip)
}

/// Wants to fire at every poll, but the engine takes no fire with the context of one that is open.
#[trigger(on = "healthy", poll_interval = "300ms")]
async fn blocked() -> Result<TriggerResult, cloacina_workflow::TriggerError> {
    Ok(TriggerResult::Fire(None))
}
