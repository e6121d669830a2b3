//! The reader on a real PostgreSQL server: the same rows as on SQLite, and all that only a server can do.

#[path = "support/answers.rs"]
mod answers;
#[path = "support/seeded.rs"]
mod seeded;
#[path = "support/tenants.rs"]
mod tenants;
#[path = "support/throwaway.rs"]
#[allow(dead_code)] // The rest is for sessions.
mod throwaway;

use answers::{NO_TAIL, begin, check_all, connect};
use cloacina_exporter::record::*;
use cloacina_exporter::source::{Generation, Reason, Tail, Unusable};
use seeded::{VERSIONS, Version, at, id, ids};
use sqlx::postgres::PgConnection;
use sqlx::{ConnectOptions, query_as, query_scalar};
use tenants::{NAMES, discover_one, seed, seed_all};
use throwaway::{Server, sql};

#[tokio::test]
async fn tenants_of_all_generations_in_one_database_give_the_records_that_sqlite_gives() {
    let server = Server::shared();
    let mut writer = server.database("parity").await;
    seed_all(&mut writer).await;
    let mut reader = connect(&server.url("postgres", "parity")).await;
    // Twice, so that prepared statements meet every schema.
    for _ in 0..2 {
        for (name, version) in NAMES.into_iter().zip(VERSIONS) {
            let (schema, position) = begin(&mut reader, name).await;
            let wanted = [Generation::V0_4, Generation::V0_5_1, Generation::V0_11][version as usize];
            assert_eq!(schema.generation, wanted);
            assert!(position.xmin <= position.xmax && position.xmin > 0, "{position:?}");
            assert!(position.clock <= position.now, "the clock is read before the snapshot");
            check_all(&mut reader, version).await;
            reader.rollback().await.unwrap();
        }
    }
    let names: Vec<_> = reader.discover().await.unwrap().into_iter().map(|found| found.name).collect();
    assert_eq!(names, ["Neu", "middle, \"quoted\"", "old"]);
}

#[tokio::test]
async fn missing_grants_are_reported_with_statements_that_mend_them() {
    let server = Server::shared();
    let mut writer = server.database("grants").await;
    seed_all(&mut writer).await;
    sql(&mut writer, "CREATE ROLE \"Monitor 1\" LOGIN; CREATE SCHEMA foreign_one; CREATE SCHEMA unrelated")
        .await;
    sql(
        &mut writer,
        "CREATE TABLE foreign_one.workflow_executions (id uuid); CREATE TABLE unrelated.schedules ()",
    )
    .await;
    sql(&mut writer, "GRANT USAGE ON SCHEMA \"Neu\" TO \"Monitor 1\"").await;
    sql(&mut writer, "GRANT SELECT ON \"Neu\".workflow_executions TO \"Monitor 1\"").await;

    let mut reader = connect(&server.url("Monitor%201", "grants")).await;
    let found = reader.discover().await.unwrap();
    assert_eq!(
        found.iter().map(|found| &*found.name).collect::<Vec<_>>(),
        ["Neu", "foreign_one", "middle, \"quoted\"", "old"]
    );
    assert_eq!(
        found[1].schema,
        Err(Unusable::Foreign { missing: "column workflow_executions.workflow_name".into() }),
    );
    let Err(Unusable::Unreadable { tables, grant }) = &found[0].schema else { panic!("{found:?}") };
    assert_eq!(
        answers::sorted(tables.clone(), String::clone),
        ["execution_events", "schedule_executions", "schedules", "task_executions"]
    );
    assert_eq!(
        grant,
        "GRANT USAGE ON SCHEMA \"Neu\" TO \"Monitor 1\"; GRANT SELECT ON \"Neu\".workflow_executions, \
         \"Neu\".task_executions, \"Neu\".execution_events, \"Neu\".schedules, \"Neu\".schedule_executions TO \"Monitor 1\";"
    );

    for found in found {
        if let Err(Unusable::Unreadable { grant, .. }) = found.schema {
            sql(&mut writer, &grant).await;
        }
    }
    for (name, version) in NAMES.into_iter().zip(VERSIONS) {
        begin(&mut reader, name).await;
        check_all(&mut reader, version).await;
        reader.rollback().await.unwrap();
    }

    // A grant taken back after discovery.
    let schema = discover_one(&mut reader, "old").await;
    sql(&mut writer, "REVOKE SELECT ON old.schedules FROM \"Monitor 1\"").await;
    let probe = reader.probe().await.unwrap();
    reader.begin(&schema, &probe).await.unwrap();
    let error = reader.schedules().await.unwrap_err();
    assert_eq!((error.operation, error.reason, error.is_broken()), ("schedules", Reason::Permission, false));
    assert!(
        error.message.contains("GRANT SELECT ON \"old\".pipeline_executions, \"old\".task_executions"),
        "{error}"
    );
    reader.rollback().await.unwrap();
    reader.begin(&schema, &probe).await.unwrap();
    assert_eq!(reader.active_executions().await.unwrap().len(), 4);
    sql(&mut writer, "DROP OWNED BY \"Monitor 1\"; DROP ROLE \"Monitor 1\"").await;
}

