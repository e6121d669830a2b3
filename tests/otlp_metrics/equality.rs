//! Every sample of the text page is in the requests, with the same number, and nothing else is: whole totals,
//! and the first changes of a destination that has nothing yet.

use std::collections::BTreeMap;

use cloacina_exporter::config::{HistogramKind, Histograms, Metrics, Temporality};
use cloacina_exporter::encode::otlp::{Settings, cumulative, sends_changes};
use cloacina_exporter::encode::{self, Format, Options};
use cloacina_exporter::push::acknowledged::Acknowledged;
use cloacina_exporter::record::Timestamp;
use cloacina_exporter::snapshot::{Family, Labels, Series, Snapshot, Value};

use super::builders::{ExecutionStates as _, TaskStates as _, at, cron, execution, fire, task};
use super::exposition::Exposition;
use super::read::{Attributes, Measured, chunks, native, points, settings};
use super::sample;
use super::timeline::{Timeline, metrics, poll};

type Samples = BTreeMap<(String, Attributes), f64>;

/// All samples of the text page but those that requests do not carry, and the native buckets, which the page
/// lacks.
fn wanted(snapshot: &Snapshot, settings: Settings) -> Samples {
    let page = encode::encode(snapshot, Format::Text, Options { created_samples: false });
    let page = Exposition::parse(std::str::from_utf8(&page).unwrap()).unwrap();
    let mut samples: Samples = page
        .samples
        .into_iter()
        .map(|(series, value)| ((series.name, read_bound(series.labels)), value))
        .collect();
    for family in &snapshot.families {
        let name = family.description.name;
        for series in &family.series {
            if !is_carried(family, series, settings) {
                remove(
                    &mut samples,
                    &["", "_bucket", "_count", "_sum"].map(|part| format!("{name}{part}")),
                    series,
                );
            } else if let Value::Histogram(histogram) = &series.value
                && settings.histograms == HistogramKind::Exponential
            {
                remove(&mut samples, &[format!("{name}_bucket")], series);
                let native = histogram.native.as_ref().unwrap();
                let labels = attributes(&series.labels);
                samples.extend(native_samples(name, &labels, &native.positive, native.zero_count));
            }
        }
    }
    samples
}

fn is_carried(family: &Family, series: &Series, settings: Settings) -> bool {
    let has_past = series.created.is_none() || series.backfilled;
    if sends_changes(settings.temporality, family.description.kind) && has_past {
        return false;
    }
    match (&series.value, settings.histograms) {
        (Value::Gauge(value), _) => value.is_finite(),
        (Value::Counter { .. }, _) => true,
        (Value::Histogram(histogram), HistogramKind::Explicit) => !histogram.classic.is_empty(),
        (Value::Histogram(histogram), HistogramKind::Exponential) => histogram.native.is_some(),
    }
}

fn remove(samples: &mut Samples, names: &[String], series: &Series) {
    let labels = attributes(&series.labels);
    samples.retain(|(name, found), _| {
        let mut found = found.clone();
        found.remove("le");
        !(names.contains(name) && found == labels)
    });
}

fn native_samples(name: &str, labels: &Attributes, positive: &[(i32, u64)], zero: u64) -> Samples {
    let indexed = positive.iter().map(|(index, count)| (index.to_string(), *count));
    let all = indexed.chain([("zero".to_owned(), zero)]);
    all.map(|(index, count)| ((format!("{name}_native"), with(labels, "index", &index)), count as f64))
        .collect()
}

/// The samples that requests carry, under the names of the text page; ages, which it lacks, are left out.
fn found(snapshot: &Snapshot, settings: Settings) -> Samples {
    let acknowledged = Acknowledged::new(Timestamp::MIN);
    let requests = match settings.temporality {
        Temporality::Cumulative => chunks(snapshot, settings, cumulative),
        _ => chunks(snapshot, settings, |family, series| acknowledged.change(family, series, settings)),
    };
    let names: BTreeMap<&str, &str> = snapshot
        .families
        .iter()
        .map(|family| (family.description.otlp_name, family.description.name))
        .collect();
    let mut samples = Samples::new();
    for ((metric, labels), point) in points(&requests) {
        let Some(name) = names.get(metric.as_str()) else {
            assert!(metric.ends_with(".age"), "{metric}");
            continue;
        };
        match point.value {
            Measured::Number(value) => _ = samples.insert(((*name).to_owned(), labels), value),
            Measured::Explicit(point) => {
                samples.insert((format!("{name}_count"), labels.clone()), point.count as f64);
                samples.insert((format!("{name}_sum"), labels.clone()), point.sum.unwrap());
                let mut cumulative = 0;
                let bounds = point.explicit_bounds.iter().copied().chain([f64::INFINITY]);
                for (bound, count) in bounds.zip(point.bucket_counts) {
                    cumulative += count;
                    let key = (format!("{name}_bucket"), with(&labels, "le", &bound_text(bound)));
                    samples.insert(key, cumulative as f64);
                }
            }
            Measured::Exponential(point) => {
                samples.insert((format!("{name}_count"), labels.clone()), point.count as f64);
                samples.insert((format!("{name}_sum"), labels.clone()), point.sum.unwrap());
                samples.extend(native_samples(name, &labels, &native(&point), point.zero_count));
            }
        }
    }
    samples
}

fn attributes(labels: &Labels) -> Attributes {
    labels.pairs().map(|(name, value)| (name.to_owned(), value.to_string())).collect()
}

fn with(labels: &Attributes, name: &str, value: &str) -> Attributes {
    let mut labels = labels.clone();
    labels.insert(name.to_owned(), value.to_owned());
    labels
}

/// Bounds in one form, since the page writes large ones with an exponent.
fn read_bound(mut labels: Attributes) -> Attributes {
    if let Some(bound) = labels.get_mut("le") {
        *bound = bound_text(bound.parse().unwrap());
    }
    labels
}

fn bound_text(bound: f64) -> String {
    format!("{bound:?}")
}

#[track_caller]
fn assert_equal(snapshot: &Snapshot, least: usize) {
    for temporality in [Temporality::Cumulative, Temporality::Delta, Temporality::LowMemory] {
        for histograms in [HistogramKind::Explicit, HistogramKind::Exponential] {
            for max_bytes in [4096, usize::MAX] {
                let settings = settings(temporality, histograms, max_bytes);
                let wanted = wanted(snapshot, settings);
                assert!(wanted.len() >= least, "{} samples", wanted.len());
                assert_eq!(found(snapshot, settings), wanted, "{settings:?}");
            }
        }
    }
}

#[test]
fn the_sample_is_the_same_in_text_and_in_requests() {
    assert_equal(&sample::snapshot(), 15);
}

#[test]
fn a_snapshot_of_a_tenant_is_the_same_in_text_and_in_requests() {
    let metrics = Metrics { histograms: Histograms::Both, ..metrics() };
    let schedule = cron("hourly", "0 * * * *");
    let timeline = Timeline::new(metrics).poll(poll(at(0))).poll(
        poll(at(4000))
            .executions([
                execution("w").started(at(1000)).completed(at(1042)),
                execution("w").number(2).started(at(1000)).failed(at(3000)),
                execution("v").started(at(3900)),
            ])
            .tasks([task("w", "load").completed(at(1042)), task("v", "load")])
            .schedules([schedule.clone()])
            .fires([fire(&schedule, at(3600), at(3601))]),
    );
    assert_equal(&timeline.snapshot(), 100);
}
