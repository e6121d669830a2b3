//! Every way in which a reader of these tables was seen to lose or double something, made on real servers.
//!
//! Each test makes one case and compares by id with what the writers know. The overlap is short, so that the cases fit
//! into seconds; random rounds are `rounds`.

#[path = "../support/mod.rs"]
mod support;

mod clocks;
mod crashes;
mod live;
mod rows;
mod servers;
mod team;
mod window;

use std::time::{Duration, Instant};

use support::poller::{Polled, Poller};
use support::postgres::{Cluster, Options, execute};
use support::schema::{self, Generation};
use support::writer::connect;
use support::writer::engine::{Execution, Step};
use support::writer::runner::Runner;
use support::writer::truth::Truth;

const SCHEMA: &str = "tenant_a";
const OVERLAP: Duration = Duration::from_secs(2);
/// Clearly longer than the overlap.
const HOLD: Duration = Duration::from_secs(4);
/// All of a short execution's life.
const LIFE: [Step; 5] = [Step::Create, Step::ReadyAll, Step::Start(0), Step::Complete(0), Step::End];

/// A server with Cloacina's tables.
struct Case {
    cluster: Cluster,
    url: String,
    /// Seeds of the runners so far: each gives ids of its own.
    seeds: u64,
}

impl Case {
    async fn new() -> Self {
        Self::with(Options::default()).await
    }

    async fn with(options: Options) -> Self {
        let cluster = Cluster::start(options).await;
        schema::create(&mut cluster.connect("postgres").await, SCHEMA, Generation::V0_11).await;
        let url = cluster.url("postgres", "postgres");
        Self { cluster, url, seeds: 0 }
    }

    async fn with_movable_clock() -> Self {
        Self::with(Options { movable_clock: true, ..Options::default() }).await
    }

    async fn runner(&mut self) -> Runner {
        self.seeds += 1;
        Runner::connect(&self.url, SCHEMA, self.seeds).await
    }

    /// A poller that has taken its baseline.
    async fn poller(&self) -> Poller {
        self.poller_at(&self.url, OVERLAP).await
    }

    async fn poller_at(&self, url: &str, overlap: Duration) -> Poller {
        let mut poller = Poller::new(url, overlap);
        assert_eq!(poller.poll().await, Polled::Began);
        poller
    }

    /// Polls as the next minute would: cancellations without an event are looked for once a minute only.
    async fn poll_after_a_minute(&self, poller: &mut Poller) {
        self.cluster.shift_clock(61);
        poller.poll().await;
    }

    async fn execute(&self, statements: &str) {
        execute(&mut connect(&self.url, SCHEMA).await, statements).await;
    }
}

/// Performs `steps` in the open transaction with one reading of the clock, as if all took no time.
async fn perform_at_once(runner: &mut Runner, execution: &mut Execution, steps: &[Step]) {
    let at = runner.now();
    for &step in steps {
        runner.perform_at(execution, step, at).await;
    }
}

/// Polls for as long as a case must last in true time.
async fn poll_for(poller: &mut Poller, duration: Duration) {
    let started = Instant::now();
    while started.elapsed() < duration {
        poller.poll().await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn merge<'a>(runners: impl IntoIterator<Item = &'a Runner>) -> Truth {
    let mut truth = Truth::default();
    runners.into_iter().for_each(|runner| truth.merge(runner.truth.clone()));
    truth
}
