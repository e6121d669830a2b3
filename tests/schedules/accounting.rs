//! What must have become of each fire, worked out by plain arithmetic from what polls saw of the row and from all rows of
//! fires that there ever were.
//!
//! Between two polls that saw the row under different rules nobody knows when it changed: there an instant of either rule is
//! expected if it has a row. Only a pause says when it began.

use std::collections::BTreeMap;

use crate::scenario::Rhythm;
use crate::simulation::{Engine, Record};

/// The row as one poll saw it.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    pub at: i64,
    rhythm: Rhythm,
    on: bool,
    enabled: bool,
    paused_at: Option<i64>,
    next_run: i64,
    last_run: Option<i64>,
}

impl Seen {
    pub fn of(engine: &Engine, at: i64) -> Self {
        Self {
            at,
            rhythm: engine.rhythm,
            on: engine.is_on(),
            enabled: !engine.disabled,
            paused_at: engine.paused_at,
            next_run: engine.next_run,
            last_run: engine.last_run,
        }
    }
}

struct Expected {
    rhythm: Rhythm,
    certain: bool,
    /// Index of the poll that knew of it first.
    known: usize,
}

/// How many fires had which outcome; nothing before `from` is expected.
pub fn outcomes(from: i64, seen: &[Seen], records: &[Record], run_all: bool) -> BTreeMap<&'static str, u64> {
    let mut counts = BTreeMap::new();
    for (due, expected) in expected(from, seen) {
        let record = records.iter().find(|record| record.due == due);
        let passed = seen[expected.known..].iter().any(|seen| is_passed(due, &expected, seen, run_all));
        let outcome = match record {
            _ if !passed => continue,
            Some(record) => outcome(record, expected.rhythm.period),
            None if expected.certain => "missed",
            None => continue,
        };
        *counts.entry(outcome).or_insert(0) += 1;
    }
    counts
}

fn expected(from: i64, seen: &[Seen]) -> BTreeMap<i64, Expected> {
    let mut all = BTreeMap::new();
    let mut known_to = from;
    for (known, now) in seen.iter().enumerate() {
        let before = if known == 0 { now } else { &seen[known - 1] };
        let mut add = |rhythm: Rhythm, to: i64, certain| {
            let dues =
                std::iter::successors(Some(rhythm.after(known_to)), |due| Some(due + rhythm.period * 1000));
            for due in dues.take_while(|due| *due <= to) {
                all.insert(due, Expected { rhythm, certain, known });
            }
        };
        let same_rhythm = before.rhythm == now.rhythm;
        match (before.on, now.on, now.paused_at) {
            (true, true, _) if same_rhythm => add(now.rhythm, now.at, true),
            (true, false, Some(paused_at)) if same_rhythm && now.enabled => {
                add(now.rhythm, now.at.min(paused_at - 1), true);
            }
            _ => {
                for one in [before, now].into_iter().filter(|one| one.on) {
                    add(one.rhythm, now.at, false);
                }
            }
        }
        known_to = known_to.max(now.at);
    }
    all
}

/// Whether the scheduler has dealt with the instant, or never will.
fn is_passed(due: i64, expected: &Expected, seen: &Seen, run_all: bool) -> bool {
    let dropped = expected.certain && seen.rhythm != expected.rhythm;
    let dealt_with =
        if run_all { seen.last_run.is_some_and(|last| due <= last) } else { due < seen.next_run };
    dropped || dealt_with
}

fn outcome(record: &Record, period: i64) -> &'static str {
    let delay = record.started - record.due;
    let grace = (period * 100).clamp(60_000, 900_000);
    match (record.linked, record.closed) {
        (true, _) if record.attempts > 0 => "recovered",
        (true, _) if delay <= grace => "on_time",
        (true, _) if delay >= period * 1000 => "catchup",
        (true, _) => "late",
        (false, true) => "handoff_failed",
        (false, false) => "abandoned",
    }
}
