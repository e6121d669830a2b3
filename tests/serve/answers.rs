//! What is answered to which request.

use std::io::Read as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cloacina_exporter::serve::Settings;
use tokio::io::AsyncReadExt as _;

use super::server::{LARGE, Reply, SMALL_PAGE, Server, read_to_end, settings, snapshot};

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores";
const PROTOBUF: &str =
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";
#[tokio::test]
async fn metrics_and_readiness_are_refused_until_the_first_snapshot() {
    let server = Server::start(settings()).await;
    for path in ["/metrics", "/readyz"] {
        let reply = server.get(path).await;
        assert_eq!(reply.status, 503, "{path}");
        assert_eq!(reply.text(), "There is no snapshot yet: the first poll has not finished.\n");
    }
    assert_eq!(server.get("/livez").await.status, 200);

    server.publisher.publish(snapshot(1, 1));
    assert_eq!(server.get("/readyz").await.status, 200);
    let reply = server.get("/metrics").await;
    assert_eq!((reply.status, reply.text()), (200, SMALL_PAGE));
    assert_eq!(reply.header("content-length"), Some(SMALL_PAGE.len().to_string().as_str()));
    assert_eq!(reply.header("vary"), Some("Accept, Accept-Encoding"));
    assert_eq!(reply.header("content-encoding"), None);
}

#[tokio::test]
async fn the_accept_header_chooses_the_format() {
    let server = Server::with_snapshot().await;
    let protobuf =
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
    let cases = [
        ("", TEXT),
        ("Accept: */*\r\n", TEXT),
        ("Accept: application/openmetrics-text;version=1.0.0;q=0.8,text/plain;q=0.5\r\n", OPENMETRICS),
        ("Accept: application/openmetrics-text;q=0.4\r\nAccept: text/plain;version=0.0.4;q=0.5\r\n", TEXT),
        (&format!("Accept: {protobuf},*/*;q=0.1\r\n"), PROTOBUF),
    ];
    for (headers, content_type) in cases {
        let reply = server.ask("GET", "/metrics", headers).await;
        assert_eq!(reply.header("content-type"), Some(content_type), "{headers}");
    }
    let openmetrics = server.ask("GET", "/metrics", "Accept: application/openmetrics-text\r\n").await;
    assert!(openmetrics.text().ends_with("filler_total{text=\"x\"} 1\n# EOF\n"), "{}", openmetrics.text());
}

#[tokio::test]
async fn gzip_is_used_where_accepted_and_carries_the_same_page() {
    let server = Server::with_snapshot().await;
    let reply = server.ask("GET", "/metrics", "Accept-Encoding: br, gzip;q=0.5\r\n").await;
    assert_eq!(reply.header("content-encoding"), Some("gzip"));
    assert_eq!(reply.header("content-length"), Some(reply.body.len().to_string().as_str()));
    let mut page = String::new();
    flate2::read::GzDecoder::new(&reply.body[..]).read_to_string(&mut page).unwrap();
    assert_eq!(page, SMALL_PAGE);

    let plain = server.ask("GET", "/metrics", "Accept-Encoding: gzip;q=0\r\n").await;
    assert_eq!((plain.header("content-encoding"), plain.text()), (None, SMALL_PAGE));
}

#[tokio::test]
async fn head_answers_as_get_without_the_body() {
    let server = Server::with_snapshot().await;
    for path in ["/metrics", "/livez", "/readyz", "/", "/nowhere"] {
        let get = server.get(path).await;
        let head = server.ask("HEAD", path, "").await;
        assert_eq!(head.status, get.status, "{path}");
        assert_eq!(head.header("content-length"), Some(get.body.len().to_string().as_str()), "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
        assert!(head.body.is_empty(), "{path}");
    }
}

#[tokio::test]
async fn who_sends_a_body_is_sent_no_page_and_the_connection_ends() {
    let server = Server::with_snapshot().await;
    for headers in ["Content-Length: 1\r\n", "Transfer-Encoding: chunked\r\n"] {
        for path in ["/metrics", "/", "/readyz"] {
            // A body that never comes.
            let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
            let reply = Reply::read(server.connect(&request).await).await;
            assert_eq!((reply.status, reply.text()), (413, "Ask without a body.\n"), "{path} {headers}");
        }
    }
    assert_eq!(server.ask("GET", "/metrics", "Content-Length: 0\r\n").await.status, 200);
}

#[tokio::test]
async fn other_methods_are_refused_and_other_paths_not_found() {
    let server = Server::with_snapshot().await;
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let reply = server.ask(method, "/metrics", "").await;
        assert_eq!((reply.status, reply.header("allow")), (405, Some("GET, HEAD")), "{method}");
    }
    for path in ["/metric", "/metrics/", "/livez/x", "//"] {
        let reply = server.get(path).await;
        assert_eq!(reply.status, 404, "{path}");
        assert_eq!(reply.text(), "There is no such page; the metrics are at /metrics.\n");
    }
    assert_eq!(server.ask("POST", "/nowhere", "").await.status, 404);
    assert_eq!(server.get("/metrics?name[]=x").await.status, 200);
}

