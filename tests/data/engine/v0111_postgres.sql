CREATE SCHEMA tenant_v0111;
CREATE TABLE tenant_v0111.__diesel_schema_migrations (
    version character varying(50) NOT NULL,
    run_on timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);
CREATE TABLE tenant_v0111.execution_events (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    workflow_execution_id uuid NOT NULL,
    task_execution_id uuid,
    event_type character varying(50) NOT NULL,
    event_data text DEFAULT '{}'::text,
    worker_id character varying(100),
    created_at timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    sequence_num bigint NOT NULL,
    request_id uuid,
    runner_id uuid,
    tenant_id text,
    CONSTRAINT execution_events_event_data_check CHECK (((event_data IS NULL) OR ((event_data)::json IS NOT NULL)))
);
ALTER TABLE tenant_v0111.execution_events ALTER COLUMN sequence_num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tenant_v0111.execution_events_sequence_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE tenant_v0111.schedule_executions (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    schedule_id uuid NOT NULL,
    workflow_execution_id uuid,
    scheduled_time timestamp without time zone,
    claimed_at timestamp without time zone,
    context_hash character varying,
    started_at timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    completed_at timestamp without time zone,
    created_at timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    updated_at timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    recovery_attempts integer DEFAULT 0 NOT NULL,
    recovery_claimed_by uuid,
    recovery_heartbeat_at timestamp without time zone
);
CREATE TABLE tenant_v0111.schedules (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    schedule_type character varying NOT NULL,
    workflow_name character varying NOT NULL,
    enabled boolean DEFAULT true NOT NULL,
    cron_expression character varying,
    timezone character varying DEFAULT 'UTC'::character varying,
    catchup_policy character varying DEFAULT 'skip'::character varying,
    start_date timestamp without time zone,
    end_date timestamp without time zone,
    trigger_name character varying,
    poll_interval_ms integer,
    allow_concurrent boolean DEFAULT false,
    next_run_at timestamp without time zone,
    last_run_at timestamp without time zone,
    last_poll_at timestamp without time zone,
    created_at timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    updated_at timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    paused boolean DEFAULT false NOT NULL,
    paused_at timestamp without time zone,
    params text,
    instance_name text,
    CONSTRAINT schedules_catchup_policy_check CHECK (((catchup_policy IS NULL) OR ((catchup_policy)::text = ANY ((ARRAY['skip'::character varying, 'run_all'::character varying])::text[])))),
    CONSTRAINT schedules_schedule_type_check CHECK (((schedule_type)::text = ANY ((ARRAY['cron'::character varying, 'trigger'::character varying])::text[])))
);
CREATE TABLE tenant_v0111.task_executions (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    workflow_execution_id uuid NOT NULL,
    task_name character varying NOT NULL,
    status character varying NOT NULL,
    started_at timestamp without time zone,
    completed_at timestamp without time zone,
    attempt integer DEFAULT 1,
    max_attempts integer DEFAULT 1,
    error_details text,
    trigger_rules text DEFAULT '{"type": "Always"}'::text,
    task_configuration text DEFAULT '{}'::text,
    retry_at timestamp without time zone,
    last_error text,
    recovery_attempts integer DEFAULT 0 NOT NULL,
    last_recovery_at timestamp without time zone,
    created_at timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    updated_at timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    sub_status character varying,
    claimed_by uuid,
    heartbeat_at timestamp with time zone,
    CONSTRAINT task_executions_status_check CHECK (((status)::text = ANY ((ARRAY['NotStarted'::character varying, 'Ready'::character varying, 'Running'::character varying, 'Completed'::character varying, 'Failed'::character varying, 'Skipped'::character varying])::text[]))),
    CONSTRAINT task_executions_task_configuration_check CHECK (((task_configuration IS NULL) OR ((task_configuration)::json IS NOT NULL))),
    CONSTRAINT task_executions_trigger_rules_check CHECK (((trigger_rules IS NULL) OR ((trigger_rules)::json IS NOT NULL)))
);
CREATE TABLE tenant_v0111.workflow_executions (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    workflow_name character varying NOT NULL,
    workflow_version character varying DEFAULT '1.0'::character varying NOT NULL,
    status character varying NOT NULL,
    context_id uuid,
    started_at timestamp without time zone DEFAULT CURRENT_TIMESTAMP,
    completed_at timestamp without time zone,
    error_details text,
    recovery_attempts integer DEFAULT 0 NOT NULL,
    last_recovery_at timestamp without time zone,
    created_at timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    updated_at timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    paused_at timestamp without time zone,
    pause_reason text,
    trigger_origin text,
    CONSTRAINT pipeline_executions_status_check CHECK (((status)::text = ANY ((ARRAY['Pending'::character varying, 'Running'::character varying, 'Completed'::character varying, 'Failed'::character varying, 'Cancelled'::character varying, 'Paused'::character varying])::text[])))
);
INSERT INTO tenant_v0111.__diesel_schema_migrations VALUES
	('000', '2026-11-24 23:08:35.252827'),
	('001', '2026-11-24 23:08:35.25425'),
	('002', '2026-11-24 23:08:35.257473'),
	('003', '2026-11-24 23:08:35.284493'),
	('004', '2026-11-24 23:08:35.286278'),
	('005', '2026-11-24 23:08:35.295208'),
	('006', '2026-11-24 23:08:35.303125'),
	('007', '2026-11-24 23:08:35.317737'),
	('008', '2026-11-24 23:08:35.322355'),
	('009', '2026-11-24 23:08:35.324573'),
	('010', '2026-11-24 23:08:35.339901'),
	('011', '2026-11-24 23:08:35.364963'),
	('012', '2026-11-24 23:08:35.366171'),
	('013', '2026-11-24 23:08:35.376997'),
	('014', '2026-11-24 23:08:35.382065'),
	('015', '2026-11-24 23:08:35.399436'),
	('016', '2026-11-24 23:08:35.413654'),
	('017', '2026-11-24 23:08:35.419043'),
	('018', '2026-11-24 23:08:35.433445'),
	('019', '2026-11-24 23:08:35.434626'),
	('020', '2026-11-24 23:08:35.436388'),
	('021', '2026-11-24 23:08:35.437709'),
	('022', '2026-11-24 23:08:35.44027'),
	('023', '2026-11-24 23:08:35.443352'),
	('024', '2026-11-24 23:08:35.444886'),
	('025', '2026-11-24 23:08:35.446418'),
	('026', '2026-11-24 23:08:35.453414'),
	('027', '2026-11-24 23:08:35.454744'),
	('028', '2026-11-24 23:08:35.461409'),
	('029', '2026-11-24 23:08:35.462543'),
	('030', '2026-11-24 23:08:35.4657'),
	('031', '2026-11-24 23:08:35.466342'),
	('032', '2026-11-24 23:08:35.472093'),
	('033', '2026-11-24 23:08:35.473325'),
	('034', '2026-11-24 23:08:35.481227'),
	('035', '2026-11-24 23:08:35.486903'),
	('036', '2026-11-24 23:08:35.49148'),
	('037', '2026-11-24 23:08:35.494246'),
	('038', '2026-11-24 23:08:35.497257'),
	('039', '2026-11-24 23:08:35.497913'),
	('040', '2026-11-24 23:08:35.501982'),
	('041', '2026-11-24 23:08:35.504543'),
	('042', '2026-11-24 23:08:35.514591'),
	('043', '2026-11-24 23:08:35.516809'),
	('044', '2026-11-24 23:08:35.518608'),
	('045', '2026-11-24 23:08:35.522047'),
	('046', '2026-11-24 23:08:35.526439'),
	('047', '2026-11-24 23:08:35.528446'),
	('048', '2026-11-24 23:08:35.532774'),
	('049', '2026-11-24 23:08:35.534963'),
	('050', '2026-11-24 23:08:35.537616');
