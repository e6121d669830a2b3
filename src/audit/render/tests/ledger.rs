//! The ledger's forms.

use std::sync::Arc;

use uuid::Uuid;

use super::super::{csv, json_lines, table};
use crate::audit::finding::{Finding, Findings, Kind};
use crate::audit::report::{Report, ScheduleReport, State, TenantReport};
use crate::audit::totals::{EngineStatistics, Totals};
use crate::record::{ScheduleKind, Timestamp};

const DAY: i64 = 86_400;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_795_478_400 + seconds)
}

fn finding(kind: Kind, seconds: i64, detail: &str) -> Finding {
    Finding {
        kind,
        tenant: Arc::from("public"),
        schedule: Some(Arc::from("nightly")),
        schedule_id: Some(Uuid::from_u128(7)),
        workflow: Arc::from("etl, \"big\""),
        at: at(seconds),
        fire: None,
        execution: None,
        task: None,
        detail: detail.to_owned(),
    }
}

fn empty(limit: usize) -> Report {
    let tenant =
        TenantReport { tenant: Arc::from("public"), since: at(0), now: at(7 * DAY), schedules: Vec::new() };
    Report { tenants: vec![tenant], findings: Findings::new(limit), unreadable: Vec::new() }
}

fn report() -> Report {
    let mut report = empty(2);
    for seconds in [60, 120, 180] {
        report.findings.add(finding(Kind::Missed, seconds, "the engine moved past it and left no row"));
    }
    report.findings.add(Finding {
        fire: Some(Uuid::from_u128(1)),
        execution: Some(Uuid::from_u128(2)),
        ..finding(Kind::Unexpected, 90, "it was not to fire then")
    });
    report.findings.add(Finding {
        schedule: None,
        schedule_id: None,
        execution: Some(Uuid::from_u128(3)),
        task: Some(Uuid::from_u128(4)),
        workflow: Arc::from("w\u{1b}[2J"),
        ..finding(Kind::AbandonedExecution, 30, "task t was given up")
    });
    let engine = EngineStatistics { total: 5, successful: 4, lost: 1 };
    let quiet = Totals { on_time: 3, rows: 3, succeeded: 3, ..Totals::default() };
    let bad =
        Totals { on_time: 1, missed: 3, rows: 2, succeeded: 1, running: 1, unexpected: 1, engine, ..quiet };
    for (number, label, totals) in [(6, "hourly", quiet), (7, "nightly", bad)] {
        report.tenants[0].schedules.push(ScheduleReport {
            id: Uuid::from_u128(number),
            label: Arc::from(label),
            workflow: Arc::from("etl"),
            kind: ScheduleKind::Cron,
            state: State::Enabled,
            totals,
            cut_at: (number == 6).then_some(at(DAY)),
        });
    }
    report
}

