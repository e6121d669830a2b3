-- The columns that are read, as Cloacina v0.4 has them, without its constraints, so that rows can be wrong in every way.
-- Types in braces are replaced for each dialect.
CREATE TABLE pipeline_executions (
    id {uuid} PRIMARY KEY, pipeline_name {text}, pipeline_version {text} DEFAULT '1.0', status {text},
    started_at {time}, completed_at {time}, error_details {text}, created_at {time}, updated_at {time}
);
CREATE INDEX pipeline_executions_status_idx ON pipeline_executions (status);
CREATE INDEX pipeline_executions_name_version_idx ON pipeline_executions (pipeline_name, pipeline_version);
CREATE TABLE task_executions (
    id {uuid} PRIMARY KEY, pipeline_execution_id {uuid}, task_name {text}, status {text}, started_at {time},
    completed_at {time}, attempt {int}, error_details {text}, retry_at {time}, last_error {text},
    recovery_attempts {int} DEFAULT 0, created_at {time}, updated_at {time}, sub_status {text}, claimed_by {uuid},
    heartbeat_at {timetz}
);
CREATE INDEX task_executions_pipeline_idx ON task_executions (pipeline_execution_id);
CREATE TABLE execution_events (
    id {uuid}, pipeline_execution_id {uuid}, task_execution_id {uuid}, event_type {text}, created_at {time},
    sequence_num {sequence}
);
CREATE INDEX idx_execution_events_created ON execution_events (created_at DESC);
CREATE TABLE schedules (
    id {uuid} PRIMARY KEY, schedule_type {text}, workflow_name {text}, enabled {bool}, cron_expression {text},
    timezone {text}, catchup_policy {text}, start_date {time}, end_date {time}, trigger_name {text},
    poll_interval_ms {int}, next_run_at {time}, last_run_at {time}, last_poll_at {time}, created_at {time}
);
CREATE TABLE schedule_executions (
    id {uuid} PRIMARY KEY, schedule_id {uuid}, pipeline_execution_id {uuid}, scheduled_time {time}, started_at {time},
    completed_at {time}
);
CREATE INDEX idx_schedule_executions_schedule ON schedule_executions (schedule_id, started_at DESC);
CREATE INDEX idx_schedule_executions_in_progress ON schedule_executions (schedule_id) WHERE completed_at IS NULL;
CREATE INDEX idx_schedule_executions_pipeline ON schedule_executions (pipeline_execution_id)
    WHERE pipeline_execution_id IS NOT NULL;
