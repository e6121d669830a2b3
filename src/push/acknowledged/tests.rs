//! Single steps; sequences of them are in `tests/otlp_metrics`.

use std::sync::Arc;

use super::*;
use crate::config::{HistogramKind, Temporality};
use crate::snapshot::{Description, Exemplar, Histogram, Kind, Labels, NativeBuckets, Unit};
use uuid::Uuid;

const COUNTER: Description = description("a_total", Kind::Counter);
const HISTOGRAM: Description = description("a_seconds", Kind::Histogram);
static COUNTER_FAMILY: Family = Family { description: &COUNTER, series: Vec::new() };
static HISTOGRAM_FAMILY: Family = Family { description: &HISTOGRAM, series: Vec::new() };

const fn description(name: &'static str, kind: Kind) -> Description {
    Description { name, otlp_name: "a", help: "", kind, unit: Unit::None, labels: &[] }
}

fn settings(at: i64) -> Settings {
    Settings {
        at: Timestamp(at),
        temporality: Temporality::Delta,
        histograms: HistogramKind::Explicit,
        max_bytes: 1000,
    }
}

fn exponential(at: i64) -> Settings {
    Settings { histograms: HistogramKind::Exponential, ..settings(at) }
}

fn counter(total: f64, created: i64) -> Series {
    let value = Value::Counter { total, exemplar: None };
    Series { labels: Labels::none(), value, created: Some(Timestamp(created)), backfilled: false }
}

fn histogram(value: Histogram) -> Series {
    let value = Value::Histogram(Arc::new(value));
    Series { labels: Labels::none(), value, created: Some(Timestamp(100)), backfilled: false }
}

fn explicit(low: u64, high: u64) -> Histogram {
    Histogram {
        count: low + high,
        sum: low as f64 + 10.0 * high as f64,
        classic: vec![(1.0, low), (f64::INFINITY, high)],
        ..Default::default()
    }
}

fn native(schema: i8, positive: &[(i32, u64)]) -> Histogram {
    let count = positive.iter().map(|(_, count)| count).sum();
    let native = NativeBuckets { schema, positive: positive.to_vec(), ..Default::default() };
    Histogram { count, sum: 0.0, native: Some(native), ..Default::default() }
}

fn exemplar(value: f64, at: i64) -> Exemplar {
    Exemplar { trace_id: Uuid::from_u128(1), value, at: Timestamp(at) }
}

/// What a destination that begins at 50 and took `series` at `at` knows.
fn after(family: &Family, series: &Series, settings: Settings) -> Acknowledged {
    let mut acknowledged = Acknowledged::new(Timestamp(50));
    let record = acknowledged.record([(family, series)], settings);
    assert!(!record.is_empty());
    acknowledged.apply(record);
    acknowledged
}

/// Start and total of what would be sent.
fn sent(acknowledged: &Acknowledged, series: &Series, at: i64) -> Option<(Option<i64>, f64)> {
    let point = acknowledged.change(&COUNTER_FAMILY, series, settings(at))?;
    let Value::Counter { total, .. } = point.value else { panic!("{point:?}") };
    Some((point.start.map(|start| start.0), total))
}

fn change(before: Histogram, now: Histogram, kind: fn(i64) -> Settings) -> Option<(i64, Histogram)> {
    let acknowledged = after(&HISTOGRAM_FAMILY, &histogram(before), kind(200));
    let point = acknowledged.change(&HISTOGRAM_FAMILY, &histogram(now), kind(300))?;
    let Value::Histogram(added) = point.value else { panic!("{:?}", point.value) };
    Some((point.start.unwrap().0, added.as_ref().clone()))
}

fn snapshot(series: Vec<Series>) -> Snapshot {
    let families = vec![Family { description: &COUNTER, series }];
    Snapshot { sequence: 1, taken_at: Timestamp(0), families }
}

#[test]
fn a_series_created_since_the_beginning_is_sent_from_zero_even_while_it_is_zero() {
    let acknowledged = Acknowledged::new(Timestamp(50));
    assert_eq!(sent(&acknowledged, &counter(0.0, 50), 200), Some((Some(50), 0.0)));
    assert_eq!(sent(&acknowledged, &counter(3.0, 60), 200), Some((Some(60), 3.0)));
}

