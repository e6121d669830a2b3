//! What can be asked of one tenant's rows, inside the transaction that `Reader::begin` opens.
//!
//! Each question is one statement, or one per 5000 ids. Rows that cannot be used are left out, see
//! `Reader::take_problems`. Every question fails with reason `Timeout`, `Permission`, `Schema` or `Query`.

use std::sync::Arc;

use uuid::Uuid;

use super::decode::Decoder;
use super::error::Error;
use super::reader::{Bind, Connection, Reader};
use super::statements::{self as sql, Statement};
use crate::record::{Event, EventKind, Execution, Fire, Schedule, Task, Timestamp};

/// Ids in one statement, and rows handed on at once when history is read.
const CHUNK: usize = 5000;

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

/// What was written, among rows of one kind, by transactions with at least some id.
#[derive(Debug, Default)]
pub struct Written {
    /// Rows that are of that kind now.
    pub present: Vec<Uuid>,
    /// Rows that are of that kind no longer, or never were.
    pub past: Vec<Uuid>,
    /// How many rows are of that kind now, written since or not.
    pub all_present: u64,
}

impl Reader {
    /// Events without those for which `skip` is true, which are dropped while they are read.
    pub async fn events(
        &mut self,
        tail: &Tail,
        mut skip: impl FnMut(&Uuid) -> bool + Send,
    ) -> Result<Tailed, Error> {
        let limit = Bind::Number(i64::try_from(tail.limit).unwrap_or(i64::MAX));
        let from = Bind::Time(Some(tail.from));
        let (statement, binds) = match (&self.connection, tail) {
            (Connection::Sqlite(_), Tail { after_sequence: Some(sequence), .. }) => {
                (&sql::EVENTS_AFTER, vec![wide(*sequence), limit])
            }
            (Connection::Postgres(_), Tail { newer_than_xid: Some(xid), .. }) => {
                (&sql::EVENTS_SINCE_NEWER, vec![from, limit, wide(*xid)])
            }
            _ => (&sql::EVENTS_SINCE, vec![from, limit]),
        };
        let mut tailed =
            Tailed { events: Vec::new(), complete: true, last_created_at: None, last_sequence: None };
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
        Ok(self
            .collect(&sql::COUNT_EVENTS, &binds, |decoder| decoder.number(0))
            .await?
            .first()
            .copied()
            .unwrap_or(0))
    }

    /// The events that `count_events` counts.
    pub async fn events_between(&mut self, from: Timestamp, to: Timestamp) -> Result<Vec<Event>, Error> {
        let binds = [Bind::Time(Some(from)), Bind::Time(Some(to))];
        self.collect(&sql::EVENTS_BETWEEN, &binds, |decoder| Some(decoder.event()?.0)).await
    }

    /// Executions that are `Pending`, `Running` or `Paused`.
    pub async fn active_executions(&mut self) -> Result<Vec<Execution>, Error> {
        self.collect(&sql::ACTIVE_EXECUTIONS, &[], |decoder| decoder.execution()).await
    }

    /// The ids of those, and which of them were written by transactions with at least this id. PostgreSQL only, as all
    /// questions about what was written.
    pub async fn written_executions(&mut self, since: u64) -> Result<(Vec<Uuid>, Vec<Uuid>), Error> {
        let (mut active, mut written) = (Vec::new(), Vec::new());
        self.read(&sql::WRITTEN_EXECUTIONS, &[wide(since)], |decoder, _| {
            active.extend(decoder.ids(0));
            written.extend(decoder.ids(1));
        })
        .await?;
        Ok((active, written))
    }

