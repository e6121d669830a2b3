//! Alert rules and Alertmanager settings at a multiple of their speed: every time in them is divided, and nothing else.
//!
//! Expressions are not parsed but read token by token. What is a duration is one wherever it stands; of numbers, those
//! of 60 and more are seconds, which is a convention of the rules.

use std::fmt::Write;
use std::net::SocketAddr;

use serde_json::{Value, json};

/// Numbers below are counts and shares.
const SMALLEST_SECONDS: f64 = 60.0;
const UNITS: [(&str, u64); 7] = [
    ("ms", 1),
    ("s", 1000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
    ("w", 604_800_000),
    ("y", 31_536_000_000),
];

/// A file of rule groups, as JSON, which Prometheus takes for YAML.
pub fn rules(text: &str, speed: f64) -> String {
    let mut file: Value = serde_saphyr::from_str(text).unwrap();
    for group in file["groups"].as_array_mut().expect("groups") {
        divide_keys(group, &["interval"], speed);
        for rule in group["rules"].as_array_mut().expect("rules") {
            divide_keys(rule, &["for", "keep_firing_for"], speed);
            rule["expr"] = expression(rule["expr"].as_str().expect("an expression"), speed).into();
        }
    }
    file.to_string()
}

/// An Alertmanager's configuration, all of whose receivers send to `webhook` what it also says when it is over.
pub fn alertmanager(text: &str, speed: f64, webhook: SocketAddr) -> String {
    let mut file: Value = serde_saphyr::from_str(text).unwrap();
    divide_route(&mut file["route"], speed);
    for receiver in file["receivers"].as_array_mut().expect("receivers") {
        let url = format!("http://{webhook}/");
        let name = receiver["name"].clone();
        *receiver = json!({"name": name, "webhook_configs": [{"url": url, "send_resolved": true}]});
    }
    json!({"route": file["route"], "receivers": file["receivers"], "inhibit_rules": file["inhibit_rules"]})
        .to_string()
}

fn divide_route(route: &mut Value, speed: f64) {
    divide_keys(route, &["group_wait", "group_interval", "repeat_interval"], speed);
    for child in route.get_mut("routes").and_then(Value::as_array_mut).into_iter().flatten() {
        divide_route(child, speed);
    }
}

fn divide_keys(object: &mut Value, keys: &[&str], speed: f64) {
    for key in keys {
        if let Some(value) = object.get_mut(key) {
            // A zero may be written without a unit.
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let milliseconds = if text == "0" { 0 } else { milliseconds(&text).expect(&text) };
            *value = divided(milliseconds, speed).into();
        }
    }
}

fn expression(text: &str, speed: f64) -> String {
    let mut faster = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = token(rest, first);
        let (token, after) = rest.split_at(length);
        rest = after;
        if first.is_ascii_digit() || token.len() > 1 && first == '.' {
            faster += &number_or_duration(token, speed);
        } else {
            faster += token;
        }
    }
    faster
}

/// The length of the token that `text` begins with: a string, a comment, a name, a number, a duration, or one character.
fn token(text: &str, first: char) -> usize {
    let until = |end: &dyn Fn(char) -> bool| text[1..].find(end).map_or(text.len(), |found| 1 + found);
    match first {
        '"' | '\'' | '`' => string(text, first),
        '#' => until(&|character| character == '\n'),
        'a'..='z' | 'A'..='Z' | '_' => {
            until(&|character| !(character.is_ascii_alphanumeric() || "_:".contains(character)))
        }
        '0'..='9' | '.' => {
            let length = until(&|character| !(character.is_ascii_alphanumeric() || character == '.'));
            let exponent = text[..length].ends_with(['e', 'E']) && text[length..].starts_with(['+', '-']);
            if exponent { length + token(&text[length + 1..], '0') + 1 } else { length }
        }
        other => other.len_utf8(),
    }
}

fn string(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (index, character) in text.char_indices().skip(1) {
        if character == quote && !escaped {
            return index + 1;
        }
        escaped = character == '\\' && !escaped && quote != '`';
    }
    panic!("an open string: {text}")
}

fn number_or_duration(token: &str, speed: f64) -> String {
    match token.parse::<f64>() {
        Ok(number) if number >= SMALLEST_SECONDS => (number / speed).to_string(),
        Ok(_) => token.to_owned(),
        Err(_) => divided(milliseconds(token).unwrap_or_else(|| panic!("not a duration: {token}")), speed),
    }
}

