//! Writes the two text formats: Prometheus 0.0.4 and OpenMetrics 1.0. Native buckets have no place in either; a
//! histogram that has no others is written with its `+Inf` bucket, sum and count.
//!
//! Upper bounds always carry a decimal point (`le="1.0"`), in both formats and as Prometheus itself names the buckets of
//! a protobuf page: the format a server negotiates must not change the identity of a series.

use std::io::{self, Write};

use super::{declared_unit, family_name, take_up_to};
use crate::record::Timestamp;
use crate::snapshot::{Description, Exemplar, Histogram, Kind, Labels, Series, Snapshot, Value};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Prometheus,
    OpenMetrics { created_samples: bool },
}

/// Bytes collected before they are handed on.
const PIECE: usize = 64 * 1024;

pub(super) fn write(snapshot: &Snapshot, dialect: Dialect, out: &mut impl Write) -> io::Result<()> {
    let mut page = Page { out: Vec::new(), dialect, bounds: Vec::new() };
    for family in &snapshot.families {
        page.header(family.description);
        // The name of samples is `stem` plus a suffix.
        let stem = family_name(family.description);
        for series in &family.series {
            page.series(family.description, stem, series);
            if page.out.len() >= PIECE {
                out.write_all(&page.out)?;
                page.out.clear();
            }
        }
    }
    if page.is_openmetrics() {
        page.text("# EOF\n");
    }
    out.write_all(&page.out)
}

struct Page {
    /// What was not handed on yet.
    out: Vec<u8>,
    dialect: Dialect,
    /// Upper bounds rendered last, by bucket: the histograms of a family share theirs.
    bounds: Vec<(f64, String)>,
}

impl Page {
    fn header(&mut self, description: &Description) {
        let openmetrics = self.is_openmetrics();
        let name = if openmetrics { family_name(description) } else { description.name };
        let kind = match description.kind {
            Kind::Gauge => "gauge",
            Kind::Counter => "counter",
            Kind::Histogram => "histogram",
            Kind::Info if openmetrics => "info",
            Kind::Info => "gauge",
        };
        self.texts(&["# TYPE ", name, " ", kind, "\n"]);
        if let (true, Some(unit)) = (openmetrics, declared_unit(description)) {
            self.texts(&["# UNIT ", name, " ", unit, "\n"]);
        }
        self.texts(&["# HELP ", name, " "]);
        self.help(description.help);
        self.text("\n");
    }

    /// Quotes are escaped in OpenMetrics and must not be in 0.0.4.
    fn help(&mut self, help: &str) {
        let openmetrics = self.is_openmetrics();
        for byte in help.bytes() {
            match byte {
                b'\\' => self.text("\\\\"),
                b'\n' => self.text("\\n"),
                b'"' if openmetrics => self.text("\\\""),
                other => self.out.push(other),
            }
        }
    }

    fn series(&mut self, description: &Description, stem: &str, series: &Series) {
        match &series.value {
            Value::Gauge(value) => {
                let suffix = if description.kind == Kind::Info { "_info" } else { "" };
                self.name(stem, suffix, &series.labels);
                self.value(*value);
                self.text("\n");
            }
            Value::Counter { total, exemplar } => {
                self.name(stem, "_total", &series.labels);
                self.value(*total);
                self.exemplar(exemplar.as_ref());
                self.text("\n");
                self.created(stem, series);
            }
            Value::Histogram(histogram) => {
                self.histogram(stem, &series.labels, histogram);
                self.created(stem, series);
            }
        }
    }

    fn histogram(&mut self, stem: &str, labels: &Labels, histogram: &Histogram) {
        let mut exemplars = histogram.exemplars.as_slice();
        let mut cumulative: u64 = 0;
        let finite = histogram.classic.iter().take_while(|(bound, _)| bound.is_finite());
        for (index, &(bound, count)) in finite.enumerate() {
            cumulative = cumulative.saturating_add(count);
            self.bucket_start(stem, labels);
            self.bound(index, bound);
            self.text("\"} ");
            self.integer(cumulative);
            self.exemplar(take_up_to(&mut exemplars, bound));
            self.text("\n");
        }
        self.bucket_start(stem, labels);
        self.text("+Inf\"} ");
        self.integer(histogram.count);
        self.exemplar(take_up_to(&mut exemplars, f64::INFINITY));
        self.text("\n");
        self.name(stem, "_sum", labels);
        self.value(histogram.sum);
        self.text("\n");
        self.name(stem, "_count", labels);
        self.integer(histogram.count);
        self.text("\n");
    }

    /// Everything before the bound.
    fn bucket_start(&mut self, stem: &str, labels: &Labels) {
        let block = labels.block();
        let comma = if block.is_empty() { "" } else { "," };
        self.texts(&[stem, "_bucket{", block, comma, "le=\""]);
    }

