//! All incidents at once on one stage, the healthy tenant beside them, and the last one after them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;

use crate::engine::Engine;
use crate::incident::{Actor, Incident, Scene};
use crate::judge::{Times, Verdict, judge};
use crate::stage::{Stage, database, schema_of};

/// An incident, and when it began and was mended.
type Act = (&'static Incident, Rc<Cell<Option<Times>>>);

pub struct Play {
    pub stage: Rc<Stage>,
    engines: RefCell<BTreeMap<&'static str, Engine>>,
    acts: RefCell<Vec<Act>>,
    over: Rc<Cell<bool>>,
    panics: RefCell<Vec<String>>,
}

impl Play {
    /// Makes all tables, those of the engine by the engine, and starts what looks at them, with `rules`.
    pub async fn prepare(speed: f64, tenants: &[&'static Incident], rules: &[String], routes: &str) -> Self {
        let by_rows = tenants.iter().filter(|incident| incident.actor == Actor::Rows);
        let by_rows: Vec<_> = by_rows.map(|incident| incident.tenant).collect();
        let stage = Stage::build(speed, &by_rows).await;
        let mut engines = BTreeMap::new();
        for incident in tenants {
            if let Actor::Engine(flags) = incident.actor {
                engines.insert(incident.tenant, Engine::start(&stage, incident.tenant, flags).await);
            }
        }
        let labels: Vec<_> = tenants.iter().map(|incident| incident.tenant).collect();
        stage.watch(&labels, rules, routes).await;
        Self {
            stage: Rc::new(stage),
            engines: RefCell::new(engines),
            acts: RefCell::default(),
            over: Rc::default(),
            panics: RefCell::default(),
        }
    }

    /// `incidents` together, then `last`, with `healthy` beside them all; until all is cleared, or given up.
    pub async fn perform(
        &self,
        incidents: &[&'static Incident],
        last: &'static Incident,
        healthy: &'static Incident,
    ) {
        let acts = async {
            join_all(incidents.iter().map(|incident| self.act(incident))).await;
            self.act(last).await;
            self.over.set(true);
        };
        tokio::join!(acts, self.act(healthy));
    }

    /// What is well goes on for `duration`.
    pub async fn endure(&self, healthy: &[&'static Incident], duration: Duration) {
        let end = async {
            tokio::time::sleep(duration).await;
            self.over.set(true);
        };
        tokio::join!(end, join_all(healthy.iter().map(|incident| self.act(incident))));
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
        println!("{:6.1} s: {} is over", self.stage.now(), incident.name);
    }

    /// Nobody keeps these schedules any more.
    async fn leave(&self, tenant: &str) {
        let disable = format!("UPDATE {}.schedules SET enabled = false", schema_of(tenant));
        self.stage.cluster.execute(database(tenant), &disable).await;
    }

    /// In the order in which they began.
    pub fn judge(&self) -> Vec<(&'static Incident, Verdict)> {
        let acts = self.acts.borrow();
        let verdict = |(incident, times): &Act| {
            let notices = self.stage.notices(incident.tenant);
            (*incident, judge(incident.must, incident.may, times.get(), &notices))
        };
        acts.iter().map(verdict).collect()
    }

    /// All that is wrong: what the verdicts say, steps that could not be taken, and alerts about nobody known.
    pub fn faults(&self, results: &[(&Incident, Verdict)]) -> Vec<String> {
        let of = |(incident, verdict): &(&Incident, Verdict)| {
            let name = incident.name;
            verdict.faults.iter().map(|fault| format!("{name}: {fault}")).collect::<Vec<_>>()
        };
        let mut faults: Vec<_> = results.iter().flat_map(of).collect();
        faults.extend(self.panics.borrow().clone());
        let known: Vec<_> = results.iter().map(|(incident, _)| incident.tenant).collect();
        let strangers = self.stage.all_notices();
        let strangers = strangers.iter().filter(|notice| notice.firing && !known.contains(&notice.tenant()));
        faults.extend(strangers.map(|notice| format!("FALSE {:?}", notice.labels)));
        faults
    }
}
