//! What is answered to which request: metrics, health, the landing page, and the refusals. Does not touch connections, nor
//! decide who is let in.

use std::sync::Arc;

use hyper::body::{Body as _, Incoming};
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, ALLOW, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap,
    HeaderName, HeaderValue, RETRY_AFTER, VARY, WWW_AUTHENTICATE,
};
use hyper::{Method, Request, Response, StatusCode};
use tokio::sync::Semaphore;
use tokio::task::{JoinError, spawn_blocking};

use super::connection::Page;
use super::guard::{Admission, Rules, View, Viewer};
use super::publisher::{Published, Publisher};
use super::{Settings, reload};
use crate::encode::{Format, Options, negotiate};

/// What pages are made from.
pub(super) struct Site {
    pub(super) settings: Settings,
    pub(super) publisher: Publisher,
    /// Pages of a part of the snapshot that are made at once; they are not shared, so each costs anew.
    parts: Arc<Semaphore>,
}

impl Site {
    pub(super) fn new(settings: Settings, publisher: Publisher) -> Self {
        Self { settings, publisher, parts: Arc::new(Semaphore::new(2)) }
    }
}

/// Every answer to a request that `rules` do not let in is made here, without a look at what is asked for.
pub(super) async fn answer(site: &Site, rules: &Rules, request: &Request<Incoming>) -> Response<Page> {
    let guard = &site.settings.guard;
    let is_probe = matches!(request.uri().path(), "/livez" | "/readyz");
    let admission = match is_probe && guard.has_open_probes() {
        true => Admission::Admitted(Viewer::nobody()),
        false => guard.admit(rules, request.headers()).await,
    };
    let mut response = match admission {
        Admission::Admitted(viewer) => answer_to(site, &viewer, request).await,
        Admission::Unknown(challenges) => unknown(challenges),
        Admission::Forbidden => text(StatusCode::FORBIDDEN, "This login is shown nothing.\n"),
        Admission::Busy => busy(),
    };
    let length = HeaderValue::from(response.body().len());
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, length);
    headers.extend(rules.headers.iter().cloned());
    if request.method() == Method::HEAD { response.map(|_| Page::default()) } else { response }
}

async fn answer_to(site: &Site, viewer: &Viewer, request: &Request<Incoming>) -> Response<Page> {
    let path = request.uri().path();
    let known = path == site.settings.telemetry_path || matches!(path, "/" | "/livez" | "/readyz");
    match *request.method() {
        // Pages are large, and whoever sends bodies without end would be sent one for each.
        Method::GET | Method::HEAD if !request.body().is_end_stream() => body_not_wanted(),
        Method::GET | Method::HEAD if path == site.settings.telemetry_path => {
            metrics(site, View::of(viewer, request.uri().query()), request.headers()).await
        }
        _ if path == reload::PATH && !viewer.sees_everything() => reload::forbidden(),
        _ if path == reload::PATH => reload::answer(site.settings.reloads.as_ref(), request.method()).await,
        Method::GET | Method::HEAD => match path {
            "/" => landing(site),
            "/livez" => live(site),
            "/readyz" => ready(site),
            _ => not_found(site),
        },
        _ if known => method_not_allowed(),
        _ => not_found(site),
    }
}

/// Makes the connection end with this response.
pub(super) fn close(response: &mut Response<Page>) {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
}