INSERT INTO tenant_v0111.execution_events OVERRIDING SYSTEM VALUE VALUES
	('b50c5e19-6a6c-40d2-966a-393350d8215e', '6c14122c-499b-43cd-bda1-5b68d9e97c3d', 'fa791cc9-56f9-4dff-a957-d1f9a43943d8', 'task_marked_ready', '{}', NULL, '2026-11-24 23:08:35.603961', 1, NULL, NULL, NULL),
	('e7cae07c-4548-4138-bde6-090ee36a7711', '6323bf8c-ff5b-4f2e-8283-1c4d7429bbf6', 'e1896fa3-1744-4b73-bf52-29ff7f16898e', 'task_marked_ready', '{}', NULL, '2026-11-24 23:08:35.608634', 2, NULL, NULL, NULL),
	('6391efe2-9338-433f-b626-815a3daf2e5d', '05b0944a-56f3-44d3-80b9-1691deb23b2f', '0aec2cc8-97a7-48f6-bab8-64492ea0f961', 'task_marked_ready', '{}', NULL, '2026-11-24 23:08:35.611615', 3, NULL, NULL, NULL),
	('e7fd17f7-fc3f-438e-8263-336499c1c045', '47cd8e5a-cf13-4b7c-a907-da607a8a2416', 'd4a45251-b1df-42b1-be4c-8e035e80c9c7', 'task_marked_ready', '{}', NULL, '2026-11-24 23:08:35.615776', 4, NULL, NULL, NULL),
	('3fbac93f-3efd-40a8-8240-b3fe9efb9a36', 'c6763b2d-841b-4b62-b9e0-c8c755627488', '512704c6-558c-4c79-a648-c0c4b5da2741', 'task_marked_ready', '{}', NULL, '2026-11-24 23:08:35.618588', 5, NULL, NULL, NULL),
	('a1dccead-2701-4f14-8899-4e7a943145cb', '05b0944a-56f3-44d3-80b9-1691deb23b2f', '0aec2cc8-97a7-48f6-bab8-64492ea0f961', 'task_retry_scheduled', '{"attempt":2,"retry_at":"2026-11-24T23:08:35.961724471+00:00"}', NULL, '2026-11-24 23:08:35.665421', 6, NULL, NULL, NULL),
	('e764b01e-7b89-482c-ab1f-e16ae7e71dbd', '9214a27e-bfc7-41d1-ad63-c3c2562a4a39', '26a9dd79-b946-4b7d-944d-ccbfe2c624c5', 'task_marked_ready', '{}', NULL, '2026-11-24 23:08:35.667121', 7, NULL, NULL, NULL),
	('2dd19abd-05b4-492a-b8a0-a4b4754f30fe', '352cc2a8-78c7-42d9-bed1-d0232a4bf707', '333584f1-b21f-4095-8b77-4e9110be6dc6', 'task_marked_ready', '{}', NULL, '2026-11-24 23:08:35.678272', 8, NULL, NULL, NULL),
	('baec6977-3a0e-4f98-bbe3-0cc250298285', '47cd8e5a-cf13-4b7c-a907-da607a8a2416', 'd4a45251-b1df-42b1-be4c-8e035e80c9c7', 'task_retry_scheduled', '{"attempt":2,"retry_at":"2026-11-24T23:08:35.970680557+00:00"}', NULL, '2026-11-24 23:08:35.68152', 9, NULL, NULL, NULL),
	('9931b5db-226f-460d-8bcb-a45f19549c50', 'c6763b2d-841b-4b62-b9e0-c8c755627488', '512704c6-558c-4c79-a648-c0c4b5da2741', 'task_completed', '{}', NULL, '2026-11-24 23:08:35.681623', 10, NULL, NULL, NULL),
	('742ed536-9b0f-4463-9ece-851e9f577b19', '6323bf8c-ff5b-4f2e-8283-1c4d7429bbf6', 'e1896fa3-1744-4b73-bf52-29ff7f16898e', 'task_completed', '{}', NULL, '2026-11-24 23:08:35.696729', 11, NULL, NULL, NULL),
	('f8b7128e-1226-445f-a8a3-26f2e716d48e', '9214a27e-bfc7-41d1-ad63-c3c2562a4a39', '26a9dd79-b946-4b7d-944d-ccbfe2c624c5', 'task_deferred', '{}', NULL, '2026-11-24 23:08:35.714367', 12, NULL, NULL, NULL),
	('29d08814-8a75-473f-8ccd-057840d93e24', '6323bf8c-ff5b-4f2e-8283-1c4d7429bbf6', 'cfc6b2e3-2d00-45c6-b7e5-27c2b0696748', 'task_marked_ready', '{}', NULL, '2026-11-24 23:08:35.717786', 13, NULL, NULL, NULL),
	('12c57923-fe81-403e-9208-9045fa60770b', 'c6763b2d-841b-4b62-b9e0-c8c755627488', '1fc4f65f-dc08-4183-85bf-16d6d6fc72e8', 'task_marked_ready', '{}', NULL, '2026-11-24 23:08:35.726557', 14, NULL, NULL, NULL),
	('07b4af4c-f78c-49a1-8880-11706433d797', 'c6763b2d-841b-4b62-b9e0-c8c755627488', 'af751268-7866-4b0d-9294-366d9d611364', 'task_skipped', '{"reason":"Trigger rules not satisfied"}', NULL, '2026-11-24 23:08:35.732628', 15, NULL, NULL, NULL),
	('536c2fc7-6fc2-4c43-84d6-ae0695bec7b5', '6323bf8c-ff5b-4f2e-8283-1c4d7429bbf6', 'cfc6b2e3-2d00-45c6-b7e5-27c2b0696748', 'task_failed', '{"error":"Task execution error: Task execution failed: ExecutionFailed { message: \"disk full: \\\"/data\\\" has 0 bytes\", task_id: \"boom\", timestamp: 2026-11-24T23:08:35.751270449Z }"}', NULL, '2026-11-24 23:08:35.752439', 16, NULL, NULL, NULL),
	('3fb34497-8353-420a-b9a6-f53da07ad91b', 'c6763b2d-841b-4b62-b9e0-c8c755627488', '1fc4f65f-dc08-4183-85bf-16d6d6fc72e8', 'task_completed', '{}', NULL, '2026-11-24 23:08:35.804724', 17, NULL, NULL, NULL),
	('21817585-da45-4a16-b1d7-e44c6d410389', '6323bf8c-ff5b-4f2e-8283-1c4d7429bbf6', '6657c971-eecb-4538-8c49-a55bb76551fa', 'task_marked_ready', '{}', NULL, '2026-11-24 23:08:35.80731', 18, NULL, NULL, NULL),
	('5f765e0f-ad6b-4ec5-93cb-714b406acf21', 'c6763b2d-841b-4b62-b9e0-c8c755627488', NULL, 'workflow_completed', '{}', NULL, '2026-11-24 23:08:35.858953', 19, NULL, NULL, NULL),
	('d14a0296-2e31-4437-ad40-aa78f11f84e4', '6323bf8c-ff5b-4f2e-8283-1c4d7429bbf6', '6657c971-eecb-4538-8c49-a55bb76551fa', 'task_completed', '{}', NULL, '2026-11-24 23:08:35.873294', 20, NULL, NULL, NULL),
	('1a5d7b44-6836-4299-a564-0035bbbeb9dd', '6323bf8c-ff5b-4f2e-8283-1c4d7429bbf6', NULL, 'workflow_failed', '{"reason":"1 task(s) failed, 2 completed, 0 skipped"}', NULL, '2026-11-24 23:08:35.911828', 21, NULL, NULL, NULL),
	('298b1fb5-59c1-4ec4-a2f8-488d4ca61ec0', '6c14122c-499b-43cd-bda1-5b68d9e97c3d', 'fa791cc9-56f9-4dff-a957-d1f9a43943d8', 'task_completed', '{}', NULL, '2026-11-24 23:08:35.950212', 22, NULL, NULL, NULL),
	('31452e55-5cae-469e-9493-ed1bc69547f3', '6c14122c-499b-43cd-bda1-5b68d9e97c3d', '9db8ca5d-26f5-453b-9e2b-e3c50c3129b4', 'task_marked_ready', '{}', NULL, '2026-11-24 23:08:36.004327', 23, NULL, NULL, NULL),
	('6ff40491-8cc5-4265-b8ec-e045e677eaa7', '47cd8e5a-cf13-4b7c-a907-da607a8a2416', 'd4a45251-b1df-42b1-be4c-8e035e80c9c7', 'task_retry_scheduled', '{"attempt":3,"retry_at":"2026-11-24T23:08:36.322119451+00:00"}', NULL, '2026-11-24 23:08:36.023126', 24, NULL, NULL, NULL),
	('a2141409-2703-4b3b-9091-3f88f2c87377', '05b0944a-56f3-44d3-80b9-1691deb23b2f', '0aec2cc8-97a7-48f6-bab8-64492ea0f961', 'task_retry_scheduled', '{"attempt":3,"retry_at":"2026-11-24T23:08:36.323733930+00:00"}', NULL, '2026-11-24 23:08:36.024425', 25, NULL, NULL, NULL),
	('a44f514a-ac11-4a90-a6cd-b8e2db8e26ff', '6c14122c-499b-43cd-bda1-5b68d9e97c3d', '9db8ca5d-26f5-453b-9e2b-e3c50c3129b4', 'task_completed', '{}', NULL, '2026-11-24 23:08:36.080032', 26, NULL, NULL, NULL),
	('8cfa6aaf-b507-4b3b-a6b0-2037433c9e32', '6c14122c-499b-43cd-bda1-5b68d9e97c3d', '5138453f-1f07-4e4e-9d3f-19524f0e3df7', 'task_marked_ready', '{}', NULL, '2026-11-24 23:08:36.101306', 27, NULL, NULL, NULL),
	('145ddae6-4b57-42ca-ae76-9d5ef3648d6a', '6c14122c-499b-43cd-bda1-5b68d9e97c3d', '5138453f-1f07-4e4e-9d3f-19524f0e3df7', 'task_completed', '{}', NULL, '2026-11-24 23:08:36.162913', 28, NULL, NULL, NULL),
	('a557bf13-e2e2-42cf-a2f9-f6295fbbb78d', '6c14122c-499b-43cd-bda1-5b68d9e97c3d', NULL, 'workflow_completed', '{}', NULL, '2026-11-24 23:08:36.206406', 29, NULL, NULL, NULL),
	('1d825440-0e39-4a58-862e-3eaf22a387f8', '47cd8e5a-cf13-4b7c-a907-da607a8a2416', 'd4a45251-b1df-42b1-be4c-8e035e80c9c7', 'task_failed', '{"error":"Task execution error: Task execution failed: ExecutionFailed { message: \"no route to host\", task_id: \"hopeless\", timestamp: 2026-11-24T23:08:36.360270613Z }"}', NULL, '2026-11-24 23:08:36.361318', 30, NULL, NULL, NULL),
	('36c4cf24-8bba-4815-ab84-56d0c62fbc4a', '05b0944a-56f3-44d3-80b9-1691deb23b2f', '0aec2cc8-97a7-48f6-bab8-64492ea0f961', 'task_completed', '{}', NULL, '2026-11-24 23:08:36.36333', 31, NULL, NULL, NULL),
	('cec7223f-ef72-4e8c-9697-03d17bb0f901', '05b0944a-56f3-44d3-80b9-1691deb23b2f', NULL, 'workflow_completed', '{}', NULL, '2026-11-24 23:08:36.403642', 32, NULL, NULL, NULL),
	('cff73366-109c-48d6-a44a-bd36539bca69', '47cd8e5a-cf13-4b7c-a907-da607a8a2416', '895cdf90-906f-414d-bbaa-a8249d44d78c', 'task_marked_ready', '{}', NULL, '2026-11-24 23:08:36.406014', 33, NULL, NULL, NULL),
	('323a0b7f-f408-4043-8cb9-20e2daecda1f', '9214a27e-bfc7-41d1-ad63-c3c2562a4a39', '26a9dd79-b946-4b7d-944d-ccbfe2c624c5', 'task_resumed', '{}', NULL, '2026-11-24 23:08:36.418924', 34, NULL, NULL, NULL),
	('f352ae8c-9c0e-45aa-a783-745af627112e', '9214a27e-bfc7-41d1-ad63-c3c2562a4a39', '26a9dd79-b946-4b7d-944d-ccbfe2c624c5', 'task_completed', '{}', NULL, '2026-11-24 23:08:36.424009', 35, NULL, NULL, NULL),
	('5b5308ad-9ced-49ca-b94f-9a050bd0d8e5', '9214a27e-bfc7-41d1-ad63-c3c2562a4a39', NULL, 'workflow_completed', '{}', NULL, '2026-11-24 23:08:36.452001', 36, NULL, NULL, NULL),
	('7f76a2fc-c610-4879-ba4f-eb06704e82d8', '47cd8e5a-cf13-4b7c-a907-da607a8a2416', '895cdf90-906f-414d-bbaa-a8249d44d78c', 'task_completed', '{}', NULL, '2026-11-24 23:08:36.466935', 37, NULL, NULL, NULL),
	('af152857-29d0-494b-ad91-028b2f78d0fa', '47cd8e5a-cf13-4b7c-a907-da607a8a2416', NULL, 'workflow_failed', '{"reason":"1 task(s) failed, 1 completed, 0 skipped"}', NULL, '2026-11-24 23:08:36.501417', 38, NULL, NULL, NULL),
	('8dbd487f-c563-4e0c-a171-a63f34dc11fd', '352cc2a8-78c7-42d9-bed1-d0232a4bf707', '333584f1-b21f-4095-8b77-4e9110be6dc6', 'task_failed', '{"error":"Task execution timeout"}', NULL, '2026-11-24 23:08:37.719676', 39, NULL, NULL, NULL),
	('8fb8f5bb-5bca-4e42-8a22-31e8a8313fb8', '352cc2a8-78c7-42d9-bed1-d0232a4bf707', NULL, 'workflow_failed', '{"reason":"1 task(s) failed, 0 completed, 0 skipped"}', NULL, '2026-11-24 23:08:37.751974', 40, NULL, NULL, NULL),
	('8dad6e70-25f6-4682-bb66-90d69402ad96', '2355737c-6c6d-4650-a9ca-5797a4f6c161', '52bfa8c0-9561-4553-a957-2481c6ee6b62', 'task_marked_ready', '{}', NULL, '2026-11-24 23:08:38.149914', 41, NULL, NULL, NULL),
	('c294116b-5dc7-4391-b888-45e7455361e5', '2355737c-6c6d-4650-a9ca-5797a4f6c161', NULL, 'workflow_paused', '{"reason":"maintenance window"}', NULL, '2026-11-24 23:08:38.163477', 42, NULL, NULL, NULL),
	('43b1ec69-8f27-418a-8482-4a09f9b6f169', '2355737c-6c6d-4650-a9ca-5797a4f6c161', '52bfa8c0-9561-4553-a957-2481c6ee6b62', 'task_completed', '{}', NULL, '2026-11-24 23:08:39.165535', 43, NULL, NULL, NULL),
	('ef794767-8b72-44ba-a6bb-8778b14fa6a3', '2355737c-6c6d-4650-a9ca-5797a4f6c161', NULL, 'workflow_resumed', '{}', NULL, '2026-11-24 23:08:39.175503', 44, NULL, NULL, NULL),
	('8f4be749-00e5-416f-abc3-4ab293a23e16', '2355737c-6c6d-4650-a9ca-5797a4f6c161', '5fb4b533-a8e8-4472-8c0c-a64498689d02', 'task_marked_ready', '{}', NULL, '2026-11-24 23:08:39.199346', 45, NULL, NULL, NULL),
	('1bce4c76-dbd4-4574-9a2e-1e337ded08cd', '2355737c-6c6d-4650-a9ca-5797a4f6c161', '5fb4b533-a8e8-4472-8c0c-a64498689d02', 'task_completed', '{}', NULL, '2026-11-24 23:08:39.260832', 46, NULL, NULL, NULL),
	('33bbbfe3-981b-4dd5-9909-57c76636f787', '2355737c-6c6d-4650-a9ca-5797a4f6c161', NULL, 'workflow_completed', '{}', NULL, '2026-11-24 23:08:39.301425', 47, NULL, NULL, NULL),
	('6d16911a-9e37-4e73-9289-1e48db31e47c', '4374d7f4-4cbf-4245-81ff-5cf710187e21', '26db949a-cd9b-4271-96a1-8315f45fe726', 'task_marked_ready', '{}', NULL, '2026-11-24 23:08:39.697732', 48, NULL, NULL, NULL),
	('21594452-9eb3-45fb-8980-02e78dfeef12', '4374d7f4-4cbf-4245-81ff-5cf710187e21', '26db949a-cd9b-4271-96a1-8315f45fe726', 'task_completed', '{}', NULL, '2026-11-24 23:08:40.712333', 49, NULL, NULL, NULL),
	('1015a70c-6dfa-4350-8a87-5c449926cf2a', '92d28e24-4a9d-48c9-9af0-c4164187df15', 'a7cc6451-cdb9-49b0-b138-e60b5fcadab4', 'task_marked_ready', '{}', NULL, '2026-11-24 23:08:40.798843', 50, NULL, NULL, NULL),
	('6692f169-024b-482d-bc9b-a54a3d4cb1e0', '92d28e24-4a9d-48c9-9af0-c4164187df15', 'a7cc6451-cdb9-49b0-b138-e60b5fcadab4', 'task_completed', '{}', NULL, '2026-11-24 23:08:40.864265', 51, NULL, NULL, NULL),
	('f1cf6f1f-8782-421e-bfe3-2aeb712be787', '92d28e24-4a9d-48c9-9af0-c4164187df15', NULL, 'workflow_completed', '{}', NULL, '2026-11-24 23:08:40.901061', 52, NULL, NULL, NULL),
	('17ed6ced-0b47-44af-ba86-d5f24a0209fc', '3499d314-e83b-44f8-9951-1966490b8e94', '4638bc88-b901-48ae-b2e7-2782f2fde64f', 'task_marked_ready', '{}', NULL, '2026-11-24 23:08:41.299055', 53, NULL, NULL, NULL),
	('16220143-c1d0-4ab4-81e1-0408ae9336e5', '3499d314-e83b-44f8-9951-1966490b8e94', '4638bc88-b901-48ae-b2e7-2782f2fde64f', 'task_completed', '{}', NULL, '2026-11-24 23:08:41.361921', 54, NULL, NULL, NULL),
	('124fe3c7-5cc2-4319-9565-c9c82a02d960', '3499d314-e83b-44f8-9951-1966490b8e94', NULL, 'workflow_completed', '{}', NULL, '2026-11-24 23:08:41.400543', 55, NULL, NULL, NULL),
	('3585350d-77dd-4160-8fcc-d3020de0bb8a', 'ac746743-a78a-401a-a192-6cc1520dfe5c', 'dda1ffc8-1922-4942-8232-6b27b3df3fad', 'task_marked_ready', '{}', NULL, '2026-11-24 23:08:42.046874', 56, NULL, NULL, NULL),
	('49a554cc-1bec-4065-a761-0fcfd8cfe886', 'ac746743-a78a-401a-a192-6cc1520dfe5c', 'dda1ffc8-1922-4942-8232-6b27b3df3fad', 'task_completed', '{}', NULL, '2026-11-24 23:08:42.11089', 57, NULL, NULL, NULL),
	('ed8717ab-e5f6-47c5-b284-fc1501341306', 'ac746743-a78a-401a-a192-6cc1520dfe5c', NULL, 'workflow_completed', '{}', NULL, '2026-11-24 23:08:42.15296', 58, NULL, NULL, NULL),
	('c3108bf9-349b-4dc7-a201-2f8d9f6db324', 'f726d8d1-0cd5-44cd-a8fb-efdb19e374b5', '4f9b1fa7-cb55-4881-a5c3-d58cdb3e079b', 'task_marked_ready', '{}', NULL, '2026-11-24 23:08:42.1964', 59, NULL, NULL, NULL),
	('14b41d30-27dc-4123-8fe7-2819deeace4e', 'f726d8d1-0cd5-44cd-a8fb-efdb19e374b5', '4f9b1fa7-cb55-4881-a5c3-d58cdb3e079b', 'task_completed', '{}', NULL, '2026-11-24 23:08:42.256062', 60, NULL, NULL, NULL),
	('2d59f1bd-2470-4dcf-861c-05bdb1d0a6f2', 'f726d8d1-0cd5-44cd-a8fb-efdb19e374b5', NULL, 'workflow_completed', '{}', NULL, '2026-11-24 23:08:42.299718', 61, NULL, NULL, NULL),
	('605d5841-ae77-490c-b5f9-d5f34323d18e', 'cd3b3ed6-83fd-4534-8d55-2ec997e0175c', 'c3e3a4ba-55eb-4d50-8f3e-63eea4e93280', 'task_marked_ready', '{}', NULL, '2026-11-24 23:08:43.196998', 62, NULL, NULL, NULL),
	('2870d579-cd7d-43d7-becc-22053405f4d5', '5b6d68be-8609-4ec0-a845-9c350b60082f', 'd8a1f668-b2ce-4737-a9d9-fdb36c03fdb7', 'task_marked_ready', '{}', NULL, '2026-11-24 23:08:44.048863', 65, NULL, NULL, NULL),
	('0d84ab16-dcd2-484c-a739-deb63dbbaaa4', '9d2cb308-71cb-4a69-80f6-464f83721579', '6e61e2d8-8665-4e03-a565-29a9723347d9', 'task_marked_ready', '{}', NULL, '2026-11-24 23:08:47.649795', 74, NULL, NULL, NULL),
	('31c0df9d-a263-4e09-9d47-001932d7a8b3', 'cd3b3ed6-83fd-4534-8d55-2ec997e0175c', 'c3e3a4ba-55eb-4d50-8f3e-63eea4e93280', 'task_completed', '{}', NULL, '2026-11-24 23:08:43.263077', 63, NULL, NULL, NULL),
	('66670aac-ef98-4bd5-9785-68d3b2eeb4fa', '6804a838-3c02-4195-9508-abcf853ee170', '4185f00c-fb8d-4516-a33a-1f3a543aaf99', 'task_marked_ready', '{}', NULL, '2026-11-24 23:08:46.048402', 68, NULL, NULL, NULL),
	('d89f8807-d104-49bc-99be-b6ad2f9f9da5', '6804a838-3c02-4195-9508-abcf853ee170', '4185f00c-fb8d-4516-a33a-1f3a543aaf99', 'task_completed', '{}', NULL, '2026-11-24 23:08:46.113707', 69, NULL, NULL, NULL),
	('68b7c22c-0dba-41b2-bb3c-830350ac101c', 'efd59fc1-33ba-4a57-8fcd-104946795384', NULL, 'workflow_paused', '{}', NULL, '2026-11-24 23:08:46.619841', 72, NULL, NULL, NULL),
	('a1c8ee87-dd29-4db6-96ff-64ffd81f231c', 'cd3b3ed6-83fd-4534-8d55-2ec997e0175c', NULL, 'workflow_completed', '{}', NULL, '2026-11-24 23:08:43.301649', 64, NULL, NULL, NULL),
	('294297eb-c320-4da5-9f3a-dd04eb4bc1a4', '5b6d68be-8609-4ec0-a845-9c350b60082f', NULL, 'workflow_completed', '{}', NULL, '2026-11-24 23:08:44.15531', 67, NULL, NULL, NULL),
	('866c6f9e-1a00-41e4-aa2a-4914275525b8', 'efd59fc1-33ba-4a57-8fcd-104946795384', '680c8ca3-f3dd-4799-a58b-e58e1741d1b5', 'task_marked_ready', '{}', NULL, '2026-11-24 23:08:46.5981', 71, NULL, NULL, NULL),
	('fe040f7f-8825-4f59-82ba-84cf70faea05', '7dbf202e-7848-4e3a-8e08-1c04b584d6d2', '94f4ff4a-4048-43ed-a70f-97dff1c25549', 'task_marked_ready', '{}', NULL, '2026-11-24 23:08:47.699395', 76, NULL, NULL, NULL),
	('5a56db05-c8d7-4504-b23a-d1cd9e857967', '5b6d68be-8609-4ec0-a845-9c350b60082f', 'd8a1f668-b2ce-4737-a9d9-fdb36c03fdb7', 'task_completed', '{}', NULL, '2026-11-24 23:08:44.11331', 66, NULL, NULL, NULL),
	('ea69958a-942a-4e0e-95bc-8ed5ddc85306', '6804a838-3c02-4195-9508-abcf853ee170', NULL, 'workflow_completed', '{}', NULL, '2026-11-24 23:08:46.15509', 70, NULL, NULL, NULL),
	('4725f70c-1259-475b-a867-895256881f80', 'efd59fc1-33ba-4a57-8fcd-104946795384', '680c8ca3-f3dd-4799-a58b-e58e1741d1b5', 'task_completed', '{}', NULL, '2026-11-24 23:08:47.610366', 73, NULL, NULL, NULL),
	('bbedd100-5018-42c9-9021-dfc3c6f287f6', '9d2cb308-71cb-4a69-80f6-464f83721579', '6e61e2d8-8665-4e03-a565-29a9723347d9', 'task_retry_scheduled', '{"attempt":2,"retry_at":"2026-11-25T00:08:47.658721676+00:00"}', NULL, '2026-11-24 23:08:47.659195', 75, NULL, NULL, NULL);
