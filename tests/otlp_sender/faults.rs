//! Servers that are silent, slow, gone, or break off.

use std::time::Duration;

use cloacina_exporter::config::Exporter;
use cloacina_exporter::push::sender::{Accepted, Reason, Sender};
use tokio::net::TcpListener;

use crate::exporters::{SHORT, hurried, metrics, over_grpc, over_http};
use crate::raw::{Act, Raw};

const WHOLE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
const BROKEN: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc";

#[tokio::test]
async fn nobody_listening_is_unreachable_and_nothing_was_delivered() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for exporter in [over_http(&url), over_grpc(&url)] {
        let failure = Sender::new(&hurried(exporter)).send(&metrics()).await.unwrap_err();
        assert_eq!((failure.reason(), failure.maybe_delivered()), (Reason::Unreachable, false));
        let text = failure.to_string();
        assert!(text.contains("no connection") && text.contains("refused"), "{text}");
    }
}

#[tokio::test]
async fn a_server_that_comes_up_meanwhile_gets_the_request() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let mut sender = Sender::new(&hurried(over_http(&url)));
    assert_eq!(sender.send(&metrics()).await.unwrap_err().reason(), Reason::Unreachable);
    let server = Raw::start(vec![Act::Say(WHOLE.to_vec())]).await;
    let mut sender = Sender::new(&over_http(&server.url()));
    assert_eq!(sender.send(&metrics()).await.unwrap(), Accepted::default());
}

