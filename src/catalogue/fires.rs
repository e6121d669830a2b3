//! Metrics of fires: the ledger of cron schedules, and triggers.

use super::schedule::{SCHEDULE, for_each_trigger};
use super::view::TenantView;
use super::{Collect, Metric, metric};
use crate::snapshot::{Kind, Unit};
use crate::state::schedules::series::ScheduleSeries;

pub(super) static METRICS: &[Metric] = &[
    metric(
        "cloacina_state_schedule_fires_total",
        "cloacina.state.schedule.fires",
        Kind::Counter,
        Unit::Fires,
        &["tenant", "workflow", "schedule", "outcome"],
        "Fires that were expected of a cron schedule, each counted once: handed over on time, late, or when a newer one was due \
         already (catchup), or recovered; missed if the scheduler moved past it without a row; without an execution \
         (handoff_failed) or given up (abandoned). A fire counts once the scheduler has moved past it.",
        Collect::Tenant(|view, sink| {
            for ([workflow, label], series) in series(view) {
                if let ScheduleSeries::Cron { fires, .. } = series {
                    for (outcome, counter) in fires {
                        sink.counter([view.label, workflow, label, outcome.label()], counter);
                    }
                }
            }
        }),
    ),
    metric(
        "cloacina_state_schedule_start_delay_seconds",
        "cloacina.state.schedule.start_delay",
        Kind::Histogram,
        Unit::Seconds,
        SCHEDULE,
        "How late fires started, of those that were on time or late; fires that were caught up or recovered say nothing of \
         the scheduler's speed.",
        Collect::Tenant(|view, sink| {
            for ([workflow, label], series) in series(view) {
                if let ScheduleSeries::Cron { start_delay, .. } = series {
                    sink.histogram([view.label, workflow, label], start_delay);
                }
            }
        }),
    ),
    metric(
        "cloacina_state_trigger_fires_total",
        "cloacina.state.trigger.fires",
        Kind::Counter,
        Unit::Fires,
        SCHEDULE,
        "How often the trigger fired.",
        Collect::Tenant(|view, sink| {
            for ([workflow, label], series) in series(view) {
                if let ScheduleSeries::Trigger { fires } = series {
                    sink.counter([view.label, workflow, label], fires);
                }
            }
        }),
    ),
    metric(
        "cloacina_state_trigger_last_poll_timestamp_seconds",
        "cloacina.state.trigger.last_poll.timestamp",
        Kind::Gauge,
        Unit::UnixTime,
        SCHEDULE,
        "When the trigger was last polled with success, as Unix time. A trigger that fails, hangs or is missing \
         shows only by this standing still; absent if it was never polled.",
        Collect::Tenant(|view, sink| {
            for_each_trigger(view, |labels, schedule| {
                sink.instant(labels, schedule.row.last_poll_at);
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
            for_each_trigger(view, |labels, schedule| {
                sink.optional(labels, schedule.row.poll_interval_ms.map(|interval| interval as f64 / 1000.0));
            });
        }),
    ),
    metric(
        "cloacina_state_trigger_blocked_executions",
        "cloacina.state.trigger.blocked_executions",
        Kind::Gauge,
        Unit::Executions,
        SCHEDULE,
        "Executions that have ended while their fire stays open, at most 1000: Cloacina 0.11 does not fire the \
         trigger again with the same context until its recovery closes them, by default 10 to 15 minutes later.",
        Collect::Tenant(|view, sink| {
            for_each_trigger(view, |labels, schedule| {
                sink.gauge(labels, schedule.levels.blocked as f64);
            });
        }),
    ),
    metric(
        "cloacina_state_trigger_oldest_blocked_execution_age_seconds",
        "cloacina.state.trigger.oldest_blocked_execution.age",
        Kind::Gauge,
        Unit::Seconds,
        SCHEDULE,
        "Since the end of the execution that has blocked the trigger longest; 0 if none does. Beyond 20 minutes no \
         recovery will close its fire.",
        Collect::Tenant(|view, sink| {
            for_each_trigger(view, |labels, schedule| {
                sink.gauge(labels, schedule.levels.oldest_blocked_age.seconds());
            });
        }),
    ),
    metric(
        "cloacina_exporter_late_fires_total",
        "cloacina.exporter.late_fires",
        Kind::Counter,
        Unit::Fires,
        &["tenant"],
        "Fires whose row came after they had been counted as missed, which stands; a reason to raise \
         thresholds.missed_after.",
        Collect::Tenant(|view, sink| sink.kept_counter(view, view.tenant.schedules.late_rows)),
    ),
];

fn series<'a>(view: &TenantView<'a>) -> impl Iterator<Item = ([&'a str; 2], &'a ScheduleSeries)> {
    let series = view.tenant.schedules.series.iter();
    series.map(|((workflow, label), series)| ([&**workflow, &**label], series))
}
