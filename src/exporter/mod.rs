//! The loop: every interval read each database, save what was read, fold it, take a snapshot, publish it.
//!
//! The only task that changes anything: polls look at the state through an `Arc` and return what they read, and the
//! server looks at the published snapshot. A snapshot is published only after what it shows was saved, so that no
//! crash can take back a total that somebody has seen.

mod keeper;
mod once;
mod process;
mod progress;
mod pushing;
mod report;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinSet};
use tokio::time::Instant;

use crate::catalogue;
use crate::clock;
use crate::config::{self, Config, DatabaseUrl};
use crate::record::{Batch, Span, Timestamp};
use crate::serve::{self, Publisher};
use crate::source::{Began, Database, DatabasePoll, Outcome, owns};
use crate::state::health::Health;
use crate::state::{Settings, State, Tenant};
use keeper::{Keeper, Save};
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
    Guard(#[from] serve::GuardError),
    #[error(transparent)]
    Store(#[from] crate::store::Error),
}

/// Serves and pushes metrics of the configured databases until `shutdown`.
///
/// # Errors
/// If the address cannot be listened on, or the state file cannot be used. An unreadable database is no error: its
/// tenants are down until it can be read.
pub async fn run(config: Config, shutdown: impl Future<Output = ()>) -> Result<(), Error> {
    let publisher = Publisher::new();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = server(&config, publisher.clone(), stopped).await?;
    let mut exporter = Exporter::open(config, publisher)?;
    let server = server.map(tokio::spawn);
    exporter.pushing.start();
    exporter.poll_until(shutdown).await;
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
    publisher: Publisher,
    stopped: tokio::sync::oneshot::Receiver<()>,
) -> Result<Option<impl Future<Output = ()> + use<>>, Error> {
    let Some(address) = config.web.listen_address else {
        tracing::info!("serving nothing");
        return Ok(None);
    };
    let guard = serve::Guard::open(&config.web)?;
    let settings =
        serve::Settings::new(&config.web, guard, address, WATCHDOG, config.metrics.created_samples);
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
}

/// A database between two polls.
struct Waiting {
    database: Database,
    due: Instant,
}

/// Polls under way.
#[derive(Default)]
struct UnderWay {
    tasks: JoinSet<(Database, DatabasePoll)>,
    /// Which database a task reads, should the task be lost, and when it was due.
    started: HashMap<Id, (usize, Instant)>,
}

impl Exporter {
    fn open(config: Config, publisher: Publisher) -> Result<Self, Error> {
        let (keeper, state) = Keeper::open(&config)?;
        let pushing = Pushing::open(&config, &state, &publisher)?;
        // After the destinations have begun, for which these counters are new then.
        let health = Health { started_at: clock::now(), ..Health::default() };
        let reporter = report::Reporter::default();
        let config = Arc::new(config);
        Ok(Self { config, state, health, keeper, pushing, publisher, reporter, sequence: 1 })
    }

    async fn poll_until(&mut self, shutdown: impl Future<Output = ()>) {
        tokio::pin!(shutdown);
        let progress = progress::reporter();
        let config = self.config.clone();
        let open = |index: usize| Database::new(&config.databases[index], &config, progress.clone());
        let now = Instant::now();
        let mut waiting: Vec<Waiting> =
            (0..config.databases.len()).map(|index| Waiting { database: open(index), due: now }).collect();
        let mut under_way = UnderWay::default();
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        loop {
            self.start_due(&mut waiting, &mut under_way);
            let next =
                waiting.iter().map(|entry| entry.due).min().unwrap_or_else(|| Instant::now() + HEARTBEAT);
            tokio::select! {
                () = &mut shutdown => return,
                Some(done) = under_way.tasks.join_next_with_id() => {
                    let mut done = Some(done);
                    while let Some(result) = done {
                        waiting.push(self.finish(result, &mut under_way.started, &open));
                        done = under_way.tasks.try_join_next_with_id();
                    }
                    self.publish();
                }
                () = tokio::time::sleep_until(next) => {}
                _ = heartbeat.tick() => {}
            }
            self.publisher.beat(std::time::Instant::now());
        }
    }

    fn start_due(&mut self, waiting: &mut Vec<Waiting>, under_way: &mut UnderWay) {
        let now = Instant::now();
        let (due, later): (Vec<_>, Vec<_>) = waiting.drain(..).partition(|entry| entry.due <= now);
        *waiting = later;
        let mut put_off = false;
        for Waiting { mut database, due } in due {
            if database.is_backing_off(now.into_std()) {
                put_off = true;
                waiting.push(Waiting { database, due: now + self.config.poll.interval });
                continue;
            }
            let config = database.config();
            let index =
                self.config.databases.iter().position(|entry| entry.name == config.name).unwrap_or_default();
            let states = self.states_of(config);
            let wanted = self.pushing.wanted(config, &self.state);
            let task = under_way.tasks.spawn(async move {
                let poll = database.poll(&states, &wanted).await;
                (database, poll)
            });
            under_way.started.insert(task.id(), (index, due));
        }
        if put_off {
            self.publish();
        }
    }

    fn states_of(&self, database: &config::Database) -> BTreeMap<Arc<str>, Arc<Tenant>> {
        let tenants = self.state.tenants.iter().filter(|(label, _)| owns(database, label));
        tenants.map(|(label, tenant)| (label.clone(), tenant.clone())).collect()
    }

    /// Takes in a finished poll; returns the database with the time of its next poll.
    fn finish(
        &mut self,
        result: Result<(Id, (Database, DatabasePoll)), tokio::task::JoinError>,
        started: &mut HashMap<Id, (usize, Instant)>,
        open: &impl Fn(usize) -> Database,
    ) -> Waiting {
        let now = Instant::now();
        let interval = self.config.poll.interval;
        match result {
            Ok((id, (database, poll))) => {
                let due = started.remove(&id).map_or(now, |(_, due)| due) + interval;
                let mut more = poll.more;
                let told = poll.tenants.iter().any(|tenant| !tenant.stories.is_empty());
                self.take(&database, poll);
                more |= told && !self.pushing.wanted(database.config(), &self.state).is_empty();
                let due = if more { now } else { due.max(now) };
                Waiting { database, due }
            }
            Err(error) => {
                tracing::error!(%error, "a poll was lost; please report this");
                let index = started.remove(&error.id()).map_or(0, |(index, _)| index);
                Waiting { database: open(index), due: now + interval }
            }
        }
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

    /// A tenant that was dropped, rather than renamed for a while, need not be kept.
    fn forget_dropped(&mut self, database: &Database, now: Timestamp) {
        let health = &self.health;
        self.state.forget(|label, tenant| {
            owns(database.config(), label)
                && !health.tenants.contains_key(label)
                && now.since(tenant.now) > FORGET_DROPPED_AFTER
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
        };
        self.publisher.publish(Arc::new(catalogue::snapshot(input)));
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
