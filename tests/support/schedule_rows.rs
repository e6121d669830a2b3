//! The rows of schedules and their fires, read by plain SQL from either kind of database.

use chrono::DateTime;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row};

/// Instants are microseconds since 1970 in UTC.
#[derive(Debug)]
pub struct ScheduleRow {
    /// In hexadecimal digits without hyphens.
    pub id: String,
    pub last_run: Option<i64>,
    pub last_poll: Option<i64>,
    /// In order of their starts.
    pub fires: Vec<FireRow>,
}

#[derive(Debug)]
pub struct FireRow {
    /// Triggers have none.
    pub due: Option<i64>,
    pub started: i64,
    pub completed: Option<i64>,
    pub execution: Option<ExecutionRow>,
}

#[derive(Debug)]
pub struct ExecutionRow {
    pub status: String,
    pub created: i64,
    pub completed: Option<i64>,
}

/// A connection for looking at rows.
pub enum Rows {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

impl Rows {
    /// # Panics
    /// If `database` is neither a PostgreSQL URL nor the path of a SQLite file.
    pub async fn connect(database: &str, schema: &str) -> Self {
        if !database.starts_with("postgres://") {
            let options = SqliteConnectOptions::new().filename(database).read_only(true);
            return Self::Sqlite(options.connect().await.unwrap());
        }
        let mut connection = PgConnection::connect(database).await.unwrap();
        let path = AssertSqlSafe(format!("SET search_path TO \"{schema}\""));
        sqlx::query(path).execute(&mut connection).await.unwrap();
        Self::Postgres(connection)
    }

    /// All that there are.
    pub async fn schedules(&mut self) -> Vec<ScheduleRow> {
        let fires = self.fires().await;
        let (id, columns) = (self.id("id"), ["last_run_at", "last_poll_at"].map(|column| self.time(column)));
        let rows = self.texts(&format!("SELECT {id}, {} FROM schedules", columns.join(", "))).await;
        let described = rows.into_iter().map(|row| ScheduleRow {
            id: row[0].clone().expect("a key"),
            last_run: micros(&row[1]),
            last_poll: micros(&row[2]),
            fires: Vec::new(),
        });
        let mut schedules: Vec<ScheduleRow> = described.collect();
        for (id, fire) in fires {
            let owner = schedules.iter_mut().find(|schedule| schedule.id == id);
            owner.expect("the reference holds").fires.push(fire);
        }
        schedules
    }

    async fn fires(&mut self) -> Vec<(String, FireRow)> {
        let id = self.id("fire.schedule_id");
        let columns = ["fire.scheduled_time", "fire.started_at", "fire.completed_at"];
        let columns = columns.map(|column| self.time(column)).join(", ");
        let times = ["execution.created_at", "execution.completed_at"];
        let lifetime = times.map(|column| self.time(column)).join(", ");
        let query = format!(
            "SELECT {id}, {columns}, execution.status, {lifetime} FROM schedule_executions fire \
             LEFT JOIN workflow_executions execution ON execution.id = fire.workflow_execution_id \
             ORDER BY fire.started_at"
        );
        let rows = self.texts(&query).await;
        let described = rows.into_iter().map(|row| {
            let times: Vec<_> = row.iter().map(micros).collect();
            let execution = row[4].clone().map(|status| ExecutionRow {
                status,
                created: times[5].expect("NOT NULL"),
                completed: times[6],
            });
            let fire = FireRow {
                due: times[1],
                started: times[2].expect("NOT NULL"),
                completed: times[3],
                execution,
            };
            (row[0].clone().expect("a key"), fire)
        });
        described.collect()
    }

    fn id(&self, column: &str) -> String {
        match self {
            Self::Postgres(_) => format!("replace({column}::text, '-', '')"),
            Self::Sqlite(_) => format!("lower(hex({column}))"),
        }
    }

    fn time(&self, column: &str) -> String {
        match self {
            Self::Postgres(_) => format!("to_char({column}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US+00:00')"),
            Self::Sqlite(_) => column.to_owned(),
        }
    }

    async fn texts(&mut self, query: &str) -> Vec<Vec<Option<String>>> {
        let query = sqlx::AssertSqlSafe(query.to_owned());
        match self {
            Self::Postgres(connection) => {
                let rows = sqlx::query(query).fetch_all(connection).await.unwrap();
                rows.iter().map(|row| (0..row.len()).map(|index| row.get(index)).collect()).collect()
            }
            Self::Sqlite(connection) => {
                let rows = sqlx::query(query).fetch_all(connection).await.unwrap();
                rows.iter().map(|row| (0..row.len()).map(|index| row.get(index)).collect()).collect()
            }
        }
    }
}

/// `None` also for what is no instant.
fn micros(text: &Option<String>) -> Option<i64> {
    Some(DateTime::parse_from_rfc3339(text.as_deref()?).ok()?.timestamp_micros())
}
