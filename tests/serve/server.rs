//! A server on a free port, its snapshots, and a plain client.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use cloacina_exporter::config::Web;
use cloacina_exporter::record::Timestamp;
use cloacina_exporter::serve::{self, Guard, Publisher, Settings};
use cloacina_exporter::snapshot::{Description, Family, Kind, Labels, Series, Snapshot, Unit, Value};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub static FILLER: Description = Description {
    name: "filler_total",
    otlp_name: "filler",
    help: "Fills pages.",
    kind: Kind::Counter,
    unit: Unit::None,
    labels: &["text"],
};

pub const SMALL_PAGE: &str =
    "# TYPE filler_total counter\n# HELP filler_total Fills pages.\nfiller_total{text=\"x\"} 1\n";
/// More than all socket buffers between the two ends of a connection hold.
pub const LARGE: usize = 32 << 20;

/// A snapshot of one series, whose label has `bytes` bytes.
pub fn snapshot(sequence: u64, bytes: usize) -> Arc<Snapshot> {
    let labels = Labels::new(FILLER.labels, [Arc::from("x".repeat(bytes))]);
    let series = Series {
        labels,
        value: Value::Counter { total: 1.0, exemplar: None },
        created: None,
        backfilled: false,
    };
    let families = vec![Family { description: &FILLER, series: vec![series] }];
    Arc::new(Snapshot { sequence, taken_at: Timestamp(0), families })
}

/// With bounds in time that no test reaches.
pub fn settings() -> Settings {
    Settings {
        listen_address: SocketAddr::from(([127, 0, 0, 1], 0)),
        guard: Arc::new(Guard::open(&Web::default()).unwrap()),
        telemetry_path: "/metrics".to_owned(),
        max_connections: 16,
        watchdog: Duration::from_secs(60),
        created_samples: true,
        header_timeout: Duration::from_secs(600),
        request_timeout: Duration::from_secs(600),
        shutdown_timeout: Duration::from_secs(600),
        reloads: None,
    }
}

pub struct Server {
    pub address: SocketAddr,
    pub publisher: Publisher,
    pub stop: oneshot::Sender<()>,
    pub ended: JoinHandle<()>,
}

impl Server {
    pub async fn start(settings: Settings) -> Self {
        let listener = serve::bind(&settings).await.unwrap();
        let address = listener.address();
        let publisher = Publisher::new();
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async move { drop(stopped.await) };
        let ended = tokio::spawn(serve::serve(listener, settings, publisher.clone(), shutdown));
        Self { address, publisher, stop, ended }
    }

    pub async fn with_snapshot() -> Self {
        let server = Self::start(settings()).await;
        server.publisher.publish(snapshot(1, 1));
        server
    }

    pub async fn connect(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    pub async fn ask(&self, method: &str, path: &str, headers: &str) -> Reply {
        let request = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n");
        Reply::read(self.connect(&request).await).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, "").await
    }
}

pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Reply {
    /// Reads until the server closes the connection.
    pub async fn read(stream: impl AsyncRead + Unpin) -> Self {
        let bytes = read_to_end(stream).await;
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a complete head");
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self { status, head, body: bytes[end + 4..].to_vec() }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }
}

/// Turns a hang into a failure.
pub async fn within_reason<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), future).await.expect("the server hangs")
}

/// All that the server sends until it ends the connection; a reset is an end as good as any.
pub async fn read_to_end(mut stream: impl AsyncRead + Unpin) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = within_reason(stream.read_to_end(&mut bytes)).await;
    bytes
}
