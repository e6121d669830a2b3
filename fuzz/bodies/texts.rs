//! Small texts from elsewhere: errors of tasks, headers of scrapers, instants and expressions in rows.

use std::sync::{Arc, LazyLock};

use cloacina_exporter::calendar::{Calendar, second_of};
use cloacina_exporter::encode::negotiate;
use cloacina_exporter::record::{FailureReason, Timestamp};
use cloacina_exporter::source::{Classifier, timestamp as instants};
use cloacina_exporter::words;
use regex::Regex;

static CLASSIFIER: LazyLock<Classifier> = LazyLock::new(|| {
    let pattern = Regex::new("(?i)upstream +[0-9]{3}").expect("it is a regular expression");
    Classifier::new(&[(Arc::from("upstream"), pattern)])
});

/// An error text gets one reason of the closed set, and is one line where it is shown.
pub(super) fn failure_text(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    match CLASSIFIER.reason(Some(&text)) {
        FailureReason::Named(name) => assert_eq!(&*name, "upstream"),
        reason => assert_eq!(Classifier::default().reason(Some(&text)), reason),
    }
    let shown = words::visible(&text, 100);
    assert!(shown.chars().all(|character| !character.is_control()), "{shown:?}");
    assert_eq!(words::visible(&shown, usize::MAX), shown, "what is visible stays as it is");
}

/// Lines are values of one header, which mean what they mean joined by commas, unless a quoted text is torn by that.
pub(super) fn negotiation(input: &[u8]) {
    let lines = || input.split(|byte| *byte == b'\n');
    let format = negotiate::format(lines());
    let gzip = negotiate::gzip(lines());
    if !input.contains(&b'"') {
        let joined = input.iter().map(|byte| if *byte == b'\n' { b',' } else { *byte }).collect::<Vec<_>>();
        // A byte that is no text makes its whole value unreadable.
        if str::from_utf8(input).is_ok() {
            assert_eq!((negotiate::format([&*joined]), negotiate::gzip([&*joined])), (format, gzip));
        }
    }
}

/// An instant that was read is written so that it is read as the same.
pub(super) fn timestamp(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let Some(at) = instants::from_text(&text) else { return };
    let written = instants::to_text(at);
    if written.starts_with(|first: char| first.is_ascii_digit()) {
        assert_eq!(instants::from_text(&written), Some(at), "{written}");
    }
    if let Some(written) = words::rfc3339(at) {
        assert_eq!(instants::from_text(&written), Some(at), "{written}");
    }
    let _ = words::instant(at);
}

/// Eight bytes of an instant, a time zone, a line feed, an expression: what is next lies in the future, and nothing lies
/// between.
pub(super) fn calendar(input: &[u8]) {
    let Some((instant, text)) = input.split_first_chunk::<8>() else { return };
    let text = String::from_utf8_lossy(text);
    let Some((timezone, expression)) = text.split_once('\n') else { return };
    let Ok(calendar) = Calendar::new(expression, Some(timezone)) else { return };
    let after = Timestamp(i64::from_le_bytes(*instant));
    let Some(next) = calendar.next_after(after) else { return };
    assert!(next > after && next == second_of(next), "{after:?} {next:?}");
    let just_before = Timestamp(next.0 - 1_000_000);
    assert_eq!(calendar.next_after(just_before), Some(next), "asked a second before");
}
