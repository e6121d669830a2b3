//! Where the poll loop leaves its snapshots and the server finds them, with the bodies encoded from each. Knows no HTTP.

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, ArcSwapOption};
use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::body::Bytes;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::guard::View;
use crate::encode::{self, Format, Options};
use crate::snapshot::Snapshot;

/// Hands snapshots from the loop that takes them to the scrapes that read them. Clones share everything.
#[derive(Debug, Clone)]
pub struct Publisher(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    published: ArcSwapOption<Published>,
    carried_through: AtomicU64,
    beat: ArcSwap<Instant>,
}

impl Publisher {
    /// Nothing is published yet, and the loop counts as alive from now.
    pub fn new() -> Self {
        Self(Arc::new(Shared {
            published: ArcSwapOption::empty(),
            carried_through: AtomicU64::new(0),
            beat: ArcSwap::from_pointee(Instant::now()),
        }))
    }

    /// Replaces the snapshot that scrapes are answered with; responses under way keep theirs.
    pub fn publish(&self, snapshot: Arc<Snapshot>) {
        self.0.published.store(Some(Arc::new(Published {
            snapshot,
            bodies: Default::default(),
            turn: Default::default(),
        })));
    }

    pub fn current(&self) -> Option<Arc<Snapshot>> {
        self.published().map(|published| Arc::clone(&published.snapshot))
    }

    /// The highest `Snapshot::sequence` that a `GET` or a push has carried whole; 0 if none has.
    ///
    /// Whole means that all of the body but what fits the server's and the kernel's send buffers was taken by the
    /// client: whether it read the rest too cannot be known.
    pub fn carried_through(&self) -> u64 {
        self.0.carried_through.load(Ordering::Acquire)
    }

    /// To be called each time round the poll loop.
    pub fn beat(&self, at: Instant) {
        self.0.beat.store(Arc::new(at));
    }

    pub(super) fn since_beat(&self) -> Duration {
        self.0.beat.load().elapsed()
    }

    pub(super) fn published(&self) -> Option<Arc<Published>> {
        self.0.published.load_full()
    }

    /// To be called when a scrape, or a push, has carried the snapshot of that sequence whole.
    pub fn carried(&self, sequence: u64) {
        self.0.carried_through.fetch_max(sequence, Ordering::AcqRel);
    }
}

impl Default for Publisher {
    fn default() -> Self {
        Self::new()
    }
}

/// A snapshot and its bodies, each encoded when it is first asked for and freed with the snapshot.
#[derive(Debug)]
pub(super) struct Published {
    snapshot: Arc<Snapshot>,
    bodies: [OnceLock<Bytes>; Format::ALL.len() * 2],
    turn: Arc<Mutex<()>>,
}

impl Published {
    pub(super) fn sequence(&self) -> u64 {
        self.snapshot.sequence
    }

    /// The body of a part of the snapshot, encoded anew each time.
    pub(super) fn encode_part(&self, view: &View, format: Format, gzip: bool, options: Options) -> Bytes {
        let part = self.snapshot.with_label(View::LABEL, |tenant| view.shows(tenant));
        if gzip {
            compress(|encoder| encode::write(&part, format, options, encoder))
        } else {
            exact(encode::encode(&part, format, options))
        }
    }

    /// The body if it is there already.
    pub(super) fn encoded(&self, format: Format, gzip: bool) -> Option<Bytes> {
        self.bodies[index(format, gzip)].get().cloned()
    }

    /// To be held while a body is encoded. Those who wait for one then hold no thread each, whose memory would stay
    /// allocated; and a client that hangs up meanwhile does not let another begin anew.
    pub(super) async fn turn(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.turn).lock_owned().await
    }

    /// The body, encoded if need be. Blocks for as long as that takes; whoever asks meanwhile waits for the same body.
    pub(super) fn encode(&self, format: Format, gzip: bool, options: Options) -> Bytes {
        let body = self.bodies[index(format, gzip)].get_or_init(|| {
            // A plain body is not kept for the sake of the compressed one: most scrapers only ever ask for the latter.
            let plain = self.encoded(format, false);
            match (gzip, plain) {
                (false, _) => exact(encode::encode(&self.snapshot, format, options)),
                (true, Some(plain)) => compress(|encoder| encoder.write_all(&plain)),
                (true, None) => compress(|encoder| encode::write(&self.snapshot, format, options, encoder)),
            }
        });
        body.clone()
    }
}

const fn index(format: Format, gzip: bool) -> usize {
    format as usize * 2 + gzip as usize
}

/// The fastest level: pages are so repetitive that it comes close to the best, in a fraction of the time.
fn compress(write: impl FnOnce(&mut GzEncoder<Vec<u8>>) -> io::Result<()>) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let finished = write(&mut encoder).and_then(|()| encoder.finish());
    exact(finished.expect("writing to a Vec cannot fail"))
}

/// Without the spare capacity, which would stay allocated as long as the body.
fn exact(mut body: Vec<u8>) -> Bytes {
    body.shrink_to_fit();
    Bytes::from(body)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::sync::Barrier;
    use std::thread;

    use super::*;
    use crate::record::Timestamp;

    const OPTIONS: Options = Options { created_samples: true };

    fn publisher(sequence: u64) -> Publisher {
        let publisher = Publisher::new();
        let snapshot = Snapshot { sequence, taken_at: Timestamp(0), families: vec![] };
        publisher.publish(Arc::new(snapshot));
        publisher
    }

    #[test]
    fn every_format_and_compression_has_a_slot_of_its_own() {
        let slots = Format::ALL.map(|format| [index(format, false), index(format, true)]);
        assert_eq!(slots.concat(), [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn scrapes_at_the_same_time_share_one_encoded_body() {
        let published = publisher(1).published().unwrap();
        let barrier = Barrier::new(8);
        let addresses: Vec<usize> = thread::scope(|scope| {
            let scrape = || {
                barrier.wait();
                published.encode(Format::OpenMetrics, true, OPTIONS).as_ptr() as usize
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(scrape)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let kept = published.encoded(Format::OpenMetrics, true).unwrap().as_ptr() as usize;
        assert_eq!(addresses, vec![kept; 8]);
    }

    #[test]
    fn a_compressed_scrape_leaves_no_plain_body_behind() {
        let published = publisher(1).published().unwrap();
        let body = published.encode(Format::OpenMetrics, true, OPTIONS);
        let mut text = String::new();
        flate2::read::GzDecoder::new(&body[..]).read_to_string(&mut text).unwrap();
        assert_eq!(text, "# EOF\n");
        assert_eq!(published.encoded(Format::OpenMetrics, false), None);
    }

    #[test]
    fn a_new_snapshot_replaces_the_bodies_but_not_those_in_use() {
        let publisher = publisher(1);
        let first = publisher.published().unwrap();
        first.encode(Format::Text, false, OPTIONS);
        publisher.publish(Arc::new(Snapshot { sequence: 2, taken_at: Timestamp(0), families: vec![] }));
        assert_eq!(publisher.published().unwrap().encoded(Format::Text, false), None);
        assert!(first.encoded(Format::Text, false).is_some());
        assert_eq!(publisher.current().unwrap().sequence, 2);
    }

    #[test]
    fn the_carried_sequence_never_falls() {
        let publisher = publisher(5);
        assert_eq!(publisher.carried_through(), 0);
        publisher.carried(4);
        publisher.carried(3);
        assert_eq!(publisher.carried_through(), 4);
    }
}
