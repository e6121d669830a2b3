//! Sends one request over gRPC or HTTP, tries again where the specification says so, and tells what became of
//! it.
//!
//! It does not build, split or queue requests, and does not log: the caller decides what a failure means.
//!
//! ```text
//!  Request --request--> bytes, once --transport--> Answer --http | grpc--> Accepted | Refusal
//!               ^                                                              |
//!               +--------------------- retry: until the time is up ------------+
//! ```

mod answer;
mod broken;
mod failure;
mod grpc;
mod headers;
mod http;
mod request;
mod retry;
mod tls;
mod transport;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

pub use failure::{Failure, Reason};
pub use request::{Accepted, Request};

use crate::config::{Exporter, Protocol};
use failure::Refusal;
use request::Encoded;
use retry::BackOff;
use transport::{Connection, MOST_IDLE, Progress};

/// Sends the requests of one exporter, one after another, over a connection that it keeps.
pub struct Sender {
    exporter: Exporter,
    /// `None` until the first request, and after a failure that new files or a new connection may cure.
    connection: Option<Arc<Connection>>,
    last_used: Instant,
}

/// Without the endpoint, whose query may hold a key.
impl fmt::Debug for Sender {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Exporter { destination, signal, .. } = &self.exporter;
        let mut text = formatter.debug_struct("Sender");
        text.field("destination", destination).field("signal", signal).finish_non_exhaustive()
    }
}

impl Sender {
    /// Neither connects nor reads files; both happen with the first request.
    pub fn new(exporter: &Exporter) -> Self {
        Self { exporter: exporter.clone(), connection: None, last_used: Instant::now() }
    }

    /// Sends the request, in several attempts where that may help. All of them with the pauses between them
    /// take `export_timeout` at most, and each `timeout` at most.
    ///
    /// # Errors
    ///
    /// Nothing is known to have been taken; [`Failure::maybe_delivered`] says whether it may have been all
    /// the same.
    pub async fn send(&mut self, request: &Request) -> Result<Accepted, Failure> {
        let deadline = after(self.exporter.export_timeout);
        // There would be a new connection anyway; so it is one with the present keys and certificates.
        if self.last_used.elapsed() >= MOST_IDLE {
            self.connection = None;
        }
        let encoded = match request::encode(request, &self.exporter) {
            Ok(encoded) => encoded,
            Err(refusal) => return Err(Failure::new(&self.exporter, refusal, false)),
        };
        let mut back_off = BackOff::default();
        let mut maybe_delivered = false;
        let mut earlier = None;
        loop {
            let has_full_time = after(self.exporter.timeout) <= deadline;
            let mut refusal = match self.attempt(&encoded, deadline).await {
                Ok(accepted) => return Ok(accepted),
                Err(refusal) => refusal,
            };
            // What an earlier attempt may have delivered stays so, whatever the later ones met.
            maybe_delivered |= refusal.maybe_delivered;
            if refusal.reason.is_cured_by_a_new_connection() {
                self.connection = None;
            }
            // An attempt that was cut short says less than the one before it.
            if refusal.reason == Reason::Timeout && !has_full_time {
                refusal = earlier.take().unwrap_or(refusal);
            }
            let remaining = deadline.saturating_duration_since(Instant::now());
            let pause = back_off.next(refusal.retry_after);
            if !refusal.retry || pause >= remaining {
                return Err(Failure::new(&self.exporter, refusal, maybe_delivered));
            }
            earlier = Some(refusal);
            sleep(pause).await;
        }
    }

    async fn attempt(&mut self, encoded: &Encoded, deadline: Instant) -> Result<Accepted, Refusal> {
        let progress = Progress::default();
        let end = deadline.min(after(self.exporter.timeout));
        match timeout_at(end, self.exchange(encoded, &progress)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Refusal::timeout(progress.begun())),
        }
    }

    async fn exchange(&mut self, encoded: &Encoded, progress: &Progress) -> Result<Accepted, Refusal> {
        let connection = match &self.connection {
            Some(connection) => Arc::clone(connection),
            None => Arc::clone(self.connection.insert(Arc::new(Connection::open(&self.exporter).await?))),
        };
        let answer = connection.post(encoded, progress).await?;
        self.last_used = Instant::now();
        match self.exporter.protocol {
            Protocol::HttpProtobuf => http::judge(&answer, encoded.signal),
            Protocol::Grpc => grpc::judge(&answer, encoded.signal),
        }
        .map(|accepted| Accepted { message: connection.clean(&accepted.message), ..accepted })
        .map_err(|refusal| Refusal { said: connection.clean(&refusal.said), ..refusal })
    }
}

/// Far beyond any use there is no instant.
fn after(length: Duration) -> Instant {
    Instant::now() + retry::bounded(length)
}
