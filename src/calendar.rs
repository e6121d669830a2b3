//! When a cron schedule is due: the engine's own parser, asked the way the engine asks it.
//!
//! Pure. Says nothing of pauses, start and end dates, or of what the engine made of an instant.

use std::str::FromStr;

use chrono::DateTime;
use chrono_tz::Tz;
use croner::Cron;

use crate::record::Timestamp;

/// Far longer than any expression that means something; croner's work grows with the text.
const MAX_EXPRESSION: usize = 1000;

/// From year 1 to year 5000: outside it the parser panics or gives up.
const SEARCHED: std::ops::Range<Timestamp> =
    Timestamp::from_seconds(-62_135_596_800 + 86_400)..Timestamp::from_seconds(95_617_584_000);

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
        let after = DateTime::from_timestamp_micros(after.0)?.with_timezone(&self.timezone);
        let next = self.cron.find_next_occurrence(&after, false).ok()?;
        Some(Timestamp(next.timestamp_micros()))
    }
}

/// The beginning of the second that `at` lies in: the instant that a stored `next_run_at` or `scheduled_time` stands for.
pub fn second_of(at: Timestamp) -> Timestamp {
    Timestamp(at.0.div_euclid(1_000_000).saturating_mul(1_000_000))
}
