//! Faults of tenants on a server that works: renamed, created, dropped, upgraded, without grants, locked, slow, pruned.

use crate::busy::Busy;
use crate::fault::{Fault, Seen};
use crate::network::{budget, until_logged};
use crate::scene::{READER, Scene, TENANT, create_tenant};
use crate::support::exposition::Exposition;
use crate::support::postgres::execute;
use crate::support::schema::{self, Generation};
use crate::support::writer::engine::timestamp;
use crate::support::writer::{self, connect, delete_events};
use crate::watched::{Watched, errors, is_up};

pub const FAULTS: &[Fault] = &[
    Fault {
        name: "tenant renamed",
        made: "a schema with a working engine is called otherwise for a while",
        expected: "down (schema), then absent, and there under its new name, as a new tenant; it goes on where it was if it \
                   returns within an hour, with what was written meanwhile; others are read all the time",
        run: |scene| Box::pin(renamed(scene)),
    },
    Fault {
        name: "tenant created and dropped",
        made: "a schema with a working engine appears, and is dropped",
        expected: "found within a minute (10 s while any tenant is unreadable), and counts from its first execution; once it is \
                   dropped down (schema), then absent; others are read all the time",
        run: |scene| Box::pin(created_and_dropped(scene)),
    },
    Fault {
        name: "schema upgraded from v0.4 to v0.11",
        made: "Cloacina's migrations rename tables and columns and add others, under a working engine",
        expected: "down (schema) until tables are searched for again, with the first poll after 10 s; then read in its new generation, with all \
                   totals kept",
        run: |scene| Box::pin(upgraded(scene)),
    },
    Fault {
        name: "grants revoked",
        made: "REVOKE SELECT on one table, later GRANT",
        expected: "down (permission), the log has the GRANT; up within 10 s of it, with what happened meanwhile",
        run: |scene| Box::pin(grants_revoked(scene)),
    },
    Fault {
        name: "table locked exclusively",
        made: "LOCK TABLE … IN ACCESS EXCLUSIVE MODE, as a migration does",
        expected: "down (timeout) after 1 s of waiting, so that the exporter never queues for long before others; up with \
                   the next poll",
        run: |scene| Box::pin(locked(scene)),
    },
    Fault {
        name: "slow queries",
        made: "a row policy that sleeps for each row",
        expected: "down (timeout): the server ends the statement at `poll.statement_timeout`; up when it is quick again",
        run: |scene| Box::pin(slow(scene)),
    },
    Fault {
        name: "retention",
        made: "events, then ended executions with all their rows are deleted, under a working engine",
        expected: "up all the time; no counter falls, since none is a count of rows",
        run: |scene| Box::pin(retention(scene)),
    },
];

const OTHER: &str = "tenant_b";

/// An exporter on two tenants, or one if the other is not there yet, and on a schema that is none, so that tenants are
/// looked for every ten seconds.
async fn watch_two(scene: &Scene) -> Watched {
    scene.execute("CREATE SCHEMA foreign_one; CREATE TABLE foreign_one.workflow_executions (id int)").await;
    let mut exporter = scene.watch(&scene.reader_url()).await;
    exporter.until_down("foreign_one", "schema").await;
    exporter
}

async fn renamed(scene: Scene) -> Seen {
    scene.prepare().await;
    let mut connection = scene.stage.cluster.connect(&scene.database()).await;
    create_tenant(&mut connection, OTHER).await;
    let mut exporter = watch_two(&scene).await;
    let unaffected = scene.busy().await;
    let write = async |schema: &str| Busy::start(&scene.url(), schema, scene.seed()).await.stop().await;
    let mut truth = write(OTHER).await;
    exporter.until_polled(OTHER).await;
    execute(&mut connection, "ALTER SCHEMA tenant_b RENAME TO elsewhere").await;
    let down = exporter.until_down(OTHER, "schema").await;
    truth.merge(write("elsewhere").await);
    exporter.until("its new name", |page| is_up(page, "elsewhere")).await;
    execute(&mut connection, "ALTER SCHEMA elsewhere RENAME TO tenant_b").await;
    truth.merge(write(OTHER).await);
    let back = exporter.until_up(OTHER).await;
    truth.merge(unaffected.stop().await);
    let mut seen = Seen::default();
    seen.note(format!("down (schema) after {down:.1} s, back after {back:.1} s"));
    seen.counted(&exporter.until_counted(&truth, OTHER).await);
    assert_eq!(errors(&exporter.page().await, TENANT), 0.0);
    exporter.finish();
    budget(&mut seen, &scene);
    seen
}

