//! Why a read failed, in words that name the operation and the mend.
//!
//! Messages are built from SQLSTATE and SQLite codes and from parts that are known to be harmless: a driver's own text
//! may quote a row or the connection string, so it is never passed on. Nothing is logged or retried here.

use std::io;

pub use crate::record::Reason;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {message}")]
pub struct Error {
    /// What was being read, also the `collector` label.
    pub operation: &'static str,
    pub reason: Reason,
    pub message: String,
    broken: bool,
}

impl Error {
    /// Whether the connection is useless from now on and must be replaced.
    pub const fn is_broken(&self) -> bool {
        self.broken
    }

    /// An error after which the connection still works.
    pub(super) fn new(operation: &'static str, reason: Reason, message: impl Into<String>) -> Self {
        Self { operation, reason, message: message.into(), broken: false }
    }

    pub(super) fn broken(operation: &'static str, reason: Reason, message: impl Into<String>) -> Self {
        Self { operation, reason, message: message.into(), broken: true }
    }

    pub(super) fn outside_transaction(operation: &'static str) -> Self {
        Self::new(operation, Reason::Query, "asked before `begin`: a fault of the exporter, please report it")
    }

    pub(super) fn no_answer(operation: &'static str, seconds: f64) -> Self {
        let message = format!(
            "no answer for {seconds:.1} s; the network or the server hangs (the limit follows from the statement timeout)"
        );
        Self::broken(operation, Reason::Timeout, message)
    }

    /// What is the same for both drivers: everything that is not a message of the database itself.
    pub(super) fn from_driver(operation: &'static str, error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Tls(_) => Self::broken(operation, Reason::Connect, TLS_FAILED),
            // What a handshake fails with, once it has begun.
            sqlx::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
                Self::broken(operation, Reason::Connect, TLS_FAILED)
            }
            sqlx::Error::Io(error) => Self::broken(operation, Reason::Connect, transport(error)),
            sqlx::Error::Configuration(_) => Self::broken(
                operation,
                Reason::Connect,
                "the connection string cannot be used; write it as \
                 postgres://user:password@host:port/database?sslmode=prefer with special characters percent-encoded",
            ),
            sqlx::Error::Decode(_)
            | sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::ColumnIndexOutOfBounds { .. } => {
                Self::new(operation, Reason::Decode, "the answer has not the columns that were asked for")
            }
            sqlx::Error::Encode(_) => Self::new(operation, Reason::Query, "a parameter cannot be sent"),
            _ => Self::broken(operation, Reason::Query, "the driver lost track of the connection"),
        }
    }
}

const TLS_FAILED: &str = "TLS failed; check sslmode, and that sslrootcert names the authority that signed the server's \
                          certificate and that the certificate names this host";

fn transport(error: &io::Error) -> String {
    let mend = match error.kind() {
        io::ErrorKind::ConnectionRefused => "nothing listens there; is the server up, and is the port right?",
        io::ErrorKind::NotFound => "the socket or a certificate file does not exist; check the path",
        io::ErrorKind::PermissionDenied => {
            "the socket or a certificate file may not be opened; check its permissions"
        }
        io::ErrorKind::TimedOut | io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            "the server cannot be reached; check address, routes and firewalls"
        }
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof => {
            "the server closed the connection"
        }
        // A failed look-up has no kind of its own.
        _ => "the connection failed; check that the host name resolves and the server is up",
    };
    mend.to_owned()
}