/// Of a duration such as `1h30m`.
fn milliseconds(duration: &str) -> Option<u64> {
    let mut total = 0;
    let mut rest = duration;
    while !rest.is_empty() {
        let digits = rest.find(|character: char| !character.is_ascii_digit())?;
        let (number, after) = rest.split_at(digits);
        let letters = after.find(|character: char| character.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit)?;
        total += number.parse::<u64>().ok()? * factor;
        rest = after;
    }
    (!duration.is_empty()).then_some(total)
}

/// Never 0 unless it was: that has a meaning of its own in some places.
fn divided(milliseconds: u64, speed: f64) -> String {
    let divided = (milliseconds as f64 / speed).ceil();
    format!("{divided}ms")
}

/// `seconds` as a reader of the table wants them.
pub fn human(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    let mut text = String::new();
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, 0, seconds) => write!(text, "{seconds} s"),
        (0, minutes, seconds) => write!(text, "{minutes} min {seconds} s"),
        (hours, minutes, _) => write!(text, "{hours} h {minutes} min"),
    }
    .expect("a string takes all");
    text
}

#[test]
fn times_in_expressions_are_divided_and_counts_are_not() {
    let cases = [
        ("increase(a_total{le=\"300\"}[1h30m]) >= 1", "increase(a_total{le=\"300\"}[180000ms]) >= 1"),
        ("time() - a > clamp_min(7 * b, 86400)", "time() - a > clamp_min(7 * b, 2880)"),
        ("a offset 1h unless on (tenant) a", "a offset 120000ms unless on (tenant) a"),
        ("max_over_time(a[1d:5m]) > 0.5 # for 5m", "max_over_time(a[2880000ms:10000ms]) > 0.5 # for 5m"),
        ("x60 > 59 and y_5m > 60", "x60 > 59 and y_5m > 2"),
        ("{a=~'5m|\\'', b=`\\`} > .5 + 6e+2", "{a=~'5m|\\'', b=`\\`} > .5 + 20"),
        ("a offset -1m @ end()", "a offset -2000ms @ end()"),
    ];
    for (given, wanted) in cases {
        assert_eq!(expression(given, 30.0), wanted);
    }
}

#[test]
fn times_of_rules_and_groups_are_divided_and_texts_are_not() {
    let given = "groups:\n- name: g\n  interval: 1m\n  rules:\n  - alert: A\n    expr: up == 0\n    for: 2m\n    \
        keep_firing_for: 90s\n    annotations: {summary: for 5m}\n";
    let wanted = json!({"groups": [{"name": "g", "interval": "2000ms", "rules": [{
        "alert": "A", "expr": "up == 0", "for": "4000ms", "keep_firing_for": "3000ms",
        "annotations": {"summary": "for 5m"}}]}]});
    assert_eq!(serde_json::from_str::<Value>(&rules(given, 30.0)).unwrap(), wanted);
}

#[test]
fn all_receivers_become_the_webhook_and_inhibitions_stay() {
    let given = "route:\n  receiver: a\n  group_wait: 30s\n  routes:\n  - {receiver: b, repeat_interval: 4h}\n\
        receivers:\n- {name: a, pagerduty_configs: [{routing_key: k}]}\n- name: b\n\
        inhibit_rules:\n- {source_matchers: ['a=b'], target_matchers: ['c=d'], equal: [tenant]}\n";
    let webhook = json!([{"url": "http://127.0.0.1:9/", "send_resolved": true}]);
    let wanted = json!({
        "route": {"receiver": "a", "group_wait": "1000ms",
            "routes": [{"receiver": "b", "repeat_interval": "480000ms"}]},
        "receivers": [{"name": "a", "webhook_configs": webhook}, {"name": "b", "webhook_configs": webhook}],
        "inhibit_rules": [{"source_matchers": ["a=b"], "target_matchers": ["c=d"], "equal": ["tenant"]}],
    });
    let faster = alertmanager(given, 30.0, SocketAddr::from(([127, 0, 0, 1], 9)));
    assert_eq!(serde_json::from_str::<Value>(&faster).unwrap(), wanted);
}
