//! The protobuf page, decoded and compared value by value.

use cloacina_exporter::encode::{self, Format, Options};
use cloacina_exporter::snapshot::Value;
use prometheus_client::encoding::prometheus_protobuf::prometheus_data_model as model;
use prost::Message as _;

use super::sample::{AGE, TRACE, WORKFLOW, levels, snapshot};

fn decoded() -> Vec<model::MetricFamily> {
    let page = encode::encode(&snapshot(), Format::Protobuf, Options { created_samples: false });
    let mut rest = page.as_slice();
    let mut families = Vec::new();
    while !rest.is_empty() {
        families.push(model::MetricFamily::decode_length_delimited(&mut rest).unwrap());
    }
    families
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
    let families = decoded();
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
    let families = decoded();
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
    let families = decoded();
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
