//! Facts about what is printed, character by character.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::super::facts::{Active, Facts};
use super::super::finding::Finding;
use super::super::report::{Reading, Readings};
use super::super::thresholds::Thresholds;
use super::*;
use crate::check::Given;
use crate::config::Setting;
use crate::record::{
    Execution, ExecutionStatus, FailedExecution, FailedTask, Failures, Origin, Span, Timestamp,
};

/// 2026-11-25 12:00:00 UTC.
const NOW: Timestamp = Timestamp::from_seconds(1_795_608_000);

fn active(id: u128, status: ExecutionStatus, age: i64) -> Active {
    let began = NOW.minus(Span::from_seconds(age));
    Active {
        execution: Execution {
            id: Uuid::from_u128(id),
            workflow: Arc::from("etl"),
            status,
            origin: Origin::Unknown,
            created_at: began,
            updated_at: began,
            started_at: Some(began),
            completed_at: None,
        },
        age: Span::from_seconds(age),
        stalled: false,
        stale_claims: 0,
        oldest_heartbeat_age: Span::ZERO,
        oldest_ready_age: Span::ZERO,
    }
}

fn failures() -> Failures {
    let task =
        FailedTask { name: Arc::from("t::p::etl::load"), attempt: 2, error: Some("a|b\n\u{7}".to_owned()) };
    let execution = FailedExecution {
        id: Uuid::from_u128(1),
        ended_at: Some(NOW.minus(Span::from_seconds(30))),
        error: None,
        tasks: vec![task],
    };
    Failures { workflow: Arc::from("etl"), total: 1, listed: vec![execution] }
}

fn read(label: &str, facts: Facts) -> Reading {
    Reading { label: Arc::from(label), generation: Some("v0.11"), outcome: Ok((facts, 0)) }
}

fn unreadable() -> Reading {
    let label = Arc::from("billing");
    let message = "it cannot be read: a grant is missing".to_owned();
    let finding = Finding::new(Severity::Unknown, Kind::TenantUnreadable, &label, message);
    Reading { label, generation: None, outcome: Err(finding) }
}

fn report(read: Vec<Reading>, options: &Options) -> Report {
    let tenants = read.iter().map(|reading| reading.label.clone()).collect();
    let workflows = [Arc::from("etl")].into();
    Report::new(NOW, Readings { read, tenants, workflows }, options)
}

/// A tenant with a failure, a stalled execution and one that rests, a tenant in good health, and one that cannot be read.
fn three_tenants() -> Vec<Reading> {
    let stalled = Active { stalled: true, ..active(2, ExecutionStatus::Running, 90) };
    let paused = active(3, ExecutionStatus::Paused, 7200);
    let orders =
        Facts { now: NOW, failures: vec![failures()], active: vec![paused, stalled], ..Facts::default() };
    vec![read("healthy", Facts { now: NOW, ..Facts::default() }), unreadable(), read("orders", orders)]
}

fn options(format: Format) -> Options {
    Options { format, ..Options::default() }
}

const TEXT: &str = "\
CRITICAL: 1 execution stalled, 1 failed execution in 1d, 1 tenant unreadable

orders (v0.11)
  critical  execution_stalled     etl: 00000000-0000-0000-0000-000000000002 is stalled: none of its tasks is under way or about to be, and no row of it has changed for 10m
  warning   execution_failed      etl: 00000000-0000-0000-0000-000000000001 failed at 2026-11-25T11:59:30Z: task load, attempt 2: a|b\\n\\u{7}
  failed in 1d: 1
  active: 2 (1 running, 0 pending, 1 paused), oldest for 1m 30s
    etl 00000000-0000-0000-0000-000000000003 paused for 2h
    etl 00000000-0000-0000-0000-000000000002 running for 1m 30s
  schedules: 0 enabled, 0 of them paused; 0 disabled

billing
  unknown   tenant_unreadable     billing: it cannot be read: a grant is missing

healthy (v0.11)
  failed in 1d: 0
  active: 0 (0 running, 0 pending, 0 paused)
  schedules: 0 enabled, 0 of them paused; 0 disabled
";

#[test]
fn people_read_the_worst_tenant_and_the_worst_finding_first() {
    let options = options(Format::Text);
    assert_eq!(render(&report(three_tenants(), &options), &options, false), TEXT);
}

