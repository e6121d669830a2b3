//! Exactness, by property: whatever runners, transactions, clocks, retention and the exporter's own failures do, each
//! transition is counted once. The database is simulated, the state machine is the real one.
//!
//! Cases are drawn from a fixed seed; `PROPTEST_CASES` draws more of them.

mod database;
mod engine;
mod reader;
mod script;
mod truth;
mod world;

use std::cell::Cell;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use script::{Action, Clocks, Rule, Script, Timing};
use truth::Work;
use world::World;

fn runner(cases: u32) -> TestRunner {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(cases);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 20_000, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

fn check(script: &Script, rule: Rule) -> Result<World, TestCaseError> {
    let world = World::play(script, rule);
    let differences = truth::differences(&world);
    if differences.is_empty() { Ok(world) } else { Err(TestCaseError::fail(differences.join("\n"))) }
}

#[test]
fn each_end_attempt_recovery_and_event_is_counted_exactly_once() {
    let work = Cell::new(Work::default());
    let outcome = runner(400).run(&script::scripts(), |script| {
        let world = check(&script, Rule::Horizon)?;
        let mut sum = work.get();
        sum.add(&world);
        work.set(sum);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    println!("{:?}", work.get());
    let Work { executions, tasks, retries, recoveries, events } = work.get();
    for (what, count) in [
        ("executions", executions),
        ("tasks", tasks),
        ("retries", retries as usize),
        ("recoveries", recoveries as usize),
        ("events", events),
    ] {
        assert!(count > 100, "only {count} {what}: the cases do too little");
    }
}

fn work(row: u16, timing: Timing) -> Action {
    Action::Work { runner: 0, row, choice: 0, before: 0, timing }
}

fn script(lock_view: bool, before: Vec<Action>, after: Vec<Action>) -> Script {
    Script { clocks: Clocks { runners: vec![0], exporter: 0, lock_view }, before, after }
}

const PROMPT: Timing = Timing { thinks: 0, holds: 0, reads_clock_late: 0, aborts: false };
const HELD: Timing = Timing { holds: 300, ..PROMPT };
const POLL: Action = Action::Poll { pause: 0, fails: false, cut: false };

#[test]
fn an_event_of_a_transaction_that_was_open_at_the_first_poll_is_not_lost_when_no_event_was_ever_seen() {
    // The execution starts, which leaves no event; its task is marked ready, which does.
    let create = Action::Create { runner: 0, tasks: 1, timing: PROMPT };
    let before = vec![create, work(0, PROMPT), work(1, HELD), Action::Wait(250)];
    let world = check(&script(false, before, vec![POLL, Action::Wait(10), POLL]), Rule::Horizon).unwrap();
    assert_eq!(world.folded.len(), 1);
}

#[test]
fn where_locks_are_seen_a_clock_that_an_older_transaction_reads_late_hides_no_event_of_a_younger_one() {
    let late = Timing { holds: 200, reads_clock_late: 200, ..PROMPT };
    let create = Action::Create { runner: 0, tasks: 2, timing: PROMPT };
    // Each of two tasks is marked ready; the older transaction ends first, with the newer event.
    let after = vec![work(1, late), work(1, HELD), Action::Wait(210), POLL, Action::Wait(15), POLL];
    let script = script(true, vec![create, work(0, PROMPT)], after);
    let world = check(&script, Rule::Horizon).unwrap();
    assert_eq!(world.folded.len(), 2);
}

#[test]
fn a_window_that_begins_at_the_databases_time_less_the_overlap_loses_events() {
    let outcome = runner(100).run(&script::scripts(), |script| check(&script, Rule::DatabaseTime).map(drop));
    let Err(TestError::Fail(reason, script)) = outcome else {
        panic!("the simulation does not tell a wrong rule from a right one");
    };
    assert!(reason.message().contains("0 folded, 1 wanted"), "{reason}\n{script:#?}");
}
