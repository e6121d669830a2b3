//! All incidents at once on one stage, the healthy tenant beside them, and the last one after them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::join_all;

use crate::engine::Engine;
use crate::incident::{Actor, Incident, Scene};
use crate::judge::{Times, Verdict, judge};
use crate::stage::{Stage, database, schema_of};

pub struct Play {
    pub stage: Rc<Stage>,
    tenants: Vec<&'static Incident>,
    engines: RefCell<BTreeMap<&'static str, Engine>>,
    acts: RefCell<Vec<(&'static Incident, Rc<Cell<Option<Times>>>)>>,
    over: Rc<Cell<bool>>,
    panics: RefCell<Vec<String>>,
}

impl Play {
    /// Makes all tables, those of the engine by the engine.
    pub async fn prepare(
        speed: f64,
        incidents: &[&'static Incident],
        healthy: &'static Incident,
    ) -> Self {
        let tenants: Vec<_> = incidents.iter().copied().chain([healthy]).collect();
        let by_rows = tenants.iter().filter(|incident| incident.actor == Actor::Rows);
        let by_rows: Vec<_> = by_rows.map(|incident| incident.tenant).collect();
        let stage = Stage::build(speed, &by_rows).await;
        let mut engines = BTreeMap::new();
        for incident in &tenants {
            if let Actor::Engine(flags) = incident.actor {
                engines.insert(incident.tenant, Engine::start(&stage, incident.tenant, flags).await);
            }
        }
        Self {
            stage: Rc::new(stage),
            tenants,
            engines: RefCell::new(engines),
            acts: RefCell::default(),
            over: Rc::default(),
            panics: RefCell::default(),
        }
    }

    pub async fn watch(&mut self, rules: &[String], routes: &str) {
        let labels: Vec<_> = self.tenants.iter().map(|incident| incident.tenant).collect();
        self.stage.watch(&labels, rules, routes).await;
    }

    /// Until all is cleared, or given up.
    pub async fn perform(&self, incidents: &[&'static Incident], last: &'static Incident) {
        let healthy = *self.tenants.last().expect("the healthy one is the last");
        let acts = async {
            join_all(incidents.iter().map(|incident| self.act(incident))).await;
            self.act(last).await;
            self.over.set(true);
        };
        tokio::join!(acts, self.act(healthy));
    }

    async fn act(&self, incident: &'static Incident) {
        let times = Rc::new(Cell::new(None));
        self.acts.borrow_mut().push((incident, times.clone()));
        let scene = Scene {
            stage: self.stage.clone(),
            incident,
            engine: RefCell::new(self.engines.borrow_mut().remove(incident.tenant)),
            times,
            over: self.over.clone(),
        };
        let steps = AssertUnwindSafe((incident.steps)(scene)).catch_unwind().await;
        if let Err(panic) = steps {
            let text = panic.downcast_ref::<String>().map_or("", String::as_str);
            self.panics.borrow_mut().push(format!("{}: its steps failed: {text}", incident.name));
        }
        if !incident.tenant.is_empty() {
            self.leave(incident.tenant).await;
        }
        eprintln!("{:6.1} s: {} is over", self.stage.now(), incident.name);
    }

    /// Nobody keeps these schedules any more.
    async fn leave(&self, tenant: &str) {
        let disable = format!("UPDATE {}.schedules SET enabled = false", schema_of(tenant));
        self.stage.cluster.execute(database(tenant), &disable).await;
    }

    /// In the order of the incidents, and at the end whatever was said of what is no incident.
    pub fn judge(&self) -> Vec<(&'static Incident, Verdict)> {
        let acts = self.acts.borrow();
        let verdict = |(incident, times): &(&'static Incident, Rc<Cell<Option<Times>>>)| {
            let notices = self.stage.notices(incident.tenant);
            (*incident, judge(incident.must, incident.may, times.get(), &notices))
        };
        acts.iter().map(verdict).collect()
    }

    pub fn panics(&self) -> Vec<String> {
        self.panics.borrow().clone()
    }
}
