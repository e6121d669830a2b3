//! The exporter as a process.

use super::super::grafana::{Panel, Unit};
use super::super::panel::series;
use super::super::query::gauge;
use super::super::table::table;

/// A metric that other processes have too, of the exporter's only.
pub fn of_exporter(expression: &str) -> String {
    format!("{expression} and on (job, instance) cloacina_exporter_build_info{{@job}}")
}

pub fn memory() -> Panel {
    series(
        "Memory",
        Unit::Bytes,
        "Resident memory of the exporter. It grows with names, not with executions.",
    )
    .over_time("{{instance}}", &of_exporter("process_resident_memory_bytes{@job}"))
}

pub fn processor() -> Panel {
    series("CPU", Unit::Ratio, "Of one core. Mostly the reading of large tables, or a backfill.")
        .over_time("{{instance}}", &of_exporter("rate(process_cpu_seconds_total{@job}[$__rate_interval])"))
}

pub fn files() -> Panel {
    series(
        "Open files, of those allowed",
        Unit::Ratio,
        "Connections and files. Near 100 %, the exporter can open no more: raise its limit.",
    )
    .over_time("{{instance}}", &of_exporter("process_open_fds{@job} / (process_max_fds{@job} > 0)"))
    .red_from(0.9)
}

pub fn scrapes() -> Panel {
    series(
        "Duration of scrapes",
        Unit::Seconds,
        "As Prometheus measured. A scrape never waits for the database: slow ones are due to the network or the machine.",
    )
    .over_time("{{instance}}", &of_exporter("scrape_duration_seconds{@job}"))
}

pub fn versions() -> Panel {
    let build = "max by (job, instance, version) (cloacina_exporter_build_info{@job})";
    let since = "1000 * max by (job, instance) (process_start_time_seconds{@job})";
    let by = "job, instance";
    table(
        "Instances",
        "Each exporter that is scraped, the newest start first. One that starts again and again crashes.",
    )
    .rows(build)
    .label("instance", "Instance")
    .label("version", "Version")
    .value("Started", Unit::FromNow, &of_exporter(&format!("({since})")))
    .value("Connections", Unit::Count, &gauge(by, "cloacina_exporter_database_connections{@job}"))
    .value("Age of the snapshot", Unit::Seconds, &gauge(by, "cloacina_exporter_snapshot_age_seconds{@job}"))
    .label("job", "Job")
    .largest_first("Started")
}
