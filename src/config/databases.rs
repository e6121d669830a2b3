//! The part of the configuration that says which databases are read, and which tenants of each.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use super::load::Source;
use super::secret::SecretFiles;
use super::{DatabaseUrl, Error, Patterns, Setting, Shard, Variables, file, place};

/// One database to read.
#[derive(Debug, Clone)]
pub struct Database {
    /// Unique among all databases; for SQLite also the tenant label.
    pub name: Arc<str>,
    pub url: DatabaseUrl,
    /// Where the address, or a part of it, was read.
    pub secrets: SecretFiles,
    /// Whether tenants are labelled `name/schema` rather than `schema`: true when several databases are read.
    pub prefix_tenants: bool,
    /// PostgreSQL schemas to read; empty means all. Shell patterns, `*` and `?`.
    pub include: Patterns,
    pub exclude: Patterns,
    /// Which tenants are read, of those that the patterns name.
    pub shard: Shard,
}

impl Database {
    /// The label of the tenant in `schema`.
    pub fn tenant_label(&self, schema: &str) -> Arc<str> {
        match (&self.url, self.prefix_tenants) {
            (DatabaseUrl::Sqlite(_), _) => self.name.clone(),
            (DatabaseUrl::Postgres(_), true) => Arc::from(format!("{}/{schema}", self.name)),
            (DatabaseUrl::Postgres(_), false) => Arc::from(schema),
        }
    }

    pub fn reads(&self, schema: &str) -> bool {
        self.selects(schema) && self.shard.holds(&self.tenant_label(schema))
    }

    /// Whatever the shard.
    fn selects(&self, schema: &str) -> bool {
        matches!(self.url, DatabaseUrl::Sqlite(_))
            || (self.include.is_empty() || self.include.matches(schema)) && !self.exclude.matches(schema)
    }

    /// Whether a tenant with this label would be read here, or stands for the database while none is known.
    pub fn owns(&self, label: &str) -> bool {
        if label == &*self.name {
            return true;
        }
        let schema = match (&self.url, self.prefix_tenants) {
            (DatabaseUrl::Sqlite(_), _) => None,
            (DatabaseUrl::Postgres(_), false) => Some(label),
            (DatabaseUrl::Postgres(_), true) => {
                label.strip_prefix(&*self.name).and_then(|rest| rest.strip_prefix('/'))
            }
        };
        schema.is_some_and(|schema| self.selects(schema)) && self.shard.holds(label)
    }

    /// Whether both are the same database, whatever the password, and its tenants have the same labels in both.
    pub fn reads_alike(&self, other: &Self) -> bool {
        self.is_place_of(other)
            && self.prefix_tenants == other.prefix_tenants
            && self.include == other.include
            && self.exclude == other.exclude
            && self.shard == other.shard
    }

    /// As the address is now by the files that it was read from; `None` unless it still leads to the same database. Blocks.
    pub fn read_again(&self) -> Option<DatabaseUrl> {
        let url = self.secrets.read_again(&self.url)?;
        (url.to_string() == self.url.to_string()).then_some(url)
    }

    /// Whether both are the same database, whatever the password.
    pub fn is_place_of(&self, other: &Self) -> bool {
        self.name == other.name && self.url.to_string() == other.url.to_string()
    }
}

/// Databases of the flags replace those of the file; only without any is looked elsewhere. SQLite databases that fall to
/// another shard are left out.
pub(super) fn build(
    flags: Vec<Setting>,
    listed: Vec<file::Database>,
    shard: Shard,
    source: &Source,
    variables: Variables<'_>,
) -> Result<Vec<Database>, Error> {
    let mut databases = if !flags.is_empty() {
        flags.iter().map(database_at).collect::<Result<Vec<_>, _>>()?
    } else if !listed.is_empty() {
        let listed = listed.into_iter().enumerate();
        listed.map(|(index, database)| database_of(index, database, source)).collect::<Result<_, _>>()?
    } else if let Some(url) = variables("DATABASE_URL") {
        vec![database_at(&Setting::new(url, "DATABASE_URL"))?]
    } else if let Some(path) = place::daemon_database(variables) {
        vec![named(DatabaseUrl::Sqlite(path))]
    } else {
        return Err(Error::NoDatabase);
    };
    let mut names = BTreeSet::new();
    for database in &databases {
        if !names.insert(Arc::clone(&database.name)) {
            return Err(Error::Setting {
                origin: "databases".to_owned(),
                problem: format!(
                    "two databases have the name `{}`, which labels their tenants; list them in --config.file and \
                     give each a name",
                    database.name
                ),
            });
        }
    }
    let several = databases.len() > 1;
    for database in &mut databases {
        (database.prefix_tenants, database.shard) = (several, shard);
    }
    databases
        .retain(|database| matches!(database.url, DatabaseUrl::Postgres(_)) || shard.holds(&database.name));
    Ok(databases)
}

fn database_at(setting: &Setting) -> Result<Database, Error> {
    Ok(named(DatabaseUrl::from_str(&setting.value).map_err(|error| setting.wrong(error.to_string()))?))
}

fn named(url: DatabaseUrl) -> Database {
    Database {
        name: Arc::from(url.short_name()),
        url,
        secrets: SecretFiles::default(),
        prefix_tenants: false,
        include: Patterns::default(),
        exclude: Patterns::default(),
        shard: Shard::WHOLE,
    }
}

fn database_of(index: usize, listed: file::Database, source: &Source) -> Result<Database, Error> {
    let key = |name: &str| format!("databases[{index}].{name}");
    let secret_file = |name, path| -> Result<Option<(Setting, PathBuf)>, Error> {
        let Some(setting) = source.optional(&key(name), path) else { return Ok(None) };
        let setting = source.path(setting);
        let path = PathBuf::from(&setting.value);
        let origin = setting.origin;
        match SecretFiles::read(&path) {
            Ok(text) => Ok(Some((Setting::new(text, origin), path))),
            Err(cause) => Err(Error::Read { origin, path, cause }),
        }
    };
    let url = source.optional(&key("url"), listed.url);
    let mut secrets = SecretFiles::default();
    let address = match (url, secret_file("url_file", listed.url_file)?) {
        (Some(url), None) => url,
        (None, Some((url, path))) => {
            secrets.url = Some(path);
            url
        }
        (None, None) => {
            return Err(Error::Setting {
                origin: format!("{}: databases[{index}]", source.name()),
                problem: "a database needs its address as url or url_file".to_owned(),
            });
        }
        (Some(url), Some(_)) => return Err(url.wrong("give either url or url_file, not both")),
    };
    let mut database = database_at(&address)?;
    if let Some((password, path)) = secret_file("password_file", listed.password_file)? {
        database.url = database
            .url
            .with_password(password.value.clone())
            .map_err(|error| password.wrong(error.to_string()))?;
        secrets.password = Some(path);
    }
    database.secrets = secrets;
    if let Some(name) = source.optional(&key("name"), listed.name) {
        if name.value.is_empty()
            || name.value.chars().any(|character| character.is_control() || character == '/')
        {
            return Err(name.wrong("a name must not be empty nor hold `/` or control characters"));
        }
        database.name = Arc::from(name.value);
    }
    database.include = source.patterns(&key("include"), listed.include)?;
    database.exclude = source.patterns(&key("exclude"), listed.exclude)?;
    Ok(database)
}
