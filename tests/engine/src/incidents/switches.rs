//! Switches by which the caller decides how tasks and polls behave: one is on while its file exists.

use std::path::PathBuf;

use anyhow::Context as _;

const DIRECTORY: &str = "INCIDENT_SWITCHES";

/// Fails if the caller has not named the directory, for then every switch would silently be off.
pub fn check() -> anyhow::Result<()> {
    let directory = std::env::var_os(DIRECTORY).map(PathBuf::from);
    let directory =
        directory.with_context(|| format!("{DIRECTORY} must name the directory of the switches"))?;
    std::fs::read_dir(&directory).with_context(|| format!("{DIRECTORY}: {}", directory.display()))?;
    Ok(())
}

pub fn on(name: &str) -> bool {
    std::env::var_os(DIRECTORY).is_some_and(|directory| PathBuf::from(directory).join(name).exists())
}
