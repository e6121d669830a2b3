//! Metric requests: what they carry beside what the text page carries, where they are cut, and what a
//! destination has in the end that sums their changes.

#![allow(unreachable_pub, reason = "the modules of a test are its own")]

mod bounds;
#[path = "../fold/builders.rs"]
mod builders;
mod destination;
mod equality;
#[path = "../support/exposition.rs"]
#[allow(dead_code, reason = "parts of it are enough here")]
mod exposition;
mod instants;
mod model;
mod read;
#[path = "../exposition/sample.rs"]
#[allow(dead_code, reason = "parts of it are enough here")]
mod sample;
mod sequences;
mod shape;
#[path = "../fold/timeline.rs"]
mod timeline;
