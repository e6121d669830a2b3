//! Metrics of schedules: what their rows and those of their fires say now.

use super::view::TenantView;
use super::{Collect, Metric, metric};
use crate::record::{ScheduleKind, Span};
use crate::snapshot::{Kind, Unit};
use crate::state::schedules::levels::{Handoffs, Invalid, LabelledSchedule};

pub(super) const SCHEDULE: &[&str] = &["tenant", "workflow", "schedule"];

pub(super) static METRICS: &[Metric] = &[
    metric(
        "cloacina_state_schedule_info",
        "cloacina.state.schedule.info",
        Kind::Info,
        Unit::None,
        &["tenant", "workflow", "schedule", "kind", "cron", "timezone", "catchup"],
        "1 for each schedule; cron, timezone and catchup are empty for triggers.",
        Collect::Tenant(|view, sink| {
            for_each(view, |[tenant, workflow, label], LabelledSchedule { row, .. }| {
                let is_cron = row.kind == ScheduleKind::Cron;
                let kind = if is_cron { "cron" } else { "trigger" };
                let [cron, timezone, catchup] = [&row.cron, &row.timezone, &row.catchup]
                    .map(|text| text.as_deref().filter(|_| is_cron).unwrap_or(""));
                let labels = [tenant, workflow, label, kind, cron, timezone, catchup];
                sink.gauge(labels, 1.0);
            });
        }),
    ),
    metric(
        "cloacina_state_schedule_enabled",
        "cloacina.state.schedule.enabled",
        Kind::Gauge,
        Unit::None,
        SCHEDULE,
        "Whether the schedule is enabled.",
        Collect::Tenant(|view, sink| {
            for_each(view, |labels, schedule| {
                sink.gauge(labels, f64::from(u8::from(schedule.row.enabled)));
            });
        }),
    ),
    metric(
        "cloacina_state_schedule_paused_timestamp_seconds",
        "cloacina.state.schedule.paused.timestamp",
        Kind::Gauge,
        Unit::UnixTime,
        SCHEDULE,
        "Since when the schedule is paused, as Unix time; absent if it is not.",
        Collect::Tenant(|view, sink| {
            for_each(view, |labels, schedule| {
                sink.instant(labels, schedule.row.paused_at.filter(|_| schedule.row.paused));
            });
        }),
    ),
    metric(
        "cloacina_state_schedule_invalid",
        "cloacina.state.schedule.invalid",
        Kind::Gauge,
        Unit::None,
        &["tenant", "workflow", "schedule", "reason"],
        "1 if an enabled cron schedule can never run, which Cloacina only logs: its expression or time zone is not one, it has \
         no next run, or no instant lies between its start and end dates.",
        Collect::Tenant(|view, sink| {
            for_each_cron(view, |[tenant, workflow, label], schedule| {
                for reason in Invalid::ALL {
                    let is_it = schedule.levels.invalid == Some(reason);
                    sink.gauge([tenant, workflow, label, reason.label()], f64::from(u8::from(is_it)));
                }
            });
        }),
    ),
    metric(
        "cloacina_state_schedule_last_run_timestamp_seconds",
        "cloacina.state.schedule.last_run.timestamp",
        Kind::Gauge,
        Unit::UnixTime,
        SCHEDULE,
        "When the scheduler last claimed the schedule (last_run_at), as Unix time; for triggers, which never set it, the newest \
         fire. Absent if it never ran.",
        Collect::Tenant(|view, sink| {
            for_each(view, |labels, schedule| {
                sink.instant(labels, schedule.levels.last_run);
            });
        }),
    ),
    metric(
        "cloacina_state_schedule_next_run_timestamp_seconds",
        "cloacina.state.schedule.next_run.timestamp",
        Kind::Gauge,
        Unit::UnixTime,
        SCHEDULE,
        "When the scheduler will next run the schedule (next_run_at), as Unix time; in the past if it is late; absent unless it \
         is enabled, not paused, valid and within its start and end dates.",
        Collect::Tenant(|view, sink| {
            for_each(view, |labels, schedule| {
                sink.instant(labels, schedule.levels.next_run);
            });
        }),
    ),
    metric(
        "cloacina_state_schedule_interval_seconds",
        "cloacina.state.schedule.interval",
        Kind::Gauge,
        Unit::Seconds,
        SCHEDULE,
        "Time from the next run to the one after, by the cron expression in its time zone; absent as the \
         next run is, but for paused schedules, which have one.",
        Collect::Tenant(|view, sink| {
            for_each(view, |labels, schedule| {
                sink.optional(labels, schedule.levels.interval.map(Span::seconds));
            });
        }),
    ),
    metric(
        "cloacina_state_schedule_grace_seconds",
        "cloacina.state.schedule.grace",
        Kind::Gauge,
        Unit::Seconds,
        SCHEDULE,
        "How late a run may be and still be on time: a tenth of the interval, at least 60 and at most 900 seconds, or as \
         configured; absent as the next run is.",
        Collect::Tenant(|view, sink| {
            for_each(view, |labels, schedule| {
                sink.optional(labels, schedule.levels.grace.map(Span::seconds));
            });
        }),
    ),
    metric(
        "cloacina_state_schedule_last_success_timestamp_seconds",
        "cloacina.state.schedule.last_success.timestamp",
        Kind::Gauge,
        Unit::UnixTime,
        SCHEDULE,
        "End of the newest successful execution that the schedule started, as Unix time; absent if none is known. At the \
         exporter's first start, the newest 20 fires are looked at.",
        Collect::Tenant(|view, sink| {
            for_each(view, |labels, schedule| {
                sink.instant(labels, schedule.levels.last_success);
            });
        }),
    ),
    metric(
        "cloacina_state_schedule_success_deadline_timestamp_seconds",
        "cloacina.state.schedule.success_deadline.timestamp",
        Kind::Gauge,
        Unit::UnixTime,
        SCHEDULE,
        "When the next success is due, as Unix time: the first run after the last successful one began (or after the schedule \
         was created, resumed or changed), plus its grace or twice the longest of the last ten successes, or as configured. \
         In the past if it never ran, failed, hangs or is late; absent as the next run is.",
        Collect::Tenant(|view, sink| {
            for_each(view, |labels, schedule| {
                sink.instant(labels, schedule.levels.success_deadline);
            });
        }),
    ),
    metric(
        "cloacina_state_schedule_catchup_pending",
        "cloacina.state.schedule.catchup.pending",
        Kind::Gauge,
        Unit::Fires,
        SCHEDULE,
        "Fires that the scheduler still has to catch up on, at most 1000; for cron schedules that run all they missed.",
        Collect::Tenant(|view, sink| {
            for_each(view, |labels, schedule| {
                sink.optional(labels, schedule.levels.catchup_pending.map(|pending| pending as f64));
            });
        }),
    ),
    metric(
        "cloacina_state_schedule_active_executions",
        "cloacina.state.schedule.active_executions",
        Kind::Gauge,
        Unit::Executions,
        SCHEDULE,
        "Executions that the schedule started and that have not ended.",
        Collect::Tenant(|view, sink| {
            for_each(view, |labels, schedule| {
                sink.gauge(labels, schedule.levels.active as f64);
            });
        }),
    ),
    metric(
        "cloacina_state_schedule_oldest_active_execution_age_seconds",
        "cloacina.state.schedule.oldest_active_execution.age",
        Kind::Gauge,
        Unit::Seconds,
        SCHEDULE,
        "Age of the oldest execution that the schedule started and that has not ended; 0 if there is none.",
        Collect::Tenant(|view, sink| {
            for_each(view, |labels, schedule| {
                sink.gauge(labels, schedule.levels.oldest_active_age.seconds());
            });
        }),
    ),
    metric(
        "cloacina_state_schedule_handoffs",
        "cloacina.state.schedule.handoffs",
        Kind::Gauge,
        Unit::Fires,
        &["tenant", "workflow", "schedule", "state"],
        "Fires that were not handed over to an execution: for less than 10 minutes (pending), for longer (lost), or given up by \
         the scheduler after a day or three tries (abandoned, until 48 hours after the fire).",
        Collect::Tenant(|view, sink| {
            for_each(view, |[tenant, workflow, label], schedule| {
                let Handoffs { pending, lost, abandoned } = schedule.levels.handoffs;
                for (state, count) in [("pending", pending), ("lost", lost), ("abandoned", abandoned)] {
                    sink.gauge([tenant, workflow, label, state], count as f64);
                }
            });
        }),
    ),
];

/// With the labels of tenant, workflow and schedule.
fn for_each(view: &TenantView<'_>, mut each: impl FnMut([&str; 3], &LabelledSchedule<'_>)) {
    for schedule in &view.schedules {
        each([view.label, &schedule.workflow, schedule.label], schedule);
    }
}

pub(super) fn for_each_trigger(
    view: &TenantView<'_>,
    mut each: impl FnMut([&str; 3], &LabelledSchedule<'_>),
) {
    for_each(view, |labels, schedule| {
        if schedule.row.kind == ScheduleKind::Trigger {
            each(labels, schedule);
        }
    });
}

fn for_each_cron(view: &TenantView<'_>, mut each: impl FnMut([&str; 3], &LabelledSchedule<'_>)) {
    for_each(view, |labels, schedule| {
        if schedule.row.kind == ScheduleKind::Cron {
            each(labels, schedule);
        }
    });
}
