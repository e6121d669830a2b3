//! The three formats of one hand-made snapshot that holds every kind of metric and every awkward value: text against
//! golden pages, protobuf value by value, and all by what others' parsers make of them.
//!
//! `UPDATE_GOLDEN=1` rewrites the golden pages.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cloacina_exporter::encode::{self, Format, Options};
use cloacina_exporter::record::Timestamp;
use cloacina_exporter::snapshot::{
    Description, Exemplar, Family, Histogram, Kind, Labels, NativeBuckets, Series, Snapshot, Unit, Value,
};
use prometheus_client::encoding::prometheus_protobuf::prometheus_data_model as model;
use prost::Message as _;
use uuid::Uuid;

const CREATED: Timestamp = Timestamp(1_700_000_000_250_000);
const WORKFLOW: &str = "a \"quoted\" \\ name\nof two lines, é";
const TRACE: &str = "0123456789abcdef0123456789abcdef";

macro_rules! description {
    ($name:ident, $text:literal, $kind:ident, $unit:ident, $labels:expr, $help:literal) => {
        static $name: Description = Description {
            name: $text,
            otlp_name: "",
            help: $help,
            kind: Kind::$kind,
            unit: Unit::$unit,
            labels: $labels,
        };
    };
}

description!(GAUGE, "test_level", Gauge, None, &["case"], "Values of every form.");
description!(AGE, "test_age_seconds", Gauge, Seconds, &[], "Help with \"quotes\", a \\ and\na second line.");
description!(
    EXECUTIONS,
    "test_executions_total",
    Counter,
    Executions,
    &["workflow"],
    "Executions that ended."
);
description!(FAILURES, "test_failures_total", Counter, Tasks, &[], "The unit is not in the name.");
description!(BUILD, "test_build_info", Info, None, &["version"], "The version.");
description!(DURATION, "test_duration_seconds", Histogram, Seconds, &["status"], "Durations.");
description!(SIZE, "test_size_bytes", Histogram, Bytes, &[], "A histogram without labels.");

fn exemplar(value: f64) -> Exemplar {
    Exemplar { trace_id: Uuid::parse_str(TRACE).unwrap(), value, at: Timestamp(1_700_000_100_123_456) }
}

fn labels(description: &Description, value: &str) -> Labels {
    Labels::new(description.labels, [Arc::from(value)])
}

fn native(positive: Vec<(i32, u64)>, zero_count: u64) -> NativeBuckets {
    NativeBuckets { schema: 3, zero_count, zero_threshold: 0.001, positive }
}

fn gauge(labels: Labels, value: f64) -> Series {
    Series { labels, value: Value::Gauge(value), created: None }
}

fn counter(labels: Labels, total: f64, exemplar: Option<Exemplar>, created: Option<Timestamp>) -> Series {
    Series { labels, value: Value::Counter { total, exemplar }, created }
}

fn histogram(labels: Labels, histogram: Histogram) -> Series {
    Series { labels, value: Value::Histogram(Arc::new(histogram)), created: Some(CREATED) }
}

fn levels() -> Vec<Series> {
    let cases = [
        ("zero", 0.0),
        ("whole", 42.0),
        ("negative", -7.0),
        ("fraction", 0.1),
        ("instant", 1_700_000_000.123_456),
        ("huge", 1e300),
        ("tiny", 5e-324),
        ("infinite", f64::INFINITY),
        ("minus infinite", f64::NEG_INFINITY),
        ("not a number", f64::NAN),
    ];
    cases.map(|(case, value)| gauge(labels(&GAUGE, case), value)).to_vec()
}

fn durations() -> Vec<Series> {
    let both = Histogram {
        count: 9,
        sum: 1_200_000.75,
        classic: vec![(0.5, 2), (1.0, 0), (86_400.0, 3), (1_000_000.0, 3), (f64::INFINITY, 1)],
        native: Some(native(vec![(-8, 2), (-7, 1), (20, 4)], 2)),
        exemplars: vec![exemplar(0.25), exemplar(86_400.0), exemplar(2e6)],
    };
    let classic = Histogram {
        count: 1,
        sum: 0.5,
        classic: vec![(0.5, 1), (f64::INFINITY, 0)],
        native: None,
        exemplars: vec![],
    };
    let native_only = Histogram {
        count: 3,
        sum: 4.5,
        classic: vec![],
        native: Some(native(vec![(1, 3)], 0)),
        exemplars: vec![exemplar(1.5)],
    };
    let empty = Histogram { native: Some(NativeBuckets::default()), ..Histogram::default() };
    [("both", both), ("classic", classic), ("native", native_only), ("empty", empty)]
        .map(|(status, values)| histogram(labels(&DURATION, status), values))
        .to_vec()
}

