//! Checks exactness after the fact: remembers which events of each past minute were seen, so that a recount of that
//! minute shows whether any became visible only after its ids were forgotten.
//!
//! Only hashes are kept, 8 bytes an id: a collision would hide one missed event, at odds of one in 10^13.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::record::{Event, Recount, Span, Timestamp};

const SLICE: Span = Span::from_seconds(60);
/// Age at which a minute is recounted.
const DELAY: Span = Span::from_seconds(3600);
/// Events kept for later recounts; beyond this the oldest minutes are recounted early.
const MAX_EVENTS: usize = 250_000;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// By the start of the minute: hashes of the events seen.
    slices: BTreeMap<Timestamp, Vec<u64>>,
    /// Ends folded, by the minute of folding: an end that was folded without its event must not be folded again.
    folded: BTreeMap<Timestamp, Vec<u64>>,
    /// Minutes before this are complete or older than the first read.
    from: Option<Timestamp>,
    events: usize,
    pub audited: u64,
    pub missed: u64,
}

impl Audit {
    /// Events before `start` were not all read.
    pub fn begin(&mut self, start: Timestamp) {
        self.from.get_or_insert(slice_of(start).plus(SLICE));
    }

    /// Takes over events whose ids are forgotten elsewhere.
    pub fn keep(&mut self, forgotten: Vec<(Uuid, Timestamp)>) {
        let Some(from) = self.from else { return };
        for (id, created_at) in forgotten.into_iter().filter(|(_, created_at)| *created_at >= from) {
            self.slices.entry(slice_of(created_at)).or_default().push(hash(&id));
            self.events += 1;
        }
    }

    pub fn keep_folded(&mut self, id: &Uuid, now: Timestamp) {
        self.folded.entry(slice_of(now)).or_default().push(hash(id));
    }

    pub fn is_folded(&self, id: &Uuid) -> bool {
        let hash = hash(id);
        self.folded.values().any(|hashes| hashes.contains(&hash))
    }

    /// The next minute to recount, if one is due. `floor`: older ids are forgotten, so the minute is complete here.
    pub fn due(&self, floor: Timestamp, now: Timestamp) -> Option<Recount> {
        let from = self.from?;
        let to = from.plus(SLICE);
        let aged = now.since(to) >= DELAY || self.events > MAX_EVENTS;
        let expected = self.slices.get(&from).map_or(0, |hashes| hashes.len() as u64);
        (to <= floor && aged).then_some(Recount { from, to, expected, missed: 0 })
    }

    /// Which of all the events that the database has for a minute were never seen.
    pub fn missed(&self, slice: Recount, events: Vec<Event>) -> Vec<Event> {
        let known: BTreeSet<u64> = self.slices.get(&slice.from).into_iter().flatten().copied().collect();
        events.into_iter().filter(|event| !known.contains(&hash(&event.id))).collect()
    }

    /// Closes a minute, whose missed events were folded late.
    pub fn close(&mut self, slice: Recount) {
        let kept = self.slices.remove(&slice.from).map_or(0, |hashes| hashes.len());
        self.events -= kept;
        self.audited += slice.expected + slice.missed;
        self.missed += slice.missed;
        self.from = Some(slice.to);
        // An event may be as old as the window is wide when its end is folded.
        self.folded.retain(|minute, _| *minute >= slice.from.minus(DELAY));
    }
}

fn slice_of(at: Timestamp) -> Timestamp {
    Timestamp(at.0.div_euclid(SLICE.0).saturating_mul(SLICE.0))
}

/// Ids are random (version 4) or time-ordered with random low bits (version 7): the low half is as good as a hash.
fn hash(id: &Uuid) -> u64 {
    id.as_u64_pair().1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::EventKind;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn event(id: u128, seconds: i64) -> Event {
        let kind = EventKind::TaskCompleted;
        Event { id: Uuid::from_u128(id), kind, execution: Uuid::nil(), task: None, created_at: at(seconds) }
    }

    #[test]
    fn a_minute_is_due_once_it_is_an_hour_old_and_its_ids_are_forgotten() {
        let mut audit = Audit::default();
        assert_eq!(audit.due(at(9999), at(9999)), None, "nothing was read yet");
        audit.begin(at(59));
        audit.keep(vec![
            (Uuid::from_u128(1), at(59)),
            (Uuid::from_u128(2), at(60)),
            (Uuid::from_u128(3), at(119)),
        ]);
        assert_eq!(audit.due(at(119), at(9999)), None, "the floor is inside the minute");
        assert_eq!(audit.due(at(120), at(3719)), None, "one second short of an hour");
        let slice = Recount { from: at(60), to: at(120), expected: 2, missed: 0 };
        assert_eq!(audit.due(at(120), at(3720)), Some(slice));
    }

    #[test]
    fn events_that_were_never_seen_are_found_and_counted_once() {
        let mut audit = Audit::default();
        audit.begin(at(0));
        audit.keep(vec![(Uuid::from_u128(1), at(61))]);
        let slice = audit.due(at(9999), at(9999)).unwrap();
        let missed = audit.missed(slice, vec![event(1, 61), event(2, 62)]);
        assert_eq!(missed, [event(2, 62)]);
        audit.close(Recount { missed: 1, ..slice });
        assert_eq!((audit.audited, audit.missed), (2, 1));
        assert_eq!(audit.due(at(9999), at(9999)).map(|slice| slice.from), Some(at(120)));
    }
}
