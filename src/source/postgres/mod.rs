//! A session with PostgreSQL, directly or through a pooler, that cannot write.
//!
//! A session that is direct has its settings from the start, and every transaction in it is read only. Behind a pooler
//! settings of the session may be lost or refused, so there each transaction is opened READ ONLY and has its own. A
//! tenant's search path is set in the transaction either way, which lets one set of statements serve all tenants.

mod catalogue;
mod failure;
mod value;

use std::str::FromStr;
use std::time::Duration;

use futures_util::TryStreamExt;
use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection as _, Executor, SqlSafeStr, SqlStr};
use tokio::time::timeout;

use self::failure::{Target, statement_error};
use self::value::Instant;
use super::decode::{Malformed, Row, Value};
use super::error::{Error, Reason};
use super::reader::{Bind, EachRow};
use super::schema::{self, Schema};
use crate::config::Poll;
use crate::record::Timestamp;

/// Longest wait for a lock; what is read is never locked for long, except by a migration.
const LOCK_TIMEOUT: Duration = Duration::from_secs(1);
/// Longest pause inside a transaction, should the exporter hang.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
/// For history, which is read whole, once.
const HISTORY_TIMEOUT: Duration = Duration::from_secs(3600);
/// How much longer than the server's own timeout an answer may take on its way.
const NETWORK_MARGIN: Duration = Duration::from_secs(5);

/// A parameter of our own, given at the start of the session and asked for after it.
const MARK: &str = "cloacina_exporter.direct";
const MARKED: &str = "SELECT coalesce(current_setting('cloacina_exporter.direct', true) = 'on', false)";

const KEEPALIVES: &str =
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3";

/// Plans are made without a look at the parameters: with thousands of ids, or without statistics, the planner would
/// rather read whole tables. Notices are for those who wrote the functions of policies and views, and may quote rows.
const SETTINGS: [(&str, &str); 6] = [
    ("search_path", "pg_catalog,pg_temp"),
    ("timezone", "UTC"),
    ("jit", "off"),
    ("max_parallel_workers_per_gather", "0"),
    ("plan_cache_mode", "force_generic_plan"),
    ("client_min_messages", "error"),
];

/// Of the open transaction's snapshot; the tenant's tables are found from here on.
const POSITION: &str = "SELECT set_config('search_path', quote_ident($1) || ',pg_temp', true), now(), \
    pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint FROM pg_current_snapshot() s";

pub(super) struct Session {
    connection: PgConnection,
    /// Whether our startup options reached this very server process. If not, a pooler may swap it for another one
    /// between two transactions, and prepared statements do not last.
    direct: bool,
    /// What follows after BEGIN to give a transaction its settings; empty if the session has them.
    settings: String,
    user: String,
    limit: Duration,
    /// `limit`, or more while history is read.
    patience: Duration,
    /// The grants that the open transaction needs.
    mend: String,
    /// Of the primary that answered last.
    control: Option<catalogue::Control>,
}

impl Session {
    pub(super) async fn connect(url: &SecretString, poll: &Poll) -> Result<Self, Error> {
        let options = PgConnectOptions::from_str(url.expose_secret())
            .map_err(|error| Error::from_driver("connect", &error))?
            .extra_float_digits(None)
            .disable_statement_logging();
        let target = Target::of(&options);
        let settings = settings(poll);
        let connection = match timeout(poll.connect_timeout, establish(options, &settings)).await {
            Ok(result) => result.map_err(|error| target.connect_error(&error))?,
            Err(_) => {
                let message = format!("{}: no answer; check address, routes and firewalls", target.address);
                return Err(Error::broken("connect", Reason::Timeout, message));
            }
        };
        let limit = poll.statement_timeout;
        let mend = String::new();
        let mut session = Self {
            connection,
            direct: false,
            settings: settings_of_transaction(&settings),
            user: target.user,
            limit,
            patience: limit,
            mend,
            control: None,
        };
        let marked = session.alone("connect", MARKED, &[], |row| row.integer(0)).await?;
        session.direct = matches!(marked[..], [Ok(Some(1))]);
        if session.direct {
            session.settings.clear();
        }
        Ok(session)
    }

