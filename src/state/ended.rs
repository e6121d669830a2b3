//! The executions that were just counted, numbered, so that each can be told once to whoever is sent single executions.
//!
//! What was told is the teller's matter: it keeps the number that it wants to go on from.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Executions kept of a tenant. A teller that falls further behind than this misses the oldest.
pub const MOST_ENDED: usize = 10_000;

/// Numbers start at 0 and are never given twice, also over a restart. History of before the first poll has none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// Number of the oldest one kept.
    first: u64,
    ids: VecDeque<Uuid>,
}

impl Ended {
    /// One that is not kept gets its number all the same, and none before it is wanted any more: whoever begins to tell
    /// later begins from then.
    pub fn count(&mut self, execution: Uuid, keep: bool) {
        if keep {
            self.ids.push_back(execution);
            self.forget_before(self.next().saturating_sub(MOST_ENDED as u64));
        } else {
            self.first = self.next().saturating_add(1);
            self.ids = VecDeque::new();
        }
    }

    /// The number of the next execution that ends; from it on, all is still to come.
    pub fn next(&self) -> u64 {
        self.first.saturating_add(self.ids.len() as u64)
    }

    /// Executions kept with this number or a later one, in the order in which they were counted. The number after the
    /// last one told is where to go on.
    pub fn after(&self, cursor: u64) -> impl Iterator<Item = (u64, Uuid)> + '_ {
        let skipped = usize::try_from(cursor.saturating_sub(self.first)).unwrap_or(usize::MAX);
        (self.first..).zip(self.ids.iter().copied()).skip(skipped)
    }

    /// Drops what nobody has still to be told.
    pub fn forget_before(&mut self, number: u64) {
        while self.first < number && self.ids.pop_front().is_some() {
            self.first += 1;
        }
    }
}
