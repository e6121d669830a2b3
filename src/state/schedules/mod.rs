//! Labels for schedules: names chosen so that no two rows share one.

pub mod levels;
pub mod outcome;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::labels::LabelValues;
use crate::config::Metrics;
use crate::record::Schedule;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Schedules {
    pub names: LabelValues,
    labelled: Vec<(Arc<str>, Schedule)>,
}

impl Schedules {
    /// Takes over all rows as they are now. Rows beyond the label's limits get no series; they are only counted.
    pub fn replace(&mut self, rows: &[Schedule], metrics: &Metrics) {
        let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
        for row in rows {
            *uses.entry(plain_name(row)).or_insert(0) += 1;
        }
        let labels: Vec<Arc<str>> = rows.iter().map(|row| label(row, uses[plain_name(row)] > 1)).collect();
        let present: BTreeSet<&str> = labels.iter().map(AsRef::as_ref).collect();
        self.names.forget(|name| !present.contains(name));
        self.labelled.clear();
        for (label, row) in labels.into_iter().zip(rows) {
            if self.names.resolve(&label, &metrics.schedules) == label {
                self.labelled.push((label, row.clone()));
            }
        }
    }

    /// Label and row of each schedule that has series.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Schedule)> {
        self.labelled.iter().map(|(label, row)| (label, row))
    }
}

fn plain_name(row: &Schedule) -> &str {
    row.instance_name.as_deref().or(row.trigger_name.as_deref()).unwrap_or(&row.workflow)
}

fn label(row: &Schedule, collides: bool) -> Arc<str> {
    if collides {
        let id = row.id.simple().to_string();
        Arc::from(format!("{}/{}", plain_name(row), &id[..8]))
    } else {
        Arc::from(plain_name(row))
    }
}
