//! From which instant events must be read so that none is ever missed, and from which on ids must be remembered.
//!
//! Rows do not become visible in the order of `created_at` or of `sequence_num`: a transaction may write, wait and
//! commit late. So each poll re-reads a window, and its lower *edge* rests on two facts about an unseen transaction:
//!
//! - its id is at least `xmin` of the newest snapshot, hence at least `xid` of every earlier poll whose `xid` is not
//!   above that `xmin`: it was begun after that poll;
//! - applications read their clock before they write, so its rows are not older than the newest `created_at` seen by
//!   that poll, less an *overlap* for clock skew.
//!
//! `time` of a poll is therefore the newest `created_at` seen by then, capped by all clocks, and not the database's
//! time: a snapshot's `xmax` is one past the newest *completed* transaction, so a running one may lie above it.
//! No I/O and no clock here; `Position` brings both.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::record::{Batch, Identity, Position, Span, Timestamp};

/// How long ids are remembered below the edge, so that an edge that moves back meets no forgotten id.
pub(crate) const KEEP: Span = Span::from_seconds(600);
/// A server that shows an older state than before is waited for this long, then taken for restored.
const PATIENCE: Span = Span::from_seconds(300);
/// The overlap never grows beyond this.
const MAX_OVERLAP: Span = Span::from_seconds(3600);
/// A widened overlap that was not needed for this long is halved.
const OVERLAP_MEMORY: Span = Span::from_seconds(12 * 3600);
/// Cancelled executions leave no event; they are scanned for this often.
const CANCEL_SCAN_INTERVAL: Span = Span::from_seconds(60);
/// PostgreSQL tells of two ids of transactions which is older only if less than 2^31 lie between them; half of that leaves
/// room for what runs now.
const COMPARABLE: u64 = 1 << 30;
/// Polls remembered while one transaction stays open; beyond that no poll is added, which only widens the window.
const MAX_POLLS: usize = 4096;

/// What the next poll is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// The server is behind what was already read: read nothing, keep everything.
    Skip,
    Read(Tail),
}

/// Which events to read, and which scans to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tail {
    pub from: Timestamp,
    /// PostgreSQL: rows of older transactions were all seen, and are as they were.
    pub newer_than: Option<u64>,
    /// SQLite: rows up to this `sequence_num` were all seen; stands instead of `from`.
    pub after_sequence: Option<u64>,
    /// Scan for executions that ended since the edge: after a gap their events may be gone.
    pub scan_ended: bool,
    /// Scan for executions cancelled since this instant.
    pub scan_cancelled: Option<Timestamp>,
}

/// A poll that may bound the window: every transaction with an id of at least `xid` was begun after `time`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Poll {
    time: Timestamp,
    xid: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Horizon {
    identity: Identity,
    xmin: u64,
    xmax: u64,
    polls: VecDeque<Poll>,
    /// `time` of the poll that gave the edge; lateness is measured against it.
    base: Timestamp,
    edge: Timestamp,
    floor: Timestamp,
    /// Newest `created_at` of an event, or start of a fire, seen, capped by the clocks of its poll.
    newest_event: Option<Timestamp>,
    /// Stands for `newest_event` until there is one: below the first poll, since a transaction that was open then may have
    /// read its clock long before. It costs nothing, as there is no event to read again.
    start: Timestamp,
    overlap: Span,
    overlap_needed_at: Timestamp,
    cancel_edge: Timestamp,
    cancel_scanned_at: Option<Timestamp>,
    last_now: Timestamp,
    /// Whether the last poll read all events that its snapshot showed.
    whole: bool,
    /// Whether the edge has moved back since: rows above it that are older than the last poll were then not all read.
    rewound: bool,
    /// First poll of a row of skipped ones, by the exporter's clock.
    behind_since: Option<Timestamp>,
    epochs: u64,
    skipped: u64,
    late: Span,
    /// Age of the oldest event not read yet; zero when all were.
    lag: Span,
}

