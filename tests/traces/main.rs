//! Traces and log records of ended executions: which executions, what is read of them, and what is told. Needs no server.

mod attempts;
mod bounds;
mod builders;
mod ended;
mod executions;
mod ids;
#[allow(dead_code)]
#[path = "../support/left_behind.rs"]
mod left_behind;
mod logs;
mod requests;
mod sdk;
mod stories;
mod tasks;
