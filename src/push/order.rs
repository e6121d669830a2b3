//! What a push is to do, which a newer configuration replaces while it runs.

use std::sync::Arc;

use tokio::sync::watch;

use crate::config::{Config, Exporter};
use crate::encode::otlp::Resource;
use crate::trace;

/// What a push hears while it runs.
#[derive(Debug, Clone)]
pub(super) enum Command {
    Follow(Box<Order>),
    /// Nothing is to be pushed any more, but once more if it was this process that pushed.
    End {
        pushes: bool,
    },
}

#[derive(Debug, Clone)]
pub(super) struct Order {
    pub exporter: Exporter,
    pub resource: Arc<Resource>,
    pub trace: trace::Settings,
}

impl Order {
    pub(super) fn new(config: &Config, exporter: &Exporter, resource: &Arc<Resource>) -> Self {
        Self {
            exporter: exporter.clone(),
            resource: resource.clone(),
            trace: trace::Settings { error_text: config.otlp.error_text },
        }
    }
}

/// Where a push hears of new orders.
#[derive(Debug)]
pub(super) struct Orders(watch::Receiver<Command>);

impl Orders {
    pub(super) fn begin(order: Order) -> (watch::Sender<Command>, Self) {
        let (sender, receiver) = watch::channel(Command::Follow(order.into()));
        (sender, Self(receiver))
    }

    /// Waits for the newest command. Nothing is lost if it is dropped.
    pub(super) async fn next(&mut self) -> Command {
        match self.0.changed().await {
            Ok(()) => self.0.borrow_and_update().clone(),
            Err(_) => Command::End { pushes: false },
        }
    }
}
