//! For monitoring systems that call plugins (Nagios, Icinga, Sensu): a status line with performance data, then the
//! findings, as the Monitoring Plugins' guidelines have it.

use super::super::finding::{Finding, Kind, LONGEST_TEXT};
use super::super::report::{Report, Summary};
use super::headline;
use crate::words::visible;

/// Findings that are listed; some systems keep only a few kilobytes.
const MOST_LINES: usize = 50;

pub fn render(report: &Report) -> String {
    let status = report.status().name().to_uppercase();
    let mut text =
        format!("CLOACINA {status} - {} | {}\n", plain(&headline(report)), performance(report).join(" "));
    let mut findings: Vec<_> = report.all().collect();
    findings.sort_by_key(|(_, finding)| std::cmp::Reverse(finding.severity));
    for (tenant, finding) in findings.iter().take(MOST_LINES) {
        text.push_str(&line(tenant.map(AsRef::as_ref), finding));
    }
    if findings.len() > MOST_LINES {
        text.push_str(&format!("and {} more\n", findings.len() - MOST_LINES));
    }
    text
}

/// A bar would begin performance data.
pub fn plain(text: &str) -> String {
    text.replace('|', "/")
}

fn line(tenant: Option<&str>, finding: &Finding) -> String {
    let tenant = tenant.map_or_else(String::new, |tenant| format!("{}: ", visible(tenant, LONGEST_TEXT)));
    let Finding { severity, kind, subject, message, .. } = finding;
    let line = format!(
        "{}: {tenant}{} {}: {}",
        severity.name(),
        kind.name(),
        visible(subject, LONGEST_TEXT),
        visible(message, usize::MAX)
    );
    format!("{}\n", plain(&line))
}

/// `'label'=value[unit];[warning];[critical];[least]`. Thresholds stand where there are any; they are reached by values
/// that are equal.
fn performance(report: &Report) -> Vec<String> {
    let thresholds = &report.thresholds;
    let number = |limit: Option<u64>| limit.map_or_else(String::new, |limit| limit.to_string());
    let sum = |of: fn(&Summary) -> u64| report.summaries().map(of).sum::<u64>();
    let oldest = |of: fn(&Summary) -> f64| report.summaries().map(of).fold(0.0, f64::max);
    let count = |label: &str, kinds: &[Kind]| {
        format!("'{label}'={};;;0", kinds.iter().map(|kind| report.count(*kind)).sum::<u64>())
    };
    vec![
        format!(
            "'failed'={};{};{};0",
            sum(|summary| summary.failed),
            number(thresholds.failed_warning),
            number(thresholds.failed_critical)
        ),
        format!("'active'={};;;0", sum(|summary| summary.pending + summary.running)),
        format!(
            "'oldest_active'={:.3}s;;;0",
            oldest(|summary| summary.oldest_active_age.unwrap_or_default().seconds().max(0.0))
        ),
        count("too_long", &[Kind::ExecutionTooLong]),
        count("stalled", &[Kind::ExecutionStalled]),
        count("stale_claims", &[Kind::ClaimStale]),
        format!(
            "'oldest_ready'={:.3}s;{};;0",
            oldest(|summary| summary.oldest_ready_age.seconds().max(0.0)),
            thresholds.ready_for.as_secs()
        ),
        count("late_schedules", &[Kind::ScheduleLate, Kind::SchedulePeriodLate]),
        count("overdue_schedules", &[Kind::ScheduleOverdue]),
        count("never_fired_schedules", &[Kind::ScheduleNeverFired]),
        count("invalid_schedules", &[Kind::ScheduleInvalid]),
        count("lost_handoffs", &[Kind::HandoffLost, Kind::HandoffAbandoned]),
        count("stale_triggers", &[Kind::TriggerStale, Kind::TriggerNeverPolled]),
        count("blocked_executions", &[Kind::TriggerBlocked]),
        count("unreadable", &[Kind::DatabaseUnreachable, Kind::TenantUnreadable]),
    ]
}
