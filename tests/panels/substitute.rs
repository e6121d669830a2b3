//! Puts values for variables into a query, escaped as Grafana's Prometheus data source escapes them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::grafana::{Dashboard, Variable};

/// `$name`, `${name}`, `${name:format}`, `[[name]]`, `[[name:format]]`.
static VARIABLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\$(\w+)|\$\{(\w+)(?::(\w+))?\}|\[\[(\w+)(?::(\w+))?\]\]")
        .expect("it is a regular expression")
});
/// Four scrapes at the usual interval of 15 s are a minute; a scrape a second leaves 30 s more than enough.
const RATE_INTERVAL: u64 = 30;
const INTERVAL: u64 = 15;

/// What a variable stands at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    All,
    One(String),
}

/// By the variable's name.
pub type Choices = BTreeMap<String, Choice>;

/// # Errors
/// Names a variable that the dashboard does not have.
pub fn substitute(
    text: &str,
    dashboard: &Dashboard,
    choices: &Choices,
    (range, least_step): (&str, Option<&str>),
) -> Result<String, String> {
    let interval = least_step.and_then(seconds).unwrap_or(0).max(INTERVAL);
    let mut unknown = None;
    let replaced = VARIABLE.replace_all(text, |found: &Captures<'_>| {
        let group = |indices: [usize; 3]| indices.iter().find_map(|index| found.get(*index));
        let name = group([1, 2, 4]).map_or("", |name| name.as_str());
        let format = group([3, 5, 5]).map(|format| format.as_str());
        // `$1` of label_replace is no variable.
        if name.bytes().all(|byte| byte.is_ascii_digit()) {
            return found[0].to_owned();
        }
        if let Some(value) = builtin(name, interval, range) {
            return value;
        }
        let variable = dashboard.variables().iter().find(|variable| variable.name == name);
        let value = variable.zip(choices.get(name)).map(|(variable, choice)| value(variable, choice, format));
        value.unwrap_or_else(|| {
            unknown = Some(format!("there is no variable {name}"));
            String::new()
        })
    });
    unknown.map_or_else(|| Ok(replaced.into_owned()), Err)
}

/// Variables without a dashboard's doing.
fn builtin(name: &str, interval: u64, range: &str) -> Option<String> {
    let range = seconds(range).unwrap_or(3600);
    Some(match name {
        "__interval" => format!("{interval}s"),
        "__interval_ms" => (interval * 1000).to_string(),
        "__rate_interval" => format!("{}s", RATE_INTERVAL.max(interval + INTERVAL)),
        "__range" => format!("{range}s"),
        "__range_s" => range.to_string(),
        "__range_ms" => (range * 1000).to_string(),
        _ => return None,
    })
}

fn value(variable: &Variable, choice: &Choice, format: Option<&str>) -> String {
    let Choice::One(text) = choice else {
        return variable.all_value.clone().unwrap_or_else(|| ".*".to_owned());
    };
    match format {
        Some("regex") => escape(text, r"\^$*+?.()|[]{}/", r"\"),
        Some(_) => text.clone(),
        // Where several may be chosen, the value is taken for part of a regular expression in quotes: two backslashes.
        None if variable.multi || variable.include_all => {
            escape(&text.replace('\\', r"\\\\"), r"$^*{}[]'+?.()|", r"\\")
        }
        None => text.replace('\\', r"\\").replace('\'', r"\\'"),
    }
}

fn escape(text: &str, special: &str, with: &str) -> String {
    text.chars().fold(String::new(), |escaped, character| {
        if special.contains(character) {
            format!("{escaped}{with}{character}")
        } else {
            format!("{escaped}{character}")
        }
    })
}

/// Of a duration such as `30s`, `6h`, `7d`.
fn seconds(duration: &str) -> Option<u64> {
    let (number, unit) = duration.split_at(duration.len().checked_sub(1)?);
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    Some(number.parse::<u64>().ok()? * unit)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn substituted(text: &str, choice: Choice) -> Result<String, String> {
        let dashboard = json!({
            "uid": "any", "time": {"from": "now-6h"}, "annotations": {"list": []},
            "templating": {"list": [
                {"name": "several", "type": "query", "query": "", "includeAll": true, "allValue": ".*"},
                {"name": "single", "type": "query", "query": ""},
            ]},
        });
        let dashboard: Dashboard = serde_json::from_value(dashboard).unwrap();
        let choices = Choices::from([("several".into(), choice.clone()), ("single".into(), choice)]);
        substitute(text, &dashboard, &choices, (dashboard.range(None), None))
    }

    #[test]
    fn a_value_among_several_is_escaped_for_a_regular_expression_in_quotes() {
        let value = || Choice::One("shop/a.b (old)".to_owned());
        assert_eq!(substituted("$several", value()).unwrap(), r"shop/a\\.b \\(old\\)");
        assert_eq!(substituted("[[several]]", value()).unwrap(), r"shop/a\\.b \\(old\\)");
        assert_eq!(substituted("${single}", value()).unwrap(), "shop/a.b (old)");
        assert_eq!(substituted("${several:raw}", value()).unwrap(), "shop/a.b (old)");
        // A backslash before a slash is an error in PromQL, and in Grafana too.
        assert_eq!(substituted("${several:regex}", value()).unwrap(), r"shop\/a\.b \(old\)");
    }

    #[test]
    fn all_is_what_the_variable_says_and_intervals_are_durations() {
        let text = r#"rate(a{b=~"$several"}[$__rate_interval]) / $__range_s + rate(a[${__interval}])"#;
        let expected = r#"rate(a{b=~".*"}[30s]) / 21600 + rate(a[15s])"#;
        assert_eq!(substituted(text, Choice::All).unwrap(), expected);
    }

    #[test]
    fn a_group_of_label_replace_stays_and_an_unknown_variable_is_named() {
        assert_eq!(
            substituted(r#"label_replace(a, "b", "$1", "c", "(.*)")"#, Choice::All).unwrap(),
            r#"label_replace(a, "b", "$1", "c", "(.*)")"#
        );
        assert_eq!(substituted("$other", Choice::All), Err("there is no variable other".to_owned()));
    }
}
