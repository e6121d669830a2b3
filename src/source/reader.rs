//! All questions that can be asked of one database, with the same answers whatever the dialect or Cloacina version.
//!
//! A reader is one connection. It decides nothing: which ids to ask for, how far back to look and what a failure means
//! is up to its caller. `discover`, `probe` and `change_counts` are asked outside a transaction; everything else after
//! `begin`, and sees one state of the database until `rollback`. After an error, roll back; if it `is_broken`, or a
//! future was dropped half-way, replace the reader.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use sqlx::{AssertSqlSafe, SqlSafeStr};
use uuid::Uuid;

use super::classify::Classifier;
use super::decode::{Decoder, Problem, Row};
use super::error::Error;
use super::schema::{Discovered, Schema, Shape};
use super::statements::{self as sql, Dialect, Statement};
use super::timestamp::own_clock;
use super::{postgres, sqlite};
use crate::config::{DatabaseUrl, Poll};
use crate::record::{Event, EventKind, Execution, Identity, Origin, Position, Schedule, Task, Timestamp};

/// Ids in one statement, and rows handed on at once when history is read.
const CHUNK: usize = 5000;

/// One connection to a database.
pub struct Reader {
    connection: Connection,
    classifier: Arc<Classifier>,
    /// Rendered once for each shape of tables met.
    texts: HashMap<(&'static str, Shape), Arc<str>>,
    shape: Option<Shape>,
    problems: Vec<Problem>,
}

enum Connection {
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

/// Which events to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tail {
    /// Inclusive; not looked at with `after_sequence`.
    pub from: Timestamp,
    /// SQLite only, where numbers are given in the order of commits: all later than this one.
    pub after_sequence: Option<u64>,
    /// PostgreSQL only: written by a transaction with at least this id.
    pub newer_than_xid: Option<u64>,
    /// Most rows to read, those that are skipped too: give it more than can be skipped, or nothing new may come.
    pub limit: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tailed {
    /// In the order of `created_at`; with `after_sequence`, of `sequence_num`.
    pub events: Vec<Event>,
    /// False if the limit was reached, so that more may follow.
    pub complete: bool,
    /// `created_at` of the last row read, skipped or not.
    pub last_created_at: Option<Timestamp>,
    /// `sequence_num` of the last row read, skipped or not.
    pub last_sequence: Option<u64>,
}

impl Reader {
    /// Opens a connection that cannot write.
    ///
    /// # Errors
    /// With reason `Connect` or `Timeout` if there is no session; the message says what to do.
    pub async fn connect(url: &DatabaseUrl, poll: &Poll, classifier: Arc<Classifier>) -> Result<Self, Error> {
        let connection = match url {
            DatabaseUrl::Postgres(url) => Connection::Postgres(Box::new(postgres::Session::connect(url, poll).await?)),
            DatabaseUrl::Sqlite(path) => Connection::Sqlite(Box::new(sqlite::Session::connect(path, poll).await?)),
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
            Connection::Sqlite(_) => {
                let clock = own_clock();
                let identity = Identity::default();
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

    /// Rows that could not be used since the last call, by table and column; a text that is not known counts too.
    pub fn take_problems(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.problems)
    }

    /// Events without those for which `skip` is true, which are dropped while they are read.
    pub async fn events(&mut self, tail: &Tail, mut skip: impl FnMut(&Uuid) -> bool + Send) -> Result<Tailed, Error> {
        let limit = Bind::Number(i64::try_from(tail.limit).unwrap_or(i64::MAX));
        let from = Bind::Time(Some(tail.from));
        let (statement, binds) = match (&self.connection, tail) {
            (Connection::Sqlite(_), Tail { after_sequence: Some(sequence), .. }) => {
                (&sql::EVENTS_AFTER, vec![wide(*sequence), limit])
            }
            (Connection::Postgres(session), Tail { newer_than_xid: Some(xid), .. }) => {
                (&sql::EVENTS_SINCE_NEWER, vec![from, limit, wide(session.xmax()), wide(*xid)])
            }
            _ => (&sql::EVENTS_SINCE, vec![from, limit]),
        };
        let mut tailed = Tailed { events: Vec::new(), complete: true, last_created_at: None, last_sequence: None };
        let mut rows = 0;
        self.read(statement, &binds, |decoder, _| {
            rows += 1;
            let Some((event, sequence)) = decoder.event() else { return };
            tailed.last_created_at = Some(event.created_at);
            tailed.last_sequence = Some(sequence);
            if !skip(&event.id) {
                tailed.events.push(event);
            }
        })
        .await?;
        tailed.complete = rows < tail.limit;
        Ok(tailed)
    }

    /// `created_at` of the oldest event kept.
    pub async fn oldest_event(&mut self) -> Result<Option<Timestamp>, Error> {
        Ok(self.collect(&sql::OLDEST_EVENT, &[], |decoder| decoder.time(0)).await?.first().copied())
    }

    /// Events with `created_at` in `[from, to)`.
    pub async fn count_events(&mut self, from: Timestamp, to: Timestamp) -> Result<u64, Error> {
        let binds = [Bind::Time(Some(from)), Bind::Time(Some(to))];
        Ok(self.collect(&sql::COUNT_EVENTS, &binds, |decoder| decoder.number(0)).await?.first().copied().unwrap_or(0))
    }

    /// The events that `count_events` counts.
    pub async fn events_between(&mut self, from: Timestamp, to: Timestamp) -> Result<Vec<Event>, Error> {
        let binds = [Bind::Time(Some(from)), Bind::Time(Some(to))];
        self.collect(&sql::EVENTS_BETWEEN, &binds, |decoder| Some(decoder.event()?.0)).await
    }

    /// Executions that are Pending, Running or Paused.
    pub async fn active_executions(&mut self) -> Result<Vec<Execution>, Error> {
        self.collect(&sql::ACTIVE_EXECUTIONS, &[], |decoder| decoder.execution()).await
    }

    /// Those of `ids` that exist.
    pub async fn executions(&mut self, ids: &[Uuid]) -> Result<Vec<Execution>, Error> {
        self.collect_by_id(&sql::EXECUTIONS_BY_ID, ids, |decoder| decoder.execution()).await
    }

    /// All cancelled executions that were cancelled or created since. Reads every cancelled execution.
    pub async fn cancelled_since(&mut self, since: Timestamp) -> Result<Vec<Uuid>, Error> {
        self.collect(&sql::CANCELLED_SINCE, &[Bind::Time(Some(since))], |decoder| decoder.id(0)).await
    }

    /// All executions that ended since. No index helps: it reads the whole table.
    pub async fn ended_since(&mut self, since: Timestamp) -> Result<Vec<Uuid>, Error> {
        self.collect(&sql::ENDED_SINCE, &[Bind::Time(Some(since))], |decoder| decoder.id(0)).await
    }

    /// Which schedule started those of `executions` that were started by one.
    pub async fn origins(&mut self, executions: &[Uuid]) -> Result<Vec<(Uuid, Origin)>, Error> {
        self.collect_by_id(&sql::ORIGINS, executions, |decoder| decoder.origin()).await
    }

    /// Tasks of `executions` that are NotStarted, Ready or Running.
    pub async fn unfinished_tasks(&mut self, executions: &[Uuid]) -> Result<Vec<Task>, Error> {
        self.tasks_by(&sql::UNFINISHED_TASKS, executions).await
    }

    pub async fn tasks_of(&mut self, executions: &[Uuid]) -> Result<Vec<Task>, Error> {
        self.tasks_by(&sql::TASKS_OF, executions).await
    }

    /// Those of `ids` that exist.
    pub async fn tasks(&mut self, ids: &[Uuid]) -> Result<Vec<Task>, Error> {
        self.tasks_by(&sql::TASKS_BY_ID, ids).await
    }

    pub async fn schedules(&mut self) -> Result<Vec<Schedule>, Error> {
        self.collect(&sql::SCHEDULES, &[], |decoder| decoder.schedule()).await
    }

    /// Distinct names of workflows that have an execution or a schedule, in no order.
    pub async fn workflow_names(&mut self) -> Result<Vec<Arc<str>>, Error> {
        self.collect(&sql::WORKFLOW_NAMES, &[], |decoder| decoder.name(0)).await
    }

    /// Hands on all executions that ended since, or ever, in chunks, in no order. Raises the statement timeout for the
    /// rest of the transaction, as do `ended_tasks` and `event_counts`.
    pub async fn ended_executions(
        &mut self,
        since: Option<Timestamp>,
        mut each: impl FnMut(Vec<Execution>) + Send,
    ) -> Result<(), Error> {
        self.be_patient().await?;
        let mut chunk = Vec::new();
        self.read(&sql::ENDED_EXECUTIONS, &[Bind::Time(since)], |decoder, _| {
            chunk.extend(decoder.execution());
            if chunk.len() >= CHUNK {
                each(std::mem::take(&mut chunk));
            }
        })
        .await?;
        each(chunk);
        Ok(())
    }

    /// As `ended_executions`, each task with the name of its workflow.
    pub async fn ended_tasks(
        &mut self,
        since: Option<Timestamp>,
        mut each: impl FnMut(Vec<(Arc<str>, Task)>) + Send,
    ) -> Result<(), Error> {
        self.be_patient().await?;
        let mut chunk = Vec::new();
        self.read(&sql::ENDED_TASKS, &[Bind::Time(since)], |decoder, classifier| {
            let task = decoder.task(classifier);
            chunk.extend(decoder.name(15).zip(task));
            if chunk.len() >= CHUNK {
                each(std::mem::take(&mut chunk));
            }
        })
        .await?;
        each(chunk);
        Ok(())
    }

    /// How many events of each kind were created since, or ever; unknown kinds come as several `Other`.
    pub async fn event_counts(&mut self, since: Option<Timestamp>) -> Result<Vec<(EventKind, u64)>, Error> {
        self.be_patient().await?;
        self.collect(&sql::EVENT_COUNTS, &[Bind::Time(since)], |decoder| decoder.event_count()).await
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

    async fn be_patient(&mut self) -> Result<(), Error> {
        match &mut self.connection {
            Connection::Postgres(session) => session.be_patient().await,
            Connection::Sqlite(_) => Ok(()),
        }
    }

    async fn tasks_by(&mut self, statement: &'static Statement, ids: &[Uuid]) -> Result<Vec<Task>, Error> {
        let classifier = Arc::clone(&self.classifier);
        self.collect_by_id(statement, ids, |decoder| decoder.task(&classifier)).await
    }

    async fn collect_by_id<T: Send>(
        &mut self,
        statement: &'static Statement,
        ids: &[Uuid],
        mut decode: impl FnMut(&mut Decoder<'_>) -> Option<T> + Send,
    ) -> Result<Vec<T>, Error> {
        let mut records = Vec::new();
        for ids in ids.chunks(CHUNK) {
            records.extend(self.collect(statement, &[Bind::Ids(ids)], &mut decode).await?);
        }
        Ok(records)
    }

    async fn collect<T: Send>(
        &mut self,
        statement: &'static Statement,
        binds: &[Bind<'_>],
        mut decode: impl FnMut(&mut Decoder<'_>) -> Option<T> + Send,
    ) -> Result<Vec<T>, Error> {
        let mut records = Vec::new();
        self.read(statement, binds, |decoder, _| records.extend(decode(decoder))).await?;
        Ok(records)
    }

    async fn read(
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
        let text = self.texts.entry((statement.text, shape)).or_insert_with(|| statement.render(dialect, shape).into());
        // The texts are made of constants of `statements` alone.
        let text = AssertSqlSafe(Arc::clone(text)).into_sql_str();
        let (problems, classifier) = (&mut self.problems, &*self.classifier);
        let mut each = |row: &dyn Row| each(&mut Decoder { row, table: statement.table, problems }, classifier);
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

/// Ids of transactions and sequence numbers stay far below 2^63.
fn wide(number: u64) -> Bind<'static> {
    Bind::Number(i64::try_from(number).unwrap_or(i64::MAX))
}
