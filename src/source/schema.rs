//! What one tenant's tables look like, decided from their tables and columns.
//!
//! Migration numbers are not used: they differ between the two databases, and one PostgreSQL database may hold tenants
//! of different versions. Nothing here talks to a database.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::record::Reason;

/// The tables that are read, under their present names. A role needs `SELECT` on these and on no others.
pub(super) const TABLES: [&str; 5] =
    ["workflow_executions", "task_executions", "execution_events", "schedules", "schedule_executions"];
/// What `workflow_executions` was called until v0.5.0.
pub(super) const OLD_EXECUTIONS: &str = "pipeline_executions";

/// A tenant whose tables can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// The PostgreSQL schema; `main` for SQLite.
    pub name: String,
    pub generation: Generation,
    pub(super) shape: Shape,
}

/// The oldest Cloacina version with tables like these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Generation {
    /// `pipeline_executions`; also v0.5.0.
    V0_4,
    V0_5_1,
    V0_7,
    V0_9,
    V0_10,
    V0_11,
}

impl Generation {
    pub const fn label(self) -> &'static str {
        match self {
            Self::V0_4 => "v0.4",
            Self::V0_5_1 => "v0.5.1",
            Self::V0_7 => "v0.7",
            Self::V0_9 => "v0.9",
            Self::V0_10 => "v0.10",
            Self::V0_11 => "v0.11",
        }
    }
}

/// All that the SQL texts depend on. Few combinations exist, so the texts are few.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    pub(super) pipeline: bool,
    pub(super) trigger_origin: bool,
    pub(super) sub_status: bool,
    pub(super) claims: bool,
    pub(super) paused: bool,
    pub(super) instance_name: bool,
    pub(super) fire_recoveries: bool,
}

/// What discovery found under one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovered {
    pub name: String,
    pub schema: Result<Schema, Unusable>,
}

/// Why a schema that looks like a tenant is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unusable {
    /// Grants are missing.
    Unreadable { tables: Vec<String>, grant: String },
    /// Not Cloacina's, or older than v0.4.
    Foreign { missing: String },
}

impl Unusable {
    pub const fn reason(&self) -> Reason {
        match self {
            Self::Unreadable { .. } => Reason::Permission,
            Self::Foreign { .. } => Reason::Schema,
        }
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { tables, grant } if tables.is_empty() => {
                write!(formatter, "the schema may not be used; run: {grant}")
            }
            Self::Unreadable { tables, grant } => {
                write!(formatter, "may not read {}; run: {grant}", tables.join(", "))
            }
            Self::Foreign { missing } => {
                write!(
                    formatter,
                    "not the tables of Cloacina v0.4 or later: {missing} is missing; name another database, or exclude the schema"
                )
            }
        }
    }
}

/// One table as a dialect's discovery saw it.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) schema: String,
    /// `schema` as an SQL identifier.
    pub(super) quoted: String,
    pub(super) name: String,
    pub(super) columns: BTreeSet<String>,
    pub(super) usage: bool,
    pub(super) select: bool,
}

/// Sorts tables into schemas. `role` is an SQL identifier, for the grants.
pub(super) fn discover(tables: Vec<Table>, role: &str) -> Vec<Discovered> {
    let mut schemas: BTreeMap<String, Vec<Table>> = BTreeMap::new();
    for table in tables {
        schemas.entry(table.schema.clone()).or_default().push(table);
    }
    let looks_like_a_tenant = |tables: &[Table]| tables.iter().any(|table| is_executions(&table.name));
    schemas
        .into_iter()
        .filter(|(_, tables)| looks_like_a_tenant(tables))
        .map(|(name, tables)| Discovered { schema: inspect(&name, &tables, role), name })
        .collect()
}

/// The one schema of a database without schemas, even if it has no tables.
pub(super) fn only(name: &str, tables: &[Table]) -> Discovered {
    Discovered { name: name.to_owned(), schema: inspect(name, tables, "") }
}

/// The statements that let `role` read one schema. `executions` is the table's name in that schema.
pub(super) fn grant(quoted_schema: &str, executions: &str, role: &str) -> String {
    let tables: Vec<_> =
        TABLES.iter().map(|table| format!("{quoted_schema}.{}", actual_name(table, executions))).collect();
    format!(
        "GRANT USAGE ON SCHEMA {quoted_schema} TO {role}; GRANT SELECT ON {} TO {role};",
        tables.join(", ")
    )
}

