//! Pushes over OTLP what `/metrics` serves, and the traces and failures of ended executions.
//!
//! A task for each destination and signal, each with a record of what its destination has taken; none of them touches a
//! database or the state. `metrics` pushes snapshots, `executions` pushes stories.

pub mod acknowledged;
mod executions;
pub mod feed;
mod journal;
mod metrics;
mod order;
mod report;
pub mod sender;

use std::collections::BTreeMap;
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
use order::{Command, Order, Orders};

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

/// Pushes that have not begun.
#[derive(Debug)]
pub struct Pushes {
    metrics: Vec<MetricsPush>,
    executions: Vec<ExecutionsPush>,
    lines: BTreeMap<Key, Line>,
}

/// What connects a push with whoever runs it.
#[derive(Debug)]
struct Line {
    orders: watch::Sender<Command>,
    health: watch::Receiver<PushHealth>,
}

/// Pushes that run on their own.
#[derive(Debug)]
pub struct Running {
    tasks: JoinSet<()>,
    role: watch::Sender<Role>,
    lines: BTreeMap<Key, Line>,
}

impl Pushes {
    /// Opens those of `config` that are not among `running`, and restores what their destinations have taken. `state` is
    /// as it is before anything more is folded: of its ended executions a new destination gets none. `feed` will hand
    /// stories to them as well.
    ///
    /// # Errors
    /// If a record of what was pushed cannot be read, or is held by another process.
    pub fn open(
        config: &Config,
        instance: Uuid,
        (state, publisher, feed): (&State, &Publisher, &mut Feed),
        running: Option<&Running>,
    ) -> Result<Self, store::Error> {
        let resource = Arc::new(Resource::new(&config.otlp.resource, instance));
        let state_file = config.state_file.as_deref();
        let mut pushes = Self { metrics: Vec::new(), executions: Vec::new(), lines: BTreeMap::new() };
        for exporter in wanted(config) {
            let key = key(exporter);
            if running.is_some_and(|running| running.lines.contains_key(&key)) {
                continue;
            }
            let path = state_file.map(|file| journal::path(file, exporter));
            tracing::info!(what = %exporter, "pushing");
            let order = Order::new(config, exporter, &resource);
            let (sender, orders) = Orders::begin(order.clone());
            let health = match exporter.signal {
                Signal::Metrics => {
                    let kept = Journal::open(path.as_deref(), acknowledged::Acknowledged::apply)?;
                    let push = MetricsPush::new(order, orders, publisher.clone(), kept);
                    let health = push.report.subscribe();
                    pushes.metrics.push(push);
                    health
                }
                Signal::Traces | Signal::Logs => {
                    let (journal, cursor) = Journal::open(path.as_deref(), feed::Cursor::apply)?;
                    let cursor = feed::Cursor::continued(cursor, state);
                    let stories = feed.subscribe(key.clone(), cursor.clone());
                    let push = ExecutionsPush::new(order, orders, stories, (journal, cursor));
                    let health = push.report.subscribe();
                    pushes.executions.push(push);
                    health
                }
            };
            pushes.lines.insert(key, Line { orders: sender, health });
        }
        Ok(pushes)
    }

    pub fn start(self, role: Role) -> Running {
        let role = watch::Sender::new(role);
        let mut running = Running { tasks: JoinSet::new(), role, lines: BTreeMap::new() };
        running.add(self);
        running
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
    /// Starts `pushes` beside those that run.
    pub fn add(&mut self, pushes: Pushes) {
        for push in pushes.metrics {
            self.tasks.spawn(push.run(self.role.subscribe()));
        }
        for push in pushes.executions {
            self.tasks.spawn(push.run(self.role.subscribe()));
        }
        self.lines.extend(pushes.lines);
    }

    /// Those that `config` names go on as it says, with all that their destinations have taken; the others push once more
    /// and end.
    pub fn reconfigure(&mut self, config: &Config, instance: Uuid) {
        let resource = Arc::new(Resource::new(&config.otlp.resource, instance));
        let named: BTreeMap<Key, &Exporter> =
            wanted(config).map(|exporter| (key(exporter), exporter)).collect();
        // Told now, since the role may change before they look at it.
        let pushes = self.pushes();
        self.lines.retain(|key, line| {
            let exporter = named.get(key);
            line.orders.send_replace(match exporter {
                Some(exporter) => Command::Follow(Order::new(config, exporter, &resource).into()),
                None => Command::End { pushes },
            });
            exporter.is_some()
        });
        // What has ended by now.
        while self.tasks.try_join_next().is_some() {}
    }

    pub fn has(&self, key: &Key) -> bool {
        self.lines.contains_key(key)
    }

    pub fn health(&self) -> BTreeMap<Key, PushHealth> {
        self.lines.iter().map(|(key, line)| (key.clone(), line.health.borrow().clone())).collect()
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

fn wanted(config: &Config) -> impl Iterator<Item = &Exporter> {
    config.otlp.exporters.iter().filter(|_| config.otlp.pusher != Pusher::None)
}

fn key(exporter: &Exporter) -> Key {
    (exporter.destination.clone(), exporter.signal.name())
}

/// Completes when pushing ends: whether a push then pushes once more, as it, and not another replica, pushed until now.
async fn over(role: &mut watch::Receiver<Role>) -> bool {
    // A sender that is gone ends it as well.
    let _ = role.wait_for(|role| matches!(role, Role::Ends { .. })).await;
    matches!(*role.borrow(), Role::Pushes | Role::Ends { pushes: true })
}
