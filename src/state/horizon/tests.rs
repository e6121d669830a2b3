//! The edge by hand-made positions; whole interleavings are in `tests/exactness.rs`.

use uuid::Uuid;

use super::*;
use crate::record::{Event, EventKind, Levels};

const OVERLAP: Span = Span::from_seconds(120);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_000_000 + seconds)
}

fn position(seconds: i64, xmin: u64, xmax: u64) -> Position {
    Position {
        identity: Identity { system: 7, started: 1, in_recovery: false, timeline: 1 },
        clock: at(seconds),
        own_clock: at(seconds),
        now: at(seconds),
        xmin,
        xmax,
        locked: 0,
        replayed_at: None,
    }
}

fn batch(position: Position, created: &[i64]) -> Batch {
    let event = |seconds: &i64| Event {
        id: Uuid::from_u128(*seconds as u128),
        kind: EventKind::TaskCompleted,
        execution: Uuid::nil(),
        task: None,
        created_at: at(*seconds),
    };
    Batch {
        position,
        events: created.iter().map(event).collect(),
        events_until: Timestamp::MAX,
        levels: Levels::default(),
        executions: vec![],
        tasks: vec![],
        scanned_cancelled: true,
        fires: Vec::new(),
        workflows: None,
        recount: None,
    }
}

/// A horizon that polled at 0 s with `xmax` 100 and saw an event of that instant.
fn polled() -> Horizon {
    let mut horizon = Horizon::new(&position(0, 100, 100), OVERLAP);
    horizon.advance(&batch(position(0, 100, 100), &[0]), Span::ZERO);
    horizon
}

fn tail(horizon: &Horizon, position: &Position, fresh: bool) -> Tail {
    match horizon.plan(position, fresh) {
        Plan::Read(tail) => tail,
        Plan::Skip => panic!("skipped"),
    }
}

#[test]
fn the_first_read_goes_below_the_overlap_by_what_is_kept() {
    let horizon = Horizon::new(&position(0, 1, 1), OVERLAP);
    let tail = tail(&horizon, &position(0, 1, 1), true);
    assert_eq!((tail.from, tail.newer_than), (at(-720), None));
    assert!(tail.scan_cancelled.is_some());
}

#[test]
fn time_of_a_poll_is_the_newest_event_and_not_the_clock() {
    let mut horizon = polled();
    horizon.advance(&batch(position(50, 110, 110), &[]), Span::ZERO);
    assert_eq!(horizon.edge(), at(-120), "no event since 0 s: the edge stays though the clock went on");
    horizon.advance(&batch(position(60, 120, 120), &[55]), Span::ZERO);
    assert_eq!(horizon.edge(), at(55 - 120));
}

#[test]
fn an_open_transaction_holds_the_edge() {
    let mut horizon = polled();
    for step in 1..=20 {
        horizon.advance(&batch(position(step * 60, 100, 100 + step as u64), &[step * 60]), Span::ZERO);
    }
    assert_eq!(horizon.edge(), at(-120), "xmin stays at 100, so only the first poll qualifies");
    horizon.advance(&batch(position(1260, 120, 121), &[1260]), Span::ZERO);
    assert_eq!(horizon.edge(), at(1200 - 120));
}

#[test]
fn a_lock_above_xmax_keeps_a_poll_from_qualifying_too_early() {
    let mut horizon = polled();
    let mut locked = position(300, 101, 101);
    locked.locked = 105;
    horizon.advance(&batch(locked, &[300]), Span::ZERO);
    assert_eq!(horizon.edge(), at(-120), "transaction 104 ran during this poll");
    horizon.advance(&batch(position(310, 105, 106), &[310]), Span::ZERO);
    assert_eq!(horizon.edge(), at(300 - 120));
}

#[test]
fn a_replaying_standby_bounds_time_by_its_last_replayed_commit() {
    let mut standby = position(400, 200, 200);
    standby.identity.in_recovery = true;
    standby.replayed_at = Some(at(350));
    let mut horizon = polled();
    horizon.advance(&batch(standby, &[399]), Span::ZERO);
    assert_eq!(horizon.base(), at(350));
}

#[test]
fn the_floor_never_falls_when_the_clock_does() {
    let mut horizon = polled();
    horizon.advance(&batch(position(7200, 200, 200), &[7200]), Span::ZERO);
    horizon.advance(&batch(position(7260, 210, 210), &[7260]), Span::ZERO);
    let floor = at(7260 - 120 - 600);
    assert_eq!(horizon.floor(), floor);
    horizon.advance(&batch(position(3600, 300, 300), &[]), Span::ZERO);
    assert_eq!((horizon.floor(), horizon.edge()), (floor, floor));
}

