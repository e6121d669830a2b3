//! A scheduler that follows the engine's rules, second by second, and what an exporter reads of it.
//!
//! Claims, catch-up and crashes are those of the engine's `cron_trigger_scheduler`, tries of lost handoffs those of its
//! `cron_recovery`. Times are milliseconds as in `scenario`; whoever polls does so half a second after the engine's turn.

use std::collections::{BTreeMap, VecDeque};

use cloacina_exporter::record::{Execution, ExecutionStatus, Fire, Schedule};
use uuid::Uuid;

use crate::builders::*;
use crate::scenario::{Event, Rhythm, Ways, instant};
use crate::timeline::{Poll, poll};

/// The engine runs no more at once.
const MOST_AT_ONCE: usize = 100;
const RECOVERY_INTERVAL: i64 = 300_000;
const LOST_AFTER: i64 = 600_000;
const MOST_RECOVERIES: u32 = 3;

/// One fire with its row.
#[derive(Debug, Clone)]
pub struct Record {
    id: Uuid,
    pub due: i64,
    pub started: i64,
    pub linked: bool,
    pub closed: bool,
    pub attempts: u32,
    /// When its execution ends; none if there is none.
    ends: Option<i64>,
    /// No recovery succeeds.
    for_good: bool,
}

#[derive(Debug, Default)]
struct Claim {
    /// When its first row is written.
    begins: i64,
    to_fire: VecDeque<i64>,
    current: Option<usize>,
}

#[derive(Debug)]
pub struct Engine {
    now: i64,
    run_all: bool,
    linked_late: bool,
    lengths: Vec<i64>,
    /// From a claim to its first row.
    slowness: i64,
    /// From now on executions take a second at most.
    pub hurries: bool,
    pub rhythm: Rhythm,
    pub created: i64,
    pub disabled: bool,
    pub paused_at: Option<i64>,
    pub next_run: i64,
    pub last_run: Option<i64>,
    down_until: i64,
    events_to_come: BTreeMap<i64, Vec<Change>>,
    crash_in_handoff: Option<(i64, bool)>,
    failing_handoffs: u8,
    claims: Vec<Claim>,
    pub records: Vec<Record>,
}

#[derive(Debug, Clone, Copy)]
enum Change {
    Event(Event),
    Resume,
    Enable,
}

impl Engine {
    /// A schedule that is created at `created`.
    pub fn new(rhythm: Rhythm, created: i64, events: &[(i64, Event)], ways: Ways) -> Self {
        let Ways { run_all, linked_late, slowness, lengths } = ways;
        let mut events_to_come: BTreeMap<i64, Vec<Change>> = BTreeMap::new();
        for (at, event) in events {
            events_to_come.entry(at * 1000).or_default().push(Change::Event(*event));
        }
        Self {
            now: -1000,
            run_all,
            linked_late,
            lengths,
            slowness: slowness * 1000,
            hurries: false,
            rhythm,
            created,
            disabled: false,
            paused_at: None,
            next_run: rhythm.after(created),
            last_run: None,
            down_until: i64::MIN,
            events_to_come,
            crash_in_handoff: None,
            failing_handoffs: 0,
            claims: Vec::new(),
            records: Vec::new(),
        }
    }

    pub fn exists(&self) -> bool {
        self.now >= self.created
    }

    pub fn is_on(&self) -> bool {
        !self.disabled && self.paused_at.is_none()
    }

    pub fn is_idle(&self) -> bool {
        self.claims.is_empty()
            && self.records.iter().all(|record| record.ends.is_none_or(|at| at <= self.now))
    }

    /// One second passes.
    pub fn step(&mut self, claims: bool) {
        self.now += 1000;
        if !self.exists() {
            return;
        }
        for change in self.events_to_come.remove(&self.now).unwrap_or_default() {
            self.change(change);
        }
        self.go_on();
        if claims && self.now >= self.down_until && self.is_on() && self.next_run <= self.now {
            self.claim();
        }
        self.go_on();
        if !self.linked_late && self.now % RECOVERY_INTERVAL == 0 && self.now >= self.down_until {
            self.recover();
        }
    }

    fn change(&mut self, change: Change) {
        let mut later = |after: i64, change| {
            self.events_to_come.entry(self.now + after * 1000).or_default().push(change);
        };
        match change {
            Change::Resume => self.paused_at = None,
            Change::Enable => self.disabled = false,
            Change::Event(Event::Stop(down)) => self.down_until = self.now + down * 1000,
            Change::Event(Event::Crash(down)) => self.crash(down),
            Change::Event(Event::CrashInHandoff { down, for_good }) => {
                self.crash_in_handoff = Some((down, for_good));
            }
            Change::Event(Event::Pause(length)) => {
                later(length, Change::Resume);
                self.paused_at = Some(self.now);
            }
            Change::Event(Event::Disable(length)) => {
                later(length, Change::Enable);
                self.disabled = true;
            }
            Change::Event(Event::Change(period)) => {
                // No two expressions share an instant: all periods are divisible by 5.
                self.rhythm = Rhythm { period, offset: (self.rhythm.offset + 1).min(4) };
                self.next_run = self.rhythm.after(self.now);
            }
            Change::Event(Event::Register) => self.next_run = self.rhythm.after(self.now),
            Change::Event(Event::FailHandoffs(count)) => self.failing_handoffs = count,
        }
    }

