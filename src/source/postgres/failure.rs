//! What PostgreSQL's SQLSTATE codes mean for someone who runs the exporter.

use sqlx::error::DatabaseError;
use sqlx::postgres::PgConnectOptions;

use super::super::error::{Error, Reason};

/// What may be named in a message; none of it is secret.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// `host:port`, or the path of the socket.
    pub(super) address: String,
    pub(super) user: String,
    pub(super) database: String,
}

impl Target {
    pub(super) fn of(options: &PgConnectOptions) -> Self {
        let address = match options.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => format!("{}:{}", options.get_host(), options.get_port()),
        };
        let user = options.get_username().to_owned();
        let database = options.get_database().unwrap_or(&user).to_owned();
        Self { address, user, database }
    }

    /// Failures to get a session. All of them leave no connection behind.
    pub(super) fn connect_error(&self, error: &sqlx::Error) -> Error {
        let operation = "connect";
        let Self { address, user, database } = self;
        let Some(answer) = error.as_database_error() else {
            let error = Error::from_driver(operation, error);
            return Error::broken(operation, Reason::Connect, format!("{address}: {}", error.message));
        };
        let code = answer.code().unwrap_or_default();
        let what = match &*code {
            "28P01" => format!("wrong password for user \"{user}\"; check user and password in the connection string"),
            // The server's text for this code tells by which way it was asked, which is all there is to tell them apart.
            "28000" if answer.message().contains("no encryption") => {
                "the server wants TLS for this user and address; add sslmode=require".to_owned()
            }
            "28000" => format!(
                "the server refuses user \"{user}\" from here; check that the role exists, may log in, and that \
                 pg_hba.conf lets it in"
            ),
            "3D000" => format!("database \"{database}\" does not exist; check the end of the connection string"),
            "42501" => format!("user \"{user}\" may not connect; run: GRANT CONNECT ON DATABASE … TO …"),
            "53300" => "the server has no connection left; lower the exporter's max_connections, or raise the server's \
                        max_connections"
                .to_owned(),
            "57P03" => "the server is starting up or shutting down".to_owned(),
            "08P01" => "the server or pooler refuses a startup parameter; remove `options` from the connection string"
                .to_owned(),
            code => format!("the server refused the session (SQLSTATE {code})"),
        };
        Error::broken(operation, Reason::Connect, format!("{address}: {what}"))
    }
}

/// Failures of a statement. `mend` is the grant that would let it be run.
pub(super) fn statement_error(operation: &'static str, error: &sqlx::Error, mend: &str) -> Error {
    let Some(answer) = error.as_database_error() else { return Error::from_driver(operation, error) };
    let code = answer.code().unwrap_or_default();
    match &*code {
        "42501" => Error::new(operation, Reason::Permission, format!("a grant is missing; run: {mend}")),
        "57014" => Error::new(
            operation,
            Reason::Timeout,
            "cancelled by the statement timeout; raise poll.statement_timeout, or see what slows the database down",
        ),
        "55P03" => {
            Error::new(operation, Reason::Timeout, "a lock was not given in time; is a migration running?")
        }
        "25P03" | "25P04" => Error::broken(
            operation,
            Reason::Timeout,
            "the server ended a transaction that was open for too long",
        ),
        "42P01" | "42703" | "3F000" | "42883" => Error::new(
            operation,
            Reason::Schema,
            format!("a table or column that was there is gone (SQLSTATE {code}); tables are looked up anew"),
        ),
        "0A000" if is_stale_plan(answer) => {
            Error::broken(operation, Reason::Schema, "the tables changed while connected; connecting anew")
        }
        // Only a pooler that passes on startup parameters and still swaps servers can bring this about.
        "26000" | "42P05" | "08P01" => Error::broken(
            operation,
            Reason::Query,
            format!("a prepared statement was lost (SQLSTATE {code}); a pooler in between mixes up sessions"),
        ),
        "40001" => {
            Error::new(operation, Reason::Query, "cancelled on the standby by a conflict with recovery")
        }
        "57P01" | "57P02" | "57P03" | "57P05" => {
            Error::broken(operation, Reason::Connect, "the server ended the session")
        }
        "XX001" | "XX002" => Error::new(
            operation,
            Reason::Query,
            format!("the server reports damaged data (SQLSTATE {code}); see its log"),
        ),
        code if code.starts_with("08") => {
            Error::broken(operation, Reason::Connect, format!("the connection was lost (SQLSTATE {code})"))
        }
        code => {
            Error::new(operation, Reason::Query, format!("SQLSTATE {code}; the server's log has the details"))
        }
    }
}

fn is_stale_plan(answer: &dyn DatabaseError) -> bool {
    answer.message().contains("cached plan")
}
