//! What saving costs at 500 events a second: the bytes of a poll's record, and the times to append it and to write the
//! whole state. Needs no server: an hour of polls is made up, and folded as the exporter does.

use std::sync::Arc;
use std::time::Instant;

use cloacina_exporter::config::Metrics;
use cloacina_exporter::record::{
    Batch, Event, EventKind, Execution, ExecutionStatus, Identity, Levels, Origin, Position, Schedule,
    ScheduleKind, Span, Task, TaskStatus, Timestamp,
};
use cloacina_exporter::state::{Settings, State};
use cloacina_exporter::store::Store;
use fastrand::Rng;
use uuid::Uuid;

use super::measure::milliseconds;
use super::support::writer::engine::random_id;
use super::table::{Table, Values, number};

/// An hour at 15 s.
const POLLS: i64 = 240;
/// In each poll: executions that end, each with `TASKS` tasks of `EVENTS` events, and one event of its own.
const EXECUTIONS: u64 = 577;
const TASKS: u64 = 3;
const EVENTS: i64 = 4;
const ACTIVE: u64 = 2000;

pub fn all(table: &mut Table) {
    let directory = tempfile::tempdir().unwrap();
    let opened = Store::open(&directory.path().join("state"), |_: &mut State, (): ()| ()).unwrap();
    let mut store = opened.store;
    let metrics = Metrics::default();
    let settings = Settings { metrics: &metrics, overlap: Span::from_seconds(120), keep_ended: false };
    let mut state = State::new(&metrics);
    let mut maker = Maker { rng: Rng::with_seed(1), active: Vec::new(), tasks: Vec::new() };
    let (mut bytes, mut appends, mut folds) = (Values::default(), Values::default(), Values::default());
    let (mut compactions, mut whole) = (Values::default(), Values::default());
    for poll in 0..POLLS {
        let record = vec![(Arc::from("tenant"), Box::new(maker.batch(poll)))];
        let late = poll >= POLLS / 2;
        if store.needs_compaction() {
            let started = Instant::now();
            store.compact(&state).unwrap();
            if late {
                compactions.push(milliseconds(started.elapsed()));
                whole.push(std::fs::metadata(directory.path().join("state")).unwrap().len() as f64 / 1e6);
            }
        }
        let (started, before) = (Instant::now(), store.journal_bytes());
        store.append(&record).unwrap();
        if late {
            appends.push(milliseconds(started.elapsed()));
            bytes.push((store.journal_bytes() - before) as f64 / 1e3);
        }
        let started = Instant::now();
        state.apply(&record[0].0, &record[0].1, settings, 0);
        if late {
            folds.push(milliseconds(started.elapsed()));
        }
    }
    let note = format!("second half of an hour, {} events a poll", record_events());
    table.row("state file at 500 events/s: record of a poll (kB)", bytes, note);
    table.row("state file at 500 events/s: append and sync (ms)", appends, "");
    let every = number((POLLS / 2) as f64 / compactions.count() as f64);
    table.row("state file at 500 events/s: whole state (MB)", whole, format!("written every {every} polls"));
    table.row("state file at 500 events/s: write of the whole state (ms)", compactions, "");
    table.row("folding a poll at 500 events/s (ms)", folds, "");
}

fn record_events() -> u64 {
    EXECUTIONS * (TASKS * EVENTS as u64) + EXECUTIONS
}

/// Makes polls up: the executions that end were active in the poll before.
struct Maker {
    rng: Rng,
    active: Vec<Execution>,
    tasks: Vec<Task>,
}

impl Maker {
    fn batch(&mut self, poll: i64) -> Batch {
        let now = Timestamp::from_seconds(1_800_000_000 + 15 * poll);
        let ends = (self.active.len() as u64).min(EXECUTIONS) as usize;
        let mut executions: Vec<Execution> = self.active.drain(..ends).collect();
        let mut tasks: Vec<Task> = self.tasks.drain(..ends * TASKS as usize).collect();
        for execution in &mut executions {
            (execution.status, execution.completed_at) = (ExecutionStatus::Completed, Some(now));
        }
        for task in &mut tasks {
            (task.status, task.completed_at) = (TaskStatus::Completed, Some(now));
        }
        while (self.active.len() as u64) < ACTIVE {
            self.begin(now);
        }
        let xid = poll.cast_unsigned() * 6000;
        let clock = Position {
            identity: Identity { system: 1, started: 1, in_recovery: false, timeline: 1 },
            clock: now,
            own_clock: now,
            now,
            xmin: xid,
            xmax: xid,
            locked: 0,
            replayed_at: None,
        };
        Batch {
            position: clock,
            events: self.events(&executions, &tasks, now),
            events_until: Timestamp::MAX,
            levels: Levels {
                active: self.active.clone(),
                tasks: self.tasks.clone(),
                schedules: (0..500).map(schedule).collect(),
                oldest_event_at: Some(Timestamp(0)),
            },
            executions,
            tasks,
            scanned_cancelled: poll % 4 == 0,
            fires: Vec::new(),
            workflows: None,
            recount: None,
        }
    }

    fn begin(&mut self, now: Timestamp) {
        let number = self.rng.u32(..50);
        let execution = Execution {
            id: random_id(&mut self.rng),
            workflow: Arc::from(format!("workflow_{number}")),
            status: ExecutionStatus::Running,
            origin: Origin::Cron,
            created_at: now,
            updated_at: now,
            started_at: Some(now),
            completed_at: None,
        };
        for task in 0..TASKS {
            self.tasks.push(Task {
                id: random_id(&mut self.rng),
                execution: execution.id,
                name: Arc::from(format!("public::tests::workflow_{number}::task{task}")),
                status: TaskStatus::Running,
                deferred: false,
                attempt: 1,
                recoveries: 0,
                created_at: now,
                updated_at: now,
                started_at: Some(now),
                completed_at: None,
                retry_at: None,
                claimed_by: Some(Uuid::from_u128(u128::from(number))),
                heartbeat_at: Some(now),
                failure: None,
            });
        }
        self.active.push(execution);
    }

    fn events(&mut self, executions: &[Execution], tasks: &[Task], now: Timestamp) -> Vec<Event> {
        let kinds = [
            EventKind::TaskMarkedReady,
            EventKind::TaskDeferred,
            EventKind::TaskResumed,
            EventKind::TaskCompleted,
        ];
        let mut event = |execution, task, kind| Event {
            id: random_id(&mut self.rng),
            kind,
            execution,
            task,
            created_at: now.minus(Span(i64::from(self.rng.u32(..15_000_000)))),
        };
        let mut events = Vec::new();
        for task in tasks {
            events.extend(kinds.map(|kind| event(task.execution, Some(task.id), kind)));
        }
        events.extend(
            executions.iter().map(|execution| event(execution.id, None, EventKind::WorkflowCompleted)),
        );
        events
    }
}

fn schedule(number: u128) -> Schedule {
    Schedule {
        id: Uuid::from_u128(number),
        kind: ScheduleKind::Cron,
        workflow: Arc::from(format!("workflow_{}", number % 50)),
        instance_name: None,
        trigger_name: None,
        enabled: true,
        paused: false,
        paused_at: None,
        cron: Some(Arc::from("*/5 * * * *")),
        timezone: Some(Arc::from("UTC")),
        catchup: Some(Arc::from("skip")),
        start_date: None,
        end_date: None,
        poll_interval_ms: None,
        created_at: Timestamp(0),
        next_run_at: Some(Timestamp(1)),
        last_run_at: Some(Timestamp(0)),
        last_poll_at: None,
    }
}
