//! Goes through the tenants of one database, each in a transaction of its own, and notes what cannot be read.
//!
//! What is read in a transaction is up to the caller.

use std::sync::Arc;

use super::options::wants;
use crate::config::{Config, Database, Patterns};
use crate::record::Position;
use crate::source::{Discovered, Error, Reader, Schema, Visit};

/// The tenants of one database that are still to be read.
pub struct Visits<'a> {
    visit: Visit,
    wanted: &'a Patterns,
    left: std::vec::IntoIter<Discovered>,
}

/// A tenant whose transaction is open.
#[derive(Debug)]
pub struct Entered {
    pub label: Arc<str>,
    pub schema: Schema,
    pub position: Position,
}

impl<'a> Visits<'a> {
    /// `None`, and a note why, if the database cannot be read. Without patterns, all tenants are `wanted`.
    pub async fn open(
        database: &Database,
        config: &Config,
        wanted: &'a Patterns,
        unreadable: &mut Vec<String>,
    ) -> Option<Self> {
        match Visit::open(database, config).await {
            Ok((visit, found)) => Some(Self { visit, wanted, left: found.into_iter() }),
            Err(failure) => {
                unreadable.push(format!("database {}: {}", database.name, failure.error));
                None
            }
        }
    }

    /// Opens a transaction on the next tenant that can be read; `None` after the last.
    pub async fn next(&mut self, unreadable: &mut Vec<String>) -> Option<Entered> {
        loop {
            let found = self.left.next()?;
            let label = self.visit.label(&found.name);
            if !wants(self.wanted, &label) {
                continue;
            }
            let schema = match found.schema {
                Ok(schema) => schema,
                Err(unusable) => {
                    unreadable.push(format!("tenant {label}: {unusable}"));
                    continue;
                }
            };
            match self.visit.enter(&schema).await {
                Ok(position) => return Some(Entered { label, schema, position }),
                Err(error) => self.give_up(&label, &error, unreadable).await,
            }
        }
    }

    pub fn reader(&mut self) -> &mut Reader {
        self.visit.reader()
    }

    /// Ends the tenant's transaction; `None`, and a note why, if it could not be read.
    pub async fn leave<T>(
        &mut self,
        entered: &Entered,
        read: Result<T, Error>,
        unreadable: &mut Vec<String>,
    ) -> Option<T> {
        match read {
            Err(error) => {
                self.give_up(&entered.label, &error, unreadable).await;
                None
            }
            Ok(read) => {
                if let Err(error) = self.visit.leave().await {
                    self.pass_over_the_rest(&error, unreadable);
                }
                Some(read)
            }
        }
    }

    pub async fn close(self) {
        self.visit.close().await;
    }

    async fn give_up(&mut self, label: &str, error: &Error, unreadable: &mut Vec<String>) {
        unreadable.push(format!("tenant {label}: {error}"));
        if error.is_broken() {
            self.pass_over_the_rest(error, unreadable);
        } else if let Err(error) = self.visit.leave().await {
            self.pass_over_the_rest(&error, unreadable);
        }
    }

    /// Without a connection there is nothing more to read.
    fn pass_over_the_rest(&mut self, error: &Error, unreadable: &mut Vec<String>) {
        for found in std::mem::take(&mut self.left) {
            let label = self.visit.label(&found.name);
            if wants(self.wanted, &label) {
                unreadable.push(format!("tenant {label}: {error}"));
            }
        }
    }
}
