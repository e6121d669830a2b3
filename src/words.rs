//! How instants, lengths of time and texts from elsewhere are written by the commands that answer people.
//!
//! Pure. Metrics and logs have forms of their own.

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

/// RFC 3339 in UTC for programs, always to the microsecond; `None` beyond the calendar.
pub fn rfc3339(at: Timestamp) -> Option<String> {
    Some(DateTime::from_timestamp_micros(at.0)?.to_rfc3339_opts(SecondsFormat::Micros, true))
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

/// The text on one line, with everything visible that a terminal would obey or a reader would miss, so that no row can
/// move the cursor or read as another; at most `limit` of its characters, and `…` if there were more. What is
/// visible already stays as it is.
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
            other if other.is_control() || is_unseen(other) => shown.extend(other.escape_unicode()),
            other => shown.push(other),
        }
    }
    shown
}

/// Not seen themselves: they break, join or hide what is around them, or change its direction.
const fn is_unseen(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;
    const DAY: i64 = 86_400 * SECOND;

    #[test]
    fn instants_are_as_precise_as_they_need_to_be() {
        for (microseconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (1_000_999, "1970-01-01T00:00:01Z"),
            (1_001_000, "1970-01-01T00:00:01.001Z"),
            (1_500_000, "1970-01-01T00:00:01.500Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (1_795_464_556_817_403, "2026-11-23T20:09:16.817Z"),
            (i64::MAX, "infinity"),
            (i64::MIN, "-infinity"),
        ] {
            assert_eq!(instant(Timestamp(microseconds)), text);
        }
    }

    #[test]
    fn programs_get_microseconds_and_nothing_that_no_calendar_has() {
        let told = |microseconds| rfc3339(Timestamp(microseconds));
        assert_eq!(told(1_795_464_556_817_403).as_deref(), Some("2026-11-23T20:09:16.817403Z"));
        assert_eq!(told(0).as_deref(), Some("1970-01-01T00:00:00.000000Z"));
        assert_eq!((told(i64::MIN), told(i64::MAX)), (None, None));
    }

    #[test]
    fn lengths_are_told_in_their_two_largest_units() {
        for (microseconds, text) in [
            (0, "0s"),
            (999, "999us"),
            (1000, "1ms"),
            (999_999, "999ms"),
            (SECOND, "1s"),
            (3_500_000, "3.5s"),
            (59_999_999, "59.999s"),
            (60 * SECOND, "1m"),
            (61_900_000, "1m 1s"),
            (400 * SECOND, "6m 40s"),
            (3600 * SECOND, "1h"),
            (3601 * SECOND, "1h"),
            (3661 * SECOND, "1h 1m"),
            (DAY - 1, "23h 59m"),
            (DAY, "1d"),
            (DAY + 7 * 3600 * SECOND, "1d 7h"),
            (7 * DAY, "7d"),
            (-90 * SECOND, "-1m 30s"),
            (i64::MIN, "-106751991d 4h"),
        ] {
            assert_eq!(span(Span(microseconds)), text);
        }
    }

    #[test]
    fn foreign_texts_stay_on_one_line_and_show_what_cannot_be_seen() {
        for (text, line) in [
            ("", ""),
            ("Ümläut – ok", "Ümläut – ok"),
            (" a\r\n\tb  c ", " a\\u{d}\\n\\tb  c "),
            ("a\u{1b}[31m\0\u{85}", "a\\u{1b}[31m\\u{0}\\u{85}"),
            ("right\u{202e}left\u{2066}", "right\\u{202e}left\\u{2066}"),
            ("a\u{200b}b\u{ad}c\u{2028}", "a\\u{200b}b\\u{ad}c\\u{2028}"),
            ("a\u{feff}\u{e0041}", "a\\u{feff}\\u{e0041}"),
        ] {
            assert_eq!(visible(text, 99), line);
            assert_eq!(visible(line, 99), line, "it is shown already");
        }
    }

    #[test]
    fn longer_texts_are_cut_and_marked_by_their_own_characters() {
        assert_eq!(visible("äöü", 3), "äöü");
        assert_eq!(visible("äöü", 2), "äö…");
        assert_eq!(visible("\u{1b}\u{1b}", 1), "\\u{1b}…");
        assert_eq!(visible("", 0), "");
        assert_eq!(visible("a", 0), "…");
    }
}
