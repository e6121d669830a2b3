//! Plays a script: runners write, transactions wait, the exporter polls, fails, reconnects and restarts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cloacina_exporter::config::Metrics;
use cloacina_exporter::record::{Batch, Event, EventKind, Identity, Position, Span, Timestamp};
use cloacina_exporter::state::{Settings, State, Tenant};
use uuid::Uuid;

use crate::database::{Database, Transaction};
use crate::engine::{self, Ids};
use crate::reader::{self, Order};
use crate::script::{Action, Clocks, Rule, Script, Timing};

pub const OVERLAP: i64 = 120;
/// Events older than this are deleted by retention.
const RETENTION: i64 = 1500;
const TENANT: &str = "t";
/// What a cut poll reads.
const CUT: usize = 3;

pub struct World {
    pub database: Database,
    pub state: State,
    /// How often each event was folded after the baseline.
    pub folded: BTreeMap<Uuid, u32>,
    /// The same by type.
    pub kinds: BTreeMap<EventKind, u64>,
    /// What the first poll showed.
    pub baseline: Baseline,
    /// Events that retention deleted.
    pub deleted: Vec<Event>,
    ids: Ids,
    clocks: Clocks,
    rule: Rule,
    metrics: Metrics,
    fresh: bool,
    sequence: u64,
    last_good: Option<Timestamp>,
}

#[derive(Default)]
pub struct Baseline {
    pub events: BTreeSet<Uuid>,
    pub ended: BTreeSet<Uuid>,
    /// Attempt and recoveries by task.
    pub growth: BTreeMap<Uuid, (u32, u32)>,
}

/// What the exporter asks before it takes its snapshot.
struct Probe {
    clock: Timestamp,
    own_clock: Timestamp,
    locked: u64,
}

impl World {
    pub fn play(script: &Script, rule: Rule) -> Self {
        let mut metrics = Metrics::default();
        for policy in [&mut metrics.workflows, &mut metrics.tasks] {
            policy.max = usize::MAX;
        }
        let mut world = Self {
            database: Database::new(Timestamp::from_seconds(1_000_000)),
            state: State::new(&metrics),
            folded: BTreeMap::new(),
            kinds: BTreeMap::new(),
            baseline: Baseline::default(),
            deleted: Vec::new(),
            ids: Ids::default(),
            clocks: script.clocks.clone(),
            rule,
            metrics,
            fresh: true,
            sequence: 0,
            last_good: None,
        };
        script.before.iter().for_each(|action| world.act(action));
        world.poll(0, false, usize::MAX);
        script.after.iter().for_each(|action| world.act(action));
        world.drain();
        world
    }

    pub fn tenant(&self) -> &Tenant {
        &self.state.tenants[TENANT]
    }

    fn act(&mut self, action: &Action) {
        match *action {
            Action::Create { runner, tasks, timing } => {
                let clock = self.clock_of(runner, timing);
                let writes = engine::create(&mut self.ids, tasks, clock);
                self.begin(writes, timing);
            }
            Action::Work { runner, row, choice, before, timing } => {
                for number in 1..=before {
                    let clock = self.clock_of(runner, Timing::default());
                    let (row, choice) =
                        (row.wrapping_add(u16::from(number) * 7), choice.wrapping_add(number * 5));
                    let writes = engine::step(&self.database, &mut self.ids, row, choice, clock);
                    self.begin(writes, Timing::default());
                }
                let clock = self.clock_of(runner, timing);
                let writes = engine::step(&self.database, &mut self.ids, row, choice, clock);
                self.begin(writes, timing);
            }
            Action::Unrelated { timing } => self.begin(Vec::new(), timing),
            Action::Wait(seconds) => self.database.advance(Span::from_seconds(seconds.into())),
            Action::Retention => {
                let before = self.database.now.minus(Span::from_seconds(RETENTION));
                self.deleted.extend(self.database.delete_events(before));
            }
            Action::Poll { pause, fails, cut } => {
                self.poll(pause, fails, if cut { CUT } else { usize::MAX });
            }
            Action::Reconnect => self.fresh = true,
            Action::Restart => self.restart(),
        }
    }