    /// Returns `now`, `xmin` and `xmax` of the snapshot.
    pub(super) async fn begin(&mut self, schema: &Schema) -> Result<(Timestamp, u64, u64), Error> {
        let executions = if schema.shape.pipeline { schema::OLD_EXECUTIONS } else { schema::TABLES[0] };
        self.mend = schema::grant(&quote(&schema.name), executions, &quote(&self.user));
        self.open("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        let mut position = Err(Malformed);
        let each: EachRow<'_> = &mut |row| position = position_of(row);
        self.read("begin", POSITION.into_sql_str(), &[Bind::Text(Some(&schema.name))], each).await?;
        position
            .map_err(|Malformed| Error::new("begin", Reason::Decode, "the server did not tell its snapshot"))
    }

    pub(super) async fn rollback(&mut self) -> Result<(), Error> {
        self.patience = self.limit;
        self.execute("rollback", "ROLLBACK").await
    }

    pub(super) async fn close(self) {
        // Nothing is lost if it fails or hangs: nothing was written.
        let _ = timeout(NETWORK_MARGIN, self.connection.close()).await;
    }

    /// Whether this is one session for good, rather than whichever a pooler picks.
    pub(super) const fn is_direct(&self) -> bool {
        self.direct
    }

    /// Lets the server end this session within half a minute of the machine's death, not after the hours that TCP takes.
    pub(super) async fn die_soon(&mut self) -> Result<(), Error> {
        self.execute("elect a pusher", KEEPALIVES).await
    }

    /// Takes the advisory lock of the session, if it is free or its own; it is held until the session ends. Returns the
    /// server's process that holds it then; `None` if another one does.
    pub(super) async fn try_lock(&mut self, key: i64) -> Result<Option<i64>, Error> {
        self.ask_of_lock("SELECT CASE WHEN pg_try_advisory_lock($1) THEN pg_backend_pid()::bigint END", key)
            .await
    }

    /// The server's process that holds the advisory lock, if any does.
    pub(super) async fn holder(&mut self, key: i64) -> Result<Option<i64>, Error> {
        const HOLDER: &str = "SELECT max(pid)::bigint FROM pg_locks WHERE locktype = 'advisory' AND granted \
            AND objsubid = 1 AND classid::bigint = $1 >> 32 & 4294967295 AND objid::bigint = $1 & 4294967295 \
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        self.ask_of_lock(HOLDER, key).await
    }

    async fn ask_of_lock(&mut self, sql: &'static str, key: i64) -> Result<Option<i64>, Error> {
        let answer = self.alone("elect a pusher", sql, &[Bind::Number(key)], |row| row.integer(0)).await?;
        Ok(answer.into_iter().find_map(|process| process.ok().flatten()))
    }

    /// Lets the statements of this transaction take as long as history may take.
    pub(super) async fn be_patient(&mut self) -> Result<(), Error> {
        let sql = "SELECT set_config('statement_timeout', $1::text, true)";
        let limit = Bind::Number(milliseconds(HISTORY_TIMEOUT));
        self.read("history", sql.into_sql_str(), &[limit], &mut |_| ()).await?;
        self.patience = HISTORY_TIMEOUT;
        Ok(())
    }

    pub(super) async fn read(
        &mut self,
        operation: &'static str,
        sql: SqlStr,
        binds: &[Bind<'_>],
        each: EachRow<'_>,
    ) -> Result<(), Error> {
        let mut query = sqlx::query(sql).persistent(self.direct);
        for bind in binds {
            query = match *bind {
                Bind::Time(time) => query.bind(time.map(Instant)),
                Bind::Number(number) => query.bind(number),
                Bind::Ids(ids) => query.bind(ids.to_vec()),
                Bind::Text(text) => query.bind(text.map(str::to_owned)),
            };
        }
        let patience = self.patience + NETWORK_MARGIN;
        let mut rows = query.fetch(&mut self.connection);
        loop {
            match timeout(patience, rows.try_next()).await {
                Ok(Ok(Some(row))) => each(&row),
                Ok(Ok(None)) => return Ok(()),
                Ok(Err(error)) => return Err(statement_error(operation, &error, &self.mend)),
                Err(_) => return Err(Error::no_answer(operation, patience.as_secs_f64())),
            }
        }
    }

    /// Asks one question in a transaction of its own, which needs no opening if the session is read only itself.
    async fn alone<T: Send>(
        &mut self,
        operation: &'static str,
        sql: &'static str,
        binds: &[Bind<'_>],
        mut decode: impl FnMut(&dyn Row) -> T + Send,
    ) -> Result<Vec<T>, Error> {
        let mut answer = Vec::new();
        let each: EachRow<'_> = &mut |row| answer.push(decode(row));
        if self.direct {
            self.read(operation, sql.into_sql_str(), binds, each).await?;
            return Ok(answer);
        }
        self.open("BEGIN READ ONLY").await?;
        let result = self.read(operation, sql.into_sql_str(), binds, each).await;
        if !result.as_ref().is_err_and(Error::is_broken) {
            self.rollback().await?;
        }
        result.map(|()| answer)
    }

    async fn open(&mut self, begin: &'static str) -> Result<(), Error> {
        self.patience = self.limit;
        // Made of constants and numbers.
        self.execute("begin", AssertSqlSafe(format!("{begin}{}", self.settings))).await
    }

    async fn execute(
        &mut self,
        operation: &'static str,
        command: impl SqlSafeStr + Send,
    ) -> Result<(), Error> {
        let patience = self.patience + NETWORK_MARGIN;
        match timeout(patience, self.connection.execute(command.into_sql_str())).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(statement_error(operation, &error, &self.mend)),
            Err(_) => Err(Error::no_answer(operation, patience.as_secs_f64())),
        }
    }
}

type Settings = Vec<(&'static str, String)>;

fn settings(poll: &Poll) -> Settings {
    let limit = poll.statement_timeout;
    let timeouts = [
        ("statement_timeout", limit),
        ("lock_timeout", limit.min(LOCK_TIMEOUT)),
        ("idle_in_transaction_session_timeout", limit.max(IDLE_TIMEOUT)),
    ];
    let timeouts = timeouts.map(|(name, timeout)| (name, milliseconds(timeout).to_string()));
    SETTINGS.map(|(name, value)| (name, value.to_owned())).into_iter().chain(timeouts).collect()
}

/// As a second statement, by a function, since SET takes a search path only name by name.
fn settings_of_transaction(settings: &Settings) -> String {
    let set = settings.iter().map(|(name, value)| format!("set_config('{name}', '{value}', true)"));
    format!("; SELECT {}", set.collect::<Vec<_>>().join(", "))
}

async fn establish(options: PgConnectOptions, settings: &Settings) -> Result<PgConnection, sqlx::Error> {
    let options = match options.get_application_name() {
        Some(_) => options,
        None => options.application_name("cloacina-exporter"),
    };
    let guarded = options.clone().options([("default_transaction_read_only", "on"), (MARK, "on")]);
    let guarded = guarded.options(settings.iter().map(|(name, value)| (name, value)));
    match guarded.connect().await {
        // PgBouncer refuses startup options; the second attempt does without, and tells what else is wrong.
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("08P01") => {
            options.connect().await
        }
        other => other,
    }
}

fn position_of(row: &dyn Row) -> Result<(Timestamp, u64, u64), Malformed> {
    let number = |value: Value<i64>| value?.and_then(|number| u64::try_from(number).ok()).ok_or(Malformed);
    Ok((row.time(1)?.ok_or(Malformed)?, number(row.integer(2))?, number(row.integer(3))?))
}

/// As far as the server takes them.
fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX).clamp(1, i64::from(i32::MAX))
}

/// An SQL identifier, for messages only.
fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
