//! One connection to a database, the same to its caller whatever the dialect or Cloacina version.
//!
//! It decides nothing: which ids to ask for, how far back to look and what a failure means is up to the caller.
//! `discover`, `probe` and `change_counts` are asked outside a transaction; everything else after `begin`, and sees one
//! state of the database until `rollback`. After an error, roll back; if it `is_broken`, or a future was dropped
//! half-way, replace the reader. What can be asked of a tenant's rows is in `questions`.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use sqlx::{AssertSqlSafe, SqlSafeStr};
use uuid::Uuid;

use super::classify::Classifier;
use super::decode::{Decoder, Problem, Row};
use super::error::Error;
use super::schema::{Discovered, Schema, Shape};
use super::statements::{Dialect, Statement};
use super::timestamp::own_clock;
use super::{postgres, sqlite};
use crate::config::{DatabaseUrl, Poll};
use crate::record::{Identity, Position, Timestamp};

/// One connection to a database.
pub struct Reader {
    pub(super) connection: Connection,
    pub(super) classifier: Arc<Classifier>,
    /// Rendered once for each shape of tables met.
    texts: HashMap<(&'static str, Shape), Arc<str>>,
    shape: Option<Shape>,
    problems: Vec<Problem>,
}

pub(super) enum Connection {
    Postgres(Box<postgres::Session>),
    Sqlite(Box<sqlite::Session>),
}

/// A value for a placeholder.
#[derive(Debug, Clone, Copy)]
pub(super) enum Bind<'a> {
    Time(Option<Timestamp>),
    Number(i64),
    Ids(&'a [Uuid]),
    Text(Option<&'a str>),
}

pub(super) type EachRow<'a> = &'a mut (dyn FnMut(&dyn Row) + Send);

/// What is read once per database and poll, before any tenant's snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    pub identity: Identity,
    /// The database's clock, read first of all; the own clock for SQLite.
    pub clock: Timestamp,
    /// The exporter's own clock, read before anything was sent.
    pub own_clock: Timestamp,
    /// As `Position::locked`.
    pub locked: u64,
    pub replayed_at: Option<Timestamp>,
    /// The role may not call `pg_control_system` or `pg_control_checkpoint`, so `identity.system` and
    /// `identity.timeline` are 0: a failover to another server is then only noticed by its start time.
    pub limited: bool,
}

impl Reader {
    /// Opens a connection that cannot write.
    ///
    /// # Errors
    /// With reason `Connect` or `Timeout` if there is no session; the message says what to do.
    pub async fn connect(url: &DatabaseUrl, poll: &Poll, classifier: Arc<Classifier>) -> Result<Self, Error> {
        let connection = match url {
            DatabaseUrl::Postgres(url) => {
                Connection::Postgres(Box::new(postgres::Session::connect(url, poll).await?))
            }
            DatabaseUrl::Sqlite(path) => {
                Connection::Sqlite(Box::new(sqlite::Session::connect(path, poll).await?))
            }
        };
        Ok(Self { connection, classifier, texts: HashMap::new(), shape: None, problems: Vec::new() })
    }

    /// Every schema with a table of executions, sorted by name, also those that cannot be read. SQLite has exactly one,
    /// `main`.
    pub async fn discover(&mut self) -> Result<Vec<Discovered>, Error> {
        match &mut self.connection {
            Connection::Postgres(session) => session.discover().await,
            Connection::Sqlite(session) => session.discover().await,
        }
    }

    /// Takes the clock and the transactions that are running. All tenants of a poll share it, as long as it was taken
    /// before their `begin`.
    pub async fn probe(&mut self) -> Result<Probe, Error> {
        match &mut self.connection {
            Connection::Postgres(session) => session.probe().await,
            Connection::Sqlite(session) => {
                let clock = own_clock();
                let identity = Identity { system: session.identity().await?, ..Identity::default() };
                Ok(Probe { identity, clock, own_clock: clock, locked: 0, replayed_at: None, limited: false })
            }
        }
    }

