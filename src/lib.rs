//! Reads the tables in which Cloacina keeps its executions and schedules, and turns them into metrics and traces.
//!
//! ```text
//!  Cloacina database           PostgreSQL (a schema per tenant) | SQLite;  v0.4 ... v0.11
//!       |  source/             the only place with sqlx, SQL, dialects, schema generations           [I/O]
//!       v
//!  Batch of records            record.rs: the same types whatever the dialect or version             [data]
//!       |  state/              folds each transition exactly once; no async, no clock, no SQL        [pure]
//!       v
//!  State                       totals, levels, and where reading stands
//!       |  catalogue/          name, help, kind, unit, labels of every metric, and its value         [pure]
//!       v
//!  Snapshot                    snapshot.rs: immutable, behind one Arc, swapped whole                 [data]
//!       |  encode/             text 0.0.4, OpenMetrics 1.0, protobuf; OTLP                           [pure]
//!       v
//!  bytes, requests             serve/: GET /metrics; push/: OTLP over gRPC or HTTP                   [I/O]
//!
//!  Story of an ended execution read by source/ once state/ has counted it; trace/ makes spans and log records of it
//!                              [pure], which push/ sends                                             [I/O]
//! ```
//! `exporter` owns the loop: every interval read, save the batch, apply it, take a snapshot, publish it.
//! `check` and `audit` read once instead, judge what they find in pure code of their own, and print.
//!
//! What is deliberately absent:
//! 1. Nothing outside `source` imports sqlx or knows which database or Cloacina version it talks to. (`demo` writes a
//!    database of its own, and is the one exception.)
//! 2. `record`, `state`, `catalogue`, `snapshot`, `encode`, `trace` and `words` have no `async`, no I/O, no clock and no logging.
//! 3. No metric name stands outside `catalogue`, except where a test checks it against it.
//! 4. A scrape never touches the database: it reads the last snapshot.
//! 5. A failed read changes nothing but the exporter's own metrics.
//! 6. There is no global mutable state; configuration is passed as an argument. One task writes, everyone else reads.
//! 7. A push reads the last snapshot too, and what it was told of ended executions: it never touches state or database.

// Here rather than in Cargo.toml, since tests may do both.
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr))]

pub mod cli;
pub mod config;
pub mod reload;
pub mod exporter;
pub mod record;
pub mod calendar;
pub mod source;
pub mod state;
pub mod store;
pub mod catalogue;
pub mod snapshot;
pub mod encode;
pub mod serve;
pub mod trace;
pub mod push;
pub mod words;
pub mod check;
pub mod audit;
pub mod clock;
pub mod logging;
pub mod demo;
