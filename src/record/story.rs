//! All that the rows tell of one ended execution: what its trace and its log records are made of. Never journaled, since
//! it can be read again.

use std::sync::Arc;

use super::Fire;
use super::inquiry::{EventDetails, ExecutionDetails, TaskDetails};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    pub tenant: Arc<str>,
    pub execution: ExecutionDetails,
    /// In the order in which they were created.
    pub tasks: Vec<TaskDetails>,
    /// In the order in which they were written; retention may have deleted them.
    pub events: Vec<EventDetails>,
    /// Of the schedule that started it; empty if none did, more than one after a recovery.
    pub fires: Vec<Fire>,
}
