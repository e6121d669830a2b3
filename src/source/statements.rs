//! Every SQL text that reads a tenant's tables: one template per question, for both dialects and all generations.
//!
//! A template is rendered once per dialect and shape by replacing names in braces with constants of this file; no data
//! ever enters a text. What is particular to one dialect (sessions, discovery, positions) is in `postgres` and `sqlite`.

use super::schema::Shape;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Dialect {
    Postgres,
    Sqlite,
}

/// One question, and the table that it is about.
#[derive(Debug)]
pub(super) struct Statement {
    /// For errors: "read the …".
    pub(super) operation: &'static str,
    pub(super) table: &'static str,
    pub(super) text: &'static str,
}

impl Statement {
    pub(super) const fn new(operation: &'static str, table: &'static str, text: &'static str) -> Self {
        Self { operation, table, text }
    }

    pub(super) fn render(&self, dialect: Dialect, shape: Shape) -> String {
        // Groups of columns first: they contain names in braces themselves.
        let mut text = self.text.to_owned();
        for (name, value) in COLUMNS.iter().copied().chain(generation(shape)).chain(dialect_parts(dialect)) {
            text = text.replace(name, value);
        }
        text
    }
}

pub(super) const EVENTS_SINCE: Statement = Statement::new(
    "events",
    "execution_events",
    "SELECT {event} FROM execution_events WHERE created_at >= $1 ORDER BY created_at LIMIT $2",
);
pub(super) const EVENTS_SINCE_NEWER: Statement = Statement::new(
    "events",
    "execution_events",
    "SELECT {event} FROM execution_events WHERE created_at >= $1 AND {newer_than}$3{/newer_than} \
     ORDER BY created_at LIMIT $2",
);
pub(super) const EVENTS_AFTER: Statement = Statement::new(
    "events",
    "execution_events",
    "SELECT {event} FROM execution_events WHERE sequence_num > $1 ORDER BY sequence_num LIMIT $2",
);
pub(super) const EVENTS_BETWEEN: Statement = Statement::new(
    "audit",
    "execution_events",
    "SELECT {event} FROM execution_events WHERE created_at >= $1 AND created_at < $2 ORDER BY created_at",
);
pub(super) const COUNT_EVENTS: Statement = Statement::new(
    "audit",
    "execution_events",
    "SELECT count(*) AS events FROM execution_events WHERE created_at >= $1 AND created_at < $2",
);
pub(super) const OLDEST_EVENT: Statement = Statement::new(
    "events",
    "execution_events",
    "SELECT min(created_at) AS created_at FROM execution_events",
);

pub(super) const ACTIVE_EXECUTIONS: Statement = Statement::new(
    "executions",
    "workflow_executions",
    "SELECT {row}, NULL AS schedule_type FROM {executions} e WHERE e.status IN ('Pending', 'Running', 'Paused')",
);
pub(super) const WRITTEN_EXECUTIONS: Statement = Statement::new(
    "executions",
    "workflow_executions",
    "SELECT array_agg(id) AS active, array_agg(id) FILTER (WHERE {newer_than}$1{/newer_than}) AS written \
     FROM {executions} e WHERE e.status IN ('Pending', 'Running', 'Paused')",
);
pub(super) const ACTIVE_EXECUTIONS_BY_ID: Statement = Statement::new(
    "executions",
    "workflow_executions",
    "SELECT {row}, NULL AS schedule_type FROM {executions} e WHERE e.id {any}",
);
pub(super) const EXECUTIONS_BY_ID: Statement = Statement::new(
    "executions",
    "workflow_executions",
    "SELECT {execution} FROM {executions} e WHERE e.id {any}",
);
pub(super) const CANCELLED_SINCE: Statement = Statement::new(
    "executions",
    "workflow_executions",
    "SELECT e.id FROM {executions} e WHERE e.status = 'Cancelled' \
     AND ({time}e.completed_at{/time} >= $1 OR {time}e.created_at{/time} >= $1)",
);
pub(super) const ENDED_SINCE: Statement = Statement::new(
    "executions",
    "workflow_executions",
    "SELECT e.id FROM {executions} e WHERE {time}e.completed_at{/time} >= $1 \
     AND e.status IN ('Completed', 'Failed', 'Cancelled')",
);
/// `coalesce` keeps the index on `status` from being used: tasks of cancelled executions stay unfinished for ever, so
/// reading by status would grow with history.
pub(super) const UNFINISHED_TASKS: Statement = Statement::new(
    "tasks",
    "task_executions",
    "SELECT {task} FROM task_executions t WHERE t.{execution_id} {any} \
     AND coalesce(t.status, '') IN ('NotStarted', 'Ready', 'Running')",
);
pub(super) const WRITTEN_TASKS: Statement = Statement::new(
    "tasks",
    "task_executions",
    "SELECT count(*) FILTER (WHERE present) AS rows, array_agg(id) FILTER (WHERE new AND present) AS present, \
     array_agg(id) FILTER (WHERE new AND NOT present) AS past FROM (\
     SELECT t.id, coalesce(t.status, '') IN ('NotStarted', 'Ready', 'Running') AS present, \
     {newer_than}$2{/newer_than} AS new FROM task_executions t WHERE t.{execution_id} {any}) t",
);
pub(super) const TASKS_OF: Statement = Statement::new(
    "tasks",
    "task_executions",
    "SELECT {task} FROM task_executions t WHERE t.{execution_id} {any}",
);
pub(super) const TASKS_BY_ID: Statement =
    Statement::new("tasks", "task_executions", "SELECT {task} FROM task_executions t WHERE t.id {any}");