#[test]
fn colours_are_the_only_difference_on_a_terminal() {
    let options = options(Format::Text);
    let coloured = render(&report(three_tenants(), &options), &options, true);
    assert!(
        coloured.starts_with("\u{1b}[1m\u{1b}[31mCRITICAL\u{1b}[0m: 1 execution stalled"),
        "{coloured:?}"
    );
    let plain = regex::Regex::new("\u{1b}\\[[0-9]+m").unwrap().replace_all(&coloured, "").into_owned();
    assert_eq!(plain, TEXT);
}

#[test]
fn rounds_of_a_watch_are_told_apart_by_their_time() {
    let options = Options { watch: Some(Duration::from_secs(60)), ..options(Format::Text) };
    let text = render(&report(Vec::new(), &options), &options, false);
    assert_eq!(text, "--- 2026-11-25T12:00:00Z\nOK: nothing was asked for\n");
}

#[test]
fn all_is_well_in_one_line_and_what_there_is() {
    let options = options(Format::Nagios);
    let text = render(&report(vec![read("healthy", Facts::default())], &options), &options, false);
    assert!(
        text.starts_with("CLOACINA OK - nothing wrong in healthy | 'failed'=0;1;;0 'active'=0;;;0 "),
        "{text}"
    );
    assert_eq!(text.lines().count(), 1);
}

#[test]
fn a_plugin_answers_with_performance_data_and_no_bar_elsewhere() {
    let thresholds = Thresholds { failed_critical: Some(9), ..Thresholds::default() };
    let options = Options { thresholds, ..options(Format::Nagios) };
    assert_eq!(
        render(&report(three_tenants(), &options), &options, false),
        "CLOACINA CRITICAL - 1 execution stalled, 1 failed execution in 1d, 1 tenant unreadable | \
         'failed'=1;1;9;0 'active'=1;;;0 'oldest_active'=90.000s;;;0 'too_long'=0;;;0 'stalled'=1;;;0 \
         'stale_claims'=0;;;0 'oldest_ready'=0.000s;300;;0 'late_schedules'=0;;;0 'overdue_schedules'=0;;;0 \
         'never_fired_schedules'=0;;;0 'invalid_schedules'=0;;;0 'lost_handoffs'=0;;;0 'stale_triggers'=0;;;0 \
         'blocked_executions'=0;;;0 'unreadable'=1;;;0\n\
         critical: orders: execution_stalled etl: 00000000-0000-0000-0000-000000000002 is stalled: none of its tasks is \
         under way or about to be, and no row of it has changed for 10m\n\
         warning: orders: execution_failed etl: 00000000-0000-0000-0000-000000000001 failed at 2026-11-25T11:59:30Z: \
         task load, attempt 2: a/b\\n\\u{7}\n\
         unknown: billing: tenant_unreadable billing: it cannot be read: a grant is missing\n"
    );
}

#[test]
fn a_program_reads_one_object_on_one_line() {
    let options = options(Format::Json);
    let text = render(&report(three_tenants(), &options), &options, false);
    assert_eq!(text.lines().count(), 1);
    let expected = serde_json::json!({
        "status": "critical",
        "exit_code": 2,
        "time": "2026-11-25T12:00:00.000000Z",
        "since_seconds": 86400,
        "tenants": [
            {
                "tenant": "orders",
                "status": "critical",
                "generation": "v0.11",
                "time": "2026-11-25T12:00:00.000000Z",
                "executions": {
                    "failed": 1,
                    "pending": 0,
                    "running": 1,
                    "paused": 1,
                    "oldest_active_age_seconds": 90.0,
                    "oldest": [
                        {
                            "workflow": "etl",
                            "execution": "00000000-0000-0000-0000-000000000003",
                            "state": "paused",
                            "age_seconds": 7200.0,
                        },
                        {
                            "workflow": "etl",
                            "execution": "00000000-0000-0000-0000-000000000002",
                            "state": "running",
                            "age_seconds": 90.0,
                        },
                    ],
                },
                "schedules": {"enabled": 0, "paused": 0, "disabled": 0},
                "unusable_values": 0,
            },
            {"tenant": "billing", "status": "unknown", "generation": null},
            {
                "tenant": "healthy",
                "status": "ok",
                "generation": "v0.11",
                "time": "2026-11-25T12:00:00.000000Z",
                "executions": {
                    "failed": 0,
                    "pending": 0,
                    "running": 0,
                    "paused": 0,
                    "oldest_active_age_seconds": null,
                    "oldest": [],
                },
                "schedules": {"enabled": 0, "paused": 0, "disabled": 0},
                "unusable_values": 0,
            },
        ],
        "findings": [
            {
                "tenant": "orders",
                "severity": "critical",
                "kind": "execution_stalled",
                "subject": "etl",
                "message": "00000000-0000-0000-0000-000000000002 is stalled: none of its tasks is under way or about to \
                            be, and no row of it has changed for 10m",
                "count": 1,
                "workflow": "etl",
                "execution": "00000000-0000-0000-0000-000000000002",
                "time": "2026-11-25T11:58:30.000000Z",
                "tasks": [],
            },
            {
                "tenant": "orders",
                "severity": "warning",
                "kind": "execution_failed",
                "subject": "etl",
                "message": "00000000-0000-0000-0000-000000000001 failed at 2026-11-25T11:59:30Z: task load, attempt 2: \
                            a|b\\n\\u{7}",
                "count": 1,
                "workflow": "etl",
                "execution": "00000000-0000-0000-0000-000000000001",
                "time": "2026-11-25T11:59:30.000000Z",
                "tasks": [{"task": "load", "attempt": 2, "error": "a|b\n\u{7}"}],
            },
            {
                "tenant": "billing",
                "severity": "unknown",
                "kind": "tenant_unreadable",
                "subject": "billing",
                "message": "it cannot be read: a grant is missing",
                "count": 1,
                "workflow": null,
                "execution": null,
                "time": null,
                "tasks": [],
            },
        ],
    });
    assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), expected);
}

