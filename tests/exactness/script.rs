//! What happens in a case: who does what, when, and how wrong the clocks are.

use proptest::prelude::*;

/// How the window of events to read is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// As the state plans it.
    Horizon,
    /// From the database's time at the last good poll, less the overlap.
    DatabaseTime,
}

/// How far clocks are ahead of the database's, in seconds.
#[derive(Debug, Clone)]
pub struct Clocks {
    pub runners: Vec<i64>,
    pub exporter: i64,
    /// Whether the exporter can read the lock table; on a standby it cannot.
    pub lock_view: bool,
}

/// In seconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Timing {
    /// From reading the clock to the first write.
    pub thinks: u8,
    /// From the first write to the end.
    pub holds: u16,
    pub reads_clock_late: u16,
    pub aborts: bool,
}

#[derive(Debug, Clone)]
pub enum Action {
    Create {
        runner: u8,
        tasks: u8,
        timing: Timing,
    },
    Work {
        runner: u8,
        row: u16,
        choice: u8,
        /// Steps that are taken at once before this one.
        before: u8,
        timing: Timing,
    },
    /// A transaction that writes elsewhere.
    Unrelated {
        timing: Timing,
    },
    Wait(u16),
    Retention,
    Poll {
        pause: u8,
        fails: bool,
        cut: bool,
    },
    Reconnect,
    Restart,
}

#[derive(Debug, Clone)]
pub struct Script {
    pub clocks: Clocks,
    /// Before the first poll.
    pub before: Vec<Action>,
    pub after: Vec<Action>,
}

/// Two clocks and a pause before writing: together within the overlap of 120 s.
const SKEW: std::ops::RangeInclusive<i64> = -50..=50;
const THINKS: std::ops::RangeInclusive<u8> = 0..=20;
/// Beyond the overlap several times.
const HOLDS: std::ops::RangeInclusive<u16> = 1..=500;

pub fn scripts() -> impl Strategy<Value = Script> {
    prop_oneof![busy_scripts(), quiet_scripts()]
}

/// Few transactions wait.
fn busy_scripts() -> impl Strategy<Value = Script> {
    let before = prop::collection::vec(writing(6), 0..20);
    let after = prop::collection::vec(any_action(6), 30..150);
    (clocks(), before, after).prop_map(|(clocks, before, after)| Script { clocks, before, after })
}

/// Few transactions, most of which wait, and lulls in which nothing else moves the window on.
fn quiet_scripts() -> impl Strategy<Value = Script> {
    let wait = || (1_u16..100).prop_map(Action::Wait);
    let before = prop::collection::vec(prop_oneof![writing(1), wait()], 0..12);
    let some = prop::collection::vec(any_action(1), 1..8);
    let after = prop::collection::vec(prop_oneof![some, lull()], 1..12);
    (clocks(), before, after).prop_map(|(clocks, before, after)| Script {
        clocks,
        before,
        after: after.concat(),
    })
}

/// Something is begun, the last steps of it wait, and for minutes there is nothing else but polls.
fn lull() -> impl Strategy<Value = Vec<Action>> {
    let create = create(Just(0).boxed());
    let prompt = prop::collection::vec(work(Just(0).boxed()), 0..6);
    let held = prop::collection::vec(work(HOLDS.boxed()), 1..4);
    let poll = Action::Poll { pause: 0, fails: false, cut: false };
    let polls = prop::collection::vec(20_u16..150, 2..8).prop_map(move |waits| {
        waits.into_iter().flat_map(|wait| [Action::Wait(wait), poll.clone()]).collect()
    });
    (create, prompt, held, polls).prop_map(|(create, prompt, held, polls): (_, _, _, Vec<_>)| {
        [vec![create], prompt, held, polls].concat()
    })
}

fn clocks() -> impl Strategy<Value = Clocks> {
    let runners = prop_oneof![Just(vec![0]), prop::collection::vec(SKEW, 1..4)];
    let exporter = prop_oneof![Just(0), -100_i64..=100];
    (runners, exporter, any::<bool>()).prop_map(|(runners, exporter, lock_view)| Clocks {
        runners,
        exporter,
        lock_view,
    })
}

/// `prompt` transactions end at once for each one that waits.
fn holds(prompt: u32) -> BoxedStrategy<u16> {
    prop_oneof![prompt => Just(0), 1 => HOLDS].boxed()
}

fn timing(holds: BoxedStrategy<u16>) -> impl Strategy<Value = Timing> {
    let thinks = prop_oneof![6 => Just(0), 1 => THINKS];
    let late = prop_oneof![Just(0), HOLDS];
    (thinks, holds, late, prop::bool::weighted(0.1)).prop_map(|(thinks, holds, reads_clock_late, aborts)| {
        Timing { thinks, holds, reads_clock_late, aborts }
    })
}

fn create(holds: BoxedStrategy<u16>) -> impl Strategy<Value = Action> {
    (any::<u8>(), 0_u8..4, timing(holds)).prop_map(|(runner, tasks, timing)| Action::Create {
        runner,
        tasks,
        timing,
    })
}

fn work(holds: BoxedStrategy<u16>) -> impl Strategy<Value = Action> {
    (any::<u8>(), any::<u16>(), any::<u8>(), 0_u8..5, timing(holds)).prop_map(
        |(runner, row, choice, before, timing)| Action::Work { runner, row, choice, before, timing },
    )
}

fn writing(prompt: u32) -> impl Strategy<Value = Action> {
    let create = create(holds(prompt));
    let unrelated = timing(holds(prompt)).prop_map(|timing| Action::Unrelated { timing });
    prop_oneof![2 => create, 24 => work(holds(prompt)), 1 => unrelated, 4 => (1_u16..20).prop_map(Action::Wait)]
}

fn any_action(prompt: u32) -> impl Strategy<Value = Action> {
    let poll =
        (prop_oneof![4 => Just(0_u8), 1 => 0_u8..10], prop::bool::weighted(0.15), prop::bool::weighted(0.1))
            .prop_map(|(pause, fails, cut)| Action::Poll { pause, fails, cut });
    prop_oneof![
        32 => writing(prompt),
        10 => poll,
        4 => (1_u16..120).prop_map(Action::Wait),
        1 => (120_u16..2000).prop_map(Action::Wait),
        1 => Just(Action::Retention),
        1 => Just(Action::Reconnect),
        1 => Just(Action::Restart),
    ]
}
