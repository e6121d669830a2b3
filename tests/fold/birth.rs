//! The first poll, and the first value of each series.

use cloacina_exporter::catalogue;
use cloacina_exporter::record::EventKind::*;
use cloacina_exporter::record::FailureReason;
use cloacina_exporter::state::Settings;

use crate::builders::*;
use crate::timeline::*;

/// All families that speak of a tenant's rows.
fn families() -> Vec<&'static str> {
    let names = catalogue::descriptions().into_iter().map(|description| description.name);
    let short = names.filter_map(|name| name.strip_prefix("cloacina_state_"));
    short
        .filter(|name| {
            ["workflow", "task", "runner", "event", "schedule", "trigger"]
                .iter()
                .any(|stem| name.starts_with(stem) && *name != "events_lag_seconds")
        })
        .collect()
}

#[test]
fn an_empty_tenant_shows_only_what_is_zero_without_any_name() {
    shows_all(
        "nothing at all",
        &Timeline::begun(),
        &families(),
        "
        task_oldest_ready_age_seconds 0
        task_oldest_heartbeat_age_seconds 0
        runners_active 0
    ",
    );
}

#[test]
fn what_the_first_poll_finds_is_not_counted_but_sets_what_speaks_of_the_newest() {
    let ended = execution("etl").started(at(10)).failed(at(90));
    let rows = poll(at(100))
        .executions([ended.clone(), execution("etl").number(2).started(at(20)).completed(at(40))])
        .tasks([
            task("etl", "load")
                .attempt(3)
                .recoveries(1)
                .running(at(12))
                .failed(FailureReason::Timeout, at(80)),
            task("etl", "store").running(at(12)).completed(at(13)),
        ])
        .events([event(WorkflowFailed, at(90)).of_execution(&ended)]);
    shows(
        "a baseline",
        &Timeline::new(metrics()).poll(rows),
        &families(),
        r#"
        workflow_last_execution_status{workflow="etl",status="failed"} 1
        workflow_last_success_timestamp_seconds{workflow="etl"} 40
        workflow_last_failure_timestamp_seconds{workflow="etl"} 90
        workflow_consecutive_failures{workflow="etl"} 1
    "#,
    );
}

#[test]
fn the_same_rows_at_a_later_poll_do_not_count_either() {
    let rows = |now| {
        poll(at(now)).executions([execution("etl").started(at(10)).completed(at(90))]).tasks([task(
            "etl", "load",
        )
        .attempt(3)
        .running(at(12))
        .completed(at(80))])
    };
    let timeline = Timeline::new(metrics()).polls([rows(100), rows(115)]);
    let families = ["workflow_executions_total", "task_attempts_total", "task_duration_seconds"];
    shows("still the baseline", &timeline, &families, "");
}

#[test]
fn retries_and_recoveries_count_from_where_the_first_poll_found_them() {
    let active = || [execution("etl").started(at(1))];
    let load = task("etl", "load").attempt(3).recoveries(2);
    let timeline = Timeline::new(metrics())
        .poll(poll(at(100)).executions(active()).tasks([load.clone().running(at(50))]))
        .poll(poll(at(115)).executions(active()).tasks([load.attempt(4).recoveries(3).running(at(110))]));
    shows(
        "one of each",
        &timeline,
        &["task_attempts_total", "task_recoveries_total"],
        r#"
        task_attempts_total{workflow="etl",task="load",outcome="retried"} 1
        task_recoveries_total{workflow="etl",action="reset"} 1
    "#,
    );
}

#[test]
fn a_known_workflow_has_its_counters_at_zero_before_anything_ends() {
    let timeline = Timeline::begun().poll(poll(at(10)).schedules([cron("etl", "0 2 * * *")]));
    let families = [
        "workflow_executions_total",
        "workflow_execution_duration_seconds",
        "task_attempts_total",
        "task_failures_total",
        "task_recoveries_total",
    ];
    shows_all(
        "a scheduled workflow",
        &timeline,
        &families,
        r#"
        workflow_executions_total{workflow="etl",status="completed",origin="cron"} 0
        workflow_executions_total{workflow="etl",status="completed",origin="trigger"} 0
        workflow_executions_total{workflow="etl",status="completed",origin="manual"} 0
        workflow_executions_total{workflow="etl",status="completed",origin="unknown"} 0
        workflow_executions_total{workflow="etl",status="failed",origin="cron"} 0
        workflow_executions_total{workflow="etl",status="failed",origin="trigger"} 0
        workflow_executions_total{workflow="etl",status="failed",origin="manual"} 0
        workflow_executions_total{workflow="etl",status="failed",origin="unknown"} 0
        workflow_executions_total{workflow="etl",status="cancelled",origin="cron"} 0
        workflow_executions_total{workflow="etl",status="cancelled",origin="trigger"} 0
        workflow_executions_total{workflow="etl",status="cancelled",origin="manual"} 0
        workflow_executions_total{workflow="etl",status="cancelled",origin="unknown"} 0
        workflow_execution_duration_seconds_bucket{workflow="etl",status="completed",le="1.0"} 0
        workflow_execution_duration_seconds_bucket{workflow="etl",status="completed",le="10.0"} 0
        workflow_execution_duration_seconds_bucket{workflow="etl",status="completed",le="+Inf"} 0
        workflow_execution_duration_seconds_sum{workflow="etl",status="completed"} 0
        workflow_execution_duration_seconds_count{workflow="etl",status="completed"} 0
        task_recoveries_total{workflow="etl",action="reset"} 0
        task_recoveries_total{workflow="etl",action="abandoned"} 0
    "#,
    );
}

