//! An incident as a value, and the scene on which its steps are taken.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::engine::Engine;
use crate::judge::{self, May, Must, Times};
use crate::rows::Rows;
use crate::stage::{Stage, schema_of};

/// Within this time of the rules whatever a fault leads to is told: a fire counts as missed 2 minutes after the engine moved
/// past it, and Alertmanager adds to a message after 5.
const SETTLED: f64 = 600.0;
/// At full speed: longer than any alert takes to fire, or to clear; an increase over an hour is the slowest.
const PATIENCE: f64 = 90.0 * 60.0;
/// For a step of a story: longer than the minute after which the exporter looks for the fires of triggers.
const STEP: Duration = Duration::from_secs(120);
/// How often is looked for notices.
const LOOK: Duration = Duration::from_millis(100);

/// Where the exporter looks, or tries again, once a minute at whatever speed; the rest is Alertmanager's five minutes.
pub const OWN_MINUTE: &str = "at most 7 min";

pub struct Incident {
    pub name: &'static str,
    /// The label of the tenant that it happens to: a database and a schema; "" for the exporter itself.
    pub tenant: &'static str,
    pub actor: Actor,
    pub must: &'static [Must],
    pub may: &'static [May],
    /// Said of the time to clearing at full speed, where it cannot be worked out.
    pub clears: Option<&'static str>,
    pub steps: fn(Scene) -> Steps,
}

pub type Steps = Pin<Box<dyn Future<Output = ()>>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// Rows as the engine writes them.
    Rows,
    /// The real engine, with these flags.
    Engine(&'static [&'static str]),
}

/// What an incident is told and given.
pub struct Scene {
    pub stage: Rc<Stage>,
    pub incident: &'static Incident,
    /// Set for the real engine.
    pub engine: RefCell<Option<Engine>>,
    pub times: Rc<Cell<Option<Times>>>,
    /// Set once all incidents are.
    pub over: Rc<Cell<bool>>,
}

impl Incident {
    pub fn schema(&self) -> &'static str {
        schema_of(self.tenant)
    }
}

impl Scene {
    /// The rows of the tenant, and whoever keeps its schedules.
    pub async fn rows(&self) -> Rows {
        Rows::connect(&self.stage.url(self.incident.tenant), self.incident.schema()).await
    }

    /// The engine that was started before the exporter.
    pub fn take_engine(&self) -> Engine {
        self.engine.borrow_mut().take().expect("the incident is one of the engine")
    }

    /// Another process of the engine on the same schema.
    pub async fn another_engine(&self, flags: &[&str]) -> Engine {
        Engine::start(&self.stage, self.incident.tenant, flags).await
    }

    /// Whatever fires from now on may be due to the fault.
    pub fn began(&self) {
        let (mended, ended) = (f64::INFINITY, f64::INFINITY);
        self.times.set(Some(Times { began: self.stage.now(), mended, ended }));
    }

    pub fn mended(&self) {
        let times = self.times.get().expect("it began");
        self.times.set(Some(Times { mended: self.stage.now(), ..times }));
    }

    /// Until all alerts that must fire have been notified, or it is sure that one will not.
    pub async fn alerted(&self) {
        let began = self.times.get().expect("it began").began;
        self.until(|notices| {
            let told = |must: &Must| {
                notices.iter().any(|notice| notice.firing && notice.at >= began && notice.is(must))
            };
            self.incident.must.iter().all(told)
        })
        .await;
    }

    /// Until no alert about the tenant is firing, nor one to come of what was mended, or it is sure that one will not clear.
    pub async fn cleared(&self) {
        let mended = self.times.get().expect("it began").mended;
        self.until(|notices| {
            let newest = notices.iter().map(|notice| notice.at).fold(mended, f64::max);
            let is_settled = self.stage.now() > newest + SETTLED / self.stage.speed;
            judge::firing(notices).is_empty() && is_settled
        })
        .await;
        let times = self.times.get().expect("it began");
        self.times.set(Some(Times { ended: self.stage.now(), ..times }));
    }

    /// Until an instant query, in which `T` stands for the tenant's matcher, has an answer.
    ///
    /// # Panics
    /// If that takes longer than any step of a story may.
    pub async fn until_value(&self, expression: &str) {
        let matcher = format!("tenant=\"{}\"", self.incident.tenant);
        let expression = expression.replace("{T", &format!("{{{matcher}"));
        let started = Instant::now();
        while self.stage.value(&expression).await.is_none() {
            assert!(started.elapsed() < STEP, "waited {STEP:?} for {expression}");
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Until nothing more happens to anybody.
    pub async fn over(&self) {
        while !self.over.get() {
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn until(&self, done: impl Fn(&[judge::Notice]) -> bool) {
        let patience = self.stage.now() + PATIENCE / self.stage.speed;
        while !done(&self.stage.notices(self.incident.tenant)) && self.stage.now() < patience {
            tokio::time::sleep(LOOK).await;
        }
    }
}
