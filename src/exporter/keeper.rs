//! Keeps the state on disk: journals each batch before it is folded, and now and then writes the whole state.

use std::sync::Arc;

use crate::config::Config;
use crate::record::{Batch, Span};
use crate::state::{Settings, State};
use crate::store::{self, Store};

/// Polls whose totals are not shown because they could not be saved; after these they are, with an alarm.
const UNSAVED_LIMIT: u32 = 3;

/// What is still to be done to save a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Save {
    Done,
    /// The journal cannot take it: write the whole state once the batches are folded.
    Whole,
}

pub(super) struct Keeper {
    store: Option<Store>,
    /// Polls in a row that could not be saved.
    unsaved: u32,
}

impl Keeper {
    /// Restores what was saved; without a state file, or without anything in it, counters start now.
    pub(super) fn open(config: &Config) -> Result<(Self, State), store::Error> {
        let fresh = || State::new(&config.metrics);
        let Some(path) = &config.state_file else { return Ok((Self { store: None, unsaved: 0 }, fresh())) };
        let settings = Settings {
            metrics: &config.metrics,
            overlap: Span::from(config.poll.overlap),
            keep_ended: config.otlp.sends_executions(),
        };
        let opened = Store::open(path, |state: &mut State, batches: Vec<(Arc<str>, Batch)>| {
            for (label, batch) in &batches {
                state.apply(label, batch, settings, 0);
            }
        })?;
        if let Some(set_aside) = &opened.set_aside {
            tracing::error!(
                kept_as = %set_aside.path.display(), damage = %set_aside.damage,
                "the state file cannot be used and was set aside; counters start at zero"
            );
        }
        let mut state = opened.state.unwrap_or_else(fresh);
        if state.rebucket(&config.metrics) {
            tracing::warn!("the configured buckets changed; histograms start at zero");
        }
        tracing::info!(
            path = %path.display(), tenants = state.tenants.len(), batches = opened.records,
            torn_bytes = opened.torn_bytes, "state file opened"
        );
        Ok((Self { store: Some(opened.store), unsaved: 0 }, state))
    }

    /// Journals `batches`, unless they say nothing that a restart would not find out again.
    pub(super) fn append(&mut self, state: &State, batches: &[(Arc<str>, Box<Batch>)]) -> Save {
        let Some(store) = &mut self.store else { return Save::Done };
        if store.needs_compaction() {
            return Save::Whole;
        }
        let says_something = |(label, batch): &&(Arc<str>, Box<Batch>)| {
            state.tenants.get(label).is_none_or(|tenant| tenant.would_change(batch))
        };
        let record: Vec<_> = batches.iter().filter(says_something).collect();
        if record.is_empty() {
            return Save::Done;
        }
        let outcome = tokio::task::block_in_place(|| store.append(&record));
        self.note(outcome);
        if self.unsaved == 0 { Save::Done } else { Save::Whole }
    }

    pub(super) fn compact(&mut self, state: &State) {
        if let Some(store) = &mut self.store {
            let outcome = store.compact(state);
            self.note(outcome);
        }
    }

    fn note(&mut self, outcome: Result<(), store::Error>) {
        match outcome {
            Ok(()) if self.unsaved > 0 => {
                tracing::info!("the state file can be written again");
                self.unsaved = 0;
            }
            Ok(()) => {}
            Err(error) => {
                if self.unsaved == 0 {
                    tracing::error!(%error, "the state could not be saved");
                }
                self.unsaved = self.unsaved.saturating_add(1);
            }
        }
    }

    /// Whether all that was folded is on disk; `None` without a state file.
    pub(super) fn saved(&self) -> Option<bool> {
        self.store.as_ref().map(|_| self.unsaved == 0)
    }

    pub(super) fn may_publish(&self) -> bool {
        self.unsaved == 0 || self.unsaved > UNSAVED_LIMIT
    }
}
