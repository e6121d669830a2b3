//! One connection to an endpoint and one POST over it: secured and with headers as configured. The same for
//! both protocols, so that they fail alike; it does not know what an answer means.

use std::convert::Infallible;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::{BodyExt as _, Collected, Full, LengthLimitError, Limited};
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::http::uri::PathAndQuery;
use hyper::{HeaderMap, Method, Request, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;
use tokio::time::timeout;

use super::answer::{Answer, clean};
use super::broken::{refusal_of, refusal_of_body};
use super::failure::Refusal;
use super::request::Encoded;
use super::{grpc, headers, tls};
use crate::config::{Exporter, Protocol};

/// Responses are a few hundred bytes; more is read from nobody.
const MOST_ANSWER_BYTES: usize = 64 << 10;
/// Below what servers and balancers usually allow, so that a request seldom meets a connection that is being
/// closed.
pub const MOST_IDLE: Duration = Duration::from_secs(30);

/// Whether a request has begun to leave, so that the server may have taken it whatever happens next.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<AtomicBool>);

impl Progress {
    pub fn begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

pub struct Connection {
    client: Client<HttpsConnector<HttpConnector>, Watched>,
    exporter: Exporter,
    headers: HeaderMap,
}

impl Connection {
    /// Reads keys and certificates; connects with the first request only.
    ///
    /// # Errors
    ///
    /// One of the files cannot be used.
    pub async fn open(exporter: &Exporter) -> Result<Self, Refusal> {
        let headers = headers::of(exporter).await?;
        let tls = match exporter.endpoint.scheme_str() {
            Some("https") => tls::client_config(&exporter.tls).await?,
            Some("http") => tls::unused()?,
            _ => return Err(Refusal::configuration("the endpoint's scheme is neither http nor https")),
        };
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        // With several addresses each gets its share.
        http.set_connect_timeout(Some(exporter.timeout));
        let builder = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
        let is_grpc = exporter.protocol == Protocol::Grpc;
        let connector = if is_grpc {
            builder.enable_http2().wrap_connector(http)
        } else {
            builder.enable_http1().enable_http2().wrap_connector(http)
        };
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(MOST_IDLE)
            .pool_max_idle_per_host(1)
            .http2_only(is_grpc)
            .build(connector);
        Ok(Self { client, exporter: exporter.clone(), headers })
    }

    /// # Errors
    ///
    /// There was no whole answer.
    pub async fn post(&self, encoded: &Encoded, progress: &Progress) -> Result<Answer, Refusal> {
        let mut request =
            Request::new(Watched { body: encoded.body.clone().into(), begun: progress.clone() });
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri(encoded)?;
        *request.headers_mut() = self.headers.clone();
        let answer =
            self.client.request(request).await.map_err(|error| refusal_of(&error, progress.begun()))?;
        let (head, body) = answer.into_parts();
        let collected = if head.status.is_success() {
            read_body(body).await?
        } else {
            // The status says enough, and is not lost to a body that breaks off or never ends.
            let read = timeout(self.exporter.timeout / 4, read_body(body)).await;
            read.ok().and_then(Result::ok).unwrap_or_default()
        };
        let trailers = collected.trailers().cloned().unwrap_or_default();
        Ok(Answer { status: head.status, headers: head.headers, body: collected.to_bytes(), trailers })
    }

    fn uri(&self, encoded: &Encoded) -> Result<Uri, Refusal> {
        let endpoint = &self.exporter.endpoint;
        match self.exporter.protocol {
            Protocol::HttpProtobuf => Ok(endpoint.clone()),
            Protocol::Grpc => {
                let mut parts = endpoint.clone().into_parts();
                parts.path_and_query = Some(PathAndQuery::from_static(grpc::path(encoded.signal)));
                Uri::from_parts(parts).map_err(|_| Refusal::configuration("the endpoint has no host"))
            }
        }
    }

    /// What a server said, fit for a log, and without the keys that were sent to it.
    pub fn clean(&self, text: &str) -> String {
        let text = headers::without_secrets(&self.headers, text);
        match self.exporter.endpoint.query() {
            None | Some("") => clean(&text),
            Some(query) => clean(&text.replace(query, "(query)")),
        }
    }
}

async fn read_body(body: Incoming) -> Result<Collected<Bytes>, Refusal> {
    Limited::new(body, MOST_ANSWER_BYTES).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() {
            Refusal::unreadable(format!("the answer has more than {MOST_ANSWER_BYTES} bytes"))
        } else {
            refusal_of_body(error.as_ref())
        }
    })
}

/// The bytes of a file that is not larger than `most`.
///
/// # Errors
///
/// It cannot be read, or is larger.
pub async fn read(path: &Path, most: u64) -> Result<Vec<u8>, Refusal> {
    let unreadable =
        |error| Refusal::configuration(format!("the file {} cannot be read: {error}", path.display()));
    let mut bytes = Vec::new();
    let file = File::open(path).await.map_err(unreadable)?;
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).await.map_err(unreadable)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= most) {
        Ok(bytes)
    } else {
        Err(Refusal::configuration(format!("the file {} is larger than {most} bytes", path.display())))
    }
}

/// A body that tells when it is first asked for.
#[derive(Debug)]
struct Watched {
    body: Full<Bytes>,
    begun: Progress,
}

impl Body for Watched {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.begun.0.store(true, Ordering::Relaxed);
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
