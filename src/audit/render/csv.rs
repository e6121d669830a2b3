//! The findings as CSV (RFC 4180), one line each after a header; without the totals.

use super::super::report::Report;
use crate::words::instant;

const HEADER: [&str; 10] =
    ["tenant", "kind", "at", "schedule", "schedule_id", "workflow", "fire", "execution", "task", "detail"];

pub fn render(report: &Report) -> String {
    let mut out = String::new();
    line(&mut out, HEADER);
    for finding in report.findings.iter() {
        let id = |id: Option<uuid::Uuid>| id.map_or_else(String::new, |id| id.to_string());
        line(
            &mut out,
            [
                &*finding.tenant,
                finding.kind.label(),
                &instant(finding.at),
                finding.schedule.as_deref().unwrap_or_default(),
                &id(finding.schedule_id),
                &finding.workflow,
                &id(finding.fire),
                &id(finding.execution),
                &id(finding.task),
                &finding.detail,
            ],
        );
    }
    out
}

fn line(out: &mut String, fields: [&str; 10]) {
    for (index, field) in fields.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        if field.contains([',', '"', '\r', '\n']) {
            out.push('"');
            out.push_str(&field.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(field);
        }
    }
    out.push_str("\r\n");
}
