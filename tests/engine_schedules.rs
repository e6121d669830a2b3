//! Schedules of the real engine through good and bad times, watched by the exporter: every fire ends in the outcome that
//! the rows and the clock say, also those that the engine dropped without a row.
#![allow(clippy::unwrap_used, reason = "what cannot be unwrapped fails the test")]

mod support;

use std::collections::BTreeMap;
use std::time::Instant;

use chrono::{DateTime, Datelike, TimeZone, Utc};
use support::engine::{Engine, EngineAtFault, SWEPT, TRIES};
use support::exporter::Exporter;
use support::exposition::Exposition;
use support::fires::{self, GRACE, Schedule};
use support::postgres::{Cluster, Options};
use support::schedule_rows::Rows;

const CONFIGURATION: &str = "thresholds: {missed_after: 3s}\nschedules: [{match: \"*\", grace: 1s}]\n";
const LAST_POLL: &str = "cloacina_state_last_poll_timestamp_seconds";

#[tokio::test]
async fn on_postgresql_every_fire_of_a_real_engine_is_accounted_for() {
    for _ in 0..TRIES {
        let cluster = Cluster::start(Options::default()).await;
        let url = cluster.url("postgres", "postgres");
        if check(&url, "tenant_a", &[&url, "--schema", "tenant_a"]).await.is_ok() {
            return;
        }
    }
    panic!("the engine was at fault {TRIES} times running");
}

#[tokio::test]
async fn on_sqlite_every_fire_of_a_real_engine_is_accounted_for() {
    for _ in 0..TRIES {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("schedules.db").display().to_string();
        if check(&file, "schedules", &[&format!("sqlite://{file}")]).await.is_ok() {
            return;
        }
    }
    panic!("the engine was at fault {TRIES} times running");
}

/// Lets an engine, started with `arguments`, tell its story while an exporter watches.
async fn check(database: &str, tenant: &str, arguments: &[&str]) -> Result<(), EngineAtFault> {
    let mut engine = Engine::start(&[arguments, &["--schedules"]].concat()).await;
    let folder = tempfile::tempdir().unwrap();
    let configuration = folder.path().join("exporter.yml");
    std::fs::write(&configuration, CONFIGURATION).unwrap();
    let configuration = configuration.to_str().unwrap();
    let arguments = ["--config.file", configuration, "--database", database, "--poll.interval", "1s"];
    let mut exporter = Exporter::start(&[&arguments[..], &["--state.file", "none"]].concat()).await;
    engine.go().await;
    let printed = engine.printed().await?;
    let schedules = fires::schedules(&printed, Rows::connect(database, tenant).await.schedules().await);
    went_as_told(&schedules);
    let expected = expected(&schedules);
    let differ = |page: Exposition| {
        expected.iter().flat_map(|expected| expected.differences(&page, tenant)).collect::<Vec<_>>()
    };
    let swept = Instant::now() + SWEPT;
    let mut differences: Vec<String> = differ(settled(&mut exporter, tenant).await);
    while !differences.is_empty() && Instant::now() < swept {
        differences = differ(settled(&mut exporter, tenant).await);
    }
    assert!(differences.is_empty(), "\n{}\n", differences.join("\n"));
    Ok(())
}

/// The story was the one that this test is about, so that it can fail.
fn went_as_told(schedules: &[Schedule]) {
    let count = |name: &str, outcome: &str| {
        let schedule = schedules.iter().find(|schedule| schedule.name == name).expect(name);
        schedule.outcomes().get(outcome).copied().unwrap_or(0.0)
    };
    let at_least = [
        ("steady", "on_time", 5.0),
        ("failing", "on_time", 5.0),
        ("unknown", "handoff_failed", 5.0),
        ("paused", "on_time", 3.0),
        ("again", "on_time", 2.0),
        ("lost", "recovered", 1.0),
        ("skip", "catchup", 1.0),
        ("skip", "missed", 2.0),
        ("run_all", "catchup", 3.0),
        ("delayed", "late", 1.0),
        ("bad_cron", "on_time", 1.0),
        ("bad_timezone", "on_time", 1.0),
    ];
    for (name, outcome, least) in at_least {
        assert!(
            count(name, outcome) >= least,
            "{name}: {outcome} {}, of {schedules:?}",
            count(name, outcome)
        );
    }
    assert_eq!(count("run_all", "missed"), 0.0, "{schedules:?}");
    let trigger = |name: &str| schedules.iter().find(|schedule| schedule.name == name).expect(name);
    assert_eq!((trigger("same_context").row.fires.len(), trigger("same_context").blocked()), (1, 1));
    assert_eq!(trigger("hanging").row.last_poll, None);
}

/// The page once it is sure that no late row can come, and every new series has shown its zero.
async fn settled(exporter: &mut Exporter, tenant: &str) -> Exposition {
    let told = exporter.metrics().await.get(LAST_POLL, &[("tenant", tenant)]).expect("it was read");
    let later = |page: &Exposition| page.get(LAST_POLL, &[("tenant", tenant)]) > Some(told + 6.0);
    exporter.until("the last fires settled", later).await
}

