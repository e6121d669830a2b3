//! How reading itself goes: what is up, how old it is, and what the exporter says of itself.

use std::sync::Arc;

use cloacina_exporter::record::{Collector, Reason, Timestamp};
use cloacina_exporter::state::health::{Reading, Round, TenantHealth};

use crate::builders::*;
use crate::timeline::*;

#[test]
fn up_is_one_after_a_good_poll_or_an_idle_one_and_zero_on_each_failure() {
    for (reading, up) in
        [(Reading::Read, 1), (Reading::Idle, 1), (Reading::Unreadable, 0), (Reading::Skipped, 0)]
    {
        let mut timeline = Timeline::begun();
        timeline.health_mut().reading = reading;
        shows_all(reading.name(), &timeline, &["up"], &format!("up {up}"));
        let counted = format!("exporter_tenants{{state=\"{}\"}} 1", reading.name());
        shows(reading.name(), &timeline, &["exporter_tenants"], &counted);
    }
}

#[test]
fn each_failure_is_counted_by_collector_and_reason_and_takes_up_to_zero() {
    for collector in [
        Collector::Connect,
        Collector::Discovery,
        Collector::Position,
        Collector::Events,
        Collector::Executions,
        Collector::Tasks,
        Collector::Schedules,
        Collector::Audit,
        Collector::Backfill,
    ] {
        for reason in [
            Reason::Connect,
            Reason::Timeout,
            Reason::Permission,
            Reason::Schema,
            Reason::Query,
            Reason::Decode,
        ] {
            let mut timeline = Timeline::begun();
            timeline.health_mut().rounds.insert(collector, Round { seconds: 0.25, success: true });
            timeline.health_mut().fail(collector, reason);
            timeline.health_mut().fail(collector, reason);
            let families = ["up", "exporter_poll_errors_total", "exporter_collector_success"];
            let (collector, reason) = (collector.name(), reason.name());
            shows_all(
                collector,
                &timeline,
                &families,
                &format!(
                    "up 0
                exporter_collector_success{{collector=\"{collector}\"}} 0
                exporter_poll_errors_total{{collector=\"{collector}\",reason=\"{reason}\"}} 2"
                ),
            );
            let kept = format!("exporter_collector_duration_seconds{{collector=\"{collector}\"}} 0.25");
            shows("the last good duration stays", &timeline, &["exporter_collector_duration_seconds"], &kept);
        }
    }
}

#[test]
fn a_tenant_that_was_never_read_is_down_and_shows_nothing_else() {
    let mut timeline = Timeline::new(metrics());
    timeline.health.tenants.insert(Arc::from(TENANT), TenantHealth::new("sqlite"));
    let families = ["up", "last_poll_timestamp_seconds", "schema_info", "exporter_snapshot_age_seconds"];
    shows_all("up alone", &timeline, &families, "up 0");
}

#[test]
fn the_last_good_values_of_an_unreadable_tenant_stay_for_five_minutes() {
    let mut timeline = Timeline::begun().poll(poll(at(10)).executions([execution("etl")]));
    timeline.health_mut().fail(Collector::Events, Reason::Timeout);
    let families = ["up", "last_poll_timestamp_seconds", "workflow_executions_active", "clock_skew_seconds"];
    shows(
        "at five minutes",
        &timeline.clone().at(at(310)),
        &families,
        r#"
        last_poll_timestamp_seconds 10
        workflow_executions_active{workflow="etl",state="pending"} 1
    "#,
    );
    let later = timeline.at(Timestamp(at(310).0 + 1));
    shows_all(
        "a microsecond later",
        &later,
        &families,
        "
        up 0
        last_poll_timestamp_seconds 10
    ",
    );
}

#[test]
fn a_good_poll_shows_its_time_its_schema_and_the_skew_of_the_clocks() {
    let mut behind = poll(at(100));
    behind.0.position.clock = at(97);
    let timeline = Timeline::begun().poll(behind).at(at(112));
    let families = [
        "up",
        "last_poll_timestamp_seconds",
        "poll_interval_seconds",
        "schema_info",
        "clock_skew_seconds",
        "exporter_snapshot_age_seconds",
    ];
    shows_all(
        "the database is 3 s behind",
        &timeline,
        &families,
        r#"
        up 1
        last_poll_timestamp_seconds 100
        poll_interval_seconds 15
        schema_info{backend="postgresql",generation="0.11"} 1
        clock_skew_seconds -3
        exporter_snapshot_age_seconds 12
    "#,
    );
}

#[test]
fn an_idle_poll_moves_the_ages_on() {
    let mut timeline = Timeline::begun().poll(poll(at(10)).executions([execution("etl").started(at(4))]));
    timeline.tenant_mut().idle(at(60), at(60));
    shows(
        "since its start",
        &timeline,
        &["workflow_oldest_active_execution_age_seconds"],
        r#"
        workflow_oldest_active_execution_age_seconds{workflow="etl"} 56
    "#,
    );
}

#[test]
fn skipped_polls_and_epochs_are_counted() {
    let mut timeline = Timeline::begun().poll(poll(at(100)));
    timeline.tenant_mut().skip(&poll(at(50)).0.position);
    let families = ["exporter_skipped_polls_total", "exporter_epochs_total"];
    shows_all(
        "one skipped",
        &timeline,
        &families,
        "
        exporter_epochs_total 0
        exporter_skipped_polls_total 1
    ",
    );
    let mut other = poll(at(115));
    other.0.position.identity.timeline = 2;
    shows(
        "another timeline",
        &timeline.poll(other),
        &families,
        "
        exporter_epochs_total 1
        exporter_skipped_polls_total 1
    ",
    );
}

#[test]
fn the_exporters_own_facts_are_shown() {
    let mut timeline = Timeline::begun().at(at(20));
    timeline.health.started_at = at(5);
    timeline.health.connections = [("a", 2), ("b", 1)].map(|(name, count)| (name.into(), count)).into();
    timeline.health.state_saved = Some(false);
    timeline.health.bad_rows.insert((Arc::from(TENANT), "schedules", "cron_expression".to_owned()), 4);
    let families = [
        "exporter_bad_rows_total",
        "exporter_database_connections",
        "exporter_state_saved",
        "exporter_config_last_reload_successful",
        "exporter_config_last_reload_timestamp_seconds",
        "exporter_build_info",
    ];
    let wanted = r#"
        exporter_bad_rows_total{table="schedules",column="cron_expression"} 4
        exporter_database_connections 3
        exporter_state_saved 0
        exporter_config_last_reload_successful 1
        exporter_config_last_reload_timestamp_seconds 5
        exporter_build_info{version="VERSION"} 1
    "#;
    shows_all("all of them", &timeline, &families, &wanted.replace("VERSION", env!("CARGO_PKG_VERSION")));
    timeline.health.state_saved = None;
    shows_all("no state file", &timeline, &["exporter_state_saved"], "");
}
