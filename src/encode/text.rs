//! Writes the two text formats: Prometheus 0.0.4 and OpenMetrics 1.0. Native buckets have no place in either; a
//! histogram that has no others is written with its `+Inf` bucket, sum and count.
//!
//! Upper bounds always carry a decimal point (`le="1.0"`), in both formats and as Prometheus itself names the buckets of
//! a protobuf page: the format a server negotiates must not change the identity of a series.

use std::io::{self, Write};

use super::{declared_unit, family_name, number, take_up_to};
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
    let mut page = Page { out: Vec::new(), dialect, bounds: Vec::new(), prefix: Vec::new() };
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
    /// What all buckets of a histogram begin with.
    prefix: Vec<u8>,
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
        self.render_prefix(stem, labels);
        let mut cumulative: u64 = 0;
        let finite = histogram.classic.iter().take_while(|(bound, _)| bound.is_finite());
        for (index, &(bound, count)) in finite.enumerate() {
            cumulative = cumulative.saturating_add(count);
            self.out.extend_from_slice(&self.prefix);
            self.bound(index, bound);
            self.text("\"} ");
            self.integer(cumulative);
            self.exemplar(take_up_to(&mut exemplars, bound));
            self.text("\n");
        }
        self.out.extend_from_slice(&self.prefix);
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

    fn render_prefix(&mut self, stem: &str, labels: &Labels) {
        let block = labels.block();
        let comma = if block.is_empty() { "" } else { "," };
        self.prefix.clear();
        for text in [stem, "_bucket{", block, comma, "le=\""] {
            self.prefix.extend_from_slice(text.as_bytes());
        }
    }

    fn bound(&mut self, index: usize, bound: f64) {
        if self.bounds.get(index).is_none_or(|(rendered, _)| *rendered != bound) {
            self.bounds.truncate(index);
            self.bounds.push((bound, number::bound(bound)));
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
        number::timestamp(&mut self.out, timestamp);
    }

    fn value(&mut self, value: f64) {
        number::value(&mut self.out, value);
    }

    fn integer(&mut self, value: u64) {
        number::integer(&mut self.out, value);
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