    fn crash(&mut self, down: i64) {
        self.down_until = self.now + down * 1000;
        for claim in self.claims.drain(..) {
            // Nobody is left to link it.
            if let Some(current) = claim.current.filter(|_| self.linked_late) {
                self.records[current].for_good = true;
            }
        }
    }

    fn claim(&mut self) {
        let claimed = self.now + 1;
        let mut to_fire = VecDeque::from([self.next_run]);
        if self.run_all {
            let next = |at: &i64| Some(self.rhythm.after(*at)).filter(|next| *next < claimed);
            let first = next(&self.last_run.unwrap_or(self.created));
            to_fire = std::iter::successors(first, next).take(MOST_AT_ONCE).collect();
        }
        if to_fire.is_empty() {
            return;
        }
        (self.last_run, self.next_run) = (Some(claimed), self.rhythm.after(claimed));
        self.claims.push(Claim { begins: self.now + self.slowness, to_fire, current: None });
    }

    /// Links and closes what has ended, and begins what comes after it.
    fn go_on(&mut self) {
        let mut crashed = None;
        let mut claims = std::mem::take(&mut self.claims);
        for claim in &mut claims {
            if let Some(current) = claim.current {
                let record = &mut self.records[current];
                if record.ends.is_some_and(|at| at > self.now) {
                    continue;
                }
                (record.linked, record.closed) = (true, true);
                claim.current = None;
            }
            while claim.begins <= self.now && claim.current.is_none() && crashed.is_none() {
                let Some(due) = claim.to_fire.pop_front() else { break };
                claim.current = self.fire(due, &mut crashed);
            }
            if crashed.is_some() {
                break;
            }
        }
        claims.retain(|claim| claim.current.is_some() || claim.begins > self.now);
        self.claims = claims;
        if let Some(down) = crashed {
            self.crash(down);
        }
    }

    /// Writes the row, and hands over if nothing happens.
    fn fire(&mut self, due: i64, crashed: &mut Option<i64>) -> Option<usize> {
        let index = self.records.len();
        let started = self.now + 2;
        self.records.push(Record {
            id: id(&format!("fire {index}")),
            due,
            started,
            linked: false,
            closed: false,
            attempts: 0,
            ends: None,
            for_good: false,
        });
        let record = &mut self.records[index];
        if let Some((down, for_good)) = self.crash_in_handoff.take() {
            record.for_good = for_good || self.linked_late;
            *crashed = Some(down);
            None
        } else if self.failing_handoffs > 0 {
            self.failing_handoffs -= 1;
            record.closed = true;
            None
        } else {
            record.linked = !self.linked_late;
            let length = self.lengths[index % self.lengths.len()];
            record.ends = Some(self.now + 1000 * if self.hurries { length.min(1) } else { length });
            Some(index)
        }
    }

    fn recover(&mut self) {
        let (now, disabled) = (self.now, self.disabled);
        let is_lost = |record: &&mut Record| {
            !record.linked && !record.closed && record.ends.is_none() && now - record.started > LOST_AFTER
        };
        for record in self.records.iter_mut().filter(is_lost) {
            record.attempts += 1;
            if record.attempts <= MOST_RECOVERIES && !disabled && !record.for_good {
                (record.linked, record.ends) = (true, Some(now + 1000));
            }
        }
        for record in self.records.iter_mut().filter(|record| record.attempts > 0 && record.linked) {
            record.closed |= record.ends.is_some_and(|at| at <= now);
        }
    }

    pub fn row(&self) -> Schedule {
        let row = cron("etl", "").created(instant(self.created)).due(instant(self.next_run));
        Schedule {
            cron: Some(self.rhythm.expression().into()),
            catchup: Some(if self.run_all { "run_all" } else { "skip" }.into()),
            enabled: !self.disabled,
            paused: self.paused_at.is_some(),
            paused_at: self.paused_at.map(instant),
            last_run_at: self.last_run.map(instant),
            ..row
        }
    }

    /// What a poll reads at `now`: the fires that `wanted` chooses, by id and start.
    pub fn read(&self, now: i64, wanted: impl Fn(Uuid, i64) -> bool) -> Poll {
        if !self.exists() {
            return poll(instant(now));
        }
        let row = self.row();
        let wanted = self.records.iter().filter(|record| wanted(record.id, record.started));
        let fires = wanted.map(|record| record.fire(&row, now));
        let active = self.records.iter().filter(|record| record.ends.is_some_and(|at| at > now));
        let active = active.map(Record::execution);
        poll(instant(now)).fires(fires).executions(active).schedules([row])
    }
}

impl Record {
    fn fire(&self, row: &Schedule, now: i64) -> Fire {
        let fire = fire(row, instant(self.due), instant(self.started));
        let fire = Fire { id: self.id, ..fire };
        let ended = self.ends.filter(|at| *at <= now).map(instant);
        let status = if ended.is_some() { ExecutionStatus::Completed } else { ExecutionStatus::Running };
        let fire = if self.linked { fire.linked(status, ended) } else { fire };
        let closed = self.closed.then(|| ended.unwrap_or(instant(self.started)));
        Fire { completed_at: closed, recovery_attempts: self.attempts, ..fire }
    }

    fn execution(&self) -> Execution {
        let row = execution("etl").created(instant(self.started)).started(instant(self.started));
        Execution { id: id(&format!("execution of {}", self.id)), ..row }
    }
}
