//! Metrics of reading itself: of each tenant's database, and of this process.

use super::view::View;
use super::{Collect, Metric, metric};
use crate::snapshot::{Description, Kind, Unit};
use crate::state::health::{Reading, Round};

const TENANT: &[&str] = &["tenant"];
const NONE: &[&str] = &[];

/// Counts the series of all other families, so it is filled in last.
pub static SERIES: Description = Description {
    name: "cloacina_exporter_series",
    otlp_name: "cloacina.exporter.series",
    help: "Series exported, by metric family; a histogram counts as one.",
    kind: Kind::Gauge,
    unit: Unit::None,
    labels: &["family"],
};

pub(super) static METRICS: &[Metric] = &[
    metric(
        "cloacina_state_up",
        "cloacina.state.up",
        Kind::Gauge,
        Unit::None,
        TENANT,
        "Whether the last poll of the tenant read everything.",
        Collect::Exporter(|view, sink| {
            for (tenant, health) in view.health() {
                sink.gauge([tenant], f64::from(u8::from(health.is_up())));
            }
        }),
    ),
    metric(
        "cloacina_state_last_poll_timestamp_seconds",
        "cloacina.state.last_poll.timestamp",
        Kind::Gauge,
        Unit::UnixTime,
        TENANT,
        "End of the last poll that read everything, or found nothing changed, as Unix time by the exporter's clock.",
        Collect::Exporter(|view, sink| {
            for (tenant, health) in view.health() {
                sink.instant([tenant], health.last_good);
            }
        }),
    ),
    metric(
        "cloacina_state_poll_interval_seconds",
        "cloacina.state.poll_interval",
        Kind::Gauge,
        Unit::Seconds,
        TENANT,
        "How often the tenant is polled, as configured.",
        Collect::Exporter(|view, sink| {
            for (tenant, _) in view.health() {
                sink.gauge([tenant], view.input.poll_interval.as_secs_f64());
            }
        }),
    ),
    metric(
        "cloacina_state_schema_info",
        "cloacina.state.schema.info",
        Kind::Info,
        Unit::None,
        &["tenant", "backend", "generation"],
        "1 for each tenant whose tables were recognised; generation is the first Cloacina version with such tables.",
        Collect::Exporter(|view, sink| {
            for (tenant, health) in view.health() {
                if let Some(generation) = health.generation {
                    sink.gauge([tenant, health.backend, generation], 1.0);
                }
            }
        }),
    ),
    metric(
        "cloacina_state_clock_skew_seconds",
        "cloacina.state.clock_skew",
        Kind::Gauge,
        Unit::Seconds,
        TENANT,
        "The database's clock less the exporter's at the last good poll; 0 for SQLite.",
        Collect::Tenant(|view, sink| sink.gauge([view.label], view.tenant.clock_skew.seconds())),
    ),
    metric(
        "cloacina_state_events_lag_seconds",
        "cloacina.state.events.lag",
        Kind::Gauge,
        Unit::Seconds,
        TENANT,
        "Age of the oldest event that is still to be read; 0 when caught up.",
        Collect::Tenant(|view, sink| {
            sink.gauge([view.label], view.tenant.horizon().lag().seconds());
        }),
    ),
    metric(
        "cloacina_state_oldest_event_timestamp_seconds",
        "cloacina.state.oldest_event.timestamp",
        Kind::Gauge,
        Unit::UnixTime,
        TENANT,
        "When the oldest event that the database still keeps was written, as Unix time, looked at once a minute; absent if it has none.",
        Collect::Tenant(|view, sink| {
            sink.optional([view.label], view.tenant.levels.oldest_event_at.map(|at| at.seconds()));
        }),
    ),
    metric(
        "cloacina_exporter_collector_duration_seconds",
        "cloacina.exporter.collector.duration",
        Kind::Gauge,
        Unit::Seconds,
        &["tenant", "collector"],
        "How long the collector took at its last round.",
        Collect::Exporter(|view, sink| each_round(view, |labels, round| sink.gauge(labels, round.seconds))),
    ),
    metric(
        "cloacina_exporter_collector_success",
        "cloacina.exporter.collector.success",
        Kind::Gauge,
        Unit::None,
        &["tenant", "collector"],
        "Whether the collector succeeded at its last round.",
        Collect::Exporter(|view, sink| {
            each_round(view, |labels, round| sink.gauge(labels, f64::from(u8::from(round.success))));
        }),
    ),
    metric(
        "cloacina_exporter_poll_errors_total",
        "cloacina.exporter.poll.errors",
        Kind::Counter,
        Unit::None,
        &["tenant", "collector", "reason"],
        "Polls that failed, by the collector in which they did.",
        Collect::Exporter(|view, sink| {
            for (tenant, health) in view.health() {
                for ((collector, reason), count) in &health.errors {
                    sink.own_counter([tenant, collector.name(), reason.name()], *count);
                }
            }
        }),
    ),
    metric(
        "cloacina_exporter_bad_rows_total",
        "cloacina.exporter.bad_rows",
        Kind::Counter,
        Unit::None,
        &["tenant", "table", "column"],
        "Rows left out because a value in them could not be understood, each time that one was read.",
        Collect::Exporter(|view, sink| {
            for ((tenant, table, column), count) in &view.input.health.bad_rows {
                sink.own_counter([tenant, table, column], *count);
            }
        }),
    ),
    metric(
        "cloacina_exporter_audit_events_total",
        "cloacina.exporter.audit.events",
        Kind::Counter,
        Unit::Events,
        TENANT,
        "Events recounted an hour after they were written.",
        Collect::Tenant(|view, sink| sink.kept_counter(view, view.tenant.audited().0)),
    ),
    metric(
        "cloacina_exporter_audit_missed_events_total",
        "cloacina.exporter.audit.missed_events",
        Kind::Counter,
        Unit::Events,
        TENANT,
        "Events that had been missed when they were recounted, and were counted then.",
        Collect::Tenant(|view, sink| sink.kept_counter(view, view.tenant.audited().1)),
    ),
    metric(
        "cloacina_exporter_late_event_seconds",
        "cloacina.exporter.late_event",
        Kind::Gauge,
        Unit::Seconds,
        TENANT,
        "How much of the overlap the last poll needed: how far below the window's base its latest new row was.",
        Collect::Tenant(|view, sink| {
            sink.gauge([view.label], view.tenant.horizon().late().seconds());
        }),
    ),
    metric(
        "cloacina_exporter_window_seconds",
        "cloacina.exporter.window",
        Kind::Gauge,
        Unit::Seconds,
        TENANT,
        "Width of the window of events that the next poll reads again; a long open transaction widens it.",
        Collect::Tenant(|view, sink| {
            sink.gauge([view.label], view.tenant.horizon().window().seconds());
        }),
    ),
    metric(
        "cloacina_exporter_epochs_total",
        "cloacina.exporter.epochs",
        Kind::Counter,
        Unit::None,
        TENANT,
        "Times that the database turned out to be another one, restored, or failed over; totals are kept.",
        Collect::Tenant(|view, sink| sink.kept_counter(view, view.tenant.horizon().epochs())),
    ),
    metric(
        "cloacina_exporter_skipped_polls_total",
        "cloacina.exporter.skipped_polls",
        Kind::Counter,
        Unit::None,
        TENANT,
        "Polls skipped because the server showed an older state than the poll before.",
        Collect::Tenant(|view, sink| sink.kept_counter(view, view.tenant.horizon().skipped())),
    ),
    metric(
        "cloacina_exporter_folded_label_values",
        "cloacina.exporter.folded_label_values",
        Kind::Gauge,
        Unit::None,
        &["tenant", "label"],
        "Label values without series of their own, beyond the configured patterns and limits; at most 10000.",
        Collect::Tenant(|view, sink| {
            let tenant = view.tenant;
            let folded = [
                ("workflow", tenant.workflows.names.folded()),
                ("task", tenant.workflows.tasks.folded()),
                ("schedule", tenant.schedules.names.folded()),
            ];
            for (label, count) in folded {
                sink.gauge([view.label, label], count as f64);
            }
        }),
    ),
    metric(
        "cloacina_exporter_tenants",
        "cloacina.exporter.tenants",
        Kind::Gauge,
        Unit::None,
        &["state"],
        "Tenants by what became of them at the last poll.",
        Collect::Exporter(|view, sink| {
            for state in Reading::ALL {
                let count = view.health().filter(|(_, health)| health.reading == state).count();
                sink.gauge([state.name()], count as f64);
            }
        }),
    ),
    metric(
        "cloacina_exporter_database_connections",
        "cloacina.exporter.database.connections",
        Kind::Gauge,
        Unit::None,
        NONE,
        "Open connections to databases.",
        Collect::Exporter(|view, sink| {
            sink.gauge([], view.input.health.connections.values().sum::<usize>() as f64);
        }),
    ),
    metric(
        "cloacina_exporter_snapshot_age_seconds",
        "cloacina.exporter.snapshot.age",
        Kind::Gauge,
        Unit::Seconds,
        NONE,
        "Age of the oldest tenant's values when this snapshot was taken; absent before the first good poll.",
        Collect::Exporter(|view, sink| {
            if let Some(oldest) = view.health().filter_map(|(_, health)| health.last_good).min() {
                sink.gauge([], view.input.now.since(oldest).seconds());
            }
        }),
    ),
    metric(
        "cloacina_exporter_state_saved",
        "cloacina.exporter.state.saved",
        Kind::Gauge,
        Unit::None,
        NONE,
        "Whether the state file could be written at the last poll; while 0, a crash would let counters fall back. \
         Absent without a state file.",
        Collect::Exporter(|view, sink| {
            if let Some(saved) = view.input.health.state_saved {
                sink.gauge([], f64::from(u8::from(saved)));
            }
        }),
    ),
    metric(
        "cloacina_exporter_config_last_reload_successful",
        "cloacina.exporter.config.last_reload.successful",
        Kind::Gauge,
        Unit::None,
        NONE,
        "Whether the configuration was last read with success.",
        Collect::Exporter(|view, sink| sink.gauge([], f64::from(u8::from(!view.input.health.reload_failed)))),
    ),
    metric(
        "cloacina_exporter_config_last_reload_timestamp_seconds",
        "cloacina.exporter.config.last_reload.timestamp",
        Kind::Gauge,
        Unit::UnixTime,
        NONE,
        "When the configuration was last read with success, as Unix time.",
        Collect::Exporter(|view, sink| {
            let health = view.input.health;
            sink.instant([], health.reloaded_at.or(Some(health.started_at)));
        }),
    ),
    metric(
        "cloacina_exporter_build_info",
        "cloacina.exporter.build.info",
        Kind::Info,
        Unit::None,
        &["version"],
        "1, with the exporter's version.",
        Collect::Exporter(|_, sink| sink.gauge([env!("CARGO_PKG_VERSION")], 1.0)),
    ),
];

fn each_round(view: &View<'_>, mut each: impl FnMut([&str; 2], Round)) {
    for (tenant, health) in view.health() {
        for (collector, round) in &health.rounds {
            each([tenant, collector.name()], *round);
        }
    }
}