#[test]
fn failures_below_the_threshold_are_listed_and_raise_nothing() {
    let thresholds = Thresholds { failed_warning: Some(2), ..Thresholds::default() };
    let options = Options { thresholds, ..options(Format::Text) };
    let facts = Facts { failures: vec![failures()], ..Facts::default() };
    let report = report(vec![read("orders", facts)], &options);
    assert_eq!(report.status(), Severity::Ok);
    let text = render(&report, &options, false);
    assert!(text.starts_with(
        "OK: nothing wrong in orders\n\norders (v0.11)\n  ok        execution_failed      etl: "
    ));
    assert!(text.contains("  failed in 1d: 1\n"), "{text}");
}

#[test]
fn the_threshold_of_failures_is_for_all_tenants_together() {
    let thresholds = Thresholds { failed_critical: Some(2), ..Thresholds::default() };
    let options = Options { thresholds, ..Options::default() };
    let failing = |label| read(label, Facts { failures: vec![failures()], ..Facts::default() });
    assert_eq!(report(vec![failing("a")], &options).status(), Severity::Warning);
    assert_eq!(report(vec![failing("a"), failing("b")], &options).status(), Severity::Critical);
}

#[test]
fn a_pattern_without_a_match_is_unknown_and_says_what_there_is() {
    let given = |tenant: &str, workflow: &str| Given {
        tenants: vec![Setting::new(tenant.to_owned(), "--tenant")],
        workflows: vec![Setting::new(workflow.to_owned(), "--workflow")],
        ..Given::default()
    };
    let all_is_well = || read("orders", Facts::default());
    let options = Options::new(given("ord*", "e?l")).unwrap();
    assert_eq!(report(vec![all_is_well()], &options).status(), Severity::Ok);
    let options = Options::new(given("nightly", "et")).unwrap();
    let text = render(&report(vec![all_is_well()], &options), &options, false);
    let expected = "\
UNKNOWN: 1 search for tenants without a match, 1 pattern of workflows without a match
  unknown   no_tenant             nightly: no tenant matches --tenant; there are orders
  unknown   no_workflow           et: no workflow matches --workflow; there are etl
";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn what_is_known_to_be_wrong_comes_before_what_is_not_known() {
    let codes =
        [Severity::Ok, Severity::Unknown, Severity::Warning, Severity::Critical].map(Severity::exit_code);
    assert_eq!(codes, [0, 3, 1, 2]);
    assert!([Severity::Ok, Severity::Unknown, Severity::Warning, Severity::Critical].is_sorted());
}

#[test]
fn a_check_that_cannot_begin_answers_in_one_line_wherever_it_is_read() {
    assert_eq!(refusal("a | b\nc", Format::Nagios), "CLOACINA UNKNOWN - a / b c\n");
    assert_eq!(refusal("a | b\nc", Format::Text), "cloacina-exporter: a | b c\n");
}