#[tokio::test]
async fn a_silent_server_is_left_in_time_and_may_have_taken_the_request() {
    let server = Raw::start(vec![Act::Silence]).await;
    let failure = Sender::new(&hurried(over_http(&server.url()))).send(&metrics()).await.unwrap_err();
    assert_eq!((failure.reason(), failure.maybe_delivered()), (Reason::Timeout, true));
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_silent_server_over_grpc_is_left_in_time() {
    let server = Raw::start(vec![Act::Silence]).await;
    let failure = Sender::new(&hurried(over_grpc(&server.url()))).send(&metrics()).await.unwrap_err();
    assert_eq!(failure.reason(), Reason::Timeout);
}

#[tokio::test]
async fn a_silent_handshake_is_left_in_time_and_nothing_was_delivered() {
    let server = Raw::start(vec![Act::Silence]).await;
    let certificates = crate::certificates::Authority::new();
    for exporter in [over_http, over_grpc] {
        let mut exporter = hurried(exporter(&server.url().replace("http:", "https:")));
        exporter.tls.certificate = Some(certificates.path());
        let failure = Sender::new(&exporter).send(&metrics()).await.unwrap_err();
        assert_eq!((failure.reason(), failure.maybe_delivered()), (Reason::Timeout, false));
    }
}

#[tokio::test]
async fn after_a_timeout_another_connection_is_tried() {
    let server = Raw::start(vec![Act::Silence, Act::Say(WHOLE.to_vec())]).await;
    let exporter = Exporter { timeout: SHORT, ..over_http(&server.url()) };
    assert_eq!(Sender::new(&exporter).send(&metrics()).await.unwrap(), Accepted::default());
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn an_answer_that_stops_in_the_middle_is_left_in_time() {
    let server = Raw::start(vec![Act::SayAndStay(BROKEN.to_vec())]).await;
    let failure = Sender::new(&hurried(over_http(&server.url()))).send(&metrics()).await.unwrap_err();
    assert_eq!((failure.reason(), failure.maybe_delivered()), (Reason::Timeout, true));
}

#[tokio::test]
async fn a_connection_closed_in_the_answer_is_tried_again() {
    for broken in [BROKEN, &BROKEN[..12], b""] {
        let server = Raw::start(vec![Act::Say(broken.to_vec()), Act::Say(WHOLE.to_vec())]).await;
        let outcome = Sender::new(&over_http(&server.url())).send(&metrics()).await;
        assert_eq!(outcome.unwrap(), Accepted::default());
        assert_eq!(server.connections(), 2);
    }
}

#[tokio::test]
async fn a_connection_closed_every_time_may_have_delivered() {
    let server = Raw::start(vec![Act::Say(BROKEN.to_vec())]).await;
    let failure = Sender::new(&hurried(over_http(&server.url()))).send(&metrics()).await.unwrap_err();
    assert_eq!((failure.reason(), failure.maybe_delivered()), (Reason::Unreachable, true));
}

#[tokio::test]
async fn what_may_have_been_delivered_once_stays_so() {
    let refused = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n";
    let server = Raw::start(vec![Act::Say(BROKEN.to_vec()), Act::Say(refused.to_vec())]).await;
    let failure = Sender::new(&over_http(&server.url())).send(&metrics()).await.unwrap_err();
    assert_eq!((failure.reason(), failure.maybe_delivered()), (Reason::Unauthenticated, true));
}

#[tokio::test]
async fn a_refusal_is_told_though_its_page_breaks_off_or_never_ends() {
    let refused = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 100\r\n\r\n<html>".to_vec();
    for act in [Act::Say(refused.clone()), Act::SayAndStay(refused.clone())] {
        let server = Raw::start(vec![act]).await;
        let exporter = Exporter { timeout: Duration::from_secs(2), ..over_http(&server.url()) };
        let failure = Sender::new(&exporter).send(&metrics()).await.unwrap_err();
        assert_eq!((failure.reason(), failure.maybe_delivered()), (Reason::Forbidden, false));
        assert_eq!(server.connections(), 1);
    }
}

#[tokio::test]
async fn garbage_is_no_protocol() {
    let garbage = b"SSH-2.0-OpenSSH_9.6\r\n".to_vec();
    for (exporter, act) in
        [(over_http as fn(&str) -> _, Act::Say(garbage.clone())), (over_grpc, Act::Greet(garbage.clone()))]
    {
        let server = Raw::start(vec![act]).await;
        let failure = Sender::new(&exporter(&server.url())).send(&metrics()).await.unwrap_err();
        assert_eq!(failure.reason(), Reason::Protocol, "{failure}");
        assert_eq!(server.connections(), 1);
    }
}

#[tokio::test]
async fn a_server_that_speaks_first_is_no_protocol() {
    // As gRPC servers do. Whether it is read before or after the request leaves is chance.
    let server = Raw::start(vec![Act::Greet(vec![0, 0, 0, 4, 0, 0, 0, 0, 0])]).await;
    let exporter = Exporter { export_timeout: Duration::from_secs(1), ..over_http(&server.url()) };
    let failure = Sender::new(&exporter).send(&metrics()).await.unwrap_err();
    assert_eq!(failure.reason(), Reason::Protocol, "{failure}");
    assert!(failure.to_string().contains("is this the HTTP port"), "{failure}");
}

#[tokio::test]
async fn grpc_to_an_http_1_server_asks_for_the_port() {
    let answer = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let server = Raw::start(vec![Act::SayAndStay(answer.to_vec())]).await;
    let failure = Sender::new(&over_grpc(&server.url())).send(&metrics()).await.unwrap_err();
    assert_eq!(failure.reason(), Reason::Protocol, "{failure}");
    assert!(failure.to_string().contains("is this the gRPC port"), "{failure}");
}

#[tokio::test]
async fn grpc_to_a_server_that_hangs_up_at_once_asks_for_the_port() {
    // What it said may be lost with the connection.
    let server = Raw::start(vec![Act::Say(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec())]).await;
    let exporter = Exporter { export_timeout: Duration::from_secs(1), ..over_grpc(&server.url()) };
    let failure = Sender::new(&exporter).send(&metrics()).await.unwrap_err();
    assert!(matches!(failure.reason(), Reason::Protocol | Reason::Unreachable), "{failure}");
    assert!(failure.to_string().contains("gRPC port"), "{failure}");
}

#[tokio::test]
async fn the_longest_timeouts_are_as_good_as_others() {
    let server = Raw::start(vec![Act::Say(WHOLE.to_vec())]).await;
    let endless =
        Exporter { timeout: Duration::MAX, export_timeout: Duration::MAX, ..over_http(&server.url()) };
    assert_eq!(Sender::new(&endless).send(&metrics()).await.unwrap(), Accepted::default());
}
