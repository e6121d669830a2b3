//! The protobuf page, decoded by prometheus-client's model and compared value by value; and byte by byte with what prost
//! makes of that model.

use cloacina_exporter::encode::{self, Format, Options};
use cloacina_exporter::record::Timestamp;
use cloacina_exporter::snapshot::{Exemplar, Family, Histogram, NativeBuckets, Series, Snapshot, Value};
use prometheus_client::encoding::prometheus_protobuf::prometheus_data_model as model;
use proptest::collection::vec;
use proptest::prelude::*;
use prost::Message as _;
use uuid::Uuid;

use super::sample::{
    AGE, CREATED, DURATION, EXECUTIONS, GAUGE, TRACE, WORKFLOW, counter, gauge, histogram, labels, levels,
    snapshot,
};

fn page(snapshot: &Snapshot) -> Vec<u8> {
    encode::encode(snapshot, Format::Protobuf, Options { created_samples: false })
}

fn decoded(mut page: &[u8]) -> Vec<model::MetricFamily> {
    let mut families = Vec::new();
    while !page.is_empty() {
        families.push(model::MetricFamily::decode_length_delimited(&mut page).unwrap());
    }
    families
}

/// As prost writes it, its metrics behind all else.
fn encoded(mut family: model::MetricFamily) -> Vec<u8> {
    let metrics = std::mem::take(&mut family.metric);
    let mut message = family.encode_to_vec();
    for metric in metrics {
        model::MetricFamily { metric: vec![metric], ..Default::default() }.encode(&mut message).unwrap();
    }
    let mut delimited = Vec::new();
    prost::encode_length_delimiter(message.len(), &mut delimited).unwrap();
    [delimited, message].concat()
}

fn assert_as_prost_writes_it(page: &[u8]) {
    let again: Vec<u8> = decoded(page).into_iter().flat_map(encoded).collect();
    assert_eq!(page.escape_ascii().to_string(), again.escape_ascii().to_string());
}

#[test]
fn the_page_is_byte_by_byte_what_prost_writes() {
    assert_as_prost_writes_it(&page(&snapshot()));
}

/// Any number there is, and often those at the edge of what is written at all, or in one byte.
fn any_count() -> impl Strategy<Value = u64> {
    prop_oneof![0..3_u64, 126..130_u64, any::<u64>()]
}

fn any_value() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), Just(-0.0), any::<u64>().prop_map(f64::from_bits)]
}

fn any_exemplar() -> impl Strategy<Value = Exemplar> {
    let parts = (any::<u128>(), any_value(), any::<i64>());
    parts.prop_map(|(trace, value, at)| Exemplar {
        trace_id: Uuid::from_u128(trace),
        value,
        at: Timestamp(at),
    })
}

fn any_histogram() -> impl Strategy<Value = Histogram> {
    let index = prop_oneof![-30..30, any::<i16>().prop_map(i32::from)];
    let native = (any::<i8>(), any_count(), any_value(), vec((index, any_count()), 0..40));
    let native = native.prop_map(|(schema, zero_count, zero_threshold, mut positive)| {
        positive.sort_unstable();
        positive.dedup_by_key(|(index, _)| *index);
        NativeBuckets { schema, zero_count, zero_threshold, positive }
    });
    let classic = vec((any_value(), any_count()), 0..20);
    let parts = (any_count(), any_value(), classic, proptest::option::of(native), vec(any_exemplar(), 0..4));
    parts.prop_map(|(count, sum, classic, native, exemplars)| Histogram {
        count,
        sum,
        classic,
        native,
        exemplars,
    })
}

proptest! {
    #[test]
    fn whatever_the_values_are_the_page_is_what_prost_writes(
        text in "\\PC{0,200}",
        level in any_value(),
        last in proptest::option::of(any_exemplar()),
        created in proptest::option::of(any::<i64>().prop_map(Timestamp)),
        observed in any_histogram(),
    ) {
        let families = vec![
            Family { description: &GAUGE, series: vec![gauge(labels(&GAUGE, &text), level)] },
            Family {
                description: &EXECUTIONS,
                series: vec![counter(labels(&EXECUTIONS, &text), level, last, created)],
            },
            Family {
                description: &DURATION,
                series: vec![Series { created, ..histogram(labels(&DURATION, &text), observed.clone()) }],
            },
        ];
        let page = page(&Snapshot { sequence: 1, taken_at: CREATED, families });
        assert_as_prost_writes_it(&page);
        let families = decoded(&page);
        let values = families[0].metric[0].gauge.unwrap().value;
        prop_assert!(values.to_bits() == level.to_bits() || (values == 0.0 && level == 0.0));
        let histogram = families[2].metric[0].histogram.clone().unwrap();
        prop_assert_eq!(histogram.sample_count, observed.count);
        prop_assert_eq!(buckets_of(&histogram), observed.native.map(|native| native.positive).unwrap_or_default());
    }
}

