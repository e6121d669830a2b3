//! How long to wait before the next attempt, and what servers say about it. Pure.

use std::time::Duration;

use chrono::DateTime;
use hyper::HeaderMap;
use hyper::header::{DATE, RETRY_AFTER};

const FIRST: Duration = Duration::from_secs(1);
const MOST: Duration = Duration::from_secs(5);
/// Longer waits are taken for this; no export has as long.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);

/// Exponential, with full jitter: any length up to a ceiling that doubles, so that exporters which failed
/// together do not come back together.
#[derive(Debug)]
pub struct BackOff {
    ceiling: Duration,
}

impl Default for BackOff {
    fn default() -> Self {
        Self { ceiling: FIRST }
    }
}

impl BackOff {
    /// At least what the server asked for. A server that asks for nothing, over and over, still meets longer
    /// pauses.
    pub fn next(&mut self, asked: Option<Duration>) -> Duration {
        let pause = self.ceiling.mul_f64(fastrand::f64());
        self.ceiling = (self.ceiling * 2).min(MOST);
        asked.map_or(pause, |asked| pause.max(asked))
    }
}

/// `Retry-After` in seconds, or as a date, which is compared with the server's own `Date` since the clocks
/// may differ. `None` if there is none or it cannot be read; a date that has passed is zero.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = text(headers, RETRY_AFTER.as_str())?;
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = value.parse().unwrap_or(u64::MAX);
        return Some(bounded(Duration::from_secs(seconds)));
    }
    let then = DateTime::parse_from_rfc2822(value).ok()?;
    let now = DateTime::parse_from_rfc2822(text(headers, DATE.as_str())?).ok()?;
    Some(bounded((then - now).to_std().unwrap_or_default()))
}

/// Short enough to be added to any instant.
pub fn bounded(length: Duration) -> Duration {
    length.min(LONGEST)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(retry_after: &str, date: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, retry_after.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        headers
    }

    #[test]
    fn seconds_are_read_and_bounded() {
        assert_eq!(retry_after(&answer("0", None)), Some(Duration::ZERO));
        assert_eq!(retry_after(&answer(" 120 ", None)), Some(Duration::from_secs(120)));
        assert_eq!(retry_after(&answer("99999999999999999999999", None)), Some(LONGEST));
    }

    #[test]
    fn a_date_counts_from_the_servers_own() {
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        let later = "Sun, 06 Nov 1994 08:50:07 GMT";
        assert_eq!(retry_after(&answer(later, date)), Some(Duration::from_secs(30)));
        assert_eq!(retry_after(&answer(later, None)), None);
        assert_eq!(retry_after(&answer(later, Some("today"))), None);
        assert_eq!(retry_after(&answer("Sun, 06 Nov 1994 08:49:36 GMT", date)), Some(Duration::ZERO));
    }

    #[test]
    fn what_cannot_be_read_is_ignored() {
        for value in ["", "-1", "1.5", "soon", "+3"] {
            assert_eq!(retry_after(&answer(value, Some("Sun, 06 Nov 1994 08:49:37 GMT"))), None, "{value}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }

    #[test]
    fn pauses_grow_to_a_bound_and_are_never_shorter_than_asked() {
        let mut back_off = BackOff::default();
        for ceiling in [1, 2, 4, 5, 5] {
            assert!(back_off.next(None) <= Duration::from_secs(ceiling));
        }
        assert!(back_off.next(Some(Duration::from_secs(7))) == Duration::from_secs(7));
    }
}
