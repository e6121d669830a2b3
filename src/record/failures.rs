//! Failed executions with what their tasks said: records that `check` alone reads.
//!
//! The texts are the user's own: they are shown to whoever asked, and never logged.

use std::sync::Arc;

use uuid::Uuid;

use super::Timestamp;

/// One execution that failed. On v0.4 also one that is stored as completed, with a failed task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedExecution {
    pub id: Uuid,
    /// `None` if no time of its end can be read.
    pub ended_at: Option<Timestamp>,
    /// What the engine wrote to the execution itself, at most 500 characters.
    pub error: Option<String>,
    /// The first five that failed, oldest first; those that can be read.
    pub tasks: Vec<FailedTask>,
}

/// One task that failed for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedTask {
    /// The stored name, `tenant::package::workflow::task`.
    pub name: Arc<str>,
    /// Number of its last attempt, from 1.
    pub attempt: u32,
    /// At most 500 characters; any text. That of an abandoned task tells that it was abandoned.
    pub error: Option<String>,
}

/// The failed executions of one workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failures {
    pub workflow: Arc<str>,
    /// All, also those that are not listed.
    pub total: u64,
    /// Newest first.
    pub listed: Vec<FailedExecution>,
}
