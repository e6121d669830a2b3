//! Which fires a poll brings back: at first the newest and the open ones, later those since the edge and those that may
//! still change.

mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use cloacina_exporter::record::{Span, Timestamp};
use sqlx::sqlite::SqliteConnection;
use support::left_behind::{open_sqlite, run_sqlite};
use support::poller::{Polled, Poller};
use support::writer;
use tempfile::TempDir;
use uuid::Uuid;

const SCHEMA: &str = include_str!("data/schema/v0_11.sqlite.sql");
const CRON: u128 = 0x31;
const OTHER_CRON: u128 = 0x32;
const TRIGGER: u128 = 0x33;
const LONG_AGO: &str = "2020-01-01T00:00:00+00:00";

struct Database {
    _folder: TempDir,
    writer: SqliteConnection,
    poller: Poller,
}

impl Database {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cloacina.db");
        let mut writer = open_sqlite(&path).await;
        run_sqlite(&mut writer, SCHEMA).await;
        let poller = Poller::new(&path.display().to_string(), Duration::from_secs(120));
        Self { _folder: folder, writer, poller }
    }

    async fn with_schedules() -> Self {
        let mut database = Self::new().await;
        for (id, kind) in [(CRON, "cron"), (OTHER_CRON, "cron"), (TRIGGER, "trigger")] {
            let insert = format!(
                "INSERT INTO schedules (id, schedule_type, workflow_name, cron_expression, created_at, updated_at)
                 VALUES ({}, '{kind}', 'etl', '0 0 1 1 *', '{LONG_AGO}', '{LONG_AGO}')",
                blob(id)
            );
            run_sqlite(&mut database.writer, &insert).await;
        }
        database
    }

    /// A fire that has ended if it is `closed`.
    async fn fire(&mut self, id: u128, schedule: u128, started_at: Timestamp, closed: bool) {
        let time = text(started_at);
        let completed_at = if closed { format!("'{time}'") } else { "NULL".to_owned() };
        let insert = format!(
            "INSERT INTO schedule_executions (id, schedule_id, started_at, completed_at, created_at, updated_at)
             VALUES ({}, {}, '{time}', {completed_at}, '{time}', '{time}')",
            blob(id),
            blob(schedule)
        );
        run_sqlite(&mut self.writer, &insert).await;
    }

    async fn last_run(&mut self, schedule: u128, at: Timestamp) {
        let update =
            format!("UPDATE schedules SET last_run_at = '{}' WHERE id = {}", text(at), blob(schedule));
        run_sqlite(&mut self.writer, &update).await;
    }

    /// The fires that the next poll reads.
    async fn poll(&mut self, wanted: Polled) -> BTreeSet<u128> {
        assert_eq!(self.poller.poll().await, wanted);
        let fires = &self.poller.batch.as_ref().unwrap().fires;
        let ids: BTreeSet<u128> = fires.iter().map(|fire| fire.id.as_u128()).collect();
        assert_eq!(ids.len(), fires.len(), "each fire once");
        ids
    }

    /// From which instant on the next poll reads.
    fn edge(&self) -> Timestamp {
        self.poller.tenant().horizon().edge()
    }
}

fn blob(id: u128) -> String {
    format!("X'{}'", Uuid::from_u128(id).simple())
}

fn text(at: Timestamp) -> String {
    chrono::DateTime::from_timestamp_micros(at.0).unwrap().to_rfc3339()
}

fn now() -> Timestamp {
    Timestamp(writer::now())
}

#[tokio::test]
async fn the_first_poll_reads_the_newest_twenty_of_each_schedule_and_all_that_are_open_once() {
    let mut database = Database::with_schedules().await;
    let now = now();
    for number in 0..30 {
        let at = now.minus(Span::from_seconds(60 * i64::try_from(number).unwrap()));
        database.fire(0x100 + number, CRON, at, number != 3 && number != 28).await;
        database.fire(0x200 + number, TRIGGER, at, true).await;
    }
    let wanted = (0x100..0x114).chain([0x100 + 28]).chain(0x200..0x214);
    assert_eq!(database.poll(Polled::Began).await, wanted.collect());
}

/// The fires of one schedule: before the edge, at the edge, and open since; as ids from `block` on.
async fn around_the_edge(database: &mut Database, edge: Timestamp) {
    for (block, schedule) in [(0x110, CRON), (0x120, OTHER_CRON), (0x130, TRIGGER)] {
        database.fire(block, schedule, edge.minus(Span(1)), true).await;
        database.fire(block + 1, schedule, edge, true).await;
        database.fire(block + 2, schedule, now(), false).await;
    }
}

#[tokio::test]
async fn a_later_poll_reads_from_the_edge_on_what_was_claimed_has_not_settled_and_was_open_before() {
    let mut database = Database::with_schedules().await;
    database.fire(0x101, CRON, now().minus(Span::from_seconds(86_400)), false).await;
    assert_eq!(database.poll(Polled::Began).await, [0x101].into());

    let edge = database.edge();
    database.last_run(CRON, edge).await;
    around_the_edge(&mut database, edge).await;
    assert_eq!(database.poll(Polled::Read).await, [0x101, 0x111, 0x112].into());

    // What was closed has settled; 0x112 is both since the edge and asked for.
    database.last_run(CRON, now()).await;
    assert_eq!(database.poll(Polled::Read).await, [0x101, 0x112].into());
}

#[tokio::test]
async fn once_a_minute_the_fires_of_all_triggers_and_of_all_that_were_claimed_since_are_read() {
    let mut database = Database::with_schedules().await;
    database.poller.ago = Span::from_seconds(60);
    assert_eq!(database.poll(Polled::Began).await, [].into());
    database.poller.ago = Span::ZERO;

    let edge = database.edge();
    database.last_run(CRON, edge).await;
    database.last_run(OTHER_CRON, edge.minus(Span(1))).await;
    around_the_edge(&mut database, edge).await;
    // The rows of both cron schedules have changed.
    assert_eq!(database.poll(Polled::Read).await, [0x111, 0x112, 0x121, 0x122, 0x131, 0x132].into());
    database.fire(0x141, CRON, now(), true).await;
    assert_eq!(
        database.poll(Polled::Read).await,
        [0x112, 0x122, 0x132].into(),
        "not again within the minute"
    );
}

#[tokio::test]
async fn without_schedules_no_fires_are_read() {
    let mut database = Database::new().await;
    database.fire(0x101, CRON, now(), false).await;
    assert_eq!(database.poll(Polled::Began).await, [].into());
    database.fire(0x102, CRON, now(), false).await;
    assert_eq!(database.poll(Polled::Read).await, [].into());
}
