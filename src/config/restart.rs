//! What of the configuration a running process cannot change: to change it takes a restart, which is said, not ignored.

use super::Config;

impl Config {
    /// The keys that differ in `newer` and cannot be changed while this runs.
    pub fn needs_restart_for(&self, newer: &Self) -> Vec<&'static str> {
        let (web, new_web) = (&self.web, &newer.web);
        let fixed = [
            ("web.listen_address", web.listen_address == new_web.listen_address),
            ("web.telemetry_path", web.telemetry_path == new_web.telemetry_path),
            ("web.max_connections", web.max_connections == new_web.max_connections),
            ("web.enable_lifecycle", web.enable_lifecycle == new_web.enable_lifecycle),
            ("created_samples", self.metrics.created_samples == newer.metrics.created_samples),
            ("state.file", self.state_file == newer.state_file),
            ("log.format", self.log.format == newer.log.format),
        ];
        fixed.into_iter().filter(|(_, same)| !same).map(|(key, _)| key).collect()
    }
}
