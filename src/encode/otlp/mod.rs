//! Turns a snapshot into OTLP metric requests of bounded size, one at a time. Decides what a series looks
//! like on the wire, not what is to be sent of it: totals or changes come from the caller, series by series.
//! Sends nothing.

mod chunk;
mod metric;
mod point;
mod resource;

use crate::config::{HistogramKind, Temporality};
use crate::record::Timestamp;
use crate::snapshot::{Family, Kind, Series, Snapshot, Value};

pub use chunk::Chunk;
pub use resource::{Resource, scope};

#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// The time of the export: that of every point, and what ages are counted up to.
    pub at: Timestamp,
    pub temporality: Temporality,
    pub histograms: HistogramKind,
    /// Most bytes of a request before compression. A point that is larger by itself is sent all the same,
    /// alone.
    pub max_bytes: usize,
}

/// What is to be sent of a series.
#[derive(Debug, Clone)]
pub struct Point {
    /// When the total began, or the change; `None` if that is not known. One after the export is taken as the
    /// export.
    pub start: Option<Timestamp>,
    pub value: Value,
}

/// The whole of a series, since it was created. A backfilled one holds what happened before that: when it began is not known.
pub fn cumulative(_family: &Family, series: &Series) -> Option<Point> {
    let start = series.created.filter(|_| !series.backfilled);
    Some(Point { start, value: series.value.clone() })
}

/// Whether families of `kind` are sent as changes since the last acknowledged export.
pub const fn sends_changes(temporality: Temporality, kind: Kind) -> bool {
    match kind {
        Kind::Gauge | Kind::Info => false,
        Kind::Counter => matches!(temporality, Temporality::Delta),
        Kind::Histogram => matches!(temporality, Temporality::Delta | Temporality::LowMemory),
    }
}

/// The requests that carry `snapshot`; none if it has nothing to send. Each is made when it is asked for, so
/// that only one is in memory.
///
/// `point` says what to send of a series, `None` for nothing. It is asked twice about an instant, which is
/// sent as an age too. Left out are values that are not finite, which receivers refuse, and histograms
/// without the buckets that `settings` ask for.
pub fn requests<'a>(
    snapshot: &'a Snapshot,
    resource: &Resource,
    settings: Settings,
    point: impl FnMut(&'a Family, &'a Series) -> Option<Point>,
) -> impl Iterator<Item = Chunk<'a>> {
    chunk::Chunks::new(snapshot, resource, settings, point)
}
