//! Rules that the Prometheus under test evaluates: the shipped ones, whose recordings dashboards may show, and one that
//! always fires, so that there are alerts to show.

use std::path::Path;

const FIRING: &str = "
groups:
  - name: firing
    rules:
      - alert: CloacinaTestAlwaysFiring
        expr: cloacina_state_schedule_enabled or on (tenant) cloacina_state_up
        labels: {severity: critical}
";

/// Their texts.
pub fn all() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("alerts");
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    // Beside the rules lie the configurations of Prometheus and of Alertmanager.
    let rules = paths
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("cloacina-")));
    let texts = rules.map(|path| std::fs::read_to_string(path).unwrap());
    texts.chain([FIRING.to_owned()]).collect()
}