#[tokio::test]
async fn infinite_times_and_the_time_zone_of_heartbeats_are_read() {
    let server = Server::shared();
    let mut writer = server.database("times").await;
    seed(&mut writer, "public", Version::V0_11).await;
    let change = "UPDATE workflow_executions SET created_at = '-infinity', completed_at = 'infinity' WHERE id = #06;
        UPDATE workflow_executions SET created_at = '4713-01-01 BC', completed_at = '294276-12-31 23:59:59.999999' WHERE id = #07;
        UPDATE task_executions SET heartbeat_at = '2026-11-23 12:00:00+02' WHERE id = #15;
        UPDATE execution_events SET created_at = 'infinity' WHERE id = #21;
        UPDATE execution_events SET created_at = '-infinity' WHERE id = #22";
    sql(&mut writer, &ids(change, false)).await;
    sql(&mut writer, "ALTER DATABASE times SET timezone = 'America/New_York'").await;
    let mut reader = connect(&server.url("postgres", "times")).await;
    begin(&mut reader, "public").await;
    let executions = answers::sorted(reader.executions(&[id(6), id(7)]).await.unwrap(), |e| e.id);
    assert_eq!(
        (executions[0].created_at, executions[0].completed_at),
        (Timestamp::MIN, Some(Timestamp::MAX))
    );
    assert_eq!(executions[1].created_at, Timestamp(-210_863_520_000_000_000));
    assert_eq!(executions[1].completed_at, Some(Timestamp::MAX), "beyond what fits");
    assert_eq!(reader.tasks(&[id(0x15)]).await.unwrap()[0].heartbeat_at, Some(at(10, 0, 0.0)));
    let events = reader.events(&NO_TAIL, |_| false).await.unwrap().events;
    assert_eq!((events[0].id, events[0].created_at), (id(0x22), Timestamp::MIN));
    assert_eq!((events[6].id, events[6].created_at), (id(0x21), Timestamp::MAX));
    assert_eq!(reader.oldest_event().await.unwrap(), Some(Timestamp::MIN));
}

#[tokio::test]
async fn a_position_tells_of_a_running_transaction_and_the_filter_finds_what_it_wrote() {
    let server = Server::shared();
    let mut writer = server.database("position").await;
    seed(&mut writer, "public", Version::V0_11).await;
    let mut reader = connect(&server.url("postgres", "position")).await;
    let (_, before) = begin(&mut reader, "public").await;
    reader.rollback().await.unwrap();

    sql(&mut writer, "BEGIN").await;
    let own: i64 =
        query_scalar("SELECT pg_current_xact_id()::text::bigint").fetch_one(&mut writer).await.unwrap();
    let own = u64::try_from(own).unwrap();
    let insert =
        "INSERT INTO execution_events VALUES (#29, #06, NULL, 'task_claimed', '2026-11-23 10:04:30', 9)";
    sql(&mut writer, &ids(insert, false)).await;
    let (_, during) = begin(&mut reader, "public").await;
    assert!(during.locked > own, "{during:?} {own}");
    assert!(during.xmin <= own);
    assert_eq!(during.identity, before.identity);
    assert!(during.identity.system > 0 && during.identity.started > 0 && during.identity.timeline == 1);
    assert!(!during.identity.in_recovery);
    assert_eq!(during.replayed_at, None);
    sql(&mut writer, "COMMIT").await;
    assert_eq!(reader.events(&NO_TAIL, |_| false).await.unwrap().events.len(), 7, "the snapshot stays");
    reader.rollback().await.unwrap();

    let (_, after) = begin(&mut reader, "public").await;
    assert!(after.xmax > own);
    let newer = Tail { newer_than_xid: Some(own), ..NO_TAIL };
    let found = reader.events(&newer, |_| false).await.unwrap().events;
    assert_eq!(found.iter().map(|event| event.id).collect::<Vec<_>>(), [id(0x29)]);
    let newest = Tail { newer_than_xid: Some(after.xmax), ..NO_TAIL };
    assert_eq!(reader.events(&newest, |_| false).await.unwrap().events, []);
}

