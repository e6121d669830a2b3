//! PostgreSQL's binary values, read and written without the driver's conversions: those know no infinite time, and fail
//! a whole row for one value.

use std::borrow::Cow;

use sqlx::encode::{Encode, IsNull};
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgRow, PgTypeInfo, PgValueFormat};
use sqlx::{Column, Postgres, Row as _, Type, ValueRef};
use uuid::Uuid;

use super::super::decode::{Malformed, Row, Value};
use super::super::timestamp;
use crate::record::Timestamp;

/// A parameter of type `timestamp without time zone`.
pub(super) struct Instant(pub(super) Timestamp);

impl Type<Postgres> for Instant {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(1114))
    }
}

impl Encode<'_, Postgres> for Instant {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(&timestamp::to_postgres(self.0).to_be_bytes());
        Ok(IsNull::No)
    }
}

impl Row for PgRow {
    fn name(&self, column: usize) -> &str {
        self.columns().get(column).map_or("?", |column| column.name())
    }

    fn uuid(&self, column: usize) -> Value<Uuid> {
        bytes(self, column)?.map(|bytes| Uuid::from_slice(bytes).map_err(|_| Malformed)).transpose()
    }

    /// `timestamp` and `timestamptz` have one binary form.
    fn time(&self, column: usize) -> Value<Timestamp> {
        Ok(fixed(self, column)?.map(|bytes| timestamp::from_postgres(i64::from_be_bytes(bytes))))
    }

    fn integer(&self, column: usize) -> Value<i64> {
        let Some(bytes) = bytes(self, column)? else { return Ok(None) };
        let negative = bytes.first().is_some_and(|first| first & 0x80 != 0);
        if bytes.is_empty() || bytes.len() > 8 {
            return Err(Malformed);
        }
        let start = if negative { -1 } else { 0 };
        Ok(Some(bytes.iter().fold(start, |number, byte| (number << 8) | i64::from(*byte))))
    }

    fn text(&self, column: usize) -> Value<Cow<'_, str>> {
        Ok(bytes(self, column)?.map(String::from_utf8_lossy))
    }

    fn uuids(&self, column: usize) -> Value<Vec<Uuid>> {
        self.try_get(column).map_err(|_| Malformed)
    }
}

fn bytes(row: &PgRow, column: usize) -> Value<&[u8]> {
    let value = row.try_get_raw(column).map_err(|_| Malformed)?;
    if value.is_null() {
        return Ok(None);
    }
    if value.format() != PgValueFormat::Binary {
        return Err(Malformed);
    }
    value.as_bytes().map(Some).map_err(|_| Malformed)
}

fn fixed<const LENGTH: usize>(row: &PgRow, column: usize) -> Value<[u8; LENGTH]> {
    bytes(row, column)?.map(|bytes| bytes.try_into().map_err(|_| Malformed)).transpose()
}
