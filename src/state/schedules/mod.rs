//! Schedules: labels chosen so that no two rows share one, and what is folded of the fires of each.
//!
//! Per schedule this is `tracked`; which fires are expected is `expectation`'s matter, what became of each `ledger`'s and
//! `outcome`'s, what the rows say now `levels`'.

mod dial;
pub mod expectation;
mod ledger;
pub mod levels;
pub mod outcome;
pub mod series;
mod tracked;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::fold::Fold;
use super::labels::LabelValues;
use super::{Moment, workflows};
use crate::record::{ById, Execution, Fire, Ids, Schedule, ScheduleKind, Span, Timestamp};
use ledger::Present;
use levels::is_under_way;
use series::{Key, Series};
pub(crate) use tracked::Tracked;

/// A row of a cron schedule tells when it fired, that of a trigger does not: all fires since the last sweep are looked for
/// now and then only, as that costs one look for each schedule. So are fires that block a trigger.
const SWEEP_INTERVAL: Span = Span::from_seconds(60);

/// How far an application's clock may be behind the last poll, and what it creates still count as new.
const CLOCKS_DIFFER: Span = Span::from_seconds(60);

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Schedules {
    pub names: LabelValues,
    /// Labels of workflow and schedule by id, in the order of the rows, those without series of their own too.
    labels: Vec<(Uuid, Key)>,
    tracked: BTreeMap<Uuid, Tracked>,
    pub series: Series,
    /// By id: start of the fires met since the floor, and whether all is known of them.
    seen: ById<(Timestamp, bool)>,
    swept_at: Option<Timestamp>,
    /// Edge of the reading at the last sweep.
    swept_edge: Timestamp,
    /// Rows that came after their fire was counted as missed.
    pub late_rows: u64,
}

