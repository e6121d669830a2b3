//! `cloacina-exporter check`: reads every database once, and says what is wrong; again and again if it is to watch.
//!
//! Needs no server, no state file and no history of polls, and keeps nothing between two rounds. Reading is `read`'s,
//! judging `evaluate`'s, writing `render`'s matter.

mod evaluate;
mod facts;
mod finding;
mod options;
mod read;
mod render;
mod report;
mod thresholds;

use std::io;
use std::pin::pin;

pub use finding::{Kind, Severity};
pub use options::{Format, Given, Options};
pub use render::refusal;

use crate::config::{Config, LabelPolicy, Metrics, Patterns};
use crate::record::{Span, Timestamp};
use report::Report;

/// Checks until `shutdown` or until nobody reads on, or once if there is nothing to watch; returns the status of the last round, unknown if there
/// was none.
///
/// # Errors
/// If `print` cannot write what a round found.
pub async fn run(
    config: &Config,
    options: &Options,
    coloured: bool,
    mut print: impl FnMut(&str) -> io::Result<()>,
    shutdown: impl Future<Output = ()>,
) -> io::Result<Severity> {
    let config = Config { metrics: unlimited(&config.metrics), ..config.clone() };
    let options = options.clone().with(&config);
    let mut shutdown = pin!(shutdown);
    let mut status = Severity::Unknown;
    loop {
        let report = tokio::select! {
            report = round(&config, &options) => report,
            () = &mut shutdown => return Ok(status),
        };
        status = report.status();
        match print(&render::render(&report, &options, coloured)) {
            // Who read it has seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(status),
            printed => printed?,
        }
        let Some(pause) = options.watch else { return Ok(status) };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = &mut shutdown => return Ok(status),
        }
    }
}

async fn round(config: &Config, options: &Options) -> Report {
    let readings = read::read(config, options).await;
    Report::new(own_clock(), readings, options)
}

/// Limits of labels save series in a store of metrics. Here they would only hide something.
fn unlimited(metrics: &Metrics) -> Metrics {
    let all = LabelPolicy { allow: Patterns::default(), deny: Patterns::default(), max: usize::MAX };
    Metrics { workflows: all.clone(), tasks: all.clone(), schedules: all, ..metrics.clone() }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a check is a program of its own, and its reading needs no other clock"
)]
fn own_clock() -> Timestamp {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::default().plus(Span::from(since_epoch))
}
