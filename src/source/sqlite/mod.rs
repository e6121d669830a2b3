//! A connection to an SQLite file, opened read-only.
//!
//! The path is taken literally, and the journal mode is never touched.

mod failure;
mod row;

use std::collections::HashMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::TryStreamExt;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection as _, Executor, SqlSafeStr, SqlStr};
use tokio::time::timeout;

use super::decode::{Row, Value};
use super::error::{Error, Reason};
use super::reader::{Bind, EachRow};
use super::schema::{self, Discovered, Table};
use super::timestamp::{own_clock, to_text};
use crate::config::Poll;
use crate::record::Timestamp;

/// Longest wait for the next row. SQLite waits for locks by itself, and has no timeout of its own for the rest; a
/// statement over a long history may be silent for minutes, so this only ends a wait for a drive that hangs.
const PATIENCE: Duration = Duration::from_secs(3600);

const DISCOVER: &str = "SELECT m.name, group_concat(p.name) FROM sqlite_master m JOIN pragma_table_info(m.name) p \
    WHERE m.type = 'table' AND m.name IN ('workflow_executions', 'pipeline_executions', 'task_executions', \
    'execution_events', 'schedules', 'schedule_executions') GROUP BY m.name";
/// Survives the deletion of the events themselves.
const NEWEST_SEQUENCE: &str = "SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'execution_events'), 0), \
    coalesce((SELECT max(sequence_num) FROM execution_events), 0))";
/// Row ids stand in for counts, which would read the whole table; nothing deletes these rows.
const ESTIMATES: [&str; 2] = [
    "SELECT (SELECT max(rowid) FROM workflow_executions), (SELECT max(rowid) FROM task_executions)",
    "SELECT (SELECT max(rowid) FROM pipeline_executions), (SELECT max(rowid) FROM task_executions)",
];

pub(super) struct Session {
    connection: SqliteConnection,
    path: PathBuf,
    busy_timeout: Duration,
    /// The file is taken for one that nobody writes, since SQLite could not open it otherwise.
    immutable: bool,
    /// The open file, which `path` no longer leads to once it is replaced.
    inode: u64,
}

impl Session {
    pub(super) async fn connect(path: &Path, poll: &Poll) -> Result<Self, Error> {
        let busy_timeout = poll.statement_timeout;
        let inode = inode(path).await?;
        let (connection, immutable) = open(path, busy_timeout).await?;
        Ok(Self { connection, path: path.to_owned(), busy_timeout, immutable, inode })
    }

    /// Tells one file from another under the same path. A connection to a file that was replaced would go on reading
    /// the old one for ever, so it is replaced as well.
    pub(super) async fn identity(&mut self) -> Result<u64, Error> {
        let inode = inode(&self.path).await?;
        if inode != self.inode {
            (self.connection, self.immutable) = open(&self.path, self.busy_timeout).await?;
            self.inode = inode;
        }
        Ok(inode)
    }

    /// Returns the own clock, and the newest `sequence_num` and the one after it.
    pub(super) async fn begin(&mut self) -> Result<(Timestamp, u64, u64), Error> {
        if self.immutable {
            // A connection that believes the file immutable would never see it change.
            (self.connection, self.immutable) = open(&self.path, self.busy_timeout).await?;
        }
        self.execute("begin", "BEGIN").await?;
        let newest = self.ask("begin", NEWEST_SEQUENCE, |row| row.integer(0)).await?;
        let newest =
            newest.into_iter().filter_map(Result::ok).flatten().next().unwrap_or(0).max(0).cast_unsigned();
        Ok((own_clock(), newest, newest.saturating_add(1)))
    }

    /// Does nothing if there is no transaction.
    pub(super) async fn rollback(&mut self) -> Result<(), Error> {
        match self.connection.execute("ROLLBACK").await {
            // 1: no transaction is active.
            Err(error) if failure::code(&error) != 1 => Err(failure::error("rollback", &error, &self.path)),
            _ => Ok(()),
        }
    }

    pub(super) async fn close(self) {
        // Nothing is lost if it fails: nothing was written.
        let _ = self.connection.close().await;
    }

    pub(super) async fn discover(&mut self) -> Result<Vec<Discovered>, Error> {
        let tables = self.ask("discover", DISCOVER, table).await?;
        let tables: Vec<_> = tables.into_iter().filter_map(Result::ok).flatten().collect();
        Ok(vec![schema::only("main", &tables)])
    }

    pub(super) async fn change_counts(&mut self) -> Result<HashMap<String, u64>, Error> {
        let inode = self.identity().await?;
        if self.immutable {
            return Ok(HashMap::new());
        }
        let versions = self.ask("changes", "PRAGMA data_version", |row| row.integer(0)).await?;
        let version = versions.into_iter().filter_map(Result::ok).flatten().next();
        let number = |version: i64| inode.rotate_left(32) ^ version.cast_unsigned();
        Ok(version.map(|version| ("main".to_owned(), number(version))).into_iter().collect())
    }

