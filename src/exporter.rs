//! exporter
#[derive(Debug, thiserror::Error)]
#[error("not built")]
pub struct Error;

pub async fn run(_config: crate::config::Config, shutdown: impl Future<Output = ()>) -> Result<(), Error> {
    shutdown.await;
    Ok(())
}
