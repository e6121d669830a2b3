//! Instant and range queries over Prometheus' HTTP API. Times are Prometheus' own, so that both clocks need not agree.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::Value;

/// How far a range query looks back.
const RANGE_SECONDS: u64 = 3600;
pub const STEP_SECONDS: u64 = 10;

pub type Labels = BTreeMap<String, String>;

pub struct Prometheus {
    client: Client<HttpConnector, Empty<Bytes>>,
    address: String,
    now: u64,
}

pub struct Sample {
    pub labels: Labels,
    pub value: f64,
}

pub struct Series {
    pub labels: Labels,
    /// Seconds since 1970, and values.
    pub points: Vec<(u64, f64)>,
}

#[derive(Deserialize)]
struct Answer {
    data: Option<Data>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Data {
    result: Value,
}

#[derive(Deserialize)]
struct Element {
    metric: Labels,
    #[serde(default)]
    value: Option<(f64, String)>,
    #[serde(default)]
    values: Vec<(f64, String)>,
}

impl Prometheus {
    pub async fn at(address: &str) -> anyhow::Result<Self> {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let mut prometheus = Self { client, address: address.trim_end_matches('/').to_owned(), now: 0 };
        let now = prometheus.ask("query", "vector(time())", "").await?;
        let now = now.first().and_then(|element| element.value.as_ref()).context("Prometheus has no time")?;
        prometheus.now = number(&now.1) as u64;
        Ok(prometheus)
    }

    /// The moment that the picture shows.
    pub fn now(&self) -> u64 {
        self.now
    }

    pub async fn instant(&self, expression: &str) -> anyhow::Result<Vec<Sample>> {
        let elements = self.ask("query", expression, &format!("&time={}", self.now)).await?;
        let sample = |element: Element| {
            let value = number(&element.value?.1);
            Some(Sample { labels: element.metric, value })
        };
        Ok(elements.into_iter().filter_map(sample).collect())
    }

    pub async fn range(&self, expression: &str) -> anyhow::Result<Vec<Series>> {
        let end = self.now / STEP_SECONDS * STEP_SECONDS;
        let times = format!("&start={}&end={end}&step={STEP_SECONDS}", end - RANGE_SECONDS);
        let elements = self.ask("query_range", expression, &times).await?;
        let series = |element: Element| {
            let points = element.values.iter().map(|(time, value)| (*time as u64, number(value)));
            Series { points: points.filter(|(_, value)| value.is_finite()).collect(), labels: element.metric }
        };
        Ok(elements.into_iter().map(series).collect())
    }

    async fn ask(&self, kind: &str, expression: &str, more: &str) -> anyhow::Result<Vec<Element>> {
        let query = utf8_percent_encode(expression, NON_ALPHANUMERIC);
        let uri = format!("{}/api/v1/{kind}?query={query}{more}", self.address).parse()?;
        let response = self.client.get(uri).await.with_context(|| format!("asking {}", self.address))?;
        let body = response.into_body().collect().await?.to_bytes();
        let answer: Answer = serde_json::from_slice(&body).context("this is no answer of Prometheus")?;
        let Some(data) = answer.data else {
            bail!("{expression}: {}", answer.error.unwrap_or_default());
        };
        Ok(serde_json::from_value(data.result)?)
    }
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}