pub(super) const SCHEDULES: Statement =
    Statement::new("schedules", "schedules", "SELECT {schedule} FROM schedules");
pub(super) const SCHEDULES_BY_ID: Statement =
    Statement::new("schedules", "schedules", "SELECT {schedule} FROM schedules WHERE id {any}");
pub(super) const WRITTEN_SCHEDULES: Statement = Statement::new(
    "schedules",
    "schedules",
    "SELECT count(*) AS rows, array_agg(id) FILTER (WHERE {newer_than}$1{/newer_than}) AS present, NULL AS past \
     FROM schedules",
);
/// A schedule's fires come along an index, newest first, whatever the planner believes of the table: any other way would
/// have to sort them all, which the limit makes the dearer one. A range of one id serves like the id itself, except that
/// its column counts in the order, and that statistics say nothing about it.
pub(super) const FIRES_SINCE: Statement = Statement::new(
    "fires",
    "schedule_executions",
    "SELECT {fire} FROM schedules s \
     {each}i.schedule_id = s.id AND i.started_at >= $2 ORDER BY i.started_at DESC LIMIT $3{/each} \
     WHERE s.schedule_type = 'trigger' OR {time}s.last_run_at{/time} >= $2 OR s.id {any}",
);
pub(super) const FIRES_OF: Statement = Statement::new(
    "fires",
    "schedule_executions",
    "SELECT {fire} FROM schedules s \
     {each}i.schedule_id = s.id AND i.started_at >= $2 ORDER BY i.started_at DESC LIMIT $3{/each} WHERE s.id {any}",
);
pub(super) const RECENT_FIRES: Statement = Statement::new(
    "fires",
    "schedule_executions",
    "SELECT {fire} FROM schedules s {each}i.schedule_id BETWEEN s.id AND s.id \
     ORDER BY i.schedule_id, i.started_at DESC LIMIT $1{/each}",
);
pub(super) const OPEN_FIRES: Statement = Statement::new(
    "fires",
    "schedule_executions",
    "SELECT {fire} FROM schedules s {each}i.schedule_id BETWEEN s.id AND s.id AND i.completed_at IS NULL \
     ORDER BY i.schedule_id LIMIT $1{/each}",
);
pub(super) const FIRES_BY_ID: Statement = Statement::new(
    "fires",
    "schedule_executions",
    "SELECT {fire} FROM schedule_executions x WHERE x.id {any}",
);

/// Jumps from name to name along the index on it, so that its cost grows with the names and not with the rows.
pub(super) const WORKFLOW_NAMES: Statement = Statement::new(
    "workflows",
    "workflow_executions",
    "WITH RECURSIVE names(name) AS (SELECT min({workflow_name}) FROM {executions} UNION ALL \
     SELECT (SELECT min(e.{workflow_name}) FROM {executions} e WHERE e.{workflow_name} > n.name) \
     FROM names n WHERE n.name IS NOT NULL) \
     SELECT name AS workflow_name FROM names WHERE name IS NOT NULL UNION SELECT workflow_name FROM schedules",
);

