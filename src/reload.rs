//! Asking for the configuration to be loaded again, and being told what became of it. However many ask while it is being
//! loaded, it is loaded once more after that.
//!
//! Loads only: what is done with a new configuration is the exporter's matter.

use std::fmt;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::config::{Config, Loaded};

/// Requests that wait to be taken; beyond these, whoever asks waits too.
const WAITING: usize = 64;
const NOT_LOADED: &str = "loading the configuration failed; please report this";
const ENDING: &str = "the exporter is shutting down";

/// What became of it, or why nothing was changed.
type Answer = oneshot::Sender<Result<(), String>>;
type Load = dyn Fn() -> Result<Loaded, String> + Send + Sync;

/// For whoever may ask. Clones ask the same exporter.
#[derive(Debug, Clone)]
pub struct Requests(mpsc::Sender<Answer>);

impl Requests {
    /// Returns when the new configuration is in use.
    ///
    /// # Errors
    /// Why nothing was changed; without secrets.
    pub async fn ask(&self) -> Result<(), String> {
        let (answer, answered) = oneshot::channel();
        let gone = || ENDING.to_owned();
        self.0.send(answer).await.map_err(|_| gone())?;
        answered.await.unwrap_or_else(|_| Err(gone()))
    }

    /// Does not wait for what becomes of it.
    pub fn note(&self) {
        let (answer, _) = oneshot::channel();
        // If there is no room, the configuration will be loaded anyway.
        let _ = self.0.try_send(answer);
    }
}

/// For the exporter: what it is asked to change to.
pub struct Reloads {
    load: Arc<Load>,
    adopted: Box<dyn Fn(&Config) + Send + Sync>,
    requests: Requests,
    asked: mpsc::Receiver<Answer>,
    loading: Option<Loading>,
}

struct Loading {
    task: JoinHandle<Result<Loaded, String>>,
    answers: Vec<Answer>,
}

/// A configuration that was loaded because somebody asked for it, or why it cannot be used.
#[derive(Debug)]
pub struct Reload {
    pub loaded: Result<Loaded, String>,
    pub answers: Answers,
}

impl Reloads {
    /// `load` may block; `adopted` is called with each configuration that came into use.
    pub fn new(
        load: impl Fn() -> Result<Loaded, String> + Send + Sync + 'static,
        adopted: impl Fn(&Config) + Send + Sync + 'static,
    ) -> Self {
        let (sender, asked) = mpsc::channel(WAITING);
        let (load, adopted) = (Arc::new(load), Box::new(adopted));
        Self { load, adopted, requests: Requests(sender), asked, loading: None }
    }

    pub fn requests(&self) -> Requests {
        self.requests.clone()
    }

    /// Waits until somebody asks, and loads. What was begun goes on with the next call if this one is dropped.
    pub async fn next(&mut self) -> Reload {
        let loading = match &mut self.loading {
            Some(loading) => loading,
            None => {
                let mut answers = Vec::new();
                self.asked.recv_many(&mut answers, WAITING).await;
                let load = Arc::clone(&self.load);
                let task = tokio::task::spawn_blocking(move || load());
                self.loading.insert(Loading { task, answers })
            }
        };
        let loaded = (&mut loading.task).await.unwrap_or_else(|_| Err(NOT_LOADED.to_owned()));
        let answers = std::mem::take(&mut loading.answers);
        self.loading = None;
        Reload { loaded, answers: Answers(answers) }
    }

    pub fn adopted(&self, config: &Config) {
        (self.adopted)(config);
    }
}

/// Those who wait for the answer to one reload.
#[derive(Debug)]
pub struct Answers(Vec<Answer>);

impl Answers {
    pub fn send(self, outcome: &Result<(), String>) {
        for answer in self.0 {
            // Whoever hung up need not know.
            let _ = answer.send(outcome.clone());
        }
    }
}

impl fmt::Debug for Reloads {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Reloads").field("requests", &self.requests).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Counts how often it loads, and finds nothing usable.
    fn counted() -> (Arc<AtomicUsize>, Reloads) {
        let count = Arc::new(AtomicUsize::new(0));
        let loads = count.clone();
        let load = move || {
            loads.fetch_add(1, Ordering::SeqCst);
            Err("not usable".to_owned())
        };
        (count, Reloads::new(load, |_| ()))
    }

    fn ask(reloads: &Reloads) -> JoinHandle<Result<(), String>> {
        let requests = reloads.requests();
        tokio::spawn(async move { requests.ask().await })
    }

    async fn until_waiting(reloads: &Reloads, count: usize) {
        while reloads.asked.len() < count {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn many_who_ask_at_once_get_the_answer_to_one_loading() {
        let (count, mut reloads) = counted();
        let asked: Vec<_> = (0..WAITING).map(|_| ask(&reloads)).collect();
        until_waiting(&reloads, WAITING).await;
        let reload = reloads.next().await;
        assert_eq!(count.load(Ordering::SeqCst), 1);
        assert_eq!(reload.loaded.unwrap_err(), "not usable");
        reload.answers.send(&Ok(()));
        for asked in asked {
            assert_eq!(asked.await.unwrap(), Ok(()));
        }
    }

    #[tokio::test]
    async fn who_asks_while_it_is_loaded_gets_it_loaded_once_more() {
        let (count, mut reloads) = counted();
        reloads.requests().note();
        let first = reloads.next().await;
        reloads.requests().note();
        reloads.requests().note();
        first.answers.send(&Ok(()));
        reloads.next().await;
        assert_eq!(count.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_wait_that_is_dropped_loses_no_request() {
        let (_, mut reloads) = counted();
        let asked = ask(&reloads);
        until_waiting(&reloads, 1).await;
        // Polled once, which takes the request and begins to load.
        let dropped = tokio::time::timeout(std::time::Duration::ZERO, reloads.next()).await;
        let reload = match dropped {
            Ok(reload) => reload,
            Err(_) => reloads.next().await,
        };
        reload.answers.send(&Err("as it was".to_owned()));
        assert_eq!(asked.await.unwrap(), Err("as it was".to_owned()));
    }

    #[tokio::test]
    async fn who_asks_an_exporter_that_ends_is_told_so() {
        let (_, reloads) = counted();
        let requests = reloads.requests();
        drop(reloads);
        assert_eq!(requests.ask().await, Err(ENDING.to_owned()));
        requests.note();
    }
}
