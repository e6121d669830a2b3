//! Real servers and engine-like writers for the tests: each test binary declares `mod support;`.
//!
//! Nothing here asserts anything about the exporter. A server whose program is missing panics and names the Debian
//! package; it is never skipped.

// Every test binary compiles the whole module and uses a part of it; nothing leaves the binary.
#![allow(dead_code, unreachable_pub, missing_debug_implementations)]

pub mod called;
pub mod checked;
pub mod clock;
pub mod collector;
pub mod data_directory;
pub mod engine;
pub mod exporter;
pub mod exposition;
pub mod fires;
pub mod golden_table;
pub mod http;
pub mod intake;
pub mod left_behind;
pub mod naive;
pub mod pgbouncer;
pub mod poller;
pub mod postgres;
pub mod process;
pub mod prometheus;
pub mod proxy;
pub mod recount;
pub mod relay;
pub mod replication;
pub mod rotel;
pub mod runbooks;
pub mod scenarios;
pub mod schedule_rows;
pub mod schema;
pub mod totals;
pub mod victoria_metrics;
pub mod webhook;
pub mod writer;