#[tokio::test]
async fn the_landing_page_links_the_configured_path_escaped() {
    let server = Server::start(Settings { telemetry_path: "/a&b".to_owned(), ..settings() }).await;
    let reply = server.get("/").await;
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(reply.text().contains("<a href=\"/a&amp;b\">"), "{}", reply.text());
    assert!(reply.text().contains(env!("CARGO_PKG_VERSION")));
    assert_eq!(server.get("/metrics").await.status, 404);
    assert_eq!(server.get("/a&b").await.status, 503);
}

#[tokio::test]
async fn metrics_take_the_place_of_the_landing_page_if_so_configured() {
    let server = Server::start(Settings { telemetry_path: "/".to_owned(), ..settings() }).await;
    server.publisher.publish(snapshot(1, 1));
    assert_eq!(server.get("/").await.text(), SMALL_PAGE);
}

#[tokio::test]
async fn liveness_fails_when_the_poll_loop_stays_away_and_recovers_with_its_next_beat() {
    let server = Server::start(settings()).await;
    let long_ago = Instant::now().checked_sub(Duration::from_secs(61)).expect("a machine up for a minute");
    server.publisher.beat(long_ago);
    let reply = server.get("/livez").await;
    assert_eq!(reply.status, 503);
    assert!(reply.text().starts_with("The poll loop has not come round for "), "{}", reply.text());
    assert!(reply.text().ends_with(" s; the limit is 60 s.\n"), "{}", reply.text());
    server.publisher.beat(Instant::now());
    assert_eq!(server.get("/livez").await.status, 200);
}

#[tokio::test]
async fn only_a_get_that_was_carried_whole_counts_as_a_scrape() {
    let server = Server::start(settings()).await;
    server.publisher.publish(snapshot(7, LARGE));
    server.ask("HEAD", "/metrics", "").await;
    server.get("/readyz").await;
    assert_eq!(server.publisher.carried_through(), 0);

    let mut broken = server.connect("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").await;
    broken.read_exact(&mut [0; 1000]).await.unwrap();
    drop(broken);
    assert_eq!(server.publisher.carried_through(), 0);

    assert!(server.get("/metrics").await.body.len() > LARGE);
    assert_eq!(server.publisher.carried_through(), 7);
}

#[tokio::test]
async fn scrapes_at_the_same_time_get_the_same_page_and_a_new_snapshot_a_new_one() {
    let server = Arc::new(Server::with_snapshot().await);
    let scrape = |_| {
        let server = Arc::clone(&server);
        tokio::spawn(async move { server.get("/metrics").await.body })
    };
    let scrapes: Vec<_> = (0..8).map(scrape).collect();
    for scrape in scrapes {
        assert_eq!(scrape.await.unwrap(), SMALL_PAGE.as_bytes());
    }
    server.publisher.publish(snapshot(2, 2));
    assert!(server.get("/metrics").await.text().ends_with("{text=\"xx\"} 1\n"));
    assert_eq!(server.publisher.carried_through(), 2);
}

#[tokio::test]
async fn a_connection_is_kept_for_further_requests() {
    let server = Server::with_snapshot().await;
    let request = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n";
    let last = "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let stream = server.connect(&format!("{request}{last}")).await;
    let replies = String::from_utf8(read_to_end(stream).await).unwrap();
    assert_eq!(replies.matches("HTTP/1.1 200 OK").count(), 2, "{replies}");
}