/// Index and count of each native bucket, by spans and differences.
fn buckets_of(histogram: &model::Histogram) -> Vec<(i32, u64)> {
    let (mut index, mut count) = (0_i64, 0_u64);
    let mut deltas = histogram.positive_delta.iter();
    let mut buckets = Vec::new();
    for span in &histogram.positive_span {
        index += i64::from(span.offset);
        for delta in deltas.by_ref().take(span.length as usize) {
            count = count.wrapping_add(delta.cast_unsigned());
            buckets.push((i32::try_from(index).unwrap(), count));
            index += 1;
        }
    }
    buckets
}

fn pairs(name: &str, value: &str) -> Vec<model::LabelPair> {
    vec![model::LabelPair { name: name.to_owned(), value: value.to_owned() }]
}

fn decoded_exemplar(value: f64) -> model::Exemplar {
    let timestamp = prost_types::Timestamp { seconds: 1_700_000_100, nanos: 123_456_000 };
    model::Exemplar { label: pairs("trace_id", TRACE), value, timestamp: Some(timestamp) }
}

const DECODED_CREATED: Option<prost_types::Timestamp> =
    Some(prost_types::Timestamp { seconds: 1_700_000_000, nanos: 250_000_000 });

#[test]
fn protobuf_families_keep_full_names_and_state_units_only_where_the_name_does() {
    use model::MetricType::{Counter, Gauge, Histogram};
    let families = decoded(&page(&snapshot()));
    let heads: Vec<_> =
        families.iter().map(|f| (f.name.as_str(), f.r#type(), f.unit.as_str(), f.metric.len())).collect();
    let wanted = [
        ("test_level", Gauge, "", 10),
        ("test_age_seconds", Gauge, "seconds", 1),
        ("test_executions_total", Counter, "executions", 2),
        ("test_failures_total", Counter, "", 1),
        ("test_build_info", Gauge, "", 1),
        ("test_duration_seconds", Histogram, "seconds", 4),
        ("test_size_bytes", Histogram, "bytes", 1),
    ];
    assert_eq!(heads, wanted);
    assert_eq!(families[1].help, AGE.help);
}

#[test]
fn protobuf_gauges_and_counters_carry_their_values_exactly() {
    let families = decoded(&page(&snapshot()));
    let values: Vec<u64> =
        families[0].metric.iter().map(|metric| metric.gauge.unwrap().value.to_bits()).collect();
    let wanted: Vec<u64> = levels()
        .iter()
        .map(|series| match series.value {
            Value::Gauge(value) => value.to_bits(),
            _ => unreachable!("levels are gauges"),
        })
        .collect();
    assert_eq!(values, wanted);
    assert_eq!(families[0].metric[9].label, pairs("case", "not a number"));
    assert!(families[1].metric[0].label.is_empty());

    let [first, second] = &families[2].metric[..] else { panic!("two series") };
    let counter = model::Counter {
        value: 12.0,
        exemplar: Some(decoded_exemplar(1.0)),
        start_timestamp: DECODED_CREATED,
    };
    assert_eq!((&first.label, &first.counter), (&pairs("workflow", WORKFLOW), &Some(counter)));
    assert_eq!(second.counter, Some(model::Counter { value: 0.0, exemplar: None, start_timestamp: None }));
}

#[test]
fn protobuf_histograms_carry_classic_and_native_buckets() {
    let families = decoded(&page(&snapshot()));
    let bucket = |upper_bound, cumulative_count, exemplar: Option<f64>| model::Bucket {
        upper_bound,
        cumulative_count,
        exemplar: exemplar.map(decoded_exemplar),
        ..Default::default()
    };
    let span = |offset, length| model::BucketSpan { offset, length };
    let both = model::Histogram {
        sample_count: 9,
        sample_sum: 1_200_000.75,
        bucket: vec![
            bucket(0.5, 2, Some(0.25)),
            bucket(1.0, 2, None),
            bucket(86_400.0, 5, Some(86_400.0)),
            bucket(1_000_000.0, 8, None),
            bucket(f64::INFINITY, 9, Some(2e6)),
        ],
        start_timestamp: DECODED_CREATED,
        schema: 3,
        zero_threshold: 0.001,
        zero_count: 2,
        positive_span: vec![span(-8, 2), span(26, 1)],
        positive_delta: vec![2, -1, 3],
        exemplars: [0.25, 86_400.0, 2e6].map(decoded_exemplar).to_vec(),
        ..Default::default()
    };
    let classic = model::Histogram {
        sample_count: 1,
        sample_sum: 0.5,
        bucket: vec![bucket(0.5, 1, None), bucket(f64::INFINITY, 1, None)],
        start_timestamp: DECODED_CREATED,
        ..Default::default()
    };
    let native = model::Histogram {
        sample_count: 3,
        sample_sum: 4.5,
        start_timestamp: DECODED_CREATED,
        schema: 3,
        zero_threshold: 0.001,
        positive_span: vec![span(1, 1)],
        positive_delta: vec![3],
        exemplars: vec![decoded_exemplar(1.5)],
        ..Default::default()
    };
    let empty = model::Histogram {
        start_timestamp: DECODED_CREATED,
        positive_span: vec![span(0, 0)],
        ..Default::default()
    };
    let found: Vec<_> = families[5].metric.iter().map(|metric| metric.histogram.clone().unwrap()).collect();
    assert_eq!(found, [both, classic, native, empty]);
}
