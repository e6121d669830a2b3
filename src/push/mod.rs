//! Pushes over OTLP what `/metrics` serves, and the traces and failures of ended executions.
//!
//! A task for each destination and signal, each with a record of what its destination has taken; none of them touches a
//! database or the state. `metrics` pushes snapshots, `executions` pushes stories.

pub mod acknowledged;
mod executions;
pub mod feed;
mod journal;
mod metrics;
mod report;
pub mod sender;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::config::{Config, Exporter, Pusher, Signal};
use crate::encode::otlp::Resource;
use crate::serve::Publisher;
use crate::state::State;
use crate::state::health::PushHealth;
use crate::store;
use executions::ExecutionsPush;
use feed::Feed;
use journal::Journal;
use metrics::MetricsPush;

/// How long the last exports may take at the end.
const FLUSH: Duration = Duration::from_secs(10);

/// A destination and a signal.
pub type Key = (Arc<str>, &'static str);

/// What this process does about pushing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Pushes,
    /// Another replica pushes: what it pushes counts as pushed here.
    Watches,
    /// It is not known who pushes: nothing is pushed, and nothing counts as pushed.
    Waits,
    /// Pushing ends; with one last export if it was this process that pushed.
    Ends {
        pushes: bool,
    },
}

/// What became of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All of it was taken, though parts may have been refused.
    Delivered,
    Failed,
    /// There is nothing to send yet.
    Nothing,
}

/// All pushes of this process.
#[derive(Debug)]
pub struct Pushes {
    metrics: Vec<MetricsPush>,
    executions: Vec<ExecutionsPush>,
    health: Vec<(Key, watch::Receiver<PushHealth>)>,
}

/// Pushes that run on their own.
#[derive(Debug)]
pub struct Running {
    tasks: JoinSet<()>,
    role: watch::Sender<Role>,
    health: Vec<(Key, watch::Receiver<PushHealth>)>,
}

impl Pushes {
    /// Restores what each destination has taken. `state` is as it was restored: of its ended executions a new
    /// destination gets none. Returns the feed that hands stories on as well.
    ///
    /// # Errors
    /// If a record of what was pushed cannot be read, or is held by another process.
    pub fn open(config: &Config, state: &State, publisher: &Publisher) -> Result<(Self, Feed), store::Error> {
        let resource = Arc::new(Resource::new(&config.otlp.resource, Uuid::new_v4()));
        let state_file = config.state_file.as_deref();
        let mut pushes = Self { metrics: Vec::new(), executions: Vec::new(), health: Vec::new() };
        let mut feed = Feed::default();
        let wanted = config.otlp.exporters.iter().filter(|_| config.otlp.pusher != Pusher::None);
        for exporter in wanted {
            let path = state_file.map(|file| journal::path(file, exporter));
            tracing::info!(what = %exporter, "pushing");
            let health = match exporter.signal {
                Signal::Metrics => pushes.open_metrics(exporter, &resource, publisher, path.as_deref())?,
                Signal::Traces | Signal::Logs => {
                    let settings = crate::trace::Settings { error_text: config.otlp.error_text };
                    let (journal, cursor) = Journal::open(path.as_deref(), feed::Cursor::apply)?;
                    let cursor = feed::Cursor::continued(cursor, state);
                    let stories = feed.subscribe(cursor.clone());
                    let push = ExecutionsPush::new(
                        exporter.clone(),
                        resource.clone(),
                        settings,
                        stories,
                        (journal, cursor),
                    );
                    let health = push.report.subscribe();
                    pushes.executions.push(push);
                    health
                }
            };
            pushes.health.push(((exporter.destination.clone(), exporter.signal.name()), health));
        }
        Ok((pushes, feed))
    }

    fn open_metrics(
        &mut self,
        exporter: &Exporter,
        resource: &Arc<Resource>,
        publisher: &Publisher,
        path: Option<&Path>,
    ) -> Result<watch::Receiver<PushHealth>, store::Error> {
        let kept = Journal::open(path, acknowledged::Acknowledged::apply)?;
        let push = MetricsPush::new(exporter.clone(), resource.clone(), publisher.clone(), kept);
        let health = push.report.subscribe();
        self.metrics.push(push);
        Ok(health)
    }

    pub fn start(self, role: Role) -> Running {
        let role = watch::Sender::new(role);
        let mut tasks = JoinSet::new();
        for push in self.metrics {
            tasks.spawn(push.run(role.subscribe()));
        }
        for push in self.executions {
            tasks.spawn(push.run(role.subscribe()));
        }
        Running { tasks, role, health: self.health }
    }

    /// Exports the published snapshot once to each destination; whether all took it.
    pub async fn export_metrics(&mut self) -> bool {
        let mut delivered = true;
        for push in &mut self.metrics {
            delivered &= push.export().await == Outcome::Delivered;
        }
        delivered
    }

    /// Exports the stories that were handed on so far; whether all were taken.
    pub async fn export_executions(&mut self) -> bool {
        let mut delivered = true;
        for push in &mut self.executions {
            delivered &= push.export().await != Outcome::Failed;
        }
        delivered
    }
}

impl Running {
    pub fn health(&self) -> BTreeMap<Key, PushHealth> {
        self.health.iter().map(|(key, health)| (key.clone(), health.borrow().clone())).collect()
    }

    /// For whoever elects.
    pub fn role(&self) -> watch::Sender<Role> {
        self.role.clone()
    }

    pub fn pushes(&self) -> bool {
        *self.role.borrow() == Role::Pushes
    }

    /// One last export to each destination, within 10 s.
    pub async fn end(mut self) {
        let pushes = self.pushes();
        self.role.send_replace(Role::Ends { pushes });
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(FLUSH, all).await.is_err() {
            tracing::warn!("some destinations did not take the last export in time");
        }
    }
}

/// Completes when pushing ends.
async fn over(role: &mut watch::Receiver<Role>) {
    // A sender that is gone ends it as well.
    let _ = role.wait_for(|role| matches!(role, Role::Ends { .. })).await;
}
