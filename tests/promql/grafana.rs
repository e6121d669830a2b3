//! What Grafana puts into a query before it sends it: variables, intervals, and the queries of variables themselves.

use std::collections::BTreeSet;

use regex::{Captures, Regex};

use super::catalogue::Catalogue;
use super::infer::Answer;
use super::selector::ANY;

/// As `Catalogue::analyse`, of a panel's or annotation's expression.
pub fn analyse(catalogue: &Catalogue, text: &str) -> Result<Answer, Vec<String>> {
    catalogue.analyse(&expression(text))
}

/// What a variable of type `query` asks of the datasource.
pub fn analyse_variable(catalogue: &Catalogue, definition: &str) -> Result<(), Vec<String>> {
    let call = Regex::new(r"(?s)^\s*(\w+)\s*\((.*)\)\s*$").unwrap();
    let Some(call) = call.captures(definition) else {
        return Err(vec![format!("{definition} is no query of a variable")]);
    };
    let argument = call[2].trim();
    match &call[1] {
        "query_result" => analyse(catalogue, argument).map(|_| ()),
        "metrics" => analyse(catalogue, &format!("{{__name__=~\"(?:.*{argument}.*)\"}}")).map(|_| ()),
        "label_names" => Ok(()),
        "label_values" => label_values(catalogue, argument),
        other => Err(vec![format!("{other}() is no query of a variable")]),
    }
}

fn label_values(catalogue: &Catalogue, argument: &str) -> Result<(), Vec<String>> {
    // The label follows the last comma; those inside of the selector's braces come before.
    let Some((selector, label)) = argument.rsplit_once(',') else {
        let known = catalogue.analyse(&format!("{{__name__=~\".+\",{argument}=~\".+\"}}"));
        return known.map(|_| ()).map_err(|_| vec![format!("no metric has a label {argument}")]);
    };
    // Counting allows any series, a raw counter too.
    let (selector, label) = (expression(selector), label.trim());
    catalogue.analyse(&format!("count by ({label}) ({selector})")).map(|_| ())
}

/// The text with everything replaced that Grafana would: a valid expression.
pub fn expression(text: &str) -> String {
    let mut quoted = false;
    let pieces = split_at_quotes(text);
    let replaced = pieces.into_iter().map(|piece| {
        if piece == "\"" {
            quoted = !quoted;
            return piece.to_owned();
        }
        variable().replace_all(piece, |found: &Captures<'_>| value(name_in(found), quoted)).into_owned()
    });
    replaced.collect()
}

/// The names of the variables in a text, without those that Grafana sets itself.
pub fn variables(text: &str) -> BTreeSet<String> {
    let names =
        variable().captures_iter(text).map(|found| name_in(&found).to_owned()).collect::<BTreeSet<_>>();
    names.into_iter().filter(|name| !name.starts_with("__")).collect()
}

/// Not `$1`, which a template of `label_replace` has: `$name`, `${name}`, `${name:format}`, `[[name]]` or `[[name:format]]`.
fn variable() -> Regex {
    Regex::new(r"\$([A-Za-z_]\w*)|\$\{([A-Za-z_]\w*)(?::[^}]*)?\}|\[\[([A-Za-z_]\w*)(?::[^\]]*)?\]\]")
        .unwrap()
}

fn name_in<'a>(found: &Captures<'a>) -> &'a str {
    found.iter().skip(1).flatten().next().map_or("", |name| name.as_str())
}

fn value(name: &str, quoted: bool) -> &'static str {
    match name {
        "__rate_interval" => "5m",
        "__interval" => "1m",
        "__range" => "1h",
        "__range_s" => "3600",
        "__range_ms" => "3600000",
        "__interval_ms" => "60000",
        "__from" | "__to" => "1700000000000",
        _ if quoted => ANY,
        // Such as the number of topk.
        _ => "1",
    }
}

fn split_at_quotes(text: &str) -> Vec<&str> {
    text.split_inclusive('"')
        .flat_map(|piece| match piece.strip_suffix('"') {
            Some(before) => vec![before, "\""],
            None => vec![piece],
        })
        .collect()
}
