//! The HTTP server over real sockets: what it answers, and what it bounds. The pages' contents are `exposition.rs`.

#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::io::Read as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cloacina_exporter::record::Timestamp;
use cloacina_exporter::serve::{self, Publisher, Settings};
use cloacina_exporter::snapshot::{Description, Family, Kind, Labels, Series, Snapshot, Unit, Value};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

static FILLER: Description = Description {
    name: "filler_total",
    otlp_name: "filler",
    help: "Fills pages.",
    kind: Kind::Counter,
    unit: Unit::None,
    labels: &["text"],
};

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores";
const PROTOBUF: &str =
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";
const SMALL_PAGE: &str =
    "# TYPE filler_total counter\n# HELP filler_total Fills pages.\nfiller_total{text=\"x\"} 1\n";
/// More than all socket buffers between the two ends of a connection hold.
const LARGE: usize = 32 << 20;

/// A snapshot of one series, whose label has `bytes` bytes.
fn snapshot(sequence: u64, bytes: usize) -> Arc<Snapshot> {
    let labels = Labels::new(FILLER.labels, [Arc::from("x".repeat(bytes))]);
    let series = Series { labels, value: Value::Counter { total: 1.0, exemplar: None }, created: None };
    let families = vec![Family { description: &FILLER, series: vec![series] }];
    Arc::new(Snapshot { sequence, taken_at: Timestamp(0), families })
}

/// With bounds in time that no test reaches.
fn settings() -> Settings {
    Settings {
        listen_address: SocketAddr::from(([127, 0, 0, 1], 0)),
        telemetry_path: "/metrics".to_owned(),
        max_connections: 16,
        watchdog: Duration::from_secs(60),
        created_samples: true,
        header_timeout: Duration::from_secs(600),
        request_timeout: Duration::from_secs(600),
        shutdown_timeout: Duration::from_secs(600),
    }
}

struct Server {
    address: SocketAddr,
    publisher: Publisher,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

impl Server {
    async fn start(settings: Settings) -> Self {
        let listener = serve::bind(&settings).await.unwrap();
        let address = listener.address();
        let publisher = Publisher::new();
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async move { drop(stopped.await) };
        let ended = tokio::spawn(serve::serve(listener, settings, publisher.clone(), shutdown));
        Self { address, publisher, stop, ended }
    }

    async fn with_snapshot() -> Self {
        let server = Self::start(settings()).await;
        server.publisher.publish(snapshot(1, 1));
        server
    }

    async fn connect(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    async fn ask(&self, method: &str, path: &str, headers: &str) -> Reply {
        let request = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n");
        Reply::read(self.connect(&request).await).await
    }

    async fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, "").await
    }
}

struct Reply {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Reply {
    /// Reads until the server closes the connection.
    async fn read(stream: TcpStream) -> Self {
        let bytes = read_to_end(stream).await;
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a complete head");
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self { status, head, body: bytes[end + 4..].to_vec() }
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }
}

/// Turns a hang into a failure.
async fn within_reason<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), future).await.expect("the server hangs")
}

/// All that the server sends until it ends the connection; a reset is an end as good as any.
async fn read_to_end(mut stream: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = within_reason(stream.read_to_end(&mut bytes)).await;
    bytes
}

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
    assert_eq!(server.publisher.scraped_through(), 0);

    let mut broken = server.connect("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").await;
    broken.read_exact(&mut [0; 1000]).await.unwrap();
    drop(broken);
    assert_eq!(server.publisher.scraped_through(), 0);

    assert!(server.get("/metrics").await.body.len() > LARGE);
    assert_eq!(server.publisher.scraped_through(), 7);
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
    assert_eq!(server.publisher.scraped_through(), 2);
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
    assert_eq!(server.publisher.scraped_through(), 0);
}

#[tokio::test]
async fn connections_beyond_the_cap_wait_for_a_slot() {
    let server = Server::start(Settings { max_connections: 1, ..settings() }).await;
    let mut first = server.connect("GET /livez HTTP/1.1\r\n").await;
    let second = server.connect("GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    // While the first has not ended, the second is not even accepted.
    let answered = tokio::time::timeout(Duration::from_millis(200), second.peek(&mut [0])).await;
    assert!(answered.is_err(), "the second was answered");
    first.write_all(b"Host: x\r\n\r\n").await.unwrap();
    let reply = Reply::read(first).await;
    assert_eq!((reply.status, reply.header("connection")), (200, Some("close")));
    assert_eq!(Reply::read(second).await.status, 404);
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
