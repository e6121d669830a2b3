//! How instants, lengths of time and texts from the database are written for people.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat};

use crate::record::{Span, Timestamp};

/// Longest text that is shown of an error or a name, in characters.
const LONGEST: usize = 300;

/// In UTC, to the second.
pub fn instant(at: Timestamp) -> String {
    match DateTime::from_timestamp_micros(at.0) {
        Some(time) => time.format("%Y-%m-%d %H:%M:%SZ").to_string(),
        None => "an impossible time".to_owned(),
    }
}

/// RFC 3339 in UTC, to the microsecond; `None` if no calendar has it.
pub fn rfc3339(at: Timestamp) -> Option<String> {
    Some(DateTime::from_timestamp_micros(at.0)?.to_rfc3339_opts(SecondsFormat::Micros, true))
}

/// The two largest units, from days to seconds; below a second it is `0s`.
pub fn span(span: Span) -> String {
    let sign = if span.0 < 0 { "-" } else { "" };
    let seconds = span.0.unsigned_abs() / 1_000_000;
    let units =
        [("d", seconds / 86_400), ("h", seconds / 3600 % 24), ("m", seconds / 60 % 60), ("s", seconds % 60)];
    let first = units.iter().position(|(_, value)| *value > 0).unwrap_or(3);
    let shown =
        units[first..].iter().take(2).filter(|(unit, value)| *value > 0 || (*unit == "s" && first == 3));
    let parts: Vec<_> = shown.map(|(unit, value)| format!("{value}{unit}")).collect();
    format!("{sign}{}", parts.join(" "))
}

pub fn duration(given: Duration) -> String {
    span(given.into())
}

/// One line: each run of white space a single space, every other control or invisible formatting character written as
/// its code.
pub fn visible(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.split_whitespace().flat_map(|word| [" ", word]).flat_map(str::chars).skip(1) {
        if character.is_control() || is_format(character) {
            line.extend(character.escape_unicode());
        } else {
            line.push(character);
        }
    }
    line
}

/// As `visible`, of at most 300 characters and a mark that there were more.
pub fn one_line(text: &str) -> String {
    let mut line = visible(text);
    if let Some((cut, _)) = line.char_indices().nth(LONGEST) {
        line.truncate(cut);
        line.push('…');
    }
    line
}

/// Characters that are not seen but change how others are: they could make a line read as another.
const fn is_format(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_told_in_their_two_largest_units() {
        for (seconds, text) in [
            (0.0, "0s"),
            (0.999, "0s"),
            (1.0, "1s"),
            (60.0, "1m"),
            (61.9, "1m 1s"),
            (3600.0, "1h"),
            (3601.0, "1h"),
            (3660.0, "1h 1m"),
            (86_400.0 * 3.0 + 7200.0, "3d 2h"),
            (-90.0, "-1m 30s"),
        ] {
            assert_eq!(span(Span((seconds * 1e6) as i64)), text);
        }
        assert_eq!(span(Span(i64::MIN)), "-106751991d 4h");
    }

    #[test]
    fn instants_are_told_in_utc_and_those_of_no_calendar_too() {
        assert_eq!(instant(Timestamp(1_795_464_556_817_403)), "2026-11-23 20:09:16Z");
        assert_eq!(rfc3339(Timestamp(1_795_464_556_817_403)).unwrap(), "2026-11-23T20:09:16.817403Z");
        assert_eq!(instant(Timestamp::MAX), "an impossible time");
        assert_eq!(rfc3339(Timestamp::MIN), None);
    }

    #[test]
    fn a_text_from_the_database_is_one_line_and_shows_what_cannot_be_seen() {
        for (text, line) in [
            ("", ""),
            ("  disk\r\n\tfull ", "disk full"),
            ("a\u{1b}[31mred", "a\\u{1b}[31mred"),
            ("a\0b", "a\\u{0}b"),
            ("right\u{202e}left", "right\\u{202e}left"),
            ("Ümläut – ok", "Ümläut – ok"),
        ] {
            assert_eq!(one_line(text), line);
        }
    }

    #[test]
    fn a_long_text_is_cut_and_marked() {
        let exactly = "é".repeat(300);
        assert_eq!(one_line(&exactly), exactly);
        assert_eq!(one_line(&"é".repeat(301)), format!("{exactly}…"));
    }
}