pub(super) const ENDED_EXECUTIONS: Statement = Statement::new(
    "history",
    "workflow_executions",
    "SELECT {execution} FROM {executions} e WHERE e.status IN ('Completed', 'Failed', 'Cancelled') \
     AND ($1 IS NULL OR {time}e.completed_at{/time} >= $1)",
);
/// Skipped tasks have no `completed_at`. A task that a cancelled execution left unfinished has had its retries all the
/// same.
pub(super) const ENDED_TASKS: Statement = Statement::new(
    "history",
    "task_executions",
    "SELECT {task}, e.{workflow_name} AS workflow_name FROM task_executions t \
     JOIN {executions} e ON e.id = t.{execution_id} WHERE (t.status IN ('Completed', 'Failed', 'Skipped') \
     OR (t.attempt > 1 OR t.recovery_attempts > 0) AND e.status IN ('Completed', 'Failed', 'Cancelled')) \
     AND ($1 IS NULL OR {time}coalesce(t.completed_at, t.updated_at){/time} >= $1)",
);
pub(super) const EVENT_COUNTS: Statement = Statement::new(
    "history",
    "execution_events",
    "SELECT event_type, count(*) AS events FROM execution_events WHERE ($1 IS NULL OR created_at >= $1) \
     GROUP BY event_type",
);

const COLUMNS: [(&str, &str); 8] = [
    (
        "{event}",
        "id, event_type, {execution_id} AS workflow_execution_id, task_execution_id, created_at, sequence_num",
    ),
    // An execution may, after a recovery, be linked to more than one fire, but all of them of one schedule.
    (
        "{execution}",
        "{row}, (SELECT s.schedule_type FROM schedule_executions x JOIN schedules s ON s.id = x.schedule_id \
         WHERE x.{execution_id} = e.id LIMIT 1) AS schedule_type",
    ),
    (
        "{row}",
        "e.id, e.{workflow_name} AS workflow_name, {status}, {trigger_origin}, e.created_at, e.updated_at, \
         e.started_at, e.completed_at",
    ),
    // Subqueries, since a join may be made by reading all executions.
    (
        "{fire}",
        "x.id, x.schedule_id, x.scheduled_time, x.started_at, x.completed_at, {fire_recoveries}, \
         x.{execution_id} AS workflow_execution_id, \
         (SELECT {status} FROM {executions} e WHERE e.id = x.{execution_id}) AS workflow_status, \
         (SELECT e.created_at FROM {executions} e WHERE e.id = x.{execution_id}) AS workflow_created_at, \
         (SELECT e.completed_at FROM {executions} e WHERE e.id = x.{execution_id}) AS workflow_completed_at",
    ),
    (
        "{task}",
        "t.id, t.{execution_id} AS workflow_execution_id, t.task_name, t.status, {sub_status}, t.attempt, \
         t.recovery_attempts, t.created_at, t.updated_at, t.started_at, t.completed_at, t.retry_at, {claimed_by}, \
         {heartbeat_at}, CASE WHEN t.status = 'Failed' THEN substr(CASE WHEN t.error_details LIKE 'ABANDONED%' \
         THEN t.error_details ELSE coalesce(t.last_error, t.error_details) END, 1, 2000) END AS last_error",
    ),
    (
        "{schedule}",
        "id, schedule_type, workflow_name, {instance_name}, trigger_name, enabled, {paused}, {paused_at}, \
         cron_expression, timezone, catchup_policy, start_date, end_date, poll_interval_ms, created_at, next_run_at, \
         last_run_at, last_poll_at",
    ),
    // PostgreSQL only: whether a row was written by a transaction with at least this id, which lies less than 2^31 ids back.
    // Of a row's own transaction 32 bits are known: an old row may be taken for a new one, never the other way round.
    ("{newer_than}", "age(xmin) <= (SELECT age(("),
    ("{/newer_than}", " % 4294967296)::text::xid))"),
];

