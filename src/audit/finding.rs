//! What an audit lists: one finding for each thing that went wrong, or is at least worth a look.
//!
//! Pure. Keeps a bounded number of each kind, the newest, and counts all.

use std::collections::BTreeMap;
use std::sync::Arc;

use uuid::Uuid;

use crate::record::Timestamp;

/// What was found, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Missed,
    Lost,
    Abandoned,
    HandoffFailed,
    Failed,
    AbandonedExecution,
    StuckExecution,
    Overdue,
    Invalid,
    StalePoll,
    Blocked,
    Cancelled,
    Catchup,
    Late,
    Recovered,
    Unexpected,
}

impl Kind {
    pub const fn label(self) -> &'static str {
        match self {
            Self::Missed => "missed",
            Self::Lost => "lost",
            Self::Abandoned => "abandoned",
            Self::HandoffFailed => "handoff_failed",
            Self::Failed => "failed",
            Self::AbandonedExecution => "abandoned_execution",
            Self::StuckExecution => "stuck_execution",
            Self::Overdue => "overdue",
            Self::Invalid => "invalid",
            Self::StalePoll => "stale_poll",
            Self::Blocked => "blocked",
            Self::Cancelled => "cancelled",
            Self::Catchup => "catchup",
            Self::Late => "late",
            Self::Recovered => "recovered",
            Self::Unexpected => "unexpected",
        }
    }

    /// Whether it is about an execution as such, and not about a schedule or one of its fires.
    pub const fn is_about_execution(self) -> bool {
        matches!(self, Self::StuckExecution | Self::AbandonedExecution)
    }

    /// A row that no instant asked for tells of a resume or another expression, not of a fault.
    pub const fn is_problem(self) -> bool {
        !matches!(self, Self::Unexpected)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub kind: Kind,
    pub tenant: Arc<str>,
    /// The schedule's label.
    pub schedule: Option<Arc<str>>,
    pub schedule_id: Option<Uuid>,
    pub workflow: Arc<str>,
    /// The instant that the fire stands for; for what is no fire, when it happened or began.
    pub at: Timestamp,
    /// The row of `schedule_executions`.
    pub fire: Option<Uuid>,
    pub execution: Option<Uuid>,
    pub task: Option<Uuid>,
    /// For people.
    pub detail: String,
}

/// All findings, bounded.
#[derive(Debug)]
pub struct Findings {
    limit: usize,
    kinds: BTreeMap<Kind, Found>,
}

#[derive(Debug, Default)]
struct Found {
    count: u64,
    /// In the order of their times; those of one instant in the order in which they were found.
    kept: BTreeMap<(Timestamp, u64), Finding>,
}

impl Findings {
    /// Keeps at most `limit` of each kind.
    pub fn new(limit: usize) -> Self {
        Self { limit, kinds: BTreeMap::new() }
    }

    pub fn add(&mut self, finding: Finding) {
        let found = self.kinds.entry(finding.kind).or_default();
        found.count += 1;
        found.kept.insert((finding.at, found.count), finding);
        if found.kept.len() > self.limit {
            found.kept.pop_first();
        }
    }

    /// Takes over those of another tenant.
    pub fn absorb(&mut self, other: Self) {
        for (kind, found) in other.kinds {
            let left_out = found.count - found.kept.len() as u64;
            found.kept.into_values().for_each(|finding| self.add(finding));
            self.kinds.entry(kind).or_default().count += left_out;
        }
    }

    /// The worst kind first, and of each the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.kinds.values().flat_map(|found| found.kept.values())
    }

    /// How many there are of each kind, listed or not.
    pub fn counts(&self) -> impl Iterator<Item = (Kind, u64)> {
        self.kinds.iter().map(|(kind, found)| (*kind, found.count))
    }

    /// How many of each kind are not listed, if any.
    pub fn cut(&self) -> impl Iterator<Item = (Kind, u64)> {
        let left_out = |found: &Found| found.count - found.kept.len() as u64;
        self.kinds.iter().map(move |(kind, found)| (*kind, left_out(found))).filter(|(_, count)| *count > 0)
    }

    pub fn problems(&self) -> u64 {
        self.counts().filter(|(kind, _)| kind.is_problem()).map(|(_, count)| count).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(kind: Kind, at: i64) -> Finding {
        Finding {
            kind,
            tenant: Arc::from("t"),
            schedule: None,
            schedule_id: None,
            workflow: Arc::from("w"),
            at: Timestamp(at),
            fire: None,
            execution: None,
            task: None,
            detail: String::new(),
        }
    }

    #[test]
    fn the_newest_of_each_kind_are_kept_and_all_are_counted() {
        let mut findings = Findings::new(2);
        for at in [5, 1, 9, 1] {
            findings.add(finding(Kind::Late, at));
        }
        findings.add(finding(Kind::Missed, 3));
        findings.add(finding(Kind::Unexpected, 4));
        let listed: Vec<_> = findings.iter().map(|finding| (finding.kind, finding.at.0)).collect();
        assert_eq!(listed, [(Kind::Missed, 3), (Kind::Late, 5), (Kind::Late, 9), (Kind::Unexpected, 4)]);
        assert_eq!(findings.cut().collect::<Vec<_>>(), [(Kind::Late, 2)]);
        assert_eq!(findings.problems(), 5);
    }

    #[test]
    fn a_limit_of_zero_lists_nothing_and_still_counts() {
        let mut findings = Findings::new(0);
        findings.add(finding(Kind::Lost, 1));
        assert_eq!((findings.iter().count(), findings.problems()), (0, 1));
    }
}
