//! Which databases wait for their next poll, and which are being polled. A poll that was begun under an older configuration
//! is used if it read what the newer one reads, and else has no effect.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio::time::Instant;

use super::{Exporter, progress};
use crate::config::{self, Config};
use crate::source::{Database, DatabasePoll, OnProgress, Outcome};

type Finished = Result<(Id, (Database, DatabasePoll)), JoinError>;

pub(super) struct Polls {
    waiting: Vec<Waiting>,
    tasks: JoinSet<(Database, DatabasePoll)>,
    started: HashMap<Id, Started>,
    progress: OnProgress,
}

/// A database between two polls.
struct Waiting {
    database: Database,
    due: Instant,
}

/// What a task polls, should the task be lost.
struct Started {
    database: config::Database,
    due: Instant,
    handle: AbortHandle,
    /// The configuration has changed since.
    outdated: bool,
}

impl Polls {
    pub(super) fn new(config: &Config) -> Self {
        let progress = progress::reporter();
        let mut polls =
            Self { waiting: Vec::new(), tasks: JoinSet::new(), started: HashMap::new(), progress };
        polls.reconfigure(config);
        polls
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        self.waiting.iter().map(|entry| entry.due).min()
    }

    /// `None` while nothing is being polled.
    pub(super) async fn finished(&mut self) -> Option<Finished> {
        self.tasks.join_next_with_id().await
    }

    pub(super) fn finished_already(&mut self) -> Option<Finished> {
        self.tasks.try_join_next_with_id()
    }

    /// Has exactly the databases of `config` polled, all of them now.
    pub(super) fn reconfigure(&mut self, config: &Config) {
        for started in self.started.values_mut() {
            started.outdated = true;
            if !config.databases.iter().any(|newer| started.database.is_place_of(newer)) {
                started.handle.abort();
            }
        }
        let mut old: HashMap<Arc<str>, Database> = self
            .waiting
            .drain(..)
            .map(|entry| (entry.database.config().name.clone(), entry.database))
            .collect();
        for database in &config.databases {
            if self.started.values().any(|started| started.database.name == database.name) {
                // Its next poll follows the present one, so that no more connections are held than are allowed.
                continue;
            }
            let database = match old.remove(&database.name) {
                Some(old) => old.reconfigured(database, config, self.progress.clone()),
                None => Database::new(database, config, self.progress.clone()),
            };
            self.waiting.push(Waiting { database, due: Instant::now() });
        }
    }

    fn wait(&mut self, database: Database, due: Instant) {
        self.waiting.push(Waiting { database, due });
    }
}

impl Exporter {
    pub(super) fn start_due(&mut self, polls: &mut Polls) {
        let now = Instant::now();
        let (due, later): (Vec<_>, Vec<_>) = polls.waiting.drain(..).partition(|entry| entry.due <= now);
        polls.waiting = later;
        let mut put_off = false;
        for Waiting { mut database, due } in due {
            if database.is_backing_off(now.into_std()) {
                put_off = true;
                polls.wait(database, now + self.config.poll.interval);
                continue;
            }
            let config = database.config();
            let polled = config.clone();
            let states = self.states_of(config);
            let wanted = self.pushing.wanted(config, &self.state);
            let handle = polls.tasks.spawn(async move {
                let poll = database.poll(&states, &wanted).await;
                (database, poll)
            });
            polls.started.insert(handle.id(), Started { database: polled, due, handle, outdated: false });
        }
        if put_off {
            self.publish();
        }
    }

    /// Takes in a finished poll, and has the database wait for its next one.
    pub(super) fn finish(&mut self, result: Finished, polls: &mut Polls) {
        let now = Instant::now();
        let id = result.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        let Some(started) = polls.started.remove(&id) else { return };
        let configured = self.configured(&started.database.name).cloned();
        match (result, configured) {
            (Ok((_, (database, poll))), _) if !started.outdated => {
                let due = self.take_in(&database, poll, started.due);
                polls.wait(database, due);
            }
            (Ok((_, (database, poll))), Some(newer)) => {
                if database.config().reads_alike(&newer) {
                    self.take(&database, without_beginnings(poll));
                }
                let database = database.reconfigured(&newer, &self.config, polls.progress.clone());
                polls.wait(database, now);
            }
            // The database is no longer configured.
            (Ok(_), None) => {}
            (Err(error), None) if error.is_cancelled() => {}
            (Err(error), Some(newer)) if error.is_cancelled() => {
                polls.wait(Database::new(&newer, &self.config, polls.progress.clone()), now);
            }
            (Err(error), newer) => {
                tracing::error!(%error, "a poll was lost; please report this");
                if let Some(newer) = newer {
                    let database = Database::new(&newer, &self.config, polls.progress.clone());
                    polls.wait(database, now + self.config.poll.interval);
                }
            }
        }
    }

    /// Returns when the next poll is due.
    fn take_in(&mut self, database: &Database, poll: DatabasePoll, due: Instant) -> Instant {
        let now = Instant::now();
        let mut more = poll.more;
        let told = poll.tenants.iter().any(|tenant| !tenant.stories.is_empty());
        self.take(database, poll);
        more |= told && !self.pushing.wanted(database.config(), &self.state).is_empty();
        if more { now } else { (due + self.config.poll.interval).max(now) }
    }

    fn configured(&self, name: &str) -> Option<&config::Database> {
        self.config.databases.iter().find(|database| *database.name == *name)
    }
}

/// A tenant that began was made under settings that are no longer in use; it begins again.
fn without_beginnings(mut poll: DatabasePoll) -> DatabasePoll {
    poll.tenants.retain(|tenant| !matches!(tenant.outcome, Outcome::Began(..)));
    poll
}
