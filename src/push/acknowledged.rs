//! What a destination has taken of each total, so that a change can be sent as the difference: `now -
//! acknowledged`, since the time of that acknowledgement. A failed export changes nothing here, so that the
//! next one carries what it lost, without a queue. Pure: sends nothing, keeps no file, reads no clock.

mod total;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::encode::otlp::{Point, Settings, cumulative, sends_changes};
use crate::record::{Span, Timestamp};
use crate::snapshot::{Family, Series, Snapshot, Value};
use total::{Change, Total};

/// How long a series that is no longer shown is remembered, in case it returns.
const MEMORY: Span = Span::from_seconds(30 * 24 * 3600);

/// The acknowledged totals of one destination.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// A series that is not known and was created before this may have been sent already, or been counted
    /// before there was anyone to send it.
    beginning: Timestamp,
    /// By the name of the family and the label block of the series.
    families: HashMap<String, HashMap<String, Entry>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Entry {
    /// When `total` was acknowledged: the time of the export that carried it.
    at: Timestamp,
    /// When the series was last shown, or acknowledged.
    seen: Timestamp,
    created: Option<Timestamp>,
    total: Total,
}

/// Totals that were acknowledged at once; applied to the same `Acknowledged` any number of times, the result
/// is the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    at: Timestamp,
    families: Vec<(String, Vec<Acknowledgement>)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Acknowledgement {
    block: String,
    created: Option<Timestamp>,
    total: Total,
}

impl Record {
    pub fn is_empty(&self) -> bool {
        self.families.is_empty()
    }
}

/// What is to happen to a series that is sent as changes.
enum Verdict {
    Send(Point),
    /// Nothing is sent: changes are counted from the present total on.
    Baseline,
    Unchanged,
    /// It has no total of the kind that is asked for.
    Nothing,
}

impl Acknowledged {
    /// Nothing is acknowledged yet. Of series created before `beginning`, only what follows will be sent.
    pub fn new(beginning: Timestamp) -> Self {
        Self { beginning, families: HashMap::new() }
    }

    /// What is to be sent of `series`: its change where `settings` ask for changes, else the whole. `None` if
    /// it did not change, and for a total that is a baseline: one whose past may have been sent before, or
    /// was counted by a backfill.
    ///
    /// A series that was created again, or fell, is sent from zero. Intervals of a series adjoin and never
    /// overlap, unless the exporter's clock is set back.
    pub fn change(&self, family: &Family, series: &Series, settings: Settings) -> Option<Point> {
        if !sends_changes(settings.temporality, family.description.kind) {
            return cumulative(family, series);
        }
        match self.verdict(family, series, settings) {
            Verdict::Send(point) => Some(point),
            Verdict::Baseline | Verdict::Unchanged | Verdict::Nothing => None,
        }
    }

