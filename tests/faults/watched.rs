//! An exporter that is looked at all the time: it must answer as long as it is to be alive, and no counter may fall.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::{AbortHandle, spawn_local};

use crate::support::exporter::Exporter;
use crate::support::exposition::{Exposition, Series};
use crate::support::http;
use crate::support::totals::Totals;
use crate::support::writer::truth::Truth;

const UP: &str = "cloacina_state_up";
const ERRORS: &str = "cloacina_exporter_poll_errors_total";
pub const LAST_POLL: &str = "cloacina_state_last_poll_timestamp_seconds";
/// Far above what anything here takes: polls are put off by seconds after failures, tenants looked for every ten.
const PATIENCE: Duration = Duration::from_secs(45);
/// How often the page is looked at all the time, and how often for something that is waited for.
const LOOK: Duration = Duration::from_millis(300);
const PAUSE: Duration = Duration::from_millis(100);

pub struct Watched {
    pub exporter: Exporter,
    observed: Rc<Observed>,
    observing: AbortHandle,
}

#[derive(Default)]
struct Observed {
    alive: Cell<bool>,
    highest: RefCell<BTreeMap<Series, f64>>,
    wrong: RefCell<Vec<String>>,
    answers: Cell<u64>,
}

impl Watched {
    pub async fn start(starter: &[String], configuration: &Path) -> Self {
        let arguments = ["--config.file", configuration.to_str().expect("the path is UTF-8")];
        let exporter = Exporter::start_by(starter, &arguments).await;
        let observed = Rc::<Observed>::default();
        observed.alive.set(true);
        let observing = spawn_local(observe(exporter.address(), Rc::clone(&observed))).abort_handle();
        Self { exporter, observed, observing }
    }

    pub async fn page(&self) -> Exposition {
        self.exporter.metrics().await
    }

    /// Waits until the page satisfies `condition`; returns it.
    pub async fn until(&mut self, what: &str, condition: impl Fn(&Exposition) -> bool) -> Exposition {
        let started = Instant::now();
        loop {
            let page = self.page().await;
            if condition(&page) {
                return page;
            }
            assert!(started.elapsed() < PATIENCE, "waited for {what}; the log:\n{}", self.exporter.log());
            tokio::time::sleep(PAUSE).await;
        }
    }

    pub async fn until_up(&mut self, tenant: &str) -> f64 {
        let began = Instant::now();
        self.until("up", |page| is_up(page, tenant)).await;
        began.elapsed().as_secs_f64()
    }

    /// Waits until the tenant is down for `reason`, and sees that it keeps its values and its last good poll; returns how
    /// many seconds it took.
    pub async fn until_down(&mut self, tenant: &str, reason: &str) -> f64 {
        let began = Instant::now();
        let labels = [("tenant", tenant), ("reason", reason)];
        let is_down = |page: &Exposition| {
            page.get(UP, &[("tenant", tenant)]) == Some(0.0) && page.sum(ERRORS, &labels) > 0.0
        };
        let page = self.until(&format!("down for {reason}"), is_down).await;
        let took = began.elapsed().as_secs_f64();
        let again = self.page().await;
        let kept = |page: &Exposition| {
            let ended =
                page.totals("cloacina_state_workflow_executions_total", tenant, &["workflow", "status"]);
            (page.get(LAST_POLL, &[("tenant", tenant)]), ended)
        };
        // Unless it came up between the two.
        assert!(is_up(&again, tenant) || kept(&again) == kept(&page), "a failed poll changed something");
        took
    }

    /// Waits until a poll that began after this was called has read everything.
    pub async fn until_polled(&mut self, tenant: &str) {
        let labels = [("tenant", tenant)];
        let page = self.page().await;
        let mut last = page.get(LAST_POLL, &labels);
        // The first may have begun before.
        for _ in 0..2 {
            let page = self.until("a good poll", |page| page.get(LAST_POLL, &labels) != last).await;
            last = page.get(LAST_POLL, &labels);
        }
    }

    /// Waits until exactly `truth` has counted, and sees that a poll later it is still so; returns the counts.
    pub async fn until_counted(&mut self, truth: &Truth, tenant: &str) -> Totals {
        let totals = Totals::of_truth(truth);
        let started = Instant::now();
        loop {
            let difference = totals.difference(&Totals::of_page(&self.page().await));
            if difference.is_empty() {
                break;
            }
            assert!(started.elapsed() < PATIENCE, "{difference}\n{}", self.exporter.log());
            tokio::time::sleep(PAUSE).await;
        }
        self.until_polled(tenant).await;
        assert_eq!(totals.difference(&Totals::of_page(&self.page().await)), "", "later");
        totals
    }

    pub fn kill(&mut self) {
        self.observed.alive.set(false);
        self.exporter.kill();
    }

    pub fn terminate(&mut self) -> i32 {
        self.observed.alive.set(false);
        self.exporter.terminate()
    }

    pub async fn start_again(&mut self) {
        self.exporter.start_again().await;
        self.observed.alive.set(true);
    }

    /// From now on counters may be lower than they were.
    pub fn forget(&self) {
        self.observed.highest.borrow_mut().clear();
    }

    /// # Panics
    /// If it ever did not answer, or a counter fell.
    pub fn finish(self) {
        let wrong = self.observed.wrong.take();
        assert!(wrong.is_empty(), "{wrong:?}");
        assert!(self.observed.answers.get() > 3, "it was looked at");
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.observing.abort();
    }
}

pub fn is_up(page: &Exposition, tenant: &str) -> bool {
    page.get(UP, &[("tenant", tenant)]) == Some(1.0)
}

pub fn errors(page: &Exposition, tenant: &str) -> f64 {
    page.sum(ERRORS, &[("tenant", tenant)])
}

async fn observe(address: SocketAddr, observed: Rc<Observed>) {
    loop {
        let alive = observed.alive.get();
        let answer = http::get(address, "/metrics").await.filter(|page| page.status == 200);
        let whole = answer.and_then(|page| Exposition::parse(page.text()).ok());
        // A page may be cut short by a kill.
        match whole {
            Some(page) => observed.compare(page),
            None if alive && observed.alive.get() => observed.wrong.borrow_mut().push("no answer".to_owned()),
            None => {}
        }
        tokio::time::sleep(LOOK).await;
    }
}

impl Observed {
    fn compare(&self, page: Exposition) {
        self.answers.set(self.answers.get() + 1);
        let counters = page.samples.into_iter().filter(|(series, _)| {
            series.name.starts_with("cloacina_state_") && series.name.ends_with("_total")
        });
        for (series, value) in counters {
            let before = self.highest.borrow_mut().insert(series.clone(), value).unwrap_or(0.0);
            if before > value {
                self.wrong.borrow_mut().push(format!("{series:?}: {before}, then {value}"));
            }
        }
    }
}