#[tokio::test]
async fn what_was_written_since_is_named_and_the_rest_is_counted() {
    let server = Server::shared();
    let mut writer = server.database("written").await;
    seed(&mut writer, "public", Version::V0_11).await;
    let mut reader = connect(&server.url("postgres", "written")).await;
    let (_, before) = begin(&mut reader, "public").await;
    let tasks = reader.written_tasks(&[id(5), id(6)], before.xmax).await.unwrap();
    assert_eq!((tasks.present, tasks.past, tasks.all_present), (vec![], vec![], 3));
    let schedules = reader.written_schedules(before.xmax).await.unwrap();
    assert_eq!((schedules.present, schedules.past, schedules.all_present), (vec![], vec![], 3));
    let none = reader.written_tasks(&[], 0).await.unwrap();
    assert_eq!((none.present, none.past, none.all_present), (vec![], vec![], 0));
    reader.rollback().await.unwrap();

    let changes = "UPDATE task_executions SET attempt = 3 WHERE id = #15;
        UPDATE task_executions SET status = 'Skipped' WHERE id = #16; DELETE FROM schedules WHERE id = #33;
        UPDATE schedules SET enabled = false WHERE id = #31";
    sql(&mut writer, &ids(changes, false)).await;
    begin(&mut reader, "public").await;
    let tasks = reader.written_tasks(&[id(5), id(6)], before.xmax).await.unwrap();
    assert_eq!((tasks.present, tasks.past, tasks.all_present), (vec![id(0x15)], vec![id(0x16)], 2));
    let schedules = reader.written_schedules(before.xmax).await.unwrap();
    assert_eq!((schedules.present, schedules.past, schedules.all_present), (vec![id(0x31)], vec![], 2));
    assert_eq!(reader.schedules_by_id(&[id(0x31), id(0x33)]).await.unwrap().len(), 1, "the other is gone");
}

