//! The part of the configuration that says which series there are and what they count.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use regex::Regex;
use serde_saphyr::Spanned;

use super::load::Source;
use super::setting::{Setting, or_default};
use super::{Error, Histograms, LabelPolicy, Metrics, ScheduleOverride, file, setting};

const SECOND: Duration = Duration::from_secs(1);
const YEAR: Duration = Duration::from_secs(366 * 86_400);
const MOST_BUCKETS: usize = 50;
const MOST_FAILURE_REASONS: usize = 20;
/// What failures are called without any pattern.
const BUILT_IN_REASONS: [&str; 9] = [
    "timeout",
    "validation",
    "context",
    "not_found",
    "claim_lost",
    "infrastructure",
    "abandoned",
    "task_error",
    "unknown",
];

/// The sections of the file that are about metrics.
pub(super) struct Sections {
    pub(super) labels: file::Labels,
    pub(super) histograms: file::Histograms,
    pub(super) families: file::Families,
    pub(super) failure_reasons: Vec<Spanned<file::FailureReason>>,
    pub(super) thresholds: file::Thresholds,
    pub(super) schedules: Vec<Spanned<file::ScheduleOverride>>,
    pub(super) hold_first_value: Option<Spanned<String>>,
    pub(super) created_samples: Option<bool>,
}

pub(super) fn build(
    source: &Source,
    sections: Sections,
    families: &BTreeSet<&str>,
) -> Result<Metrics, Error> {
    let default = Metrics::default();
    let thresholds = sections.thresholds;
    let duration = |key, value, default, shortest, longest| {
        let range = Duration::from_secs(shortest)..=Duration::from_secs(longest);
        or_default(source.optional(key, value), default, |text| text.duration(range))
    };
    let kinds = [
        ("classic", Histograms::Classic),
        ("native", Histograms::Native),
        ("both", Histograms::Both),
        ("off", Histograms::Off),
    ];
    Ok(Metrics {
        workflows: policy("labels.workflow", sections.labels.workflow, default.workflows.max, source)?,
        tasks: policy("labels.task", sections.labels.task, default.tasks.max, source)?,
        schedules: policy("labels.schedule", sections.labels.schedule, default.schedules.max, source)?,
        histograms: or_default(
            source.optional("histograms.kind", sections.histograms.kind),
            default.histograms,
            |text| text.choice(&kinds),
        )?,
        buckets: or_default(
            source.optional("histograms.buckets", sections.histograms.buckets),
            default.buckets,
            buckets,
        )?,
        task_histograms: sections.histograms.task_label.unwrap_or(default.task_histograms),
        disabled: disabled(sections.families, families, source)?,
        failure_reasons: failure_reasons(sections.failure_reasons, source)?,
        stalled_after: duration(
            "thresholds.stalled_after",
            thresholds.stalled_after,
            default.stalled_after,
            10,
            30 * 86_400,
        )?,
        stale_after: duration(
            "thresholds.stale_after",
            thresholds.stale_after,
            default.stale_after,
            1,
            86_400,
        )?,
        schedule_overrides: schedule_overrides(sections.schedules, source)?,
        missed_after: duration(
            "thresholds.missed_after",
            thresholds.missed_after,
            default.missed_after,
            1,
            3600,
        )?,
        hold_first_value: duration(
            "hold_first_value",
            sections.hold_first_value,
            default.hold_first_value,
            0,
            600,
        )?,
        created_samples: sections.created_samples.unwrap_or(default.created_samples),
    })
}

fn policy(
    key: &str,
    listed: file::LabelPolicy,
    default_max: usize,
    source: &Source,
) -> Result<LabelPolicy, Error> {
    Ok(LabelPolicy {
        allow: source.patterns(&format!("{key}.allow"), listed.allow)?,
        deny: source.patterns(&format!("{key}.deny"), listed.deny)?,
        max: or_default(source.optional(&format!("{key}.max"), listed.max), default_max, |number| {
            number.number(0..=1_000_000)
        })?,
    })
}

