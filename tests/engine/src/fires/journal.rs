//! Tells on standard output what is done to the schedules, one JSON object per line, as soon as it is done.

use chrono::{DateTime, NaiveDate, Utc};
use cloacina::{UniversalTimestamp, UniversalUuid};
use serde_json::{json, Value};

#[derive(Default)]
pub struct Journal {
    lines: u64,
}

impl Journal {
    /// A schedule is there from now on.
    pub fn created(&mut self, schedule: &str, workflow: &str, id: UniversalUuid, at: DateTime<Utc>) {
        let id = id.to_string();
        self.print(json!({ "record": "created", "schedule": schedule, "workflow": workflow, "id": id, "at": micros(at) }));
    }

    /// Something was done, now: to a schedule, or to the `scheduler`.
    pub fn note(&mut self, record: &str, schedule: &str) -> i64 {
        let now = micros(Utc::now());
        self.print(json!({ "record": record, "schedule": schedule, "at": now }));
        now
    }

    /// The fire that was due then was claimed, and not handed over.
    pub fn lost(&mut self, schedule: &str, due: DateTime<Utc>) {
        self.print(json!({ "record": "lost", "schedule": schedule, "at": micros(due) }));
    }

    /// Says that nothing is missing.
    pub fn end(self) {
        println!("{}", json!({ "record": "end", "lines": self.lines }));
    }

    fn print(&mut self, line: Value) {
        println!("{line}");
        self.lines += 1;
    }
}

pub fn micros(instant: DateTime<Utc>) -> i64 {
    instant.timestamp_micros()
}

/// Midnight at the beginning of the day, in UTC.
pub fn day(text: &str) -> anyhow::Result<UniversalTimestamp> {
    let midnight = text.parse::<NaiveDate>()?.and_hms_opt(0, 0, 0).expect("every day has a midnight");
    Ok(UniversalTimestamp(midnight.and_utc()))
}