#[test]
fn a_task_that_was_met_has_all_outcomes_at_zero_before_it_ends() {
    let rows = poll(at(10)).executions([execution("etl")]).tasks([task("etl", "load")]);
    shows_all(
        "a waiting task",
        &Timeline::begun().poll(rows),
        &["task_attempts_total"],
        r#"
        task_attempts_total{workflow="etl",task="load",outcome="completed"} 0
        task_attempts_total{workflow="etl",task="load",outcome="failed"} 0
        task_attempts_total{workflow="etl",task="load",outcome="retried"} 0
        task_attempts_total{workflow="etl",task="load",outcome="abandoned"} 0
        task_attempts_total{workflow="etl",task="load",outcome="skipped"} 0
    "#,
    );
}

const ENDS: [&str; 2] = ["workflow_executions_total", "workflow_execution_duration_seconds"];
const ONE_END: &str = r#"
    workflow_executions_total{workflow="etl",status="completed",origin="manual"} 1
    workflow_execution_duration_seconds_bucket{workflow="etl",status="completed",le="1.0"} 1
    workflow_execution_duration_seconds_bucket{workflow="etl",status="completed",le="10.0"} 1
    workflow_execution_duration_seconds_bucket{workflow="etl",status="completed",le="+Inf"} 1
    workflow_execution_duration_seconds_sum{workflow="etl",status="completed"} 1
    workflow_execution_duration_seconds_count{workflow="etl",status="completed"} 1
"#;

fn first_end() -> Timeline {
    let end = poll(at(10)).executions([execution("etl").started(at(8)).completed(at(9))]);
    Timeline::begun().unscraped().poll(end)
}

#[test]
fn the_first_value_of_a_new_series_is_held_at_zero_until_it_was_scraped_or_a_minute_passed() {
    shows("nobody has scraped", &first_end(), &ENDS, "");
    shows("one microsecond short of a minute", &first_end().at(at_millis(69_999)), &ENDS, "");
    shows("a minute after birth", &first_end().at(at(70)), &ENDS, ONE_END);
    let next = |timeline: Timeline| timeline.poll(poll(at(25)));
    shows("a scrape carried the 0", &next(first_end().scraped()), &ENDS, ONE_END);
    shows("another poll without a scrape", &next(first_end()), &ENDS, "");
}

#[test]
fn a_scrape_before_the_series_was_born_does_not_release_it() {
    let end = poll(at(10)).executions([execution("etl").started(at(8)).completed(at(9))]);
    let timeline = Timeline::begun().scraped().poll(end).poll(poll(at(25)));
    shows("the first snapshot with it is the second", &timeline, &ENDS, "");
}

#[test]
fn a_series_that_is_old_enough_shows_its_first_value_at_once() {
    let known = poll(at(5)).schedules([cron("etl", "0 2 * * *")]);
    let end = poll(at(65)).executions([execution("etl").started(at(8)).completed(at(9))]);
    shows("known for a minute", &Timeline::begun().unscraped().polls([known, end]), &ENDS, ONE_END);
}

#[test]
fn holding_can_be_switched_off() {
    let mut timeline = first_end();
    timeline.metrics.hold_first_value = std::time::Duration::ZERO;
    shows("off", &timeline, &ENDS, ONE_END);
}

#[test]
fn restored_series_are_not_held() {
    shows("after a restart", &first_end().restarted(), &ENDS, ONE_END);
}

#[test]
fn what_a_backfill_and_the_first_poll_both_read_is_noted_once() {
    let rows = [execution("etl").started(at(1)).failed(at(9)), execution("etl").number(2).completed(at(5))];
    let mut timeline = Timeline::new(metrics());
    let first = poll(at(10)).executions(rows.clone());
    let settings = Settings { metrics: &timeline.metrics, overlap: OVERLAP, keep_ended: false };
    let mut tenant = cloacina_exporter::state::Tenant::new(&first.0.position, settings);
    rows.iter().for_each(|row| tenant.fold_past_execution(row, settings));
    timeline.state.tenants.insert(TENANT.into(), tenant.into());
    shows(
        "one failure",
        &timeline.poll(first),
        &["workflow_consecutive_failures"],
        r#"workflow_consecutive_failures{workflow="etl"} 1"#,
    );
}

#[test]
fn backfilled_series_are_not_held_and_do_not_count_again_with_the_first_poll() {
    let mut timeline = Timeline::new(metrics()).unscraped();
    let past = execution("etl").started(at(8)).completed(at(9));
    let load = task("etl", "load").attempt(2).recoveries(1).running(at(8)).completed(at(9));
    let rows = poll(at(10)).executions([past.clone()]).tasks([load.clone()]);
    let settings = Settings { metrics: &timeline.metrics, overlap: OVERLAP, keep_ended: false };
    let mut tenant = cloacina_exporter::state::Tenant::new(&rows.0.position, settings);
    tenant.fold_past_execution(&past, settings);
    tenant.fold_past_execution(&execution("running").started(at(8)), settings);
    tenant.fold_past_task(&past.workflow, &load, settings);
    tenant.fold_past_events(TaskCompleted, 7);
    timeline.state.tenants.insert(TENANT.into(), tenant.into());
    let families =
        ["workflow_executions_total", "task_attempts_total", "task_recoveries_total", "events_total"];
    shows(
        "the history",
        &timeline.poll(rows),
        &families,
        r#"
        workflow_executions_total{workflow="etl",status="completed",origin="manual"} 1
        task_attempts_total{workflow="etl",task="load",outcome="completed"} 1
        task_attempts_total{workflow="etl",task="load",outcome="retried"} 1
        task_recoveries_total{workflow="etl",action="reset"} 1
        events_total{type="task_completed"} 7
    "#,
    );
}
