//! The libFuzzer program: runs the body that `CLOACINA_EXPORTER_FUZZ` names. `tests/fuzz` builds and starts it.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

mod bodies;

static BODY: LazyLock<bodies::Body> = LazyLock::new(|| {
    let wanted = std::env::var("CLOACINA_EXPORTER_FUZZ").unwrap_or_default();
    let found = bodies::ALL.iter().find(|(name, _)| *name == wanted);
    found
        .unwrap_or_else(|| {
            panic!("CLOACINA_EXPORTER_FUZZ names none of {:?}", bodies::ALL.map(|(name, _)| name))
        })
        .1
});

fuzz_target!(|input: &[u8]| BODY(input));
