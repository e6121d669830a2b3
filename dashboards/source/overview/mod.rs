//! The overview: what is wrong now, how much is done, which tenant and which workflow it concerns.

mod flow;
mod now;
mod tables;

use super::layout::{Section, even, line, section};

pub use now::{late_schedules, oldest_ready_task, overdue_successes, stale_claims, tenants_up};

pub fn rows() -> Vec<Section> {
    vec![
        section(
            "Now",
            [
                even(
                    4,
                    [
                        now::tenants_up(),
                        now::late_schedules(),
                        now::overdue_successes(),
                        now::stalled_executions(),
                        now::stale_claims(),
                        now::oldest_ready_task(),
                        now::failing_workflows(),
                        now::active_executions(),
                    ],
                ),
                line(8, [(15, now::firing_alerts()), (9, now::failing_now())]),
            ],
        ),
        section(
            "Flow",
            [
                even(8, [flow::ended(), flow::success_ratio(), flow::active_by_state()]),
                even(8, [flow::durations(), flow::fires(), flow::attempts()]),
            ],
        ),
        section("Tenants", [line(9, [(24, tables::tenants())])]),
        section(
            "Top ten of the time range",
            [even(9, [tables::most_failed(), tables::slowest(), tables::most_retried()])],
        ),
    ]
}
