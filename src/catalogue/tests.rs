//! Naming rules, for every entry. Prometheus: practices/naming; OpenTelemetry: semantic conventions, general metrics.

use std::collections::BTreeSet;

use super::*;

/// Units, infos and totals are the endings that say something about the kind.
fn own_ending(description: &Description) -> Option<&'static str> {
    ["_total", "_info", "_seconds", "_bytes"].into_iter().find(|ending| description.name.ends_with(ending))
}

#[test]
fn names_are_unique_in_both_forms() {
    let descriptions = descriptions();
    let names: BTreeSet<_> = descriptions.iter().map(|description| description.name).collect();
    let otlp_names: BTreeSet<_> = descriptions.iter().map(|description| description.otlp_name).collect();
    assert_eq!((names.len(), otlp_names.len()), (descriptions.len(), descriptions.len()));
}

#[test]
fn names_have_our_prefixes_and_only_plain_characters() {
    for description in descriptions() {
        let name = description.name;
        let prefixes = ["cloacina_state_", "cloacina_exporter_", "process_"];
        assert!(prefixes.iter().any(|prefix| name.starts_with(prefix)), "{name}");
        assert!(name.chars().all(|character| character.is_ascii_lowercase() || character == '_'), "{name}");
        let otlp = description.otlp_name;
        assert!(otlp.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c == '.'), "{otlp}");
        assert_eq!(otlp.split('.').next(), name.split('_').next(), "{otlp}");
    }
}

#[test]
fn counters_and_only_counters_end_in_total() {
    for description in descriptions() {
        assert_eq!(
            description.kind == Kind::Counter,
            description.name.ends_with("_total"),
            "{}",
            description.name
        );
        assert_eq!(
            description.kind == Kind::Info,
            description.name.ends_with("_info"),
            "{}",
            description.name
        );
        for forbidden in ["_count", "_sum", "_bucket", "_created"] {
            assert!(!description.name.ends_with(forbidden), "{}", description.name);
        }
    }
}

#[test]
fn a_unit_is_told_by_the_name() {
    for description in descriptions().into_iter().filter(|description| description.kind != Kind::Counter) {
        let ending = own_ending(description);
        let seconds = matches!(description.unit, Unit::Seconds | Unit::UnixTime);
        assert_eq!(seconds, ending == Some("_seconds"), "{}", description.name);
        assert_eq!(description.unit == Unit::Bytes, ending == Some("_bytes"), "{}", description.name);
    }
}

/// What receivers make of an OpenTelemetry name: the specification's "Prometheus and OpenMetrics Compatibility".
fn translated(description: &Description) -> String {
    let mut name = description.otlp_name.replace('.', "_");
    let unit = match description.unit {
        Unit::Seconds | Unit::UnixTime => "_seconds",
        Unit::Bytes => "_bytes",
        // No unit, and annotations in braces, add nothing.
        Unit::None | Unit::Executions | Unit::Tasks | Unit::Events | Unit::Fires => "",
    };
    if !name.ends_with(unit) {
        name += unit;
    }
    if description.kind == Kind::Counter {
        name += "_total";
    }
    name
}

#[test]
fn an_opentelemetry_name_translates_to_the_prometheus_name() {
    for description in descriptions() {
        assert_eq!(translated(description), description.name);
        assert!(description.kind != Kind::Info || description.unit == Unit::None, "{}", description.name);
    }
}

#[test]
fn an_instant_and_nothing_else_ends_in_timestamp_and_the_names_of_ages_are_free() {
    let descriptions = descriptions();
    let mut names: BTreeSet<String> = descriptions.iter().map(|one| one.otlp_name.to_owned()).collect();
    for description in descriptions {
        let is_instant = description.name.ends_with("_timestamp_seconds");
        assert_eq!(description.unit == Unit::UnixTime, is_instant, "{}", description.name);
        assert_eq!(description.age_name().is_some(), is_instant, "{}", description.name);
        if let Some(age) = description.age_name() {
            assert!(names.insert(age), "{}", description.name);
        }
    }
}

#[test]
fn help_is_sentences_and_labels_are_agreed_ones() {
    let agreed: BTreeSet<&str> = [
        "tenant",
        "workflow",
        "task",
        "schedule",
        "state",
        "status",
        "origin",
        "outcome",
        "reason",
        "action",
        "type",
        "kind",
        "cron",
        "timezone",
        "catchup",
        "backend",
        "generation",
        "collector",
        "table",
        "column",
        "label",
        "family",
        "version",
        "destination",
        "signal",
    ]
    .into();
    for description in descriptions() {
        assert!(description.help.ends_with('.') && !description.help.contains('\n'), "{}", description.name);
        assert!(!description.help.contains("  "), "{}", description.name);
        for label in description.labels {
            assert!(agreed.contains(label), "{label} of {}", description.name);
        }
    }
}
