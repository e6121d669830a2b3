-- From v0.6 to v0.11, and what only v0.11 can hold.
ALTER TABLE execution_events ADD COLUMN request_id {uuid};
ALTER TABLE schedules ADD COLUMN paused {bool} DEFAULT '0';
ALTER TABLE schedules ADD COLUMN paused_at {time};
ALTER TABLE workflow_executions ADD COLUMN trigger_origin {text};
ALTER TABLE schedules ADD COLUMN instance_name {text};
ALTER TABLE schedule_executions ADD COLUMN recovery_attempts {int} DEFAULT 0;

UPDATE workflow_executions SET trigger_origin = 'manual' WHERE id IN (#03, #05);
UPDATE schedules SET paused = '1', paused_at = '2026-11-23T09:00:00+00:00', instance_name = 'nightly' WHERE id = #31;
UPDATE schedule_executions SET recovery_attempts = 2 WHERE id = #43;
UPDATE schedule_executions SET recovery_attempts = -1 WHERE id = #44;
