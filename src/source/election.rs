//! Which of several replicas pushes: the one whose session holds an advisory lock of PostgreSQL. Nothing is written: the
//! lock lives in the server's memory and ends with the session.

use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use super::error::{Error, Reason};
use super::postgres::Session;
use crate::config::{Config, DatabaseUrl, Poll};

const POOLED: &str = "the lock that elects a pusher needs a session of its own, and a pooler in transaction mode gives \
                      none; let the first PostgreSQL database bypass the pooler";

const OWN: &str =
    "an earlier session of this exporter still holds the lock that elects a pusher; the server ends it soon";

pub struct Election {
    url: SecretString,
    poll: Poll,
    key: i64,
    session: Option<Session>,
    /// The server's process that gave the lock last; it may outlive the connection.
    holder: Option<i64>,
}

impl Election {
    /// Among exporters of the same `name` on the first PostgreSQL database; `None` if there is no such database.
    pub fn new(config: &Config, name: &str) -> Option<Self> {
        let url = config.databases.iter().find_map(|database| match &database.url {
            DatabaseUrl::Postgres(url) => Some(url.clone()),
            DatabaseUrl::Sqlite(_) => None,
        })?;
        let (high, low) = Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).as_u64_pair();
        Some(Self {
            url,
            poll: config.poll.clone(),
            key: (high ^ low).cast_signed(),
            session: None,
            holder: None,
        })
    }

    /// Whether this process is elected, asked of the server; it takes the lock if it is free.
    ///
    /// # Errors
    /// If the server cannot be asked: whoever cannot show that it holds the lock is not elected.
    pub async fn is_elected(&mut self) -> Result<bool, Error> {
        let mut session = match self.session.take() {
            Some(session) => session,
            None => Session::connect(&self.url, &self.poll).await?,
        };
        if !session.is_direct() {
            session.close().await;
            return Err(Error::new("elect a pusher", Reason::Connect, POOLED));
        }
        session.die_soon().await?;
        // The same session may take it any number of times, so that asking again is also a proof that it still holds it.
        let held = session.try_lock(self.key).await?;
        let is_own =
            held.is_none() && self.holder.is_some() && self.holder == session.holder(self.key).await?;
        self.session = Some(session);
        if is_own {
            return Err(Error::new("elect a pusher", Reason::Connect, OWN));
        }
        self.holder = held.or(self.holder);
        Ok(held.is_some())
    }

    /// Whether `other` would ask the same server for the same lock.
    pub fn is_alike(&self, other: &Self) -> bool {
        self.key == other.key && self.url.expose_secret() == other.url.expose_secret()
    }

    /// For an election that follows this one: which session was this exporter's own.
    pub const fn holder(&self) -> Option<i64> {
        self.holder
    }

    /// Takes a lock that `holder` holds for held by an earlier session of this exporter.
    #[must_use]
    pub fn after(self, holder: Option<i64>) -> Self {
        Self { holder, ..self }
    }

    /// The same without a session.
    pub fn unconnected(&self) -> Self {
        Self { url: self.url.clone(), poll: self.poll.clone(), key: self.key, session: None, holder: None }
    }
}

impl std::fmt::Debug for Election {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Election").field("key", &self.key).finish_non_exhaustive()
    }
}
