//! Metrics of workflows and their executions.

use super::{Collect, Metric, metric};
use crate::record::ExecutionStatus;
use crate::snapshot::{Kind, Unit};

const WORKFLOW: &[&str] = &["tenant", "workflow"];
const STATUS: &[&str] = &["tenant", "workflow", "status"];

const ENDS: [ExecutionStatus; 3] =
    [ExecutionStatus::Completed, ExecutionStatus::Failed, ExecutionStatus::Cancelled];

pub(super) static METRICS: &[Metric] = &[
    metric(
        "cloacina_state_workflow_executions_active",
        "cloacina.state.workflow.executions.active",
        Kind::Gauge,
        Unit::None,
        &["tenant", "workflow", "state"],
        "Executions that are pending, running or paused. Before v0.7 a running execution is stored as pending.",
        Collect::Tenant(|view, sink| {
            for (workflow, levels) in &view.levels.workflows {
                for (state, count) in
                    [("pending", levels.pending), ("running", levels.running), ("paused", levels.paused)]
                {
                    sink.gauge([view.label, workflow, state], count as f64);
                }
            }
        }),
    ),
    metric(
        "cloacina_state_workflow_oldest_active_execution_age_seconds",
        "cloacina.state.workflow.oldest_active_execution.age",
        Kind::Gauge,
        Unit::Seconds,
        WORKFLOW,
        "Age of the oldest pending or running execution, since its start; paused ones excluded; 0 if there is none.",
        Collect::Tenant(|view, sink| {
            for (workflow, levels) in &view.levels.workflows {
                sink.gauge([view.label, workflow], levels.oldest_active_age.seconds());
            }
        }),
    ),
    metric(
        "cloacina_state_workflow_stalled_executions",
        "cloacina.state.workflow.stalled_executions",
        Kind::Gauge,
        Unit::None,
        WORKFLOW,
        "Pending or running executions without a task that is ready, claimed, running or backing off, \
         and without a changed row for the configured time (10 min).",
        Collect::Tenant(|view, sink| {
            for (workflow, levels) in &view.levels.workflows {
                sink.gauge([view.label, workflow], levels.stalled as f64);
            }
        }),
    ),
    metric(
        "cloacina_state_workflow_executions_total",
        "cloacina.state.workflow.executions",
        Kind::Counter,
        Unit::Executions,
        &["tenant", "workflow", "status", "origin"],
        "Executions that ended, each counted once. The origin is unknown for executions that the application \
         started itself.",
        Collect::Tenant(|view, sink| {
            for (workflow, series) in view.tenant.workflows.iter() {
                for ((status, origin), counter) in &series.ended {
                    sink.counter([view.label, workflow, status.label(), origin.name()], counter);
                }
            }
        }),
    ),
    metric(
        "cloacina_state_workflow_execution_duration_seconds",
        "cloacina.state.workflow.execution.duration",
        Kind::Histogram,
        Unit::Seconds,
        STATUS,
        "Time from the start of an ended execution to its end, pauses included.",
        Collect::Tenant(|view, sink| {
            for (workflow, series) in view.tenant.workflows.iter() {
                for (status, histogram) in &series.durations {
                    sink.histogram([view.label, workflow, status.label()], histogram);
                }
            }
        }),
    ),
    metric(
        "cloacina_state_workflow_start_delay_seconds",
        "cloacina.state.workflow.start_delay",
        Kind::Histogram,
        Unit::Seconds,
        WORKFLOW,
        "Time from the creation of an execution to the start of its first task, observed when the execution ends; \
         not observed where that start was overwritten by a retry, nor before v0.8.",
        Collect::Tenant(|view, sink| {
            for (workflow, series) in view.tenant.workflows.iter() {
                sink.histogram([view.label, workflow], &series.start_delay);
            }
        }),
    ),
    metric(
        "cloacina_state_workflow_last_execution_status",
        "cloacina.state.workflow.last_execution.status",
        Kind::Gauge,
        Unit::None,
        STATUS,
        "1 for the status of the newest ended execution, 0 for the others; absent until one was seen.",
        Collect::Tenant(|view, sink| {
            for (workflow, series) in view.tenant.workflows.iter() {
                let Some((_, last)) = series.last_ended else { continue };
                for status in ENDS {
                    sink.gauge([view.label, workflow, status.label()], f64::from(u8::from(status == last)));
                }
            }
        }),
    ),
    metric(
        "cloacina_state_workflow_last_success_timestamp_seconds",
        "cloacina.state.workflow.last_success.timestamp",
        Kind::Gauge,
        Unit::UnixTime,
        WORKFLOW,
        "When an execution last completed, as Unix time; absent until one was seen.",
        Collect::Tenant(|view, sink| {
            for (workflow, series) in view.tenant.workflows.iter() {
                sink.instant([view.label, workflow], series.last_success);
            }
        }),
    ),
    metric(
        "cloacina_state_workflow_last_failure_timestamp_seconds",
        "cloacina.state.workflow.last_failure.timestamp",
        Kind::Gauge,
        Unit::UnixTime,
        WORKFLOW,
        "When an execution last failed, as Unix time; absent until one was seen.",
        Collect::Tenant(|view, sink| {
            for (workflow, series) in view.tenant.workflows.iter() {
                sink.instant([view.label, workflow], series.last_failure);
            }
        }),
    ),
    metric(
        "cloacina_state_workflow_consecutive_failures",
        "cloacina.state.workflow.consecutive_failures",
        Kind::Gauge,
        Unit::None,
        WORKFLOW,
        "Executions that failed since the last one that completed, at most 100; cancelled ones do not count.",
        Collect::Tenant(|view, sink| {
            for (workflow, series) in view.tenant.workflows.iter() {
                sink.gauge([view.label, workflow], series.consecutive_failures() as f64);
            }
        }),
    ),
    metric(
        "cloacina_state_workflow_duration_baseline_seconds",
        "cloacina.state.workflow.duration.baseline",
        Kind::Gauge,
        Unit::Seconds,
        WORKFLOW,
        "95th percentile of the durations of the last 50 completed executions; absent below 10 of them.",
        Collect::Tenant(|view, sink| {
            for (workflow, series) in view.tenant.workflows.iter() {
                if let Some(baseline) = series.duration_baseline() {
                    sink.gauge([view.label, workflow], baseline.seconds());
                }
            }
        }),
    ),
];
