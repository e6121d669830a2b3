//! A database's address with its secrets: kept so that it cannot be printed.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// Where a database is, and how to log in to it. `Debug` and `Display` show neither password nor query parameters.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// URL form, as sqlx reads it.
    Postgres(SecretString),
    /// A file's path, taken literally.
    Sqlite(std::path::PathBuf),
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Postgres(url) => write!(formatter, "postgres({} characters)", url.expose_secret().len()),
            Self::Sqlite(path) => write!(formatter, "sqlite({})", path.display()),
        }
    }
}
