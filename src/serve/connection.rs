//! One connection: its bounds in time and size, and the body that knows when it has been carried whole. Does not decide
//! what to answer.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::Request;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::Watcher;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

use super::pages::{self, Site};
use super::publisher::Publisher;
use super::slots::{Phase, Slot};

/// The request line and all headers together; a scraper needs a few hundred bytes.
const MAX_HEADER_BYTES: usize = 16 * 1024;
/// How much of a response may lie unsent in the server; the less, the more exact is `Publisher::carried_through`.
const CHUNK: usize = 64 * 1024;

/// Serves the requests of `stream` until either side ends it, a bound in time is passed, or `watcher` shuts it down
/// after the request under way.
pub(super) async fn serve(
    stream: TcpStream,
    site: Arc<Site>,
    slot: Slot,
    watcher: Watcher,
    mut closes: watch::Receiver<()>,
) {
    // Headers and body are written apart, and the kernel shall not hold back the second. Only speed is lost if it does.
    let _ = stream.set_nodelay(true);
    let tls = site.settings.guard.rules().await.tls().cloned();
    let Some(config) = tls else { return converse(stream, None, site, slot, watcher).await };
    let handshake = TlsAcceptor::from(Arc::clone(&config)).accept(stream);
    tokio::select! {
        shaken = tokio::time::timeout(site.settings.header_timeout, handshake) => match shaken {
            Ok(Ok(stream)) => converse(stream, Some(config), site, slot, watcher).await,
            Ok(Err(error)) => tracing::debug!(%error, "a client's TLS handshake failed"),
            Err(_) => tracing::debug!("a client took too long over its TLS handshake and was cut off"),
        },
        // The sender is dropped when the server shuts down.
        _ = closes.changed() => {}
    }
}

async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    tls: Option<Arc<ServerConfig>>,
    site: Arc<Site>,
    slot: Slot,
    watcher: Watcher,
) {
    let expiry = expired(slot.phase.subscribe(), site.settings.request_timeout);
    let service = service_fn(|request: Request<Incoming>| {
        let running = Running::new(&slot.phase);
        let site = Arc::clone(&site);
        let (close, tls) = (slot.is_last(), tls.clone());
        async move {
            // Everybody gets one answer in turn, however many requests a client has sent at once.
            tokio::task::yield_now().await;
            let rules = site.settings.guard.rules().await;
            let mut response = pages::answer(&site, &rules, &request).await;
            // What a connection had to show to be let in may have changed.
            let is_current = rules.tls().map(Arc::as_ptr) == tls.as_ref().map(Arc::as_ptr);
            if close || !is_current {
                pages::close(&mut response);
            }
            Ok::<_, Infallible>(response.map(|body| Page { running: Some(running), ..body }))
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(site.settings.header_timeout)
        .max_header_size(MAX_HEADER_BYTES)
        .max_buf_size(CHUNK)
        .serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        result = watcher.watch(connection) => {
            if let Err(error) = result {
                tracing::debug!(%error, "a client's connection ended early");
            }
        }
        () = expiry => tracing::debug!("a client took its response too slowly and was cut off"),
    }
}

/// Waits until an answer takes longer than `limit`.
async fn expired(mut phase: watch::Receiver<Phase>, limit: Duration) {
    loop {
        let now = *phase.borrow_and_update();
        let overtime = async {
            match now {
                Phase::Answering { since, .. } => tokio::time::sleep_until(since + limit).await,
                Phase::Waiting(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            () = overtime => return,
            changed = phase.changed() => if changed.is_err() { return },
        }
    }
}

/// A request under way.
#[derive(Debug)]
struct Running(watch::Sender<Phase>);

impl Running {
    fn new(phase: &watch::Sender<Phase>) -> Self {
        phase.send_replace(Phase::Answering { since: Instant::now(), moved: None });
        Self(phase.clone())
    }

    fn moved(&self) {
        self.0.send_if_modified(|phase| {
            if let Phase::Answering { moved, .. } = phase {
                *moved = Some(Instant::now());
            }
            // Whoever watches waits for an end.
            false
        });
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.send_replace(Phase::Waiting(Instant::now()));
    }
}

/// A response's body, given out in pieces so that a client that stops reading also stops it.
#[derive(Debug, Default)]
pub(super) struct Page {
    rest: Bytes,
    /// Told of the snapshot's sequence when the last piece has been taken.
    carries: Option<(Publisher, u64)>,
    /// Told of each piece, and dropped with the body.
    running: Option<Running>,
}

impl Page {
    pub(super) fn new(body: impl Into<Bytes>) -> Self {
        Self { rest: body.into(), ..Self::default() }
    }

    pub(super) fn of_snapshot(body: Bytes, publisher: Publisher, sequence: u64) -> Self {
        Self { rest: body, carries: Some((publisher, sequence)), running: None }
    }

    pub(super) fn len(&self) -> usize {
        self.rest.len()
    }
}

impl Body for Page {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        if let Some(running) = &self.running {
            running.moved();
        }
        let length = self.rest.len().min(CHUNK);
        let piece = self.rest.split_to(length);
        if self.rest.is_empty()
            && let Some((publisher, sequence)) = self.carries.take()
        {
            publisher.carried(sequence);
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}
