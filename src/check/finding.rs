//! What a check can find: how bad it is, of what kind, and about what.

use std::sync::Arc;

use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::record::Timestamp;

/// Characters that people are shown of a name or an error.
pub const LONGEST_TEXT: usize = 300;

/// How bad something is. The worst of all is the check's status; as the Monitoring Plugins have it, what is known to be
/// wrong comes before what is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    #[default]
    Ok,
    Unknown,
    Warning,
    Critical,
}

impl Severity {
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Warning => 1,
            Self::Critical => 2,
            Self::Unknown => 3,
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unknown => "unknown",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// Kinds of findings. Their names are stable: programs go by them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    DatabaseUnreachable,
    TenantUnreadable,
    /// A pattern of tenants that none matches, or a database without tenants.
    NoTenant,
    NoWorkflow,
    SchedulerStalled,
    ScheduleOverdue,
    SchedulePeriodLate,
    ScheduleLate,
    ScheduleNeverFired,
    ScheduleInvalid,
    SchedulePaused,
    HandoffLost,
    HandoffAbandoned,
    TriggerBlocked,
    TriggerStale,
    TriggerNeverPolled,
    ExecutionFailed,
    ExecutionTooLong,
    ExecutionStalled,
    ClaimStale,
    TaskWaiting,
}

impl Kind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::DatabaseUnreachable => "database_unreachable",
            Self::TenantUnreadable => "tenant_unreadable",
            Self::NoTenant => "no_tenant",
            Self::NoWorkflow => "no_workflow",
            Self::SchedulerStalled => "scheduler_stalled",
            Self::ScheduleOverdue => "schedule_overdue",
            Self::SchedulePeriodLate => "schedule_period_late",
            Self::ScheduleLate => "schedule_late",
            Self::ScheduleNeverFired => "schedule_never_fired",
            Self::ScheduleInvalid => "schedule_invalid",
            Self::SchedulePaused => "schedule_paused",
            Self::HandoffLost => "handoff_lost",
            Self::HandoffAbandoned => "handoff_abandoned",
            Self::TriggerBlocked => "trigger_blocked",
            Self::TriggerStale => "trigger_stale",
            Self::TriggerNeverPolled => "trigger_never_polled",
            Self::ExecutionFailed => "execution_failed",
            Self::ExecutionTooLong => "execution_too_long",
            Self::ExecutionStalled => "execution_stalled",
            Self::ClaimStale => "claim_stale",
            Self::TaskWaiting => "task_waiting",
        }
    }

    pub const fn is_of_execution(self) -> bool {
        matches!(
            self,
            Self::ExecutionFailed
                | Self::ExecutionTooLong
                | Self::ExecutionStalled
                | Self::ClaimStale
                | Self::TaskWaiting
        )
    }

    /// What is counted, for one and for several.
    pub const fn noun(self, count: u64) -> &'static str {
        let (one, several) = match self {
            Self::DatabaseUnreachable => ("database unreachable", "databases unreachable"),
            Self::TenantUnreadable => ("tenant unreadable", "tenants unreadable"),
            Self::NoTenant => ("search for tenants without a match", "searches for tenants without a match"),
            Self::NoWorkflow => {
                ("pattern of workflows without a match", "patterns of workflows without a match")
            }
            Self::SchedulerStalled => ("scheduler stalled", "schedulers stalled"),
            Self::ScheduleOverdue => ("schedule overdue", "schedules overdue"),
            Self::SchedulePeriodLate => ("schedule late by a period", "schedules late by a period"),
            Self::ScheduleLate => ("schedule late", "schedules late"),
            Self::ScheduleNeverFired => ("schedule that never fired", "schedules that never fired"),
            Self::ScheduleInvalid => ("schedule invalid", "schedules invalid"),
            Self::SchedulePaused => ("schedule paused for long", "schedules paused for long"),
            Self::HandoffLost => ("handoff lost", "handoffs lost"),
            Self::HandoffAbandoned => ("handoff abandoned", "handoffs abandoned"),
            Self::TriggerBlocked => ("execution blocks its trigger", "executions block their triggers"),
            Self::TriggerStale => ("trigger not polled", "triggers not polled"),
            Self::TriggerNeverPolled => ("trigger never polled", "triggers never polled"),
            Self::ExecutionFailed => ("failed execution", "failed executions"),
            Self::ExecutionTooLong => ("execution takes too long", "executions take too long"),
            Self::ExecutionStalled => ("execution stalled", "executions stalled"),
            Self::ClaimStale => ("stale claim", "stale claims"),
            Self::TaskWaiting => ("execution waits for a runner", "executions wait for a runner"),
        };
        if count == 1 { one } else { several }
    }
}

macro_rules! serialize_by_name {
    ($type:ty) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }
    };
}

serialize_by_name!(Severity);
serialize_by_name!(Kind);

/// One thing that was found. The texts in it may hold anything that names and error texts hold, cut short but with
/// control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    pub kind: Kind,
    /// The workflow of an execution, a schedule, a tenant, a database or a pattern.
    pub subject: Arc<str>,
    /// One sentence, to be read after the subject.
    pub message: String,
    /// How many of `kind` it stands for: more than 1 where not all are listed, or a number is all that is known.
    pub count: u64,
    pub workflow: Option<Arc<str>>,
    pub execution: Option<Uuid>,
    /// When it happened, or since when it is so.
    pub at: Option<Timestamp>,
    pub tasks: Vec<TaskError>,
}

/// A failed task of a failed execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskError {
    /// The last segment of the stored name.
    pub name: Arc<str>,
    pub attempt: u32,
    pub error: Option<String>,
}

impl Finding {
    pub fn new(severity: Severity, kind: Kind, subject: &Arc<str>, message: String) -> Self {
        Self {
            severity,
            kind,
            subject: subject.clone(),
            message,
            count: 1,
            workflow: None,
            execution: None,
            at: None,
            tasks: Vec::new(),
        }
    }

    #[must_use]
    pub fn workflow(mut self, workflow: &Arc<str>) -> Self {
        self.workflow = Some(workflow.clone());
        self
    }

    #[must_use]
    pub fn execution(mut self, execution: Uuid) -> Self {
        self.execution = Some(execution);
        self
    }

    #[must_use]
    pub fn at(mut self, at: Option<Timestamp>) -> Self {
        self.at = at;
        self
    }

    #[must_use]
    pub fn count(mut self, count: u64) -> Self {
        self.count = count;
        self
    }
}
