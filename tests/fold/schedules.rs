//! What each schedule's row tells by itself.

use cloacina_exporter::record::{Schedule, Timestamp};
use uuid::Uuid;

use crate::builders::*;
use crate::timeline::*;

fn shown(rows: impl IntoIterator<Item = Schedule>) -> Timeline {
    Timeline::begun().poll(poll(at(1000)).schedules(rows))
}

#[test]
fn a_cron_schedule_shows_its_row() {
    let row =
        Schedule { last_run_at: Some(at(900)), next_run_at: Some(at(1200)), ..cron("etl", "*/5 * * * *") };
    shows(
        "all of it",
        &shown([row]),
        &FAMILIES,
        r#"
        schedule_info{workflow="etl",schedule="etl",kind="cron",cron="*/5 * * * *",timezone="UTC",catchup="skip"} 1
        schedule_enabled{workflow="etl",schedule="etl"} 1
        schedule_last_run_timestamp_seconds{workflow="etl",schedule="etl"} 900
        schedule_next_run_timestamp_seconds{workflow="etl",schedule="etl"} 1200
    "#,
    );
}

#[test]
fn a_trigger_shows_its_row_without_what_only_cron_has() {
    let mut row = trigger("etl", "inbox");
    (row.last_poll_at, row.poll_interval_ms) = (Some(at(990)), Some(1500));
    (row.cron, row.timezone, row.catchup) = (Some("left".into()), Some("over".into()), Some("text".into()));
    shows(
        "all of it",
        &shown([row]),
        &FAMILIES,
        r#"
        schedule_info{workflow="etl",schedule="inbox",kind="trigger",cron="",timezone="",catchup=""} 1
        schedule_enabled{workflow="etl",schedule="inbox"} 1
        trigger_last_poll_timestamp_seconds{workflow="etl",schedule="inbox"} 990
        trigger_poll_interval_seconds{workflow="etl",schedule="inbox"} 1.5
    "#,
    );
    let mut odd = cron("etl", "* * * * *");
    (odd.last_poll_at, odd.poll_interval_ms) = (Some(at(990)), Some(1500));
    shows("a cron schedule is never polled", &shown([odd]), &FAMILIES[5..], "");
}

const FAMILIES: [&str; 7] = [
    "schedule_info",
    "schedule_enabled",
    "schedule_paused_timestamp_seconds",
    "schedule_last_run_timestamp_seconds",
    "schedule_next_run_timestamp_seconds",
    "trigger_last_poll_timestamp_seconds",
    "trigger_poll_interval_seconds",
];

#[test]
fn the_next_run_is_shown_only_of_schedules_that_are_live() {
    let due = Schedule { next_run_at: Some(at(1200)), ..cron("etl", "* * * * *") };
    let next = |row| !shown([row]).lines(&["schedule_next_run_timestamp_seconds"]).is_empty();
    let (now, before, after) = (at(1000), Timestamp(at(1000).0 - 1), Timestamp(at(1000).0 + 1));
    assert!(next(due.clone()));
    assert!(!next(Schedule { enabled: false, ..due.clone() }));
    assert!(!next(Schedule { paused: true, ..due.clone() }));
    assert!(next(Schedule { start_date: Some(now), ..due.clone() }));
    assert!(next(Schedule { end_date: Some(now), ..due.clone() }));
    assert!(!next(Schedule { start_date: Some(after), ..due.clone() }));
    assert!(!next(Schedule { end_date: Some(before), ..due.clone() }));
    assert!(!next(Schedule { next_run_at: None, ..due }));
}

#[test]
fn the_time_of_a_pause_is_shown_only_while_it_lasts() {
    let row = Schedule { paused_at: Some(at(5)), ..cron("etl", "* * * * *") };
    let family = ["schedule_paused_timestamp_seconds"];
    shows("left over from a pause", &shown([row.clone()]), &family, "");
    shows(
        "paused",
        &shown([Schedule { paused: true, ..row }]),
        &family,
        r#"
        schedule_paused_timestamp_seconds{workflow="etl",schedule="etl"} 5
    "#,
    );
}

#[test]
fn a_disabled_schedule_shows_that_it_is() {
    let row = Schedule { enabled: false, ..cron("etl", "* * * * *") };
    shows_all(
        "disabled",
        &shown([row]),
        &["schedule_enabled"],
        r#"
        schedule_enabled{workflow="etl",schedule="etl"} 0
    "#,
    );
}

#[test]
fn the_label_is_the_instances_name_or_the_triggers_or_the_workflows() {
    let named = Schedule { instance_name: Some("nightly".into()), ..trigger("etl", "inbox") };
    let labels = shown([named, trigger("etl", "outbox"), cron("sync", "* * * * *")]);
    shows(
        "three kinds of name",
        &labels,
        &["schedule_enabled"],
        r#"
        schedule_enabled{workflow="etl",schedule="nightly"} 1
        schedule_enabled{workflow="etl",schedule="outbox"} 1
        schedule_enabled{workflow="sync",schedule="sync"} 1
    "#,
    );
}

#[test]
fn a_row_that_is_called_otherwise_has_another_label_at_the_next_poll() {
    let before = cron("etl", "* * * * *");
    let label = |row: Schedule| {
        let renamed = shown([before.clone()]).poll(poll(at(1015)).schedules([row]));
        renamed.values("schedule_enabled").into_keys().collect::<Vec<_>>()
    };
    let named =
        |workflow, schedule| [format!("schedule_enabled{{workflow=\"{workflow}\",schedule=\"{schedule}\"}}")];
    assert_eq!(label(before.clone()), named("etl", "etl"));
    assert_eq!(label(Schedule { workflow: "sync".into(), ..before.clone() }), named("sync", "sync"));
    assert_eq!(label(Schedule { instance_name: Some("a".into()), ..before.clone() }), named("etl", "a"));
    assert_eq!(label(Schedule { trigger_name: Some("b".into()), ..before.clone() }), named("etl", "b"));
}

#[test]
fn equal_names_are_told_apart_by_the_start_of_the_id() {
    let with_id = |row: Schedule, id: u128| Schedule { id: Uuid::from_u128(id), ..row };
    let one = with_id(cron("etl", "0 * * * *"), 0x1111_1111_0000_0000_0000_0000_0000_0000);
    let two = with_id(trigger("other", "etl"), 0x2222_2222_0000_0000_0000_0000_0000_0000);
    let family = ["schedule_enabled"];
    shows("alone", &shown([one.clone()]), &family, r#"schedule_enabled{workflow="etl",schedule="etl"} 1"#);
    shows(
        "two of one name",
        &shown([one, two]),
        &family,
        r#"
        schedule_enabled{workflow="etl",schedule="etl/11111111"} 1
        schedule_enabled{workflow="other",schedule="etl/22222222"} 1
    "#,
    );
}

#[test]
fn a_schedule_that_is_deleted_is_gone_at_the_next_poll() {
    shows("no row", &shown([cron("etl", "* * * * *")]).poll(poll(at(1015))), &FAMILIES, "");
}
