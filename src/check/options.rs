//! What a check is told on the command line, validated.

use std::time::Duration;

use super::thresholds::Thresholds;
use crate::config::{Config, Error, Patterns, Setting, patterns};

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(86_400);
const YEAR: Duration = Duration::from_secs(366 * 86_400);
/// As far back as a backfill.
const CENTURY: Duration = Duration::from_secs(36_500 * 86_400);

/// The flags as they were typed.
#[derive(Debug, Default)]
pub struct Given {
    pub since: Option<Setting>,
    pub too_long: Option<Setting>,
    pub paused_for: Option<Setting>,
    pub ready_for: Option<Setting>,
    pub failed_warning: Option<Setting>,
    pub failed_critical: Option<Setting>,
    pub tenants: Vec<Setting>,
    pub workflows: Vec<Setting>,
    pub watch: Option<Setting>,
    pub format: Option<Setting>,
}

#[derive(Debug, Clone, Default)]
pub struct Options {
    pub thresholds: Thresholds,
    /// None: all.
    pub tenants: Vec<Pattern>,
    /// None: all.
    pub workflows: Vec<Pattern>,
    pub watch: Option<Duration>,
    pub format: Format,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    Json,
    /// As plugins of Nagios and Sensu answer.
    Nagios,
}

/// One shell pattern, and how it was written.
#[derive(Debug, Clone)]
pub struct Pattern(String, Patterns);

impl Pattern {
    pub fn text(&self) -> &str {
        &self.0
    }

    pub fn matches(&self, name: &str) -> bool {
        self.1.matches(name)
    }
}

impl Options {
    /// # Errors
    /// The first flag that is wrong, and how to mend it.
    pub fn new(given: Given) -> Result<Self, Error> {
        let default = Thresholds::default();
        let span = |setting: Option<Setting>| setting.map(|text| text.duration(SECOND..=YEAR)).transpose();
        let since = given.since.map(|text| text.duration(SECOND..=CENTURY)).transpose()?;
        Ok(Self {
            thresholds: Thresholds {
                since: since.unwrap_or(default.since),
                too_long: span(given.too_long)?,
                paused_for: span(given.paused_for)?.unwrap_or(default.paused_for),
                ready_for: span(given.ready_for)?.unwrap_or(default.ready_for),
                failed_warning: count(given.failed_warning, default.failed_warning)?,
                failed_critical: count(given.failed_critical, default.failed_critical)?,
                stalled_after: default.stalled_after,
            },
            tenants: given.tenants.into_iter().map(pattern).collect::<Result<_, _>>()?,
            workflows: given.workflows.into_iter().map(pattern).collect::<Result<_, _>>()?,
            watch: given.watch.map(|text| text.duration(SECOND..=DAY)).transpose()?,
            format: given.format.map_or(Ok(Format::Text), |text| {
                text.choice(&[("text", Format::Text), ("json", Format::Json), ("nagios", Format::Nagios)])
            })?,
        })
    }

    /// Takes over what the configuration says and no flag does.
    #[must_use]
    pub fn with(mut self, config: &Config) -> Self {
        self.thresholds.stalled_after = config.metrics.stalled_after;
        self
    }
}

fn count(setting: Option<Setting>, default: Option<u64>) -> Result<Option<u64>, Error> {
    let Some(setting) = setting else { return Ok(default) };
    match setting.value.trim() {
        "off" => Ok(None),
        text => match text.parse() {
            Ok(count) if count > 0 => Ok(Some(count)),
            _ => Err(setting.wrong(format!("`{text}` is neither a number from 1 on nor off"))),
        },
    }
}

fn pattern(setting: Setting) -> Result<Pattern, Error> {
    let compiled = patterns(std::slice::from_ref(&setting))?;
    Ok(Pattern(setting.value, compiled))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flag(name: &'static str, value: &str) -> Option<Setting> {
        Some(Setting::new(value.to_owned(), name))
    }

    fn error(given: Given) -> String {
        Options::new(given).unwrap_err().to_string()
    }

    #[test]
    fn nothing_given_gives_the_defaults() {
        let options = Options::new(Given::default()).unwrap();
        let Thresholds { since, too_long, paused_for, ready_for, failed_warning, failed_critical, .. } =
            options.thresholds;
        assert_eq!([since, paused_for, ready_for].map(|span| span.as_secs()), [86_400, 604_800, 300]);
        assert_eq!((too_long, failed_warning, failed_critical), (None, Some(1), None));
        assert_eq!((options.format, options.watch), (Format::Text, None));
        assert!(options.tenants.is_empty() && options.workflows.is_empty());
    }

    #[test]
    fn every_flag_has_its_effect() {
        let options = Options::new(Given {
            since: flag("--since", "36500d"),
            too_long: flag("--too-long", "1s"),
            paused_for: flag("--paused-for", "2h"),
            ready_for: flag("--ready-for", "3m"),
            failed_warning: flag("--failed-warning", "off"),
            failed_critical: flag("--failed-critical", "1"),
            tenants: vec![Setting::new("a*".to_owned(), "--tenant")],
            workflows: vec![Setting::new("?b".to_owned(), "--workflow")],
            watch: flag("--watch", "1d"),
            format: flag("--format", "nagios"),
        })
        .unwrap();
        let thresholds = options.thresholds;
        let spans =
            [thresholds.since, thresholds.paused_for, thresholds.ready_for].map(|span| span.as_secs());
        assert_eq!(spans, [36_500 * 86_400, 7200, 180]);
        assert_eq!(thresholds.too_long, Some(SECOND));
        assert_eq!((thresholds.failed_warning, thresholds.failed_critical), (None, Some(1)));
        assert_eq!((options.watch, options.format), (Some(DAY), Format::Nagios));
        assert!(options.tenants[0].matches("ab") && !options.tenants[0].matches("ba"));
        assert!(options.workflows[0].matches("ab") && !options.workflows[0].matches("b"));
    }

    #[test]
    fn what_is_out_of_bounds_or_empty_is_refused_with_its_flag() {
        for (given, message) in [
            (
                Given { since: flag("--since", "yesterday"), ..Given::default() },
                "--since: `yesterday` is not a duration from 1s to 99years",
            ),
            (Given { since: flag("--since", "999ms"), ..Given::default() }, "--since: `999ms` is not"),
            (Given { too_long: flag("--too-long", "367d"), ..Given::default() }, "--too-long: `367d` is not"),
            (
                Given { paused_for: flag("--paused-for", "0s"), ..Given::default() },
                "--paused-for: `0s` is not",
            ),
            (Given { ready_for: flag("--ready-for", ""), ..Given::default() }, "--ready-for: `` is not"),
            (Given { watch: flag("--watch", "25h"), ..Given::default() }, "--watch: `25h` is not"),
            (
                Given { failed_warning: flag("--failed-warning", "0"), ..Given::default() },
                "--failed-warning: `0` is neither a number from 1 on nor off",
            ),
            (
                Given { failed_critical: flag("--failed-critical", "-1"), ..Given::default() },
                "--failed-critical: `-1` is neither",
            ),
            (
                Given { format: flag("--format", "xml"), ..Given::default() },
                "--format: `xml` is none of text, json, nagios",
            ),
            (
                Given { tenants: vec![Setting::new(String::new(), "--tenant")], ..Given::default() },
                "--tenant: a pattern is empty; write * for any text",
            ),
        ] {
            let told = error(given);
            assert!(told.starts_with(message), "{told}");
        }
        let long = vec![Setting::new("?".repeat(100_000), "--workflow")];
        assert_eq!(error(Given { workflows: long, ..Given::default() }), "--workflow: a pattern is too long");
    }
}
