//! Metrics of this process, under the names that all Prometheus clients use for them.

use super::{Collect, Metric, metric};
use crate::snapshot::{Kind, Unit};

const NONE: &[&str] = &[];

pub(super) static METRICS: &[Metric] = &[
    metric(
        "process_cpu_seconds_total",
        "process.cpu",
        Kind::Counter,
        Unit::Seconds,
        NONE,
        "User and system CPU time spent by this process.",
        Collect::Exporter(|view, sink| sink.process_counter(view.input.health.process.cpu_seconds)),
    ),
    metric(
        "process_resident_memory_bytes",
        "process.resident_memory",
        Kind::Gauge,
        Unit::Bytes,
        NONE,
        "Resident memory of this process.",
        Collect::Exporter(|view, sink| sink.gauge([], view.input.health.process.resident_bytes as f64)),
    ),
    metric(
        "process_virtual_memory_bytes",
        "process.virtual_memory",
        Kind::Gauge,
        Unit::Bytes,
        NONE,
        "Virtual memory of this process.",
        Collect::Exporter(|view, sink| sink.gauge([], view.input.health.process.virtual_bytes as f64)),
    ),
    metric(
        "process_open_fds",
        "process.open_fds",
        Kind::Gauge,
        Unit::None,
        NONE,
        "Open file descriptors of this process.",
        Collect::Exporter(|view, sink| sink.gauge([], view.input.health.process.open_descriptors as f64)),
    ),
    metric(
        "process_max_fds",
        "process.max_fds",
        Kind::Gauge,
        Unit::None,
        NONE,
        "Limit of open file descriptors of this process.",
        Collect::Exporter(|view, sink| sink.gauge([], view.input.health.process.max_descriptors as f64)),
    ),
    metric(
        "process_start_time_seconds",
        "process.start_time",
        Kind::Gauge,
        Unit::Seconds,
        NONE,
        "Start of this process, as Unix time.",
        Collect::Exporter(|view, sink| sink.gauge([], view.input.health.process.start_time)),
    ),
    metric(
        "process_threads",
        "process.threads",
        Kind::Gauge,
        Unit::None,
        NONE,
        "Threads of this process.",
        Collect::Exporter(|view, sink| sink.gauge([], view.input.health.process.threads as f64)),
    ),
];
