//! What a ledger tells of a schedule: a finding for each row and instant that is worth one.
//!
//! Pure; decides no outcome.

use super::super::finding::{Finding, Findings, Kind};
use super::super::totals::Standing;
use super::Ledger;
use crate::calendar::Unusable;
use crate::record::{ExecutionStatus, Fire, Span, Timestamp};
use crate::state::schedules::outcome::FireOutcome;
use crate::words::{instant as at, span};

/// A poll of a trigger is stale after three of its intervals, but not before this.
const SHORTEST_STALE: Span = Span::from_seconds(120);

impl Ledger<'_> {
    pub(super) fn report_row(
        &self,
        fire: &Fire,
        due: Timestamp,
        standing: Standing,
        allowed: Span,
        findings: &mut Findings,
    ) {
        let late = span(fire.started_at.since(due));
        let age = span(self.terms.now.since(fire.started_at));
        let (kind, detail) = match standing {
            Standing::Decided(FireOutcome::Late) => {
                (Kind::Late, format!("began {late} late; {} are allowed", span(allowed)))
            }
            Standing::Decided(FireOutcome::Catchup) => {
                (Kind::Catchup, format!("began {late} late, when a newer one was due"))
            }
            Standing::Decided(FireOutcome::Recovered) => {
                let attempts = fire.recovery_attempts;
                (Kind::Recovered, format!("its handoff was lost, and succeeded at recovery {attempts}"))
            }
            Standing::Decided(FireOutcome::HandoffFailed) => {
                (Kind::HandoffFailed, "no execution could be started; is the workflow known?".to_owned())
            }
            Standing::Decided(FireOutcome::Abandoned) => {
                (Kind::Abandoned, format!("no execution for {age}, and the engine tries no more"))
            }
            Standing::Lost => (Kind::Lost, format!("no execution for {age}")),
            Standing::Decided(FireOutcome::OnTime | FireOutcome::Missed)
            | Standing::Overdue
            | Standing::Pending => return,
        };
        self.report(kind, due, Some(fire), detail, findings);
    }

    /// An execution that ended, but not well.
    pub(super) fn report_end(&self, fire: &Fire, findings: &mut Findings) {
        let Some(execution) = &fire.execution else { return };
        let (kind, what) = match execution.status {
            ExecutionStatus::Failed => (Kind::Failed, "failed"),
            ExecutionStatus::Cancelled => (Kind::Cancelled, "was cancelled"),
            _ => return,
        };
        let after = execution.completed_at.map(|ended| span(ended.since(fire.started_at)));
        let after = after.map_or_else(String::new, |after| format!(", {after} after the fire began"));
        let due = fire.scheduled_time.unwrap_or(fire.started_at);
        self.report(kind, due, Some(fire), format!("the execution {what}{after}"), findings);
    }

    /// One for all: while the engine does not come to them, they all wait for the same thing.
    pub(super) fn report_overdue(&self, findings: &mut Findings) {
        let Some(oldest) = self.oldest_overdue else { return };
        let count = self.totals.overdue;
        let late = span(self.terms.now.since(oldest));
        let detail = format!("{count} due and not claimed, the oldest for {late}; does the engine run?");
        self.report(Kind::Overdue, oldest, None, detail, findings);
    }

    pub(super) fn report_invalid(&self, unusable: Unusable, findings: &mut Findings) {
        let what = match unusable {
            Unusable::Cron => "the cron expression is none that the engine can use",
            Unusable::Timezone => "the time zone is unknown to the engine",
        };
        self.report(Kind::Invalid, self.terms.now, None, format!("{what}: it never fires"), findings);
    }

    pub(super) fn report_trigger(&self, findings: &mut Findings) {
        let schedule = self.terms.schedule;
        if let (count, Some(newest)) = &self.blocked {
            let detail =
                format!("{count} open though ended; the engine refuses to fire again with the same context");
            self.report(Kind::Blocked, newest.started_at, Some(newest), detail, findings);
        }
        let polled = schedule.last_poll_at.unwrap_or(schedule.created_at);
        let interval = Span(schedule.poll_interval_ms.unwrap_or(0).max(0).saturating_mul(1000));
        let age = self.terms.now.since(polled);
        if schedule.enabled && !schedule.paused && age > interval.times(3).max(SHORTEST_STALE) {
            let last =
                schedule.last_poll_at.map_or_else(|| "never".to_owned(), |last| format!("last {}", at(last)));
            let detail =
                format!("no successful poll for {} ({last}), one is due every {}", span(age), span(interval));
            self.report(Kind::StalePoll, polled, None, detail, findings);
        }
    }

    pub(super) fn report(
        &self,
        kind: Kind,
        due: Timestamp,
        fire: Option<&Fire>,
        detail: String,
        findings: &mut Findings,
    ) {
        findings.add(Finding {
            kind,
            tenant: self.terms.tenant.clone(),
            schedule: Some(self.terms.label.clone()),
            schedule_id: Some(self.terms.schedule.id),
            workflow: self.terms.schedule.workflow.clone(),
            at: due,
            fire: fire.map(|fire| fire.id),
            execution: fire.and_then(|fire| fire.execution.as_ref()).map(|execution| execution.id),
            task: None,
            detail,
        });
    }
}
