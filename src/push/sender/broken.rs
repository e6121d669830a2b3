//! What an error of the connection means: unreachable, not secured, or not the protocol. Pure.

use std::error::Error;
use std::io;

use h2::Reason as Code;
use hyper_util::client::legacy;
use rustls::AlertDescription;

use super::failure::{Reason, Refusal};

/// Sources of sources; more are not looked at.
const DEEPEST: usize = 16;

/// Of a request that got no answer. `begun` says whether it had begun to leave.
pub fn refusal_of(error: &legacy::Error, begun: bool) -> Refusal {
    if error.is_connect() {
        judge(error, false, "no connection")
    } else {
        judge(error, begun, "the connection broke")
    }
}

/// Of a request whose answer broke off.
pub fn refusal_of_body(error: &(dyn Error + 'static)) -> Refusal {
    judge(error, true, "the connection broke")
}

fn judge(error: &(dyn Error + 'static), begun: bool, what: &str) -> Refusal {
    let causes = causes(error);
    let root = causes.last().map(ToString::to_string).unwrap_or_default();
    let found = of(&causes, of_tls).or_else(|| of(&causes, of_http2)).or_else(|| of(&causes, of_http));
    let found = found.or_else(|| of_tls_within_http2(&causes));
    match found {
        Some(refusal) => Refusal {
            // A server that refuses the certificates has not read what came with them.
            maybe_delivered: begun && refusal.reason != Reason::Tls,
            text: format!("{}: {root}", refusal.text),
            ..refusal
        },
        None => Refusal {
            retry: true,
            maybe_delivered: begun && !was_refused_unread(&causes),
            ..Refusal::last(Reason::Unreachable, format!("{what}: {root}"))
        },
    }
}

/// What the first cause of a type means.
fn of<T: Error + 'static>(
    causes: &[&(dyn Error + 'static)],
    meaning: impl Fn(&T) -> Option<Refusal>,
) -> Option<Refusal> {
    causes.iter().find_map(|cause| meaning(cause.downcast_ref()?))
}

fn of_tls(error: &rustls::Error) -> Option<Refusal> {
    Some(match error {
        rustls::Error::NoApplicationProtocol
        | rustls::Error::AlertReceived(AlertDescription::NoApplicationProtocol) => {
            Refusal::last(Reason::Protocol, "the server does not speak HTTP/2")
        }
        rustls::Error::AlertReceived(_) => Refusal::last(Reason::Tls, "the server refuses TLS"),
        _ => Refusal::last(Reason::Tls, "the connection cannot be secured"),
    })
}

/// HTTP/2 keeps only the text of an error below it. A server refuses the client's certificate when the
/// handshake is over for the client.
fn of_tls_within_http2(causes: &[&(dyn Error + 'static)]) -> Option<Refusal> {
    let is_alert = causes.iter().any(|cause| cause.to_string().starts_with("received fatal alert: "));
    is_alert.then(|| Refusal::last(Reason::Tls, "the server refuses TLS"))
}

fn of_http(error: &hyper::Error) -> Option<Refusal> {
    // Said before anything was asked: by a server of another protocol, or as the last words on an idle
    // connection, so that another one may do.
    let retry = error.to_string() == "received unexpected message from connection";
    (retry || error.is_parse() || error.is_user()).then(|| Refusal {
        retry,
        ..Refusal::last(Reason::Protocol, "the server does not speak HTTP as expected")
    })
}

/// `None` if the server only ended stream or connection.
fn of_http2(error: &h2::Error) -> Option<Refusal> {
    let ended = error.is_remote()
        && matches!(
            error.reason(),
            Some(
                Code::NO_ERROR
                    | Code::INTERNAL_ERROR
                    | Code::REFUSED_STREAM
                    | Code::CANCEL
                    | Code::ENHANCE_YOUR_CALM
            )
        );
    (!ended).then(|| Refusal::last(Reason::Protocol, "the server does not speak HTTP/2"))
}

fn was_refused_unread(causes: &[&(dyn Error + 'static)]) -> bool {
    causes
        .iter()
        .filter_map(|cause| cause.downcast_ref::<h2::Error>())
        .any(|error| error.is_remote() && error.reason() == Some(Code::REFUSED_STREAM))
}

/// The error and what it stems from. An `io::Error` does not name the error that it wraps as its source, but
/// that one's source.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut causes = vec![error];
    while causes.len() < DEEPEST {
        let last = causes[causes.len() - 1];
        let next = match last.downcast_ref::<io::Error>() {
            Some(error) => error.get_ref().map(|inner| inner as &(dyn Error + 'static)),
            None => last.source(),
        };
        match next {
            Some(next) => causes.push(next),
            None => break,
        }
    }
    causes
}
