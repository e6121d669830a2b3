-- What an engine writes in 15 seconds, in one transaction: 24 executions end with their five tasks and 300 events, and 21
-- begin.
BEGIN;
CREATE TEMP TABLE ending AS SELECT id FROM workflow_executions WHERE status = 'Running' ORDER BY created_at LIMIT 24;
UPDATE workflow_executions SET status = 'Completed', completed_at = strftime('%Y-%m-%dT%H:%M:%f+00:00')
WHERE id IN (SELECT id FROM ending);
UPDATE task_executions SET status = 'Completed', completed_at = strftime('%Y-%m-%dT%H:%M:%f+00:00')
WHERE workflow_execution_id IN (SELECT id FROM ending);
INSERT INTO execution_events (id, workflow_execution_id, task_execution_id, event_type, created_at)
SELECT randomblob(16), t.workflow_execution_id, t.id, s.kind, strftime('%Y-%m-%dT%H:%M:%f+00:00')
FROM ending e JOIN task_executions t ON t.workflow_execution_id = e.id
CROSS JOIN (SELECT DISTINCT kind FROM steps WHERE step IN (0, 3)) s;
INSERT INTO execution_events (id, workflow_execution_id, event_type, created_at)
SELECT randomblob(16), e.id, 'workflow_paused', strftime('%Y-%m-%dT%H:%M:%f+00:00')
FROM ending e CROSS JOIN (SELECT DISTINCT k FROM steps WHERE k < 3) LIMIT 36;
INSERT INTO execution_events (id, workflow_execution_id, event_type, created_at)
SELECT randomblob(16), e.id, 'workflow_completed', strftime('%Y-%m-%dT%H:%M:%f+00:00') FROM ending e;
INSERT INTO workflow_executions (id, workflow_name, status, started_at, created_at, updated_at)
SELECT randomblob(16), 'workflow_' || k * 7 || step, 'Running', strftime('%Y-%m-%dT%H:%M:%f+00:00'),
    strftime('%Y-%m-%dT%H:%M:%f+00:00'), strftime('%Y-%m-%dT%H:%M:%f+00:00') FROM steps;
INSERT INTO task_executions (id, workflow_execution_id, task_name, status, created_at, updated_at)
SELECT randomblob(16), e.id, 'public::tests::' || e.workflow_name || '::task' || k, 'Ready', e.created_at, e.created_at
FROM workflow_executions e CROSS JOIN (SELECT DISTINCT k FROM steps WHERE k < 5)
WHERE e.status = 'Running' AND NOT EXISTS (SELECT 1 FROM task_executions t WHERE t.workflow_execution_id = e.id);
DROP TABLE ending;
COMMIT;
