//! An HTTP relay that lets a Prometheus which always prefers OpenMetrics scrape the text format 0.0.4.

use std::convert::Infallible;
use std::net::SocketAddr;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::{AbortHandle, JoinSet};

use super::http;

/// Ends when dropped.
pub struct TextRelay {
    pub address: SocketAddr,
    acceptor: AbortHandle,
}

impl TextRelay {
    /// Passes every GET on to `target`, as one for `text/plain;version=0.0.4`.
    pub async fn start(target: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let acceptor = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let answer = service_fn(move |request| pass_on(target, request));
                let server = hyper::server::conn::http1::Builder::new();
                connections.spawn(server.serve_connection(TokioIo::new(stream), answer));
            }
        });
        Self { address, acceptor: acceptor.abort_handle() }
    }
}

impl Drop for TextRelay {
    fn drop(&mut self) {
        self.acceptor.abort();
    }
}

async fn pass_on(to: SocketAddr, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let accept = [("accept", "text/plain;version=0.0.4")];
    let answer = http::request("GET", to, request.uri().path(), &accept).await;
    let response = match answer {
        Some(page) => {
            let kind = page.headers.get("content-type").cloned().unwrap_or_default();
            Response::builder().status(page.status).header("content-type", kind).body(Full::new(page.body))
        }
        None => Response::builder().status(502).body(Full::default()),
    };
    Ok(response.unwrap())
}
