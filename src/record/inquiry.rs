//! What a person asks about single executions: records with texts that no metric may hold.
//!
//! The texts are the user's own (error messages, event data): they are shown to whoever asked, and never logged.

use std::sync::Arc;

use uuid::Uuid;

use super::{Event, Execution, Task, Timestamp};

/// A stored text, cut where it was too long to be read whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    pub text: String,
    /// There is more of it in the database.
    pub cut: bool,
}

impl Text {
    /// Keeps at most `limit` characters.
    pub fn shorten(&mut self, limit: usize) {
        if let Some((end, _)) = self.text.char_indices().nth(limit) {
            self.text.truncate(end);
            self.text.shrink_to_fit();
            self.cut = true;
        }
    }
}

/// One execution with what its row says beyond `Execution`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutionDetails {
    pub execution: Execution,
    pub version: Arc<str>,
    /// `trigger_origin` as stored: `manual` for executions that were asked for over the REST interface, since v0.9.
    pub asked_by: Option<Arc<str>>,
    pub error: Option<Text>,
    /// Cleared when the execution is resumed; its events remain.
    pub paused_at: Option<Timestamp>,
    pub pause_reason: Option<Text>,
}

/// One task with what its row says beyond `Task`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskDetails {
    pub task: Task,
    pub max_attempts: Option<i64>,
    /// Of the last attempt; of a skipped task, why.
    pub error: Option<Text>,
}

/// One event with what its row says beyond `Event`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventDetails {
    pub event: Event,
    /// The kind as stored.
    pub name: Arc<str>,
    pub sequence: u64,
    /// JSON as stored; `None` if it says nothing.
    pub data: Option<Text>,
}

/// A task that the engine gave up, since the runners that held it died too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AbandonedTask {
    pub execution: Uuid,
    pub workflow: Arc<str>,
    pub task: Uuid,
    pub name: Arc<str>,
    pub ended_at: Timestamp,
}
