//! The commands that read once, at the full size: how long they take, and how much memory they need.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::binary::configuration;
use super::measure::{memory_if_alive, milliseconds};
use super::server::Server;
use super::table::{Table, Values};

const REPEATS: usize = 5;

pub fn all(server: &Server, table: &mut Table) {
    let directory = tempfile::tempdir().unwrap();
    let file = configuration(&directory, &server.url("postgres"), server.full.schema, "");
    for arguments in [&["check"][..], &["check", "--since", "7d"], &["audit", "--since", "7d"]] {
        let (mut times, mut peaks) = (Values::default(), Values::default());
        for _ in 0..REPEATS {
            let (time, peak) = call(&file, arguments);
            times.push(milliseconds(time));
            peaks.push(peak);
        }
        let name = arguments.join(" ");
        table.row(format!("{name} (ms)"), times, format!("{REPEATS} calls"));
        table.row(format!("{name}: peak resident (MB)"), peaks, "");
    }
}

/// How long one call took, and the most memory it was seen to hold.
fn call(file: &Path, arguments: &[&str]) -> (Duration, f64) {
    let started = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_cloacina-exporter"))
        .args(arguments)
        .arg("--config.file")
        .arg(file)
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut peak = 0.0_f64;
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None => peak = peak.max(memory_if_alive(child.id(), "VmHWM").unwrap_or_default()),
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    // What is found does not matter, but that it could be found out.
    assert!(status.code().is_some_and(|code| code < 3), "{arguments:?}: {status}");
    (started.elapsed(), peak)
}
