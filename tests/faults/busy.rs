//! Writers that go on until they are told to stop, on PostgreSQL and on a SQLite file.

use std::cell::Cell;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use fastrand::Rng;
use tokio::task::{JoinHandle, spawn_local};

use crate::support::writer::engine::{Execution, Step};
use crate::support::writer::file;
use crate::support::writer::runner::Runner;
use crate::support::writer::script::script;
use crate::support::writer::truth::Truth;

/// Between two transactions of a writer, so that the machine is not.
const PACE: Duration = Duration::from_millis(20);

pub struct Busy {
    over: Rc<Cell<bool>>,
    writing: JoinHandle<Truth>,
}

impl Busy {
    pub async fn start(url: &str, schema: &str, seed: u64) -> Self {
        let mut runner = Runner::connect(url, schema, seed).await;
        Self::begin(async move |over| {
            let mut lives = Lives::new(seed);
            loop {
                let (mut execution, steps) = lives.next();
                for step in steps {
                    runner.perform(&mut execution, &[step]).await;
                    tokio::time::sleep(PACE).await;
                }
                if over.get() {
                    break;
                }
            }
            runner.truth
        })
    }

    pub async fn on_file(path: &Path, seed: u64) -> Self {
        let mut runner = file::Runner::open(path, seed).await;
        Self::begin(async move |over| {
            let mut lives = Lives::new(seed);
            loop {
                let (mut execution, steps) = lives.next();
                for step in steps {
                    runner.perform(&mut execution, &[step]).await;
                    tokio::time::sleep(PACE).await;
                }
                if over.get() {
                    break;
                }
            }
            runner.close().await.1
        })
    }

    fn begin(write: impl AsyncFnOnce(Rc<Cell<bool>>) -> Truth + 'static) -> Self {
        let over = Rc::<Cell<bool>>::default();
        let writing = spawn_local({
            let over = Rc::clone(&over);
            async move { write(over).await }
        });
        Self { over, writing }
    }

    /// Lets the last execution come to its end.
    pub async fn stop(self) -> Truth {
        self.over.set(true);
        self.writing.await.unwrap()
    }
}

/// Random lives, but of no execution that is cancelled: without an event that is found within a minute only.
pub struct Lives(Rng);

impl Lives {
    pub fn new(seed: u64) -> Self {
        Self(Rng::with_seed(seed.wrapping_add(1 << 40)))
    }

    pub fn next(&mut self) -> (Execution, Vec<Step>) {
        loop {
            let (execution, steps) = script(&mut self.0);
            if !steps.contains(&Step::Cancel) {
                return (execution, steps);
            }
        }
    }
}
