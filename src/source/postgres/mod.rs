//! A session with PostgreSQL, directly or through a pooler, that cannot write.
//!
//! Every statement runs in a transaction opened READ ONLY, whatever the session's defaults are: behind a pooler, settings
//! of the session may be lost or refused. Search path and timeouts are set in the transaction for the same reason, which
//! also lets one set of statements serve all tenants.

mod catalogue;
mod failure;
mod value;

use std::str::FromStr;
use std::time::Duration;

use futures_util::TryStreamExt;
use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection as _, Executor, SqlSafeStr, SqlStr};
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
const SETTINGS: &str = "SELECT set_config('search_path', coalesce(quote_ident($1), 'pg_catalog') || ', pg_temp', true), \
    set_config('statement_timeout', $2::text, true), set_config('lock_timeout', $3::text, true), \
    set_config('idle_in_transaction_session_timeout', $4::text, true), set_config('timezone', 'UTC', true), \
    set_config('jit', 'off', true), set_config('max_parallel_workers_per_gather', '0', true), \
    set_config('plan_cache_mode', 'force_generic_plan', true), set_config('client_min_messages', 'error', true), \
    now(), pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint FROM pg_current_snapshot() s";

pub(super) struct Session {
    connection: PgConnection,
    /// Whether our startup options reached this very server process. If not, a pooler may swap it for another one
    /// between two transactions, and prepared statements do not last.
    direct: bool,
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
        let connection = match timeout(poll.connect_timeout, establish(options)).await {
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
            user: target.user,
            limit,
            patience: limit,
            mend,
            control: None,
        };
        let marked = session.alone("connect", MARKED, |row| row.integer(0)).await?;
        session.direct = matches!(marked[..], [Ok(Some(1))]);
        Ok(session)
    }

    /// Returns `now`, `xmin` and `xmax` of the snapshot.
    pub(super) async fn begin(&mut self, schema: &Schema) -> Result<(Timestamp, u64, u64), Error> {
        let executions = if schema.shape.pipeline { schema::OLD_EXECUTIONS } else { schema::TABLES[0] };
        self.mend = schema::grant(&quote(&schema.name), executions, &quote(&self.user));
        self.open("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", Some(&schema.name)).await
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
        self.open("BEGIN READ ONLY", None).await?;
        let mut process = None;
        let each: EachRow<'_> = &mut |row| process = row.integer(0).ok().flatten();
        self.read("elect a pusher", sql.into_sql_str(), &[Bind::Number(key)], each).await?;
        self.rollback().await?;
        Ok(process)
    }

    /// Lets the statements of this transaction take as long as history may take.
    pub(super) async fn be_patient(&mut self) -> Result<(), Error> {
        let sql = "SELECT set_config('statement_timeout', $1::text, true)";
        self.read("history", sql.into_sql_str(), &[milliseconds(HISTORY_TIMEOUT)], &mut |_| ()).await?;
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

    /// Asks one question in a transaction of its own, without parameters.
    async fn alone<T: Send>(
        &mut self,
        operation: &'static str,
        sql: &'static str,
        mut decode: impl FnMut(&dyn Row) -> T + Send,
    ) -> Result<Vec<T>, Error> {
        self.open("BEGIN READ ONLY", None).await?;
        let mut answer = Vec::new();
        let result = self.read(operation, sql.into_sql_str(), &[], &mut |row| answer.push(decode(row))).await;
        if !result.as_ref().is_err_and(Error::is_broken) {
            self.rollback().await?;
        }
        result.map(|()| answer)
    }

    async fn open(
        &mut self,
        begin: &'static str,
        schema: Option<&str>,
    ) -> Result<(Timestamp, u64, u64), Error> {
        self.patience = self.limit;
        self.execute("begin", begin).await?;
        let binds = [
            Bind::Text(schema),
            milliseconds(self.limit),
            milliseconds(self.limit.min(LOCK_TIMEOUT)),
            milliseconds(self.limit.max(IDLE_TIMEOUT)),
        ];
        let mut position = Err(Malformed);
        let each: EachRow<'_> = &mut |row| position = position_of(row);
        self.read("begin", SETTINGS.into_sql_str(), &binds, each).await?;
        position
            .map_err(|Malformed| Error::new("begin", Reason::Decode, "the server did not tell its snapshot"))
    }

    async fn execute(&mut self, operation: &'static str, command: &'static str) -> Result<(), Error> {
        let patience = self.patience + NETWORK_MARGIN;
        match timeout(patience, self.connection.execute(command)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(statement_error(operation, &error, &self.mend)),
            Err(_) => Err(Error::no_answer(operation, patience.as_secs_f64())),
        }
    }
}

async fn establish(options: PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    let options = match options.get_application_name() {
        Some(_) => options,
        None => options.application_name("cloacina-exporter"),
    };
    let guarded = options.clone().options([("default_transaction_read_only", "on"), (MARK, "on")]);
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
    Ok((row.time(9)?.ok_or(Malformed)?, number(row.integer(10))?, number(row.integer(11))?))
}

fn milliseconds(duration: Duration) -> Bind<'static> {
    Bind::Number(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX).clamp(1, i64::from(i32::MAX)))
}

/// An SQL identifier, for messages only.
fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
