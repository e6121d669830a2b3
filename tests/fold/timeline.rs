//! A tenant's polls one after the other, and the exposition lines that show what came of them.
//!
//! Lines are those of a text page, without the prefix `cloacina_` or `cloacina_state_` and without the one tenant's
//! label; the golden pages show them whole.

#![allow(dead_code, reason = "each test binary uses some of this")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use cloacina_exporter::catalogue::{self, Input};
use cloacina_exporter::config::Metrics;
use cloacina_exporter::encode::{self, Format, Options};
use cloacina_exporter::record::{
    Batch, Event, Execution, Fire, Identity, Levels, Position, Schedule, Span, Task, Timestamp,
};
use cloacina_exporter::snapshot::Snapshot;
use cloacina_exporter::state::health::{Health, Reading, TenantHealth};
use cloacina_exporter::state::{Settings, State, Tenant};

pub const TENANT: &str = "t";
pub const OVERLAP: Span = Span::from_seconds(120);

/// What one poll reads.
#[derive(Debug, Clone)]
pub struct Poll(pub Batch);

/// A poll at which all clocks showed `at`; it finds nothing unless told.
pub fn poll(at: Timestamp) -> Poll {
    let xid = u64::try_from(at.0).unwrap_or(1).max(1);
    let position = Position {
        identity: Identity { system: 1, started: 1, in_recovery: false, timeline: 1 },
        clock: at,
        own_clock: at,
        now: at,
        xmin: xid,
        xmax: xid,
        locked: 0,
        replayed_at: None,
    };
    Poll(Batch {
        position,
        events: Vec::new(),
        events_until: Timestamp::MAX,
        levels: Levels::default(),
        executions: Vec::new(),
        tasks: Vec::new(),
        scanned_cancelled: true,
        fires: Vec::new(),
        workflows: None,
        recount: None,
    })
}

impl Poll {
    /// Active and ended ones.
    pub fn executions(mut self, rows: impl IntoIterator<Item = Execution>) -> Self {
        for row in rows {
            let place =
                if row.status.is_active() { &mut self.0.levels.active } else { &mut self.0.executions };
            place.push(row);
        }
        self
    }

    /// Finished and unfinished ones, after the executions.
    pub fn tasks(mut self, rows: impl IntoIterator<Item = Task>) -> Self {
        for row in rows {
            let active = self.0.levels.active.iter().any(|execution| execution.id == row.execution);
            let place = if active && !row.status.is_terminal() {
                &mut self.0.levels.tasks
            } else {
                &mut self.0.tasks
            };
            place.push(row);
        }
        self
    }

    pub fn events(mut self, rows: impl IntoIterator<Item = Event>) -> Self {
        self.0.events.extend(rows);
        self
    }

    pub fn schedules(mut self, rows: impl IntoIterator<Item = Schedule>) -> Self {
        self.0.levels.schedules.extend(rows);
        self
    }

    pub fn fires(mut self, rows: impl IntoIterator<Item = Fire>) -> Self {
        self.0.fires.extend(rows);
        self
    }

    /// All names that still have rows.
    pub fn listing(mut self, names: &[&str]) -> Self {
        self.0.workflows = Some(names.iter().map(|name| Arc::from(*name)).collect());
        self
    }
}

/// The default configuration but for buckets of 1 s and 10 s, which keep pages short.
pub fn metrics() -> Metrics {
    Metrics { buckets: Arc::from([1.0, 10.0]), ..Metrics::default() }
}

#[derive(Clone)]
pub struct Timeline {
    pub metrics: Metrics,
    pub state: State,
    pub health: Health,
    now: Timestamp,
    sequence: u64,
    carried: u64,
    /// As the last poll gave it.
    previous: Option<Arc<Snapshot>>,
}

impl Timeline {
    /// Of a tenant that was never polled.
    pub fn new(metrics: Metrics) -> Self {
        let state = State::new(&metrics);
        let (health, now, sequence, carried) = (Health::default(), Timestamp(0), 0, u64::MAX);
        Self { metrics, state, health, now, sequence, carried, previous: None }
    }

    /// Of a tenant that had no rows at all at its first poll, at 0.
    pub fn begun() -> Self {
        Self::new(metrics()).poll(poll(Timestamp(0)))
    }

    pub fn poll(mut self, Poll(batch): Poll) -> Self {
        self.sequence += 1;
        self.now = batch.position.own_clock;
        let settings = Settings { metrics: &self.metrics, overlap: OVERLAP, keep_ended: false };
        self.state.apply(&Arc::from(TENANT), &batch, settings, self.sequence);
        let health = TenantHealth {
            reading: Reading::Read,
            last_good: Some(self.now),
            generation: Some("0.11"),
            ..TenantHealth::new("postgresql")
        };
        self.health.tenants.insert(Arc::from(TENANT), health);
        self.previous = Some(Arc::new(self.snapshot_after(self.previous.as_deref())));
        self
    }

