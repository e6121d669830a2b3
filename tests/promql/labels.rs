//! The labels that the series of an expression have, as far as the expression tells.

use std::collections::BTreeSet;
use std::fmt;

/// Without the metric's name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels {
    /// On every series.
    pub always: BTreeSet<String>,
    /// On some series, `always` included: the sides of an `or` may differ.
    pub possible: BTreeSet<String>,
    /// Those by which two series can differ: not one that a matcher fixes, nor one that follows from the others.
    pub distinguishing: BTreeSet<String>,
    /// Of a metric that is not there: it may have any label, since nothing more is to be said of it.
    pub open: bool,
}

impl Labels {
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let names: BTreeSet<String> = names.into_iter().map(str::to_owned).collect();
        Self { always: names.clone(), possible: names.clone(), distinguishing: names, open: false }
    }

    pub fn open() -> Self {
        Self { open: true, ..Self::default() }
    }

    pub fn has(&self, name: &str) -> bool {
        self.open || self.possible.contains(name)
    }

    pub fn keep(mut self, names: &[String]) -> Self {
        if self.open {
            return Self::new(names.iter().map(String::as_str));
        }
        self.retain(|name| names.iter().any(|kept| kept == name));
        self
    }

    pub fn without(mut self, names: &[String]) -> Self {
        self.retain(|name| names.iter().all(|dropped| dropped != name));
        self
    }

    pub fn with(mut self, name: &str) -> Self {
        self.always.insert(name.to_owned());
        self.possible.insert(name.to_owned());
        self
    }

    /// Of series that come from either side.
    pub fn either(&self, other: &Self) -> Self {
        let both = |one: &BTreeSet<String>, other: &BTreeSet<String>| one.union(other).cloned().collect();
        Self {
            always: self.always.intersection(&other.always).cloned().collect(),
            possible: both(&self.possible, &other.possible),
            distinguishing: both(&self.distinguishing, &other.distinguishing),
            open: self.open || other.open,
        }
    }

    /// Those that every series here has and no series there.
    pub fn lacking_in(&self, other: &Self) -> Vec<String> {
        if other.open {
            return Vec::new();
        }
        self.always.difference(&other.possible).cloned().collect()
    }

    fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) {
        for set in [&mut self.always, &mut self.possible, &mut self.distinguishing] {
            set.retain(|name| keep(name));
        }
    }
}

impl fmt::Display for Labels {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.possible.iter().map(String::as_str).collect();
        write!(formatter, "{{{}}}", names.join(", "))
    }
}
