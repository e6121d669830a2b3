//! The invariants of `src/lib.rs`, each checked in the text of the sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cloacina_exporter::catalogue;

/// Every file below `src`, by its path from there, with its text.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = fs::read_to_string(&path).unwrap();
                files.push((path.strip_prefix(&root).unwrap().to_owned(), text));
            }
        }
    }
    assert!(files.len() > 30, "the sources are found");
    files
}

/// Code without comments and without the tests at its end.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

fn offenders(within: impl Fn(&Path) -> bool, forbidden: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (path, text) in sources().iter().filter(|(path, _)| within(path) && !is_test(path)) {
        let code = code(text);
        for word in forbidden.iter().filter(|word| code.contains(**word)) {
            found.insert(format!("{}: {word}", path.display()));
        }
    }
    found
}

fn is_test(path: &Path) -> bool {
    path.iter().any(|part| part == "tests" || part == "tests.rs")
}

fn is_pure(path: &Path) -> bool {
    let pure = [
        "record",
        "calendar.rs",
        "snapshot.rs",
        "state",
        "catalogue",
        "encode",
        "trace",
        "words.rs",
        "push/acknowledged.rs",
    ];
    pure.iter().any(|part| path.starts_with(part)) || judges(path)
}

/// All of `check` and `audit` but the files that read.
fn judges(path: &Path) -> bool {
    let edge = [
        "audit/mod.rs",
        "audit/visits.rs",
        "audit/tenant.rs",
        "audit/execution.rs",
        "check/mod.rs",
        "check/read.rs",
    ];
    (path.starts_with("audit") || path.starts_with("check"))
        && !edge.iter().any(|file| path == Path::new(file))
}

#[test]
fn only_source_and_demo_know_a_database() {
    let outside = |path: &Path| !path.starts_with("source") && !path.starts_with("demo");
    assert_eq!(offenders(outside, &["sqlx"]), BTreeSet::new());
}

#[test]
fn the_pure_modules_have_no_async_no_clock_no_logging_and_no_io() {
    let forbidden = [
        "async ",
        ".await",
        "::now()",
        "tracing::",
        "std::fs",
        "std::net",
        "std::env::",
        "tokio::",
        "println!",
    ];
    assert_eq!(offenders(is_pure, &forbidden), BTreeSet::new());
}

#[test]
fn data_flows_one_way() {
    let upstream = |module: &'static str, later: &[&str]| {
        let words: Vec<String> = later.iter().map(|module| format!("crate::{module}")).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        offenders(|path| path.starts_with(module), &words)
    };
    assert_eq!(
        upstream("source", &["catalogue", "encode", "serve", "exporter", "store", "audit", "check"]),
        BTreeSet::new()
    );
    assert_eq!(
        upstream("state", &["source", "catalogue", "encode", "serve", "exporter", "store", "audit", "check"]),
        BTreeSet::new()
    );
    assert_eq!(
        upstream("catalogue", &["source", "encode", "serve", "exporter", "store", "audit", "check"]),
        BTreeSet::new()
    );
    assert_eq!(
        upstream("encode", &["source", "state", "catalogue", "serve", "exporter", "store", "audit", "check"]),
        BTreeSet::new()
    );
    let shown = ["catalogue", "encode", "serve", "exporter", "store", "snapshot"];
    assert_eq!(upstream("audit", &shown), BTreeSet::new());
    assert_eq!(upstream("check", &shown), BTreeSet::new());
    let read = |path: &Path| judges(path);
    assert_eq!(offenders(read, &["crate::source"]), BTreeSet::new());
    assert_eq!(upstream("trace", &["source", "state", "catalogue", "serve", "push"]), BTreeSet::new());
    assert_eq!(upstream("push", &["source", "catalogue", "exporter"]), BTreeSet::new());
    assert_eq!(
        upstream("serve", &["source", "state", "catalogue", "exporter", "store", "audit", "check"]),
        BTreeSet::new()
    );
}

#[test]
fn a_metric_is_named_in_the_catalogue_only() {
    let names: Vec<&str> = catalogue::descriptions().iter().map(|description| description.name).collect();
    let elsewhere = |path: &Path| !path.starts_with("catalogue") && !path.starts_with("demo");
    assert_eq!(offenders(elsewhere, &names), BTreeSet::new());
}

#[test]
fn every_file_says_what_it_is_for_and_stays_small() {
    for (path, text) in sources() {
        assert!(text.starts_with("//! "), "{} has no opening comment", path.display());
        assert!(text.lines().count() <= 400, "{} is too long", path.display());
    }
}

#[test]
fn one_crypto_provider_is_built() {
    let lock = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).unwrap();
    assert!(lock.contains("name = \"ring\"") && !lock.contains("aws-lc"));
    assert!(
        !["openssl", "openssl-sys", "native-tls"]
            .iter()
            .any(|name| lock.contains(&format!("name = \"{name}\"\n")))
    );
}
