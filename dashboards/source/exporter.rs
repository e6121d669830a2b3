//! The exporter and its database: can the figures of the other dashboards be trusted?

use super::frame::Page;
use super::grafana::{Panel, Unit};
use super::layout::{Section, even, line, section};
use super::overview::tenants_up;
use super::panel::{BLUE, GREEN, RED, bars, series, stat, timeline};
use super::query::{gauge, per_minute, tenant};
use super::table::table;

pub fn rows() -> Vec<Section> {
    vec![
        section(
            "Now",
            [even(
                4,
                [
                    tenants_up(),
                    poll_age(),
                    errors_last_hour(),
                    missed_events(),
                    push_age(),
                    folded_labels(),
                    state_saved(),
                    configuration_read(),
                ],
            )],
        ),
        section(
            "Reading",
            [
                line(7, [(12, readable()), (12, poll_errors())]),
                even(8, [collectors(), lags(), windows()]),
                line(8, [(24, tenants())]),
            ],
        ),
        section("Correctness", [even(7, [audit(), oddities(), skews()])]),
        section("Labels and series", [line(9, [(10, folded()), (14, series_by_family())])]),
        section(
            "Pushing over OTLP",
            [even(8, [exports(), push_ages(), undelivered()]), even(7, [sent_bytes(), waiting(), elected()])],
        ),
        section("Process", [even(7, [memory(), processor(), files(), scrapes()]), line(6, [(24, versions())])]),
    ]
}

/// Polls since the last good one, of each tenant, by the configured interval.
fn polls_behind() -> String {
    format!(
        "(time() - {}) / ({} > 0)",
        tenant("cloacina_state_last_poll_timestamp_seconds"),
        tenant("cloacina_state_poll_interval_seconds")
    )
}

fn poll_age() -> Panel {
    stat(
        "Oldest read, in poll intervals",
        Unit::Ratio,
        "Time since the last good poll of the tenant that is furthest behind. Red from five intervals on: \
         CloacinaExporterStale. Its collectors below say which query is slow.",
    )
    .now("behind", &format!("max({})", polls_behind()))
    .red_from(5.0)
    .or_else("never read")
}

fn errors_last_hour() -> Panel {
    let errors = "cloacina_exporter_poll_errors_total{@tenant}";
    stat(
        "Failed polls, 1 h",
        Unit::Count,
        "Polls that failed. The exporter's log has the messages; five minutes of nothing else: \
         CloacinaDatabaseUnreadable.",
    )
    .now("failed", &format!("sum(increase({errors}[1h])) or vector(0)"))
}

fn missed_events() -> Panel {
    let missed = "cloacina_exporter_audit_missed_events_total{@tenant}";
    stat(
        "Events missed, 24 h",
        Unit::Count,
        "Events that were only found when they were recounted an hour later: CloacinaExporterMissedEvents. Totals are \
         right again; mostly a transaction stayed open for long.",
    )
    .now("missed", &format!("sum(increase({missed}[24h])) or vector(0)"))
    .red_from(1.0)
}

