//! Clocks of programs under test: moved by libfaketime, by a file that says how far they are from the true time.

use std::fs::{read_dir, write};
use std::path::{Path, PathBuf};

use super::process;

/// What to give `env` so that the program it starts has the clock in `file`, which `set` writes. Timers stay true.
pub fn movable(file: &Path) -> Vec<String> {
    let mut variables = preload("libfaketime.so.1");
    variables.push(format!("FAKETIME_TIMESTAMP_FILE={}", file.display()));
    variables.extend(["FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1"].map(str::to_owned));
    variables
}

/// What to give `env` so that all clocks and timers of the program it starts run `times` as fast, from the true time on.
pub fn fast(times: u32) -> Vec<String> {
    let mut variables = preload("libfaketimeMT.so.1");
    variables.push(format!("FAKETIME=+0 x{times}"));
    variables
}

/// Moves the clock in `file` to `seconds` from the true time, at once.
pub fn set(file: &Path, seconds: i64) {
    let folder = file.parent().expect("a file is in a folder");
    let new = tempfile::NamedTempFile::new_in(folder).unwrap();
    write(new.path(), format!("{seconds:+}")).unwrap();
    process::hand_over(new.path());
    new.persist(file).unwrap();
}

fn preload(name: &str) -> Vec<String> {
    vec![format!("LD_PRELOAD={}", library(name).display())]
}

fn library(name: &str) -> PathBuf {
    let architectures = read_dir("/usr/lib").into_iter().flatten().flatten();
    architectures
        .map(|entry| entry.path().join("faketime").join(name))
        .find(|path| path.is_file())
        .expect("libfaketime is missing: apt-get install --no-install-recommends libfaketime")
}
