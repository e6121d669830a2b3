//! Where requests are cut.

use cloacina_exporter::config::{HistogramKind, Temporality};
use cloacina_exporter::encode::otlp::cumulative;
use cloacina_exporter::record::Timestamp;
use cloacina_exporter::snapshot::{Family, Series, Snapshot};
use prost::Message as _;

use super::read::{chunks, metrics, points, settings};
use super::sample::{self, EXECUTIONS, GAUGE, counter, gauge, labels};

/// The sample, between two long families.
fn long() -> Snapshot {
    let mut snapshot = sample::snapshot();
    let gauges = (0..700).map(|index| gauge(labels(&GAUGE, &index.to_string()), f64::from(index)));
    let counters = (0..700).map(|index| {
        let exemplar = (index % 7 == 0).then(|| sample::exemplar(1.0));
        let name = "x".repeat(index % 200) + &index.to_string();
        counter(labels(&EXECUTIONS, &name), index as f64, exemplar, Some(Timestamp(5)))
    });
    snapshot.families.retain(|family| !std::ptr::eq(family.description, &raw const GAUGE));
    snapshot.families.retain(|family| family.description.name != EXECUTIONS.name);
    snapshot.families.insert(0, Family { description: &GAUGE, series: gauges.collect() });
    snapshot.families.push(Family { description: &EXECUTIONS, series: counters.collect() });
    snapshot
}

#[test]
fn no_request_is_larger_than_the_bound_and_nothing_is_lost_or_doubled() {
    let snapshot = long();
    for histograms in [HistogramKind::Explicit, HistogramKind::Exponential] {
        let whole = chunks(&snapshot, settings(Temporality::Cumulative, histograms, usize::MAX), cumulative);
        assert_eq!(whole.len(), 1);
        let wanted = points(&whole);
        // Lengths take a second byte from 128 on and a third from 16384 on: both are crossed.
        for max_bytes in (900..2000).step_by(37).chain(16_300..16_500).chain([4096, 60_000, 100_000]) {
            let settings = settings(Temporality::Cumulative, histograms, max_bytes);
            let cut = chunks(&snapshot, settings, cumulative);
            for chunk in &cut {
                assert_eq!(chunk.bytes, chunk.request.encoded_len());
                assert!(chunk.bytes <= max_bytes, "{} of {max_bytes}", chunk.bytes);
            }
            assert_eq!(points(&cut), wanted, "{max_bytes}");
            assert_eq!(cut.iter().map(|chunk| chunk.points).sum::<usize>(), wanted.len());
        }
    }
}

#[test]
fn a_request_is_as_full_as_it_may_be() {
    let snapshot = long();
    let settings = settings(Temporality::Cumulative, HistogramKind::Explicit, 4096);
    let cut = chunks(&snapshot, settings, cumulative);
    assert!(cut.len() > 20);
    // The largest point has less than 600 bytes, with the head of its metric.
    assert!(cut[..cut.len() - 1].iter().all(|chunk| chunk.bytes > 4096 - 600));
}

#[test]
fn at_the_very_size_of_a_request_it_is_not_cut_and_one_byte_below_it_is() {
    let snapshot = long();
    let requests = |max_bytes| {
        let settings = settings(Temporality::Cumulative, HistogramKind::Explicit, max_bytes);
        chunks(&snapshot, settings, cumulative).len()
    };
    let settings = settings(Temporality::Cumulative, HistogramKind::Explicit, usize::MAX);
    let size = chunks(&snapshot, settings, cumulative)[0].request.encoded_len();
    assert_eq!((requests(size), requests(size - 1)), (1, 2));
}

#[test]
fn a_point_that_is_too_large_by_itself_is_sent_alone() {
    let snapshot = sample::snapshot();
    let cut = chunks(&snapshot, settings(Temporality::Cumulative, HistogramKind::Explicit, 0), cumulative);
    assert!(cut.iter().all(|chunk| chunk.points == 1 && chunk.series.len() == 1));
    // 7 finite gauges, the age, 3 counters, the version, 2 histograms with explicit buckets, and the size.
    assert_eq!(cut.len(), 15);
}

#[test]
fn a_family_that_is_cut_repeats_its_head() {
    let snapshot = long();
    let settings = settings(Temporality::Cumulative, HistogramKind::Explicit, 4096);
    let cut = chunks(&snapshot, settings, cumulative);
    let heads = cut.iter().flat_map(metrics).filter(|metric| metric.name == EXECUTIONS.otlp_name);
    let heads: Vec<_> = heads.map(|metric| (metric.description.as_str(), metric.unit.as_str())).collect();
    assert!(heads.len() > 5);
    assert!(heads.iter().all(|head| *head == (EXECUTIONS.help, "{execution}")));
}

#[test]
fn a_chunk_names_the_series_in_it_each_once() {
    let snapshot = long();
    let settings = settings(Temporality::Cumulative, HistogramKind::Explicit, 4096);
    let cut = chunks(&snapshot, settings, cumulative);
    let named = cut.iter().flat_map(|chunk| &chunk.series);
    let named: Vec<(*const Family, *const Series)> =
        named.map(|(family, series)| (&raw const **family, &raw const **series)).collect();
    let mut once = named.clone();
    once.dedup();
    assert_eq!((named.len(), once.len()), (cut.iter().map(|chunk| chunk.points).sum(), named.len()));
}

#[test]
fn a_snapshot_without_anything_to_send_makes_no_request() {
    let snapshot = sample::snapshot();
    let settings = settings(Temporality::Cumulative, HistogramKind::Explicit, 4096);
    assert!(chunks(&snapshot, settings, |_, _| None).is_empty());
    let empty = Snapshot { families: vec![], ..snapshot };
    assert!(chunks(&empty, settings, cumulative).is_empty());
}
