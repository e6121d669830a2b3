//! A runner of the engine on a SQLite file, which does what it is told, step by step.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use fastrand::Rng;
use regex::Regex;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, raw_sql};

use super::engine::{Execution, Step, random_id};
use super::now;
use super::truth::Truth;
use crate::support::schema::Generation;

pub const LIFE: [Step; 5] = [Step::Create, Step::ReadyAll, Step::Start(0), Step::Complete(0), Step::End];

/// A runner on a file of its own.
pub struct Runner {
    pub truth: Truth,
    pub path: PathBuf,
    connection: SqliteConnection,
    pub rng: Rng,
    /// How far its clock is ahead of the true one, in microseconds.
    pub skew: i64,
}

impl Runner {
    pub async fn create(path: &Path, seed: u64, mode: SqliteJournalMode) -> Self {
        let options = SqliteConnectOptions::new().filename(path).create_if_missing(true).journal_mode(mode);
        let mut connection = options.connect().await.unwrap();
        raw_sql(Generation::V0_11.sqlite()).execute(&mut connection).await.unwrap();
        Self::on(connection, path, seed)
    }

    /// On a file that is there, with a truth that begins anew.
    pub async fn open(path: &Path, seed: u64) -> Self {
        let options = SqliteConnectOptions::new().filename(path);
        Self::on(options.connect().await.unwrap(), path, seed)
    }

    fn on(connection: SqliteConnection, path: &Path, seed: u64) -> Self {
        let (truth, path, rng) = (Truth::default(), path.to_owned(), Rng::with_seed(seed));
        Self { truth, path, connection, rng, skew: 0 }
    }

    /// Performs `steps`, each in a transaction of its own.
    pub async fn perform(&mut self, execution: &mut Execution, steps: &[Step]) {
        for &step in steps {
            self.say("BEGIN IMMEDIATE").await;
            self.perform_within(execution, &[step]).await;
            self.say("COMMIT").await;
        }
    }

    /// Performs `steps` in the open transaction.
    pub async fn perform_within(&mut self, execution: &mut Execution, steps: &[Step]) {
        for &step in steps {
            let write = execution.write(step, now() + self.skew, random_id(&mut self.rng), &mut self.rng);
            self.say(&write.statements().join("; ")).await;
            execution.apply(step);
            self.truth.record(execution, &write.events);
        }
    }

    pub async fn succeed(&mut self, workflow: &str) -> Execution {
        let mut execution = self.plan(workflow, 1);
        self.perform(&mut execution, &LIFE).await;
        execution
    }

    pub fn plan(&mut self, workflow: &str, tasks: usize) -> Execution {
        Execution::new(&mut self.rng, workflow, tasks)
    }

    pub async fn say(&mut self, statements: &str) {
        let statements = in_sqlite(statements);
        let result = raw_sql(AssertSqlSafe(statements.as_str())).execute(&mut self.connection).await;
        result.unwrap_or_else(|error| panic!("{statements}: {error}"));
    }

    /// Ends its use of the file, and leaves the file whole.
    pub async fn close(self) -> (PathBuf, Truth) {
        self.connection.close().await.unwrap();
        (self.path, self.truth)
    }
}

/// Writes times and ids, which the engine's statements have as PostgreSQL does, as SQLite does.
fn in_sqlite(statements: &str) -> String {
    static TIME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"timestamp '([^ ]+) ([^']+)'").unwrap());
    static ID: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("'([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})'").unwrap()
    });
    let text = TIME.replace_all(statements, "'${1}T${2}+00:00'").replace(" AT TIME ZONE 'UTC'", "");
    ID.replace_all(&text, "X'$1$2$3$4$5'").into_owned()
}

/// Puts `new` in the place of `path`, as a restore does: what belonged to the old file goes with it.
pub fn replace_file(new: &Path, path: &Path) {
    for suffix in ["-wal", "-shm"] {
        let mut beside = path.as_os_str().to_owned();
        beside.push(suffix);
        // Without it there is nothing to remove.
        let _ = std::fs::remove_file(beside);
    }
    std::fs::rename(new, path).unwrap();
}
