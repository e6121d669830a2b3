-- From v0.4 to v0.5.1 and v0.6, applied to a database that holds rows.
ALTER TABLE pipeline_executions RENAME TO workflow_executions;
ALTER TABLE workflow_executions RENAME COLUMN pipeline_name TO workflow_name;
ALTER TABLE workflow_executions RENAME COLUMN pipeline_version TO workflow_version;
ALTER TABLE task_executions RENAME COLUMN pipeline_execution_id TO workflow_execution_id;
ALTER TABLE execution_events RENAME COLUMN pipeline_execution_id TO workflow_execution_id;
ALTER TABLE schedule_executions RENAME COLUMN pipeline_execution_id TO workflow_execution_id;