#[test]
fn a_series_with_a_past_is_a_baseline() {
    let older = counter(3.0, 49);
    let backfilled = Series { backfilled: true, ..counter(3.0, 60) };
    let unknown = Series { created: None, ..counter(3.0, 60) };
    for series in [older, backfilled, unknown] {
        let mut acknowledged = Acknowledged::new(Timestamp(50));
        assert_eq!(sent(&acknowledged, &series, 200), None);
        assert!(acknowledged.record([(&COUNTER_FAMILY, &series)], settings(200)).is_empty());
        acknowledged.apply(acknowledged.baseline(&snapshot(vec![series.clone()]), settings(200)));
        let grown = Series { value: counter(5.0, 0).value, ..series };
        assert_eq!(sent(&acknowledged, &grown, 300), Some((Some(200), 2.0)));
    }
}

#[test]
fn what_did_not_change_is_neither_sent_nor_recorded() {
    let series = counter(3.0, 100);
    let acknowledged = after(&COUNTER_FAMILY, &series, settings(200));
    assert_eq!(sent(&acknowledged, &series, 300), None);
    assert!(acknowledged.record([(&COUNTER_FAMILY, &series)], settings(300)).is_empty());
    assert!(acknowledged.baseline(&snapshot(vec![series]), settings(300)).is_empty());
}

#[test]
fn a_series_created_again_is_sent_from_zero_since_then_but_not_into_the_interval_before() {
    let acknowledged = after(&COUNTER_FAMILY, &counter(3.0, 100), settings(200));
    assert_eq!(sent(&acknowledged, &counter(4.0, 250), 300), Some((Some(250), 4.0)));
    assert_eq!(sent(&acknowledged, &counter(4.0, 150), 300), Some((Some(200), 4.0)));
    let backfilled = Series { backfilled: true, ..counter(4.0, 250) };
    assert_eq!(sent(&acknowledged, &backfilled, 300), None);
    assert!(!acknowledged.baseline(&snapshot(vec![backfilled]), settings(300)).is_empty());
}

#[test]
fn a_total_that_fell_is_sent_from_zero_since_the_acknowledgement() {
    let acknowledged = after(&COUNTER_FAMILY, &counter(3.0, 100), settings(200));
    assert_eq!(sent(&acknowledged, &counter(2.0, 100), 300), Some((Some(200), 2.0)));
    assert_eq!(sent(&acknowledged, &counter(f64::NAN, 100), 300), None);
}

#[test]
fn only_the_exemplar_of_a_later_increment_goes_with_a_change() {
    let acknowledged = after(&COUNTER_FAMILY, &counter(3.0, 100), settings(200));
    let shown = |total, at| {
        let value = Value::Counter { total, exemplar: Some(exemplar(1.0, at)) };
        let series = Series { value, ..counter(0.0, 100) };
        match acknowledged.change(&COUNTER_FAMILY, &series, settings(300)).map(|point| point.value) {
            Some(Value::Counter { exemplar, .. }) => exemplar.is_some(),
            _ => panic!("nothing is sent"),
        }
    };
    // The last of them: the total fell.
    assert_eq!([shown(4.0, 201), shown(4.0, 200), shown(1.0, 200)], [true, false, false]);
}

#[test]
fn lowmemory_sends_counters_whole_and_acknowledges_none_of_them() {
    let low = Settings { temporality: Temporality::LowMemory, ..settings(200) };
    let acknowledged = Acknowledged::new(Timestamp(500));
    let point = acknowledged.change(&COUNTER_FAMILY, &counter(3.0, 100), low).unwrap();
    assert_eq!(point.start, Some(Timestamp(100)));
    assert!(acknowledged.record([(&COUNTER_FAMILY, &counter(3.0, 100))], low).is_empty());
    let series = histogram(explicit(1, 0));
    assert!(acknowledged.change(&HISTOGRAM_FAMILY, &series, low).is_none());
    assert!(acknowledged.shadow(&snapshot(vec![counter(3.0, 100)]), low).is_empty());
}

#[test]
fn of_explicit_buckets_the_difference_is_sent_with_exemplars_of_buckets_that_grew() {
    let exemplars = vec![exemplar(0.5, 250), exemplar(5.0, 250)];
    let now = Histogram { exemplars, ..explicit(1, 5) };
    let wanted = Histogram { exemplars: vec![exemplar(5.0, 250)], ..explicit(0, 3) };
    assert_eq!(change(explicit(1, 2), now, settings), Some((200, wanted)));
    assert_eq!(change(explicit(1, 2), explicit(1, 2), settings), None);
}