/// Time since each destination took something, by how often is pushed.
fn pushes_behind() -> String {
    let by = "job, destination, signal";
    format!(
        "(time() - {}) / ({} > 0)",
        gauge(by, r#"cloacina_exporter_otlp_last_success_timestamp_seconds{@job, signal="metrics"}"#),
        gauge(by, r#"cloacina_exporter_otlp_interval_seconds{@job, signal="metrics"}"#)
    )
}

fn push_age() -> Panel {
    stat(
        "Oldest push, in intervals",
        Unit::Ratio,
        "Time since the destination that is furthest behind took metrics. Red from five intervals on: \
         CloacinaOtlpFailing.",
    )
    .now("behind", &format!("max({})", pushes_behind()))
    .red_from(5.0)
    .or_else("not pushed")
}

fn folded() -> Panel {
    let folded = gauge("job, tenant, label", "cloacina_exporter_folded_label_values{@tenant}");
    table(
        "Folded label values",
        "Names that have no series of their own, and are summed up as one: CloacinaLabelsFolded. Raise the limit, or \
         narrow the patterns, in the section `labels` of the configuration.",
    )
    .label("tenant", "Tenant")
    .label("label", "Label")
    .value("Folded", Unit::Count, &format!("{folded} > 0"))
    .label("job", "Job")
    .largest_first("Folded")
}

fn folded_labels() -> Panel {
    let folded = gauge("job, tenant, label", "cloacina_exporter_folded_label_values{@tenant}");
    stat(
        "Folded label values",
        Unit::Count,
        "Workflows, schedules and tasks that have no series of their own: CloacinaLabelsFolded. Alerts on them cannot \
         name them.",
    )
    .now("folded", &format!("sum({folded}) or vector(0)"))
}

fn state_saved() -> Panel {
    stat(
        "State saved",
        Unit::Word,
        "Whether every instance could write its state file. While it cannot, a crash lets counters fall back: look at \
         the disk and its rights.",
    )
    .now("saved", "min(cloacina_exporter_state_saved{@job})")
    .words(&[(0, "no", RED), (1, "yes", GREEN)])
    .or_else("no file")
}

fn configuration_read() -> Panel {
    stat(
        "Configuration read",
        Unit::Word,
        "Whether every instance could read its configuration the last time. After a failed reload the old one stays; \
         `--config.check` says what is wrong.",
    )
    .now("read", "min(cloacina_exporter_config_last_reload_successful{@job})")
    .words(&[(0, "no", RED), (1, "yes", GREEN)])
}

fn readable() -> Panel {
    timeline(
        "Tenants",
        &[(0, "down", RED), (1, "up", GREEN)],
        "Whether the last poll of each tenant read everything. Down for five minutes: CloacinaDatabaseUnreadable.",
    )
    .over_time("{{tenant}}", &tenant("cloacina_state_up"))
}

fn poll_errors() -> Panel {
    series(
        "Failed polls by collector and reason",
        Unit::PerMinute,
        "The reason is what to look at: the address, the password, the rights of the role, or the database itself. The \
         exporter's log has the message.",
    )
    .over_time(
        "{{tenant}}: {{collector}}, {{reason}}",
        &per_minute("tenant, collector, reason", "cloacina_exporter_poll_errors_total{@tenant}"),
    )
    .stacked()
    .as_bars()
}

fn collectors() -> Panel {
    let durations =
        gauge("job, tenant, collector", "cloacina_exporter_collector_duration_seconds{@tenant}");
    series(
        "Duration of collectors",
        Unit::Seconds,
        "How long each took at its last round; of several tenants, the slowest. A poll that takes longer than its \
         interval makes everything late: CloacinaExporterStale.",
    )
    .over_time("{{collector}}", &format!("max by (collector) ({durations})"))
}

fn lags() -> Panel {
    series(
        "Age of the oldest unread event",
        Unit::Seconds,
        "0 when caught up. A line that rises means that events come faster than they are read, or that reading fails.",
    )
    .over_time("{{tenant}}", &tenant("cloacina_state_events_lag_seconds"))
}

fn windows() -> Panel {
    series(
        "Window that is read again",
        Unit::Seconds,
        "How far back each poll looks for rows that come late, and how much of that was needed. A long open transaction \
         widens the window.",
    )
    .over_time("{{tenant}}: window", &tenant("cloacina_exporter_window_seconds"))
    .over_time("{{tenant}}: needed", &tenant("cloacina_exporter_late_event_seconds"))
}

fn tenants() -> Panel {
    let schema = gauge("job, tenant, backend, generation", "cloacina_state_schema_info{@tenant}");
    let last_poll = tenant("cloacina_state_last_poll_timestamp_seconds");
    let oldest_event = tenant("cloacina_state_oldest_event_timestamp_seconds");
    table(
        "Databases",
        "What is read, and how well. Down: CloacinaDatabaseUnreadable. Events older than \"Events since\" were deleted, \
         by whoever cleans up.",
    )
    .rows(&schema)
    .value("Down", Unit::Word, &format!("1 - {}", tenant("cloacina_state_up")))
    .words(&[(0, "up", GREEN), (1, "down", RED)])
    .width(80)
    .label("tenant", "Tenant")
    .opens(Page::Overview.of_row(&[("job", "Job"), ("tenant", "Tenant")]))
    .value("Last read", Unit::FromNow, &format!("1000 * {last_poll}"))
    .value("Behind, in polls", Unit::Ratio, &polls_behind())
    .red_from(5.0)
    .value("Unread for", Unit::Seconds, &tenant("cloacina_state_events_lag_seconds"))
    .value("Clock ahead by", Unit::Seconds, &tenant("cloacina_state_clock_skew_seconds"))
    .value("Events since", Unit::FromNow, &format!("1000 * {oldest_event}"))
    .label("backend", "Database")
    .label("generation", "Tables as of")
    .label("job", "Job")
    .largest_first("Down")
}

fn audit() -> Panel {
    let missed = "cloacina_exporter_audit_missed_events_total{@tenant}";
    series(
        "Events recounted, and missed",
        Unit::PerMinute,
        "Each event is recounted an hour later. Missed ones are counted then: CloacinaExporterMissedEvents.",
    )
    .over_time("recounted", "60 * sum(rate(cloacina_exporter_audit_events_total{@tenant}[$__rate_interval]))")
    .over_time("missed", &format!("60 * sum(rate({missed}[$__rate_interval]))"))
    .colours(&[("recounted", BLUE), ("missed", RED)])
}

fn oddities() -> Panel {
    let rate = |metric| format!("60 * sum(rate({metric}{{@tenant}}[$__rate_interval]))");
    series(
        "What was odd while reading",
        Unit::PerMinute,
        "Rows that could not be understood, polls skipped because a replica was behind, databases that turned out to be \
         others, and fires whose rows came after they had been counted as missed.",
    )
    .over_time("bad rows", &rate("cloacina_exporter_bad_rows_total"))
    .over_time("polls skipped", &rate("cloacina_exporter_skipped_polls_total"))
    .over_time("other databases", &rate("cloacina_exporter_epochs_total"))
    .over_time("late fires", &rate("cloacina_exporter_late_fires_total"))
}

fn skews() -> Panel {
    let mut panel = series(
        "Clock of the database, ahead of the exporter's",
        Unit::Seconds,
        "Ages and lateness compare clocks: seconds here are seconds there. Mend the clock that is wrong (NTP).",
    )
    .over_time("{{tenant}}", &tenant("cloacina_state_clock_skew_seconds"));
    panel.field_config.defaults.min = None;
    panel
}

fn series_by_family() -> Panel {
    let families = gauge("family", "cloacina_exporter_series{@job}");
    bars(
        "Largest metric families",
        Unit::Count,
        "Series of each; a histogram counts as one, and costs as many as it has buckets. Switch families off in the \
         section `families` of the configuration.",
    )
    .now("{{family}}", &format!("topk(12, {families})"))
}

fn exports() -> Panel {
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

fn push_ages() -> Panel {
    series(
        "Time since metrics were last taken, in intervals",
        Unit::Ratio,
        "About 100 % is normal. From 500 % on: CloacinaOtlpFailing. Nothing is lost meanwhile: totals catch up.",
    )
    .over_time("{{destination}}", &pushes_behind())
    .red_from(5.0)
}

fn undelivered() -> Panel {
    let rejected = "cloacina_exporter_otlp_rejected_items_total{@job}";
    let dropped = "cloacina_exporter_otlp_dropped_executions_total{@job}";
    series(
        "Rejected and given up",
        Unit::PerMinute,
        "Points, spans and log records that a destination refused, and executions whose traces or logs were given up. \
         Neither comes again: CloacinaOtlpFailing.",
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

fn sent_bytes() -> Panel {
    series("Sent", Unit::BytesPerSecond, "Bytes of the requests that were taken, before compression.").over_time(
        "{{destination}}, {{signal}}",
        "sum by (destination, signal) (rate(cloacina_exporter_otlp_sent_bytes_total{@job}[$__rate_interval]))",
    )
}

fn waiting() -> Panel {
    let waiting = gauge(
        "job, destination, signal",
        "cloacina_exporter_otlp_waiting_executions{@job}",
    );
    series(
        "Executions that wait to be sent",
        Unit::Count,
        "Ended executions whose traces or logs wait. A line that only rises: the destination is down or too slow.",
    )
    .over_time("{{destination}}, {{signal}}", &waiting)
}

fn elected() -> Panel {
    timeline(
        "Which replica pushes",
        &[(0, "waits", BLUE), (1, "pushes", GREEN)],
        "One of all must push. Empty where none is elected.",
    )
    .over_time("{{instance}}", &gauge("job, instance", "cloacina_exporter_otlp_elected{@job}"))
}

/// A metric that other processes have too, of the exporter's only.
fn of_exporter(expression: &str) -> String {
    format!("{expression} and on (job, instance) cloacina_exporter_build_info{{@job}}")
}

fn memory() -> Panel {
    series("Memory", Unit::Bytes, "Resident memory of the exporter. It grows with names, not with executions.")
        .over_time("{{instance}}", &of_exporter("process_resident_memory_bytes{@job}"))
}

fn processor() -> Panel {
    series("CPU", Unit::Ratio, "Of one core. Mostly the reading of large tables, or a backfill.").over_time(
        "{{instance}}",
        &of_exporter("rate(process_cpu_seconds_total{@job}[$__rate_interval])"),
    )
}

fn files() -> Panel {
    series(
        "Open files, of those allowed",
        Unit::Ratio,
        "Connections and files. Near 100 %, the exporter can open no more: raise its limit.",
    )
    .over_time(
        "{{instance}}",
        &of_exporter("process_open_fds{@job} / (process_max_fds{@job} > 0)"),
    )
    .red_from(0.9)
}

fn scrapes() -> Panel {
    series(
        "Duration of scrapes",
        Unit::Seconds,
        "As Prometheus measured. A scrape never waits for the database: slow ones are due to the network or the machine.",
    )
    .over_time("{{instance}}", &of_exporter("scrape_duration_seconds{@job}"))
}

fn versions() -> Panel {
    let build = "max by (job, instance, version) (cloacina_exporter_build_info{@job})";
    let since = "1000 * max by (job, instance) (process_start_time_seconds{@job})";
    let by = "job, instance";
    table("Instances", "Each exporter that is scraped, the newest start first. One that starts again and again crashes.")
        .rows(build)
        .label("instance", "Instance")
        .label("version", "Version")
        .value("Started", Unit::FromNow, &of_exporter(&format!("({since})")))
        .value("Connections", Unit::Count, &gauge(by, "cloacina_exporter_database_connections{@job}"))
        .value("Age of the snapshot", Unit::Seconds, &gauge(by, "cloacina_exporter_snapshot_age_seconds{@job}"))
        .label("job", "Job")
        .largest_first("Started")
}
