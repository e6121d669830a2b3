//! What the numbers of an expression measure, so far as it can be told.

use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Nothing can be said, nor objected to.
    Unknown,
    /// A number that the expression itself gives, which takes the unit of what it meets.
    Literal,
    Is(Base),
    /// Per second.
    Rate(Base),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// How many, whether, or which part.
    Number,
    Seconds,
    /// Seconds since the epoch.
    Instant,
    Bytes,
}

use Base::{Instant, Number, Seconds};
use Measure::{Is, Literal, Rate, Unknown};

impl Measure {
    pub fn add(self, other: Self) -> Result<Self, String> {
        match (self, other) {
            (Is(Instant), Is(Instant)) => Err("adds two instants".to_owned()),
            (Is(Instant), Is(Seconds)) | (Is(Seconds), Is(Instant)) => Ok(Is(Instant)),
            _ => self.same(other, "adds"),
        }
    }

    pub fn subtract(self, other: Self) -> Result<Self, String> {
        match (self, other) {
            (Is(Instant), Is(Instant)) => Ok(Is(Seconds)),
            (Is(Instant), Is(Seconds)) => Ok(Is(Instant)),
            _ => self.same(other, "subtracts"),
        }
    }

    pub fn multiply(self, other: Self) -> Self {
        match (self, other) {
            // Grafana shows instants in milliseconds.
            (Is(Instant), _) | (_, Is(Instant)) => Unknown,
            (Literal | Is(Number), measure) | (measure, Literal | Is(Number)) => measure,
            _ => Unknown,
        }
    }

    pub fn divide(self, other: Self) -> Self {
        match (self, other) {
            (Unknown, _) | (_, Unknown) | (Is(Instant), _) | (_, Is(Instant)) => Unknown,
            (one, other) if one == other && one != Literal => Is(Number),
            (measure, Literal | Is(Number)) => measure,
            (Is(base), Is(Seconds)) => Rate(base),
            (Rate(base), Rate(Number)) => Is(base),
            _ => Unknown,
        }
    }

    /// What a comparison keeps.
    pub fn compare(self, other: Self) -> Result<Self, String> {
        match (self, other) {
            (Is(Instant), Literal) | (Literal, Is(Instant)) => {
                Err("compares an instant with a plain number; an instant is compared with time()".to_owned())
            }
            _ => self.same(other, "compares"),
        }
    }

    /// Of what is put beside each other, or comes from either side.
    pub fn same(self, other: Self, verb: &str) -> Result<Self, String> {
        match (self, other) {
            (Unknown, _) | (_, Unknown) => Ok(Unknown),
            (Literal, measure) | (measure, Literal) => Ok(measure),
            (one, other) if one == other => Ok(one),
            // Which part of the time.
            (Rate(Seconds), Is(Number)) | (Is(Number), Rate(Seconds)) => Ok(Is(Number)),
            (one, other) => Err(format!("{verb} {one} and {other}")),
        }
    }

    /// Of `rate()`.
    pub const fn per_second(self) -> Self {
        match self {
            Is(base) => Rate(base),
            _ => Unknown,
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unknown => formatter.write_str("something unknown"),
            Literal => formatter.write_str("a plain number"),
            Is(base) => write!(formatter, "{base}"),
            Rate(base) => write!(formatter, "{base} per second"),
        }
    }
}

impl fmt::Display for Base {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Number => "a count",
            Self::Seconds => "seconds",
            Self::Instant => "an instant",
            Self::Bytes => "bytes",
        })
    }
}
