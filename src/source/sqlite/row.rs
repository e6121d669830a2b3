//! SQLite's values, which have the type they were written with and not that of their column.

use std::borrow::Cow;

use sqlx::sqlite::{SqliteRow, SqliteValueRef};
use sqlx::{Column, Decode, Row as _, Sqlite, TypeInfo, ValueRef};
use uuid::Uuid;

use super::super::decode::{Malformed, Row, Value};
use super::super::timestamp;
use crate::record::Timestamp;

impl Row for SqliteRow {
    fn name(&self, column: usize) -> &str {
        self.columns().get(column).map_or("?", |column| column.name())
    }

    fn uuid(&self, column: usize) -> Value<Uuid> {
        bytes(self, column)?.map(|bytes| Uuid::from_slice(bytes).map_err(|_| Malformed)).transpose()
    }

    fn time(&self, column: usize) -> Value<Timestamp> {
        let Some(text) = self.text(column)? else { return Ok(None) };
        timestamp::from_text(&text).map(Some).ok_or(Malformed)
    }

    fn integer(&self, column: usize) -> Value<i64> {
        match value(self, column)? {
            None => Ok(None),
            Some(value) if value.type_info().name() == "INTEGER" => {
                <i64 as Decode<Sqlite>>::decode(value).map(Some).map_err(|_| Malformed)
            }
            Some(_) => Err(Malformed),
        }
    }

    fn text(&self, column: usize) -> Value<Cow<'_, str>> {
        Ok(bytes(self, column)?.map(String::from_utf8_lossy))
    }
}

fn bytes(row: &SqliteRow, column: usize) -> Value<&[u8]> {
    match value(row, column)? {
        None => Ok(None),
        Some(value) if matches!(value.type_info().name(), "TEXT" | "BLOB") => {
            <&[u8] as Decode<Sqlite>>::decode(value).map(Some).map_err(|_| Malformed)
        }
        Some(_) => Err(Malformed),
    }
}

fn value(row: &SqliteRow, column: usize) -> Value<SqliteValueRef<'_>> {
    let value = row.try_get_raw(column).map_err(|_| Malformed)?;
    Ok(if value.is_null() { None } else { Some(value) })
}
