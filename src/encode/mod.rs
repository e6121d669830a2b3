//! Turns a snapshot into the bytes of a scrape, in each format that Prometheus reads, and descriptions into the metric
//! reference. Decides by a request's headers which format that is; sends nothing and compresses nothing.

pub mod negotiate;
mod number;
mod protobuf;
pub mod otlp;
pub mod reference;
mod text;
mod wire;

use std::io::{self, Write};

use crate::snapshot::{Description, Exemplar, Kind, Snapshot, Unit};

/// How a page of metrics is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Prometheus text 0.0.4: no exemplars, no creation times, no native histograms.
    Text,
    /// OpenMetrics text 1.0.0: no native histograms.
    OpenMetrics,
    /// `io.prometheus.client.MetricFamily` messages, each behind its length.
    Protobuf,
}

impl Format {
    pub const ALL: [Self; 3] = [Self::Text, Self::OpenMetrics, Self::Protobuf];

    /// The value of `Content-Type`.
    ///
    /// OpenMetrics says `underscores` whatever escaping was asked for: every name is of the classic character set, so
    /// nothing is ever escaped, but `dots` would rewrite the underscores too.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => {
                "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"
            }
            Self::Protobuf => {
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Whether OpenMetrics pages carry `_created` samples: one more series for each counter and histogram.
    pub created_samples: bool,
}

/// Writes the whole snapshot; a snapshot without families gives an empty page (`# EOF` alone in OpenMetrics).
///
/// Series are written as they stand: that no two of a family have the same labels is the catalogue's concern.
pub fn encode(snapshot: &Snapshot, format: Format, options: Options) -> Vec<u8> {
    let mut page = Vec::new();
    write(snapshot, format, options, &mut page).expect("writing to a Vec cannot fail");
    page
}

/// As `encode`, in pieces, so that a page that is compressed on its way is never in memory whole.
///
/// # Errors
/// Those of `out` alone.
pub fn write(snapshot: &Snapshot, format: Format, options: Options, out: &mut impl Write) -> io::Result<()> {
    match format {
        Format::Text => text::write(snapshot, text::Dialect::Prometheus, out),
        Format::OpenMetrics => {
            let dialect = text::Dialect::OpenMetrics { created_samples: options.created_samples };
            text::write(snapshot, dialect, out)
        }
        Format::Protobuf => protobuf::write(snapshot, out),
    }
}

/// The unit as a word, if the family has one.
const fn unit_name(unit: Unit) -> Option<&'static str> {
    match unit {
        Unit::None => None,
        Unit::Seconds | Unit::UnixTime => Some("seconds"),
        Unit::Bytes => Some("bytes"),
        Unit::Executions => Some("executions"),
        Unit::Tasks => Some("tasks"),
        Unit::Events => Some("events"),
        Unit::Fires => Some("fires"),
    }
}

/// The unit as the formats may state it: only if the family's name ends with it, and never for an info.
fn declared_unit(description: &Description) -> Option<&'static str> {
    let unit = unit_name(description.unit)?;
    let named = family_name(description).strip_suffix(unit).is_some_and(|stem| stem.ends_with('_'));
    (named && description.kind != Kind::Info).then_some(unit)
}

/// The name of the family in OpenMetrics, to which samples add `_total` or `_info`.
fn family_name(description: &Description) -> &'static str {
    let suffix = match description.kind {
        Kind::Counter => "_total",
        Kind::Info => "_info",
        Kind::Gauge | Kind::Histogram => "",
    };
    description.name.strip_suffix(suffix).unwrap_or(description.name)
}

/// The newest of the exemplars up to `bound`, which are all taken off: a bucket has room for one.
fn take_up_to<'a>(exemplars: &mut &'a [Exemplar], bound: f64) -> Option<&'a Exemplar> {
    let within = exemplars.partition_point(|exemplar| exemplar.value <= bound);
    let (taken, rest) = exemplars.split_at(within);
    *exemplars = rest;
    taken.iter().max_by_key(|exemplar| exemplar.at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Timestamp;

    const fn description(name: &'static str, kind: Kind, unit: Unit) -> Description {
        Description { name, otlp_name: "", help: "", kind, unit, labels: &[] }
    }

    #[test]
    fn a_unit_is_declared_only_where_the_family_name_ends_with_it() {
        let unit = |name, kind, unit| declared_unit(&description(name, kind, unit));
        assert_eq!(unit("x_cpu_seconds_total", Kind::Counter, Unit::Seconds), Some("seconds"));
        assert_eq!(unit("x_executions_active", Kind::Gauge, Unit::Executions), None);
        assert_eq!(unit("x_milliseconds", Kind::Gauge, Unit::Seconds), None);
        assert_eq!(unit("tasks", Kind::Gauge, Unit::Tasks), None);
        assert_eq!(unit("x_seconds_info", Kind::Info, Unit::Seconds), None);
        assert_eq!(unit("x_seconds", Kind::Gauge, Unit::None), None);
    }

    #[test]
    fn only_counters_and_infos_lose_their_suffix_in_the_family_name() {
        let name = |name, kind| family_name(&description(name, kind, Unit::None));
        assert_eq!(name("x_total", Kind::Counter), "x");
        assert_eq!(name("x_info", Kind::Info), "x");
        assert_eq!(name("x_total", Kind::Gauge), "x_total");
        assert_eq!(name("x", Kind::Counter), "x");
    }

    #[test]
    fn of_several_exemplars_in_a_bucket_the_newest_is_shown() {
        let exemplar = |value, at| Exemplar { trace_id: uuid::Uuid::nil(), value, at: Timestamp(at) };
        let all = [exemplar(0.5, 1), exemplar(1.0, 9), exemplar(1.5, 3), exemplar(1.7, 2)];
        let mut rest = all.as_slice();
        assert_eq!(take_up_to(&mut rest, 0.1), None);
        assert_eq!(take_up_to(&mut rest, 1.0), Some(&all[1]));
        assert_eq!(take_up_to(&mut rest, f64::INFINITY), Some(&all[2]));
        assert_eq!(take_up_to(&mut rest, f64::INFINITY), None);
    }
}
