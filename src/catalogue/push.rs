//! Metrics of pushing over OTLP, by destination; absent where nothing is pushed.

use super::view::View;
use super::{Collect, Metric, metric};
use crate::snapshot::{Kind, Unit};
use crate::state::health::PushHealth;

const PUSH: &[&str] = &["destination", "signal"];

pub(super) static METRICS: &[Metric] = &[
    metric(
        "cloacina_exporter_otlp_exports_total",
        "cloacina.exporter.otlp.exports",
        Kind::Counter,
        Unit::None,
        &["destination", "signal", "outcome"],
        "Requests by what became of them: success, partial if the destination refused a part, or why they failed.",
        Collect::Exporter(|view, sink| {
            for ((destination, signal), push) in &view.input.health.pushes {
                for outcome in ["success", "partial"] {
                    let count = push.exports.get(outcome).copied().unwrap_or(0);
                    sink.own_counter([destination, signal, outcome], count);
                }
                for (outcome, count) in &push.exports {
                    if !["success", "partial"].contains(outcome) {
                        sink.own_counter([destination, signal, outcome], *count);
                    }
                }
            }
        }),
    ),
    metric(
        "cloacina_exporter_otlp_rejected_items_total",
        "cloacina.exporter.otlp.rejected_items",
        Kind::Counter,
        Unit::None,
        PUSH,
        "Points, spans or log records that the destination refused while it took the rest; they are not sent again.",
        Collect::Exporter(|view, sink| {
            each(view, |labels, push| sink.own_counter(labels, push.rejected));
        }),
    ),
    metric(
        "cloacina_exporter_otlp_sent_bytes_total",
        "cloacina.exporter.otlp.sent",
        Kind::Counter,
        Unit::Bytes,
        PUSH,
        "Bytes of the requests that were taken, before compression.",
        Collect::Exporter(|view, sink| each(view, |labels, push| sink.own_counter(labels, push.bytes))),
    ),
    metric(
        "cloacina_exporter_otlp_last_success_timestamp_seconds",
        "cloacina.exporter.otlp.last_success.timestamp",
        Kind::Gauge,
        Unit::UnixTime,
        PUSH,
        "When the destination last took a request, as Unix time; absent before the first.",
        Collect::Exporter(|view, sink| {
            each(view, |labels, push| sink.instant(labels, push.last_success));
        }),
    ),
    metric(
        "cloacina_exporter_otlp_interval_seconds",
        "cloacina.exporter.otlp.interval",
        Kind::Gauge,
        Unit::Seconds,
        PUSH,
        "How often is pushed, as configured; traces and logs are sent when executions have ended.",
        Collect::Exporter(|view, sink| each(view, |labels, push| sink.gauge(labels, push.interval_seconds))),
    ),
    metric(
        "cloacina_exporter_otlp_dropped_executions_total",
        "cloacina.exporter.otlp.dropped_executions",
        Kind::Counter,
        Unit::Executions,
        PUSH,
        "Ended executions whose trace or log records were given up: too many waited, their rows were gone, or the \
         destination refused them for good.",
        Collect::Exporter(|view, sink| {
            each_of_executions(view, |labels, push| sink.own_counter(labels, push.dropped_executions));
        }),
    ),
    metric(
        "cloacina_exporter_otlp_waiting_executions",
        "cloacina.exporter.otlp.waiting_executions",
        Kind::Gauge,
        Unit::None,
        PUSH,
        "Ended executions that were read and wait to be sent.",
        Collect::Exporter(|view, sink| {
            each_of_executions(view, |labels, push| sink.gauge(labels, push.waiting_executions as f64));
        }),
    ),
    metric(
        "cloacina_exporter_otlp_elected",
        "cloacina.exporter.otlp.elected",
        Kind::Gauge,
        Unit::None,
        &[],
        "Whether this replica is the one that pushes; absent if none is elected.",
        Collect::Exporter(|view, sink| {
            if let Some(elected) = view.input.health.elected {
                sink.gauge([], f64::from(u8::from(elected)));
            }
        }),
    ),
];

fn each(view: &View<'_>, mut each: impl FnMut([&str; 2], &PushHealth)) {
    for ((destination, signal), push) in &view.input.health.pushes {
        each([destination, signal], push);
    }
}

fn each_of_executions(view: &View<'_>, mut visit: impl FnMut([&str; 2], &PushHealth)) {
    each(view, |labels, push| {
        if labels[1] != "metrics" {
            visit(labels, push);
        }
    });
}
