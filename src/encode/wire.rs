//! The wire format of protobuf, appended to bytes: fields, and messages within messages. Knows no message by name.
//!
//! As the format's third version has it, a field with its default value is left out. Numbers of fields are at most 16.

/// How what follows a field's number is to be read.
#[derive(Clone, Copy)]
enum Kind {
    Varint = 0,
    Fixed64 = 1,
    Delimited = 2,
}

#[inline]
fn key(out: &mut Vec<u8>, field: u32, kind: Kind) {
    varint(out, u64::from(field << 3 | kind as u32));
}

#[inline]
pub(super) fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Small numbers of either sign become small ones.
#[inline]
pub(super) fn zigzag(out: &mut Vec<u8>, value: i64) {
    varint(out, zigzagged(value));
}

const fn zigzagged(value: i64) -> u64 {
    (value << 1 ^ value >> 63).cast_unsigned()
}

#[inline]
pub(super) fn unsigned(out: &mut Vec<u8>, field: u32, value: u64) {
    if value != 0 {
        key(out, field, Kind::Varint);
        varint(out, value);
    }
}

/// A field declared as `sint32` or `sint64`.
#[inline]
pub(super) fn signed(out: &mut Vec<u8>, field: u32, value: i64) {
    unsigned(out, field, zigzagged(value));
}

#[inline]
pub(super) fn double(out: &mut Vec<u8>, field: u32, value: f64) {
    if value != 0.0 {
        key(out, field, Kind::Fixed64);
        out.extend_from_slice(&value.to_le_bytes());
    }
}

#[inline]
pub(super) fn string(out: &mut Vec<u8>, field: u32, value: &str) {
    if !value.is_empty() {
        key(out, field, Kind::Delimited);
        varint(out, value.len() as u64);
        out.extend_from_slice(value.as_bytes());
    }
}

/// A message, or numbers packed, that `fill` appends; written even if it appends nothing.
#[inline]
pub(super) fn message(out: &mut Vec<u8>, field: u32, fill: impl FnOnce(&mut Vec<u8>)) {
    key(out, field, Kind::Delimited);
    // Most are so short that their length is one byte. Others are moved by what it needs more.
    let at = out.len();
    out.push(0);
    fill(out);
    let length = out.len() - at - 1;
    if length < 0x80 {
        out[at] = length as u8;
    } else {
        insert_length(out, at, length);
    }
}

#[cold]
fn insert_length(out: &mut Vec<u8>, at: usize, length: usize) {
    let mut digits = Vec::with_capacity(10);
    varint(&mut digits, length as u64);
    out.splice(at..=at, digits);
}