#[test]
fn a_bucket_that_fell_and_other_bounds_start_a_histogram_anew() {
    assert_eq!(change(explicit(1, 2), explicit(0, 9), settings), Some((200, explicit(0, 9))));
    let mut other = explicit(3, 4);
    other.classic[0].0 = 2.0;
    assert_eq!(change(explicit(1, 2), other.clone(), settings), Some((200, other)));
}

#[test]
fn acknowledged_exponential_buckets_follow_a_histogram_that_became_coarser() {
    let (start, added) =
        change(native(3, &[(1, 1), (2, 2), (3, 3)]), native(2, &[(1, 3), (2, 4), (5, 1)]), exponential)
            .unwrap();
    assert_eq!((start, added.count), (200, 2));
    assert_eq!(added.native.unwrap().positive, [(2, 1), (5, 1)]);
}

#[test]
fn exponential_buckets_that_fell_vanished_or_became_finer_start_anew() {
    let before = || native(2, &[(1, 2), (2, 2)]);
    for now in [native(2, &[(1, 1), (2, 9)]), native(2, &[(2, 9)]), native(3, &[(1, 9), (2, 9)])] {
        assert_eq!(change(before(), now.clone(), exponential), Some((200, now)));
    }
}

#[test]
fn exemplars_of_exponential_buckets_are_found_by_value() {
    // At schema 0: (1, 2] is bucket 1, and (2, 4] is bucket 2.
    let exemplars = vec![exemplar(2.0, 250), exemplar(2.5, 250), exemplar(4.0, 150)];
    let now = Histogram { exemplars, ..native(0, &[(1, 1), (2, 2)]) };
    let (_, added) = change(native(0, &[(1, 1)]), now, exponential).unwrap();
    assert_eq!(added.exemplars, [exemplar(2.5, 250)]);
}

#[test]
fn another_kind_of_buckets_is_a_baseline() {
    let both = Histogram { native: native(3, &[(1, 3)]).native, ..explicit(1, 2) };
    let mut acknowledged = after(&HISTOGRAM_FAMILY, &histogram(both.clone()), settings(200));
    assert!(acknowledged.change(&HISTOGRAM_FAMILY, &histogram(both.clone()), exponential(300)).is_none());
    let families = vec![Family { description: &HISTOGRAM, series: vec![histogram(both)] }];
    let shown = Snapshot { sequence: 1, taken_at: Timestamp(0), families };
    acknowledged.apply(acknowledged.baseline(&shown, exponential(300)));
    assert!(acknowledged.baseline(&shown, exponential(400)).is_empty());
}

#[test]
fn a_replica_that_does_not_push_takes_new_and_changed_series_as_sent() {
    let mut acknowledged = Acknowledged::new(Timestamp(50));
    acknowledged.apply(acknowledged.shadow(&snapshot(vec![counter(3.0, 100)]), settings(200)));
    acknowledged.apply(acknowledged.shadow(&snapshot(vec![counter(4.0, 100)]), settings(300)));
    assert_eq!(sent(&acknowledged, &counter(9.0, 100), 400), Some((Some(300), 5.0)));
}

#[test]
fn a_series_is_forgotten_30_days_after_it_was_last_shown_and_returns_as_a_baseline() {
    let day = 24 * 3600 * 1_000_000;
    let series = counter(3.0, 100);
    let mut acknowledged = after(&COUNTER_FAMILY, &series, settings(200));
    assert_eq!(acknowledged.forget(&snapshot(vec![series]), Timestamp(40 * day)), 0);
    assert_eq!(acknowledged.forget(&snapshot(vec![]), Timestamp(70 * day)), 0);
    assert_eq!((acknowledged.forget(&snapshot(vec![]), Timestamp(70 * day + 1)), acknowledged.len()), (1, 0));
    assert!(acknowledged.is_empty());
    assert_eq!(sent(&acknowledged, &counter(5.0, 100), 80 * day), None);
    assert_eq!(sent(&acknowledged, &counter(5.0, 101), 80 * day), Some((Some(101), 5.0)));
}

#[test]
fn extremes_of_time_and_count_do_not_overflow() {
    let series = counter(f64::MAX, i64::MAX);
    let mut acknowledged = after(&COUNTER_FAMILY, &series, settings(i64::MIN));
    assert_eq!(acknowledged.forget(&snapshot(vec![]), Timestamp::MAX), 1);
    assert_eq!(sent(&acknowledged, &counter(1.0, 0), i64::MAX), None);
    let full = native(i8::MAX, &[(i32::MIN, u64::MAX / 2), (i32::MAX, u64::MAX / 2)]);
    assert!(change(full, native(i8::MIN, &[(1, 1)]), exponential).is_some());
}