impl Horizon {
    /// Where the first poll of a tenant begins: deep enough to know the ids of all that may still be re-read.
    pub fn new(position: &Position, overlap: Span) -> Self {
        let edge = position.now.minus(overlap).minus(KEEP);
        Self {
            identity: position.identity.clone(),
            xmin: 0,
            xmax: 0,
            polls: VecDeque::new(),
            base: edge,
            edge,
            floor: edge,
            newest_event: None,
            start: position.clock.min(position.own_clock).minus(KEEP),
            overlap,
            overlap_needed_at: position.now,
            cancel_edge: edge,
            cancel_scanned_at: None,
            last_now: position.now,
            whole: false,
            rewound: false,
            behind_since: None,
            epochs: 0,
            skipped: 0,
            late: Span::ZERO,
            lag: Span::ZERO,
        }
    }

    /// `fresh`: the first poll after a start or a new connection.
    pub fn plan(&self, position: &Position, fresh: bool) -> Plan {
        if self.is_behind(position) && !self.patience_is_over(position) {
            return Plan::Skip;
        }
        let epoch = self.is_new_epoch(position);
        let comparable = self.whole && !epoch && self.identity == position.identity;
        let sqlite = position.identity.commits_in_sequence();
        let near = position.xmax.saturating_sub(self.xmin) < COMPARABLE;
        Plan::Read(Tail {
            from: if epoch { self.floor } else { self.edge },
            newer_than: (comparable && near && !fresh && !sqlite && !self.rewound).then_some(self.xmin),
            after_sequence: (comparable && sqlite).then_some(self.xmin),
            scan_ended: position.now.since(self.last_now) > self.overlap.times(2),
            scan_cancelled: self.cancel_scan_is_due(position).then_some(self.cancel_edge),
        })
    }

    /// Same server, older state: a load balancer, or a standby that lags behind another. A SQLite file has no such
    /// excuse, it was replaced.
    fn is_behind(&self, position: &Position) -> bool {
        position.xmax < self.xmax
            && !position.identity.commits_in_sequence()
            && position.identity.system == self.identity.system
            && position.identity.timeline == self.identity.timeline
    }

    fn patience_is_over(&self, position: &Position) -> bool {
        self.behind_since.is_some_and(|since| position.own_clock.since(since) > PATIENCE)
    }

    /// Another server, another timeline, or a restored state: transaction ids mean something else.
    fn is_new_epoch(&self, position: &Position) -> bool {
        position.xmax < self.xmax
            || position.identity.system != self.identity.system
            || position.identity.timeline != self.identity.timeline
    }

    fn cancel_scan_is_due(&self, position: &Position) -> bool {
        self.cancel_scanned_at.is_none_or(|at| {
            let elapsed = position.now.since(at);
            // A clock that was set back must not put the scan off for as long.
            elapsed >= CANCEL_SCAN_INTERVAL || elapsed < Span::ZERO
        })
    }

    pub fn skip(&mut self, position: &Position) {
        self.behind_since.get_or_insert(position.own_clock);
        self.skipped += 1;
    }

    /// Nothing changed since the last batch: no gap opens.
    pub fn idle(&mut self, now: Timestamp) {
        self.last_now = now;
    }

    /// Takes in a batch that was read as planned. `late` is how far below `base` its latest row was.
    pub fn advance(&mut self, batch: &Batch, late: Span) {
        let position = &batch.position;
        if self.is_new_epoch(position) {
            self.polls.clear();
            self.epochs += 1;
        }
        self.behind_since = None;
        self.learn_overlap(late, position.now);
        self.see_events(batch);
        self.remember_poll(batch);
        let read_from = self.edge;
        self.move_edge(position.xmin);
        self.rewound = self.edge < read_from;
        if batch.scanned_cancelled {
            self.cancel_edge = self.cancel_edge.max(self.edge);
            self.cancel_scanned_at = Some(position.now);
        }
        self.identity = position.identity.clone();
        self.xmin = position.xmin;
        self.xmax = position.xmax;
        self.last_now = position.now;
        self.whole = batch.events_until == Timestamp::MAX;
        self.lag = if self.whole { Span::ZERO } else { position.now.since(batch.events_until) };
    }

