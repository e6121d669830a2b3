//! A fault as a value: what it is, how it is made, what must be seen, and what was.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use crate::scene::Scene;
use crate::support::totals::Totals;

pub type Run = Pin<Box<dyn Future<Output = Seen>>>;

/// A line of the table.
#[derive(Clone, Copy)]
pub struct Fault {
    pub name: &'static str,
    /// How it is made.
    pub made: &'static str,
    /// What whoever is on call must see, and what needs doing.
    pub expected: &'static str,
    pub run: fn(Scene) -> Run,
}

/// A line about a fault that another test makes.
pub struct Elsewhere {
    pub name: &'static str,
    pub made: &'static str,
    pub expected: &'static str,
    /// A file and a function in it.
    pub test: &'static str,
}

/// What was seen of a fault that was survived.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    notes: Vec<String>,
    counted: Option<(u64, u64)>,
    /// The most that the server had of the exporter at once.
    pub connections: Option<i64>,
}

impl Seen {
    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// That it was down for `reason`, `down` seconds after the fault began, and up again `up` seconds after it ended.
    pub fn outage(&mut self, reason: &str, down: f64, up: f64) {
        self.note(format!("down ({reason}) after {down:.1} s, up {up:.1} s after the end"));
    }

    pub fn counted(&mut self, totals: &Totals) {
        self.counted = Some((totals.sum("events"), totals.sum("executions")));
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.notes.join("; "))?;
        if let Some((events, executions)) = self.counted {
            let separator = if self.notes.is_empty() { "" } else { "; " };
            write!(formatter, "{separator}{events} events, {executions} executions, 0 lost, 0 double")?;
        }
        match self.connections {
            Some(1) => write!(formatter, "; 1 connection"),
            Some(most) => write!(formatter, "; at most {most} connections"),
            None => Ok(()),
        }
    }
}
