//! Hands the stories of ended executions from the poll loop to the pushes that tell them, each once and in order.
//!
//! The poll loop asks what is still wanted, reads those stories with its next poll, and passes them on. The feed keeps
//! nothing but numbers: a destination that does not keep up makes the poll loop read no more for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::Key;
use crate::record::story::Story;
use crate::state::{State, Tenant};

/// Stories read but not yet sent, for each destination and signal.
const WAITING: usize = 64;

/// An ended execution by its number among those of its tenant.
#[derive(Debug)]
pub(super) struct Told {
    pub tenant: Arc<str>,
    pub number: u64,
    /// `None` if its rows are gone.
    pub story: Option<Arc<Story>>,
    /// Executions that are given up with it: those before it for which there was no room, and itself if it is gone.
    pub skipped: u64,
}

/// For each tenant, one past the number of the last ended execution that is done with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor(pub BTreeMap<Arc<str>, u64>);

impl Cursor {
    /// A restored cursor as far as it fits `state`. Without one, nothing that has ended before is wanted.
    pub fn continued(restored: Option<Self>, state: &State) -> Self {
        let known = state.tenants.iter().map(|(label, tenant)| {
            let next = tenant.ended.next();
            let at = match &restored {
                None => next,
                // A tenant that began anew numbers from 0 again.
                Some(Self(restored)) => restored.get(label).copied().filter(|at| *at <= next).unwrap_or(0),
            };
            (label.clone(), at)
        });
        Self(known.collect())
    }

    pub fn apply(&mut self, Self(newer): Self) {
        self.0.extend(newer);
    }
}

#[derive(Debug)]
struct Subscriber {
    key: Key,
    stories: mpsc::Sender<Told>,
    /// As `Cursor`, of what was handed on.
    handed: BTreeMap<Arc<str>, u64>,
}

#[derive(Debug, Default)]
pub struct Feed {
    subscribers: Vec<Subscriber>,
}

impl Feed {
    pub(super) fn subscribe(&mut self, key: Key, Cursor(handed): Cursor) -> mpsc::Receiver<Told> {
        let (stories, receiver) = mpsc::channel(WAITING);
        self.subscribers.push(Subscriber { key, stories, handed });
        receiver
    }

    /// Hands nothing more to those that are not `kept`.
    pub fn keep(&mut self, kept: impl Fn(&Key) -> bool) {
        self.subscribers.retain(|subscriber| kept(&subscriber.key));
    }

    /// Executions whose stories are to be read, by tenant: no more than there is room for.
    pub fn wanted(&self, tenants: &BTreeMap<Arc<str>, Arc<Tenant>>) -> BTreeMap<Arc<str>, Vec<Uuid>> {
        let mut wanted: BTreeMap<Arc<str>, Vec<Uuid>> = BTreeMap::new();
        for subscriber in &self.subscribers {
            let mut room = subscriber.stories.capacity();
            for (label, tenant) in tenants {
                let from = subscriber.handed_to(label, tenant);
                let ids: Vec<Uuid> = tenant.ended.after(from).map(|(_, id)| id).take(room).collect();
                room -= ids.len();
                if !ids.is_empty() {
                    wanted.entry(label.clone()).or_default().extend(ids);
                }
            }
        }
        for ids in wanted.values_mut() {
            let mut seen = BTreeSet::new();
            ids.retain(|id| seen.insert(*id));
        }
        wanted
    }

    /// Hands on what was read of a tenant; what was not read is wanted again.
    pub fn hand_on(&mut self, label: &Arc<str>, tenant: &Tenant, read: Vec<(Uuid, Option<Story>)>) {
        let read: BTreeMap<Uuid, Option<Arc<Story>>> =
            read.into_iter().map(|(id, story)| (id, story.map(Arc::new))).collect();
        for subscriber in &mut self.subscribers {
            subscriber.hand_on(label, tenant, &read);
        }
    }

