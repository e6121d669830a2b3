//! demo
pub async fn run(
    _config: crate::config::Config,
    _shutdown: impl Future<Output = ()>,
) -> Result<(), crate::exporter::Error> {
    Err(crate::exporter::Error)
}
