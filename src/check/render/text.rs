//! For people: a line that sums up, then each tenant with its findings and what there is besides.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::super::finding::{Finding, LONGEST_TEXT, Severity};
use super::super::report::{Report, Summary, TenantReport};
use super::headline;
use crate::words::{instant, span, visible};

/// Active executions shown of a tenant.
const MOST_ACTIVE: usize = 5;

pub fn render(report: &Report, coloured: bool, watching: bool) -> String {
    let mut page = Page { text: String::new(), coloured };
    if watching {
        page.line(&format!("--- {}", instant(report.at)));
    }
    let status = report.status();
    page.severity(status, &status.name().to_uppercase());
    page.line(&format!(": {}", headline(report)));
    report.findings.iter().for_each(|finding| page.finding(finding));
    for tenant in &report.tenants {
        page.tenant(tenant, report);
    }
    page.text
}

struct Page {
    text: String,
    coloured: bool,
}

impl Page {
    fn tenant(&mut self, tenant: &TenantReport, report: &Report) {
        let generation = tenant.generation.map_or_else(String::new, |generation| format!(" ({generation})"));
        self.line("");
        self.bold(&visible(&tenant.label, LONGEST_TEXT));
        self.line(&generation);
        tenant.findings.iter().for_each(|finding| self.finding(finding));
        if let Some(summary) = &tenant.summary {
            self.summary(summary, report);
        }
    }

    fn finding(&mut self, finding: &Finding) {
        let Finding { severity, kind, subject, message, .. } = finding;
        self.text.push_str("  ");
        self.severity(*severity, &format!("{:<8}", severity.name()));
        self.line(&format!(
            "  {:<20}  {}: {}",
            kind.name(),
            visible(subject, LONGEST_TEXT),
            visible(message, usize::MAX)
        ));
    }

    fn summary(&mut self, summary: &Summary, report: &Report) {
        let Summary { failed, pending, running, paused, .. } = summary;
        self.line(&format!("  failed in {}: {failed}", span(report.thresholds.since.into())));
        let active = pending + running + paused;
        let oldest =
            summary.oldest_active_age.map_or_else(String::new, |age| format!(", oldest for {}", span(age)));
        self.line(&format!(
            "  active: {active} ({running} running, {pending} pending, {paused} paused){oldest}"
        ));
        for execution in summary.active.iter().take(MOST_ACTIVE) {
            let workflow = visible(&execution.workflow, LONGEST_TEXT);
            self.line(&format!(
                "    {workflow} {} {} for {}",
                execution.id,
                execution.state,
                span(execution.age)
            ));
        }
        if active > MOST_ACTIVE as u64 {
            self.line(&format!("    and {} younger ones", active - MOST_ACTIVE as u64));
        }
        let Summary { schedules_enabled, schedules_paused, schedules_disabled, .. } = summary;
        self.line(&format!(
            "  schedules: {schedules_enabled} enabled, {schedules_paused} of them paused; {schedules_disabled} disabled"
        ));
        if summary.unusable_values > 0 {
            self.line(&format!(
                "  {} stored values could not be read; their rows may be missing here",
                summary.unusable_values
            ));
        }
    }

    fn severity(&mut self, severity: Severity, text: &str) {
        let colour = match severity {
            Severity::Ok => AnsiColor::Green,
            Severity::Unknown => AnsiColor::Magenta,
            Severity::Warning => AnsiColor::Yellow,
            Severity::Critical => AnsiColor::Red,
        };
        self.styled(colour.on_default().bold(), text);
    }

    fn bold(&mut self, text: &str) {
        self.styled(Style::new().bold(), text);
    }

    fn styled(&mut self, style: Style, text: &str) {
        // Writing to a string cannot fail.
        let _ = match self.coloured {
            true => write!(self.text, "{style}{text}{style:#}"),
            false => write!(self.text, "{text}"),
        };
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }
}
