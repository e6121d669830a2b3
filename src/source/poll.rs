//! One poll of one tenant: asks the reader for what the tenant's state wants to know, in one transaction.
//!
//! What is read depends on what was read before, so the state is looked at, but never changed here. Any error drops
//! everything that was read: the next poll starts from the same state.

use uuid::Uuid;

use super::live::{self, Tasks};
use super::questions::Tail;
use super::reader::{Probe, Reader};
use super::rounds::{Failure, Rounds};
use super::schema::Schema;
use crate::record::{
    Batch, Collector, Event, Execution, Fire, Ids, Levels, Position, Recount, Schedule, Task, Timestamp,
};
use crate::state::{self, Plan, Tenant};

/// Fires of each schedule in a tenant's first read: the newest tell how it fares, the open ones may still end.
const RECENT_FIRES: u32 = 20;
const OPEN_FIRES: u32 = 1000;

/// What one poll of a tenant is told beside its state.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order {
    /// First poll on this connection, or of tables of this shape.
    pub fresh: bool,
    /// Most events to read beyond those seen before.
    pub limit: usize,
    /// List the workflows' names this time.
    pub list_workflows: bool,
}

pub(super) enum Polled {
    /// The server showed an older state than before.
    Behind(Position),
    Read(Box<Batch>),
}

/// Reads within the transaction that `position` was taken in.
pub(super) async fn read(
    reader: &mut Reader,
    tenant: &Tenant,
    mut position: Position,
    order: Order,
    rounds: &mut Rounds,
) -> Result<Polled, Failure> {
    let Plan::Read(plan) = tenant.plan(&position, order.fresh) else { return Ok(Polled::Behind(position)) };
    let mut events = Events::read(reader, tenant, &plan, order, rounds).await?;
    if let Some(sequence) = events.cut_at_sequence {
        (position.xmin, position.xmax) = (sequence, sequence + 1);
    }
    let recount = recount(reader, tenant, position.now, &mut events.new, rounds).await?;
    let active = live::active_executions(reader, tenant, plan.newer_than, rounds).await?;
    let executions = executions(reader, tenant, &plan, &events.new, &active, rounds).await?;
    let (unfinished, tasks) = tasks(reader, tenant, &plan, &events.new, &active, &executions, rounds).await?;
    let context = context(reader, tenant, &active, &executions, &tasks, rounds).await?;
    let schedules = live::schedules(reader, tenant, plan.newer_than, rounds).await?;
    let fires = fires(reader, tenant, &plan, (&schedules, &active), position.now, rounds).await?;
    // Retention moves it every now and then: once a minute, as a scan is due, is often enough.
    let oldest_event_at = match tenant.levels.oldest_event_at.filter(|_| plan.scan_cancelled.is_none()) {
        None => rounds.time(Collector::Events, reader.oldest_event()).await?,
        known => known,
    };
    let workflows = if order.list_workflows || tenant.is_new() {
        Some(rounds.time(Collector::Executions, reader.workflow_names()).await?)
    } else {
        None
    };
    Ok(Polled::Read(Box::new(Batch {
        position,
        events: events.new,
        events_until: events.until,
        levels: Levels { active, tasks: unfinished, schedules, oldest_event_at },
        executions: executions.into_iter().chain(context).collect(),
        tasks,
        scanned_cancelled: plan.scan_cancelled.is_some(),
        fires,
        workflows,
        recount,
    })))
}

/// Opens the tenant's transaction.
pub(super) async fn begin(
    reader: &mut Reader,
    schema: &Schema,
    probe: &Probe,
    rounds: &mut Rounds,
) -> Result<Position, Failure> {
    rounds.time(Collector::Position, reader.begin(schema, probe)).await
}

struct Events {
    new: Vec<Event>,
    until: Timestamp,
    cut_at_sequence: Option<u64>,
}

impl Events {
    async fn read(
        reader: &mut Reader,
        tenant: &Tenant,
        plan: &state::Tail,
        order: Order,
        rounds: &mut Rounds,
    ) -> Result<Self, Failure> {
        // A first read must be whole: what it does not see would later count as new.
        // Rows seen before count towards the limit as well.
        let limit =
            if tenant.is_new() { usize::MAX } else { order.limit.saturating_add(tenant.seen_count()) };
        let tail = Tail {
            from: plan.from,
            after_sequence: plan.after_sequence,
            newer_than_xid: plan.newer_than,
            limit,
        };
        let read = reader.events(&tail, |id| tenant.has_seen(id));
        let tailed = rounds.time(Collector::Events, read).await?;
        let cut = !tailed.complete;
        let by_sequence = tail.after_sequence.is_some();
        Ok(Self {
            until: match tailed.last_created_at {
                Some(last) if cut && !by_sequence => last,
                _ => Timestamp::MAX,
            },
            cut_at_sequence: tailed.last_sequence.filter(|_| cut && by_sequence),
            new: tailed.events,
        })
    }
}

