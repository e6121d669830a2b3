//! A PostgreSQL in memory, as far as reading exactly depends on it: transactions that write, wait and end in any order,
//! what a snapshot shows of them, and the ids that it gives.
//!
//! A transaction gets its id when it first writes; its rows are visible once it has committed. Rows that an open
//! transaction writes are locked: nobody else may write them.

use std::collections::{BTreeMap, BTreeSet};

use cloacina_exporter::record::{Event, Execution, Span, Task, Timestamp};
use uuid::Uuid;

pub enum Write {
    Execution(Execution),
    Task(Task),
    Event(Event),
}

pub struct Transaction {
    /// When it first writes, and when it ends.
    pub writes_at: Timestamp,
    pub ends_at: Timestamp,
    pub commits: bool,
    pub writes: Vec<Write>,
}

struct Open {
    transaction: Transaction,
    xid: Option<u64>,
}

pub struct Database {
    pub now: Timestamp,
    pub executions: BTreeMap<Uuid, Execution>,
    pub tasks: BTreeMap<Uuid, Task>,
    /// With the id of the transaction that wrote it.
    pub events: Vec<(u64, Event)>,
    open: Vec<Open>,
    next_xid: u64,
    newest_ended: u64,
}

impl Database {
    pub fn new(now: Timestamp) -> Self {
        let (executions, tasks) = (BTreeMap::new(), BTreeMap::new());
        Self {
            now,
            executions,
            tasks,
            events: Vec::new(),
            open: Vec::new(),
            next_xid: 101,
            newest_ended: 100,
        }
    }

    /// What is due at once happens at once.
    pub fn begin(&mut self, transaction: Transaction) {
        self.open.push(Open { transaction, xid: None });
        self.advance(Span::ZERO);
    }

    /// Lets time pass, and with it transactions write and end, in the order of their times.
    pub fn advance(&mut self, span: Span) {
        let until = self.now.plus(span);
        while let Some((index, at)) = self.next_due().filter(|(_, at)| *at <= until) {
            self.now = self.now.max(at);
            if self.open[index].xid.is_none() {
                self.open[index].xid = Some(self.next_xid);
                self.next_xid += 1;
            } else {
                self.end(index);
            }
        }
        self.now = until;
    }

    fn next_due(&self) -> Option<(usize, Timestamp)> {
        let due = |open: &Open| match open.xid {
            None => open.transaction.writes_at,
            Some(_) => open.transaction.ends_at,
        };
        self.open.iter().map(due).enumerate().min_by_key(|(_, at)| *at)
    }

    fn end(&mut self, index: usize) {
        let Open { transaction, xid } = self.open.remove(index);
        let xid = xid.unwrap();
        self.newest_ended = self.newest_ended.max(xid);
        for write in transaction.writes.into_iter().filter(|_| transaction.commits) {
            match write {
                Write::Execution(row) => drop(self.executions.insert(row.id, row)),
                Write::Task(row) => drop(self.tasks.insert(row.id, row)),
                Write::Event(row) => self.events.push((xid, row)),
            }
        }
    }

    pub fn is_quiet(&self) -> bool {
        self.open.is_empty()
    }

    /// Ids of rows that open transactions write.
    pub fn locked_rows(&self) -> BTreeSet<Uuid> {
        let writes = self.open.iter().flat_map(|open| &open.transaction.writes);
        writes
            .map(|write| match write {
                Write::Execution(row) => row.id,
                Write::Task(row) => row.id,
                Write::Event(row) => row.id,
            })
            .collect()
    }

    /// `xmax` is one past the newest transaction that has ended, and not one past the newest that was begun; `xmin` is
    /// the oldest running one below it.
    pub fn snapshot(&self) -> (u64, u64) {
        let xmax = self.newest_ended + 1;
        let xmin = self.open.iter().filter_map(|open| open.xid).min().map_or(xmax, |oldest| oldest.min(xmax));
        (xmin, xmax)
    }

    /// One past the largest id in the lock table.
    pub fn locked_xid(&self) -> u64 {
        self.open.iter().filter_map(|open| open.xid).max().map_or(0, |newest| newest + 1)
    }

    /// Retention: deletes the events written before `before`, and returns them.
    pub fn delete_events(&mut self, before: Timestamp) -> Vec<Event> {
        let old = self.events.extract_if(.., |(_, event)| event.created_at < before);
        old.map(|(_, event)| event).collect()
    }
}