impl Schedules {
    /// Label and state of each schedule that has series.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Tracked)> {
        let own = self.labels.iter().filter(|(_, (_, label))| **label != *super::labels::OTHER);
        own.filter_map(|(id, (_, label))| Some((label, self.tracked.get(id)?)))
    }

    /// As they were at the last poll.
    pub fn rows(&self) -> impl Iterator<Item = &Schedule> {
        self.labels.iter().filter_map(|(id, _)| Some(&self.tracked.get(id)?.row))
    }

    pub fn has_settled(&self, fire: &Uuid) -> bool {
        self.seen.get(fire).is_some_and(|(_, settled)| *settled)
    }

    /// Those that have fired since the last poll, by their rows, and those of which rows may come later.
    pub fn wanted(&self, rows: &[Schedule]) -> Vec<Uuid> {
        let is_wanted = |row: &&Schedule| match self.tracked.get(&row.id) {
            Some(tracked) => tracked.is_waiting() || tracked.row.last_run_at != row.last_run_at,
            None => true,
        };
        rows.iter().filter(is_wanted).map(|row| row.id).collect()
    }

    pub fn sweep_from(&self, now: Timestamp) -> Option<Timestamp> {
        let due = self.swept_at.is_none_or(|at| now < at || now.since(at) >= SWEEP_INTERVAL);
        due.then_some(self.swept_edge)
    }

    pub(super) fn note_sweep(&mut self, now: Timestamp, edge: Timestamp) {
        (self.swept_at, self.swept_edge) = (Some(now), edge);
    }

    /// Fires to read again, given the executions that are active now.
    pub fn wanted_fires(&self, now: Timestamp, active: &[Execution]) -> Vec<Uuid> {
        let sweep = self.sweep_from(now).is_some();
        let active: Ids = active.iter().map(|execution| execution.id).collect();
        self.tracked.values().flat_map(|tracked| tracked.wanted(sweep, &active)).copied().collect()
    }

    /// Whether rows or fires say something new, or time may decide something.
    pub fn would_change(&self, rows: &[Schedule], fires: &[Fire]) -> bool {
        !fires.is_empty()
            || rows.len() != self.tracked.len()
            || rows.iter().any(|row| self.tracked.get(&row.id).is_none_or(|tracked| tracked.row != *row))
            || self.tracked.values().any(Tracked::is_waiting)
    }

    /// Takes over all rows as they are now, and the fires that were read.
    pub(super) fn apply(&mut self, fold: &Fold<'_>, last_now: Timestamp, names: &workflows::Workflows) {
        let rows = &fold.batch.levels.schedules;
        let asked: Ids = self.wanted_fires(fold.now(), &fold.batch.levels.active).into_iter().collect();
        if !self.is_labelled(rows) {
            self.label(rows, names, fold);
        }
        let mut fires: ById<Vec<&Fire>> = ById::default();
        for fire in &fold.batch.fires {
            fires.entry(fire.schedule).or_default().push(fire);
        }
        let labels = std::mem::take(&mut self.labels);
        for (row, (_, key)) in rows.iter().zip(&labels) {
            let fires = fires.get(&row.id).map_or(&[][..], Vec::as_slice);
            self.apply_one(fold, row, key, fires, &asked, last_now);
        }
        self.labels = labels;
        self.seen.retain(|_, (started_at, _)| *started_at >= fold.floor);
    }

    fn apply_one(
        &mut self,
        fold: &Fold<'_>,
        row: &Schedule,
        key: &Key,
        fires: &[&Fire],
        asked: &Ids,
        last_now: Timestamp,
    ) {
        let (metrics, now) = (fold.settings.metrics, fold.now());
        // One that appears while others are counted was created since the last poll, but for clocks that differ.
        let from = if fold.counting { row.created_at.max(last_now.minus(CLOCKS_DIFFER)) } else { now };
        let tracked = self.tracked.entry(row.id).or_insert_with(|| Tracked::new(row, from));
        let active = &fold.batch.levels.active;
        let present = Present {
            now,
            missed_after: metrics.missed_after.into(),
            grace: &|interval| outcome::grace(metrics, &key.1, interval),
            under_way: under_way(tracked, fires, row, active, now),
        };
        let decided = tracked.apply(row, fires, |id| asked.contains(id), &present);
        for decision in &decided.fires {
            self.series.count(key, decision, metrics);
        }
        self.late_rows += decided.late_rows;
        for fire in fires {
            let is_new = fold.counting && fire.started_at >= fold.floor && !self.seen.contains_key(&fire.id);
            if is_new && row.kind == ScheduleKind::Trigger {
                self.series.count_trigger(key, fire);
            }
            self.seen.insert(fire.id, (fire.started_at, !tracked.has_more(fire, now)));
        }
    }

    /// Whether the labels of the last poll are those of `rows`: if the same rows are called the same. Those that share one
    /// may get their own at any time.
    fn is_labelled(&self, rows: &[Schedule]) -> bool {
        let is_same = |(row, (id, (workflow, label))): (&Schedule, &(Uuid, Key))| {
            let shares = [workflow, label].iter().any(|label| ***label == *super::labels::OTHER);
            let before = self.tracked.get(id).filter(|_| row.id == *id && !shares);
            before.is_some_and(|before| names(&before.row) == names(row))
        };
        rows.len() == self.labels.len() && rows.iter().zip(&self.labels).all(is_same)
    }

    /// Rows beyond the label's limits share one, and have counters but no gauges: instants cannot be summed.
    fn label(&mut self, rows: &[Schedule], names: &workflows::Workflows, fold: &Fold<'_>) {
        let labels = labels(rows);
        let present: BTreeSet<&str> = labels.iter().map(AsRef::as_ref).collect();
        self.names.forget(|name| !present.contains(name));
        let resolve = |label| self.names.resolve(label, &fold.settings.metrics.schedules);
        let resolved: Vec<Arc<str>> = labels.iter().map(resolve).collect();
        self.labels = rows
            .iter()
            .zip(resolved)
            .map(|(row, label)| (row.id, (names.names.lookup(&row.workflow), label)))
            .collect();
        let kinds = rows.iter().zip(&self.labels).map(|(row, (_, key))| (key, row.kind));
        let present: BTreeSet<(&Key, ScheduleKind)> = kinds.collect();
        self.series.retain(|key, kind| present.contains(&(key, kind)));
        for (key, kind) in present {
            self.series.know(key, kind, fold.moment);
        }
        let present: BTreeSet<Uuid> = rows.iter().map(|row| row.id).collect();
        self.tracked.retain(|id, _| present.contains(id));
    }

    pub fn drop_histograms(&mut self, moment: Moment) {
        self.series.drop_histograms(moment);
    }
}

