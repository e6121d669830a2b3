//! Instants as SQLite stores them (text) and as PostgreSQL sends them (binary), and the exporter's own clock.

use chrono::{DateTime, Datelike, NaiveDate};

use crate::record::Timestamp;

/// PostgreSQL counts from 2000-01-01.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;
/// What PostgreSQL accepts: 4713 BC to 294276 AD, in its own counting; outside it are only the infinities.
const POSTGRES_RANGE: std::ops::Range<i64> = -211_813_488_000_000_000..9_223_371_331_200_000_000;

/// The exporter's own clock.
#[allow(clippy::disallowed_methods)] // One of the two places that may read it.
pub(super) fn own_clock() -> Timestamp {
    let elapsed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX))
}

/// From the binary form of `timestamp` and `timestamptz`.
pub(super) fn from_postgres(microseconds: i64) -> Timestamp {
    match microseconds {
        i64::MIN => Timestamp::MIN,
        other => Timestamp(other.saturating_add(POSTGRES_EPOCH)),
    }
}

/// To the binary form; what PostgreSQL cannot hold becomes an infinity.
pub(super) fn to_postgres(timestamp: Timestamp) -> i64 {
    let microseconds = timestamp.0.saturating_sub(POSTGRES_EPOCH);
    if timestamp == Timestamp::MAX || microseconds >= POSTGRES_RANGE.end {
        i64::MAX
    } else if microseconds < POSTGRES_RANGE.start {
        i64::MIN
    } else {
        microseconds
    }
}

/// Reads `YYYY-MM-DDTHH:MM:SS[.f…][Z|±HH:MM]`, also with a space for the `T`; without a zone it is UTC. Rounds down to
/// a microsecond. `None` if it is anything else.
pub fn from_text(text: &str) -> Option<Timestamp> {
    let mut rest = text.trim().as_bytes();
    let sign = if take(&mut rest, b"-").is_some() { -1 } else { 1 };
    take(&mut rest, b"+");
    let year = sign * i32::try_from(number(&mut rest, 4, 6)?).ok()?;
    take(&mut rest, b"-")?;
    let month = number(&mut rest, 2, 2)?;
    take(&mut rest, b"-")?;
    let day = number(&mut rest, 2, 2)?;
    take(&mut rest, b"Tt ")?;
    let hour = number(&mut rest, 2, 2)?;
    take(&mut rest, b":")?;
    let minute = number(&mut rest, 2, 2)?;
    take(&mut rest, b":")?;
    // 60 is a leap second, counted as the first one of the next minute.
    let second = number(&mut rest, 2, 2)?;
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let fraction = if take(&mut rest, b".").is_some() { fraction(&mut rest)? } else { 0 };
    let offset = offset(&mut rest)?;

    let days = i64::from(NaiveDate::from_ymd_opt(year, month, day)?.num_days_from_ce()) - 719_163;
    let seconds =
        days * 86_400 + i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second) - offset;
    rest.is_empty().then(|| Timestamp::from_seconds(seconds).plus(crate::record::Span(fraction)))
}

