//! The forms in which an audit is shown.
//!
//! Pure: from a report or a timeline to text, the same input always giving the same bytes.

pub mod csv;
pub mod json_lines;
pub mod table;
pub mod timeline;

mod columns;

#[cfg(test)]
mod tests;
