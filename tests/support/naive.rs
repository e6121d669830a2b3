//! The readers that one writes at first: they remember how far they came and ask for what lies beyond.
//!
//! For showing that a test can fail: rows do not become visible in the order of either column.

use std::collections::BTreeSet;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

use super::writer::truth::Truth;

pub struct NaiveCursor {
    connection: PgConnection,
    /// The column, as a number.
    column: &'static str,
    last: i64,
    seen: BTreeSet<Uuid>,
}

impl NaiveCursor {
    /// By `created_at > last seen`.
    pub async fn by_time(url: &str, schema: &str) -> Self {
        Self::new(url, schema, "(extract(epoch from created_at) * 1000000)::bigint").await
    }

    /// By `sequence_num > last seen`.
    pub async fn by_sequence(url: &str, schema: &str) -> Self {
        Self::new(url, schema, "sequence_num::bigint").await
    }

    async fn new(url: &str, schema: &str, column: &'static str) -> Self {
        let connection = super::writer::connect(url, schema).await;
        Self { connection, column, last: 0, seen: BTreeSet::new() }
    }

    pub async fn poll(&mut self) {
        let Self { column, last, .. } = self;
        let query =
            format!("SELECT id, {column} FROM execution_events WHERE {column} > {last} ORDER BY {column}");
        for row in sqlx::query(AssertSqlSafe(query)).fetch_all(&mut self.connection).await.unwrap() {
            self.seen.insert(row.get(0));
            self.last = row.get(1);
        }
    }

    /// Events of `truth` that it never saw.
    pub fn lost(&self, truth: &Truth) -> usize {
        truth.events.keys().filter(|id| !self.seen.contains(id)).count()
    }
}
