//! The log on standard error.
//!
//! Libraries are heard from warnings up only: what they say below that may hold statements and addresses.

use std::io;

use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{Layer, Registry, reload};

use crate::config::{Log, LogFormat};

/// Changes how much is logged.
#[derive(Debug)]
pub struct LevelHandle(reload::Handle<Targets, Registry>);

impl LevelHandle {
    pub fn set(&self, level: Level) {
        // It fails only if logging has ended, and then there is nothing to change.
        let _ = self.0.reload(targets(level));
    }
}

/// Starts logging for the whole process; the level can be changed later.
///
/// # Errors
/// If it was started before.
pub fn start(log: Log) -> Result<LevelHandle, TryInitError> {
    let (filter, handle) = reload::Layer::new(targets(log.level));
    let layer = match log.format {
        LogFormat::Logfmt => tracing_logfmt::builder().layer().with_writer(io::stderr).boxed(),
        LogFormat::Json => tracing_subscriber::fmt::layer().json().with_writer(io::stderr).boxed(),
    };
    tracing_subscriber::registry().with(layer.with_filter(filter)).try_init()?;
    Ok(LevelHandle(handle))
}

fn targets(level: Level) -> Targets {
    Targets::new().with_default(level.min(Level::WARN)).with_target(env!("CARGO_CRATE_NAME"), level)
}
