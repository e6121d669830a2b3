//! Whatever becomes of exports and of the exporter, the destination's sums are the truth after the next
//! success: but for baselines, for what it rejected, and for what it took without its answer arriving, each
//! of which is counted apart.

use cloacina_exporter::config::{HistogramKind, Temporality};
use cloacina_exporter::encode::otlp::{self, Settings};
use cloacina_exporter::push::acknowledged::{Acknowledged, Record};
use cloacina_exporter::record::Timestamp;
use proptest::prelude::*;

use super::destination::{Sums, by_series};
use super::model::{Observed, Tracked, VALUES, snapshot};
use super::read::{Found, resource};

const COUNTERS: usize = 2;
const SERIES: usize = 4;

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Success,
    Failure,
    /// No answer came; it had not arrived.
    Lost,
    /// No answer came; it had arrived.
    Ambiguous,
    /// Taken but for every other point.
    Partial,
}

#[derive(Debug, Clone)]
enum Step {
    Observe {
        series: usize,
        value: usize,
        count: u64,
    },
    /// With an outcome for each request in turn.
    Export(Vec<Outcome>),
    Restart,
    /// The acknowledgements are lost; totals stay.
    RestartForgetful,
    /// All is lost.
    RestartEmpty,
    CreatedAgain {
        series: usize,
        history: Option<usize>,
    },
    /// The total falls, and is exported.
    Fall(usize),
    /// The histogram halves its resolution.
    Coarsen(usize),
    /// The destination loses all that it has.
    DestinationReset,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let outcome = prop_oneof![
        4 => Just(Outcome::Success),
        1 => Just(Outcome::Failure),
        1 => Just(Outcome::Lost),
        1 => Just(Outcome::Ambiguous),
        1 => Just(Outcome::Partial),
    ];
    let observe = (0..SERIES, 0..VALUES.len(), 1..4_u64).prop_map(|(series, value, count)| Step::Observe {
        series,
        value,
        count,
    });
    let again = (0..SERIES, proptest::option::of(0..VALUES.len()))
        .prop_map(|(series, history)| Step::CreatedAgain { series, history });
    let step = prop_oneof![
        12 => observe,
        8 => proptest::collection::vec(outcome, 1..4).prop_map(Step::Export),
        1 => Just(Step::Restart),
        1 => Just(Step::RestartForgetful),
        1 => Just(Step::RestartEmpty),
        1 => again,
        1 => (0..SERIES).prop_map(Step::Fall),
        1 => (COUNTERS..SERIES).prop_map(Step::Coarsen),
        1 => Just(Step::DestinationReset),
    ];
    proptest::collection::vec(step, 1..60)
}

struct World {
    histograms: HistogramKind,
    now: Timestamp,
    series: Vec<Tracked>,
    acknowledged: Acknowledged,
    /// What a restart has: the state when it was saved, and the records since.
    saved: Vec<u8>,
    journal: Vec<Vec<u8>>,
    sums: Vec<Sums>,
    /// What the destination had when it lost all.
    before_reset: Vec<Observed>,
}

impl World {
    fn new(histograms: HistogramKind) -> Self {
        let now = Timestamp::from_seconds(1000);
        let acknowledged = Acknowledged::new(now);
        Self {
            histograms,
            now,
            series: (0..SERIES).map(|index| Tracked::new(index < COUNTERS, now)).collect(),
            saved: bytes(&acknowledged),
            acknowledged,
            journal: Vec::new(),
            sums: vec![Sums::empty(); SERIES],
            before_reset: vec![Observed::default(); SERIES],
        }
    }

    fn step(&mut self, step: Step) {
        self.now = Timestamp(self.now.0 + 1_000_000);
        match step {
            Step::Observe { series, value, count } => self.series[series].observe(value, count),
            Step::Export(outcomes) => self.export(&outcomes),
            Step::Restart => self.restart(),
            Step::RestartForgetful => {
                self.begin_again();
                for series in &mut self.series {
                    series.baseline_due = true;
                }
            }
            Step::RestartEmpty => {
                self.begin_again();
                for series in &mut self.series {
                    series.created_again(self.now, None);
                }
            }
            Step::CreatedAgain { series, history } => {
                let history = history.map(|value| {
                    let mut history = Observed::default();
                    history.0[value] = 5;
                    history
                });
                self.series[series].created_again(self.now, history);
            }
            Step::Fall(series) => {
                if self.series[series].fall() {
                    self.export(&[Outcome::Success]);
                }
            }
            Step::Coarsen(series) => {
                let schema = &mut self.series[series].schema;
                *schema = (*schema - 1).max(-2);
            }
            Step::DestinationReset => {
                self.sums = vec![Sums::empty(); SERIES];
                self.before_reset = self.series.iter().map(arrived).collect();
            }
        }
    }

    /// Without acknowledgements.
    fn begin_again(&mut self) {
        self.acknowledged = Acknowledged::new(self.now);
        self.saved = bytes(&self.acknowledged);
        self.journal.clear();
    }

    fn restart(&mut self) {
        let mut restored: Acknowledged = postcard::from_bytes(&self.saved).unwrap();
        for record in &self.journal {
            restored.apply(postcard::from_bytes::<Record>(record).unwrap());
        }
        assert_eq!(restored, self.acknowledged);
        self.saved = bytes(&restored);
        self.journal.clear();
        self.acknowledged = restored;
    }

