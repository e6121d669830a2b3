//! Asks a reader everything there is to ask of the seeded rows. Both databases must pass: that is the parity.

use std::collections::BTreeMap;
use std::sync::Arc;

use cloacina_exporter::config::{DatabaseUrl, Poll};
use cloacina_exporter::record::*;
use cloacina_exporter::source::{Classifier, Reader, Schema, Tail};

use super::seeded::{self, Version, at, id, tasks_with};

pub const NO_TAIL: Tail =
    Tail { from: Timestamp::MIN, after_sequence: None, newer_than_xid: None, limit: usize::MAX };

pub async fn connect(url: &DatabaseUrl) -> Reader {
    Reader::connect(url, &Poll::default(), Arc::new(Classifier::default())).await.unwrap()
}

/// Opens a transaction on the schema of this name.
pub async fn begin(reader: &mut Reader, name: &str) -> (Schema, Position) {
    let found = reader.discover().await.unwrap();
    let schema = found.into_iter().find(|found| found.name == name).unwrap().schema.unwrap();
    let probe = reader.probe().await.unwrap();
    let position = reader.begin(&schema, &probe).await.unwrap();
    (schema, position)
}

pub async fn check_all(reader: &mut Reader, version: Version) {
    check_events(reader).await;
    check_executions(reader, version).await;
    check_tasks(reader).await;
    check_schedules(reader, version).await;
    check_fires(reader, version).await;
    check_history(reader, version).await;
}

async fn check_events(reader: &mut Reader) {
    reader.take_problems();
    let tailed = reader.events(&NO_TAIL, |_| false).await.unwrap();
    assert_eq!(tailed.events, seeded::events());
    assert!(tailed.complete);
    assert_eq!(
        problems(reader),
        [("execution_events.event_type", 1), ("execution_events.workflow_execution_id", 1)]
    );

    let from = at(10, 1, 5.0);
    let tail = Tail { from, limit: 2, ..NO_TAIL };
    let tailed = reader.events(&tail, |event| *event == id(0x26)).await.unwrap();
    assert_eq!(
        tailed.events,
        seeded::events()[5..6],
        "from is inclusive, and what is skipped counts for the limit"
    );
    assert!(!tailed.complete);
    assert_eq!((tailed.last_created_at, tailed.last_sequence), (Some(at(10, 2, 5.0)), Some(6)));

    let nothing = reader.events(&Tail { from: Timestamp::MAX, ..NO_TAIL }, |_| false).await.unwrap();
    assert_eq!((nothing.events, nothing.complete, nothing.last_created_at), (vec![], true, None));

    assert_eq!(reader.oldest_event().await.unwrap(), Some(at(10, 0, 0.0)));
    assert_eq!(reader.count_events(at(10, 0, 0.5), at(10, 1, 5.0)).await.unwrap(), 3, "[from, to)");
    assert_eq!(reader.events_between(at(10, 0, 0.5), at(10, 1, 5.0)).await.unwrap(), seeded::events()[1..4]);
    assert_eq!(reader.count_events(Timestamp::MIN, Timestamp::MAX).await.unwrap(), 8);
    assert_eq!(reader.count_events(at(10, 0, 0.0), at(10, 0, 0.0)).await.unwrap(), 0);
}

