//! What a simulated scheduler is given: its expression, its ways, and what befalls it.

use cloacina_exporter::record::{Span, Timestamp};

use crate::situation::time;

/// Milliseconds since the beginning, a full hour.
pub fn instant(millis: i64) -> Timestamp {
    time("10:00").plus(Span(millis * 1000))
}

/// Every `period` seconds, a divisor of an hour, from `offset` seconds after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rhythm {
    pub period: i64,
    pub offset: i64,
}

impl Rhythm {
    pub fn expression(self) -> String {
        let Self { period, offset } = self;
        if period >= 60 {
            return format!("{offset} */{} * * * *", period / 60);
        }
        let seconds: Vec<String> = (0..60 / period).map(|n| (offset + n * period).to_string()).collect();
        format!("{} * * * * *", seconds.join(","))
    }

    /// The first instant after `millis`.
    pub fn after(self, millis: i64) -> i64 {
        let (period, offset) = (self.period * 1000, self.offset * 1000);
        (millis - offset).div_euclid(period) * period + period + offset
    }
}

/// How an engine goes about it.
#[derive(Debug, Clone)]
pub struct Ways {
    pub run_all: bool,
    /// As before v0.11: a fire is linked when its execution has ended, and never recovered.
    pub linked_late: bool,
    /// Seconds from a claim to its first row.
    pub slowness: i64,
    /// Seconds that executions take, in turn.
    pub lengths: Vec<i64>,
}

#[derive(Debug, Clone, Copy)]
pub enum Event {
    /// The scheduler ends what it has begun, and comes back after so many seconds.
    Stop(i64),
    /// It loses what it has not begun.
    Crash(i64),
    /// It crashes at the next fire, between its row and its handoff; if `for_good`, no recovery succeeds.
    CrashInHandoff {
        down: i64,
        for_good: bool,
    },
    Pause(i64),
    Disable(i64),
    /// Another expression, of this period.
    Change(i64),
    /// A registration moves the next run on from now.
    Register,
    /// The next fires, so many, cannot be handed over.
    FailHandoffs(u8),
}
