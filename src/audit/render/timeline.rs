//! One execution as text for people, and as JSON.

use std::fmt::Write;

use super::super::timeline::{MOST_EVENTS, MOST_TASKS, Origin, Shown, Timeline, seconds};
use super::columns::Columns;
use crate::words::visible;

/// Characters shown of a foreign text; JSON has more.
const LONGEST_TEXT: usize = 1000;
const LONGEST_NAME: usize = 100;

/// One object, indented, with a newline at its end.
pub fn json(timeline: &Timeline) -> String {
    // Keys are texts and all numbers finite, so that nothing in it can fail to be written.
    serde_json::to_string_pretty(timeline).unwrap_or_default() + "\n"
}

pub fn text(timeline: &Timeline) -> String {
    let mut out = String::new();
    head(timeline, &mut out);
    tasks(timeline, &mut out);
    events(timeline, &mut out);
    out
}

fn head(timeline: &Timeline, out: &mut String) {
    let name = |text: &str| visible(text, LONGEST_NAME);
    let mut fact = |key: &str, value: String| {
        let _ = writeln!(out, "{key:<10} {value}");
    };
    fact("execution", timeline.execution.to_string());
    fact("status", timeline.status.to_owned());
    fact("workflow", format!("{}, version {}", name(&timeline.workflow), name(&timeline.version)));
    fact("tenant", format!("{} (tables of Cloacina {})", name(&timeline.tenant), timeline.generation));
    for origin in &timeline.started_by {
        fact("started by", started_by(origin));
    }
    if timeline.started_by.is_empty() {
        let origin = timeline.trigger_origin.as_deref().map_or_else(
            || "no schedule that is linked to it".to_owned(),
            |origin| format!("{}, by no schedule", name(origin)),
        );
        fact("started by", origin);
    }
    fact("created", timeline.created_at.clone());
    fact("started", timeline.started_at.clone().unwrap_or_else(|| "not yet".to_owned()));
    let length = seconds(timeline.duration_seconds);
    fact(
        "ended",
        match &timeline.ended_at {
            Some(ended) => format!("{ended}, after {length}"),
            None => format!("not yet, after {length}"),
        },
    );
    for pause in &timeline.pauses {
        let end =
            pause.resumed_at.as_ref().map_or_else(|| "not resumed".to_owned(), |at| format!("until {at}"));
        let reason = pause.reason.as_ref().map_or_else(String::new, |reason| format!(": {}", shown(reason)));
        fact("paused", format!("{}, {end}, for {}{reason}", pause.paused_at, seconds(pause.seconds)));
    }
    if let Some(error) = &timeline.error {
        fact("error", shown(error));
    }
}

fn started_by(origin: &Origin) -> String {
    let schedule = origin.schedule.as_deref().map_or_else(String::new, |name| visible(name, LONGEST_NAME));
    let mut text = format!("{} schedule {schedule} ({})", origin.kind, origin.schedule_id);
    if let (Some(due), Some(late)) = (&origin.scheduled_time, origin.late_seconds) {
        let _ = write!(text, ", due {due}, began {} late", seconds(late));
    } else {
        let _ = write!(text, ", fired {}", origin.began_at);
    }
    if origin.recovery_attempts > 0 {
        let _ = write!(text, ", recovered at attempt {}", origin.recovery_attempts);
    }
    let _ = write!(text, ", fire {}", origin.fire);
    text
}

fn tasks(timeline: &Timeline, out: &mut String) {
    let _ = writeln!(out, "\ntasks ({})", timeline.tasks.len());
    if timeline.tasks.is_empty() {
        return;
    }
    let texts = ["TASK", "STATUS", "ATTEMPT"].map(|heading| (heading.to_owned(), false));
    let numbers = ["RECOVERIES", "WAITED", "TOOK"].map(|heading| (heading.to_owned(), true));
    let rest = ["STARTED", "ID", "ERROR"].map(|heading| (heading.to_owned(), false));
    let mut columns = Columns::new(texts.into_iter().chain(numbers).chain(rest));
    let dash = || "-".to_owned();
    for task in &timeline.tasks {
        let attempts = task.max_attempts.map_or_else(String::new, |most| format!("/{most}"));
        columns.row(vec![
            visible(task.name.rsplit("::").next().unwrap_or_default(), LONGEST_NAME),
            task.status.to_owned(),
            format!("{}{attempts}", task.attempt),
            task.recoveries.to_string(),
            task.wait_seconds.map_or_else(dash, seconds),
            task.duration_seconds.map_or_else(dash, seconds),
            task.started_at.clone().unwrap_or_else(dash),
            task.id.to_string(),
            task.error.as_ref().map_or_else(dash, shown),
        ]);
    }
    columns.render("  ", out);
    if timeline.tasks_cut {
        let _ = writeln!(out, "  … more than {MOST_TASKS} tasks; the others are not shown");
    }
}

fn events(timeline: &Timeline, out: &mut String) {
    let _ = writeln!(out, "\nevents ({})", timeline.events.len());
    if timeline.events.is_empty() {
        out.push_str("  none; they may have been deleted\n");
        return;
    }
    let headings = [
        ("SEQUENCE", true),
        ("AT", false),
        ("OFFSET", true),
        ("EVENT", false),
        ("TASK", false),
        ("DATA", false),
    ];
    let mut columns = Columns::new(headings.map(|(heading, numeric)| (heading.to_owned(), numeric)));
    for event in &timeline.events {
        let sign = if event.offset_seconds < 0.0 { "" } else { "+" };
        columns.row(vec![
            event.sequence.to_string(),
            event.at.clone(),
            format!("{sign}{}", seconds(event.offset_seconds)),
            visible(&event.kind, LONGEST_NAME),
            event.task.as_deref().map_or_else(String::new, |task| visible(task, LONGEST_NAME)),
            event.data.as_ref().map_or_else(String::new, shown),
        ]);
    }
    columns.render("  ", out);
    if timeline.events_cut {
        let _ = writeln!(out, "  … more than {MOST_EVENTS} events; the later ones are not shown");
    }
}

fn shown(text: &Shown) -> String {
    match text {
        Shown::Json(value) => visible(&value.to_string(), LONGEST_TEXT),
        Shown::Text(text) => visible(text, LONGEST_TEXT),
        Shown::Cut { text, .. } => format!("{} (cut)", visible(text, LONGEST_TEXT)),
    }
}