async fn check_executions(reader: &mut Reader, version: Version) {
    let all = seeded::executions(version);
    reader.take_problems();
    assert_eq!(sorted(reader.active_executions().await.unwrap(), |e| e.id), seeded::active());
    let table = "workflow_executions";
    let wanted = [
        (format!("{table}.created_at"), 2),
        (format!("{table}.updated_at"), 2),
        (format!("{table}.workflow_name"), 1),
    ];
    assert_eq!(problems(reader), wanted.each_ref().map(|(name, count)| (name.as_str(), *count)));

    let every_id: Vec<_> = (0..=0xff).map(id).collect();
    assert_eq!(sorted(reader.executions(&every_id).await.unwrap(), |e| e.id), all);
    assert_eq!(reader.executions(&[]).await.unwrap(), []);
    let many: Vec<_> =
        (0..5001).map(|number| uuid::Uuid::from_u128(u128::MAX - number)).chain([id(6)]).collect();
    assert_eq!(reader.executions(&many).await.unwrap(), all[5..6], "ids beyond the first chunk are read");

    assert_eq!(reader.cancelled_since(at(10, 3, 5.0)).await.unwrap(), [id(4)]);
    assert!(reader.cancelled_since(at(10, 3, 5.1)).await.unwrap().is_empty());
    assert_eq!(sorted(reader.cancelled_since(Timestamp::MIN).await.unwrap(), |id| *id), [id(4), id(0xd)]);
    assert_eq!(sorted(reader.ended_since(at(10, 2, 5.0)).await.unwrap(), |id| *id), [id(3), id(4), id(0xc)]);
    assert!(reader.ended_since(Timestamp::MAX).await.unwrap().is_empty());
}

async fn check_tasks(reader: &mut Reader) {
    reader.take_problems();
    let unfinished = reader.unfinished_tasks(&[id(5), id(6)]).await.unwrap();
    assert_eq!(sorted(unfinished, |task| task.id), tasks_with(&[0x15, 0x16, 0x17]));
    assert_eq!(
        sorted(reader.tasks_of(&[id(3), id(1)]).await.unwrap(), |task| task.id),
        tasks_with(&[0x11, 0x13, 0x14])
    );
    assert_eq!(problems(reader), []);

    let every_id: Vec<_> = (0..=0xff).map(id).collect();
    assert_eq!(sorted(reader.tasks(&every_id).await.unwrap(), |task| task.id), seeded::tasks());
    assert_eq!(
        problems(reader),
        [("task_executions.status", 1), ("task_executions.workflow_execution_id", 1)]
    );
}

async fn check_schedules(reader: &mut Reader, version: Version) {
    assert_eq!(sorted(reader.schedules().await.unwrap(), |schedule| schedule.id), seeded::schedules(version));
    assert_eq!(problems(reader), [("schedules.schedule_type", 1)]);
    let names = sorted(reader.workflow_names().await.unwrap(), Arc::clone);
    assert_eq!(names, ["antique", "etl", "only_scheduled", "report", "Ümläut \"quoted\""].map(Arc::from));
}