INSERT INTO tenant_v0111.schedule_executions VALUES
	('786e4e36-d2c9-4ce3-8cc7-caae03ac8b84', '73578847-b64b-4fb8-ae50-b08cb3b869a6', '92d28e24-4a9d-48c9-9af0-c4164187df15', NULL, NULL, '86d804fcec205d4b', '2026-11-24 23:08:40.749106', NULL, '2026-11-24 23:08:40.749106', '2026-11-24 23:08:41.268946', 0, NULL, NULL),
	('ce26bd62-f94e-4c5b-b121-33bb0e8778b0', 'bd4e4237-89dc-439c-813c-40b1cc6d5144', '3499d314-e83b-44f8-9951-1966490b8e94', NULL, NULL, 'fire_no_context', '2026-11-24 23:08:41.275564', NULL, '2026-11-24 23:08:41.275564', '2026-11-24 23:08:41.791645', 0, NULL, NULL),
	('f76f4835-c959-4e61-bfae-7cdee9426a92', '82109e45-061f-4f8b-ba5b-6c4d0c984223', NULL, '2026-11-24 23:08:42', '2026-11-24 23:08:42.006421', NULL, '2026-11-24 23:08:42.006426', '2026-11-24 23:08:42.012093', '2026-11-24 23:08:42.006426', '2026-11-24 23:08:42.012095', 0, NULL, NULL),
	('6f27b292-053c-4950-bce4-9f83720b96f9', 'aee065e7-252f-4795-ac03-192333669d8f', 'ac746743-a78a-401a-a192-6cc1520dfe5c', '2026-11-24 23:08:42', '2026-11-24 23:08:42.006457', NULL, '2026-11-24 23:08:42.006458', '2026-11-24 23:08:42.524715', '2026-11-24 23:08:42.006458', '2026-11-24 23:08:42.524718', 0, NULL, NULL),
	('381649e7-75ae-4233-8523-0c375a12e3cc', '73578847-b64b-4fb8-ae50-b08cb3b869a6', 'f726d8d1-0cd5-44cd-a8fb-efdb19e374b5', NULL, NULL, '3bd2939890c150ba', '2026-11-24 23:08:42.147437', NULL, '2026-11-24 23:08:42.147437', '2026-11-24 23:08:42.662079', 0, NULL, NULL),
	('0abc5630-2dad-45be-82b7-5fcdba84563f', '73578847-b64b-4fb8-ae50-b08cb3b869a6', 'cd3b3ed6-83fd-4534-8d55-2ec997e0175c', NULL, NULL, '1958269225b08d1e', '2026-11-24 23:08:43.147858', NULL, '2026-11-24 23:08:43.147858', '2026-11-24 23:08:43.660963', 0, NULL, NULL),
	('097d5a4d-5790-4e7f-95e3-6f5379cfeb08', '82109e45-061f-4f8b-ba5b-6c4d0c984223', NULL, '2026-11-24 23:08:44', '2026-11-24 23:08:44.006986', NULL, '2026-11-24 23:08:44.006988', '2026-11-24 23:08:44.013213', '2026-11-24 23:08:44.006988', '2026-11-24 23:08:44.013215', 0, NULL, NULL),
	('b2c4a9d1-6d7d-4a91-8f44-c27b3e0e6d76', 'aee065e7-252f-4795-ac03-192333669d8f', '5b6d68be-8609-4ec0-a845-9c350b60082f', '2026-11-24 23:08:44', '2026-11-24 23:08:44.006927', NULL, '2026-11-24 23:08:44.006932', '2026-11-24 23:08:44.523385', '2026-11-24 23:08:44.006932', '2026-11-24 23:08:44.523388', 0, NULL, NULL),
	('9721a729-a231-4043-b850-a9271435d7a0', '82109e45-061f-4f8b-ba5b-6c4d0c984223', NULL, '2026-11-24 23:08:46', '2026-11-24 23:08:46.00563', NULL, '2026-11-24 23:08:46.005632', '2026-11-24 23:08:46.010399', '2026-11-24 23:08:46.005632', '2026-11-24 23:08:46.010401', 0, NULL, NULL),
	('99e16644-44ec-49b5-b9f4-608897bbc882', 'aee065e7-252f-4795-ac03-192333669d8f', '6804a838-3c02-4195-9508-abcf853ee170', '2026-11-24 23:08:46', '2026-11-24 23:08:46.005578', NULL, '2026-11-24 23:08:46.005587', '2026-11-24 23:08:46.518745', '2026-11-24 23:08:46.005587', '2026-11-24 23:08:46.518747', 0, NULL, NULL);