    /// Those of `ids` that exist, which are all active: what is only told of those that ended is left out.
    pub async fn active_executions_by_id(&mut self, ids: &[Uuid]) -> Result<Vec<Execution>, Error> {
        self.collect_by_id(&sql::ACTIVE_EXECUTIONS_BY_ID, ids, |decoder| decoder.execution()).await
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

    /// Tasks of `executions` that are `NotStarted`, `Ready` or `Running`.
    pub async fn unfinished_tasks(&mut self, executions: &[Uuid]) -> Result<Vec<Task>, Error> {
        self.tasks_by(&sql::UNFINISHED_TASKS, executions).await
    }

    /// What of `unfinished_tasks` was written by transactions with at least this id.
    pub async fn written_tasks(&mut self, executions: &[Uuid], since: u64) -> Result<Written, Error> {
        let mut written = Written::default();
        for executions in executions.chunks(CHUNK) {
            let binds = [Bind::Ids(executions), wide(since)];
            self.read(&sql::WRITTEN_TASKS, &binds, |decoder, _| written.add(decoder)).await?;
        }
        Ok(written)
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

    /// Those of `ids` that exist.
    pub async fn schedules_by_id(&mut self, ids: &[Uuid]) -> Result<Vec<Schedule>, Error> {
        self.collect_by_id(&sql::SCHEDULES_BY_ID, ids, |decoder| decoder.schedule()).await
    }

    pub async fn written_schedules(&mut self, since: u64) -> Result<Written, Error> {
        let mut written = Written::default();
        self.read(&sql::WRITTEN_SCHEDULES, &[wide(since)], |decoder, _| written.add(decoder)).await?;
        Ok(written)
    }

    /// Fires that started since: those of `schedules`, of all triggers, and of all cron schedules whose `last_run_at` is
    /// not before either. The engine sets that when it claims a fire, which may start later, by hours if it waits for
    /// others that are caught up on: `schedules` is for these.
    pub async fn fires_since(&mut self, since: Timestamp, schedules: &[Uuid]) -> Result<Vec<Fire>, Error> {
        let binds = [Bind::Ids(schedules), Bind::Time(Some(since)), Bind::Number(i64::MAX)];
        self.collect(&sql::FIRES_SINCE, &binds, |decoder| decoder.fire()).await
    }

    /// Fires of `schedules` that started since.
    pub async fn fires_of(&mut self, since: Timestamp, schedules: &[Uuid]) -> Result<Vec<Fire>, Error> {
        let mut fires = Vec::new();
        for schedules in schedules.chunks(CHUNK) {
            let binds = [Bind::Ids(schedules), Bind::Time(Some(since)), Bind::Number(i64::MAX)];
            fires.extend(self.collect(&sql::FIRES_OF, &binds, |decoder| decoder.fire()).await?);
        }
        Ok(fires)
    }

    /// Those of `ids` that exist.
    pub async fn fires(&mut self, ids: &[Uuid]) -> Result<Vec<Fire>, Error> {
        self.collect_by_id(&sql::FIRES_BY_ID, ids, |decoder| decoder.fire()).await
    }

    /// The fires of each schedule that started last, at most `limit` of each.
    pub async fn recent_fires(&mut self, limit: u32) -> Result<Vec<Fire>, Error> {
        self.collect(&sql::RECENT_FIRES, &[Bind::Number(limit.into())], |decoder| decoder.fire()).await
    }

    /// Fires without `completed_at`, whichever come first and at most `limit` of each schedule.
    pub async fn open_fires(&mut self, limit: u32) -> Result<Vec<Fire>, Error> {
        self.collect(&sql::OPEN_FIRES, &[Bind::Number(limit.into())], |decoder| decoder.fire()).await
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
}

impl Written {
    fn add(&mut self, decoder: &mut Decoder<'_>) {
        self.all_present += decoder.number(0).unwrap_or(0);
        self.present.extend(decoder.ids(1));
        self.past.extend(decoder.ids(2));
    }
}

/// Ids of transactions and sequence numbers stay far below 2^63.
fn wide(number: u64) -> Bind<'static> {
    Bind::Number(i64::try_from(number).unwrap_or(i64::MAX))
}
