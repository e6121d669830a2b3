CREATE SCHEMA tenant_v061;
CREATE TABLE tenant_v061.__diesel_schema_migrations (
    version character varying(50) NOT NULL,
    run_on timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);
CREATE TABLE tenant_v061.execution_events (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    workflow_execution_id uuid NOT NULL,
    task_execution_id uuid,
    event_type character varying(50) NOT NULL,
    event_data text DEFAULT '{}'::text,
    worker_id character varying(100),
    created_at timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    sequence_num bigint NOT NULL,
    CONSTRAINT execution_events_event_data_check CHECK (((event_data IS NULL) OR ((event_data)::json IS NOT NULL)))
);
ALTER TABLE tenant_v061.execution_events ALTER COLUMN sequence_num ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME tenant_v061.execution_events_sequence_num_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE tenant_v061.schedule_executions (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    schedule_id uuid NOT NULL,
    workflow_execution_id uuid,
    scheduled_time timestamp without time zone,
    claimed_at timestamp without time zone,
    context_hash character varying,
    started_at timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    completed_at timestamp without time zone,
    created_at timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL,
    updated_at timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);
CREATE TABLE tenant_v061.schedules (
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
CREATE TABLE tenant_v061.task_executions (
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
CREATE TABLE tenant_v061.workflow_executions (
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
    CONSTRAINT pipeline_executions_status_check CHECK (((status)::text = ANY ((ARRAY['Pending'::character varying, 'Running'::character varying, 'Completed'::character varying, 'Failed'::character varying, 'Cancelled'::character varying, 'Paused'::character varying])::text[])))
);
INSERT INTO tenant_v061.__diesel_schema_migrations VALUES
	('000', '2026-11-24 23:32:18.287102'),
	('001', '2026-11-24 23:32:18.311225'),
	('002', '2026-11-24 23:32:18.343404'),
	('003', '2026-11-24 23:32:18.435346'),
	('004', '2026-11-24 23:32:18.439319'),
	('005', '2026-11-24 23:32:18.45398'),
	('006', '2026-11-24 23:32:18.493397'),
	('007', '2026-11-24 23:32:18.519695'),
	('008', '2026-11-24 23:32:18.554075'),
	('009', '2026-11-24 23:32:18.557568'),
	('010', '2026-11-24 23:32:18.675454'),
	('011', '2026-11-24 23:32:18.75532'),
	('012', '2026-11-24 23:32:18.759302'),
	('013', '2026-11-24 23:32:18.795335'),
	('014', '2026-11-24 23:32:18.801965'),
	('015', '2026-11-24 23:32:18.859432'),
	('016', '2026-11-24 23:32:18.9371'),
	('017', '2026-11-24 23:32:18.959433'),
	('018', '2026-11-24 23:32:19.017096'),
	('019', '2026-11-24 23:32:19.019366'),
	('020', '2026-11-24 23:32:19.023303'),
	('021', '2026-11-24 23:32:19.027286'),
	('022', '2026-11-24 23:32:19.035377'),
	('023', '2026-11-24 23:32:19.047485');
INSERT INTO tenant_v061.execution_events OVERRIDING SYSTEM VALUE VALUES
	('f68b4a12-71a5-49cf-9e75-05fef4714328', '20da62c5-2166-4b61-a7ab-a1c087b0bc2d', '4eb22939-5e75-4d91-9334-8e4b5517e553', 'task_marked_ready', '{}', NULL, '2026-11-24 23:32:19.090592', 1),
	('b8aa9bfc-13e9-43b2-bd9c-95fa362d030d', 'a9597ab7-bf51-4916-afc1-114b6696231c', 'a99b628a-ee69-4eef-a947-36d6140b2bed', 'task_marked_ready', '{}', NULL, '2026-11-24 23:32:19.100052', 2),
	('703dc87b-2a50-4e19-a750-0ce1956f595a', '20da62c5-2166-4b61-a7ab-a1c087b0bc2d', '4eb22939-5e75-4d91-9334-8e4b5517e553', 'task_completed', '{}', NULL, '2026-11-24 23:32:19.422377', 3),
	('60a838af-188c-4b48-a0a8-661aaab48661', 'a9597ab7-bf51-4916-afc1-114b6696231c', 'a99b628a-ee69-4eef-a947-36d6140b2bed', 'task_completed', '{}', NULL, '2026-11-24 23:32:19.494147', 4),
	('04047b87-1fa5-4ed4-a8e6-051defde6809', '20da62c5-2166-4b61-a7ab-a1c087b0bc2d', 'e77313f6-3405-448b-973b-51974f2e633d', 'task_marked_ready', '{}', NULL, '2026-11-24 23:32:19.520367', 5),
	('7a502770-e569-46a5-a617-6f851cd1d929', 'a9597ab7-bf51-4916-afc1-114b6696231c', '0a3d24c7-3c9b-42e2-bd8a-0bc4a3b04349', 'task_marked_ready', '{}', NULL, '2026-11-24 23:32:19.533031', 6),
	('e9ba598f-ed29-4a1e-b9a7-febd9ed23396', '8ab2bde3-f4dc-4756-afbf-c7cce5758c02', '8ecfad6b-09a4-4fb6-bb72-751c9c1859ea', 'task_marked_ready', '{}', NULL, '2026-11-24 23:32:19.553906', 7),
	('c2ee3056-6c33-4073-ba1a-72b788617876', '59263b05-99f8-48f4-a77b-fe799ac1a1fe', '7e874c1c-c7ef-4c91-8279-5791a11eb810', 'task_marked_ready', '{}', NULL, '2026-11-24 23:32:19.570373', 8),
	('73bd662d-e4e1-4355-bb94-f8de45847f77', '0bbc162b-0250-448b-834f-9979c540efeb', '30b878a4-be81-4311-9dd4-e4eaf7ce0d20', 'task_marked_ready', '{}', NULL, '2026-11-24 23:32:19.583876', 9),
	('f29578f8-a223-4f3b-816d-6ad3fb2989a7', 'f364a742-fc80-4a33-a041-5128bc31f95d', '573b7be8-f11c-437d-9d25-2b0df12ea382', 'task_marked_ready', '{}', NULL, '2026-11-24 23:32:19.596562', 10),
	('ccbfe777-fdb6-4b04-b000-6d9a87c0fa21', '8968ffe7-53b7-4fef-ae6e-6e2b9ea7c850', '6074fe22-42fc-454a-ac07-7750c8fc950c', 'task_marked_ready', '{}', NULL, '2026-11-24 23:32:19.60129', 11),
	('246aa4a2-b6c1-4782-9d01-14a8a5745007', '20da62c5-2166-4b61-a7ab-a1c087b0bc2d', 'e77313f6-3405-448b-973b-51974f2e633d', 'task_completed', '{}', NULL, '2026-11-24 23:32:19.690241', 12),
	('261d85fa-8d1f-4c7c-a351-5a8dacc3f5e3', 'a9597ab7-bf51-4916-afc1-114b6696231c', '0a3d24c7-3c9b-42e2-bd8a-0bc4a3b04349', 'task_failed', '{"error":"Task execution error: Task execution failed: ExecutionFailed { message: \"disk full: \\\"/data\\\" has 0 bytes\", task_id: \"boom\", timestamp: 2026-11-24T23:32:19.760434618Z }"}', NULL, '2026-11-24 23:32:19.760942', 13),
	('70ad20ca-a2f1-46eb-9a70-184c9c9a0723', '8ab2bde3-f4dc-4756-afbf-c7cce5758c02', '8ecfad6b-09a4-4fb6-bb72-751c9c1859ea', 'task_retry_scheduled', '{"attempt":2,"retry_at":"2026-11-24T23:32:20.092244709+00:00"}', NULL, '2026-11-24 23:32:19.797611', 14),
	('407d6e62-58a9-4903-b05d-9c0d94aa090f', '59263b05-99f8-48f4-a77b-fe799ac1a1fe', '7e874c1c-c7ef-4c91-8279-5791a11eb810', 'task_retry_scheduled', '{"attempt":2,"retry_at":"2026-11-24T23:32:20.158456866+00:00"}', NULL, '2026-11-24 23:32:19.858841', 15),
	('e1e2a5e8-afc4-4070-a9ee-df9f8819635a', '0bbc162b-0250-448b-834f-9979c540efeb', '30b878a4-be81-4311-9dd4-e4eaf7ce0d20', 'task_completed', '{}', NULL, '2026-11-24 23:32:19.865866', 16),
	('bbd5e575-1b11-42a8-b4b8-52cd1dbe4a74', 'f364a742-fc80-4a33-a041-5128bc31f95d', '573b7be8-f11c-437d-9d25-2b0df12ea382', 'task_deferred', '{}', NULL, '2026-11-24 23:32:19.90617', 17),
	('184e983f-8d84-4972-9c5c-eb8d052f4068', 'f364a742-fc80-4a33-a041-5128bc31f95d', '573b7be8-f11c-437d-9d25-2b0df12ea382', 'task_resumed', '{}', NULL, '2026-11-24 23:32:20.611026', 18),
	('b1ac4725-793b-43cb-8347-a78f0690ccac', 'f364a742-fc80-4a33-a041-5128bc31f95d', '573b7be8-f11c-437d-9d25-2b0df12ea382', 'task_completed', '{}', NULL, '2026-11-24 23:32:20.628191', 19),
	('7d9c3394-cea9-4c03-a867-7326e9b0e3b7', '8968ffe7-53b7-4fef-ae6e-6e2b9ea7c850', '6074fe22-42fc-454a-ac07-7750c8fc950c', 'task_failed', '{"error":"Task execution timeout"}', NULL, '2026-11-24 23:32:22.658421', 20),
	('5dc7606d-30d9-44de-9850-54ee1772f481', '20da62c5-2166-4b61-a7ab-a1c087b0bc2d', '7c094869-990c-4e99-a5ae-26caba9a4583', 'task_marked_ready', '{}', NULL, '2026-11-24 23:32:22.822273', 21),
	('4cc37390-432a-424d-a210-afb192c6604c', 'a9597ab7-bf51-4916-afc1-114b6696231c', '2f56f2dc-aff0-432c-8618-3cf7913103e3', 'task_marked_ready', '{}', NULL, '2026-11-24 23:32:22.860913', 22),
	('cd462152-fb94-4684-a357-fcc35fe1b002', '0bbc162b-0250-448b-834f-9979c540efeb', '84af35e5-57e2-4e15-a15c-2cf4076fd74a', 'task_skipped', '{"reason":"Trigger rules not satisfied"}', NULL, '2026-11-24 23:32:22.983292', 23),
	('8dcf1cd1-01e1-4940-819c-a869f7d1fd22', '0bbc162b-0250-448b-834f-9979c540efeb', '897af4e7-9b52-4f15-afea-0669b380242c', 'task_marked_ready', '{}', NULL, '2026-11-24 23:32:23.023955', 24),
	('62503fc7-2744-4453-a1fd-4b5efbb1f48c', 'f364a742-fc80-4a33-a041-5128bc31f95d', NULL, 'workflow_completed', '{}', NULL, '2026-11-24 23:32:23.059568', 25),
	('0305fc6f-2960-4ca4-9726-19d79770a9b2', '8968ffe7-53b7-4fef-ae6e-6e2b9ea7c850', NULL, 'workflow_failed', '{"reason":"1 task(s) failed, 0 completed, 0 skipped"}', NULL, '2026-11-24 23:32:23.080246', 26),
	('00e008e7-c9e4-481c-b1a8-c2e661567063', '8ab2bde3-f4dc-4756-afbf-c7cce5758c02', '8ecfad6b-09a4-4fb6-bb72-751c9c1859ea', 'task_retry_scheduled', '{"attempt":3,"retry_at":"2026-11-24T23:32:23.406247774+00:00"}', NULL, '2026-11-24 23:32:23.123455', 27),
	('4dec69a1-e017-4798-89b4-4647c8910cc3', '20da62c5-2166-4b61-a7ab-a1c087b0bc2d', '7c094869-990c-4e99-a5ae-26caba9a4583', 'task_completed', '{}', NULL, '2026-11-24 23:32:23.290542', 28),
	('6566e7ec-d14a-4c46-bb50-7d8234f9a124', 'a9597ab7-bf51-4916-afc1-114b6696231c', '2f56f2dc-aff0-432c-8618-3cf7913103e3', 'task_completed', '{}', NULL, '2026-11-24 23:32:23.375738', 29),
	('297b3d33-0979-43ba-9304-4fa5ae7cdcdf', '59263b05-99f8-48f4-a77b-fe799ac1a1fe', '7e874c1c-c7ef-4c91-8279-5791a11eb810', 'task_retry_scheduled', '{"attempt":3,"retry_at":"2026-11-24T23:32:23.690539511+00:00"}', NULL, '2026-11-24 23:32:23.391366', 30),
	('44aa3d03-65ce-4518-8ce7-7a351d8790e6', '0bbc162b-0250-448b-834f-9979c540efeb', '897af4e7-9b52-4f15-afea-0669b380242c', 'task_completed', '{}', NULL, '2026-11-24 23:32:23.465398', 31),
	('2c47454b-364d-4cf0-bbc0-f588217e4afb', '20da62c5-2166-4b61-a7ab-a1c087b0bc2d', NULL, 'workflow_completed', '{}', NULL, '2026-11-24 23:32:23.537966', 32),
	('11d19ef9-c26a-4287-877d-12c2dcbe3d56', 'a9597ab7-bf51-4916-afc1-114b6696231c', NULL, 'workflow_failed', '{"reason":"1 task(s) failed, 2 completed, 0 skipped"}', NULL, '2026-11-24 23:32:23.583642', 33),
	('df8c154d-761e-482c-91c6-ac77c50aeb87', '0bbc162b-0250-448b-834f-9979c540efeb', NULL, 'workflow_completed', '{}', NULL, '2026-11-24 23:32:23.630932', 34),
	('794e1f51-8797-42c7-bf13-7e5640fef592', '8ab2bde3-f4dc-4756-afbf-c7cce5758c02', '8ecfad6b-09a4-4fb6-bb72-751c9c1859ea', 'task_completed', '{}', NULL, '2026-11-24 23:32:23.65712', 35),
	('b130223f-fef8-42e5-a2fb-f0b325445264', '8ab2bde3-f4dc-4756-afbf-c7cce5758c02', NULL, 'workflow_completed', '{}', NULL, '2026-11-24 23:32:23.664891', 36),
	('1f0b4335-3654-4b8e-b843-e61e639b0429', '59263b05-99f8-48f4-a77b-fe799ac1a1fe', '7e874c1c-c7ef-4c91-8279-5791a11eb810', 'task_failed', '{"error":"Task execution error: Task execution failed: ExecutionFailed { message: \"no route to host\", task_id: \"hopeless\", timestamp: 2026-11-24T23:32:23.694196905Z }"}', NULL, '2026-11-24 23:32:23.694504', 37),
	('95cf6e82-ec7f-49a0-928e-fbdf11f18f18', '59263b05-99f8-48f4-a77b-fe799ac1a1fe', '8c8864dc-f591-4af7-8573-80a1cbf090d4', 'task_marked_ready', '{}', NULL, '2026-11-24 23:32:23.698841', 38),
	('ab220673-853c-409b-9e94-1f7fbc3d5670', '59263b05-99f8-48f4-a77b-fe799ac1a1fe', '8c8864dc-f591-4af7-8573-80a1cbf090d4', 'task_completed', '{}', NULL, '2026-11-24 23:32:23.779367', 39),
	('85c807ec-acdf-4f2c-b347-e442e1ad92da', '59263b05-99f8-48f4-a77b-fe799ac1a1fe', NULL, 'workflow_failed', '{"reason":"1 task(s) failed, 1 completed, 0 skipped"}', NULL, '2026-11-24 23:32:23.815766', 40),
	('6c2fae36-72de-459f-8979-8a697f18c0fd', '85525177-985a-4454-8ff6-554e2cbd4313', '0e9cfefb-49dd-42cc-b01d-6d11c3e24eef', 'task_marked_ready', '{}', NULL, '2026-11-24 23:32:23.872729', 41),
	('793c004e-dfd2-4d56-b612-6ea460235199', '85525177-985a-4454-8ff6-554e2cbd4313', NULL, 'workflow_paused', '{"reason":"maintenance window"}', NULL, '2026-11-24 23:32:23.897383', 42),
	('815a3260-a55f-49b3-a89b-7a04fc614124', '85525177-985a-4454-8ff6-554e2cbd4313', '0e9cfefb-49dd-42cc-b01d-6d11c3e24eef', 'task_completed', '{}', NULL, '2026-11-24 23:32:24.888981', 43),
	('c29711af-2c39-4a18-a139-f0f10a84e1dc', '85525177-985a-4454-8ff6-554e2cbd4313', NULL, 'workflow_resumed', '{}', NULL, '2026-11-24 23:32:24.959346', 44),
	('f9201fdf-ed5f-4872-bfd8-5fb254724362', '85525177-985a-4454-8ff6-554e2cbd4313', 'd6ca6ca3-152a-40ee-87a4-8e4acc585052', 'task_marked_ready', '{}', NULL, '2026-11-24 23:32:25.079355', 45),
	('e9f9fe84-69c8-43d2-9e4c-2bc46d3e516e', '85525177-985a-4454-8ff6-554e2cbd4313', 'd6ca6ca3-152a-40ee-87a4-8e4acc585052', 'task_completed', '{}', NULL, '2026-11-24 23:32:25.172213', 46),
	('6b597eb3-f490-4ce9-adcf-3753b525ae01', '85525177-985a-4454-8ff6-554e2cbd4313', NULL, 'workflow_completed', '{}', NULL, '2026-11-24 23:32:25.335416', 47),
	('83940d70-8522-41fd-9f35-f3e2d36a7440', 'f6de04ed-a8b6-45c2-9d02-f4dac074888d', '0c44dd26-699b-4b9c-a39b-95c12c575529', 'task_marked_ready', '{}', NULL, '2026-11-24 23:32:25.556601', 48),
	('49a8ca32-896f-49e9-b75e-7aeb0d3fc928', 'f6de04ed-a8b6-45c2-9d02-f4dac074888d', '0c44dd26-699b-4b9c-a39b-95c12c575529', 'task_completed', '{}', NULL, '2026-11-24 23:32:26.661984', 49),
	('963e79e4-5a45-4ecb-8498-0d4579663249', '355560e9-1116-429d-8c0c-11fbe6f6a908', '30a798f9-17d2-4576-b0db-30f73e8e4af0', 'task_marked_ready', '{}', NULL, '2026-11-24 23:32:27.037074', 50),
	('4111ba05-a1ae-41bc-ac7c-7fa6bd4f25bb', '355560e9-1116-429d-8c0c-11fbe6f6a908', '30a798f9-17d2-4576-b0db-30f73e8e4af0', 'task_completed', '{}', NULL, '2026-11-24 23:32:27.105707', 51),
	('da8b6e8b-1baa-4dee-8eca-fe67eb7aa35e', '355560e9-1116-429d-8c0c-11fbe6f6a908', NULL, 'workflow_completed', '{}', NULL, '2026-11-24 23:32:27.248861', 52),
	('7f106360-e75a-4268-b3cd-45cf33c95463', '3519e113-9f25-404b-868c-4c7f99b13444', 'b8679488-8e80-4d9b-af89-57bbb656b852', 'task_marked_ready', '{}', NULL, '2026-11-24 23:32:27.623998', 53),
	('425a6b1d-f5f0-4669-8280-3c54d191bc09', '3519e113-9f25-404b-868c-4c7f99b13444', 'b8679488-8e80-4d9b-af89-57bbb656b852', 'task_completed', '{}', NULL, '2026-11-24 23:32:27.708121', 54),
	('1e9ba8f7-ce62-4758-adff-da6de89056c6', '3519e113-9f25-404b-868c-4c7f99b13444', NULL, 'workflow_completed', '{}', NULL, '2026-11-24 23:32:27.724641', 55),
	('161a6ebb-a454-47c4-81a9-cf6feaaf7d32', 'ea90c888-d5aa-44bf-8f22-cbe4929f06a1', '310d6501-d677-4fba-9100-4ccc0aa13679', 'task_marked_ready', '{}', NULL, '2026-11-24 23:32:28.266221', 56),
	('6549c23b-be52-4bda-8125-85890b87a47b', 'ea90c888-d5aa-44bf-8f22-cbe4929f06a1', '310d6501-d677-4fba-9100-4ccc0aa13679', 'task_completed', '{}', NULL, '2026-11-24 23:32:28.332528', 57),
	('ecf25970-7557-4de4-95f8-1f472490c38f', 'ea90c888-d5aa-44bf-8f22-cbe4929f06a1', NULL, 'workflow_completed', '{}', NULL, '2026-11-24 23:32:28.387365', 58),
	('9451700b-d39f-4d0e-982c-04ef3e2ae4b5', 'd82e76c8-e820-4170-8b5d-aa4d2b934edf', '8148892e-3d36-4e60-b4e1-138554c412f3', 'task_marked_ready', '{}', NULL, '2026-11-24 23:32:29.191603', 59),
	('1d95c26f-11a1-4582-9cde-06a17f1957c2', 'd82e76c8-e820-4170-8b5d-aa4d2b934edf', '8148892e-3d36-4e60-b4e1-138554c412f3', 'task_completed', '{}', NULL, '2026-11-24 23:32:29.306316', 60),
	('f28313fc-7e1f-41bb-b265-d9baba6c28e9', 'd82e76c8-e820-4170-8b5d-aa4d2b934edf', NULL, 'workflow_completed', '{}', NULL, '2026-11-24 23:32:29.401731', 61),
	('d72ece7a-eb1d-4e61-a674-dfb54857c01b', '0d2ad785-996c-4e18-be75-0da9569890c1', 'd5e91c54-e381-4ed7-8783-3829b1e75fb0', 'task_marked_ready', '{}', NULL, '2026-11-24 23:32:30.189478', 62),
	('32a28421-b734-4429-b579-a3a96ff2c33a', '0d2ad785-996c-4e18-be75-0da9569890c1', 'd5e91c54-e381-4ed7-8783-3829b1e75fb0', 'task_completed', '{}', NULL, '2026-11-24 23:32:30.320647', 63),
	('0d52b629-6468-4589-8f44-9697f371eed2', '0d2ad785-996c-4e18-be75-0da9569890c1', NULL, 'workflow_completed', '{}', NULL, '2026-11-24 23:32:30.375459', 64),
	('606100f2-2479-44cc-8ad8-0f27bb39e9a0', '74c2dfdb-b8ed-49ad-8d7e-3e50292f60ed', 'fc990256-372b-483e-9f1f-f097e15810be', 'task_marked_ready', '{}', NULL, '2026-11-24 23:32:30.707447', 65),
	('fa5659d9-e5ed-41e8-bd18-07a00b1e6068', '74c2dfdb-b8ed-49ad-8d7e-3e50292f60ed', 'fc990256-372b-483e-9f1f-f097e15810be', 'task_completed', '{}', NULL, '2026-11-24 23:32:30.863363', 66),
	('43209080-11b9-4eff-a186-6bbc4bdf63b7', '74c2dfdb-b8ed-49ad-8d7e-3e50292f60ed', NULL, 'workflow_completed', '{}', NULL, '2026-11-24 23:32:30.956147', 67),
	('c25b16c1-11d4-4324-a0e6-6a29cbfe8fce', 'f8a92d00-27a5-4b84-8a34-95a3c9030f8a', '48d5827c-2fbc-477b-9c14-7638b7b332da', 'task_marked_ready', '{}', NULL, '2026-11-24 23:32:32.513049', 68),
	('f18cb4d5-2b67-48ed-8d16-06b454c0650d', 'f8a92d00-27a5-4b84-8a34-95a3c9030f8a', '48d5827c-2fbc-477b-9c14-7638b7b332da', 'task_completed', '{}', NULL, '2026-11-24 23:32:32.570048', 69),
	('8af32107-592c-42a0-aafc-cafa87406d21', 'f8a92d00-27a5-4b84-8a34-95a3c9030f8a', NULL, 'workflow_completed', '{}', NULL, '2026-11-24 23:32:32.584361', 70),
	('f17bd205-9bc9-44db-a645-27f1b4679f6e', 'e5859138-5421-4334-beec-6254acdb3cee', '85816f29-d4dd-4daf-a630-8e6c4d62c8ff', 'task_marked_ready', '{}', NULL, '2026-11-24 23:32:33.06391', 71),
	('264accff-d1b3-438b-acfa-787f75a766cb', 'e5859138-5421-4334-beec-6254acdb3cee', NULL, 'workflow_paused', '{}', NULL, '2026-11-24 23:32:33.080026', 72),
	('5376e714-de4d-4098-9b4b-9cd7ad96c4a6', 'e5859138-5421-4334-beec-6254acdb3cee', '85816f29-d4dd-4daf-a630-8e6c4d62c8ff', 'task_completed', '{}', NULL, '2026-11-24 23:32:34.075326', 73),
	('abcae4ba-d95c-4221-b219-f514a7b1e683', '22cce35c-9176-4086-9112-4e8a6ac6a191', 'c24c75b8-0cfe-4ac6-b4f0-1fd10f1987da', 'task_marked_ready', '{}', NULL, '2026-11-24 23:32:34.113271', 74),
	('0a12b1d4-3ea3-472f-9faf-74c7db76565e', '22cce35c-9176-4086-9112-4e8a6ac6a191', 'c24c75b8-0cfe-4ac6-b4f0-1fd10f1987da', 'task_retry_scheduled', '{"attempt":2,"retry_at":"2026-11-25T00:32:34.120564403+00:00"}', NULL, '2026-11-24 23:32:34.120965', 75),
	('5c683f8d-3758-4ba0-86b6-8b138b3a49ce', '0e15d2e3-19db-484d-af6a-f430bf3f5e4e', '9087d167-c8e7-4c0a-a7fd-0b5bdf1c6fb8', 'task_marked_ready', '{}', NULL, '2026-11-24 23:32:34.16474', 76);
INSERT INTO tenant_v061.schedule_executions VALUES
	('106ec4b4-6d08-428e-90ae-e0b1e1d6c361', 'f4298f0b-315b-4c20-9320-5ef09a33246b', '355560e9-1116-429d-8c0c-11fbe6f6a908', NULL, NULL, '86d804fcec205d4b', '2026-11-24 23:32:26.921085', NULL, '2026-11-24 23:32:26.921085', '2026-11-24 23:32:27.575652'),
	('ee9e440f-7f04-466b-beb4-5662ab4b0e9b', '9ff6ccc8-7747-4445-b456-ecdd6bfc90f3', '3519e113-9f25-404b-868c-4c7f99b13444', NULL, NULL, 'fire_no_context', '2026-11-24 23:32:27.58021', NULL, '2026-11-24 23:32:27.58021', '2026-11-24 23:32:28.179704'),
	('63105fd7-896f-4354-aae9-920a1ee1e879', 'f96d0aa2-a9a7-435a-872c-35e2df8ccab2', 'ea90c888-d5aa-44bf-8f22-cbe4929f06a1', '2026-11-24 23:32:28', '2026-11-24 23:32:28.219351', NULL, '2026-11-24 23:32:28.219702', '2026-11-24 23:32:28.811554', '2026-11-24 23:32:28.219702', '2026-11-24 23:32:28.811928'),
	('4468b5b5-9a24-4181-bc79-9367ae089910', 'ef4d1338-74a2-4398-9b7d-ad9d6dbc2694', NULL, '2026-11-24 23:32:28', '2026-11-24 23:32:28.815319', NULL, '2026-11-24 23:32:28.815523', '2026-11-24 23:32:28.818528', '2026-11-24 23:32:28.815523', '2026-11-24 23:32:28.81877'),
	('d5b557f0-b004-44a1-a293-b4bdb099c9b3', 'f4298f0b-315b-4c20-9320-5ef09a33246b', 'd82e76c8-e820-4170-8b5d-aa4d2b934edf', NULL, NULL, '3bd2939890c150ba', '2026-11-24 23:32:29.140502', NULL, '2026-11-24 23:32:29.140502', '2026-11-24 23:32:29.680515'),
	('89e24958-9cc6-44ac-bacb-4c9d95371ee5', 'f4298f0b-315b-4c20-9320-5ef09a33246b', '0d2ad785-996c-4e18-be75-0da9569890c1', NULL, NULL, '1958269225b08d1e', '2026-11-24 23:32:30.064531', NULL, '2026-11-24 23:32:30.064531', '2026-11-24 23:32:30.572976'),
	('a52b2102-9db5-4c41-8b98-0c33a7e21c61', 'f96d0aa2-a9a7-435a-872c-35e2df8ccab2', '74c2dfdb-b8ed-49ad-8d7e-3e50292f60ed', '2026-11-24 23:32:30', '2026-11-24 23:32:30.607596', NULL, '2026-11-24 23:32:30.608242', '2026-11-24 23:32:31.156341', '2026-11-24 23:32:30.608242', '2026-11-24 23:32:31.156539'),
	('b854edd3-30be-4122-a16a-8d5c3e0c5fde', 'ef4d1338-74a2-4398-9b7d-ad9d6dbc2694', NULL, '2026-11-24 23:32:30', '2026-11-24 23:32:31.164427', NULL, '2026-11-24 23:32:31.164651', '2026-11-24 23:32:31.165923', '2026-11-24 23:32:31.164651', '2026-11-24 23:32:31.16611'),
	('e84c6c6f-643b-4d4c-96cb-54fefb77c59f', 'f96d0aa2-a9a7-435a-872c-35e2df8ccab2', 'f8a92d00-27a5-4b84-8a34-95a3c9030f8a', '2026-11-24 23:32:32', '2026-11-24 23:32:32.467454', NULL, '2026-11-24 23:32:32.467802', '2026-11-24 23:32:32.991609', '2026-11-24 23:32:32.467802', '2026-11-24 23:32:32.992627'),
	('abfb1b39-353f-4bae-9be4-864c8712c996', 'ef4d1338-74a2-4398-9b7d-ad9d6dbc2694', NULL, '2026-11-24 23:32:32', '2026-11-24 23:32:32.997939', NULL, '2026-11-24 23:32:32.998684', '2026-11-24 23:32:33.000722', '2026-11-24 23:32:32.998684', '2026-11-24 23:32:33.001176');
INSERT INTO tenant_v061.schedules VALUES
	('a46c467a-4004-4703-9cfe-61221125a1ac', 'trigger', 'never_ticks', true, NULL, 'UTC', 'skip', NULL, NULL, 'broken_poll', 300, false, NULL, NULL, NULL, '2026-11-24 23:32:26.775294', '2026-11-24 23:32:26.775294'),
	('451fb0f2-c456-4800-98cc-f67b8f9a94eb', 'cron', 'never_ticks', false, '*/2 * * * * *', 'UTC', 'skip', NULL, NULL, NULL, NULL, false, '2026-11-24 23:32:28', NULL, NULL, '2026-11-24 23:32:26.781161', '2026-11-24 23:32:26.799468'),
	('bda62ac5-c3fb-4b78-a18e-4aff710c91fa', 'cron', 'never_ticks', true, '0 0 0 1 1 *', 'Europe/Berlin', 'skip', NULL, NULL, NULL, NULL, false, '2026-12-31 23:00:00', NULL, NULL, '2026-11-24 23:32:26.811583', '2026-11-24 23:32:26.811583'),
	('f96d0aa2-a9a7-435a-872c-35e2df8ccab2', 'cron', 'ticks', false, '*/2 * * * * *', 'UTC', 'skip', NULL, NULL, NULL, NULL, false, '2026-11-24 23:32:34', '2026-11-24 23:32:32.460261', NULL, '2026-11-24 23:32:26.777234', '2026-11-24 23:32:33.002656'),
	('ef4d1338-74a2-4398-9b7d-ad9d6dbc2694', 'cron', 'no_such_workflow', false, '*/2 * * * * *', 'UTC', 'skip', NULL, NULL, NULL, NULL, false, '2026-11-24 23:32:34', '2026-11-24 23:32:32.460261', NULL, '2026-11-24 23:32:26.778804', '2026-11-24 23:32:33.005458'),
	('f4298f0b-315b-4c20-9320-5ef09a33246b', 'trigger', 'arrivals', true, NULL, 'UTC', 'skip', NULL, NULL, 'new_file', 300, false, NULL, NULL, '2026-11-24 23:32:33.861299', '2026-11-24 23:32:26.761228', '2026-11-24 23:32:33.861553'),
	('9ff6ccc8-7747-4445-b456-ecdd6bfc90f3', 'trigger', 'once', true, NULL, 'UTC', 'skip', NULL, NULL, 'same_context', 300, false, NULL, NULL, '2026-11-24 23:32:33.863364', '2026-11-24 23:32:26.76792', '2026-11-24 23:32:33.863586'),
	('02308f3f-12d1-4b0d-b685-55a8297bf874', 'trigger', 'never_ticks', true, NULL, 'UTC', 'skip', NULL, NULL, 'nothing_new', 300, false, NULL, NULL, '2026-11-24 23:32:33.866393', '2026-11-24 23:32:26.770517', '2026-11-24 23:32:33.867559');
INSERT INTO tenant_v061.task_executions VALUES
	('4eb22939-5e75-4d91-9334-8e4b5517e553', '20da62c5-2166-4b61-a7ab-a1c087b0bc2d', 'public::engine-scenarios::etl_ok::extract', 'Completed', NULL, '2026-11-24 23:32:19.422377', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:32:19.057239', '2026-11-24 23:32:19.436472', NULL, NULL, NULL),
	('6074fe22-42fc-454a-ac07-7750c8fc950c', '8968ffe7-53b7-4fef-ae6e-6e2b9ea7c850', 'public::engine-scenarios::times_out::endless', 'Failed', NULL, '2026-11-24 23:32:22.658421', 1, 1, NULL, '{"type":"Always"}', '{}', NULL, 'Task execution timeout', 0, NULL, '2026-11-24 23:32:19.176488', '2026-11-24 23:32:22.684105', NULL, NULL, NULL),
	('a99b628a-ee69-4eef-a947-36d6140b2bed', 'a9597ab7-bf51-4916-afc1-114b6696231c', 'public::engine-scenarios::fails_now::before', 'Completed', NULL, '2026-11-24 23:32:19.494147', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:32:19.068005', '2026-11-24 23:32:19.508991', NULL, NULL, NULL),
	('e77313f6-3405-448b-973b-51974f2e633d', '20da62c5-2166-4b61-a7ab-a1c087b0bc2d', 'public::engine-scenarios::etl_ok::transform', 'Completed', NULL, '2026-11-24 23:32:19.690241', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:32:19.057239', '2026-11-24 23:32:19.743672', NULL, NULL, NULL),
	('0a3d24c7-3c9b-42e2-bd8a-0bc4a3b04349', 'a9597ab7-bf51-4916-afc1-114b6696231c', 'public::engine-scenarios::fails_now::boom', 'Failed', NULL, '2026-11-24 23:32:19.760942', 1, 1, NULL, '{"type":"Always"}', '{}', NULL, 'Task execution error: Task execution failed: ExecutionFailed { message: "disk full: \"/data\" has 0 bytes", task_id: "boom", timestamp: 2026-11-24T23:32:19.760434618Z }', 0, NULL, '2026-11-24 23:32:19.068005', '2026-11-24 23:32:19.771596', NULL, NULL, NULL),
	('84af35e5-57e2-4e15-a15c-2cf4076fd74a', '0bbc162b-0250-448b-834f-9979c540efeb', 'public::engine-scenarios::skips::branch_b', 'Skipped', NULL, NULL, 1, 3, 'Trigger rules not satisfied', '{"conditions":[{"key":"branch","operator":"Equals","type":"ContextValue","value":"b"}],"type":"All"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:32:19.156559', '2026-11-24 23:32:22.983292', NULL, NULL, NULL),
	('30b878a4-be81-4311-9dd4-e4eaf7ce0d20', '0bbc162b-0250-448b-834f-9979c540efeb', 'public::engine-scenarios::skips::choose', 'Completed', NULL, '2026-11-24 23:32:19.865866', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:32:19.156559', '2026-11-24 23:32:19.88821', NULL, NULL, NULL),
	('573b7be8-f11c-437d-9d25-2b0df12ea382', 'f364a742-fc80-4a33-a041-5128bc31f95d', 'public::engine-scenarios::defers::waits', 'Completed', NULL, '2026-11-24 23:32:20.628191', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:32:19.168511', '2026-11-24 23:32:20.63367', NULL, NULL, NULL),
	('897af4e7-9b52-4f15-afea-0669b380242c', '0bbc162b-0250-448b-834f-9979c540efeb', 'public::engine-scenarios::skips::branch_a', 'Completed', NULL, '2026-11-24 23:32:23.465398', 1, 3, NULL, '{"conditions":[{"key":"branch","operator":"Equals","type":"ContextValue","value":"a"}],"type":"All"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:32:19.156559', '2026-11-24 23:32:23.492257', NULL, NULL, NULL),
	('7c094869-990c-4e99-a5ae-26caba9a4583', '20da62c5-2166-4b61-a7ab-a1c087b0bc2d', 'public::engine-scenarios::etl_ok::load', 'Completed', NULL, '2026-11-24 23:32:23.290542', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:32:19.057239', '2026-11-24 23:32:23.320553', NULL, NULL, NULL),
	('2f56f2dc-aff0-432c-8618-3cf7913103e3', 'a9597ab7-bf51-4916-afc1-114b6696231c', 'public::engine-scenarios::fails_now::after_boom', 'Completed', NULL, '2026-11-24 23:32:23.375738', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:32:19.068005', '2026-11-24 23:32:23.381056', NULL, NULL, NULL),
	('8ecfad6b-09a4-4fb6-bb72-751c9c1859ea', '8ab2bde3-f4dc-4756-afbf-c7cce5758c02', 'public::engine-scenarios::retry_ok::shaky', 'Completed', NULL, '2026-11-24 23:32:23.65712', 3, 3, NULL, '{"type":"Always"}', '{}', '2026-11-24 23:32:23.406247', NULL, 0, NULL, '2026-11-24 23:32:19.088836', '2026-11-24 23:32:23.661282', NULL, NULL, NULL),
	('7e874c1c-c7ef-4c91-8279-5791a11eb810', '59263b05-99f8-48f4-a77b-fe799ac1a1fe', 'public::engine-scenarios::retry_exhaust::hopeless', 'Failed', NULL, '2026-11-24 23:32:23.694504', 3, 3, NULL, '{"type":"Always"}', '{}', '2026-11-24 23:32:23.690539', 'Task execution error: Task execution failed: ExecutionFailed { message: "no route to host", task_id: "hopeless", timestamp: 2026-11-24T23:32:23.694196905Z }', 0, NULL, '2026-11-24 23:32:19.148834', '2026-11-24 23:32:23.695688', NULL, NULL, NULL),
	('8c8864dc-f591-4af7-8573-80a1cbf090d4', '59263b05-99f8-48f4-a77b-fe799ac1a1fe', 'public::engine-scenarios::retry_exhaust::downstream', 'Completed', NULL, '2026-11-24 23:32:23.779367', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:32:19.148834', '2026-11-24 23:32:23.799697', NULL, NULL, NULL),
	('0e9cfefb-49dd-42cc-b01d-6d11c3e24eef', '85525177-985a-4454-8ff6-554e2cbd4313', 'public::engine-scenarios::paused_and_resumed::running_at_pause', 'Completed', NULL, '2026-11-24 23:32:24.888981', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:32:23.832476', '2026-11-24 23:32:24.999621', NULL, NULL, NULL),
	('d6ca6ca3-152a-40ee-87a4-8e4acc585052', '85525177-985a-4454-8ff6-554e2cbd4313', 'public::engine-scenarios::paused_and_resumed::after_resume', 'Completed', NULL, '2026-11-24 23:32:25.172213', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:32:23.832476', '2026-11-24 23:32:25.231625', NULL, NULL, NULL),
	('6216fc10-1019-4956-bad6-6d644de1e19a', 'f6de04ed-a8b6-45c2-9d02-f4dac074888d', 'public::engine-scenarios::cancelled::never_started', 'NotStarted', NULL, NULL, 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:32:25.536021', '2026-11-24 23:32:25.536021', NULL, NULL, NULL),
	('0c44dd26-699b-4b9c-a39b-95c12c575529', 'f6de04ed-a8b6-45c2-9d02-f4dac074888d', 'public::engine-scenarios::cancelled::running_at_cancel', 'Completed', NULL, '2026-11-24 23:32:26.661984', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:32:25.536021', '2026-11-24 23:32:26.735559', NULL, NULL, NULL),
	('310d6501-d677-4fba-9100-4ccc0aa13679', 'ea90c888-d5aa-44bf-8f22-cbe4929f06a1', 'public::engine-scenarios::ticks::tick', 'Completed', NULL, '2026-11-24 23:32:28.332528', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:32:28.224784', '2026-11-24 23:32:28.366732', NULL, NULL, NULL),
	('30a798f9-17d2-4576-b0db-30f73e8e4af0', '355560e9-1116-429d-8c0c-11fbe6f6a908', 'public::engine-scenarios::arrivals::arrive', 'Completed', NULL, '2026-11-24 23:32:27.105707', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:32:27.031851', '2026-11-24 23:32:27.223358', NULL, NULL, NULL),
	('b8679488-8e80-4d9b-af89-57bbb656b852', '3519e113-9f25-404b-868c-4c7f99b13444', 'public::engine-scenarios::once::only', 'Completed', NULL, '2026-11-24 23:32:27.708121', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:32:27.587604', '2026-11-24 23:32:27.716398', NULL, NULL, NULL),
	('d5e91c54-e381-4ed7-8783-3829b1e75fb0', '0d2ad785-996c-4e18-be75-0da9569890c1', 'public::engine-scenarios::arrivals::arrive', 'Completed', NULL, '2026-11-24 23:32:30.320647', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:32:30.066481', '2026-11-24 23:32:30.324679', NULL, NULL, NULL),
	('8148892e-3d36-4e60-b4e1-138554c412f3', 'd82e76c8-e820-4170-8b5d-aa4d2b934edf', 'public::engine-scenarios::arrivals::arrive', 'Completed', NULL, '2026-11-24 23:32:29.306316', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:32:29.156884', '2026-11-24 23:32:29.320943', NULL, NULL, NULL),
	('48d5827c-2fbc-477b-9c14-7638b7b332da', 'f8a92d00-27a5-4b84-8a34-95a3c9030f8a', 'public::engine-scenarios::ticks::tick', 'Completed', NULL, '2026-11-24 23:32:32.570048', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:32:32.470281', '2026-11-24 23:32:32.574306', NULL, NULL, NULL),
	('fc990256-372b-483e-9f1f-f097e15810be', '74c2dfdb-b8ed-49ad-8d7e-3e50292f60ed', 'public::engine-scenarios::ticks::tick', 'Completed', NULL, '2026-11-24 23:32:30.863363', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:32:30.619382', '2026-11-24 23:32:30.928493', NULL, NULL, NULL),
	('a0731c8c-a972-4d1a-ad34-3bec7adebe59', 'e5859138-5421-4334-beec-6254acdb3cee', 'public::engine-scenarios::left_paused::waits_for_resume', 'NotStarted', NULL, NULL, 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:32:33.011838', '2026-11-24 23:32:33.011838', NULL, NULL, NULL),
	('85816f29-d4dd-4daf-a630-8e6c4d62c8ff', 'e5859138-5421-4334-beec-6254acdb3cee', 'public::engine-scenarios::left_paused::last_before_pause', 'Completed', NULL, '2026-11-24 23:32:34.075326', 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:32:33.011838', '2026-11-24 23:32:34.079634', NULL, NULL, NULL),
	('c24c75b8-0cfe-4ac6-b4f0-1fd10f1987da', '22cce35c-9176-4086-9112-4e8a6ac6a191', 'public::engine-scenarios::backs_off::patient', 'Ready', NULL, NULL, 2, 2, NULL, '{"type":"Always"}', '{}', '2026-11-25 00:32:34.120564', NULL, 0, NULL, '2026-11-24 23:32:34.104033', '2026-11-24 23:32:34.128291', NULL, NULL, NULL),
	('9087d167-c8e7-4c0a-a7fd-0b5bdf1c6fb8', '0e15d2e3-19db-484d-af6a-f430bf3f5e4e', 'public::engine-scenarios::panics::panics_here', 'Ready', NULL, NULL, 1, 3, NULL, '{"type":"Always"}', '{}', NULL, NULL, 0, NULL, '2026-11-24 23:32:34.132803', '2026-11-24 23:32:34.169984', NULL, 'fb74267a-12d3-491d-b0b4-9598900ff0e5', '2026-11-24 23:32:34.169984+00');
INSERT INTO tenant_v061.workflow_executions VALUES
	('f364a742-fc80-4a33-a041-5128bc31f95d', 'defers', 'f96b6e8d38dca925', 'Completed', NULL, '2026-11-24 23:32:19.168511', '2026-11-24 23:32:23.059568', NULL, 0, NULL, '2026-11-24 23:32:19.168511', '2026-11-24 23:32:23.059568', NULL, NULL),
	('8968ffe7-53b7-4fef-ae6e-6e2b9ea7c850', 'times_out', '3bead77e4493a8b7', 'Failed', NULL, '2026-11-24 23:32:19.176488', '2026-11-24 23:32:23.080246', '1 task(s) failed, 0 completed, 0 skipped', 0, NULL, '2026-11-24 23:32:19.176488', '2026-11-24 23:32:23.080246', NULL, NULL),
	('20da62c5-2166-4b61-a7ab-a1c087b0bc2d', 'etl_ok', 'a8558d20ec41e7e1', 'Completed', NULL, '2026-11-24 23:32:19.057239', '2026-11-24 23:32:23.537966', NULL, 0, NULL, '2026-11-24 23:32:19.057239', '2026-11-24 23:32:23.537966', NULL, NULL),
	('a9597ab7-bf51-4916-afc1-114b6696231c', 'fails_now', 'e88449e9ff7ad843', 'Failed', NULL, '2026-11-24 23:32:19.068005', '2026-11-24 23:32:23.583642', '1 task(s) failed, 2 completed, 0 skipped', 0, NULL, '2026-11-24 23:32:19.068005', '2026-11-24 23:32:23.583642', NULL, NULL),
	('0bbc162b-0250-448b-834f-9979c540efeb', 'skips', '0ea543a4cbcd705b', 'Completed', '8425a21b-74f1-4c22-9a13-347461fd19c6', '2026-11-24 23:32:19.156559', '2026-11-24 23:32:23.630932', NULL, 0, NULL, '2026-11-24 23:32:19.156559', '2026-11-24 23:32:23.630932', NULL, NULL),
	('8ab2bde3-f4dc-4756-afbf-c7cce5758c02', 'retry_ok', 'c9af287f5448957a', 'Completed', NULL, '2026-11-24 23:32:19.088836', '2026-11-24 23:32:23.664891', NULL, 0, NULL, '2026-11-24 23:32:19.088836', '2026-11-24 23:32:23.664891', NULL, NULL),
	('59263b05-99f8-48f4-a77b-fe799ac1a1fe', 'retry_exhaust', 'f46d1cddd1bbece1', 'Failed', NULL, '2026-11-24 23:32:19.148834', '2026-11-24 23:32:23.815766', '1 task(s) failed, 1 completed, 0 skipped', 0, NULL, '2026-11-24 23:32:19.148834', '2026-11-24 23:32:23.815766', NULL, NULL),
	('85525177-985a-4454-8ff6-554e2cbd4313', 'paused_and_resumed', 'd47ab9659d2814f8', 'Completed', NULL, '2026-11-24 23:32:23.832476', '2026-11-24 23:32:25.335416', NULL, 0, NULL, '2026-11-24 23:32:23.832476', '2026-11-24 23:32:25.335416', NULL, NULL),
	('f6de04ed-a8b6-45c2-9d02-f4dac074888d', 'cancelled', 'a5c883cb26652f2e', 'Cancelled', NULL, '2026-11-24 23:32:25.536021', '2026-11-24 23:32:25.655449', NULL, 0, NULL, '2026-11-24 23:32:25.536021', '2026-11-24 23:32:25.655449', NULL, NULL),
	('355560e9-1116-429d-8c0c-11fbe6f6a908', 'arrivals', 'bb967bcbfc90aae6', 'Completed', '63631b01-5136-4488-8b5f-084c6e01bde3', '2026-11-24 23:32:27.031851', '2026-11-24 23:32:27.248861', NULL, 0, NULL, '2026-11-24 23:32:27.031851', '2026-11-24 23:32:27.248861', NULL, NULL),
	('3519e113-9f25-404b-868c-4c7f99b13444', 'once', '30738054d430d1dc', 'Completed', '58e55cd8-399f-4941-aea6-e8ffc8823794', '2026-11-24 23:32:27.587604', '2026-11-24 23:32:27.724641', NULL, 0, NULL, '2026-11-24 23:32:27.587604', '2026-11-24 23:32:27.724641', NULL, NULL),
	('ea90c888-d5aa-44bf-8f22-cbe4929f06a1', 'ticks', 'f643d9778d5dadf7', 'Completed', '69838596-ef5b-4c28-ad74-8869d0f8ed66', '2026-11-24 23:32:28.224784', '2026-11-24 23:32:28.387365', NULL, 0, NULL, '2026-11-24 23:32:28.224784', '2026-11-24 23:32:28.387365', NULL, NULL),
	('d82e76c8-e820-4170-8b5d-aa4d2b934edf', 'arrivals', 'bb967bcbfc90aae6', 'Completed', '72c10678-e03a-4ed3-9b8a-8ffee21c5fc5', '2026-11-24 23:32:29.156884', '2026-11-24 23:32:29.401731', NULL, 0, NULL, '2026-11-24 23:32:29.156884', '2026-11-24 23:32:29.401731', NULL, NULL),
	('0d2ad785-996c-4e18-be75-0da9569890c1', 'arrivals', 'bb967bcbfc90aae6', 'Completed', '2e70fecb-8062-4639-8101-091383a89578', '2026-11-24 23:32:30.066481', '2026-11-24 23:32:30.375459', NULL, 0, NULL, '2026-11-24 23:32:30.066481', '2026-11-24 23:32:30.375459', NULL, NULL),
	('74c2dfdb-b8ed-49ad-8d7e-3e50292f60ed', 'ticks', 'f643d9778d5dadf7', 'Completed', '49d01ebf-7014-4b74-8639-1a5d47fb4667', '2026-11-24 23:32:30.619382', '2026-11-24 23:32:30.956147', NULL, 0, NULL, '2026-11-24 23:32:30.619382', '2026-11-24 23:32:30.956147', NULL, NULL),
	('f8a92d00-27a5-4b84-8a34-95a3c9030f8a', 'ticks', 'f643d9778d5dadf7', 'Completed', '58d16683-fafe-4a34-87a5-30ff3afb384b', '2026-11-24 23:32:32.470281', '2026-11-24 23:32:32.584361', NULL, 0, NULL, '2026-11-24 23:32:32.470281', '2026-11-24 23:32:32.584361', NULL, NULL),
	('e5859138-5421-4334-beec-6254acdb3cee', 'left_paused', '7d93f7443373cc7c', 'Paused', NULL, '2026-11-24 23:32:33.011838', NULL, NULL, 0, NULL, '2026-11-24 23:32:33.011838', '2026-11-24 23:32:33.080026', '2026-11-24 23:32:33.080026', NULL),
	('22cce35c-9176-4086-9112-4e8a6ac6a191', 'backs_off', 'e7cfb36c3dccbe48', 'Pending', NULL, '2026-11-24 23:32:34.104033', NULL, NULL, 0, NULL, '2026-11-24 23:32:34.104033', '2026-11-24 23:32:34.104033', NULL, NULL),
	('0e15d2e3-19db-484d-af6a-f430bf3f5e4e', 'panics', 'fa2536a989bd0e5c', 'Pending', NULL, '2026-11-24 23:32:34.132803', NULL, NULL, 0, NULL, '2026-11-24 23:32:34.132803', '2026-11-24 23:32:34.132803', NULL, NULL);
SELECT pg_catalog.setval('tenant_v061.execution_events_sequence_num_seq', 76, true);
ALTER TABLE ONLY tenant_v061.__diesel_schema_migrations
    ADD CONSTRAINT __diesel_schema_migrations_pkey PRIMARY KEY (version);
ALTER TABLE ONLY tenant_v061.execution_events
    ADD CONSTRAINT execution_events_pkey PRIMARY KEY (id);
ALTER TABLE ONLY tenant_v061.workflow_executions
    ADD CONSTRAINT pipeline_executions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY tenant_v061.schedule_executions
    ADD CONSTRAINT schedule_executions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY tenant_v061.schedules
    ADD CONSTRAINT schedules_pkey PRIMARY KEY (id);
ALTER TABLE ONLY tenant_v061.task_executions
    ADD CONSTRAINT task_executions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY tenant_v061.schedules
    ADD CONSTRAINT uq_schedules_trigger_name UNIQUE (trigger_name);
CREATE INDEX idx_execution_events_created ON tenant_v061.execution_events USING btree (created_at DESC);
CREATE INDEX idx_execution_events_pipeline ON tenant_v061.execution_events USING btree (workflow_execution_id, sequence_num);
CREATE INDEX idx_execution_events_task ON tenant_v061.execution_events USING btree (task_execution_id, sequence_num) WHERE (task_execution_id IS NOT NULL);
CREATE INDEX idx_execution_events_type ON tenant_v061.execution_events USING btree (event_type);
CREATE UNIQUE INDEX idx_schedule_executions_cron_dedup ON tenant_v061.schedule_executions USING btree (schedule_id, scheduled_time) WHERE (scheduled_time IS NOT NULL);
CREATE INDEX idx_schedule_executions_in_progress ON tenant_v061.schedule_executions USING btree (schedule_id) WHERE (completed_at IS NULL);
CREATE INDEX idx_schedule_executions_pipeline ON tenant_v061.schedule_executions USING btree (workflow_execution_id) WHERE (workflow_execution_id IS NOT NULL);
CREATE INDEX idx_schedule_executions_schedule ON tenant_v061.schedule_executions USING btree (schedule_id, started_at DESC);
CREATE UNIQUE INDEX idx_schedule_executions_trigger_dedup ON tenant_v061.schedule_executions USING btree (schedule_id, context_hash) WHERE ((context_hash IS NOT NULL) AND (completed_at IS NULL));
CREATE INDEX idx_schedules_cron_polling ON tenant_v061.schedules USING btree (enabled, next_run_at) WHERE ((enabled = true) AND ((schedule_type)::text = 'cron'::text));
CREATE INDEX idx_schedules_trigger_polling ON tenant_v061.schedules USING btree (enabled, last_poll_at) WHERE ((enabled = true) AND ((schedule_type)::text = 'trigger'::text));
CREATE INDEX idx_schedules_type ON tenant_v061.schedules USING btree (schedule_type);
CREATE INDEX idx_schedules_workflow ON tenant_v061.schedules USING btree (workflow_name, enabled);
CREATE INDEX idx_task_executions_claimed ON tenant_v061.task_executions USING btree (claimed_by) WHERE (claimed_by IS NOT NULL);
CREATE INDEX pipeline_executions_name_version_idx ON tenant_v061.workflow_executions USING btree (workflow_name, workflow_version);
CREATE INDEX pipeline_executions_paused_idx ON tenant_v061.workflow_executions USING btree (status) WHERE ((status)::text = 'Paused'::text);
CREATE INDEX pipeline_executions_status_idx ON tenant_v061.workflow_executions USING btree (status);
CREATE INDEX task_executions_pipeline_idx ON tenant_v061.task_executions USING btree (workflow_execution_id);
CREATE INDEX task_executions_running_idx ON tenant_v061.task_executions USING btree (status) WHERE ((status)::text = 'Running'::text);
CREATE INDEX task_executions_status_idx ON tenant_v061.task_executions USING btree (status);
CREATE INDEX task_executions_task_name_idx ON tenant_v061.task_executions USING btree (task_name);
ALTER TABLE ONLY tenant_v061.execution_events
    ADD CONSTRAINT execution_events_pipeline_execution_id_fkey FOREIGN KEY (workflow_execution_id) REFERENCES tenant_v061.workflow_executions(id) ON DELETE CASCADE;
ALTER TABLE ONLY tenant_v061.execution_events
    ADD CONSTRAINT execution_events_task_execution_id_fkey FOREIGN KEY (task_execution_id) REFERENCES tenant_v061.task_executions(id) ON DELETE CASCADE;
ALTER TABLE ONLY tenant_v061.schedule_executions
    ADD CONSTRAINT schedule_executions_pipeline_execution_id_fkey FOREIGN KEY (workflow_execution_id) REFERENCES tenant_v061.workflow_executions(id) ON DELETE CASCADE;
ALTER TABLE ONLY tenant_v061.schedule_executions
    ADD CONSTRAINT schedule_executions_schedule_id_fkey FOREIGN KEY (schedule_id) REFERENCES tenant_v061.schedules(id) ON DELETE CASCADE;
ALTER TABLE ONLY tenant_v061.task_executions
    ADD CONSTRAINT task_executions_pipeline_execution_id_fkey FOREIGN KEY (workflow_execution_id) REFERENCES tenant_v061.workflow_executions(id);
