//! What must survive a restart, and what is worth writing to the state file.

use cloacina_exporter::record::{Batch, EventKind, Recount};

use crate::builders::*;
use crate::timeline::*;

fn polls() -> [Poll; 3] {
    let etl = execution("etl").started(at(2));
    let load = task("etl", "load").running(at(3));
    let ready = event(EventKind::TaskMarkedReady, at(2)).of(&load);
    let end = event(EventKind::TaskCompleted, at(28)).of(&load);
    [
        poll(at(10)).executions([etl.clone()]).tasks([load.clone()]).events([ready]).listing(&["etl"]),
        poll(at(20))
            .executions([etl.clone()])
            .tasks([load.clone().attempt(2)])
            .schedules([cron("etl", "* * * * *")]),
        poll(at(30))
            .executions([etl.completed(at(29))])
            .tasks([load.attempt(2).completed(at(28))])
            .events([end]),
    ]
}

#[test]
fn a_restart_between_any_two_polls_changes_no_line() {
    let straight = Timeline::begun().polls(polls()).at(at(200)).lines(&[]);
    for restart_after in 0..3 {
        let mut timeline = Timeline::begun();
        for (index, poll) in polls().into_iter().enumerate() {
            timeline = timeline.poll(poll);
            if index == restart_after {
                timeline = timeline.restarted();
            }
        }
        assert_eq!(timeline.at(at(200)).lines(&[]), straight, "after poll {restart_after}");
    }
}

#[test]
fn a_poll_is_worth_saving_only_if_it_says_more_than_that_time_has_passed() {
    let [first, second, third] = polls();
    let begun = Timeline::begun().poll(first.clone());
    let saves = |batch: &Batch| begun.tenant().would_change(batch);
    let same = Batch { levels: first.0.levels, ..poll(at(15)).0 };
    assert!(!saves(&same), "the same rows");
    assert!(saves(&second.0), "another attempt");
    assert!(saves(&poll(at(15)).0), "nothing active any more");
    assert!(saves(&Batch { events: third.0.events.clone(), ..same.clone() }));
    assert!(saves(&Batch { executions: third.0.executions.clone(), ..same.clone() }));
    assert!(saves(&Batch { tasks: third.0.tasks, ..same.clone() }));
    assert!(saves(&Batch { workflows: Some(Vec::new()), ..same.clone() }));
    let recount = Recount { from: at(0), to: at(60), expected: 0, missed: 0 };
    assert!(saves(&Batch { recount: Some(recount), ..same }));
}

#[test]
fn a_tenant_that_is_gone_is_dropped_whole() {
    let mut timeline = Timeline::begun().polls(polls());
    timeline.state.forget(|label, _| label != TENANT);
    assert_eq!(timeline.state.tenants.len(), 1);
    timeline.state.forget(|label, _| label == TENANT);
    shows("no tenant", &timeline, &["workflow_executions_total", "events_total"], "");
}
