//! Questions about the server and all of its schemas at once: which tenants there are, where its history stands, what
//! has changed.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::super::decode::{Malformed, Row, Value};
use super::super::error::{Error, Reason};
use super::super::reader::Probe;
use super::super::schema::{self, Discovered, Table};
use super::super::timestamp::own_clock;
use super::{Session, quote};
use crate::record::Identity;

/// One row per table of interest. The catalogue shows tables also to those who may not read them.
const DISCOVER: &str = "SELECT n.nspname::text, c.relname::text, has_schema_privilege(n.oid, 'USAGE'), \
    has_table_privilege(c.oid, 'SELECT'), string_agg(a.attname::text, ',') \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
    WHERE c.relkind IN ('r', 'p') AND c.relname IN ('workflow_executions', 'pipeline_executions', 'task_executions', \
    'execution_events', 'schedules', 'schedule_executions') \
    AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%' \
    GROUP BY n.oid, n.nspname, c.oid, c.relname";

/// The clock comes first, then the locks: what is begun after the clock was read has a later id than all locks seen.
/// An id in `pg_locks` has 32 bits; it is the number nearest to the snapshot's `xmax` that ends in them.
const PROBE: &str = "SELECT clock_timestamp(), pg_is_in_recovery(), pg_postmaster_start_time(), \
    pg_last_xact_replay_timestamp(), \
    (SELECT max(r.x + ((l.transactionid::text::bigint - r.x % 4294967296 + 6442450944) % 4294967296) - 2147483648) \
     FROM pg_locks l, (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS x) r \
     WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted)";
const CONTROL_LASTS: Duration = Duration::from_secs(60);
/// The control file tells of a promotion only after the next checkpoint, minutes later, though transaction ids have begun
/// again by then: a primary is asked for the timeline that it writes, which is in the name of its file.
const CONTROL: &str = "SELECT (SELECT system_identifier FROM pg_control_system()), \
    CASE WHEN pg_is_in_recovery() THEN (SELECT timeline_id FROM pg_control_checkpoint()) \
    ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::integer END";
/// For servers with another storage, which have no such files.
const CONTROL_FILE: &str = "SELECT (SELECT system_identifier FROM pg_control_system()), \
    (SELECT timeline_id FROM pg_control_checkpoint())";

/// Not by the view `pg_stat_user_tables`, which first joins and groups all tables and indexes of the database.
const CHANGES: &str = "SELECT n.nspname::text, s.changes FROM (SELECT relnamespace, \
    sum(pg_stat_get_tuples_inserted(oid) + pg_stat_get_tuples_updated(oid) + pg_stat_get_tuples_deleted(oid))::bigint \
    AS changes FROM pg_class WHERE relname IN ('workflow_executions', 'pipeline_executions', 'task_executions', \
    'execution_events', 'schedules', 'schedule_executions') AND relkind IN ('r', 'p') GROUP BY relnamespace) s \
    JOIN pg_namespace n ON n.oid = s.relnamespace";

const ESTIMATES: [&str; 2] = [
    "SELECT (SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass('workflow_executions')), \
     (SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass('task_executions'))",
    "SELECT (SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass('pipeline_executions')), \
     (SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass('task_executions'))",
];

/// Which server this is, beside what changes from poll to poll.
#[derive(Debug, Clone, Copy)]
pub(super) struct Control {
    started: i64,
    asked_at: Instant,
    system: u64,
    timeline: u32,
    limited: bool,
}

impl Session {
    pub(in super::super) async fn discover(&mut self) -> Result<Vec<Discovered>, Error> {
        let tables = self.alone("discover", DISCOVER, &[], table).await?;
        let tables = tables.into_iter().filter_map(Result::ok).flatten().collect();
        Ok(schema::discover(tables, &quote(&self.user)))
    }

    pub(in super::super) async fn probe(&mut self) -> Result<Probe, Error> {
        let own_clock = own_clock();
        let mut probes = self.alone("probe", PROBE, &[], |row| probe(row, own_clock)).await?;
        let Some(Ok(mut probe)) = probes.pop() else {
            return Err(Error::new("probe", Reason::Decode, "the server did not tell its clock"));
        };
        let control = self.control(&probe.identity).await?;
        probe.identity.system = control.system;
        probe.identity.timeline = control.timeline;
        probe.limited = control.limited;
        Ok(probe)
    }

