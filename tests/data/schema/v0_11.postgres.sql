-- The tables of Cloacina v0.11 on PostgreSQL that the exporter reads, with their real columns, checks, indexes and
-- foreign keys. For any schema: SET search_path first. Left out: all other tables, hence also the keys into them.

CREATE TABLE __diesel_schema_migrations (
    version varchar(50) PRIMARY KEY,
    run_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP
);
INSERT INTO __diesel_schema_migrations (version) VALUES ('050');

CREATE TABLE workflow_executions (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    workflow_name varchar NOT NULL,
    workflow_version varchar NOT NULL DEFAULT '1.0',
    status varchar NOT NULL,
    context_id uuid,
    started_at timestamp DEFAULT CURRENT_TIMESTAMP,
    completed_at timestamp,
    error_details text,
    recovery_attempts integer NOT NULL DEFAULT 0,
    last_recovery_at timestamp,
    created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    paused_at timestamp,
    pause_reason text,
    trigger_origin text,
    CONSTRAINT pipeline_executions_pkey PRIMARY KEY (id),
    CONSTRAINT pipeline_executions_status_check
        CHECK (status IN ('Pending', 'Running', 'Completed', 'Failed', 'Cancelled', 'Paused'))
);
CREATE INDEX pipeline_executions_name_version_idx ON workflow_executions (workflow_name, workflow_version);
CREATE INDEX pipeline_executions_paused_idx ON workflow_executions (status) WHERE status = 'Paused';
CREATE INDEX pipeline_executions_status_idx ON workflow_executions (status);

CREATE TABLE task_executions (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    workflow_execution_id uuid NOT NULL,
    task_name varchar NOT NULL,
    status varchar NOT NULL,
    started_at timestamp,
    completed_at timestamp,
    attempt integer DEFAULT 1,
    max_attempts integer DEFAULT 1,
    error_details text,
    trigger_rules text DEFAULT '{"type": "Always"}',
    task_configuration text DEFAULT '{}',
    retry_at timestamp,
    last_error text,
    recovery_attempts integer NOT NULL DEFAULT 0,
    last_recovery_at timestamp,
    created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    sub_status varchar,
    claimed_by uuid,
    heartbeat_at timestamptz,
    CONSTRAINT task_executions_pkey PRIMARY KEY (id),
    CONSTRAINT task_executions_pipeline_execution_id_fkey
        FOREIGN KEY (workflow_execution_id) REFERENCES workflow_executions (id),
    CONSTRAINT task_executions_status_check
        CHECK (status IN ('NotStarted', 'Ready', 'Running', 'Completed', 'Failed', 'Skipped')),
    CONSTRAINT task_executions_task_configuration_check
        CHECK (task_configuration IS NULL OR task_configuration::json IS NOT NULL),
    CONSTRAINT task_executions_trigger_rules_check
        CHECK (trigger_rules IS NULL OR trigger_rules::json IS NOT NULL)
);
CREATE INDEX idx_task_executions_claimed ON task_executions (claimed_by) WHERE claimed_by IS NOT NULL;
CREATE INDEX task_executions_pipeline_idx ON task_executions (workflow_execution_id);
CREATE INDEX task_executions_running_idx ON task_executions (status) WHERE status = 'Running';
CREATE INDEX task_executions_status_idx ON task_executions (status);
CREATE INDEX task_executions_task_name_idx ON task_executions (task_name);

CREATE TABLE execution_events (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    workflow_execution_id uuid NOT NULL,
    task_execution_id uuid,
    event_type varchar(50) NOT NULL,
    event_data text DEFAULT '{}',
    worker_id varchar(100),
    created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    sequence_num bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    request_id uuid,
    runner_id uuid,
    tenant_id text,
    CONSTRAINT execution_events_pkey PRIMARY KEY (id),
    CONSTRAINT execution_events_event_data_check CHECK (event_data IS NULL OR event_data::json IS NOT NULL),
    CONSTRAINT execution_events_pipeline_execution_id_fkey
        FOREIGN KEY (workflow_execution_id) REFERENCES workflow_executions (id) ON DELETE CASCADE,
    CONSTRAINT execution_events_task_execution_id_fkey
        FOREIGN KEY (task_execution_id) REFERENCES task_executions (id) ON DELETE CASCADE
);
CREATE INDEX idx_execution_events_created ON execution_events (created_at DESC);
CREATE INDEX idx_execution_events_pipeline ON execution_events (workflow_execution_id, sequence_num);
CREATE INDEX idx_execution_events_task ON execution_events (task_execution_id, sequence_num)
    WHERE task_execution_id IS NOT NULL;
