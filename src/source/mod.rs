//! source

mod classify;
mod decode;
mod error;
mod postgres;
mod reader;
mod schema;
mod sqlite;
mod statements;
mod timestamp;

pub use classify::Classifier;
pub use decode::Problem;
pub use error::{Error, Reason};
pub use reader::{Probe, Reader, Tail, Tailed};
pub use schema::{Discovered, Generation, Schema, Unusable};
