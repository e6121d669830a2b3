//! What a destination has taken so far, on disk beside the state file, so that a restart neither repeats nor skips it.
//!
//! A file for each destination and signal: each is written by one task, at its own pace.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::config::Exporter;
use crate::store::{self, Store};

/// Where what `exporter` has acknowledged is kept.
pub fn path(state_file: &Path, exporter: &Exporter) -> PathBuf {
    let mut name = state_file.as_os_str().to_owned();
    name.push(format!(".otlp-{}-{}", exporter.destination, exporter.signal.name()));
    PathBuf::from(name)
}

#[derive(Debug)]
pub(super) struct Journal {
    store: Option<Store>,
    /// What was acknowledged is not all on disk.
    outdated: bool,
    failing: bool,
}

impl Journal {
    /// Restores what was saved, with `fold` applied to each record; `None` if there is nothing, or no file to keep it in.
    pub(super) fn open<S, R>(
        path: Option<&Path>,
        fold: impl FnMut(&mut S, R),
    ) -> Result<(Self, Option<S>), store::Error>
    where
        S: DeserializeOwned,
        R: DeserializeOwned,
    {
        let Some(path) = path else {
            return Ok((Self { store: None, outdated: false, failing: false }, None));
        };
        let opened = Store::open(path, fold)?;
        if let Some(set_aside) = &opened.set_aside {
            tracing::error!(
                kept_as = %set_aside.path.display(), damage = %set_aside.damage,
                "the record of what was pushed cannot be used and was set aside; pushing begins anew"
            );
        }
        Ok((Self { store: Some(opened.store), outdated: false, failing: false }, opened.state))
    }

    /// Writes where pushing begins, unless that was done before: what happens from now on must not be taken for older
    /// than that after a restart.
    pub(super) fn begin<S: Serialize>(&mut self, whole: &S) {
        self.outdated = self.store.as_ref().is_some_and(Store::needs_compaction);
        self.settle(whole);
    }

    /// Writes `record` behind the others at once, if that can be done.
    pub(super) fn append<R: Serialize>(&mut self, record: &R) {
        let Some(store) = &mut self.store else { return };
        if store.needs_compaction() {
            self.outdated = true;
            return;
        }
        let saved = tokio::task::block_in_place(|| store.append(record));
        self.outdated |= saved.is_err();
        self.note(saved);
    }

    /// Writes all that is acknowledged, if any record of it could not be appended.
    pub(super) fn settle<S: Serialize>(&mut self, whole: &S) {
        let Some(store) = self.store.as_mut().filter(|_| self.outdated) else { return };
        let saved = tokio::task::block_in_place(|| store.compact(whole));
        self.outdated = saved.is_err();
        self.note(saved);
    }

    /// A failure is logged when it begins: until it ends, a crash may repeat what was pushed.
    fn note(&mut self, saved: Result<(), store::Error>) {
        match saved {
            Ok(()) if self.failing => {
                tracing::info!("what was pushed can be recorded again");
                self.failing = false;
            }
            Ok(()) => {}
            Err(error) => {
                if !self.failing {
                    tracing::error!(%error, "what was pushed cannot be recorded; a crash would push it again");
                }
                self.failing = true;
            }
        }
    }
}
