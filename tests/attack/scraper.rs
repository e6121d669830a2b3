//! The healthy client: a new connection for each scrape, and as long as a scrape may take. On a thread of its own: it must
//! not wait behind the attackers for its own turn.

use std::io::{Error, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Prometheus's default.
pub const SCRAPE_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub struct Scraped {
    pub served: usize,
    /// Why each of the other scrapes failed.
    pub failed: Vec<String>,
    pub slowest: Duration,
}

/// Scrapes one after the other, with a pause in between.
pub struct Scraper {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Scraped>,
}

impl Scraper {
    pub fn start(target: SocketAddr, pause: Duration) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            let mut scraped = Scraped::default();
            while !stopped.load(Ordering::Relaxed) {
                let began = Instant::now();
                match scrape(target) {
                    Ok(()) => scraped.served += 1,
                    Err(problem) => scraped.failed.push(problem),
                }
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
fn scrape(target: SocketAddr) -> Result<(), String> {
    let began = Instant::now();
    let mut page = Vec::new();
    let asked = ask(target, &mut page, began + SCRAPE_TIMEOUT);
    let whole = page.starts_with(b"HTTP/1.1 200 ") && page.ends_with(b"# EOF\n");
    if asked.is_ok() && whole && began.elapsed() <= SCRAPE_TIMEOUT {
        return Ok(());
    }
    Err(format!("{} bytes after {:.1?}, {asked:?}", page.len(), began.elapsed()))
}

fn ask(target: SocketAddr, page: &mut Vec<u8>, until: Instant) -> Result<(), Error> {
    let mut stream = TcpStream::connect_timeout(&target, SCRAPE_TIMEOUT)?;
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
