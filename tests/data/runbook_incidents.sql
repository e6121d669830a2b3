-- What goes wrong in a tenant of v0.11 on PostgreSQL, one thing each: for the queries of the runbooks to find. Every workflow is
-- called as the queries call theirs. Ids end in two digits: 0x schedules, 1x executions, 2x fires, 3x tasks, 4x events.
CREATE FUNCTION pg_temp.id(digits text) RETURNS uuid LANGUAGE sql
    AS $$ SELECT ('00000000-0000-0000-0000-0000000000' || digits)::uuid $$;
CREATE FUNCTION pg_temp.ago(distance interval) RETURNS timestamp LANGUAGE sql
    AS $$ SELECT now() AT TIME ZONE 'UTC' - distance $$;

INSERT INTO schedules (id, schedule_type, workflow_name, cron_expression, end_date, paused, paused_at, next_run_at, last_run_at)
VALUES
    (pg_temp.id('01'), 'cron', 'WORKFLOW', '0 * * * *', NULL, false, NULL, pg_temp.ago('1 hour'), pg_temp.ago('2 hours')),
    -- Past its end date while it was due.
    (pg_temp.id('02'), 'cron', 'WORKFLOW', '0 3 * * *', pg_temp.ago('12 hours'), false, NULL, pg_temp.ago('1 day'), NULL),
    (pg_temp.id('03'), 'cron', 'WORKFLOW', '0 4 * * *', NULL, true, pg_temp.ago('10 days'), pg_temp.ago('9 days'), NULL),
    -- Registered twice.
    (pg_temp.id('06'), 'cron', 'WORKFLOW', '0 * * * *', NULL, false, NULL, pg_temp.ago('-1 hour'), NULL);
INSERT INTO schedules (id, schedule_type, workflow_name, trigger_name, poll_interval_ms, last_poll_at) VALUES
    (pg_temp.id('04'), 'trigger', 'WORKFLOW', 'watch', 5000, pg_temp.ago('1 hour')),
    (pg_temp.id('05'), 'trigger', 'WORKFLOW', 'never', 5000, NULL);

INSERT INTO workflow_executions (id, workflow_name, status, started_at, created_at, updated_at, completed_at) VALUES
    (pg_temp.id('11'), 'WORKFLOW', 'Completed', pg_temp.ago('61 minutes'), pg_temp.ago('61 minutes'), pg_temp.ago('1 hour'),
     pg_temp.ago('1 hour')),
    (pg_temp.id('12'), 'WORKFLOW', 'Running', pg_temp.ago('2 hours'), pg_temp.ago('2 hours'), pg_temp.ago('2 hours'), NULL),
    -- Nothing of it can go on.
    (pg_temp.id('13'), 'WORKFLOW', 'Running', pg_temp.ago('3 hours'), pg_temp.ago('3 hours'), pg_temp.ago('3 hours'), NULL),
    (pg_temp.id('14'), 'WORKFLOW', 'Failed', pg_temp.ago('20 minutes'), pg_temp.ago('20 minutes'), pg_temp.ago('10 minutes'),
     pg_temp.ago('10 minutes')),
    -- The scheduler waits for it.
    (pg_temp.id('15'), 'WORKFLOW', 'Running', pg_temp.ago('4 minutes'), pg_temp.ago('4 minutes'), pg_temp.ago('0 s'), NULL);

INSERT INTO schedule_executions (id, schedule_id, workflow_execution_id, scheduled_time, context_hash, started_at) VALUES
    -- Blocks its trigger.
    (pg_temp.id('21'), pg_temp.id('04'), pg_temp.id('11'), NULL, 'a', pg_temp.ago('61 minutes')),
    -- Lost.
    (pg_temp.id('22'), pg_temp.id('01'), NULL, pg_temp.ago('30 minutes'), NULL, pg_temp.ago('30 minutes')),
    (pg_temp.id('23'), pg_temp.id('01'), pg_temp.id('12'), pg_temp.ago('2 hours'), NULL, pg_temp.ago('115 minutes')),
    (pg_temp.id('24'), pg_temp.id('05'), NULL, NULL, 'b', pg_temp.ago('5 minutes'));

INSERT INTO task_executions (id, workflow_execution_id, task_name, status, attempt, max_attempts, recovery_attempts, started_at,
    completed_at, updated_at, claimed_by, heartbeat_at, last_error, error_details)
VALUES
    -- Held by a dead runner.
    (pg_temp.id('31'), pg_temp.id('12'), 'public::p::WORKFLOW::held', 'Running', 1, 3, 1, pg_temp.ago('1 hour'), NULL,
     pg_temp.ago('5 minutes'), pg_temp.id('f1'), now() - interval '5 minutes', NULL, NULL),
    (pg_temp.id('32'), pg_temp.id('12'), 'public::p::WORKFLOW::waits', 'Ready', 1, 3, 0, NULL, NULL, pg_temp.ago('20 minutes'),
     NULL, NULL, NULL, NULL),
    (pg_temp.id('33'), pg_temp.id('13'), 'public::p::WORKFLOW::stalled', 'NotStarted', 1, 3, 0, NULL, NULL,
     pg_temp.ago('3 hours'), NULL, NULL, NULL, NULL),
    (pg_temp.id('34'), pg_temp.id('14'), 'public::p::WORKFLOW::poison', 'Failed', 1, 3, 3, pg_temp.ago('15 minutes'),
     pg_temp.ago('11 minutes'), pg_temp.ago('11 minutes'), NULL, NULL, NULL, 'ABANDONED: 3 stale-claim recoveries exhausted'),
    (pg_temp.id('35'), pg_temp.id('14'), 'public::p::WORKFLOW::tries', 'Failed', 3, 3, 0, pg_temp.ago('12 minutes'),
     pg_temp.ago('10 minutes'), pg_temp.ago('10 minutes'), NULL, NULL, 'Task execution timeout', NULL);

INSERT INTO execution_events (id, workflow_execution_id, task_execution_id, event_type, event_data, created_at) VALUES
    (pg_temp.id('41'), pg_temp.id('14'), pg_temp.id('35'), 'task_retry_scheduled', '{"attempt": 3}', pg_temp.ago('13 minutes'));
