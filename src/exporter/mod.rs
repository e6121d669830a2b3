//! The loop: every interval read each database, save what was read, fold it, take a snapshot, publish it.
//!
//! The only task that changes anything: polls look at the state through an `Arc` and return what they read, and the
//! server looks at the published snapshot. A snapshot is published only after what it shows was saved, so that no
//! crash can take back a total that somebody has seen.

mod keeper;
mod once;
mod polls;
mod process;
mod progress;
mod pushing;
mod reload;
mod report;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::catalogue;
use crate::clock;
use crate::config::{self, Config, DatabaseUrl};
use crate::record::{Batch, Span, Timestamp};
use crate::reload::Reloads;
use crate::serve::{self, Guard, Publisher};
use crate::snapshot::Snapshot;
use crate::source::{Began, Database, DatabasePoll, Outcome};
use crate::state::health::Health;
use crate::state::{Settings, State, Tenant};
use keeper::{Keeper, Save};
use polls::Polls;
use pushing::Pushing;

pub use once::push_once;

/// A tenant that is found no more keeps its totals for this long.
const FORGET_DROPPED_AFTER: Span = Span::from_seconds(3600);
/// The loop shows that it is alive this often.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// A loop without a heartbeat for this long is stuck; a large first apply may take some seconds.
const WATCHDOG: Duration = Duration::from_secs(60);

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Serve(#[from] serve::Error),
    #[error(transparent)]
    Store(#[from] crate::store::Error),
}

/// Serves, as `guard` allows, and pushes metrics of the configured databases until `shutdown`, or of those of a newer
/// configuration once it has come with `reloads`.
///
/// # Errors
/// If the address cannot be listened on, or the state file cannot be used. An unreadable database is no error: its
/// tenants are down until it can be read.
pub async fn run(
    config: Config,
    guard: Guard,
    mut reloads: Reloads,
    shutdown: impl Future<Output = ()>,
) -> Result<(), Error> {
    let publisher = Publisher::new();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = server(&config, guard, publisher.clone(), &reloads, stopped).await?;
    let mut exporter = Exporter::open(config, publisher)?;
    let server = server.map(tokio::spawn);
    exporter.pushing.start();
    exporter.poll_until(shutdown, &mut reloads).await;
    tracing::info!("shutting down");
    drop(stop);
    exporter.pushing.end().await;
    if let Some(server) = server
        && let Err(error) = server.await
    {
        tracing::error!(%error, "the server ended badly");
    }
    Ok(())
}

/// Listens, if that is wanted; what it returns serves until `stopped`.
async fn server(
    config: &Config,
    guard: Guard,
    publisher: Publisher,
    reloads: &Reloads,
    stopped: tokio::sync::oneshot::Receiver<()>,
) -> Result<Option<impl Future<Output = ()> + use<>>, Error> {
    let Some(address) = config.web.listen_address else {
        tracing::info!("serving nothing");
        return Ok(None);
    };
    let settings = serve::Settings {
        reloads: config.web.enable_lifecycle.then(|| reloads.requests()),
        ..serve::Settings::new(&config.web, guard, address, WATCHDOG, config.metrics.created_samples)
    };
    let listener = serve::bind(&settings).await?;
    let (tls, login) = settings.guard.asks_for();
    tracing::info!(address = %listener.address(), path = %settings.telemetry_path, tls, login, "serving metrics");
    Ok(Some(serve::serve(listener, settings, publisher, async {
        // A dropped sender is as good as a signal.
        let _ = stopped.await;
    })))
}

struct Exporter {
    config: Arc<Config>,
    state: State,
    health: Health,
    keeper: Keeper,
    pushing: pushing::Pushing,
    publisher: Publisher,
    reporter: report::Reporter,
    sequence: u64,
    /// What was published last, under this configuration.
    previous: Option<Arc<Snapshot>>,
}

impl Exporter {
    fn open(config: Config, publisher: Publisher) -> Result<Self, Error> {
        let (keeper, state) = Keeper::open(&config)?;
        let pushing = Pushing::open(&config, &state, &publisher)?;
        // After the destinations have begun, for which these counters are new then.
        let health = Health { started_at: clock::now(), ..Health::default() };
        let reporter = report::Reporter::default();
        let config = Arc::new(config);
        Ok(Self { config, state, health, keeper, pushing, publisher, reporter, sequence: 1, previous: None })
    }

    async fn poll_until(&mut self, shutdown: impl Future<Output = ()>, reloads: &mut Reloads) {
        tokio::pin!(shutdown);
        let mut polls = Polls::new(&self.config);
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        if self.config.databases.is_empty() {
            // All are other shards': there is nothing to wait for.
            self.publish();
        }
        loop {
            self.start_due(&mut polls);
            let next = polls.next_due().unwrap_or_else(|| Instant::now() + HEARTBEAT);
            tokio::select! {
                () = &mut shutdown => return,
                reload = reloads.next() => self.reload(reload, &mut polls, reloads),
                Some(done) = polls.finished() => {
                    let mut done = Some(done);
                    while let Some(result) = done {
                        self.finish(result, &mut polls);
                        done = polls.finished_already();
                    }
                    self.publish();
                }
                () = tokio::time::sleep_until(next) => {}
                _ = heartbeat.tick() => {}
            }
            self.publisher.beat(std::time::Instant::now());
        }
    }

    fn states_of(&self, database: &config::Database) -> BTreeMap<Arc<str>, Arc<Tenant>> {
        let tenants = self.state.tenants.iter().filter(|(label, _)| database.owns(label));
        tenants.map(|(label, tenant)| (label.clone(), tenant.clone())).collect()
    }

    /// Saves and folds what was read.
    fn take(&mut self, database: &Database, poll: DatabasePoll) {
        let now = clock::now();
        self.reporter.report(database, &poll, &mut self.health, &self.state, now);
        if poll.failure.is_none() {
            self.forget_dropped(database, now);
        }
        let settings = Settings {
            metrics: &self.config.metrics,
            overlap: Span::from(self.config.poll.overlap),
            keep_ended: self.config.otlp.sends_executions(),
        };
        let mut batches: Vec<(Arc<str>, Box<Batch>)> = Vec::new();
        let mut began = false;
        let mut told = Vec::new();
        for mut tenant in poll.tenants {
            let stories = std::mem::take(&mut tenant.stories);
            told.push((tenant.label.clone(), stories, tenant.story_failure.take()));
            match tenant.outcome {
                Outcome::Read(batch) => batches.push((tenant.label, batch)),
                Outcome::Began(Began { tenant: mut state, is_new }, batch) => {
                    began = true;
                    if is_new {
                        state.hold_from(self.sequence);
                    }
                    self.state.tenants.insert(tenant.label.clone(), Arc::from(state));
                    batches.push((tenant.label, batch));
                }
                Outcome::Idle { clock, own_clock } => {
                    if let Some(state) = self.state.tenant_mut(&tenant.label) {
                        state.idle(clock, own_clock);
                    }
                }
                Outcome::Behind(position) => {
                    if let Some(state) = self.state.tenant_mut(&tenant.label) {
                        state.skip(&position);
                    }
                }
                Outcome::Failed(_) | Outcome::Unreadable(..) => {}
            }
        }
        // Whole states go to the file as they are after folding, batches as they were read.
        let save = if began { Save::Whole } else { self.keeper.append(&self.state, &batches) };
        tokio::task::block_in_place(|| {
            for (label, batch) in &batches {
                self.state.apply(label, batch, settings, self.sequence);
            }
            if save == Save::Whole {
                self.keeper.compact(&self.state);
            }
        });
        // After the fold, which says which executions have ended.
        for (label, stories, failure) in told {
            self.pushing.hand_on(&label, stories, failure, &self.state);
        }
    }

    /// A tenant that was dropped, rather than renamed for a while, need not be kept; nor one that no configured database
    /// has any more.
    fn forget_dropped(&mut self, database: &Database, now: Timestamp) {
        let (health, config) = (&self.health, &self.config);
        let is_owned = |label: &str| config.databases.iter().any(|database| database.owns(label));
        self.state.forget(|label, tenant| {
            now.since(tenant.now) > FORGET_DROPPED_AFTER
                && !health.tenants.contains_key(label)
                && (database.config().owns(label) || !is_owned(label))
        });
        self.pushing.forget(&self.state);
    }

    fn publish(&mut self) {
        self.health.state_saved = self.keeper.saved();
        if !self.keeper.may_publish() {
            return;
        }
        self.pushing.report(&mut self.health);
        self.health.process = process::read();
        let input = catalogue::Input {
            state: &self.state,
            health: &self.health,
            metrics: &self.config.metrics,
            poll_interval: self.config.poll.interval,
            max_stale: self.config.poll.max_stale,
            now: clock::now(),
            sequence: self.sequence,
            carried: self.publisher.carried_through(),
            previous: self.previous.as_deref(),
        };
        let snapshot = Arc::new(catalogue::snapshot(input));
        self.publisher.publish(Arc::clone(&snapshot));
        self.previous = Some(snapshot);
        self.sequence += 1;
    }
}

/// What a database without known tenants is called in `up`.
fn placeholder(database: &Database) -> Arc<str> {
    database.config().name.clone()
}

fn is_sqlite(database: &Database) -> bool {
    matches!(database.config().url, DatabaseUrl::Sqlite(_))
}
