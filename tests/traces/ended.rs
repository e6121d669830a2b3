//! The numbered ring of executions that were just counted.

use std::sync::Arc;

use cloacina_exporter::config::Metrics;
use cloacina_exporter::record::*;
use cloacina_exporter::state::ended::{Ended, MOST_ENDED};
use cloacina_exporter::state::{Settings, State};
use uuid::Uuid;

use super::builders::at;

struct Folding {
    state: State,
    keep: bool,
    second: i64,
}

impl Folding {
    /// A tenant in which execution 0 had ended before.
    fn begun(keep: bool) -> Self {
        let mut folding = Self { state: State::new(&Metrics::default()), keep, second: 0 };
        folding.poll(0..1);
        folding
    }

    /// Shows the executions of these numbers, ended just now.
    fn poll(&mut self, numbers: std::ops::Range<u128>) {
        self.second += 1;
        let executions = numbers.map(|number| execution(number, at(self.second))).collect();
        let metrics = Metrics::default();
        let settings =
            Settings { metrics: &metrics, overlap: Span::from_seconds(120), keep_ended: self.keep };
        self.state.apply(&Arc::from("tenant"), &batch(at(self.second), executions), settings, 1);
    }

    fn restart(&mut self) {
        let file = postcard::to_stdvec(&self.state).unwrap();
        self.state = postcard::from_bytes(&file).unwrap();
    }

    fn ended(&self) -> &Ended {
        &self.state.tenants["tenant"].ended
    }

    /// Numbers kept from `cursor` on, with the executions' own.
    fn after(&self, cursor: u64) -> Vec<(u64, u128)> {
        self.ended().after(cursor).map(|(number, id)| (number, id.as_u128())).collect()
    }
}

fn execution(number: u128, at: Timestamp) -> Execution {
    Execution {
        id: Uuid::from_u128(number),
        workflow: Arc::from("etl"),
        status: ExecutionStatus::Completed,
        origin: Origin::Manual,
        created_at: at,
        updated_at: at,
        started_at: Some(at),
        completed_at: Some(at),
    }
}

fn batch(now: Timestamp, executions: Vec<Execution>) -> Batch {
    let identity = Identity::default();
    let (xmin, xmax, locked) = (1, 2, 0);
    Batch {
        position: Position {
            identity,
            clock: now,
            own_clock: now,
            now,
            xmin,
            xmax,
            locked,
            replayed_at: None,
        },
        events: Vec::new(),
        events_until: Timestamp::MAX,
        levels: Levels::default(),
        executions,
        tasks: Vec::new(),
        fires: Vec::new(),
        scanned_cancelled: false,
        workflows: None,
        recount: None,
    }
}

#[test]
fn executions_are_numbered_in_the_order_in_which_they_were_counted_and_once() {
    let mut folding = Folding::begun(true);
    assert_eq!((folding.ended().next(), folding.after(0)), (0, vec![]), "the first read counts nothing");
    folding.poll(1..3);
    folding.poll(2..4);
    assert_eq!(folding.after(0), [(0, 1), (1, 2), (2, 3)]);
    assert_eq!(folding.after(2), [(2, 3)]);
    assert_eq!(folding.ended().next(), 3);
    for beyond in [3, 4, u64::MAX] {
        assert_eq!(folding.after(beyond), []);
    }
}

#[test]
fn numbers_go_on_over_a_restart() {
    let mut folding = Folding::begun(true);
    folding.poll(1..3);
    folding.restart();
    folding.poll(3..4);
    assert_eq!(folding.after(0), [(0, 1), (1, 2), (2, 3)]);
}

#[test]
fn the_oldest_are_dropped_beyond_the_bound() {
    let mut folding = Folding::begun(true);
    let most = MOST_ENDED as u128;
    folding.poll(1..most + 1);
    assert_eq!(folding.ended().after(0).next(), Some((0, Uuid::from_u128(1))));
    folding.poll(most + 1..most + 3);
    assert_eq!(folding.ended().after(0).next(), Some((2, Uuid::from_u128(3))));
    assert_eq!((folding.after(0).len(), folding.ended().next()), (MOST_ENDED, MOST_ENDED as u64 + 2));
}

#[test]
fn nothing_is_kept_when_off_and_what_is_switched_on_later_begins_from_then() {
    let mut folding = Folding::begun(false);
    folding.poll(1..3);
    assert_eq!((folding.after(0), folding.ended().next()), (vec![], 2));
    folding.keep = true;
    folding.restart();
    folding.poll(3..4);
    assert_eq!(folding.after(0), [(2, 3)]);
    folding.keep = false;
    folding.poll(4..5);
    assert_eq!((folding.after(0), folding.ended().next()), (vec![], 4));
}

#[test]
fn what_was_told_can_be_forgotten() {
    let mut folding = Folding::begun(true);
    folding.poll(1..4);
    let ended = &mut folding.state.tenant_mut("tenant").unwrap().ended;
    ended.forget_before(2);
    ended.forget_before(1);
    assert_eq!(folding.after(0), [(2, 3)]);
    folding.state.tenant_mut("tenant").unwrap().ended.forget_before(u64::MAX);
    assert_eq!((folding.after(0), folding.ended().next()), (vec![], 3));
}
