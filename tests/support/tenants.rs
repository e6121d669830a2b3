//! Seeded tenants in a PostgreSQL database, one for each generation, under names that must be quoted.

use cloacina_exporter::source::{Reader, Schema};
use sqlx::postgres::PgConnection;

use crate::seeded::{self, VERSIONS, Version};
use crate::throwaway::sql;

/// As the reader calls them, in the order of `VERSIONS`.
pub const NAMES: [&str; 3] = ["old", "middle, \"quoted\"", "Neu"];
/// As SQL identifiers.
const QUOTED: [&str; 3] = ["old", "\"middle, \"\"quoted\"\"\"", "\"Neu\""];

pub async fn seed(connection: &mut PgConnection, schema: &str, version: Version) {
    let schema = format!("CREATE SCHEMA IF NOT EXISTS {schema}; SET search_path = {schema};");
    sql(connection, &(schema + &seeded::sql(version, false) + "; RESET search_path")).await;
}

pub async fn seed_all(connection: &mut PgConnection) {
    for (name, version) in QUOTED.into_iter().zip(VERSIONS) {
        seed(connection, name, version).await;
    }
}

pub async fn discover_one(reader: &mut Reader, name: &str) -> Schema {
    let found = reader.discover().await.unwrap();
    found.into_iter().find(|found| found.name == name).unwrap().schema.unwrap()
}