fn inspect(name: &str, tables: &[Table], role: &str) -> Result<Schema, Unusable> {
    let find = |name: &str| tables.iter().find(|table| table.name == name);
    // A schema in the middle of being upgraded may show both; the new one is then the one in use.
    let pipeline = find(TABLES[0]).is_none() && find(OLD_EXECUTIONS).is_some();
    let executions = if pipeline { OLD_EXECUTIONS } else { TABLES[0] };

    for (table, columns) in REQUIRED {
        let table = actual_name(table, executions);
        let Some(found) = find(table) else {
            return Err(Unusable::Foreign { missing: format!("table {table}") });
        };
        for column in *columns {
            let column = actual_column(column, pipeline, table);
            if !found.columns.contains(column) {
                return Err(Unusable::Foreign { missing: format!("column {table}.{column}") });
            }
        }
    }

    let used =
        || tables.iter().filter(|table| table.name == executions || TABLES[1..].contains(&&*table.name));
    if used().any(|table| !table.usage || !table.select) {
        let quoted = tables.first().map_or(name, |table| &table.quoted);
        return Err(Unusable::Unreadable {
            tables: used().filter(|table| !table.select).map(|table| table.name.clone()).collect(),
            grant: grant(quoted, executions, role),
        });
    }

    let has = |table: &str, column: &str| find(table).is_some_and(|table| table.columns.contains(column));
    let shape = Shape {
        pipeline,
        trigger_origin: has(executions, "trigger_origin"),
        sub_status: has("task_executions", "sub_status"),
        claims: has("task_executions", "claimed_by") && has("task_executions", "heartbeat_at"),
        paused: has("schedules", "paused") && has("schedules", "paused_at"),
        instance_name: has("schedules", "instance_name"),
        fire_recoveries: has("schedule_executions", "recovery_attempts"),
    };
    let generation = if pipeline {
        Generation::V0_4
    } else if shape.fire_recoveries {
        Generation::V0_11
    } else if shape.instance_name {
        Generation::V0_10
    } else if shape.trigger_origin {
        Generation::V0_9
    } else if has("execution_events", "request_id") {
        Generation::V0_7
    } else {
        Generation::V0_5_1
    };
    Ok(Schema { name: name.to_owned(), generation, shape })
}

/// Columns that every version since v0.4 has, under their present names.
const REQUIRED: &[(&str, &[&str])] = &[
    (
        "workflow_executions",
        &[
            "id",
            "workflow_name",
            "workflow_version",
            "status",
            "started_at",
            "completed_at",
            "created_at",
            "updated_at",
        ],
    ),
    (
        "task_executions",
        &[
            "id",
            "workflow_execution_id",
            "task_name",
            "status",
            "started_at",
            "completed_at",
            "attempt",
            "error_details",
            "retry_at",
            "last_error",
            "recovery_attempts",
            "created_at",
            "updated_at",
        ],
    ),
    (
        "execution_events",
        &["id", "workflow_execution_id", "task_execution_id", "event_type", "created_at", "sequence_num"],
    ),
    (
        "schedules",
        &[
            "id",
            "schedule_type",
            "workflow_name",
            "enabled",
            "cron_expression",
            "timezone",
            "catchup_policy",
            "start_date",
            "end_date",
            "trigger_name",
            "poll_interval_ms",
            "next_run_at",
            "last_run_at",
            "last_poll_at",
            "created_at",
        ],
    ),
    (
        "schedule_executions",
        &["id", "schedule_id", "workflow_execution_id", "scheduled_time", "started_at", "completed_at"],
    ),
];

fn is_executions(table: &str) -> bool {
    table == TABLES[0] || table == OLD_EXECUTIONS
}

fn actual_name<'a>(table: &'a str, executions: &'a str) -> &'a str {
    if table == TABLES[0] { executions } else { table }
}

fn actual_column<'a>(column: &'a str, pipeline: bool, table: &str) -> &'a str {
    match column {
        "workflow_execution_id" if pipeline => "pipeline_execution_id",
        "workflow_name" if pipeline && is_executions(table) => "pipeline_name",
        "workflow_version" if pipeline => "pipeline_version",
        other => other,
    }
}
