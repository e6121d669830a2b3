//! `packaging/`: the unit starts the program as it is, and the sample of its configuration is one.
//!
//! What systemd itself says of the unit is in `deployment_tools`.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::path::Path;
use std::process::Command;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn values(key: &str) -> Vec<String> {
    let unit = read("packaging/cloacina-exporter.service");
    let lines = unit.lines().filter_map(|line| line.split_once('='));
    lines.filter(|(name, _)| *name == key).map(|(_, value)| value.to_owned()).collect()
}

#[test]
fn the_service_starts_the_program_with_the_sample_of_its_configuration() {
    let start = values("ExecStart").concat();
    let (program, arguments) = start.split_once(' ').unwrap();
    assert_eq!(Path::new(program).file_name().unwrap(), "cloacina-exporter");

    let [credential] = values("LoadCredential").try_into().unwrap();
    let (name, file) = credential.split_once(':').unwrap();
    assert_eq!(file, format!("/etc/cloacina-exporter/{name}"));
    let credentials = "/run/credentials/cloacina-exporter.service";
    let sample = read("packaging/exporter.yml");
    assert!(sample.contains(&format!("url_file: {credentials}/{name}\n")), "{sample}");

    let directory = tempfile::tempdir().unwrap();
    let here = directory.path().display().to_string();
    std::fs::write(directory.path().join(name), "postgres://monitor:hush@db.example:5432/cloacina\n")
        .unwrap();
    std::fs::write(directory.path().join("exporter.yml"), sample.replace(credentials, &here)).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_cloacina-exporter"))
        .args(arguments.replace("/etc/cloacina-exporter", &here).split(' '))
        .arg("--config.check")
        .env_clear()
        .env("STATE_DIRECTORY", &here)
        .output()
        .unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("db.example") && said.contains("127.0.0.1:9877") && !said.contains("hush"),
        "{said}"
    );
    assert!(said.contains(&format!("{here}/cloacina-exporter.state")), "{said}");
}

#[test]
fn the_service_ends_for_good_only_where_the_configuration_is_wrong() {
    assert_eq!(
        (values("Restart"), values("RestartPreventExitStatus")),
        (vec!["always".into()], vec!["2".into()])
    );
    let wrong = Command::new(env!("CARGO_BIN_EXE_cloacina-exporter"))
        .args(["--config.file", "/nowhere/exporter.yml"])
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn the_service_has_no_rights_that_it_does_not_need() {
    for (key, value) in [
        ("DynamicUser", "yes"),
        ("CapabilityBoundingSet", ""),
        ("NoNewPrivileges", "yes"),
        ("ProtectSystem", "strict"),
        ("ProtectHome", "yes"),
        ("PrivateDevices", "yes"),
        ("MemoryDenyWriteExecute", "yes"),
        ("RestrictAddressFamilies", "AF_INET AF_INET6 AF_UNIX"),
        ("SystemCallArchitectures", "native"),
    ] {
        assert_eq!(values(key), [value], "{key}");
    }
    assert_eq!(values("SystemCallFilter"), ["@system-service", "~@privileged @resources"]);
}