/// A text that sorts among stored texts as the instant sorts among theirs: without zone and trailing zeros it is a
/// prefix of every way to write the same instant. Before year 0 it is empty, after 9999 past all digits.
pub fn to_text(timestamp: Timestamp) -> String {
    let Some(time) = DateTime::from_timestamp_micros(timestamp.0) else {
        return if timestamp.0 < 0 { String::new() } else { "~".to_owned() };
    };
    match time.year() {
        ..0 => String::new(),
        10_000.. => "~".to_owned(),
        _ => {
            let text = time.format("%Y-%m-%dT%H:%M:%S%.6f").to_string();
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
    }
}

fn take(rest: &mut &[u8], any_of: &[u8]) -> Option<u8> {
    let (first, others) = rest.split_first()?;
    any_of.contains(first).then(|| {
        *rest = others;
        *first
    })
}

fn number(rest: &mut &[u8], least: usize, most: usize) -> Option<u32> {
    let digits = rest.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
    let (number, others) = rest.split_at_checked(digits).filter(|_| digits >= least)?;
    *rest = others;
    Some(number.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')))
}

fn fraction(rest: &mut &[u8]) -> Option<i64> {
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (fraction, others) = rest.split_at_checked(digits).filter(|_| digits > 0)?;
    *rest = others;
    let padded = fraction.iter().copied().chain(std::iter::repeat(b'0'));
    Some(padded.take(6).fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')))
}

/// Seconds east of UTC.
fn offset(rest: &mut &[u8]) -> Option<i64> {
    match take(rest, b"Zz+-") {
        None | Some(b'Z' | b'z') => Some(0),
        Some(sign) => {
            let hours = number(rest, 2, 2)?;
            take(rest, b":");
            let minutes = if rest.is_empty() { 0 } else { number(rest, 2, 2)? };
            let seconds = i64::from(hours * 3600 + minutes * 60);
            Some(if sign == b'-' { -seconds } else { seconds })
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_way_the_engines_write_an_instant_is_read() {
        for (text, microseconds) in [
            ("2026-11-23T20:09:16.817403943+00:00", 1_795_464_556_817_403),
            ("2026-11-23T20:09:36+00:00", 1_795_464_576_000_000),
            ("2026-11-23 20:09:36", 1_795_464_576_000_000),
            ("2026-11-23 20:09:36.5", 1_795_464_576_500_000),
            ("2026-11-23T22:09:36+02:00", 1_795_464_576_000_000),
            ("2026-11-23T20:09:36Z", 1_795_464_576_000_000),
            ("1969-12-31T23:59:59.9999999Z", -1),
            ("0000-01-01T00:00:00+00:00", -62_167_219_200_000_000),
            ("9999-12-31T23:59:59.999999999+00:00", 253_402_300_799_999_999),
        ] {
            assert_eq!(from_text(text), Some(Timestamp(microseconds)), "{text}");
        }
    }

    #[test]
    fn what_is_no_instant_is_none() {
        for text in [
            "",
            "now",
            "2026-11-23",
            "2026-13-01T00:00:00",
            "2026-02-30T00:00:00Z",
            "2026-01-01T24:00:00",
            "2026-01-01T00:00:00.",
            "2026-01-01T00:00:00 UTC",
            "1795464576",
            "infinity",
            "2026-01-01T00:00:00+",
            "\u{feff}",
        ] {
            assert_eq!(from_text(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_bound_is_a_prefix_of_every_way_to_write_its_instant() {
        assert_eq!(to_text(Timestamp(1_795_464_576_000_000)), "2026-11-23T20:09:36");
        assert_eq!(to_text(Timestamp(1_795_464_576_500_000)), "2026-11-23T20:09:36.5");
        assert_eq!(to_text(Timestamp(-62_167_219_200_000_000)), "0000-01-01T00:00:00");
        assert_eq!(to_text(Timestamp::MIN), "");
        assert_eq!(to_text(Timestamp(-62_167_219_200_000_001)), "");
        assert_eq!(to_text(Timestamp::MAX), "~");
        assert_eq!(to_text(Timestamp(253_402_300_800_000_000)), "~");
    }

    #[test]
    fn infinities_and_what_postgres_cannot_hold_survive_both_ways() {
        assert_eq!(from_postgres(i64::MAX), Timestamp::MAX);
        assert_eq!(from_postgres(i64::MIN), Timestamp::MIN);
        assert_eq!(from_postgres(0), Timestamp(946_684_800_000_000));
        assert_eq!(to_postgres(Timestamp::MAX), i64::MAX);
        assert_eq!(to_postgres(Timestamp::MIN), i64::MIN);
        assert_eq!(to_postgres(Timestamp(i64::MAX - 1)), 9_223_372_036_854_775_806 - 946_684_800_000_000);
        assert_eq!(to_postgres(Timestamp(0)), -946_684_800_000_000);
    }

    proptest! {
        #[test]
        fn text_never_panics(text in ".{0,40}") {
            from_text(&text);
        }

        #[test]
        fn bounds_are_read_back_and_sort_like_their_instants(
            one in -62_167_219_200_000_000_i64..253_402_300_800_000_000,
            other in -62_167_219_200_000_000_i64..253_402_300_800_000_000,
        ) {
            let (one, other) = (Timestamp(one), Timestamp(other));
            prop_assert_eq!(from_text(&to_text(one)), Some(one));
            prop_assert_eq!(to_text(one).cmp(&to_text(other)), one.cmp(&other));
        }
    }
}
