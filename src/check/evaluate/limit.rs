//! Keeps findings few: of many alike the first are listed, and one more says how many there are besides.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::finding::{Finding, Kind};

/// Most findings of one kind that are listed for one workflow's executions.
pub const PER_WORKFLOW: u32 = 20;
/// Most findings of one kind that are listed for a tenant.
pub const PER_KIND: usize = 100;

/// The sum of all counts stays what it was, for each kind.
pub fn limit(findings: Vec<Finding>, tenant: &Arc<str>) -> Vec<Finding> {
    let of_workflow = |finding: &Finding| finding.workflow.clone().filter(|_| finding.kind.is_of_execution());
    let by_workflow = list(findings, PER_WORKFLOW as usize, tenant, of_workflow);
    list(by_workflow, PER_KIND, tenant, |_| Some(tenant.clone()))
}

/// Lists the first `most` of each kind and group, in their order, and then what is left of each. What has no group is
/// listed.
fn list(
    findings: Vec<Finding>,
    most: usize,
    tenant: &Arc<str>,
    group: impl Fn(&Finding) -> Option<Arc<str>>,
) -> Vec<Finding> {
    let mut listed: BTreeMap<(Kind, Arc<str>), usize> = BTreeMap::new();
    let mut rests: BTreeMap<(Kind, Arc<str>), Finding> = BTreeMap::new();
    let mut kept = Vec::new();
    for finding in findings {
        let Some(group) = group(&finding) else {
            kept.push(finding);
            continue;
        };
        let key = (finding.kind, group);
        let number = listed.entry(key.clone()).or_insert(0);
        *number += 1;
        if *number <= most {
            kept.push(finding);
        } else if let Some(rest) = rests.get_mut(&key) {
            rest.count += finding.count;
        } else {
            rests.insert(key, finding);
        }
    }
    kept.extend(rests.into_iter().map(|((_, group), rest)| remainder(&group, rest, tenant)));
    kept
}

fn remainder(subject: &Arc<str>, rest: Finding, tenant: &Arc<str>) -> Finding {
    let message = format!("{} more {}, not listed", rest.count, rest.kind.noun(rest.count));
    let finding = Finding::new(rest.severity, rest.kind, subject, message).count(rest.count);
    Finding { workflow: rest.workflow.filter(|_| subject != tenant), ..finding }
}
