//! The engine links a schedule's fire to its execution only after that has ended: an execution that has just ended is
//! counted by its true origin all the same, and once.
use std::sync::Arc;

use cloacina_exporter::config::Metrics;
use cloacina_exporter::record::*;
use cloacina_exporter::state::{Settings, State};
use uuid::Uuid;

const TENANT: &str = "tenant_a";

struct Folding {
    state: State,
    metrics: Metrics,
}

impl Folding {
    /// A tenant in which nothing has happened yet.
    fn new() -> Self {
        let metrics = Metrics::default();
        let mut folding = Self { state: State::new(&metrics), metrics };
        folding.apply(&batch(0, &[]));
        folding
    }

    fn apply(&mut self, batch: &Batch) {
        let settings =
            Settings { metrics: &self.metrics, overlap: Span::from_seconds(120), keep_ended: false };
        self.state.apply(&Arc::from(TENANT), batch, settings, 1);
    }

    /// How many executions ended, by origin: cron, unknown.
    fn counted(&self) -> [u64; 2] {
        let tenant = &self.state.tenants[TENANT];
        [Origin::Cron, Origin::Unknown].map(|origin| {
            let workflows = tenant.workflows.iter().map(|(_, workflow)| {
                workflow.ended.iter().filter(|((_, of), _)| *of == origin).map(|(_, counter)| counter.total)
            });
            workflows.flatten().sum()
        })
    }

    /// Executions that the next poll reads by id though no event names them.
    fn wanted(&self) -> Vec<Uuid> {
        self.state.tenants[TENANT].wanted_executions(&[], &[], &[])
    }

    fn has_unlinked(&self) -> bool {
        self.state.tenants[TENANT].has_unlinked()
    }
}

/// What a poll at `second` reads of a tenant with one schedule, for the workflow `etl`.
fn batch(second: i64, executions: &[Execution]) -> Batch {
    let now = Timestamp::from_seconds(1_795_392_000 + second);
    let schedule = Schedule {
        id: Uuid::from_u128(1),
        kind: ScheduleKind::Cron,
        workflow: Arc::from("etl"),
        instance_name: None,
        trigger_name: None,
        enabled: true,
        paused: false,
        paused_at: None,
        cron: None,
        timezone: None,
        catchup: None,
        start_date: None,
        end_date: None,
        poll_interval_ms: None,
        created_at: now,
        next_run_at: None,
        last_run_at: None,
        last_poll_at: None,
    };
    let position = Position {
        identity: Identity::default(),
        clock: now,
        own_clock: now,
        now,
        xmin: 1,
        xmax: 2,
        locked: 0,
        replayed_at: None,
    };
    Batch {
        position,
        events: Vec::new(),
        events_until: Timestamp::MAX,
        levels: Levels { schedules: vec![schedule], ..Levels::default() },
        executions: executions.to_vec(),
        tasks: Vec::new(),
        scanned_cancelled: false,
        fires: Vec::new(),
        workflows: None,
        recount: None,
    }
}

/// One of `workflow` that ended at `second`.
fn ended(workflow: &str, origin: Origin, second: i64) -> Execution {
    let at = Timestamp::from_seconds(1_795_392_000 + second);
    Execution {
        id: Uuid::from_u128(2),
        workflow: Arc::from(workflow),
        status: ExecutionStatus::Completed,
        origin,
        created_at: at,
        updated_at: at,
        started_at: Some(at),
        completed_at: Some(at),
    }
}

#[test]
fn an_execution_that_just_ended_is_read_again_and_then_counts_by_its_link() {
    let mut folding = Folding::new();
    folding.apply(&batch(100, &[ended("etl", Origin::Unknown, 97)]));
    assert_eq!((folding.counted(), folding.has_unlinked()), ([0, 0], true));
    assert_eq!(folding.wanted(), [Uuid::from_u128(2)]);
    folding.apply(&batch(101, &[ended("etl", Origin::Cron, 97)]));
    assert_eq!((folding.counted(), folding.has_unlinked()), ([1, 0], false));
    assert!(folding.wanted().is_empty());
    folding.apply(&batch(102, &[ended("etl", Origin::Cron, 97)]));
    assert_eq!(folding.counted(), [1, 0]);
}

#[test]
fn an_execution_that_no_schedule_claims_counts_as_unknown_after_three_seconds() {
    let mut folding = Folding::new();
    folding.apply(&batch(103, &[ended("etl", Origin::Unknown, 100)]));
    assert_eq!(folding.counted(), [0, 0]);
    folding.apply(&batch(104, &[ended("etl", Origin::Unknown, 100)]));
    assert_eq!((folding.counted(), folding.has_unlinked()), ([0, 1], false));
}

#[test]
fn an_execution_counts_at_once_without_a_schedule_with_a_link_or_with_a_clock_far_ahead() {
    for (execution, counted) in [
        (ended("other", Origin::Unknown, 100), [0, 1]),
        (ended("etl", Origin::Cron, 100), [1, 0]),
        (ended("etl", Origin::Unknown, 104), [0, 1]),
        (ended("etl", Origin::Unknown, 1_000_000), [0, 1]),
    ] {
        let mut folding = Folding::new();
        folding.apply(&batch(100, &[execution]));
        assert_eq!((folding.counted(), folding.has_unlinked()), (counted, false));
    }
}

#[test]
fn what_ended_before_the_first_read_does_not_count_afterwards() {
    let metrics = Metrics::default();
    let mut folding = Folding { state: State::new(&metrics), metrics };
    let execution = ended("etl", Origin::Unknown, 100);
    folding.apply(&batch(100, std::slice::from_ref(&execution)));
    assert!(!folding.has_unlinked());
    folding.apply(&batch(104, &[execution]));
    assert_eq!(folding.counted(), [0, 0]);
}
