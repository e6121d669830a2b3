//! A strict reader of the Prometheus text format 0.0.4, written apart from the encoder it checks.

use std::collections::BTreeMap;

/// A page: every series by its name and labels, and the type of every family.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Exposition {
    pub types: BTreeMap<String, String>,
    pub samples: BTreeMap<Series, f64>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Series {
    pub name: String,
    pub labels: BTreeMap<String, String>,
}

impl Exposition {
    /// # Errors
    /// Names the line that is not of the format, or the series that stands twice.
    pub fn parse(page: &str) -> Result<Self, String> {
        let mut exposition = Self::default();
        if !page.is_empty() && !page.ends_with('\n') {
            return Err("the last line does not end".to_owned());
        }
        for (index, line) in page.lines().enumerate() {
            exposition.read(line).map_err(|error| format!("line {}: {error}: {line}", index + 1))?;
        }
        Ok(exposition)
    }

    /// The series `name` with exactly `labels`.
    pub fn get(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        self.samples.get(&Series { name: name.to_owned(), labels }).copied()
    }

    /// The sum over all series `name` that have at least `labels`; 0 if there are none.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let carries = |series: &Series| {
            labels.iter().all(|(key, value)| series.labels.get(*key).is_some_and(|found| found == value))
        };
        self.samples
            .iter()
            .filter(|(series, _)| series.name == name && carries(series))
            .map(|(_, value)| value)
            .sum()
    }

    /// The sums over all series `name` of `tenant`, by the values of `labels`; those that are 0 are left out.
    pub fn totals(&self, name: &str, tenant: &str, labels: &[&str]) -> BTreeMap<Vec<String>, f64> {
        let mut totals = BTreeMap::new();
        for (series, value) in self.samples.iter().filter(|(series, _)| series.name == name) {
            let label = |label: &str| series.labels.get(label).cloned().unwrap_or_default();
            if label("tenant") == tenant {
                *totals.entry(labels.iter().map(|name| label(name)).collect()).or_insert(0.0) += value;
            }
        }
        totals.retain(|_, total| *total != 0.0);
        totals
    }

    fn read(&mut self, line: &str) -> Result<(), String> {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').ok_or("no type")?;
            if !["counter", "gauge", "histogram", "summary", "untyped"].contains(&kind) {
                return Err(format!("unknown type {kind}"));
            }
            match self.types.insert(name.to_owned(), kind.to_owned()) {
                Some(_) => Err("a second TYPE".to_owned()),
                None => Ok(()),
            }
        } else if line.starts_with("# HELP ") {
            Ok(())
        } else {
            let (series, value) = sample(line)?;
            match self.samples.insert(series, value) {
                Some(_) => Err("a second time".to_owned()),
                None => Ok(()),
            }
        }
    }
}

fn sample(line: &str) -> Result<(Series, f64), String> {
    let end = line.find(['{', ' ']).ok_or("neither labels nor value")?;
    let (name, rest) = line.split_at(end);
    let starts_well = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    if !starts_well
        || !name.chars().all(|character| character.is_ascii_alphanumeric() || "_:".contains(character))
    {
        return Err("not a metric name".to_owned());
    }
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(rest) => labels(rest)?,
        None => (BTreeMap::new(), rest),
    };
    let value = rest.strip_prefix(' ').ok_or("no space before the value")?;
    let value = match value {
        "+Inf" => f64::INFINITY,
        "-Inf" => f64::NEG_INFINITY,
        "NaN" => f64::NAN,
        number if number.starts_with(|first: char| first.is_ascii_digit() || first == '-') => {
            number.parse().map_err(|_| "not a number")?
        }
        _ => return Err("not a number".to_owned()),
    };
    Ok((Series { name: name.to_owned(), labels }, value))
}

/// Reads `name="value",…}`; gives back the labels and what follows.
fn labels(mut rest: &str) -> Result<(BTreeMap<String, String>, &str), String> {
    let mut labels = BTreeMap::new();
    loop {
        let (name, after) = rest.split_once("=\"").ok_or("no =\" after a label's name")?;
        if name.is_empty()
            || !name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
        {
            return Err(format!("not a label name: {name}"));
        }
        let (value, after) = quoted(after)?;
        if labels.insert(name.to_owned(), value).is_some() {
            return Err(format!("label {name} stands twice"));
        }
        match after.strip_prefix(',') {
            Some(more) => rest = more,
            None => return Ok((labels, after.strip_prefix('}').ok_or("no } after the labels")?)),
        }
    }
}

/// Reads to the closing quote.
fn quoted(text: &str) -> Result<(String, &str), String> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '"' => return Ok((value, &text[index + 1..])),
            '\\' => value.push(match characters.next() {
                Some((_, '\\')) => '\\',
                Some((_, '"')) => '"',
                Some((_, 'n')) => '\n',
                other => return Err(format!("unknown escape {other:?}")),
            }),
            other => value.push(other),
        }
    }
    Err("a label value without end".to_owned())
}
