//! Reads databases: the only place with sqlx, SQL, dialects and schema generations.
//!
//! `Database::poll` is the way in: it brings back, for each tenant, what `state` is to fold. It never writes, and holds
//! at most the configured number of connections.

mod backfill;
mod classify;
mod database;
mod decode;
mod election;
mod error;
mod failures;
mod inquiry;
mod known;
mod live;
mod outcome;
#[cfg(test)]
mod plans;
mod poll;
mod postgres;
mod questions;
mod reader;
mod rounds;
mod schema;
mod sqlite;
mod statements;
mod stories;
pub mod timestamp;
mod visit;
mod worker;

pub use backfill::OnProgress;
pub use classify::Classifier;
pub use database::Database;
pub use decode::Problem;
pub use election::Election;
pub use error::{Error, Reason};
pub use outcome::{Began, DatabasePoll, Outcome, TenantPoll};
pub use questions::{Tail, Tailed, Written};
pub use reader::{Probe, Reader};
pub use rounds::Failure;
pub use schema::{Discovered, Generation, Schema, Unusable};
pub use stories::Wanted;
pub use visit::Visit;
