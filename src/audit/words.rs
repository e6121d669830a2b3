//! How instants, lengths of time and foreign texts are written for people.
//!
//! Pure.

use chrono::{DateTime, SecondsFormat};

use crate::record::{Span, Timestamp};

/// RFC 3339 in UTC, to the second or to the millisecond if there are any; `-infinity` and `infinity` beyond the calendar.
pub fn instant(at: Timestamp) -> String {
    match DateTime::from_timestamp_micros(at.0) {
        Some(time) if at.0.rem_euclid(1_000_000) < 1000 => time.to_rfc3339_opts(SecondsFormat::Secs, true),
        Some(time) => time.to_rfc3339_opts(SecondsFormat::Millis, true),
        None if at.0 < 0 => "-infinity".to_owned(),
        None => "infinity".to_owned(),
    }
}

/// `250ms`, `3.5s`, `2h 5m` or `34d 18h`: the two largest units are enough for people.
pub fn span(span: Span) -> String {
    let length = span.0.unsigned_abs();
    let sign = if span.0 < 0 { "-" } else { "" };
    let text = match length {
        0 => "0s".to_owned(),
        1..1000 => format!("{length}us"),
        1000..1_000_000 => format!("{}ms", length / 1000),
        1_000_000..60_000_000 => {
            let text = format!("{}.{:03}", length / 1_000_000, length / 1000 % 1000);
            format!("{}s", text.trim_end_matches('0').trim_end_matches('.'))
        }
        60_000_000..3_600_000_000 => two(length, 60_000_000, 'm', 's'),
        3_600_000_000..86_400_000_000 => two(length, 3_600_000_000, 'h', 'm'),
        _ => two(length, 86_400_000_000, 'd', 'h'),
    };
    format!("{sign}{text}")
}

/// A length in whole units of `large` microseconds and in the next smaller ones.
fn two(length: u64, large: u64, name: char, small_name: char) -> String {
    let small = if large == 86_400_000_000 { large / 24 } else { large / 60 };
    match length % large / small {
        0 => format!("{}{name}", length / large),
        rest => format!("{}{name} {rest}{small_name}", length / large),
    }
}

/// The text on one line, with control characters made visible, so that no row can move the cursor of a terminal; at
/// most `limit` characters of it.
pub fn visible(text: &str, limit: usize) -> String {
    let mut shown = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == limit {
            shown.push('…');
            break;
        }
        match character {
            '\n' => shown.push_str("\\n"),
            '\t' => shown.push_str("\\t"),
            // Marks that change the direction of what follows can make a line read as another one.
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                shown.extend(character.escape_unicode());
            }
            other if other.is_control() => shown.extend(other.escape_unicode()),
            other => shown.push(other),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_as_precise_as_they_need_to_be() {
        assert_eq!(instant(Timestamp(0)), "1970-01-01T00:00:00Z");
        assert_eq!(instant(Timestamp(1_500_000)), "1970-01-01T00:00:01.500Z");
        assert_eq!(instant(Timestamp(1_000_999)), "1970-01-01T00:00:01Z");
        assert_eq!(instant(Timestamp::MAX), "infinity");
        assert_eq!(instant(Timestamp::MIN), "-infinity");
    }

    #[test]
    fn lengths_are_told_in_their_two_largest_units() {
        for (microseconds, text) in [
            (0, "0s"),
            (999, "999us"),
            (250_000, "250ms"),
            (3_500_000, "3.5s"),
            (59_999_000, "59.999s"),
            (60_000_000, "1m"),
            (3_661_000_000, "1h 1m"),
            (86_399_999_999, "23h 59m"),
            (7 * 86_400_000_000, "7d"),
            (-90_000_000, "-1m 30s"),
            (i64::MIN, "-106751991d 4h"),
        ] {
            assert_eq!(span(Span(microseconds)), text);
        }
    }

    #[test]
    fn foreign_texts_stay_on_one_line_and_cannot_steer_a_terminal() {
        assert_eq!(visible("a\nb\tc\u{1b}[31m\r", 99), "a\\nb\\tc\\u{1b}[31m\\u{d}");
        assert_eq!(visible("a\u{202e}b", 99), "a\\u{202e}b");
        assert_eq!(visible("äöü", 3), "äöü");
        assert_eq!(visible("äöü", 2), "äö…");
        assert_eq!(visible("", 0), "");
    }
}
