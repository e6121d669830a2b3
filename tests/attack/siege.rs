//! One attack for a time, with scrapes beside it, and what was seen.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::hostile::Attack;
use super::scraper::{self, Scraped, Scraper};
use super::target::Target;

#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub clients: usize,
    pub lasts: Duration,
    /// Between two scrapes.
    pub pause: Duration,
}

#[derive(Debug)]
pub struct Seen {
    /// Visits of hostile clients.
    pub visits: u64,
    /// By the scraper that has the attackers' address, and by the one that has its own.
    pub shared: Scraped,
    pub own: Scraped,
    pub most_resident: u64,
    pub most_files: usize,
}

impl Seen {
    pub fn row(&self, name: &str) -> String {
        format!(
            "| {name} | {} | {} | {} | {} MB | {} |",
            self.visits,
            self.shared,
            self.own,
            self.most_resident >> 20,
            self.most_files
        )
    }
}

/// Each client visits again and again until the time is over and the last scrapes have their answers.
pub async fn lay(target: &Target, attack: &Attack, size: Size) -> Seen {
    let address = target.exporter.address();
    let visits = Arc::new(AtomicU64::new(0));
    let mut clients = JoinSet::new();
    for client in 0..size.clients {
        let (visit, visits) = (attack.visit, Arc::clone(&visits));
        clients.spawn(async move {
            for turn in 0.. {
                visits.fetch_add(1, Ordering::Relaxed);
                let _ = visit(address, client as u64 * 1_000_000 + turn).await;
                // A machine has only so many ports, and a closed connection keeps one for a while.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
    }
    let scrapers = [scraper::SHARED, scraper::OWN].map(|from| Scraper::start(from, address, size.pause));
    let (mut most_resident, mut most_files) = (0, 0);
    let began = Instant::now();
    while began.elapsed() < size.lasts {
        most_resident = most_resident.max(target.resident_bytes());
        most_files = most_files.max(target.open_files());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let [shared, own] = tokio::task::spawn_blocking(|| scrapers.map(Scraper::end)).await.unwrap();
    clients.shutdown().await;
    Seen { visits: visits.load(Ordering::Relaxed), shared, own, most_resident, most_files }
}