#[test]
fn the_table_has_the_worst_first_and_says_what_it_leaves_out() {
    let expected = "\
public: 2026-11-24T00:00:00Z to 2026-12-01T00:00:00Z (7d)

KIND                 AT                    TENANT  SCHEDULE  WORKFLOW    FIRE                                  EXECUTION                             DETAIL
missed               2026-11-24T00:02:00Z  public  nightly   etl, \"big\"  -                                     -                                     the engine moved past it and left no row
missed               2026-11-24T00:03:00Z  public  nightly   etl, \"big\"  -                                     -                                     the engine moved past it and left no row
abandoned_execution  2026-11-24T00:00:30Z  public  -         w\\u{1b}[2J  -                                     00000000-0000-0000-0000-000000000003  task t was given up
unexpected           2026-11-24T00:01:30Z  public  nightly   etl, \"big\"  00000000-0000-0000-0000-000000000001  00000000-0000-0000-0000-000000000002  it was not to fire then
… and 1 more missed, older than these; see --limit

TENANT  SCHEDULE  WORKFLOW  KIND  STATE    ID                                    EXPECTED  ON_TIME  MISSED  UNEXPECTED  ROWS  SUCCEEDED  FAILED  RUNNING  ENGINE_TOTAL  ENGINE_SUCCESSFUL  ENGINE_LOST
public  nightly   etl       cron  enabled  00000000-0000-0000-0000-000000000007         4        1       3           1     2          1       0        1             5                  4            1
public  hourly    etl       cron  enabled  00000000-0000-0000-0000-000000000006         3        3       0           0     3          3       0        0             0                  0            0
hourly: has too many instants; those from 2026-11-25T00:00:00Z on are not counted; choose a later --since

The engine's own statistics of this range: 5 executions in total, 4 successful (handed over, however they ended), 1 lost.
Earlier pauses, times of being disabled and earlier expressions leave no trace in the database: a fire that was not due because of them counts as missed, and a row that was due by them as unexpected.
Problems: 3 missed, 1 abandoned_execution.
";
    assert_eq!(table::render(&report()), expected);
}

#[test]
fn an_empty_database_has_no_problems() {
    let expected = "public: 2026-11-24T00:00:00Z to 2026-12-01T00:00:00Z (7d)\n\nNo problems found.\n";
    assert_eq!(table::render(&empty(9)), expected);
    assert_eq!(
        csv::render(&empty(9)),
        "tenant,kind,at,schedule,schedule_id,workflow,fire,execution,task,detail\r\n"
    );
}

#[test]
fn csv_quotes_what_must_be_quoted() {
    let mut report = empty(9);
    report.findings.add(Finding {
        fire: Some(Uuid::from_u128(1)),
        execution: Some(Uuid::from_u128(2)),
        task: Some(Uuid::from_u128(3)),
        ..finding(Kind::Late, 60, "line\nbreak")
    });
    report.findings.add(Finding {
        schedule: None,
        schedule_id: None,
        workflow: Arc::from("w"),
        ..finding(Kind::Lost, 0, "d")
    });
    let expected = "\
tenant,kind,at,schedule,schedule_id,workflow,fire,execution,task,detail\r\n\
public,lost,2026-11-24T00:00:00Z,,,w,,,,d\r\n\
public,late,2026-11-24T00:01:00Z,nightly,00000000-0000-0000-0000-000000000007,\"etl, \"\"big\"\"\",\
00000000-0000-0000-0000-000000000001,00000000-0000-0000-0000-000000000002,00000000-0000-0000-0000-000000000003,\
\"line\nbreak\"\r\n";
    assert_eq!(csv::render(&report), expected);
}

#[test]
fn json_lines_are_one_object_each_with_a_type_and_ids() {
    let text = json_lines::render(&report());
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let types: Vec<_> = lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["schedule", "schedule", "fire", "fire", "execution", "fire", "summary"]);
    assert_eq!(
        text.lines().nth(3).unwrap(),
        "{\"type\":\"fire\",\"kind\":\"missed\",\"tenant\":\"public\",\"schedule\":\"nightly\",\
         \"schedule_id\":\"00000000-0000-0000-0000-000000000007\",\"workflow\":\"etl, \\\"big\\\"\",\
         \"at\":\"2026-11-24T00:03:00Z\",\"fire\":null,\"execution\":null,\"task\":null,\
         \"detail\":\"the engine moved past it and left no row\"}"
    );
    let hourly = &lines[0];
    assert_eq!(hourly["cut_at"], "2026-11-25T00:00:00Z");
    assert_eq!(
        (&hourly["expected"], &hourly["on_time"], &hourly["state"]),
        (&3.into(), &3.into(), &"enabled".into())
    );
    let summary = &lines[6];
    assert_eq!(
        (&summary["problems"], &summary["tenants"], &summary["schedules"]),
        (&4.into(), &1.into(), &2.into())
    );
    assert_eq!(
        summary["findings"],
        serde_json::json!({"missed": 3, "abandoned_execution": 1, "unexpected": 1})
    );
    assert_eq!(summary["not_listed"], serde_json::json!({"missed": 1}));
    assert_eq!((&summary["totals"]["expected"], &summary["totals"]["engine_lost"]), (&7.into(), &1.into()));
}