#[tokio::test]
async fn a_role_without_the_control_functions_gets_a_limited_probe() {
    let server = Server::shared();
    let mut writer = server.database("limited").await;
    seed(&mut writer, "public", Version::V0_11).await;
    sql(&mut writer, "CREATE ROLE limited LOGIN; REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
        .await;
    let mut reader = connect(&server.url("limited", "limited")).await;
    let probe = reader.probe().await.unwrap();
    assert!(probe.limited);
    assert_eq!((probe.identity.system, probe.identity.timeline), (0, 0));
    assert!(probe.identity.started > 0);
    assert!(!connect(&server.url("postgres", "limited")).await.probe().await.unwrap().limited);
}

/// Ends all other sessions with a database, as `end` does.
async fn end_others(server: &Server, database: &str) {
    let mut other = server.options().connect().await.unwrap();
    let end = "SELECT bool_and(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity WHERE datname = $1";
    assert!(query_scalar::<_, bool>(end).bind(database).fetch_one(&mut other).await.unwrap());
}

/// Ends a session and waits until it is gone: only then are its counts surely seen by others.
async fn end(server: &Server, mut session: PgConnection) {
    let process: i32 = query_scalar("SELECT pg_backend_pid()").fetch_one(&mut session).await.unwrap();
    let mut other = server.options().connect().await.unwrap();
    let end = "SELECT pg_terminate_backend($1, 10000)";
    assert!(query_scalar::<_, bool>(end).bind(process).fetch_one(&mut other).await.unwrap());
}

#[tokio::test]
async fn change_counts_grow_for_the_schema_that_changed_alone() {
    let server = Server::shared();
    let mut writer = server.database("changes").await;
    seed(&mut writer, "one", Version::V0_11).await;
    seed(&mut writer, "two", Version::V0_4).await;
    end(&server, writer).await;
    let mut reader = connect(&server.url("postgres", "changes")).await;
    let before = reader.change_counts().await.unwrap();
    assert_eq!(before.len(), 2);
    assert_eq!(before["two"], 13 + 10 + 8 + 3 + 11);
    let mut writer = server.options().database("changes").connect().await.unwrap();
    sql(&mut writer, "UPDATE one.schedules SET enabled = false").await;
    end(&server, writer).await;
    let after = reader.change_counts().await.unwrap();
    assert_eq!((after["one"] - before["one"], after["two"] - before["two"]), (3, 0));
    begin(&mut reader, "two").await;
    assert_eq!(reader.estimated_rows().await.unwrap(), (0, 0), "never analysed");
}

/// Scans of the whole table `schedule_executions`, and rows found in it by its indexes.
async fn scans(server: &Server, database: &str) -> (i64, i64) {
    let mut connection = server.options().database(database).connect().await.unwrap();
    let counts =
        "SELECT seq_scan, idx_tup_fetch FROM pg_stat_user_tables WHERE relname = 'schedule_executions'";
    query_as(counts).fetch_one(&mut connection).await.unwrap()
}

#[tokio::test]
async fn fires_are_never_read_whole_with_statistics_that_mislead_or_with_none() {
    let server = Server::shared();
    for database in ["misled", "unknown"] {
        let mut writer = server.database(database).await;
        seed(&mut writer, "public", Version::V0_11).await;
        let fires = "DELETE FROM schedules WHERE id <> #31; DELETE FROM schedule_executions;
            INSERT INTO schedule_executions (id, schedule_id, scheduled_time, started_at)
            SELECT gen_random_uuid(), #31, started, started FROM generate_series(1, 30000) number,
                LATERAL (SELECT '2026-11-23 03:00:00'::timestamp - number * interval '1 second') x (started)";
        sql(&mut writer, &ids(fires, false)).await;
        if database == "misled" {
            // All are open and of one schedule: to read the whole table seems the shortest way to any of them.
            sql(&mut writer, "ANALYZE").await;
        }
        sql(&mut writer, "UPDATE schedule_executions SET completed_at = started_at").await;
        end(&server, writer).await;
        let before = scans(&server, database).await;

        let mut reader = connect(&server.url("postgres", database)).await;
        begin(&mut reader, "public").await;
        let since = reader.fires_since(at(2, 0, 0.0), &[]).await.unwrap();
        assert_eq!(since.len(), 3600);
        let of = reader.fires_of(at(2, 59, 0.0), &[id(0x31)]).await.unwrap();
        assert_eq!(of.len(), 60);
        let again: Vec<_> = since[..10].iter().map(|fire| fire.id).collect();
        assert_eq!(reader.fires(&again).await.unwrap().len(), 10);
        let recent = reader.recent_fires(20).await.unwrap();
        assert_eq!(recent.iter().map(|fire| fire.started_at).min(), Some(at(2, 59, 40.0)));
        assert_eq!(reader.open_fires(1000).await.unwrap(), []);
        end_others(&server, database).await;
        let after = scans(&server, database).await;
        assert_eq!(after.0 - before.0, 0, "{database}: scans of the whole table");
        assert_eq!(after.1 - before.1, 3690, "{database}: rows found by indexes");
    }
}

/// As a server with another storage than files, which says so where it is asked for the name of one.
const NO_FILES: &str = "ALTER FUNCTION pg_walfile_name(pg_lsn) RENAME TO of_files; \
    CREATE FUNCTION pg_catalog.pg_walfile_name(lsn pg_lsn) RETURNS text LANGUAGE plpgsql AS \
    $$BEGIN RAISE EXCEPTION 'not here' USING ERRCODE = 'feature_not_supported'; END$$";

#[tokio::test]
async fn a_server_without_files_of_its_log_tells_its_timeline_by_the_control_file() {
    let server = Server::shared();
    let mut writer = server.database("no_files").await;
    let mut reader = connect(&server.url("postgres", "no_files")).await;
    let by_the_log = reader.probe().await.unwrap().identity;
    assert!(by_the_log.system != 0 && by_the_log.timeline == 1, "{by_the_log:?}");
    sql(&mut writer, NO_FILES).await;
    let probe = connect(&server.url("postgres", "no_files")).await.probe().await.unwrap();
    assert_eq!((probe.identity, probe.limited), (by_the_log, false));
}

#[tokio::test]
async fn a_table_that_was_dropped_since_discovery_is_a_change_of_schema() {
    let server = Server::shared();
    let mut writer = server.database("dropped").await;
    seed(&mut writer, "public", Version::V0_11).await;
    let mut reader = connect(&server.url("postgres", "dropped")).await;
    let schema = discover_one(&mut reader, "public").await;
    sql(&mut writer, "DROP TABLE schedules").await;
    let probe = reader.probe().await.unwrap();
    reader.begin(&schema, &probe).await.unwrap();
    let error = reader.schedules().await.unwrap_err();
    assert_eq!((error.reason, error.is_broken()), (Reason::Schema, false), "{error}");
    reader.rollback().await.unwrap();
    let found = reader.discover().await.unwrap();
    assert_eq!(found[0].schema, Err(Unusable::Foreign { missing: "table schedules".into() }));
}