CREATE INDEX idx_execution_events_tenant_created ON execution_events (tenant_id, created_at DESC)
    WHERE tenant_id IS NOT NULL;
CREATE INDEX idx_execution_events_type ON execution_events (event_type);

CREATE TABLE schedules (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    schedule_type varchar NOT NULL,
    workflow_name varchar NOT NULL,
    enabled boolean NOT NULL DEFAULT true,
    cron_expression varchar,
    timezone varchar DEFAULT 'UTC',
    catchup_policy varchar DEFAULT 'skip',
    start_date timestamp,
    end_date timestamp,
    trigger_name varchar,
    poll_interval_ms integer,
    allow_concurrent boolean DEFAULT false,
    next_run_at timestamp,
    last_run_at timestamp,
    last_poll_at timestamp,
    created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    paused boolean NOT NULL DEFAULT false,
    paused_at timestamp,
    params text,
    instance_name text,
    CONSTRAINT schedules_pkey PRIMARY KEY (id),
    CONSTRAINT uq_schedules_trigger_name UNIQUE (trigger_name),
    CONSTRAINT schedules_catchup_policy_check
        CHECK (catchup_policy IS NULL OR catchup_policy IN ('skip', 'run_all')),
    CONSTRAINT schedules_schedule_type_check CHECK (schedule_type IN ('cron', 'trigger'))
);
CREATE INDEX idx_schedules_cron_polling ON schedules (enabled, next_run_at) WHERE enabled = true AND schedule_type = 'cron';
CREATE UNIQUE INDEX idx_schedules_instance_name ON schedules (workflow_name, instance_name)
    WHERE instance_name IS NOT NULL;
CREATE INDEX idx_schedules_paused ON schedules (paused) WHERE paused = true;
CREATE INDEX idx_schedules_trigger_polling ON schedules (enabled, last_poll_at)
    WHERE enabled = true AND schedule_type = 'trigger';
CREATE INDEX idx_schedules_type ON schedules (schedule_type);
CREATE INDEX idx_schedules_workflow ON schedules (workflow_name, enabled);

CREATE TABLE schedule_executions (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    schedule_id uuid NOT NULL,
    workflow_execution_id uuid,
    scheduled_time timestamp,
    claimed_at timestamp,
    context_hash varchar,
    started_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    completed_at timestamp,
    created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    recovery_attempts integer NOT NULL DEFAULT 0,
    recovery_claimed_by uuid,
    recovery_heartbeat_at timestamp,
    CONSTRAINT schedule_executions_pkey PRIMARY KEY (id),
    CONSTRAINT schedule_executions_pipeline_execution_id_fkey
        FOREIGN KEY (workflow_execution_id) REFERENCES workflow_executions (id) ON DELETE CASCADE,
    CONSTRAINT schedule_executions_schedule_id_fkey
        FOREIGN KEY (schedule_id) REFERENCES schedules (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX idx_schedule_executions_cron_dedup ON schedule_executions (schedule_id, scheduled_time)
    WHERE scheduled_time IS NOT NULL;
CREATE INDEX idx_schedule_executions_in_progress ON schedule_executions (schedule_id) WHERE completed_at IS NULL;
CREATE INDEX idx_schedule_executions_pipeline ON schedule_executions (workflow_execution_id)
    WHERE workflow_execution_id IS NOT NULL;
CREATE INDEX idx_schedule_executions_recovery_claim ON schedule_executions (recovery_heartbeat_at)
    WHERE completed_at IS NULL AND recovery_claimed_by IS NOT NULL;
CREATE INDEX idx_schedule_executions_schedule ON schedule_executions (schedule_id, started_at DESC);
CREATE UNIQUE INDEX idx_schedule_executions_trigger_dedup ON schedule_executions (schedule_id, context_hash)
    WHERE context_hash IS NOT NULL AND completed_at IS NULL;
