//! A database's address with its secrets: kept so that it cannot be printed.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::{fmt, fs, io};

use secrecy::{ExposeSecret, SecretString};

use super::address::{self, Address, AddressError, Parameters};

/// Files that hold what it takes to log in, so that it can be replaced while this runs.
#[derive(Debug, Clone, Default)]
pub struct SecretFiles {
    pub url: Option<PathBuf>,
    pub password: Option<PathBuf>,
}

impl SecretFiles {
    /// `present` with what the files hold now; `None` without files, or if they cannot be used.
    pub(super) fn read_again(&self, present: &DatabaseUrl) -> Option<DatabaseUrl> {
        let url = match &self.url {
            Some(path) => DatabaseUrl::from_str(&Self::read(path).ok()?).ok()?,
            None => present.clone(),
        };
        match &self.password {
            Some(path) => url.with_password(Self::read(path).ok()?).ok(),
            None => self.url.is_some().then_some(url),
        }
    }

    /// Without the ends of lines that editors add.
    pub(super) fn read(path: &Path) -> io::Result<String> {
        Ok(fs::read_to_string(path)?.trim_end_matches(['\r', '\n']).to_owned())
    }
}

/// Where a database is, and how to log in to it. `Debug` and `Display` show host, port and database or the file's
/// path, and nothing else.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// URL form, as sqlx reads it.
    Postgres(SecretString),
    /// A file's path, taken literally.
    Sqlite(PathBuf),
}

impl DatabaseUrl {
    /// The same address with another password.
    ///
    /// # Errors
    /// If the password holds a NUL character, or the address is a file's.
    pub(super) fn with_password(self, password: String) -> Result<Self, AddressError> {
        let mut parameters = self.parameters().ok_or(AddressError("a SQLite file takes no password"))?;
        parameters.set("password", password)?;
        Ok(Self::Postgres(parameters.to_url().into()))
    }

    /// The PostgreSQL database's name, or the file's name without its last extension.
    pub(super) fn short_name(&self) -> String {
        let name = match self {
            Self::Postgres(_) => {
                self.parameters().and_then(|parameters| Some(parameters.value("dbname")?.to_owned()))
            }
            Self::Sqlite(path) => path.file_stem().map(|stem| stem.to_string_lossy().into_owned()),
        };
        name.unwrap_or_else(|| "postgres".to_owned())
    }

    /// `None` for a file, and for an address that did not come through `from_str`.
    fn parameters(&self) -> Option<Parameters> {
        let Self::Postgres(url) = self else { return None };
        match address::parse(url.expose_secret()) {
            Ok(Address::Postgres(parameters)) => Some(parameters),
            _ => None,
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        Ok(match address::parse(text)? {
            Address::Postgres(parameters) => Self::Postgres(parameters.to_url().into()),
            Address::Sqlite(path) => Self::Sqlite(PathBuf::from(path)),
        })
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Sqlite(path) = self {
            return write!(formatter, "sqlite:{}", path.display());
        }
        let parameters = self.parameters().unwrap_or_default();
        let host = parameters.value("host").unwrap_or("(default host)");
        write!(formatter, "postgres://{host}")?;
        if let Some(port) = parameters.value("port") {
            write!(formatter, ":{port}")?;
        }
        write!(formatter, "/{}", parameters.value("dbname").unwrap_or("(default database)"))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
