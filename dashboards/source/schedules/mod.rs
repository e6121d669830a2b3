//! Schedules: which need attention, how punctual they are, and what stands in their way.

mod fires;
mod now;
mod state;
mod triggers;

use super::layout::{Section, even, line, section};
use super::overview;

pub use fires::OUTCOMES;
pub use state::of_workflow;

pub fn rows() -> Vec<Section> {
    vec![
        section(
            "Attention",
            [
                even(
                    4,
                    [
                        overview::late_schedules(),
                        now::periods_skipped(),
                        overview::overdue_successes(),
                        now::missed_today(),
                        now::handoffs_lost(),
                        now::invalid(),
                        now::triggers_stalled(),
                        now::paused(),
                    ],
                ),
                line(12, [(24, state::attention())]),
            ],
        ),
        section("State", [line(10, [(24, state::states())])]),
        section(
            "Punctuality",
            [
                even(8, [fires::start_delays(), fires::fires_by_day(), fires::budget()]),
                even(8, [fires::punctual(), fires::lost_fires(), fires::slow_starts()]),
            ],
        ),
        section(
            "Catching up and overlap",
            [even(8, [fires::catching_up(), fires::handoffs(), fires::overlap()])],
        ),
        section("Triggers", [even(8, [triggers::polls(), triggers::fires(), triggers::blocked()])]),
        section("Invalid and paused", [even(7, [state::invalid_schedules(), state::paused_schedules()])]),
    ]
}
