//! The log on standard error.
//!
//! Libraries are heard from warnings up only: what they say below that may hold statements and addresses.

use std::io;

use tracing::Level;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use crate::config::{Log, LogFormat};

/// Starts logging for the whole process.
///
/// # Errors
/// If it was started before.
pub fn start(log: Log) -> Result<(), TryInitError> {
    let targets = Targets::new()
        .with_default(log.level.min(Level::WARN))
        .with_target(env!("CARGO_CRATE_NAME"), log.level);
    let layer = match log.format {
        LogFormat::Logfmt => tracing_logfmt::builder().layer().with_writer(io::stderr).boxed(),
        LogFormat::Json => tracing_subscriber::fmt::layer().json().with_writer(io::stderr).boxed(),
    };
    tracing_subscriber::registry().with(layer.with_filter(targets)).try_init()
}
