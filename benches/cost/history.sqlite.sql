-- {executions} executions over seven days up to a minute ago, five tasks each, 21 events for each that ended; the last 400
-- are still active. Times are text, as the engine writes them.
PRAGMA synchronous = OFF;
BEGIN;
CREATE TEMP TABLE numbers AS
WITH RECURSIVE up(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM up WHERE i < {executions}) SELECT i FROM up;
CREATE TEMP TABLE steps AS
WITH RECURSIVE up(k, step) AS (
    SELECT 0, 0 UNION ALL SELECT k + (step = 3), (step + 1) % 4 FROM up WHERE k < 4 OR step < 3)
SELECT k, step, CASE step WHEN 0 THEN 'task_marked_ready' WHEN 1 THEN 'task_deferred' WHEN 2 THEN 'task_resumed'
    ELSE 'task_completed' END AS kind FROM up UNION ALL SELECT 5, 5, 'workflow_completed';

INSERT INTO workflow_executions (id, workflow_name, status, started_at, completed_at, created_at, updated_at)
SELECT randomblob(16), 'workflow_' || i % 50,
    CASE WHEN i > {executions} - 100 THEN 'Pending' WHEN i > {executions} - 400 THEN 'Running'
        WHEN i % 100 < 3 THEN 'Failed' WHEN i % 100 = 3 THEN 'Cancelled' ELSE 'Completed' END,
    strftime('%Y-%m-%dT%H:%M:%f+00:00', created, 'unixepoch'),
    CASE WHEN i <= {executions} - 400 THEN strftime('%Y-%m-%dT%H:%M:%f+00:00', created + 20 + i % 40, 'unixepoch') END,
    strftime('%Y-%m-%dT%H:%M:%f+00:00', created, 'unixepoch'), strftime('%Y-%m-%dT%H:%M:%f+00:00', created, 'unixepoch')
FROM (SELECT i, unixepoch() - 120.0 - ({executions} - i) * 604800.0 / {executions} AS created FROM numbers);

INSERT INTO task_executions
    (id, workflow_execution_id, task_name, status, started_at, completed_at, attempt, max_attempts, created_at, updated_at)
SELECT randomblob(16), e.id, 'public::tests::' || e.workflow_name || '::task' || (e.rowid / 50 + k) % 6,
    CASE WHEN e.status = 'Pending' THEN 'NotStarted'
        WHEN e.status = 'Running' THEN CASE k WHEN 0 THEN 'Completed' WHEN 1 THEN 'Running' WHEN 2 THEN 'Ready'
            ELSE 'NotStarted' END
        WHEN e.status = 'Failed' AND k = 4 THEN 'Failed'
        WHEN e.status = 'Cancelled' AND k > 2 THEN 'NotStarted' ELSE 'Completed' END,
    e.created_at, coalesce(e.completed_at, CASE WHEN e.status = 'Running' AND k = 0 THEN e.created_at END),
    CASE WHEN e.rowid % 20 = 0 THEN 2 ELSE 1 END, 4, e.created_at, e.created_at
FROM workflow_executions e CROSS JOIN (SELECT DISTINCT k FROM steps WHERE k < 5);

INSERT INTO execution_events (id, workflow_execution_id, task_execution_id, event_type, created_at)
SELECT randomblob(16), e.id, t.id, s.kind, e.created_at
FROM workflow_executions e CROSS JOIN steps s
LEFT JOIN task_executions t ON t.rowid = (e.rowid - 1) * 5 + s.k + 1 AND s.k < 5
WHERE e.rowid <= {executions} - 400;
DROP TABLE numbers;
COMMIT;
