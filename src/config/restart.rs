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
            ("web.config_file", web.config_file == new_web.config_file),
            ("web.tokens", web.tokens == new_web.tokens),
            ("web.users", web.users == new_web.users),
            ("web.open_probes", web.open_probes == new_web.open_probes),
            ("web.enable_lifecycle", web.enable_lifecycle == new_web.enable_lifecycle),
            ("created_samples", self.metrics.created_samples == newer.metrics.created_samples),
            ("state.file", self.state_file == newer.state_file),
            ("log.format", self.log.format == newer.log.format),
        ];
        fixed.into_iter().filter(|(_, same)| !same).map(|(key, _)| key).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Log, LogFormat, Metrics, Poll, Sight, Token, Web};
    use super::*;

    fn config() -> Config {
        Config {
            databases: Vec::new(),
            poll: Poll::default(),
            web: Web::default(),
            state_file: None,
            backfill: super::super::Backfill::None,
            metrics: Metrics::default(),
            log: Log::default(),
            otlp: Default::default(),
        }
    }

    #[test]
    fn what_differs_and_is_fixed_is_named() {
        let mut newer = config();
        newer.web.listen_address = None;
        newer.web.telemetry_path = "/m".to_owned();
        newer.web.max_connections += 1;
        newer.web.config_file = Some("/w".into());
        newer.web.tokens.push(Token { name: "t".to_owned(), file: "/t".into() });
        newer.web.users.insert("t".to_owned(), Sight::Everything);
        newer.web.open_probes = true;
        newer.web.enable_lifecycle = true;
        newer.metrics.created_samples = false;
        newer.state_file = Some("/s".into());
        newer.log.format = LogFormat::Json;
        let keys = [
            "web.listen_address",
            "web.telemetry_path",
            "web.max_connections",
            "web.config_file",
            "web.tokens",
            "web.users",
            "web.open_probes",
            "web.enable_lifecycle",
            "created_samples",
            "state.file",
            "log.format",
        ];
        assert_eq!(config().needs_restart_for(&newer), keys);
    }

    #[test]
    fn what_can_be_changed_is_not_named() {
        let mut newer = config();
        newer.poll.interval *= 2;
        newer.metrics.workflows.max = 1;
        newer.metrics.buckets = [1.0].into();
        newer.log.level = tracing::Level::DEBUG;
        newer.backfill = super::super::Backfill::All;
        assert!(config().needs_restart_for(&newer).is_empty());
    }
}