    pub(super) async fn estimated_rows(&mut self, pipeline: bool) -> Result<(u64, u64), Error> {
        let number = |value: Value<i64>| value.ok().flatten().unwrap_or(0).max(0).cast_unsigned();
        let sql = ESTIMATES[usize::from(pipeline)];
        let rows = self.ask("history", sql, |row| (number(row.integer(0)), number(row.integer(1)))).await?;
        Ok(rows.first().copied().unwrap_or_default())
    }

    pub(super) async fn read(
        &mut self,
        operation: &'static str,
        sql: SqlStr,
        binds: &[Bind<'_>],
        each: EachRow<'_>,
    ) -> Result<(), Error> {
        let mut query = sqlx::query(sql);
        for bind in binds {
            query = match *bind {
                Bind::Time(time) => query.bind(time.map(to_text)),
                Bind::Number(number) => query.bind(number),
                Bind::Ids(ids) => query.bind(json(ids)),
                Bind::Text(text) => query.bind(text.map(str::to_owned)),
            };
        }
        let mut rows = query.fetch(&mut self.connection);
        loop {
            match timeout(PATIENCE, rows.try_next()).await {
                Ok(Ok(Some(row))) => each(&row),
                Ok(Ok(None)) => return Ok(()),
                Ok(Err(error)) => return Err(failure::error(operation, &error, &self.path)),
                Err(_) => return Err(Error::no_answer(operation, PATIENCE.as_secs_f64())),
            }
        }
    }

    async fn ask<T: Send>(
        &mut self,
        operation: &'static str,
        sql: &'static str,
        mut decode: impl FnMut(&dyn Row) -> T + Send,
    ) -> Result<Vec<T>, Error> {
        let mut answer = Vec::new();
        self.read(operation, sql.into_sql_str(), &[], &mut |row| answer.push(decode(row))).await?;
        Ok(answer)
    }

    async fn execute(&mut self, operation: &'static str, command: &'static str) -> Result<(), Error> {
        self.connection
            .execute(command)
            .await
            .map_err(|error| failure::error(operation, &error, &self.path))?;
        Ok(())
    }
}

async fn inode(path: &Path) -> Result<u64, Error> {
    let unusable = match tokio::fs::metadata(path).await {
        Ok(metadata) if metadata.is_dir() => "is a directory; name the database file in it",
        Ok(_) if path.to_str().is_none() => "the name is not UTF-8, which SQLite cannot open; rename it",
        Ok(metadata) => return Ok(metadata.ino()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            "does not exist; check the path, and that the engine has created it"
        }
        Err(_) => "cannot be reached; check the permissions of its directories",
    };
    Err(Error::broken("connect", Reason::Connect, format!("{}: {unusable}", path.display())))
}

/// Opens the file read-only. SQLite cannot do so for a database in WAL mode that was closed cleanly, in a directory that
/// may not be written: then, and only as long as no -wal file says that rows are elsewhere, the file is read as it is.
async fn open(path: &Path, busy_timeout: Duration) -> Result<(SqliteConnection, bool), Error> {
    let options = SqliteConnectOptions::new()
        .filename(literal(path))
        .read_only(true)
        .busy_timeout(busy_timeout)
        .pragma("query_only", "ON")
        .disable_statement_logging();
    match try_open(&options).await {
        Ok(connection) => Ok((connection, false)),
        Err(error)
            if matches!(failure::code(&error), failure::READONLY | failure::CANNOT_OPEN)
                && !has_wal(path) =>
        {
            match try_open(&options.immutable(true)).await {
                Ok(connection) => Ok((connection, true)),
                Err(_) => Err(failure::error("connect", &error, path)),
            }
        }
        Err(error) => Err(failure::error("connect", &error, path)),
    }
}

/// The file itself is opened by the first read only.
async fn try_open(options: &SqliteConnectOptions) -> Result<SqliteConnection, sqlx::Error> {
    let mut connection = options.connect().await?;
    connection.execute("SELECT count(*) FROM sqlite_master").await?;
    Ok(connection)
}

fn has_wal(path: &Path) -> bool {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    Path::new(&wal).exists()
}

/// SQLite takes names that begin with `file:` or a colon for something else than a path.
fn literal(path: &Path) -> PathBuf {
    if path.is_absolute() { path.to_owned() } else { Path::new(".").join(path) }
}

/// Ids as a JSON array of hexadecimal texts, which is one parameter whatever their number.
fn json(ids: &[uuid::Uuid]) -> String {
    let ids: Vec<_> = ids.iter().map(|id| format!("\"{}\"", id.simple())).collect();
    format!("[{}]", ids.join(","))
}

fn table(row: &dyn Row) -> Value<Table> {
    let (Some(name), Some(columns)) = (row.text(0)?, row.text(1)?) else { return Ok(None) };
    Ok(Some(Table {
        schema: "main".to_owned(),
        quoted: "main".to_owned(),
        name: name.into_owned(),
        columns: columns.split(',').map(str::to_owned).collect(),
        usage: true,
        select: true,
    }))
}