/// Instant and start of the fires whose execution is under way: of those that were read, and of the open ones that were
/// not, since they have not changed.
fn under_way(
    tracked: &Tracked,
    fires: &[&Fire],
    row: &Schedule,
    active: &[Execution],
    now: Timestamp,
) -> Vec<(Timestamp, Timestamp)> {
    let read: Ids = fires.iter().map(|fire| fire.id).collect();
    let unchanged = tracked.open.values().filter(|fire| !read.contains(&fire.id));
    let open = fires.iter().copied().chain(unchanged);
    let going = open.filter(|fire| is_under_way(fire, &row.workflow, active, now));
    going.filter_map(|fire| Some((fire.scheduled_time?, fire.started_at))).collect()
}

/// What labels and series are chosen by.
fn names(row: &Schedule) -> (ScheduleKind, [Option<&str>; 3]) {
    (row.kind, [Some(&row.workflow), row.instance_name.as_deref(), row.trigger_name.as_deref()])
}

/// Of an id in its simple form.
const FIRST_DIGITS: usize = 8;
const ALL_DIGITS: usize = 32;

/// The label of each row, limits aside: no two share one. Rows of the same name also carry the first digits of their ids,
/// or all of them where those do not tell them apart.
pub fn labels(rows: &[Schedule]) -> Vec<Arc<str>> {
    let mut digits = vec![0; rows.len()];
    loop {
        let labels: Vec<Arc<str>> =
            rows.iter().zip(&digits).map(|(row, digits)| label(row, *digits)).collect();
        let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
        for label in &labels {
            *uses.entry(label).or_insert(0) += 1;
        }
        // Two that carry all digits differ, so that each turn lengthens one of those that do not.
        let mut unique = true;
        for (label, digits) in labels.iter().zip(&mut digits) {
            if uses[&**label] > 1 && *digits < ALL_DIGITS {
                *digits = if *digits == 0 { FIRST_DIGITS } else { ALL_DIGITS };
                unique = false;
            }
        }
        if unique {
            return labels;
        }
    }
}

fn plain_name(row: &Schedule) -> &str {
    row.instance_name.as_deref().or(row.trigger_name.as_deref()).unwrap_or(&row.workflow)
}

fn label(row: &Schedule, digits: usize) -> Arc<str> {
    match digits {
        0 => Arc::from(plain_name(row)),
        digits => Arc::from(format!("{}/{}", plain_name(row), &row.id.simple().to_string()[..digits])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, id: u128) -> Schedule {
        Schedule {
            id: Uuid::from_u128(id),
            kind: ScheduleKind::Cron,
            workflow: Arc::from(name),
            instance_name: None,
            trigger_name: None,
            enabled: true,
            paused: false,
            paused_at: None,
            cron: None,
            timezone: None,
            catchup: None,
            start_date: None,
            end_date: None,
            poll_interval_ms: None,
            created_at: Timestamp(0),
            next_run_at: None,
            last_run_at: None,
            last_poll_at: None,
        }
    }

    #[test]
    fn no_two_rows_share_a_label_whatever_their_names_and_ids() {
        const A: u128 = 0x0123_4567 << 96;
        const B: u128 = 0x89ab_cdef << 96;
        let labels = |rows: &[(&str, u128)]| {
            let rows: Vec<_> = rows.iter().map(|(name, id)| row(name, *id)).collect();
            labels(&rows).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(labels(&[]), [""; 0]);
        assert_eq!(labels(&[("a", A), ("b", B)]), ["a", "b"]);
        assert_eq!(labels(&[("a", A), ("a", B)]), ["a/01234567", "a/89abcdef"]);
        // Ids with the same beginning, as those made in one moment may have.
        let whole = [format!("a/01234567{:024}", 1), format!("a/01234567{:024}", 2), "a/89abcdef".to_owned()];
        assert_eq!(labels(&[("a", A + 1), ("a", A + 2), ("a", B)]), whole);
        // A name that looks as if it had one.
        let named =
            [format!("a/01234567{:024}", 0), "a/89abcdef".to_owned(), "a/01234567/00000000".to_owned()];
        assert_eq!(labels(&[("a", A), ("a", B), ("a/01234567", 1)]), named);
    }
}