async fn check_fires(reader: &mut Reader, version: Version) {
    let all = seeded::fires(version);
    let with = |bytes: &[u8]| -> Vec<Fire> {
        let wanted = |fire: &&Fire| bytes.iter().any(|byte| id(*byte) == fire.id);
        all.iter().filter(wanted).cloned().collect()
    };
    let by_id = |fires: Vec<Fire>| sorted(fires, |fire| fire.id);
    reader.take_problems();
    let every_id: Vec<_> = (0..=0xff).map(id).collect();
    assert_eq!(by_id(reader.fires(&every_id).await.unwrap()), all);
    let wanted = ["schedule_id", "started_at", "workflow_status"];
    let wanted = wanted.map(|column| (format!("schedule_executions.{column}"), 1));
    assert_eq!(problems(reader), wanted.each_ref().map(|(name, count)| (name.as_str(), *count)));
    assert_eq!(reader.fires(&[]).await.unwrap(), []);

    let triggered = [0x42, 0x45, 0x46, 0x49];
    for (since, schedules, wanted) in [
        (at(10, 5, 0.0), &[][..], &[0x45, 0x46, 0x49][..]),
        (at(10, 5, 0.000_001), &[], &[0x46, 0x49]),
        (at(10, 7, 0.000_001), &[0x31, 0x33], &[]),
        (at(2, 0, 0.250_001), &[], &triggered),
        (at(2, 0, 0.250_001), &[0x31], &[&triggered[..], &[0x4b]].concat()),
        (at(9, 0, 0.0), &[0x33, 0x3f], &[&triggered[..], &[0x4a]].concat()),
        (at(2, 0, 0.25), &[], &[&triggered[..], &[0x41, 0x4b]].concat()),
        (at(1, 0, 0.5), &[], &[&triggered[..], &[0x41, 0x43, 0x4b]].concat()),
        (Timestamp::MIN, &[], &[&triggered[..], &[0x41, 0x43, 0x44, 0x4b]].concat()),
        (Timestamp::MAX, &[0x31, 0x32], &[]),
    ] {
        let schedules: Vec<_> = schedules.iter().copied().map(id).collect();
        let found = reader.fires_since(since, &schedules).await.unwrap();
        assert_eq!(by_id(found), with(wanted), "{since:?} {schedules:?}");
    }

    assert_eq!(reader.recent_fires(0).await.unwrap(), []);
    assert_eq!(by_id(reader.recent_fires(1).await.unwrap()), with(&[0x49, 0x4a, 0x4b]));
    assert_eq!(by_id(reader.recent_fires(2).await.unwrap()), with(&[0x41, 0x46, 0x49, 0x4a, 0x4b]));
    assert_eq!(by_id(reader.recent_fires(u32::MAX).await.unwrap()), all);

    let open = with(&[0x42, 0x43, 0x45, 0x49, 0x4a, 0x4b]);
    assert_eq!(reader.open_fires(0).await.unwrap(), []);
    let one_each = reader.open_fires(1).await.unwrap();
    assert!(one_each.iter().all(|fire| open.contains(fire)), "{one_each:?}");
    let schedules = sorted(one_each, |fire| fire.schedule).into_iter().map(|fire| fire.schedule);
    assert_eq!(schedules.collect::<Vec<_>>(), [0x31, 0x32, 0x33].map(id));
    assert_eq!(by_id(reader.open_fires(3).await.unwrap()), open);
    reader.take_problems();
}

async fn check_history(reader: &mut Reader, version: Version) {
    let mut found = Vec::new();
    reader.ended_executions(None, |chunk| found.extend(chunk)).await.unwrap();
    let ended = |execution: &Execution| execution.status.is_terminal();
    let all: Vec<_> = seeded::executions(version).into_iter().filter(ended).collect();
    assert_eq!(sorted(found, |e| e.id), all);

    let mut found = Vec::new();
    reader.ended_executions(Some(at(10, 2, 5.0)), |chunk| found.extend(chunk)).await.unwrap();
    assert_eq!(sorted(found, |e| e.id), [all[2].clone(), all[3].clone(), all[4].clone()]);

    let mut found = Vec::new();
    reader.ended_tasks(Some(at(10, 2, 1.0)), |chunk| found.extend(chunk)).await.unwrap();
    let report: Arc<str> = Arc::from("report");
    let wanted: Vec<_> =
        tasks_with(&[0x13, 0x14]).into_iter().map(|task| (Arc::clone(&report), task)).collect();
    assert_eq!(sorted(found, |(_, task)| task.id), wanted, "a skipped task ended when it was last updated");

    let mut found = Vec::new();
    reader.ended_tasks(None, |chunk| found.extend(chunk)).await.unwrap();
    assert_eq!(found.len(), 4);

    let counts: BTreeMap<_, _> =
        reader.event_counts(Some(at(10, 2, 5.0))).await.unwrap().into_iter().collect();
    let wanted = [(EventKind::WorkflowFailed, 1), (EventKind::Other, 1), (EventKind::WorkflowPaused, 1)];
    assert_eq!(counts, wanted.into_iter().collect());
    let counts = reader.event_counts(None).await.unwrap();
    assert_eq!(counts.iter().map(|(_, count)| count).sum::<u64>(), 8);
}

pub fn problems(reader: &mut Reader) -> Vec<(&'static str, u64)> {
    let mut problems: Vec<_> = reader
        .take_problems()
        .into_iter()
        .map(|p| (&*format!("{}.{}", p.table, p.column).leak(), p.count))
        .collect();
    problems.sort_unstable();
    problems
}

pub fn sorted<T, K: Ord>(mut records: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    records.sort_by_key(|record| key(record));
    records
}
