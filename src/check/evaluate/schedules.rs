//! Findings about schedules: what should have been fired, polled or handed over, and was not.
//!
//! A schedule that is switched off is nobody's worry. One that is paused is so only after a while.

use std::sync::Arc;

use super::super::facts::{Facts, ScheduleFacts};
use super::super::finding::{Finding, Kind, LONGEST_TEXT, Severity};
use super::super::thresholds::Thresholds;
use crate::calendar::Calendar;

use crate::record::{ScheduleKind, Span, Timestamp};
use crate::state::schedules::levels::{Invalid, RECOVERED_BY};
use crate::words::{instant, span, visible};

/// A trigger is not polled if this many of its intervals have passed, and at least this time.
const STALE_INTERVALS: i64 = 3;
const SHORTEST_STALE: Span = Span::from_seconds(120);
/// One late schedule may have a fault of its own.
const FEWEST_FOR_STALLED: usize = 2;

pub fn findings(facts: &Facts, tenant: &Arc<str>, thresholds: &Thresholds) -> Vec<Finding> {
    let now = facts.now;
    let mut findings: Vec<Finding> = scheduler_stalled(facts, tenant).into_iter().collect();
    for schedule in facts.schedules.iter().filter(|schedule| schedule.row.enabled) {
        if schedule.row.paused {
            findings.extend(paused(schedule, now, thresholds));
        } else {
            findings.extend(match schedule.row.kind {
                ScheduleKind::Cron => cron(schedule, now),
                ScheduleKind::Trigger => trigger(schedule, now),
            });
        }
        findings.extend(handoffs(schedule));
    }
    findings
}

/// Several schedules are late, and the scheduler has not stirred since the first of them became so. Their share of all
/// schedules would say little: at noon no nightly one is late, however dead the scheduler.
fn scheduler_stalled(facts: &Facts, tenant: &Arc<str>) -> Option<Finding> {
    let became_late = |schedule: &ScheduleFacts| {
        schedule.levels.late_by(facts.now)?;
        Some(schedule.levels.next_run?.plus(schedule.levels.grace?))
    };
    let late: Vec<Timestamp> = facts.schedules.iter().filter_map(became_late).collect();
    let first = *late.iter().min()?;
    let stirred = |schedule: &ScheduleFacts| [schedule.levels.last_run, schedule.row.last_poll_at];
    let stirred = facts.schedules.iter().flat_map(stirred).flatten().max();
    (late.len() >= FEWEST_FOR_STALLED && stirred.is_none_or(|at| at <= first)).then(|| {
        let message = format!(
            "{} schedules are late, and none was claimed nor a trigger polled since {}: is the scheduler running?",
            late.len(),
            instant(first)
        );
        Finding::new(Severity::Critical, Kind::SchedulerStalled, tenant, message)
    })
}

fn paused(schedule: &ScheduleFacts, now: Timestamp, thresholds: &Thresholds) -> Option<Finding> {
    let since = schedule.row.paused_at?;
    let paused_for = now.since(since);
    (paused_for > thresholds.paused_for.into()).then(|| {
        let message = format!("paused since {}, for {}", instant(since), span(paused_for));
        of(schedule, Severity::Warning, Kind::SchedulePaused, message).at(Some(since))
    })
}

fn handoffs(schedule: &ScheduleFacts) -> Vec<Finding> {
    let handoffs = schedule.levels.handoffs;
    let mut findings = Vec::new();
    if handoffs.lost > 0 {
        let message = format!("{} started no execution so far; the engine tries again", fires(handoffs.lost));
        findings.push(of(schedule, Severity::Critical, Kind::HandoffLost, message).count(handoffs.lost));
    }
    if handoffs.abandoned > 0 {
        let message =
            format!("{} started no execution, and the engine has given up", fires(handoffs.abandoned));
        findings.push(
            of(schedule, Severity::Critical, Kind::HandoffAbandoned, message).count(handoffs.abandoned),
        );
    }
    findings
}

fn cron(schedule: &ScheduleFacts, now: Timestamp) -> Vec<Finding> {
    if let Some(reason) = schedule.levels.invalid {
        return vec![invalid(schedule, reason)];
    }
    let late = late(schedule, now);
    let never = if late.is_none() { never_fired(schedule, now) } else { None };
    [overdue(schedule, now), late, never].into_iter().flatten().collect()
}

fn overdue(schedule: &ScheduleFacts, now: Timestamp) -> Option<Finding> {
    let deadline = schedule.levels.success_deadline.filter(|deadline| now > *deadline)?;
    let last = schedule.levels.last_success.map_or_else(
        || "it has never succeeded".to_owned(),
        |at| format!("its last success ended at {}", instant(at)),
    );
    let message =
        format!("a success was due by {}, {} ago; {last}", instant(deadline), span(now.since(deadline)));
    Some(of(schedule, Severity::Critical, Kind::ScheduleOverdue, message).at(Some(deadline)))
}

