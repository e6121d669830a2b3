//! The healthy client: a new connection for each scrape, and as long as a scrape may take. On a thread of its own: it must
//! not wait behind the attackers for its own turn.
//!
//! It comes from the address that the attackers have too, or from one of its own.

use std::fmt;
use std::io::{Error, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::net::TcpSocket;
use tokio::runtime;

/// That of every client that chooses none.
pub const SHARED: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
pub const OWN: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

/// Prometheus's default.
pub const SCRAPE_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub struct Scraped {
    pub served: usize,
    /// Why each of the other scrapes failed.
    pub failed: Vec<String>,
    /// The most of them one after the other.
    pub failed_in_a_row: usize,
    pub slowest: Duration,
}

/// As in the table of docs/hardening.md.
impl fmt::Display for Scraped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { served, failed, slowest, .. } = self;
        write!(formatter, "{served} of {}, {slowest:.1?}", served + failed.len())
    }
}

/// Scrapes one after the other, with a pause in between.
pub struct Scraper {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Scraped>,
}

impl Scraper {
    pub fn start(from: IpAddr, target: SocketAddr, pause: Duration) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            let (mut scraped, mut in_a_row) = (Scraped::default(), 0);
            while !stopped.load(Ordering::Relaxed) {
                let began = Instant::now();
                match scrape(from, target) {
                    Ok(()) => {
                        scraped.served += 1;
                        in_a_row = 0;
                    }
                    Err(problem) => {
                        scraped.failed.push(problem);
                        in_a_row += 1;
                    }
                }
                scraped.failed_in_a_row = scraped.failed_in_a_row.max(in_a_row);
                scraped.slowest = scraped.slowest.max(began.elapsed());
                thread::sleep(pause);
            }
            scraped
        });
        Self { stop, thread }
    }

    /// Waits for the scrape under way.
    pub fn end(self) -> Scraped {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("a scraper does not panic")
    }
}

/// `/metrics`, with headers of Prometheus; fails if it does not come whole, and in time.
fn scrape(from: IpAddr, target: SocketAddr) -> Result<(), String> {
    let began = Instant::now();
    let mut page = Vec::new();
    let asked = ask(from, target, &mut page, began + SCRAPE_TIMEOUT);
    let whole = page.starts_with(b"HTTP/1.1 200 ") && page.ends_with(b"# EOF\n");
    if asked.is_ok() && whole && began.elapsed() <= SCRAPE_TIMEOUT {
        return Ok(());
    }
    Err(format!("{} bytes after {:.1?}, {asked:?}", page.len(), began.elapsed()))
}

fn ask(from: IpAddr, target: SocketAddr, page: &mut Vec<u8>, until: Instant) -> Result<(), Error> {
    let mut stream = connect(from, target)?;
    stream.write_all(
        b"GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: application/openmetrics-text;version=1.0.0\r\n\
          Accept-Encoding: identity\r\nConnection: close\r\n\r\n",
    )?;
    let mut piece = [0; 64 << 10];
    loop {
        let left = until.saturating_duration_since(Instant::now());
        stream.set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
        match stream.read(&mut piece)? {
            0 => return Ok(()),
            length => page.extend(&piece[..length]),
        }
    }
}

/// The standard library cannot choose the address to connect from.
fn connect(from: IpAddr, target: SocketAddr) -> Result<TcpStream, Error> {
    let connecting = async {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::new(from, 0))?;
        tokio::time::timeout(SCRAPE_TIMEOUT, socket.connect(target)).await?
    };
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let stream = runtime.block_on(async { connecting.await?.into_std() })?;
    stream.set_nonblocking(false)?;
    Ok(stream)
}
