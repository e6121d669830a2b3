//! Cloacina's tables in their generations, for both dialects, from `tests/data/schema`.

use sqlx::postgres::PgConnection;

use super::postgres::execute;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generation {
    /// `pipeline_executions`; 0.4.0.
    V0_4,
    /// `workflow_executions`, no pauses of schedules; 0.6.1.
    V0_6,
    /// 0.11.1.
    V0_11,
}

impl Generation {
    pub const ALL: [Self; 3] = [Self::V0_4, Self::V0_6, Self::V0_11];

    /// Statements for the schema that `search_path` names.
    pub const fn postgres(self) -> &'static str {
        match self {
            Self::V0_4 => include_str!("../data/schema/v0_4.postgres.sql"),
            Self::V0_6 => include_str!("../data/schema/v0_6.postgres.sql"),
            Self::V0_11 => include_str!("../data/schema/v0_11.postgres.sql"),
        }
    }

    /// Statements for an empty file.
    pub const fn sqlite(self) -> &'static str {
        match self {
            Self::V0_4 => include_str!("../data/schema/v0_4.sqlite.sql"),
            Self::V0_6 => include_str!("../data/schema/v0_6.sqlite.sql"),
            Self::V0_11 => include_str!("../data/schema/v0_11.sqlite.sql"),
        }
    }
}

/// Makes the schema `name`, unless it exists, and Cloacina's tables in it.
pub async fn create(connection: &mut PgConnection, name: &str, generation: Generation) {
    let tables = generation.postgres();
    let statements =
        format!("CREATE SCHEMA IF NOT EXISTS {name}; SET search_path = {name}; {tables}; RESET search_path");
    execute(connection, &statements).await;
}