fn generation(shape: Shape) -> [(&'static str, &'static str); 13] {
    let pipeline = shape.pipeline;
    let pick = |new: bool, name: &'static str, absent: &'static str| if new { name } else { absent };
    [
        ("{executions}", pick(pipeline, "pipeline_executions", "workflow_executions")),
        ("{execution_id}", pick(pipeline, "pipeline_execution_id", "workflow_execution_id")),
        ("{workflow_name}", pick(pipeline, "pipeline_name", "workflow_name")),
        ("{workflow_version}", pick(pipeline, "pipeline_version", "workflow_version")),
        // v0.4 stores an execution with a failed task as completed.
        (
            "{status}",
            pick(
                pipeline,
                "CASE WHEN e.status = 'Completed' AND EXISTS (SELECT 1 FROM task_executions f \
                 WHERE f.pipeline_execution_id = e.id AND f.status = 'Failed') THEN 'Failed' ELSE e.status END AS status",
                "e.status",
            ),
        ),
        (
            "{failed}",
            pick(
                pipeline,
                "e.status IN ('Completed', 'Failed') AND e.id IN (\
                 SELECT id FROM pipeline_executions WHERE status = 'Failed' \
                 UNION SELECT pipeline_execution_id FROM task_executions WHERE status = 'Failed')",
                "e.status = 'Failed'",
            ),
        ),
        ("{trigger_origin}", pick(shape.trigger_origin, "e.trigger_origin", "NULL AS trigger_origin")),
        ("{sub_status}", pick(shape.sub_status, "t.sub_status", "NULL AS sub_status")),
        ("{claimed_by}", pick(shape.claims, "t.claimed_by", "NULL AS claimed_by")),
        ("{heartbeat_at}", pick(shape.claims, "t.heartbeat_at", "NULL AS heartbeat_at")),
        (
            "{paused}, {paused_at}",
            pick(shape.paused, "paused, paused_at", "NULL AS paused, NULL AS paused_at"),
        ),
        ("{instance_name}", pick(shape.instance_name, "instance_name", "NULL AS instance_name")),
        (
            "{fire_recoveries}",
            pick(shape.fire_recoveries, "x.recovery_attempts", "NULL AS recovery_attempts"),
        ),
    ]
}

/// Where no index is used anyway, SQLite also compares times written with a space as `CURRENT_TIMESTAMP` writes them.
///
/// `each` joins some fires `i` of each schedule `s`, as `x`. SQLite has no lateral joins, but keeps the order of a cross
/// join.
fn dialect_parts(dialect: Dialect) -> [(&'static str, &'static str); 5] {
    match dialect {
        Dialect::Postgres => [
            ("{any}", "= ANY($1)"),
            ("{time}", ""),
            ("{/time}", ""),
            ("{each}", "CROSS JOIN LATERAL (SELECT i.* FROM schedule_executions i WHERE "),
            ("{/each}", ") x"),
        ],
        Dialect::Sqlite => [
            ("{any}", "IN (SELECT unhex(value) FROM json_each($1))"),
            ("{time}", "replace("),
            ("{/time}", ", ' ', 'T')"),
            (
                "{each}",
                "CROSS JOIN schedule_executions x ON x.id IN (SELECT i.id FROM schedule_executions i WHERE ",
            ),
            ("{/each}", ")"),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_in_braces_is_replaced_for_every_shape() {
        let all = [
            &EVENTS_SINCE,
            &EVENTS_SINCE_NEWER,
            &EVENTS_AFTER,
            &EVENTS_BETWEEN,
            &COUNT_EVENTS,
            &OLDEST_EVENT,
            &ACTIVE_EXECUTIONS,
            &WRITTEN_EXECUTIONS,
            &ACTIVE_EXECUTIONS_BY_ID,
            &EXECUTIONS_BY_ID,
            &CANCELLED_SINCE,
            &ENDED_SINCE,
            &UNFINISHED_TASKS,
            &WRITTEN_TASKS,
            &TASKS_OF,
            &TASKS_BY_ID,
            &SCHEDULES,
            &SCHEDULES_BY_ID,
            &WRITTEN_SCHEDULES,
            &FIRES_SINCE,
            &FIRES_OF,
            &RECENT_FIRES,
            &OPEN_FIRES,
            &FIRES_BY_ID,
            &WORKFLOW_NAMES,
            &ENDED_EXECUTIONS,
            &ENDED_TASKS,
            &EVENT_COUNTS,
        ];
        for set in [false, true] {
            let shape = Shape {
                pipeline: set,
                trigger_origin: set,
                sub_status: set,
                claims: set,
                paused: set,
                instance_name: set,
                fire_recoveries: set,
            };
            for statement in all {
                for dialect in [Dialect::Postgres, Dialect::Sqlite] {
                    let text = statement.render(dialect, shape);
                    assert!(!text.contains(['{', '}']), "{text}");
                }
            }
        }
    }
}