/// Recounts one past minute, if one is due, and adds to `events` what had been missed.
async fn recount(
    reader: &mut Reader,
    tenant: &Tenant,
    now: Timestamp,
    events: &mut Vec<Event>,
    rounds: &mut Rounds,
) -> Result<Option<Recount>, Failure> {
    let Some(mut due) = tenant.audit_due(now) else { return Ok(None) };
    let count = rounds.time(Collector::Audit, reader.count_events(due.from, due.to)).await?;
    // Fewer than expected is retention's work.
    if count > due.expected {
        let found = rounds.time(Collector::Audit, reader.events_between(due.from, due.to)).await?;
        let missed = tenant.audit_missed(due, found);
        due.missed = missed.len() as u64;
        events.extend(missed);
    }
    Ok(Some(due))
}

async fn executions(
    reader: &mut Reader,
    tenant: &Tenant,
    plan: &state::Tail,
    events: &[Event],
    active: &[Execution],
    rounds: &mut Rounds,
) -> Result<Vec<Execution>, Failure> {
    let mut found = Vec::new();
    if let Some(since) = plan.scan_cancelled {
        found.extend(rounds.time(Collector::Executions, reader.cancelled_since(since)).await?);
    }
    if plan.scan_ended {
        found.extend(rounds.time(Collector::Executions, reader.ended_since(plan.from)).await?);
    }
    let wanted = tenant.wanted_executions(events, active, &found);
    rounds.time(Collector::Executions, reader.executions(&wanted)).await
}

/// Unfinished tasks, and those that ended or were read for another reason.
async fn tasks(
    reader: &mut Reader,
    tenant: &Tenant,
    plan: &state::Tail,
    events: &[Event],
    active: &[Execution],
    executions: &[Execution],
    rounds: &mut Rounds,
) -> Result<(Vec<Task>, Vec<Task>), Failure> {
    let active: Vec<Uuid> = active.iter().map(|execution| execution.id).collect();
    let Tasks { unfinished, ended: mut by_id } = if tenant.is_new() || plan.scan_ended {
        // What ended before the first poll must not count when its execution ends; what ended in a gap must count, even
        // if its event was deleted meanwhile.
        let all = rounds.time(Collector::Tasks, reader.tasks_of(&active)).await?;
        let (ended, unfinished) = all.into_iter().partition(|task| task.status.is_terminal());
        Tasks { unfinished, ended }
    } else {
        live::tasks(reader, tenant, plan.newer_than, &active, rounds).await?
    };
    by_id.extend(rounds.time(Collector::Tasks, reader.tasks_of(&ids_of_ended(executions))).await?);
    let known: Ids = by_id.iter().map(|task| task.id).collect();
    let mut wanted = tenant.wanted_tasks(events, &unfinished);
    wanted.retain(|id| !known.contains(id));
    by_id.extend(rounds.time(Collector::Tasks, reader.tasks(&wanted)).await?);
    Ok((unfinished, by_id))
}

/// Executions that are needed only to tell the workflow of a task: ended before, but a task of them still went on.
async fn context(
    reader: &mut Reader,
    tenant: &Tenant,
    active: &[Execution],
    executions: &[Execution],
    tasks: &[Task],
    rounds: &mut Rounds,
) -> Result<Vec<Execution>, Failure> {
    let known: Ids = active.iter().chain(executions).map(|execution| execution.id).collect();
    let unknown =
        tasks.iter().filter(|task| !known.contains(&task.execution) && !tenant.knows_workflow_of(task));
    let mut wanted: Vec<Uuid> = unknown.map(|task| task.execution).collect();
    wanted.sort_unstable();
    wanted.dedup();
    rounds.time(Collector::Executions, reader.executions(&wanted)).await
}

/// Each fire once, and none of which all is known. The edge is one in time for SQLite too: fires have no sequence.
async fn fires(
    reader: &mut Reader,
    tenant: &Tenant,
    plan: &state::Tail,
    (schedules, active): (&[Schedule], &[Execution]),
    now: Timestamp,
    rounds: &mut Rounds,
) -> Result<Vec<Fire>, Failure> {
    if schedules.is_empty() {
        return Ok(Vec::new());
    }
    let (mut fires, others) = if tenant.is_new() {
        let recent = rounds.time(Collector::Schedules, reader.recent_fires(RECENT_FIRES)).await?;
        (recent, rounds.time(Collector::Schedules, reader.open_fires(OPEN_FIRES)).await?)
    } else {
        let (of, ids) = (tenant.wanted_schedules(schedules), tenant.wanted_fires(now, active));
        let mut new = match tenant.sweep_from(now) {
            Some(swept) => {
                let all = reader.fires_since(swept.min(plan.from), &of);
                rounds.time(Collector::Schedules, all).await?
            }
            None => rounds.time(Collector::Schedules, reader.fires_of(plan.from, &of)).await?,
        };
        new.retain(|fire| !tenant.has_settled_fire(&fire.id));
        (new, rounds.time(Collector::Schedules, reader.fires(&ids)).await?)
    };
    let mut known: Ids = fires.iter().map(|fire| fire.id).collect();
    fires.extend(others.into_iter().filter(|fire| known.insert(fire.id)));
    Ok(fires)
}

fn ids_of_ended(executions: &[Execution]) -> Vec<Uuid> {
    executions
        .iter()
        .filter(|execution| execution.status.is_terminal())
        .map(|execution| execution.id)
        .collect()
}
