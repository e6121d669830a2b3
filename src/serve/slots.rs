//! Who stays when more connections come than may be held at once. Knows addresses and times, and nothing of HTTP.
//!
//! A new connection does not wait for one that only waits itself: a client that sends its headers byte by byte, or nothing
//! at all, would otherwise keep everybody out for as long as it may. It takes the place of another, by `choose`.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;

/// A connection has this long to send something before it may be ended for another: when many come at once, those in front
/// are heard too.
const HEARD: Duration = Duration::from_millis(20);
/// An answer under way has this long: scrapers that come all at once get theirs.
const SPARED: Duration = Duration::from_secs(1);
/// But a client has this long to take the next piece of it: a hundred that do not read would otherwise let only a hundred
/// others in each second, while more than that wait to be accepted.
const STALLED: Duration = Duration::from_millis(200);
/// How often it is told that connections run out, while they do.
const TOLD_EVERY: Duration = Duration::from_secs(60);

/// What a connection does, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// For a whole request, from the start of the connection or from the end of the last response.
    Waiting(Instant),
    /// From the end of a request's headers until the client has taken the response.
    Answering {
        since: Instant,
        /// When the last piece was taken; not counted from while there is none yet.
        moved: Option<Instant>,
    },
}

impl Phase {
    fn may_be_ended(self) -> Instant {
        match self {
            Self::Waiting(since) => since + HEARD,
            Self::Answering { since, moved: None } => since + SPARED,
            Self::Answering { since, moved: Some(moved) } => (since + SPARED).min(moved + STALLED),
        }
    }
}

/// The right to hold one connection, and where the connection says what it does.
pub(super) struct Slot {
    pub(super) phase: watch::Sender<Phase>,
    free: Arc<Semaphore>,
    _permit: OwnedSemaphorePermit,
}

impl Slot {
    /// Whether no other slot is free, so that idle connections must not be kept.
    pub(super) fn is_last(&self) -> bool {
        self.free.available_permits() == 0
    }
}

/// All connections. Dropping it cuts them off.
pub(super) struct Slots {
    free: Arc<Semaphore>,
    connections: JoinSet<()>,
    holders: Vec<Holder>,
    told: Option<Instant>,
    /// Since `told`.
    ended: u64,
}

struct Holder {
    origin: IpAddr,
    phase: watch::Receiver<Phase>,
    task: AbortHandle,
}

impl Slots {
    /// For `most` connections, but at least 1.
    pub(super) fn new(most: usize) -> Self {
        Self {
            free: Arc::new(Semaphore::new(most.clamp(1, Semaphore::MAX_PERMITS))),
            connections: JoinSet::new(),
            holders: Vec::new(),
            told: None,
            ended: 0,
        }
    }

    /// Runs a connection from `peer` as soon as a slot is free, for which another may be ended.
    pub(super) async fn take<F>(&mut self, peer: IpAddr, connection: impl FnOnce(Slot) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        while self.connections.try_join_next().is_some() {}
        self.holders.retain(|holder| !holder.task.is_finished());
        let permit = self.permit().await;
        let (phase, seen) = watch::channel(Phase::Waiting(Instant::now()));
        let slot = Slot { phase, free: Arc::clone(&self.free), _permit: permit };
        let task = self.connections.spawn(connection(slot));
        self.holders.push(Holder { origin: origin(peer), phase: seen, task });
    }

    async fn permit(&mut self) -> OwnedSemaphorePermit {
        loop {
            let free = Arc::clone(&self.free);
            if let Ok(permit) = free.clone().try_acquire_owned() {
                return permit;
            }
            let now = Instant::now();
            let held: Vec<_> =
                self.holders.iter().map(|holder| (holder.origin, *holder.phase.borrow())).collect();
            let until = match choose(&held, now) {
                Choice::End(index) => {
                    self.end(index, now);
                    // It goes as soon as the runtime gets to it.
                    now + SPARED
                }
                Choice::WaitUntil(at) => at,
            };
            if let Ok(permit) = tokio::time::timeout_at(until, free.acquire_owned()).await {
                return permit.expect("the semaphore is never closed");
            }
        }
    }

