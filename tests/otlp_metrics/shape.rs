//! Names, kinds, times and exemplars of the sample, point by point.

use cloacina_exporter::config::{HistogramKind, Temporality};
use cloacina_exporter::encode::otlp::{Point, cumulative, scope};
use cloacina_exporter::record::Timestamp;
use cloacina_exporter::snapshot::Snapshot;
use cloacina_exporter::trace::ids::root_span_id;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{AggregationTemporality, Metric, exemplar};
use uuid::Uuid;

use super::read::{AT, Measured, chunks, metrics, points, resource, settings};
use super::sample::{CREATED, TRACE, snapshot};

fn whole(snapshot: &Snapshot, temporality: Temporality, histograms: HistogramKind) -> Vec<Metric> {
    let chunks = chunks(snapshot, settings(temporality, histograms, usize::MAX), cumulative);
    let [chunk] = &chunks[..] else { panic!("one request") };
    let resource_metrics = &chunk.request.resource_metrics[0];
    assert_eq!(resource_metrics.resource, Some(resource().to_proto()));
    assert_eq!(resource_metrics.scope_metrics[0].scope, Some(scope()));
    metrics(chunk).to_vec()
}

fn find<'a>(metrics: &'a [Metric], name: &str) -> &'a Metric {
    metrics.iter().find(|metric| metric.name == name).unwrap()
}

#[test]
fn metrics_carry_help_and_units_in_ucum() {
    let metrics = whole(&snapshot(), Temporality::Cumulative, HistogramKind::Explicit);
    let units: Vec<_> = metrics.iter().map(|metric| (metric.name.as_str(), metric.unit.as_str())).collect();
    let wanted = [
        ("test_level", ""),
        ("test_age_seconds", "s"),
        ("test_executions_total", "{execution}"),
        ("test_failures_total", "{task}"),
        ("test_build_info", ""),
        ("test_duration_seconds", "s"),
        ("test_size_bytes", "By"),
    ];
    assert_eq!(units, wanted);
    assert_eq!(metrics[1].description, "Help with \"quotes\", a \\ and\na second line.");
}

#[test]
fn delta_is_for_counters_and_histograms_and_lowmemory_for_histograms_alone() {
    use AggregationTemporality::{Cumulative, Delta};
    let told = |temporality, kind| {
        let metrics = whole(&snapshot(), temporality, kind);
        let Some(Data::Sum(sum)) = &find(&metrics, "test_executions_total").data else { panic!("a sum") };
        let histogram = match &find(&metrics, "test_duration_seconds").data {
            Some(Data::Histogram(histogram)) => histogram.aggregation_temporality(),
            Some(Data::ExponentialHistogram(histogram)) => histogram.aggregation_temporality(),
            other => panic!("{other:?}"),
        };
        (sum.aggregation_temporality(), histogram)
    };
    for kind in [HistogramKind::Explicit, HistogramKind::Exponential] {
        assert_eq!(told(Temporality::Cumulative, kind), (Cumulative, Cumulative));
        assert_eq!(told(Temporality::Delta, kind), (Delta, Delta));
        assert_eq!(told(Temporality::LowMemory, kind), (Cumulative, Delta));
    }
}

#[test]
fn a_total_starts_when_it_was_created_and_a_gauge_has_no_start() {
    let snapshot = snapshot();
    let settings = settings(Temporality::Cumulative, HistogramKind::Explicit, usize::MAX);
    let starts: Vec<_> = points(&chunks(&snapshot, settings, cumulative))
        .into_iter()
        .filter(|((name, _), _)| {
            ["test_age_seconds", "test_executions_total", "test_size_bytes"].contains(&&**name)
        })
        .map(|((name, _), point)| (name, point.start, point.time))
        .collect();
    let (created, at) = (CREATED.0 as u64 * 1000, AT.0 as u64 * 1000);
    let wanted = [
        ("test_age_seconds", 0, at),
        // The series without labels' values comes first; when it was created is not known.
        ("test_executions_total", 0, at),
        ("test_executions_total", created, at),
        ("test_size_bytes", created, at),
    ];
    assert_eq!(starts, wanted.map(|(name, start, time)| (name.to_owned(), start, time)));
}

#[test]
fn a_start_after_the_export_becomes_the_export() {
    let snapshot = snapshot();
    let settings = settings(Temporality::Delta, HistogramKind::Explicit, usize::MAX);
    let late = |_: &_, series: &cloacina_exporter::snapshot::Series| {
        Some(Point { start: Some(Timestamp::MAX), value: series.value.clone() })
    };
    let at = AT.0 as u64 * 1000;
    assert!(
        points(&chunks(&snapshot, settings, late))
            .values()
            .all(|point| point.start == at || point.start == 0)
    );
}

#[test]
fn an_exemplar_names_the_root_span_of_its_execution() {
    let metrics = whole(&snapshot(), Temporality::Cumulative, HistogramKind::Explicit);
    let Some(Data::Sum(sum)) = &find(&metrics, "test_executions_total").data else { panic!("a sum") };
    let [found] = &sum.data_points[0].exemplars[..] else { panic!("one exemplar") };
    let execution = Uuid::parse_str(TRACE).unwrap();
    assert_eq!(found.trace_id, execution.as_bytes());
    assert_eq!(found.span_id, root_span_id(execution));
    assert_eq!(found.value, Some(exemplar::Value::AsDouble(1.0)));
    assert_eq!(found.time_unix_nano, 1_700_000_100_123_456_000);
    let Some(Data::Histogram(durations)) = &find(&metrics, "test_duration_seconds").data else {
        panic!("a histogram")
    };
    let values: Vec<_> = durations.data_points[0].exemplars.iter().map(|one| one.value).collect();
    assert_eq!(values, [0.25, 86_400.0, 2e6].map(|value| Some(exemplar::Value::AsDouble(value))));
}

#[test]
fn an_exponential_histogram_is_dense_and_its_index_is_one_less_than_prometheus() {
    let snapshot = snapshot();
    let settings = settings(Temporality::Cumulative, HistogramKind::Exponential, usize::MAX);
    let points = points(&chunks(&snapshot, settings, cumulative));
    let both =
        points.iter().find(|((_, labels), _)| labels.get("status").is_some_and(|status| status == "both"));
    let Some((_, found)) = both else { panic!("it is there") };
    let Measured::Exponential(point) = &found.value else { panic!("{found:?}") };
    assert_eq!((point.scale, point.zero_count, point.zero_threshold, point.count), (3, 2, 0.001, 9));
    let buckets = point.positive.as_ref().unwrap();
    assert_eq!((buckets.offset, buckets.bucket_counts.len()), (-9, 29));
    assert_eq!((&buckets.bucket_counts[..2], buckets.bucket_counts[28]), (&[2, 1][..], 4));
    // "classic" has no such buckets and is left out; "empty" has none above zero.
    let statuses: Vec<_> = points.keys().filter_map(|(_, labels)| labels.get("status")).collect();
    assert_eq!(statuses, ["both", "empty", "native"]);
}
