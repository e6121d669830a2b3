//! What the caller can ask for, one command per line. Only reads the words; `act` does it.

use anyhow::{bail, Context as _};

/// Above this a number is more likely a slip than an incident.
const MOST_AT_ONCE: usize = 10_000;

#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    Start {
        workflow: String,
        count: usize,
    },
    Cron {
        workflow: String,
        expression: String,
        name: String,
        run_all: bool,
    },
    /// `workflow` is needed for a trigger that this program does not have.
    Trigger {
        name: String,
        workflow: Option<String>,
    },
    Change {
        name: String,
        change: Change,
    },
    Exit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Pause,
    Resume,
    Disable,
    Enable,
    Delete,
}

impl Command {
    pub fn parse(line: &str) -> anyhow::Result<Self> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let change = |name: &str, change| Ok(Self::Change { name: name.into(), change });
        match words[..] {
            ["start", workflow] => Ok(Self::Start { workflow: workflow.into(), count: 1 }),
            ["start", workflow, count] => {
                Ok(Self::Start { workflow: workflow.into(), count: number(count)? })
            }
            ["cron", workflow, ref fields @ .., name, "run_all"] => cron(workflow, fields, name, true),
            ["cron", workflow, ref fields @ .., name] => cron(workflow, fields, name, false),
            ["trigger", name] => Ok(Self::Trigger { name: name.into(), workflow: None }),
            ["trigger", name, workflow] => {
                Ok(Self::Trigger { name: name.into(), workflow: Some(workflow.into()) })
            }
            ["pause", name] => change(name, Change::Pause),
            ["resume", name] => change(name, Change::Resume),
            ["disable", name] => change(name, Change::Disable),
            ["enable", name] => change(name, Change::Enable),
            ["delete", name] => change(name, Change::Delete),
            ["exit"] => Ok(Self::Exit),
            _ => bail!("no such command: {line:?}"),
        }
    }
}

fn cron(workflow: &str, fields: &[&str], name: &str, run_all: bool) -> anyhow::Result<Command> {
    if !matches!(fields.len(), 5 | 6) {
        bail!("a cron expression has 5 fields, or 6 with seconds first, not {}", fields.len());
    }
    Ok(Command::Cron { workflow: workflow.into(), expression: fields.join(" "), name: name.into(), run_all })
}

fn number(text: &str) -> anyhow::Result<usize> {
    let number = text.parse().with_context(|| format!("{text:?} is no number"))?;
    if !(1..=MOST_AT_ONCE).contains(&number) {
        bail!("{number} executions are not between 1 and {MOST_AT_ONCE}");
    }
    Ok(number)
}
