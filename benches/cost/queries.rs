//! What people would ask the tables for the same numbers: a query for each metric, as one writes them for an exporter of
//! SQL, and the same numbers by as few passes over the tables as possible.

/// A query of an exporter of SQL: its rows are series, its columns labels and values.
#[derive(Debug, Clone, Copy)]
pub struct Query {
    pub name: &'static str,
    pub labels: &'static [&'static str],
    pub values: &'static [&'static str],
    pub sql: &'static str,
}

/// The label `workflow` is cut from the task's name, on the grouped rows: kinder than the join that it would take.
pub const PER_METRIC: [Query; 9] = [
    Query {
        name: "workflow_executions",
        labels: &["workflow", "status"],
        values: &["executions"],
        sql: "SELECT workflow_name AS workflow, status, count(*) AS executions FROM workflow_executions GROUP BY 1, 2",
    },
    Query {
        name: "task_executions",
        labels: &["workflow", "task", "status"],
        values: &["tasks"],
        sql: "SELECT split_part(task_name, '::', 3) AS workflow, split_part(task_name, '::', 4) AS task, status, tasks \
              FROM (SELECT task_name, status, count(*) AS tasks FROM task_executions GROUP BY 1, 2) t",
    },
    Query {
        name: "active_executions",
        labels: &["workflow", "status"],
        values: &["executions", "oldest_seconds"],
        sql: "SELECT workflow_name AS workflow, status, count(*) AS executions, \
              extract(epoch FROM now() AT TIME ZONE 'utc' - min(created_at)) AS oldest_seconds \
              FROM workflow_executions WHERE status IN ('Pending', 'Running', 'Paused') GROUP BY 1, 2",
    },
    Query {
        name: "active_tasks",
        labels: &["workflow", "task", "status"],
        values: &["tasks", "oldest_seconds"],
        sql: "SELECT split_part(task_name, '::', 3) AS workflow, split_part(task_name, '::', 4) AS task, status, \
              count(*) AS tasks, extract(epoch FROM now() AT TIME ZONE 'utc' - min(created_at)) AS oldest_seconds \
              FROM task_executions WHERE status IN ('NotStarted', 'Ready', 'Running') GROUP BY task_name, status",
    },
    Query {
        name: "task_duration_seconds_bucket",
        labels: &["workflow", "task", "le"],
        values: &["tasks"],
        sql: "SELECT split_part(task_name, '::', 3) AS workflow, split_part(task_name, '::', 4) AS task, \
              le::text AS le, tasks FROM (SELECT task_name, le, count(*) FILTER (WHERE \
              extract(epoch FROM completed_at - started_at) <= le) AS tasks FROM task_executions \
              CROSS JOIN unnest(ARRAY[0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 'Infinity'::numeric]) AS le \
              WHERE completed_at IS NOT NULL GROUP BY 1, 2) t",
    },
    Query {
        name: "task_failures",
        labels: &["workflow", "task"],
        values: &["tasks"],
        sql: "SELECT split_part(task_name, '::', 3) AS workflow, split_part(task_name, '::', 4) AS task, \
              count(*) AS tasks FROM task_executions WHERE status = 'Failed' GROUP BY task_name",
    },
    Query {
        name: "task_retries",
        labels: &["workflow", "task"],
        values: &["retries"],
        sql: "SELECT split_part(task_name, '::', 3) AS workflow, split_part(task_name, '::', 4) AS task, \
              sum(attempt - 1) AS retries FROM task_executions WHERE attempt > 1 GROUP BY task_name",
    },
    Query {
        name: "schedule_last_run",
        labels: &["workflow", "schedule"],
        values: &["seconds_ago"],
        sql: "SELECT s.workflow_name AS workflow, s.id::text AS schedule, \
              extract(epoch FROM now() AT TIME ZONE 'utc' - max(e.started_at)) AS seconds_ago \
              FROM schedules s JOIN schedule_executions e ON e.schedule_id = s.id GROUP BY 1, 2",
    },
    Query {
        name: "events",
        labels: &["type"],
        values: &["events"],
        sql: "SELECT event_type AS type, count(*) AS events FROM execution_events GROUP BY 1",
    },
];

/// One pass over each table. Comparing intervals is the cheapest way to a histogram that was found.
pub const BY_HAND: [&str; 4] = [
    "SELECT workflow_name, status, count(*), min(created_at) FILTER (WHERE status IN ('Pending', 'Running', 'Paused')) \
     FROM workflow_executions GROUP BY 1, 2",
    "SELECT task_name, status, count(*), sum(attempt - 1), \
     min(created_at) FILTER (WHERE status IN ('NotStarted', 'Ready', 'Running')), \
     count(*) FILTER (WHERE duration <= interval '0.5 s'), count(*) FILTER (WHERE duration <= interval '1 s'), \
     count(*) FILTER (WHERE duration <= interval '2.5 s'), count(*) FILTER (WHERE duration <= interval '5 s'), \
     count(*) FILTER (WHERE duration <= interval '10 s'), count(*) FILTER (WHERE duration <= interval '30 s'), \
     count(*) FILTER (WHERE duration <= interval '60 s'), count(*) FILTER (WHERE duration <= interval '300 s'), \
     count(*) FILTER (WHERE duration <= interval '1800 s') \
     FROM (SELECT task_name, status, attempt, created_at, completed_at - started_at AS duration FROM task_executions) t \
     GROUP BY 1, 2",
    "SELECT event_type, count(*) FROM execution_events GROUP BY 1",
    "SELECT id, workflow_name, last_run_at FROM schedules",
];
