//! What is done with a fuzzer's bytes, and what must hold then. Shared by libFuzzer (`fuzz/main.rs`) and by the test
//! `mutations`, which feeds them without it.

#![allow(unreachable_pub, reason = "shared by two programs")]

mod configuration;
mod state_file;
mod series;
mod texts;
mod web_configuration;

#[path = "../../tests/support/exposition.rs"]
#[allow(dead_code, reason = "a part of it is used")]
mod exposition;

/// Panics if what must hold does not.
pub type Body = fn(&[u8]);

pub const ALL: [(&str, Body); 8] = [
    ("configuration", configuration::configuration),
    ("failure_text", texts::failure_text),
    ("negotiation", texts::negotiation),
    ("timestamp", texts::timestamp),
    ("calendar", texts::calendar),
    ("series", series::series),
    ("state_file", state_file::state_file),
    ("web_configuration", web_configuration::web_configuration),
];
