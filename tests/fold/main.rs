//! What is folded of each kind of row, as tables: rows in, exposition lines out. No I/O.

mod again;
mod attempts;
mod bad_input;
mod birth;
mod builders;
mod cardinality;
mod events;
mod executions;
mod health;
mod left_over;
mod newest;
mod restart;
mod schedules;
mod tasks;
mod timeline;
