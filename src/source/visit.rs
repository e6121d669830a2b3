//! One connection to a database for a command that reads once: which tenants it has, and a transaction on each.
//!
//! Unlike `Database` it keeps nothing between reads, and does not try again.

use std::sync::Arc;

use super::classify::Classifier;
use super::error::Error;
use super::poll::{self, Order, Polled};
use super::reader::{Probe, Reader};
use super::rounds::{Failure, Rounds};
use super::schema::{Discovered, Schema};
use crate::config::{self, Config};
use crate::record::{Batch, Collector, Position, Reason};
use crate::state::{Settings, Tenant};

/// A first read knows nothing yet, so that nothing can be behind it.
const NEVER_BEHIND: &str = "the first read of a tenant has nothing to be behind of";

pub struct Visit {
    reader: Reader,
    probe: Probe,
    database: config::Database,
}

impl Visit {
    /// # Errors
    /// If there is no connection, or it cannot be asked what there is; the message says what to do.
    pub async fn open(
        database: &config::Database,
        config: &Config,
    ) -> Result<(Self, Vec<Discovered>), Failure> {
        let classifier = Arc::new(Classifier::new(&config.metrics.failure_reasons));
        let reader = Reader::connect(&database.url, &config.poll, classifier).await;
        let mut reader = reader.map_err(|error| Failure { collector: Collector::Connect, error })?;
        let mut rounds = Rounds::default();
        let mut found = rounds.time(Collector::Discovery, reader.discover()).await?;
        found.retain(|found| database.reads(&found.name));
        let probe = rounds.time(Collector::Position, reader.probe()).await?;
        Ok((Self { reader, probe, database: database.clone() }, found))
    }

    pub fn label(&self, schema: &str) -> Arc<str> {
        self.database.tenant_label(schema)
    }

    /// Opens a read-only transaction on one tenant; all questions to `reader` until `leave` see one state of it.
    pub async fn enter(&mut self, schema: &Schema) -> Result<Position, Error> {
        self.reader.begin(schema, &self.probe).await
    }

    /// For the questions in `questions`; only between `enter` and `leave`.
    pub fn reader(&mut self) -> &mut Reader {
        &mut self.reader
    }

    /// Ends the transaction, also after an error.
    pub async fn leave(&mut self) -> Result<(), Error> {
        self.reader.rollback().await
    }

    /// What a first poll reads, folded into a new tenant: what is true now, without any history.
    pub async fn levels(
        &mut self,
        position: Position,
        settings: Settings<'_>,
    ) -> Result<(Tenant, Box<Batch>), Failure> {
        let mut tenant = Tenant::new(&position, settings);
        let order = Order { fresh: true, limit: usize::MAX, list_workflows: true };
        let mut rounds = Rounds::default();
        match poll::read(&mut self.reader, &tenant, position, order, &mut rounds).await? {
            Polled::Read(batch) => {
                tenant.apply(&batch, settings, 0);
                Ok((tenant, batch))
            }
            Polled::Behind(_) => Err(Failure {
                collector: Collector::Position,
                error: Error::new("position", Reason::Query, NEVER_BEHIND),
            }),
        }
    }

    pub async fn close(self) {
        self.reader.close().await;
    }
}

impl std::fmt::Debug for Visit {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Visit").field("database", &self.database.name).finish_non_exhaustive()
    }
}
