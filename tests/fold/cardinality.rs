//! Which names get series, what becomes of the others, and how many series there are.

use cloacina_exporter::config::{Histograms, LabelPolicy, Metrics, Patterns};

use crate::builders::*;
use crate::timeline::*;

fn policy(allow: &[&str], deny: &[&str], max: usize) -> LabelPolicy {
    let patterns = |list: &[&str]| Patterns::new(list.iter().copied()).unwrap();
    LabelPolicy { allow: patterns(allow), deny: patterns(deny), max }
}

fn begun(change: impl FnOnce(&mut Metrics)) -> Timeline {
    let mut metrics = metrics();
    change(&mut metrics);
    Timeline::new(metrics).poll(poll(at(0)))
}

const FOLDED: &str = "exporter_folded_label_values";

#[test]
fn workflows_beyond_the_limit_share_one_value() {
    let begun = begun(|metrics| metrics.workflows = policy(&[], &[], 1));
    let first = poll(at(5)).executions([execution("a")]);
    let rows = ["b", "c"].map(|name| execution(name).completed(at(9)));
    let active = execution("b").number(2).started(at(5));
    let rows = poll(at(10))
        .executions(rows)
        .executions([active])
        .tasks([task("b", "load").of(&execution("b").number(2)).running(at(6))]);
    let families =
        ["workflow_executions_total", "workflow_executions_active", "tasks", "task_attempts_total", FOLDED];
    shows(
        "b and c",
        &begun.poll(first).poll(rows),
        &families,
        r#"
        exporter_folded_label_values{label="workflow"} 2
        workflow_executions_active{workflow="__other__",state="running"} 1
        workflow_executions_total{workflow="__other__",status="completed",origin="manual"} 2
        tasks{workflow="__other__",state="running"} 1
    "#,
    );
}

#[test]
fn workflows_that_the_patterns_exclude_share_one_value() {
    let begun = begun(|metrics| metrics.workflows = policy(&["etl_*"], &["*_tmp"], 99));
    let rows = ["etl_a", "etl_tmp", "other"].map(|name| execution(name).completed(at(9)));
    shows(
        "one of three is allowed",
        &begun.poll(poll(at(10)).executions(rows)),
        &["workflow_executions_total", FOLDED],
        r#"
        exporter_folded_label_values{label="workflow"} 2
        workflow_executions_total{workflow="__other__",status="completed",origin="manual"} 2
        workflow_executions_total{workflow="etl_a",status="completed",origin="manual"} 1
    "#,
    );
}

