//! SIGINT and SIGTERM, which end the process, and SIGHUP, which loads the configuration again.

use anyhow::Context;
use cloacina_exporter::reload::Requests;
use tokio::signal::unix::{SignalKind, signal};

/// Ends with the first SIGINT or SIGTERM; the second ends the process.
pub(crate) fn shutdown() -> anyhow::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let (sender, receiver) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let mut next = async || tokio::select! { _ = interrupt.recv() => (), _ = terminate.recv() => () };
        next().await;
        tracing::info!("shutting down; a second signal ends at once");
        // The receiver is gone only if serving has ended already.
        let _ = sender.send(());
        next().await;
        std::process::exit(1);
    });
    // A sender that is dropped unsent means that the task was aborted with the runtime.
    Ok(async move { receiver.await.unwrap_or_default() })
}

/// Asks for the configuration to be loaded again with each SIGHUP.
pub(crate) fn reload_when_hung_up(requests: Requests) -> anyhow::Result<()> {
    let mut hang_up = signal(SignalKind::hangup()).context("cannot listen for SIGHUP")?;
    tokio::spawn(async move {
        while hang_up.recv().await.is_some() {
            requests.note();
        }
    });
    Ok(())
}
