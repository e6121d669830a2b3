CREATE SCHEMA tenant_v040;
CREATE TABLE tenant_v040.__diesel_schema_migrations (
    version character varying(50) NOT NULL,
    run_on timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);
CREATE TABLE tenant_v040.execution_events (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    pipeline_execution_id uuid NOT NULL,
    task_execution_id uuid,
    event_type character varying(50) NOT NULL,
    event_data text DEFAULT '{}'::text,
    worker_id character varying(100),
    created_at timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    sequence_num bigint NOT NULL,
    CONSTRAINT execution_events_event_data_check CHECK (((event_data IS NULL) OR ((event_data)::json IS NOT NULL)))
);
ALTER TABLE tenant_v040.execution_events ALTER COLUMN sequence_num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tenant_v040.execution_events_sequence_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE tenant_v040.pipeline_executions (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    pipeline_name character varying NOT NULL,
    pipeline_version character varying DEFAULT '1.0'::character varying NOT NULL,
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
    CONSTRAINT pipeline_executions_status_check CHECK (((status)::text = ANY ((ARRAY['Pending'::character varying, 'Running'::character varying, 'Completed'::character varying, 'Failed'::character varying, 'Cancelled'::character varying, 'Paused'::character varying])::text[])))
);
CREATE TABLE tenant_v040.schedule_executions (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    schedule_id uuid NOT NULL,
    pipeline_execution_id uuid,
    scheduled_time timestamp without time zone,
    claimed_at timestamp without time zone,
    context_hash character varying,
    started_at timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    completed_at timestamp without time zone,
    created_at timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    updated_at timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);
