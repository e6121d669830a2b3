//! Writes a report for people, for programs, and for monitoring systems that call plugins. Pure.

mod json;
mod nagios;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeMap;

use super::finding::{Kind, LONGEST_TEXT, Severity};
use super::options::{Format, Options};
use super::report::Report;
use crate::words::{span, visible};

/// What a round prints, with its last line ended.
pub fn render(report: &Report, options: &Options, coloured: bool) -> String {
    match options.format {
        Format::Text => text::render(report, coloured, options.watch.is_some()),
        Format::Json => json::render(report),
        Format::Nagios => nagios::render(report),
    }
}

/// The one line for a check that cannot begin.
pub fn refusal(problem: &str, format: Format) -> String {
    let line = joined(problem);
    match format {
        Format::Nagios => format!("CLOACINA UNKNOWN - {}\n", nagios::plain(&line)),
        Format::Text | Format::Json => format!("cloacina-exporter: {line}\n"),
    }
}

/// The lines of a message of our own as one, with each run of white space a single space.
fn joined(message: &str) -> String {
    visible(&message.split_whitespace().collect::<Vec<_>>().join(" "), usize::MAX)
}

/// What was found, in numbers, the worst first.
fn headline(report: &Report) -> String {
    let mut counts: BTreeMap<Kind, (Severity, u64)> = BTreeMap::new();
    for (_, finding) in report.all().filter(|(_, finding)| finding.severity > Severity::Ok) {
        let (severity, count) = counts.entry(finding.kind).or_default();
        (*severity, *count) = (finding.severity.max(*severity), *count + finding.count);
    }
    if counts.is_empty() {
        return match report.tenants.len() {
            0 => "nothing was asked for".to_owned(),
            1 => format!("nothing wrong in {}", visible(&report.tenants[0].label, LONGEST_TEXT)),
            count => format!("nothing wrong in {count} tenants"),
        };
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(kind, (severity, _))| (std::cmp::Reverse(*severity), *kind));
    let parts = counts.into_iter().map(|(kind, (_, count))| match kind {
        Kind::ExecutionFailed => {
            format!("{count} {} in {}", kind.noun(count), span(report.thresholds.since.into()))
        }
        _ => format!("{count} {}", kind.noun(count)),
    });
    parts.collect::<Vec<_>>().join(", ")
}
