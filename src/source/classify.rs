//! Why a task failed, from its error text: the user's patterns first, then the engine's own texts. Pure; the text goes
//! no further.
//!
//! The engine writes the reason at the start of the text. What a task says itself comes after it, and must not be
//! taken for the engine's: a task that failed with "Validation error" is a task error.

use std::sync::Arc;

use regex::Regex;

use crate::record::FailureReason;

/// Starts of the texts of the engine, v0.4 to v0.11, in the order in which they are tried.
const ENGINE: &[(&str, FailureReason)] = &[
    ("ABANDONED", FailureReason::Abandoned),
    ("Task recovery abandoned", FailureReason::Abandoned),
    ("Task execution timeout", FailureReason::Timeout),
    ("Task timeout:", FailureReason::Timeout),
    ("Task validation failed", FailureReason::Validation),
    ("Validation error", FailureReason::Validation),
    ("Invalid namespace", FailureReason::Validation),
    ("Invalid context scope", FailureReason::Context),
    ("Context", FailureReason::Context),
    ("Failed to save context", FailureReason::Context),
    ("Serialization error", FailureReason::Context),
    ("Task not found", FailureReason::NotFound),
    ("Workflow execution not found", FailureReason::NotFound),
    ("Task claim lost", FailureReason::ClaimLost),
    ("Database error", FailureReason::Infrastructure),
    ("Connection pool error", FailureReason::Infrastructure),
    ("Semaphore acquisition error", FailureReason::Infrastructure),
];

/// What a task returned is wrapped in the first, and printed in Rust's debug form after the second.
const RETURNED: &str = "Task execution error: ";
const FAILED: &str = "Task execution failed: ";
/// Variants of the engine's error type that a task may return, in debug form.
const VARIANTS: &[(&str, FailureReason)] = &[
    ("Timeout {", FailureReason::Timeout),
    ("ValidationFailed {", FailureReason::Validation),
    ("ContextError {", FailureReason::Context),
];

/// Sorts error texts into reasons.
#[derive(Debug, Clone, Default)]
pub struct Classifier {
    patterns: Vec<(Arc<str>, Regex)>,
}

impl Classifier {
    /// `patterns` are tried in order before the built-in rules; see `config::Metrics::failure_reasons`.
    pub fn new(patterns: &[(Arc<str>, Regex)]) -> Self {
        Self { patterns: patterns.to_vec() }
    }

    /// `Unknown` if there is no text or nothing applies.
    pub fn reason(&self, text: Option<&str>) -> FailureReason {
        let Some(text) = text else { return FailureReason::Unknown };
        if let Some((name, _)) = self.patterns.iter().find(|(_, pattern)| pattern.is_match(text)) {
            return FailureReason::Named(Arc::clone(name));
        }
        let (text, returned) = strip(text, RETURNED);
        let (text, failed) = strip(text, FAILED);
        let rules = if failed { VARIANTS } else { ENGINE };
        match rules.iter().find(|(start, _)| text.starts_with(start)) {
            Some((_, reason)) => reason.clone(),
            None if returned || failed => FailureReason::TaskError,
            None => FailureReason::Unknown,
        }
    }
}

fn strip<'a>(text: &'a str, prefix: &str) -> (&'a str, bool) {
    text.strip_prefix(prefix).map_or((text, false), |rest| (rest, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_real_engines_are_sorted() {
        let classifier = Classifier::default();
        for (text, reason) in [
            (
                r#"Task execution error: Task execution failed: ExecutionFailed { message: "upstream 503", task_id: "t" }"#,
                FailureReason::TaskError,
            ),
            ("Task execution error: Task execution failed: disk full", FailureReason::TaskError),
            ("Task execution timeout", FailureReason::Timeout),
            ("Task execution error: Task timeout: load exceeded 30s", FailureReason::Timeout),
            ("Task execution error: Task validation failed: no rows", FailureReason::Validation),
            (
                "Task execution error: Task execution failed: ValidationFailed { message: \"x\" }",
                FailureReason::Validation,
            ),
            ("Task execution error: Trigger rule evaluation failed: t", FailureReason::TaskError),
            ("Task execution error: Context error in task t: Key not found: x", FailureReason::Context),
            ("Context build failed: Connection pool error: timed out", FailureReason::Context),
            ("Task not found: public::p::w::t", FailureReason::NotFound),
            ("Task not found in registry: public::p::w::t", FailureReason::NotFound),
            ("Task claim lost to another runner", FailureReason::ClaimLost),
            ("Database error: connection closed", FailureReason::Infrastructure),
            ("ABANDONED: 3 stale-claim recoveries exhausted (cap 3)", FailureReason::Abandoned),
            ("something new", FailureReason::Unknown),
            ("", FailureReason::Unknown),
        ] {
            assert_eq!(classifier.reason(Some(text)), reason, "{text}");
        }
        assert_eq!(classifier.reason(None), FailureReason::Unknown);
    }

    #[test]
    fn what_a_task_says_is_not_taken_for_the_engine() {
        for said in [r#"ExecutionFailed { message: "Database error" }"#, "Database error", "Context lost"] {
            let text = format!("Task execution error: Task execution failed: {said}");
            assert_eq!(Classifier::default().reason(Some(&text)), FailureReason::TaskError, "{text}");
        }
    }

    #[test]
    fn the_users_patterns_come_first_and_in_order() {
        let pattern = |name: &str, pattern: &str| (Arc::from(name), Regex::new(pattern).unwrap());
        let classifier = Classifier::new(&[pattern("upstream", "upstream \\d+"), pattern("any", "timeout")]);
        assert_eq!(
            classifier.reason(Some("upstream 503 timeout")),
            FailureReason::Named(Arc::from("upstream"))
        );
        assert_eq!(classifier.reason(Some("Task execution timeout")), FailureReason::Named(Arc::from("any")));
        assert_eq!(classifier.reason(Some("Database error: x")), FailureReason::Infrastructure);
    }
}
