//! Properties of the ledger: whatever happens to a schedule, its scheduler and its exporter, each expected fire is counted
//! once, with the outcome that it had.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use cloacina_exporter::config::Metrics;
use cloacina_exporter::record::Levels;
use proptest::prelude::*;

use crate::accounting::{Seen, outcomes};
use crate::scenario::{Event, Rhythm, Ways, instant};
use crate::simulation::Engine;
use crate::timeline::{Timeline, metrics};

/// Seconds that are simulated before the scheduler is stopped for good.
const LENGTH: i64 = 7200;
const DAY: i64 = 86_400_000;

#[derive(Debug, Clone)]
struct Plan {
    period: i64,
    created: i64,
    ways: Ways,
    events: Vec<(i64, Event)>,
    /// Seconds to the next poll, whether the exporter restarts before it, and whether it reads again what is settled; in turn.
    polls: Vec<(i64, bool, bool)>,
}

fn period() -> impl Strategy<Value = i64> {
    prop::sample::select(vec![5, 10, 15, 20, 30, 60, 120, 300, 600, 1800])
}

fn event() -> impl Strategy<Value = Event> {
    let down = || prop_oneof![1..60_i64, 60..1500_i64];
    prop_oneof![
        down().prop_map(Event::Stop),
        down().prop_map(Event::Crash),
        (down(), any::<bool>()).prop_map(|(down, for_good)| Event::CrashInHandoff { down, for_good }),
        down().prop_map(Event::Pause),
        down().prop_map(Event::Disable),
        period().prop_map(Event::Change),
        Just(Event::Register),
        (1..4_u8).prop_map(Event::FailHandoffs),
    ]
}

fn ways() -> impl Strategy<Value = Ways> {
    let length = prop_oneof![6 => 0..5_i64, 2 => 5..90_i64, 1 => 90..400_i64];
    let lengths = prop::collection::vec(length, 1..8);
    // Well below the two minutes after which a fire is missed.
    let slowness = prop_oneof![2 => Just(0), 1 => 1..90_i64];
    (any::<bool>(), any::<bool>(), slowness, lengths).prop_map(|(run_all, linked_late, slowness, lengths)| {
        Ways { run_all, linked_late, slowness, lengths }
    })
}

prop_compose! {
    fn plan()(
        period in period(),
        created in prop_oneof![2 => Just(0_i64), 1 => 0..600_i64],
        ways in ways(),
        events in prop::collection::vec((0..LENGTH, event()), 0..8),
        polls in prop::collection::vec((gap(), prop::bool::weighted(0.2), any::<bool>()), 1..40),
    ) -> Plan {
        Plan { period, created: created * 1000 + 300, ways, events: with_few_changes(events), polls }
    }
}

/// Most often less than half a minute, seldom so long that whole outages pass unseen.
fn gap() -> impl Strategy<Value = i64> {
    prop_oneof![12 => 1..30_i64, 2 => 30..300_i64, 1 => 300..2400_i64]
}

/// There are five expressions without a common instant, one of which it begins with.
fn with_few_changes(mut events: Vec<(i64, Event)>) -> Vec<(i64, Event)> {
    events.sort_by_key(|(at, _)| *at);
    let mut changes = 0;
    events.retain(|(_, event)| {
        changes += i32::from(matches!(event, Event::Change(_)));
        !matches!(event, Event::Change(_)) || changes <= 4
    });
    events
}

/// A simulated tenant with its exporter.
struct Play {
    engine: Engine,
    timeline: Timeline,
    seen: Vec<Seen>,
    /// From when on fires are expected.
    from: i64,
    last_poll: Option<i64>,
}

impl Play {
    fn new(plan: &Plan) -> Self {
        let rhythm = Rhythm { period: plan.period, offset: 0 };
        let Plan { created, ref events, ref ways, .. } = *plan;
        Self {
            engine: Engine::new(rhythm, created, events, ways.clone()),
            timeline: Timeline::new(Metrics { hold_first_value: Duration::ZERO, ..metrics() }),
            seen: Vec::new(),
            from: created,
            last_poll: None,
        }
    }

