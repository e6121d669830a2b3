//! exporter

use std::future::Future;

use crate::config::Config;

#[derive(Debug, thiserror::Error)]
pub enum Error {}

pub async fn run(_config: Config, shutdown: impl Future<Output = ()>) -> Result<(), Error> {
    shutdown.await;
    Ok(())
}
