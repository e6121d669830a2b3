//! Instants and the ages that go with them.

use std::sync::Arc;

use cloacina_exporter::config::{HistogramKind, Temporality};
use cloacina_exporter::encode::otlp::cumulative;
use cloacina_exporter::record::Timestamp;
use cloacina_exporter::snapshot::{Description, Family, Kind, Labels, Snapshot, Unit};

use super::read::{AT, Measured, chunks, metrics, points, settings};
use super::sample::gauge;

static DUE: Description = Description {
    name: "test_due_timestamp_seconds",
    otlp_name: "test.due.timestamp",
    help: "When it is due.",
    kind: Kind::Gauge,
    unit: Unit::UnixTime,
    labels: &["case"],
};

fn due(instants: &[(&str, f64)]) -> Snapshot {
    let series = instants.iter().map(|(case, at)| gauge(Labels::new(DUE.labels, [Arc::from(*case)]), *at));
    let families = vec![Family { description: &DUE, series: series.collect() }];
    Snapshot { sequence: 1, taken_at: Timestamp(0), families }
}

#[test]
fn an_instant_is_sent_as_a_time_and_as_its_age_at_the_export() {
    let snapshot = due(&[("past", AT.seconds() - 90.0), ("future", AT.seconds() + 30.5)]);
    let settings = settings(Temporality::Delta, HistogramKind::Explicit, 4096);
    let chunks = chunks(&snapshot, settings, cumulative);
    let found: Vec<_> = points(&chunks)
        .into_iter()
        .map(|((name, labels), point)| match point.value {
            Measured::Number(value) => (name, labels["case"].clone(), value),
            other => panic!("{other:?}"),
        })
        .collect();
    let wanted = [
        ("test.due.age", "future", -30.5),
        ("test.due.age", "past", 90.0),
        ("test.due.timestamp", "future", AT.seconds() + 30.5),
        ("test.due.timestamp", "past", AT.seconds() - 90.0),
    ];
    assert_eq!(found, wanted.map(|(name, case, value)| (name.to_owned(), case.to_owned(), value)));
    assert_eq!((chunks[0].points, chunks[0].series.len()), (4, 2));
    let units: Vec<_> = metrics(&chunks[0]).iter().map(|metric| metric.unit.as_str()).collect();
    assert_eq!(units, ["s", "s"]);
}

#[test]
fn an_instant_that_is_not_finite_has_no_age() {
    let snapshot = due(&[("a", f64::NAN), ("b", f64::INFINITY)]);
    let settings = settings(Temporality::Delta, HistogramKind::Explicit, 4096);
    assert!(chunks(&snapshot, settings, cumulative).is_empty());
}