fn late(schedule: &ScheduleFacts, now: Timestamp) -> Option<Finding> {
    let levels = &schedule.levels;
    let late = levels.late_by(now)?;
    let (due, grace) = levels.next_run.zip(levels.grace)?;
    let last = levels
        .last_run
        .map_or_else(|| "it has never run".to_owned(), |at| format!("its last run was at {}", instant(at)));
    let told = format!("due at {}, late by {}", instant(due), span(late));
    let period = levels.interval.filter(|interval| late > interval.plus(grace));
    let finding = match period {
        Some(period) => {
            let message = format!("{told}, more than its period of {}; {last}", span(period));
            of(schedule, Severity::Critical, Kind::SchedulePeriodLate, message)
        }
        None => {
            let message = format!("{told}, its grace being {}; {last}", span(grace));
            of(schedule, Severity::Warning, Kind::ScheduleLate, message)
        }
    };
    Some(finding.at(Some(due)))
}

/// Live since its creation, though not always: a schedule that was created paused, and resumed a moment ago, is taken
/// for one that never fired until it does.
fn never_fired(schedule: &ScheduleFacts, now: Timestamp) -> Option<Finding> {
    let (row, levels) = (&schedule.row, &schedule.levels);
    if !levels.live || levels.last_run.is_some() {
        return None;
    }
    let calendar = Calendar::new(&row.expression()?, row.timezone.as_deref()).ok()?;
    let began = row.start_date.map_or(row.created_at, |start| start.max(row.created_at));
    let first = calendar.next_after(began)?;
    let grace = levels.grace.unwrap_or_default();
    (now.since(first) > grace).then(|| {
        let message = format!("it has never run, though it was first due at {}", instant(first));
        of(schedule, Severity::Warning, Kind::ScheduleNeverFired, message).at(Some(first))
    })
}

fn invalid(schedule: &ScheduleFacts, reason: Invalid) -> Finding {
    let row = &schedule.row;
    let shown = |text: &Option<Arc<str>>| visible(text.as_deref().unwrap_or_default(), LONGEST_TEXT);
    let reason = match reason {
        Invalid::Cron => format!("the engine cannot use its cron expression `{}`", shown(&row.cron)),
        Invalid::Timezone => format!("the engine does not know its time zone `{}`", shown(&row.timezone)),
        Invalid::NoNextRun => "it has no next run, though it has a cron expression".to_owned(),
        Invalid::EmptyWindow => {
            "its cron expression has no instant between its start and end dates".to_owned()
        }
    };
    of(schedule, Severity::Warning, Kind::ScheduleInvalid, format!("it can never run: {reason}"))
}

fn trigger(schedule: &ScheduleFacts, now: Timestamp) -> Vec<Finding> {
    stale(schedule, now).into_iter().chain(blocked(schedule)).collect()
}

fn stale(schedule: &ScheduleFacts, now: Timestamp) -> Option<Finding> {
    let row = &schedule.row;
    let interval = Span(row.poll_interval_ms.unwrap_or(0).saturating_mul(1000));
    let since = row.last_poll_at.unwrap_or(row.created_at);
    let age = now.since(since);
    let due = format!("though it is to be polled every {}", span(interval));
    (age > interval.times(STALE_INTERVALS).max(SHORTEST_STALE)).then(|| {
        let (kind, message) = match row.last_poll_at {
            Some(at) => {
                let message =
                    format!("its last successful poll was at {}, {} ago, {due}", instant(at), span(age));
                (Kind::TriggerStale, message)
            }
            None => {
                let created = instant(row.created_at);
                (
                    Kind::TriggerNeverPolled,
                    format!("no poll has succeeded since its creation at {created}, {due}"),
                )
            }
        };
        of(schedule, Severity::Warning, kind, message).at(Some(since))
    })
}

/// A fire that is open for less may yet be closed by the engine's recovery.
fn blocked(schedule: &ScheduleFacts) -> Option<Finding> {
    let blocked = schedule.levels.blocked;
    let age = schedule.levels.oldest_blocked_age;
    let (are, their) =
        if blocked == 1 { ("execution of it is", "its") } else { ("executions of it are", "their") };
    (age > RECOVERED_BY).then(|| {
        let message = format!(
            "{blocked} ended {are} still open for the engine, the oldest for {}; it never starts it again with {their} context",
            span(age)
        );
        of(schedule, Severity::Warning, Kind::TriggerBlocked, message).count(blocked)
    })
}

fn fires(count: u64) -> String {
    if count == 1 { "1 fire".to_owned() } else { format!("{count} fires") }
}

fn of(schedule: &ScheduleFacts, severity: Severity, kind: Kind, message: String) -> Finding {
    Finding::new(severity, kind, &schedule.label, message).workflow(&schedule.row.workflow)
}
