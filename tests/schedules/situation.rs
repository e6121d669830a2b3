//! A situation of a schedule: polls one after the other, and what the metrics say after the last.
//!
//! Values are exact. Each situation is played twice: by one process, and by one that is restarted before every poll.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime};
use cloacina_exporter::config::Metrics;
use cloacina_exporter::record::{Fire, Schedule, Timestamp};

use crate::builders::*;
use crate::timeline::{Poll, Timeline, metrics, poll};

pub struct Situation {
    pub name: &'static str,
    metrics: Metrics,
    polls: Vec<Poll>,
    shown: &'static str,
}

/// `shown` has a line for each series that is not 0, in any order, without the labels of workflow and schedule if both are `etl`; instants
/// are written as dates.
pub fn situation(
    name: &'static str,
    polls: impl IntoIterator<Item = Poll>,
    shown: &'static str,
) -> Situation {
    // What a new series is held at is no matter of schedules.
    let metrics = Metrics { hold_first_value: Duration::ZERO, ..metrics() };
    Situation { name, metrics, polls: polls.into_iter().collect(), shown }
}

impl Situation {
    pub fn with(mut self, change: impl FnOnce(&mut Metrics)) -> Self {
        change(&mut self.metrics);
        self
    }

    fn differences(&self, families: &[&str]) -> Vec<String> {
        let begin = || Timeline::new(self.metrics.clone());
        let at_once = self.polls.iter().cloned().fold(begin(), Timeline::poll);
        let restarted =
            self.polls.iter().cloned().fold(begin(), |timeline, poll| timeline.restarted().poll(poll));
        let mut wanted: Vec<&str> =
            self.shown.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        wanted.sort_unstable();
        let mut differences = Vec::new();
        for (way, timeline) in [("", at_once), (" (restarted)", restarted)] {
            let mut shown: Vec<String> =
                timeline.nonzero(families).iter().filter_map(|line| readable(line)).collect();
            shown.sort_unstable();
            if shown != wanted {
                let (shown, wanted) = (shown.join("\n  "), wanted.join("\n  "));
                differences.push(format!("{}{way}\nshown:\n  {shown}\nwanted:\n  {wanted}\n", self.name));
            }
        }
        differences
    }
}

/// Asserts that all situations show what they should in these families, and nothing else there.
#[track_caller]
pub fn check(families: &[&str], situations: &[Situation]) {
    let differences: Vec<String> = situations.iter().flat_map(|one| one.differences(families)).collect();
    assert!(differences.is_empty(), "{} differences\n\n{}", differences.len(), differences.join("\n"));
}

/// Buckets are left out: count and sum say what was observed.
fn readable(line: &str) -> Option<String> {
    let (series, value) = line.rsplit_once(' ')?;
    if series.contains("_bucket") || series.contains("_created") {
        return None;
    }
    let series = series.replace(r#"workflow="etl",schedule="etl","#, "");
    let series = series.replace(r#"workflow="etl",schedule="etl""#, "").replace("{}", "");
    if !series.contains("_timestamp_seconds") {
        return Some(format!("{series} {value}"));
    }
    let date = DateTime::from_timestamp_millis((value.parse::<f64>().ok()? * 1000.0) as i64)?;
    Some(format!("{series} {}", date.format("%F %T%.f")))
}

/// A date with time in UTC; without a date it is Monday, the 23rd of November 2026.
pub fn time(text: &str) -> Timestamp {
    let text = if text.contains(' ') { text.to_owned() } else { format!("2026-11-23 {text}") };
    let date = NaiveDateTime::parse_from_str(&text, "%F %T%.f")
        .or_else(|_| NaiveDateTime::parse_from_str(&text, "%F %H:%M"));
    Timestamp(date.unwrap().and_utc().timestamp_micros())
}

/// A poll at which nothing is active.
pub fn polled(at: &str, rows: impl IntoIterator<Item = Schedule>) -> Poll {
    poll(time(at)).schedules(rows)
}

/// A schedule of the workflow `etl`, created on the first of the month, that never ran.
pub fn etl(expression: &str) -> Schedule {
    cron("etl", expression).created(time("2026-11-01 00:00"))
}

/// Due every hour, next at 10:00.
pub fn hourly() -> Schedule {
    etl("0 * * * *").claimed(time("09:00"), time("10:00"))
}

/// Due every ten minutes, next at 10:00.
pub fn tenth() -> Schedule {
    etl("*/10 * * * *").claimed(time("09:50"), time("10:00"))
}

/// A fire of `row` that was handed over at `started`, and is running.
pub fn fired(row: &Schedule, due: &str, started: &str) -> Fire {
    fire(row, time(due), time(started)).running()
}