    /// Tenants that are gone number from 0 again should they return.
    pub fn forget(&mut self, is_known: impl Fn(&str) -> bool) {
        for subscriber in &mut self.subscribers {
            subscriber.handed.retain(|label, _| is_known(label));
        }
    }
}

impl Subscriber {
    fn handed_to(&self, label: &str, tenant: &Tenant) -> u64 {
        self.handed.get(label).copied().filter(|at| *at <= tenant.ended.next()).unwrap_or(0)
    }

    fn hand_on(&mut self, label: &Arc<str>, tenant: &Tenant, read: &BTreeMap<Uuid, Option<Arc<Story>>>) {
        let mut next = self.handed_to(label, tenant);
        for (number, id) in tenant.ended.after(next) {
            let Some(story) = read.get(&id) else { break };
            let skipped = number.saturating_sub(next) + u64::from(story.is_none());
            let told = Told { tenant: label.clone(), number, story: story.clone(), skipped };
            if self.stories.try_send(told).is_err() {
                break;
            }
            next = number + 1;
        }
        self.handed.insert(label.clone(), next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Metrics;
    use crate::record::inquiry::ExecutionDetails;
    use crate::record::{Execution, ExecutionStatus, Identity, Origin, Position, Span, Timestamp};
    use crate::state::Settings;

    fn tenant(executions: u128) -> Tenant {
        let at = Timestamp(0);
        let identity = Identity::default();
        let position = Position {
            identity,
            clock: at,
            own_clock: at,
            now: at,
            xmin: 1,
            xmax: 2,
            locked: 0,
            replayed_at: None,
        };
        let metrics = Metrics::default();
        let settings = Settings { metrics: &metrics, overlap: Span::ZERO, keep_ended: true };
        let mut tenant = Tenant::new(&position, settings);
        (0..executions).for_each(|id| tenant.ended.count(Uuid::from_u128(id), true));
        tenant
    }

    fn story(id: Uuid) -> Story {
        let at = Timestamp(0);
        let execution = Execution {
            id,
            workflow: Arc::from("etl"),
            status: ExecutionStatus::Completed,
            origin: Origin::Unknown,
            created_at: at,
            updated_at: at,
            started_at: None,
            completed_at: None,
        };
        let details = ExecutionDetails {
            execution,
            version: Arc::from("1"),
            asked_by: None,
            error: None,
            paused_at: None,
            pause_reason: None,
        };
        Story {
            tenant: label(),
            execution: details,
            tasks: Vec::new(),
            events: Vec::new(),
            fires: Vec::new(),
        }
    }

    fn label() -> Arc<str> {
        Arc::from("tenant_a")
    }

    fn key(name: &str) -> Key {
        (Arc::from(name), "traces")
    }

    /// One round of the poll loop: reads what is wanted, of which `gone` has no rows, and hands it on.
    fn round(feed: &mut Feed, tenant: &Tenant, gone: Option<u128>) -> usize {
        let tenants = BTreeMap::from([(label(), Arc::new(tenant.clone()))]);
        let wanted = feed.wanted(&tenants).remove(&label()).unwrap_or_default();
        let is_gone = |id: &Uuid| gone.is_some_and(|gone| *id == Uuid::from_u128(gone));
        let read: Vec<_> = wanted.into_iter().map(|id| (id, (!is_gone(&id)).then(|| story(id)))).collect();
        let count = read.len();
        feed.hand_on(&label(), tenant, read);
        count
    }

    fn numbers(stories: &mut mpsc::Receiver<Told>) -> Vec<u64> {
        std::iter::from_fn(|| stories.try_recv().ok()).map(|told| told.number).collect()
    }

    #[test]
    fn each_execution_is_handed_on_once_and_in_order_to_each_subscriber() {
        let mut feed = Feed::default();
        let mut first = feed.subscribe(key("first"), Cursor::default());
        let mut second = feed.subscribe(key("a"), Cursor(BTreeMap::from([(label(), 2)])));
        assert_eq!(round(&mut feed, &tenant(3), None), 3, "both want the third, which is read once");
        assert_eq!(round(&mut feed, &tenant(5), None), 2);
        assert_eq!(numbers(&mut first), [0, 1, 2, 3, 4]);
        assert_eq!(numbers(&mut second), [2, 3, 4]);
        assert_eq!(round(&mut feed, &tenant(5), None), 0);
    }

    #[test]
    fn who_is_no_longer_kept_wants_nothing() {
        let mut feed = Feed::default();
        let mut first = feed.subscribe(key("first"), Cursor::default());
        let mut second = feed.subscribe(key("a"), Cursor(BTreeMap::from([(label(), 2)])));
        feed.keep(|(name, _)| **name == *"a");
        assert_eq!(round(&mut feed, &tenant(3), None), 1);
        assert_eq!((numbers(&mut first), numbers(&mut second)), (vec![], vec![2]));
    }

    #[test]
    fn no_more_is_wanted_than_there_is_room_for() {
        let mut feed = Feed::default();
        let mut stories = feed.subscribe(key("a"), Cursor::default());
        let tenant = tenant(WAITING as u128 + 3);
        assert_eq!(round(&mut feed, &tenant, None), WAITING);
        assert_eq!(round(&mut feed, &tenant, None), 0);
        assert_eq!(numbers(&mut stories).len(), WAITING);
        assert_eq!(round(&mut feed, &tenant, None), 3);
    }

    #[test]
    fn one_whose_rows_are_gone_counts_as_given_up_and_holds_up_none() {
        let mut feed = Feed::default();
        let mut stories = feed.subscribe(key("a"), Cursor::default());
        round(&mut feed, &tenant(3), Some(1));
        let told: Vec<_> = std::iter::from_fn(|| stories.try_recv().ok()).collect();
        let seen: Vec<_> =
            told.iter().map(|told| (told.number, told.story.is_some(), told.skipped)).collect();
        assert_eq!(seen, [(0, true, 0), (1, false, 1), (2, true, 0)]);
    }

    #[test]
    fn those_for_which_there_was_no_room_count_as_given_up() {
        let mut feed = Feed::default();
        let mut stories = feed.subscribe(key("a"), Cursor::default());
        let mut tenant = tenant(5);
        tenant.ended.forget_before(3);
        round(&mut feed, &tenant, None);
        assert_eq!(stories.try_recv().unwrap().skipped, 3);
        assert_eq!(stories.try_recv().unwrap().skipped, 0);
    }

    #[test]
    fn what_was_not_read_is_wanted_again_before_what_follows() {
        let mut feed = Feed::default();
        let mut stories = feed.subscribe(key("a"), Cursor::default());
        let tenant = tenant(3);
        feed.hand_on(&label(), &tenant, vec![(Uuid::from_u128(1), None)]);
        assert!(numbers(&mut stories).is_empty());
        assert_eq!(round(&mut feed, &tenant, None), 3);
    }

    #[test]
    fn a_tenant_that_began_anew_is_told_from_its_beginning() {
        let mut feed = Feed::default();
        let mut stories = feed.subscribe(key("a"), Cursor(BTreeMap::from([(label(), 7)])));
        assert_eq!(round(&mut feed, &tenant(2), None), 2);
        assert_eq!(numbers(&mut stories), [0, 1]);
    }

    #[test]
    fn a_new_destination_gets_nothing_that_ended_before_and_a_restored_one_goes_on() {
        let metrics = Metrics::default();
        let mut state = State::new(&metrics);
        state.tenants.insert(label(), Arc::new(tenant(4)));
        let at = |number| Cursor(BTreeMap::from([(label(), number)]));
        assert_eq!(Cursor::continued(None, &state), at(4));
        assert_eq!(Cursor::continued(Some(at(1)), &state), at(1));
        assert_eq!(Cursor::continued(Some(at(9)), &state), at(0), "the state is another one");
        assert_eq!(Cursor::continued(Some(Cursor::default()), &state), at(0), "a tenant that came later");
    }
}
