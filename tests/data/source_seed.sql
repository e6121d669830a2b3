-- Rows for the tables of v0.4: every status, what is missing where it may be, and what is wrong where it may not.
-- #12 is the id that ends in 12.
INSERT INTO pipeline_executions (id, pipeline_name, status, started_at, completed_at, created_at, updated_at) VALUES
    (#01, 'etl', 'Completed', '2026-11-23T10:00:00.000001+00:00', '2026-11-23T10:00:05.5+00:00', '2026-11-23T10:00:00+00:00', '2026-11-23T10:00:05.5+00:00'),
    (#02, 'etl', 'Completed', '2026-11-23T10:01:00+00:00', '2026-11-23T10:01:05+00:00', '2026-11-23T10:01:00+00:00', '2026-11-23T10:01:05+00:00'),
    (#03, 'report', 'Failed', '2026-11-23T10:02:00+00:00', '2026-11-23T10:02:05+00:00', '2026-11-23T10:02:00+00:00', '2026-11-23T10:02:05+00:00'),
    (#04, 'report', 'Cancelled', '2026-11-23T10:03:00+00:00', '2026-11-23T10:03:05+00:00', '2026-11-23T10:03:00+00:00', '2026-11-23T10:03:05+00:00'),
    (#05, 'etl', 'Pending', NULL, NULL, '2026-11-23T10:04:00+00:00', '2026-11-23T10:04:00+00:00'),
    (#06, 'etl', 'Running', '2026-11-23T10:05:00+00:00', NULL, '2026-11-23T10:05:00+00:00', '2026-11-23T10:05:00+00:00'),
    (#07, 'Ümläut "quoted"', 'Paused', '2026-11-23T10:06:00+00:00', NULL, '2026-11-23T10:06:00+00:00', '2026-11-23T10:06:01+00:00'),
    (#08, 'etl', 'Hibernating', '2026-11-23T10:07:00+00:00', NULL, '2026-11-23T10:07:00+00:00', '2026-11-23T10:07:00+00:00'),
    (#09, 'etl', 'Running', '2026-11-23T10:08:00+00:00', NULL, NULL, NULL),
    (#0a, NULL, 'Running', '2026-11-23T10:08:00+00:00', NULL, '2026-11-23T10:08:00+00:00', '2026-11-23T10:08:00+00:00'),
    (#0b, 'etl', 'Running', NULL, NULL, NULL, NULL),
    (#0c, 'antique', 'Completed', '0001-01-01T00:00:00+00:00', '9999-12-31T23:59:59.999999+00:00', '0001-01-01T00:00:00+00:00', '9999-12-31T23:59:59.999999+00:00'),
    (#0d, 'report', 'Cancelled', '2026-11-22T10:00:00+00:00', NULL, '2026-11-22T10:00:00+00:00', '2026-11-22T10:00:00+00:00');

INSERT INTO task_executions (id, pipeline_execution_id, task_name, status, started_at, completed_at, attempt, error_details, retry_at, last_error, recovery_attempts, created_at, updated_at, sub_status, claimed_by, heartbeat_at) VALUES
    (#11, #01, 'public::p::etl::load', 'Completed', '2026-11-23T10:00:01+00:00', '2026-11-23T10:00:05.25+00:00', 3, NULL, '2026-11-23T10:00:00.9+00:00', NULL, 1, '2026-11-23T10:00:00+00:00', '2026-11-23T10:00:05.25+00:00', NULL, NULL, '2026-11-23T10:00:04+00:00'),
    (#12, #02, 'public::p::etl::load', 'Failed', NULL, '2026-11-23T10:01:05+00:00', 1, NULL, NULL, 'Task execution timeout', 0, '2026-11-23T10:01:00+00:00', '2026-11-23T10:01:05+00:00', NULL, NULL, NULL),
    (#13, #03, 'public::p::report::send', 'Failed', NULL, '2026-11-23T10:02:05+00:00', 1, 'ABANDONED: 3 stale-claim recoveries exhausted (cap 3)', NULL, NULL, 3, '2026-11-23T10:02:00+00:00', '2026-11-23T10:02:05+00:00', NULL, NULL, NULL),
    (#14, #03, 'public::p::report::skip', 'Skipped', NULL, NULL, 1, 'Trigger rules not satisfied', NULL, NULL, 0, '2026-11-23T10:02:00+00:00', '2026-11-23T10:02:01+00:00', NULL, NULL, NULL),
    (#15, #06, 'public::p::etl::load', 'Running', '2026-11-23T10:05:01+00:00', NULL, 1, NULL, NULL, NULL, 0, '2026-11-23T10:05:00+00:00', '2026-11-23T10:05:01+00:00', NULL, #f1, '2026-11-23T10:05:02.125+00:00'),
    (#16, #06, 'public::p::etl::wait', 'Ready', NULL, NULL, 2, NULL, '2026-11-23T10:06:00+00:00', NULL, 0, '2026-11-23T10:05:00+00:00', '2026-11-23T10:05:01+00:00', 'Deferred', NULL, NULL),
    (#17, #06, 'public::p::etl::end', 'NotStarted', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2026-11-23T10:05:00+00:00', '2026-11-23T10:05:00+00:00', NULL, NULL, NULL),
    (#18, #06, 'public::p::etl::odd', 'Dreaming', NULL, NULL, -5, NULL, NULL, NULL, -1, '2026-11-23T10:05:00+00:00', '2026-11-23T10:05:00+00:00', NULL, NULL, NULL),
    (#19, NULL, 'public::p::etl::orphan', 'Completed', NULL, NULL, 1, NULL, NULL, NULL, 0, '2026-11-23T10:05:00+00:00', '2026-11-23T10:05:00+00:00', NULL, NULL, NULL),
    (#1a, #04, 'public::p::report::send', 'NotStarted', NULL, NULL, 1, NULL, NULL, NULL, 0, '2026-11-23T10:03:00+00:00', '2026-11-23T10:03:00+00:00', NULL, NULL, NULL);

INSERT INTO execution_events (id, pipeline_execution_id, task_execution_id, event_type, created_at, sequence_num) VALUES
    (#21, #01, #11, 'task_marked_ready', '2026-11-23T10:00:00+00:00', 1),
    (#22, #01, #11, 'task_retry_scheduled', '2026-11-23T10:00:00.5+00:00', 2),
    (#23, #01, #11, 'task_completed', '2026-11-23T10:00:05.25+00:00', 3),
    (#24, #01, NULL, 'pipeline_completed', '2026-11-23T10:00:05.5+00:00', 4),
    (#25, #03, NULL, 'workflow_failed', '2026-11-23T10:02:05+00:00', 6),
    (#26, #02, #12, 'task_failed', '2026-11-23T10:01:05+00:00', 5),
    (#27, #05, NULL, 'workflow_levitated', '2026-11-23T10:04:00+00:00', 7),
    (#28, NULL, NULL, 'workflow_paused', '2026-11-23T10:04:01+00:00', 8);

INSERT INTO schedules (id, schedule_type, workflow_name, enabled, cron_expression, timezone, catchup_policy, start_date, end_date, trigger_name, poll_interval_ms, next_run_at, last_run_at, last_poll_at, created_at) VALUES
    (#31, 'cron', 'etl', '1', '0 3 * * *', 'Europe/Berlin', 'run_all', '2026-01-01T00:00:00+00:00', '2027-01-01T00:00:00+00:00', NULL, NULL, '2026-11-24T02:00:00+00:00', '2026-11-23T02:00:00.25+00:00', NULL, '2026-01-01T00:00:00+00:00'),
    (#32, 'trigger', 'only_scheduled', '0', NULL, 'UTC', 'skip', NULL, NULL, 'file_watcher', 5000, NULL, NULL, '2026-11-23T10:00:00+00:00', '2026-01-02T00:00:00+00:00'),
    (#33, 'sundial', 'etl', '1', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2026-01-02T00:00:00+00:00');

INSERT INTO schedule_executions (id, schedule_id, pipeline_execution_id, scheduled_time, started_at, completed_at) VALUES
    (#41, #31, #01, '2026-11-23T02:00:00+00:00', '2026-11-23T02:00:00.25+00:00', '2026-11-23T02:00:06+00:00'),
    (#42, #32, #02, NULL, '2026-11-23T10:01:00+00:00', NULL),
    (#43, #31, NULL, '2026-11-23T01:00:00+00:00', '2026-11-23T01:00:00.5+00:00', NULL),
    (#44, #31, NULL, '2026-11-23T00:00:00+00:00', '2026-11-23T00:00:00.5+00:00', '2026-11-23T00:00:00.507+00:00'),
    (#45, #32, #06, NULL, '2026-11-23T10:05:00+00:00', NULL),
    (#46, #32, #fe, NULL, '2026-11-23T10:06:00+00:00', '2026-11-23T10:06:01+00:00'),
    (#47, #3f, NULL, NULL, NULL, NULL),
    (#48, NULL, NULL, NULL, '2026-11-23T10:06:00+00:00', NULL),
    (#49, #32, #08, NULL, '2026-11-23T10:07:00+00:00', NULL),
    (#4a, #33, NULL, NULL, '2026-11-23T09:00:00+00:00', NULL),
    (#4b, #31, NULL, '2026-11-23T03:00:00+00:00', '2026-11-23T03:00:00.25+00:00', NULL);
