//! What is made of schedules and their fires: a table of situations, and properties over simulated schedulers.

#[path = "../fold/builders.rs"]
mod builders;
mod deadlines;
mod expressions;
mod outcomes;
mod unseen;
mod calendar;
mod changes;
mod daylight;
mod situation;
#[path = "../fold/timeline.rs"]
mod timeline;
