//! What the scenarios of `tests/engine` printed, compared with a page of the exporter's.

use std::collections::BTreeMap;

use serde_json::Value;

use super::exposition::Exposition;

/// What a record counts: the metric that must say the same, and the labels by which it does.
const COUNTS: [(&str, &str, &[&str]); 5] = [
    ("executions", "cloacina_state_workflow_executions_total", &["workflow", "status", "origin"]),
    ("attempts", "cloacina_state_task_attempts_total", &["workflow", "task", "outcome"]),
    ("failures", "cloacina_state_task_failures_total", &["workflow", "reason"]),
    ("active", "cloacina_state_workflow_executions_active", &["workflow", "state"]),
    ("tasks", "cloacina_state_tasks", &["workflow", "state"]),
];

pub struct Printed(Vec<Value>);

impl Printed {
    /// # Panics
    /// If a line is missing or is none of the scenarios'.
    pub fn parse(text: &str) -> Self {
        let mut records: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
        let end = records.pop().expect("there are lines");
        assert_eq!(
            (end["record"].as_str(), end["lines"].as_u64()),
            (Some("end"), Some(records.len() as u64))
        );
        Self(records)
    }

    /// Sums of what was printed, as `Exposition::totals`.
    fn totals(&self, record: &str, labels: &[&str]) -> BTreeMap<Vec<String>, f64> {
        let mut totals = BTreeMap::new();
        for line in self.0.iter().filter(|line| line["record"] == record) {
            let key = labels.iter().map(|label| text(&line[*label])).collect();
            *totals.entry(key).or_insert(0.0) += line["count"].as_f64().unwrap();
        }
        totals
    }

    /// How many attempts ended so.
    pub fn attempts(&self, outcome: &str) -> f64 {
        self.totals("attempts", &["outcome"]).get(&vec![outcome.to_owned()]).copied().unwrap_or(0.0)
    }

    /// One line for each number that is not what was printed.
    pub fn differences(&self, page: &Exposition, tenant: &str) -> Vec<String> {
        let mut differences = Vec::new();
        for (record, metric, labels) in COUNTS {
            let (printed, exported) = (self.totals(record, labels), page.totals(metric, tenant, labels));
            let keys = printed.keys().chain(exported.keys().filter(|key| !printed.contains_key(*key)));
            for key in keys {
                let of = |totals: &BTreeMap<Vec<String>, f64>| totals.get(key).copied().unwrap_or(0.0);
                if of(&printed) != of(&exported) {
                    differences.push(format!(
                        "{tenant}: {metric} {}: printed {}, exported {}",
                        key.join(", "),
                        of(&printed),
                        of(&exported)
                    ));
                }
            }
        }
        differences.extend(self.schedule_differences(page, tenant));
        differences
    }

    fn schedule_differences(&self, page: &Exposition, tenant: &str) -> Vec<String> {
        let mut differences = Vec::new();
        let lines: Vec<&Value> = self.0.iter().filter(|line| line["record"] == "schedule").collect();
        let infos = page.sum("cloacina_state_schedule_info", &[("tenant", tenant)]);
        if infos != lines.len() as f64 {
            differences
                .push(format!("{tenant}: {} schedules were printed, {infos} are exported", lines.len()));
        }
        for line in lines {
            let Some(labels) = labels_of(line, page, tenant) else {
                differences.push(format!("{tenant}: not exported: {line}"));
                continue;
            };
            for (name, wanted) in gauges(line) {
                let labels = labels.each_ref().map(|(name, value)| (*name, value.as_str()));
                let found = page.get(name, &labels);
                if !wanted.allows(found) {
                    differences.push(format!("{tenant}: {name} is {found:?}, not {wanted:?}: {line}"));
                }
            }
        }
        differences
    }
}

#[derive(Debug)]
enum Wanted {
    Absent,
    Present,
    Exactly(f64),
}

impl Wanted {
    fn allows(&self, found: Option<f64>) -> bool {
        match self {
            Self::Absent => found.is_none(),
            Self::Present => found.is_some(),
            Self::Exactly(value) => found == Some(*value),
        }
    }

    fn present_if(condition: bool) -> Self {
        if condition { Self::Present } else { Self::Absent }
    }
}

/// The labels of the schedule that `line` describes; its name is not among what was printed of a cron schedule.
fn labels_of(line: &Value, page: &Exposition, tenant: &str) -> Option<[(&'static str, String); 3]> {
    let keys = ["workflow", "kind", "cron", "timezone"];
    let mut infos = page.samples.keys().filter(|series| {
        let label = |name: &str| series.labels.get(name).map_or("", String::as_str);
        series.name == "cloacina_state_schedule_info"
            && label("tenant") == tenant
            && keys.iter().all(|key| label(key) == text(&line[*key]))
            && line["trigger"].as_str().is_none_or(|trigger| label("schedule") == trigger)
    });
    let found = infos.next()?;
    let label = |name: &'static str| (name, found.labels[name].clone());
    infos.next().is_none().then(|| ["tenant", "workflow", "schedule"].map(label))
}

/// What each gauge must be for the schedule that `line` describes.
fn gauges(line: &Value) -> [(&'static str, Wanted); 6] {
    let (state, is_cron) = (text(&line["state"]), line["kind"] == "cron");
    let fired = line["fires"].as_u64().unwrap() > 0;
    let interval = line["poll_interval_ms"].as_f64();
    [
        ("cloacina_state_schedule_enabled", Wanted::Exactly(f64::from(u8::from(state != "disabled")))),
        ("cloacina_state_schedule_paused_timestamp_seconds", Wanted::present_if(state == "paused")),
        ("cloacina_state_schedule_last_run_timestamp_seconds", Wanted::present_if(fired)),
        (
            "cloacina_state_schedule_next_run_timestamp_seconds",
            Wanted::present_if(is_cron && state == "live"),
        ),
        (
            "cloacina_state_trigger_last_poll_timestamp_seconds",
            Wanted::present_if(line["polled"].as_bool() == Some(true)),
        ),
        (
            "cloacina_state_trigger_poll_interval_seconds",
            interval.map_or(Wanted::Absent, |milliseconds| Wanted::Exactly(milliseconds / 1000.0)),
        ),
    ]
}

/// Empty for what is not there, as labels are.
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
