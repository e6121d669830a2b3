//! Runners that do the same at the same time: a retry of a long task, and a short execution, each in one transaction.

use futures_util::future::join_all;

use super::{Case, LIFE, merge, perform_at_once};
use crate::support::writer::engine::{Execution, Step};
use crate::support::writer::runner::Runner;
use crate::support::writer::truth::Truth;

pub struct Team {
    members: Vec<(Runner, Execution)>,
}

impl Team {
    /// Each with a task that runs.
    pub async fn new(case: &mut Case, size: usize) -> Self {
        let mut members = Vec::new();
        for number in 0..size {
            let mut runner = case.runner().await;
            let mut long = runner.plan(&format!("long{number}"), 1);
            runner.perform(&mut long, &[Step::Create, Step::ReadyAll, Step::Start(0)]).await;
            members.push((runner, long));
        }
        Self { members }
    }

    /// Returns when all have committed. `act` names the short executions.
    pub async fn act(&mut self, act: &str) {
        let acts = self.members.iter_mut().enumerate().map(|(number, (runner, long))| async move {
            runner.begin().await;
            perform_at_once(runner, long, &[Step::Retry(0), Step::Start(0)]).await;
            let mut short = runner.plan(&format!("{act}{number}"), 1);
            perform_at_once(runner, &mut short, &LIFE).await;
            runner.commit().await;
        });
        join_all(acts).await;
    }

    pub fn truth(&self) -> Truth {
        merge(self.members.iter().map(|(runner, _)| runner))
    }
}
