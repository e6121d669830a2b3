//! What came of a dashboard against one Prometheus, and the table of all.

use std::collections::BTreeSet;
use std::fmt::Write as _;

#[derive(Debug, Clone)]
pub struct Tally {
    pub dashboard: String,
    pub panels: usize,
    /// Requests, one for each way in which a query was asked.
    pub queries: usize,
    pub empty: usize,
    /// Of the first answer to each query.
    pub series: usize,
    /// Places without an answer.
    pub empties: BTreeSet<String>,
    /// Each once, with the place where it is.
    pub findings: BTreeSet<String>,
}

impl Tally {
    pub fn new(dashboard: &str) -> Self {
        Self {
            dashboard: dashboard.to_owned(),
            panels: 0,
            queries: 0,
            empty: 0,
            series: 0,
            empties: BTreeSet::new(),
            findings: BTreeSet::new(),
        }
    }

    pub fn find(&mut self, place: &str, finding: &str) {
        self.findings.insert(format!("{place}: {finding}"));
    }
}

/// A line for each dashboard and version.
pub fn table(tallies: &[(&str, Tally)]) -> String {
    let mut text = format!(
        "{:<22} {:<10} {:>6} {:>8} {:>6} {:>7} {:>9}\n",
        "dashboard", "prometheus", "panels", "queries", "empty", "series", "findings"
    );
    for (version, tally) in tallies {
        let _ = writeln!(
            text,
            "{:<22} {:<10} {:>6} {:>8} {:>6} {:>7} {:>9}",
            tally.dashboard,
            version,
            tally.panels,
            tally.queries,
            tally.empty,
            tally.series,
            tally.findings.len()
        );
    }
    text
}

/// # Panics
/// With every finding, if there is one.
pub fn assert_sound(tallies: &[(&str, Tally)]) {
    let all = tallies.iter().flat_map(|(version, tally)| {
        tally.findings.iter().map(move |finding| format!("{version}: {finding}"))
    });
    let findings: Vec<_> = all.collect();
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
}