    fn bound(&mut self, index: usize, bound: f64) {
        if self.bounds.get(index).is_none_or(|(rendered, _)| *rendered != bound) {
            self.bounds.truncate(index);
            self.bounds.push((bound, canonical(bound)));
        }
        self.out.extend_from_slice(self.bounds[index].1.as_bytes());
    }

    fn name(&mut self, stem: &str, suffix: &str, labels: &Labels) {
        match labels.block() {
            "" => self.texts(&[stem, suffix, " "]),
            block => self.texts(&[stem, suffix, "{", block, "} "]),
        }
    }

    fn created(&mut self, stem: &str, series: &Series) {
        let wanted = self.dialect == Dialect::OpenMetrics { created_samples: true };
        if let (true, Some(created)) = (wanted, series.created) {
            self.name(stem, "_created", &series.labels);
            self.timestamp(created);
            self.text("\n");
        }
    }

    fn exemplar(&mut self, exemplar: Option<&Exemplar>) {
        if let (true, Some(exemplar)) = (self.is_openmetrics(), exemplar) {
            let mut digits = uuid::Uuid::encode_buffer();
            let trace_id: &str = exemplar.trace_id.simple().encode_lower(&mut digits);
            self.texts(&[" # {trace_id=\"", trace_id, "\"} "]);
            self.value(exemplar.value);
            self.text(" ");
            self.timestamp(exemplar.at);
        }
    }

    fn timestamp(&mut self, timestamp: Timestamp) {
        self.value(timestamp.seconds());
    }

    fn value(&mut self, value: f64) {
        /// Below it every whole number is exact, and its digits are its shortest form.
        const EXACT: f64 = 1e15;
        if value.is_nan() {
            self.text("NaN");
        } else if value.is_infinite() {
            self.text(if value > 0.0 { "+Inf" } else { "-Inf" });
        } else if value.fract() == 0.0 && value.abs() < EXACT {
            if value < 0.0 {
                self.text("-");
            }
            self.integer(value.abs() as u64);
        } else {
            // `{:?}` falls back to an exponent where `{}` would print up to 300 zeros.
            write!(self.out, "{value:?}").expect("writing to a Vec cannot fail");
        }
    }

    fn integer(&mut self, value: u64) {
        write!(self.out, "{value}").expect("writing to a Vec cannot fail");
    }

    const fn is_openmetrics(&self) -> bool {
        matches!(self.dialect, Dialect::OpenMetrics { .. })
    }

    fn texts(&mut self, texts: &[&str]) {
        for text in texts {
            self.text(text);
        }
    }

    fn text(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }
}

/// A finite bound as Prometheus writes it: with a point, or from 1e6 up and below 1e-4 with an exponent of at least two
/// digits.
fn canonical(bound: f64) -> String {
    let scientific = format!("{bound:e}");
    let (mantissa, exponent) = scientific.split_once('e').expect("`{:e}` writes an exponent");
    match exponent.parse::<i32>() {
        Ok(exponent) if bound != 0.0 && !(-4..6).contains(&exponent) => {
            format!("{mantissa}e{exponent:+03}")
        }
        _ => format!("{bound:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: f64) -> String {
        let mut page = Page { out: Vec::new(), dialect: Dialect::Prometheus, bounds: Vec::new() };
        page.value(value);
        String::from_utf8(page.out).unwrap()
    }

    #[test]
    fn bounds_are_written_as_prometheus_names_the_buckets_of_a_protobuf_page() {
        let bounds = [0.0, 1.0, 0.1, 2.5, 86_400.0, 604_800.0, 1e6, 2_592_000.0, 1e-4, 2.5e-5, 1e22, -1.0];
        let names = bounds.map(canonical);
        let wanted = [
            "0.0",
            "1.0",
            "0.1",
            "2.5",
            "86400.0",
            "604800.0",
            "1e+06",
            "2.592e+06",
            "0.0001",
            "2.5e-05",
            "1e+22",
            "-1.0",
        ];
        assert_eq!(names, wanted);
    }

    #[test]
    fn whole_numbers_are_written_without_a_point_and_extremes_with_an_exponent() {
        assert_eq!(written(0.0), "0");
        assert_eq!(written(-3.0), "-3");
        assert_eq!(written(999_999_999_999_999.0), "999999999999999");
        assert_eq!(written(1e15), "1000000000000000.0");
        assert_eq!(written(1e300), "1e300");
        assert_eq!(written(5e-324), "5e-324");
        assert_eq!(written(1_700_000_000.123_456), "1700000000.123456");
    }

    proptest::proptest! {
        #[test]
        fn every_finite_value_reads_back_as_itself(bits: u64) {
            let value = f64::from_bits(bits);
            if value.is_finite() {
                proptest::prop_assert_eq!(written(value).parse::<f64>().unwrap(), value);
                proptest::prop_assert_eq!(canonical(value).parse::<f64>().unwrap(), value);
            }
        }
    }
}
