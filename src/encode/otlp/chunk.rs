//! Cuts the points of a snapshot into requests that stay below a size, counting bytes as they are added,
//! since measuring a request anew after each point would be quadratic.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Metric, ResourceMetrics, ScopeMetrics};
use prost::Message as _;

use super::point::DataPoint;
use super::{Point, Resource, Settings, metric, scope};
use crate::snapshot::{Family, Series, Snapshot};

/// One request, and what it carries.
#[derive(Debug)]
pub struct Chunk<'a> {
    pub request: ExportMetricsServiceRequest,
    /// Data points, ages among them.
    pub points: usize,
    /// The request's length before compression.
    pub bytes: usize,
    /// The series whose value is in the request, each once.
    pub series: Vec<(&'a Family, &'a Series)>,
}

/// Which of the metrics that a family makes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Value,
    Age,
}

pub(super) struct Chunks<'a, F> {
    snapshot: &'a Snapshot,
    envelope: ResourceMetrics,
    settings: Settings,
    point: F,
    family: usize,
    form: Form,
    series: usize,
    /// Did not fit into the request before.
    waiting: Option<Next<'a>>,
}

struct Next<'a> {
    index: usize,
    family: &'a Family,
    form: Form,
    series: &'a Series,
    point: DataPoint,
}

impl<'a, F: FnMut(&'a Family, &'a Series) -> Option<Point>> Chunks<'a, F> {
    pub(super) fn new(snapshot: &'a Snapshot, resource: &Resource, settings: Settings, point: F) -> Self {
        let envelope = ResourceMetrics {
            resource: Some(resource.to_proto()),
            scope_metrics: vec![ScopeMetrics { scope: Some(scope()), ..Default::default() }],
            schema_url: String::new(),
        };
        Self { snapshot, envelope, settings, point, family: 0, form: Form::Value, series: 0, waiting: None }
    }

    fn next_point(&mut self) -> Option<Next<'a>> {
        loop {
            let family = self.snapshot.families.get(self.family)?;
            let Some(series) = family.series.get(self.series) else {
                self.next_form(family);
                continue;
            };
            self.series += 1;
            if let Some(point) = self.data_point(family, series) {
                return Some(Next { index: self.family, family, form: self.form, series, point });
            }
        }
    }

    fn next_form(&mut self, family: &Family) {
        self.series = 0;
        if self.form == Form::Value && family.description.age_name().is_some() {
            self.form = Form::Age;
        } else {
            self.form = Form::Value;
            self.family += 1;
        }
    }

    fn data_point(&mut self, family: &'a Family, series: &'a Series) -> Option<DataPoint> {
        let point = (self.point)(family, series)?;
        match self.form {
            Form::Value => DataPoint::new(family.description.kind, &series.labels, point, self.settings),
            Form::Age => DataPoint::age(&series.labels, point, self.settings),
        }
    }
}

impl<'a, F: FnMut(&'a Family, &'a Series) -> Option<Point>> Iterator for Chunks<'a, F> {
    type Item = Chunk<'a>;

    fn next(&mut self) -> Option<Chunk<'a>> {
        let mut builder = Builder::new(&self.envelope);
        while let Some(next) = self.waiting.take().or_else(|| self.next_point()) {
            if let Some(next) = builder.add(next, self.settings) {
                self.waiting = Some(next);
                break;
            }
        }
        builder.finish(&self.envelope)
    }
}

/// A request in the making.
struct Builder<'a> {
    size: Size,
    metrics: Vec<Metric>,
    /// Family and form of the last metric.
    open: Option<(usize, Form)>,
    points: usize,
    series: Vec<(&'a Family, &'a Series)>,
}

impl<'a> Builder<'a> {
    fn new(envelope: &ResourceMetrics) -> Self {
        Self { size: Size::new(envelope), metrics: Vec::new(), open: None, points: 0, series: Vec::new() }
    }

    /// Gives `next` back if it does not fit. The first always does, since it would fit into no other request
    /// either.
    fn add(&mut self, next: Next<'a>, settings: Settings) -> Option<Next<'a>> {
        let opened = (self.open != Some((next.index, next.form))).then(|| opened(&next, settings));
        let mut size = self.size;
        if let Some(metric) = &opened {
            size.open(metric);
        }
        size.add(next.point.encoded_len());
        if self.points > 0 && size.total() > settings.max_bytes {
            return Some(next);
        }
        self.size = size;
        self.metrics.extend(opened);
        self.open = Some((next.index, next.form));
        if let Some(metric) = self.metrics.last_mut() {
            metric::push(metric, next.point);
        }
        self.points += 1;
        if next.form == Form::Value {
            self.series.push((next.family, next.series));
        }
        None
    }

    fn finish(self, envelope: &ResourceMetrics) -> Option<Chunk<'a>> {
        if self.points == 0 {
            return None;
        }
        let mut envelope = envelope.clone();
        envelope.scope_metrics[0].metrics = self.metrics;
        let request = ExportMetricsServiceRequest { resource_metrics: vec![envelope] };
        Some(Chunk { request, points: self.points, bytes: self.size.total(), series: self.series })
    }
}

fn opened(next: &Next<'_>, settings: Settings) -> Metric {
    let description = next.family.description;
    let age = if next.form == Form::Age { description.age_name() } else { None };
    metric::head(description, age.unwrap_or_else(|| description.otlp_name.to_owned()), settings)
}

/// The length of a request by its parts. Each message stands behind a tag, of one byte with all that are used
/// here, and its length.
#[derive(Clone, Copy)]
struct Size {
    /// Of the resource's field, within the resource's metrics.
    resource: usize,
    /// Of the scope's field and the finished metrics, within the scope's metrics.
    scope: usize,
    /// Of the last metric: what stands before its data, and the data.
    head: usize,
    data: Option<usize>,
}

impl Size {
    fn new(envelope: &ResourceMetrics) -> Self {
        let scope: usize = envelope.scope_metrics.iter().map(prost::Message::encoded_len).sum();
        let resource = envelope.resource.as_ref().map_or(0, |resource| field(resource.encoded_len()));
        Self { resource, scope, head: 0, data: None }
    }

    fn open(&mut self, metric: &Metric) {
        self.scope = self.closed();
        let data = match &metric.data {
            Some(Data::Gauge(gauge)) => gauge.encoded_len(),
            Some(Data::Sum(sum)) => sum.encoded_len(),
            Some(Data::Histogram(histogram)) => histogram.encoded_len(),
            Some(Data::ExponentialHistogram(histogram)) => histogram.encoded_len(),
            Some(Data::Summary(_)) | None => 0,
        };
        self.head = metric.encoded_len() - field(data);
        self.data = Some(data);
    }

    fn add(&mut self, point: usize) {
        self.data = self.data.map(|data| data + field(point));
    }

    /// Of the scope's metrics, with the last metric.
    fn closed(&self) -> usize {
        self.scope + self.data.map_or(0, |data| field(self.head + field(data)))
    }

    fn total(&self) -> usize {
        field(self.resource + field(self.closed()))
    }
}

fn field(length: usize) -> usize {
    1 + prost::length_delimiter_len(length) + length
}
