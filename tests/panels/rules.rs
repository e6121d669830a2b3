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
    let paths = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    let texts = paths.filter(|path| path.is_file()).map(|path| std::fs::read_to_string(path).unwrap());
    // Beside the rules lies the configuration of Alertmanager.
    texts
        .filter(|text| text.starts_with("groups:") || text.contains("\ngroups:"))
        .chain([FIRING.to_owned()])
        .collect()
}
