//! What the poll loop has to do with pushing: it reads the stories that are wanted, and sees to it that one replica pushes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use crate::config::{self, Config, Pusher};
use crate::push::feed::Feed;
use crate::push::{Pushes, Role, Running};
use crate::record::story::Story;
use crate::serve::Publisher;
use crate::source::{Election, Failure, Wanted};
use crate::state::State;
use crate::state::health::Health;
use crate::store;

/// How soon a replica takes over from one that is gone.
const ELECTION_INTERVAL: Duration = Duration::from_secs(5);

/// An execution whose rows could not be read after so many polls is given up, lest it hold up those behind it.
const GIVEN_UP_AFTER: u32 = 5;

/// `None` where the rows are gone.
pub(super) type Stories = Vec<(Uuid, Option<Story>)>;

pub(super) struct Pushing {
    feed: Feed,
    /// Until it starts.
    pushes: Option<Pushes>,
    running: Option<Running>,
    /// How it is found out who pushes; `None` if each replica does.
    election: Option<Election>,
    /// Where the task that asks is told of another election; it ends with this.
    elections: Option<mpsc::UnboundedSender<Option<Election>>>,
    /// Of this process, in each resource.
    instance: Uuid,
    /// Tenants whose stories could not be read, and how often in a row.
    troubled: BTreeMap<Arc<str>, u32>,
}

impl Pushing {
    pub(super) fn open(config: &Config, state: &State, publisher: &Publisher) -> Result<Self, store::Error> {
        let (mut feed, instance) = (Feed::default(), Uuid::new_v4());
        let pushes = Pushes::open(config, instance, (state, publisher, &mut feed), None)?;
        Ok(Self {
            feed,
            pushes: Some(pushes),
            running: None,
            election: election(config),
            elections: None,
            instance,
            troubled: BTreeMap::new(),
        })
    }

    /// Starts to push, or waits to be elected.
    pub(super) fn start(&mut self) {
        let Some(pushes) = self.pushes.take() else { return };
        let running = pushes.start(role_before(self.election.as_ref()));
        let (elections, newer) = mpsc::unbounded_channel();
        tokio::spawn(elect(self.election.as_ref().map(Election::unconnected), newer, running.role()));
        self.elections = Some(elections);
        self.running = Some(running);
    }

    /// Opens what a newer configuration pushes and this one does not. Nothing runs yet.
    ///
    /// # Errors
    /// If a record of what was pushed cannot be used; all is then as before.
    pub(super) fn prepare(
        &mut self,
        newer: &Config,
        state: &State,
        publisher: &Publisher,
    ) -> Result<Pushes, store::Error> {
        let running = self.running.as_ref();
        let opened = Pushes::open(newer, self.instance, (state, publisher, &mut self.feed), running);
        if opened.is_err() {
            self.feed.keep(|key| running.is_some_and(|running| running.has(key)));
        }
        opened
    }

    /// Pushes as a newer configuration says, with what was opened for it. What both push goes on.
    pub(super) fn reconfigure(&mut self, newer: &Config, opened: Pushes) {
        let Some(running) = &mut self.running else { return };
        running.reconfigure(newer, self.instance);
        running.add(opened);
        self.feed.keep(|key| running.has(key));
        let election = election(newer);
        let is_alike = match (&self.election, &election) {
            (Some(old), Some(new)) => old.is_alike(new),
            (old, new) => old.is_none() && new.is_none(),
        };
        if is_alike {
            return;
        }
        if let Some(elections) = &self.elections {
            // It ends after this alone.
            let _ = elections.send(election.as_ref().map(Election::unconnected));
        }
        self.election = election;
    }

    /// Without having started: whether all stories that were handed on are delivered.
    pub(super) async fn export_executions(&mut self) -> bool {
        match &mut self.pushes {
            Some(pushes) => pushes.export_executions().await,
            None => true,
        }
    }

    /// As `export_executions`, of the published snapshot.
    pub(super) async fn export_metrics(&mut self) -> bool {
        match &mut self.pushes {
            Some(pushes) => pushes.export_metrics().await,
            None => true,
        }
    }

    /// Pushes once more; the session that elects ends last, so that no other replica pushes meanwhile.
    pub(super) async fn end(&mut self) {
        if let Some(running) = self.running.take() {
            running.end().await;
        }
        self.elections = None;
    }

    pub(super) fn wanted(&self, database: &config::Database, state: &State) -> Wanted {
        let mut wanted = self.feed.wanted(&state.tenants);
        wanted.retain(|label, _| database.owns(label));
        for label in self.troubled.keys() {
            // One at a time, to find out which of them it is.
            if let Some(ids) = wanted.get_mut(label) {
                ids.truncate(1);
            }
        }
        wanted
    }

