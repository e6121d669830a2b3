//! The three formats of one hand-made snapshot that holds every kind of metric and every awkward value: text against
//! golden pages, protobuf value by value, and all by what others' parsers make of them.
//!
//! `UPDATE_GOLDEN=1` rewrites the golden pages.

#![allow(unreachable_pub, reason = "the modules of a test are its own")]

#[cfg(feature = "servers")]
mod parsers;
mod protobuf;
mod sample;

use std::path::{Path, PathBuf};

use cloacina_exporter::encode::{self, Format, Options};
use cloacina_exporter::snapshot::Snapshot;
use sample::{CREATED, snapshot};

fn page(format: Format, created_samples: bool) -> String {
    String::from_utf8(encode::encode(&snapshot(), format, Options { created_samples })).unwrap()
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pages").join(name)
}

fn assert_golden(name: &str, page: &str) {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(golden(name), page).unwrap();
    }
    let wanted = std::fs::read_to_string(golden(name)).unwrap();
    assert!(page == wanted, "{name} differs; with UPDATE_GOLDEN=1 it would become:\n{page}");
}

#[test]
fn the_text_page_is_the_golden_one() {
    assert_golden("text.txt", &page(Format::Text, true));
}

#[test]
fn the_openmetrics_page_is_the_golden_one() {
    assert_golden("openmetrics.txt", &page(Format::OpenMetrics, true));
}

#[test]
fn without_created_samples_the_openmetrics_page_lacks_them_and_nothing_else() {
    let with = page(Format::OpenMetrics, true);
    let others: Vec<&str> = with.lines().filter(|line| !line.contains("_created")).collect();
    assert_eq!(others.len(), with.lines().count() - 6);
    assert_eq!(page(Format::OpenMetrics, false).lines().collect::<Vec<_>>(), others);
}

#[test]
fn a_snapshot_without_families_gives_an_empty_page() {
    let empty = Snapshot { sequence: 1, taken_at: CREATED, families: vec![] };
    let page = |format| encode::encode(&empty, format, Options { created_samples: true });
    assert_eq!(Format::ALL.map(page), [&b""[..], b"# EOF\n", b""]);
}