    pub fn polls(self, polls: impl IntoIterator<Item = Poll>) -> Self {
        polls.into_iter().fold(self, Self::poll)
    }

    /// From now on nobody has scraped anything.
    pub fn unscraped(self) -> Self {
        Self { carried: 0, ..self }
    }

    /// Somebody scrapes what the last poll gave.
    pub fn scraped(self) -> Self {
        Self { carried: self.sequence, ..self }
    }

    pub fn at(self, now: Timestamp) -> Self {
        Self { now, ..self }
    }

    /// Through the state file, into a process that has shown nothing yet.
    pub fn restarted(self) -> Self {
        let bytes = postcard::to_stdvec(&self.state).unwrap();
        Self { state: postcard::from_bytes(&bytes).unwrap(), sequence: 0, carried: 0, previous: None, ..self }
    }

    /// As after a reload.
    pub fn reconfigured(self, metrics: Metrics) -> Self {
        Self { metrics, previous: None, ..self }
    }

    pub fn tenant(&self) -> &Tenant {
        &self.state.tenants[TENANT]
    }

    pub fn tenant_mut(&mut self) -> &mut Tenant {
        self.state.tenant_mut(TENANT).unwrap()
    }

    pub fn health_mut(&mut self) -> &mut TenantHealth {
        self.health.tenants.get_mut(TENANT).unwrap()
    }

    /// The same whether something of the snapshot before serves again or not.
    pub fn snapshot(&self) -> Snapshot {
        let (anew, snapshot) = (self.snapshot_after(None), self.snapshot_after(self.previous.as_deref()));
        let series = |snapshot: &Snapshot| format!("{:?}", snapshot.families);
        assert_eq!(series(&snapshot), series(&anew));
        snapshot
    }

    fn snapshot_after(&self, previous: Option<&Snapshot>) -> Snapshot {
        catalogue::snapshot(Input {
            state: &self.state,
            health: &self.health,
            metrics: &self.metrics,
            poll_interval: Duration::from_secs(15),
            max_stale: Duration::from_secs(300),
            now: self.now,
            sequence: self.sequence,
            carried: self.carried,
            previous,
        })
    }

    /// All lines of these families; of all families if there are none.
    pub fn lines(&self, families: &[&str]) -> Vec<String> {
        let page = encode::encode(&self.snapshot(), Format::Text, Options { created_samples: true });
        let mut family = "";
        let mut lines = Vec::new();
        for line in std::str::from_utf8(&page).unwrap().lines() {
            if let Some(header) = line.strip_prefix("# TYPE ") {
                family = shorten(header.split(' ').next().unwrap());
            } else if !line.starts_with('#') && (families.is_empty() || families.contains(&family)) {
                lines.push(without_tenant(shorten(line)));
            }
        }
        lines
    }

    /// As `lines`, without those that are 0.
    pub fn nonzero(&self, families: &[&str]) -> Vec<String> {
        let mut lines = self.lines(families);
        lines.retain(|line| !line.ends_with(" 0"));
        lines
    }

    /// Value by series, of one family.
    pub fn values(&self, family: &str) -> BTreeMap<String, String> {
        let lines = self.lines(&[family]);
        let split =
            |line: &String| line.rsplit_once(' ').map(|(series, value)| (series.into(), value.into()));
        lines.iter().filter_map(split).collect()
    }
}

fn shorten(line: &str) -> &str {
    line.strip_prefix("cloacina_state_").or_else(|| line.strip_prefix("cloacina_")).unwrap_or(line)
}

fn without_tenant(line: &str) -> String {
    line.replace("tenant=\"t\",", "").replace("tenant=\"t\"", "").replace("{}", "")
}

/// Asserts that the families show `wanted`, one line each, and nothing else; series at 0 are left out.
#[track_caller]
pub fn shows(case: &str, timeline: &Timeline, families: &[&str], wanted: &str) {
    compare(case, &timeline.nonzero(families), wanted);
}

/// As `shows`, with series at 0.
#[track_caller]
pub fn shows_all(case: &str, timeline: &Timeline, families: &[&str], wanted: &str) {
    compare(case, &timeline.lines(families), wanted);
}

#[track_caller]
fn compare(case: &str, lines: &[String], wanted: &str) {
    let wanted: Vec<&str> = wanted.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert!(lines == wanted, "{case}\nshown:\n  {}\nwanted:\n  {}", lines.join("\n  "), wanted.join("\n  "));
}
