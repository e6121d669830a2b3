-- {executions} executions over seven days up to {end}, five tasks each, 21 events for each that ended; the last 400 are
-- still active. 500 schedules fired for two executions of five. Ids follow from numbers, so that no table is read.

INSERT INTO workflow_executions
    (id, workflow_name, status, started_at, completed_at, created_at, updated_at, error_details, trigger_origin)
SELECT md5('execution' || i)::uuid, 'workflow_' || i % 50, status, created, ended, created, coalesce(ended, created),
    CASE WHEN status = 'Failed' THEN '1 task(s) failed' END, CASE WHEN i % 5 < 2 THEN 'cron' END
FROM (
    SELECT i, created, CASE WHEN i <= {executions} - 400 THEN created + (20 + i % 60) * interval '1 second' END AS ended,
        CASE WHEN i > {executions} - 100 THEN 'Pending' WHEN i > {executions} - 400 THEN 'Running'
            WHEN i % 100 < 3 THEN 'Failed' WHEN i % 100 = 3 THEN 'Cancelled' ELSE 'Completed' END AS status
    FROM generate_series(1, {executions}) i,
        LATERAL (SELECT {end} - interval '1 minute' - ({executions} - i) * interval '7 days' / {executions}) x (created)
) executions;

INSERT INTO task_executions
    (id, workflow_execution_id, task_name, status, started_at, completed_at, attempt, max_attempts, last_error,
     created_at, updated_at, claimed_by, heartbeat_at)
SELECT md5('task' || i || '-' || k)::uuid, e.id, 'public::tests::' || e.workflow_name || '::task' || (i / 50 + k) % 6,
    t.status, CASE WHEN t.status NOT IN ('NotStarted', 'Ready') THEN e.created_at + k * interval '3 seconds' END,
    CASE WHEN t.status IN ('Completed', 'Failed') THEN e.created_at + (k * 3 + 1 + i % 7) * interval '1 second' END,
    CASE WHEN i % 20 = 0 THEN 2 ELSE 1 END, 4,
    CASE WHEN t.status = 'Failed' THEN 'Task execution error: Task execution failed: disk full' END,
    e.created_at, e.updated_at,
    CASE WHEN t.status = 'Running' THEN md5('runner' || i % 10)::uuid END,
    CASE WHEN t.status = 'Running' THEN now() END
FROM generate_series(1, {executions}) i
JOIN workflow_executions e ON e.id = md5('execution' || i)::uuid
CROSS JOIN generate_series(0, 4) k,
LATERAL (SELECT CASE
    WHEN e.status = 'Pending' THEN 'NotStarted'
    WHEN e.status = 'Running' THEN (ARRAY['Completed', 'Running', 'Ready', 'NotStarted', 'NotStarted'])[k + 1]
    WHEN e.status = 'Failed' AND k = 4 THEN 'Failed'
    WHEN e.status = 'Cancelled' AND k > 2 THEN 'NotStarted'
    ELSE 'Completed' END) t (status);

INSERT INTO execution_events (id, workflow_execution_id, task_execution_id, event_type, created_at)
SELECT gen_random_uuid(), execution, CASE WHEN k < 5 THEN md5('task' || i || '-' || k)::uuid END, kind,
    created + (k * 3 + step) * interval '1 second'
FROM (
    SELECT i, md5('execution' || i)::uuid AS execution,
        {end} - interval '1 minute' - ({executions} - i) * interval '7 days' / {executions} AS created
    FROM generate_series(1, {executions} - 400) i OFFSET 0
) executions,
(
    SELECT k, step, (ARRAY['task_marked_ready', 'task_deferred', 'task_resumed', 'task_completed'])[step + 1] AS kind
    FROM generate_series(0, 4) k, generate_series(0, 3) step
    UNION ALL SELECT 5, 5, 'workflow_completed'
) kinds;

INSERT INTO schedules
    (id, schedule_type, workflow_name, enabled, cron_expression, trigger_name, poll_interval_ms, next_run_at, last_run_at)
SELECT md5('schedule' || j)::uuid, CASE WHEN cron THEN 'cron' ELSE 'trigger' END, 'workflow_' || j % 50, true,
    CASE WHEN cron THEN '*/5 * * * *' END, CASE WHEN NOT cron THEN 'trigger_' || j END,
    CASE WHEN NOT cron THEN 5000 END, {end} + interval '5 minutes', CASE WHEN cron THEN {end} END
FROM generate_series(0, 499) j, LATERAL (SELECT j % 5 > 0) x (cron);

INSERT INTO schedule_executions
    (id, schedule_id, workflow_execution_id, scheduled_time, claimed_at, started_at, completed_at)
SELECT gen_random_uuid(), md5('schedule' || n % 500)::uuid, md5('execution' || n * 5 / 2)::uuid, started, started, started,
    CASE WHEN n <= {fires} - 400 THEN started + interval '1 minute' END
FROM generate_series(1, {fires}) n, LATERAL (SELECT {end} - ({fires} - n) * interval '7 days' / {fires}) x (started);
