//! Which label values get series of their own: the patterns and the limit of each label, per tenant.
//!
//! Values beyond them share `__other__`, so that no increment is ever dropped.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::config::LabelPolicy;

/// The value that all folded values share.
pub const OTHER: &str = "__other__";
/// Folded values remembered for counting them; beyond that the count stands still.
const MAX_FOLDED: usize = 10_000;

/// The values of one label seen so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelValues {
    own: BTreeSet<Arc<str>>,
    folded: BTreeSet<Arc<str>>,
}

impl LabelValues {
    /// The label to count `value` under: itself, or [`OTHER`].
    pub fn resolve(&mut self, value: &Arc<str>, policy: &LabelPolicy) -> Arc<str> {
        self.resolve_as(value, value, policy)
    }

    /// As `resolve`, where `identity` and not `value` counts towards the limit: a task's name is distinct per workflow.
    pub fn resolve_as(&mut self, identity: &Arc<str>, value: &Arc<str>, policy: &LabelPolicy) -> Arc<str> {
        if self.own.contains(identity) {
            return value.clone();
        }
        if policy.allows(value) && self.own.len() < policy.max {
            self.folded.remove(identity);
            self.own.insert(identity.clone());
            return value.clone();
        }
        if self.folded.len() < MAX_FOLDED {
            self.folded.insert(identity.clone());
        }
        Arc::from(OTHER)
    }

    /// The label that `identity` was resolved to.
    pub fn lookup(&self, identity: &Arc<str>) -> Arc<str> {
        if self.own.contains(identity) { identity.clone() } else { Arc::from(OTHER) }
    }

    /// Makes room for other values.
    pub fn forget(&mut self, gone: impl Fn(&str) -> bool) {
        self.own.retain(|value| !gone(value));
        self.folded.retain(|value| !gone(value));
    }

    /// Distinct values that share [`OTHER`], at most 10 000.
    pub fn folded(&self) -> usize {
        self.folded.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Patterns;

    fn policy(allow: &[&str], deny: &[&str], max: usize) -> LabelPolicy {
        let patterns = |list: &[&str]| Patterns::new(list.iter().copied()).unwrap();
        LabelPolicy { allow: patterns(allow), deny: patterns(deny), max }
    }

    fn resolve_all(names: &[&str], policy: &LabelPolicy) -> (Vec<String>, usize) {
        let mut values = LabelValues::default();
        let labels = names.iter().map(|name| values.resolve(&Arc::from(*name), policy).to_string()).collect();
        (labels, values.folded())
    }

    #[test]
    fn the_limit_keeps_the_first_values_and_folds_the_rest() {
        let (labels, folded) = resolve_all(&["a", "b", "c", "a", "d", "c"], &policy(&[], &[], 2));
        assert_eq!(labels, ["a", "b", OTHER, "a", OTHER, OTHER]);
        assert_eq!(folded, 2);
    }

    #[test]
    fn a_folded_value_that_finds_room_later_is_no_longer_folded() {
        let (mut values, policy) = (LabelValues::default(), policy(&[], &[], 1));
        let [first, second] = ["a", "b"].map(Arc::from);
        values.resolve(&first, &policy);
        assert_eq!((&*values.resolve(&second, &policy), values.folded()), (OTHER, 1));
        values.forget(|value| value == "a");
        assert_eq!((&*values.resolve(&second, &policy), values.folded()), ("b", 0));
    }

    #[test]
    fn patterns_decide_before_the_limit() {
        let (labels, folded) = resolve_all(&["etl_a", "etl_b", "tmp"], &policy(&["etl_*"], &["*_b"], 9));
        assert_eq!(labels, ["etl_a", OTHER, OTHER]);
        assert_eq!(folded, 2);
    }

    #[test]
    fn a_limit_of_zero_folds_everything() {
        assert_eq!(resolve_all(&["a"], &policy(&[], &[], 0)), (vec![OTHER.to_owned()], 1));
    }
}
