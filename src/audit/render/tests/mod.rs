//! Exact output of every form.

mod ledger;
mod one_execution;