CREATE TABLE tenant_v040.schedules (
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
    CONSTRAINT schedules_catchup_policy_check CHECK (((catchup_policy IS NULL) OR ((catchup_policy)::text = ANY ((ARRAY['skip'::character varying, 'run_all'::character varying])::text[])))),
    CONSTRAINT schedules_schedule_type_check CHECK (((schedule_type)::text = ANY ((ARRAY['cron'::character varying, 'trigger'::character varying])::text[])))
);
CREATE TABLE tenant_v040.task_executions (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    pipeline_execution_id uuid NOT NULL,
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
INSERT INTO tenant_v040.__diesel_schema_migrations VALUES
	('000', '2026-11-24 23:33:48.121909'),
	('001', '2026-11-24 23:33:48.124014'),
	('002', '2026-11-24 23:33:48.126955'),
	('003', '2026-11-24 23:33:48.143605'),
	('004', '2026-11-24 23:33:48.144669'),
	('005', '2026-11-24 23:33:48.148874'),
	('006', '2026-11-24 23:33:48.152627'),
	('007', '2026-11-24 23:33:48.158935'),
	('008', '2026-11-24 23:33:48.160459'),
	('009', '2026-11-24 23:33:48.161815'),
	('010', '2026-11-24 23:33:48.169518'),
	('011', '2026-11-24 23:33:48.182386'),
	('012', '2026-11-24 23:33:48.183032'),
	('013', '2026-11-24 23:33:48.189513'),
	('014', '2026-11-24 23:33:48.190676'),
	('015', '2026-11-24 23:33:48.201848'),
	('016', '2026-11-24 23:33:48.207025');
INSERT INTO tenant_v040.execution_events OVERRIDING SYSTEM VALUE VALUES
	('9592986c-48ab-43a3-8e2d-a3abc6c6e792', '058f078b-3111-450e-8f52-bfb44c9a7d1c', '34c14aa1-55f0-4c52-b149-6931a0919840', 'task_marked_ready', '{}', NULL, '2026-11-24 23:33:48.227388', 1),
	('c0347775-ee7d-4e45-b9c7-92c38e4e6865', '058f078b-3111-450e-8f52-bfb44c9a7d1c', '34c14aa1-55f0-4c52-b149-6931a0919840', 'task_completed', '{}', NULL, '2026-11-24 23:33:48.544873', 2),
	('b79c3736-2c2b-49d1-b874-cfdca470e2b1', '058f078b-3111-450e-8f52-bfb44c9a7d1c', '34c14aa1-55f0-4c52-b149-6931a0919840', 'task_completed', '{}', NULL, '2026-11-24 23:33:48.547694', 3),
	('7a0c0b1c-0da7-4544-8861-dd941c0758a6', '058f078b-3111-450e-8f52-bfb44c9a7d1c', 'fb9a60de-f7e5-4299-b5f8-997a1f0f24b1', 'task_marked_ready', '{}', NULL, '2026-11-24 23:33:48.552178', 4),
	('f9e79757-dbd5-43a2-9c96-44ba11706255', '9a9b3577-800c-41d0-872f-90f412a5803c', '93456fa3-763d-4a40-8a7b-b4dd39dac204', 'task_marked_ready', '{}', NULL, '2026-11-24 23:33:48.558591', 5),
	('32154b3e-3b21-47d6-ac6e-5ff4ced4ec57', 'd200f9c3-3518-44fe-b52c-08c21a42d85a', '7ddf1818-b231-4c64-b380-b53c844279c4', 'task_marked_ready', '{}', NULL, '2026-11-24 23:33:48.565248', 6),
	('bd3ff4d2-f2d1-43ba-8849-b907a6f0dd69', '61b9dc99-7973-4381-a702-2ba5545e3142', 'a60bc014-2441-4993-990d-8924c40ffbea', 'task_marked_ready', '{}', NULL, '2026-11-24 23:33:48.568227', 7),
	('60520287-897d-4291-ae16-8b886a604f5e', '866d93e5-c68f-47c1-8406-ddec3fcbdf8e', '7f6ffb45-61fe-47ca-b03c-e141324ffb17', 'task_marked_ready', '{}', NULL, '2026-11-24 23:33:48.571931', 8),
	('3bc48c2a-c5ff-401a-9d80-0036307aadab', 'b728d384-dd62-4aad-9ed6-01e9e35e082f', '96be6b83-b94f-43a5-b8ac-8730d361e25c', 'task_marked_ready', '{}', NULL, '2026-11-24 23:33:48.576893', 9),
	('3b93043e-5301-42b2-85dc-d3521fabef58', 'da8a229c-1ec4-4d12-9234-982eaef7a0c6', '4cca79b8-2499-4ca4-9216-1b38a3539d9b', 'task_marked_ready', '{}', NULL, '2026-11-24 23:33:48.57948', 10),
	('9887e294-e179-47e1-8195-ffe61904dee6', '058f078b-3111-450e-8f52-bfb44c9a7d1c', 'fb9a60de-f7e5-4299-b5f8-997a1f0f24b1', 'task_completed', '{}', NULL, '2026-11-24 23:33:48.638672', 11),
	('0b4bc624-5b2b-4999-a969-135992b95bbb', '058f078b-3111-450e-8f52-bfb44c9a7d1c', 'fb9a60de-f7e5-4299-b5f8-997a1f0f24b1', 'task_completed', '{}', NULL, '2026-11-24 23:33:48.640899', 12),
	('71a657b1-6331-4a34-a4e8-4862fbb7040a', '9a9b3577-800c-41d0-872f-90f412a5803c', '93456fa3-763d-4a40-8a7b-b4dd39dac204', 'task_completed', '{}', NULL, '2026-11-24 23:33:48.697229', 13),
	('afa87eda-5902-45e8-be5b-bd1ae284a225', '9a9b3577-800c-41d0-872f-90f412a5803c', '93456fa3-763d-4a40-8a7b-b4dd39dac204', 'task_completed', '{}', NULL, '2026-11-24 23:33:48.699678', 14),
	('24f446b2-94f3-4f46-864d-58d322cc26f6', 'd200f9c3-3518-44fe-b52c-08c21a42d85a', '7ddf1818-b231-4c64-b380-b53c844279c4', 'task_retry_scheduled', '{"attempt":2,"retry_at":"2026-11-24T23:33:49.002090065+00:00"}', NULL, '2026-11-24 23:33:48.70567', 15),
	('f2d49e09-ef6e-4502-b7e3-a7bbf1f228ce', '61b9dc99-7973-4381-a702-2ba5545e3142', 'a60bc014-2441-4993-990d-8924c40ffbea', 'task_retry_scheduled', '{"attempt":2,"retry_at":"2026-11-24T23:33:49.009514404+00:00"}', NULL, '2026-11-24 23:33:48.709829', 16),
	('7ad0a037-6910-44e0-93bc-2846e8a33348', '866d93e5-c68f-47c1-8406-ddec3fcbdf8e', '7f6ffb45-61fe-47ca-b03c-e141324ffb17', 'task_completed', '{}', NULL, '2026-11-24 23:33:48.716409', 17),
	('692046a3-ae1b-4919-bc8f-d12b9119e01e', '866d93e5-c68f-47c1-8406-ddec3fcbdf8e', '7f6ffb45-61fe-47ca-b03c-e141324ffb17', 'task_completed', '{}', NULL, '2026-11-24 23:33:48.718538', 18),
	('9c1c3e9a-0b92-4c52-8e6f-f54a7ced6989', 'b728d384-dd62-4aad-9ed6-01e9e35e082f', '96be6b83-b94f-43a5-b8ac-8730d361e25c', 'task_deferred', '{}', NULL, '2026-11-24 23:33:48.722373', 19),
	('e1ae3427-4b19-4c57-b516-0ff969549730', 'b728d384-dd62-4aad-9ed6-01e9e35e082f', '96be6b83-b94f-43a5-b8ac-8730d361e25c', 'task_resumed', '{}', NULL, '2026-11-24 23:33:49.425114', 20),
	('6f329ab5-75f8-4e30-9746-b8f18ffe57f6', 'b728d384-dd62-4aad-9ed6-01e9e35e082f', '96be6b83-b94f-43a5-b8ac-8730d361e25c', 'task_completed', '{}', NULL, '2026-11-24 23:33:49.430621', 21),
	('b6901d0a-1696-4a87-8c38-f2a2501028bb', 'b728d384-dd62-4aad-9ed6-01e9e35e082f', '96be6b83-b94f-43a5-b8ac-8730d361e25c', 'task_completed', '{}', NULL, '2026-11-24 23:33:49.433022', 22),
	('d010eebc-fa51-421d-b6dd-e2f9dad48634', 'da8a229c-1ec4-4d12-9234-982eaef7a0c6', '4cca79b8-2499-4ca4-9216-1b38a3539d9b', 'task_failed', '{"error":"Task execution timeout"}', NULL, '2026-11-24 23:33:51.438188', 23),
	('dbb8989b-1cea-49d2-b6fe-cafc86a8b975', '058f078b-3111-450e-8f52-bfb44c9a7d1c', '9329ca41-8943-4d39-b392-89fd4c6752c0', 'task_marked_ready', '{}', NULL, '2026-11-24 23:33:51.445004', 24),
	('9107557e-33ff-43c7-9457-f58594e124f7', '9a9b3577-800c-41d0-872f-90f412a5803c', '17c01c14-afcc-4ced-a113-ab903e116f8a', 'task_marked_ready', '{}', NULL, '2026-11-24 23:33:51.449374', 25),
	('d0613bd4-e3de-414f-beec-ac559784baac', '866d93e5-c68f-47c1-8406-ddec3fcbdf8e', '0cb0317f-4793-4695-8412-2b197624aae4', 'task_marked_ready', '{}', NULL, '2026-11-24 23:33:51.462077', 26),
	('4b9d1f0b-c590-4f2f-9fcc-1da5629b0fa9', '866d93e5-c68f-47c1-8406-ddec3fcbdf8e', '76b99ea3-db8b-45d0-83e0-a9d869f94d3f', 'task_skipped', '{"reason":"Trigger rules not satisfied"}', NULL, '2026-11-24 23:33:51.468401', 27),
	('1f7cb650-b8e2-4942-bcf8-bbd479fe005b', 'b728d384-dd62-4aad-9ed6-01e9e35e082f', NULL, 'pipeline_completed', '{}', NULL, '2026-11-24 23:33:51.474552', 28),
	('7288dfdf-99db-404a-9a5a-82ca6e9a229a', 'da8a229c-1ec4-4d12-9234-982eaef7a0c6', NULL, 'pipeline_completed', '{}', NULL, '2026-11-24 23:33:51.477829', 29),
	('f6ea916d-4198-4a2a-b98b-282f8c1ad707', 'd200f9c3-3518-44fe-b52c-08c21a42d85a', '7ddf1818-b231-4c64-b380-b53c844279c4', 'task_retry_scheduled', '{"attempt":3,"retry_at":"2026-11-24T23:33:51.782443264+00:00"}', NULL, '2026-11-24 23:33:51.483015', 30),
	('23c1c8eb-516f-4a9b-89ef-1168bad5a821', '9a9b3577-800c-41d0-872f-90f412a5803c', '17c01c14-afcc-4ced-a113-ab903e116f8a', 'task_failed', '{"error":"Task execution error: Task execution failed: ExecutionFailed { message: \"disk full: \\\"/data\\\" has 0 bytes\", task_id: \"boom\", timestamp: 2026-11-24T23:33:51.488122104Z }"}', NULL, '2026-11-24 23:33:51.489844', 31),
	('7fd82be9-9387-4737-bb05-fe8ebcb132d8', '866d93e5-c68f-47c1-8406-ddec3fcbdf8e', '0cb0317f-4793-4695-8412-2b197624aae4', 'task_completed', '{}', NULL, '2026-11-24 23:33:51.550519', 32),
	('c5bdb3a7-a82d-4aad-bc2e-c67fea4f0684', '866d93e5-c68f-47c1-8406-ddec3fcbdf8e', '0cb0317f-4793-4695-8412-2b197624aae4', 'task_completed', '{}', NULL, '2026-11-24 23:33:51.554073', 33),
	('387d8961-c638-42ec-94d3-dc419a19419c', '61b9dc99-7973-4381-a702-2ba5545e3142', 'a60bc014-2441-4993-990d-8924c40ffbea', 'task_retry_scheduled', '{"attempt":3,"retry_at":"2026-11-24T23:33:51.857510653+00:00"}', NULL, '2026-11-24 23:33:51.558018', 34),
	('922bc239-598b-4d8a-9ae9-09229e80271a', '058f078b-3111-450e-8f52-bfb44c9a7d1c', '9329ca41-8943-4d39-b392-89fd4c6752c0', 'task_completed', '{}', NULL, '2026-11-24 23:33:51.616852', 35),
	('b98a6b83-4001-4706-9f87-b7a1bab6a158', '058f078b-3111-450e-8f52-bfb44c9a7d1c', '9329ca41-8943-4d39-b392-89fd4c6752c0', 'task_completed', '{}', NULL, '2026-11-24 23:33:51.619038', 36),
	('7558fb18-3547-4a7c-a2cd-dae5b58ed5ec', '058f078b-3111-450e-8f52-bfb44c9a7d1c', NULL, 'pipeline_completed', '{}', NULL, '2026-11-24 23:33:51.62635', 37),
	('634afff9-bac2-46a5-b15e-963236f66cdb', '9a9b3577-800c-41d0-872f-90f412a5803c', '8c05c7f6-3d1c-45b0-a231-863e51cb6886', 'task_marked_ready', '{}', NULL, '2026-11-24 23:33:51.629909', 38),
	('6f814ae1-f10d-4157-84d6-9cbef51e8d8c', '866d93e5-c68f-47c1-8406-ddec3fcbdf8e', NULL, 'pipeline_completed', '{}', NULL, '2026-11-24 23:33:51.639201', 39),
	('d94a9dad-08ad-475c-aab8-5b2a37b0375e', '9a9b3577-800c-41d0-872f-90f412a5803c', '8c05c7f6-3d1c-45b0-a231-863e51cb6886', 'task_completed', '{}', NULL, '2026-11-24 23:33:51.69654', 40),
	('2d549618-e54f-48e2-9f34-5df8a52085af', '9a9b3577-800c-41d0-872f-90f412a5803c', '8c05c7f6-3d1c-45b0-a231-863e51cb6886', 'task_completed', '{}', NULL, '2026-11-24 23:33:51.698867', 41),
	('5ecc8536-47c4-4842-a16b-6ca420c8c804', '9a9b3577-800c-41d0-872f-90f412a5803c', NULL, 'pipeline_completed', '{}', NULL, '2026-11-24 23:33:51.703693', 42),
	('a294c2f8-1425-41a7-b047-8e983e94f793', 'd200f9c3-3518-44fe-b52c-08c21a42d85a', '7ddf1818-b231-4c64-b380-b53c844279c4', 'task_completed', '{}', NULL, '2026-11-24 23:33:51.788849', 43),
	('c89a69e8-956c-492d-a8ce-7f13a9c834fb', 'd200f9c3-3518-44fe-b52c-08c21a42d85a', '7ddf1818-b231-4c64-b380-b53c844279c4', 'task_completed', '{}', NULL, '2026-11-24 23:33:51.791046', 44),
	('58793b14-f139-4f5d-a6f3-dfee6fe5e2b9', 'd200f9c3-3518-44fe-b52c-08c21a42d85a', NULL, 'pipeline_completed', '{}', NULL, '2026-11-24 23:33:51.795186', 45),
	('62c2c189-f048-4e61-99b2-f62ab086863e', '61b9dc99-7973-4381-a702-2ba5545e3142', 'a60bc014-2441-4993-990d-8924c40ffbea', 'task_failed', '{"error":"Task execution error: Task execution failed: ExecutionFailed { message: \"no route to host\", task_id: \"hopeless\", timestamp: 2026-11-24T23:33:51.863004145Z }"}', NULL, '2026-11-24 23:33:51.864339', 46),
	('f382427a-880f-4a73-9123-21daa40fbc57', '61b9dc99-7973-4381-a702-2ba5545e3142', 'f227efcd-b0fc-4193-b8f4-5fa8bdf64075', 'task_marked_ready', '{}', NULL, '2026-11-24 23:33:51.868709', 47),
	('c26b0810-c9ee-4dd3-8bab-fc2d5cf195b8', '61b9dc99-7973-4381-a702-2ba5545e3142', 'f227efcd-b0fc-4193-b8f4-5fa8bdf64075', 'task_completed', '{}', NULL, '2026-11-24 23:33:51.928696', 48),
	('e2dec971-6b1a-4b41-9a04-fd01f3934af2', '61b9dc99-7973-4381-a702-2ba5545e3142', 'f227efcd-b0fc-4193-b8f4-5fa8bdf64075', 'task_completed', '{}', NULL, '2026-11-24 23:33:51.931195', 49),
	('632acaef-0754-4f0f-b03e-4aa62d5eff91', '61b9dc99-7973-4381-a702-2ba5545e3142', NULL, 'pipeline_completed', '{}', NULL, '2026-11-24 23:33:51.9355', 50),
	('c90828f5-9789-45d1-b599-0ad7be3f895e', 'dcd2c9df-a8ee-43e7-a5eb-030426e8569c', '6617f710-4909-42d7-b2d7-bdb180efac27', 'task_marked_ready', '{}', NULL, '2026-11-24 23:33:52.316719', 51),
	('cbb27c96-a41e-4f89-b1a1-574a2755e803', 'dcd2c9df-a8ee-43e7-a5eb-030426e8569c', NULL, 'pipeline_paused', '{"reason":"maintenance window"}', NULL, '2026-11-24 23:33:52.33187', 52),
	('eb9a0e77-b2ad-4c53-90ce-7ece0bac1861', 'dcd2c9df-a8ee-43e7-a5eb-030426e8569c', '6617f710-4909-42d7-b2d7-bdb180efac27', 'task_completed', '{}', NULL, '2026-11-24 23:33:53.336882', 53),
	('899b1629-6a8c-43b7-9f9a-331f9c53ca68', 'dcd2c9df-a8ee-43e7-a5eb-030426e8569c', '6617f710-4909-42d7-b2d7-bdb180efac27', 'task_completed', '{}', NULL, '2026-11-24 23:33:53.345545', 54),
	('11f8d8e6-aeb0-472d-8163-00c6b51a0152', 'dcd2c9df-a8ee-43e7-a5eb-030426e8569c', NULL, 'pipeline_resumed', '{}', NULL, '2026-11-24 23:33:53.346202', 55),
	('9d116566-9667-4f29-bee1-86adcc3035ee', 'dcd2c9df-a8ee-43e7-a5eb-030426e8569c', 'd8a7c9af-0fcc-4630-a807-9879155079c3', 'task_marked_ready', '{}', NULL, '2026-11-24 23:33:53.349514', 56),
	('48733785-557b-407b-a6c9-996cb97a1b08', 'dcd2c9df-a8ee-43e7-a5eb-030426e8569c', 'd8a7c9af-0fcc-4630-a807-9879155079c3', 'task_completed', '{}', NULL, '2026-11-24 23:33:53.415738', 57),
	('f82a72a3-bd29-47cf-93e0-dadec35f4802', 'dcd2c9df-a8ee-43e7-a5eb-030426e8569c', 'd8a7c9af-0fcc-4630-a807-9879155079c3', 'task_completed', '{}', NULL, '2026-11-24 23:33:53.428165', 58),
	('c24f14de-7039-477e-b053-fc70e038bd2f', 'dcd2c9df-a8ee-43e7-a5eb-030426e8569c', NULL, 'pipeline_completed', '{}', NULL, '2026-11-24 23:33:53.433261', 59),
	('74548764-d722-4256-9d2c-151673579d24', 'f5c3d14f-d0ed-4ed1-bb63-3b895e4f6de6', '163ef19f-3dfb-484d-841e-414f0c22be23', 'task_marked_ready', '{}', NULL, '2026-11-24 23:33:53.866179', 60),
	('7dab5862-ca45-4c9b-94fe-da7db04555d5', 'f5c3d14f-d0ed-4ed1-bb63-3b895e4f6de6', '163ef19f-3dfb-484d-841e-414f0c22be23', 'task_completed', '{}', NULL, '2026-11-24 23:33:54.898455', 61),
	('e4b01d77-2dc9-4d7d-8cb7-b456ba018aa2', 'f5c3d14f-d0ed-4ed1-bb63-3b895e4f6de6', '163ef19f-3dfb-484d-841e-414f0c22be23', 'task_completed', '{}', NULL, '2026-11-24 23:33:54.901136', 62),
	('27120717-6bfa-4191-829c-cab756633c6a', '36fc258a-8689-4882-a612-38602837d889', '7d96b63a-b16e-456d-b456-f98fa2aac7fe', 'task_marked_ready', '{}', NULL, '2026-11-24 23:33:55.066949', 63),
	('72a8f295-c0e2-49a4-9780-ef03f467451f', '36fc258a-8689-4882-a612-38602837d889', '7d96b63a-b16e-456d-b456-f98fa2aac7fe', 'task_completed', '{}', NULL, '2026-11-24 23:33:55.135784', 64),
	('1c0594da-98fb-417c-ab2e-4805834352ab', '36fc258a-8689-4882-a612-38602837d889', '7d96b63a-b16e-456d-b456-f98fa2aac7fe', 'task_completed', '{}', NULL, '2026-11-24 23:33:55.137762', 65),
	('e906214e-2cbb-4622-8e27-df39751fa6fd', '36fc258a-8689-4882-a612-38602837d889', NULL, 'pipeline_completed', '{}', NULL, '2026-11-24 23:33:55.141901', 66),
	('463a1989-b8e3-41fb-a480-2c03235e6391', 'ab9d214d-f3b6-46c8-b21a-9225d14db019', '66f998c5-fa0c-47e5-b5ff-c051a86c633d', 'task_marked_ready', '{}', NULL, '2026-11-24 23:33:55.566525', 67),
	('26e7e051-7556-4915-a4e6-da6436c6b8a3', 'ab9d214d-f3b6-46c8-b21a-9225d14db019', '66f998c5-fa0c-47e5-b5ff-c051a86c633d', 'task_completed', '{}', NULL, '2026-11-24 23:33:55.632147', 68),
	('dea04149-e77e-4bf8-b5cd-fb1b1f1759ef', 'ab9d214d-f3b6-46c8-b21a-9225d14db019', '66f998c5-fa0c-47e5-b5ff-c051a86c633d', 'task_completed', '{}', NULL, '2026-11-24 23:33:55.634306', 69),
	('47f66157-6d10-4ee6-ab82-e2ccbc945cb3', 'd87ef3bf-33bc-4960-84c7-51e94b3ef670', NULL, 'pipeline_completed', '{}', NULL, '2026-11-24 23:33:56.141803', 74),
	('8e9961cb-1078-4af6-9ffb-a8506c86ab2d', 'a188787c-d2bf-4139-9dc5-5caa04d21a53', NULL, 'pipeline_completed', '{}', NULL, '2026-11-24 23:33:57.138834', 78),
	('208740cd-ed61-43ac-8061-220e07f1fe51', '9985f119-2a64-4890-99d2-23d43b0017de', '238c1e64-9fa6-48af-9275-4f21d56cd8a1', 'task_completed', '{}', NULL, '2026-11-24 23:33:58.128721', 80),
	('f2c512f8-29d8-46eb-b243-71827044323b', '9985f119-2a64-4890-99d2-23d43b0017de', '238c1e64-9fa6-48af-9275-4f21d56cd8a1', 'task_completed', '{}', NULL, '2026-11-24 23:33:58.130998', 81),
	('6118038a-5867-47b1-b401-407c33694abd', '2df7a706-3f43-4d6e-a7b7-74d3e1566076', NULL, 'pipeline_completed', '{}', NULL, '2026-11-24 23:33:58.637342', 86),
	('5e4d8ceb-d2a4-43ce-b11e-96e44a667c96', '850ffd5c-325e-44da-a1a3-741dbc2d9b58', 'a8d20715-2d7f-4b2c-a93e-a9ee3d728c4d', 'task_marked_ready', '{}', NULL, '2026-11-24 23:34:00.266694', 87),
	('6f145195-b960-4802-8fd6-b5e1d3f91835', '850ffd5c-325e-44da-a1a3-741dbc2d9b58', NULL, 'pipeline_completed', '{}', NULL, '2026-11-24 23:34:00.350431', 90),
	('1fc243b8-df0a-4c69-b0aa-9df1560cafca', 'f6201c37-b6ab-498b-94e0-0478a071192e', '1a69d6ca-d73d-488b-a3c9-278d1b09cede', 'task_marked_ready', '{}', NULL, '2026-11-24 23:34:00.768329', 91),
	('d5e04b66-395e-4c5a-97d4-689b8c7d7297', '3b00c764-fde0-4abe-92fd-ea4dc390ddc3', 'c8ef662f-7f94-48a7-98fc-db10cd81ccf7', 'task_marked_ready', '{}', NULL, '2026-11-24 23:34:01.817631', 95),
	('b59b1d09-b460-4e9e-a1d0-f632a83622ab', '3b00c764-fde0-4abe-92fd-ea4dc390ddc3', 'c8ef662f-7f94-48a7-98fc-db10cd81ccf7', 'task_retry_scheduled', '{"attempt":2,"retry_at":"2026-11-25T00:34:01.823685787+00:00"}', NULL, '2026-11-24 23:34:01.824174', 96),
	('ecc9f984-6089-420e-969a-5cf39618c657', 'ab9d214d-f3b6-46c8-b21a-9225d14db019', NULL, 'pipeline_completed', '{}', NULL, '2026-11-24 23:33:55.644762', 70),
	('444669f6-00be-4da7-89ac-4f25d9fe4991', 'd87ef3bf-33bc-4960-84c7-51e94b3ef670', '9d935c48-f64d-40a9-a9f4-5be282a151b1', 'task_marked_ready', '{}', NULL, '2026-11-24 23:33:56.066757', 71),
	('bc724653-f1a9-415e-be16-69d39ea5244b', 'd87ef3bf-33bc-4960-84c7-51e94b3ef670', '9d935c48-f64d-40a9-a9f4-5be282a151b1', 'task_completed', '{}', NULL, '2026-11-24 23:33:56.133149', 72),
	('4c945101-9d2f-4bf1-8b67-06d2e19cbf57', 'd87ef3bf-33bc-4960-84c7-51e94b3ef670', '9d935c48-f64d-40a9-a9f4-5be282a151b1', 'task_completed', '{}', NULL, '2026-11-24 23:33:56.13596', 73),
	('d6e23cdf-57b8-4bc7-aa73-f0b5046d6217', 'a188787c-d2bf-4139-9dc5-5caa04d21a53', '9897ca0d-a4aa-47af-9969-0405be7bf97b', 'task_marked_ready', '{}', NULL, '2026-11-24 23:33:57.065982', 75),
	('7324c7a3-86b8-454c-8d3b-72ab91594f5b', 'a188787c-d2bf-4139-9dc5-5caa04d21a53', '9897ca0d-a4aa-47af-9969-0405be7bf97b', 'task_completed', '{}', NULL, '2026-11-24 23:33:57.12681', 76),
	('7d4c3360-93d8-4578-8d0a-eab45543a1e8', 'a188787c-d2bf-4139-9dc5-5caa04d21a53', '9897ca0d-a4aa-47af-9969-0405be7bf97b', 'task_completed', '{}', NULL, '2026-11-24 23:33:57.131638', 77),
	('126b0d5b-0a05-423d-b129-887b16e821f6', '9985f119-2a64-4890-99d2-23d43b0017de', '238c1e64-9fa6-48af-9275-4f21d56cd8a1', 'task_marked_ready', '{}', NULL, '2026-11-24 23:33:58.066102', 79),
	('13305065-a144-4cfc-9e43-dbd0425b1b94', '9985f119-2a64-4890-99d2-23d43b0017de', NULL, 'pipeline_completed', '{}', NULL, '2026-11-24 23:33:58.140041', 82),
	('d099a12a-f437-45bc-98ba-e6f9a159abd4', '2df7a706-3f43-4d6e-a7b7-74d3e1566076', '3fab694b-4eaa-4d08-adaf-fba754b2468b', 'task_marked_ready', '{}', NULL, '2026-11-24 23:33:58.565497', 83),
	('53e2bfd8-e7f0-4eda-8ad2-deeafe37f633', '2df7a706-3f43-4d6e-a7b7-74d3e1566076', '3fab694b-4eaa-4d08-adaf-fba754b2468b', 'task_completed', '{}', NULL, '2026-11-24 23:33:58.627637', 84),
	('1a19fb24-41e2-4605-9abb-54f2efe75d72', '2df7a706-3f43-4d6e-a7b7-74d3e1566076', '3fab694b-4eaa-4d08-adaf-fba754b2468b', 'task_completed', '{}', NULL, '2026-11-24 23:33:58.631318', 85),
	('da952d42-3833-426c-b57d-dd12fcb47902', '850ffd5c-325e-44da-a1a3-741dbc2d9b58', 'a8d20715-2d7f-4b2c-a93e-a9ee3d728c4d', 'task_completed', '{}', NULL, '2026-11-24 23:34:00.335518', 88),
	('5df9e63d-c618-45fd-b16e-9169ab536688', '850ffd5c-325e-44da-a1a3-741dbc2d9b58', 'a8d20715-2d7f-4b2c-a93e-a9ee3d728c4d', 'task_completed', '{}', NULL, '2026-11-24 23:34:00.34309', 89),
	('9d00d548-6bac-4e66-9f53-df26f506f091', 'f6201c37-b6ab-498b-94e0-0478a071192e', NULL, 'pipeline_paused', '{}', NULL, '2026-11-24 23:34:00.796973', 92),
	('a9d86f07-ab2e-43b6-af49-b0ddb87573ca', 'f6201c37-b6ab-498b-94e0-0478a071192e', '1a69d6ca-d73d-488b-a3c9-278d1b09cede', 'task_completed', '{}', NULL, '2026-11-24 23:34:01.781037', 93),
	('e04389ea-dcee-41eb-b77e-540d34ecaa26', 'f6201c37-b6ab-498b-94e0-0478a071192e', '1a69d6ca-d73d-488b-a3c9-278d1b09cede', 'task_completed', '{}', NULL, '2026-11-24 23:34:01.7834', 94),
	('f8146c84-fe82-4978-95ed-ddf5ca9d4e96', '57c4562d-10ad-4412-8f4d-ada1b9c208f9', '5b08b088-9af1-432c-84d9-b54aab9eb8ee', 'task_marked_ready', '{}', NULL, '2026-11-24 23:34:01.867362', 97);
INSERT INTO tenant_v040.pipeline_executions VALUES
	('b728d384-dd62-4aad-9ed6-01e9e35e082f', 'defers', 'f96b6e8d38dca925', 'Completed', NULL, '2026-11-24 23:33:48.234298', '2026-11-24 23:33:51.474552', NULL, 0, NULL, '2026-11-24 23:33:48.234298', '2026-11-24 23:33:51.474552', NULL, NULL),
	('da8a229c-1ec4-4d12-9234-982eaef7a0c6', 'times_out', '3bead77e4493a8b7', 'Completed', NULL, '2026-11-24 23:33:48.235972', '2026-11-24 23:33:51.477829', NULL, 0, NULL, '2026-11-24 23:33:48.235972', '2026-11-24 23:33:51.477829', NULL, NULL),
	('058f078b-3111-450e-8f52-bfb44c9a7d1c', 'etl_ok', 'a8558d20ec41e7e1', 'Completed', NULL, '2026-11-24 23:33:48.212881', '2026-11-24 23:33:51.62635', NULL, 0, NULL, '2026-11-24 23:33:48.212881', '2026-11-24 23:33:51.62635', NULL, NULL),
	('866d93e5-c68f-47c1-8406-ddec3fcbdf8e', 'skips', '0ea543a4cbcd705b', 'Completed', '90fc5a2d-68af-4e5d-b68c-b40ad0e0aac2', '2026-11-24 23:33:48.231933', '2026-11-24 23:33:51.639201', NULL, 0, NULL, '2026-11-24 23:33:48.231933', '2026-11-24 23:33:51.639201', NULL, NULL),
	('9a9b3577-800c-41d0-872f-90f412a5803c', 'fails_now', 'e88449e9ff7ad843', 'Completed', NULL, '2026-11-24 23:33:48.222659', '2026-11-24 23:33:51.703693', NULL, 0, NULL, '2026-11-24 23:33:48.222659', '2026-11-24 23:33:51.703693', NULL, NULL),
	('d200f9c3-3518-44fe-b52c-08c21a42d85a', 'retry_ok', 'c9af287f5448957a', 'Completed', NULL, '2026-11-24 23:33:48.227008', '2026-11-24 23:33:51.795186', NULL, 0, NULL, '2026-11-24 23:33:48.227008', '2026-11-24 23:33:51.795186', NULL, NULL),
	('61b9dc99-7973-4381-a702-2ba5545e3142', 'retry_exhaust', 'f46d1cddd1bbece1', 'Completed', NULL, '2026-11-24 23:33:48.229338', '2026-11-24 23:33:51.9355', NULL, 0, NULL, '2026-11-24 23:33:48.229338', '2026-11-24 23:33:51.9355', NULL, NULL),
	('dcd2c9df-a8ee-43e7-a5eb-030426e8569c', 'paused_and_resumed', 'd47ab9659d2814f8', 'Completed', NULL, '2026-11-24 23:33:52.263882', '2026-11-24 23:33:53.433261', NULL, 0, NULL, '2026-11-24 23:33:52.263882', '2026-11-24 23:33:53.433261', NULL, NULL),
	('f5c3d14f-d0ed-4ed1-bb63-3b895e4f6de6', 'cancelled', 'a5c883cb26652f2e', 'Cancelled', NULL, '2026-11-24 23:33:53.851878', '2026-11-24 23:33:53.896971', NULL, 0, NULL, '2026-11-24 23:33:53.851878', '2026-11-24 23:33:53.896971', NULL, NULL),
	('36fc258a-8689-4882-a612-38602837d889', 'arrivals', 'bb967bcbfc90aae6', 'Completed', 'e24f8bb4-75bb-4b6c-8411-97328692a8e0', '2026-11-24 23:33:55.020823', '2026-11-24 23:33:55.141901', NULL, 0, NULL, '2026-11-24 23:33:55.020823', '2026-11-24 23:33:55.141901', NULL, NULL),
	('ab9d214d-f3b6-46c8-b21a-9225d14db019', 'once', '30738054d430d1dc', 'Completed', '72897c15-9914-4c71-b927-142cc40394ff', '2026-11-24 23:33:55.538488', '2026-11-24 23:33:55.644762', NULL, 0, NULL, '2026-11-24 23:33:55.538488', '2026-11-24 23:33:55.644762', NULL, NULL),
	('d87ef3bf-33bc-4960-84c7-51e94b3ef670', 'ticks', 'f643d9778d5dadf7', 'Completed', '42c88851-fd9e-4085-b605-d05f3c7cef5e', '2026-11-24 23:33:56.05412', '2026-11-24 23:33:56.141803', NULL, 0, NULL, '2026-11-24 23:33:56.05412', '2026-11-24 23:33:56.141803', NULL, NULL),
	('a188787c-d2bf-4139-9dc5-5caa04d21a53', 'arrivals', 'bb967bcbfc90aae6', 'Completed', '391c2735-e5d8-4fa9-bf4f-a792b3b57e25', '2026-11-24 23:33:57.02177', '2026-11-24 23:33:57.138834', NULL, 0, NULL, '2026-11-24 23:33:57.02177', '2026-11-24 23:33:57.138834', NULL, NULL),
	('9985f119-2a64-4890-99d2-23d43b0017de', 'arrivals', 'bb967bcbfc90aae6', 'Completed', '8ea283dd-43d0-4fde-aca3-92e28557d1ba', '2026-11-24 23:33:58.021847', '2026-11-24 23:33:58.140041', NULL, 0, NULL, '2026-11-24 23:33:58.021847', '2026-11-24 23:33:58.140041', NULL, NULL),
	('2df7a706-3f43-4d6e-a7b7-74d3e1566076', 'ticks', 'f643d9778d5dadf7', 'Completed', 'fa670407-e182-4cf3-8527-868d7414b438', '2026-11-24 23:33:58.536086', '2026-11-24 23:33:58.637342', NULL, 0, NULL, '2026-11-24 23:33:58.536086', '2026-11-24 23:33:58.637342', NULL, NULL),
	('850ffd5c-325e-44da-a1a3-741dbc2d9b58', 'ticks', 'f643d9778d5dadf7', 'Completed', '496afbee-df14-42b3-b5fe-f6ba6a87f20d', '2026-11-24 23:34:00.220275', '2026-11-24 23:34:00.350431', NULL, 0, NULL, '2026-11-24 23:34:00.220275', '2026-11-24 23:34:00.350431', NULL, NULL),
	('f6201c37-b6ab-498b-94e0-0478a071192e', 'left_paused', '7d93f7443373cc7c', 'Paused', NULL, '2026-11-24 23:34:00.750685', NULL, NULL, 0, NULL, '2026-11-24 23:34:00.750685', '2026-11-24 23:34:00.796973', '2026-11-24 23:34:00.796973', NULL),
	('3b00c764-fde0-4abe-92fd-ea4dc390ddc3', 'backs_off', 'e7cfb36c3dccbe48', 'Pending', NULL, '2026-11-24 23:34:01.791065', NULL, NULL, 0, NULL, '2026-11-24 23:34:01.791065', '2026-11-24 23:34:01.791065', NULL, NULL),
	('57c4562d-10ad-4412-8f4d-ada1b9c208f9', 'panics', 'fa2536a989bd0e5c', 'Pending', NULL, '2026-11-24 23:34:01.848631', NULL, NULL, 0, NULL, '2026-11-24 23:34:01.848631', '2026-11-24 23:34:01.848631', NULL, NULL);
INSERT INTO tenant_v040.schedule_executions VALUES
	('dc2a95a0-6e65-407d-aa5c-a7f1794c59ec', '5e7cf177-4b3f-4429-a054-9fae6dc35b5d', '36fc258a-8689-4882-a612-38602837d889', NULL, NULL, '86d804fcec205d4b', '2026-11-24 23:33:55.017613', NULL, '2026-11-24 23:33:55.017613', '2026-11-24 23:33:55.529306'),
	('68c93a97-1f96-4518-8556-49ba3af549c7', '14569de4-7202-4763-a84d-b8248613e666', 'ab9d214d-f3b6-46c8-b21a-9225d14db019', NULL, NULL, 'fire_no_context', '2026-11-24 23:33:55.535675', NULL, '2026-11-24 23:33:55.535675', '2026-11-24 23:33:56.046146'),
	('1602c4b3-114b-46fb-8713-b16e5d6f9c17', '41e32b4b-39df-4d1e-8cc2-61d653c2be35', 'd87ef3bf-33bc-4960-84c7-51e94b3ef670', '2026-11-24 23:33:56', '2026-11-24 23:33:56.050729', NULL, '2026-11-24 23:33:56.050935', NULL, '2026-11-24 23:33:56.050935', '2026-11-24 23:33:56.560041'),
	('a194883f-804c-48ce-b106-7c9cca298ee2', 'c06a3512-2be4-4983-b2eb-3b23ec9b6b13', NULL, '2026-11-24 23:33:56', '2026-11-24 23:33:56.562403', NULL, '2026-11-24 23:33:56.562697', NULL, '2026-11-24 23:33:56.562697', '2026-11-24 23:33:56.562697'),
	('8fecd19b-9232-4b16-b278-7db0b36779dd', '5e7cf177-4b3f-4429-a054-9fae6dc35b5d', 'a188787c-d2bf-4139-9dc5-5caa04d21a53', NULL, NULL, '3bd2939890c150ba', '2026-11-24 23:33:57.01782', NULL, '2026-11-24 23:33:57.01782', '2026-11-24 23:33:57.528407'),
	('4f570083-e272-4d65-8fab-c6e5677f216f', '5e7cf177-4b3f-4429-a054-9fae6dc35b5d', '9985f119-2a64-4890-99d2-23d43b0017de', NULL, NULL, '1958269225b08d1e', '2026-11-24 23:33:58.017054', NULL, '2026-11-24 23:33:58.017054', '2026-11-24 23:33:58.526296'),
	('a903ccdc-ec92-48a1-ac50-fa487529bc07', '41e32b4b-39df-4d1e-8cc2-61d653c2be35', '2df7a706-3f43-4d6e-a7b7-74d3e1566076', '2026-11-24 23:33:58', '2026-11-24 23:33:58.533553', NULL, '2026-11-24 23:33:58.533733', NULL, '2026-11-24 23:33:58.533733', '2026-11-24 23:33:59.041245'),
	('e1401ab3-7d02-4854-884a-7316f832676c', 'c06a3512-2be4-4983-b2eb-3b23ec9b6b13', NULL, '2026-11-24 23:33:58', '2026-11-24 23:33:59.043651', NULL, '2026-11-24 23:33:59.043967', NULL, '2026-11-24 23:33:59.043967', '2026-11-24 23:33:59.043967'),
	('0fda58d1-0731-41b5-9bfe-8546c07854ef', '41e32b4b-39df-4d1e-8cc2-61d653c2be35', '850ffd5c-325e-44da-a1a3-741dbc2d9b58', '2026-11-24 23:34:00', '2026-11-24 23:34:00.216889', NULL, '2026-11-24 23:34:00.217108', NULL, '2026-11-24 23:34:00.217108', '2026-11-24 23:34:00.729639'),
	('1f4aa61d-57c1-4a00-b34a-41d656daff84', 'c06a3512-2be4-4983-b2eb-3b23ec9b6b13', NULL, '2026-11-24 23:34:00', '2026-11-24 23:34:00.732405', NULL, '2026-11-24 23:34:00.732815', NULL, '2026-11-24 23:34:00.732815', '2026-11-24 23:34:00.732815');
INSERT INTO tenant_v040.schedules VALUES
	('fa148afe-ff26-4212-912f-b7956f96ef4c', 'trigger', 'never_ticks', true, NULL, 'UTC', 'skip', NULL, NULL, 'broken_poll', 300, false, NULL, NULL, NULL, '2026-11-24 23:33:54.907617', '2026-11-24 23:33:54.907617'),
	('b0e82951-a9a3-4a1e-ae74-f20dcfe27bb3', 'cron', 'never_ticks', false, '*/2 * * * * *', 'UTC', 'skip', NULL, NULL, NULL, NULL, false, '2026-11-24 23:33:56', NULL, NULL, '2026-11-24 23:33:54.911687', '2026-11-24 23:33:54.912974'),
	('b966832d-c33a-4aee-8ba0-12017446d6de', 'cron', 'never_ticks', true, '0 0 0 1 1 *', 'Europe/Berlin', 'skip', NULL, NULL, NULL, NULL, false, '2026-12-31 23:00:00', NULL, NULL, '2026-11-24 23:33:54.914254', '2026-11-24 23:33:54.914254'),
	('41e32b4b-39df-4d1e-8cc2-61d653c2be35', 'cron', 'ticks', false, '*/2 * * * * *', 'UTC', 'skip', NULL, NULL, NULL, NULL, false, '2026-11-24 23:34:02', '2026-11-24 23:34:00.21319', NULL, '2026-11-24 23:33:54.908916', '2026-11-24 23:34:00.736732'),
	('c06a3512-2be4-4983-b2eb-3b23ec9b6b13', 'cron', 'no_such_workflow', false, '*/2 * * * * *', 'UTC', 'skip', NULL, NULL, NULL, NULL, false, '2026-11-24 23:34:02', '2026-11-24 23:34:00.21319', NULL, '2026-11-24 23:33:54.910372', '2026-11-24 23:34:00.741221'),
	('5e7cf177-4b3f-4429-a054-9fae6dc35b5d', 'trigger', 'arrivals', true, NULL, 'UTC', 'skip', NULL, NULL, 'new_file', 300, false, NULL, NULL, '2026-11-24 23:34:01.81491', '2026-11-24 23:33:54.902318', '2026-11-24 23:34:01.815107'),
	('14569de4-7202-4763-a84d-b8248613e666', 'trigger', 'once', true, NULL, 'UTC', 'skip', NULL, NULL, 'same_context', 300, false, NULL, NULL, '2026-11-24 23:34:01.818674', '2026-11-24 23:33:54.904309', '2026-11-24 23:34:01.818877'),
	('0c860344-e7ac-4f11-a311-8d137fd4edaf', 'trigger', 'never_ticks', true, NULL, 'UTC', 'skip', NULL, NULL, 'nothing_new', 300, false, NULL, NULL, '2026-11-24 23:34:01.820117', '2026-11-24 23:33:54.906414', '2026-11-24 23:34:01.820377');
INSERT INTO tenant_v040.task_executions VALUES
	('34c14aa1-55f0-4c52-b149-6931a0919840', '058f078b-3111-450e-8f52-bfb44c9a7d1c', 'public::engine-scenarios::etl_ok::extract', 'Completed', NULL, '2026-11-24 23:33:48.547694', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:33:48.212881', '2026-11-24 23:33:48.547694', NULL, NULL, NULL),
	('fb9a60de-f7e5-4299-b5f8-997a1f0f24b1', '058f078b-3111-450e-8f52-bfb44c9a7d1c', 'public::engine-scenarios::etl_ok::transform', 'Completed', NULL, '2026-11-24 23:33:48.640899', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:33:48.212881', '2026-11-24 23:33:48.640899', NULL, NULL, NULL),
	('93456fa3-763d-4a40-8a7b-b4dd39dac204', '9a9b3577-800c-41d0-872f-90f412a5803c', 'public::engine-scenarios::fails_now::before', 'Completed', NULL, '2026-11-24 23:33:48.699678', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:33:48.222659', '2026-11-24 23:33:48.699678', NULL, NULL, NULL),
	('7f6ffb45-61fe-47ca-b03c-e141324ffb17', '866d93e5-c68f-47c1-8406-ddec3fcbdf8e', 'public::engine-scenarios::skips::choose', 'Completed', NULL, '2026-11-24 23:33:48.718538', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:33:48.231933', '2026-11-24 23:33:48.718538', NULL, NULL, NULL),
	('76b99ea3-db8b-45d0-83e0-a9d869f94d3f', '866d93e5-c68f-47c1-8406-ddec3fcbdf8e', 'public::engine-scenarios::skips::branch_b', 'Skipped', NULL, NULL, 1, 3, 'Trigger rules not satisfied', '{"conditions":[{"key":"branch","operator":"Equals","type":"ContextValue","value":"b"}],"type":"All"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:33:48.231933', '2026-11-24 23:33:51.468401', NULL, NULL, NULL),
	('96be6b83-b94f-43a5-b8ac-8730d361e25c', 'b728d384-dd62-4aad-9ed6-01e9e35e082f', 'public::engine-scenarios::defers::waits', 'Completed', NULL, '2026-11-24 23:33:49.433022', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:33:48.234298', '2026-11-24 23:33:49.433022', NULL, NULL, NULL),
	('17c01c14-afcc-4ced-a113-ab903e116f8a', '9a9b3577-800c-41d0-872f-90f412a5803c', 'public::engine-scenarios::fails_now::boom', 'Failed', NULL, '2026-11-24 23:33:51.489844', 1, 1, NULL, '{"type":"Always"}', '{}', NULL, 'Task execution error: Task execution failed: ExecutionFailed { message: "disk full: \"/data\" has 0 bytes", task_id: "boom", timestamp: 2026-11-24T23:33:51.488122104Z }', 0, NULL, '2026-11-24 23:33:48.222659', '2026-11-24 23:33:51.489844', NULL, NULL, NULL),
	('4cca79b8-2499-4ca4-9216-1b38a3539d9b', 'da8a229c-1ec4-4d12-9234-982eaef7a0c6', 'public::engine-scenarios::times_out::endless', 'Failed', NULL, '2026-11-24 23:33:51.438188', 1, 1, NULL, '{"type":"Always"}', '{}', NULL, 'Task execution timeout', 0, NULL, '2026-11-24 23:33:48.235972', '2026-11-24 23:33:51.438188', NULL, NULL, NULL),
	('0cb0317f-4793-4695-8412-2b197624aae4', '866d93e5-c68f-47c1-8406-ddec3fcbdf8e', 'public::engine-scenarios::skips::branch_a', 'Completed', NULL, '2026-11-24 23:33:51.554073', 1, 3, NULL, '{"conditions":[{"key":"branch","operator":"Equals","type":"ContextValue","value":"a"}],"type":"All"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:33:48.231933', '2026-11-24 23:33:51.554073', NULL, NULL, NULL),
	('9329ca41-8943-4d39-b392-89fd4c6752c0', '058f078b-3111-450e-8f52-bfb44c9a7d1c', 'public::engine-scenarios::etl_ok::load', 'Completed', NULL, '2026-11-24 23:33:51.619038', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:33:48.212881', '2026-11-24 23:33:51.619038', NULL, NULL, NULL),
	('f227efcd-b0fc-4193-b8f4-5fa8bdf64075', '61b9dc99-7973-4381-a702-2ba5545e3142', 'public::engine-scenarios::retry_exhaust::downstream', 'Completed', NULL, '2026-11-24 23:33:51.931195', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:33:48.229338', '2026-11-24 23:33:51.931195', NULL, NULL, NULL),
	('8c05c7f6-3d1c-45b0-a231-863e51cb6886', '9a9b3577-800c-41d0-872f-90f412a5803c', 'public::engine-scenarios::fails_now::after_boom', 'Completed', NULL, '2026-11-24 23:33:51.698867', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:33:48.222659', '2026-11-24 23:33:51.698867', NULL, NULL, NULL),
	('7ddf1818-b231-4c64-b380-b53c844279c4', 'd200f9c3-3518-44fe-b52c-08c21a42d85a', 'public::engine-scenarios::retry_ok::shaky', 'Completed', NULL, '2026-11-24 23:33:51.791046', 3, 3, NULL, '{"type":"Always"}', '{}', '2026-11-24 23:33:51.782443', NULL, 0, NULL, '2026-11-24 23:33:48.227008', '2026-11-24 23:33:51.791046', NULL, NULL, NULL),
	('a60bc014-2441-4993-990d-8924c40ffbea', '61b9dc99-7973-4381-a702-2ba5545e3142', 'public::engine-scenarios::retry_exhaust::hopeless', 'Failed', NULL, '2026-11-24 23:33:51.864339', 3, 3, NULL, '{"type":"Always"}', '{}', '2026-11-24 23:33:51.85751', 'Task execution error: Task execution failed: ExecutionFailed { message: "no route to host", task_id: "hopeless", timestamp: 2026-11-24T23:33:51.863004145Z }', 0, NULL, '2026-11-24 23:33:48.229338', '2026-11-24 23:33:51.864339', NULL, NULL, NULL),
	('6617f710-4909-42d7-b2d7-bdb180efac27', 'dcd2c9df-a8ee-43e7-a5eb-030426e8569c', 'public::engine-scenarios::paused_and_resumed::running_at_pause', 'Completed', NULL, '2026-11-24 23:33:53.345545', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:33:52.263882', '2026-11-24 23:33:53.345545', NULL, NULL, NULL),
	('d8a7c9af-0fcc-4630-a807-9879155079c3', 'dcd2c9df-a8ee-43e7-a5eb-030426e8569c', 'public::engine-scenarios::paused_and_resumed::after_resume', 'Completed', NULL, '2026-11-24 23:33:53.428165', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:33:52.263882', '2026-11-24 23:33:53.428165', NULL, NULL, NULL),
	('53677410-2e7a-4033-8232-3c2d6407a7d5', 'f5c3d14f-d0ed-4ed1-bb63-3b895e4f6de6', 'public::engine-scenarios::cancelled::never_started', 'NotStarted', NULL, NULL, 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:33:53.851878', '2026-11-24 23:33:53.851878', NULL, NULL, NULL),
	('163ef19f-3dfb-484d-841e-414f0c22be23', 'f5c3d14f-d0ed-4ed1-bb63-3b895e4f6de6', 'public::engine-scenarios::cancelled::running_at_cancel', 'Completed', NULL, '2026-11-24 23:33:54.901136', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:33:53.851878', '2026-11-24 23:33:54.901136', NULL, NULL, NULL),
	('7d96b63a-b16e-456d-b456-f98fa2aac7fe', '36fc258a-8689-4882-a612-38602837d889', 'public::engine-scenarios::arrivals::arrive', 'Completed', NULL, '2026-11-24 23:33:55.137762', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:33:55.020823', '2026-11-24 23:33:55.137762', NULL, NULL, NULL),
	('66f998c5-fa0c-47e5-b5ff-c051a86c633d', 'ab9d214d-f3b6-46c8-b21a-9225d14db019', 'public::engine-scenarios::once::only', 'Completed', NULL, '2026-11-24 23:33:55.634306', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:33:55.538488', '2026-11-24 23:33:55.634306', NULL, NULL, NULL),
	('9d935c48-f64d-40a9-a9f4-5be282a151b1', 'd87ef3bf-33bc-4960-84c7-51e94b3ef670', 'public::engine-scenarios::ticks::tick', 'Completed', NULL, '2026-11-24 23:33:56.13596', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:33:56.05412', '2026-11-24 23:33:56.13596', NULL, NULL, NULL),
	('9897ca0d-a4aa-47af-9969-0405be7bf97b', 'a188787c-d2bf-4139-9dc5-5caa04d21a53', 'public::engine-scenarios::arrivals::arrive', 'Completed', NULL, '2026-11-24 23:33:57.131638', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:33:57.02177', '2026-11-24 23:33:57.131638', NULL, NULL, NULL),
	('238c1e64-9fa6-48af-9275-4f21d56cd8a1', '9985f119-2a64-4890-99d2-23d43b0017de', 'public::engine-scenarios::arrivals::arrive', 'Completed', NULL, '2026-11-24 23:33:58.130998', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:33:58.021847', '2026-11-24 23:33:58.130998', NULL, NULL, NULL),
	('3fab694b-4eaa-4d08-adaf-fba754b2468b', '2df7a706-3f43-4d6e-a7b7-74d3e1566076', 'public::engine-scenarios::ticks::tick', 'Completed', NULL, '2026-11-24 23:33:58.631318', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:33:58.536086', '2026-11-24 23:33:58.631318', NULL, NULL, NULL),
	('a8d20715-2d7f-4b2c-a93e-a9ee3d728c4d', '850ffd5c-325e-44da-a1a3-741dbc2d9b58', 'public::engine-scenarios::ticks::tick', 'Completed', NULL, '2026-11-24 23:34:00.34309', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:34:00.220275', '2026-11-24 23:34:00.34309', NULL, NULL, NULL),
	('b22a427e-1ec7-49e2-904a-cc92daddd3d1', 'f6201c37-b6ab-498b-94e0-0478a071192e', 'public::engine-scenarios::left_paused::waits_for_resume', 'NotStarted', NULL, NULL, 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:34:00.750685', '2026-11-24 23:34:00.750685', NULL, NULL, NULL),
	('1a69d6ca-d73d-488b-a3c9-278d1b09cede', 'f6201c37-b6ab-498b-94e0-0478a071192e', 'public::engine-scenarios::left_paused::last_before_pause', 'Completed', NULL, '2026-11-24 23:34:01.7834', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:34:00.750685', '2026-11-24 23:34:01.7834', NULL, NULL, NULL),
	('c8ef662f-7f94-48a7-98fc-db10cd81ccf7', '3b00c764-fde0-4abe-92fd-ea4dc390ddc3', 'public::engine-scenarios::backs_off::patient', 'Ready', NULL, NULL, 2, 2, NULL, '{"type":"Always"}', '{}', '2026-11-25 00:34:01.823685', NULL, 0, NULL, '2026-11-24 23:34:01.791065', '2026-11-24 23:34:01.826465', NULL, NULL, NULL),
	('5b08b088-9af1-432c-84d9-b54aab9eb8ee', '57c4562d-10ad-4412-8f4d-ada1b9c208f9', 'public::engine-scenarios::panics::panics_here', 'Ready', NULL, NULL, 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:34:01.848631', '2026-11-24 23:34:01.873016', NULL, '659f583f-308c-4b36-bba3-7421958d5b6f', '2026-11-24 23:34:01.873016+00');
SELECT pg_catalog.setval('tenant_v040.execution_events_sequence_num_seq', 97, true);
ALTER TABLE ONLY tenant_v040.__diesel_schema_migrations
    ADD CONSTRAINT __diesel_schema_migrations_pkey PRIMARY KEY (version);
ALTER TABLE ONLY tenant_v040.execution_events
    ADD CONSTRAINT execution_events_pkey PRIMARY KEY (id);
ALTER TABLE ONLY tenant_v040.pipeline_executions
    ADD CONSTRAINT pipeline_executions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY tenant_v040.schedule_executions
    ADD CONSTRAINT schedule_executions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY tenant_v040.schedules
    ADD CONSTRAINT schedules_pkey PRIMARY KEY (id);
ALTER TABLE ONLY tenant_v040.task_executions
    ADD CONSTRAINT task_executions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY tenant_v040.schedules
    ADD CONSTRAINT uq_schedules_trigger_name UNIQUE (trigger_name);
CREATE INDEX idx_execution_events_created ON tenant_v040.execution_events USING btree (created_at DESC);
CREATE INDEX idx_execution_events_pipeline ON tenant_v040.execution_events USING btree (pipeline_execution_id, sequence_num);
CREATE INDEX idx_execution_events_task ON tenant_v040.execution_events USING btree (task_execution_id, sequence_num) WHERE (task_execution_id IS NOT NULL);
CREATE INDEX idx_execution_events_type ON tenant_v040.execution_events USING btree (event_type);
CREATE UNIQUE INDEX idx_schedule_executions_cron_dedup ON tenant_v040.schedule_executions USING btree (schedule_id, scheduled_time) WHERE (scheduled_time IS NOT NULL);
CREATE INDEX idx_schedule_executions_in_progress ON tenant_v040.schedule_executions USING btree (schedule_id) WHERE (completed_at IS NULL);
CREATE INDEX idx_schedule_executions_pipeline ON tenant_v040.schedule_executions USING btree (pipeline_execution_id) WHERE (pipeline_execution_id IS NOT NULL);
CREATE INDEX idx_schedule_executions_schedule ON tenant_v040.schedule_executions USING btree (schedule_id, started_at DESC);
CREATE UNIQUE INDEX idx_schedule_executions_trigger_dedup ON tenant_v040.schedule_executions USING btree (schedule_id, context_hash) WHERE ((context_hash IS NOT NULL) AND (completed_at IS NULL));
CREATE INDEX idx_schedules_cron_polling ON tenant_v040.schedules USING btree (enabled, next_run_at) WHERE ((enabled = true) AND ((schedule_type)::text = 'cron'::text));
CREATE INDEX idx_schedules_trigger_polling ON tenant_v040.schedules USING btree (enabled, last_poll_at) WHERE ((enabled = true) AND ((schedule_type)::text = 'trigger'::text));
CREATE INDEX idx_schedules_type ON tenant_v040.schedules USING btree (schedule_type);
CREATE INDEX idx_schedules_workflow ON tenant_v040.schedules USING btree (workflow_name, enabled);
CREATE INDEX idx_task_executions_claimed ON tenant_v040.task_executions USING btree (claimed_by) WHERE (claimed_by IS NOT NULL);
CREATE INDEX pipeline_executions_name_version_idx ON tenant_v040.pipeline_executions USING btree (pipeline_name, pipeline_version);
CREATE INDEX pipeline_executions_paused_idx ON tenant_v040.pipeline_executions USING btree (status) WHERE ((status)::text = 'Paused'::text);
CREATE INDEX pipeline_executions_status_idx ON tenant_v040.pipeline_executions USING btree (status);
CREATE INDEX task_executions_pipeline_idx ON tenant_v040.task_executions USING btree (pipeline_execution_id);
CREATE INDEX task_executions_running_idx ON tenant_v040.task_executions USING btree (status) WHERE ((status)::text = 'Running'::text);
CREATE INDEX task_executions_status_idx ON tenant_v040.task_executions USING btree (status);
CREATE INDEX task_executions_task_name_idx ON tenant_v040.task_executions USING btree (task_name);
ALTER TABLE ONLY tenant_v040.execution_events
    ADD CONSTRAINT execution_events_pipeline_execution_id_fkey FOREIGN KEY (pipeline_execution_id) REFERENCES tenant_v040.pipeline_executions(id) ON DELETE CASCADE;
ALTER TABLE ONLY tenant_v040.execution_events
    ADD CONSTRAINT execution_events_task_execution_id_fkey FOREIGN KEY (task_execution_id) REFERENCES tenant_v040.task_executions(id) ON DELETE CASCADE;
ALTER TABLE ONLY tenant_v040.schedule_executions
    ADD CONSTRAINT schedule_executions_pipeline_execution_id_fkey FOREIGN KEY (pipeline_execution_id) REFERENCES tenant_v040.pipeline_executions(id) ON DELETE CASCADE;
ALTER TABLE ONLY tenant_v040.schedule_executions
    ADD CONSTRAINT schedule_executions_schedule_id_fkey FOREIGN KEY (schedule_id) REFERENCES tenant_v040.schedules(id) ON DELETE CASCADE;
ALTER TABLE ONLY tenant_v040.task_executions
    ADD CONSTRAINT task_executions_pipeline_execution_id_fkey FOREIGN KEY (pipeline_execution_id) REFERENCES tenant_v040.pipeline_executions(id);