/// All series of a metric, by the labels that tell them apart; those that are 0 are left out.
struct Expected {
    metric: &'static str,
    labels: &'static [&'static str],
    values: BTreeMap<Vec<String>, f64>,
}

impl Expected {
    fn new(metric: &'static str, labels: &'static [&'static str]) -> Self {
        Self { metric, labels, values: BTreeMap::new() }
    }

    /// Adds a series of `schedule`, with `more` as the values of the labels after its own.
    fn add(&mut self, schedule: &Schedule, more: &[&str], value: f64) {
        let own = [&*schedule.workflow, &*schedule.name];
        let key = own.iter().chain(more).map(|text| (*text).to_owned()).collect();
        if value != 0.0 {
            self.values.insert(key, value);
        }
    }

    fn differences(&self, page: &Exposition, tenant: &str) -> Vec<String> {
        let found = page.totals(&format!("cloacina_state_{}", self.metric), tenant, self.labels);
        let keys = self.values.keys().chain(found.keys().filter(|key| !self.values.contains_key(*key)));
        let different = keys.filter(|key| self.values.get(*key) != found.get(*key));
        let describe = |key: &Vec<String>| {
            let [wanted, found] = [&self.values, &found].map(|values| values.get(key));
            format!("{} {}: expected {wanted:?}, exported {found:?}", self.metric, key.join(", "))
        };
        different.map(describe).collect()
    }
}

const SCHEDULE: &[&str] = &["workflow", "schedule"];

fn expected(schedules: &[Schedule]) -> [Expected; 11] {
    let mut fires = Expected::new("schedule_fires_total", &["workflow", "schedule", "outcome"]);
    let mut delays = Expected::new("schedule_start_delay_seconds_count", SCHEDULE);
    let mut invalid = Expected::new("schedule_invalid", &["workflow", "schedule", "reason"]);
    let mut last_runs = Expected::new("schedule_last_run_timestamp_seconds", SCHEDULE);
    let mut last_successes = Expected::new("schedule_last_success_timestamp_seconds", SCHEDULE);
    let mut next_runs = Expected::new("schedule_next_run_timestamp_seconds", SCHEDULE);
    let mut graces = Expected::new("schedule_grace_seconds", SCHEDULE);
    let mut deadlines = Expected::new("schedule_success_deadline_timestamp_seconds", SCHEDULE);
    let mut trigger_fires = Expected::new("trigger_fires_total", SCHEDULE);
    let mut blocked = Expected::new("trigger_blocked_executions", SCHEDULE);
    let mut last_polls = Expected::new("trigger_last_poll_timestamp_seconds", SCHEDULE);
    for schedule in schedules {
        let row = &schedule.row;
        last_successes.add(schedule, &[], schedule.last_success().map_or(0.0, seconds));
        if is_trigger(schedule) {
            trigger_fires.add(schedule, &[], row.fires.len() as f64);
            blocked.add(schedule, &[], schedule.blocked() as f64);
            last_polls.add(schedule, &[], row.last_poll.map_or(0.0, seconds));
            last_runs.add(schedule, &[], row.fires.last().map_or(0.0, |fire| seconds(fire.started)));
            continue;
        }
        let outcomes = schedule.outcomes();
        for (outcome, count) in &outcomes {
            fires.add(schedule, &[outcome], *count);
        }
        let in_time = ["on_time", "late"].map(|outcome| outcomes.get(outcome).copied().unwrap_or(0.0));
        delays.add(schedule, &[], in_time.iter().sum());
        last_runs.add(schedule, &[], row.last_run.map_or(0.0, seconds));
        if let Some(reason) = reason(schedule) {
            invalid.add(schedule, &[reason], 1.0);
        }
        if ["never", "steady", "failing", "lost"].contains(&&*schedule.name) {
            let next_run = new_year_after(schedule.created);
            next_runs.add(schedule, &[], seconds(next_run));
            graces.add(schedule, &[], seconds(GRACE));
            deadlines.add(schedule, &[], seconds(next_run + GRACE.max(2 * schedule.longest_success())));
        }
    }
    [
        fires,
        delays,
        invalid,
        last_runs,
        last_successes,
        next_runs,
        graces,
        deadlines,
        trigger_fires,
        blocked,
        last_polls,
    ]
}

fn is_trigger(schedule: &Schedule) -> bool {
    ["new_file", "same_context", "broken_poll", "hanging"].contains(&&*schedule.name)
}

/// Why the schedule can never run.
fn reason(schedule: &Schedule) -> Option<&'static str> {
    match &*schedule.name {
        "bad_cron" => Some("cron"),
        "bad_timezone" => Some("timezone"),
        "no_next_run" => Some("no_next_run"),
        "empty_window" => Some("empty_window"),
        _ => None,
    }
}

fn new_year_after(instant: i64) -> i64 {
    let year = DateTime::from_timestamp_micros(instant).unwrap().year();
    Utc.with_ymd_and_hms(year + 1, 1, 1, 0, 0, 0).unwrap().timestamp_micros()
}

fn seconds(microseconds: i64) -> f64 {
    microseconds as f64 / 1e6
}
