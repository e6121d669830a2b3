//! What a poll brings back, for a database and for each of its tenants.

use std::collections::BTreeMap;
use std::sync::Arc;

use uuid::Uuid;

use super::decode::Problem;
use super::rounds::Failure;
use super::schema::Schema;
use crate::record::story::Story;
use crate::record::{Batch, Collector, Position, Reason, Timestamp};
use crate::state::Tenant;
use crate::state::health::Round;

/// What one poll of a database brought back.
#[derive(Debug)]
pub struct DatabasePoll {
    pub tenants: Vec<TenantPoll>,
    /// The whole database could not be read.
    pub failure: Option<Failure>,
    pub connections: usize,
    /// There is more to read at once.
    pub more: bool,
}

#[derive(Debug)]
pub struct TenantPoll {
    pub label: Arc<str>,
    /// `None` if the tables were not recognised.
    pub generation: Option<&'static str>,
    pub outcome: Outcome,
    pub rounds: BTreeMap<Collector, Round>,
    pub problems: Vec<Problem>,
    /// What was read of the executions that were wanted, in that order; `None` if the row is gone. Those that are not in
    /// it are to be asked for again.
    pub stories: Vec<(Uuid, Option<Story>)>,
    /// Why there are not more stories; the batch is good all the same.
    pub story_failure: Option<Failure>,
}

#[derive(Debug)]
pub enum Outcome {
    Read(Box<Batch>),
    /// A first read, with the history that was asked for.
    Began(Began, Box<Batch>),
    /// Nothing changed since the last poll.
    Idle {
        clock: Timestamp,
        own_clock: Timestamp,
    },
    /// The server showed an older state than before.
    Behind(Position),
    Failed(Failure),
    /// Its tables may not be read, or are not Cloacina's; the text says what to do.
    Unreadable(Reason, String),
}

/// A tenant at its first read, with the history that was folded into it.
#[derive(Debug)]
pub struct Began {
    pub tenant: Box<Tenant>,
    /// It was created while the exporter was running: its history is news.
    pub is_new: bool,
}

impl TenantPoll {
    pub(super) fn new(label: Arc<str>, schema: Option<&Schema>, outcome: Outcome) -> Self {
        let generation = schema.map(|schema| schema.generation.label());
        Self {
            label,
            generation,
            outcome,
            rounds: BTreeMap::new(),
            problems: Vec::new(),
            stories: Vec::new(),
            story_failure: None,
        }
    }
}