    /// The runner's clock as its transaction reads it: before it writes. Only where the exporter sees locks, a clock that
    /// is read later is harmless too.
    fn clock_of(&self, runner: u8, timing: Timing) -> Timestamp {
        let skew = self.clocks.runners[usize::from(runner) % self.clocks.runners.len()];
        let late = if self.clocks.lock_view { timing.reads_clock_late.min(timing.holds) } else { 0 };
        self.database.now.plus(Span::from_seconds(skew)).plus(Span::from_seconds(late.into()))
    }

    fn begin(&mut self, writes: Vec<crate::database::Write>, timing: Timing) {
        let writes_at = self.database.now.plus(Span::from_seconds(timing.thinks.into()));
        let ends_at = writes_at.plus(Span::from_seconds(timing.holds.into()));
        self.database.begin(Transaction { writes_at, ends_at, commits: !timing.aborts, writes });
    }

    /// `pause`: seconds between the questions before the snapshot and the snapshot itself.
    fn poll(&mut self, pause: u8, fails: bool, limit: usize) {
        let probe = self.probe();
        self.database.advance(Span::from_seconds(pause.into()));
        let position = self.position(&probe);
        let settings =
            Settings { metrics: &self.metrics, overlap: Span::from_seconds(OVERLAP), keep_ended: false };
        let unknown = Tenant::new(&position, settings);
        let tenant = self.state.tenants.get(TENANT).map_or(&unknown, Arc::as_ref);
        let naive_edge = match (self.rule, self.last_good) {
            (Rule::DatabaseTime, Some(at)) => Some(at.minus(Span::from_seconds(OVERLAP))),
            _ => None,
        };
        let batch =
            reader::read(&self.database, tenant, position, Order { fresh: self.fresh, limit, naive_edge });
        self.fresh = fails;
        if let Some(batch) = batch.filter(|_| !fails) {
            self.fold(&batch);
        }
    }

    fn probe(&self) -> Probe {
        let clock = self.database.now;
        let own_clock = clock.plus(Span::from_seconds(self.clocks.exporter));
        let locked = if self.clocks.lock_view { self.database.locked_xid() } else { 0 };
        Probe { clock, own_clock, locked }
    }

    fn position(&self, probe: &Probe) -> Position {
        let (xmin, xmax) = self.database.snapshot();
        Position {
            identity: Identity { system: 1, started: 1, in_recovery: false, timeline: 1 },
            clock: probe.clock,
            own_clock: probe.own_clock,
            now: self.database.now,
            xmin,
            xmax,
            locked: probe.locked,
            replayed_at: None,
        }
    }

    fn fold(&mut self, batch: &Batch) {
        if self.last_good.is_none() {
            self.remember_baseline();
        } else {
            for event in &batch.events {
                *self.folded.entry(event.id).or_insert(0) += 1;
                *self.kinds.entry(event.kind).or_insert(0) += 1;
            }
        }
        self.sequence += 1;
        let settings =
            Settings { metrics: &self.metrics, overlap: Span::from_seconds(OVERLAP), keep_ended: false };
        self.state.apply(&Arc::from(TENANT), batch, settings, self.sequence);
        self.last_good = Some(batch.position.now);
    }

    fn remember_baseline(&mut self) {
        let Database { executions, tasks, events, .. } = &self.database;
        let ended = executions.values().filter(|row| row.status.is_terminal()).map(|row| row.id);
        let ended_tasks = tasks.values().filter(|row| row.status.is_terminal()).map(|row| row.id);
        self.baseline = Baseline {
            events: events.iter().map(|(_, event)| event.id).collect(),
            ended: ended.chain(ended_tasks).collect(),
            growth: tasks.values().map(|row| (row.id, (row.attempt, row.recoveries))).collect(),
        };
    }

    /// Through the state file.
    fn restart(&mut self) {
        let bytes = postcard::to_stdvec(&self.state).unwrap();
        self.state = postcard::from_bytes(&bytes).unwrap();
        self.fresh = true;
    }

    /// Polls until all transactions have ended, and once more when cancelled executions are scanned for again.
    fn drain(&mut self) {
        while !self.database.is_quiet() {
            self.database.advance(Span::from_seconds(15));
            self.poll(0, false, usize::MAX);
        }
        for _ in 0..2 {
            self.database.advance(Span::from_seconds(61));
            self.poll(0, false, usize::MAX);
        }
    }
}
