//! The parts of a poll and the reasons for which one fails: closed sets, since both become labels.

/// A part of a poll, as the label of the exporter's own metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Collector {
    Connect,
    Discovery,
    Position,
    Events,
    Executions,
    Tasks,
    Schedules,
    Audit,
    Backfill,
}

impl Collector {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Discovery => "discovery",
            Self::Position => "position",
            Self::Events => "events",
            Self::Executions => "executions",
            Self::Tasks => "tasks",
            Self::Schedules => "schedules",
            Self::Audit => "audit",
            Self::Backfill => "backfill",
        }
    }
}

/// Why a part of a poll failed, as a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    Connect,
    Timeout,
    Permission,
    Schema,
    Query,
    Decode,
}

impl Reason {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Timeout => "timeout",
            Self::Permission => "permission",
            Self::Schema => "schema",
            Self::Query => "query",
            Self::Decode => "decode",
        }
    }
}