    /// Passes on what was read of a tenant, once the batch that came with it is folded.
    pub(super) fn hand_on(
        &mut self,
        label: &Arc<str>,
        mut stories: Stories,
        failure: Option<Failure>,
        state: &State,
    ) {
        if let Some(failure) = failure {
            stories.extend(self.fail(label, &failure, state));
        } else if !stories.is_empty() {
            self.troubled.remove(label);
        }
        if let Some(tenant) = state.tenants.get(label)
            && !stories.is_empty()
        {
            self.feed.hand_on(label, tenant, stories);
        }
    }

    /// Returns an execution that is to be given up, since it could not be read alone several times.
    fn fail(&mut self, label: &Arc<str>, failure: &Failure, state: &State) -> Option<(Uuid, Option<Story>)> {
        if !self.troubled.contains_key(label) {
            tracing::warn!(
                tenant = %label, error = %failure.error,
                "ended executions cannot be read for their traces; this will be tried again"
            );
        }
        let failures = self.troubled.entry(label.clone()).or_insert(0);
        *failures += 1;
        if *failures <= GIVEN_UP_AFTER {
            return None;
        }
        *failures = 1;
        let first = *self.feed.wanted(&state.tenants).get(label)?.first()?;
        tracing::warn!(tenant = %label, execution = %first, "the trace of an execution is not sent: its rows cannot be read");
        Some((first, None))
    }

    pub(super) fn forget(&mut self, state: &State) {
        self.troubled.retain(|label, _| state.tenants.contains_key(label));
        self.feed.forget(|label| state.tenants.contains_key(label));
    }

    pub(super) fn report(&self, health: &mut Health) {
        if let Some(running) = &self.running {
            health.pushes = running.health();
            health.elected = self.election.as_ref().map(|_| running.pushes());
        }
    }
}

/// `None` if no replica is to be elected.
fn election(config: &Config) -> Option<Election> {
    let (_, name) = config.otlp.resource.iter().find(|(key, _)| key == "service.name")?;
    let shard = config.databases.first()?.shard;
    // Each shard has a pusher of its own, since it pushes its own tenants.
    let name = if shard.is_whole() { name.clone() } else { format!("{name}, shard {shard}") };
    (config.otlp.pusher == Pusher::Elected).then(|| Election::new(config, &name)).flatten()
}

/// Whoever is to be elected waits for that.
const fn role_before(election: Option<&Election>) -> Role {
    if election.is_some() { Role::Waits } else { Role::Pushes }
}

/// Asks again and again who is elected, by the newest of `elections`. The only one who changes `role`, but for its end.
async fn elect(
    mut election: Option<Election>,
    mut newer: mpsc::UnboundedReceiver<Option<Election>>,
    role: watch::Sender<Role>,
) {
    let (mut due, mut failing, mut own) = (Instant::now(), false, None);
    loop {
        let asked = async {
            match &mut election {
                Some(election) => {
                    sleep_until(due).await;
                    election.is_elected().await
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            other = newer.recv() => {
                let Some(other) = other else { return };
                own = election.as_ref().and_then(Election::holder).or(own);
                // The session of the one before ends here, and with it the lock, unless the server does not hear of it.
                election = other.map(|other| other.after(own));
                (due, failing) = (Instant::now(), false);
                change(&role, role_before(election.as_ref()));
            }
            elected = asked => {
                due = Instant::now() + ELECTION_INTERVAL;
                let told = told(&elected);
                if let Err(error) = &elected
                    && !failing
                {
                    tracing::error!(%error, "cannot find out whether this replica is to push, so that it does not");
                }
                failing = elected.is_err();
                if change(&role, told) && !failing {
                    tracing::info!(elected = told == Role::Pushes, "the pushing replica was elected");
                }
            }
        }
    }
}

fn told<E>(elected: &Result<bool, E>) -> Role {
    match elected {
        Ok(true) => Role::Pushes,
        Ok(false) => Role::Watches,
        // No other replica need have taken over: what happens meanwhile is not to be taken for pushed.
        Err(_) => Role::Waits,
    }
}

/// Whether that is another role than before. The end of pushing stays.
fn change(role: &watch::Sender<Role>, told: Role) -> bool {
    role.send_if_modified(|role| {
        let changes = *role != told && !matches!(role, Role::Ends { .. });
        if changes {
            *role = told;
        }
        changes
    })
}
