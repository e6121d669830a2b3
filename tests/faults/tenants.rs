//! Faults of tenants on a server that works: created, renamed, dropped, locked, without grants, upgraded, slow, pruned.

use crate::busy::Busy;
use crate::fault::{Fault, Seen};
use crate::network::{budget, until_logged};
use crate::scene::{READER, Scene, TENANT, create_tenant};
use crate::support::exposition::Exposition;
use crate::support::postgres::execute;
use crate::support::schema::{self, Generation};
use crate::support::writer::engine::timestamp;
use crate::support::writer::{self, connect, delete_events};
use crate::watched::{errors, is_up};

pub const FAULTS: &[Fault] = &[
    Fault {
        name: "tenant created, renamed and dropped",
        made: "a schema with a working engine appears, is called otherwise for a while, and is dropped",
        expected: "a new tenant is found within a minute (10 s while any is unreadable) and counts from its first \
                   execution; one that is gone is down (schema), then absent, and goes on where it was if it returns within \
                   an hour; the others are read all the time",
        run: |scene| Box::pin(tenant_changes(scene)),
    },
    Fault {
        name: "schema upgraded from v0.4 to v0.11",
        made: "Cloacina's migrations rename tables and columns and add others, under a working engine",
        expected: "down (schema) at most, for 10 s; read anew in its generation, with all totals kept",
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

async fn tenant_changes(scene: Scene) -> Seen {
    scene.prepare().await;
    // A schema that is no tenant, so that tenants are looked for every ten seconds.
    scene.execute("CREATE SCHEMA other; CREATE TABLE other.workflow_executions (id int)").await;
    let mut exporter = scene.watch(&scene.reader_url()).await;
    let first = scene.busy().await;
    exporter.until_down("other", "schema").await;

    let mut connection = scene.stage.cluster.connect(&scene.database()).await;
    create_tenant(&mut connection, "tenant_b").await;
    let second = Busy::start(&scene.url(), "tenant_b", scene.seed()).await;
    let created = exporter.until_up("tenant_b").await;
    let mut truth = second.stop().await;

    execute(&mut connection, "ALTER SCHEMA tenant_b RENAME TO elsewhere").await;
    let renamed = exporter.until_down("tenant_b", "schema").await;
    execute(&mut connection, "ALTER SCHEMA elsewhere RENAME TO tenant_b").await;
    let third = Busy::start(&scene.url(), "tenant_b", scene.seed()).await;
    let back = exporter.until_up("tenant_b").await;
    truth.merge(third.stop().await);
    truth.merge(first.stop().await);
    let mut seen = Seen::default();
    seen.note(format!("new: {created:.1} s; renamed: down (schema) after {renamed:.1} s, back {back:.1} s"));
    seen.counted(&exporter.until_counted(&truth, "tenant_b").await);

    execute(&mut connection, "DROP SCHEMA tenant_b CASCADE").await;
    exporter.until_down("tenant_b", "schema").await;
    let gone = |page: &Exposition| {
        page.get("cloacina_state_up", &[("tenant", "tenant_b")]).is_none() && is_up(page, TENANT)
    };
    exporter.until("the dropped tenant to be absent", gone).await;
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
    exporter.until_polled_twice(TENANT).await;
    exporter.until("v0.4", |page| generation(page, "v0.4")).await;
    execute(&mut connection, TO_V0_5_1).await;
    let began = std::time::Instant::now();
    exporter.until("v0.5.1", |page| generation(page, "v0.5.1")).await;
    let read_again = began.elapsed().as_secs_f64();
    for step in TO_V0_11 {
        execute(&mut connection, step).await;
        exporter.until_polled_twice(TENANT).await;
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
    exporter.until_polled_twice(TENANT).await;
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
    exporter.until_polled_twice(TENANT).await;
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
    exporter.until_polled_twice(TENANT).await;
    let policy = "CREATE POLICY slow ON execution_events USING (pg_sleep(0.3)::text = '')";
    let enable = "ALTER TABLE execution_events ENABLE ROW LEVEL SECURITY";
    scene.execute(&format!("SET search_path = {TENANT}; {policy}; {enable}")).await;
    let down = exporter.until_down(TENANT, "timeout").await;
    scene.execute(&format!("ALTER TABLE {TENANT}.execution_events DISABLE ROW LEVEL SECURITY")).await;
    let up = exporter.until_up(TENANT).await;
    let mut seen = Seen::default();
    seen.outage("timeout", down, up);
    seen.counted(&exporter.until_counted(&busy.stop().await, TENANT).await);
    assert!(exporter.exporter.log().contains("cancelled by the statement timeout"), "{}", exporter.exporter.log());
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
    exporter.until_polled_twice(TENANT).await;
    let events = delete_events(&mut connection, old).await;
    exporter.until_polled_twice(TENANT).await;
    let old = timestamp(writer::now());
    exporter.until_polled_twice(TENANT).await;
    let ended = format!("(SELECT id FROM workflow_executions WHERE completed_at < {old})");
    let rows = format!(
        "DELETE FROM execution_events WHERE workflow_execution_id IN {ended}; \
         DELETE FROM task_executions WHERE workflow_execution_id IN {ended}; \
         DELETE FROM workflow_executions WHERE completed_at < {old}"
    );
    execute(&mut connection, &rows).await;
    exporter.until_polled_twice(TENANT).await;
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
