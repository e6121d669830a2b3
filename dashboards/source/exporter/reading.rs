//! How the databases are read, and whether what was read is right.

use super::super::frame::{OF_TENANT, Page};
use super::super::grafana::{Panel, Unit};
use super::super::panel::{BLUE, GREEN, RED, bars, series, timeline};
use super::super::query::{gauge, per_minute, per_minute_in_all, tenant};
use super::super::table::table;

/// Polls since the last good one, of each tenant, by the configured interval.
pub fn polls_behind() -> String {
    format!(
        "(time() - {}) / ({} > 0)",
        tenant("cloacina_state_last_poll_timestamp_seconds"),
        tenant("cloacina_state_poll_interval_seconds")
    )
}

pub fn readable() -> Panel {
    timeline(
        "Tenants",
        &[(0, "down", RED), (1, "up", GREEN)],
        "Whether the last poll of each tenant read everything. Down for five minutes: CloacinaDatabaseUnreadable.",
    )
    .over_time("{{tenant}}", &tenant("cloacina_state_up"))
}

pub fn poll_errors() -> Panel {
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
    .with_bars()
}

pub fn collectors() -> Panel {
    let durations = gauge("job, tenant, collector", "cloacina_exporter_collector_duration_seconds{@tenant}");
    series(
        "Duration of collectors",
        Unit::Seconds,
        "How long each took at its last round; of several tenants, the slowest. A poll that takes longer than its \
         interval makes everything late: CloacinaExporterStale.",
    )
    .over_time("{{collector}}", &format!("max by (collector) ({durations})"))
}

pub fn lags() -> Panel {
    series(
        "Age of the oldest unread event",
        Unit::Seconds,
        "0 when caught up. A line that rises means that events come faster than they are read, or that reading fails.",
    )
    .over_time("{{tenant}}", &tenant("cloacina_state_events_lag_seconds"))
}

pub fn windows() -> Panel {
    series(
        "Window that is read again",
        Unit::Seconds,
        "How far back each poll looks for rows that come late, and how much of that was needed. A long open transaction \
         widens the window.",
    )
    .over_time("{{tenant}}: window", &tenant("cloacina_exporter_window_seconds"))
    .over_time("{{tenant}}: needed", &tenant("cloacina_exporter_late_event_seconds"))
}

pub fn tenants() -> Panel {
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
    .opens(Page::Overview.of_row(OF_TENANT))
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

pub fn audit() -> Panel {
    let missed = "cloacina_exporter_audit_missed_events_total{@tenant}";
    series(
        "Events recounted, and missed",
        Unit::PerMinute,
        "Each event is recounted an hour later. Missed ones are counted then: CloacinaExporterMissedEvents.",
    )
    .over_time("recounted", &per_minute_in_all("cloacina_exporter_audit_events_total{@tenant}"))
    .over_time("missed", &per_minute_in_all(missed))
    .colours(&[("recounted", BLUE), ("missed", RED)])
}

pub fn oddities() -> Panel {
    let rate = |metric| per_minute_in_all(&format!("{metric}{{@tenant}}"));
    series(
        "What was odd while reading",
        Unit::PerMinute,
        "Rows that could not be understood (CloacinaExporterRowsUnreadable), polls skipped because a replica was behind, databases that turned out to be \
         others, and fires whose rows came after they had been counted as missed.",
    )
    .over_time("bad rows", &rate("cloacina_exporter_bad_rows_total"))
    .over_time("polls skipped", &rate("cloacina_exporter_skipped_polls_total"))
    .over_time("other databases", &rate("cloacina_exporter_epochs_total"))
    .over_time("late fires", &rate("cloacina_exporter_late_fires_total"))
}

pub fn skews() -> Panel {
    let mut panel = series(
        "Clock of the database, ahead of the exporter's",
        Unit::Seconds,
        "Ages and lateness compare clocks: seconds here are seconds there. From 30 seconds on: CloacinaClockSkew. Mend \
         the clock that is wrong (NTP).",
    )
    .over_time("{{tenant}}", &tenant("cloacina_state_clock_skew_seconds"))
    .red_from(30.0);
    panel.field_config.defaults.min = None;
    panel
}

pub fn folded() -> Panel {
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

pub fn series_by_family() -> Panel {
    let families = gauge("family", "cloacina_exporter_series{@job}");
    bars(
        "Largest metric families",
        Unit::Count,
        "Series of each; a histogram counts as one, and costs as many as it has buckets. Switch families off in the \
         section `families` of the configuration.",
    )
    .now("{{family}}", &format!("topk(12, {families})"))
}