#[test]
fn lateness_widens_the_overlap_twofold_and_at_most_to_an_hour() {
    let mut horizon = polled();
    horizon.advance(&batch(position(10, 110, 110), &[]), Span::from_seconds(100));
    assert_eq!(horizon.overlap, Span::from_seconds(200));
    horizon.advance(&batch(position(20, 120, 120), &[]), Span::from_seconds(9000));
    assert_eq!(horizon.overlap, MAX_OVERLAP);
    horizon.advance(&batch(position(30, 130, 130), &[]), Span::from_seconds(-5));
    horizon.relax_overlap(OVERLAP);
    assert_eq!(horizon.overlap, MAX_OVERLAP, "not needed for 10 s only");
    horizon.advance(&batch(position(30 + 12 * 3600, 140, 140), &[]), Span::ZERO);
    horizon.relax_overlap(OVERLAP);
    assert_eq!(horizon.overlap, Span::from_seconds(1800));
}

#[test]
fn an_older_state_of_the_same_server_is_skipped_for_five_minutes_then_a_new_epoch() {
    let mut horizon = polled();
    let behind = |seconds| position(seconds, 90, 90);
    assert_eq!(horizon.plan(&behind(10), false), Plan::Skip);
    horizon.skip(&behind(10));
    assert_eq!(horizon.plan(&behind(310), false), Plan::Skip);
    horizon.skip(&behind(310));
    let tail = tail(&horizon, &behind(311), false);
    assert_eq!((tail.from, tail.newer_than), (horizon.floor(), None));
    horizon.advance(&batch(behind(311), &[]), Span::ZERO);
    assert_eq!((horizon.epochs(), horizon.skipped()), (1, 2));
}

#[test]
fn another_timeline_is_a_new_epoch_at_once() {
    let mut horizon = polled();
    let mut promoted = position(10, 500, 500);
    promoted.identity.timeline = 2;
    assert_eq!(tail(&horizon, &promoted, false).newer_than, None);
    horizon.advance(&batch(promoted, &[]), Span::ZERO);
    assert_eq!(horizon.epochs(), 1);
}

#[test]
fn the_transaction_filter_is_off_after_a_new_connection_and_a_cut_read() {
    let mut horizon = polled();
    assert_eq!(tail(&horizon, &position(10, 110, 110), false).newer_than, Some(100));
    assert_eq!(tail(&horizon, &position(10, 110, 110), true).newer_than, None);
    let (near, far) = (100 + (1 << 30) - 1, 100 + (1 << 30));
    assert_eq!(tail(&horizon, &position(10, near, near), false).newer_than, Some(100));
    assert_eq!(tail(&horizon, &position(10, far, far), false).newer_than, None, "too many ids in between");
    let mut restarted = position(10, 110, 110);
    restarted.identity.started = 2;
    assert_eq!(tail(&horizon, &restarted, false).newer_than, None);
    let mut cut = batch(position(10, 110, 110), &[5]);
    cut.events_until = at(5);
    horizon.advance(&cut, Span::ZERO);
    assert_eq!(tail(&horizon, &position(20, 120, 120), false).newer_than, None);
    assert!(horizon.edge() <= at(5));
}

#[test]
fn a_gap_of_more_than_two_overlaps_asks_for_a_scan_of_ended_executions() {
    let horizon = polled();
    assert!(!tail(&horizon, &position(240, 101, 101), false).scan_ended);
    assert!(tail(&horizon, &position(241, 101, 101), false).scan_ended);
}

#[test]
fn infinite_times_do_not_overflow() {
    let mut horizon = polled();
    let mut odd = batch(position(10, 110, 110), &[]);
    odd.events = batch(position(10, 110, 110), &[1]).events;
    odd.events[0].created_at = Timestamp::MAX;
    horizon.advance(&odd, Span(i64::MAX));
    assert_eq!(horizon.base(), at(10));
}

#[test]
fn rows_of_older_transactions_are_read_again_once_when_the_edge_moves_back() {
    let mut horizon = polled();
    horizon.advance(&batch(position(60, 200, 200), &[60]), Span::ZERO);
    let edge = horizon.edge();
    assert_eq!(tail(&horizon, &position(61, 201, 201), false).newer_than, Some(200));
    horizon.advance(&batch(position(120, 300, 300), &[120]), Span::from_seconds(150));
    assert!(horizon.edge() < edge, "the overlap is wider now");
    assert_eq!(tail(&horizon, &position(121, 301, 301), false).newer_than, None);
    horizon.advance(&batch(position(180, 400, 400), &[180]), Span::ZERO);
    assert_eq!(tail(&horizon, &position(181, 401, 401), false).newer_than, Some(400));
}
