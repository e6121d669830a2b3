//! Pushes the published snapshot to one destination, every interval and once more at the end.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::acknowledged::{Acknowledged, Record};
use super::journal::Journal;
use super::order::{Command, Order, Orders};
use super::report::Report;
use super::sender::{Request, Sender};
use super::{Outcome, Role};
use crate::clock;
use crate::config::Exporter;
use crate::encode::otlp::{self, Resource};
use crate::record::{Span, Timestamp};
use crate::serve::Publisher;
use crate::snapshot::{Family, Series, Snapshot};

/// When the first export follows the start: a first point shows that it works.
const SOON: Duration = Duration::from_secs(1);
/// How often series that are gone are looked for.
const FORGETTING: Span = Span::from_seconds(3600);

#[derive(Debug)]
pub(super) struct MetricsPush {
    orders: Orders,
    exporter: Exporter,
    sender: Sender,
    resource: Arc<Resource>,
    publisher: Publisher,
    acknowledged: Acknowledged,
    journal: Journal,
    pub(super) report: Report,
    /// Of the last export.
    last_at: Timestamp,
    forgot_at: Timestamp,
}

impl MetricsPush {
    pub(super) fn new(
        Order { exporter, resource, .. }: Order,
        orders: Orders,
        publisher: Publisher,
        (mut journal, acknowledged): (Journal, Option<Acknowledged>),
    ) -> Self {
        let now = clock::now();
        let acknowledged = acknowledged.unwrap_or_else(|| Acknowledged::new(now));
        journal.begin(&acknowledged);
        Self {
            orders,
            sender: Sender::new(&exporter),
            report: Report::new(&exporter),
            resource,
            publisher,
            acknowledged,
            journal,
            exporter,
            last_at: Timestamp::default(),
            forgot_at: now,
        }
    }

    /// Until `role` or orders say that it is over; then once more, if it is this process that pushed.
    pub(super) async fn run(mut self, mut role: watch::Receiver<Role>) {
        let mut ticks = self.ticks();
        let pushes = loop {
            tokio::select! {
                // An order goes before the role that comes with it.
                biased;
                command = self.orders.next() => match command {
                    Command::Follow(order) => {
                        let interval = self.exporter.interval;
                        self.follow(*order);
                        if interval != self.exporter.interval {
                            ticks = self.ticks();
                        }
                        continue;
                    }
                    Command::End { pushes } => break pushes,
                },
                pushes = super::over(&mut role) => break pushes,
                _ = ticks.tick() => {}
            }
            let now = *role.borrow_and_update();
            match now {
                Role::Pushes => {
                    if self.export().await == Outcome::Nothing {
                        // The first reads take their time, with a backfill minutes.
                        ticks.reset_after(self.soon());
                    }
                }
                Role::Watches => self.shadow(),
                Role::Waits => {}
                Role::Ends { pushes } => break pushes,
            }
        };
        if pushes {
            self.export().await;
        }
    }

    fn ticks(&self) -> Interval {
        let mut ticks = interval_at(Instant::now() + self.soon(), self.exporter.interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks
    }

    fn soon(&self) -> Duration {
        SOON.min(self.exporter.interval)
    }

    /// What the destination has taken stays as it is.
    fn follow(&mut self, order: Order) {
        self.sender = Sender::new(&order.exporter);
        self.report.reconfigure(&order.exporter);
        (self.exporter, self.resource) = (order.exporter, order.resource);
    }

    /// One export of the snapshot as it is now. What cannot be delivered stays unacknowledged, so that the next export
    /// carries it too.
    pub(super) async fn export(&mut self) -> Outcome {
        let Some(snapshot) = self.publisher.current() else { return Outcome::Nothing };
        let settings = self.settings();
        let mut outcome = Outcome::Delivered;
        let mut records = Vec::new();
        let acknowledged = &self.acknowledged;
        let point = |family: &Family, series: &Series| acknowledged.change(family, series, settings);
        // Each request is encoded when the one before was answered, so that only one is held at a time.
        for chunk in otlp::requests(&snapshot, &self.resource, settings, point) {
            match self.sender.send(&Request::Metrics(chunk.request)).await {
                Ok(accepted) => {
                    self.report.accepted(&accepted, chunk.bytes, clock::now());
                    let record = acknowledged.record(chunk.series, settings);
                    if !record.is_empty() {
                        self.journal.append(&record);
                    }
                    records.push(record);
                }
                Err(failure) => {
                    self.report.failed(&failure);
                    outcome = Outcome::Failed;
                    if !failure.is_about_the_request() {
                        break;
                    }
                }
            }
        }
        let baseline = acknowledged.baseline(&snapshot, settings);
        if !baseline.is_empty() {
            self.journal.append(&baseline);
        }
        records.push(baseline);
        self.settle(&snapshot, records);
        if outcome == Outcome::Delivered {
            self.publisher.carried(snapshot.sequence);
        }
        outcome
    }

    /// What another replica pushes counts as pushed.
    fn shadow(&mut self) {
        let Some(snapshot) = self.publisher.current() else { return };
        let settings = self.settings();
        let record = self.acknowledged.shadow(&snapshot, settings);
        if !record.is_empty() {
            self.journal.append(&record);
        }
        self.settle(&snapshot, vec![record]);
    }

    fn settle(&mut self, snapshot: &Snapshot, records: Vec<Record>) {
        records.into_iter().for_each(|record| self.acknowledged.apply(record));
        let now = clock::now();
        if now.since(self.forgot_at) > FORGETTING {
            self.forgot_at = now;
            self.acknowledged.forget(snapshot, now);
        }
        self.journal.settle(&self.acknowledged);
    }

    /// Each export is later than the one before, whatever the clock does: points of a series must not share an instant.
    fn settings(&mut self) -> otlp::Settings {
        self.last_at = clock::now().max(self.last_at.plus(Span(1)));
        otlp::Settings {
            at: self.last_at,
            temporality: self.exporter.temporality,
            histograms: self.exporter.histograms,
            max_bytes: self.exporter.max_request_bytes,
        }
    }
}
