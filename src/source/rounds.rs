//! Times the parts of a poll, and says in which one it failed.

use std::collections::BTreeMap;
use std::time::Instant;

use super::error::Error;
use crate::record::Collector;
use crate::state::health::Round;

/// A part of a poll that failed.
#[derive(Debug)]
pub struct Failure {
    pub collector: Collector,
    pub error: Error,
}

/// How long each collector took in one poll of one tenant.
#[derive(Debug, Default)]
pub(super) struct Rounds(BTreeMap<Collector, Round>);

impl Rounds {
    /// Runs one part; a collector's parts add up.
    pub async fn time<T>(
        &mut self,
        collector: Collector,
        part: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Failure> {
        let started = Instant::now();
        let result = part.await;
        let round = self.0.entry(collector).or_insert(Round { seconds: 0.0, success: true });
        round.seconds += started.elapsed().as_secs_f64();
        round.success &= result.is_ok();
        result.map_err(|error| Failure { collector, error })
    }

    pub fn finish(self) -> BTreeMap<Collector, Round> {
        self.0
    }
}
