//! Which of several replicas pushes: the one whose session holds an advisory lock of PostgreSQL. Nothing is written: the
//! lock lives in the server's memory and ends with the session.

use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use super::error::{Error, Reason};
use super::postgres::Session;
use crate::config::{Config, DatabaseUrl, Poll};

const POOLED: &str = "the lock that elects a pusher needs a session of its own, and a pooler in transaction mode gives \
                      none; let the first PostgreSQL database bypass the pooler";

pub struct Election {
    url: SecretString,
    poll: Poll,
    key: i64,
    session: Option<Session>,
}

impl Election {
    /// Among exporters of the same `name` on the first PostgreSQL database; `None` if there is no such database.
    pub fn new(config: &Config, name: &str) -> Option<Self> {
        let url = config.databases.iter().find_map(|database| match &database.url {
            DatabaseUrl::Postgres(url) => Some(url.clone()),
            DatabaseUrl::Sqlite(_) => None,
        })?;
        let (high, low) = Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).as_u64_pair();
        Some(Self { url, poll: config.poll.clone(), key: (high ^ low).cast_signed(), session: None })
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
        self.session = Some(session);
        Ok(held)
    }

    /// Whether `other` would ask the same server for the same lock.
    pub fn is_alike(&self, other: &Self) -> bool {
        self.key == other.key && self.url.expose_secret() == other.url.expose_secret()
    }

    /// The same without a session.
    pub fn unconnected(&self) -> Self {
        Self { url: self.url.clone(), poll: self.poll.clone(), key: self.key, session: None }
    }

    /// Lets another replica be elected.
    pub async fn resign(&mut self) {
        if let Some(session) = self.session.take() {
            session.close().await;
        }
    }
}

impl std::fmt::Debug for Election {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Election").field("key", &self.key).finish_non_exhaustive()
    }
}
