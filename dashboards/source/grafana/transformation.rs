//! How the answers of a table's queries become one table.

use std::collections::BTreeMap;

use serde::Serialize;

#[derive(Debug, Serialize)]
#[serde(tag = "id", content = "options", rename_all = "camelCase")]
pub enum Transformation {
    /// Rows that agree in all columns they share become one.
    Merge {},
    Organize(Organize),
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Organize {
    pub exclude_by_name: BTreeMap<String, bool>,
    pub index_by_name: BTreeMap<String, usize>,
    pub rename_by_name: BTreeMap<String, &'static str>,
}
