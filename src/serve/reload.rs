//! The page on which the configuration is loaded again, if that was allowed. Asks, and tells what became of it.

use hyper::header::{ALLOW, HeaderValue};
use hyper::{Method, Response, StatusCode};

use super::connection::Page;
use super::pages::text;
use crate::reload::Requests;

pub(super) const PATH: &str = "/-/reload";

const REFUSED: &str = "Loading the configuration again over HTTP is not enabled: start with --web.enable-lifecycle, or \
                       send SIGHUP.\n";

/// For whoever sees some tenants only: a reason may name others.
pub(super) fn forbidden() -> Response<Page> {
    text(StatusCode::FORBIDDEN, "Only a login that sees everything may load the configuration again.\n")
}

pub(super) async fn answer(requests: Option<&Requests>, method: &Method) -> Response<Page> {
    let Some(requests) = requests else { return text(StatusCode::FORBIDDEN, REFUSED) };
    if !matches!(*method, Method::POST | Method::PUT) {
        let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "Only POST and PUT are answered.\n");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST, PUT"));
        return response;
    }
    match requests.ask().await {
        Ok(()) => text(StatusCode::OK, "The configuration was loaded again.\n"),
        Err(reason) => {
            text(StatusCode::INTERNAL_SERVER_ERROR, format!("The configuration stays as it was: {reason}\n"))
        }
    }
}
