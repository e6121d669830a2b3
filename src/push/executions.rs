//! Pushes the traces, or the failures, of ended executions to one destination.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use super::feed::{Cursor, Told};
use super::journal::Journal;
use super::report::Report;
use super::sender::{Failure, Request, Sender};
use super::{Outcome, Role};
use crate::clock;
use crate::config::{Exporter, Signal};
use crate::encode::otlp::{self, Resource};
use crate::record::story::Story;
use crate::trace;

/// Executions sent together.
const BATCH: usize = 64;
/// Between two attempts to send a batch, unless the destination asks for more.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How long a replica that does not push keeps what it would have sent, lest the one that does dies with it unsent. Spans
/// have the same ids wherever they are made, so that a receiver can tell a repetition.
const TAKEOVER: Duration = Duration::from_secs(15);

#[derive(Debug)]
pub(super) struct ExecutionsPush {
    exporter: Exporter,
    sender: Sender,
    resource: Arc<Resource>,
    settings: trace::Settings,
    stories: mpsc::Receiver<Told>,
    cursor: Cursor,
    journal: Journal,
    pub(super) report: Report,
    /// Taken from `stories`, not yet done with.
    batch: Vec<Told>,
}

impl ExecutionsPush {
    pub(super) fn new(
        exporter: Exporter,
        resource: Arc<Resource>,
        settings: trace::Settings,
        stories: mpsc::Receiver<Told>,
        (mut journal, cursor): (Journal, Cursor),
    ) -> Self {
        journal.begin(&cursor);
        Self {
            sender: Sender::new(&exporter),
            report: Report::new(&exporter),
            exporter,
            resource,
            settings,
            stories,
            cursor,
            journal,
            batch: Vec::new(),
        }
    }

    /// Until `role` says that it is over; then what is left once more.
    pub(super) async fn run(mut self, mut role: watch::Receiver<Role>) {
        let mut pause = FIRST_PAUSE;
        loop {
            if self.batch.is_empty() && self.collect(&mut role).await {
                break;
            }
            let now = *role.borrow_and_update();
            match now {
                Role::Pushes => pause = self.push_or_pause(pause, &mut role).await,
                Role::Watches => self.keep_for_a_takeover(&mut role).await,
                Role::Waits => {
                    if role.wait_for(|role| *role != Role::Waits).await.is_err() {
                        break;
                    }
                }
                Role::Ends { .. } => break,
            }
        }
        if matches!(*role.borrow(), Role::Ends { pushes: true }) {
            self.export().await;
        }
    }

    /// Returns how long to pause after the next failure.
    async fn push_or_pause(&mut self, pause: Duration, role: &mut watch::Receiver<Role>) -> Duration {
        let Err(failure) = self.send_batch().await else { return FIRST_PAUSE };
        let wait = failure.retry_after().unwrap_or(pause).max(pause);
        until(Instant::now() + wait, role, |role| matches!(role, Role::Ends { .. })).await;
        (pause * 2).min(LONGEST_PAUSE)
    }

    async fn keep_for_a_takeover(&mut self, role: &mut watch::Receiver<Role>) {
        until(Instant::now() + TAKEOVER, role, |role| *role != Role::Watches).await;
        if *role.borrow() == Role::Watches {
            self.done();
        }
    }

    /// Sends what has been read so far.
    pub(super) async fn export(&mut self) -> Outcome {
        let mut outcome = Outcome::Nothing;
        loop {
            self.fill();
            if self.batch.is_empty() {
                return outcome;
            }
            if self.send_batch().await.is_err() {
                return Outcome::Failed;
            }
            outcome = Outcome::Delivered;
        }
    }

    /// Waits for something to send; returns whether pushing is over.
    async fn collect(&mut self, role: &mut watch::Receiver<Role>) -> bool {
        tokio::select! {
            () = super::over(role) => return true,
            told = self.stories.recv() => match told {
                Some(told) => self.batch.push(told),
                None => {
                    super::over(role).await;
                    return true;
                }
            },
        }
        self.fill();
        false
    }

    fn fill(&mut self) {
        while self.batch.len() < BATCH
            && let Ok(told) = self.stories.try_recv()
        {
            self.batch.push(told);
        }
        let waiting = self.batch.len() + self.stories.len();
        self.report.update(|health| health.waiting_executions = waiting as u64);
    }

    /// Sends the batch; after a failure it stays, but for what was delivered.
    async fn send_batch(&mut self) -> Result<(), Failure> {
        let stories: Vec<Arc<Story>> = self.batch.iter().filter_map(|told| told.story.clone()).collect();
        let resource = self.resource.to_proto();
        let (scope, settings) = (otlp::scope(), self.settings);
        let max_bytes = self.exporter.max_request_bytes;
        match self.exporter.signal {
            Signal::Traces => {
                for (request, complete) in trace::traces(&stories, settings, &resource, &scope, max_bytes) {
                    self.send(Request::Traces(request), &complete).await?;
                }
            }
            Signal::Logs => {
                for (request, complete) in trace::logs(&stories, settings, &resource, &scope, max_bytes) {
                    self.send(Request::Logs(request), &complete).await?;
                }
            }
            // `Pushes` makes none of these.
            Signal::Metrics => {}
        }
        self.done();
        Ok(())
    }

    async fn send(&mut self, request: Request, complete: &[Uuid]) -> Result<(), Failure> {
        let bytes = request.encoded_len();
        match self.sender.send(&request).await {
            Ok(accepted) => self.report.accepted(&accepted, bytes, clock::now()),
            Err(failure) => {
                self.report.failed(&failure);
                if !failure.is_about_the_request() {
                    return Err(failure);
                }
                // The destination will never take it.
                self.report.update(|health| health.dropped_executions += complete.len() as u64);
            }
        }
        for told in &mut self.batch {
            if told.story.as_ref().is_some_and(|story| complete.contains(&story.execution.execution.id)) {
                told.story = None;
            }
        }
        Ok(())
    }

    /// Records that the batch is done with.
    fn done(&mut self) {
        let mut record = BTreeMap::new();
        let mut skipped = 0;
        for told in self.batch.drain(..) {
            skipped += told.skipped;
            record.insert(told.tenant, told.number + 1);
        }
        if record.is_empty() {
            return;
        }
        let record = Cursor(record);
        self.journal.append(&record);
        self.cursor.apply(record);
        self.journal.settle(&self.cursor);
        let waiting = self.stories.len() as u64;
        self.report.update(|health| {
            health.dropped_executions += skipped;
            health.waiting_executions = waiting;
        });
    }
}

/// Waits until `deadline`, or until the role is as wanted.
async fn until(deadline: Instant, role: &mut watch::Receiver<Role>, wanted: impl FnMut(&Role) -> bool) {
    tokio::select! {
        () = sleep_until(deadline) => {}
        _ = role.wait_for(wanted) => {}
    }
}
