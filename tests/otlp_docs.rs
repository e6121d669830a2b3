//! Every configuration of the exporter that the pages on OTLP show is one that it accepts.

use std::path::Path;
use std::process::Command;

const PAGES: [&str; 5] = [
    "README.md",
    "collector.md",
    "datadog.md",
    "grafana-cloud-and-victoriametrics.md",
    "tempo-and-jaeger.md",
];
/// What the configurations name in `/etc/cloacina-exporter`.
const FILES: [&str; 3] = ["password", "datadog.key", "grafana-cloud.header"];

/// The YAML blocks of a page that are for the exporter: those with destinations.
fn configurations(page: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/otlp").join(page);
    let text = std::fs::read_to_string(path).unwrap();
    let blocks = text.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned());
    blocks.filter(|block| block.contains("destinations:")).collect()
}

/// What `--config.check` says of it; fails the test unless it is accepted.
fn check(page: &str, configuration: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    for file in FILES {
        std::fs::write(folder.path().join(file), "secret\n").unwrap();
    }
    let place = folder.path().display().to_string();
    let file = folder.path().join("cloacina-exporter.yaml");
    let configuration =
        configuration.replace("/etc/cloacina-exporter", &place).replace("/var/lib/cloacina-exporter", &place);
    std::fs::write(&file, &configuration).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_cloacina-exporter"))
        .args(["--config.check", "--config.file"])
        .arg(&file)
        .env_clear()
        .env("DATABASE_URL", "postgres://monitor@db.example:5432/cloacina")
        .output()
        .unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{page}:\n{configuration}\n{said}");
    said
}

#[test]
fn every_configuration_on_the_pages_is_accepted() {
    let mut found = 0;
    for page in PAGES {
        let configurations = configurations(page);
        assert!(!configurations.is_empty(), "{page} shows no configuration");
        for configuration in configurations {
            let said = check(page, &configuration);
            assert!(!said.contains("secret"), "{page}: {said}");
            found += 1;
        }
    }
    assert_eq!(found, 9);
}