async fn metrics(site: &Site, view: Option<View>, headers: &HeaderMap) -> Response<Page> {
    let Some(published) = site.publisher.published() else { return no_snapshot() };
    let format = negotiate::format(values(headers, ACCEPT));
    let gzip = negotiate::gzip(values(headers, ACCEPT_ENCODING));
    let options = Options { created_samples: site.settings.created_samples };
    let made = match view {
        None => whole(site, published, format, gzip, options).await,
        Some(view) => part(site, published, view, format, gzip, options).await,
    };
    let page = match made {
        Ok(page) => page,
        Err(error) => {
            tracing::error!(%error, "cannot encode a snapshot; this is a bug");
            return text(StatusCode::INTERNAL_SERVER_ERROR, "The snapshot could not be encoded.\n");
        }
    };
    let mut response = Response::new(page);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    headers.insert(VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
    if gzip {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// Encoded on a thread that may block: a large page takes tens of milliseconds, and others may wait for the same one.
async fn whole(
    site: &Site,
    published: Arc<Published>,
    format: Format,
    gzip: bool,
    options: Options,
) -> Result<Page, JoinError> {
    let sequence = published.sequence();
    let body = match published.encoded(format, gzip) {
        Some(body) => body,
        None => {
            let turn = published.turn().await;
            let encode = move || {
                let _turn = turn;
                published.encode(format, gzip, options)
            };
            spawn_blocking(encode).await?
        }
    };
    Ok(Page::of_snapshot(body, site.publisher.clone(), sequence))
}

/// Does not count as a scrape that carried the snapshot: what it leaves out has not been carried.
async fn part(
    site: &Site,
    published: Arc<Published>,
    view: View,
    format: Format,
    gzip: bool,
    options: Options,
) -> Result<Page, JoinError> {
    let permit = Arc::clone(&site.parts).acquire_owned().await.expect("the semaphore is never closed");
    let encode = move || {
        // It goes on if the client hangs up, and must count until it ends.
        let _permit = permit;
        published.encode_part(&view, format, gzip, options)
    };
    Ok(Page::new(spawn_blocking(encode).await?))
}

fn values(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &[u8]> {
    headers.get_all(name).into_iter().map(HeaderValue::as_bytes)
}

fn live(site: &Site) -> Response<Page> {
    let age = site.publisher.since_beat();
    let limit = site.settings.watchdog;
    if age <= limit {
        return text(StatusCode::OK, "The poll loop is alive.\n");
    }
    let sentence = format!(
        "The poll loop has not come round for {} s; the limit is {} s.\n",
        age.as_secs(),
        limit.as_secs()
    );
    text(StatusCode::SERVICE_UNAVAILABLE, sentence)
}

fn ready(site: &Site) -> Response<Page> {
    if site.publisher.published().is_some() {
        text(StatusCode::OK, "A snapshot has been published.\n")
    } else {
        no_snapshot()
    }
}

fn no_snapshot() -> Response<Page> {
    text(StatusCode::SERVICE_UNAVAILABLE, "There is no snapshot yet: the first poll has not finished.\n")
}

fn unknown(challenges: Vec<HeaderValue>) -> Response<Page> {
    let mut response = text(StatusCode::UNAUTHORIZED, "This server asks for a login.\n");
    for challenge in challenges {
        response.headers_mut().append(WWW_AUTHENTICATE, challenge);
    }
    response
}

fn busy() -> Response<Page> {
    let mut response = text(StatusCode::TOO_MANY_REQUESTS, "Too many logins at once; try again.\n");
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

fn not_found(site: &Site) -> Response<Page> {
    let sentence = format!("There is no such page; the metrics are at {}.\n", site.settings.telemetry_path);
    text(StatusCode::NOT_FOUND, sentence)
}

fn method_not_allowed() -> Response<Page> {
    let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "Only GET and HEAD are answered.\n");
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}

fn body_not_wanted() -> Response<Page> {
    let mut response = text(StatusCode::PAYLOAD_TOO_LARGE, "Ask without a body.\n");
    close(&mut response);
    response
}

fn landing(site: &Site) -> Response<Page> {
    let version = env!("CARGO_PKG_VERSION");
    let path = escape(&site.settings.telemetry_path);
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Cloacina exporter</title></head>\n\
         <body>\n<h1>Cloacina exporter {version}</h1>\n\
         <p>Metrics of Cloacina's executions, tasks and schedules, for Prometheus.</p>\n<ul>\n\
         <li><a href=\"{path}\">Metrics</a></li>\n\
         <li><a href=\"/readyz\">Ready</a>: has a first snapshot been published?</li>\n\
         <li><a href=\"/livez\">Live</a>: does the poll loop still come round?</li>\n</ul>\n</body>\n</html>\n"
    );
    page(StatusCode::OK, "text/html; charset=utf-8", html)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

pub(super) fn text(status: StatusCode, body: impl Into<hyper::body::Bytes>) -> Response<Page> {
    page(status, "text/plain; charset=utf-8", body)
}

fn page(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<hyper::body::Bytes>,
) -> Response<Page> {
    let mut response = Response::new(Page::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