INSERT INTO tenant_v0111.schedules VALUES
	('fdaa2349-e5b7-4191-a269-e050b8aee859', 'trigger', 'never_ticks', true, NULL, 'UTC', 'skip', NULL, NULL, 'broken_poll', 300, false, NULL, NULL, NULL, '2026-11-24 23:08:40.749376', '2026-11-24 23:08:40.749376', false, NULL, NULL, NULL),
	('4e0397b3-39ac-42a7-b48d-928febe1a165', 'cron', 'never_ticks', true, '*/2 * * * * *', 'UTC', 'skip', NULL, NULL, NULL, NULL, false, '2026-11-24 23:08:42', NULL, NULL, '2026-11-24 23:08:40.757458', '2026-11-24 23:08:40.760288', true, '2026-11-24 23:08:40.760288', NULL, NULL),
	('7b5bc8b0-5c82-4da5-b929-f2c9af1e5e89', 'cron', 'never_ticks', true, '0 0 0 1 1 *', 'Europe/Berlin', 'skip', NULL, NULL, NULL, NULL, false, '2026-12-31 23:00:00', NULL, NULL, '2026-11-24 23:08:40.761937', '2026-11-24 23:08:40.761937', false, NULL, NULL, NULL),
	('aee065e7-252f-4795-ac03-192333669d8f', 'cron', 'ticks', false, '*/2 * * * * *', 'UTC', 'skip', NULL, NULL, NULL, NULL, false, '2026-11-24 23:08:48', '2026-11-24 23:08:46.001667', NULL, '2026-11-24 23:08:40.752184', '2026-11-24 23:08:46.069299', false, NULL, NULL, NULL),
	('82109e45-061f-4f8b-ba5b-6c4d0c984223', 'cron', 'no_such_workflow', false, '*/2 * * * * *', 'UTC', 'skip', NULL, NULL, NULL, NULL, false, '2026-11-24 23:08:48', '2026-11-24 23:08:46.001667', NULL, '2026-11-24 23:08:40.755447', '2026-11-24 23:08:46.536792', false, NULL, NULL, NULL),
	('73578847-b64b-4fb8-ae50-b08cb3b869a6', 'trigger', 'arrivals', true, NULL, 'UTC', 'skip', NULL, NULL, 'new_file', 300, false, NULL, NULL, '2026-11-24 23:08:47.344545', '2026-11-24 23:08:40.736944', '2026-11-24 23:08:47.344547', false, NULL, NULL, NULL),
	('bd4e4237-89dc-439c-813c-40b1cc6d5144', 'trigger', 'once', true, NULL, 'UTC', 'skip', NULL, NULL, 'same_context', 300, false, NULL, NULL, '2026-11-24 23:08:47.346685', '2026-11-24 23:08:40.740849', '2026-11-24 23:08:47.346687', false, NULL, NULL, NULL),
	('02b38696-2146-4dd7-b74e-b0ea48da9d8e', 'trigger', 'never_ticks', true, NULL, 'UTC', 'skip', NULL, NULL, 'nothing_new', 300, false, NULL, NULL, '2026-11-24 23:08:47.348691', '2026-11-24 23:08:40.745068', '2026-11-24 23:08:47.348693', false, NULL, NULL, NULL);