    /// Asked apart, since it may be forbidden, and not at each poll of a primary: whatever replaces it was started later.
    /// A standby may change its timeline while it runs.
    async fn control(&mut self, identity: &Identity) -> Result<Control, Error> {
        let lasts =
            |known: &Control| known.started == identity.started && known.asked_at.elapsed() < CONTROL_LASTS;
        if let Some(control) = self.control.filter(lasts) {
            return Ok(control);
        }
        let (started, asked_at) = (identity.started, Instant::now());
        let mut control = Control { started, asked_at, system: 0, timeline: 0, limited: false };
        let columns = |row: &dyn Row| (row.integer(0), row.integer(1));
        let mut answer = self.alone("probe", CONTROL, &[], columns).await;
        if answer.as_ref().is_err_and(|error| !error.is_broken() && error.reason == Reason::Query) {
            answer = self.alone("probe", CONTROL_FILE, &[], columns).await;
        }
        match answer {
            Ok(rows) => {
                if let [(system, timeline)] = &rows[..] {
                    let number = |value: &Value<i64>| value.as_ref().ok().copied().flatten().unwrap_or(0);
                    control.system = number(system).cast_unsigned();
                    control.timeline = u32::try_from(number(timeline)).unwrap_or(0);
                }
            }
            Err(error) if error.reason == Reason::Permission => control.limited = true,
            Err(error) => return Err(error),
        }
        self.control = Some(control).filter(|_| !identity.in_recovery);
        Ok(control)
    }

    pub(in super::super) async fn change_counts(&mut self) -> Result<HashMap<String, u64>, Error> {
        let counts = self.alone("changes", CHANGES, &[], |row| -> Value<(String, u64)> {
            let (Some(schema), Some(count)) = (row.text(0)?, row.integer(1)?) else { return Ok(None) };
            Ok(Some((schema.into_owned(), count.cast_unsigned())))
        });
        Ok(counts.await?.into_iter().filter_map(Result::ok).flatten().collect())
    }

    pub(in super::super) async fn estimated_rows(&mut self, pipeline: bool) -> Result<(u64, u64), Error> {
        let mut estimates = (0, 0);
        // -1 before the first ANALYZE.
        let number =
            |value: Value<i64>| value.ok().flatten().and_then(|rows| u64::try_from(rows).ok()).unwrap_or(0);
        let sql = ESTIMATES[usize::from(pipeline)];
        self.read("history", sqlx::SqlSafeStr::into_sql_str(sql), &[], &mut |row| {
            estimates = (number(row.integer(0)), number(row.integer(1)));
        })
        .await?;
        Ok(estimates)
    }
}

fn table(row: &dyn Row) -> Value<Table> {
    let (Some(schema), Some(name), Some(columns)) = (row.text(0)?, row.text(1)?, row.text(4)?) else {
        return Ok(None);
    };
    Ok(Some(Table {
        quoted: quote(&schema),
        schema: schema.into_owned(),
        name: name.into_owned(),
        columns: columns.split(',').map(str::to_owned).collect(),
        usage: row.integer(2)? == Some(1),
        select: row.integer(3)? == Some(1),
    }))
}

fn probe(row: &dyn Row, own_clock: crate::record::Timestamp) -> Result<Probe, Malformed> {
    let in_recovery = row.integer(1)? == Some(1);
    let started = row.time(2)?.ok_or(Malformed)?.0;
    let largest = row.integer(4)?.and_then(|id| u64::try_from(id).ok());
    Ok(Probe {
        identity: Identity { started, in_recovery, ..Identity::default() },
        clock: row.time(0)?.ok_or(Malformed)?,
        own_clock,
        locked: largest.filter(|_| !in_recovery).map_or(0, |id| id + 1),
        replayed_at: row.time(3)?.filter(|_| in_recovery),
        limited: false,
    })
}
