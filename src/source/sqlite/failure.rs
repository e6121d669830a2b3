//! What SQLite's result codes mean for someone who runs the exporter.

use std::path::Path;

use super::super::error::{Error, Reason};

/// The primary result code, 0 if it is no answer of SQLite.
pub(super) fn code(error: &sqlx::Error) -> u32 {
    let code = error.as_database_error().and_then(|answer| answer.code()?.parse::<u32>().ok());
    code.unwrap_or(0) & 0xff
}

pub(super) const READONLY: u32 = 8;
pub(super) const CANNOT_OPEN: u32 = 14;

pub(super) fn error(operation: &'static str, error: &sqlx::Error, path: &Path) -> Error {
    let file = path.display();
    match code(error) {
        0 => Error::from_driver(operation, error),
        1 => {
            Error::new(operation, Reason::Schema, format!("{file}: a table or column that was there is gone"))
        }
        3 | 23 => Error::broken(
            operation,
            Reason::Permission,
            format!("{file}: access denied; check its permissions"),
        ),
        5 | 6 => Error::new(
            operation,
            Reason::Timeout,
            format!("{file}: locked by another process for longer than the statement timeout"),
        ),
        READONLY => Error::broken(
            operation,
            Reason::Permission,
            format!(
                "{file}: a database in WAL mode is shared through -wal and -shm files beside it, which the exporter may \
                 not write; run it as the engine's user or group, and let that write the directory"
            ),
        ),
        10 => Error::broken(operation, Reason::Query, format!("{file}: the file system failed to read it")),
        11 => Error::broken(
            operation,
            Reason::Query,
            format!("{file}: the database is damaged; check it with: PRAGMA integrity_check"),
        ),
        CANNOT_OPEN => Error::broken(
            operation,
            Reason::Connect,
            format!(
                "{file}: cannot be opened; the exporter must be allowed to read the file and, for a database in WAL \
                 mode, to write its directory: run it as the engine's user or group"
            ),
        ),
        26 => Error::broken(
            operation,
            Reason::Connect,
            format!(
                "{file}: not an SQLite database; is the path right, and is it neither encrypted nor damaged?"
            ),
        ),
        code => Error::new(operation, Reason::Query, format!("{file}: SQLite result code {code}")),
    }
}