    fn end(&mut self, index: usize, now: Instant) {
        self.holders.swap_remove(index).task.abort();
        self.ended += 1;
        if self.told.is_none_or(|told| now >= told + TOLD_EVERY) {
            tracing::warn!(
                ended = self.ended,
                "connections run out, and the one that waited longest is ended for each new one; if these are scrapers, \
                 raise web.max_connections"
            );
            (self.told, self.ended) = (Some(now), 0);
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Choice {
    /// The connection with this index.
    End(usize),
    /// The one to be ended has time until then.
    WaitUntil(Instant),
}

/// Of the address with the most connections the one that has waited longest for its client, or else the answer that has
/// taken too long, or is the first to. So a crowd from one address is at its own expense.
fn choose(held: &[(IpAddr, Phase)], now: Instant) -> Choice {
    let mut crowds = HashMap::<IpAddr, usize>::new();
    for (origin, _) in held {
        *crowds.entry(*origin).or_default() += 1;
    }
    let rank = |(_, (origin, phase)): &(usize, &(IpAddr, Phase))| {
        (crowds.get(origin).copied(), matches!(phase, Phase::Waiting(_)), Reverse(phase.may_be_ended()))
    };
    let Some((index, (_, phase))) = held.iter().enumerate().max_by_key(rank) else {
        return Choice::WaitUntil(now + HEARD);
    };
    let until = phase.may_be_ended();
    if now >= until { Choice::End(index) } else { Choice::WaitUntil(until) }
}

/// Whom a connection counts for: an IPv6 network, since one machine has as many addresses of it as it likes.
fn origin(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
    const B: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));

    /// What is chosen at second 100 among connections that wait (`true`) or are answered since those milliseconds.
    fn chosen(held: &[(IpAddr, bool, u64)]) -> Result<usize, u64> {
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let held: Vec<_> = held
            .iter()
            .map(|&(origin, waits, since)| {
                let answering = Phase::Answering { since: at(since), moved: None };
                (origin, if waits { Phase::Waiting(at(since)) } else { answering })
            })
            .collect();
        match choose(&held, at(100_000)) {
            Choice::End(index) => Ok(index),
            Choice::WaitUntil(until) => Err(u64::try_from((until - start).as_millis()).unwrap()),
        }
    }

    #[test]
    fn of_one_address_the_one_that_waited_longest_is_ended() {
        assert_eq!(chosen(&[(A, true, 5000), (A, true, 1000), (A, true, 3000)]), Ok(1));
    }

    #[test]
    fn a_crowd_from_one_address_is_at_its_own_expense() {
        assert_eq!(chosen(&[(B, true, 0), (A, true, 90_001), (A, true, 90_000)]), Ok(2));
        assert_eq!(chosen(&[(B, true, 0), (A, false, 0), (A, false, 1)]), Ok(1));
        assert_eq!(chosen(&[(B, true, 0), (A, true, 99_995), (A, true, 99_996)]), Err(100_015));
    }

    #[test]
    fn an_answer_is_ended_after_those_that_wait_and_once_it_takes_long() {
        assert_eq!(chosen(&[(A, false, 0), (A, true, 99_980)]), Ok(1));
        assert_eq!(chosen(&[(A, false, 98_000), (A, false, 97_000), (A, false, 99_500)]), Ok(1));
        assert_eq!(chosen(&[(A, false, 99_000)]), Ok(0));
    }

    #[test]
    fn a_young_answer_or_connection_has_its_time() {
        assert_eq!(chosen(&[(A, false, 99_900), (B, false, 99_001)]), Err(100_001));
        assert_eq!(chosen(&[(A, true, 99_999), (A, true, 99_991)]), Err(100_011));
        assert_eq!(chosen(&[]), Err(100_020), "a permit is on its way back");
    }

    #[test]
    fn an_answer_that_is_not_read_is_ended_before_one_that_is_and_before_its_time() {
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let answer = |since, moved| (A, Phase::Answering { since: at(since), moved: Some(at(moved)) });
        let held = [answer(99_300, 99_950), answer(99_500, 99_800), answer(99_400, 99_900)];
        assert_eq!(choose(&held, at(100_000)), Choice::End(1));
        assert_eq!(choose(&held, at(99_999)), Choice::WaitUntil(at(100_000)));
        assert_eq!(choose(&held[..1], at(100_000)), Choice::WaitUntil(at(100_150)));
        assert_eq!(choose(&[answer(99_000, 99_950)], at(100_000)), Choice::End(0), "however fast it is read");
    }

    #[test]
    fn an_ipv6_network_is_one_address_and_a_mapped_address_is_itself() {
        let origin = |address: &str| origin(address.parse().unwrap()).to_string();
        assert_eq!(origin("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(origin("::ffff:10.0.0.1"), "10.0.0.1");
        assert_eq!(origin("10.0.0.1"), "10.0.0.1");
    }
}