async fn created_and_dropped(scene: Scene) -> Seen {
    scene.prepare().await;
    let mut exporter = watch_two(&scene).await;
    let mut connection = scene.stage.cluster.connect(&scene.database()).await;
    create_tenant(&mut connection, OTHER).await;
    let (first, second) = (scene.busy().await, Busy::start(&scene.url(), OTHER, scene.seed()).await);
    let created = exporter.until_up(OTHER).await;
    let mut truth = first.stop().await;
    truth.merge(second.stop().await);
    let mut seen = Seen::default();
    seen.note(format!("found after {created:.1} s"));
    seen.counted(&exporter.until_counted(&truth, OTHER).await);
    execute(&mut connection, "DROP SCHEMA tenant_b CASCADE").await;
    exporter.until_down(OTHER, "schema").await;
    let gone = |page: &Exposition| {
        page.get("cloacina_state_up", &[("tenant", OTHER)]).is_none() && is_up(page, TENANT)
    };
    let page = exporter.until("the dropped tenant to be absent", gone).await;
    assert_eq!(errors(&page, TENANT), 0.0);
    exporter.finish();
    budget(&mut seen, &scene);
    seen
}

/// What Cloacina's migrations make of the tables that are read.
const TO_V0_5_1: &str = "ALTER TABLE pipeline_executions RENAME TO workflow_executions; \
    ALTER TABLE workflow_executions RENAME COLUMN pipeline_name TO workflow_name; \
    ALTER TABLE workflow_executions RENAME COLUMN pipeline_version TO workflow_version; \
    ALTER TABLE task_executions RENAME COLUMN pipeline_execution_id TO workflow_execution_id; \
    ALTER TABLE execution_events RENAME COLUMN pipeline_execution_id TO workflow_execution_id; \
    ALTER TABLE schedule_executions RENAME COLUMN pipeline_execution_id TO workflow_execution_id";
const TO_V0_11: [&str; 4] = [
    "ALTER TABLE execution_events ADD COLUMN request_id uuid, ADD COLUMN runner_id uuid, ADD COLUMN tenant_id text",
    "ALTER TABLE schedules ADD COLUMN paused boolean NOT NULL DEFAULT false, ADD COLUMN paused_at timestamp, \
     ADD COLUMN params text; ALTER TABLE workflow_executions ADD COLUMN trigger_origin text",
    "ALTER TABLE schedules ADD COLUMN instance_name text",
    "ALTER TABLE schedule_executions ADD COLUMN recovery_attempts integer NOT NULL DEFAULT 0, \
     ADD COLUMN recovery_claimed_by uuid, ADD COLUMN recovery_heartbeat_at timestamp",
];
/// An engine that goes on through the upgrade: views with the present names, which follow the tables.
const PRESENT: &str = "CREATE SCHEMA present; \
    CREATE VIEW present.workflow_executions AS SELECT id, pipeline_name AS workflow_name, status, started_at, completed_at, \
        created_at, updated_at, paused_at FROM pipeline_executions; \
    CREATE VIEW present.task_executions AS SELECT id, pipeline_execution_id AS workflow_execution_id, task_name, status, \
        started_at, completed_at, attempt, max_attempts, error_details, retry_at, last_error, recovery_attempts, \
        last_recovery_at, created_at, updated_at, claimed_by, heartbeat_at FROM task_executions; \
    CREATE VIEW present.execution_events AS SELECT id, pipeline_execution_id AS workflow_execution_id, task_execution_id, \
        event_type, event_data, created_at FROM execution_events";

async fn upgraded(scene: Scene) -> Seen {
    scene.stage.cluster.create_database(&scene.database()).await;
    let mut connection = scene.stage.cluster.connect(&scene.database()).await;
    schema::create(&mut connection, TENANT, Generation::V0_4).await;
    execute(&mut connection, &format!("SET search_path = {TENANT}; {PRESENT}")).await;
    let mut exporter = scene.watch(&scene.url()).await;
    let busy = Busy::start(&scene.url(), "present", scene.seed()).await;
    let generation = |page: &Exposition, wanted: &str| {
        let labels = [("tenant", TENANT), ("backend", "postgresql"), ("generation", wanted)];
        page.get("cloacina_state_schema_info", &labels) == Some(1.0) && is_up(page, TENANT)
    };
    exporter.until_polled(TENANT).await;
    exporter.until("v0.4", |page| generation(page, "v0.4")).await;
    execute(&mut connection, TO_V0_5_1).await;
    let began = std::time::Instant::now();
    exporter.until("v0.5.1", |page| generation(page, "v0.5.1")).await;
    let read_again = began.elapsed().as_secs_f64();
    for step in TO_V0_11 {
        execute(&mut connection, step).await;
        exporter.until_polled(TENANT).await;
    }
    let mut seen = Seen::default();
    seen.note(format!("read {read_again:.1} s after the renaming"));
    seen.counted(&exporter.until_counted(&busy.stop().await, TENANT).await);
    // Nothing is amiss with the columns that came later, so that they are found with the next search.
    exporter.terminate();
    exporter.start_again().await;
    exporter.until("v0.11", |page| generation(page, "v0.11")).await;
    exporter.finish();
    budget(&mut seen, &scene);
    seen
}

