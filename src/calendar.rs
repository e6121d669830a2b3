//! When a cron schedule is due: the engine's own parser, asked the way the engine asks it.
//!
//! Pure. Says nothing of pauses, start and end dates, or of what the engine made of an instant.

use std::str::FromStr;

use chrono::DateTime;
use chrono_tz::Tz;
use croner::Cron;

use crate::record::{Span, Timestamp};

/// Far longer than any expression that means something; croner's work grows with the text.
const MAX_EXPRESSION: usize = 1000;

/// From year 1 to year 5000: outside it the parser panics or gives up.
const SEARCHED: std::ops::Range<Timestamp> =
    Timestamp::from_seconds(-62_135_596_800 + 86_400)..Timestamp::from_seconds(95_617_584_000);

/// Where the clock is put back, the parser answers in the second of two equal hours with instants of the first: one a
/// second at most. The furthest that a clock was ever put back is a day, where the date line was moved.
const MOST_EARLIER: usize = 90_000;

/// Where the clock skips more than an hour (in Antarctica/Troll it skips two), the parser fails for an instant in the gap:
/// then it is asked from half an hour later on, at most this often.
const LONGEST_GAP: i64 = 6;
const HALF_HOUR: Span = Span::from_seconds(1800);

/// A cron expression in a time zone.
#[derive(Debug, Clone)]
pub struct Calendar {
    cron: Cron,
    timezone: Tz,
}

/// Why there is no calendar: the engine, too, can never run such a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unusable {
    Cron,
    Timezone,
}

impl Calendar {
    /// Without a time zone it is UTC, as in the engine.
    ///
    /// # Errors
    /// If the engine (0.11.1) would not take the expression or the time zone.
    pub fn new(expression: &str, timezone: Option<&str>) -> Result<Self, Unusable> {
        if expression.len() > MAX_EXPRESSION {
            return Err(Unusable::Cron);
        }
        // With seconds, but without years: 5 or 6 fields.
        let cron = Cron::new(expression).with_seconds_optional().parse().map_err(|_| Unusable::Cron)?;
        let timezone = Tz::from_str(timezone.unwrap_or("UTC")).map_err(|_| Unusable::Timezone)?;
        Ok(Self { cron, timezone })
    }

    /// The first instant after the second that `after` lies in, in UTC whatever the time zone. `None` if there is none, or
    /// none that the parser finds (it gives up in the year 5000).
    ///
    /// Whole seconds: asked at 10:00:00.7 what is next, the engine adds a second and keeps the fraction if that second
    /// matches, so that it also stores 10:00:01.7 for 10:00:01. See `second_of`.
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let after = second_of(after);
        if !SEARCHED.contains(&after) {
            return None;
        }
        let mut from = after;
        for _ in 0..MOST_EARLIER {
            from = (0..=LONGEST_GAP).find_map(|steps| self.ask(from.plus(HALF_HOUR.times(steps))))?;
            if from > after {
                return Some(from);
            }
        }
        None
    }

    fn ask(&self, after: Timestamp) -> Option<Timestamp> {
        let after = DateTime::from_timestamp_micros(after.0)?.with_timezone(&self.timezone);
        let next = self.cron.find_next_occurrence(&after, false).ok()?;
        Some(Timestamp(next.timestamp_micros()))
    }
}

/// The beginning of the second that `at` lies in: the instant that a stored `next_run_at` or `scheduled_time` stands for.
pub fn second_of(at: Timestamp) -> Timestamp {
    Timestamp(at.0.div_euclid(1_000_000).saturating_mul(1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(expression: &str, timezone: &str, after: i64) -> Option<Timestamp> {
        Calendar::new(expression, Some(timezone)).unwrap().next_after(Timestamp::from_seconds(after))
    }

    /// 1 November 2026, 05:00 UTC: 01:00 in New York for the first time. The second is an hour later.
    const FIRST: i64 = 1_793_509_200;
    const SECOND: i64 = FIRST + 3600;

    #[test]
    fn in_the_second_of_two_equal_hours_what_is_next_is_after_both() {
        let after_both = Some(Timestamp::from_seconds(SECOND + 3600));
        assert_eq!(
            next("*/30 * * * *", "America/New_York", FIRST),
            Some(Timestamp::from_seconds(FIRST + 1800))
        );
        for expression in ["*/30 * * * *", "* * * * *", "* * * * * *"] {
            assert_eq!(next(expression, "America/New_York", SECOND + 600), after_both, "{expression}");
        }
    }

    #[test]
    fn an_instant_in_a_gap_of_two_hours_is_passed_over() {
        // 29 March 2026, 01:00 UTC: 01:00 in Troll becomes 03:00.
        let gap = 1_774_746_000;
        assert_eq!(
            next("30 1 * * *", "Antarctica/Troll", gap - 3600),
            Some(Timestamp::from_seconds(gap + 86_400 - 5400))
        );
        assert_eq!(
            next("*/30 * * * *", "Antarctica/Troll", gap - 1800),
            Some(Timestamp::from_seconds(gap + 1800))
        );
    }

    #[test]
    fn what_is_next_is_asked_from_the_second_and_never_the_second_itself() {
        let calendar = Calendar::new("* * * * * *", None).unwrap();
        let next = |after| calendar.next_after(Timestamp(after)).unwrap();
        assert_eq!([0, 1, 999_999].map(next), [Timestamp(1_000_000); 3]);
        assert_eq!([-1, -999_999, -1_000_000].map(next), [Timestamp(0); 3]);
        assert_eq!(next(1_000_000), Timestamp(2_000_000));
    }

    #[test]
    fn outside_the_years_that_can_be_searched_nothing_is_next() {
        let calendar = Calendar::new("* * * * *", None).unwrap();
        let (first, end) = (SEARCHED.start, SEARCHED.end);
        for after in [Timestamp::MIN, Timestamp(first.0 - 1), end, Timestamp::MAX] {
            assert_eq!(calendar.next_after(after), None, "{after:?}");
        }
        let minute = 60_000_000;
        assert_eq!(calendar.next_after(first), Some(Timestamp(first.0 + minute)));
        assert_eq!(calendar.next_after(Timestamp(end.0 - 2 * minute)), Some(Timestamp(end.0 - minute)));
    }

    #[test]
    fn an_instant_that_never_comes_is_none() {
        assert_eq!(next("0 0 30 2 *", "UTC", 0), None);
    }

    #[test]
    fn what_the_engine_does_not_take_is_unusable() {
        let long = format!("0,{} * * * *", "0,".repeat(500));
        let cases = ["", " ", "* * * *", "0 0 9 * * * 2027", "61 * * * *", "0 0 32 * *", "@never", &long];
        for expression in cases {
            assert_eq!(Calendar::new(expression, None).unwrap_err(), Unusable::Cron, "{expression}");
        }
        for timezone in ["", "Mars/Olympus", "utc+1", "europe/berlin"] {
            assert_eq!(
                Calendar::new("* * * * *", Some(timezone)).unwrap_err(),
                Unusable::Timezone,
                "{timezone}"
            );
        }
    }

    #[test]
    fn the_second_of_an_instant_is_the_one_it_lies_in() {
        let seconds = [0, 1_999_999, -1, i64::MAX].map(|at| second_of(Timestamp(at)).0);
        assert_eq!(seconds, [0, 1_000_000, -1_000_000, i64::MAX - i64::MAX % 1_000_000]);
        assert!(second_of(Timestamp::MIN) <= Timestamp(i64::MIN + 1_000_000));
    }
}
