//! Metrics of schedules: what each row tells by itself.

use super::view::TenantView;
use super::{Collect, Metric, metric};
use crate::record::{Schedule, ScheduleKind};
use crate::snapshot::{Kind, Unit};

const SCHEDULE: &[&str] = &["tenant", "workflow", "schedule"];

pub(super) static METRICS: &[Metric] = &[
    metric(
        "cloacina_state_schedule_info",
        "cloacina.state.schedule.info",
        Kind::Info,
        Unit::None,
        &["tenant", "workflow", "schedule", "kind", "cron", "timezone", "catchup"],
        "1 for each schedule; cron, timezone and catchup are empty for triggers.",
        Collect::Tenant(|view, sink| {
            for_each(view, |workflow, label, row| {
                let cron = |value| if row.kind == ScheduleKind::Cron { value } else { "" };
                let kind = if row.kind == ScheduleKind::Cron { "cron" } else { "trigger" };
                let text = |value: &Option<std::sync::Arc<str>>| value.as_deref().unwrap_or("").to_owned();
                let (expression, timezone, catchup) =
                    (text(&row.cron), text(&row.timezone), text(&row.catchup));
                let labels =
                    [view.label, workflow, label, kind, cron(&expression), cron(&timezone), cron(&catchup)];
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
            for_each(view, |workflow, label, row| {
                sink.gauge([view.label, workflow, label], f64::from(u8::from(row.enabled)));
            });
        }),
    ),
    metric(
        "cloacina_state_schedule_paused_timestamp_seconds",
        "cloacina.state.schedule.paused.timestamp",
        Kind::Gauge,
        Unit::Seconds,
        SCHEDULE,
        "Since when the schedule is paused, as Unix time; absent if it is not.",
        Collect::Tenant(|view, sink| {
            for_each(view, |workflow, label, row| {
                sink.instant([view.label, workflow, label], row.paused_at.filter(|_| row.paused));
            });
        }),
    ),
    metric(
        "cloacina_state_schedule_last_run_timestamp_seconds",
        "cloacina.state.schedule.last_run.timestamp",
        Kind::Gauge,
        Unit::Seconds,
        SCHEDULE,
        "When the scheduler last claimed the schedule (last_run_at), as Unix time; absent if it never ran, and \
         always for triggers, which do not set it.",
        Collect::Tenant(|view, sink| {
            for_each(view, |workflow, label, row| {
                sink.instant([view.label, workflow, label], row.last_run_at);
            });
        }),
    ),
    metric(
        "cloacina_state_schedule_next_run_timestamp_seconds",
        "cloacina.state.schedule.next_run.timestamp",
        Kind::Gauge,
        Unit::Seconds,
        SCHEDULE,
        "When the scheduler will next run the schedule (next_run_at), as Unix time; in the past if it is late; \
         absent unless it is enabled, not paused and within its start and end dates.",
        Collect::Tenant(|view, sink| {
            for_each(view, |workflow, label, row| {
                let live = is_live(row, view);
                sink.instant([view.label, workflow, label], row.next_run_at.filter(|_| live));
            });
        }),
    ),
    metric(
        "cloacina_state_trigger_last_poll_timestamp_seconds",
        "cloacina.state.trigger.last_poll.timestamp",
        Kind::Gauge,
        Unit::Seconds,
        SCHEDULE,
        "When the trigger was last polled with success, as Unix time. A trigger that fails, hangs or is missing \
         shows only by this standing still; absent if it was never polled.",
        Collect::Tenant(|view, sink| {
            for_each_trigger(view, |workflow, label, row| {
                sink.instant([view.label, workflow, label], row.last_poll_at);
            });
        }),
    ),
    metric(
        "cloacina_state_trigger_poll_interval_seconds",
        "cloacina.state.trigger.poll_interval",
        Kind::Gauge,
        Unit::Seconds,
        SCHEDULE,
        "How often the trigger is to be polled.",
        Collect::Tenant(|view, sink| {
            for_each_trigger(view, |workflow, label, row| {
                if let Some(interval) = row.poll_interval_ms {
                    sink.gauge([view.label, workflow, label], interval as f64 / 1000.0);
                }
            });
        }),
    ),
];

fn for_each(view: &TenantView<'_>, mut each: impl FnMut(&str, &str, &Schedule)) {
    for (label, row) in view.tenant.schedules.iter() {
        each(&view.tenant.workflows.names.lookup(&row.workflow), label, row);
    }
}

fn for_each_trigger(view: &TenantView<'_>, mut each: impl FnMut(&str, &str, &Schedule)) {
    for_each(view, |workflow, label, row| {
        if row.kind == ScheduleKind::Trigger {
            each(workflow, label, row);
        }
    });
}

fn is_live(row: &Schedule, view: &TenantView<'_>) -> bool {
    let now = view.tenant.now;
    row.enabled
        && !row.paused
        && row.start_date.is_none_or(|start| start <= now)
        && row.end_date.is_none_or(|end| now <= end)
}