    fn apply(&mut self, record: Record) {
        if !record.is_empty() {
            self.journal.push(bytes(&record));
            self.acknowledged.apply(record);
        }
    }

    fn export(&mut self, outcomes: &[Outcome]) {
        let snapshot = snapshot(&self.series);
        let settings = Settings {
            at: self.now,
            temporality: Temporality::Delta,
            histograms: self.histograms,
            // About two points in a request.
            max_bytes: 420,
        };
        self.settle_baselines();
        self.apply(self.acknowledged.baseline(&snapshot, settings));
        let acknowledged = self.acknowledged.clone();
        let change = |family, series| acknowledged.change(family, series, settings);
        let mut sent = vec![false; SERIES];
        for (number, chunk) in otlp::requests(&snapshot, &resource(), settings, change).enumerate() {
            let outcome = outcomes[number % outcomes.len()];
            for (place, (index, point)) in by_series(&chunk).into_iter().enumerate() {
                sent[index] = true;
                self.arrive(index, &point, outcome, place % 2 == 1);
            }
            if matches!(outcome, Outcome::Success | Outcome::Partial) {
                self.apply(self.acknowledged.record(chunk.series, settings));
            }
        }
        self.assert_complete(&sent);
    }

    fn settle_baselines(&mut self) {
        for series in self.series.iter_mut().filter(|series| series.baseline_due) {
            series.withhold();
            series.baseline_due = false;
            series.is_known = true;
            series.since = self.now;
        }
    }

    /// Enters a point into the ledger, and what arrives into the destination's sums.
    fn arrive(&mut self, index: usize, point: &Found, outcome: Outcome, is_rejected: bool) {
        let series = &mut self.series[index];
        let nanoseconds = |time: Timestamp| time.0 as u64 * 1000;
        assert_eq!((point.start, point.time), (nanoseconds(series.since), nanoseconds(self.now)));
        match outcome {
            Outcome::Failure | Outcome::Lost => return,
            Outcome::Ambiguous => {
                series.doubled.add(series.pending);
                self.sums[index].add(&point.value);
                return;
            }
            Outcome::Partial if is_rejected => series.rejected.add(series.pending),
            Outcome::Success | Outcome::Partial => {
                series.delivered.add(series.pending);
                self.sums[index].add(&point.value);
            }
        }
        series.pending = Observed::default();
        series.is_known = true;
        series.since = self.now;
    }

    /// Every series that has something to tell was in a request, and no other was.
    fn assert_complete(&self, sent: &[bool]) {
        let acknowledged = |series: &Tracked| series.since == self.now;
        for (series, sent) in self.series.iter().zip(sent) {
            assert!(*sent || series.expects_nothing(), "left out: {series:?}");
            assert!(!*sent || acknowledged(series) || !series.expects_nothing(), "for nothing: {series:?}");
        }
    }

    fn assert_true(&self) {
        for (index, series) in self.series.iter().enumerate() {
            let mut arrived = arrived(series);
            for (count, before) in arrived.0.iter_mut().zip(self.before_reset[index].0) {
                *count -= before;
            }
            let is_explicit = self.histograms == HistogramKind::Explicit;
            self.sums[index].assert_are(arrived, series.is_counter, is_explicit);
            let mut accounted = series.delivered;
            for part in [series.withheld, series.rejected, series.pending] {
                accounted.add(part);
            }
            assert_eq!(accounted, series.observed);
            assert!(series.expects_nothing(), "{series:?}");
        }
    }
}

fn arrived(series: &Tracked) -> Observed {
    let mut arrived = series.delivered;
    arrived.add(series.doubled);
    arrived
}

fn bytes(value: &impl serde::Serialize) -> Vec<u8> {
    postcard::to_stdvec(value).unwrap()
}

fn run(histograms: HistogramKind, steps: impl IntoIterator<Item = Step>) -> World {
    let mut world = World::new(histograms);
    steps.into_iter().for_each(|step| world.step(step));
    world.step(Step::Export(vec![Outcome::Success]));
    world.assert_true();
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_a_success_the_sums_of_explicit_histograms_and_counters_are_the_truth(steps in steps()) {
        run(HistogramKind::Explicit, steps);
    }

    #[test]
    fn after_a_success_the_sums_of_exponential_histograms_and_counters_are_the_truth(steps in steps()) {
        run(HistogramKind::Exponential, steps);
    }
}

#[test]
fn an_outage_loses_nothing() {
    let observe = |value| Step::Observe { series: 0, value, count: 1 };
    let failed = || Step::Export(vec![Outcome::Failure]);
    let world = run(
        HistogramKind::Explicit,
        [Step::Export(vec![Outcome::Success]), observe(3), failed(), Step::Restart, observe(4), failed()],
    );
    assert_eq!(world.series[0].delivered.sum(), VALUES[3] + VALUES[4]);
}

#[test]
fn only_an_answer_that_did_not_arrive_makes_an_observation_arrive_twice() {
    let observe = Step::Observe { series: 0, value: 3, count: 1 };
    let world = run(HistogramKind::Explicit, [observe, Step::Export(vec![Outcome::Ambiguous])]);
    assert_eq!((world.series[0].delivered.sum(), world.series[0].doubled.sum()), (VALUES[3], VALUES[3]));
}
