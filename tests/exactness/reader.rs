//! Asks the simulated database what a poll asks a real one, in the same order: plan, events, recount, active
//! executions, executions by id, tasks.

use std::collections::HashSet;

use cloacina_exporter::record::{
    Batch, Event, Execution, Levels, Position, Recount, Task, TaskStatus, Timestamp,
};
use cloacina_exporter::state::{Plan, Tail, Tenant};
use uuid::Uuid;

use crate::database::Database;

/// How a poll is made, beside what the tenant's state says.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    /// First poll on its connection.
    pub fresh: bool,
    /// Most unseen events to read.
    pub limit: usize,
    /// Instead of the state's own window, read events from this instant on, and recount nothing.
    pub naive_edge: Option<Timestamp>,
}

/// `None` if the state wants the poll to be skipped.
pub fn read(database: &Database, tenant: &Tenant, position: Position, order: Order) -> Option<Batch> {
    let Plan::Read(mut plan) = tenant.plan(&position, order.fresh) else { return None };
    if let Some(edge) = order.naive_edge {
        (plan.from, plan.newer_than) = (edge, None);
    }
    let (mut events, events_until) = events(database, tenant, &plan, order);
    let recount =
        if order.naive_edge.is_some() { None } else { recount(database, tenant, position.now, &mut events) };
    let active: Vec<Execution> =
        database.executions.values().filter(|execution| execution.status.is_active()).cloned().collect();
    let mut executions = executions(database, tenant, &plan, &events, &active);
    let (unfinished, by_id) = tasks(database, tenant, &events, &active, &executions);
    executions.extend(context(database, tenant, &active, &executions, &by_id));
    let workflows =
        tenant.is_new().then(|| database.executions.values().map(|row| row.workflow.clone()).collect());
    Some(Batch {
        position,
        events,
        events_until,
        levels: Levels { active, tasks: unfinished, ..Levels::default() },
        executions,
        tasks: by_id,
        scanned_cancelled: plan.scan_cancelled.is_some(),
        fires: Vec::new(),
        workflows,
        recount,
    })
}

fn events(database: &Database, tenant: &Tenant, plan: &Tail, order: Order) -> (Vec<Event>, Timestamp) {
    let newer = |xid: u64| plan.newer_than.is_none_or(|oldest| xid >= oldest);
    let window = database.events.iter().filter(|(xid, event)| event.created_at >= plan.from && newer(*xid));
    let mut events: Vec<Event> = window.map(|(_, event)| event.clone()).collect();
    events.sort_by_key(|event| event.created_at);
    events.retain(|event| !tenant.has_seen(&event.id));
    let limit = if tenant.is_new() { usize::MAX } else { order.limit };
    let cut = events.len() > limit;
    events.truncate(limit);
    let until = events.last().filter(|_| cut).map_or(Timestamp::MAX, |last| last.created_at);
    (events, until)
}

fn recount(database: &Database, tenant: &Tenant, now: Timestamp, events: &mut Vec<Event>) -> Option<Recount> {
    let mut due = tenant.audit_due(now)?;
    let within = |event: &&Event| event.created_at >= due.from && event.created_at < due.to;
    let found: Vec<Event> = database.events.iter().map(|(_, event)| event).filter(within).cloned().collect();
    if found.len() as u64 > due.expected {
        let missed = tenant.audit_missed(due, found);
        due.missed = missed.len() as u64;
        events.extend(missed);
    }
    Some(due)
}

fn executions(
    database: &Database,
    tenant: &Tenant,
    plan: &Tail,
    events: &[Event],
    active: &[Execution],
) -> Vec<Execution> {
    let all = || database.executions.values();
    let mut found = Vec::new();
    if let Some(since) = plan.scan_cancelled {
        let cancelled =
            all().filter(|row| row.status == cloacina_exporter::record::ExecutionStatus::Cancelled);
        found.extend(
            cancelled
                .filter(|row| row.completed_at >= Some(since) || row.created_at >= since)
                .map(|row| row.id),
        );
    }
    if plan.scan_ended {
        found.extend(
            all()
                .filter(|row| row.status.is_terminal() && row.completed_at >= Some(plan.from))
                .map(|row| row.id),
        );
    }
    executions_by_id(database, &tenant.wanted_executions(events, active, &found))
}

fn tasks(
    database: &Database,
    tenant: &Tenant,
    events: &[Event],
    active: &[Execution],
    executions: &[Execution],
) -> (Vec<Task>, Vec<Task>) {
    let of = |rows: &[Execution]| {
        let ids: HashSet<Uuid> = rows.iter().map(|row| row.id).collect();
        database.tasks.values().filter(move |task| ids.contains(&task.execution)).cloned()
    };
    let is_unfinished =
        |task: &Task| matches!(task.status, TaskStatus::NotStarted | TaskStatus::Ready | TaskStatus::Running);
    let (unfinished, ended): (Vec<Task>, Vec<Task>) = of(active).partition(is_unfinished);
    let mut by_id = if tenant.is_new() { ended } else { Vec::new() };
    let terminal: Vec<Execution> =
        executions.iter().filter(|row| row.status.is_terminal()).cloned().collect();
    by_id.extend(of(&terminal));
    let known: HashSet<Uuid> = by_id.iter().map(|task| task.id).collect();
    let wanted = tenant.wanted_tasks(events, &unfinished).into_iter().filter(|id| !known.contains(id));
    by_id.extend(wanted.filter_map(|id| database.tasks.get(&id)).cloned());
    (unfinished, by_id)
}

fn context(
    database: &Database,
    tenant: &Tenant,
    active: &[Execution],
    executions: &[Execution],
    tasks: &[Task],
) -> Vec<Execution> {
    let known: HashSet<Uuid> = active.iter().chain(executions).map(|execution| execution.id).collect();
    let unknown =
        tasks.iter().filter(|task| !known.contains(&task.execution) && !tenant.knows_workflow_of(task));
    let mut wanted: Vec<Uuid> = unknown.map(|task| task.execution).collect();
    wanted.sort_unstable();
    wanted.dedup();
    executions_by_id(database, &wanted)
}

fn executions_by_id(database: &Database, ids: &[Uuid]) -> Vec<Execution> {
    ids.iter().filter_map(|id| database.executions.get(id)).cloned().collect()
}