fn snapshot() -> Snapshot {
    let executions = vec![
        counter(labels(&EXECUTIONS, WORKFLOW), 12.0, Some(exemplar(1.0)), Some(CREATED)),
        counter(labels(&EXECUTIONS, ""), 0.0, None, None),
    ];
    let size =
        Histogram { count: 1, sum: 3.0, classic: vec![(4.0, 1), (f64::INFINITY, 0)], ..Default::default() };
    let families = vec![
        Family { description: &GAUGE, series: levels() },
        Family { description: &AGE, series: vec![gauge(Labels::none(), 1.5)] },
        Family { description: &EXECUTIONS, series: executions },
        Family {
            description: &FAILURES,
            series: vec![counter(Labels::none(), 9_007_199_254_740_993.0, None, None)],
        },
        Family { description: &BUILD, series: vec![gauge(labels(&BUILD, "1.2.3"), 1.0)] },
        Family { description: &DURATION, series: durations() },
        Family { description: &SIZE, series: vec![histogram(Labels::none(), size)] },
    ];
    Snapshot { sequence: 1, taken_at: CREATED, families }
}

fn page(format: Format, created_samples: bool) -> String {
    String::from_utf8(encode::encode(&snapshot(), format, Options { created_samples })).unwrap()
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pages").join(name)
}

fn assert_golden(name: &str, page: &str) {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(golden(name), page).unwrap();
    }
    let wanted = std::fs::read_to_string(golden(name)).unwrap();
    assert!(page == wanted, "{name} differs; with UPDATE_GOLDEN=1 it would become:\n{page}");
}

#[test]
fn the_text_page_is_the_golden_one() {
    assert_golden("text.txt", &page(Format::Text, true));
}

#[test]
fn the_openmetrics_page_is_the_golden_one() {
    assert_golden("openmetrics.txt", &page(Format::OpenMetrics, true));
}

#[test]
fn without_created_samples_the_openmetrics_page_lacks_them_and_nothing_else() {
    let with = page(Format::OpenMetrics, true);
    let others: Vec<&str> = with.lines().filter(|line| !line.contains("_created")).collect();
    assert_eq!(others.len(), with.lines().count() - 6);
    assert_eq!(page(Format::OpenMetrics, false).lines().collect::<Vec<_>>(), others);
}

#[test]
fn a_snapshot_without_families_gives_an_empty_page() {
    let empty = Snapshot { sequence: 1, taken_at: CREATED, families: vec![] };
    let page = |format| encode::encode(&empty, format, Options { created_samples: true });
    assert_eq!(Format::ALL.map(page), [&b""[..], b"# EOF\n", b""]);
}

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

/// What the reference parsers say, which have to be installed.
#[cfg(feature = "servers")]
mod parsers {
    use std::io::Write as _;
    use std::process::{Command, Output, Stdio};

    use super::*;

    fn fed(mut command: Command, package: &str, page: &str) -> Output {
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = pipes.spawn().unwrap_or_else(|error| panic!("install Debian's {package}: {error}"));
        child.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    fn assert_clean(output: &Output, hint: &str) {
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && errors.is_empty(), "{hint}\n{errors}");
    }

    #[test]
    fn promtool_finds_nothing_wrong_with_the_text_page() {
        let mut promtool = Command::new("promtool");
        promtool.args(["check", "metrics"]);
        assert_clean(&fed(promtool, "prometheus", &page(Format::Text, true)), "promtool complains");
    }

    #[test]
    fn the_python_parser_reads_the_openmetrics_page_with_units_exemplars_and_creation_times() {
        let program = "import sys\n\
            from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse\n\
            families = {family.name: family for family in parse(sys.stdin.read())}\n\
            for name, family in families.items():\n\
            \x20   print(name, family.type, family.unit or '-', len(family.samples))\n\
            total, created = families['test_executions'].samples[:2]\n\
            print(repr(total.labels['workflow']), float(total.value), total.exemplar.labels, float(total.exemplar.timestamp))\n\
            print(created.name, created.value)\n\
            print(repr(families['test_age_seconds'].documentation))\n";
        let wanted = format!(
            "test_level gauge - 10\n\
             test_age_seconds gauge seconds 1\n\
             test_executions counter executions 3\n\
             test_failures counter - 1\n\
             test_build info - 1\n\
             test_duration_seconds histogram seconds 21\n\
             test_size_bytes histogram bytes 5\n\
             'a \"quoted\" \\\\ name\\nof two lines, é' 12.0 {{'trace_id': '{TRACE}'}} 1700000100.123456\n\
             test_executions_created 1700000000.25\n\
             'Help with \"quotes\", a \\\\ and\\na second line.'\n"
        );
        let mut python = Command::new("python3");
        python.env("PYTHONIOENCODING", "utf-8").args(["-c", program]);
        let output = fed(python, "python3", &page(Format::OpenMetrics, true));
        assert_clean(&output, "is Debian's python3-prometheus-client installed?");
        assert_eq!(String::from_utf8(output.stdout).unwrap(), wanted);
    }
}
