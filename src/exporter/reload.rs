//! Changes to another configuration while running. It is in use whole, or nothing of it is.
//!
//! The state stays: it is saved before, so that a crash replays no poll under settings that it was not folded with.

use std::sync::Arc;

use super::Exporter;
use super::polls::Polls;
use crate::clock;
use crate::config::Loaded;
use crate::reload::{Reload, Reloads};
use crate::store;

/// Other exporters are kept out by the state file.
const STILL_PUSHED: &str = "a destination that was taken out, and is now put back, is still being pushed to for the last time; \
                            try again when that has ended";

impl Exporter {
    pub(super) fn reload(&mut self, reload: Reload, polls: &mut Polls, reloads: &Reloads) {
        let outcome = reload.loaded.and_then(|loaded| self.adopt(loaded, polls, reloads));
        self.health.reload_failed = outcome.is_err();
        match &outcome {
            Ok(()) => {
                self.health.reloaded_at = Some(clock::now());
                tracing::info!("the configuration was loaded again");
            }
            Err(reason) => tracing::error!(reason, "the configuration stays as it was"),
        }
        // Before the first poll has finished there is nothing to show.
        if self.publisher.current().is_some() {
            self.publish();
        }
        reload.answers.send(&outcome);
    }

    fn adopt(&mut self, loaded: Loaded, polls: &mut Polls, reloads: &Reloads) -> Result<(), String> {
        let Loaded { config, warnings } = loaded;
        let fixed = self.config.needs_restart_for(&config);
        if !fixed.is_empty() {
            return Err(format!("to change {} takes a restart", fixed.join(", ")));
        }
        // The last step that may fail.
        let pushing = self.pushing.prepare(&config, &self.state, &self.publisher);
        let new_pushes = pushing.map_err(|error| match error {
            store::Error::InUse { .. } => STILL_PUSHED.to_owned(),
            other => other.to_string(),
        })?;
        tokio::task::block_in_place(|| self.keeper.compact(&self.state));
        self.config = Arc::new(config);
        self.previous = None;
        if self.state.rebucket(&self.config.metrics) {
            tracing::warn!("the configured buckets changed; histograms start at zero");
            tokio::task::block_in_place(|| self.keeper.compact(&self.state));
        }
        self.pushing.reconfigure(&self.config, new_pushes);
        polls.reconfigure(&self.config);
        let databases = &self.config.databases;
        self.health.tenants.retain(|label, _| databases.iter().any(|database| database.owns(label)));
        self.health.connections.retain(|name, _| databases.iter().any(|database| database.name == *name));
        reloads.adopted(&self.config);
        for warning in warnings {
            tracing::warn!("{warning}");
        }
        Ok(())
    }
}