#[test]
fn schedules_that_shared_a_value_have_their_own_once_the_limit_is_raised() {
    let rows = || poll(at(10)).schedules(["a", "b"].map(|name| cron(name, "* * * * *")));
    let limited = |most| Metrics { schedules: policy(&[], &[], most), ..metrics() };
    let shared = Timeline::new(limited(1)).poll(rows());
    let family = ["schedule_enabled"];
    shows("one of two", &shared, &family, r#"schedule_enabled{workflow="a",schedule="a"} 1"#);
    shows(
        "both",
        &shared.reconfigured(limited(2)).poll(rows()),
        &family,
        r#"
        schedule_enabled{workflow="a",schedule="a"} 1
        schedule_enabled{workflow="b",schedule="b"} 1
    "#,
    );
}

#[test]
fn tasks_beyond_the_limit_share_one_value_within_their_workflow() {
    let begun = begun(|metrics| metrics.tasks = policy(&[], &[], 1));
    let rows = poll(at(10)).executions(["a", "b"].map(|name| execution(name).completed(at(9)))).tasks([
        task("a", "load").completed(at(8)),
        task("a", "store").completed(at(8)),
        task("b", "load").completed(at(8)),
    ]);
    shows(
        "the limit counts pairs of workflow and task",
        &begun.poll(rows),
        &["task_attempts_total", FOLDED],
        r#"
        exporter_folded_label_values{label="task"} 2
        task_attempts_total{workflow="a",task="__other__",outcome="completed"} 1
        task_attempts_total{workflow="a",task="load",outcome="completed"} 1
        task_attempts_total{workflow="b",task="__other__",outcome="completed"} 1
    "#,
    );
}

#[test]
fn schedules_beyond_the_limit_have_no_series() {
    let begun = begun(|metrics| metrics.schedules = policy(&[], &[], 1));
    let rows = poll(at(10)).schedules([cron("a", "* * * * *"), cron("b", "* * * * *")]);
    let timeline = begun.poll(rows);
    shows(
        "only the first",
        &timeline,
        &["schedule_enabled", FOLDED],
        r#"
        exporter_folded_label_values{label="schedule"} 1
        schedule_enabled{workflow="a",schedule="a"} 1
    "#,
    );
    let freed = timeline.poll(poll(at(25)).schedules([cron("b", "* * * * *")]));
    shows(
        "a deleted one makes room",
        &freed,
        &["schedule_enabled", FOLDED],
        r#"
        schedule_enabled{workflow="b",schedule="b"} 1
    "#,
    );
}

#[test]
fn names_without_any_row_lose_their_series_and_make_room() {
    let begun = begun(|metrics| metrics.workflows = policy(&[], &[], 1));
    let ended = |name, now| poll(at(now)).executions([execution(name).completed(at(now - 1))]);
    let family = ["workflow_executions_total", FOLDED];
    let timeline = begun.poll(ended("a", 10)).poll(ended("b", 20)).poll(poll(at(30)).listing(&["b"]));
    shows(
        "a is gone, b was already folded",
        &timeline,
        &family,
        r#"
        exporter_folded_label_values{label="workflow"} 1
        workflow_executions_total{workflow="__other__",status="completed",origin="manual"} 1
    "#,
    );
    let again = timeline.poll(poll(at(45)).executions([execution("b").number(2).completed(at(44))]));
    shows(
        "b has room now",
        &again,
        &family,
        r#"
        workflow_executions_total{workflow="__other__",status="completed",origin="manual"} 1
        workflow_executions_total{workflow="b",status="completed",origin="manual"} 1
    "#,
    );
}

#[test]
fn a_name_stays_while_it_is_listed_scheduled_or_active() {
    let rows = || poll(at(10)).executions(["listed", "scheduled", "active", "gone"].map(execution));
    let next = poll(at(25))
        .executions([execution("active")])
        .schedules([cron("scheduled", "* * * * *")])
        .listing(&["listed"]);
    shows_all(
        "three of four",
        &Timeline::begun().poll(rows()).poll(next),
        &["workflow_stalled_executions"],
        r#"
        workflow_stalled_executions{workflow="active"} 0
        workflow_stalled_executions{workflow="listed"} 0
        workflow_stalled_executions{workflow="scheduled"} 0
    "#,
    );
}

#[test]
fn series_are_counted_by_family_with_a_histogram_as_one() {
    let rows = poll(at(10)).executions([execution("etl").completed(at(9))]);
    let series = Timeline::begun().poll(rows).values("exporter_series");
    let count =
        |family: &str| series.get(&format!("exporter_series{{family=\"cloacina_{family}\"}}")).cloned();
    assert_eq!(count("state_workflow_executions_total").as_deref(), Some("12"));
    assert_eq!(count("state_workflow_execution_duration_seconds").as_deref(), Some("1"));
    assert_eq!(count("state_up").as_deref(), Some("1"));
    assert_eq!(count("exporter_series"), None);
    assert_eq!(count("state_schedule_info"), None, "a family without series");
}

#[test]
fn families_and_histograms_can_be_switched_off() {
    let mut timeline = Timeline::begun().poll(poll(at(10)).executions([execution("etl").completed(at(9))]));
    timeline.metrics.disabled = ["cloacina_state_tasks".into(), "cloacina_exporter_series".into()].into();
    assert_eq!(timeline.lines(&["tasks", "exporter_series"]), Vec::<String>::new());
    timeline.metrics.histograms = Histograms::Off;
    assert_eq!(timeline.lines(&["workflow_execution_duration_seconds"]), Vec::<String>::new());
}

#[test]
fn other_buckets_start_all_histograms_again_and_nothing_else() {
    let ended = execution("etl").started(at(1)).completed(at(9));
    let mut timeline = Timeline::begun().poll(poll(at(10)).executions([ended]));
    let mut metrics = metrics();
    assert!(!timeline.state.rebucket(&metrics));
    metrics.buckets = [5.0].into();
    assert!(timeline.state.rebucket(&metrics));
    let timeline = timeline.reconfigured(metrics);
    let families = ["workflow_executions_total", "workflow_execution_duration_seconds"];
    shows(
        "empty histograms",
        &timeline,
        &families,
        r#"
        workflow_executions_total{workflow="etl",status="completed",origin="manual"} 1
    "#,
    );
    assert_eq!(timeline.lines(&families[1..]).len(), 4, "two buckets, sum and count");
}
