//! An HTTP server that keeps what it gets and answers as told, plain or over TLS. It closes with the test.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response, StatusCode, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tonic::service::Routes;
use tower_service::Service as _;

use crate::raw;

type Body = UnsyncBoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>;
type Answering = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;
type Handler = Arc<dyn Fn(Request<Incoming>) -> Answering + Send + Sync>;

#[derive(Debug, Clone)]
pub struct Seen {
    pub version: Version,
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Seen {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

#[derive(Debug, Clone, Default)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    pub trailers: Vec<(&'static str, String)>,
}

impl Reply {
    pub fn status(status: u16) -> Self {
        Self { status: StatusCode::from_u16(status).unwrap(), ..Self::default() }
    }

    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub fn trailer(mut self, name: &'static str, value: &str) -> Self {
        self.trailers.push((name, value.to_owned()));
        self
    }

    fn into_response(self) -> Response<Body> {
        let mut response = Response::new(());
        *response.status_mut() = self.status;
        for (name, value) in self.headers {
            response.headers_mut().insert(name, value.parse().unwrap());
        }
        let mut trailers = HeaderMap::new();
        for (name, value) in self.trailers {
            trailers.insert(name, value.parse().unwrap());
        }
        let body = Full::new(Bytes::from(self.body)).map_err(|never| match never {});
        if trailers.is_empty() {
            return response.map(|()| body.boxed_unsync());
        }
        let end = async move { Some(Ok(trailers)) };
        response.map(|()| body.with_trailers(end).boxed_unsync())
    }
}

#[derive(Debug)]
pub struct Server {
    port: u16,
    scheme: &'static str,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Answers with one reply after another, and with the last one for ever.
    pub async fn start(replies: Vec<Reply>) -> Self {
        Self::scripted(replies, None).await
    }

    pub async fn secured(replies: Vec<Reply>, tls: ServerConfig) -> Self {
        Self::scripted(replies, Some(tls)).await
    }

    /// The services of a generated server.
    pub async fn of_tonic(routes: Routes, tls: Option<ServerConfig>) -> Self {
        let handler: Handler = Arc::new(move |request| {
            let mut routes = routes.clone();
            Box::pin(async move {
                let response = routes.call(request).await.unwrap();
                response.map(|body| body.map_err(Into::into).boxed_unsync())
            })
        });
        Self::run(handler, tls, Arc::default()).await
    }

    async fn scripted(mut replies: Vec<Reply>, tls: Option<ServerConfig>) -> Self {
        replies.reverse();
        let replies = Arc::new(Mutex::new(replies));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        let handler: Handler = Arc::new(move |request| {
            let (replies, seen) = (Arc::clone(&replies), Arc::clone(&kept));
            Box::pin(async move {
                let (head, body) = request.into_parts();
                let body = body.collect().await.unwrap().to_bytes();
                let path = head.uri.path().to_owned();
                seen.lock().unwrap().push(Seen { version: head.version, path, headers: head.headers, body });
                let mut replies = replies.lock().unwrap();
                let reply = if replies.len() > 1 { replies.pop() } else { replies.first().cloned() };
                reply.unwrap().into_response()
            })
        });
        Self::run(handler, tls, seen).await
    }

    async fn run(handler: Handler, tls: Option<ServerConfig>, seen: Arc<Mutex<Vec<Seen>>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let acceptor = tls.map(|tls| TlsAcceptor::from(Arc::new(tls)));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (handler, acceptor) = (Arc::clone(&handler), acceptor.clone());
                tokio::spawn(async move {
                    match acceptor {
                        None => serve(stream, handler).await,
                        Some(acceptor) => match acceptor.accept(stream).into_fallible().await {
                            Ok(stream) => serve(stream, handler).await,
                            // Closed with bytes unread, it would be reset, and the alert might be lost.
                            Err((_, stream)) => raw::read_to_end(stream).await,
                        },
                    }
                });
            }
        });
        Self { port, scheme, seen, task }
    }

    pub fn url(&self) -> String {
        format!("{}://127.0.0.1:{}", self.scheme, self.port)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, handler: Handler) {
    let service = service_fn(move |request| {
        let answer = handler(request);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    // How a connection ends is the client's affair.
    let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}
