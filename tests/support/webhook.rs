//! A receiver for Alertmanager's webhooks, which keeps what it gets.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;

#[derive(Clone)]
pub struct Webhook {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
}

/// One alert of a notification.
#[derive(Debug, Clone)]
pub struct Received {
    pub at: Instant,
    pub alert: Value,
}

impl Webhook {
    pub async fn start() -> Self {
        let socket = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let webhook = Self { address: socket.local_addr().unwrap(), received: Arc::default() };
        let received = webhook.received.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = socket.accept().await.unwrap();
                let received = received.clone();
                let service = service_fn(move |request| keep(request, received.clone()));
                let builder = hyper::server::conn::http1::Builder::new();
                tokio::spawn(builder.serve_connection(TokioIo::new(stream), service));
            }
        });
        webhook
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// All alerts so far, in the order of their arrival.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

async fn keep(
    request: Request<Incoming>,
    received: Arc<Mutex<Vec<Received>>>,
) -> Result<Response<Empty<Bytes>>, hyper::Error> {
    let body = request.into_body().collect().await?.to_bytes();
    let at = Instant::now();
    let notification: Value = serde_json::from_slice(&body).expect("Alertmanager sends JSON");
    let alerts = notification["alerts"].as_array().expect("it has alerts");
    let arrived = alerts.iter().map(|alert| Received { at, alert: alert.clone() });
    received.lock().unwrap().extend(arrived);
    Ok(Response::new(Empty::new()))
}
