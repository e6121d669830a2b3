//! The exporter and its database: can the figures of the other dashboards be trusted?

mod now;
mod process;
mod push;
mod reading;

use super::layout::{Section, even, line, section};
use super::overview;

pub fn rows() -> Vec<Section> {
    vec![
        section(
            "Now",
            [even(
                4,
                [
                    overview::tenants_up(),
                    now::poll_age(),
                    now::errors_last_hour(),
                    now::missed_events(),
                    now::push_age(),
                    now::folded_labels(),
                    now::state_saved(),
                    now::configuration_read(),
                ],
            )],
        ),
        section(
            "Reading",
            [
                line(7, [(12, reading::readable()), (12, reading::poll_errors())]),
                even(8, [reading::collectors(), reading::lags(), reading::windows()]),
                line(8, [(24, reading::tenants())]),
            ],
        ),
        section("Correctness", [even(7, [reading::audit(), reading::oddities(), reading::skews()])]),
        section("Labels and series", [line(9, [(10, reading::folded()), (14, reading::series_by_family())])]),
        section(
            "Pushing over OTLP",
            [
                even(8, [push::exports(), push::push_ages(), push::undelivered()]),
                even(7, [push::sent_bytes(), push::waiting(), push::elected()]),
            ],
        ),
        section(
            "Process",
            [
                even(7, [process::memory(), process::processor(), process::files(), process::scrapes()]),
                line(6, [(24, process::versions())]),
            ],
        ),
    ]
}
