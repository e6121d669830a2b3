//! Counts what becomes of exports, and logs it once when it changes.

use tokio::sync::watch;

use super::sender::{Accepted, Failure};
use crate::config::Exporter;
use crate::record::Timestamp;
use crate::state::health::PushHealth;

/// Owned by the task that pushes; everyone else reads the other end of the channel.
#[derive(Debug)]
pub(super) struct Report {
    health: watch::Sender<PushHealth>,
    name: String,
    /// What failed last, until an export succeeds.
    failing: Option<&'static str>,
    /// The destination's last complaint about a part of a request.
    complaint: String,
}

impl Report {
    pub(super) fn new(exporter: &Exporter) -> Self {
        let interval_seconds = exporter.interval.as_secs_f64();
        let health = watch::Sender::new(PushHealth { interval_seconds, ..PushHealth::default() });
        let name = format!("{} ({})", exporter.destination, exporter.signal.name());
        Self { health, name, failing: None, complaint: String::new() }
    }

    pub(super) fn reconfigure(&self, exporter: &Exporter) {
        self.update(|health| health.interval_seconds = exporter.interval.as_secs_f64());
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<PushHealth> {
        self.health.subscribe()
    }

    pub(super) fn update(&self, change: impl FnOnce(&mut PushHealth)) {
        self.health.send_modify(change);
    }

    pub(super) fn accepted(&mut self, accepted: &Accepted, bytes: usize, at: Timestamp) {
        let outcome = if accepted.rejected > 0 { "partial" } else { "success" };
        self.update(|health| {
            *health.exports.entry(outcome).or_insert(0) += 1;
            health.rejected = health.rejected.saturating_add(accepted.rejected);
            health.bytes = health.bytes.saturating_add(bytes as u64);
            health.last_success = Some(at);
        });
        if self.failing.take().is_some() {
            tracing::info!(destination = self.name, "exports succeed again");
        }
        // A snapshot goes in several requests, of which one may be fine and the next not.
        if !accepted.message.is_empty() && accepted.message != self.complaint {
            tracing::warn!(
                destination = self.name,
                rejected = accepted.rejected,
                message = accepted.message,
                "the destination did not take all of an export, and will not be sent it again"
            );
            self.complaint.clone_from(&accepted.message);
        }
    }

    pub(super) fn failed(&mut self, failure: &Failure) {
        let reason = failure.reason().name();
        self.update(|health| *health.exports.entry(reason).or_insert(0) += 1);
        if self.failing.replace(reason) != Some(reason) {
            tracing::error!(destination = self.name, error = %failure, "an export failed and will be tried again");
        }
    }
}
