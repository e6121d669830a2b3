//! Pushes the traces, or the failures, of ended executions to one destination.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use super::feed::{Cursor, Told};
use super::journal::Journal;
use super::order::{Command, Order, Orders};
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
    orders: Orders,
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
        Order { exporter, resource, trace: settings }: Order,
        orders: Orders,
        stories: mpsc::Receiver<Told>,
        (mut journal, cursor): (Journal, Cursor),
    ) -> Self {
        journal.begin(&cursor);
        Self {
            orders,
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

    /// Until `role` or orders say that it is over; then what is left once more, if it is this process that pushed.
    pub(super) async fn run(mut self, mut role: watch::Receiver<Role>) {
        let mut pause = FIRST_PAUSE;
        let pushes = loop {
            let next = if self.batch.is_empty() {
                self.collect(&mut role).await
            } else {
                let now = *role.borrow_and_update();
                match now {
                    Role::Pushes => self.push_or_pause(&mut pause, &mut role).await,
                    Role::Watches => self.keep_for_a_takeover(&mut role).await,
                    Role::Waits => self.rest(None, &mut role, |role| *role != Role::Waits).await,
                    Role::Ends { pushes } => ControlFlow::Break(pushes),
                }
            };
            if let ControlFlow::Break(pushes) = next {
                break pushes;
            }
        };
        if pushes {
            self.export().await;
        }
    }

    /// Sends the batch, or pauses, after each further failure for longer.
    async fn push_or_pause(
        &mut self,
        pause: &mut Duration,
        role: &mut watch::Receiver<Role>,
    ) -> ControlFlow<bool> {
        let Err(failure) = self.send_batch().await else {
            *pause = FIRST_PAUSE;
            return ControlFlow::Continue(());
        };
        let wait = failure.retry_after().unwrap_or(*pause).max(*pause);
        *pause = (*pause * 2).min(LONGEST_PAUSE);
        self.rest(Some(Instant::now() + wait), role, |role| matches!(role, Role::Ends { .. })).await
    }

    async fn keep_for_a_takeover(&mut self, role: &mut watch::Receiver<Role>) -> ControlFlow<bool> {
        let over = Instant::now() + TAKEOVER;
        let next = self.rest(Some(over), role, |role| *role != Role::Watches).await;
        if *role.borrow() == Role::Watches && Instant::now() >= over {
            self.done();
        }
        next
    }

    /// Waits until `deadline`, until the role is as wanted, or for a new order, which is followed. Breaks when pushing is over,
    /// with whether to push once more.
    async fn rest(
        &mut self,
        deadline: Option<Instant>,
        role: &mut watch::Receiver<Role>,
        wanted: impl FnMut(&Role) -> bool,
    ) -> ControlFlow<bool> {
        let deadline = async {
            match deadline {
                Some(at) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            // An order goes before the role that comes with it.
            biased;
            command = self.orders.next() => self.follow(command),
            found = role.wait_for(wanted) => match found {
                Ok(_) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(false),
            },
            () = deadline => ControlFlow::Continue(()),
        }
    }

    /// What the destination has taken stays as it is.
    fn follow(&mut self, command: Command) -> ControlFlow<bool> {
        let order = match command {
            Command::Follow(order) => *order,
            Command::End { pushes } => return ControlFlow::Break(pushes),
        };
        self.sender = Sender::new(&order.exporter);
        self.report.reconfigure(&order.exporter);
        (self.exporter, self.resource, self.settings) = (order.exporter, order.resource, order.trace);
        ControlFlow::Continue(())
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

    /// Waits for something to send, or for a new order.
    async fn collect(&mut self, role: &mut watch::Receiver<Role>) -> ControlFlow<bool> {
        tokio::select! {
            biased;
            command = self.orders.next() => return self.follow(command),
            pushes = super::over(role) => return ControlFlow::Break(pushes),
            Some(told) = self.stories.recv() => self.batch.push(told),
        }
        self.fill();
        ControlFlow::Continue(())
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