    /// That the destination took `series`, as `change` told them with the same `settings`. Of series that it
    /// is silent about there is nothing to record.
    pub fn record<'a>(
        &self,
        series: impl IntoIterator<Item = (&'a Family, &'a Series)>,
        settings: Settings,
    ) -> Record {
        self.select(series, settings, |verdict| matches!(verdict, Verdict::Send(_)))
    }

    /// The totals in `snapshot` that are baselines. Applied with each export, whatever becomes of it: a
    /// series that is not known has changes only since it has been.
    pub fn baseline(&self, snapshot: &Snapshot, settings: Settings) -> Record {
        self.select(all(snapshot), settings, |verdict| matches!(verdict, Verdict::Baseline))
    }

    /// For a replica that does not push: takes everything as acknowledged, as another replica sends it.
    pub fn shadow(&self, snapshot: &Snapshot, settings: Settings) -> Record {
        self.select(all(snapshot), settings, |verdict| {
            matches!(verdict, Verdict::Send(_) | Verdict::Baseline)
        })
    }

    pub fn apply(&mut self, record: Record) {
        for (family, acknowledgements) in record.families {
            let entries = self.families.entry(family).or_default();
            for Acknowledgement { block, created, total } in acknowledgements {
                entries.insert(block, Entry { at: record.at, seen: record.at, created, total });
            }
        }
    }

    /// Drops what `snapshot` has not shown for 30 days, so that series that come and go do not fill memory;
    /// returns how many. One that returns later all the same is a baseline: what it had grown by meanwhile is
    /// lost, but nothing is sent twice. The price is that a series is a baseline too if it is as old and
    /// nothing of it could be sent so far.
    pub fn forget(&mut self, snapshot: &Snapshot, now: Timestamp) -> usize {
        for (family, series) in all(snapshot) {
            let entries = self.families.get_mut(family.description.name);
            if let Some(entry) = entries.and_then(|entries| entries.get_mut(series.labels.block())) {
                entry.seen = now;
            }
        }
        let mut forgotten = 0;
        for entries in self.families.values_mut() {
            entries.retain(|_, entry| {
                let kept = now.since(entry.seen) <= MEMORY;
                if !kept {
                    forgotten += 1;
                    let after = entry.created.map_or(Timestamp::MIN, |created| created.plus(Span(1)));
                    self.beginning = self.beginning.max(after);
                }
                kept
            });
        }
        self.families.retain(|_, entries| !entries.is_empty());
        forgotten
    }

    /// How many series are known.
    pub fn len(&self) -> usize {
        self.families.values().map(HashMap::len).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.families.is_empty()
    }

    fn verdict(&self, family: &Family, series: &Series, settings: Settings) -> Verdict {
        if !Total::exists(&series.value, settings.histograms) {
            return Verdict::Nothing;
        }
        let entries = self.families.get(family.description.name);
        let Some(entry) = entries.and_then(|entries| entries.get(series.labels.block())) else {
            return self.first(series);
        };
        if entry.created != series.created {
            return again(entry, series);
        }
        match entry.total.change(&series.value, settings.histograms, entry.at) {
            Change::None => Verdict::Unchanged,
            Change::Grown(value) => Verdict::Send(Point { start: Some(entry.at), value }),
            Change::Fallen => again(entry, series),
            Change::Incomparable => Verdict::Baseline,
        }
    }

    fn first(&self, series: &Series) -> Verdict {
        match series.created {
            Some(created) if created >= self.beginning && !series.backfilled => {
                Verdict::Send(Point { start: series.created, value: series.value.clone() })
            }
            _ => Verdict::Baseline,
        }
    }

    fn select<'a>(
        &self,
        series: impl IntoIterator<Item = (&'a Family, &'a Series)>,
        settings: Settings,
        wanted: impl Fn(&Verdict) -> bool,
    ) -> Record {
        let mut families: Vec<(String, Vec<Acknowledgement>)> = Vec::new();
        for (family, series) in series {
            let description = family.description;
            if !sends_changes(settings.temporality, description.kind)
                || !wanted(&self.verdict(family, series, settings))
            {
                continue;
            }
            let Some(total) = Total::of(&series.value, settings.histograms) else { continue };
            let block = series.labels.block().to_owned();
            let acknowledgement = Acknowledgement { block, created: series.created, total };
            match families.last_mut() {
                Some((name, acknowledgements)) if name == description.name => {
                    acknowledgements.push(acknowledgement);
                }
                _ => families.push((description.name.to_owned(), vec![acknowledgement])),
            }
        }
        Record { at: settings.at, families }
    }
}

/// A series that began anew: all of it is new, unless a backfill counted what had been sent.
fn again(entry: &Entry, series: &Series) -> Verdict {
    if series.backfilled {
        return Verdict::Baseline;
    }
    let created = series.created.filter(|created| *created > entry.at);
    Verdict::Send(Point { start: created.or(Some(entry.at)), value: fresh(&series.value, entry.at) })
}

/// `value` without exemplars that may have been sent.
fn fresh(value: &Value, since: Timestamp) -> Value {
    match value {
        Value::Gauge(value) => Value::Gauge(*value),
        Value::Counter { total, exemplar } => {
            Value::Counter { total: *total, exemplar: exemplar.filter(|exemplar| exemplar.at > since) }
        }
        Value::Histogram(histogram) => {
            let mut histogram = histogram.as_ref().clone();
            histogram.exemplars.retain(|exemplar| exemplar.at > since);
            Value::Histogram(histogram.into())
        }
    }
}

fn all(snapshot: &Snapshot) -> impl Iterator<Item = (&Family, &Series)> {
    snapshot.families.iter().flat_map(|family| family.series.iter().map(move |series| (family, series)))
}

#[cfg(test)]
mod tests;
