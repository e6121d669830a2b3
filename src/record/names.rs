//! What statuses, reasons and kinds are called where they are shown: as labels of metrics, as attributes of spans, and as
//! the engine stores them.

use super::{EventKind, ExecutionStatus, FailureReason, Origin, TaskStatus};

/// The last segment of a stored task name, `tenant::package::workflow::task`.
pub fn short_name(name: &str) -> &str {
    name.rsplit_once("::").map_or(name, |(_, last)| last)
}

impl ExecutionStatus {
    /// As the engine stores it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Paused => "Paused",
            Self::Completed => "Completed",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
            Self::Other => "unknown",
        }
    }

    /// As a label or an attribute.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Other => "other",
        }
    }
}

impl TaskStatus {
    /// As the engine stores it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotStarted => "NotStarted",
            Self::Ready => "Ready",
            Self::Running => "Running",
            Self::Completed => "Completed",
            Self::Failed => "Failed",
            Self::Skipped => "Skipped",
            Self::Other => "unknown",
        }
    }

    /// As a label or an attribute.
    pub const fn label(self) -> &'static str {
        match self {
            Self::NotStarted => "not_started",
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Other => "other",
        }
    }
}

impl Origin {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cron => "cron",
            Self::Trigger => "trigger",
            Self::Manual => "manual",
            Self::Unknown => "unknown",
        }
    }
}

impl FailureReason {
    pub fn name(&self) -> &str {
        match self {
            Self::Timeout => "timeout",
            Self::Validation => "validation",
            Self::Context => "context",
            Self::NotFound => "not_found",
            Self::ClaimLost => "claim_lost",
            Self::Infrastructure => "infrastructure",
            Self::Abandoned => "abandoned",
            Self::TaskError => "task_error",
            Self::Unknown => "unknown",
            Self::Named(name) => name,
        }
    }
}

impl EventKind {
    /// As the engine stores it since v0.5.1.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TaskCreated => "task_created",
            Self::TaskMarkedReady => "task_marked_ready",
            Self::TaskClaimed => "task_claimed",
            Self::TaskStarted => "task_started",
            Self::TaskDeferred => "task_deferred",
            Self::TaskResumed => "task_resumed",
            Self::TaskCompleted => "task_completed",
            Self::TaskFailed => "task_failed",
            Self::TaskRetryScheduled => "task_retry_scheduled",
            Self::TaskSkipped => "task_skipped",
            Self::TaskAbandoned => "task_abandoned",
            Self::TaskReset => "task_reset",
            Self::WorkflowStarted => "workflow_started",
            Self::WorkflowCompleted => "workflow_completed",
            Self::WorkflowFailed => "workflow_failed",
            Self::WorkflowCancelled => "workflow_cancelled",
            Self::WorkflowPaused => "workflow_paused",
            Self::WorkflowResumed => "workflow_resumed",
            Self::Other => "other",
        }
    }
}
