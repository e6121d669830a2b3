//! How many schedules need attention.

use super::super::grafana::{Panel, Unit};
use super::super::panel::stat;
use super::super::query::{count, counted_in_all, gauge, grace, lateness, period, schedule};
use super::triggers::not_polled;

pub fn periods_skipped() -> Panel {
    stat(
        "Periods skipped",
        Unit::Count,
        "Schedules that are late by a whole period and more: CloacinaSchedulePeriodSkipped. With the policy \"skip\", \
         the fires in between are lost.",
    )
    .now("skipped", &count(&format!("{} > {} + {}", lateness(), period(), grace())))
    .red_from(1.0)
}

pub fn missed_today() -> Panel {
    let missed = r#"cloacina_state_schedule_fires_total{@schedule, outcome="missed"}"#;
    stat(
        "Missed fires, 24 h",
        Unit::Count,
        "Fires that the scheduler moved past without starting anything: CloacinaScheduleFiresMissed. \
         `cloacina-exporter audit` lists them.",
    )
    .now("missed", &counted_in_all(missed, "24h"))
    .red_from(1.0)
}

pub fn handoffs_lost() -> Panel {
    let lost = gauge(
        "job, tenant, workflow, schedule, state",
        r#"cloacina_state_schedule_handoffs{@schedule, state=~"lost|abandoned"}"#,
    );
    stat(
        "Handoffs lost",
        Unit::Count,
        "Fires that were claimed, and of which no execution came: CloacinaScheduleHandoffLost. Start them by hand.",
    )
    .now("lost", &format!("sum({lost}) or vector(0)"))
    .red_from(1.0)
}

pub fn invalid() -> Panel {
    let invalid = schedule("cloacina_state_schedule_invalid");
    stat(
        "Invalid schedules",
        Unit::Count,
        "Enabled schedules that can never run: CloacinaScheduleInvalid. Cloacina only logs it.",
    )
    .now("invalid", &count(&format!("{invalid} == 1")))
    .red_from(1.0)
}

pub fn triggers_stalled() -> Panel {
    stat(
        "Triggers not polled",
        Unit::Count,
        "Triggers that were not polled for three of their intervals, and two minutes at least \
         (CloacinaTriggerPollStalled), or never (CloacinaTriggerNeverPolled). They fail, hang or are not registered.",
    )
    .now("stalled", &count(&not_polled()))
    .red_from(1.0)
}

pub fn paused() -> Panel {
    let paused = schedule("cloacina_state_schedule_paused_timestamp_seconds");
    stat(
        "Paused",
        Unit::Count,
        "Schedules that somebody has paused; the table at the bottom says since when. Forgotten ones: \
         CloacinaSchedulePausedLong.",
    )
    .now("paused", &count(&paused))
}
