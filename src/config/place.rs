//! Where things are when nobody says: the daemon's database and the exporter's state file.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use super::address::DAEMON_SUFFIX;

/// What follows the daemon's file name: nothing, or what daemons of v0.5.1 made of it.
const DAEMON_SUFFIXES: [&str; 2] = ["", DAEMON_SUFFIX];
const STATE_FILE: &str = "cloacina-exporter.state";

/// The variables of the environment by name; empty ones are not there.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The Cloacina daemon's database below the home directory, if there is one.
pub(super) fn daemon_database(variables: Variables<'_>) -> Option<PathBuf> {
    let directory = PathBuf::from(variables("HOME")?).join(".cloacina");
    let names = DAEMON_SUFFIXES.iter().map(|suffix| format!("cloacina.db{suffix}"));
    names.map(|name| directory.join(name)).find(|path| path.is_file())
}

/// In the directory that systemd gives a service, else in the user's. `None` without any of the variables.
pub(super) fn state_file(variables: Variables<'_>) -> Option<PathBuf> {
    let directory = match variables("STATE_DIRECTORY") {
        // Several directories are separated by colons.
        Some(list) => PathBuf::from(list.split(':').next().unwrap_or(&list)),
        None => match variables("XDG_STATE_HOME") {
            Some(home) => PathBuf::from(home).join("cloacina-exporter"),
            None => PathBuf::from(variables("HOME")?).join(".local/state/cloacina-exporter"),
        },
    };
    Some(directory.join(STATE_FILE))
}

/// Creates the directory of `file`, for this user only, if it is missing.
pub(super) fn create_directory_of(file: &Path) -> io::Result<()> {
    match file.parent() {
        Some(directory) => DirBuilder::new().recursive(true).mode(0o700).create(directory),
        None => Ok(()),
    }
}

/// Tries whether `file` can be read, and replaced by a new one in its directory. Leaves nothing behind.
pub(super) fn check_writable(file: &Path) -> io::Result<()> {
    if file.exists() {
        if !file.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        OpenOptions::new().read(true).append(true).open(file)?;
    }
    let directory = file.parent().filter(|directory| !directory.as_os_str().is_empty());
    tempfile::tempfile_in(directory.unwrap_or(Path::new("."))).map(drop)
}
