//! What is pushed over OTLP.

use super::super::grafana::{Panel, Unit};
use super::super::panel::{BLUE, GREEN, series, timeline};
use super::super::query::{gauge, per_minute};

/// Time since each destination took something, by how often is pushed.
pub fn pushes_behind() -> String {
    let by = "job, destination, signal";
    format!(
        "(time() - {}) / ({} > 0)",
        gauge(by, r#"cloacina_exporter_otlp_last_success_timestamp_seconds{@job, signal="metrics"}"#),
        gauge(by, r#"cloacina_exporter_otlp_interval_seconds{@job, signal="metrics"}"#)
    )
}

pub fn exports() -> Panel {
    series(
        "Requests by outcome",
        Unit::PerMinute,
        "Partial: the destination refused a part, and says why in the exporter's log. Anything but success for five \
         intervals: CloacinaOtlpFailing.",
    )
    .over_time(
        "{{destination}}, {{signal}}: {{outcome}}",
        &per_minute("destination, signal, outcome", "cloacina_exporter_otlp_exports_total{@job}"),
    )
    .stacked()
}

pub fn push_ages() -> Panel {
    series(
        "Time since metrics were last taken, in intervals",
        Unit::Ratio,
        "About 100 % is normal. From 500 % on: CloacinaOtlpFailing. Nothing is lost meanwhile: totals catch up.",
    )
    .over_time("{{destination}}", &pushes_behind())
    .red_from(5.0)
}

pub fn undelivered() -> Panel {
    let rejected = "cloacina_exporter_otlp_rejected_items_total{@job}";
    let dropped = "cloacina_exporter_otlp_dropped_executions_total{@job}";
    series(
        "Rejected and given up",
        Unit::PerMinute,
        "Points, spans and log records that a destination refused, and executions whose traces or logs were given up. \
         Neither comes again: CloacinaOtlpRejected.",
    )
    .over_time(
        "{{destination}}, {{signal}}: rejected",
        &per_minute("destination, signal", rejected),
    )
    .over_time(
        "{{destination}}, {{signal}}: executions given up",
        &per_minute("destination, signal", dropped),
    )
}

pub fn sent_bytes() -> Panel {
    series("Sent", Unit::BytesPerSecond, "Bytes of the requests that were taken, before compression.").over_time(
        "{{destination}}, {{signal}}",
        "sum by (destination, signal) (rate(cloacina_exporter_otlp_sent_bytes_total{@job}[$__rate_interval]))",
    )
}

pub fn waiting() -> Panel {
    let waiting = gauge("job, destination, signal", "cloacina_exporter_otlp_waiting_executions{@job}");
    series(
        "Executions that wait to be sent",
        Unit::Count,
        "Ended executions whose traces or logs wait. A line that only rises: the destination is down or too slow.",
    )
    .over_time("{{destination}}, {{signal}}", &waiting)
}

pub fn elected() -> Panel {
    timeline(
        "Which replica pushes",
        &[(0, "waits", BLUE), (1, "pushes", GREEN)],
        "One of all must push. Empty where none is elected.",
    )
    .over_time("{{instance}}", &gauge("job, instance", "cloacina_exporter_otlp_elected{@job}"))
}