    /// Reads as a source does: what began since the edge of a schedule that the state asks for, or at a sweep of one that
    /// was claimed since; and the fires that it asks for.
    fn poll(&mut self, now: i64, restart: bool, again: bool) {
        let timeline = std::mem::replace(&mut self.timeline, Timeline::new(metrics()));
        let timeline = if restart { timeline.restarted() } else { timeline };
        let read = match self.last_poll {
            None => self.engine.read(now, |_, _| true),
            Some(_) => {
                let tenant = timeline.tenant();
                let Levels { schedules: rows, active, .. } = self.engine.read(now, |_, _| false).0.levels;
                let wanted: BTreeSet<_> = tenant.wanted_fires(instant(now), &active).into_iter().collect();
                let edge = tenant.horizon().edge();
                let sweep = tenant.sweep_from(instant(now)).map(|swept| swept.min(edge));
                let claimed = |since| rows.iter().any(|row| row.last_run_at.is_some_and(|at| at >= since));
                let of = !tenant.wanted_schedules(&rows).is_empty() || sweep.is_some_and(claimed);
                let since = sweep.unwrap_or(edge);
                self.engine.read(now, |id, started| {
                    let is_new = of && instant(started) >= since && (again || !tenant.has_settled_fire(&id));
                    is_new || wanted.contains(&id)
                })
            }
        };
        self.timeline = timeline.poll(read);
        if self.engine.exists() {
            if self.seen.is_empty() {
                self.from = if self.last_poll.is_none() { now } else { self.engine.created };
            }
            self.seen.push(Seen::of(&self.engine, now));
        }
        self.last_poll = Some(now);
    }

    fn counted(&self) -> BTreeMap<String, u64> {
        let values = self.timeline.values("schedule_fires_total");
        let outcome =
            |series: &str| series.split("outcome=\"").nth(1).unwrap().trim_end_matches("\"}").to_owned();
        let all = values.iter().map(|(series, value)| (outcome(series), value.parse().unwrap()));
        all.filter(|(_, count)| *count > 0).collect()
    }
}

/// Plays it to the end, a day after which nothing is open any more.
fn play(plan: &Plan) -> Play {
    let mut play = Play::new(plan);
    let mut polls = plan.polls.iter().cycle();
    let mut next = 0;
    let mut second = 0;
    // Half an hour after the last claim whatever was lost is recovered, or tried for the last time.
    let mut rest = 1800;
    while rest > 0 {
        play.engine.hurries = second >= LENGTH;
        play.engine.step(second < LENGTH);
        if second >= LENGTH && play.engine.is_idle() {
            rest -= 1;
        }
        if second == next {
            let (gap, restart, again) = *polls.next().unwrap();
            play.poll(second * 1000 + 500, restart, again);
            next += gap;
        }
        second += 1;
    }
    for after in [0, DAY, DAY + 121_000, DAY + 242_000] {
        play.poll((second - 1) * 1000 + 500 + after, false, true);
    }
    play
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_expected_fire_is_counted_once_with_its_outcome(plan in plan()) {
        let play = play(&plan);
        let wanted = outcomes(play.from, &play.seen, &play.engine.records, plan.ways.run_all);
        let wanted: BTreeMap<String, u64> = wanted.into_iter().map(|(outcome, count)| (outcome.into(), count)).collect();
        let counted = play.counted();
        prop_assert_eq!(counted.values().sum::<u64>(), wanted.values().sum::<u64>(), "{:?}, not {:?}", counted, wanted);
        prop_assert_eq!(counted, wanted);
        prop_assert!(play.timeline.nonzero(&["exporter_late_fires_total"]).is_empty());
    }
}