INSERT INTO tenant_v0111.task_executions VALUES
	('512704c6-558c-4c79-a648-c0c4b5da2741', 'c6763b2d-841b-4b62-b9e0-c8c755627488', 'public::engine-scenarios::skips::choose', 'Completed', '2026-11-24 23:08:35.63561', '2026-11-24 23:08:35.681623', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:08:35.590641', '2026-11-24 23:08:35.694753', NULL, NULL, NULL),
	('e1896fa3-1744-4b73-bf52-29ff7f16898e', '6323bf8c-ff5b-4f2e-8283-1c4d7429bbf6', 'public::engine-scenarios::fails_now::before', 'Completed', '2026-11-24 23:08:35.630871', '2026-11-24 23:08:35.696729', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:08:35.580627', '2026-11-24 23:08:35.705409', NULL, NULL, NULL),
	('cfc6b2e3-2d00-45c6-b7e5-27c2b0696748', '6323bf8c-ff5b-4f2e-8283-1c4d7429bbf6', 'public::engine-scenarios::fails_now::boom', 'Failed', '2026-11-24 23:08:35.745377', '2026-11-24 23:08:35.752439', 1, 1, NULL, '{"type":"Always"}', '{}', NULL, 'Task execution error: Task execution failed: ExecutionFailed { message: "disk full: \"/data\" has 0 bytes", task_id: "boom", timestamp: 2026-11-24T23:08:35.751270449Z }', 0, NULL, '2026-11-24 23:08:35.580627', '2026-11-24 23:08:35.75676', NULL, NULL, NULL),
	('af751268-7866-4b0d-9294-366d9d611364', 'c6763b2d-841b-4b62-b9e0-c8c755627488', 'public::engine-scenarios::skips::branch_b', 'Skipped', NULL, NULL, 1, 3, 'Trigger rules not satisfied', '{"conditions":[{"key":"branch","operator":"Equals","type":"ContextValue","value":"b"}],"type":"All"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:08:35.590641', '2026-11-24 23:08:35.732628', NULL, NULL, NULL),
	('1fc4f65f-dc08-4183-85bf-16d6d6fc72e8', 'c6763b2d-841b-4b62-b9e0-c8c755627488', 'public::engine-scenarios::skips::branch_a', 'Completed', '2026-11-24 23:08:35.7415', '2026-11-24 23:08:35.804724', 1, 3, NULL, '{"conditions":[{"key":"branch","operator":"Equals","type":"ContextValue","value":"a"}],"type":"All"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:08:35.590641', '2026-11-24 23:08:35.806748', NULL, NULL, NULL),
	('6657c971-eecb-4538-8c49-a55bb76551fa', '6323bf8c-ff5b-4f2e-8283-1c4d7429bbf6', 'public::engine-scenarios::fails_now::after_boom', 'Completed', '2026-11-24 23:08:35.81609', '2026-11-24 23:08:35.873294', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:08:35.580627', '2026-11-24 23:08:35.874905', NULL, NULL, NULL),
	('fa791cc9-56f9-4dff-a957-d1f9a43943d8', '6c14122c-499b-43cd-bda1-5b68d9e97c3d', 'public::engine-scenarios::etl_ok::extract', 'Completed', '2026-11-24 23:08:35.635537', '2026-11-24 23:08:35.950212', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:08:35.573476', '2026-11-24 23:08:35.952827', NULL, NULL, NULL),
	('0aec2cc8-97a7-48f6-bab8-64492ea0f961', '05b0944a-56f3-44d3-80b9-1691deb23b2f', 'public::engine-scenarios::retry_ok::shaky', 'Completed', '2026-11-24 23:08:36.357063', '2026-11-24 23:08:36.36333', 3, 3, NULL, '{"type":"Always"}', '{}', '2026-11-24 23:08:36.323733', NULL, 0, NULL, '2026-11-24 23:08:35.585097', '2026-11-24 23:08:36.365752', NULL, NULL, NULL),
	('5138453f-1f07-4e4e-9d3f-19524f0e3df7', '6c14122c-499b-43cd-bda1-5b68d9e97c3d', 'public::engine-scenarios::etl_ok::load', 'Completed', '2026-11-24 23:08:36.107017', '2026-11-24 23:08:36.162913', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:08:35.573476', '2026-11-24 23:08:36.164302', NULL, NULL, NULL),
	('a7cc6451-cdb9-49b0-b138-e60b5fcadab4', '92d28e24-4a9d-48c9-9af0-c4164187df15', 'public::engine-scenarios::arrivals::arrive', 'Completed', '2026-11-24 23:08:40.806243', '2026-11-24 23:08:40.864265', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:08:40.755816', '2026-11-24 23:08:40.865503', NULL, NULL, NULL),
	('d4a45251-b1df-42b1-be4c-8e035e80c9c7', '47cd8e5a-cf13-4b7c-a907-da607a8a2416', 'public::engine-scenarios::retry_exhaust::hopeless', 'Failed', '2026-11-24 23:08:36.357953', '2026-11-24 23:08:36.361318', 3, 3, NULL, '{"type":"Always"}', '{}', '2026-11-24 23:08:36.322119', 'Task execution error: Task execution failed: ExecutionFailed { message: "no route to host", task_id: "hopeless", timestamp: 2026-11-24T23:08:36.360270613Z }', 0, NULL, '2026-11-24 23:08:35.588095', '2026-11-24 23:08:36.363135', NULL, NULL, NULL),
	('26a9dd79-b946-4b7d-944d-ccbfe2c624c5', '9214a27e-bfc7-41d1-ad63-c3c2562a4a39', 'public::engine-scenarios::defers::waits', 'Completed', '2026-11-24 23:08:35.705702', '2026-11-24 23:08:36.424009', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:08:35.595462', '2026-11-24 23:08:36.425357', NULL, NULL, NULL),
	('895cdf90-906f-414d-bbaa-a8249d44d78c', '47cd8e5a-cf13-4b7c-a907-da607a8a2416', 'public::engine-scenarios::retry_exhaust::downstream', 'Completed', '2026-11-24 23:08:36.411339', '2026-11-24 23:08:36.466935', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:08:35.588095', '2026-11-24 23:08:36.468148', NULL, NULL, NULL),
	('333584f1-b21f-4095-8b77-4e9110be6dc6', '352cc2a8-78c7-42d9-bed1-d0232a4bf707', 'public::engine-scenarios::times_out::endless', 'Failed', '2026-11-24 23:08:35.711403', '2026-11-24 23:08:37.719676', 1, 1, NULL, '{"type":"Always"}', '{}', NULL, 'Task execution timeout', 0, NULL, '2026-11-24 23:08:35.602049', '2026-11-24 23:08:37.721521', NULL, NULL, NULL),
	('4638bc88-b901-48ae-b2e7-2782f2fde64f', '3499d314-e83b-44f8-9951-1966490b8e94', 'public::engine-scenarios::once::only', 'Completed', '2026-11-24 23:08:41.304909', '2026-11-24 23:08:41.361921', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:08:41.281745', '2026-11-24 23:08:41.363009', NULL, NULL, NULL),
	('c3e3a4ba-55eb-4d50-8f3e-63eea4e93280', 'cd3b3ed6-83fd-4534-8d55-2ec997e0175c', 'public::engine-scenarios::arrivals::arrive', 'Completed', '2026-11-24 23:08:43.202149', '2026-11-24 23:08:43.263077', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:08:43.152715', '2026-11-24 23:08:43.264565', NULL, NULL, NULL),
	('8b9d207e-79ce-44f7-a263-321e4a1a8f1a', 'efd59fc1-33ba-4a57-8fcd-104946795384', 'public::engine-scenarios::left_paused::waits_for_resume', 'NotStarted', NULL, NULL, 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:08:46.553508', '2026-11-24 23:08:46.553508', NULL, NULL, NULL),
	('680c8ca3-f3dd-4799-a58b-e58e1741d1b5', 'efd59fc1-33ba-4a57-8fcd-104946795384', 'public::engine-scenarios::left_paused::last_before_pause', 'Completed', '2026-11-24 23:08:46.604029', '2026-11-24 23:08:47.610366', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:08:46.553508', '2026-11-24 23:08:47.611411', NULL, NULL, NULL),
	('6e61e2d8-8665-4e03-a565-29a9723347d9', '9d2cb308-71cb-4a69-80f6-464f83721579', 'public::engine-scenarios::backs_off::patient', 'Ready', NULL, NULL, 2, 2, NULL, '{"type":"Always"}', '{}', '2026-11-25 00:08:47.658721', NULL, 0, NULL, '2026-11-24 23:08:47.62756', '2026-11-24 23:08:47.660508', NULL, NULL, NULL),
	('94f4ff4a-4048-43ed-a70f-97dff1c25549', '7dbf202e-7848-4e3a-8e08-1c04b584d6d2', 'public::engine-scenarios::panics::panics_here', 'Running', '2026-11-24 23:08:47.705588', NULL, 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:08:47.675699', '2026-11-24 23:08:47.705588', NULL, '5739102e-163c-494a-825c-4d3a599e436b', '2026-11-24 23:08:47.704753+00'),
	('9db8ca5d-26f5-453b-9e2b-e3c50c3129b4', '6c14122c-499b-43cd-bda1-5b68d9e97c3d', 'public::engine-scenarios::etl_ok::transform', 'Completed', '2026-11-24 23:08:36.018803', '2026-11-24 23:08:36.080032', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:08:35.573476', '2026-11-24 23:08:36.081806', NULL, NULL, NULL),
	('52bfa8c0-9561-4553-a957-2481c6ee6b62', '2355737c-6c6d-4650-a9ca-5797a4f6c161', 'public::engine-scenarios::paused_and_resumed::running_at_pause', 'Completed', '2026-11-24 23:08:38.158481', '2026-11-24 23:08:39.165535', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:08:38.138284', '2026-11-24 23:08:39.16707', NULL, NULL, NULL),
	('5fb4b533-a8e8-4472-8c0c-a64498689d02', '2355737c-6c6d-4650-a9ca-5797a4f6c161', 'public::engine-scenarios::paused_and_resumed::after_resume', 'Completed', '2026-11-24 23:08:39.20432', '2026-11-24 23:08:39.260832', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:08:38.138284', '2026-11-24 23:08:39.262325', NULL, NULL, NULL),
	('fbaecd8a-5a5d-41c8-915b-6b5060a5a31c', '4374d7f4-4cbf-4245-81ff-5cf710187e21', 'public::engine-scenarios::cancelled::never_started', 'NotStarted', NULL, NULL, 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:08:39.682823', '2026-11-24 23:08:39.682823', NULL, NULL, NULL),
	('4f9b1fa7-cb55-4881-a5c3-d58cdb3e079b', 'f726d8d1-0cd5-44cd-a8fb-efdb19e374b5', 'public::engine-scenarios::arrivals::arrive', 'Completed', '2026-11-24 23:08:42.200571', '2026-11-24 23:08:42.256062', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:08:42.152596', '2026-11-24 23:08:42.257131', NULL, NULL, NULL),
	('26db949a-cd9b-4271-96a1-8315f45fe726', '4374d7f4-4cbf-4245-81ff-5cf710187e21', 'public::engine-scenarios::cancelled::running_at_cancel', 'Completed', '2026-11-24 23:08:39.705007', '2026-11-24 23:08:40.712333', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:08:39.682823', '2026-11-24 23:08:40.713894', NULL, NULL, NULL),
	('dda1ffc8-1922-4942-8232-6b27b3df3fad', 'ac746743-a78a-401a-a192-6cc1520dfe5c', 'public::engine-scenarios::ticks::tick', 'Completed', '2026-11-24 23:08:42.052603', '2026-11-24 23:08:42.11089', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:08:42.014568', '2026-11-24 23:08:42.112275', NULL, NULL, NULL),
	('d8a1f668-b2ce-4737-a9d9-fdb36c03fdb7', '5b6d68be-8609-4ec0-a845-9c350b60082f', 'public::engine-scenarios::ticks::tick', 'Completed', '2026-11-24 23:08:44.055713', '2026-11-24 23:08:44.11331', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:08:44.015247', '2026-11-24 23:08:44.114762', NULL, NULL, NULL),
	('4185f00c-fb8d-4516-a33a-1f3a543aaf99', '6804a838-3c02-4195-9508-abcf853ee170', 'public::engine-scenarios::ticks::tick', 'Completed', '2026-11-24 23:08:46.054879', '2026-11-24 23:08:46.113707', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:08:46.011403', '2026-11-24 23:08:46.115136', NULL, NULL, NULL);
INSERT INTO tenant_v0111.workflow_executions VALUES
	('f726d8d1-0cd5-44cd-a8fb-efdb19e374b5', 'arrivals', 'bb967bcbfc90aae6', 'Completed', '2061dc22-8867-4fdc-8ae3-84d27c54b607', '2026-11-24 23:08:42.152596', '2026-11-24 23:08:42.299718', NULL, 0, NULL, '2026-11-24 23:08:42.152596', '2026-11-24 23:08:42.299718', NULL, NULL, NULL),
	('c6763b2d-841b-4b62-b9e0-c8c755627488', 'skips', '0ea543a4cbcd705b', 'Completed', '6bf13ae8-2d19-44d7-abca-240deee936d9', '2026-11-24 23:08:35.590641', '2026-11-24 23:08:35.858953', NULL, 0, NULL, '2026-11-24 23:08:35.590641', '2026-11-24 23:08:35.858953', NULL, NULL, NULL),
	('6323bf8c-ff5b-4f2e-8283-1c4d7429bbf6', 'fails_now', 'e88449e9ff7ad843', 'Failed', NULL, '2026-11-24 23:08:35.580627', '2026-11-24 23:08:35.911828', '1 task(s) failed, 2 completed, 0 skipped', 0, NULL, '2026-11-24 23:08:35.580627', '2026-11-24 23:08:35.911828', NULL, NULL, NULL),
	('cd3b3ed6-83fd-4534-8d55-2ec997e0175c', 'arrivals', 'bb967bcbfc90aae6', 'Completed', 'cd1c5ec1-8462-4653-9a0e-3d7505b84029', '2026-11-24 23:08:43.152715', '2026-11-24 23:08:43.301649', NULL, 0, NULL, '2026-11-24 23:08:43.152715', '2026-11-24 23:08:43.301649', NULL, NULL, NULL),
	('6c14122c-499b-43cd-bda1-5b68d9e97c3d', 'etl_ok', 'a8558d20ec41e7e1', 'Completed', NULL, '2026-11-24 23:08:35.573476', '2026-11-24 23:08:36.206406', NULL, 0, NULL, '2026-11-24 23:08:35.573476', '2026-11-24 23:08:36.206406', NULL, NULL, NULL),
	('5b6d68be-8609-4ec0-a845-9c350b60082f', 'ticks', 'f643d9778d5dadf7', 'Completed', 'c5241d69-02a6-4c81-800c-438f03b50b29', '2026-11-24 23:08:44.015247', '2026-11-24 23:08:44.15531', NULL, 0, NULL, '2026-11-24 23:08:44.015247', '2026-11-24 23:08:44.15531', NULL, NULL, NULL),
	('05b0944a-56f3-44d3-80b9-1691deb23b2f', 'retry_ok', 'c9af287f5448957a', 'Completed', NULL, '2026-11-24 23:08:35.585097', '2026-11-24 23:08:36.403642', NULL, 0, NULL, '2026-11-24 23:08:35.585097', '2026-11-24 23:08:36.403642', NULL, NULL, NULL),
	('9214a27e-bfc7-41d1-ad63-c3c2562a4a39', 'defers', 'f96b6e8d38dca925', 'Completed', NULL, '2026-11-24 23:08:35.595462', '2026-11-24 23:08:36.452001', NULL, 0, NULL, '2026-11-24 23:08:35.595462', '2026-11-24 23:08:36.452001', NULL, NULL, NULL),
	('47cd8e5a-cf13-4b7c-a907-da607a8a2416', 'retry_exhaust', 'f46d1cddd1bbece1', 'Failed', NULL, '2026-11-24 23:08:35.588095', '2026-11-24 23:08:36.501417', '1 task(s) failed, 1 completed, 0 skipped', 0, NULL, '2026-11-24 23:08:35.588095', '2026-11-24 23:08:36.501417', NULL, NULL, NULL),
	('352cc2a8-78c7-42d9-bed1-d0232a4bf707', 'times_out', '3bead77e4493a8b7', 'Failed', NULL, '2026-11-24 23:08:35.602049', '2026-11-24 23:08:37.751974', '1 task(s) failed, 0 completed, 0 skipped', 0, NULL, '2026-11-24 23:08:35.602049', '2026-11-24 23:08:37.751974', NULL, NULL, NULL),
	('2355737c-6c6d-4650-a9ca-5797a4f6c161', 'paused_and_resumed', 'd47ab9659d2814f8', 'Completed', NULL, '2026-11-24 23:08:38.138284', '2026-11-24 23:08:39.301425', NULL, 0, NULL, '2026-11-24 23:08:38.138284', '2026-11-24 23:08:39.301425', NULL, NULL, NULL),
	('4374d7f4-4cbf-4245-81ff-5cf710187e21', 'cancelled', 'a5c883cb26652f2e', 'Cancelled', NULL, '2026-11-24 23:08:39.682823', '2026-11-24 23:08:39.727757', NULL, 0, NULL, '2026-11-24 23:08:39.682823', '2026-11-24 23:08:39.727757', NULL, NULL, NULL),
	('6804a838-3c02-4195-9508-abcf853ee170', 'ticks', 'f643d9778d5dadf7', 'Completed', '9f654d5a-a2d7-4436-83b4-e4b3668a7b1b', '2026-11-24 23:08:46.011403', '2026-11-24 23:08:46.15509', NULL, 0, NULL, '2026-11-24 23:08:46.011403', '2026-11-24 23:08:46.15509', NULL, NULL, NULL),
	('92d28e24-4a9d-48c9-9af0-c4164187df15', 'arrivals', 'bb967bcbfc90aae6', 'Completed', 'b6863350-74f2-4b5a-8db1-a5f63c3c3af8', '2026-11-24 23:08:40.755816', '2026-11-24 23:08:40.901061', NULL, 0, NULL, '2026-11-24 23:08:40.755816', '2026-11-24 23:08:40.901061', NULL, NULL, NULL),
	('3499d314-e83b-44f8-9951-1966490b8e94', 'once', '30738054d430d1dc', 'Completed', 'a8167e47-8618-4852-a863-7280a34a528a', '2026-11-24 23:08:41.281745', '2026-11-24 23:08:41.400543', NULL, 0, NULL, '2026-11-24 23:08:41.281745', '2026-11-24 23:08:41.400543', NULL, NULL, NULL),
	('ac746743-a78a-401a-a192-6cc1520dfe5c', 'ticks', 'f643d9778d5dadf7', 'Completed', '9c431c85-d2e9-429a-ba86-95ab3e37733f', '2026-11-24 23:08:42.014568', '2026-11-24 23:08:42.15296', NULL, 0, NULL, '2026-11-24 23:08:42.014568', '2026-11-24 23:08:42.15296', NULL, NULL, NULL),
	('efd59fc1-33ba-4a57-8fcd-104946795384', 'left_paused', '7d93f7443373cc7c', 'Paused', NULL, '2026-11-24 23:08:46.553508', NULL, NULL, 0, NULL, '2026-11-24 23:08:46.553508', '2026-11-24 23:08:46.619841', '2026-11-24 23:08:46.619841', NULL, NULL),
	('9d2cb308-71cb-4a69-80f6-464f83721579', 'backs_off', 'e7cfb36c3dccbe48', 'Running', NULL, '2026-11-24 23:08:47.62756', NULL, NULL, 0, NULL, '2026-11-24 23:08:47.62756', '2026-11-24 23:08:47.654416', NULL, NULL, NULL),
	('7dbf202e-7848-4e3a-8e08-1c04b584d6d2', 'panics', 'fa2536a989bd0e5c', 'Running', NULL, '2026-11-24 23:08:47.675699', NULL, NULL, 0, NULL, '2026-11-24 23:08:47.675699', '2026-11-24 23:08:47.703232', NULL, NULL, NULL);
SELECT pg_catalog.setval('tenant_v0111.execution_events_sequence_num_seq', 76, true);
ALTER TABLE ONLY tenant_v0111.__diesel_schema_migrations
    ADD CONSTRAINT __diesel_schema_migrations_pkey PRIMARY KEY (version);
ALTER TABLE ONLY tenant_v0111.execution_events
    ADD CONSTRAINT execution_events_pkey PRIMARY KEY (id);
ALTER TABLE ONLY tenant_v0111.workflow_executions
    ADD CONSTRAINT pipeline_executions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY tenant_v0111.schedule_executions
    ADD CONSTRAINT schedule_executions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY tenant_v0111.schedules
    ADD CONSTRAINT schedules_pkey PRIMARY KEY (id);
ALTER TABLE ONLY tenant_v0111.task_executions
    ADD CONSTRAINT task_executions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY tenant_v0111.schedules
    ADD CONSTRAINT uq_schedules_trigger_name UNIQUE (trigger_name);
CREATE INDEX idx_execution_events_created ON tenant_v0111.execution_events USING btree (created_at DESC);
CREATE INDEX idx_execution_events_pipeline ON tenant_v0111.execution_events USING btree (workflow_execution_id, sequence_num);
CREATE INDEX idx_execution_events_task ON tenant_v0111.execution_events USING btree (task_execution_id, sequence_num) WHERE (task_execution_id IS NOT NULL);
CREATE INDEX idx_execution_events_tenant_created ON tenant_v0111.execution_events USING btree (tenant_id, created_at DESC) WHERE (tenant_id IS NOT NULL);
CREATE INDEX idx_execution_events_type ON tenant_v0111.execution_events USING btree (event_type);
CREATE UNIQUE INDEX idx_schedule_executions_cron_dedup ON tenant_v0111.schedule_executions USING btree (schedule_id, scheduled_time) WHERE (scheduled_time IS NOT NULL);
CREATE INDEX idx_schedule_executions_in_progress ON tenant_v0111.schedule_executions USING btree (schedule_id) WHERE (completed_at IS NULL);
CREATE INDEX idx_schedule_executions_pipeline ON tenant_v0111.schedule_executions USING btree (workflow_execution_id) WHERE (workflow_execution_id IS NOT NULL);
CREATE INDEX idx_schedule_executions_recovery_claim ON tenant_v0111.schedule_executions USING btree (recovery_heartbeat_at) WHERE ((completed_at IS NULL) AND (recovery_claimed_by IS NOT NULL));
CREATE INDEX idx_schedule_executions_schedule ON tenant_v0111.schedule_executions USING btree (schedule_id, started_at DESC);
CREATE UNIQUE INDEX idx_schedule_executions_trigger_dedup ON tenant_v0111.schedule_executions USING btree (schedule_id, context_hash) WHERE ((context_hash IS NOT NULL) AND (completed_at IS NULL));
CREATE INDEX idx_schedules_cron_polling ON tenant_v0111.schedules USING btree (enabled, next_run_at) WHERE ((enabled = true) AND ((schedule_type)::text = 'cron'::text));
CREATE UNIQUE INDEX idx_schedules_instance_name ON tenant_v0111.schedules USING btree (workflow_name, instance_name) WHERE (instance_name IS NOT NULL);
CREATE INDEX idx_schedules_paused ON tenant_v0111.schedules USING btree (paused) WHERE (paused = true);
CREATE INDEX idx_schedules_trigger_polling ON tenant_v0111.schedules USING btree (enabled, last_poll_at) WHERE ((enabled = true) AND ((schedule_type)::text = 'trigger'::text));
CREATE INDEX idx_schedules_type ON tenant_v0111.schedules USING btree (schedule_type);
CREATE INDEX idx_schedules_workflow ON tenant_v0111.schedules USING btree (workflow_name, enabled);
CREATE INDEX idx_task_executions_claimed ON tenant_v0111.task_executions USING btree (claimed_by) WHERE (claimed_by IS NOT NULL);
CREATE INDEX pipeline_executions_name_version_idx ON tenant_v0111.workflow_executions USING btree (workflow_name, workflow_version);
CREATE INDEX pipeline_executions_paused_idx ON tenant_v0111.workflow_executions USING btree (status) WHERE ((status)::text = 'Paused'::text);
CREATE INDEX pipeline_executions_status_idx ON tenant_v0111.workflow_executions USING btree (status);
CREATE INDEX task_executions_pipeline_idx ON tenant_v0111.task_executions USING btree (workflow_execution_id);
CREATE INDEX task_executions_running_idx ON tenant_v0111.task_executions USING btree (status) WHERE ((status)::text = 'Running'::text);
CREATE INDEX task_executions_status_idx ON tenant_v0111.task_executions USING btree (status);
CREATE INDEX task_executions_task_name_idx ON tenant_v0111.task_executions USING btree (task_name);
ALTER TABLE ONLY tenant_v0111.execution_events
    ADD CONSTRAINT execution_events_pipeline_execution_id_fkey FOREIGN KEY (workflow_execution_id) REFERENCES tenant_v0111.workflow_executions(id) ON DELETE CASCADE;
ALTER TABLE ONLY tenant_v0111.execution_events
    ADD CONSTRAINT execution_events_task_execution_id_fkey FOREIGN KEY (task_execution_id) REFERENCES tenant_v0111.task_executions(id) ON DELETE CASCADE;
ALTER TABLE ONLY tenant_v0111.schedule_executions
    ADD CONSTRAINT schedule_executions_pipeline_execution_id_fkey FOREIGN KEY (workflow_execution_id) REFERENCES tenant_v0111.workflow_executions(id) ON DELETE CASCADE;
ALTER TABLE ONLY tenant_v0111.schedule_executions
    ADD CONSTRAINT schedule_executions_schedule_id_fkey FOREIGN KEY (schedule_id) REFERENCES tenant_v0111.schedules(id) ON DELETE CASCADE;
ALTER TABLE ONLY tenant_v0111.task_executions
    ADD CONSTRAINT task_executions_pipeline_execution_id_fkey FOREIGN KEY (workflow_execution_id) REFERENCES tenant_v0111.workflow_executions(id);
