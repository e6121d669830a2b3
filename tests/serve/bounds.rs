//! What no client can do to the server, and how it ends.

use std::time::Duration;

use cloacina_exporter::serve::{self, Settings};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::server::{LARGE, Reply, Server, read_to_end, settings, snapshot, within_reason};

#[tokio::test]
async fn a_client_that_never_ends_its_headers_or_stays_idle_is_cut_off() {
    let server = Server::start(Settings { header_timeout: Duration::from_millis(100), ..settings() }).await;
    for beginning in ["GET / HTTP/1.1\r\nHost: x\r\n", "", "GET"] {
        let stream = server.connect(beginning).await;
        assert_eq!(read_to_end(stream).await, b"", "{beginning}");
    }
    let idle = server.connect("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(Reply::read(idle).await.status, 200);
}

#[tokio::test]
async fn headers_beyond_the_bound_are_refused() {
    let server = Server::start(settings()).await;
    let get = |length| format!("GET / HTTP/1.1\r\nConnection: close\r\nX: {}\r\n\r\n", "x".repeat(length));
    assert_eq!(Reply::read(server.connect(&get(16_000)).await).await.status, 200);
    let refused = read_to_end(server.connect(&get(16_500)).await).await;
    assert!(refused.starts_with(b"HTTP/1.1 431 "), "{}", String::from_utf8_lossy(&refused));
}

#[tokio::test]
async fn garbage_instead_of_http_is_refused_and_the_server_lives_on() {
    let server = Server::with_snapshot().await;
    for garbage in ["\0\x01\x02\r\n\r\n", "GET\r\n\r\n", "GET /metrics HTTP/9.9\r\n\r\n"] {
        let reply = read_to_end(server.connect(garbage).await).await;
        assert!(reply.starts_with(b"HTTP/1.1 400 "), "{garbage:?} {}", String::from_utf8_lossy(&reply));
    }
    assert_eq!(server.get("/metrics").await.status, 200);
}

#[tokio::test]
async fn a_client_that_stops_reading_its_response_is_cut_off() {
    let bounds = Settings { request_timeout: Duration::from_millis(300), max_connections: 1, ..settings() };
    let server = Server::start(bounds).await;
    server.publisher.publish(snapshot(1, LARGE));
    let stalled = server.connect("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").await;
    // The one connection allowed is the stalled one, so that an answer to another proves that it has ended.
    assert_eq!(server.get("/readyz").await.status, 200);
    assert!(read_to_end(stalled).await.len() < LARGE);
    assert_eq!(server.publisher.carried_through(), 0);
}

#[tokio::test]
async fn the_bound_on_a_response_ends_with_it_and_leaves_the_connection_open() {
    let limit = Duration::from_millis(100);
    let server = Server::start(Settings { request_timeout: limit, ..settings() }).await;
    let mut stream = server.connect("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let mut reply = [0; 1000];
    let length = within_reason(stream.read(&mut reply)).await.unwrap();
    assert!(reply[..length].ends_with(b"is alive.\n"));
    let closed = tokio::time::timeout(limit * 3, stream.peek(&mut [0])).await;
    assert!(closed.is_err(), "the connection was closed");
    stream.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    assert_eq!(Reply::read(stream).await.status, 200);
}

#[tokio::test]
async fn a_connection_beyond_the_cap_takes_the_place_of_one_that_waits_for_its_client() {
    let server = Server::start(Settings { max_connections: 2, ..settings() }).await;
    let unfinished = server.connect("GET /livez HTTP/1.1\r\n").await;
    let mut silent = server.connect("").await;
    assert_eq!(server.get("/livez").await.status, 200);
    assert_eq!(read_to_end(unfinished).await, b"");
    silent.write_all(b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    assert_eq!(Reply::read(silent).await.status, 404);
}

#[tokio::test]
async fn when_connections_run_out_none_is_kept_after_its_response() {
    let server = Server::start(Settings { max_connections: 1, ..settings() }).await;
    let reply = Reply::read(server.connect("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").await).await;
    assert_eq!((reply.status, reply.header("connection")), (200, Some("close")));
}

#[tokio::test]
async fn an_answer_under_way_is_not_cut_off_for_another_connection_at_once() {
    let server = Server::start(Settings { max_connections: 1, ..settings() }).await;
    server.publisher.publish(snapshot(1, LARGE));
    let mut first = server.connect("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").await;
    first.read_exact(&mut [0; 1000]).await.unwrap();
    let second = server.connect("GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(read_to_end(first).await.len() > LARGE - 1000);
    assert_eq!(Reply::read(second).await.status, 200);
}

#[tokio::test]
async fn an_answer_that_takes_long_is_cut_off_for_another_connection() {
    let server = Server::start(Settings { max_connections: 1, ..settings() }).await;
    server.publisher.publish(snapshot(1, LARGE));
    let stalled = server.connect("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(server.get("/livez").await.status, 200);
    assert!(read_to_end(stalled).await.len() < LARGE);
}

#[tokio::test]
async fn shutdown_finishes_the_response_under_way_and_accepts_no_more() {
    let server = Server::start(settings()).await;
    server.publisher.publish(snapshot(1, LARGE));
    let mut scrape = server.connect("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let mut idle = server.connect("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").await;
    scrape.read_exact(&mut [0; 1000]).await.unwrap();
    idle.read_exact(&mut [0; 10]).await.unwrap();

    server.stop.send(()).unwrap();
    read_to_end(idle).await;
    assert!(TcpStream::connect(server.address).await.is_err());
    assert!(!server.ended.is_finished());
    assert!(read_to_end(scrape).await.len() > LARGE - 1000);
    within_reason(server.ended).await.unwrap();
}

#[tokio::test]
async fn shutdown_does_not_wait_longer_than_its_bound() {
    let server = Server::start(Settings { shutdown_timeout: Duration::from_millis(100), ..settings() }).await;
    server.publisher.publish(snapshot(1, LARGE));
    let mut scrape = server.connect("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").await;
    scrape.read_exact(&mut [0; 1000]).await.unwrap();
    server.stop.send(()).unwrap();
    within_reason(server.ended).await.unwrap();
    assert!(read_to_end(scrape).await.len() < LARGE - 1000);
}

#[tokio::test]
async fn a_taken_port_is_an_error_that_names_the_flag() {
    let server = Server::start(settings()).await;
    let taken = Settings { listen_address: server.address, ..settings() };
    let message = serve::bind(&taken).await.unwrap_err().to_string();
    assert!(message.starts_with(&format!("cannot listen on {}: Address already in use", server.address)));
    assert!(message.ends_with("; choose another address with --web.listen-address"), "{message}");
}
