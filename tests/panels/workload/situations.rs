//! What stands still while the exporter watches: schedules that cannot run or are paused, executions that are stuck, claims
//! without a heartbeat, fires that were lost.

use crate::support::postgres::execute;
use crate::support::writer::engine::Step;
use crate::support::writer::runner::Runner;
use crate::support::writer::{connect, now};

const MINUTE: i64 = 60_000_000;

/// Rows that the steps of an engine do not lead to within minutes.
const ROWS: &str = "
    INSERT INTO schedules (schedule_type, workflow_name, instance_name, enabled, cron_expression, timezone, catchup_policy,
        start_date, end_date, next_run_at, last_run_at, created_at, paused, paused_at)
    SELECT 'cron', 'checkout', name, enabled, cron, zone, policy, first::timestamp, last::timestamp,
        localtimestamp + next::interval, localtimestamp - interval '1 hour', localtimestamp - interval '3 days',
        paused IS NOT NULL, localtimestamp - paused::interval
    FROM (VALUES
        ('late', true, '0 * * * *', 'UTC', 'skip', NULL, NULL, '-20 minutes', NULL),
        ('backlog', true, '* * * * *', 'UTC', 'run_all', NULL, NULL, '-59 minutes', NULL),
        ('quiet.v2 (old)', true, '0 3 1 1 *', 'Europe/Berlin', 'skip', NULL, NULL, '30 days', NULL),
        ('bad_cron', true, 'every now and then', 'UTC', 'skip', NULL, NULL, '1 hour', NULL),
        ('bad_timezone', true, '0 * * * *', 'Mars/Olympus', 'skip', NULL, NULL, '1 hour', NULL),
        ('no_next_run', true, '0 0 30 2 *', 'UTC', 'skip', NULL, NULL, NULL, NULL),
        ('empty_window', true, '0 0 * * *', 'UTC', 'skip', '2030-01-01 01:00', '2030-01-01 02:00', '1 hour', NULL),
        ('paused', true, '0 * * * *', 'UTC', 'skip', NULL, NULL, '1 hour', '2 days'),
        ('disabled', false, '0 * * * *', 'UTC', 'skip', NULL, NULL, '1 hour', NULL),
        ('handoffs', true, '0 0 * * *', 'UTC', 'skip', NULL, NULL, '1 hour', NULL),
        ('scratch_schedule', true, '0 * * * *', 'UTC', 'skip', NULL, NULL, '1 hour', NULL)
    ) AS row (name, enabled, cron, zone, policy, first, last, next, paused);

    INSERT INTO schedules (schedule_type, workflow_name, trigger_name, poll_interval_ms, last_poll_at, created_at)
    SELECT 'trigger', 'ingest', name, 1000, localtimestamp - polled::interval, localtimestamp - interval '1 day'
    FROM (VALUES ('new_file', '0'), ('stuck_upload', '0'), ('hanging', '10 minutes')) AS row (name, polled);

    INSERT INTO schedule_executions (schedule_id, scheduled_time, started_at, recovery_attempts)
    SELECT id, localtimestamp - age::interval, localtimestamp - age::interval, attempts
    FROM schedules, (VALUES ('2 minutes', 0), ('20 minutes', 1), ('40 minutes', 4)) AS row (age, attempts)
    WHERE instance_name = 'handoffs';

    WITH ended AS (
        INSERT INTO workflow_executions (workflow_name, status, started_at, completed_at, created_at, updated_at)
        SELECT 'ingest', 'Completed', at, at, at, at FROM (SELECT localtimestamp - interval '30 minutes' AS at) AS row
        RETURNING id, completed_at)
    INSERT INTO schedule_executions (schedule_id, workflow_execution_id, context_hash, started_at)
    SELECT schedules.id, ended.id, 'same', ended.completed_at FROM schedules, ended WHERE trigger_name = 'stuck_upload'";

pub async fn write(url: &str, schema: &str) {
    execute(&mut connect(url, schema).await, ROWS).await;
    let mut runner = Runner::connect(url, schema, 1).await;
    let started: &[Step] = &[Step::Create, Step::ReadyAll, Step::Start(0)];
    for (workflow, minutes, steps) in [
        ("stalled", 25, &[Step::Create][..]),
        ("waiting", 15, &started[..2]),
        ("stale_claim", 10, started),
        ("long_model", 12, started),
        ("on_hold", 8, &[Step::Create, Step::ReadyAll, Step::Pause]),
    ] {
        let mut execution = runner.plan(workflow, 2);
        for &step in steps {
            runner.perform_at(&mut execution, step, now() - minutes * MINUTE).await;
        }
    }
}
