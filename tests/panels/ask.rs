//! Asks a Prometheus as Grafana would, and says what is wrong with an answer whatever was asked: an error, a warning, a
//! value that is no number.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::http::encode;
use crate::support::prometheus::Prometheus;
use crate::support::writer::now;

/// How far back a range reaches, and its step: shorter than a dashboard's, as the workload is.
const RANGE_SECONDS: f64 = 30.0;
const STEP_SECONDS: f64 = 5.0;

#[derive(Debug, Default)]
pub struct Answer {
    /// The labels of each.
    pub series: Vec<BTreeMap<String, String>>,
    /// Of all series, in the order in which they came.
    pub values: Vec<f64>,
    pub findings: Vec<String>,
}

impl Answer {
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    pub fn has_label(&self, label: &str) -> bool {
        self.series.iter().any(|labels| labels.contains_key(label))
    }

    pub fn finding(text: String) -> Self {
        Self { findings: vec![text], ..Self::default() }
    }

    /// Adds the answer to the same question over a range.
    pub fn extend(&mut self, other: Self) {
        self.series.extend(other.series);
        self.values.extend(other.values);
        self.findings.extend(other.findings);
    }
}

pub async fn instant(prometheus: &Prometheus, expression: &str) -> Answer {
    read(&prometheus.api(&format!("query?query={}", encode(expression))).await)
}

pub async fn range(prometheus: &Prometheus, expression: &str) -> Answer {
    let end = now() as f64 / 1e6;
    let times = format!("start={}&end={end}&step={STEP_SECONDS}", end - RANGE_SECONDS);
    read(&prometheus.api(&format!("query_range?query={}&{times}", encode(expression))).await)
}

/// How many exemplars with a trace there are for `expression`.
pub async fn exemplars(prometheus: &Prometheus, expression: &str) -> Result<usize, String> {
    let end = now() as f64 / 1e6;
    let times = format!("start={}&end={end}", end - RANGE_SECONDS);
    let answer = prometheus.api(&format!("query_exemplars?query={}&{times}", encode(expression))).await;
    let series = data(&answer)?.as_array().cloned().unwrap_or_default();
    let exemplars = series.iter().filter_map(|series| series["exemplars"].as_array()).flatten();
    Ok(exemplars.filter(|exemplar| exemplar["labels"]["trace_id"].is_string()).count())
}

/// The values that the definition of a variable gives: `label_values(label)`, `label_values(series, label)` or
/// `query_result(expression)`.
pub async fn values(prometheus: &Prometheus, definition: &str) -> Result<Vec<String>, String> {
    let within = |function: &str| definition.strip_prefix(function)?.strip_prefix('(')?.strip_suffix(')');
    if let Some(expression) = within("query_result") {
        let answer = instant(prometheus, expression).await;
        return match answer.findings.into_iter().next() {
            Some(finding) => Err(finding),
            None => Ok(answer.series.iter().map(|labels| format!("{labels:?}")).collect()),
        };
    }
    let arguments = within("label_values").ok_or_else(|| format!("not understood: {definition}"))?;
    let path = match arguments.rsplit_once(',') {
        Some((series, label)) => format!("label/{}/values?match[]={}", label.trim(), encode(series.trim())),
        None => format!("label/{}/values", arguments.trim()),
    };
    let answer = prometheus.api(&path).await;
    let values = data(&answer)?.as_array().cloned().unwrap_or_default();
    Ok(values.iter().filter_map(|value| Some(value.as_str()?.to_owned())).collect())
}

fn data(answer: &Value) -> Result<&Value, String> {
    if answer["status"] != "success" {
        return Err(format!("error: {}", answer["error"].as_str().unwrap_or("no reason given")));
    }
    match answer["warnings"].as_array().filter(|warnings| !warnings.is_empty()) {
        Some(warnings) => Err(format!("warning: {}", warnings[0])),
        None => Ok(&answer["data"]),
    }
}

fn read(answer: &Value) -> Answer {
    let data = match data(answer) {
        Ok(data) => data,
        Err(finding) => return Answer::finding(finding),
    };
    if data["resultType"] == "scalar" {
        let value = data["result"][1].as_str().and_then(|text| text.parse().ok());
        return judged(vec![BTreeMap::new()], value.into_iter().collect());
    }
    let elements = data["result"].as_array().cloned().unwrap_or_default();
    let labels = |element: &Value| serde_json::from_value(element["metric"].clone()).unwrap_or_default();
    let values = elements.iter().flat_map(|element| {
        let points = element["values"].as_array().cloned().unwrap_or_else(|| vec![element["value"].clone()]);
        points
            .into_iter()
            .map(|point| point[1].as_str().and_then(|text| text.parse().ok()).unwrap_or(f64::NAN))
    });
    judged(elements.iter().map(labels).collect(), values.collect())
}

fn judged(series: Vec<BTreeMap<String, String>>, values: Vec<f64>) -> Answer {
    let odd = values.iter().filter(|value| !value.is_finite()).count();
    let first = values.iter().find(|value| !value.is_finite());
    let findings =
        first.map(|value| format!("{odd} of {} values are no number, such as {value}", values.len()));
    Answer { series, values, findings: findings.into_iter().collect() }
}
