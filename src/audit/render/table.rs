//! The report for people: the findings, worst first, then the totals of each schedule, then what to know about both.

use std::cmp::Reverse;
use std::fmt::Write;

use uuid::Uuid;

use super::super::finding::Kind;
use super::super::report::{NOTE, Report, ScheduleReport, TenantReport};
use super::columns::Columns;
use crate::words::{instant, span, visible};

/// Longer names are cut; the other formats have them whole.
const LONGEST_NAME: usize = 48;

/// Columns of totals that are shown even if they are zero everywhere.
const ALWAYS: [&str; 6] = ["expected", "on_time", "missed", "rows", "succeeded", "failed"];

pub fn render(report: &Report) -> String {
    let mut out = String::new();
    for tenant in &report.tenants {
        let range = span(tenant.now.since(tenant.since));
        let (since, now) = (instant(tenant.since), instant(tenant.now));
        let _ = writeln!(out, "{}: {since} to {now} ({range})", visible(&tenant.tenant, LONGEST_NAME));
    }
    out.push('\n');
    findings(report, &mut out);
    schedules(report, &mut out);
    footer(report, &mut out);
    out
}

fn findings(report: &Report, out: &mut String) {
    if report.findings.iter().next().is_none() {
        return;
    }
    let headings = ["KIND", "AT", "TENANT", "SCHEDULE", "WORKFLOW", "FIRE", "EXECUTION", "DETAIL"];
    let mut columns = Columns::new(headings.map(|heading| (heading.to_owned(), false)));
    for finding in report.findings.iter() {
        columns.row(vec![
            finding.kind.label().to_owned(),
            instant(finding.at),
            visible(&finding.tenant, LONGEST_NAME),
            finding.schedule.as_deref().map_or_else(dash, |label| visible(label, LONGEST_NAME)),
            visible(&finding.workflow, LONGEST_NAME),
            finding.fire.map_or_else(dash, text),
            finding.execution.map_or_else(dash, text),
            finding.detail.clone(),
        ]);
    }
    columns.render("", out);
    for (kind, count) in report.findings.cut() {
        let _ = writeln!(out, "… and {count} more {}, older than these; see --limit", kind.label());
    }
    out.push('\n');
}

fn schedules(report: &Report, out: &mut String) {
    let mut rows: Vec<(&TenantReport, &ScheduleReport)> = report
        .tenants
        .iter()
        .flat_map(|tenant| tenant.schedules.iter().map(move |schedule| (tenant, schedule)))
        .collect();
    if rows.is_empty() {
        return;
    }
    rows.sort_by_key(|(_, schedule)| Reverse(badness(schedule)));
    let names = report.totals().columns();
    let shown: Vec<usize> = (0..names.len())
        .filter(|column| names[*column].1 > 0 || ALWAYS.contains(&names[*column].0))
        .collect();
    let texts =
        ["TENANT", "SCHEDULE", "WORKFLOW", "KIND", "STATE", "ID"].map(|name| (name.to_owned(), false));
    let numbers = shown.iter().map(|column| (names[*column].0.to_uppercase(), true));
    let mut columns = Columns::new(texts.into_iter().chain(numbers));
    for (tenant, schedule) in rows {
        let totals = schedule.totals.columns();
        let mut cells = vec![
            visible(&tenant.tenant, LONGEST_NAME),
            visible(&schedule.label, LONGEST_NAME),
            visible(&schedule.workflow, LONGEST_NAME),
            schedule.kind_label().to_owned(),
            schedule.state.label().to_owned(),
            text(schedule.id),
        ];
        cells.extend(shown.iter().map(|column| totals[*column].1.to_string()));
        columns.row(cells);
    }
    columns.render("", out);
    for schedule in report.tenants.iter().flat_map(|tenant| &tenant.schedules) {
        if let Some(cut_at) = schedule.cut_at {
            let label = visible(&schedule.label, LONGEST_NAME);
            let _ = writeln!(
                out,
                "{label}: has too many instants; those from {} on are not counted; choose a later --since",
                instant(cut_at)
            );
        }
    }
    out.push('\n');
}

/// What did not happen weighs more than what happened late.
fn badness(schedule: &ScheduleReport) -> (u64, u64) {
    let totals = &schedule.totals;
    let not_done = totals.missed + totals.lost + totals.abandoned + totals.handoff_failed + totals.overdue;
    (not_done + totals.failed, totals.late + totals.catchup + totals.recovered)
}

fn footer(report: &Report, out: &mut String) {
    let engine = report.totals().engine;
    if report.tenants.iter().any(|tenant| !tenant.schedules.is_empty()) {
        let _ = writeln!(
            out,
            "The engine's own statistics of this range: {} executions in total, {} successful (handed over, however they \
             ended), {} lost.",
            engine.total, engine.successful, engine.lost
        );
        let _ = writeln!(out, "{NOTE}");
    }
    let counts: Vec<String> = report
        .findings
        .counts()
        .filter(|(kind, _)| *kind != Kind::Unexpected)
        .map(|(kind, count)| format!("{count} {}", kind.label()))
        .collect();
    if counts.is_empty() {
        out.push_str("No problems found.\n");
    } else {
        let _ = writeln!(out, "Problems: {}.", counts.join(", "));
    }
}

fn text(id: Uuid) -> String {
    id.to_string()
}

fn dash() -> String {
    "-".to_owned()
}