    fn learn_overlap(&mut self, late: Span, now: Timestamp) {
        self.late = late;
        let needed = late.times(2).min(MAX_OVERLAP);
        if needed >= self.overlap {
            self.overlap = needed;
            self.overlap_needed_at = now;
        } else if needed.times(2) > self.overlap {
            self.overlap_needed_at = now;
        }
    }

    /// Lets a widened overlap shrink towards `configured` once nothing has needed it for half a day.
    pub fn relax_overlap(&mut self, configured: Span) {
        let idle = self.last_now.since(self.overlap_needed_at);
        if self.overlap > configured && idle > OVERLAP_MEMORY {
            self.overlap = Span(self.overlap.0 / 2).max(configured);
            self.overlap_needed_at = self.last_now;
        }
    }

    fn see_events(&mut self, batch: &Batch) {
        let clocks = batch.position.now.min(batch.position.own_clock);
        // A fire's start is read from the same clocks, before its row is written, as an event's creation is. Without fires
        // the edge of a tenant whose schedules start nothing would stand still.
        let events = batch.events.iter().map(|event| event.created_at);
        let written = events.chain(batch.fires.iter().map(|fire| fire.started_at));
        let newest = written.map(|at| at.min(clocks)).max();
        self.newest_event = self.newest_event.max(newest);
    }

    fn remember_poll(&mut self, batch: &Batch) {
        let position = &batch.position;
        let mut time = position.clock.min(position.own_clock);
        time = time.min(self.newest_event.unwrap_or(self.start)).min(batch.events_until);
        if position.identity.in_recovery {
            time = time.min(position.replayed_at.unwrap_or(Timestamp::MAX));
        }
        let xid = position.xmax.max(position.locked);
        // Of polls with equal ids the oldest bounds best, as nothing can have been begun between them.
        let known = self.polls.back().is_some_and(|last| last.xid >= xid);
        if !known && self.polls.len() < MAX_POLLS {
            self.polls.push_back(Poll { time, xid });
        }
    }

    fn move_edge(&mut self, xmin: u64) {
        let qualifying = self.polls.iter().rposition(|poll| poll.xid <= xmin);
        if let Some(index) = qualifying {
            self.polls.drain(..index);
            self.base = self.polls[0].time;
            self.edge = self.base.minus(self.overlap);
            let floor = self.edge.minus(KEEP).min(self.cancel_edge);
            self.floor = self.floor.max(floor);
            self.edge = self.edge.max(self.floor);
        } else {
            self.edge = self.floor;
        }
    }

    /// Gives up the ids below the edge: too many are remembered. Only lateness beyond the overlap is then unprotected.
    pub fn raise_floor(&mut self) {
        self.floor = self.floor.max(self.edge.min(self.cancel_edge));
    }

    /// Rows that ended before this are either remembered no longer or older than the exporter's start.
    pub fn floor(&self) -> Timestamp {
        self.floor
    }

    pub fn edge(&self) -> Timestamp {
        self.edge
    }

    pub fn base(&self) -> Timestamp {
        self.base
    }

    /// The database's time at the last good poll.
    pub fn last_now(&self) -> Timestamp {
        self.last_now
    }

    /// Width of the window that the next poll reads again.
    pub fn window(&self) -> Span {
        self.last_now.since(self.edge)
    }

    /// How much of the overlap the last poll needed.
    pub fn late(&self) -> Span {
        self.late
    }

    /// Age of the oldest event that was not read yet; zero when all were.
    pub fn lag(&self) -> Span {
        self.lag
    }

    pub fn epochs(&self) -> u64 {
        self.epochs
    }

    pub fn skipped(&self) -> u64 {
        self.skipped
    }
}

#[cfg(test)]
mod tests;
