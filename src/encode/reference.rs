//! Writes the metric reference from the descriptions: Markdown for people, JSON for programs. Says nothing that the
//! catalogue does not say.

use std::fmt::Write as _;

use serde::Serialize;

use super::unit_name;
use crate::snapshot::{Description, Kind};

/// One section per group of related metrics, in the order of `descriptions`, each with a table.
pub fn markdown(descriptions: &[&Description]) -> String {
    let mut page = String::from("# Metric reference\n");
    for (namespace, members) in groups(descriptions) {
        let heading = if namespace.is_empty() { "Others".to_owned() } else { format!("`{namespace}`") };
        // Writing to a String cannot fail.
        let _ = write!(
            page,
            "\n## {heading}\n\n| Prometheus | OpenTelemetry | Type | Unit | Labels | Meaning |\n|---|---|---|---|---|---|\n"
        );
        for description in members {
            let _ = writeln!(page, "{}", row(description));
        }
    }
    page
}

/// An array of objects with `name`, `otlp_name`, `type`, `unit` (null if it has none), `labels` and `help`, in the order
/// of `descriptions`.
pub fn json(descriptions: &[&Description]) -> String {
    let entries: Vec<Entry> = descriptions.iter().copied().map(Entry::from).collect();
    let mut text = serde_json::to_string_pretty(&entries).expect("an array of strings is valid JSON");
    text.push('\n');
    text
}

#[derive(Serialize)]
struct Entry {
    name: &'static str,
    otlp_name: &'static str,
    r#type: &'static str,
    unit: Option<&'static str>,
    labels: &'static [&'static str],
    help: &'static str,
}

impl From<&Description> for Entry {
    fn from(description: &Description) -> Self {
        Self {
            name: description.name,
            otlp_name: description.otlp_name,
            r#type: kind_name(description.kind),
            unit: unit_name(description.unit),
            labels: description.labels,
            help: description.help,
        }
    }
}

const fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Gauge => "gauge",
        Kind::Counter => "counter",
        Kind::Histogram => "histogram",
        Kind::Info => "info",
    }
}

fn row(description: &Description) -> String {
    let labels: Vec<String> = description.labels.iter().map(|label| format!("`{label}`")).collect();
    let help = description.help.replace('\n', " ").replace('|', "\\|");
    let age = description.age_name().map(|name| format!(", `{name}`")).unwrap_or_default();
    format!(
        "| `{}` | `{}`{age} | {} | {} | {} | {help} |",
        description.name,
        description.otlp_name,
        kind_name(description.kind),
        unit_name(description.unit).unwrap_or_default(),
        labels.join(", "),
    )
}

/// Groups by the namespace of the OpenTelemetry name: up to three of its parts, fewer where a group would have less than
/// three members.
fn groups<'a>(descriptions: &[&'a Description]) -> Vec<(&'static str, Vec<&'a Description>)> {
    const DEEPEST: usize = 3;
    const SMALLEST: usize = 3;
    let mut namespaces: Vec<&'static str> =
        descriptions.iter().map(|description| namespace(description.otlp_name, DEEPEST)).collect();
    for depth in (1..DEEPEST).rev() {
        let before = namespaces.clone();
        for namespace_of in &mut namespaces {
            let members = before.iter().filter(|other| *other == namespace_of).count();
            if members < SMALLEST && namespace_of.split('.').count() > depth {
                *namespace_of = namespace(namespace_of, depth);
            }
        }
    }
    let mut groups: Vec<(&'static str, Vec<&'a Description>)> = Vec::new();
    for (namespace, description) in namespaces.into_iter().zip(descriptions.iter().copied()) {
        match groups.iter_mut().find(|(name, _)| *name == namespace) {
            Some((_, members)) => members.push(description),
            None => groups.push((namespace, vec![description])),
        }
    }
    groups
}

/// What stands before the last dot of `name`, cut to `depth` parts; empty if it has no dot.
fn namespace(name: &'static str, depth: usize) -> &'static str {
    let Some((parents, _)) = name.rsplit_once('.') else { return "" };
    let end = parents.match_indices('.').nth(depth - 1).map_or(parents.len(), |(end, _)| end);
    &parents[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Unit;

    const fn description(name: &'static str, otlp_name: &'static str, help: &'static str) -> Description {
        Description {
            name,
            otlp_name,
            help,
            kind: Kind::Counter,
            unit: Unit::Seconds,
            labels: &["tenant", "task"],
        }
    }

    #[test]
    fn a_row_gives_names_type_unit_labels_and_help_with_bars_escaped() {
        let page = markdown(&[&description("x_y_seconds_total", "x.y", "one|two\nthree")]);
        let wanted =
            "| `x_y_seconds_total` | `x.y` | counter | seconds | `tenant`, `task` | one\\|two three |\n";
        assert!(page.ends_with(wanted), "{page}");
    }

    #[test]
    fn groups_with_fewer_than_three_members_join_the_namespace_above() {
        let names = ["a.b.up", "a.b.c.one", "a.b.c.two", "a.b.c.three.deep", "a.b.d.one", "z"];
        let descriptions = names.map(|name| description("n", name, ""));
        let found: Vec<(&str, usize)> = groups(&descriptions.each_ref())
            .into_iter()
            .map(|(namespace, members)| (namespace, members.len()))
            .collect();
        assert_eq!(found, [("a", 2), ("a.b.c", 3), ("", 1)]);
    }

    #[test]
    fn json_is_an_array_of_one_object_for_each_description() {
        let text = json(&[&description("x_total", "x", "say \"x\"")]);
        let wanted = serde_json::json!([{
            "name": "x_total", "otlp_name": "x", "type": "counter", "unit": "seconds",
            "labels": ["tenant", "task"], "help": "say \"x\"",
        }]);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), wanted);
        assert_eq!(json(&[]), "[]\n");
    }
}