fn buckets(setting: &Setting<Vec<f64>>) -> Result<Arc<[f64]>, Error> {
    let bounds = &setting.value;
    if bounds.is_empty() || bounds.len() > MOST_BUCKETS {
        return Err(setting.wrong(format!(
            "there are {} buckets; give 1 to {MOST_BUCKETS} (histograms.kind: off for none)",
            bounds.len()
        )));
    }
    if let Some(bound) = bounds.iter().find(|bound| !bound.is_finite() || **bound <= 0.0) {
        return Err(setting.wrong(format!(
            "{bound} is not a finite number of seconds above 0 (an infinite bucket is added by itself)"
        )));
    }
    if let Some(pair) = bounds.windows(2).find(|pair| pair[0] >= pair[1]) {
        return Err(setting.wrong(format!("{} follows {}; bounds must ascend", pair[1], pair[0])));
    }
    Ok(Arc::from(bounds.as_slice()))
}

fn disabled(
    listed: file::Families,
    families: &BTreeSet<&str>,
    source: &Source,
) -> Result<BTreeSet<String>, Error> {
    let listed = listed.disable.into_iter().map(|name| source.setting("families.disable", name));
    let known = |name: Setting| match families.contains(name.value.as_str()) {
        true => Ok(name.value),
        false => Err(name.wrong(format!(
            "there is no metric `{}`; `cloacina-exporter reference` lists them all",
            name.value
        ))),
    };
    listed.map(known).collect()
}

fn failure_reasons(
    listed: Vec<Spanned<file::FailureReason>>,
    source: &Source,
) -> Result<Vec<(Arc<str>, Regex)>, Error> {
    let mut reasons: Vec<(Arc<str>, Regex)> = Vec::new();
    for (index, reason) in listed.into_iter().enumerate() {
        let whole = source.setting(&format!("failure_reasons[{index}]"), reason);
        if index == MOST_FAILURE_REASONS {
            return Err(whole.wrong(format!("there may be at most {MOST_FAILURE_REASONS} failure reasons")));
        }
        let (Some(name), Some(pattern)) = (&whole.value.name, &whole.value.pattern) else {
            return Err(whole.wrong("a failure reason needs a name and a pattern"));
        };
        let (name, pattern) = (name.value.as_str(), pattern.value.as_str());
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
            return Err(whole.wrong(format!("the name `{name}` must be of the letters a to z and `_` only")));
        }
        if BUILT_IN_REASONS.contains(&name) || reasons.iter().any(|(other, _)| **other == *name) {
            return Err(whole.wrong(format!("the name `{name}` is taken; choose another")));
        }
        let regex = Regex::new(pattern).map_err(|error| {
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
            whole.wrong(format!("the pattern of `{name}` is not a regular expression: {reason}"))
        })?;
        reasons.push((Arc::from(name), regex));
    }
    Ok(reasons)
}

fn schedule_overrides(
    listed: Vec<Spanned<file::ScheduleOverride>>,
    source: &Source,
) -> Result<Vec<ScheduleOverride>, Error> {
    let mut overrides = Vec::new();
    for (index, listed) in listed.into_iter().enumerate() {
        let key = format!("schedules[{index}]");
        let mut whole = source.setting(&key, listed);
        let duration = |name: &str, value| {
            let given = source.optional(&format!("{key}.{name}"), value);
            given.map(|text| text.duration(SECOND..=YEAR)).transpose()
        };
        let grace = duration("grace", whole.value.grace.take())?;
        let succeeds_within = duration("succeeds_within", whole.value.succeeds_within.take())?;
        let patterns = source.optional(&format!("{key}.match"), whole.value.r#match.take());
        let schedules = patterns.map_or_else(Vec::new, |listed| {
            let one = |pattern| Setting::new(pattern, listed.origin.clone());
            listed.value.0.into_iter().map(one).collect()
        });
        if schedules.is_empty() {
            return Err(whole.wrong("match is missing: give a pattern of schedules, or a list of patterns"));
        }
        if grace.is_none() && succeeds_within.is_none() {
            return Err(whole.wrong("it says nothing of the schedules: give grace, succeeds_within, or both"));
        }
        let schedules = setting::patterns(&schedules)?;
        overrides.push(ScheduleOverride { schedules, grace, succeeds_within });
    }
    Ok(overrides)
}
