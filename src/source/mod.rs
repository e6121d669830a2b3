//! source

mod classify;
mod decode;
mod error;
mod postgres;
mod questions;
mod reader;
mod schema;
mod sqlite;
mod statements;
mod timestamp;

pub use classify::Classifier;
pub use decode::Problem;
pub use error::{Error, Reason};
pub use questions::{Tail, Tailed};
pub use reader::{Probe, Reader};
pub use schema::{Discovered, Generation, Schema, Unusable};
