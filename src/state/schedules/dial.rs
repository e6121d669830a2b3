//! The instants of a schedule's expression that gauges need, worked out only when something they depend on changed:
//! parsing expressions at each poll would be most of the work of a poll that finds nothing.

use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, Unusable};
use crate::record::{Schedule, ScheduleKind, Span, Timestamp};

const MICROSECOND: Span = Span(1);

/// Why a cron schedule that is switched on can never run. The engine only logs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Invalid {
    Cron,
    Timezone,
    /// `next_run_at` is NULL though there is an expression.
    NoNextRun,
    /// No instant of the expression lies between the start and end dates.
    EmptyWindow,
}

impl Invalid {
    pub const ALL: [Self; 4] = [Self::Cron, Self::Timezone, Self::NoNextRun, Self::EmptyWindow];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Cron => "cron",
            Self::Timezone => "timezone",
            Self::NoNextRun => "no_next_run",
            Self::EmptyWindow => "empty_window",
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dial {
    /// What the rest was worked out from.
    set_for: Option<Box<Setting>>,
    pub invalid: Option<Invalid>,
    /// The instant after `next_run_at`.
    pub after_next: Option<Timestamp>,
    /// First fire after the last success, or after all began, within the dates.
    pub first_expected: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Setting {
    row: Schedule,
    success_began: Option<Timestamp>,
    on_since: Option<Timestamp>,
}

impl Dial {
    pub fn turn(&mut self, row: &Schedule, success_began: Option<Timestamp>, on_since: Option<Timestamp>) {
        // Only cron schedules have an expression to evaluate.
        if row.kind != ScheduleKind::Cron {
            return;
        }
        let is_set_for = |setting: &Setting| {
            (&setting.row, setting.success_began, setting.on_since) == (row, success_began, on_since)
        };
        if self.set_for.as_deref().is_some_and(is_set_for) {
            return;
        }
        let setting = Setting { row: row.clone(), success_began, on_since };
        *self = Self { set_for: Some(Box::new(setting)), ..Self::default() };
        let Some(cron) = row.expression() else { return };
        match Calendar::new(&cron, row.timezone.as_deref()) {
            Err(Unusable::Cron) => self.invalid = Some(Invalid::Cron),
            Err(Unusable::Timezone) => self.invalid = Some(Invalid::Timezone),
            Ok(calendar) => self.evaluate(&calendar, row, success_began, on_since),
        }
        if !row.enabled {
            self.invalid = None;
        }
    }

    fn evaluate(
        &mut self,
        calendar: &Calendar,
        row: &Schedule,
        success_began: Option<Timestamp>,
        on_since: Option<Timestamp>,
    ) {
        let starts = row.start_date.map(|start| start.minus(MICROSECOND));
        let within = |at: &Timestamp| row.end_date.is_none_or(|end| *at < end);
        // A date before all years is no bound, and nothing can be searched from there.
        let opens = row.created_at.max(starts.unwrap_or(Timestamp::MIN)).max(Timestamp(0));
        let since =
            opens.max(success_began.unwrap_or(Timestamp::MIN)).max(on_since.unwrap_or(Timestamp::MIN));
        self.first_expected = calendar.next_after(since).filter(within);
        self.after_next = row.next_run_at.and_then(|next| calendar.next_after(next));
        self.invalid = if calendar.next_after(opens).filter(within).is_none() {
            Some(Invalid::EmptyWindow)
        } else if row.next_run_at.is_none() {
            Some(Invalid::NoNextRun)
        } else {
            None
        };
    }
}