    /// Opens a read-only transaction on one tenant and takes its snapshot.
    pub async fn begin(&mut self, schema: &Schema, probe: &Probe) -> Result<Position, Error> {
        self.shape = Some(schema.shape);
        let (now, xmin, xmax) = match &mut self.connection {
            Connection::Postgres(session) => session.begin(schema).await?,
            Connection::Sqlite(session) => session.begin().await?,
        };
        Ok(Position {
            identity: probe.identity.clone(),
            clock: probe.clock,
            own_clock: probe.own_clock,
            now,
            xmin,
            xmax,
            locked: probe.locked,
            replayed_at: probe.replayed_at,
        })
    }

    /// Ends the transaction, whether it failed or not. There is nothing to commit.
    pub async fn rollback(&mut self) -> Result<(), Error> {
        self.shape = None;
        match &mut self.connection {
            Connection::Postgres(session) => session.rollback().await,
            Connection::Sqlite(session) => session.rollback().await,
        }
    }

    /// Takes leave of the server, which otherwise logs a lost connection.
    pub async fn close(self) {
        match self.connection {
            Connection::Postgres(session) => session.close().await,
            Connection::Sqlite(session) => session.close().await,
        }
    }

    /// Rows that could not be used since the last call, by table and column; a text that is not known counts too.
    pub fn take_problems(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.problems)
    }

    /// About how many executions and tasks there are, for a progress bar; 0 if the database does not know.
    pub async fn estimated_rows(&mut self) -> Result<(u64, u64), Error> {
        let pipeline = self.shape.is_some_and(|shape| shape.pipeline);
        match &mut self.connection {
            Connection::Postgres(session) => session.estimated_rows(pipeline).await,
            Connection::Sqlite(session) => session.estimated_rows(pipeline).await,
        }
    }

    /// A number for each schema that changes when its tables do; a schema that is not in it may have changed.
    ///
    /// PostgreSQL's statistics lag by seconds, and a standby counts no changes of its primary at all: a hint, not a
    /// proof.
    pub async fn change_counts(&mut self) -> Result<HashMap<String, u64>, Error> {
        match &mut self.connection {
            Connection::Postgres(session) => session.change_counts().await,
            Connection::Sqlite(session) => session.change_counts().await,
        }
    }

    pub(super) async fn be_patient(&mut self) -> Result<(), Error> {
        match &mut self.connection {
            Connection::Postgres(session) => session.be_patient().await,
            Connection::Sqlite(_) => Ok(()),
        }
    }

    pub(super) async fn collect<T: Send>(
        &mut self,
        statement: &'static Statement,
        binds: &[Bind<'_>],
        mut decode: impl FnMut(&mut Decoder<'_>) -> Option<T> + Send,
    ) -> Result<Vec<T>, Error> {
        let mut records = Vec::new();
        self.read(statement, binds, |decoder, _| records.extend(decode(decoder))).await?;
        Ok(records)
    }

    pub(super) async fn read(
        &mut self,
        statement: &'static Statement,
        binds: &[Bind<'_>],
        mut each: impl FnMut(&mut Decoder<'_>, &Classifier) + Send,
    ) -> Result<(), Error> {
        let dialect = match &self.connection {
            Connection::Postgres(_) => Dialect::Postgres,
            Connection::Sqlite(_) => Dialect::Sqlite,
        };
        let shape = self.shape.ok_or_else(|| Error::outside_transaction(statement.operation))?;
        let text = self
            .texts
            .entry((statement.text, shape))
            .or_insert_with(|| statement.render(dialect, shape).into());
        // The texts are made of constants of `statements` alone.
        let text = AssertSqlSafe(Arc::clone(text)).into_sql_str();
        let (problems, classifier) = (&mut self.problems, &*self.classifier);
        let mut each =
            |row: &dyn Row| each(&mut Decoder { row, table: statement.table, problems }, classifier);
        match &mut self.connection {
            Connection::Postgres(session) => session.read(statement.operation, text, binds, &mut each).await,
            Connection::Sqlite(session) => session.read(statement.operation, text, binds, &mut each).await,
        }
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dialect = match &self.connection {
            Connection::Postgres(_) => "Postgres",
            Connection::Sqlite(_) => "Sqlite",
        };
        formatter.debug_struct("Reader").field("dialect", &dialect).finish_non_exhaustive()
    }
}
