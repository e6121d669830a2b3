//! The tables of Cloacina 0.11 on SQLite that the exporter reads, made anew: the same columns, types, checks and index
//! names as the engine's own migrations leave behind. The engine's other tables are absent.

use sqlx::SqliteConnection;

/// Creates all tables in an empty database.
pub(super) async fn create(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(TABLES).execute(&mut *connection).await?;
    sqlx::raw_sql(INDEXES).execute(connection).await?;
    Ok(())
}

const TABLES: &str = r#"
CREATE TABLE __diesel_schema_migrations (
    version VARCHAR(50) PRIMARY KEY NOT NULL,
    run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
INSERT INTO __diesel_schema_migrations (version) VALUES ('050');

CREATE TABLE workflow_executions (
    id BLOB PRIMARY KEY NOT NULL,
    workflow_name TEXT NOT NULL,
    workflow_version TEXT NOT NULL DEFAULT '1.0',
    status TEXT NOT NULL
        CHECK (status IN ('Pending', 'Running', 'Completed', 'Failed', 'Cancelled', 'Paused')),
    context_id BLOB,
    started_at TEXT NOT NULL,
    completed_at TEXT,
    error_details TEXT,
    recovery_attempts INTEGER DEFAULT 0 NOT NULL,
    last_recovery_at TEXT,
    paused_at TEXT,
    pause_reason TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    trigger_origin TEXT
);

CREATE TABLE task_executions (
    id BLOB PRIMARY KEY NOT NULL,
    workflow_execution_id BLOB NOT NULL REFERENCES workflow_executions(id),
    task_name TEXT NOT NULL,
    status TEXT NOT NULL
        CHECK (status IN ('NotStarted', 'Ready', 'Running', 'Completed', 'Failed', 'Skipped')),
    started_at TEXT,
    completed_at TEXT,
    attempt INTEGER DEFAULT 1,
    max_attempts INTEGER DEFAULT 1,
    error_details TEXT,
    trigger_rules TEXT DEFAULT '{"type": "Always"}' CHECK (trigger_rules IS NULL OR json_valid(trigger_rules)),
    task_configuration TEXT DEFAULT '{}' CHECK (task_configuration IS NULL OR json_valid(task_configuration)),
    retry_at TEXT,
    last_error TEXT,
    recovery_attempts INTEGER DEFAULT 0 NOT NULL,
    last_recovery_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    sub_status TEXT,
    claimed_by BLOB,
    heartbeat_at TEXT
);

CREATE TABLE execution_events (
    id BLOB NOT NULL,
    workflow_execution_id BLOB NOT NULL REFERENCES workflow_executions(id) ON DELETE CASCADE,
    task_execution_id BLOB REFERENCES task_executions(id) ON DELETE CASCADE,
    event_type TEXT NOT NULL,
    event_data TEXT DEFAULT '{}' CHECK (event_data IS NULL OR json_valid(event_data)),
    worker_id TEXT,
    created_at TEXT NOT NULL,
    sequence_num INTEGER PRIMARY KEY AUTOINCREMENT,
    request_id BLOB,
    runner_id BLOB,
    tenant_id TEXT
);

CREATE TABLE schedules (
    id BLOB PRIMARY KEY NOT NULL,
    schedule_type TEXT NOT NULL CHECK (schedule_type IN ('cron', 'trigger')),
    workflow_name TEXT NOT NULL,
    enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
    cron_expression TEXT,
    timezone TEXT DEFAULT 'UTC',
    catchup_policy TEXT DEFAULT 'skip' CHECK (catchup_policy IS NULL OR catchup_policy IN ('skip', 'run_all')),
    start_date TEXT,
    end_date TEXT,
    trigger_name TEXT UNIQUE,
    poll_interval_ms INTEGER,
    allow_concurrent INTEGER DEFAULT 0 CHECK (allow_concurrent IS NULL OR allow_concurrent IN (0, 1)),
    next_run_at TEXT,
    last_run_at TEXT,
    last_poll_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
    paused_at TEXT,
    params TEXT,
    instance_name TEXT
);

CREATE TABLE schedule_executions (
    id BLOB PRIMARY KEY NOT NULL,
    schedule_id BLOB NOT NULL REFERENCES schedules(id) ON DELETE CASCADE,
    workflow_execution_id BLOB REFERENCES workflow_executions(id) ON DELETE CASCADE,
    scheduled_time TEXT,
    claimed_at TEXT,
    context_hash TEXT,
    started_at TEXT NOT NULL,
    completed_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    recovery_attempts INTEGER NOT NULL DEFAULT 0,
    recovery_claimed_by BLOB,
    recovery_heartbeat_at TEXT
);
"#;

const INDEXES: &str = "
CREATE INDEX pipeline_executions_status_idx ON workflow_executions(status);
CREATE INDEX pipeline_executions_name_version_idx ON workflow_executions(workflow_name, workflow_version);
CREATE INDEX pipeline_executions_paused_idx ON workflow_executions(status) WHERE status = 'Paused';

CREATE INDEX task_executions_status_idx ON task_executions(status);
CREATE INDEX task_executions_pipeline_idx ON task_executions(workflow_execution_id);
CREATE INDEX task_executions_task_name_idx ON task_executions(task_name);
CREATE INDEX task_executions_running_idx ON task_executions(status) WHERE status = 'Running';
CREATE INDEX idx_task_executions_claimed ON task_executions(claimed_by) WHERE claimed_by IS NOT NULL;

CREATE UNIQUE INDEX idx_execution_events_id ON execution_events(id);
CREATE INDEX idx_execution_events_pipeline ON execution_events(workflow_execution_id, sequence_num);
CREATE INDEX idx_execution_events_task ON execution_events(task_execution_id, sequence_num)
    WHERE task_execution_id IS NOT NULL;
CREATE INDEX idx_execution_events_created ON execution_events(created_at DESC);
CREATE INDEX idx_execution_events_type ON execution_events(event_type);
CREATE INDEX idx_execution_events_tenant_created ON execution_events(tenant_id, created_at DESC)
    WHERE tenant_id IS NOT NULL;

CREATE INDEX idx_schedules_cron_polling ON schedules(enabled, next_run_at)
    WHERE enabled = 1 AND schedule_type = 'cron';
CREATE INDEX idx_schedules_trigger_polling ON schedules(enabled, last_poll_at)
    WHERE enabled = 1 AND schedule_type = 'trigger';
CREATE INDEX idx_schedules_workflow ON schedules(workflow_name, enabled);
CREATE INDEX idx_schedules_type ON schedules(schedule_type);
CREATE INDEX idx_schedules_paused ON schedules(paused) WHERE paused = 1;
CREATE UNIQUE INDEX idx_schedules_instance_name ON schedules(workflow_name, instance_name)
    WHERE instance_name IS NOT NULL;

CREATE UNIQUE INDEX idx_schedule_executions_cron_dedup ON schedule_executions(schedule_id, scheduled_time)
    WHERE scheduled_time IS NOT NULL;
CREATE UNIQUE INDEX idx_schedule_executions_trigger_dedup ON schedule_executions(schedule_id, context_hash)
    WHERE context_hash IS NOT NULL AND completed_at IS NULL;
CREATE INDEX idx_schedule_executions_schedule ON schedule_executions(schedule_id, started_at DESC);
CREATE INDEX idx_schedule_executions_pipeline ON schedule_executions(workflow_execution_id)
    WHERE workflow_execution_id IS NOT NULL;
CREATE INDEX idx_schedule_executions_in_progress ON schedule_executions(schedule_id) WHERE completed_at IS NULL;
CREATE INDEX idx_schedule_executions_recovery_claim ON schedule_executions(recovery_heartbeat_at)
    WHERE completed_at IS NULL AND recovery_claimed_by IS NOT NULL;
";
