//! The instants at which a cron schedule was to fire: those of its expression, as far as its row tells when it was live.
//!
//! Pure. A row tells only what is true now: of earlier expressions, pauses and times of being disabled nothing is kept.

use std::ops::Range;

use crate::calendar::Calendar;
use crate::record::{Schedule, Span, Timestamp};

/// Instants of one schedule looked at: more than a week of one every second.
pub const MOST_INSTANTS: u64 = 1_000_000;
/// Instants of all schedules of a tenant.
pub const MOST_INSTANTS_OF_ALL: u64 = 10_000_000;

/// When a schedule was live within `[since, now)`, by its row; empty if it is disabled.
pub fn live_within(schedule: &Schedule, since: Timestamp, now: Timestamp) -> Range<Timestamp> {
    let from = since.max(schedule.created_at).max(schedule.start_date.unwrap_or(Timestamp::MIN));
    let paused_at = schedule.paused_at.filter(|_| schedule.paused);
    let until = now.min(schedule.end_date.unwrap_or(now)).min(paused_at.unwrap_or(now));
    if schedule.enabled { from..until } else { from..from }
}

/// One instant, and the one after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instant {
    pub due: Timestamp,
    /// `None` if the expression ends here.
    pub next: Option<Timestamp>,
}

impl Instant {
    /// How long until the next one.
    pub fn interval(self) -> Span {
        self.next.map_or(Span(i64::MAX), |next| next.since(self.due))
    }
}

/// Goes from instant to instant, in order, without keeping any.
#[derive(Debug)]
pub struct Instants {
    calendar: Calendar,
    until: Timestamp,
    next: Option<Timestamp>,
    left: u64,
}

impl Instants {
    /// At most `most` of the instants in `range`.
    pub fn new(calendar: Calendar, range: &Range<Timestamp>, most: u64) -> Self {
        let first = calendar.next_after(range.start.minus(Span(1)));
        Self { calendar, until: range.end, next: first, left: most }
    }

    /// The next instant, which stays the next one until `advance`.
    pub fn peek(&self) -> Option<Timestamp> {
        self.next.filter(|due| *due < self.until && self.left > 0)
    }

    /// Takes the next instant.
    pub fn advance(&mut self) -> Option<Instant> {
        let due = self.peek()?;
        self.left -= 1;
        self.next = self.calendar.next_after(due).filter(|next| *next > due);
        Some(Instant { due, next: self.next })
    }

    /// The first instant that was left out since there were too many.
    pub fn cut_at(&self) -> Option<Timestamp> {
        self.next.filter(|due| *due < self.until && self.left == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(instants: &mut Instants) -> Vec<i64> {
        std::iter::from_fn(|| instants.advance()).map(|instant| instant.due.0 / 1_000_000).collect()
    }

    fn instants(cron: &str, zone: &str, from: i64, until: i64, most: u64) -> Instants {
        let calendar = Calendar::new(cron, Some(zone)).unwrap();
        Instants::new(calendar, &(Timestamp::from_seconds(from)..Timestamp::from_seconds(until)), most)
    }

    #[test]
    fn the_range_holds_its_start_and_not_its_end() {
        assert_eq!(seconds(&mut instants("* * * * *", "UTC", 60, 240, 9)), [60, 120, 180]);
        assert_eq!(seconds(&mut instants("*/30 * * * * *", "UTC", 1, 90, 9)), [30, 60]);
        assert_eq!(seconds(&mut instants("* * * * *", "UTC", 60, 60, 9)), [0; 0]);
    }

    #[test]
    fn too_many_are_cut_and_told_from_an_exact_fit() {
        let mut cut = instants("* * * * *", "UTC", 60, 240, 2);
        assert_eq!(seconds(&mut cut), [60, 120]);
        assert_eq!(cut.cut_at(), Some(Timestamp::from_seconds(180)));
        let mut exact = instants("* * * * *", "UTC", 60, 240, 3);
        assert_eq!(seconds(&mut exact), [60, 120, 180]);
        assert_eq!(exact.cut_at(), None);
    }

    #[test]
    fn each_instant_knows_the_one_after_it_even_beyond_the_range() {
        let instant = instants("0 * * * *", "UTC", 0, 60, 9).advance().unwrap();
        assert_eq!((instant.due.0, instant.interval()), (0, Span::from_seconds(3600)));
    }
}
