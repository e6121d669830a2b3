//! The exporter's own clock, read by what runs in time: the poll loop and the pushes. Everything else is told the time.

use crate::record::{Span, Timestamp};

/// 1970 if the clock stands before it.
#[expect(clippy::disallowed_methods, reason = "the one place outside source/ that reads the clock")]
pub fn now() -> Timestamp {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::default().plus(Span::from(since_epoch))
}