async fn grants_revoked(scene: Scene) -> Seen {
    scene.prepare().await;
    let mut exporter = scene.watch(&scene.reader_url()).await;
    let busy = scene.busy().await;
    exporter.until_polled(TENANT).await;
    scene.execute(&format!("REVOKE SELECT ON {TENANT}.task_executions FROM {READER}")).await;
    let down = exporter.until_down(TENANT, "permission").await;
    until_logged(&exporter, "GRANT SELECT ON").await;
    scene.execute(&format!("GRANT SELECT ON {TENANT}.task_executions TO {READER}")).await;
    let up = exporter.until_up(TENANT).await;
    let mut seen = Seen::default();
    seen.outage("permission", down, up);
    seen.counted(&exporter.until_counted(&busy.stop().await, TENANT).await);
    exporter.finish();
    budget(&mut seen, &scene);
    seen
}

async fn locked(scene: Scene) -> Seen {
    scene.prepare().await;
    let mut exporter = scene.watch(&scene.reader_url()).await;
    let busy = scene.busy().await;
    exporter.until_polled(TENANT).await;
    let mut lock = connect(&scene.url(), TENANT).await;
    execute(&mut lock, "BEGIN; LOCK TABLE task_executions IN ACCESS EXCLUSIVE MODE").await;
    let down = exporter.until_down(TENANT, "timeout").await;
    execute(&mut lock, "COMMIT").await;
    let up = exporter.until_up(TENANT).await;
    let mut seen = Seen::default();
    seen.outage("timeout", down, up);
    seen.counted(&exporter.until_counted(&busy.stop().await, TENANT).await);
    assert!(exporter.exporter.log().contains("a lock was not given in time"), "{}", exporter.exporter.log());
    exporter.finish();
    budget(&mut seen, &scene);
    seen
}

async fn slow(scene: Scene) -> Seen {
    scene.prepare().await;
    let mut exporter = scene.watch(&scene.reader_url()).await;
    let busy = scene.busy().await;
    exporter.until_polled(TENANT).await;
    let sleep = "CREATE FUNCTION sleep(payload text) RETURNS boolean LANGUAGE plpgsql AS \
        $$BEGIN RAISE WARNING 'row %', payload; RETURN pg_sleep(0.3) IS NOT NULL; END$$";
    let policy = "CREATE POLICY slow ON execution_events USING (tenant_a.sleep(event_data))";
    let enable = "ALTER TABLE execution_events ENABLE ROW LEVEL SECURITY";
    scene.execute(&format!("SET search_path = {TENANT}; {sleep}; {policy}; {enable}")).await;
    let down = exporter.until_down(TENANT, "timeout").await;
    scene.execute(&format!("ALTER TABLE {TENANT}.execution_events DISABLE ROW LEVEL SECURITY")).await;
    let up = exporter.until_up(TENANT).await;
    let mut seen = Seen::default();
    seen.outage("timeout", down, up);
    seen.counted(&exporter.until_counted(&busy.stop().await, TENANT).await);
    let log = exporter.exporter.log();
    assert!(log.contains("cancelled by the statement timeout"), "{log}");
    assert!(!log.contains("row {}"), "what rows say is not logged: {log}");
    exporter.finish();
    budget(&mut seen, &scene);
    seen
}

async fn retention(scene: Scene) -> Seen {
    scene.prepare().await;
    let mut exporter = scene.watch(&scene.reader_url()).await;
    let mut connection = connect(&scene.url(), TENANT).await;
    let mut truth = scene.busy().await.stop().await;
    exporter.until_counted(&truth, TENANT).await;
    let first = scene.busy().await;
    let old = writer::now();
    exporter.until_polled(TENANT).await;
    let events = delete_events(&mut connection, old).await;
    exporter.until_polled(TENANT).await;
    let old = timestamp(writer::now());
    exporter.until_polled(TENANT).await;
    let ended = format!("(SELECT id FROM workflow_executions WHERE completed_at < {old})");
    let rows = format!(
        "DELETE FROM execution_events WHERE workflow_execution_id IN {ended}; \
         DELETE FROM task_executions WHERE workflow_execution_id IN {ended}; \
         DELETE FROM workflow_executions WHERE completed_at < {old}"
    );
    execute(&mut connection, &rows).await;
    exporter.until_polled(TENANT).await;
    truth.merge(first.stop().await);
    let mut seen = Seen::default();
    seen.note(format!("{events} events deleted, and all that had ended"));
    seen.counted(&exporter.until_counted(&truth, TENANT).await);
    let page = exporter.page().await;
    assert_eq!(errors(&page, TENANT), 0.0);
    exporter.finish();
    budget(&mut seen, &scene);
    seen
}
