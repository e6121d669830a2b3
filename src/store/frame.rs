//! The bytes of a state file: header and frames, and the verdict on bytes that are not as they were written.
//!
//! A frame is length, checksum of the length, checksum of the payload (each 32 bits, little-endian), payload. The
//! length has a checksum of its own so that a damaged one is not believed, and so that frames can be searched for.
//! Opens and writes no files.

use std::fmt;

use serde::de::DeserializeOwned;

const MAGIC: &[u8] = b"cloacina-exporter state\n";
/// Raised whenever the meaning of the payloads changes.
pub(super) const VERSION: u32 = 3;
const HEADER: usize = MAGIC.len() + 4;
const FRAME_HEADER: usize = 12;

/// Why a file is no state to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    Foreign,
    Version(u32),
    State,
    /// In the record with this number, from 1.
    Record(usize),
}

impl fmt::Display for Damage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign => write!(formatter, "it is not a state file of this program"),
            Self::Version(found) => {
                write!(formatter, "it is of format {found}, and this program reads format {VERSION}")
            }
            Self::State => write!(formatter, "the state in it is damaged or cut short"),
            Self::Record(number) => write!(formatter, "record {number} of its journal is damaged"),
        }
    }
}

pub(super) struct Found<S> {
    pub(super) state: S,
    pub(super) records: usize,
    /// Where the journal begins.
    pub(super) base: u64,
    /// Where the last whole record ends.
    pub(super) end: u64,
}

pub(super) fn header() -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(VERSION.to_le_bytes());
    bytes
}

/// Appends a frame to `into`.
///
/// # Errors
/// The payload's length, if it does not fit into 32 bits.
pub(super) fn write(into: &mut Vec<u8>, payload: &[u8]) -> Result<(), usize> {
    let length = u32::try_from(payload.len()).map_err(|_| payload.len())?.to_le_bytes();
    into.reserve(FRAME_HEADER + payload.len());
    into.extend(length);
    into.extend(crc32fast::hash(&length).to_le_bytes());
    into.extend(crc32fast::hash(payload).to_le_bytes());
    into.extend(payload);
    Ok(())
}

/// Reads a whole file: the state, with all whole records folded in.
///
/// Records that do not decode although their checksum holds are damage as well: they are of another layout, and
/// skipping one would lose what it counted.
pub(super) fn restore<S: DeserializeOwned, R: DeserializeOwned>(
    bytes: &[u8],
    fold: &mut impl FnMut(&mut S, R),
) -> Result<Found<S>, Damage> {
    check_header(bytes)?;
    let payload = read(bytes, HEADER).ok_or(Damage::State)?;
    let mut state: S = decode(payload).ok_or(Damage::State)?;
    let base = HEADER + FRAME_HEADER + payload.len();
    let (mut end, mut records) = (base, 0);
    while end < bytes.len() {
        let Some(payload) = read(bytes, end) else {
            // Only the last append can be torn. If a whole record follows, this was not the last.
            if (end + 1..bytes.len()).any(|offset| read(bytes, offset).is_some()) {
                return Err(Damage::Record(records + 1));
            }
            break;
        };
        fold(&mut state, decode(payload).ok_or(Damage::Record(records + 1))?);
        end += FRAME_HEADER + payload.len();
        records += 1;
    }
    Ok(Found { state, records, base: base as u64, end: end as u64 })
}

fn check_header(bytes: &[u8]) -> Result<(), Damage> {
    if !bytes.starts_with(MAGIC) {
        return Err(Damage::Foreign);
    }
    match number(bytes, MAGIC.len()) {
        Some(VERSION) => Ok(()),
        Some(other) => Err(Damage::Version(other)),
        None => Err(Damage::State),
    }
}

/// The payload of the frame at `offset`, if there is a whole one. Nothing is allocated, whatever the length says.
fn read(bytes: &[u8], offset: usize) -> Option<&[u8]> {
    let length = number(bytes, offset)?;
    if number(bytes, offset + 4)? != crc32fast::hash(&length.to_le_bytes()) {
        return None;
    }
    let checksum = number(bytes, offset + 8)?;
    let payload = bytes.get(offset + FRAME_HEADER..)?.get(..usize::try_from(length).ok()?)?;
    (crc32fast::hash(payload) == checksum).then_some(payload)
}

fn number(bytes: &[u8], offset: usize) -> Option<u32> {
    let bytes = bytes.get(offset..)?.first_chunk::<4>()?;
    Some(u32::from_le_bytes(*bytes))
}

fn decode<T: DeserializeOwned>(payload: &[u8]) -> Option<T> {
    match postcard::take_from_bytes(payload) {
        Ok((value, [])) => Some(value),
        _ => None,
    }
}
