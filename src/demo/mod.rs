//! demo
pub async fn run(
    config: crate::config::Config,
    shutdown: impl Future<Output = ()>,
) -> Result<(), crate::exporter::Error> {
    crate::exporter::run(config, shutdown).await
}
