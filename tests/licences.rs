//! What `deny.toml` allows and bans, held against all packages that can get into a build, by what Cargo knows of them.
//!
//! `tests/licences` asks cargo-deny, which also reads the texts of licences; its installation takes minutes.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The quoted texts of `key = [ … ]` in `deny.toml`, or those after `name` in it.
fn listed(key: &str, name: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deny.toml")).unwrap();
    let list = text.split(&format!("\n{key} = [")).nth(1).unwrap().split("\n]").next().unwrap();
    let quoted = |line: &str| line.split_once(name)?.1.split('"').nth(1).map(str::to_owned);
    list.lines().filter_map(quoted).collect()
}

fn packages() -> Vec<Value> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["metadata", "--locked", "--offline", "--format-version", "1"]);
    command.args(["--filter-platform", &format!("{}-unknown-linux-gnu", std::env::consts::ARCH)]);
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// Whether an SPDX expression, also in Cargo's old form with a slash, can be met by what is allowed.
fn is_met(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    either(&mut words, allowed)
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn either(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut met = both(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        met |= both(words, allowed);
    }
    met
}

fn both(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut met = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        met &= one(words, allowed);
    }
    met
}

fn one(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    match words.next() {
        Some("(") => {
            let met = either(words, allowed);
            assert_eq!(words.next(), Some(")"));
            met
        }
        Some(licence) if words.next_if_eq(&"WITH").is_some() => {
            allowed.contains(&format!("{licence} WITH {}", words.next().unwrap()))
        }
        licence => allowed.contains(licence.unwrap()),
    }
}

#[test]
fn every_package_may_be_used_and_none_is_banned() {
    let (allowed, banned) = (listed("allow", ""), listed("deny", "crate ="));
    assert!(allowed.contains("MIT") && banned.contains("openssl"), "{allowed:?} {banned:?}");
    let packages = packages();
    assert!(packages.len() > 200, "only {} packages", packages.len());
    for package in packages {
        let (name, licence) =
            (package["name"].as_str().unwrap(), package["license"].as_str().unwrap_or("none"));
        assert!(is_met(licence, &allowed), "{name} is under {licence}");
        assert!(!banned.contains(name), "{name} is banned");
        let source = package["source"].as_str();
        let known = source
            .is_none_or(|source| source.starts_with("registry+https://github.com/rust-lang/crates.io-index"));
        assert!(known, "{name} comes from {source:?}");
    }
}

#[test]
fn expressions_of_licences_are_read_as_they_are_meant() {
    let allowed = BTreeSet::from(["MIT".to_owned(), "ISC".to_owned()]);
    for (expression, met) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("GPL-3.0 OR MIT", true),
        ("GPL-3.0/MIT", true),
        ("MIT AND GPL-3.0", false),
        ("(GPL-3.0 OR MIT) AND ISC", true),
        ("GPL-3.0 OR MIT AND Zlib", false),
        ("MIT WITH exception", false),
        ("MIT WITH exception OR ISC", true),
    ] {
        assert_eq!(is_met(expression, &allowed), met, "{expression}");
    }
}
